// The door to the outside, at the office: callers nobody took, a line's own page, log-ins and set-up of phones.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`callers whom nobody took are rung back (${name}) [CONT-1, CONT-8]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const { stage } = school;
    await stage.nobodyAnswers();
    await stage.ringsSchool("01632 960123");
    await stage.ringsSchool("07700 900321", { withheld: true });
    const pat = await school.logsIn("office", size, { to: "/calls" });
    await school.sound(pat, "callers wait");
    await pat.getByRole("link", { name: "01632 960123" }).waitFor();
    await pat.getByText("There is nothing to ring").waitFor();
    await pat.getByRole("button", { name: "I rang back" }).click();
    await pat.getByText("ending in 123").waitFor();
    assert.equal(await pat.getByText("01632 960123").count(), 0, "who was rung back shows their number no more");
    await pat.getByRole("button", { name: "I have seen it" }).click();
    await pat.getByText("Nobody waits to be rung back.").waitFor();
    await school.sound(pat, "rung back");
    const ines = await school.logsIn("leader", size, { to: "/calls" });
    await ines.getByText("Callers are shown to base").waitFor();
  });

  test(`the log-ins of phones, all and one (${name}) [CHECK-7]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const { phones } = school.stage;
    const pat = await school.logsIn("office", size, { to: "/devices/log-ins" });
    await pat.getByLabel("App").selectOption({ index: 1 });
    await pat.getByRole("button", { name: "Show all of them" }).click();
    await pat.getByRole("link", { name: "WM-004" }).waitFor();
    await pat.getByText("WM-001 is not on the sheet").waitFor();
    await school.sound(pat, "log-ins");
    await pat.goto(`/devices/${phones["WM-004"].id}/set-up`);
    await pat.getByLabel("App").selectOption({ index: 1 });
    await pat.getByRole("button", { name: "Show the set-up" }).click();
    await pat.getByText("scan this with the camera").waitFor();
    await school.sound(pat, "set-up");
    await pat.goto(`/devices/${phones["WM-001"].id}/set-up`);
    await pat.getByText("its set-up is shown once the trip is back").waitFor();
  });
}
