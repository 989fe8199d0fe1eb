//! Producers that are away, and back.

use super::*;

/// CHECK-3: what falls due while a producer is away whose word is waited for is judged thirty seconds late, with the gap.
#[test]
fn while_a_producer_is_away_what_falls_due_waits_for_thirty_seconds() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    let asked = engine.told_of(ServiceName::People, false, at("2026-11-20T09:01:00Z"));
    assert_eq!(asked, [Output::AskReplay { of: ServiceName::People, from: 1 }], "is anybody there?");
    assert_eq!(engine.next_due(), Some(at("2026-11-20T09:05:30Z")));
    engine.tick(at("2026-11-20T09:05:29Z"));
    assert!(engine.state().alarm_at.is_some(), "a word may wait there");
    engine.tick(at("2026-11-20T09:05:30Z"));
    assert_eq!(
        (engine.state().alarm_at, engine.state().outage_told),
        (None, true),
        "judged, and the gap told"
    );
    ask(&mut engine, &command(2, "SetAlarm", r#"{"at":"2026-11-20T09:20:00Z"}"#));
    assert_eq!(engine.next_due(), Some(at("2026-11-20T09:20:30Z")), "the next one waits as well");
}

/// CHECK-3: it is back once all that it told since was heard: then nothing waits, and there was no gap.
#[test]
fn a_producer_that_is_back_is_heard_before_what_fell_due_is_judged() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    engine.told_of(ServiceName::People, false, at("2026-11-20T09:01:00Z"));
    let back = at("2026-11-20T09:05:10Z");
    let asked = engine.told_of(ServiceName::People, true, back);
    assert_eq!(asked, [Output::AskReplay { of: ServiceName::People, from: 1 }]);
    engine.tick(back);
    assert!(engine.state().alarm_at.is_some(), "to say that it is there is not to be heard");
    engine.hear_head(ServiceName::People, &head(2, person_left(2).entryhash), false);
    engine.hear(&[person_left(1)], back);
    engine.tick(back);
    assert!(engine.state().alarm_at.is_some(), "one number is still missing");
    engine.hear(&[person_left(2)], back);
    assert_eq!(engine.next_due(), Some(at("2026-11-20T09:05:00Z")));
    engine.tick(back);
    assert_eq!((engine.state().alarm_at, engine.state().outage_told), (None, false));
}

/// Of several instances one may stop for good: whoever serves the school answers, and nobody waits.
#[test]
fn a_producer_that_answers_is_not_away_whatever_was_told_of_an_instance() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    engine.told_of(ServiceName::People, false, at(NINE));
    engine.hear_page(&page(vec![], 0), at(NINE));
    assert_eq!(engine.next_due(), Some(at("2026-11-20T09:05:00Z")));
    assert!(engine.told_of(ServiceName::People, true, at(NINE)).is_empty());
    assert!(engine.told_of(ServiceName::Gateway, false, at(NINE)).is_empty(), "its word is not waited for");
}
