//! Positions of work mobiles, by two free apps: [`owntracks`] (HTTP and MQTT) and [`traccar`] (HTTP). The login, or the
//! topic, says whose device it is, never what stands in the message. [CHECK-7]
//!
//! What came is put before the decider as it is, odd or not: there is told what counts. What can't be read is kept apart and
//! answered like the rest, since an app would send it again for ever; only our own fault is told.

pub mod account;
pub mod owntracks;
pub mod reading;
pub mod set_up;
pub mod traccar;

use jiff::Timestamp;
use proto::envelope::Outcome;
use proto::ids::{CommandId, DeviceId, SchoolId, derive_uuid};
use proto::v1::gateway::{Command, LocationApp};
use proto::values::Position;

use crate::door::Inner;
use crate::state::position_id;

/// A message of an app, read.
#[derive(Clone, PartialEq, Debug)]
pub enum Parsed {
    /// Where the phone was.
    Location(Box<Location>),
    /// It says nothing to us: empty, or of another kind.
    Nothing,
    /// Not what the app sends: why.
    Unreadable(String),
}

/// Where a phone was, as it says.
#[derive(Clone, PartialEq, Debug)]
pub struct Location {
    /// The same through retries, where the app gives one.
    pub message_id: Option<String>,
    /// The fix.
    pub position: Position,
    /// When it was there, by its clock.
    pub fix_at: Timestamp,
    /// When the message was made.
    pub sent_at: Option<Timestamp>,
    /// 0 to 100.
    pub battery_percent: Option<u8>,
    /// Whether it is being charged.
    pub charging: Option<bool>,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Journalled, or thrown away: the phone may forget it. What tells it from the device's others.
    Position(String),
    /// Nothing for us: the phone may forget it.
    Nothing,
    /// Our own fault: the phone is to send it again.
    Again,
}

/// Puts a message before the decider, and waits for the commit. What can't be read is kept apart.
pub(crate) async fn take(
    inner: &Inner,
    school: &SchoolId,
    device: DeviceId,
    via: LocationApp,
    parsed: Parsed,
    payload: &[u8],
) -> Taken {
    let location = match parsed {
        Parsed::Location(location) => *location,
        Parsed::Nothing => return Taken::Nothing,
        Parsed::Unreadable(why) => {
            inner.quarantine(school, device, &why, payload).await;
            return Taken::Nothing;
        }
    };
    let Location { message_id, position, fix_at, sent_at, battery_percent, charging } = location;
    let received_at = inner.clock.now();
    let told = position_id(message_id.as_deref(), fix_at, sent_at);
    let id = CommandId(derive_uuid(device.0, &format!("{told}/{received_at}"), 0));
    let command = Command::TakePosition {
        device,
        message_id,
        position,
        fix_at,
        sent_at,
        received_at,
        battery_percent,
        charging,
        via: Some(via),
    };
    match inner.ask(school, id, &command).await {
        Outcome::Accepted { .. } => Taken::Position(told),
        Outcome::Refused { refusal } => {
            tracing::info!(code = refusal.code, "a position was refused");
            Taken::Nothing
        }
        Outcome::Faulted { .. } => Taken::Again,
    }
}
