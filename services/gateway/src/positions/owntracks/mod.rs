//! OwnTracks, the free phone app: positions by HTTP or MQTT, plain or encrypted; the places of a trip as its waypoints.
//! Source: the OwnTracks booklet, chapters JSON, HTTP mode and Encryption.

pub mod http;
pub mod mqtt;
pub mod parse;
pub mod sealed;
pub mod waypoints;
