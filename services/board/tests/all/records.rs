//! What is kept about people: found, given out, erased, held; who opened what; the page for the school's own assessment.

use std::io::Read;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use proto::envelope::Actor;
use proto::ids::{HoldId, PersonId};
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, HandIn, PutAway};
use proto::values::{Label, Personal};
use safeguarding::Safeguarding;
use serde_json::json;

use crate::world::{ORIGIN, World, page, somebody};

/// Milo's own phone lay in a pouch, and was given back.
async fn pouch(world: &World, by: PersonId) {
    let phone = HandIn {
        trip: None,
        pupil: Personal::known(Label::parse("Milo Larkspur").expect("a label")),
        year: 6,
        put_away: PutAway::Off,
        place: Label::parse("Office safe").expect("a label"),
        allowed_by: None,
    };
    let actor = Some(Actor::Person(by));
    world.does::<Safeguarding>(Command::HandInPhone { pouch: 101, phone }, actor.clone()).await;
    world.does::<Safeguarding>(Command::GivePhoneBack { pouch: 101 }, actor).await;
}

async fn posts(world: &World, cookie: &str, path: &str, body: &str) -> (StatusCode, String) {
    let (_, shown) = page(world, cookie, "/records").await;
    let token = shown.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let body = format!("{body}&form_token={}&once={}", token.expect("a form"), uuid::Uuid::now_v7());
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::ORIGIN, ORIGIN)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .expect("a request");
    let answer = world.board.send(request).await;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

/// Issue 5, privacy: the DSL finds what is kept about a pupil, gives it out, erases it, and the board forgets it at once; others
/// see none of these pages.
#[tokio::test]
async fn what_is_kept_about_a_pupil_is_given_out_erased_and_forgotten() {
    let world = World::new().await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    let (_, leader) = somebody(&world, "leader", Role::Leader).await;
    pouch(&world, dsl).await;
    world.board.until(|view| view.safeguarding.pouches().given_back().count() == 1).await;

    for path in ["/records/person?name=milo", "/records/person.zip?name=milo"] {
        assert_eq!(page(&world, &leader, path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(page(&world, &cookie, "/records/person?name=mi").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, shown) = page(&world, &cookie, "/records/person?name=milo").await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains("Hand-in register") && shown.contains("Erase 1 entries"), "{shown}");

    let request = Request::builder().uri("/records/person.zip?name=milo").header(header::COOKIE, &cookie);
    let answer = world.board.send(request.body(Body::empty()).expect("a request")).await;
    let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes.to_vec())).expect("a zip");
    let mut table = String::new();
    zip.by_name("records.csv").expect("in it").read_to_string(&mut table).expect("text");
    assert!(table.contains("Milo Larkspur") && table.contains("phone handed in"), "{table}");

    let (status, asked) = posts(&world, &cookie, "/records/person/erase", "name=milo").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && asked.contains("tick"), "{status}");
    let (status, done) = posts(&world, &cookie, "/records/person/erase", "name=milo&sure=yes").await;
    assert!(status == StatusCode::OK && done.contains("1 entries were erased"), "{status} {done}");
    let erased = |view: &board::view::SchoolView| {
        let mut given = view.safeguarding.pouches().given_back();
        given.next().is_some_and(|(_, pouch, ..)| pouch.phone.pupil.get().is_none())
    };
    world.board.until(erased).await;
    let (_, register) = page(&world, &cookie, "/safeguarding/phones").await;
    assert!(!register.contains("Larkspur"), "the board forgot it");
    world.end().await;
}

/// Issue 5, privacy: what is held stays, and the page says so; lifted, it goes.
#[tokio::test]
async fn what_is_held_is_not_erased_on_request() {
    let world = World::new().await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    pouch(&world, dsl).await;
    let (status, _) =
        posts(&world, &cookie, "/records", "do=hold&hold.of=everything&hold.reason=The+court+asked").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    world.board.until(|view| view.safeguarding.holds().standing().count() == 1).await;
    let (_, shown) = page(&world, &cookie, "/records/person?name=milo").await;
    assert!(shown.contains("the records are held") && shown.contains("Nothing can be erased now"), "{shown}");
    let (_, listed) = page(&world, &cookie, "/records").await;
    assert!(listed.contains("The court asked") && listed.contains("Everything"));
    let id = {
        let view = world.board.board.state.view().school(&crate::world::school().id).expect("served");
        view.safeguarding.holds().standing().next().expect("one").0
    };
    posts(&world, &cookie, "/records", &format!("do=lift&hold={id}&lift.reason=It+is+over")).await;
    world.board.until(|view| view.safeguarding.holds().standing().count() == 0).await;
    let (_, shown) = page(&world, &cookie, "/records/person?name=milo").await;
    assert!(shown.contains("Erase 1 entries"), "{shown}");
    world.end().await;
}

/// Issue 5, privacy: holds are for the DSL, the head and administrators, by the API as on the page.
#[tokio::test]
async fn holds_are_for_those_who_answer_for_records() {
    let world = World::new().await;
    somebody(&world, "office", Role::Office).await;
    somebody(&world, "head", Role::Head).await;
    let body = |hold: HoldId| json!({ "hold": hold, "of": { "everything": {} }, "reason": { "$personal": "asked" } });
    for (login, expected) in [("office", StatusCode::FORBIDDEN), ("head", StatusCode::OK)] {
        let token = world.board.token(login).await;
        let (status, answer) =
            world.board.command(&token, "safeguarding/HoldRecords", &body(HoldId::new())).await;
        assert_eq!(status, expected, "{login}: {answer}");
    }
    world.end().await;
}

/// Issue 5, privacy: who opened which record is noted, once for ten minutes, on pages and in the API; what was refused isn't; the
/// DSL reads it, by person and by record.
#[tokio::test]
async fn who_opened_which_record_is_noted_and_shown_to_the_dsl() {
    let world = World::new().await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    let (office, office_cookie) = somebody(&world, "office", Role::Office).await;
    for _ in 0..2 {
        page(&world, &office_cookie, &format!("/people/{dsl}")).await;
    }
    page(&world, &office_cookie, "/safeguarding/use").await;
    let token = world.board.token("office").await;
    world.board.get_as(&token, "/api/v1/messages").await;
    assert_eq!(page(&world, &office_cookie, "/records/readings").await.0, StatusCode::FORBIDDEN);
    let (_, table) = page(&world, &cookie, &format!("/records/readings.csv?by={office}")).await;
    let lines: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].contains("messages") && lines[1].contains("\"person\",\"Person dsl\""), "{table}");
    let (status, shown) = page(&world, &cookie, "/records/readings?what=person").await;
    assert!(
        status == StatusCode::OK
            && shown.contains("Person office")
            && !shown.contains("<td data-label=\"What\">messages")
    );
    world.end().await;
}

/// Issue 5, privacy: the page for the school's own assessment has each kind with the time that is in force and those who may
/// read it, and names nobody who isn't configured.
#[tokio::test]
async fn the_page_for_the_schools_assessment_says_what_is_in_force() {
    let world = World::new().await;
    let (_, cookie) = somebody(&world, "leader", Role::Leader).await;
    let (status, shown) = page(&world, &cookie, "/data-protection").await;
    assert_eq!(status, StatusCode::OK);
    for kept in decider::policy::retention::KEPT {
        let basis = kept.basis.replace('\'', "&#39;");
        assert!(shown.contains(kept.title) && shown.contains(&basis), "{}", kept.title);
    }
    assert!(shown.contains("Nobody else: no provider"), "{shown}");
    assert!(shown.contains("25 years") && shown.contains("30 days"));
    world.end().await;
}
