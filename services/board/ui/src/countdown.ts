// Countdowns: `<span data-countdown data-due="…" data-missed="…">`. Words and state change together, so that colour is
// never the only sign. Without the script the page still shows the clock time beside it.

import { ahead, span } from "./clock";

export type Phase = "ahead" | "soon" | "due" | "missed";

const SOON_MS = 5 * 60 * 1000;

/** Where a check-in stands: ahead, due (its grace runs), missed. */
export function phaseOf(due: number, missed: number, now: number): Phase {
  if (now >= missed) return "missed";
  if (now >= due) return "due";
  return due - now <= SOON_MS ? "soon" : "ahead";
}

/** The words for it. */
export function wordsOf(due: number, missed: number, now: number): string {
  switch (phaseOf(due, missed, now)) {
    case "ahead":
    case "soon":
      return `due in ${ahead(due - now)}`;
    case "due":
      return `due now, ${ahead(missed - now)} of grace left`;
    case "missed":
      return `missed ${span(now - missed)} ago`;
  }
}

function time(element: HTMLElement, name: string): number | undefined {
  const text = element.dataset[name];
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Writes every countdown, clock and `data-in`/`data-since` below an element anew. */
export function tick(root: ParentNode, now: number): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-countdown]")) {
    const due = time(element, "due");
    if (due === undefined) continue;
    const missed = time(element, "missed") ?? Number.POSITIVE_INFINITY;
    set(element, wordsOf(due, missed, now));
    const card = element.closest<HTMLElement>("[data-phase]");
    const phase = phaseOf(due, missed, now);
    element.dataset.state = phase;
    if (card !== null && element.dataset.leads !== undefined) card.dataset.phase = phase;
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-in]")) {
    const at = time(element, "in");
    if (at !== undefined) set(element, at > now ? `in ${ahead(at - now)}` : "now");
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-since]")) {
    const at = time(element, "since");
    if (at !== undefined) set(element, span(now - at));
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-track]")) track(element, now);
  for (const element of root.querySelectorAll<HTMLElement>("[data-fill]")) {
    const [from, to] = [time(element, "from"), time(element, "to")];
    if (from !== undefined && to !== undefined) element.style.setProperty("--at", String(share(from, to, now)));
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-clock]")) {
    set(element, clockTime(now));
  }
}

/** How much of the way from one instant to another has passed: 0 to 1. */
export function share(from: number, to: number, now: number): number {
  return to <= from ? 1 : Math.min(1, Math.max(0, (now - from) / (to - from)));
}

/** A bar from the last word to the end of the grace, with the due time marked on it. */
function track(element: HTMLElement, now: number): void {
  const [from, due, missed] = [time(element, "from"), time(element, "due"), time(element, "missed")];
  if (from === undefined || due === undefined || missed === undefined) return;
  element.dataset.state = phaseOf(due, missed, now);
  element.style.setProperty("--due", String(share(from, missed, due)));
  element.style.setProperty("--at", String(share(from, missed, now)));
}

function set(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const zone = (): string | undefined => document.documentElement.dataset.zone;

/** `10:42:07` on the school's clocks. */
export function clockTime(at: number): string {
  const timeZone = zone();
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  return new Intl.DateTimeFormat("en-GB", timeZone === undefined ? options : { ...options, timeZone }).format(at);
}
