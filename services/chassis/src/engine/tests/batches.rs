//! What is closed together, and what is written down between batches.

use decider::Retained;

use super::*;

fn close(engine: &mut Engine<Counter>) -> Batch<Counter> {
    let batch = engine.close_batch();
    engine.committed();
    batch
}

#[test]
fn a_summary_is_written_once_for_a_batch_as_it_then_stands() {
    let mut engine = engine();
    for id in 1..=3 {
        engine.command(&tester(), &command(id, "Add", r#"{"number":5,"trip":null}"#), at(NINE));
    }
    let summaries = |batch: Batch<Counter>| -> Vec<Output> {
        batch.outputs.into_iter().filter(|output| matches!(output, Output::Retain(_))).collect()
    };
    assert_eq!(summaries(close(&mut engine)), [Output::Retain(Retained::Alarm("15".into()))]);
    engine.command(&tester(), &command(9, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#), at(NINE));
    assert_eq!(summaries(close(&mut engine)), [], "nothing in it changed");
}

#[test]
fn where_very_much_falls_due_at_once_the_first_is_committed_first() {
    let mut engine = engine();
    let rings = MAX_TICK_EVENTS + 7;
    let data = format!(r#"{{"at":"2026-11-20T09:00:05Z","rings":{rings}}}"#);
    ask(&mut engine, &command(1, "SetAlarm", &data));
    let due = at("2026-11-20T09:00:05Z");
    engine.tick(due);
    assert_eq!(close(&mut engine).events.len(), MAX_TICK_EVENTS);
    assert_eq!(engine.next_due(), Some(due), "the rest is due now");
    engine.tick(due);
    assert_eq!(close(&mut engine).events.len(), 7);
    assert_eq!(engine.next_due(), None);
}

#[test]
fn an_outage_is_told_to_all_that_fell_due_in_it_in_one_batch() {
    let mut engine = engine();
    let rings = MAX_TICK_EVENTS + 7;
    let data = format!(r#"{{"at":"2026-11-20T09:05:00Z","rings":{rings}}}"#);
    ask(&mut engine, &command(1, "SetAlarm", &data));
    engine.clock_stepped(at(NINE), at("2026-11-20T10:00:00Z"));
    engine.tick(at("2026-11-20T10:00:00Z"));
    let told = close(&mut engine).events;
    assert_eq!(told.len(), rings);
    assert!(told.iter().all(|recorded| recorded.event == Did::Rang { outage: true }));
}

#[test]
fn nothing_speculative_is_written_down() {
    let mut engine = engine();
    assert!(engine.freeze().is_ok());
    engine.command(&tester(), &command(1, "Add", r#"{"number":5,"trip":null}"#), at(NINE));
    assert!(matches!(engine.freeze(), Err(BadSnapshot::Speculative)), "a batch is open");
    engine.close_batch();
    assert!(matches!(engine.freeze(), Err(BadSnapshot::Speculative)), "it is on its way");
    engine.committed();
    assert!(engine.freeze().is_ok());
    engine.failed();
    assert!(matches!(engine.freeze(), Err(BadSnapshot::Speculative)), "it is to be rebuilt");
}

#[test]
fn what_is_written_down_is_state_and_memory_and_a_wrong_one_changes_nothing() {
    let mut written = engine();
    let added = command(1, "Add", r#"{"number":5,"trip":null}"#);
    let (first, _) = ask(&mut written, &added);
    let bytes = written.freeze().expect("no batch is open");
    let (seq, hash) = (written.chain().seq, written.chain().hash);
    let mut engine = engine();
    let mut damaged = bytes.clone();
    *damaged.last_mut().expect("it isn't empty") ^= 1;
    assert!(matches!(engine.thaw(seq, hash, &damaged), Err(BadSnapshot::Damaged)));
    assert_eq!((engine.state().total, engine.chain().seq), (0, 0));
    engine.thaw(seq, hash, &bytes).expect("it can be read");
    assert_eq!((engine.state(), engine.chain()), (written.state(), written.chain()));
    let (again, events) = ask(&mut engine, &added);
    assert_eq!((again, events), (first, vec![]), "the command is remembered");
}

/// CHECK-3, HW-B1: by a bug of a decider something is due, and nothing follows from it. That is told, ends the turn, and stops nothing else.
#[test]
fn a_deadline_that_yields_nothing_is_told_and_does_not_spin() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z","rings":0}"#));
    let outputs = engine.tick(at("2026-11-20T09:05:00Z"));
    let [Output::Trouble(trouble)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(*trouble, Trouble::StuckDeadline { service: ServiceName::Checkins });
    assert!(trouble.to_string().starts_with("HW-B1"), "{trouble}");
    let (outcome, did) = ask(&mut engine, &command(2, "Add", r#"{"number":3}"#));
    assert!(matches!(outcome, Outcome::Accepted { .. }) && did.len() == 1, "{outcome:?}");
}
