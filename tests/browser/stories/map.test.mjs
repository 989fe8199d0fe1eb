// Staff phones on a map: on the board, on the trip's page; a place picked on the form. What counts stands in words beside it.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

/** From the school's gate to the museum's door. */
const WAY = [[51.4545, -2.5879], [51.4552, -2.5921], [51.4557, -2.5968], [51.4559, -2.6012], [51.4546, -2.6030]];

async function walks(school) {
  for (const [n, [lat, lon]] of WAY.entries()) {
    await school.stage.at(`09:${String(5 + n * 3).padStart(2, "0")}`);
    await school.stage.isAt("WM-001", lat, lon);
  }
}

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`phones, areas and ways on the board and the trip's page (${name}) [CHECK-4, CHECK-7]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const pat = await school.logsIn("office", size);
    await pat.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
    assert.equal(await pat.locator(".map").count(), 0, "no map while nothing is located");
    await walks(school);
    const map = pat.locator(".trip .map svg");
    await map.waitFor();
    await pat.waitForFunction(() => (document.querySelector(".map .way")?.getAttribute("points") ?? "").split(" ").length >= 5);
    assert.equal(await map.locator("circle.phone").count(), 1);
    assert.equal(await map.locator("circle.area").count(), 1);
    assert.match(await map.getAttribute("aria-label"), /WM-001, Ines Okafor: .*09:17/);
    await school.sound(pat, "the board with a map");
    await pat.goto(school.museum);
    await pat.locator("figure.map[data-moves] circle.phone").waitFor();
    await school.sound(pat, "the trip with a map");
    const radius = () => pat.locator("figure.map[data-moves] circle.area").evaluate((circle) => Number(circle.getAttribute("r")));
    const before = await radius();
    await pat.getByRole("button", { name: "Nearer" }).click();
    assert.ok((await radius()) > before * 1.4, "nearer");
    await pat.getByRole("button", { name: "Show all of it" }).click();
    assert.ok(Math.abs((await radius()) - before) < 0.5, "and back");
    await pat.locator("figure.map[data-moves]").focus();
    await pat.keyboard.press("+");
    assert.ok((await radius()) > before * 1.4, "by keyboard");
  });
}

test("with a file of maps the ground comes from Homeward itself, and nobody outside is asked", async (story) => {
  const school = await opens(story, { outing: "departed", mapped: true });
  const pat = await school.logsIn("office", WIDE);
  const asked = new Map();
  pat.on("response", (answer) => asked.set(answer.url(), answer));
  await walks(school);
  await pat.goto(school.museum);
  await pat.locator("figure.map[data-moves] circle.phone").waitFor();
  await pat.waitForLoadState("networkidle");
  const hrefs = await pat.locator("figure.map[data-moves] image.tile").evaluateAll((tiles) => tiles.map((tile) => tile.href.baseVal));
  assert.ok(hrefs.length >= 1, "there is a ground");
  for (const href of hrefs) {
    const answer = asked.get(`${school.origin}${href}`);
    assert.equal(answer?.status(), 200, href);
    assert.equal(answer.headers()["content-type"], "image/png");
  }
  for (const url of asked.keys()) assert.ok(url.startsWith(school.origin) || url.startsWith("data:"), url);
  await pat.getByText("Elmfield's own map").first().waitFor();
  await school.sound(pat, "the trip with a map on a ground of its own");
});

test("a place is picked on the map: by click, by keyboard, by a pasted link, by a name that is known", async (story) => {
  const school = await opens(story, { outing: "drafted" });
  const ines = await school.logsIn("leader", WIDE, { to: "/trips/new" });
  const [where, radius] = [ines.getByLabel("Latitude, longitude").first(), ines.getByLabel("Radius in metres").first()];
  const frame = ines.locator("figure.pick").first();
  await frame.locator("svg").scrollIntoViewIfNeeded();
  assert.ok((await frame.locator("circle.known").count()) >= 1, "places that were used before are seen");
  await where.fill("https://maps.example/place/@51.4512,-2.6001,17z");
  await where.press("Tab");
  assert.equal(await where.inputValue(), "51.45120, -2.60010");
  await radius.fill("300");
  const r = await frame.locator("circle.area").evaluate((circle) => Number(circle.getAttribute("r")));
  assert.ok(r > 10, `the circle is seen: ${r}`);
  await school.sound(ines, "a place on the map");
  await frame.focus();
  await ines.keyboard.press("Shift+ArrowRight");
  const [, lon] = (await where.inputValue()).split(", ").map(Number);
  assert.ok(lon > -2.6001, "the place moves with Shift and an arrow");
  const box = await frame.locator("svg").boundingBox();
  await ines.mouse.click(box.x + box.width / 4, box.y + box.height / 2);
  const [, clicked] = (await where.inputValue()).split(", ").map(Number);
  assert.ok(clicked < lon, "a click puts it there");
  await where.fill("");
  await ines.getByLabel("Place", { exact: true }).first().fill("City Museum");
  await ines.getByLabel("Place", { exact: true }).first().press("Tab");
  assert.match(await where.inputValue(), /^51\.45/, "a known name fills in its place");
});
