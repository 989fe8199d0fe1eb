//! The life of a text, there and back.

use handsets::{Order, Pace, Post, TextStatus, Treatment};

use crate::app::{Bench, LANDLINE, LEADER, SCHOOL};

#[tokio::test]
async fn a_text_is_queued_sent_and_delivered() {
    let bench = Bench::start().await;
    let (status, text) = bench.text(LEADER, "Homeward: check in by 10:30").await;
    assert_eq!((status, text["status"].as_str()), (201, Some("queued")));
    let leader = bench.handsets.handset(LEADER);
    let arrived = leader.expects_text("check in").await;
    assert_eq!((arrived.from.as_str(), arrived.sid.as_str()), (SCHOOL, text["sid"].as_str().unwrap()));
    bench.handsets.settled().await;
    assert_eq!(bench.values("/status", "MessageStatus"), ["sent", "delivered"]);
    assert_eq!(bench.posted("/status")[0].query, "attempt=7");
    assert_eq!(bench.get(&format!("Messages/{}.json", arrived.sid)).await["status"], "delivered");
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn at_the_manual_pace_each_step_waits() {
    let bench = Bench::at_pace(Pace::Manual).await;
    let leader = bench.handsets.handset(LEADER);
    bench.text(LEADER, "One step at a time").await;
    assert_eq!(leader.texts()[0].status, TextStatus::Queued);
    assert!(bench.handsets.step().await);
    assert_eq!(bench.values("/status", "MessageStatus"), ["sent"]);
    assert!(!leader.texts()[0].arrived);
    assert!(bench.handsets.step().await);
    assert_eq!(bench.values("/status", "MessageStatus"), ["sent", "delivered"]);
    assert!(leader.texts()[0].arrived);
    assert!(!bench.handsets.step().await);
}

#[tokio::test]
async fn a_queued_text_can_be_taken_back_and_a_delivered_one_cannot() {
    let bench = Bench::at_pace(Pace::Manual).await;
    let (_, text) = bench.text(LEADER, "Too early").await;
    let file = format!("Messages/{}.json", text["sid"].as_str().unwrap());
    assert_eq!(bench.post(&file, &[("Status", "canceled")]).await.1["status"], "canceled");
    bench.handsets.run().await;
    bench.handsets.handset(LEADER).expects_lost_text("Too early").await;
    assert_eq!(bench.values("/status", "MessageStatus").len(), 0);
    assert_eq!(bench.post(&file, &[("Status", "canceled")]).await.1["code"], 30409);
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_handset_texts_the_school_and_gets_the_reply() {
    let bench = Bench::start().await;
    bench.says("/text", "<Message>Thank you: 24 &amp; all well.</Message>");
    let leader = bench.handsets.handset(LEADER);
    let sent = leader.sends("OK 24").await;
    assert_eq!(sent.answers, [Ok(200)]);
    let posted = &bench.posted("/text")[0];
    assert_eq!(
        ["From", "To", "Body", "NumMedia", "MessageSid"].map(|key| posted.value(key)),
        [LEADER, SCHOOL, "OK 24", "0", &sent.sid]
    );
    leader.expects_text("24 & all well").await;
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_text_is_posted_twice_or_late_and_out_of_order_when_asked() {
    let bench = Bench::start().await;
    let leader = bench.handsets.handset(LEADER);
    bench.handsets.treat(Post::InboundTexts, Treatment::Twice);
    assert_eq!(leader.sends("OK").await.answers, [Ok(204), Ok(204)]);
    let sids = bench.values("/text", "MessageSid");
    assert_eq!(sids[0], sids[1]);
    bench.handsets.treat(Post::InboundTexts, Treatment::Held);
    assert_eq!(leader.sends("LATE 20").await.answers, []);
    leader.sends("BACK").await;
    assert_eq!(bench.posted("/text").len(), 2);
    bench.handsets.release_held(Order::Reversed).await;
    assert_eq!(bench.values("/text", "Body")[2..], ["BACK", "LATE 20"]);
}

#[tokio::test]
async fn after_stop_texts_are_refused_until_start() {
    let bench = Bench::start().await;
    let leader = bench.handsets.handset(LEADER);
    leader.sends(" stop ").await;
    assert_eq!(bench.values("/text", "Body"), [" stop "]);
    let (status, body) = bench.text(LEADER, "Are you there?").await;
    assert_eq!((status, body["code"].as_u64()), (400, Some(21610)));
    leader.sends("START").await;
    assert_eq!(bench.text(LEADER, "Welcome back").await.0, 201);
    leader.expects_text("Welcome back").await;
    bench.handsets.expect_nothing_more().await;
}

#[tokio::test]
async fn a_landline_a_bad_number_and_another_sender_are_refused() {
    let bench = Bench::start().await;
    assert_eq!(bench.text(LANDLINE, "Hello").await.1["code"], 21614);
    let form = [("To", LEADER), ("From", "+447700900999"), ("Body", "Hello")];
    assert_eq!(bench.post("Messages.json", &form).await.1["code"], 21606);
    assert_eq!(bench.handsets.contract_violations(), []);
    assert_eq!(bench.text("07700900101", "Hello").await.1["code"], 21211);
    assert_eq!(bench.handsets.contract_violations().len(), 1);
}

#[tokio::test]
async fn what_nobody_expected_is_told() {
    let bench = Bench::start().await;
    bench.text(LEADER, "Surprise").await;
    bench.handsets.settled().await;
    assert_eq!(bench.handsets.unexpected().len(), 1);
    bench.handsets.handset(LEADER).expects_text("Surprise").await;
    assert_eq!(bench.handsets.unexpected().len(), 0);
}

#[tokio::test]
async fn a_text_while_the_application_is_down_is_tried_twice_and_lost() {
    let bench = Bench::start().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/text", closed.local_addr().unwrap());
    drop(closed);
    bench.handsets.set_webhooks(&nobody, &nobody);
    let sent = bench.handsets.handset(LEADER).sends("OK").await;
    assert_eq!(sent.answers, [Err("no connection".to_owned())]);
}
