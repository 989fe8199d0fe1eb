//! The OpenAPI 3.1 document, made from the contract's own JSON Schemas: a path for each command of each service.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use proto::refusal::RefusalBody;
use proto::topics::ServiceName;
use proto::v1;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::commands::{BY_THE_API, DURESS_WORD, Done, IDEMPOTENCY_KEY, TRACEPARENT, VIA, WITH_DURESS};
use super::token::{Token, TokenRequest};
use super::views;
use super::views::records::{EraseRequest, ErasedBody};
use crate::auth::roles::{Action, Who, who};

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    serde_json::to_string_pretty(&openapi()).expect("a document of JSON values has string keys only")
});

pub(super) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// Every command of every service, by its variant's name.
pub fn variants() -> Vec<(ServiceName, String)> {
    let mut generator = generator();
    commands(&mut generator).into_iter().map(|command| (command.service, command.variant)).collect()
}

/// Whom a command is for; none if there is no such command.
pub(super) fn roles_of(service: ServiceName, variant: &str) -> Option<Who> {
    static KNOWN: LazyLock<Vec<(ServiceName, String)>> = LazyLock::new(variants);
    let known = KNOWN.iter().any(|(of, name)| *of == service && name == variant);
    known.then(|| who(Action::Command(service, variant)))
}

/// The document.
pub fn openapi() -> Value {
    let mut generator = generator();
    let mut paths = Map::new();
    paths.insert("/token".to_owned(), token_path(&mut generator));
    for command in commands(&mut generator) {
        let path = format!("/{}/{}", command.service, command.variant);
        paths.insert(path, command_path(&mut generator, command));
    }
    for view in views::ALL {
        paths.insert(view.path.to_owned(), view_path(&mut generator, view));
    }
    paths.insert("/records/person/erase".to_owned(), erase_path(&mut generator));
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Homeward",
            "version": "1",
            "description": "Every command and view of Homeward. Get a token, send it as a bearer token. A command sent \
                again with the same Idempotency-Key is done once. Personal parts stand as {\"$personal\": value}, null \
                once they were erased.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "schemas": generator.take_definitions(true),
        },
    });
    take_sets_as_they_come(&mut document);
    document
}

/// What is named twice in a set is in it once: that is no reason to refuse a list.
fn take_sets_as_they_come(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("uniqueItems");
            fields.values_mut().for_each(take_sets_as_they_come);
        }
        Value::Array(items) => items.iter_mut().for_each(take_sets_as_they_come),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    settings.into_generator()
}

struct CommandSchema {
    service: ServiceName,
    variant: String,
    description: Option<String>,
    schema: Value,
}

fn commands(generator: &mut SchemaGenerator) -> Vec<CommandSchema> {
    let mut all = Vec::new();
    for service in ServiceName::ALL {
        let schema = match service {
            ServiceName::People => v1::people::Command::json_schema(generator),
            ServiceName::Devices => v1::devices::Command::json_schema(generator),
            ServiceName::Trips => v1::trips::Command::json_schema(generator),
            ServiceName::Checkins => v1::checkins::Command::json_schema(generator),
            ServiceName::Contacts => v1::contacts::Command::json_schema(generator),
            ServiceName::Alerts => v1::alerts::Command::json_schema(generator),
            ServiceName::Safeguarding => v1::safeguarding::Command::json_schema(generator),
            ServiceName::Gateway => v1::gateway::Command::json_schema(generator),
            ServiceName::Board => continue,
        };
        let variants = schema.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
        all.extend(variants.into_iter().flat_map(|variant| of_variant(service, variant)));
    }
    all
}

/// A variant's schema is an object with one property: its name.
fn of_variant(service: ServiceName, variant: Value) -> Option<CommandSchema> {
    let description = variant.get("description").and_then(Value::as_str).map(str::to_owned);
    let (name, schema) = variant.get("properties")?.as_object()?.iter().next()?;
    let mut schema = schema.clone();
    if WITH_DURESS.contains(&(service, name.as_str())) {
        let about = "The duress word, as it is said: its hash goes on in its place.";
        let word = json!({ "type": "string", "minLength": 3, "maxLength": 20, "description": about });
        schema["properties"][DURESS_WORD] = word;
    }
    if BY_THE_API == (service, name.as_str()) {
        schema["properties"].as_object_mut()?.remove(VIA);
        schema["required"].as_array_mut()?.retain(|field| field != VIA);
    }
    Some(CommandSchema { service, variant: name.clone(), description, schema })
}

fn command_path(generator: &mut SchemaGenerator, command: CommandSchema) -> Value {
    let CommandSchema { service, variant, description, schema } = command;
    let whom = match who(Action::Command(service, &variant)) {
        Who::Everyone => "For everybody who logs in.".to_owned(),
        Who::Nobody => "For nobody: Homeward does it by itself.".to_owned(),
        Who::OneOf(roles) => {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            format!("For people with one of these roles: {}.", roles.join(", "))
        }
    };
    let description = [description.unwrap_or_default(), whom].join("\n\n").trim().to_owned();
    let key = json!({
        "name": IDEMPOTENCY_KEY, "in": "header", "required": false,
        "description": "The command's id: sent again with it, the command is done once.",
        "schema": { "type": "string", "format": "uuid" },
    });
    let trace = json!({
        "name": TRACEPARENT, "in": "header", "required": false,
        "description": "W3C trace context: all that the command leads to stands in the logs under its trace id. Without it the command's id is that.",
        "schema": { "type": "string" },
    });
    json!({ "post": {
        "operationId": format!("{service}.{variant}"),
        "tags": [service.as_str()],
        "description": description,
        "parameters": [key, trace],
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": {
            "200": answer("Done.", generator.subschema_for::<Done>()),
            "400": error(generator, "It can't be read: the field at fault."),
            "401": error(generator, "Without a token that is good."),
            "403": error(generator, "The person's roles don't allow it."),
            "422": error(generator, "A rule stands against it: which, and what would satisfy it."),
            "503": error(generator, "It could not be decided just now: ask again with the same key."),
        },
    }})
}

fn token_path(generator: &mut SchemaGenerator) -> Value {
    json!({
        "post": {
            "operationId": "token.issue",
            "tags": ["token"],
            "description": "Gives a token for a name and a password.",
            "security": [],
            "requestBody": { "required": true, "content": {
                "application/json": { "schema": generator.subschema_for::<TokenRequest>() } } },
            "responses": {
                "200": answer("A token.", generator.subschema_for::<Token>()),
                "400": error(generator, "It can't be read."),
                "401": error(generator, "Name or password is wrong."),
                "429": error(generator, "Too many tries."),
            },
        },
        "delete": {
            "operationId": "token.revoke",
            "tags": ["token"],
            "description": "Ends the token that is sent along.",
            "responses": { "204": { "description": "It has ended." }, "401": error(generator, "Without a token.") },
        },
    })
}

/// What is no command of a service: records stand in the journals of all of them.
fn erase_path(generator: &mut SchemaGenerator) -> Value {
    json!({ "post": {
        "operationId": "records.erase",
        "tags": ["records"],
        "description": "Erases what may be erased of what is kept about one person: what that is `GET /records/person` says. \
            Done again, nothing more goes.\n\nFor people with one of these roles: head, dsl, admin.",
        "requestBody": { "required": true, "content": {
            "application/json": { "schema": generator.subschema_for::<EraseRequest>() } } },
        "responses": {
            "200": answer("What went.", generator.subschema_for::<ErasedBody>()),
            "400": error(generator, "It can't be read, or names nobody."),
            "401": error(generator, "Without a token that is good."),
            "403": error(generator, "The person's roles don't allow it."),
            "503": error(generator, "The journals can't be read just now, or are kept elsewhere."),
        },
    }})
}

fn view_path(generator: &mut SchemaGenerator, view: &views::ViewPath) -> Value {
    let parameters: Vec<Value> = view
        .parameters
        .iter()
        .map(|p| {
            let place = if view.path.contains(&format!("{{{}}}", p.name)) { "path" } else { "query" };
            let schema: Value = serde_json::from_str(p.schema).expect("a parameter's schema is JSON");
            json!({ "name": p.name, "in": place, "required": place == "path", "description": p.about, "schema": schema })
        })
        .collect();
    json!({ "get": {
        "operationId": view.id,
        "tags": ["views"],
        "description": view.about,
        "parameters": parameters,
        "responses": {
            "200": answer("What is known now.", (view.schema)(generator)),
            "400": error(generator, "A parameter can't be read."),
            "401": error(generator, "Without a token that is good."),
            "403": error(generator, "The person's roles don't allow it."),
            "404": error(generator, "There is no such thing."),
            "503": error(generator, "It can't be read just now: ask again."),
        },
    }})
}

fn answer(description: &str, schema: schemars::Schema) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn error(generator: &mut SchemaGenerator, description: &str) -> Value {
    answer(description, generator.subschema_for::<RefusalBody>())
}
