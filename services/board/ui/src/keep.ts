// Nothing typed is ever lost: a long form is kept as it is typed, on the server (so that it is there on another machine too)
// and in this browser (so that a lost connection loses nothing). What was kept is offered when the form is opened again.

const PREFIX = "homeward.typed.";
/** What is older than this is not offered, in milliseconds. */
const OFFERED_MS = 24 * 60 * 60 * 1000;
/** After the last key, in milliseconds: into this browser, and to the server. */
const HERE_MS = 400;
const THERE_MS = 1_500;

interface Kept {
  at: number;
  fields: [string, string][];
}

const SECRET = new Set(["form_token", "once", "draft_of"]);

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
  offer(form, key);
  let here: ReturnType<typeof setTimeout> | undefined;
  let there: ReturnType<typeof setTimeout> | undefined;
  form.addEventListener("input", () => {
    clearTimeout(here);
    here = setTimeout(() => {
      save(key, { at: Date.now(), fields: read(form) });
      if (form.dataset.keepAt === undefined) say(form, "Kept in this browser");
    }, HERE_MS);
    clearTimeout(there);
    there = setTimeout(() => void send(form), THERE_MS);
  });
  // Whoever saves it has nothing left to keep.
  form.addEventListener("submit", () => {
    clearTimeout(here);
    clearTimeout(there);
  });
}

/** What this browser kept is offered, unless the server offers the same or newer. */
function offer(form: HTMLFormElement, key: string): void {
  const kept = load(key);
  const notice = form.querySelector<HTMLElement>("[data-offer]");
  if (kept === undefined || notice === null || JSON.stringify(kept.fields) === JSON.stringify(read(form))) return;
  const begun = form.querySelector<HTMLElement>("[data-begun]");
  if (begun !== null && Date.parse(begun.dataset.begun ?? "") + THERE_MS * 2 >= kept.at) return;
  if (location.search.includes("draft=1")) return;
  if (begun !== null) begun.hidden = true;
  notice.hidden = false;
  notice.querySelector("[data-take]")?.addEventListener("click", () => {
    write(form, kept.fields);
    notice.hidden = true;
  });
  notice.querySelector("[data-drop]")?.addEventListener("click", () => {
    localStorage.removeItem(key);
    notice.hidden = true;
  });
}

/** To the server; where that fails this browser has it. */
async function send(form: HTMLFormElement): Promise<void> {
  const url = form.dataset.keepAt;
  if (url === undefined) return;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  try {
    const answer = await fetch(url, { method: "POST", body, cache: "no-store", keepalive: true });
    say(form, answer.ok ? "Kept" : "Kept in this browser alone");
  } catch {
    say(form, "No connection: kept in this browser");
  }
}

function say(form: HTMLFormElement, how: string): void {
  const place = form.querySelector<HTMLElement>("[data-kept]");
  const at = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (place !== null) place.textContent = `${how} at ${at}; not saved yet.`;
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
