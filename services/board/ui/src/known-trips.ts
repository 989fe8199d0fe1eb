// While no live data comes: whom to ring. The trips that were on the board last, with their numbers, stand on what covers it.

/** Fills the list from the board below it. */
export function listKnownTrips(list: HTMLElement, board: ParentNode): void {
  const trips = [...board.querySelectorAll<HTMLElement>(".trip")];
  list.replaceChildren(...trips.map(line));
  list.hidden = trips.length === 0;
}

function line(trip: HTMLElement): HTMLElement {
  const item = document.createElement("li");
  const title = document.createElement("b");
  title.textContent = trip.querySelector("h3")?.textContent ?? "";
  const numbers = [...trip.querySelectorAll<HTMLAnchorElement>(".ringing a[href]")].map((known) => {
    const link = document.createElement("a");
    link.href = known.href;
    link.textContent = known.textContent?.trim() ?? "";
    return link;
  });
  item.append(title, ...(numbers.length > 0 ? numbers : [" Nobody of it can be rung."]));
  return item;
}
