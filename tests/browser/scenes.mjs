// What the screenshots show: one scene for each part of the day.

/** The same pages in both sizes. */
async function both({ school, shoot, WIDE, PHONE }, role, pages) {
  for (const size of [WIDE, PHONE]) {
    const page = await school.logsIn(role, size, { to: pages[0][1] });
    for (const [state, path, act] of pages) {
      await page.goto(path);
      await act?.(page);
      await shoot(page, state);
    }
    await page.context().close();
  }
}

export const scenes = {
  async login(scene) {
    const { school, shoot, WIDE, PHONE } = scene;
    for (const size of [WIDE, PHONE]) {
      const page = await (await school.browser(size)).newPage();
      await page.goto("/");
      await shoot(page, "asked");
      await page.getByLabel("Name").fill("office");
      await page.getByLabel("Password").fill("wrong");
      await page.getByRole("button", { name: "Log in" }).click();
      await shoot(page, "refused");
    }
  },

  /** Nobody out: what each page says when there is little. */
  async quiet(scene) {
    await both(scene, "office", [
      ["board", "/"],
      ["trips", "/trips"],
      ["alerts", "/alerts"],
      ["people", "/people"],
      ["lines", "/lines"],
      ["devices", "/devices"],
      ["issue", "/devices/issue"],
      ["return", "/devices/return"],
      ["missing", "/trips/00000000-0000-7000-8000-000000000000"],
    ]);
  },

  /** The policy: nothing chosen yet; started from a preset, with one setting of the school's own. */
  async policy(scene) {
    const { school, shoot, WIDE, PHONE } = scene;
    const head = await school.logsIn("head", WIDE, { to: "/policy" });
    await shoot(head, "unset");
    await head.getByLabel("Primary school").check();
    const start = head.locator('form[action="/policy/preset"]');
    await start.getByLabel("Why").fill("We are one.");
    await start.getByRole("button", { name: "Start from it" }).click();
    await head.getByText("from: Primary school").waitFor();
    await head.getByLabel("Hosts know beforehand that devices will be used").selectOption("on");
    await head.locator('form[action="/policy"]').getByLabel("Why").fill("The museum asked us to.");
    await head.getByRole("button", { name: "Change the policy" }).click();
    await head.getByText("1 of our own").first().waitFor();
    await both({ school, shoot, WIDE, PHONE }, "head", [["set", "/policy"]]);
    await both({ school, shoot, WIDE, PHONE }, "leader", [["read", "/policy"]]);
  },

  async form(scene) {
    await scene.stage.outing("drafted");
    const { museum } = scene.school;
    await both(scene, "leader", [
      ["new", "/trips/new"],
      ["refused", "/trips/new", async (page) => {
        await page.getByLabel("Title").fill("Year 4 to the canal and the Underfall Yard, with the history society");
        await page.getByRole("button", { name: "Save the form" }).click();
      }],
      ["edit", `${museum}/edit`],
      ["copy", `${museum}/copy`],
      ["draft", museum],
    ]);
  },

  /** Two pupils travel directly to a provider: one isn't there. */
  async direct(scene) {
    const { school, stage } = scene;
    await stage.outing("drafted");
    await stage.nobodyAnswers();
    const ines = await school.logsIn("leader", scene.WIDE, { to: `${school.museum}/edit` });
    await ines.getByText("Pupils who travel directly to a provider").click();
    const fills = async (row, part, value) => ines.locator(`[name="direct[${row}].${part}"]`).fill(value);
    await fills(0, "name", "Kit");
    await fills(0, "provider", "Oakfield Stables");
    await fills(0, "due_at", "2026-11-20T09:30");
    await fills(0, "contact", "Jo Reed");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();
    await both(scene, "leader", [["missing", school.museum]]);
    await ines.goto(`${school.museum}/edit`);
    await fills(0, "number", "01632 960111");
    await fills(0, "devices", "In the tack room's drawer, off");
    await fills(1, "name", "Mo");
    await fills(1, "provider", "Hill Farm College, agriculture");
    await fills(1, "due_at", "2026-11-20T10:15");
    await fills(1, "contact", "Sam Hill");
    await fills(1, "number", "01632 960112");
    await fills(1, "devices", "Kept by the student, off in lessons");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();
    await both(scene, "leader", [["form", `${school.museum}/edit`]]);
    await ines.getByRole("button", { name: "Submit for authorising" }).click();
    const marcus = await school.logsIn("senior", scene.WIDE, { to: school.museum });
    await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
    await marcus.getByRole("heading", { name: "Travelling directly" }).waitFor();
    await both(scene, "office", [["awaited", "/"]]);
    await stage.at("09:41");
    await both(scene, "office", [["board", "/"], ["kiosk", "/?kiosk=1"], ["trip", school.museum], ["cards", `${school.museum}/cards`], ["pouches", "/safeguarding/phones"]]);
  },

  /** What a policy asks of a form, at the door too; the whole trip a drill. */
  async asked(scene) {
    const { school, stage } = scene;
    const set = { toolkit: ["Work mobile, charged", "First aid kit", "Emergency contacts of the form"], host_informed: true };
    await stage.asks("Ruth", "people", "ChangePolicy", { set, reason: "What a visit carries", agreed_by: null });
    await stage.outing("drafted");
    const ines = await school.logsIn("leader", scene.WIDE, { to: `${school.museum}/edit` });
    await ines.getByLabel(/The whole trip is a drill/).check();
    await ines.getByLabel("Organisation").fill("City Museum");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();
    await both(scene, "leader", [["draft", school.museum]]);
    await ines.goto(`${school.museum}/edit`);
    await ines.getByLabel("Contact there").fill("Bea Holt");
    await ines.getByLabel("Told of devices, and concerns resolved, on").fill("2026-11-16");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByRole("button", { name: "Submit for authorising" }).click();
    const marcus = await school.logsIn("senior", scene.WIDE, { to: school.museum });
    await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
    await marcus.getByRole("heading", { name: "The party leaves" }).waitFor();
    await stage.at("09:00");
    await both(scene, "leader", [["door", school.museum], ["refused", school.museum, async (page) => {
      await page.getByLabel("Year 6", { exact: true }).first().fill("24");
      await page.getByLabel("First aid kit").check();
      await page.getByRole("button", { name: "The party leaves now" }).click();
    }]]);
    await both(scene, "head", [["policy", "/policy"], ["cards", `${school.museum}/cards`]]);
  },

  async gate(scene) {
    await scene.stage.outing("submitted");
    const { museum } = scene.school;
    await both(scene, "senior", [["submitted", museum]]);
    await scene.stage.outing("authorised");
    await both(scene, "leader", [["authorised", museum]]);
    await both(scene, "leader", [["refused", museum, async (page) => {
      await page.getByLabel("Year 6", { exact: true }).first().fill("24");
      await page.getByRole("button", { name: "The party leaves now" }).click();
    }]]);
    await both(scene, "office", [["issue", `/devices/issue?trip=${scene.stage.museum}`], ["board", "/"]]);
    await scene.stage.outing("ready");
    await both(scene, "leader", [["ready", museum]]);
  },

  async out(scene) {
    const { school, stage, shoot, WIDE, PHONE } = scene;
    await stage.outing("departed");
    await stage.at("09:12");
    const museum = school.museum;
    await both(scene, "office", [
      ["board", "/"],
      ["kiosk", "/?kiosk=1"],
      ["trip", museum],
      ["groups", `${museum}/groups`],
      ["write-down", `${museum}/write-down`],
      ["log", `${museum}/log`],
      ["return", `/devices/return?trip=${stage.museum}`],
      ["device", `/devices/${stage.phones["WM-001"].id}`],
      ["devices", "/devices"],
      ["change", `${museum}/edit`],
    ]);
    await both(scene, "head", [["person", `/people/${stage.people["Ines Okafor"]}`]]);
    const text = await stage.texted("WM-001", "your trip page");
    const path = /\/go\/\S+/.exec(text)[0];
    for (const colorScheme of ["light", "dark"]) {
      const page = await (await school.browser(PHONE, { colorScheme })).newPage();
      await school.takesLink(page, path, "WM-001");
      await shoot(page, `leader-${colorScheme}`);
      if (colorScheme === "light") {
        await page.getByText("A child is lost", { exact: true }).click();
        await shoot(page, "leader-lost-asked");
      }
      await page.context().close();
    }
    const page = await (await school.browser(PHONE)).newPage();
    await page.goto(path);
    await page.getByRole("heading", { name: "This link needs a code here" }).waitFor();
    await shoot(page, "leader-code");
    await page.getByRole("button", { name: "Text the code to the work mobile" }).click();
    await page.getByText("Asked for at").waitFor();
    await shoot(page, "leader-code-texted");
    await page.goto("/go/nonsense");
    await shoot(page, "leader-gone");
    await page.context().close();
    const printed = await school.logsIn("office", WIDE, { to: museum });
    await printed.emulateMedia({ media: "print" });
    await printed.setViewportSize({ width: 794, height: 1123 });
    await shoot(printed, "printed");
  },

  /** Phones that say where they are. */
  async map(scene) {
    const { school, stage, shoot } = scene;
    await stage.outing("departed");
    for (const [n, [lat, lon]] of [[51.4545, -2.5879], [51.4552, -2.5921], [51.4557, -2.5968], [51.4559, -2.6012], [51.4546, -2.6030]].entries()) {
      await stage.at(`09:${String(3 + n * 2).padStart(2, "0")}`);
      await stage.isAt("WM-001", lat, lon);
      if (n < 4) await stage.isAt("WM-002", lat - 0.0008, lon + 0.0012, 60);
    }
    const pages = [["board", "/"], ["kiosk", "/?kiosk=1"], ["trip", school.museum], ["form", "/trips/new"]];
    await both(scene, "office", pages);
    const wall = await school.logsIn("office", { viewport: { width: 3840, height: 2160 } }, { to: "/?kiosk=1" });
    await wall.locator(".map svg").waitFor();
    await shoot(wall, "kiosk-4k", { whole: false });
    await wall.context().close();
  },

  /** The door to the outside: callers nobody took, lines, messages, log-ins and set-up of phones, cards. */
  async door(scene) {
    const { school, stage } = scene;
    await stage.outing("departed");
    await stage.nobodyAnswers();
    for (const from of ["01632 960123", "01632 960124"]) await stage.ringsSchool(from);
    await stage.ringsSchool("07700 900321", { withheld: true });
    await both(scene, "office", [
      ["calls-waiting", "/calls"],
      ["calls", "/calls", async (page) => {
        await page.getByRole("button", { name: "I rang back" }).first().click();
      }],
      ["messages", "/messages"],
      ["lines", "/lines"],
      ["line", "/lines", async (page) => {
        await page.getByRole("link", { name: "Change" }).first().click();
      }],
      ["log-ins", "/devices/log-ins", async (page) => {
        await page.getByLabel("App").selectOption({ index: 1 });
        await page.getByRole("button", { name: "Show all of them" }).click();
      }],
      ["set-up", `/devices/${stage.phones["WM-004"].id}/set-up`, async (page) => {
        await page.getByLabel("App").selectOption({ index: 1 });
        await page.getByRole("button", { name: "Show the set-up" }).click();
        await page.locator("svg").first().waitFor();
      }],
      ["set-up-out", `/devices/${stage.phones["WM-001"].id}/set-up`],
      ["cards", `${school.museum}/cards`],
    ]);
  },

  /** One's own log-in. */
  async me(scene) {
    await both(scene, "office", [
      ["log-in", "/me"],
      ["second-factor", "/me", async (page) => {
        await page.getByRole("button", { name: "Set it up" }).click();
        await page.locator("svg.qr").waitFor();
      }],
    ]);
  },

  /** The desk: sheets, labels, a tray. */
  async desk(scene) {
    const { school, stage } = scene;
    await stage.outing("authorised");
    const sheet = (text) => ({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await both(scene, "office", [
      ["devices", "/devices"],
      ["issue", `/devices/issue?trip=${stage.museum}`],
      ["labels", "/devices/labels"],
      ["sheet", "/people/sheet", async (page) => {
        await page.getByLabel("The file").setInputFiles(sheet("name,standing,roles\nAmina Yusuf,staff,leader\nBen Carter,pirate,leader\nTom Hughes,staff,leader; office\n"));
        await page.getByRole("button", { name: "Show what it would do" }).click();
        await page.getByText("What this sheet would do").waitFor();
      }],
      ["people", "/people"],
    ]);
  },

  async alarm(scene) {
    const { school, stage, shoot, PHONE } = scene;
    await stage.outing("departed");
    await stage.nobodyAnswers();
    await stage.at("09:44");
    const museum = school.museum;
    await both(scene, "office", [
      ["board", "/"],
      ["kiosk", "/?kiosk=1"],
      ["alerts", "/alerts"],
      ["alert", "/alerts", (page) => page.getByRole("link", { name: /Resolve, note/ }).first().click()],
      ["trip", museum],
    ]);
    const leader = await school.opensLink("WM-001", PHONE);
    await shoot(leader, "leader");
    await leader.context().close();
    await stage.sends("WM-001", "SOS");
    await both(scene, "office", [["help", "/"], ["help-kiosk", "/?kiosk=1"]]);
    await both(scene, "office", [["owned", "/", async (page) => {
      const button = page.getByRole("button", { name: "I have it" });
      if (await button.isVisible()) await button.click();
      await page.getByText("has it until").waitFor();
    }]]);
  },

  async lost(scene) {
    const { school, stage, shoot, PHONE } = scene;
    await stage.outing("departed");
    await stage.at("09:12");
    await stage.sends("WM-001", "LOST");
    await both(scene, "office", [["board", "/"], ["log", `${school.museum}/log`]]);
    const leader = await school.opensLink("WM-001", PHONE);
    await shoot(leader, "leader");
  },

  async left(scene) {
    const { school, stage } = scene;
    await stage.outing("submitted");
    await stage.at("09:05");
    await stage.asks("Pat", "trips", "RecordLeftWithoutClearance", {
      trip: stage.museum,
      left_at: "2026-11-20T09:00:00Z",
      counts: [],
      staff: [stage.people["Ines Okafor"], stage.people["Tom Hughes"]],
      reason: "The coach could not wait",
    });
    await both(scene, "head", [["board", "/"], ["trip", school.museum]]);
  },

  async back(scene) {
    const { school, stage } = scene;
    await stage.outing("returned");
    await both(scene, "office", [["board", "/"], ["trip", school.museum], ["return", `/devices/return?trip=${stage.museum}`]]);
  },

  async cut(scene) {
    const { school, stage, shoot, WIDE, PHONE } = scene;
    await stage.outing("departed");
    for (const size of [WIDE, PHONE]) {
      const page = await school.logsIn("office", size, { clock: true });
      await page.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
      school.cable.goesDead();
      await page.clock.fastForward(11_000);
      await page.getByText("No live data since").waitFor();
      await shoot(page, "board", { whole: false });
      school.cable.mend();
      await page.context().close();
    }
  },

  /** What the README shows. */
  async readme(scene) {
    const { school, stage, shoot, PHONE } = scene;
    const page = { viewport: { width: 1366, height: 820 } };
    await stage.outing("authorised");
    const ines = await school.logsIn("leader", page, { to: school.museum });
    await shoot(ines, "readiness", { whole: false });
    await stage.outing("departed");
    await stage.at("09:12");
    const pat = await school.logsIn("office", page);
    await pat.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
    await shoot(pat, "board", { whole: false });
    await stage.nobodyAnswers();
    const leader = await school.opensLink("WM-001", PHONE);
    await shoot(leader, "leader", { whole: false });
    await stage.at("09:44");
    const again = await school.logsIn("office", page);
    await again.locator(".ladder .told").nth(1).waitFor();
    await shoot(again, "alarm", { whole: false });
  },

  /** Pupils' own phones, arrangements, recordings. */
  async care(scene) {
    const { school, stage, WIDE } = scene;
    await stage.outing("authorised");
    const pat = await school.logsIn("office", WIDE, { to: "/safeguarding/phones" });
    await pat.getByLabel("Year group").selectOption({ label: "Year 6" });
    await pat.getByLabel("Locked place").fill("Office cupboard, tray 1");
    for (const [pouch, pupil] of ["A.O.", "B.K.", "C.D.", "E.F.", "J.S."].entries()) {
      await pat.getByLabel(/^Pupil/).fill(pupil);
      await pat.getByLabel("Pouch", { exact: true }).fill(String(pouch + 1));
      await pat.getByRole("button", { name: "It is in" }).click();
      await pat.getByText(`is in pouch ${pouch + 1}.`).waitFor();
    }
    const karin = await school.logsIn("dsl", WIDE, { to: "/safeguarding/arrangements" });
    await karin.getByLabel("Pupil's reference or initials").fill("A.O.");
    await karin.getByLabel("Which device").fill("Glucose sensor's phone");
    await karin.getByLabel("Why", { exact: true }).fill("It alarms when glucose is low.");
    await karin.getByLabel(/medical device/).check();
    await karin.getByLabel("Whose advice was sought").fill("School nurse, 2 November: keep it on and near.");
    await karin.getByLabel("Conditions").fill("In the inside pocket; no photographs.");
    await karin.getByLabel("Agreed by").selectOption({ label: "Ruth Adeyemi" });
    await karin.getByRole("button", { name: "It is agreed" }).click();
    await karin.getByLabel("It goes along on").selectOption({ index: 1 });
    await karin.getByRole("button", { name: "Show it there" }).click();
    await karin.getByRole("button", { name: /Take it off/ }).waitFor();
    const one = new URL(karin.url()).pathname;
    await stage.outing("returned");
    await pat.goto("/devices/return");
    await pat.getByLabel("Tag").fill("WM-001");
    await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
    await pat.getByLabel("Good").check();
    await pat.getByLabel("Still on it: it goes into quarantine").check();
    await pat.getByRole("button", { name: "It is in" }).click();
    await pat.getByText("WM-001 is in.").waitFor();
    await stage.quiet();
    await both(scene, "office", [["phones", "/safeguarding/phones"], ["recordings", "/safeguarding/recordings"], ["return", "/devices/return"]]);
    await both(scene, "dsl", [["arrangements", "/safeguarding/arrangements"], ["arrangement", one], ["hub", "/safeguarding"]]);
    await both(scene, "leader", [["trip", school.museum]]);
    await both(scene, "head", [["board", "/"]]);
  },

  /** A term in figures; what is kept about people, and who opened it. */
  async records(scene) {
    const { school, stage } = scene;
    await stage.outing("departed");
    await stage.nobodyAnswers();
    await stage.at("09:44");
    const pat = await school.logsIn("office", scene.WIDE);
    await pat.getByRole("button", { name: /I have it/ }).first().click();
    await pat.getByText(/Pat Winterbourne/).first().waitFor();
    await stage.quiet();
    const person = `/records/person?name=${encodeURIComponent("Ines Okafor")}`;
    await both(scene, "dsl", [["governors", "/governors"], ["records", "/records"], ["person", person], ["readings", "/records/readings"], ["data-protection", "/data-protection"]]);
    await both(scene, "leader", [["refused", "/governors"]]);
  },
};
