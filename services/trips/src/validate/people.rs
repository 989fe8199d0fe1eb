//! Who goes, with which numbers, in which groups; who is named beyond them.

use std::collections::BTreeSet;

use proto::ids::PersonId;
use proto::rules::Rule;
use proto::v1::trips::{Refusal, StaffOnForm, TripForm, TripKind};

use super::{POLICE_MINUTES, ensure, invalid};
use crate::state::State;

/// Nobody twice; leader and deputy among the staff; a number stands against one person only.
pub(super) fn staff(form: &TripForm) -> Result<(), Refusal> {
    let mut people = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for (field, entry) in listed(form) {
        ensure(people.insert(entry.person), || {
            invalid(
                None,
                &field,
                "this person stands on the form twice",
                "Name each person once, as staff or as a reserve.",
            )
        })?;
        ensure(entry.work_mobile.as_ref().is_none_or(|n| numbers.insert(n.clone())), || {
            let field = format!("{field}.work_mobile");
            let reason = "the same work mobile stands against two people";
            invalid(Some(Rule::Form1), &field, reason, "Give each person a work mobile of their own.")
        })?;
    }
    let on_staff = |person: PersonId| form.staff.iter().any(|s| s.person == person);
    ensure(on_staff(form.leader), || {
        invalid(
            None,
            "leader",
            "the leader is not among the staff of the form",
            "Put the leader on the staff list too.",
        )
    })?;
    ensure(form.deputy.is_none_or(on_staff), || {
        invalid(
            None,
            "deputy",
            "the deputy is not among the staff of the form",
            "Put the deputy on the staff list too.",
        )
    })?;
    ensure(form.deputy != Some(form.leader), || {
        invalid(
            None,
            "deputy",
            "leader and deputy are the same person",
            "Name somebody else as deputy, or nobody.",
        )
    })
}

/// A number that is no registered work mobile's is refused at once, and not kept. [CONT-4, FORM-3]
pub(super) fn work_mobiles(state: &State, form: &TripForm) -> Result<(), Refusal> {
    for (field, entry) in listed(form) {
        let Some(number) = &entry.work_mobile else { continue };
        ensure(state.registered(number).is_some(), || Refusal::NotAWorkMobile {
            person: entry.person,
            field: format!("form.{field}.work_mobile"),
        })?;
    }
    let mut spares = BTreeSet::new();
    for (place, device) in form.spare_devices.iter().enumerate() {
        let field = format!("spare_devices[{place}]");
        ensure(spares.insert(*device), || {
            invalid(None, &field, "this spare is listed twice", "List each spare once.")
        })?;
        let Some(spare) = state.work_mobiles.get(device).filter(|m| !m.retired) else {
            let reason = "this spare is no registered work mobile";
            return Err(invalid(Some(Rule::Form3), &field, reason, "Pick a work mobile from the register."));
        };
        ensure(listed(form).all(|(_, s)| s.work_mobile.as_ref() != Some(&spare.number)), || {
            let reason = "this spare stands against a person of the form";
            invalid(None, &field, reason, "List as spares only work mobiles that nobody on the form carries.")
        })?;
    }
    Ok(())
}

/// Groups: an adult of the staff each, nobody leading two, the numbers adding up. [CHECK-5, DEV-5]
pub(super) fn groups(form: &TripForm) -> Result<(), Refusal> {
    let (mut ids, mut names, mut adults) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (place, group) in form.groups.iter().enumerate() {
        let field = |part: &str| format!("groups[{place}].{part}");
        ensure(ids.insert(group.group), || {
            invalid(None, &field("group"), "two groups have the same id", "Give each group an id of its own.")
        })?;
        ensure(names.insert(group.name.as_str().to_lowercase()), || {
            let reason = format!("two groups are called {}", group.name);
            invalid(None, &field("name"), reason, "Give each group a name of its own.")
        })?;
        ensure(form.staff.iter().any(|s| s.person == group.adult), || {
            let reason = format!("the adult of {} is not among the staff of the form", group.name);
            let remedy = "Choose an adult of the staff list: no phone, no separate group.";
            invalid(Some(Rule::Dev5), &field("adult"), reason, remedy)
        })?;
        ensure(adults.insert(group.adult), || {
            let reason = format!("the adult of {} leads another group as well", group.name);
            let remedy =
                "Give each group its own adult and phone, or join the groups: no phone, no separate group.";
            invalid(Some(Rule::Check5), &field("adult"), reason, remedy)
        })?;
    }
    let sum: u32 = form.groups.iter().map(|g| g.expected.get()).sum();
    ensure(sum == form.pupils.get(), || {
        let reason = format!("{} pupils go, but the groups add up to {sum}", form.pupils);
        invalid(Some(Rule::Check5), "groups", reason, "Put each pupil in one group.")
    })
}

/// Volunteers and pupils with phones.
pub(super) fn others(form: &TripForm) -> Result<(), Refusal> {
    for (place, volunteer) in form.volunteers.iter().enumerate() {
        ensure(volunteer.name.get().is_some(), || {
            let field = format!("volunteers[{place}].name");
            invalid(
                Some(Rule::Pers7),
                &field,
                "a volunteer has no name",
                "Give the name, or take the line out.",
            )
        })?;
    }
    let mut pupils = BTreeSet::new();
    for (place, pupil) in form.pupil_phones.iter().enumerate() {
        let field = |part: &str| format!("pupil_phones[{place}].{part}");
        ensure(pupils.insert(pupil.pupil), || {
            invalid(Some(Rule::Dev8), &field("pupil"), "this pupil is listed twice", "List each pupil once.")
        })?;
        ensure(pupil.name.get().is_some(), || {
            invalid(
                None,
                &field("name"),
                "the pupil has no initials or first name",
                "Give what the desk needs to know them.",
            )
        })?;
        ensure(pupil.reason.get().is_some(), || {
            let reason = "why the pupil may need a phone is not stated";
            invalid(
                Some(Rule::Dev7),
                &field("reason"),
                reason,
                "State why the pupil may need a phone for safety.",
            )
        })?;
    }
    ensure(form.pupil_phones.len() as u32 <= form.pupils.get(), || {
        let reason = format!("{} pupils hold phones, but {} go", form.pupil_phones.len(), form.pupils);
        invalid(None, "pupil_phones", reason, "Count the pupils who hold phones among those who go.")
    })
}

/// Pupils who travel directly: each once, by initials or first name; in no group. [FORM-6]
pub(super) fn direct(form: &TripForm) -> Result<(), Refusal> {
    let mut pupils = BTreeSet::new();
    for (place, traveller) in form.direct.iter().enumerate() {
        let form6 = |part: &str, reason: &str, remedy: &str| {
            invalid(Some(Rule::Form6), &format!("direct[{place}].{part}"), reason, remedy)
        };
        ensure(pupils.insert(traveller.pupil), || {
            form6("pupil", "this pupil is listed twice", "List each pupil once.")
        })?;
        ensure(traveller.name.get().is_some(), || {
            form6(
                "name",
                "the pupil has no initials or first name",
                "Give what whoever rings the provider needs to know them.",
            )
        })?;
        ensure(form.pupil_phones.iter().all(|p| p.pupil != traveller.pupil), || {
            form6(
                "pupil",
                "this pupil is among those who go with the party too",
                "List the pupil in one place: with the party, or travelling directly.",
            )
        })?;
    }
    Ok(())
}

/// The emergency route: nobody twice on a step; when the police are called. [FORM-8, CHECK-8]
pub(super) fn emergency(form: &TripForm) -> Result<(), Refusal> {
    let plan = &form.emergency;
    for (step, people) in [("office", &plan.office), ("dsl", &plan.dsl), ("senior", &plan.senior)] {
        let distinct: BTreeSet<_> = people.iter().collect();
        ensure(distinct.len() == people.len(), || {
            let field = format!("emergency.{step}");
            invalid(
                Some(Rule::Form8),
                &field,
                "somebody stands twice on this step",
                "Name each person once on a step.",
            )
        })?;
    }
    tour_numbers(form)?;
    ensure(POLICE_MINUTES.contains(&plan.lost_child_police_minutes), || {
        let (min, max) = (POLICE_MINUTES.start(), POLICE_MINUTES.end());
        let reason = format!(
            "the police are called {min} to {max} minutes after a child is lost, not {}",
            plan.lost_child_police_minutes
        );
        let remedy = format!("Give {min} to {max} minutes.");
        invalid(Some(Rule::Check8), "emergency.lost_child_police_minutes", reason, remedy)
    })
}

/// Pupils are given work mobiles' numbers on a tour only, of people who are along. [CONT-5]
fn tour_numbers(form: &TripForm) -> Result<(), Refusal> {
    let Some(agreed) = &form.emergency.tour_numbers else { return Ok(()) };
    let cont5 = |field: &str, reason: &str, remedy: &str| invalid(Some(Rule::Cont5), field, reason, remedy);
    ensure(form.kind == TripKind::Tour, || {
        cont5(
            "emergency.tour_numbers",
            "pupils are given numbers of work mobiles on a tour only",
            "Leave it out: pupils reach the school; one who may need a phone is given a basic phone.",
        )
    })?;
    ensure(!agreed.whose.is_empty(), || {
        cont5(
            "emergency.tour_numbers.whose",
            "it does not say whose numbers pupils are given",
            "Name one of the staff at least, such as the leader; or leave the agreement out.",
        )
    })?;
    for (place, person) in agreed.whose.iter().enumerate() {
        let field = format!("emergency.tour_numbers.whose[{place}]");
        ensure(!agreed.whose[..place].contains(person), || {
            cont5(
                &field,
                "somebody stands twice among those whose numbers pupils are given",
                "Name each once.",
            )
        })?;
        ensure(form.staff.iter().any(|s| s.person == *person), || {
            cont5(
                &field,
                "somebody whose number pupils are given is not among the staff of the form",
                "Name only people who are along.",
            )
        })?;
    }
    Ok(())
}

/// Staff and reserves, each with its place on the form.
fn listed(form: &TripForm) -> impl Iterator<Item = (String, &StaffOnForm)> {
    let staff = form.staff.iter().enumerate().map(|(n, s)| (format!("staff[{n}]"), s));
    staff.chain(form.reserves.iter().enumerate().map(|(n, s)| (format!("reserves[{n}]"), s)))
}
