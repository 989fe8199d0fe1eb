//! OwnTracks, the free phone app: positions by HTTP or MQTT. The login, or the topic, says whose device it is.

pub mod http;
pub mod mqtt;
pub mod parse;

use proto::envelope::Outcome;
use proto::ids::{CommandId, DeviceId, SchoolId, derive_uuid};
use proto::v1::gateway::Command;

use self::parse::{Location, Parsed};
use crate::door::Inner;

/// The password of a device's own account: nothing of it is stored.
pub fn device_password(key: &[u8; 32], school: &SchoolId, device: DeviceId) -> String {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"homeward owntracks password v1");
    hasher.update(school.as_str().as_bytes());
    hasher.update(device.0.as_bytes());
    hasher.finalize().to_hex()[..24].to_owned()
}

/// What became of a message of the app.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Journalled, or nothing for us: it may be forgotten by the phone.
    Done,
    /// It can't be read: kept apart, and forgotten by the phone.
    Unreadable(String),
    /// Our own fault: the phone is to send it again.
    Again,
}

/// Puts a message before the decider, and waits for the commit.
pub(crate) async fn take(inner: &Inner, school: &SchoolId, device: DeviceId, payload: &[u8]) -> Taken {
    let location = match parse::parse(payload) {
        Parsed::Location(location) => location,
        Parsed::Nothing => return Taken::Done,
        Parsed::Unreadable(why) => return Taken::Unreadable(why),
    };
    let Location { message_id, position, fix_at, sent_at, battery_percent } = *location;
    let received_at = inner.clock.now();
    // A phone whose clock is ahead has no fix from the future.
    let fix_at = fix_at.min(received_at);
    let told = message_id.clone().unwrap_or_else(|| fix_at.to_string());
    let id = CommandId(derive_uuid(device.0, &format!("{told}/{received_at}"), 0));
    let command =
        Command::TakePosition { device, message_id, position, fix_at, sent_at, received_at, battery_percent };
    match inner.ask(school, id, &command).await {
        Outcome::Accepted { .. } => Taken::Done,
        Outcome::Refused { refusal } => {
            tracing::info!(code = refusal.code, "a position was refused");
            Taken::Done
        }
        Outcome::Faulted { .. } => Taken::Again,
    }
}

/// An unreadable message is told by its size and reason, never by what is in it: it may hold a place.
pub(crate) fn quarantine(school: &SchoolId, device: DeviceId, why: &str, payload: &[u8]) {
    metrics::counter!("homeward_quarantined_total", "service" => "gateway").increment(1);
    let hash = blake3::hash(payload).to_hex();
    tracing::warn!(%school, ?device, why, bytes = payload.len(), hash = &hash[..12], "a message of a phone can't be read");
}
