// The numbers in the navigation: alerts that nobody has, callers who wait. They are hidden at none.

/** Shows how many there are. */
export function badge(name: "cases" | "calls", count: number): void {
  const element = document.querySelector<HTMLElement>(`[data-badge="${name}"]`);
  if (element === null) return;
  element.hidden = count === 0;
  const number = element.firstElementChild;
  if (number !== null && number.textContent !== String(count)) number.textContent = String(count);
}
