// What the pages of a failed story showed, and what they had asked for: in target/failed/, for whoever looks into it.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../target/failed", import.meta.url));

/** How many requests of a page are told. */
const MOST = 80;

/** Keeps what a page asks for, but its streams' beats: when, what, and how it was answered. */
export function keepsAsked(page) {
  const asked = [];
  const note = (what) => {
    asked.push(`${new Date().toISOString()} ${what}`);
    if (asked.length > MOST) asked.shift();
  };
  const of = (request) => `${request.method()} ${new URL(request.url()).pathname}`;
  page.on("request", (request) => note(`${of(request)} asked`));
  page.on("response", (response) => note(`${of(response.request())} ${response.status()}`));
  page.on("requestfailed", (request) => note(`${of(request)} failed: ${request.failure()?.errorText}`));
  page.on("framenavigated", (frame) => frame === page.mainFrame() && note(`shows ${new URL(frame.url()).pathname}`));
  page.asked = asked;
  return page;
}

/** Writes down what each page shows, and what it asked for; and what Homeward complained of. Says where. */
export async function tellsOf(name, pages, complaints) {
  const into = join(folder, name.replace(/[^a-z0-9]+/gi, "-").slice(0, 80));
  await mkdir(into, { recursive: true });
  await writeFile(join(into, "homeward.txt"), complaints);
  for (const [number, page] of pages.entries()) {
    const file = join(into, `page-${number + 1}`);
    await writeFile(`${file}.txt`, [page.url(), ...(page.asked ?? []), ...(page.complaints ?? [])].join("\n"));
    // One that hangs, or has gone, is no reason not to tell of the others.
    await page.content().then((html) => writeFile(`${file}.html`, html)).catch(() => undefined);
    await page.screenshot({ path: `${file}.png`, fullPage: true, timeout: 5_000 }).catch(() => undefined);
  }
  return into;
}
