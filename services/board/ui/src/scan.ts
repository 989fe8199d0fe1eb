// The desk's scanner. A hand scanner types a tag and presses Enter: it is taken wherever the focus stands, if it comes faster
// than fingers. A camera reads the same codes, by the browser's own reader where there is one, else by a reader that is
// loaded then. Without the script tags are typed and chosen as before.

type Qr = (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null;

declare global {
  // What qr.ts leaves behind.
  var homewardQr: Qr | undefined;
}

/** Keys that follow one another within so long, in milliseconds, were typed by a scanner. */
const FAST_MS = 60;
/** The least keys of a tag. */
const SHORTEST = 3;

const tray = document.querySelector<HTMLFormElement>("form[data-tray]");
const takeIn = document.querySelector<HTMLFormElement>("form[data-take-in]");
const form = tray ?? takeIn;

if (form !== null) {
  const place = form.querySelector<HTMLElement>(".scan");
  if (place !== null) place.hidden = false;
  const box = form.querySelector<HTMLInputElement>("[data-scan], [name=tag]");
  const took = (tag: string): void => (tray !== null ? intoTray(tray, tag) : intoForm(form, tag));
  box?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || tray === null) return;
    event.preventDefault();
    took(box.value);
    box.value = "";
  });
  if (box !== null) {
    if (document.querySelector(".summary, .refusal") === null) box.focus({ preventScroll: true });
    wedge(box, took);
  }
  camera(form, took);
  if (tray !== null) tray.addEventListener("change", (event) => judge(tray, event.target));
}

function say(form: HTMLFormElement, words: string, how: "good" | "bad"): void {
  const said = form.querySelector<HTMLElement>("[data-scan-said]");
  if (said === null) return;
  said.dataset.how = how;
  said.textContent = words;
}

function tagOf(option: HTMLOptionElement): string {
  return option.value === "" ? "" : (option.textContent.trim().split(" ")[0] ?? "");
}

function against(form: HTMLFormElement): Record<string, string> {
  return JSON.parse(form.dataset.tags ?? "{}") as Record<string, string>;
}

/** Where somebody's phone is chosen: a list, or where there are many a field. */
function fieldOf(row: HTMLElement): HTMLSelectElement | HTMLInputElement | null {
  return row.querySelector<HTMLSelectElement | HTMLInputElement>("select, input[name^='find.phones:']");
}

/** What chooses the phone of that tag, if it can be chosen there. */
function valueOf(field: HTMLSelectElement | HTMLInputElement, tag: string): string | undefined {
  if (field instanceof HTMLInputElement) return tag;
  return [...field.options].find((option) => tagOf(option) === tag)?.value;
}

/** To whom the form gives it, else to the next without a phone. */
function intoTray(form: HTMLFormElement, typed: string): void {
  const tag = typed.trim().toUpperCase();
  if (tag === "") return;
  const rows = [...form.querySelectorAll<HTMLElement>("[data-holder]")];
  const found = rows.flatMap((row) => {
    const field = fieldOf(row);
    const value = field === null ? undefined : valueOf(field, tag);
    return field === null || value === undefined ? [] : [{ row, field, value }];
  });
  const already = found.find(({ field, value }) => field.value === value);
  const next = already ?? found.find(({ field }) => field.value === "") ?? found.find(({ row }) => !row.classList.contains("scanned"));
  if (next === undefined) {
    const why = against(form)[tag];
    return say(form, why === undefined ? `${tag}: no phone in store is tagged so, or nobody is left who needs one.` : `${tag} may not leave: ${why}.`, "bad");
  }
  next.field.value = next.value;
  next.row.classList.add("scanned");
  const label = next.row.querySelector("label")?.textContent ?? "";
  const why = against(form)[tag];
  const left = rows.filter((row) => fieldOf(row) !== null && !row.classList.contains("scanned")).length;
  if (why !== undefined) say(form, `${tag} may not leave: ${why}.`, "bad");
  else say(form, `${tag} for ${label.split(":")[0] ?? label}. ${left === 0 ? "That is everybody." : `${left} to go.`}`, "good");
  judge(form, next.field);
}

/** What stands against a chosen phone is red beside it at once; the server says it in full. */
function judge(form: HTMLFormElement, target: EventTarget | null): void {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-holder]") : null;
  const field = row === null ? null : fieldOf(row);
  if (row === null || field === null || target !== field) return;
  row.querySelectorAll(".against").forEach((old) => old.remove());
  const option = field instanceof HTMLSelectElement ? field.selectedOptions[0] : undefined;
  const tag = field instanceof HTMLSelectElement ? (option === undefined ? "" : tagOf(option)) : field.value.trim().toUpperCase();
  const why = against(form)[tag];
  if (why === undefined) return;
  const line = document.createElement("div");
  line.className = "against";
  const sign = document.createElement("span");
  sign.className = "tag bad";
  sign.textContent = "may not leave";
  const words = document.createElement("p");
  words.append(sign, ` ${tag}: ${why}. `);
  line.append(words);
  if (why.includes("DEV-1") && option !== undefined) {
    const button = document.createElement("button");
    button.className = "small-button";
    button.name = "ready";
    button.value = `passcode ${option.value}`;
    button.setAttribute("formaction", "/devices/issue/ready");
    button.textContent = "It asks for its passcode";
    line.append(button);
  }
  row.append(line);
}

/** One phone after another comes in: with its place and recordings set, a scan sends the form. */
function intoForm(form: HTMLFormElement, typed: string): void {
  const box = form.querySelector<HTMLInputElement>("[name=tag]");
  const place = form.querySelector<HTMLInputElement>("[name=storage]");
  if (box === null) return;
  box.value = typed.trim().toUpperCase();
  if (place !== null && place.value.trim() === "") {
    say(form, `${box.value}: say in which locked place it is now.`, "bad");
    place.focus();
  } else if (["condition", "recordings"].some((name) => form.querySelector(`[name=${name}]:checked`) === null)) {
    say(form, `${box.value}: say in which condition it is, and what became of recordings.`, "bad");
    form.querySelector<HTMLInputElement>("[name=condition]")?.focus();
  } else {
    form.requestSubmit();
  }
}

/** Keys as a scanner types them, while nobody is in a field. */
function wedge(box: HTMLInputElement, took: (tag: string) => void): void {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    const inField = document.activeElement instanceof HTMLElement && document.activeElement.matches("input, select, textarea");
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = performance.now();
    if (now - last > FAST_MS) typed = "";
    last = now;
    if (event.key.length === 1) typed += event.key;
    if (event.key !== "Enter" || typed.length < SHORTEST) return;
    event.preventDefault();
    took(typed);
    typed = "";
    box.focus({ preventScroll: true });
  });
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** The camera reads until it is switched off; the same code is taken once in a while. */
function camera(form: HTMLFormElement, took: (tag: string) => void): void {
  const button = form.querySelector<HTMLButtonElement>("[data-camera]");
  const view = form.querySelector<HTMLElement>("[data-camera-view]");
  if (button === null || view === null || navigator.mediaDevices?.getUserMedia === undefined) return;
  button.hidden = false;
  let stream: MediaStream | undefined;
  const stop = (): void => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    view.replaceChildren();
    button.textContent = "Use the camera";
  };
  button.addEventListener("click", () => {
    if (stream !== undefined) return stop();
    void (async () => {
      try {
        const video = document.createElement("video");
        video.muted = true;
        video.playsInline = true;
        video.setAttribute("aria-label", "What the camera sees");
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        video.srcObject = stream;
        view.replaceChildren(video);
        button.textContent = "Camera off";
        await video.play();
        const read = await reader();
        let seen = { text: "", at: -Infinity };
        while (stream !== undefined) {
          const text = await read(video);
          const again = text === seen.text && performance.now() - seen.at < 3_000;
          if (text !== undefined && !again) {
            seen = { text, at: performance.now() };
            took(text);
          }
          await new Promise((later) => setTimeout(later, 120));
        }
      } catch {
        stop();
        say(form, "The camera can't be used here: allow it for this page, or type the tag.", "bad");
      }
    })();
  });
  addEventListener("pagehide", stop);
}

async function reader(): Promise<(video: HTMLVideoElement) => Promise<string | undefined>> {
  const own = (globalThis as { BarcodeDetector?: new (of: { formats: string[] }) => Detector }).BarcodeDetector;
  if (own !== undefined) {
    const detector = new own({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  await load("/assets/qr.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (context === null || globalThis.homewardQr === undefined || video.videoWidth === 0) return undefined;
    const part = Math.min(1, 640 / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * part);
    canvas.height = Math.round(video.videoHeight * part);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.homewardQr(data, width, height)?.data;
  };
}

function load(src: string): Promise<void> {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", () => done());
    script.addEventListener("error", () => failed(new Error(src)));
    document.head.append(script);
  });
}

export {};
