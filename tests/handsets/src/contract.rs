//! Twilio's own document, against which every request and every answer of ours is held.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use serde::Serialize;
use serde_json::{Map, Value, json};

const DOCUMENT: &str = include_str!("../contract/openapi_messages_calls.strict.json");

/// Pairs of a form or query, in the order given.
pub(crate) type Form = Vec<(String, String)>;

/// Something that broke the contract: a request of the application, TwiML it answered with, or an answer of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// What was being done.
    pub operation: String,
    /// Which field, and what is wrong with it.
    pub complaint: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.operation, self.complaint)
    }
}

/// The operations served here, by the document's own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    CreateMessage,
    ListMessage,
    FetchMessage,
    UpdateMessage,
    CreateCall,
    ListCall,
    FetchCall,
    UpdateCall,
}

impl Operation {
    const ALL: [Self; 8] = [
        Self::CreateMessage,
        Self::ListMessage,
        Self::FetchMessage,
        Self::UpdateMessage,
        Self::CreateCall,
        Self::ListCall,
        Self::FetchCall,
        Self::UpdateCall,
    ];

    fn id(self) -> String {
        format!("{self:?}")
    }
}

struct Checks {
    /// The request's schema, to read a form by.
    request: Value,
    request_check: Validator,
    answer_check: Validator,
}

static CHECKS: LazyLock<HashMap<Operation, Checks>> = LazyLock::new(|| {
    let document: Value = serde_json::from_str(DOCUMENT).expect("the document in contract/ is JSON");
    Operation::ALL.into_iter().map(|operation| (operation, checks_for(&document, operation))).collect()
});

/// Reads a form or query by the document: the values with their types, or every complaint.
pub(crate) fn check_request(operation: Operation, form: &Form) -> Result<Map<String, Value>, Vec<Violation>> {
    let checks = &CHECKS[&operation];
    let (values, mut complaints) = typed(&checks.request["properties"], form);
    let values = Value::Object(values);
    complaints.extend(complaints_of(&checks.request_check, &values));
    if complaints.is_empty() {
        let Value::Object(values) = values else { unreachable!("made as an object above") };
        return Ok(values);
    }
    Err(complaints.into_iter().map(|complaint| Violation { operation: operation.id(), complaint }).collect())
}

/// Complaints about an answer of ours.
pub(crate) fn check_answer(operation: Operation, answer: &Value) -> Vec<Violation> {
    let complaints = complaints_of(&CHECKS[&operation].answer_check, answer);
    let operation = format!("{} (our own answer)", operation.id());
    complaints.into_iter().map(|complaint| Violation { operation: operation.clone(), complaint }).collect()
}

fn complaints_of(check: &Validator, value: &Value) -> Vec<String> {
    check
        .iter_errors(value)
        .map(|error| format!("{} {error}", error.instance_path()).trim().to_owned())
        .collect()
}

/// A form has text only: the schema says what each field is. What can't be read stays text, and the schema complains.
fn typed(properties: &Value, form: &Form) -> (Map<String, Value>, Vec<String>) {
    let mut values = Map::new();
    let mut complaints = Vec::new();
    for (key, text) in form {
        let kind = properties[key]["type"].as_str().unwrap_or("string");
        if kind == "array" {
            let list = values.entry(key.clone()).or_insert_with(|| json!([]));
            list.as_array_mut().expect("only this arm fills it").push(json!(text));
            continue;
        }
        let value = match kind {
            "integer" | "number" | "boolean" => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            _ => json!(text),
        };
        if values.insert(key.clone(), value).is_some() {
            complaints.push(format!("/{key} is given more than once"));
        }
    }
    (values, complaints)
}

fn checks_for(document: &Value, operation: Operation) -> Checks {
    let described = document["paths"]
        .as_object()
        .expect("the document has paths")
        .values()
        .flat_map(|path| [&path["get"], &path["post"]])
        .find(|described| described["operationId"] == operation.id())
        .expect("the document describes each operation");
    let body = &described["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
    let request = if body.is_null() { query_schema(&described["parameters"]) } else { body.clone() };
    let answer = ["200", "201"]
        .into_iter()
        .map(|status| &described["responses"][status]["content"]["application/json"]["schema"])
        .find(|schema| !schema.is_null())
        .expect("each operation has an answer");
    let request = as_json_schema(document, &request);
    let answer = closed(as_json_schema(document, answer));
    Checks { request_check: validator(&request), answer_check: validator(&answer), request }
}

/// Parameters of a query as an object that takes no others.
fn query_schema(parameters: &Value) -> Value {
    let properties: Map<String, Value> = parameters
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| Some((parameter["name"].as_str()?.to_owned(), parameter["schema"].clone())))
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// OpenAPI 3.0 to JSON Schema: references put in place, `nullable` as a type.
fn as_json_schema(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = name.trim_start_matches('#');
                return as_json_schema(
                    document,
                    document.pointer(pointer).expect("references lead somewhere"),
                );
            }
            let nullable = fields.get("nullable") == Some(&Value::Bool(true));
            let mut made: Map<String, Value> =
                fields.iter().map(|(key, value)| (key.clone(), as_json_schema(document, value))).collect();
            if nullable && let Some(kind) = made.remove("type") {
                made.insert("type".into(), json!([kind, "null"]));
            }
            Value::Object(made)
        }
        Value::Array(items) => items.iter().map(|item| as_json_schema(document, item)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

/// Our answers have no field that the document lacks; and its addresses are relative, as Twilio's are.
fn closed(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        if fields.get("properties").is_some_and(|p| p.as_object().is_some_and(|p| !p.contains_key("type"))) {
            fields.insert("additionalProperties".into(), json!(false));
        }
        if fields.get("format") == Some(&json!("uri")) {
            fields.remove("format");
        }
        fields.values_mut().for_each(|value| *value = closed(value.take()));
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(|value| *value = closed(value.take()));
    }
    schema
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .with_format("uri", |text| reqwest::Url::parse(text).is_ok_and(|url| url.has_host()))
        .with_format("date-time", is_date_or_instant)
        .with_format("twiml", |text| crate::twiml::parse(text).is_ok())
        .build(schema)
        .expect("the document's schemas compile")
}

/// Twilio's lists take a day as well as an instant.
fn is_date_or_instant(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
}
