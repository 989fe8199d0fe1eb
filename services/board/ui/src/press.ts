// What somebody presses is not drawn anew under their finger: a button that is replaced between down and up is not clicked.

/**
 * Nothing waits longer than this for a finger, or for what lies on a keyboard, in milliseconds: a slow hand on a slow machine is quicker, and a
 * screen is not taken for dead before ten seconds.
 */
const LONGEST_MS = 5_000;

/** The click comes just after the finger is up, in milliseconds. */
const CLICK_MS = 60;

/** Draws at once; while somebody presses something within that part, once they are done. What was to be drawn last is drawn. */
export function unlessPressed(part: () => Element | null): (draw: () => void) => void {
  let pressed = false;
  let waiting: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = (): void => {
    pressed = false;
    const draw = waiting;
    waiting = undefined;
    draw?.();
  };
  const down = (event: Event): void => {
    if (pressed || !(event.target instanceof Node) || part()?.contains(event.target) !== true) return;
    pressed = true;
    timer = setTimeout(over, LONGEST_MS);
  };
  const up = (): void => {
    if (!pressed) return;
    clearTimeout(timer);
    timer = setTimeout(over, CLICK_MS);
  };
  document.addEventListener("pointerdown", down, true);
  document.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && down(event), true);
  for (const end of ["pointerup", "pointercancel", "keyup"]) document.addEventListener(end, up, true);
  return (draw) => {
    if (pressed) waiting = draw;
    else draw();
  };
}
