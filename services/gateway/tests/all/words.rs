//! The words: one text of GSM-7 each, the school first, times as the school's clocks show them.

use decider::Service as _;
use gateway::messages::Words;
use gateway::{Gateway, State, gsm};
use proto::v1::alerts::ReplyCode;
use proto::v1::checkins::Word;
use proto::v1::gateway::{Event, Message};
use proto::values::{Headcount, SchoolZone};

use super::cast::*;

fn state(title: &str, headline: &str) -> State {
    let mut state = State::default();
    for event in alarm() {
        let event = match event {
            Event::TripNoted { trip, out_since, duress, ended, .. } => {
                Event::TripNoted { trip, title: label(title), out_since, duress, ended }
            }
            Event::CaseNoted { case, trip, code, base_only, owned, open, .. } => {
                Event::CaseNoted { case, trip, code, headline: label(headline), base_only, owned, open }
            }
            other => other,
        };
        Gateway::evolve(&mut state, &event);
    }
    state
}

fn all() -> Vec<Message> {
    let (trip, due) = (museum(), at("2026-07-20T09:30:00Z"));
    let (count, expected) = (Headcount::new(2000).ok(), Headcount::new(1999).unwrap());
    vec![
        alert(),
        Message::Reminder { trip, due_at: due },
        Message::Understood {
            trip,
            word: Word::HandedOver,
            headcount: count,
            expected,
            next_due_at: Some(due),
        },
        Message::Understood {
            trip,
            word: Word::Late { minutes: 600 },
            headcount: None,
            expected,
            next_due_at: None,
        },
        Message::HelpHeard { trip },
        Message::LostHeard { trip, police_at: due },
        Message::NotUnderstood {},
        Message::CountNeeded {},
        Message::PupilPhone {},
        Message::NotOut {},
        Message::WhichGroup {},
        Message::Owned { code: ReplyCode(417) },
        Message::CodeUnknown { code: ReplyCode(417) },
        Message::Stranger {},
        Message::DutyTest { answer_by: due },
        Message::DutyConfirmed {},
    ]
}

#[test]
fn every_message_is_one_text_and_whole_whatever_the_names() {
    let zone = SchoolZone::london();
    let long = "Ysgol Gynradd Llanfairpwllgwyngyllgogerychwyrndrobwll \u{2013} \u{201C}\u{160}\u{201D}";
    for (title, headline, school) in [
        ("Museum walk", "Missed check-in, due 09:00", "Elmfield School"),
        (long, "DURESS at 09:00. Do not contact the trip", long),
    ] {
        let state = state(title, headline);
        let words = Words { state: &state, school, zone: &zone };
        for message in all() {
            let text = words.text(&message, None).unwrap();
            assert_eq!(gsm::parts(&text), (gsm::Encoding::Gsm7, 1), "{text}");
            assert!(text.ends_with(['.', '7']) || text.ends_with("knows."), "cut short: {text}");
        }
    }
}

#[test]
fn times_are_the_schools_and_the_code_stands_in_the_alert() {
    let (zone, state) = (SchoolZone::london(), state("Museum walk", "Missed check-in, due 09:00"));
    let words = Words { state: &state, school: "Elmfield School", zone: &zone };
    let reminder = words.text(&all()[1], None).unwrap();
    assert_eq!(
        reminder,
        "Elmfield School: Museum walk: check-in due 10:30. Reply OK and your count, such as OK 31."
    );
    let said = words.text(&alert(), None).unwrap();
    assert_eq!(
        said,
        "Elmfield School: ALERT Missed check-in, due 09:00 (Museum walk). Reply 417 to take it."
    );
    let gone = Message::Alert { case: proto::ids::CaseId::new() };
    assert_eq!(words.text(&gone, None), None, "a case that is over is not told");
    assert_eq!(words.text(&Message::PageLink { trip: museum() }, None), None, "no link, no text");
}

/// The answer to a text tells a count that differs, and the same words come with a duress word and without.
#[test]
fn what_was_understood_is_said_back() {
    let (zone, state) = (SchoolZone::london(), state("Museum walk", "x"));
    let words = Words { state: &state, school: "Elmfield", zone: &zone };
    let understood = |found, expected| Message::Understood {
        trip: museum(),
        word: Word::Arrived,
        headcount: Headcount::new(found).ok(),
        expected: Headcount::new(expected).unwrap(),
        next_due_at: Some(at("2026-11-20T09:30:00Z")),
    };
    let said = |message| words.text(&message, None).unwrap();
    assert_eq!(
        said(understood(31, 31)),
        "Elmfield: ARRIVED 31, all counted. Thank you. Next check-in 09:30."
    );
    assert_eq!(
        said(understood(30, 31)),
        "Elmfield: ARRIVED 30, but 31 expected: count again. The office knows. Thank you. Next check-in 09:30."
    );
}

#[test]
fn parts_are_counted_as_the_carrier_counts_them() {
    #[derive(serde::Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }
    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        body: String,
        encoding: String,
        segments: usize,
    }
    let all: Vectors = serde_json::from_str(include_str!("../data/segment_vectors.json")).unwrap();
    assert!(all.vectors.len() > 5);
    for v in all.vectors {
        let encoding = if v.encoding == "GSM-7" { gsm::Encoding::Gsm7 } else { gsm::Encoding::Ucs2 };
        assert_eq!(gsm::parts(&v.body), (encoding, v.segments), "{}", v.name);
    }
}
