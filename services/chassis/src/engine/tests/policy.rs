//! The policy in force is noted in the own journal, and decided by from then on.

use proto::v1::policy::{PolicyNoted, Settings};

use super::*;

fn changed(sequence: u64, when: &str, most: u16) -> EventEnvelope {
    let policy = Policy { passcode_max_age_days: most, ..Policy::default() };
    let event = people::Event::PolicyChanged {
        by: proto::ids::PersonId(Uuid::from_u128(5)),
        agreed_by: None,
        at: at(when),
        preset: None,
        set: Settings::default(),
        settings: policy.settings(),
        reason: "A number that can be seen.".parse().expect("a note"),
    };
    told(sequence, &event)
}

fn add(id: u128, number: u64) -> CommandEnvelope {
    command(id, "Add", &format!(r#"{{"number":{number},"trip":null}}"#))
}

fn kinds(batch: &Batch<Counter>) -> Vec<&str> {
    batch.entries.iter().map(|entry| entry.kind.as_str()).collect()
}

const TEN: &str = "2026-11-20T10:00:00Z";

#[test]
fn a_change_is_an_entry_of_the_own_journal_and_holds_from_then_on() {
    let mut engine = engine();
    assert!(matches!(ask(&mut engine, &add(1, 50)).0, Outcome::Accepted { .. }));
    engine.hear(&[changed(1, NINE, 40)], at(NINE));
    let batch = engine.close_batch();
    engine.committed();
    assert_eq!(kinds(&batch), [PolicyNoted::NAME]);
    assert!(batch.events.is_empty(), "no decider hears of it");
    assert!(matches!(ask(&mut engine, &add(2, 50)).0, Outcome::Refused { .. }), "it holds");
}

#[test]
fn the_journal_alone_says_which_policy_held_after_a_restart_too() {
    let mut before = engine();
    before.hear(&[changed(1, NINE, 40)], at(NINE));
    let batch = before.close_batch();
    before.committed();
    let mut after = engine_with(&[]);
    batch.entries.iter().for_each(|entry| after.replay(entry).expect("it is read"));
    assert_eq!((after.school.policy.passcode_max_age_days, after.chain()), (40, before.chain()));
}

#[test]
fn a_snapshot_keeps_the_policy_that_was_noted() {
    let mut before = engine();
    before.hear(&[changed(1, NINE, 40)], at(NINE));
    before.close_batch();
    before.committed();
    let bytes = before.freeze().expect("nothing is open");
    let mut after = engine_with(&[]);
    after.thaw(before.chain().seq, before.chain().hash, &bytes).expect("it is read");
    assert_eq!(after.school.policy, before.school.policy);
    assert_eq!(after.school.policy.passcode_max_age_days, 40);
}

#[test]
fn history_that_is_heard_again_brings_no_older_policy_back() {
    let mut engine = engine();
    engine.hear(&[changed(1, NINE, 40), changed(2, TEN, 60)], at(TEN));
    engine.hear(&[changed(3, NINE, 40), changed(4, TEN, 60)], at(TEN));
    let batch = engine.close_batch();
    engine.committed();
    assert_eq!(kinds(&batch), [PolicyNoted::NAME, PolicyNoted::NAME], "the same again is no entry");
    assert_eq!(engine.school.policy.passcode_max_age_days, 60);
}

#[test]
fn what_another_service_noted_is_passed_over() {
    let mut engine = engine();
    let mut noted = person_left(1);
    noted.kind = proto::wire::kind(ServiceName::People, PolicyNoted::NAME);
    engine.hear(&[noted, person_left(2)], at(NINE));
    let batch = engine.close_batch();
    engine.committed();
    assert_eq!(kinds(&batch), ["HeardPerson"]);
    assert!(batch.outputs.is_empty(), "{:?}", batch.outputs);
}
