//! Requests that break the document are refused and kept; answers keep it.

use crate::app::{Bench, LEADER, SCHOOL};
use handsets::Config;

async fn complaint(bench: &Bench, file: &str, form: &[(&str, &str)]) -> String {
    let (status, body) = bench.post(file, form).await;
    assert_eq!((status, body["code"].as_u64()), (400, Some(20001)), "{body}");
    bench.handsets.contract_violations().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_unknown_field_is_refused_and_kept() {
    let bench = Bench::start().await;
    let form = [("To", LEADER), ("From", SCHOOL), ("Body", "Hello"), ("IdempotencyKey", "7")];
    assert!(complaint(&bench, "Messages.json", &form).await.contains("IdempotencyKey"));
    assert!(bench.handsets.handset(LEADER).texts().is_empty());
}

#[tokio::test]
async fn a_missing_field_a_wrong_type_and_a_wrong_address_are_refused() {
    let bench = Bench::start().await;
    let base = [("To", LEADER), ("From", SCHOOL)];
    assert!(complaint(&bench, "Messages.json", &base).await.contains("not valid under any"));
    let form = [base[0], base[1], ("Body", "Hello"), ("ValidityPeriod", "soon")];
    assert!(complaint(&bench, "Messages.json", &form).await.contains("/ValidityPeriod"));
    let form = [base[0], base[1], ("Body", "Hello"), ("StatusCallback", "/status")];
    assert!(complaint(&bench, "Messages.json", &form).await.contains("/StatusCallback"));
    let form = [base[0], base[1], ("Twiml", "<Response><Sing/></Response>")];
    assert!(complaint(&bench, "Calls.json", &form).await.contains("/Twiml"));
}

#[tokio::test]
async fn an_unknown_filter_is_refused() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("Messages.json?Body=Hello").await["code"], 20001);
    assert_eq!(bench.handsets.contract_violations().len(), 1);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let bench = Bench::start().await;
    let account = Config::default().account_sid;
    let url = format!("{}/2010-04-01/Accounts/{account}/Messages.json", bench.handsets.base_url());
    for (token, status) in [("wrong", 401), (Config::default().auth_token.as_str(), 200)] {
        let answer = reqwest::Client::new().get(&url).basic_auth(&account, Some(token)).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn twiml_that_twilio_would_not_know_is_kept() {
    let bench = Bench::start().await;
    bench.says("/alert", "<Gather numdigits=\"1\"><Say>Press 1</Say></Gather>");
    bench.call(LEADER).await;
    let call = bench.handsets.handset(LEADER).answers().await;
    assert!(call.status().is_over());
    assert!(bench.handsets.contract_violations()[0].complaint.contains("numdigits"));
}

#[tokio::test]
async fn lists_are_paged_and_filtered_by_number_and_day() {
    let bench = Bench::start().await;
    for n in 0..3 {
        bench.text(LEADER, &format!("Text {n}")).await;
    }
    bench.handsets.settled().await;
    let day = jiff::Timestamp::now().strftime("%F").to_string();
    let first = bench.get(&format!("Messages.json?To=%2B447700900101&DateSent={day}&PageSize=2")).await;
    assert_eq!(first["messages"].as_array().unwrap().len(), 2);
    assert_eq!(first["messages"][0]["body"], "Text 2");
    assert!(first["next_page_uri"].as_str().unwrap().contains("Page=1"));
    let second = bench.get("Messages.json?To=%2B447700900101&PageSize=2&Page=1").await;
    assert_eq!((second["messages"].as_array().unwrap().len(), second["next_page_uri"].is_null()), (1, true));
    assert_eq!(bench.get("Messages.json?To=%2B447700900102").await["messages"].as_array().unwrap().len(), 0);
    assert_eq!(
        bench.get("Messages.json?DateSent<=2020-01-01").await["messages"].as_array().unwrap().len(),
        0
    );
    assert_eq!(bench.handsets.contract_violations(), []);
}
