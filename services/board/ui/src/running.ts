// The running checklist beside the trip form: asked for anew while somebody types; what is wrong with a field stands beside
// it at once. A person's own work mobile is filled in when they are chosen. Without the script the form works as well.

/** After the last key, in milliseconds. */
const PAUSE_MS = 350;

/** Keeps the checklist of a form with `data-check` up to date. */
export function keepChecked(form: HTMLFormElement): void {
  const url = form.dataset.check;
  if (url === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const ask = async (): Promise<void> => {
    const mine = ++asked;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const answer = await fetch(url, { method: "POST", body, cache: "no-store" });
      if (answer.ok && mine === asked) show(await answer.text());
    } catch {
      // Without a connection the list stays as it was; saving says what is wrong.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), PAUSE_MS);
  });
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) fillIn(form, event.target);
  });
}

function show(html: string): void {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("running");
  const mine = document.getElementById("running");
  if (fresh === null || mine === null) return;
  const said = mine.querySelector(".tally")?.textContent;
  const tally = fresh.querySelector(".tally");
  // The tally is a live region: it is left alone while it says the same, so that it doesn't chatter.
  if (tally !== null && said === tally.textContent) tally.replaceWith(mine.querySelector(".tally") ?? tally);
  mine.replaceChildren(...fresh.childNodes);
  beside(mine);
}

/** Errors of what is typed stand beside their fields; those that are gone are taken away. */
function beside(running: HTMLElement): void {
  for (const old of document.querySelectorAll<HTMLElement>(".error[data-at-once]")) {
    const field = old.closest(".field");
    old.remove();
    if (field !== null && field.querySelector(".error") === null) {
      field.classList.remove("bad");
      for (const input of field.querySelectorAll("[aria-invalid]")) {
        input.removeAttribute("aria-invalid");
        input.removeAttribute("aria-describedby");
      }
    }
  }
  for (const told of running.querySelectorAll<HTMLElement>("[data-beside]")) {
    const id = told.dataset.beside ?? "";
    const input = document.getElementById(id);
    const field = input?.closest(".field");
    if (input === null || field === undefined || field === null || field.querySelector(".error") !== null) continue;
    const error = document.createElement("p");
    error.className = "error";
    error.id = `${id}-error`;
    error.dataset.atOnce = "";
    error.textContent = told.textContent;
    field.insertBefore(error, input);
    field.classList.add("bad");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", error.id);
  }
}

/** Whose work mobile is whose: `<option value="WM-004" data-person="…">` of the list, or as it was found. */
function fillIn(form: HTMLFormElement, chosen: HTMLSelectElement | HTMLInputElement): void {
  const row = /^(?:find\.people:)?((?:staff|reserves)\[\d+\])\.person$/.exec(chosen.name)?.[1];
  if (row === undefined) return;
  const input = form.elements.namedItem(`${row}.work_mobile`);
  const own =
    chosen instanceof HTMLSelectElement
      ? [...document.querySelectorAll<HTMLOptionElement>("#mobiles option")].find((o) => o.dataset.person === chosen.value)?.value
      : [...(chosen.list?.options ?? [])].find((o) => o.value === chosen.value)?.dataset.mobile;
  if (input instanceof HTMLInputElement && input.value === "" && own !== undefined) {
    input.value = own;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
