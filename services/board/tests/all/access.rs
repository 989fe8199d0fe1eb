//! Who sees which record of safeguarding: role by role, refusals included, on pages and in the API. [INC-7, USE-1, PERS-2]

use axum::http::StatusCode;
use proto::ids::{IncidentId, PersonId};
use proto::v1::people::Role;
use serde_json::json;

use crate::world::World;

/// A record, and who of the table's people may read it.
struct Record {
    path: String,
    readers: &'static [&'static str],
    /// What others are answered.
    refused: StatusCode,
    /// What readers are answered.
    read: StatusCode,
}

const PEOPLE: [(&str, Role); 8] = [
    ("leader", Role::Leader),
    ("office", Role::Office),
    ("senior", Role::Senior),
    ("head", Role::Head),
    ("dsl", Role::Dsl),
    ("it", Role::Admin),
    // The deputy DSL whom the second incident is about, and the chair of the trust (a senior there).
    ("deputy", Role::Dsl),
    ("other-head", Role::Head),
];

async fn report(world: &World, token: &str, about: Option<PersonId>) -> IncidentId {
    let incident = IncidentId::new();
    let body = json!({
        "incident": incident, "kind": "adult", "danger": { "over": {} }, "trip": null,
        "happened_at": "2026-11-20T08:50:00Z", "about": about, "what": { "$personal": "Words of the report." },
    });
    let (status, answer) = world.board.command(token, "safeguarding/ReportIncident", &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    incident
}

fn record(path: String, readers: &'static [&'static str], refused: StatusCode) -> Record {
    Record { path, readers, refused, read: StatusCode::OK }
}

/// INC-7, USE-1, PERS-1, PERS-2: each record is read by those whom its rule names; to others it isn't there, or is refused, on the
/// page and in the API alike; of an incident they learn nothing.
#[tokio::test]
async fn each_record_is_read_by_whom_its_rule_names() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    let mut ids = Vec::new();
    for (name, role) in PEOPLE {
        let person = PersonId::new();
        world.person(person, name, &[role]).await;
        world.board.login_for(person, name).await;
        ids.push((name, person));
        tokens.push((name, world.board.token(name).await, world.board.cookie(name).await));
    }
    let person = |of: &str| ids.iter().find(|(name, _)| *name == of).map(|(_, id)| *id).expect("one of them");
    for (_, id) in &ids {
        let id = *id;
        world.board.until(|view| view.safeguarding.is_here(id)).await;
    }
    let leader = tokens[0].1.clone();
    let of_nobody = report(&world, &leader, None).await;
    let of_deputy = report(&world, &leader, Some(person("deputy"))).await;
    let dsl = person("dsl");
    world.board.until(|view| view.safeguarding.incidents_for(dsl).count() == 2).await;

    let all: &[&str] = &["leader", "office", "senior", "head", "dsl", "it", "deputy", "other-head"];
    let keepers: &[&str] = &["head", "dsl", "deputy", "other-head"];
    let but_deputy: &[&str] = &["head", "dsl", "other-head"];
    let none = StatusCode::NOT_FOUND;
    let table = [
        record(format!("/incidents/{of_nobody}"), keepers, none),
        record(format!("/api/v1/incidents/{of_nobody}"), keepers, none),
        record(format!("/incidents/{of_deputy}"), but_deputy, none),
        record(format!("/api/v1/incidents/{of_deputy}"), but_deputy, none),
        record("/safeguarding/use".to_owned(), keepers, none),
        // Nothing was recorded yet: not there for whoever may read it, refused to others.
        Record { read: none, ..record("/api/v1/usage".to_owned(), keepers, StatusCode::FORBIDDEN) },
        record("/safeguarding/arrangements".to_owned(), keepers, none),
        record("/safeguarding/phones".to_owned(), all, none),
        record("/safeguarding/recordings".to_owned(), all, none),
        record("/api/v1/incidents".to_owned(), all, none),
    ];
    for record in &table {
        for (name, token, cookie) in &tokens {
            let bearer = format!("Bearer {token}");
            let header = if record.path.starts_with("/api") {
                ("authorization", bearer.as_str())
            } else {
                ("cookie", cookie.as_str())
            };
            let (status, body) = world.board.get(&record.path, &[header]).await;
            let may = record.readers.contains(name);
            let expected = if may { record.read } else { record.refused };
            assert_eq!(status, expected, "{name} at {}: {body}", record.path);
            let told = body.to_string().contains("Words of the report.");
            assert!(may || !told, "{name} at {}", record.path);
        }
    }
    world.end().await;
}

/// INC-7: a reading by the API is recorded before anything is answered, as one on the page is; the list names none that the
/// reader may not open.
#[tokio::test]
async fn a_reading_by_the_api_is_recorded() {
    let world = World::new().await;
    let (dsl, deputy) = (PersonId::new(), PersonId::new());
    for (person, login) in [(dsl, "dsl"), (deputy, "deputy")] {
        world.person(person, login, &[Role::Dsl]).await;
        world.board.login_for(person, login).await;
        world.board.until(|view| view.safeguarding.is_here(person)).await;
    }
    let token = world.board.token("dsl").await;
    let about = report(&world, &token, Some(deputy)).await;
    world.board.until(|view| view.safeguarding.incidents_for(dsl).count() == 1).await;
    let list = world.board.get_as(&world.board.token("deputy").await, "/api/v1/incidents").await;
    assert_eq!(list, json!([]), "not even that there is one");
    let list = world.board.get_as(&token, "/api/v1/incidents").await;
    assert_eq!(list[0]["incident"], json!(about));
    assert!(list[0].get("what").is_none(), "the list tells nothing that a reading would record");
    let read = world.board.get_as(&token, &format!("/api/v1/incidents/{about}")).await;
    assert_eq!(read["what"], "Words of the report.");
    assert_eq!(read["readings"][0][0], json!(dsl), "{read}");
    world.end().await;
}
