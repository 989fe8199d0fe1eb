//! The leader's phone page, as far as it is JSON: a party that left, a phone in its leader's hands.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use chassis::clock::Clock as _;
use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::ids::CommandId;
use proto::link::{PageLink, PageWord};
use proto::v1::alerts::Reason;
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
        expires_at: at("2026-11-21T20:00:00Z"),
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

/// What a browser is answered: status, the page, the cookie that it keeps.
struct Answer {
    status: StatusCode,
    page: String,
    cookie: Option<String>,
}

/// A browser that opens links: with a cookie or without.
async fn browser(world: &World, method: Method, path: &str, cookie: Option<&str>, form: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    request = request.header("sec-fetch-site", "same-origin");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let answer = world.board.send(request.body(Body::from(form.to_owned())).expect("a request")).await;
    let set = answer.headers().get("set-cookie").map(|value| value.to_str().expect("text").to_owned());
    if let Some(set) = &set {
        assert!(set.contains("HttpOnly; SameSite=Lax") && set.ends_with("Secure"), "{set}");
    }
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
    let cookie = set.map(|set| set.split(';').next().expect("a pair").to_owned());
    Answer { status, page: String::from_utf8(bytes.to_vec()).expect("text"), cookie }
}

async fn gets(world: &World, cookie: Option<&str>) -> Answer {
    browser(world, Method::GET, &format!("/go/{}", token(LINK_KEY)), cookie, "").await
}

async fn sends(world: &World, what: &str, cookie: Option<&str>, form: &str) -> Answer {
    browser(world, Method::POST, &format!("/go/{}/{what}", token(LINK_KEY)), cookie, form).await
}

/// The leader's browser, in which the link was opened first: the cookie it keeps.
async fn opened(world: &World) -> String {
    let first = sends(world, "open", None, "").await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.page);
    first.cookie.expect("the browser keeps it")
}

async fn presses(world: &World, cookie: &str, presses: Value) -> (StatusCode, Value) {
    let path = format!("/go/{}/words", token(LINK_KEY));
    world.board.post(&path, &[("origin", ORIGIN), ("cookie", cookie)], &presses.to_string()).await
}

#[tokio::test]
async fn what_was_pressed_without_a_signal_counts_at_its_own_time_and_once() {
    let world = out().await;
    let cookie = opened(&world).await;
    let path = format!("/go/{}/now", token(LINK_KEY));
    let (status, now) = world.board.get(&path, &[("cookie", &cookie)]).await;
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
    let (status, answer) = presses(&world, &cookie, json!([arrived.clone()])).await;
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
    let (_, again) = presses(&world, &cookie, json!([arrived])).await;
    assert_eq!(again["answers"][0]["outcome"], "accepted", "sent again, it is answered again");
    assert_eq!(said(&world).len(), 1, "and counts once");

    let too_early = json!({ "id": CommandId::new(), "kind": "check-in", "word": "ok", "pressed_at": "2026-11-20T08:00:00Z" });
    let help = json!({ "id": CommandId::new(), "kind": "help", "pressed_at": "2026-11-20T10:03:00Z" });
    let (_, answer) = presses(&world, &cookie, json!([too_early, help])).await;
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
    let cookie = opened(&world).await;
    let get = async |token: &str| {
        let (status, body) = world.board.get(&format!("/go/{token}/now"), &[("cookie", &cookie)]).await;
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
        let (status, answer) = presses(&world, &cookie, body.clone()).await;
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
    world.board.clock.set(at("2026-11-21T20:00:00Z") + SignedDuration::from_secs(1));
    assert!(get(&token(LINK_KEY)).await.1.contains("expired"));
    world.end().await;
}

/// A copied link opens nothing in a second browser, whatever it asks. What fetches links for a preview opens nothing either, and
/// keeps nobody out. Help and a lost child are taken from wherever the link is. [CHECK-6]
#[tokio::test]
async fn a_copied_link_opens_nothing_in_another_browser_and_calls_for_help_all_the_same() {
    let world = out().await;
    let preview = gets(&world, None).await;
    assert_eq!((preview.status, &preview.cookie), (StatusCode::UNAUTHORIZED, &None));
    assert!(preview.page.contains("It opens on this phone, and nowhere else."), "{}", preview.page);
    let leader = opened(&world).await;
    let page = gets(&world, Some(&leader)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.page.contains("Year 6 to the museum") && page.page.contains("Red"), "{}", page.page);

    // Whole words: the random id of a press may hold any digits.
    let tells = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| ["museum", "Red", "24", "Okafor"].contains(&word))
    };
    for cookie in [None, Some("__Host-homeward-phone=somebody-elses")] {
        let copied = gets(&world, cookie).await;
        assert_eq!(copied.status, StatusCode::UNAUTHORIZED);
        assert!(
            copied.page.contains("This link needs a code here") && !tells(&copied.page.replace("OK 24", "")),
            "{}",
            copied.page
        );
        let again = sends(&world, "open", cookie, "").await;
        assert_eq!((again.status, again.cookie), (StatusCode::SEE_OTHER, None), "it was opened before");
        for what in ["now", "app.webmanifest"] {
            let path = format!("/go/{}/{what}", token(LINK_KEY));
            let answer = browser(&world, Method::GET, &path, cookie, "").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert!(!tells(&answer.page), "{what}: {}", answer.page);
        }
    }
    let press = |kind: &str| json!({ "id": CommandId::new(), "kind": kind, "pressed_at": NINE });
    let all = json!([press("check-in"), press("found"), press("help"), press("lost")]);
    let (status, answer) = presses(&world, "other=1", all).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let outcomes: Vec<_> = (0..4).map(|n| answer["answers"][n]["outcome"].as_str().expect("told")).collect();
    assert_eq!(
        outcomes,
        ["faulted", "faulted", "accepted", "accepted"],
        "a press that waits is kept: {answer}"
    );
    let messages =
        answer["answers"].as_array().expect("answers").iter().map(|one| one["message"].to_string());
    assert!(!messages.clone().any(|message| tells(&message)), "{answer}");
    let cried = |reason: &Reason| matches!(reason, Reason::Help { .. } | Reason::LostChild { .. });
    let both = |view: &board::view::SchoolView| {
        let case = view.alerts.case_of_trip(museum());
        case.is_some_and(|case| case.reasons.iter().filter(|(reason, _)| cried(reason)).count() == 2)
    };
    world.board.until(both).await;
    let nobody_said = |view: &board::view::SchoolView| {
        view.checkins.watch(museum()).expect("out").groups()[0].details.last.is_none()
    };
    world.board.until(nobody_said).await;
    world.end().await;
}

/// The page that asks for the code calls for help too, without JavaScript, once for each page. [CHECK-6]
#[tokio::test]
async fn whoever_is_asked_for_the_code_can_call_for_help_at_once() {
    let world = out().await;
    opened(&world).await;
    let asked = gets(&world, None).await.page;
    let id = asked.split("name=\"id\" value=\"").nth(1).expect("a form").split('"').next().expect("an id");
    for _ in 0..2 {
        let answer = sends(&world, "help", None, &format!("id={id}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.page.contains("Help was called: everyone at base is being told now."),
            "{}",
            answer.page
        );
    }
    let calls = |view: &board::view::SchoolView| {
        let is_help = |(reason, _): &&(Reason, proto::Timestamp)| matches!(reason, Reason::Help { device: Some(device), .. } if *device == mobile());
        view.alerts.case_of_trip(museum()).map_or(0, |case| case.reasons.iter().filter(is_help).count())
    };
    world.board.until(|view| calls(view) > 0).await;
    // Both presses were answered before: there is no more to wait for.
    world.board.until(|view| calls(view) == 1).await;
    world.end().await;
}

/// The code opens a further browser, and closes the page where it was merely opened first: whoever has the phone wins. Wrong ones
/// open nothing, and lock nobody out.
#[tokio::test]
async fn the_code_opens_the_page_and_ends_it_where_it_was_only_first() {
    let world = out().await;
    let thief = opened(&world).await;
    for n in 0..40 {
        let wrong = sends(&world, "code", None, &format!("code=2222-33{n}")).await;
        assert_eq!((wrong.status, wrong.cookie), (StatusCode::UNPROCESSABLE_ENTITY, None), "{}", wrong.page);
    }
    let now = world.board.clock.now();
    let word = PageWord::of(&LINK_KEY, &school().id, museum(), mobile(), now).shown();
    let typed = format!("code={}", word.to_lowercase());
    let right = sends(&world, "code", None, &typed).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.page);
    let leader = right.cookie.expect("the browser keeps it");
    assert_eq!(gets(&world, Some(&leader)).await.status, StatusCode::OK);
    assert_eq!(gets(&world, Some(&thief)).await.status, StatusCode::UNAUTHORIZED, "it was merely first");
    let app = sends(&world, "code", None, &typed).await.cookie.expect("the app on the home screen");
    for cookie in [&leader, &app] {
        assert_eq!(gets(&world, Some(cookie)).await.status, StatusCode::OK, "both had the code");
    }
    world.board.clock.set(now + SignedDuration::from_hours(1));
    assert_eq!(
        sends(&world, "code", None, &typed).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it has run out"
    );
    assert_eq!(gets(&world, Some(&leader)).await.status, StatusCode::OK, "what is open stays open");
    world.end().await;
}

/// Sent long ago, a link needs the code from its first opening on.
#[tokio::test]
async fn a_link_that_nobody_opened_for_half_a_day_needs_the_code() {
    let world = out().await;
    let sent_at = at("2026-11-21T20:00:00Z") - proto::link::LINK_OPENS;
    world.board.clock.set(sent_at + SignedDuration::from_hours(12));
    assert!(gets(&world, None).await.page.contains("This link needs a code here"));
    assert_eq!(sends(&world, "open", None, "").await.cookie, None);
    world.board.clock.set(sent_at + SignedDuration::from_hours(12) - SignedDuration::from_secs(1));
    opened(&world).await;
    world.end().await;
}

/// The office closes a phone's page: in every browser, and the link that was sent opens nothing any more; a new one does.
#[tokio::test]
async fn the_office_closes_a_page_wherever_it_is_open() {
    let world = out().await;
    let leader = opened(&world).await;
    world.board.login_for(tan(), "wei").await;
    let desk = world.board.cookie("wei").await;
    let trip = format!("/trips/{}", museum());
    let page = browser(&world, Method::GET, &trip, Some(&desk), "").await.page;
    let form_token = page.split("name=\"form_token\" value=\"").nth(1).expect("a form");
    let form_token = form_token.split('"').next().expect("a token");
    assert!(page.contains(&format!("{trip}/close-pages")), "the office has a button for it");
    let form = format!("form_token={form_token}&device={}", mobile());
    let closed = browser(&world, Method::POST, &format!("{trip}/close-pages"), Some(&desk), &form).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.page);
    assert_eq!(gets(&world, Some(&leader)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        sends(&world, "open", Some(&leader), "").await.cookie,
        None,
        "sent before: the code is needed"
    );
    let expires_at = world.board.clock.now() + SignedDuration::from_secs(5) + proto::link::LINK_OPENS;
    let new = PageLink { school: school().id.clone(), trip: museum(), device: mobile(), expires_at };
    let path = format!("/go/{}/open", new.sign(&LINK_KEY));
    assert!(browser(&world, Method::POST, &path, None, "").await.cookie.is_some(), "a new link opens");
    world.end().await;
}
