//! Producers whose journal is not the one that was heard: restored from a back-up, or promoted without its last entries.

use super::*;

/// An entry that stands in the place of another.
fn instead(sequence: u64) -> EventEnvelope {
    EventEnvelope {
        entryhash: proto::envelope::Hash::of(&[7, sequence.to_be_bytes()[7]]),
        id: Uuid::from_u128(2000 + u128::from(sequence)),
        ..person_left(sequence)
    }
}

fn heard(count: u64) -> Engine<Counter> {
    let mut engine = engine();
    engine.hear(&(1..=count).map(person_left).collect::<Vec<_>>(), at(NINE));
    engine
}

fn is_stopped(outputs: &[Output]) -> bool {
    matches!(outputs, [Output::Trouble(Trouble::Divergence(_))])
}

/// It lost entries while we were away, and has written as many others, and more.
#[test]
fn a_journal_that_lost_entries_and_outgrew_what_was_heard_is_noticed() {
    let mut engine = heard(3);
    engine.disconnected(at(NINE));
    assert_eq!(engine.connected(at(NINE)), [(ServiceName::People, 3)], "from the entry that was heard last");
    let outputs = engine.hear_page(&page(vec![instead(3), instead(4)], 4), at(NINE));
    assert!(is_stopped(&outputs), "{outputs:?}");
    assert_eq!(engine.state().heard, 3, "no new number is taken for an old one");
    assert_eq!(engine.unfollowed().collect::<Vec<_>>(), [ServiceName::People]);
}

#[test]
fn an_event_that_comes_before_the_page_hides_nothing() {
    let mut engine = heard(3);
    engine.connected(at(NINE));
    engine.hear(&[instead(4)], at(NINE));
    let outputs = engine.hear_page(&page(vec![instead(3), instead(4)], 4), at(NINE));
    assert!(is_stopped(&outputs), "{outputs:?}");
}

#[test]
fn one_that_ends_before_what_was_heard_is_noticed_and_one_that_ends_there_is_not() {
    let mut engine = heard(3);
    engine.connected(at(NINE));
    assert!(engine.hear_page(&page(vec![person_left(3)], 3), at(NINE)).is_empty());
    assert!(engine.caught_up());
    engine.connected(at(NINE));
    let outputs = engine.hear_page(&page_from(3, vec![], 2), at(NINE));
    assert!(is_stopped(&outputs), "{outputs:?}");
}

/// A head that grew meanwhile, told by whoever was restored while we stayed connected.
#[test]
fn a_head_that_is_ahead_is_followed_from_what_was_heard_last() {
    let mut engine = heard(3);
    let asked = Output::AskReplay { of: ServiceName::People, from: 3 };
    assert_eq!(engine.hear_head(ServiceName::People, &head(5, instead(5).entryhash), false), [asked]);
    assert_eq!(engine.ask_again(ServiceName::People), Some(3), "as long as it isn't answered");
    let outputs = engine.hear_page(&page(vec![instead(3), instead(4), instead(5)], 5), at(NINE));
    assert!(is_stopped(&outputs), "{outputs:?}");
}

/// A broker keeps the head of before a restore; who was restored with its producer must not stop at it.
#[test]
fn a_retained_head_of_another_epoch_stops_nobody_the_page_that_answers_does() {
    let mut engine = heard(2);
    let before = Head { epoch: Uuid::from_u128(9), ..head(7, instead(7).entryhash) };
    let outputs = engine.hear_head(ServiceName::People, &before, true);
    assert_eq!(outputs, [Output::AskReplay { of: ServiceName::People, from: 2 }]);
    assert!(engine.hear_page(&page(vec![person_left(2)], 2), at(NINE)).is_empty());
    engine.hear(&[person_left(3)], at(NINE));
    assert_eq!(engine.state().heard, 3, "it goes on");
    let outputs = engine.hear_head(ServiceName::People, &Head { epoch: Uuid::from_u128(9), ..before }, false);
    assert!(is_stopped(&outputs), "told now, it counts: {outputs:?}");
}
