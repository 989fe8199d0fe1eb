//! What goes wrong on demand.

use std::time::Duration;

use handsets::{CallBehaviour, CallStatus, Failure, Order, Post, TextBehaviour, TextStatus, Treatment};

use crate::app::{Bench, LEADER, SCHOOL};

#[tokio::test]
async fn the_next_requests_are_refused_undone_and_then_it_works() {
    let bench = Bench::start().await;
    bench.handsets.fail_next(2, Failure::TooManyRequests);
    bench.handsets.fail_next(1, Failure::ServerError);
    bench.handsets.fail_next(1, Failure::Refuse(21408));
    for (status, code) in [(429, 20429), (429, 20429), (500, 20500), (400, 21408)] {
        let (answered, body) = bench.text(LEADER, "Hello").await;
        assert_eq!((answered, body["code"].as_u64()), (status, Some(code)));
    }
    assert!(bench.handsets.handset(LEADER).texts().is_empty());
    assert_eq!(bench.text(LEADER, "Hello").await.0, 201);
}

#[tokio::test]
async fn a_text_can_be_accepted_though_the_answer_is_an_error() {
    let bench = Bench::start().await;
    bench.handsets.fail_next(1, Failure::AcceptThenServerError);
    assert_eq!(bench.text(LEADER, "Did it go?").await.0, 503);
    bench.handsets.handset(LEADER).expects_text("Did it go?").await;
    bench.handsets.settled().await;
    assert_eq!(bench.values("/status", "MessageStatus"), ["sent", "delivered"]);
    // It can be found by its number.
    let found = bench.get("Messages.json?To=%2B447700900101").await;
    assert_eq!(found["messages"][0]["body"], "Did it go?");
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_text_can_be_accepted_though_no_answer_comes() {
    let bench = Bench::start().await;
    let form = [("To", LEADER), ("From", SCHOOL), ("Body", "Hello?")];
    bench.handsets.fail_next(1, Failure::AcceptThenHang);
    let request =
        bench.request(reqwest::Method::POST, "Messages.json").form(&form).timeout(Duration::from_millis(300));
    assert!(request.send().await.unwrap_err().is_timeout());
    bench.handsets.handset(LEADER).expects_text("Hello?").await;
    bench.handsets.fail_next(1, Failure::AcceptThenCutOff);
    let broken = async {
        bench.request(reqwest::Method::POST, "Messages.json").form(&form).send().await?.text().await
    };
    assert!(broken.await.is_err());
    bench.handsets.handset(LEADER).expects_text("Hello?").await;
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn texts_to_a_number_fail_as_it_is_told() {
    let bench = Bench::start().await;
    let leader = bench.handsets.handset(LEADER);
    bench.handsets.set_behaviour(LEADER, TextBehaviour::Undelivered(30003));
    bench.text(LEADER, "Switched off").await;
    assert_eq!(leader.expects_lost_text("Switched off").await.error_code, Some(30003));
    bench.handsets.settled().await;
    assert_eq!(bench.values("/status", "MessageStatus"), ["sent", "undelivered"]);
    assert_eq!(bench.values("/status", "ErrorCode"), ["", "30003"]);
    bench.handsets.set_behaviour(LEADER, TextBehaviour::Failed(30008));
    bench.text(LEADER, "Never left").await;
    assert_eq!(leader.expects_lost_text("Never left").await.status, TextStatus::Failed);
    bench.handsets.set_behaviour(LEADER, TextBehaviour::NoReceipt);
    bench.text(LEADER, "No receipt").await;
    assert_eq!(leader.expects_text("No receipt").await.status, TextStatus::Sent);
    bench.handsets.set_behaviour(LEADER, TextBehaviour::Refused(30004));
    assert_eq!(bench.text(LEADER, "Blocked").await.1["code"], 30004);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn calls_to_a_number_fail_as_it_is_told() {
    let bench = Bench::start().await;
    bench.says("/alert", "<Gather numDigits=\"1\" action=\"/pressed\"><Say>Press 1.</Say></Gather>");
    let leader = bench.handsets.handset(LEADER);
    for (behaviour, ends) in [
        (CallBehaviour::Busy, CallStatus::Busy),
        (CallBehaviour::NoAnswer, CallStatus::NoAnswer),
        (CallBehaviour::Fails, CallStatus::Failed),
        (CallBehaviour::Voicemail, CallStatus::Completed),
    ] {
        bench.handsets.set_behaviour(LEADER, behaviour);
        bench.call(LEADER).await;
        assert_eq!(leader.expects_call().await.ended().await, ends);
        assert_eq!(bench.values("/progress", "CallStatus").last().unwrap(), ends.word());
    }
    assert_eq!(bench.posted("/pressed").len(), 0);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn callbacks_come_late_out_of_order_or_twice_when_asked() {
    let bench = Bench::start().await;
    let leader = bench.handsets.handset(LEADER);
    bench.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    bench.text(LEADER, "First").await;
    leader.expects_text("First").await;
    bench.handsets.settled().await;
    assert_eq!(bench.posted("/status").len(), 0);
    bench.handsets.release_held(Order::Reversed).await;
    assert_eq!(bench.values("/status", "MessageStatus"), ["delivered", "sent"]);
    bench.handsets.treat(Post::StatusCallbacks, Treatment::Twice);
    bench.text(LEADER, "Second").await;
    leader.expects_text("Second").await;
    bench.handsets.settled().await;
    assert_eq!(bench.values("/status", "MessageStatus")[2..], ["sent", "sent", "delivered", "delivered"]);
    bench.handsets.expect_nothing_more().await;
}
