//! The contract for those who don't write Rust: JSON Schemas and an AsyncAPI 3.0 document, made from the types.
//!
//! `cargo run -p proto --example schemas` writes them to proto/schemas/; a test compares what is there with what the types
//! say, so that neither drifts. Nothing here is used when Homeward runs.

mod asyncapi;
mod service;
mod shared;
mod topics;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

pub use service::{Contract, Variant, contracts};

use crate::envelope::{Answer, CommandEnvelope, EventEnvelope, Head, ReplayPage, ReplayRequest, Reply};
use crate::topics::ServiceName;
use crate::v1::public::{Alarm, Health, TripStatus};

/// A file of proto/schemas/.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it stands, below proto/schemas/.
    pub path: String,
    /// What stands there.
    pub json: Value,
}

impl Document {
    /// The file's text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(&self.json).expect("a value is JSON") + "\n"
    }
}

/// Every file of proto/schemas/, in the order of their paths.
pub fn documents() -> Vec<Document> {
    let mut all = vec![
        plain::<EventEnvelope>("envelope"),
        plain::<CommandEnvelope>("command"),
        plain::<Answer>("answer"),
        plain::<Head>("head"),
        plain::<ReplayRequest>("replay-request"),
        plain::<ReplayPage>("replay-page"),
        plain::<Reply>("reply"),
        plain::<TripStatus>("trip-status"),
        plain::<Alarm>("alarm"),
        plain::<Health>("health"),
        Document { path: "asyncapi.json".into(), json: asyncapi::document() },
    ];
    for contract in contracts(&SchemaSettings::draft2020_12()) {
        all.extend(contract.documents());
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// The type of every event of every service, as it stands in an envelope: `homeward.checkins.v1.CheckedIn`.
pub fn event_types() -> Vec<String> {
    let of = |contract: Contract| -> Vec<String> {
        contract.events.iter().map(|event| crate::wire::kind(contract.service, &event.name)).collect()
    };
    contracts(&SchemaSettings::draft2020_12()).into_iter().flat_map(of).collect()
}

fn plain<T: JsonSchema>(name: &str) -> Document {
    let schema = SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>();
    Document { path: format!("v1/{name}.schema.json"), json: schema.to_value() }
}

/// A property that holds one text only.
fn constant(text: &str) -> Value {
    json!({ "const": text })
}

/// The services that keep a journal and take commands.
fn deciders() -> impl Iterator<Item = ServiceName> {
    ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board)
}
