// The page as a whole: listens to the server, keeps one card for each phone, and says when news stopped coming.
import { Card } from "/page/card.js";

const SILENCE_MS = 10_000; // the server beats every 3 s

const byId = (id) => document.getElementById(id);
const cards = new Map();
let heardAt = Date.now();
let stream;

function listen() {
  stream?.close();
  stream = new EventSource("/page/events");
  stream.addEventListener("picture", (event) => {
    heard();
    show(JSON.parse(event.data));
  });
  stream.addEventListener("beat", heard);
}

function heard() {
  heardAt = Date.now();
  byId("link").textContent = "Live";
  byId("link").classList.add("live");
  byId("lost").hidden = true;
  document.body.classList.remove("stale");
}

// A stream can hang without an error, so silence itself is the sign.
setInterval(() => {
  if (Date.now() - heardAt < SILENCE_MS) return;
  heardAt = Date.now();
  byId("link").textContent = "Lost";
  byId("link").classList.remove("live");
  byId("lost").hidden = false;
  document.body.classList.add("stale");
  listen();
}, 1_000);

function show(picture) {
  byId("school").textContent = spaced(picture.school);
  byId("empty").hidden = picture.phones.length > 0;
  for (const phone of picture.phones) {
    if (!cards.has(phone.number)) add(phone);
    cards.get(phone.number).card.show(phone);
  }
  for (const entry of cards.values()) showChip(entry);
  showWire(picture.wire);
  showViolations(picture.violations);
  const calling = [...cards.values()].filter(({ card }) => card.rings).length;
  const unread = [...cards.values()].reduce((sum, { card }) => sum + card.unread, 0);
  document.title = (calling ? "☎ " : "") + (unread ? `(${unread}) ` : "") + "Demo phones";
}

function add(phone) {
  const card = new Card(phone, spaced, () => showChip(cards.get(phone.number)));
  byId(phone.outside ? "outside" : "phones").append(card.element);
  if (phone.outside) byId("outside-title").hidden = false;
  const chip = document.createElement("button");
  chip.type = "button";
  chip.addEventListener("click", () => card.comeForward());
  byId("shelf").append(chip);
  cards.set(phone.number, { card, chip });
}

// The shelf has every phone in a row, so that one which rings is found from anywhere on the page.
function showChip({ card, chip }) {
  const news = card.rings ? "ringing" : card.inCall ? "in a call" : card.unread ? `${card.unread} new` : "";
  const text = news ? `${card.label} · ${news}` : card.label;
  if (chip.textContent !== text) chip.textContent = text;
  chip.className = card.rings ? "rings" : card.inCall ? "talks" : card.unread ? "unread" : "";
}

// Anybody at all: a card appears when the call is made.
byId("anybody").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = byId("anybody-number").value.replaceAll(" ", "");
  const from = typed.startsWith("+") ? typed : `+44${typed.replace(/^0/, "")}`;
  const body = JSON.stringify({ from, withheld: byId("anybody-withheld").checked });
  fetch("/page/rings", { method: "POST", headers: { "Content-Type": "application/json" }, body });
});

function showWire(lines) {
  const list = byId("wire-lines");
  const items = lines.toReversed().map((line) => {
    const item = document.createElement("li");
    item.className = line.to_application ? "out" : "in";
    item.textContent = `${clock(line.at, true)} ${line.to_application ? "to Homeward" : "from Homeward"}: ${line.what}`;
    return item;
  });
  list.replaceChildren(...items);
  byId("wire-newest").textContent = items[0]?.textContent ?? "";
}

function showViolations(violations) {
  byId("violations").hidden = violations.length === 0;
  const items = violations.map((violation) => {
    const item = document.createElement("li");
    item.textContent = `${violation.operation}: ${violation.complaint}`;
    return item;
  });
  byId("violations").querySelector("ul").replaceChildren(...items);
}

export function clock(instant, seconds = false) {
  const form = { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) };
  return new Date(instant).toLocaleTimeString("en-GB", form);
}

// +447700900123 → 07700 900123
function spaced(number) {
  const national = number.replace(/^\+44/, "0");
  return national.length === 11 ? `${national.slice(0, 5)} ${national.slice(5)}` : number;
}

listen();
