// Degrees and the plane of web maps: the world is a square of side 1, x to the east, y to the south.

export interface Plane {
  x: number;
  y: number;
}

const EARTH_M = 40_075_016.686;

export function onPlane([lat, lon]: readonly [number, number]): Plane {
  const sin = Math.min(0.9999, Math.max(-0.9999, Math.sin((lat * Math.PI) / 180)));
  return { x: lon / 360 + 0.5, y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI) };
}

export function degrees({ x, y }: Plane): [number, number] {
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  return [lat, (x - 0.5) * 360];
}

/** So many metres, as a part of the plane's side, at that latitude. */
export function metres(length: number, lat: number): number {
  return length / (EARTH_M * Math.cos((lat * Math.PI) / 180));
}

/** `51.45450, -2.60330`: to the metre. */
export function typed([lat, lon]: readonly [number, number]): string {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

/**
 * A place as people paste it: two numbers, degrees with minutes and seconds, `geo:`, or a link of a map page.
 * Nothing if there is no place in it.
 */
export function placeIn(text: string): [number, number] | undefined {
  const number = String.raw`(-?\d{1,3}\.\d+)`;
  const shapes = [
    new RegExp(String.raw`^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$`),
    new RegExp(String.raw`^geo:(-?[\d.]+),(-?[\d.]+)`),
    new RegExp(String.raw`!3d${number}!4d${number}`),
    new RegExp(String.raw`[?&]mlat=${number}&mlon=${number}`),
    new RegExp(String.raw`#map=[\d.]+/${number}/${number}`),
    new RegExp(String.raw`[?&](?:q|ll|query|destination)=(?:loc:)?${number}(?:,|%2C)\s*${number}`, "i"),
    new RegExp(String.raw`@${number},${number}`),
  ];
  for (const shape of shapes) {
    const found = shape.exec(text);
    if (found !== null) return onEarth(Number(found[1]), Number(found[2]));
  }
  const dms = /(\d{1,2})[°d]\s*(\d{1,2})['′m]\s*([\d.]+)["″s]?\s*([NS])[,\s]+(\d{1,3})[°d]\s*(\d{1,2})['′m]\s*([\d.]+)["″s]?\s*([EW])/i.exec(text);
  if (dms === null) return undefined;
  const of = (at: number, negative: string): number => {
    const value = Number(dms[at]) + Number(dms[at + 1]) / 60 + Number(dms[at + 2]) / 3600;
    return dms[at + 3]?.toUpperCase() === negative ? -value : value;
  };
  return onEarth(of(1, "S"), of(5, "W"));
}

function onEarth(lat: number, lon: number): [number, number] | undefined {
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? [lat, lon] : undefined;
}
