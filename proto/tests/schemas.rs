//! The files in proto/schemas/ are what the types say, and say what travels.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proto::Timestamp;
use proto::envelope::{Actor, EventEnvelope, Hash, Source, SpecVersion};
use proto::ids::{CaseId, CommandId, DeviceId, GroupId, LineId, PersonId, TripId};
use proto::refusal::Refusal as _;
use proto::topics::ServiceName;
use proto::v1::{AnyEvent, alerts, checkins, contacts, devices, people, trips};
use proto::values::{Headcount, Note, Personal};
use proto::wire;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}: run make schemas"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_committed_files_are_what_the_types_say() {
    let documents = proto::schemas::documents();
    for document in &documents {
        assert!(
            read(&document.path) == document.json,
            "{} differs from the types: run make schemas",
            document.path
        );
    }
    let expected: BTreeSet<_> =
        documents.iter().filter_map(|d| d.path.strip_prefix("v1/")).map(str::to_owned).collect();
    let found = std::fs::read_dir(root().join("v1")).expect("the folder is there");
    let found: BTreeSet<_> =
        found.map(|file| file.expect("reads").file_name().into_string().expect("a name")).collect();
    assert_eq!(found, expected, "run make schemas");
}

#[test]
fn every_schema_is_a_valid_json_schema() {
    for document in proto::schemas::documents().iter().filter(|d| d.path.starts_with("v1/")) {
        if let Err(error) = jsonschema::meta::validate(&document.json) {
            panic!("{}: {error}", document.path);
        }
        jsonschema::validator_for(&document.json)
            .unwrap_or_else(|error| panic!("{}: {error}", document.path));
    }
}

#[test]
fn the_asyncapi_document_has_each_command_and_each_event_once() {
    let document = read("asyncapi.json");
    let messages = document["components"]["messages"].as_object().expect("messages");
    let mut names: Vec<&str> = messages.values().filter_map(|m| m["name"].as_str()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a name stands twice");
    let contracts = proto::schemas::contracts(&schemars::generate::SchemaSettings::draft2020_12());
    let variants = contracts
        .iter()
        .flat_map(|c| c.commands.iter().chain(&c.events).map(|v| wire::kind(c.service, &v.name)));
    for kind in variants {
        assert!(
            names.binary_search(&kind.as_str()).is_ok(),
            "{kind} is not in asyncapi.json: run make schemas"
        );
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn note(text: &str) -> Note {
    Note::parse(text).expect("a note")
}

fn envelope(event: &AnyEvent) -> Value {
    let (variant, data) = match event {
        AnyEvent::People(event) => wire::split(event),
        AnyEvent::Devices(event) => wire::split(event),
        AnyEvent::Trips(event) => wire::split(event),
        AnyEvent::Checkins(event) => wire::split(event),
        AnyEvent::Contacts(event) => wire::split(event),
        AnyEvent::Alerts(event) => wire::split(event),
        AnyEvent::Safeguarding(event) => wire::split(event),
        AnyEvent::Gateway(event) => wire::split(event),
    };
    let service = event.service();
    let envelope = EventEnvelope {
        specversion: SpecVersion::V1,
        id: Uuid::now_v7(),
        source: Source { school: "elmfield".parse().expect("a school"), service },
        kind: wire::kind(service, &variant),
        time: at("2026-11-20T09:30:00Z"),
        sequence: 7,
        epoch: Uuid::now_v7(),
        entryhash: Hash::of(b"entry"),
        cause: Uuid::now_v7(),
        correlation: Uuid::now_v7(),
        actor: Actor::Service(service),
        traceparent: None,
        data,
    };
    serde_json::to_value(&envelope).expect("JSON")
}

fn examples() -> Vec<AnyEvent> {
    let (trip, group, person, device) = (TripId::new(), GroupId::new(), PersonId::new(), DeviceId::new());
    let (ten, now) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T09:58:12Z"));
    let counted = |count| Headcount::new(count).expect("a count");
    vec![
        people::Event::AuthorisationWithdrawn { person, reason: note("Left the register.").into() }.into(),
        people::Event::AuthorisationWithdrawn { person, reason: Personal::blanked() }.into(),
        people::Event::HolderAuthorised { person, until: Some(ten) }.into(),
        devices::Event::DeviceIssued {
            device,
            holder: devices::Holder::Person(person),
            trip: Some(trip),
            reason: None,
            at: now,
        }
        .into(),
        trips::Event::SentBack { trip, reason: note("Who drives?"), by: person }.into(),
        checkins::Event::CheckedIn {
            trip,
            group,
            word: checkins::Word::Late { minutes: 20 },
            headcount: Some(counted(24)),
            expected: counted(24),
            said_at: now,
            received_at: ten,
            counts_at: None,
            punctuality: checkins::Punctuality::QueuedInTime,
            via: checkins::Via::PhonePage,
            device: Some(device),
            person: None,
            note: Some(note("All well.").into()),
            inbound: None,
            next: None,
        }
        .into(),
        contacts::Event::LineRemoved { line: LineId::new() }.into(),
        contacts::Event::LineHealthChanged {
            line: LineId::new(),
            health: contacts::LineHealth::Down,
            since: now,
            reason: note("No dialling tone."),
            until: None,
            by: contacts::JudgedBy::Hand,
        }
        .into(),
        alerts::Event::NoteAdded {
            case: CaseId::new(),
            trip: Some(trip),
            note: note("Rang the museum.").into(),
            by: person,
            at: now,
        }
        .into(),
    ]
}

#[test]
fn events_as_they_travel_fit_their_schema_and_no_other_one() {
    let validator = |service: ServiceName| {
        let schema = read(&format!("v1/{service}.events.schema.json"));
        jsonschema::validator_for(&schema).expect("a schema")
    };
    for event in examples() {
        let travels = envelope(&event);
        let service = event.service();
        if let Err(error) = validator(service).validate(&travels) {
            panic!("{travels:#}: {error}");
        }
        let other = if service == ServiceName::Gateway { ServiceName::People } else { ServiceName::Gateway };
        assert!(!validator(other).is_valid(&travels), "{travels:#}");
    }
}

#[test]
fn what_is_wrong_in_an_envelope_or_a_field_does_not_fit() {
    let schema = read("v1/checkins.events.schema.json");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let right = envelope(&examples().swap_remove(5));
    assert!(validator.is_valid(&right));
    let wrong = [
        ("/specversion", json!("0.3")),
        ("/type", json!("homeward.checkins.v1.Vanished")),
        ("/actor", json!("nobody")),
        ("/entryhash", json!("abc")),
        ("/data/trip", json!(7)),
        ("/data/word", json!("sing")),
        ("/data/note", json!("a note that is not marked as personal")),
        ("/data", json!({})),
    ];
    for (path, value) in wrong {
        let mut changed = right.clone();
        *changed.pointer_mut(path).expect("the field is there") = value;
        assert!(!validator.is_valid(&changed), "{path}: {changed:#}");
    }
}

fn travels_as_command<C: Serialize>(service: ServiceName, command: &C) -> Value {
    let (variant, data) = wire::split(command);
    json!({ "specversion": "1.0", "id": CommandId::new(), "source": "/client/lamp", "type": wire::kind(service, &variant), "data": data })
}

#[test]
fn commands_take_no_unknown_field_and_refusals_carry_their_own_data() {
    let own = alerts::Command::OwnCase { case: CaseId::new() };
    let mut travels = travels_as_command(ServiceName::Alerts, &own);
    let schema = read("v1/alerts.commands.schema.json");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(validator.is_valid(&travels));
    travels["data"]["because"] = json!("I can");
    assert!(!validator.is_valid(&travels));

    let refusal = devices::Refusal::NumberTaken { by: DeviceId::new() };
    let mut body = serde_json::to_value(refusal.body()).expect("JSON");
    let schema = read("v1/devices.refusals.schema.json");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    if let Err(error) = validator.validate(&body) {
        panic!("{body:#}: {error}");
    }
    body["code"] = json!("TagTaken");
    assert!(!validator.is_valid(&body));
}
