// What whoever looks has already: the board's drawing is shared by many, so that it can't know. Nobody is offered to take over
// what is theirs.

/** Hides the button of each case that this page's own person has. */
export function hideMine(root: ParentNode): void {
  const me = document.documentElement.dataset.person;
  if (me === undefined || me === "") return;
  for (const form of root.querySelectorAll<HTMLElement>("form[data-owner]")) form.hidden = form.dataset.owner === me;
}
