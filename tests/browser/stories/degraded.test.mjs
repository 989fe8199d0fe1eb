// When what Homeward stands on is gone, as those see it who look at the board and press on the phone.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

test("without its broker the board says that it is old; a press waits on the phone, and counts once when it is back [CHECK-1, CHECK-3]", async (story) => {
  const school = await opens(story, { outing: "departed", apart: true });
  const leader = await school.opensLink("WM-001", PHONE);
  const pat = await school.logsIn("office", WIDE);
  await pat.getByText("Museum").first().waitFor();
  await school.stage.losesBroker();
  await pat.getByText(/^No live data since \d\d:\d\d/).waitFor();
  await school.sound(pat, "the board without its broker");
  await leader.getByLabel("Pupils counted").fill("24");
  await leader.getByRole("button", { name: "All well" }).click();
  await leader.locator("#queue li[data-standing=queued]").filter({ hasText: "All well, 24 pupils. Queued: not sent yet" }).waitFor();
  await leader.getByText("No connection. It is kept here and sent as soon as there is one.").waitFor();
  await school.sound(leader, "a press that Homeward can't take now");
  await school.stage.findsBroker();
  await leader.locator("#queue li[data-standing=taken]").filter({ hasText: "All well, 24 pupils" }).waitFor();
  await leader.getByText(/The office has: All well/).waitFor();
  await pat.getByText(/Last word: All well/).waitFor();
  await pat.getByText(/^No live data since/).waitFor({ state: "hidden" });
  await school.stage.quiet();
  assert.equal(await school.stage.told("checkins", "CheckedIn"), 1);
});
