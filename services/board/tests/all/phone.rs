//! The leader's phone page, as far as it is JSON: a party that left, a phone in its leader's hands.

use axum::http::StatusCode;
use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::ids::CommandId;
use proto::link::PageLink;
use proto::v1::devices::{self, DeviceKind, Handset, Holder, Issue, Owner};
use proto::v1::people::{self as p, Role};
use proto::v1::trips;
use serde_json::{Value, json};

use crate::cast::*;
use crate::world::{ORIGIN, World, school};

const LINK_KEY: [u8; 32] = [2; 32];

fn token(key: [u8; 32]) -> String {
    let link = PageLink {
        school: school().id.clone(),
        trip: museum(),
        device: mobile(),
        expires_at: at("2026-11-20T18:00:00Z"),
    };
    link.sign(&key)
}

/// The party left (without clearance, so that no form needs to be authorised first), the phone in Ms Okafor's hands.
async fn out() -> World {
    let world = World::new().await;
    let by = Some(Actor::Person(admin()));
    world.person(okafor(), "Ines Okafor", &[Role::Leader]).await;
    world.person(tan(), "Wei Tan", &[Role::Office]).await;
    world.person(pryce(), "Mair Pryce", &[Role::Senior, Role::Dsl]).await;
    let authorise = p::Command::AuthoriseHolder { person: okafor(), until: None };
    world.does::<people::People>(authorise, by.clone()).await;
    let accept = p::Command::AcceptAgreement { person: okafor(), version: 1 };
    world.does::<people::People>(accept, by.clone()).await;
    let register = devices::Command::RegisterDevice {
        device: mobile(),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: proto::values::AssetTag::parse("WM-1").expect("a tag"),
        number: number(),
        imei: None,
        storage: label("Office safe"),
    };
    world.does::<::devices::Devices>(register, by.clone()).await;
    let confirm = devices::Command::ConfirmPasscode { device: mobile() };
    world.does::<::devices::Devices>(confirm, by.clone()).await;
    world
        .board
        .until(|view| view.trips.is_here(okafor()) && view.trips.work_mobile(mobile()).is_some())
        .await;
    let draft = trips::Command::SaveDraft { trip: museum(), base: None, form: Box::new(form()) };
    world.does::<::trips::Trips>(draft, by.clone()).await;
    let may_hold = |view: &board::view::SchoolView| {
        view.devices.person(okafor()).is_some_and(|known| known.authorised && known.agreement == Some(1))
    };
    world.board.until(|view| view.devices.trip(museum()).is_some() && may_hold(view)).await;
    let issue = Issue { device: mobile(), holder: Holder::Person(okafor()), reason: None, charge: None };
    let issue = devices::Command::IssueDevices { trip: museum(), issues: vec![issue] };
    world.does::<::devices::Devices>(issue, by.clone()).await;
    let is_with = |view: &board::view::SchoolView| {
        view.trips.work_mobile(mobile()).is_some_and(|known| known.is_in_hand(okafor(), museum()))
    };
    world.board.until(is_with).await;
    let left = trips::Command::RecordLeftWithoutClearance {
        trip: museum(),
        left_at: at(NINE),
        counts: vec![trips::GroupCount { group: red(), pupils: pupils(24) }],
        staff: vec![okafor()],
        reason: note("The coach left"),
    };
    world.does::<::trips::Trips>(left, Some(Actor::Person(tan()))).await;
    world.board.until(|view| view.checkins.watch(museum()).is_some_and(checkins::Watch::is_out)).await;
    world
}

async fn presses(world: &World, presses: Value) -> (StatusCode, Value) {
    let path = format!("/go/{}/words", token(LINK_KEY));
    world.board.post(&path, &[("origin", ORIGIN)], &presses.to_string()).await
}

#[tokio::test]
async fn what_was_pressed_without_a_signal_counts_at_its_own_time_and_once() {
    let world = out().await;
    let path = format!("/go/{}/now", token(LINK_KEY));
    let (status, now) = world.board.get(&path, &[]).await;
    assert_eq!((status, now["out"].as_bool()), (StatusCode::OK, Some(true)), "{now}");
    assert_eq!(
        (now["groups"][0]["name"].as_str(), now["groups"][0]["own"].as_bool()),
        (Some("Red"), Some(true))
    );
    let due_before = now["groups"][0]["due_at"].clone();

    world.board.clock.set(at("2026-11-20T10:04:00Z"));
    let arrived = json!({
        "id": CommandId::new(), "kind": "check-in", "word": "arrived", "headcount": 24,
        "pressed_at": "2026-11-20T09:58:00Z", "note": "All well at the door",
    });
    let (status, answer) = presses(&world, json!([arrived.clone()])).await;
    assert_eq!(
        (status, answer["answers"][0]["outcome"].as_str()),
        (StatusCode::OK, Some("accepted")),
        "{answer}"
    );
    assert_eq!(answer["groups"][0]["last_said_at"], "2026-11-20T09:58:00Z");
    assert_ne!(answer["groups"][0]["due_at"], due_before, "the next one is due later");
    let said = |world: &World| {
        let view = world.board.board.state.view().school(&school().id).expect("served");
        let told = view.timeline(board::view::SeenBy::Base, museum());
        let told: Vec<String> = told.filter_map(|entry| board::view::tell(&view, &entry.event)).collect();
        told.into_iter().filter(|line| line.starts_with("Red: arrived")).collect::<Vec<_>>()
    };
    assert_eq!(said(&world).len(), 1);
    assert!(said(&world)[0].contains("24 of 24, from Ines Okafor, by the phone page"), "{:?}", said(&world));
    let (_, again) = presses(&world, json!([arrived])).await;
    assert_eq!(again["answers"][0]["outcome"], "accepted", "sent again, it is answered again");
    assert_eq!(said(&world).len(), 1, "and counts once");

    let too_early = json!({ "id": CommandId::new(), "kind": "check-in", "word": "ok", "pressed_at": "2026-11-20T08:00:00Z" });
    let help = json!({ "id": CommandId::new(), "kind": "help", "pressed_at": "2026-11-20T10:03:00Z" });
    let (_, answer) = presses(&world, json!([too_early, help])).await;
    assert_eq!(answer["answers"][0]["refusal"]["code"], "BeforeDeparture", "{answer}");
    assert_eq!(answer["answers"][1]["outcome"], "accepted", "one that is refused stops no other");
    world.board.until(|view| view.alerts.case_of_trip(museum()).is_some()).await;

    world.board.login_for(tan(), "wei").await;
    let token = world.board.token("wei").await;
    let trip = world.board.get_as(&token, &format!("/api/v1/trips/{}", museum())).await;
    crate::openapi::view_conforms(&trip, "/trips/{trip}");
    assert_eq!(trip["groups"][0]["last_headcount"], 24);
    let device = world.board.get_as(&token, &format!("/api/v1/devices/{}", mobile())).await;
    crate::openapi::view_conforms(&device, "/devices/{device}");
    assert_eq!(
        (device["holder"].as_str(), device["custody"].as_str()),
        (Some("Ines Okafor"), Some("issued"))
    );
    let board = world.board.get_as(&token, "/api/v1/board").await;
    crate::openapi::view_conforms(&board, "/board");
    assert_eq!(board["cases"][0]["trip"], board["out"][0]["trip"]);
    world.end().await;
}

#[tokio::test]
async fn a_link_opens_one_trip_on_one_phone_while_that_phone_is_with_it() {
    let world = out().await;
    let get = async |token: &str| {
        let (status, body) = world.board.get(&format!("/go/{token}/now"), &[]).await;
        (status, body["message"].as_str().unwrap_or_default().to_owned())
    };
    let (status, message) = get(&token([9; 32])).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(message.contains("not one of ours"), "{message}");
    assert_eq!(get("nonsense").await.0, StatusCode::GONE);
    assert_eq!(get(&token(LINK_KEY)).await.0, StatusCode::OK);
    let malformed: &[Value] = &[
        json!({}),
        json!([{ "kind": "check-in" }]),
        json!([{ "id": CommandId::new(), "kind": "dance", "pressed_at": NINE }]),
        json!([{ "id": CommandId::new(), "kind": "help", "pressed_at": "soon" }]),
        Value::Array(vec![json!({ "id": CommandId::new(), "kind": "help", "pressed_at": NINE }); 51]),
    ];
    for body in malformed {
        let (status, answer) = presses(&world, body.clone()).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("Malformed")),
            "{answer}"
        );
    }
    let found = devices::Command::ReturnDevice {
        returned: devices::Return {
            device: mobile(),
            condition: devices::Condition::Good,
            storage: label("Office safe"),
            recordings: devices::Recordings::None,
            clearing: None,
            charge: None,
        },
    };
    world.does::<::devices::Devices>(found, Some(Actor::Person(tan()))).await;
    world.board.until(|view| view.devices.device(mobile()).is_some_and(|d| d.issued().is_none())).await;
    let (status, message) = get(&token(LINK_KEY)).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(message.contains("no longer with that trip"), "{message}");
    world.board.clock.set(at("2026-11-20T18:00:00Z") + SignedDuration::from_secs(1));
    assert!(get(&token(LINK_KEY)).await.1.contains("expired"));
    world.end().await;
}
