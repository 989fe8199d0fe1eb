// One phone: built once, then kept in step with the server's picture of it, so that typing and focus are never lost.

const QUICK = ["OK", "LATE 20", "ARRIVED", "BACK", "LOST", "SOS"];
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const KINDS = { smartphone: "Work mobile", button: "Button phone", landline: "Landline" };
const OVER = { completed: "Call", busy: "Engaged", "no-answer": "Missed call", failed: "Not connected", canceled: "Rang off" };
const FRESH_MS = 8_000;

export class Card {
  constructor(phone, spaced, changed) {
    this.number = phone.number;
    this.spaced = spaced;
    this.changed = changed;
    this.unread = 0;
    this.rings = this.inCall = false;
    this.known = new Map(); // texts and ended calls on the screen, by sid
    this.began = false;
    this.element = document.getElementById("card").content.cloneNode(true).firstElementChild;
    this.build(phone);
  }

  at(selector) {
    return this.element.querySelector(selector);
  }

  build(phone) {
    this.element.classList.add(phone.kind);
    this.element.id = `phone-${phone.number.slice(1)}`;
    this.at("h2").id = `${this.element.id}-label`;
    this.element.setAttribute("aria-labelledby", this.at("h2").id);
    this.at(".items").setAttribute("aria-label", "Texts and calls");
    this.at("label.unseen").htmlFor = this.at("input").id = `${this.element.id}-text`;
    this.at(".quick").append(...QUICK.map((words) => button(words, () => this.send(words), words.toLowerCase().split(" ")[0])));
    this.at(".keypad").append(...KEYS.map((key) => button(key, () => this.press(key))));
    this.at("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.at("input");
      if (field.value.trim()) this.send(field.value);
      field.value = "";
    });
    this.element.classList.toggle("outside", phone.outside);
    this.at(".withhold").hidden = !phone.outside;
    this.at(".ring").addEventListener("click", () => post(`phones/${this.number}/ring`, { withheld: this.at(".withhold input").checked }));
    for (const deed of ["answer", "decline", "hang_up"]) {
      this.at(`.${deed.replace("_", "-")}`).addEventListener("click", () => this.act({ deed }));
    }
    for (const choice of this.element.querySelectorAll("select")) {
      choice.addEventListener("change", () => this.behave());
    }
    for (const kind of ["pointerdown", "focusin"]) this.element.addEventListener(kind, () => this.read());
    this.element.addEventListener("keydown", (event) => this.typed(event));
  }

  // Keys typed on a card that is in a call are pressed on its phone.
  typed(event) {
    const elsewhere = event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey;
    if (elsewhere || !this.inCall || !KEYS.includes(event.key)) return;
    event.preventDefault();
    this.press(event.key);
  }

  show(phone) {
    this.label = phone.label;
    put(this.at("h2"), phone.label);
    put(this.at(".number"), this.spaced(phone.number));
    const kind = phone.outside ? "Somebody outside" : KINDS[phone.kind];
    this.at(".badge").title = kind;
    this.at(".badge").setAttribute("aria-label", kind);
    this.at(".deaf").hidden = !phone.opted_out;
    this.showFailing(phone);
    const current = phone.calls.findLast((call) => OVER[call.status] === undefined && call.status !== "queued");
    this.showCall(current);
    this.showItems(phone, current);
    this.began = true;
  }

  showFailing(phone) {
    const texts = phone.text_behaviour;
    const [kind, code] = typeof texts === "string" ? [texts] : Object.entries(texts)[0];
    choose(this.at("select.calls"), phone.call_behaviour);
    choose(this.at("select.texts"), code ? `${kind}:${code}` : kind);
    const failing = [
      phone.call_behaviour !== "rings" && `calls ${chosen(this.at("select.calls"))}`,
      texts !== "delivered" && phone.kind !== "landline" && `texts ${chosen(this.at("select.texts"))}`,
    ].filter(Boolean);
    put(this.at(".failing summary"), failing.length ? `Failing: ${failing.join(", ")}` : "Make it fail");
    this.element.classList.toggle("fails", failing.length > 0);
  }

  showCall(call) {
    const outgoing = call?.direction === "inbound";
    const rang = this.rings;
    const held = this.at(".call").contains(document.activeElement) || this.at(".keypad").contains(document.activeElement);
    this.call = call?.sid;
    this.rings = call?.status === "ringing" && !outgoing;
    this.inCall = call !== undefined && !this.rings;
    this.at(".call").hidden = call === undefined;
    this.element.classList.toggle("rings", this.rings);
    this.element.classList.toggle("in-call", this.inCall);
    this.at(".keypad").classList.toggle("listening", Boolean(call?.listening));
    if (call === undefined) {
      if (held) this.at(".items").focus({ preventScroll: true });
      return;
    }
    const state = this.rings ? "Incoming call" : call.status === "ringing" ? "Calling…" : call.listening ? "Press a key" : "In a call";
    put(this.at(".state"), state);
    const party = outgoing ? `to ${this.spaced(call.to)}${call.withheld ? ", number withheld" : ""}` : `from ${this.spaced(call.from)}`;
    put(this.at(".party"), party);
    this.at(".answer").hidden = this.at(".decline").hidden = !this.rings;
    this.at(".hang-up").hidden = this.rings;
    // Who answered by keyboard goes on by keyboard.
    if (held && rang && this.inCall) this.at(".keypad button").focus({ preventScroll: true });
    fillTranscript(this.at(".transcript"), call.transcript);
    if (this.rings && !rang) this.comeForward(false);
  }

  showItems(phone, current) {
    const texts = phone.texts.map((text) => ({ at: text.created, sid: text.sid, text }));
    const calls = phone.calls.filter((call) => call !== current && OVER[call.status]).map((call) => ({ at: call.created, sid: call.sid, call }));
    const items = [...texts, ...calls].sort((a, b) => a.at.localeCompare(b.at));
    const list = this.at(".items");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    let added = false;
    for (const item of items) {
      if (!this.known.has(item.sid)) {
        this.known.set(item.sid, { element: document.createElement("li") });
        list.append(this.known.get(item.sid).element);
        added = true;
      }
      const known = this.known.get(item.sid);
      item.text ? this.showText(known, item.text) : showEnded(known.element, item.call);
    }
    const kept = new Set(items.map((item) => item.sid));
    for (const [sid, { element }] of this.known) {
      if (!kept.has(sid)) {
        element.remove();
        this.known.delete(sid);
      }
    }
    this.at(".quiet").hidden = items.length > 0 || current !== undefined;
    if (added && (atEnd || !this.began)) list.scrollTop = list.scrollHeight;
  }

  showText(known, text) {
    const { element } = known;
    const signature = `${text.status} ${text.arrived}`;
    if (known.signature === signature) return;
    const arrives = text.arrived && !known.arrived && !text.inbound;
    Object.assign(known, { signature, arrived: text.arrived });
    element.className = ["text", text.inbound ? "mine" : "theirs", text.arrived ? "" : "away", lost(text) ? "lost" : "", text.from_carrier ? "carrier" : ""].join(" ");
    element.replaceChildren(line("words", text.body), line("fate", fate(text)));
    if (arrives && this.began) this.brings(element);
  }

  brings(element) {
    this.unread += 1;
    element.classList.add("fresh");
    this.element.classList.add("fresh");
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.element.classList.remove("fresh"), FRESH_MS);
    const list = this.at(".items");
    requestAnimationFrame(() => (list.scrollTop = list.scrollHeight));
  }

  read() {
    if (this.unread === 0 && !this.element.classList.contains("fresh")) return;
    this.unread = 0;
    this.element.classList.remove("fresh");
    this.changed();
  }

  // Shows the phone; takes the focus only when a person asked for it.
  comeForward(focus = true) {
    const typing = document.activeElement?.matches("input");
    if (!typing || focus) this.element.scrollIntoView({ block: "nearest" });
    if (focus) this.at(this.rings ? ".answer" : this.inCall ? ".keypad button" : ".items").focus({ preventScroll: true });
  }

  send(body) {
    post(`phones/${this.number}/texts`, { body });
  }

  press(key) {
    if (this.inCall) this.act({ deed: "press", key });
  }

  act(deed) {
    post(`calls/${this.call}`, deed);
  }

  behave() {
    const [kind, code] = this.at("select.texts").value.split(":");
    post(`phones/${this.number}/behaviour`, { calls: this.at("select.calls").value, texts: code ? { [kind]: Number(code) } : kind });
  }
}

function showEnded(element, call) {
  if (element.className) return;
  const outgoing = call.direction === "inbound";
  const seconds = call.started ? Math.round((new Date(call.ended) - new Date(call.started)) / 1000) : null;
  const length = seconds === null ? "" : ` · ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const title = `${outgoing ? "☎ You rang the school" : `☎ ${OVER[call.status]}`}${length} · ${hour(call.created)}`;
  element.className = `ended ${call.status}`;
  if (call.transcript.length === 0) {
    element.replaceChildren(line("title", title));
    return;
  }
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const heard = document.createElement("ol");
  summary.textContent = title;
  heard.className = "transcript";
  fillTranscript(heard, call.transcript);
  details.append(summary, heard);
  element.replaceChildren(details);
}

// Only ever grows, so that a screen reader hears each line once.
function fillTranscript(list, transcript) {
  const same = (spoken, index) => list.children[index]?.textContent === spoken.words;
  if (list.children.length > transcript.length || !transcript.slice(0, list.children.length).every(same)) list.replaceChildren();
  for (const spoken of transcript.slice(list.children.length)) {
    const item = document.createElement("li");
    item.className = spoken.speaker;
    item.textContent = spoken.words;
    list.append(item);
    list.scrollTop = list.scrollHeight;
  }
}

function lost(text) {
  return ["undelivered", "failed", "canceled"].includes(text.status);
}

function fate(text) {
  const when = hour(text.created);
  if (text.inbound) return `${when} · sent to the school`;
  const why = text.error_code ? ` (${text.error_code})` : "";
  const words = { queued: "queued", sent: text.arrived ? "no receipt" : "on its way", delivered: "delivered ✓", undelivered: `✕ not delivered${why}`, failed: `✕ failed${why}`, canceled: "✕ taken back" };
  return `${when} · ${text.from_carrier ? "from the carrier" : words[text.status]}`;
}

function hour(instant) {
  return new Date(instant).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function line(name, words) {
  const element = document.createElement("p");
  element.className = name;
  element.textContent = words;
  return element;
}

function button(words, act, name) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = words;
  if (name) element.className = name;
  element.addEventListener("click", act);
  return element;
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function choose(select, value) {
  if (document.activeElement !== select && select.value !== value) select.value = value;
}

function chosen(select) {
  return select.selectedOptions[0]?.textContent ?? "as set by a test";
}

// What came of it is told by the stream.
function post(path, body) {
  return fetch(`/page/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
