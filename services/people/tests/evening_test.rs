//! FORM-8: overnight, staffed means on call, having answered that evening's test.

use decider::Service;
use people::People;
use proto::envelope::Actor;
use proto::ids::{AttemptId, TripId};
use proto::v1::alerts::{Recipient, ReplyCode};
use proto::v1::checkins::Word;
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::people::{Command, DutyNight, DutyRole, Event, Refusal};
use proto::values::Headcount;

use crate::cast::*;

fn confirm() -> Command {
    Command::ConfirmDuty { duty: duty(1) }
}

/// FORM-8: whoever is on call overnight is asked in the evening, once.
#[test]
fn the_evenings_test_is_sent_at_its_hour() {
    let story = school([danas_duty()]);
    assert_eq!(People::next_due(&story.state), Some(at("2026-11-20T18:00:00Z")));
    let story = story
        .at("2026-11-20T17:59:59Z")
        .time_passes()
        .nothing_happens()
        .at("2026-11-20T18:00:00Z")
        .time_passes()
        .then([dana_was_asked()])
        .time_passes()
        .nothing_happens();
    assert_eq!(People::next_due(&story.state), Some(at("2026-11-20T20:00:00Z")));
}

/// FORM-8: who doesn't answer in time isn't on call that night.
#[test]
fn a_test_without_an_answer_is_told_once() {
    let story = school([danas_duty(), dana_was_asked()])
        .at("2026-11-20T19:59:59Z")
        .time_passes()
        .nothing_happens()
        .at("2026-11-20T20:00:00Z")
        .time_passes()
        .then([dana_did_not_answer()])
        .time_passes()
        .nothing_happens();
    assert_eq!(People::next_due(&story.state), None);
}

/// FORM-8: an OK from the phone in the hands of whoever is on call is the answer.
#[test]
fn an_ok_by_text_answers_the_test() {
    let story = school([danas_duty(), dana_was_asked()])
        .at("2026-11-20T18:21:00Z")
        .hears(text_from(Some(dana()), None, ok()))
        .then([dana_confirmed("2026-11-20T18:20:00Z", Some(inbound(1)))])
        .hears(text_from(Some(dana()), None, ok()))
        .nothing_happens()
        .at("2026-11-20T20:00:00Z")
        .time_passes()
        .nothing_happens();
    assert_eq!(People::next_due(&story.state), None);
}

/// FORM-8: an OK with a count that nobody asked for is an OK.
#[test]
fn an_ok_with_a_count_answers_the_test_too() {
    let counted = Meaning::Says { word: Word::Ok, headcount: Some(Headcount::new(24).unwrap()) };
    let slipped = Meaning::Miscounted { word: Word::Ok };
    for meaning in [counted, slipped] {
        school([danas_duty(), dana_was_asked()]).hears(text_from(Some(dana()), None, meaning)).allowed();
    }
}

/// FORM-8: other words, other people and other phones answer nothing.
#[test]
fn what_is_not_an_ok_of_the_person_on_call_answers_nothing() {
    let code = ReplyCode(417);
    let words = [
        Meaning::Says { word: Word::Late { minutes: 20 }, headcount: None },
        Meaning::Says { word: Word::Boarded, headcount: None },
        Meaning::Says { word: Word::Arrived, headcount: None },
        Meaning::Says { word: Word::HandedOver, headcount: None },
        Meaning::Says { word: Word::Leaving, headcount: None },
        Meaning::Says { word: Word::Back, headcount: None },
        Meaning::Miscounted { word: Word::Back },
        Meaning::Help {},
        Meaning::Lost {},
        Meaning::Owns { code },
        Meaning::Either { word: Word::Ok, code },
        Meaning::OptOut {},
        Meaning::OptIn {},
        Meaning::Unclear {},
    ];
    let mut story = school([danas_duty(), dana_was_asked()]);
    for meaning in words {
        story = story.hears(text_from(Some(dana()), None, meaning)).nothing_happens();
    }
    story
        .hears(text_from(Some(lena()), None, ok()))
        .nothing_happens()
        .hears(text_from(None, None, ok()))
        .nothing_happens()
        .hears(text(Caller::Stranger { number: None }, ok(), "2026-11-20T18:20:00Z"))
        .nothing_happens();
}

/// FORM-8: an OK from a phone that is out with a trip is that trip's check-in.
#[test]
fn an_ok_from_a_trip_is_a_check_in_not_an_answer() {
    let trip = TripId::derived(uuid::Uuid::nil(), 1);
    school([danas_duty(), dana_was_asked()])
        .hears(text_from(Some(dana()), Some(trip), ok()))
        .nothing_happens();
}

/// FORM-8: before the test there is nothing to answer.
#[test]
fn an_ok_before_the_test_answers_nothing() {
    school([danas_duty()]).hears(text_from(Some(dana()), None, ok())).nothing_happens();
    let device = proto::ids::DeviceId::derived(uuid::Uuid::nil(), 1);
    let from = Caller::Device { device, person: Some(dana()), pupil: None, trip: None };
    school([danas_duty(), dana_was_asked()])
        .hears(text(from, ok(), "2026-11-20T17:59:00Z"))
        .nothing_happens();
}

/// FORM-8: a late answer counts while the night lasts: somebody is there after all.
#[test]
fn a_late_ok_counts_while_the_night_lasts() {
    let device = proto::ids::DeviceId::derived(uuid::Uuid::nil(), 1);
    let from = || Caller::Device { device, person: Some(dana()), pupil: None, trip: None };
    let late = [danas_duty(), dana_was_asked(), dana_did_not_answer()];
    school(late.clone())
        .hears(text(from(), ok(), "2026-11-20T21:05:00Z"))
        .then([dana_confirmed("2026-11-20T21:05:00Z", Some(inbound(1)))]);
    school(late).hears(text(from(), ok(), "2026-11-21T06:00:00Z")).nothing_happens();
}

/// FORM-8: one OK answers for every duty of that evening.
#[test]
fn one_ok_answers_all_that_the_person_was_asked() {
    let night = DutyNight {
        night: that_night(),
        test_at: at("2026-11-20T18:00:00Z"),
        answer_by: at("2026-11-20T20:00:00Z"),
    };
    let base = Event::DutyPlanned {
        duty: duty(2),
        person: dana(),
        role: DutyRole::Base,
        window: friday_night(),
        nights: vec![night],
    };
    let asked = Event::DutyTested {
        duty: duty(2),
        person: dana(),
        answer_by: at("2026-11-20T20:00:00Z"),
        night: that_night(),
    };
    school([danas_duty(), base, dana_was_asked(), asked])
        .hears(text_from(Some(dana()), None, ok()))
        .then_events(|events| {
            let duties: Vec<_> = events
                .iter()
                .map(|e| match e {
                    Event::DutyConfirmed { duty, .. } => *duty,
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(duties.len(), 2);
            assert!(duties.contains(&duty(1)) && duties.contains(&duty(2)));
        });
}

/// FORM-8: the person says so, or the office on their behalf.
#[test]
fn a_command_answers_the_test_once() {
    for actor in [Actor::Person(dana()), Actor::Person(owen())] {
        school([danas_duty(), dana_was_asked()])
            .at("2026-11-20T18:30:00Z")
            .by(actor)
            .when(confirm())
            .then([dana_confirmed("2026-11-20T18:30:00Z", None)])
            .when(confirm())
            .nothing_happens();
    }
}

/// FORM-8: a test whose hour has come can be answered even before it was sent, and isn't sent then.
#[test]
fn an_answer_may_overtake_the_test() {
    school([danas_duty()])
        .at("2026-11-20T18:00:00Z")
        .when(confirm())
        .then([dana_confirmed("2026-11-20T18:00:00Z", None)])
        .time_passes()
        .nothing_happens();
}

/// FORM-8: the office that got hold of the person later records it.
#[test]
fn a_late_answer_by_command_counts_while_the_night_lasts() {
    let late = || school([danas_duty(), dana_was_asked(), dana_did_not_answer()]);
    late().at("2026-11-20T22:00:00Z").when(confirm()).then([dana_confirmed("2026-11-20T22:00:00Z", None)]);
    late()
        .at("2026-11-21T06:00:00Z")
        .when(confirm())
        .refused(Refusal::NothingToConfirm { duty: duty(1), next_test_at: None });
}

/// FORM-8: an answer in the morning is no answer to that evening's test.
#[test]
fn nothing_is_confirmed_ahead_of_its_test() {
    let next_test_at = Some(at("2026-11-20T18:00:00Z"));
    school([danas_duty()]).when(confirm()).refused(Refusal::NothingToConfirm { duty: duty(1), next_test_at });
}

/// FORM-8: yesterday's answer doesn't count tonight.
#[test]
fn each_evening_has_a_test_of_its_own() {
    let two_nights = window("2026-11-20T16:00:00Z", "2026-11-22T08:00:00Z");
    let saturday = window("2026-11-21T20:00:00Z", "2026-11-22T06:00:00Z");
    school([])
        .when(plan(duty(1), dana(), DutyRole::Dsl, two_nights))
        .allowed()
        .at("2026-11-20T18:00:00Z")
        .time_passes()
        .then([dana_was_asked()])
        .when(confirm())
        .then([dana_confirmed("2026-11-20T18:00:00Z", None)])
        .at("2026-11-21T18:00:00Z")
        .time_passes()
        .then([Event::DutyTested {
            duty: duty(1),
            person: dana(),
            answer_by: at("2026-11-21T20:00:00Z"),
            night: saturday,
        }])
        .at("2026-11-21T20:00:00Z")
        .time_passes()
        .then([Event::DutyTestUnanswered { duty: duty(1), person: dana(), night: saturday, asked: true }]);
}

/// CHECK-3: a test that an outage held up still leaves time to answer; one whose night is over is only recorded.
#[test]
fn an_outage_raises_no_false_unanswered_test() {
    let asked_late = Event::DutyTested {
        duty: duty(1),
        person: dana(),
        answer_by: at("2026-11-20T21:30:00Z"),
        night: that_night(),
    };
    school([danas_duty()])
        .at("2026-11-20T21:00:00Z")
        .time_passes_after_an_outage("2026-11-20T17:00:00Z")
        .then([asked_late]);
    let passed =
        Event::DutyTestUnanswered { duty: duty(1), person: dana(), night: that_night(), asked: false };
    school([danas_duty()])
        .at("2026-11-21T07:00:00Z")
        .time_passes_after_an_outage("2026-11-20T17:00:00Z")
        .then([passed]);
}

/// Everything is bounded: many tests fall due at once and come in parts.
#[test]
fn many_tests_at_one_instant_come_in_parts() {
    let planned = (0..2500).map(|number| match danas_duty() {
        Event::DutyPlanned { person, role, window, nights, .. } => {
            Event::DutyPlanned { duty: duty(number), person, role, window, nights }
        }
        other => other,
    });
    let story = school(planned).at("2026-11-20T18:00:00Z");
    story.time_passes().then_events(|events| assert_eq!(events.len(), 2500));
}

/// The rest of the gateway's news is not for people.
#[test]
fn other_news_of_the_gateway_changes_nothing() {
    let attempt = AttemptId::derived(uuid::Uuid::nil(), 1);
    let device = proto::ids::DeviceId::derived(uuid::Uuid::nil(), 1);
    let to = Recipient::Person(dana());
    let when = at("2026-11-20T18:20:00Z");
    let news = [
        gateway::Event::KeyPressed { attempt, case: None, by: to, key: '1', received_at: when },
        gateway::Event::OptedOut { device, person: Some(dana()) },
        gateway::Event::ProviderUp { at: when, provider: None, channel: None },
    ];
    let mut story = school([danas_duty(), dana_was_asked()]);
    for event in news {
        story = story.hears(event).nothing_happens();
    }
}
