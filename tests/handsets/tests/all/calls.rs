//! The life of a call, and menus.

use handsets::{CallStatus, Pace};

use crate::app::{Bench, LANDLINE, LEADER, SCHOOL};

const MENU: &str = "<Gather numDigits=\"1\" timeout=\"8\" action=\"/pressed?attempt=8\"><Say>Year 7 is late. Press 1 to take it.</Say></Gather><Say>Goodbye.</Say>";

#[tokio::test]
async fn a_call_is_answered_and_a_key_takes_it() {
    let bench = Bench::start().await;
    bench.says("/alert", MENU);
    bench.says("/pressed", "<Say>Thank you. It is yours.</Say><Hangup/>");
    let (status, call) = bench.call(LEADER).await;
    assert_eq!(
        (status, call["status"].as_str(), call["direction"].as_str()),
        (201, Some("queued"), Some("outbound-api"))
    );
    let call = bench.handsets.handset(LEADER).ringing_call().await;
    assert_eq!(call.status(), CallStatus::Ringing);
    call.answer().await;
    call.hears("Year 7 is late").await;
    assert_eq!(bench.values("/alert", "CallStatus"), ["in-progress"]);
    call.press("1").await;
    assert_eq!(call.ended().await, CallStatus::Completed);
    assert_eq!(call.heard(), "Year 7 is late. Press 1 to take it. Thank you. It is yours.");
    assert_eq!(
        (bench.values("/pressed", "Digits"), bench.posted("/pressed")[0].query.as_str()),
        (vec!["1".to_owned()], "attempt=8")
    );
    assert_eq!(bench.values("/progress", "CallStatus"), ["initiated", "ringing", "in-progress", "completed"]);
    assert_eq!(bench.values("/progress", "SequenceNumber"), ["0", "1", "2", "3"]);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_menu_without_a_key_falls_through() {
    let bench = Bench::start().await;
    bench.says("/alert", MENU);
    bench.call(LEADER).await;
    let call = bench.handsets.handset(LEADER).answers().await;
    call.stays_silent().await;
    assert!(call.heard().ends_with("Goodbye."));
    assert_eq!((call.status(), bench.posted("/pressed").len()), (CallStatus::Completed, 0));
}

#[tokio::test]
async fn an_empty_menu_is_told_where_asked_for() {
    let bench = Bench::start().await;
    bench.says(
        "/alert",
        "<Gather action=\"/pressed\" actionOnEmptyResult=\"true\"><Say>Press.</Say></Gather>",
    );
    bench.call(LEADER).await;
    bench.handsets.handset(LEADER).answers().await.stays_silent().await;
    assert_eq!(bench.values("/pressed", "Digits"), [""]);
}

#[tokio::test]
async fn several_keys_end_with_the_hash() {
    let bench = Bench::start().await;
    bench.says("/alert", "<Gather action=\"/pressed\"><Say>How many?</Say></Gather>");
    bench.call(LEADER).await;
    bench.handsets.handset(LEADER).answers().await.press("24#").await;
    assert_eq!(bench.values("/pressed", "Digits"), ["24"]);
}

#[tokio::test]
async fn a_call_is_declined_rings_out_or_is_put_down() {
    let bench = Bench::start().await;
    bench.says("/alert", MENU);
    let leader = bench.handsets.handset(LEADER);
    bench.call(LEADER).await;
    let call = leader.ringing_call().await;
    call.reject_busy().await;
    assert_eq!(call.status(), CallStatus::Busy);
    bench.call(LEADER).await;
    let call = leader.ringing_call().await;
    call.rings_out().await;
    assert_eq!(call.status(), CallStatus::NoAnswer);
    bench.call(LEADER).await;
    let call = leader.answers().await;
    call.hang_up().await;
    assert_eq!(call.status(), CallStatus::Completed);
    let last: Vec<String> = bench
        .posted("/progress")
        .iter()
        .map(|posted| posted.value("CallStatus").to_owned())
        .filter(|s| ["busy", "no-answer", "completed"].contains(&s.as_str()))
        .collect();
    assert_eq!(last, ["busy", "no-answer", "completed"]);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_ringing_call_is_cancelled_and_an_answered_one_is_ended_over_rest() {
    let bench = Bench::start().await;
    bench.says("/alert", MENU);
    let leader = bench.handsets.handset(LEADER);
    for (answered, ask, becomes) in [(false, "canceled", "canceled"), (true, "completed", "completed")] {
        bench.call(LEADER).await;
        let call = leader.ringing_call().await;
        if answered {
            call.answer().await;
        }
        let file = format!("Calls/{}.json", call.sid());
        assert_eq!(bench.post(&file, &[("Status", ask)]).await.1["status"], becomes);
        call.ended().await;
        assert_eq!(bench.values("/progress", "CallStatus").last().unwrap(), becomes);
        assert_eq!(bench.post(&file, &[("Status", ask)]).await.1["code"], 21220);
        assert_eq!(bench.get(&file).await["status"], becomes);
    }
    assert_eq!(bench.get("Calls.json?Status=canceled").await["calls"].as_array().unwrap().len(), 1);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_call_with_its_words_in_the_request_asks_nobody() {
    let bench = Bench::at_pace(Pace::Manual).await;
    let twiml = "<Response><Say>This is a test call.</Say></Response>";
    bench.post("Calls.json", &[("To", LANDLINE), ("From", SCHOOL), ("Twiml", twiml)]).await;
    bench.handsets.run().await;
    let call = bench.handsets.handset(LANDLINE).answers().await;
    assert_eq!((call.status(), call.heard().as_str()), (CallStatus::Completed, "This is a test call."));
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_script_that_redirects_for_ever_is_ended() {
    let bench = Bench::start().await;
    bench.says("/alert", "<Redirect>/alert</Redirect>");
    bench.call(LEADER).await;
    assert_eq!(bench.handsets.handset(LEADER).answers().await.status(), CallStatus::Completed);
    assert_eq!(bench.posted("/alert").len(), 100);
    assert_eq!(bench.handsets.contract_violations().len(), 1);
}

#[tokio::test]
async fn a_handset_rings_the_school() {
    let bench = Bench::start().await;
    bench.says(
        "/voice",
        "<Gather numDigits=\"1\" action=\"/pressed\"><Say>Homeward. Press 1 to check in.</Say></Gather>",
    );
    bench.says("/pressed", "<Say>Checked in.</Say>");
    let call = bench.handsets.handset(LEADER).rings_school().await;
    let posted = &bench.posted("/voice")[0];
    assert_eq!(
        ["From", "To", "CallStatus", "Direction"].map(|key| posted.value(key)),
        [LEADER, SCHOOL, "ringing", "inbound"]
    );
    call.hears("Press 1").await;
    call.press("1").await;
    assert_eq!((call.status(), call.heard().ends_with("Checked in.")), (CallStatus::Completed, true));
    bench.says("/voice", "<Reject reason=\"busy\"/>");
    let call = bench.handsets.handset(LEADER).rings_school().await;
    assert_eq!(call.ended().await, CallStatus::Busy);
    bench.handsets.expect_nothing_more().await;
}
