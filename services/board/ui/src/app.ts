// Every page but the phone's: countdowns, what was typed is kept, no form is sent twice, small conveniences.

import { ServerClock } from "./clock";
import { tick } from "./countdown";
import { keepTyped, letGo } from "./keep";

const page = document.documentElement;

if (page.dataset.stream === undefined) {
  const clock = new ServerClock(Date.parse(page.dataset.now ?? "") || Date.now());
  tick(document, clock.now());
  setInterval(() => tick(document, clock.now()), 1_000);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]")) keepTyped(form);

/** A second click while the first is on its way is swallowed; a page that comes back from history can be sent again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  form.dataset.sent = "";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset.sent;
});

// A refused form begins at its summary, so that whoever listens hears what is wrong first.
document.querySelector<HTMLElement>(".summary, .refusal")?.focus();

for (const button of document.querySelectorAll<HTMLElement>("[data-print]")) {
  button.addEventListener("click", () => print());
}

const saved = document.querySelector<HTMLElement>("[data-saved]")?.dataset.saved;
if (saved !== undefined) letGo(saved);
