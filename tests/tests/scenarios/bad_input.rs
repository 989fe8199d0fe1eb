//! Bad input over HTTP, MQTT and text: a clear answer each time, nothing changed, the service alive.

use end_to_end::{Mqtt, Outing, World};
use proto::ids::CommandId;
use proto::v1::checkins::Word;
use serde_json::{Value, json};

/// A trip under way at 09:10, and the fields of a check-in that would be taken.
async fn world() -> (World, Outing, Value) {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.at("09:10").await;
    let (_, good) = proto::wire::split(&outing.word(&world, Word::Ok, Some(24)));
    let good = serde_json::from_str(good.get()).expect("JSON");
    (world, outing, good)
}

/// The good check-in with one field changed.
fn with(good: &Value, field: &str, value: Value) -> Value {
    let mut changed = good.clone();
    changed[field] = value;
    changed
}

/// What a refusal names: code, rule, field; message and remedy are always there.
fn named(body: &Value) -> (&str, Option<&str>, Option<&str>) {
    for sentence in ["message", "remedy"] {
        assert!(body[sentence].as_str().is_some_and(|text| text.len() > 10), "{sentence}: {body}");
    }
    (body["code"].as_str().unwrap_or_default(), body["rule"].as_str(), body["field"].as_str())
}

/// One wrong request, and what its answer names.
struct Wrong {
    path: (&'static str, &'static str),
    body: String,
    status: u16,
    names: (&'static str, Option<&'static str>, Option<&'static str>),
}

#[rustfmt::skip]
fn wrong_requests(world: &World, outing: &Outing, good: &Value) -> Vec<Wrong> {
    let row = |path, body: String, status, names| Wrong { path, body, status, names };
    let check_in = ("checkins", "CheckIn");
    let word = |field, value| with(good, field, value).to_string();
    let trip = outing.trip;
    let stale = json!({ "trip": trip, "form_hash": "07".repeat(32), "counts": [], "stand_ins": [], "duress": null });
    let key = json!({ "attempt": uuid::Uuid::nil(), "key": "1", "received_at": world.now() });
    let spare = world.cast.phone("WM-008").id;
    vec![
        row(check_in, "{".into(), 400, ("Malformed", None, None)),
        row(check_in, "[]".into(), 400, ("Malformed", None, None)),
        row(check_in, String::new(), 400, ("Malformed", None, None)),
        row(check_in, word("trip", json!("museum")), 400, ("Malformed", None, Some("trip"))),
        row(check_in, word("headcount", json!(2001)), 400, ("Malformed", None, Some("headcount"))),
        row(check_in, word("headcount", json!(-1)), 400, ("Malformed", None, Some("headcount"))),
        row(check_in, word("headcount", json!("many")), 400, ("Malformed", None, Some("headcount"))),
        row(check_in, word("pressed_at", json!("teatime")), 400, ("Malformed", None, Some("pressed_at"))),
        row(check_in, word("colour", json!("red")), 400, ("Malformed", None, Some("colour"))),
        row(check_in, word("note", json!("x".repeat(5_000))), 400, ("Malformed", None, Some("note"))),
        row(("checkins", "CheckOut"), good.to_string(), 404, ("NotFound", None, None)),
        row(("taxis", "CheckIn"), good.to_string(), 404, ("NotFound", None, None)),
        row(check_in, word("trip", json!(uuid::Uuid::nil())), 422, ("NotOut", Some("CHECK-1"), Some("trip"))),
        row(check_in, word("group", json!(uuid::Uuid::nil())), 422, ("UnknownGroup", Some("CHECK-1"), Some("group"))),
        row(check_in, word("device", json!(spare)), 422, ("NotWithTrip", Some("CHECK-1"), Some("device"))),
        row(check_in, word("device", json!(world.cast.phone("BP-001").id)), 422, ("PupilPhone", Some("CHECK-1"), Some("device"))),
        row(check_in, word("word", json!({ "late": { "minutes": 601 } })), 422, ("LatenessOutOfRange", Some("CHECK-1"), Some("word"))),
        row(check_in, word("pressed_at", json!("2026-11-20T08:00:00Z")), 422, ("BeforeDeparture", Some("CHECK-1"), Some("pressed_at"))),
        row(check_in, word("pressed_at", json!("2026-11-20T12:00:00Z")), 422, ("ClockAhead", Some("CHECK-1"), Some("pressed_at"))),
        row(("trips", "Depart"), stale.to_string(), 422, ("WrongPhase", None, Some("trip"))),
        row(("trips", "AuthoriseForm"), json!({ "trip": trip, "form_hash": outing.form_hash(), "also_on": [] }).to_string(), 403, ("RoleNeeded", None, None)),
        row(("gateway", "TakeKey"), key.to_string(), 403, ("RoleNeeded", None, None)),
    ]
}

/// Over HTTP: malformed, out of range, unknown, for a wrong trip, device or role, with a stale hash.
#[tokio::test(flavor = "multi_thread")]
async fn over_http_each_is_answered_and_changes_nothing() {
    let (mut world, outing, good) = world().await;
    let ines = world.as_("Ines");
    world.quiet().await;
    let before = world.watch.events.len();
    let mut wrong = Vec::new();
    for Wrong { path: (service, command), body, status, names } in wrong_requests(&world, &outing, &good) {
        let (found, answer) = ines.posts(CommandId::new(), service, command, body.clone()).await;
        let said = if answer.is_object() { named(&answer) } else { ("", None, None) };
        if (found.as_u16(), said) != (status, names) {
            let body: String = body.chars().take(120).collect();
            wrong.push(format!(
                "{service}/{command} {body}: expected {status} {names:?}, found {found} {answer}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let (status, _) = ines.posts(CommandId::new(), "checkins", "CheckIn", "x".repeat(1_000_000)).await;
    assert_eq!(status, 413, "oversized");
    world.quiet().await;
    assert_eq!(world.watch.events.len(), before, "nothing changed: {:#?}", world.watch.tail().last());
    let (status, answer) = ines.posts(CommandId::new(), "checkins", "CheckIn", good.to_string()).await;
    assert_eq!(status, 200, "alive: {answer}");
    world.ends().await;
}

/// Over HTTP without a token, or with one that is no good.
#[tokio::test(flavor = "multi_thread")]
async fn over_http_nobody_acts_without_a_token() {
    let (world, _outing, good) = world().await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = || http.post(format!("{}/api/v1/checkins/CheckIn", world.web())).body(good.to_string());
    for request in [ask(), ask().bearer_auth("guess"), ask().header("Authorization", "Basic Og==")] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(named(&body).0, "NotLoggedIn");
    }
    let forged =
        [("From", "+447700900101"), ("To", "+441632960000"), ("Body", "OK 24"), ("MessageSid", "SM1")];
    let unsigned =
        http.post(format!("{}/twilio/text", world.web())).form(&forged).send().await.expect("an answer");
    assert_eq!(unsigned.status(), 403, "a webhook without the provider's signature");
    assert!(world.told("checkins", "CheckedIn").is_empty());
    world.ends().await;
}

/// By text: garbage, out of range, no count, codes of nothing, from a stranger, from a phone that is on no trip.
#[tokio::test(flavor = "multi_thread")]
async fn by_text_each_is_answered_and_changes_nothing() {
    let (mut world, _outing, _) = world().await;
    let not_understood = "Not understood. Reply OK 31";
    let long = "blah ".repeat(300);
    let table = [
        ("WM-001", "fish", not_understood),
        ("WM-001", "ARRIVED 2001", "The count is missing or unclear"),
        ("WM-001", "LATE 601", not_understood),
        ("WM-001", "\u{1F600}\u{0}\u{202E}", not_understood),
        ("WM-001", &long, not_understood),
        ("WM-001", "ARRIVED", "The count is missing or unclear"),
        ("WM-001", "own 417", "No open alert has the code 417"),
        ("WM-004", "OK 24", "The school office: 01632 960001"),
        ("BP-001", "OK 24", "Only your teacher's phone checks in"),
    ];
    for (tag, body, answer) in table {
        world.sends(tag, body).await;
        world.texted(tag, answer).await;
    }
    let stranger = world.handset_of("07700 900555");
    stranger.sends("OK 24").await;
    let answer = stranger.expects_text("This number is for school phones only").await;
    assert!(!answer.body.contains("Museu"), "it gives nothing away: {}", answer.body);
    world.quiet().await;
    assert!(world.told("checkins", "CheckedIn").is_empty());
    assert!(world.told("alerts", "CaseOpened").is_empty());
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.ends().await;
}

/// Over MQTT: refusals on the reply topic; what can't be parsed at all is in the quarantine that the operator lists.
#[tokio::test(flavor = "multi_thread")]
async fn over_mqtt_each_is_refused_or_quarantined_and_changes_nothing() {
    let (mut world, _outing, good) = world().await;
    let mut mqtt = Mqtt::connect(&world).await;
    world.quiet().await;
    let before = world.watch.events.len();
    let id = CommandId::new();
    let envelope = |kind: &str, data: &Value| json!({ "id": id, "type": kind, "data": data }).to_string();
    let check_in = "homeward.checkins.v1.CheckIn";
    let table = [
        (envelope("homeward.checkins.v1.CheckOut", &good), "BadField", None),
        (envelope("homeward.trips.v1.CheckIn", &good), "UnknownType", Some("type")),
        (envelope("check in please", &good), "UnknownType", Some("type")),
        (envelope(check_in, &with(&good, "headcount", json!(2001))), "BadField", Some("data.headcount")),
        (envelope(check_in, &with(&good, "colour", json!("red"))), "BadField", Some("data.colour")),
        (envelope(check_in, &with(&good, "trip", json!(uuid::Uuid::nil()))), "NotOut", Some("trip")),
        (json!({ "id": id, "type": check_in }).to_string(), "BadEnvelope", Some("data")),
        (
            json!({ "id": id, "data": good, "type": check_in, "specversion": "9" }).to_string(),
            "BadEnvelope",
            None,
        ),
        (envelope("homeward.checkins.v1.JoinGroups", &json!({})), "BadField", None),
    ];
    let mut wrong = Vec::new();
    for (payload, code, field) in table {
        let answer = mqtt.asks_raw(id, "checkins", payload.clone()).await;
        let outcome = &answer["data"]["outcome"];
        let refusal = &outcome["refusal"];
        let said = if refusal.is_object() { named(refusal) } else { ("", None, None) };
        let fits = said.0 == code && (field.is_none() || said.2 == field);
        if outcome["outcome"] != "refused" || !fits {
            wrong.push(format!("{payload}: expected {code} {field:?}, found {outcome}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let topic = mqtt.commands("checkins");
    let unreadable = [
        b"{".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"[1]".to_vec(),
        vec![b'x'; proto::envelope::MAX_COMMAND_BYTES + 1],
        Vec::new(),
    ];
    for payload in unreadable.clone() {
        mqtt.publishes(&topic, payload).await;
    }
    world.quiet().await;
    assert_eq!(world.watch.events.len(), before, "nothing changed");
    let journal = chassis::journal::Journal::open(world.journal_url()).await.expect("opens");
    let kept = journal.quarantine_list(50).await.expect("lists");
    assert_eq!(kept.len(), unreadable.len(), "{kept:#?}");
    assert!(kept.iter().all(|message| !message.reason.is_empty() && message.source.contains("command")));
    journal.close().await;
    let answer = mqtt.asks(CommandId::new(), "checkins", "CheckIn", good).await;
    assert_eq!(answer["data"]["outcome"]["outcome"], "accepted", "alive: {answer}");
    world.ends().await;
}

/// For a closed trip: by each way the answer says so.
#[tokio::test(flavor = "multi_thread")]
async fn for_a_closed_trip_each_way_says_so() {
    let (mut world, outing, good) = world().await;
    outing.returned(&mut world).await;
    for tag in ["WM-001", "WM-002", "BP-001"] {
        outing.takes_in(&mut world, tag).await;
    }
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    let (status, answer) =
        world.as_("Ines").posts(CommandId::new(), "checkins", "CheckIn", good.to_string()).await;
    assert_eq!((status.as_u16(), named(&answer).0), (422, "NotOut"), "{answer}");
    let mut mqtt = Mqtt::connect(&world).await;
    let answer = mqtt.asks(CommandId::new(), "checkins", "CheckIn", good).await;
    assert_eq!(answer["data"]["outcome"]["refusal"]["code"], "NotOut", "{answer}");
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "This phone is with no trip").await;
    assert!(world.told("checkins", "CheckedIn").is_empty());
    world.ends().await;
}

/// A file: with another token than its page's, and one that is too large. Nothing of it is kept; the same file as the page sends it is shown before
/// it is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_from_its_own_page_alone_and_no_larger_than_it_may_be() {
    let world = World::start().await;
    let pat = world.browser("Pat").await;
    let (page, sheet) = ("/people/sheet", "name,standing,roles\r\nWren Ashdown,staff,\r\n");
    let token = pat.form_token(page).await;

    let (status, said) = pat.sends_file(page, "of-another-page", sheet).await.expect("answered");
    assert_eq!((status, said.contains("Nothing was changed")), (403, true), "{said}");
    let (status, said) = pat.sends_file(page, "", sheet).await.expect("answered");
    assert_eq!((status, said.contains("Nothing was changed")), (403, true), "{said}");
    let large = format!("{sheet}{}", "x".repeat(2 * 1024 * 1024 + 64 * 1024));
    let refused = pat.sends_file(page, &token, &large).await;
    assert!(refused.as_ref().is_none_or(|(status, _)| *status == 413), "{refused:?}");
    assert!(!pat.opens(page).await.contains("Wren Ashdown"), "nothing waits to be taken");

    let (status, said) = pat.sends_file(page, &token, sheet).await.expect("answered");
    assert_eq!((status, said.contains("Wren Ashdown")), (200, true), "{said}");
    assert!(pat.opens(page).await.contains("Wren Ashdown"), "it waits to be taken");
    world.ends().await;
}
