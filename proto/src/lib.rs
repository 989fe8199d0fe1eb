//! The contract between Homeward's services, and with everything that speaks to them over MQTT.
//!
//! - [`ids`]: one typed id for each kind of thing.
//! - [`values`]: values that parse once, at the edge, and can't be wrong afterwards.
//! - [`envelope`]: CloudEvents 1.0 in structured mode; events, commands, answers, heads and replays.
//! - [`link`]: the signed link to the phone page.
//! - [`topics`]: every MQTT topic, built and parsed in one place.
//! - [`rules`]: the ids of the rules the product keeps.
//! - [`v1`]: commands, events and refusals of every service.
//! - [`schemas`]: all of it as JSON Schemas and one AsyncAPI document, for those who don't write Rust.
//!
//! It depends on nothing that does input or output. A published event type never changes meaning: contracts
//! grow by adding, and old journals must still replay.

pub mod envelope;
pub mod ids;
pub mod link;
pub mod refusal;
pub mod rules;
pub mod schemas;
pub mod topics;
pub mod trace;
pub mod v1;
pub mod values;
pub mod wire;

pub use jiff::Timestamp;
