//! `<Dial>`: a caller is put through, one after another or all at once.

use handsets::{CallBehaviour, CallStatus};

use crate::app::{Bench, DEPUTY, LANDLINE, LEADER};

const PARENT: &str = "+447700900301";
const WHISPER: &str =
    "<Gather numDigits=\"1\" action=\"/accepted\"><Say>A parent is calling. Press 1.</Say></Gather><Hangup/>";

fn dial(attributes: &str, numbers: &[&str]) -> String {
    let numbers: String =
        numbers.iter().map(|number| format!("<Number url=\"/whisper\">{number}</Number>")).collect();
    format!("<Dial action=\"/next\" callerId=\"+441632960000\" {attributes}>{numbers}</Dial>")
}

#[tokio::test]
async fn the_one_who_presses_1_is_joined_and_the_others_stop_ringing() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("", &[LEADER, DEPUTY]));
    bench.says("/whisper", WHISPER);
    bench.says("/accepted", "");
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    let leader = bench.handsets.handset(LEADER).ringing_call().await;
    let deputy = bench.handsets.handset(DEPUTY).ringing_call().await;
    deputy.answer().await;
    deputy.hears("A parent is calling").await;
    assert_eq!(leader.status(), CallStatus::Ringing);
    deputy.press("1").await;
    assert_eq!(leader.ended().await, CallStatus::Canceled);
    assert_eq!(caller.transcript().last().unwrap().words, format!("You are through to {DEPUTY}"));
    assert_eq!(bench.values("/whisper", "ParentCallSid"), [caller.sid()]);
    deputy.hang_up().await;
    let next = &bench.posted("/next")[0];
    assert_eq!(
        ["DialCallStatus", "DialBridged", "DialCallSid"].map(|key| next.value(key)),
        ["completed", "true", deputy.sid()]
    );
    assert_eq!(caller.ended().await, CallStatus::Completed);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn one_after_another_until_a_person_takes_it() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("sequential=\"true\"", &[LANDLINE, LEADER, DEPUTY]));
    bench.says("/whisper", WHISPER);
    bench.says("/accepted", "");
    bench.handsets.set_behaviour(LANDLINE, CallBehaviour::Busy);
    bench.handsets.set_behaviour(LEADER, CallBehaviour::Voicemail);
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    assert_eq!(bench.handsets.handset(LANDLINE).expects_call().await.status(), CallStatus::Busy);
    // The machine heard the whisper and pressed nothing.
    assert_eq!(bench.handsets.handset(LEADER).expects_call().await.status(), CallStatus::Completed);
    let deputy = bench.handsets.handset(DEPUTY).answers().await;
    deputy.press("1").await;
    caller.hang_up().await;
    assert_eq!(deputy.ended().await, CallStatus::Completed);
    assert_eq!(caller.ended().await, CallStatus::Completed);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_machine_that_answers_is_told_as_unbridged() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("", &[LEADER]));
    bench.says("/whisper", WHISPER);
    bench.says("/next", "<Say>Nobody can take your call.</Say>");
    bench.handsets.set_behaviour(LEADER, CallBehaviour::Voicemail);
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    let next = &bench.posted("/next")[0];
    assert_eq!(["DialCallStatus", "DialBridged"].map(|key| next.value(key)), ["completed", "false"]);
    assert_eq!(caller.heard(), "Nobody can take your call.");
    bench.handsets.handset(LEADER).expects_call().await;
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_stops_the_ringing() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("", &[LEADER]));
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    let leader = bench.handsets.handset(LEADER).ringing_call().await;
    caller.hang_up().await;
    assert_eq!((leader.ended().await, bench.posted("/next").len()), (CallStatus::Canceled, 0));
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn one_who_declines_is_told_as_busy() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("", &[LEADER]));
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    bench.handsets.handset(LEADER).ringing_call().await.reject_busy().await;
    assert_eq!(bench.values("/next", "DialCallStatus"), ["busy"]);
    assert!(caller.ended().await.is_over());
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn that_a_caller_has_hung_up_is_told_where_the_number_says() {
    let bench = Bench::start().await;
    bench.says("/voice", &dial("", &[LEADER]));
    bench.handsets.set_hang_up_webhook(&bench.url("/over"));
    let caller = bench.handsets.handset(PARENT).rings_school_withheld().await;
    let leader = bench.handsets.handset(LEADER).ringing_call().await;
    caller.hang_up().await;
    leader.ended().await;
    caller.ended().await;
    let over = &bench.posted("/over")[0];
    assert_eq!(
        ["CallSid", "CallStatus", "From"].map(|key| over.value(key)),
        [caller.sid(), "completed", "+266696687"]
    );
    assert_eq!(bench.posted("/over").len(), 1);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn no_account_shows_another_ones_number() {
    let bench = Bench::start().await;
    bench.says("/voice", "<Dial callerId=\"+441632960777\"><Number>+447700900101</Number></Dial>");
    let caller = bench.handsets.handset(PARENT).rings_school().await;
    caller.hang_up().await;
    let violations = bench.handsets.contract_violations();
    assert!(violations.iter().any(|v| v.complaint.contains("13214")), "{violations:#?}");
}
