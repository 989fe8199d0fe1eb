// What a program sees that follows every link: plain HTTP, with cookies, and an HTML parser.
import { parse } from "parse5";

/** Headers that every answer has, whatever it is. */
const HEADERS = {
  "content-security-policy": /default-src 'self'/,
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^DENY$/,
  "referrer-policy": /^no-referrer$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "permissions-policy": /geolocation=\(\)/,
};

/** So many pages that differ in ids and numbers alone. */
const ALIKE = 6;

/** Streams never end, and whoever is logged out sees little. */
const LEFT_OUT = [/^\/stream/, /\/now$/, /^\/logout/, /^\/assets\//];

const every = (node, found = []) => {
  found.push(node);
  for (const child of node.childNodes ?? []) every(child, found);
  return found;
};

const attribute = (node, name) => node.attrs?.find((one) => one.name === name)?.value;

/** A page's elements by name. */
export function elements(html) {
  const all = every(parse(html)).filter((node) => node.tagName !== undefined);
  return (...names) => all.filter((node) => names.includes(node.tagName));
}

/** What a form would send as it stands: its fields, without buttons. */
export function asItStands(form) {
  const pairs = [];
  for (const field of every(form)) {
    const name = attribute(field, "name");
    if (name === undefined || attribute(field, "disabled") !== undefined) continue;
    const kind = attribute(field, "type") ?? "text";
    if (field.tagName === "input" && !["submit", "button", "file", "image"].includes(kind)) {
      const isChosen = !["checkbox", "radio"].includes(kind) || attribute(field, "checked") !== undefined;
      if (isChosen) pairs.push([name, attribute(field, "value") ?? (kind === "checkbox" ? "on" : "")]);
    } else if (field.tagName === "textarea") {
      pairs.push([name, field.childNodes.map((text) => text.value ?? "").join("")]);
    } else if (field.tagName === "select") {
      const options = every(field).filter((one) => one.tagName === "option");
      const chosen = options.find((one) => attribute(one, "selected") !== undefined) ?? options[0];
      if (chosen !== undefined) pairs.push([name, attribute(chosen, "value") ?? ""]);
    }
  }
  return pairs;
}

/** A visitor with a purse of cookies. */
export class Visitor {
  cookies = new Map();

  constructor(origin, who) {
    this.origin = origin;
    this.who = who;
  }

  async asks(path, init = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(cookie === "" ? {} : { cookie }), ...init.headers };
    if (init.method === "POST") Object.assign(headers, { origin: this.origin, "sec-fetch-site": "same-origin" });
    const answer = await fetch(new URL(path, this.origin), { redirect: "manual", ...init, headers });
    for (const set of answer.headers.getSetCookie()) {
      const [pair] = set.split(";");
      const at = pair.indexOf("=");
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  posts(path, pairs) {
    return this.asks(path, { method: "POST", body: new URLSearchParams(pairs) });
  }

  async logsIn(login, password) {
    const answer = await this.posts("/login", [["login", login], ["password", password]]);
    if (answer.status !== 303) throw new Error(`${login}: ${answer.status}`);
    return this;
  }
}

/** A path with what tells it from those like it taken out: ids, numbers, and the values of its query. */
export function shape(path) {
  const { pathname, searchParams } = new URL(path, "http://any");
  const plain = pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{id}").replace(/\/go\/[^/]+/, "/go/{token}").replace(/\d+/g, "{n}");
  return `${plain}?${[...new Set(searchParams.keys())].sort().join("&")}`;
}

/**
 * Follows everything from those pages on, and notes what is wrong in `faults`: an answer of 5xx, a header that is missing, a link
 * that leads nowhere or to what is refused, a form that changes something without the session's token. Whatever is text is given to
 * `reads`, with its address.
 */
export async function crawl(visitor, from, faults, reads = () => {}) {
  const seen = new Map();
  const alike = new Map();
  const forms = new Map();
  const queue = [];
  const wants = (path, on) => {
    const url = new URL(path, visitor.origin);
    url.hash = "";
    const at = url.pathname + url.search;
    if (url.origin !== visitor.origin || !/^https?:$/.test(url.protocol)) return;
    if (seen.has(at) || LEFT_OUT.some((out) => out.test(url.pathname))) return;
    const like = shape(at);
    const so = alike.get(like) ?? 0;
    if (so >= ALIKE) return;
    alike.set(like, so + 1);
    seen.set(at, undefined);
    queue.push({ at, on });
  };
  for (const path of from) wants(path, "the beginning");
  const fault = (what, at, on) => faults.push(`${visitor.who}: ${what}: ${at} (linked on ${on})`);
  while (queue.length > 0) {
    const { at, on } = queue.shift();
    const answer = await visitor.asks(at);
    const { status } = answer;
    seen.set(at, status);
    if (status >= 500) fault(`an answer of ${status}`, at, on);
    if (status === 404) fault("a dead link", at, on);
    if (status === 403) fault("a page offers what it refuses", at, on);
    for (const [name, wanted] of Object.entries(HEADERS)) {
      if (!wanted.test(answer.headers.get(name) ?? "")) fault(`no ${name}`, at, on);
    }
    if (status === 303 || status === 302 || status === 307) {
      wants(new URL(answer.headers.get("location"), new URL(at, visitor.origin)).href, `${on}, by ${at}`);
      continue;
    }
    const text = await answer.text();
    reads(at, text);
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) continue;
    if (!/no-store/.test(answer.headers.get("cache-control") ?? "")) fault("a page that may be kept", at, on);
    follow(text, at);
  }

  function follow(html, at) {
    const of = elements(html);
    const base = new URL(at, visitor.origin);
    const [body] = of("body");
    const isHidden = (link) => {
      const needs = attribute(link, "data-needs");
      return needs !== undefined && !(attribute(body, "class") ?? "").split(" ").includes(`may-${needs}`);
    };
    for (const link of of("a", "area").filter((link) => !isHidden(link))) {
      const href = attribute(link, "href");
      if (href !== undefined) wants(new URL(href, base).href, at);
    }
    for (const form of of("form")) {
      const action = new URL(attribute(form, "action") || at, base);
      const fields = asItStands(form);
      if ((attribute(form, "method") ?? "get").toLowerCase() === "get") {
        action.search = new URLSearchParams(fields).toString();
        wants(action.href, at);
        continue;
      }
      const token = fields.find(([name]) => name === "form_token")?.[1];
      const isOutside = /^\/(login|go)\b/.test(action.pathname);
      if (!isOutside && !token) fault("a form without the session's token", action.pathname, at);
      const buttons = every(form).filter((one) => one.tagName === "button" && attribute(one, "type") !== "button");
      for (const button of buttons.length > 0 ? buttons : [undefined]) {
        const name = button === undefined ? undefined : attribute(button, "name");
        const pressed = name === undefined ? [] : [[name, attribute(button, "value") ?? ""]];
        const like = `${shape(action.href)} ${pressed.flat().join("=")}`;
        if (!forms.has(like)) forms.set(like, { to: action.pathname + action.search, fields: [...fields, ...pressed], on: at, kind: attribute(form, "enctype") });
      }
    }
  }

  return { seen, forms };
}
