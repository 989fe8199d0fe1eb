//! What is still to be set up, in an order in which each step has what it needs. Shown until there is a first trip.

use super::shell::Looking;

/// One step.
pub(crate) struct FirstStep {
    pub(crate) done: bool,
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    pub(crate) href: &'static str,
    pub(crate) act: &'static str,
}

/// The steps to a first trip; none once there was one.
pub(crate) fn first_steps(look: &Looking<'_>) -> Option<Vec<FirstStep>> {
    let view = look.view;
    if view.trips.trips().next().is_some() {
        return None;
    }
    let people = view.people.members().count();
    let phones = view.devices.devices().next().is_some();
    Some(vec![
        FirstStep {
            done: view.contacts.lines().next().is_some(),
            what: "Add the landline and its hours",
            why: "Parents, staff off site and the alarm reach the school by it.",
            href: "/lines",
            act: "Add a line",
        },
        FirstStep {
            done: people > 1,
            what: "Put people on the register, with their roles",
            why: "Leaders, the office, a senior who authorises, the safeguarding lead.",
            href: "/people",
            act: "Add people",
        },
        FirstStep {
            done: phones,
            what: "Register the school's phones",
            why: "Work mobiles for staff, basic phones for pupils who need one.",
            href: "/devices",
            act: "Register phones",
        },
        FirstStep {
            done: false,
            what: "Fill in the first trip form",
            why: "A checklist beside it says what is still missing.",
            href: "/trips/new",
            act: "New trip form",
        },
    ])
}
