// A queue at a desk: each line is one pupil. A scanner types into the field that has the focus and presses Enter; the focus goes
// on to the next empty field of the line, and from the last one the form is sent. Where the page comes back the focus stands
// in the first field again, of the form that was sent.

const lines = [...document.querySelectorAll<HTMLFormElement>("form[data-queue]")];

function fields(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>(".line input")];
}

for (const form of lines) {
  const of = fields(form);
  for (const [place, field] of of.entries()) {
    field.autocomplete = "off";
    field.addEventListener("focus", () => field.select());
    field.addEventListener("keydown", (event) => {
      const next = of[place + 1];
      if (event.key !== "Enter" || next === undefined || field.value.trim() === "") return;
      event.preventDefault();
      next.focus();
    });
  }
}

// What stands against it is read first.
if (document.querySelector(".summary, .refusal") === null) {
  const giving = document.querySelector("[data-giving]") !== null;
  const form = lines[giving ? 1 : 0];
  if (form !== undefined) fields(form)[0]?.focus({ preventScroll: true });
}

export {};
