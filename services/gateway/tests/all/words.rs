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
            Event::TripNoted { trip, out_since, duress, ended, places, drill, .. } => Event::TripNoted {
                trip,
                title: label(title),
                out_since,
                duress,
                ended,
                places,
                host: None,
                drill,
            },
            Event::CaseNoted { case, trip, code, base_only, owned, taken, severity, open, .. } => {
                let headline = label(headline);
                Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, severity, open }
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
        Message::NoTrip { called_for_help: false },
        Message::NoTrip { called_for_help: true },
        Message::WhichGroup {},
        Message::WhichMeant { code: ReplyCode(417) },
        Message::Owned { code: ReplyCode(417) },
        Message::CodeUnknown { code: ReplyCode(417) },
        Message::NotByText { code: ReplyCode(417) },
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
    let gone = Message::Alert { case: proto::ids::CaseId::new(), about: None };
    assert_eq!(words.text(&gone, None), None, "a case that is over is not told");
    assert_eq!(words.text(&Message::PageLink { trip: museum() }, None), None, "no link, no text");
}

/// CHECK-6: a text can be forged, so that of an emergency nobody is asked to reply; the longest headline still fits.
#[test]
fn the_alert_of_an_emergency_says_how_it_is_taken_and_fits_one_text() {
    let zone = SchoolZone::london();
    let long = "Ysgol Gynradd Llanfairpwllgwyngyllgogerychwyrndrobwll";
    for (title, headline, school) in [
        ("Museum walk", "HELP called at 09:00", "Elmfield School"),
        (long, "DURESS at 09:00. Do not contact the trip", long),
        (long, "SAFEGUARDING, danger: reported at half past nine", long),
    ] {
        let mut state = state(title, headline);
        let known = state.cases.get_mut(&case()).expect("the alarm's");
        known.severity = Some(proto::v1::alerts::Severity::Emergency);
        let words = Words { state: &state, school, zone: &zone };
        let said = words.text(&alert(), None).unwrap();
        assert!(said.ends_with("). Take it on the board, or press 1 on our call."), "{said}");
        assert_eq!(gsm::parts(&said), (gsm::Encoding::Gsm7, 1), "{said}");
    }
}

#[test]
fn the_code_for_a_further_browser_fits_one_text_and_says_what_to_do_if_nobody_asked() {
    let zone = SchoolZone::london();
    let long = "Ysgol Gynradd Llanfairpwllgwyngyllgogerychwyrndrobwll";
    for name in ["Elmfield School", long] {
        let state = state(name, "x");
        let words = Words { state: &state, school: name, zone: &zone };
        let message = Message::PageWord { trip: museum() };
        assert_eq!(words.text(&message, None), None, "no code, no text");
        let said = words.text(&message, Some("KXQT-7M4P")).unwrap();
        assert!(
            said.contains(": KXQT-7M4P is the code that opens ") && said.ends_with("ring the office."),
            "{said}"
        );
        assert_eq!(gsm::parts(&said), (gsm::Encoding::Gsm7, 1), "{said}");
    }
}

/// A school phone on no trip is not a stranger; who calls for help from it is told that it was heard.
#[test]
fn a_school_phone_on_no_trip_reads_that_nothing_was_checked_in() {
    let (zone, state) = (SchoolZone::london(), state("Museum walk", "x"));
    let words = Words { state: &state, school: "Elmfield", zone: &zone };
    let said = |called_for_help| words.text(&Message::NoTrip { called_for_help }, None).unwrap();
    assert!(said(false).starts_with(
        "Elmfield: This phone is with no trip, so nothing was checked in. In danger, dial 999."
    ));
    assert!(said(true).starts_with("Elmfield: IN DANGER? DIAL 999 FIRST. The school is being alerted now."));
    let count = words.text(&Message::CountNeeded {}, None).unwrap();
    assert!(count.ends_with("Count everyone, then reply such as OK 31 or ARRIVED 31."), "{count}");
}

/// A title that is too long for a text ends after a word, and one sees that it goes on.
#[test]
fn a_long_title_is_cut_after_a_word_and_marked() {
    for (title, shown) in [
        ("City Museum and Galleries", "City Museum and..."),
        ("Year 6 walk to City Museum", "Year 6 walk to City..."),
        ("Walk to the City Museum!", "Walk to the City Museum!"),
        ("Zoo, park - and the long way home", "Zoo, park - and the..."),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwll", "Llanfairpwllgwyngyllg..."),
        ("Ynys M\u{F4}n \u{2013} traeth a chastell", "Ynys Mon - traeth a..."),
    ] {
        assert_eq!(gsm::shortened(title, 24), shown);
        assert_eq!(gsm::parts(shown), (gsm::Encoding::Gsm7, 1));
        assert!(shown.len() <= 24);
        let (zone, state) = (SchoolZone::london(), state(title, "Missed check-in, due 09:00"));
        let words = Words { state: &state, school: "Elmfield", zone: &zone };
        let said = words.text(&alert(), None).unwrap();
        assert!(said.contains(&format!("({shown})")), "{said}");
    }
}

/// CHECK-5: whoever is told again reads what is new; the case stays what it was to everybody else.
#[test]
fn an_alert_about_one_reason_says_that_reason() {
    let (zone, state) = (SchoolZone::london(), state("Museum walk", "Missed check-in, due 09:00"));
    let words = Words { state: &state, school: "Elmfield", zone: &zone };
    let again = Message::Alert { case: case(), about: Some(label("Count 14, expected 16")) };
    let said = words.text(&again, None).unwrap();
    assert_eq!(said, "Elmfield: ALERT Count 14, expected 16 (Museum walk). Reply 417 to take it.");
    assert!(words.spoken_alert(&again).unwrap().contains("Count 14, expected 16"));
    assert!(words.spoken_alert(&alert()).unwrap().contains("Missed check-in"));
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
