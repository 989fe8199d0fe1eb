// A form that was sent after the log-in had ended: what was typed waits in this tab, and stands in the form again once
// somebody is back on its page, logged in. Passwords are not kept.

const KEY = "homeward.unsent";

interface Unsent {
  /** The page the form stood on. */
  path: string;
  /** The form's own address, by which it is found again. */
  action: string;
  fields: [string, string][];
  /** It was not taken. */
  lost: boolean;
}

function load(): Unsent | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Unsent | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(unsent: Unsent): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(unsent));
  } catch {
    // Without a store the browser's own memory of forms has to do.
  }
}

/** Remembers a form while it is on its way. */
export function onItsWay(form: HTMLFormElement): void {
  if (form.method !== "post") return;
  const secret = (name: string): boolean => {
    const input = form.elements.namedItem(name);
    return name === "form_token" || name === "once" || (input instanceof HTMLInputElement && input.type === "password");
  };
  const fields: [string, string][] = [];
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && !secret(name)) fields.push([name, value]);
  keep({ path: location.pathname + location.search, action: form.action, fields, lost: false });
}

/** On a page: the one that says that nothing was taken, the form's own, or any other. */
export function arrived(page: HTMLElement): void {
  const unsent = load();
  if (unsent === undefined) return;
  if (page.dataset.lost !== undefined) {
    keep({ ...unsent, lost: true });
    const link = document.querySelector<HTMLAnchorElement>("[data-log-in]");
    if (link !== null) link.href = `/login?next=${encodeURIComponent(unsent.path)}`;
    return;
  }
  if (unsent.lost && location.pathname + location.search !== unsent.path) return;
  sessionStorage.removeItem(KEY);
  if (unsent.lost) fill(unsent);
}

function fill(unsent: Unsent): void {
  const names = new Set(unsent.fields.map(([name]) => name));
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[method=post]")].filter((form) => form.action === unsent.action);
  const form = forms.find((form) => [...names].some((name) => form.elements.namedItem(name) !== null));
  if (form === undefined) return;
  for (const [name, value] of unsent.fields) {
    for (const element of form.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(`[name="${CSS.escape(name)}"]`)) {
      if (!(element instanceof HTMLInputElement) || !["checkbox", "radio", "hidden"].includes(element.type)) element.value = value;
      else if (element.type !== "hidden" && element.value === value) element.checked = true;
    }
  }
  form.closest("details")?.setAttribute("open", "");
  const notice = document.createElement("div");
  notice.className = "notice soon";
  notice.setAttribute("role", "status");
  notice.textContent = "What you had typed when the log-in ended stands here again. It was not sent.";
  form.prepend(notice);
}
