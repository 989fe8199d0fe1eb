//! Who works here, who is on call, who answered the evening's test.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::ids::{DutyId, PersonId};
use proto::v1::contacts::{Event, NightAnswer, NightNoted};
use proto::v1::people::{self, DutyNight, Role};
use proto::values::Window;

use crate::facts::{Duty, Facts, Person};

pub(super) fn hear(facts: &Facts, event: &people::Event) -> Vec<Event> {
    use people::Event as People;
    match event {
        People::PersonAdded { person, roles, .. } | People::PersonChanged { person, roles, .. } => {
            note_person(facts, *person, true, roles.clone())
        }
        People::PersonLeft { person } => note_person(facts, *person, false, BTreeSet::new()),
        People::DutyPlanned { duty, person, role, window, nights } => {
            let nights = nights.iter().map(awaited).collect();
            note_duty(facts, *duty, Duty { person: *person, role: *role, window: *window, nights })
        }
        People::DutyRemoved { duty } => {
            let known = facts.duties.contains_key(duty);
            known.then_some(Event::DutyEndedNoted { duty: *duty }).into_iter().collect()
        }
        People::DutyTested { duty, answer_by, night, person: _ } => {
            note_night(facts, *duty, night, Some(*answer_by), NightAnswer::Awaited)
        }
        People::DutyConfirmed { duty, night, .. } => {
            note_night(facts, *duty, night, None, NightAnswer::Confirmed)
        }
        People::DutyTestUnanswered { duty, night, .. } => {
            note_night(facts, *duty, night, None, NightAnswer::Unanswered)
        }
        People::HolderAuthorised { .. }
        | People::AuthorisationWithdrawn { .. }
        | People::AgreementAccepted { .. }
        | People::PolicyChanged { .. }
        | People::PolicyReviewed { .. }
        | People::PolicyReviewReminded { .. } => vec![],
    }
}

fn awaited(planned: &DutyNight) -> NightNoted {
    NightNoted { night: planned.night, answer_by: planned.answer_by, answer: NightAnswer::Awaited }
}

fn note_person(facts: &Facts, person: PersonId, here: bool, roles: BTreeSet<Role>) -> Vec<Event> {
    let noted = Person { here, roles };
    if facts.people.get(&person) == Some(&noted) {
        return vec![];
    }
    let Person { here, roles } = noted;
    vec![Event::PersonNoted { person, here, roles }]
}

fn note_duty(facts: &Facts, duty: DutyId, noted: Duty) -> Vec<Event> {
    if facts.duties.get(&duty) == Some(&noted) {
        return vec![];
    }
    let Duty { person, role, window, nights } = noted;
    vec![Event::DutyNoted { duty, person, role, window, nights }]
}

fn note_night(
    facts: &Facts,
    duty: DutyId,
    hours: &Window,
    answer_by: Option<Timestamp>,
    answer: NightAnswer,
) -> Vec<Event> {
    let Some(mut noted) = facts.duties.get(&duty).cloned() else { return vec![] };
    if let Some(night) = noted.nights.iter_mut().find(|n| n.night == *hours) {
        night.answer = answer;
        night.answer_by = answer_by.unwrap_or(night.answer_by);
    }
    note_duty(facts, duty, noted)
}
