// Elmfield School on a stage, with browsers at its door.
import assert from "node:assert/strict";
import { Cable } from "./cable.mjs";
import { chromiumIsUp, isSound, LAUNCH, watched, WIDE } from "./browser.mjs";
import { keepsAsked, tellsOf } from "./failed.mjs";
import { PATIENCE, Stage } from "./stage.mjs";

/** Who logs in by which name: the demonstration's. */
export const PASSWORDS = {
  leader: "demo-leader-1",
  office: "demo-office-1",
  senior: "demo-senior-1",
  head: "demo-head-1",
  dsl: "demo-dsl-1",
};

/** Opens a school for one story; it closes after it, also if it fails. */
export async function opens(story, { at, outing, fromNothing, mapped, issuer, neighbour, apart } = {}) {
  const school = new School();
  story.after(async () => {
    if (!story.passed) story.diagnostic(`what its pages showed: ${await school.tells(story.name)}`);
    await school.closes();
  });
  school.stage = await Stage.opens(at, { fromNothing, mapped, issuer, neighbour, apart });
  school.cable = await Cable.to(Number(new URL(school.stage.web).port));
  if (outing !== undefined) await school.stage.outing(outing);
  return school;
}

export class School {
  #contexts = [];

  get origin() {
    return this.cable.origin;
  }

  get museum() {
    return `/trips/${this.stage.museum}`;
  }

  /** A browser without a log-in. */
  async browser(size = WIDE, more = {}) {
    const chromium = await chromiumIsUp();
    const context = await chromium.newContext({ baseURL: this.origin, locale: "en-GB", timezoneId: "Europe/London", ...size, ...more });
    context.setDefaultTimeout(PATIENCE);
    this.#contexts.push(context);
    context.on("page", (page) => watched(keepsAsked(page)));
    return context;
  }

  /** A page of somebody who logs in as others do. */
  async logsIn(role, size = WIDE, { to = "/", clock = false, ...more } = {}) {
    const context = await this.browser(size, more);
    if (clock) await context.clock.install();
    const page = await context.newPage();
    await page.goto(`/login?next=${encodeURIComponent(to)}`);
    await page.getByLabel("Name").fill(role);
    await page.getByLabel("Password").fill(PASSWORDS[role]);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL((url) => url.pathname !== "/login");
    return page;
  }

  /** A phone whose browser keeps what it has when it is closed and opened again. */
  async phone(chromium, folder, size) {
    const context = await chromium.launchPersistentContext(folder, { ...LAUNCH, locale: "en-GB", timezoneId: "Europe/London", ...size });
    context.setDefaultTimeout(PATIENCE);
    context.on("page", (page) => watched(keepsAsked(page)));
    context.pages().forEach(watched);
    this.#contexts.push(context);
    return context;
  }

  /** The leader's page, by the link that was texted to the phone with that tag; of several trips, in the text with these words. */
  async opensLink(tag, size, more = {}) {
    const { clock, words = "your trip page", ...rest } = more;
    const text = await this.stage.texted(tag, words);
    const link = /https?:\/\/\S+?(\/go\/[\w.~-]+)/.exec(text);
    assert.ok(link !== null, `a link in ${text}`);
    const context = await this.browser(size, rest);
    if (clock) await context.clock.install();
    const page = await context.newPage();
    await this.takesLink(page, link[1], tag);
    return page;
  }

  /** Opens a link to the phone page: the first browser opens it by itself, any other needs the code that the phone gets. */
  async takesLink(page, address, tag) {
    await page.goto(address);
    const code = page.getByLabel("The code from the text");
    await page.locator("#phone-live").or(code).first().waitFor();
    if ((await code.count()) > 0) await this.typesCode(page, tag);
    await page.waitForLoadState("load");
  }

  /** Has the code texted to the phone, and types it. */
  async typesCode(page, tag) {
    await page.getByRole("button", { name: "Text the code to the work mobile" }).click();
    const text = await this.stage.texted(tag, "is the code that opens");
    const code = /(\w{4}-\w{4}) is the code/.exec(text)[1];
    await page.getByLabel("The code from the text").fill(code);
    await page.getByRole("button", { name: "Open the page here" }).click();
    await page.locator("#phone-live").waitFor();
    return code;
  }

  /** Sound, wide or small, in this state. */
  sound(page, state) {
    return isSound(page, state);
  }

  /** Writes down what its pages show. */
  tells(name) {
    return tellsOf(name, this.#contexts.flatMap((context) => context.pages()), this.stage?.complaints() ?? "");
  }

  async closes() {
    for (const context of this.#contexts) await context.close();
    await this.cable?.ends();
    await this.stage?.ends();
  }
}
