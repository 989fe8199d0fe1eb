// Screenshots of each page and state, wide and on a phone, into shots/ at the top of the project (git-ignored).
// `node shots.mjs` takes all, `node shots.mjs board form` those whose names begin so.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromiumEnds, PHONE, WIDE } from "./lib/browser.mjs";
import { opens } from "./lib/school.mjs";
import { scenes } from "./scenes.mjs";

const folder = fileURLToPath(new URL("../../shots", import.meta.url));
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);

for (const [name, scene] of Object.entries(scenes)) {
  if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start))) continue;
  const ends = [];
  const story = { name, passed: false, after: (end) => ends.push(end), diagnostic: console.error };
  try {
    const school = await opens(story);
    const shoot = async (page, state, { whole = true } = {}) => {
      const phone = page.viewportSize().width < 500;
      await page.screenshot({ path: join(folder, `${name}-${state}-${phone ? "phone" : "wide"}.png`), fullPage: whole });
      process.stdout.write(".");
    };
    await scene({ school, stage: school.stage, shoot, WIDE, PHONE, folder });
    story.passed = true;
  } finally {
    for (const end of ends) await end();
  }
}
await chromiumEnds();
process.stdout.write(`\nin ${folder}\n`);
