//! Texts that come in: who sent them, what follows.

use proto::ids::InboundId;
use proto::v1::checkins::Word;
use proto::v1::gateway::{Caller, Command, Event, Meaning, Message, Reach, Refusal};
use proto::values::Personal;
use uuid::Uuid;

use super::cast::*;

fn another(n: u64, from: &str, body: &str) -> Command {
    let Command::TakeText { body, duress, received_at, .. } = text(from, body) else { panic!("a text") };
    let inbound = InboundId::derived(Uuid::nil(), 100 + n);
    Command::TakeText {
        inbound,
        provider_id: format!("SM-{n}"),
        from: from.into(),
        body,
        duress,
        received_at,
    }
}

fn received(events: &[Event]) -> (&Caller, &Meaning) {
    let Some(Event::TextReceived { from, meaning, .. }) = events.first() else { panic!("{events:?}") };
    (from, meaning)
}

#[test]
fn a_text_is_of_whoever_holds_the_phone_and_counts_once() {
    let tale = story(trip_out()).when(text(LEADER, "OK 31")).then_events(|events| {
        assert_eq!(events.len(), 1, "checkins answers it");
        let (device, person, trip) = (wm_001(), Some(okafor()), Some(museum()));
        assert_eq!(*received(events).0, Caller::Device { device, person, pupil: None, trip });
    });
    tale.when(text(LEADER, "OK 31")).nothing_happens();
    story(trip_out()).when(text(PUPIL, "SOS")).then_events(|events| {
        assert!(matches!(
            received(events),
            (Caller::Device { pupil: Some(_), person: None, .. }, Meaning::Help {})
        ));
    });
}

/// CHECK-6: a duress word alone is answered like an OK.
#[test]
fn a_text_with_nothing_but_a_duress_word_counts_as_ok() {
    let Command::TakeText { inbound, provider_id, from, body, received_at, .. } = text(LEADER, "(no words)")
    else {
        panic!("a text")
    };
    let duress = Command::TakeText { inbound, provider_id, from, body, duress: true, received_at };
    story(trip_out()).when(duress).then_events(|events| {
        assert_eq!(*received(events).1, Meaning::Says { word: Word::Ok, headcount: None });
    });
}

#[test]
fn a_stranger_is_answered_twice_an_hour() {
    let mut tale = story(trip_out());
    for n in 0..4 {
        tale = tale.when(another(n, STRANGER, "who is this")).then_events(|events| {
            assert_eq!(events.len(), if n < 2 { 2 } else { 1 }, "{events:?}");
            assert_eq!(
                *received(events).0,
                Caller::Stranger { number: Some(Personal::known(STRANGER.into())) }
            );
        });
    }
    let tale = tale.when(another(5, "+447700900556", "hi")).then_events(|events| assert_eq!(events.len(), 2));
    tale.at("2026-11-20T10:00:00Z").when(another(6, STRANGER, "hi")).then_events(|events| {
        assert!(matches!(
            events[1],
            Event::AttemptPlanned { via: Reach::Inbound(_), message: Message::Stranger {}, to: None, .. }
        ));
    });
}

#[test]
fn all_strangers_together_are_answered_sixty_times_an_hour() {
    let mut tale = story(trip_out());
    for n in 0..61_u64 {
        let from = format!("+4477009006{n:02}");
        tale = tale
            .when(another(n, &from, "hi"))
            .then_events(|e| assert_eq!(e.len(), if n < 60 { 2 } else { 1 }));
    }
}

#[test]
fn a_withheld_number_or_a_landline_is_kept_and_not_answered() {
    for from in ["", "anonymous", LANDLINE] {
        story(trip_out())
            .when(text(from, "hello"))
            .then_events(|events| assert_eq!(events.len(), 1, "{from}"));
    }
}

#[test]
fn a_blanked_stranger_is_forgotten_without_harm() {
    let blanked = Event::TextReceived {
        inbound: text_1(),
        provider_id: "SM1".into(),
        from: Caller::Stranger { number: Some(Personal::blanked()) },
        body: Personal::blanked(),
        meaning: Meaning::Unclear {},
        duress: false,
        received_at: at(NOW),
    };
    let tale = story([trip_out(), vec![blanked]].concat()).when(text(STRANGER, "hi")).nothing_happens();
    assert_eq!(tale.state.number_of(Reach::Inbound(text_1())), None);
}

#[test]
fn stop_and_start_are_noted_once() {
    let out = Event::OptedOut { device: wm_001(), person: Some(okafor()) };
    let back = Event::OptedIn { device: wm_001(), person: Some(okafor()) };
    let tale = story(trip_out()).when(another(1, LEADER, "STOP")).then_events(|e| assert_eq!(e[1], out));
    let tale = tale.when(another(2, LEADER, "stop")).then_events(|e| assert_eq!(e.len(), 1));
    let tale = tale.when(another(3, LEADER, "START")).then_events(|e| assert_eq!(e[1], back));
    tale.when(another(4, LEADER, "START")).then_events(|e| assert_eq!(e.len(), 1));
}

#[test]
fn a_phone_on_no_trip_is_told_where_to_turn_unless_its_duty_is_tested() {
    let tale = story(trip_out()).when(another(1, BASE, "OK")).then_events(|events| {
        assert!(
            matches!(
                events[1],
                Event::AttemptPlanned { message: Message::NoTrip { called_for_help: false }, .. }
            ),
            "{events:?}"
        );
    });
    let tale = tale.when(another(4, BASE, "OK 99999")).then_events(|events| {
        assert!(matches!(events[1], Event::AttemptPlanned { message: Message::NoTrip { .. }, .. }));
    });
    let tale = tale.when(another(3, BASE, "SOS")).then_events(|events| {
        assert!(
            matches!(
                events[1],
                Event::AttemptPlanned { message: Message::NoTrip { called_for_help: true }, .. }
            ),
            "alerts hears it: {events:?}"
        );
    });
    tale.when(another(2, BASE, "417")).then_events(|e| assert_eq!(e.len(), 1, "alerts answers a code"));
    let mut test = planned(
        first(),
        proto::v1::alerts::Channel::Text,
        Message::DutyTest { answer_by: at("2026-11-20T20:00:00Z") },
    );
    if let Event::AttemptPlanned { to, via, .. } = &mut test {
        *to = Some(proto::v1::alerts::Recipient::Person(hale()));
        *via = Reach::Device(wm_002());
    }
    let asked = story([trip_out(), vec![test]].concat());
    asked.when(another(3, BASE, "OK")).then_events(|e| assert_eq!(e.len(), 1, "people answers it"));
}

#[test]
fn what_no_provider_would_send_is_refused() {
    let long = "1".repeat(101);
    story([]).when(text(&long, "hi")).refused(Refusal::TooLong { max: 100 });
}
