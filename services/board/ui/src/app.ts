// Every page but the phone's: countdowns, what was typed is kept, no form is sent twice, small conveniences.

import { ServerClock } from "./clock";
import { tick } from "./countdown";
import { follow } from "./follow";
import { keepTyped, letGo } from "./keep";
import { findTyped } from "./find";
import { drawMaps } from "./map";
import { pickPlaces } from "./place";
import { keepChecked } from "./running";
import { arrived, onItsWay } from "./unsent";

const page = document.documentElement;
arrived(page);

if (page.dataset.stream === undefined) {
  const clock = new ServerClock(Date.parse(page.dataset.now ?? "") || Date.now());
  const main = document.querySelector<HTMLElement>("main");
  // First, so that it knows the page as it was sent.
  if (main !== null) {
    follow(main, () => {
      tick(document, clock.now());
      drawMaps(main);
    });
    drawMaps(main);
  }
  tick(document, clock.now());
  setInterval(() => tick(document, clock.now()), 1_000);
}

document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
findTyped(document);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]")) keepTyped(form);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-check]")) keepChecked(form);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-places]")) pickPlaces(form);

/** Long parts are folded on a narrow screen; what is the school's own, or wrong, stays open. A link into a part opens it. */
for (const part of document.querySelectorAll<HTMLDetailsElement>("details[data-fold]")) {
  if (matchMedia("(max-width: 699px)").matches && part.querySelector(".own, .bad") === null) part.open = false;
}
function opensTarget(): void {
  const part = document.getElementById(location.hash.slice(1))?.closest<HTMLDetailsElement>("details[data-fold]");
  if (part) part.open = true;
}
opensTarget();
window.addEventListener("hashchange", opensTarget);

/** A second click while the first is on its way is swallowed; a page that comes back from history can be sent again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  form.dataset.sent = "";
  onItsWay(form);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset.sent;
});

// A refused form begins at its summary, so that whoever listens hears what is wrong first.
document.querySelector<HTMLElement>(".summary, .refusal")?.focus();

// A long task goes on by itself, a part at a time; without the script there is its button.
setTimeout(() => document.querySelector<HTMLFormElement>("form[data-goes-on]")?.requestSubmit(), 50);

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]") !== null) print();
});

const saved = document.querySelector<HTMLElement>("[data-saved]")?.dataset.saved;
for (const key of saved?.split(" ") ?? []) letGo(key);
