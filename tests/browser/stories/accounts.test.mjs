// Logging in by an account elsewhere: a real provider on loopback says who somebody is, the register says whether they may in.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { Accounts, logsInThere } from "../lib/accounts.mjs";
import { opens } from "../lib/school.mjs";

const BUTTON = "Log in with Elmfield accounts";

/** A browser at Homeward's own address: that is where the provider sends people back to. */
async function arrives(school, size, to) {
  const page = await (await school.browser(size, { baseURL: school.stage.web })).newPage();
  await page.goto(to);
  return page;
}

/** The administrator links an account to somebody, on their page. */
async function links(school, who, account) {
  const ruth = await school.logsIn("head", WIDE, { to: `/people/${school.stage.people[who]}` });
  await ruth.getByLabel("E-mail address").fill(account);
  await ruth.getByRole("button", { name: "Link it" }).click();
  await ruth.getByText("not used yet").waitFor();
  await school.sound(ruth, "a person with an account that is linked");
  await ruth.context().close();
}

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`who was linked logs in by their account, nobody else does (${name})`, async (story) => {
    const accounts = await Accounts.begins(story);
    const school = await opens(story, { issuer: accounts.issuer });
    accounts.opensFor(school.stage.web);
    await links(school, "Ines Okafor", "ines@elmfield.example");
    const page = await arrives(school, size, "/devices");
    await school.sound(page, "log-in with accounts");
    await page.getByRole("link", { name: BUTTON }).click();
    await logsInThere(page, "ines");
    await page.waitForURL("**/devices");
    await page.getByText("Ines Okafor").first().waitFor();

    // Out again, she is asked anew.
    await page.goto("/me");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/login");
    await page.goto("/devices");
    assert.equal(new URL(page.url()).pathname, "/login");
    await page.context().close();

    // Somebody whom the provider knows, and nobody linked.
    const stranger = await arrives(school, size, "/login");
    await stranger.getByRole("link", { name: BUTTON }).click();
    await logsInThere(stranger, "mallory");
    const refused = await stranger.getByRole("alert").innerText();
    assert.match(refused, /does not know the account mallory@elmfield\.example/);
    assert.match(refused, /administrator/);
    await school.sound(stranger, "an account that nobody linked");
    await stranger.goto("/devices");
    assert.equal(new URL(stranger.url()).pathname, "/login");
  });
}

test("an answer of the provider's opens nothing in another browser, nor twice", async (story) => {
  const accounts = await Accounts.begins(story);
  const school = await opens(story, { issuer: accounts.issuer });
  accounts.opensFor(school.stage.web);
  await links(school, "Ines Okafor", "ines@elmfield.example");
  // The thief keeps the answer that they got, and has somebody else open it.
  const thief = await arrives(school, WIDE, "/login");
  await thief.getByRole("link", { name: BUTTON }).click();
  await thief.getByLabel("Account").waitFor();
  const { request } = thief.context();
  const typed = await request.post(thief.url(), { form: { account: "ines" }, maxRedirects: 0 });
  const given = await request.get(typed.headers().location, { maxRedirects: 0 });
  const answer = given.headers().location;
  assert.match(answer, /\/login\/with\/work\/back\?code=/);
  const isRefused = async (page, to) => {
    await page.goto(to);
    assert.match(await page.getByRole("alert").innerText(), /was not begun in this browser/);
    await page.goto("/trips");
    assert.equal(new URL(page.url()).pathname, "/login");
  };
  await isRefused(await arrives(school, WIDE, "/login"), answer);
  const forged = new URL(answer);
  forged.searchParams.set("state", "A".repeat(43));
  await isRefused(thief, forged.href);
  // Where the log-in was begun it was good once: the forged one used it up.
  await isRefused(thief, answer);
});

test("who needs a second factor is asked for ours, after the provider's", async (story) => {
  const accounts = await Accounts.begins(story);
  const school = await opens(story, { issuer: accounts.issuer });
  accounts.opensFor(school.stage.web);
  await links(school, "Karin Lindqvist", "karin@elmfield.example");
  const page = await arrives(school, PHONE, "/safeguarding");
  await page.getByRole("link", { name: BUTTON }).click();
  await logsInThere(page, "karin");
  await page.getByRole("heading", { name: "Set up your second factor" }).waitFor();
  await school.sound(page, "the code after the provider");
  await page.goto("/safeguarding");
  assert.equal(new URL(page.url()).pathname, "/login", "half-way is not in");
});

test("while the provider is away the page says so, and passwords go on", async (story) => {
  const accounts = await Accounts.begins(story, { down: true });
  const school = await opens(story, { issuer: accounts.issuer });
  const page = await arrives(school, WIDE, "/login");
  await page.getByText("can’t be reached just now").waitFor();
  await school.sound(page, "the provider is away");
  await page.getByLabel("Name").fill("office");
  await page.getByLabel("Password").fill("demo-office-1");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/");
  // It is back, and found without a new start of ours.
  accounts.opensFor(school.stage.web);
  await links(school, "Ines Okafor", "ines@elmfield.example");
  const ines = await arrives(school, WIDE, "/login");
  while (!ines.url().startsWith(accounts.issuer)) await ines.goto("/login/with/work");
  await logsInThere(ines, "ines");
  await ines.waitForURL((url) => url.pathname === "/");
});
