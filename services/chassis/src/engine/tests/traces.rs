//! Which trace entries belong to.

use proto::trace::TraceId;

use super::*;

const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The traces of the entries and answers of the open batch, and what is kept of them.
fn traces(engine: &mut Engine<Counter>) -> (Vec<Option<TraceId>>, Vec<Option<String>>) {
    let batch = engine.close_batch();
    engine.committed();
    let answered = batch.outputs.iter().filter_map(|output| match output {
        Output::Answer { trace, .. } => Some(*trace),
        Output::AskReplay { .. } | Output::Retain(_) | Output::Trouble(_) => None,
    });
    let traces = batch.entries.iter().map(Entry::trace).chain(answered).collect();
    assert!(batch.events.iter().zip(&batch.entries).all(|(event, entry)| event.trace == entry.trace()));
    (traces, batch.entries.into_iter().map(|entry| entry.traceparent).collect())
}

#[test]
fn a_command_that_brings_no_trace_is_one_by_itself() {
    let mut engine = engine();
    engine.command(&tester(), &command(9, "Add", r#"{"number":5,"trip":null}"#), at(NINE));
    let own = TraceId::of_cause(Uuid::from_u128(9));
    assert_eq!(traces(&mut engine), (vec![own, own], vec![None]), "nothing is kept: it follows from the id");
    let brings_its_own = CommandEnvelope {
        traceparent: own.map(|trace| trace.traceparent(Uuid::nil())),
        ..command(9, "Add", r#"{"number":6,"trip":null}"#)
    };
    engine.command(
        &tester(),
        &CommandEnvelope { id: command(10, "", "{}").id, ..brings_its_own.clone() },
        at(NINE),
    );
    assert_eq!(traces(&mut engine), (vec![own, own], vec![brings_its_own.traceparent]));
}

#[test]
fn a_command_stays_in_the_trace_that_it_brings() {
    let mut engine = engine();
    let given = |text: &str, id| CommandEnvelope {
        traceparent: Some(text.to_owned()),
        ..command(id, "Add", r#"{"number":5,"trip":null}"#)
    };
    engine.command(&tester(), &given(GIVEN, 9), at(NINE));
    let trace = TraceId::of_traceparent(GIVEN);
    assert!(trace.is_some());
    assert_eq!(traces(&mut engine), (vec![trace, trace], vec![Some(GIVEN.to_owned())]));
    engine.command(&tester(), &given("a stranger's words", 10), at(NINE));
    let own = TraceId::of_cause(Uuid::from_u128(10));
    assert_eq!(traces(&mut engine), (vec![own, own], vec![None]));
}

#[test]
fn news_stays_in_the_trace_that_it_comes_in() {
    let mut engine = engine();
    let correlation = TraceId::of_cause(Uuid::from_u128(3));
    engine.hear(&[person_left(1)], at(NINE));
    assert_eq!(traces(&mut engine), (vec![correlation], vec![None]), "of an older Homeward");
    let derived = correlation.map(|trace| trace.traceparent(Uuid::from_u128(77)));
    engine.hear(&[EventEnvelope { traceparent: derived, ..person_left(2) }], at(NINE));
    assert_eq!(traces(&mut engine), (vec![correlation], vec![None]));
    engine.hear(&[EventEnvelope { traceparent: Some(GIVEN.to_owned()), ..person_left(3) }], at(NINE));
    assert_eq!(traces(&mut engine), (vec![TraceId::of_traceparent(GIVEN)], vec![Some(GIVEN.to_owned())]));
}
