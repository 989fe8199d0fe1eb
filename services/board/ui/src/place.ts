// A place of the trip form on a map: a click puts it there, arrow keys move it, the circle follows the radius. Places that
// were used before are shown and can be chosen by name. A link of any map page that is pasted becomes its coordinates.
// What counts is what stands in the fields: the map only writes them.

import { type DrawnArea, MapView, moves } from "./map";
import { degrees, onPlane, placeIn, typed } from "./mercator";

interface Fields {
  name: HTMLInputElement;
  where: HTMLInputElement;
  radius: HTMLInputElement;
}

const USUAL_RADIUS_M = "200";

/** Each place of a form: `<figure data-pick="destinations[0]">`. */
export function pickPlaces(form: HTMLFormElement): void {
  const known = JSON.parse(form.dataset.places ?? "[]") as DrawnArea[];
  for (const frame of form.querySelectorAll<HTMLElement>("[data-pick]")) {
    const fields = fieldsOf(form, frame.dataset.pick ?? "");
    if (fields !== undefined) pick(frame, fields, known);
  }
}

function fieldsOf(form: HTMLFormElement, row: string): Fields | undefined {
  const [name, where, radius] = ["name", "where", "radius_m"].map((part) => form.elements.namedItem(`${row}.${part}`));
  const all = name instanceof HTMLInputElement && where instanceof HTMLInputElement && radius instanceof HTMLInputElement;
  return all ? { name, where, radius } : undefined;
}

function pick(frame: HTMLElement, fields: Fields, known: DrawnArea[]): void {
  const map = new MapView(frame, "Map of the place. What counts stands in the fields above it.");
  frame.tabIndex = 0;
  const put = (at: [number, number]): void => {
    fields.where.value = typed(at);
    if (fields.radius.value === "") fields.radius.value = USUAL_RADIUS_M;
    fields.where.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const show = (): void => {
    const at = placeIn(fields.where.value);
    const radius_m = Number(fields.radius.value) || 0;
    const chosen = at === undefined ? [] : [{ name: fields.name.value, at, radius_m }];
    const others = known.filter(({ name }) => name.toLowerCase() !== fields.name.value.toLowerCase());
    map.over = () => others.map((place) => dot(map, place));
    // What is seen follows what was chosen; with nothing chosen, all that is known is seen.
    map.draw({ areas: chosen.length > 0 ? chosen : [], phones: [] });
    if (chosen.length === 0 && known.length > 0 && map.seen === undefined) {
      map.draw({ areas: known, phones: [] });
      const all = map.whole();
      map.draw({ areas: [], phones: [] });
      map.seen = all;
      map.redraw();
    }
  };
  moves(map, () => undefined);
  clicks(map, (at) => {
    map.seen = map.now;
    put(at);
  });
  frame.addEventListener("keydown", (event) => keys(event, frame, map, fields, put));
  fields.where.addEventListener("change", () => {
    const at = placeIn(fields.where.value);
    if (at !== undefined && fields.where.value.trim() !== "") fields.where.value = typed(at);
    map.seen = undefined;
    show();
  });
  fields.name.addEventListener("change", () => {
    const place = known.find(({ name }) => name.toLowerCase() === fields.name.value.trim().toLowerCase());
    if (place === undefined || fields.where.value.trim() !== "") return;
    fields.radius.value = String(place.radius_m);
    map.seen = undefined;
    put(place.at);
  });
  for (const field of [fields.name, fields.where, fields.radius]) field.addEventListener("input", show);
  show();
}

/** A place that is known already. */
function dot(map: MapView, place: DrawnArea): SVGElement {
  const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
  const at = map.pixel(onPlane(place.at));
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  circle.setAttribute("cx", String(at.x));
  circle.setAttribute("cy", String(at.y));
  circle.setAttribute("r", "5");
  circle.setAttribute("class", "known");
  group.append(circle, map.text(at, place.name, "known-name", 9));
  return group;
}

/** A click is one that wasn't dragged. */
function clicks(map: MapView, put: (at: [number, number]) => void): void {
  let from: { x: number; y: number } | undefined;
  map.svg.addEventListener("pointerdown", (event) => (from = { x: event.clientX, y: event.clientY }));
  map.svg.addEventListener("pointerup", (event) => {
    const moved = from === undefined || Math.hypot(event.clientX - from.x, event.clientY - from.y) > 6;
    if (!moved) put(degrees(map.placeOf(event)));
    from = undefined;
  });
}

/** With Shift the arrow keys move the place; Enter puts it into the middle of what is seen. */
function keys(event: KeyboardEvent, frame: HTMLElement, map: MapView, fields: Fields, put: (at: [number, number]) => void): void {
  if (event.target !== frame) return;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (event.key === "Enter") {
    event.preventDefault();
    const now = map.now;
    map.seen = now;
    put(degrees(now));
  } else if (step !== undefined && event.shiftKey) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const now = map.now;
    map.seen = now;
    const at = onPlane(placeIn(fields.where.value) ?? degrees(now));
    put(degrees({ x: at.x + ((step[0] ?? 0) * now.width) / 60, y: at.y + ((step[1] ?? 0) * now.width) / 60 }));
  }
}
