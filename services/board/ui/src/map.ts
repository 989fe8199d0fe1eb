// Draws maps: circles of places, phones with how sharp their fix is, the way each took; a scale; tiles below if the school
// names a server of them. Points on a plain ground otherwise. What is drawn stands in words beside it: nothing is told by
// the map alone.

import { type Plane, degrees, metres, onPlane } from "./mercator";

export interface DrawnArea {
  name: string;
  at: [number, number];
  radius_m: number;
}

export interface DrawnPhone {
  tag: string;
  who: string;
  at: [number, number];
  accuracy_m: number;
  class: string;
  when: string;
  way: [number, number][];
}

export interface Drawing {
  areas: DrawnArea[];
  phones: DrawnPhone[];
}

/** What of the plane is seen: its middle, and how wide it is. */
export interface Seen extends Plane {
  width: number;
}

const NS = "http://www.w3.org/2000/svg";
/** Nothing is looked at closer than this, in metres across. */
const NEAREST_M = 250;
/** The world. */
const WIDEST = 1;
const TILE = 256;
/** Where tiles come from, if the school has any, and how near they go. */
const TILES = document.documentElement.dataset.tiles;
const DEEPEST = Number(document.documentElement.dataset.tilesDeepest ?? 19);

function make(name: string, attributes: Record<string, string | number>, ...children: (Element | string)[]): SVGElement {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A map in its frame: what is drawn, and what of it is seen. */
export class MapView {
  readonly frame: HTMLElement;
  readonly svg: SVGSVGElement;
  /** Undefined: all that is drawn. */
  seen: Seen | undefined;
  #drawing: Drawing = { areas: [], phones: [] };
  /** Where texts stand already. */
  #taken: { x: number; y: number; half: number }[] = [];
  /** Where phones stand. */
  #dots: { x: number; y: number; half: number }[] = [];
  /** Signs and texts grow with the page's letters: on a wall they are read from afar. */
  unit = 1;
  /** Draws more on top. */
  over: ((map: MapView) => SVGElement[]) | undefined;

  constructor(frame: HTMLElement, label: string) {
    this.frame = frame;
    this.svg = make("svg", { role: "img", "aria-label": label }) as SVGSVGElement;
    frame.prepend(this.svg);
    new ResizeObserver(() => this.redraw()).observe(frame);
    if (TILES !== undefined) {
      const credit = document.createElement("p");
      credit.className = "credit";
      credit.textContent = document.documentElement.dataset.tilesCredit ?? "";
      frame.append(credit);
    }
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.redraw();
  }

  get size(): { width: number; height: number } {
    const box = this.svg.getBoundingClientRect();
    return { width: Math.max(box.width, 120), height: Math.max(box.height, 90) };
  }

  /** What is seen when nothing else was asked for: all of it, with some room around it. */
  whole(): Seen {
    const boxes = [
      ...this.#drawing.areas.map(({ at, radius_m }) => ({ ...onPlane(at), r: metres(radius_m, at[0]) })),
      ...this.#drawing.phones.map(({ at, accuracy_m }) => ({ ...onPlane(at), r: metres(Math.min(accuracy_m, 2_000), at[0]) })),
      ...this.#drawing.phones.flatMap(({ way }) => way.map((at) => ({ ...onPlane(at), r: 0 }))),
    ];
    // The British Isles, if there is nothing.
    if (boxes.length === 0) return { x: 0.4875, y: 0.32, width: 0.05 };
    const [west, east] = [Math.min(...boxes.map((b) => b.x - b.r)), Math.max(...boxes.map((b) => b.x + b.r))];
    const [north, south] = [Math.min(...boxes.map((b) => b.y - b.r)), Math.max(...boxes.map((b) => b.y + b.r))];
    const { width, height } = this.size;
    const across = Math.max(east - west, ((south - north) * width) / height) * 1.25;
    const middle = { x: (west + east) / 2, y: (north + south) / 2 };
    return { ...middle, width: Math.max(across, metres(NEAREST_M, degrees(middle)[0])) };
  }

  get now(): Seen {
    return this.seen ?? this.whole();
  }

  /** Nearer by that factor, or farther, around a place of the picture. */
  zoom(factor: number, around?: Plane): void {
    const now = this.now;
    const width = Math.min(WIDEST, Math.max(metres(NEAREST_M, degrees(now)[0]), now.width / factor));
    const keep = around ?? now;
    const part = width / now.width;
    this.seen = { x: keep.x + (now.x - keep.x) * part, y: keep.y + (now.y - keep.y) * part, width };
    this.redraw();
  }

  /** By so many widths of the picture. */
  pan(right: number, down: number): void {
    const now = this.now;
    this.seen = { ...now, x: now.x + right * now.width, y: now.y + down * now.width };
    this.redraw();
  }

  /** Where a place of the plane is in the picture, in pixels. */
  pixel(at: Plane): Plane {
    const { width, height } = this.size;
    const now = this.now;
    const scale = width / now.width;
    return { x: width / 2 + (at.x - now.x) * scale, y: height / 2 + (at.y - now.y) * scale };
  }

  /** Which place of the plane a click or touch meant. */
  placeOf(event: { clientX: number; clientY: number }): Plane {
    const box = this.svg.getBoundingClientRect();
    const now = this.now;
    const scale = now.width / box.width;
    return {
      x: now.x + (event.clientX - box.left - box.width / 2) * scale,
      y: now.y + (event.clientY - box.top - box.height / 2) * scale,
    };
  }

  /** So many metres there, in pixels. */
  length(length: number, lat: number): number {
    return (metres(length, lat) * this.size.width) / this.now.width;
  }

  redraw(): void {
    const { width, height } = this.size;
    this.svg.setAttribute("viewBox", `0 0 ${Math.round(width)} ${Math.round(height)}`);
    const { areas, phones } = this.#drawing;
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    // A name covers no other phone's dot.
    this.#taken = [];
    const dots = phones.map(({ at }) => ({ ...this.pixel(onPlane(at)), half: 8 * this.unit }));
    this.#dots = dots;
    this.svg.replaceChildren(
      ...this.#ground(),
      ...areas.flatMap((area) => this.#area(area)),
      ...phones.flatMap((phone) => this.#way(phone)),
      ...phones.flatMap((phone) => this.#phone(phone)),
      ...(this.over?.(this) ?? []),
      ...this.#scale(),
    );
  }

  #ground(): SVGElement[] {
    const { width, height } = this.size;
    const url = TILES;
    if (url === undefined) return this.#grid();
    const now = this.now;
    const zoom = Math.min(DEEPEST, Math.max(0, Math.round(Math.log2(width / TILE / now.width))));
    const count = 2 ** zoom;
    const tall = (now.width * height) / width;
    const tiles: SVGElement[] = [];
    const last = (at: number): number => Math.min(count - 1, Math.floor(at * count));
    for (let x = Math.max(0, Math.floor((now.x - now.width / 2) * count)); x <= last(now.x + now.width / 2); x++) {
      for (let y = Math.max(0, Math.floor((now.y - tall / 2) * count)); y <= last(now.y + tall / 2); y++) {
        const at = this.pixel({ x: x / count, y: y / count });
        const side = width / now.width / count;
        const href = url.replace("{z}", String(zoom)).replace("{x}", String(x)).replace("{y}", String(y));
        tiles.push(make("image", { href, x: at.x, y: at.y, width: side + 0.5, height: side + 0.5, class: "tile" }));
      }
    }
    return tiles;
  }

  /** A plain ground with lines a round number of metres apart. */
  #grid(): SVGElement[] {
    const { width, height } = this.size;
    const step = this.length(round(this.#across() / 5), degrees(this.now)[0]);
    let path = "";
    for (let x = (width / 2) % step; x < width; x += step) path += `M${x.toFixed(1)} 0V${height}`;
    for (let y = (height / 2) % step; y < height; y += step) path += `M0 ${y.toFixed(1)}H${width}`;
    return [make("path", { d: path, class: "grid" })];
  }

  /** How many metres are seen across. */
  #across(): number {
    return this.now.width / metres(1, degrees(this.now)[0]);
  }

  #area({ name, at, radius_m }: DrawnArea): SVGElement[] {
    const middle = this.pixel(onPlane(at));
    const r = Math.max(this.length(radius_m, at[0]), 3);
    return [make("circle", { cx: middle.x, cy: middle.y, r, class: "area" }), this.text(middle, name, "area-name", r + 5 * this.unit)];
  }

  #way({ way, at }: DrawnPhone): SVGElement[] {
    if (way.length === 0) return [];
    const points = [...way, at].map((place) => this.pixel(onPlane(place)));
    return [make("polyline", { points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "), class: "way" })];
  }

  #phone({ tag, who, at, accuracy_m, class: stands, when }: DrawnPhone): SVGElement[] {
    const place = this.pixel(onPlane(at));
    const { x, y } = place;
    const r = this.length(accuracy_m, at[0]);
    const dot = make("circle", { cx: x, cy: y, r: 7 * this.unit, class: `phone ${stands}` }, make("title", {}, `${tag}, ${who}: ${when}`));
    const fix = r > 9 * this.unit ? [make("circle", { cx: x, cy: y, r, class: `fix ${stands}` })] : [];
    return [...fix, dot, this.text(place, tag, "phone-name", 10 * this.unit)];
  }

  /** A text beside a place: where it covers no other, and within the picture. */
  text(at: Plane, words: string, kind: string, away: number): SVGElement {
    const { width, height } = this.size;
    const [half, tall] = [words.length * 3.9 * this.unit, 13 * this.unit];
    const inside = (x: number, y: number): Plane => ({
      x: Math.min(Math.max(x, half + 4), Math.max(width - half - 4, half + 4)),
      y: Math.min(Math.max(y, tall + 1), height - 6),
    });
    const above = inside(at.x, at.y - away);
    const offered = [above, inside(at.x, at.y + away + tall * 0.8), inside(at.x + half + away, at.y + tall / 3), inside(at.x - half - away, at.y + tall / 3)];
    const covers = (x: number, y: number, other: { x: number; y: number; half: number }): boolean => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < tall;
    const others = this.#dots.filter((dot) => Math.hypot(dot.x - at.x, dot.y - at.y) > dot.half);
    const free = ({ x, y }: Plane): boolean => !this.#taken.some((other) => covers(x, y, other)) && !others.some((dot) => covers(x, y - tall / 3, dot));
    const { x, y } = offered.find(free) ?? above;
    const seen = at.x > -half && at.x < width + half && at.y > -20 && at.y < height + 30;
    if (seen) this.#taken.push({ x, y, half });
    return make("text", { x, y, class: kind, "text-anchor": "middle" }, seen ? words : "");
  }

  #scale(): SVGElement[] {
    const { height } = this.size;
    const length = round(this.#across() / 4);
    const pixels = this.length(length, degrees(this.now)[0]);
    const words = length >= 1_000 ? `${length / 1_000} km` : `${length} m`;
    return [
      make("path", { d: `M10 ${height - 14}v5h${pixels.toFixed(1)}v-5`, class: "scale" }),
      make("text", { x: 14, y: height - 16, class: "scale-name" }, words),
    ];
  }
}

/** 1, 2 or 5 with noughts. */
function round(length: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(length, 1)));
  const first = length / ten;
  return (first >= 5 ? 5 : first >= 2 ? 2 : 1) * ten;
}

/** What of each map was looked at, though the board draws its part anew. */
const looked = new Map<string, Seen | undefined>();

/** Draws every map of a part of the page: `<figure data-map="…">`. */
export function drawMaps(part: ParentNode): void {
  for (const frame of part.querySelectorAll<HTMLElement>("[data-map]")) {
    if (frame.querySelector("svg") !== null) continue;
    const map = new MapView(frame, frame.dataset.said ?? "Map");
    const id = frame.id;
    map.seen = looked.get(id);
    map.draw(JSON.parse(frame.dataset.map ?? "{}") as Drawing);
    if (frame.dataset.moves !== undefined) moves(map, () => looked.set(id, map.seen));
  }
}

/** Buttons, wheel, dragging and keys. */
export function moves(map: MapView, moved: () => void): void {
  const { frame } = map;
  const bar = document.createElement("div");
  bar.className = "map-bar no-print";
  const button = (sign: string, label: string, act: () => void): void => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => {
      act();
      moved();
    });
    bar.append(made);
  };
  button("+", "Nearer", () => map.zoom(1.6));
  button("−", "Farther", () => map.zoom(1 / 1.6));
  button("All", "Show all of it", () => {
    map.seen = undefined;
    map.redraw();
  });
  frame.append(bar);
  frame.addEventListener("keydown", (event) => {
    // With Shift they are the place's own: see place.ts.
    if (event.target !== frame || (event.shiftKey && event.key.startsWith("Arrow"))) return;
    const act = KEYS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(map);
    moved();
  });
  drags(map, moved);
}

const KEYS: Record<string, (map: MapView) => void> = {
  ArrowLeft: (map) => map.pan(-0.1, 0),
  ArrowRight: (map) => map.pan(0.1, 0),
  ArrowUp: (map) => map.pan(0, -0.1),
  ArrowDown: (map) => map.pan(0, 0.1),
  "+": (map) => map.zoom(1.6),
  "=": (map) => map.zoom(1.6),
  "-": (map) => map.zoom(1 / 1.6),
};

function drags(map: MapView, moved: () => void): void {
  let from: { x: number; y: number } | undefined;
  map.svg.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY };
    map.svg.setPointerCapture(event.pointerId);
  });
  map.svg.addEventListener("pointermove", (event) => {
    if (from === undefined) return;
    const { width } = map.size;
    map.pan((from.x - event.clientX) / width, (from.y - event.clientY) / width);
    from = { x: event.clientX, y: event.clientY };
  });
  for (const end of ["pointerup", "pointercancel"]) {
    map.svg.addEventListener(end, () => {
      from = undefined;
      moved();
    });
  }
}
