// Filling the trip form by its labels.

const chooses = (page, label, who, nth = 0) => page.getByLabel(label, { exact: true }).nth(nth).selectOption({ label: who });

/** A walk to the canal, with Ines and Tom, unless a story says otherwise. */
export async function fillsForm(
  page,
  { title = "Year 4 to the canal", place = "Canal basin", group = "Year 4", pupils = 22, mobiles = ["WM-001", "WM-002"], papers = true } = {},
) {
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Place", { exact: true }).fill(place);
  await page.getByLabel("Latitude, longitude").fill("51.4500, -2.5900");
  await page.getByLabel("Radius in metres").fill("300");
  await chooses(page, "Leader", "Ines Okafor");
  await chooses(page, "Member of staff", "Ines Okafor", 0);
  if (mobiles.length > 1) await chooses(page, "Member of staff", "Tom Hughes", 1);
  for (const [row, mobile] of mobiles.entries()) await page.getByLabel("Work mobile").nth(row).fill(mobile);
  await page.getByLabel("How many pupils go").fill(String(pupils));
  await page.getByLabel("Group", { exact: true }).fill(group);
  await chooses(page, "Its adult", "Ines Okafor");
  await page.getByLabel("Pupils in it").fill(String(pupils));
  await chooses(page, "Holds base", "Ruth Adeyemi");
  await chooses(page, "Office", "Pat Winterbourne");
  await chooses(page, "DSL", "Karin Lindqvist");
  await chooses(page, "Senior leader", "Marcus Bell");
  await page.getByLabel("Who rings parents").fill("The office, from the landline");
  await page.getByLabel("Where names, medical notes").fill("Office safe");
  if (papers) {
    await page.getByLabel("Reference of the risk assessment").fill("RA-2026-201");
    await page.getByLabel("Reference of the consents", { exact: true }).fill("Annual consent");
  }
}
