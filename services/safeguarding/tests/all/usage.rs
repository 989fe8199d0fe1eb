//! The usage log: entries by hand, review by week. [USE-1, CONT-7]

use std::collections::BTreeSet;

use proto::envelope::Actor;
use proto::ids::ClientId;
use proto::v1::devices::Holder;
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Event, Purpose, Refusal, Use, UseKind, UseWay};

use crate::cast::{at, day, dev, entry, everybody, ines, karin, museum, note, phone, ruth, school, used};

fn log(purpose: Purpose, reason: &str) -> Command {
    Command::LogUse {
        entry: entry(7),
        device: phone(),
        at: at("2026-11-20T08:55:00Z"),
        way: UseWay::Call,
        purpose,
        reason: note(reason),
    }
}

fn logged(purpose: Purpose, reason: &str, questioned: bool) -> Event {
    Event::UseRecorded {
        entry: entry(7),
        week: day("2026-11-16"),
        used: Use {
            at: at("2026-11-20T08:55:00Z"),
            device: phone(),
            holder: Some(Holder::Person(ines())),
            trip: Some(museum()),
            kind: UseKind::Noted { way: UseWay::Call, purpose, reason: note(reason), by: ines() },
            questioned,
            source: None,
        },
        ends_at: at("2026-11-23T00:00:00Z"),
        review_by: at("2026-11-27T12:00:00Z"),
    }
}

/// USE-1: a use that Homeward can't see is written down by hand, with its reason.
#[test]
fn a_use_is_written_down_with_its_reason() {
    let why = "Rang the coach firm.";
    school().by_person(ines()).when(log(Purpose::Work {}, why)).then([logged(Purpose::Work {}, why, false)]);
}

/// CONT-7: a personal call as agreed, or in an emergency, is in order; what nobody agreed to is kept as a question.
#[test]
fn a_personal_call_that_nobody_agreed_to_is_a_question_for_the_dsl() {
    let agreed = Purpose::PersonalAgreed { by: ruth() };
    let table = [(agreed, false), (Purpose::PersonalEmergency {}, false), (Purpose::PersonalOther {}, true)];
    for (purpose, questioned) in table {
        let why = "My mother is in hospital.";
        school().by_person(ines()).when(log(purpose, why)).then([logged(purpose, why, questioned)]);
    }
}

/// CONT-7: a school that switches the rule off asks nothing.
#[test]
fn where_no_agreement_is_needed_nothing_is_questioned() {
    let (purpose, why) = (Purpose::PersonalOther {}, "Rang home.");
    let story = school().with_policy(|policy| policy.personal_use_by_agreement = false);
    story.by_person(ines()).when(log(purpose, why)).then([logged(purpose, why, false)]);
    let own = Purpose::PersonalAgreed { by: ines() };
    let story = school().with_policy(|policy| policy.personal_use_by_agreement = false);
    story.by_person(ines()).when(log(own, why)).then([logged(own, why, false)]);
}

/// CONT-7: nobody agrees to their own call, and whoever agreed works here.
#[test]
fn nobody_agrees_to_their_own_call() {
    let own = Purpose::PersonalAgreed { by: ines() };
    let refusal = Refusal::AgreedByThemselves { person: ines() };
    school().by_person(ines()).when(log(own, "Rang home.")).refused(refusal);
    let stranger = crate::cast::person("nobody");
    let refusal = Refusal::UnknownPerson { person: stranger };
    school()
        .by_person(ines())
        .when(log(Purpose::PersonalAgreed { by: stranger }, "Rang home."))
        .refused(refusal);
}

/// CONT-4: the log keeps who was rung, never on which number.
#[test]
fn no_number_gets_into_the_log() {
    let refused =
        school().by_person(ines()).when(log(Purpose::Work {}, "Rang 07700 900123 about the coach."));
    refused.refused(Refusal::NumberInWords {});
}

#[test]
fn an_entry_is_about_a_known_phone_and_the_past() {
    let other = proto::ids::DeviceId(uuid::Uuid::nil());
    let command = |device, when: &str| Command::LogUse {
        entry: entry(7),
        device,
        at: at(when),
        way: UseWay::Other,
        purpose: Purpose::Work {},
        reason: note("Looked the way up."),
    };
    let story = school().by_person(ines());
    let story =
        story.when(command(other, "2026-11-20T08:00:00Z")).refused(Refusal::UnknownDevice { device: other });
    let ahead = at("2026-11-20T09:06:00Z");
    story.when(command(phone(), "2026-11-20T09:06:00Z")).refused(Refusal::InTheFuture { at: ahead });
    school().by_person(ines()).when(command(phone(), "2026-11-20T09:04:59Z")).allowed();
    let client = Actor::Client(ClientId::parse("lamp").expect("a slug"));
    school().by(client).when(log(Purpose::Work {}, "x")).refused(Refusal::NamedPersonNeeded {});
}

#[test]
fn an_id_stands_for_one_entry() {
    let story = school().by_person(ines()).when(log(Purpose::Work {}, "Rang the coach firm.")).allowed();
    story.when(log(Purpose::Work {}, "Rang them again.")).refused(Refusal::UseExists { entry: entry(7) });
}

fn sign_off() -> Command {
    Command::SignOffWeek { week: day("2026-11-16"), remarks: Some(note("Nothing to ask.")) }
}

fn signed(entries: u32, when: &str) -> Event {
    Event::WeekSignedOff {
        week: day("2026-11-16"),
        by: karin(),
        entries,
        questioned: 0,
        remarks: Some(note("Nothing to ask.")),
        at: at(when),
    }
}

/// USE-1: the DSL looks through a week when it is over, and nobody else can say that they did.
#[test]
fn a_week_is_signed_off_by_the_dsl_when_it_is_over() {
    let monday = "2026-11-23T08:00:00Z";
    let story = school().at("2026-11-22T23:59:00Z").by_person(karin());
    let ends_at = at("2026-11-23T00:00:00Z");
    let story = story.when(sign_off()).refused(Refusal::WeekNotOver { week: day("2026-11-16"), ends_at });
    let roles = BTreeSet::from([Role::Dsl]);
    let story = story.at(monday).by_person(ruth()).when(sign_off()).refused(Refusal::RoleNeeded { roles });
    let story = story.by_person(karin()).when(sign_off()).then([signed(1, monday)]);
    story.when(sign_off()).nothing_happens();
}

/// USE-1: a line that comes in after the sign-off is not covered by it: the week is open again.
#[test]
fn a_late_line_opens_the_week_again() {
    let monday = "2026-11-23T08:00:00Z";
    let story = school().at(monday).by_person(karin()).when(sign_off()).then([signed(1, monday)]);
    let story = story.by_person(ines()).when(log(Purpose::Work {}, "Rang the coach firm.")).allowed();
    assert!(story.state.usage().week(day("2026-11-16")).expect("the week").is_open());
    let later = "2026-11-23T09:00:00Z";
    story.at(later).by_person(dev()).when(sign_off()).then_events(|events| {
        assert!(
            matches!(events, [Event::WeekSignedOff { by, entries: 2, .. }] if *by == dev()),
            "{events:?}"
        );
    });
}

#[test]
fn only_weeks_of_the_log_are_signed_off() {
    let week = |text: &str| Command::SignOffWeek { week: day(text), remarks: None };
    let story = school().at("2026-11-30T09:00:00Z").by_person(karin());
    let story = story.when(week("2026-11-17")).refused(Refusal::NotAMonday { week: day("2026-11-17") });
    story.when(week("2026-11-09")).refused(Refusal::NothingRecorded { week: day("2026-11-09") });
}

/// USE-1: a week that nobody reviewed by Friday noon is reminded of, and again each week, until it is signed off.
#[test]
fn an_unreviewed_week_is_reminded_of() {
    let reminded = |nth, when: &str, next: &str| Event::ReviewReminded {
        week: day("2026-11-16"),
        nth,
        readers: everybody(),
        at: at(when),
        next_at: at(next),
    };
    let story = school().at("2026-11-27T11:59:59Z").time_passes().nothing_happens();
    let first = reminded(1, "2026-11-27T12:00:00Z", "2026-12-04T12:00:00Z");
    let story = story.at("2026-11-27T12:00:00Z").time_passes().then([first]);
    let second = reminded(2, "2026-12-04T12:00:00Z", "2026-12-11T12:00:00Z");
    let story = story.at("2026-12-04T12:00:00Z").time_passes().then([second]);
    let story = story.by_person(karin()).when(sign_off()).then([signed(1, "2026-12-04T12:00:00Z")]);
    story.at("2027-01-04T12:00:00Z").time_passes().nothing_happens();
}

#[test]
fn the_log_keeps_sixty_weeks_at_hand() {
    let mut story = school();
    for number in 0..61_i64 {
        let monday = day("2026-11-23").saturating_add(jiff::Span::new().weeks(number));
        let Event::UseRecorded { entry, used, ends_at, review_by, .. } =
            used(entry(100 + number as u64), "2026-11-20T08:30:00Z", UseKind::TextedIn {}, 2 + number as u64)
        else {
            unreachable!("it is a line")
        };
        let line = Event::UseRecorded { entry, week: monday, used, ends_at, review_by };
        <safeguarding::Safeguarding as decider::Service>::evolve(&mut story.state, &line);
    }
    assert_eq!(story.state.usage().weeks().count(), safeguarding::usage::MAX_WEEKS);
    assert!(story.state.usage().week(day("2026-11-16")).is_none(), "the oldest went first");
}
