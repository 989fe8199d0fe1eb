//! Which service a command is for.

use proto::topics::ServiceName;
use proto::v1::{alerts, checkins, contacts, devices, gateway, people, safeguarding, trips};
use serde::Serialize;

/// A command of a service.
pub trait Asks: Serialize + Send {
    /// Who decides it.
    const SERVICE: ServiceName;
}

macro_rules! asks {
    ($($module:ident => $service:ident),*) => {
        $(impl Asks for $module::Command {
            const SERVICE: ServiceName = ServiceName::$service;
        })*
    };
}

asks!(
    people => People,
    devices => Devices,
    trips => Trips,
    checkins => Checkins,
    contacts => Contacts,
    alerts => Alerts,
    safeguarding => Safeguarding,
    gateway => Gateway
);
