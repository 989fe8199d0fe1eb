// A button that has to be held for a second: a pocket doesn't call for help. By keyboard it is held too; a screen
// reader's click, which can't be held, asks once more instead.

const HOLD_MS = 1_000;
const AGAIN_MS = 5_000;

export function onHold(button: HTMLButtonElement, act: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let acted = 0;
  let askedAt = 0;
  const start = (): void => {
    if (timer !== undefined) return;
    button.dataset.holding = "";
    timer = setTimeout(() => {
      stop();
      acted = performance.now();
      navigator.vibrate?.(200);
      act();
    }, HOLD_MS);
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
    delete button.dataset.holding;
  };
  button.addEventListener("pointerdown", start);
  for (const end of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) button.addEventListener(end, stop);
  button.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      start();
    }
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    // A pointer's or a key's click is judged by how long it was held.
    if (event.detail !== 0 || performance.now() - acted < AGAIN_MS) return;
    if (performance.now() - askedAt < AGAIN_MS) act();
    else {
      askedAt = performance.now();
      const hint = button.querySelector("small");
      if (hint !== null) hint.textContent = "Press once more to send";
    }
  });
}
