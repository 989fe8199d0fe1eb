//! Every register of issue 5 as CSV, the governors' figures, and the same by the API: whole, guarded, for the right roles alone.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use proto::envelope::Actor;
use proto::ids::PersonId;
use proto::v1::people::Role;
use proto::v1::safeguarding::{AgreedWith, Command, HandIn, PutAway, Terms, Whose};
use proto::values::{BoundedText, Label, Personal};
use safeguarding::Safeguarding;
use serde_json::{Value, json};

use crate::openapi::view_conforms;
use crate::world::{World, page, somebody};

fn text<const MAX: usize>(words: &str) -> Personal<BoundedText<MAX>> {
    Personal::known(BoundedText::parse(words).expect("it fits"))
}

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 20)
}

/// Milo's phone lies in a pouch: in the register his initials are a formula.
async fn pouch(world: &World, by: PersonId) {
    let phone = HandIn {
        trip: None,
        pupil: text("=HYPERLINK(\"x\")"),
        year: 6,
        put_away: PutAway::Off,
        place: Label::parse("Office safe").expect("a label"),
        allowed_by: None,
    };
    world.does::<Safeguarding>(Command::HandInPhone { pouch: 101, phone }, Some(Actor::Person(by))).await;
    world.board.until(|view| view.safeguarding.pouches().held().count() == 1).await;
}

async fn arrangement(world: &World, by: PersonId, head: PersonId) {
    let terms = Terms {
        whose: Whose::Pupil { name: text("A.O.") },
        device: text("Glucose sensor's phone"),
        medical: true,
        reason: text("It alarms"),
        advice: text("The school nurse"),
        agreed_by: head,
        signature: None,
        agreed_with: AgreedWith::Parent,
        from: today(),
        until: today().saturating_add(jiff::ToSpan::weeks(4)),
        conditions: text("In the pocket, \"always\""),
    };
    let command =
        Command::AgreeArrangement { arrangement: proto::ids::ArrangementId::new(), terms: Box::new(terms) };
    world.does::<Safeguarding>(command, Some(Actor::Person(by))).await;
    world.board.until(|view| view.safeguarding.arrangements().all().count() == 1).await;
}

async fn incident(world: &World, token: &str, about: Option<PersonId>) {
    let body = json!({
        "incident": uuid::Uuid::now_v7(), "kind": "adult", "danger": { "over": {} }, "trip": null,
        "happened_at": "2026-11-20T08:50:00Z", "about": about, "what": { "$personal": "Words of the report." },
    });
    let (status, answer) = world.board.command(token, "safeguarding/ReportIncident", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// Issue 5, reports: each register is had as CSV by whoever sees its page; what begins like a formula runs in no spreadsheet.
#[tokio::test]
async fn every_register_is_had_as_csv_and_no_formula_in_it_runs() {
    let world = World::new().await;
    let (head, head_cookie) = somebody(&world, "head", Role::Head).await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    pouch(&world, dsl).await;
    arrangement(&world, dsl, head).await;

    let (status, table) = page(&world, &cookie, "/safeguarding/phones.csv").await;
    assert_eq!(status, StatusCode::OK);
    assert!(table.contains("\"'=HYPERLINK(\"\"x\"\")\",\"Year 6\",\"off\",\"Office safe\""), "{table}");
    let (_, table) = page(&world, &cookie, "/safeguarding/arrangements.csv").await;
    assert!(
        table.contains("\"A.O.\",\"a pupil's\",\"Glucose sensor's phone\",\"yes\",\"It alarms\""),
        "{table}"
    );
    assert!(table.contains("\"In the pocket, \"\"always\"\"\",\"in force\""), "{table}");
    let (_, table) = page(&world, &cookie, "/data-protection.csv").await;
    assert_eq!(table.trim().lines().count(), 1 + decider::policy::retention::KEPT.len(), "{table}");
    let (_, holds) = page(&world, &head_cookie, "/records/holds.csv").await;
    assert!(holds.contains("\"what is held\"") && holds.trim().lines().count() == 1, "{holds}");
    for (path, heading) in [
        ("/safeguarding/recordings.csv", "\"what became of them\""),
        ("/policy/drills.csv", "\"what was learnt\""),
    ] {
        let (status, table) = page(&world, &cookie, path).await;
        assert!(status == StatusCode::OK && table.contains(heading), "{path}: {table}");
    }
    world.end().await;
}

/// PERS-1, PERS-2, MEDIA-1, CONT-8: what pages show of hand-ins, arrangements, recordings and callers is had by the API too, by
/// whoever sees those pages and nobody else.
#[tokio::test]
async fn what_the_desk_and_the_dsl_keep_is_had_by_the_api() {
    let world = World::new().await;
    let (head, _) = somebody(&world, "head", Role::Head).await;
    let (dsl, _) = somebody(&world, "dsl", Role::Dsl).await;
    somebody(&world, "leader", Role::Leader).await;
    pouch(&world, dsl).await;
    arrangement(&world, dsl, head).await;
    let token = world.board.token("dsl").await;
    for (path, count) in [("/pouches", 1), ("/arrangements", 1), ("/recordings", 0), ("/calls", 0)] {
        let told = world.board.get_as(&token, &format!("/api/v1{path}")).await;
        view_conforms(&told, path);
        assert_eq!(told.as_array().map(Vec::len), Some(count), "{path}: {told}");
    }
    let arrangements = world.board.get_as(&token, "/api/v1/arrangements").await;
    assert_eq!(arrangements[0]["terms"]["agreed_by"], json!(head));
    let bearer = format!("Bearer {}", world.board.token("leader").await);
    for path in ["/arrangements", "/calls", "/recordings"] {
        let asked = world.board.get(&format!("/api/v1{path}"), &[("authorization", bearer.as_str())]).await;
        assert_eq!(
            (asked.0, asked.1["code"].as_str()),
            (StatusCode::FORBIDDEN, Some("RoleNeeded")),
            "{path}"
        );
    }
    world.end().await;
}

/// INC-7: incidents as CSV are those that whoever asks may read, without the words; that each was read stands in it.
#[tokio::test]
async fn incidents_as_csv_are_those_that_may_be_read_and_each_reading_is_recorded() {
    let world = World::new().await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    let (deputy, deputy_cookie) = somebody(&world, "deputy", Role::Dsl).await;
    let (_, office) = somebody(&world, "office", Role::Office).await;
    incident(&world, &world.board.token("dsl").await, Some(deputy)).await;
    world.board.until(|view| view.safeguarding.incidents_for(dsl).count() == 1).await;
    let (_, table) = page(&world, &cookie, "/safeguarding/incidents.csv").await;
    assert!(table.contains("\"A concern about an adult\"") && !table.contains("Words of"), "{table}");
    for other in [deputy_cookie, office] {
        let (status, table) = page(&world, &other, "/safeguarding/incidents.csv").await;
        assert_eq!((status, table.trim().lines().count()), (StatusCode::OK, 1), "{table}");
    }
    let read = |view: &board::view::SchoolView| {
        let (_, known) = view.safeguarding.incidents_for(dsl).next().expect("one");
        known.readings.iter().map(|(by, _)| *by).collect::<Vec<_>>()
    };
    world.board.until(|view| read(view) == [dsl]).await;
    world.end().await;
}

/// Issue 5, reports: the governors' page, its CSV and the API tell the same; a number too small is a range; an incident about
/// whoever looks isn't in what they see [INC-7]; a stretch that is none is refused, and others are refused.
#[tokio::test]
async fn the_governors_report_is_the_same_on_the_page_as_csv_and_by_the_api() {
    let world = World::new().await;
    let (head, _) = somebody(&world, "head", Role::Head).await;
    let (dsl, cookie) = somebody(&world, "dsl", Role::Dsl).await;
    let (_, leader) = somebody(&world, "leader", Role::Leader).await;
    let (token, leaders) = (world.board.token("dsl").await, world.board.token("leader").await);
    arrangement(&world, dsl, head).await;
    incident(&world, &world.board.token("head").await, Some(dsl)).await;
    let days = {
        let today = today();
        format!("from={}&to={today}", today.saturating_sub(jiff::ToSpan::days(7)))
    };
    let (status, shown) = page(&world, &cookie, &format!("/governors?{days}")).await;
    assert_eq!(status, StatusCode::OK);
    for part in [
        "<title id=\"chart-trips-title\">",
        "<desc id=\"chart-check-ins-desc\">",
        "None was reported.",
        "1 to 4",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let (_, table) = page(&world, &cookie, &format!("/governors.csv?{days}")).await;
    assert!(
        table.contains("\"exceptions in force\",\"Pupils' devices, by arrangement\",\"1 to 4\""),
        "{table}"
    );
    assert!(table.contains("\"incidents\",\"in all\",\"0\""), "{table}");
    let told = world.board.get_as(&token, &format!("/api/v1/governors?{days}")).await;
    view_conforms(&told, "/governors");
    assert_eq!(told["exceptions"]["pupils"], json!({ "at_least": 1, "at_most": 4 }));
    assert_eq!(told["incidents_by_kind"], json!([]), "it is about whoever asks");
    let heads =
        world.board.get_as(&world.board.token("head").await, &format!("/api/v1/governors?{days}")).await;
    assert_eq!(heads["incidents_by_kind"], json!([["adult", { "at_least": 1, "at_most": 4 }]]));

    let (status, _) = page(&world, &cookie, "/governors?from=2026-02-01&to=2026-01-01").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let (status, _) = world.board.get("/api/v1/governors?from=yesterday", &headers).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for path in ["/governors", "/governors.csv"] {
        let (status, refused) = page(&world, &leader, path).await;
        assert!(status == StatusCode::FORBIDDEN && refused.contains("the DSL"), "{path}: {refused}");
    }
    let bearer = format!("Bearer {leaders}");
    let (status, _) = world.board.get("/api/v1/governors", &[("authorization", bearer.as_str())]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_, readings) = page(&world, &cookie, "/records/readings.csv?what=governors%27+report").await;
    assert!(readings.contains("Person dsl"), "that it was read is noted: {readings}");
    world.end().await;
}

/// Issue 5, privacy: the API finds, gives out and erases as the pages do, for the same roles, and answers as its document says.
#[tokio::test]
async fn the_api_finds_gives_out_and_erases_what_is_kept_about_somebody() {
    let world = World::new().await;
    let (dsl, _) = somebody(&world, "dsl", Role::Dsl).await;
    somebody(&world, "office", Role::Office).await;
    let (token, office) = (world.board.token("dsl").await, world.board.token("office").await);
    pouch(&world, dsl).await;
    world.does::<Safeguarding>(Command::GivePhoneBack { pouch: 101 }, Some(Actor::Person(dsl))).await;
    world.board.until(|view| view.safeguarding.pouches().given_back().count() == 1).await;

    let refused = format!("Bearer {office}");
    for path in ["person?name=hyper", "person/export?name=hyper", "readings"] {
        let path = format!("/api/v1/records/{path}");
        let (status, answer) = world.board.get(&path, &[("authorization", refused.as_str())]).await;
        assert_eq!((status, answer["code"].as_str()), (StatusCode::FORBIDDEN, Some("RoleNeeded")), "{path}");
    }
    let found = world.board.get_as(&token, "/api/v1/records/person?name=hyper").await;
    view_conforms(&found, "/records/person");
    assert_eq!(found["erasable"], json!([{ "kind": "Hand-in register", "entries": 1 }]), "{found}");
    assert_eq!(found["records"][0]["event"], "PhoneHandedIn");
    let given = world.board.get_as(&token, "/api/v1/records/person/export?name=hyper").await;
    view_conforms(&given, "/records/person/export");
    assert!(given["records"][0]["content"].to_string().contains("HYPERLINK"), "{given}");

    let erase = async |token: &str, body: Value| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        world.board.post("/api/v1/records/person/erase", &headers, &body.to_string()).await
    };
    let wanted = json!({ "names": ["hyper"], "sure": true });
    assert_eq!(erase(&office, wanted.clone()).await.0, StatusCode::FORBIDDEN);
    for bad in [
        json!({ "names": ["hyper"], "sure": false }),
        json!({ "sure": true }),
        json!({ "names": ["hy"], "sure": true }),
        json!({ "sure": true, "colour": 1 }),
    ] {
        assert_eq!(erase(&token, bad.clone()).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(erase(&token, wanted.clone()).await, (StatusCode::OK, json!({ "erased": 1 })));
    assert_eq!(erase(&token, wanted).await.1, json!({ "erased": 0 }), "done again, nothing more goes");
    let found = world.board.get_as(&token, "/api/v1/records/person?name=hyper").await;
    assert_eq!(found["entries"], 0, "{found}");

    let bearer_of = format!("Bearer {token}");
    let first = Request::get("/api/v1/records/readings?limit=1").header(header::AUTHORIZATION, &bearer_of);
    let answer = world.board.send(first.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.headers()[header::LINK], "</api/v1/records/readings?limit=1&page=2>; rel=\"next\"");
    let readings = world.board.get_as(&token, "/api/v1/records/readings").await;
    view_conforms(&readings, "/records/readings");
    let what: Vec<_> = readings.as_array().expect("a list").iter().map(|one| one["what"].clone()).collect();
    for one in ["all of a person", "all of a person, given out", "erased on request"] {
        assert!(what.contains(&json!(one)), "{one}: {readings}");
    }
    world.end().await;
}
