// Nothing typed is ever lost: a long form is kept in this browser until it was saved, and offered back.

const PREFIX = "homeward.typed.";
/** What is older than this is not offered, in milliseconds. */
const OFFERED_MS = 24 * 60 * 60 * 1000;

interface Kept {
  at: number;
  fields: [string, string][];
}

const SECRET = new Set(["form_token", "once"]);

function read(form: HTMLFormElement): [string, string][] {
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !SECRET.has(name)) fields.push([name, value]);
  }
  return fields;
}

function load(key: string): Kept | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    return kept !== null && Date.now() - kept.at < OFFERED_MS ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a form under its `data-keep`; what was kept and differs from what is shown is offered. */
export function keepTyped(form: HTMLFormElement): void {
  const key = PREFIX + (form.dataset.keep ?? location.pathname);
  const kept = load(key);
  const offer = form.querySelector<HTMLElement>("[data-offer]");
  if (kept !== undefined && offer !== null && JSON.stringify(kept.fields) !== JSON.stringify(read(form))) {
    offer.hidden = false;
    offer.querySelector("[data-take]")?.addEventListener("click", () => {
      write(form, kept.fields);
      offer.hidden = true;
    });
    offer.querySelector("[data-drop]")?.addEventListener("click", () => {
      localStorage.removeItem(key);
      offer.hidden = true;
    });
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      save(key, { at: Date.now(), fields: read(form) });
      const kept = form.querySelector<HTMLElement>("[data-kept]");
      if (kept !== null) kept.textContent = `Kept in this browser at ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}; not saved yet.`;
    }, 400);
  });
}

function save(key: string, kept: Kept): void {
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // The store is full or switched off: the form still works.
  }
}

/** A page that says that a form was saved: what was kept of it is let go. */
export function letGo(key: string): void {
  localStorage.removeItem(PREFIX + key);
}

function write(form: HTMLFormElement, fields: [string, string][]): void {
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const element of form.elements) {
    const known =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
    if (!known || SECRET.has(element.name) || element.name === "") continue;
    const given = values.get(element.name);
    if (element instanceof HTMLInputElement && (element.type === "checkbox" || element.type === "radio")) {
      element.checked = given?.includes(element.value) ?? false;
    } else if (given !== undefined) {
      element.value = given.shift() ?? "";
    }
  }
}
