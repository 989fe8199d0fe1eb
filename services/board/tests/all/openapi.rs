//! The document: whole, and true.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use board::api::openapi::{openapi, variants};
use serde_json::Value;

use crate::world::Alone;

#[test]
fn every_command_of_every_service_has_a_path_and_a_schema_for_its_fields() {
    let document = openapi();
    let all = variants();
    assert!(all.len() > 60, "{} commands", all.len());
    for (service, variant) in all {
        let operation = &document["paths"][format!("/{service}/{variant}")]["post"];
        assert_eq!(operation["operationId"], format!("{service}.{variant}"));
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(schema["type"], "object", "{service}.{variant}: {schema}");
        for answer in ["200", "400", "401", "403", "422", "503"] {
            assert!(operation["responses"][answer].is_object(), "{service}.{variant} answers {answer}");
        }
    }
    let depart = &document["paths"]["/trips/Depart"]["post"]["requestBody"]["content"]["application/json"];
    assert!(depart["schema"]["properties"]["duress_word"].is_object(), "a word, since no client can hash it");
}

#[test]
fn every_reference_resolves_and_every_operation_has_its_own_id() {
    let document = openapi();
    let (mut references, mut ids) = (BTreeSet::new(), Vec::new());
    walk(&document, &mut |key, value| match (key, value) {
        ("$ref", Value::String(reference)) => {
            references.insert(reference.clone());
        }
        ("operationId", Value::String(id)) => ids.push(id.clone()),
        _ => {}
    });
    assert!(references.len() > 20, "{references:?}");
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} points elsewhere"));
        assert!(document.pointer(pointer).is_some(), "{reference} points nowhere");
    }
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn every_path_of_the_document_is_there_and_asks_who_it_is() {
    let board = Alone::new().await;
    let (status, served) = board.get("/api/v1/openapi.json", &[]).await;
    assert_eq!((status, &served), (StatusCode::OK, &openapi()));
    let paths = served["paths"].as_object().expect("paths");
    for (path, operations) in paths.iter().filter(|(path, _)| *path != "/token") {
        let path = format!("/api/v1{}", path.replace("{trip}", ID).replace("{device}", ID));
        let (status, body) = match operations.get("get") {
            Some(_) => board.get(&path, &[]).await,
            None => board.post(&path, &[("authorization", "Bearer nothing")], "{}").await,
        };
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {body}");
        assert_eq!(body["code"], "NotLoggedIn", "{path}");
    }
}

/// Whether a value is what the document says an operation takes or answers.
pub(crate) fn conforms(value: &Value, pointer: &str) -> Result<(), String> {
    let mut schema = openapi();
    schema["$ref"] = Value::String(format!("#{pointer}"));
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    let validator = jsonschema::validator_for(&schema).map_err(|bad| format!("{pointer}: {bad}"))?;
    validator.validate(value).map_err(|bad| format!("{pointer}: {bad} at {}", bad.instance_path()))
}

/// A view's answer is what the document says.
pub(crate) fn view_conforms(value: &Value, path: &str) {
    // In a reference braces are percent-encoded.
    let path = path.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
    let pointer = format!("/paths/{path}/get/responses/200/content/application~1json/schema");
    conforms(value, &pointer).expect("the answer is as the document says");
}

#[test]
fn the_schema_of_a_command_takes_what_the_service_takes_and_nothing_else() {
    let pointer = "/paths/~1trips~1SaveDraft/post/requestBody/content/application~1json/schema";
    let mut body = serde_json::json!({ "trip": ID, "base": null, "form": crate::cast::form() });
    conforms(&body, pointer).expect("a whole form");
    body["form"]["pupils"] = (-1).into();
    assert!(conforms(&body, pointer).is_err(), "fewer than nobody");
    body["form"]["pupils"] = 24.into();
    body["form"]["colour"] = "red".into();
    assert!(conforms(&body, pointer).is_err(), "a field that there isn't");
}

const ID: &str = "00000000-0000-4000-8000-000000000001";

fn walk(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            look(key, value);
            walk(value, look);
        }),
        Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
