//! What the page needs from the server: the buttons do something, and the picture is told.

use serde_json::{Value, json};

use crate::app::{Bench, LEADER};

async fn push(bench: &Bench, path: &str, body: Value) -> u16 {
    let url = format!("{}/page/{path}", bench.handsets.base_url());
    reqwest::Client::new().post(url).json(&body).send().await.unwrap().status().as_u16()
}

/// Reads the stream until a picture satisfies the test.
async fn sees(bench: &Bench, satisfied: impl Fn(&Value) -> bool) -> Value {
    let url = format!("{}/page/events", bench.handsets.base_url());
    let mut stream = reqwest::get(url).await.unwrap();
    let mut text = String::new();
    loop {
        text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        let pictures = text.split("\n\n").filter_map(|event| event.split("data: ").nth(1));
        let mut pictures = pictures.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        if let Some(picture) = pictures.find(&satisfied) {
            return picture;
        }
    }
}

#[tokio::test]
async fn a_text_typed_on_the_page_goes_to_the_school() {
    let bench = Bench::start().await;
    let _known = bench.handsets.handset(LEADER);
    assert_eq!(push(&bench, &format!("phones/{LEADER}/texts"), json!({"body": "OK 24"})).await, 202);
    let picture = sees(&bench, |picture| !picture["phones"][0]["texts"].as_array().unwrap().is_empty()).await;
    assert_eq!(picture["phones"][0]["texts"][0]["body"], "OK 24");
    bench.handsets.settled().await;
    assert_eq!(bench.values("/text", "Body"), ["OK 24"]);
    assert_eq!(push(&bench, "phones/+447700900999/texts", json!({"body": "OK"})).await, 404);
}

#[tokio::test]
async fn a_call_is_taken_on_the_page() {
    let bench = Bench::start().await;
    bench.says("/alert", "<Gather numDigits=\"1\" action=\"/pressed\"><Say>Press 1.</Say></Gather>");
    bench.call(LEADER).await;
    let status = |picture: &Value| picture["phones"][0]["calls"][0]["status"].clone();
    let picture = sees(&bench, |picture| status(picture) == "ringing").await;
    let path = format!("calls/{}", picture["phones"][0]["calls"][0]["sid"].as_str().unwrap());
    assert_eq!(push(&bench, &path, json!({"deed": "answer"})).await, 204);
    sees(&bench, |picture| picture["phones"][0]["calls"][0]["listening"] == true).await;
    assert_eq!(push(&bench, &path, json!({"deed": "press", "key": "x"})).await, 422);
    assert_eq!(push(&bench, &path, json!({"deed": "press", "key": "1"})).await, 204);
    sees(&bench, |picture| status(picture) == "completed").await;
    assert_eq!(bench.values("/pressed", "Digits"), ["1"]);
    assert_eq!(push(&bench, &path, json!({"deed": "answer"})).await, 409);
}

#[tokio::test]
async fn a_phone_is_made_to_fail_on_the_page() {
    let bench = Bench::start().await;
    let leader = bench.handsets.handset(LEADER);
    let behaviour = json!({"calls": "busy", "texts": {"undelivered": 30003}});
    assert_eq!(push(&bench, &format!("phones/{LEADER}/behaviour"), behaviour).await, 204);
    bench.text(LEADER, "Hello").await;
    leader.expects_lost_text("Hello").await;
}

#[tokio::test]
async fn the_page_forbids_inline_scripts() {
    let bench = Bench::start().await;
    let response = reqwest::get(bench.handsets.base_url()).await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
    assert!(!response.text().await.unwrap().contains("<script>"));
}

#[tokio::test]
async fn anybody_rings_the_school_from_the_page() {
    let bench = Bench::start().await;
    bench.says("/voice", "<Say>Please hold.</Say>");
    let ring = |from: &str, withheld: bool| json!({"from": from, "withheld": withheld});
    assert_eq!(push(&bench, "rings", ring("+441632960123", false)).await, 202);
    let picture = sees(&bench, |picture| picture["phones"][0]["calls"][0]["status"] == "completed").await;
    assert_eq!(picture["phones"][0]["outside"], true);
    assert_eq!(push(&bench, "rings", ring("+441632960123", true)).await, 202);
    bench.handsets.settled().await;
    assert_eq!(bench.values("/voice", "From"), ["+441632960123", "+266696687"]);
    assert_eq!(push(&bench, "rings", ring("the head", false)).await, 422);
    assert_eq!(push(&bench, "rings", json!({"withheld": true})).await, 422);
}
