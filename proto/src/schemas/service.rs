//! One service's commands, events and refusals, variant by variant, as they travel.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Document, constant, deciders};
use crate::envelope::{CommandEnvelope, EventEnvelope};
use crate::refusal::RefusalBody;
use crate::topics::ServiceName;
use crate::v1;
use crate::v1::policy::PolicyNoted;
use crate::wire;

/// A variant of a service's command, event or refusal enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, as it stands in `type`, or in a refusal's `code`.
    pub name: String,
    /// What it is for, if it says so.
    pub description: Option<String>,
    /// The schema of its fields.
    pub fields: Value,
}

/// The contract of one service.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The service.
    pub service: ServiceName,
    /// Its commands.
    pub commands: Vec<Variant>,
    /// Its events.
    pub events: Vec<Variant>,
    /// Its refusals.
    pub refusals: Vec<Variant>,
    /// What the variants refer to, by name.
    pub types: Map<String, Value>,
    refs: String,
}

/// The contract of every service that keeps a journal, in the dialect of `settings`.
pub fn contracts(settings: &SchemaSettings) -> Vec<Contract> {
    deciders()
        .map(|service| match service {
            ServiceName::People => {
                of::<v1::people::Command, v1::people::Event, v1::people::Refusal>(service, settings)
            }
            ServiceName::Devices => {
                of::<v1::devices::Command, v1::devices::Event, v1::devices::Refusal>(service, settings)
            }
            ServiceName::Contacts => {
                of::<v1::contacts::Command, v1::contacts::Event, v1::contacts::Refusal>(service, settings)
            }
            ServiceName::Trips => {
                of::<v1::trips::Command, v1::trips::Event, v1::trips::Refusal>(service, settings)
            }
            ServiceName::Checkins => {
                of::<v1::checkins::Command, v1::checkins::Event, v1::checkins::Refusal>(service, settings)
            }
            ServiceName::Alerts => {
                of::<v1::alerts::Command, v1::alerts::Event, v1::alerts::Refusal>(service, settings)
            }
            ServiceName::Safeguarding => {
                of::<v1::safeguarding::Command, v1::safeguarding::Event, v1::safeguarding::Refusal>(
                    service, settings,
                )
            }
            ServiceName::Gateway => {
                of::<v1::gateway::Command, v1::gateway::Event, v1::gateway::Refusal>(service, settings)
            }
            ServiceName::Board => unreachable!("the board keeps no journal"),
        })
        .collect()
}

fn of<C: JsonSchema, E: JsonSchema, R: JsonSchema>(
    service: ServiceName,
    settings: &SchemaSettings,
) -> Contract {
    let mut generator = SchemaGenerator::new(settings.clone());
    // Envelopes first: their names are then free of any number that tells two types of one name apart.
    for add in [subschema::<EventEnvelope>, subschema::<CommandEnvelope>, subschema::<RefusalBody>] {
        add(&mut generator);
    }
    put_variants::<C>(&mut generator, "command");
    put_variants::<E>(&mut generator, "event");
    put_variants::<R>(&mut generator, "refusal");
    let noted = PolicyNoted::json_schema(&mut generator).to_value();
    generator.definitions_mut().insert(NOTED.into(), noted);
    let mut types: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    let noted = policy_noted(types.remove(NOTED).expect("it was put there"));
    let mut take = |what| take_variants(&mut types, what);
    let (commands, mut events, refusals) = (take("command"), take("event"), take("refusal"));
    if service != ServiceName::People {
        events.push(noted);
    }
    let refs = format!("#{}/", settings.definitions_path);
    Contract { service, commands, events, refusals, types, refs }
}

/// Where the event that every service but people may keep stands, among the definitions.
const NOTED: &str = "<noted>";

fn policy_noted(mut fields: Value) -> Variant {
    let description = fields.as_object_mut().and_then(|fields| fields.remove("description"));
    if let Some(fields) = fields.as_object_mut() {
        fields.remove("title");
    }
    let description = description.and_then(|words| words.as_str().map(str::to_owned));
    Variant { name: PolicyNoted::NAME.to_owned(), description, fields }
}

fn subschema<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

/// Puts the enum among the definitions, so that it is brought into the dialect with them.
fn put_variants<T: JsonSchema>(generator: &mut SchemaGenerator, what: &str) {
    let schema = T::json_schema(generator).to_value();
    generator.definitions_mut().insert(format!("<{what}>"), schema);
}

/// Takes an externally tagged enum (as serde and schemars have it) apart.
fn take_variants(types: &mut Map<String, Value>, what: &str) -> Vec<Variant> {
    let schema = types.remove(&format!("<{what}>")).expect("it was put there");
    let tagged = schema["oneOf"].as_array().expect("every command, event and refusal is an enum");
    tagged.iter().map(variant).collect()
}

fn variant(tagged: &Value) -> Variant {
    let (name, fields) = tagged["properties"]
        .as_object()
        .and_then(|one| one.iter().next())
        .expect("every variant has named fields");
    let description = tagged["description"].as_str().map(str::to_owned);
    Variant { name: name.clone(), description, fields: fields.clone() }
}

impl Contract {
    /// Its three files.
    pub(super) fn documents(&self) -> [Document; 3] {
        let Self { service, .. } = self;
        let kind = |variant: &Variant| constant(&wire::kind(*service, &variant.name));
        let travels = |variant: &Variant| json!({ "type": kind(variant), "data": variant.fields });
        [
            self.document("commands", "CommandEnvelope", &self.commands, travels),
            self.document("events", "EventEnvelope", &self.events, travels),
            self.document(
                "refusals",
                "RefusalBody",
                &self.refusals,
                |variant| json!({ "code": constant(&variant.name), "details": tagged(variant) }),
            ),
        ]
    }

    /// An envelope, and for each variant what is narrower in it.
    fn document(
        &self,
        what: &str,
        envelope: &str,
        variants: &[Variant],
        narrowed: impl Fn(&Variant) -> Value,
    ) -> Document {
        let one = |variant: &Variant| {
            let mut one = json!({ "title": variant.name, "properties": narrowed(variant) });
            if let Some(description) = &variant.description {
                one["description"] = json!(description);
            }
            one
        };
        let one_of: Vec<Value> = variants.iter().map(one).collect();
        let mut json = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("The {what} of {}, version 1", self.service),
            "$ref": format!("{}{envelope}", self.refs),
            "oneOf": one_of,
        });
        json["$defs"] = Value::Object(used(&json, &self.types, &self.refs));
        Document { path: format!("v1/{}.{what}.schema.json", self.service), json }
    }
}

/// As serde writes an enum: the variant's name, and its fields below.
fn tagged(variant: &Variant) -> Value {
    json!({
        "type": "object",
        "properties": { variant.name.clone(): variant.fields },
        "required": [variant.name],
        "additionalProperties": false,
    })
}

/// The types that `json` refers to, and those that these refer to.
pub(super) fn used(json: &Value, types: &Map<String, Value>, refs: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = names(json, refs);
    while let Some(name) = open.pop() {
        if let Some(schema) = types.get(&name).filter(|_| !found.contains_key(&name)) {
            open.extend(names(schema, refs));
            found.insert(name, schema.clone());
        }
    }
    found.into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()
}

/// The names of the types that a schema refers to.
pub(super) fn names(json: &Value, refs: &str) -> Vec<String> {
    match json {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(refs));
            own.map(str::to_owned).into_iter().chain(fields.values().flat_map(|v| names(v, refs))).collect()
        }
        Value::Array(items) => items.iter().flat_map(|item| names(item, refs)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
