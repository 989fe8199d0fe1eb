//! A duress word alerts base alone: nothing reaches, or shows on, the trip's phones. [CHECK-6]

use proto::v1::alerts::*;
use proto::v1::gateway::Meaning;

use crate::cast::*;

fn is_of_the_trip(to: &(Recipient, Channel)) -> bool {
    [okafor(), lind(), abara()].iter().any(|p| to.0 == Recipient::Person(*p))
}

/// CHECK-6: a duress word tells office, DSL and senior at once, and nobody on the trip, however long it lasts.
#[test]
fn a_duress_word_tells_base_alone() {
    let (story, events) = out().hears(duress()).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10), (Rung::Dsl, 1, 10), (Rung::Senior, 1, 10)]);
    let (_, later) = story.passes_to("12:00");
    assert!(rungs(&later).len() > 30);
    assert!(!told(&events).iter().chain(&told(&later)).any(is_of_the_trip));
}

/// CHECK-6: later reasons of the same case don't reach the trip's phones either, be it a call for help.
#[test]
fn beside_a_duress_word_no_reason_reaches_the_trip() {
    let (story, _) = out().hears(duress()).allowed().events_now();
    let story = story.at_time("10:20").hears(missed()).allowed().hears(help()).allowed();
    let (_, events) = story.passes_to("11:00");
    assert!(!events.is_empty() && !told(&events).iter().any(is_of_the_trip));
}

/// CHECK-6: base's text owns no duress word either. To a phone of the trip a code says the same as if there were none: taken
/// beside a miss, not taken beside a call for help.
#[test]
fn a_text_owns_nothing_beside_a_duress_word_and_the_trip_is_answered_as_without_one() {
    let not_enough = |events: &[Event]| matches!(events, [Event::ReplyNotEnough { .. }]);
    let set_aside = |events: &[Event]| matches!(events, [Event::ReplySetAside { .. }]);
    let (story, _) = missed_and_told().hears(duress()).allowed().events_now();
    let code = story.case().code;
    let owns = |person, number| text(person, number, Meaning::Owns { code });
    let story = story.hears(owns(tan(), 1)).then_events(|events| assert!(not_enough(events), "{events:?}"));
    let story = story.hears(owns(okafor(), 2)).then_events(|events| assert!(set_aside(events), "{events:?}"));
    assert_eq!(story.case().owner(), None);
    let story = story.hears(help()).allowed();
    story.hears(owns(okafor(), 3)).then_events(|events| assert!(not_enough(events), "{events:?}"));
}

/// CHECK-6: a ladder that was under way among the trip's staff leaves them at once.
#[test]
fn a_duress_word_takes_the_ladder_away_from_the_trip() {
    let (story, events) = missed_and_told().hears(duress()).allowed().passes_to("10:12");
    assert_eq!(rungs(&events), [(Rung::Office, 2, 10), (Rung::Dsl, 2, 10), (Rung::Senior, 2, 10)]);
    assert!(!told(&events).iter().any(is_of_the_trip), "the leader's call, due at 10:11, isn't made");
    let text = notice_to(story.case(), texted(okafor()));
    let case = story.case().case;
    story.hears(failed(case, &text)).then([Event::NoticeFailed {
        case,
        trip: Some(museum()),
        attempt: text.attempt,
        at: at("10:12"),
    }]);
}

/// CHECK-6: a code from the trip's phones is answered as if it had been taken, and owns nothing; base can own, by key or click.
#[test]
fn a_reply_from_the_trip_owns_nothing_beside_a_duress_word() {
    let story = missed_and_told().hears(duress()).allowed();
    let (case, code) = (story.case().case, story.case().code);
    let story = story.hears(text(okafor(), 1, Meaning::Owns { code })).then([Event::ReplySetAside {
        case,
        trip: Some(museum()),
        inbound: inbound(1),
        device: phone_of(okafor()),
        code,
    }]);
    assert_eq!(story.case().owner(), None);
    let story =
        story.hears(crate::owning::key_pressed(case, Recipient::Person(okafor()), '1')).nothing_happens();
    let story = story.hears(crate::owning::key_pressed(case, Recipient::Person(tan()), '1')).allowed();
    assert_eq!(story.case().owner(), Some(tan()));
}

/// CHECK-6: to the trip's staff the case doesn't exist: they can't own, resolve or note it, and their page shows none.
#[test]
fn the_trips_staff_do_not_know_of_the_case() {
    let story = missed_and_told();
    assert!(alerts::view::for_trip_staff(&story.state, museum()).is_some());
    let story = story.hears(duress()).allowed();
    assert!(alerts::view::for_trip_staff(&story.state, museum()).is_none());
    let case = story.case().case;
    let unknown = || Refusal::UnknownCase { case };
    let story = story.by_person(okafor()).when(Command::OwnCase { case }).refused(unknown());
    let story = story.when(Command::HandBackCase { case }).refused(unknown());
    let story = story.when(Command::ResolveCase { case, reason: note("All well") }).refused(unknown());
    story.when(Command::AddNote { case, note: note("All well") }).refused(unknown());
}

/// CHECK-6: a check-in resolves what was missed, never the duress word; a person of base does, with a reason.
#[test]
fn a_duress_word_is_resolved_by_a_person_of_base_alone() {
    let story = missed_and_told().hears(duress()).allowed();
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    let story = story.at_time("16:00").hears(closed()).allowed();
    assert_eq!(story.case().reasons.len(), 1);
    let case = story.case().case;
    let story = story.by_person(rahman());
    let story = story.when(Command::ResolveCase { case, reason: note("Police have them") }).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// CHECK-6: whoever of the trip owned it before the word came no longer does.
#[test]
fn a_duress_word_ends_the_ownership_of_the_leader() {
    let story = missed_and_told();
    let code = story.case().code;
    let story = story.hears(text(okafor(), 1, Meaning::Owns { code })).allowed();
    assert_eq!(story.case().owner(), Some(okafor()));
    let story = story.hears(duress()).allowed();
    assert_eq!(story.case().owner(), None);
}
