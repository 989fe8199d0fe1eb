//! Incidents, overdue steps and unreviewed weeks: told to their readers alone. [INC-1, INC-7, USE-1]

use std::collections::BTreeSet;

use decider::kit::Story;
use jiff::civil;
use proto::ids::{IncidentId, PersonId};
use proto::v1::alerts::*;
use proto::v1::safeguarding::{self, Danger, Deadlines, IncidentKind, Readers, Step};
use proto::values::Personal;

use crate::cast::*;
use alerts::Alerts;

fn incident() -> IncidentId {
    "00000000-0000-4000-8000-000000012001".parse().expect("an id")
}

/// Rahman is the DSL, Whitlock the head.
fn readers() -> Readers {
    Readers { dsl: BTreeSet::from([rahman()]), head: BTreeSet::from([whitlock()]) }
}

fn reported(danger: Danger, readers: Readers) -> safeguarding::Event {
    safeguarding::Event::IncidentReported {
        incident: incident(),
        kind: IncidentKind::Contact,
        danger,
        trip: Some(museum()),
        happened_at: at("09:55"),
        about: None,
        what: note("A stranger asked for a photograph.").into(),
        by: okafor(),
        at: at("10:00"),
        deadlines: Deadlines {
            told_in_person: at("11:00"),
            written_up: at("23:00"),
            bodies_told: at("2026-11-23T10:00:00Z"),
        },
        bodies: Vec::new(),
        readers,
    }
}

fn alerted() -> Story<Alerts> {
    out().at_time("10:00").hears(reported(Danger::Over {}, readers())).allowed()
}

fn told_in_person() -> safeguarding::Event {
    safeguarding::Event::IncidentTold { incident: incident(), dsl: rahman(), by: okafor(), at: at("10:05") }
}

/// The open case that is about no trip.
fn open(story: &Story<Alerts>) -> Option<&alerts::OpenCase> {
    story.state.open_cases().find(|case| case.trip.is_none())
}

/// INC-1: the DSL is alerted at once, then called, then the head: no line, no office, nobody of the trip.
#[test]
fn an_incident_goes_to_the_dsl_at_once_and_then_to_the_head() {
    let (story, events) = alerted().events_now();
    assert_eq!(told(&events), [texted(rahman())]);
    let (story, events) = story.passes_to("10:03");
    assert_eq!(told(&events), [called(rahman())]);
    let (story, events) = story.passes_to("10:05");
    assert_eq!(told(&events), [texted(whitlock())]);
    let (_, events) = story.passes_to("10:30");
    let both = [Recipient::Person(rahman()), Recipient::Person(whitlock())];
    assert!(!events.is_empty() && told(&events).iter().all(|(to, _)| both.contains(to)), "{events:?}");
}

/// INC-6: where somebody is in danger its readers are told all at once, by text and call.
#[test]
fn danger_tells_all_readers_at_once() {
    let danger = Danger::Now { dialled_999: true };
    let (_, events) = out().at_time("10:00").hears(reported(danger, readers())).allowed().events_now();
    let all = [texted(rahman()), called(rahman()), texted(whitlock()), called(whitlock())];
    assert_eq!(told(&events), all);
}

/// INC-1: an alert isn't telling: it comes back until the DSL recorded that they were told in person.
#[test]
fn only_being_told_in_person_ends_it() {
    let (story, _) = alerted().events_now();
    let case = open(&story).expect("it is open").case;
    let story = story.at_time("10:01").by_person(rahman()).when(Command::OwnCase { case }).allowed();
    let (story, events) = story.passes_to("10:17");
    assert!(events.iter().any(|event| matches!(event, Event::OwnershipLapsed { .. })), "{events:?}");
    let story = story.hears(told_in_person()).allowed();
    assert!(open(&story).is_none());
    story.hears(told_in_person()).nothing_happens();
}

/// INC-7: to anybody but its readers the case doesn't exist: not by click, not by the code; nor does the office's lamp show it.
#[test]
fn nobody_else_may_see_or_take_the_case() {
    let (story, _) = alerted().events_now();
    let (case, code) = open(&story).map(|open| (open.case, open.code)).expect("it is open");
    let unknown = Refusal::UnknownCase { case };
    let mut story = story.at_time("10:01");
    for person in [tan(), okafor(), lind()] {
        story = story.by_person(person).when(Command::OwnCase { case }).refused(unknown.clone());
        let resolve = Command::ResolveCase { case, reason: note("Nothing.") };
        story = story.when(resolve).refused(unknown.clone());
    }
    let story = story.hears(text(tan(), 1, proto::v1::gateway::Meaning::Owns { code })).allowed();
    assert_eq!(open(&story).and_then(alerts::OpenCase::owner), None);
    assert!(!alerts::alarm(&story.state).on);
    let view = alerts::view::board(&story.state).into_iter().find(|view| view.case == case);
    assert_eq!(view.and_then(|view| view.readers), Some(readers()));
    story.by_person(whitlock()).when(Command::OwnCase { case }).allowed();
}

fn overdue(step: Step, due: &str) -> safeguarding::Event {
    let (incident, due_at, readers) = (incident(), at(due), readers());
    safeguarding::Event::StepOverdue { incident, step, due_at, readers, at: due_at }
}

/// INC-1, INC-2: a step that was not done in time alerts its readers, in the same case, until it is done.
#[test]
fn an_overdue_step_alerts_until_it_is_done() {
    let story = alerted().hears(told_in_person()).allowed();
    let (story, events) =
        story.at_time("23:00").hears(overdue(Step::WrittenUp, "23:00")).allowed().events_now();
    assert_eq!(told(&events), [texted(rahman())]);
    let story = story.hears(overdue(Step::BodiesTold, "23:10")).allowed();
    assert_eq!(open(&story).map(|case| case.reasons.len()), Some(2), "one case for each incident");
    let written = safeguarding::Event::IncidentWrittenUp {
        incident: incident(),
        account: Personal::blanked(),
        reference: label("CP-1"),
        by: rahman(),
        at: at("23:20"),
    };
    let story = story.hears(written).allowed();
    assert_eq!(open(&story).map(|case| case.reasons.len()), Some(1));
    let referred = |complete| safeguarding::Event::ReferralRecorded {
        incident: incident(),
        body: label("The council's safeguarding team"),
        referral: safeguarding::Referral::Told { reference: None },
        complete,
        by: rahman(),
        at: at("23:30"),
    };
    let story = story.hears(referred(false)).nothing_happens().hears(referred(true)).allowed();
    assert!(open(&story).is_none());
}

fn reminded(nth: u16, readers: Readers) -> safeguarding::Event {
    let week = civil::date(2026, 11, 9);
    safeguarding::Event::ReviewReminded { week, nth, readers, at: at("12:00"), next_at: at("13:00") }
}

/// USE-1: a week without review is shown at first; reminded of again, the DSL is texted; signed off, it is over.
#[test]
fn an_unreviewed_week_is_shown_and_then_told() {
    let story = out().at_time("12:00").hears(reminded(1, readers())).allowed();
    let (story, events) = story.events_now();
    assert_eq!(told(&events), []);
    assert_eq!(open(&story).map(|case| case.severity), Some(Severity::Notice));
    let (story, events) = story.at_time("12:10").hears(reminded(2, readers())).allowed().events_now();
    assert_eq!(told(&events), [texted(rahman())]);
    let signed = safeguarding::Event::WeekSignedOff {
        week: civil::date(2026, 11, 9),
        by: rahman(),
        entries: 3,
        questioned: 0,
        remarks: None,
        at: at("12:20"),
    };
    assert!(open(&story.hears(signed).allowed()).is_none());
}

/// INC-7: where none of its readers has a phone in hand the case says so, rather than tell somebody else.
#[test]
fn nobody_is_told_instead() {
    let nobody: PersonId = "00000000-0000-4000-8000-000000001099".parse().expect("an id");
    let readers = Readers { dsl: BTreeSet::from([nobody]), head: BTreeSet::new() };
    let (_, events) = out().at_time("10:00").hears(reported(Danger::Over {}, readers)).allowed().events_now();
    assert_eq!(told(&events), []);
    assert!(events.iter().any(|event| matches!(event, Event::NobodyReached { .. })), "{events:?}");
}

/// PERS-1: phones that nobody fetched stand on the office's board, and ring nobody; with the last one given back that is over.
#[test]
fn uncollected_phones_are_shown_and_ring_nobody() {
    let day = civil::date(2026, 11, 20);
    let pouches = BTreeSet::from([4, 11]);
    let left = safeguarding::Event::PhonesUncollected { day, pouches, at: at("16:00") };
    let (story, events) = out().at_time("16:00").hears(left).allowed().events_now();
    assert_eq!(told(&events), []);
    let case = open(&story).expect("it is on the board");
    assert_eq!((case.severity, case.readers().is_none()), (Severity::Notice, true));
    let back =
        |pouch, last| safeguarding::Event::PhoneGivenBack { day, pouch, last, by: tan(), at: at("16:10") };
    let story = story.hears(back(4, false)).nothing_happens();
    assert!(open(&story.hears(back(11, true)).allowed()).is_none());
}

/// MEDIA-2: the evening's open recordings go to the DSL by text, and to nobody else; cleared, it is over.
#[test]
fn open_recordings_go_to_the_dsl() {
    let left = |count: u8, day| safeguarding::Event::RecordingsLeftOpen {
        day,
        recordings: (0..count)
            .map(|n| format!("00000000-0000-4000-8000-0000000130{n:02}").parse().expect("an id"))
            .collect(),
        tours: BTreeSet::new(),
        readers: readers(),
        at: at("18:00"),
        next_at: at("19:00"),
    };
    let first = left(2, civil::date(2026, 11, 20));
    let (story, events) = out().at_time("18:00").hears(first).allowed().events_now();
    assert_eq!(told(&events), [texted(rahman())]);
    let story = story.hears(left(1, civil::date(2026, 11, 21))).allowed();
    assert_eq!(open(&story).map(|case| case.reasons.len()), Some(1), "the newest evening stands for all");
    let cleared = safeguarding::Event::RecordingsCleared {
        recording: "00000000-0000-4000-8000-000000013000".parse().expect("an id"),
        device: spare(),
        clearing: None,
        last: true,
        by: None,
        at: at("18:20"),
    };
    assert!(open(&story.hears(cleared).allowed()).is_none());
}

/// PERS-2: an arrangement that ends soon is shown to its readers; a medical one past its end, which stays, is told to the DSL.
#[test]
fn an_arrangement_that_ends_is_shown_and_a_medical_one_past_its_end_is_told() {
    let id = "00000000-0000-4000-8000-000000014001".parse().expect("an id");
    let reminded = |over, at_time: &str| safeguarding::Event::ArrangementReminded {
        arrangement: id,
        until: civil::date(2026, 11, 20),
        over,
        medical: true,
        readers: readers(),
        at: at(at_time),
        next_at: None,
    };
    let (story, events) = out().at_time("12:00").hears(reminded(false, "12:00")).allowed().events_now();
    assert_eq!(told(&events), []);
    assert_eq!(open(&story).and_then(alerts::OpenCase::readers), Some(&readers()));
    let (story, events) = story.at_time("12:10").hears(reminded(true, "12:10")).allowed().events_now();
    assert_eq!(told(&events), [texted(rahman())]);
    let ended = safeguarding::Event::ArrangementEnded {
        arrangement: id,
        reason: Personal::blanked(),
        by: whitlock(),
        at: at("12:20"),
    };
    assert!(open(&story.hears(ended).allowed()).is_none());
}
