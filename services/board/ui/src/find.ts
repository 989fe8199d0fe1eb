// Fields that find in a long list while somebody types: `<datalist data-find="/find/people">`. Without the script a whole name
// or tag does as well.

/** After the last key, in milliseconds. */
const PAUSE_MS = 120;

interface Found {
  value: string;
  label: string;
  mobile?: string;
}

let timer: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

/** Fills the list of whichever field somebody types in. */
export function findTyped(root: Document): void {
  root.addEventListener("input", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.list?.dataset.find === undefined) return;
    // What was just chosen from the list is no search.
    if ([...input.list.options].some((option) => option.value === input.value)) return;
    clearTimeout(timer);
    timer = setTimeout(() => void fill(input), PAUSE_MS);
  });
  root.addEventListener("focusin", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && input.list?.dataset.find !== undefined && input.list.options.length === 0) void fill(input);
  });
}

async function fill(input: HTMLInputElement): Promise<void> {
  const list = input.list;
  const at = list?.dataset.find;
  if (list === null || at === undefined) return;
  const mine = ++asked;
  try {
    const answer = await fetch(`${at}${at.includes("?") ? "&" : "?"}q=${encodeURIComponent(input.value)}`, { cache: "no-store" });
    if (!answer.ok || mine !== asked) return;
    list.replaceChildren(...((await answer.json()) as Found[]).map(option));
    // Whoever typed a whole name and went on before the answer came chose it all the same.
    const isChosen = [...list.options].some((option) => option.value === input.value);
    if (isChosen && document.activeElement !== input) input.dispatchEvent(new Event("change", { bubbles: true }));
  } catch {
    // Without a connection whatever is typed is looked at when the form is sent.
  }
}

function option({ value, label, mobile }: Found): HTMLOptionElement {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = label;
  if (mobile !== undefined) option.dataset.mobile = mobile;
  return option;
}
