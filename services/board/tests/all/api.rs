//! The API, over real MQTT to real services.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use proto::ids::{CommandId, PersonId};
use proto::v1::people::Role;
use serde_json::json;

use crate::cast::*;
use crate::openapi::view_conforms;
use crate::world::{PASSWORD, World};

fn add(person: PersonId, called: &str) -> serde_json::Value {
    json!({ "person": person, "name": { "$personal": called }, "standing": "staff", "roles": ["leader"] })
}

#[tokio::test]
async fn a_command_is_done_once_and_whoever_asked_sees_it_at_once() {
    let world = World::new().await;
    let token = world.board.token("admin").await;
    let (status, done) = world.board.command(&token, "people/AddPerson", &add(okafor(), "Ines Okafor")).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let people = world.board.get_as(&token, "/api/v1/people").await;
    let names: Vec<_> = people["people"].as_array().expect("people").iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["Ada Admin", "Ines Okafor"], "by name");

    let key = CommandId::new().to_string();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    let body = add(tan(), "Wei Tan").to_string();
    let (status, first) = world.board.post("/api/v1/people/AddPerson", &headers, &body).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let (_, again) = world.board.post("/api/v1/people/AddPerson", &headers, &body).await;
    assert_eq!(again, first, "asked again with the same key");
    world.end().await;
}

/// 5,000 staff come a page at a time, and whoever reads them is told where the next page is.
#[tokio::test]
async fn long_lists_come_in_pages_and_can_be_searched() {
    let world = World::new().await;
    let token = world.board.token("admin").await;
    for (person, called) in [(okafor(), "Ines Okafor"), (tan(), "Wei Tan")] {
        let (status, done) = world.board.command(&token, "people/AddPerson", &add(person, called)).await;
        assert_eq!(status, StatusCode::OK, "{done}");
    }
    let names = |body: &serde_json::Value| -> Vec<String> {
        let people = body["people"].as_array().expect("people").iter();
        people.map(|person| person["name"].as_str().expect("a name").to_owned()).collect()
    };
    let bearer = format!("Bearer {token}");
    let (mut at, mut seen) = (Some("/api/v1/people?limit=2&q=".to_owned()), Vec::new());
    while let Some(address) = at {
        let request = Request::builder().uri(&address).header(header::AUTHORIZATION, &bearer);
        let answer = world.board.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.headers()["x-total-count"], "3");
        let link = answer.headers().get(header::LINK).map(|link| link.to_str().expect("text").to_owned());
        at = link.map(|link| link.trim_start_matches('<').split('>').next().expect("an address").to_owned());
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        seen.push(names(&serde_json::from_slice(&bytes).expect("JSON")));
    }
    assert_eq!(seen, [vec!["Ada Admin", "Ines Okafor"], vec!["Wei Tan"]]);
    let found = world.board.get_as(&token, "/api/v1/people?q=tan").await;
    assert_eq!(names(&found), ["Wei Tan"]);
    let (status, bad) =
        world.board.get("/api/v1/people?limit=0", &[("authorization", bearer.as_str())]).await;
    assert_eq!((status, &bad["field"]), (StatusCode::BAD_REQUEST, &json!("limit")));
    world.end().await;
}

#[tokio::test]
async fn bad_input_is_answered_with_what_is_wrong_and_changes_nothing() {
    let world = World::new().await;
    let token = world.board.token("admin").await;
    let before = world.board.get_as(&token, "/api/v1/people").await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let unknown_field = json!({ "person": okafor(), "until": null, "colour": "red" }).to_string();
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(300 * 1024));
    let no_name =
        json!({ "person": okafor(), "name": { "$personal": "" }, "standing": "staff", "roles": [] });
    let rows: &[(&str, &str, StatusCode, &str, Option<&str>)] = &[
        ("people/AddPerson", "not JSON", StatusCode::BAD_REQUEST, "Malformed", None),
        ("people/AddPerson", "[]", StatusCode::BAD_REQUEST, "Malformed", None),
        ("people/AddPerson", "{}", StatusCode::BAD_REQUEST, "Malformed", None),
        ("people/RemovePerson", r#"{"person":7}"#, StatusCode::BAD_REQUEST, "Malformed", Some("person")),
        (
            "people/AddPerson",
            &no_name.to_string(),
            StatusCode::BAD_REQUEST,
            "Malformed",
            Some("name.$personal"),
        ),
        ("people/AuthoriseHolder", &unknown_field, StatusCode::BAD_REQUEST, "Malformed", Some("colour")),
        ("people/Vanish", "{}", StatusCode::NOT_FOUND, "NotFound", None),
        ("taxis/Order", "{}", StatusCode::NOT_FOUND, "NotFound", None),
        (
            "gateway/BeginProbe",
            r#"{"provider":"twilio","channel":"text"}"#,
            StatusCode::FORBIDDEN,
            "RoleNeeded",
            None,
        ),
        (
            "people/RemovePerson",
            &json!({ "person": okafor() }).to_string(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "UnknownPerson",
            Some("person"),
        ),
    ];
    for (command, body, status, code, field) in rows {
        let (found, answer) = world.board.post(&format!("/api/v1/{command}"), &headers, body).await;
        assert_eq!((found, answer["code"].as_str()), (*status, Some(*code)), "{command} {body}: {answer}");
        assert_eq!(answer["field"].as_str(), *field, "{command} {body}: {answer}");
        assert!(answer["message"].is_string() && answer["remedy"].is_string(), "{answer}");
    }
    let (status, _) = world.board.post("/api/v1/people/AddPerson", &headers, &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let keyed = [("authorization", bearer.as_str()), ("idempotency-key", "seven")];
    let (status, answer) = world.board.post("/api/v1/people/AddPerson", &keyed, "{}").await;
    assert_eq!((status, answer["field"].as_str()), (StatusCode::BAD_REQUEST, Some("Idempotency-Key")));
    assert_eq!(world.board.get_as(&token, "/api/v1/people").await, before);
    world.end().await;
}

#[tokio::test]
async fn roles_are_looked_at_before_a_service_is_asked() {
    let world = World::new().await;
    world.person(okafor(), "Ines Okafor", &[Role::Leader]).await;
    world.board.login_for(okafor(), "ines").await;
    let token = world.board.token("ines").await;
    let authorise = json!({ "trip": museum(), "form_hash": "0".repeat(64), "also_on": [] });
    let (status, answer) = world.board.command(&token, "trips/AuthoriseForm", &authorise).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::FORBIDDEN, Some("RoleNeeded")));
    assert!(answer["message"].as_str().expect("text").contains("senior, head"), "{answer}");
    // Roles come first: whoever may not ask is told so, whatever they send; whoever may reads what is wrong with it.
    let bearer = format!("Bearer {token}");
    for body in ["not JSON", "{}", "[]"] {
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "no uuid")];
        let (status, answer) = world.board.post("/api/v1/trips/AuthoriseForm", &headers, body).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::FORBIDDEN, Some("RoleNeeded")), "{body}");
        let headers = [("authorization", bearer.as_str())];
        let (status, answer) = world.board.post("/api/v1/trips/SubmitForm", &headers, body).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::BAD_REQUEST, Some("Malformed")), "{body}");
    }
    let (status, _) =
        world.board.get("/api/v1/messages", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, answer) =
        world.board.post("/api/v1/token", &[("origin", crate::world::ORIGIN)], r#"{"login":"ines"}"#).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::BAD_REQUEST, Some("Malformed")));
    let wrong = format!(r#"{{"login":"ines","password":"not {PASSWORD}"}}"#);
    let (status, _) = world.board.post("/api/v1/token", &[("origin", crate::world::ORIGIN)], &wrong).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    world.end().await;
}

/// FORM-1 to FORM-8 as the API shows them: the whole list at once, and the refusal that cites the rule.
#[tokio::test]
async fn a_trip_is_registered_shown_with_its_list_and_refused_for_what_is_red() {
    let world = World::new().await;
    world.person(okafor(), "Ines Okafor", &[Role::Leader]).await;
    world.person(tan(), "Wei Tan", &[Role::Office]).await;
    world.person(pryce(), "Mair Pryce", &[Role::Senior]).await;
    world.board.until(|view| [okafor(), tan(), pryce()].iter().all(|p| view.trips.is_here(*p))).await;
    let token = world.board.token("admin").await;
    let mut form = form();
    form.staff[0].work_mobile = None;
    let save = json!({ "trip": museum(), "base": null, "form": form });
    let (status, answer) = world.board.command(&token, "trips/SaveDraft", &save).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let shown = world.board.get_as(&token, &format!("/api/v1/trips/{}", museum())).await;
    assert_eq!(
        (shown["phase"].as_str(), shown["leader"]["name"].as_str()),
        (Some("draft"), Some("Ines Okafor"))
    );
    let submit = shown["readiness"]["submit"].as_array().expect("a list");
    assert!(submit.iter().any(|item| item["rule"] == "FORM-1" && item["ok"] == false), "{submit:?}");
    assert!(submit.iter().any(|item| item["ok"] == true), "green ones are shown too");
    assert_eq!(shown["timeline"][0]["text"], "The form was saved.");
    assert_eq!(shown["timeline"][0]["by"], "Ada Admin");
    let submit = json!({ "trip": museum(), "form_hash": shown["form_hash"] });
    let (status, refused) = world.board.command(&token, "trips/SubmitForm", &submit).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    assert_eq!((refused["code"].as_str(), refused["rule"].as_str()), (Some("NotReady"), Some("FORM-1")));
    let drafts = world.board.get_as(&token, "/api/v1/trips?phase=draft").await;
    assert_eq!(drafts.as_array().map(Vec::len), Some(1));
    assert_eq!(world.board.get_as(&token, "/api/v1/trips?phase=out").await, json!([]));
    let board = world.board.get_as(&token, "/api/v1/board").await;
    assert_eq!(board["soon"][0]["title"], "Year 6 to the museum");
    for path in [
        "/board",
        "/health",
        "/trips",
        "/devices",
        "/supply",
        "/people",
        "/lines",
        "/route",
        "/cases",
        "/messages",
    ] {
        let answer = world.board.get_as(&token, &format!("/api/v1{path}")).await;
        view_conforms(&answer, path);
    }
    view_conforms(&shown, "/trips/{trip}");
    world.end().await;
}

#[tokio::test]
async fn while_no_service_answers_a_command_is_put_off_and_not_lost_in_silence() {
    let board = crate::world::Alone::new().await;
    let actor = proto::envelope::Actor::Service(proto::topics::ServiceName::People);
    let event = added(admin(), "Ada Admin", &[Role::Admin]);
    board.board.state.view().apply_next(&crate::world::school().id, at(NINE), actor, event);
    board.login_for(admin(), "admin").await;
    let token = board.token("admin").await;
    let (status, answer) = board.command(&token, "people/AddPerson", &add(okafor(), "Ines Okafor")).await;
    assert_eq!((status, answer["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("Unavailable")));
    let (status, _) = board.ask_delete("/api/v1/token", &token).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = board.command(&token, "people/AddPerson", &add(okafor(), "Ines Okafor")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the token has ended");
}
