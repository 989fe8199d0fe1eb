//! Version 1 of every service's commands, events and refusals.
//!
//! Each service's module has `Command` (imperative), `Event` (past, with the same noun) and the values they share. Refusals live
//! here too: a client reads them. Every variant has named fields. Events grow by adding; commands refuse unknown fields.

pub mod alerts;
pub mod checkins;
pub mod contacts;
pub mod devices;
pub mod gateway;
pub mod people;
pub mod policy;
pub mod public;
pub mod safeguarding;
pub mod trips;

use serde_json::value::RawValue;

use crate::topics::ServiceName;
use crate::wire;

/// An event of any service, as another one hears it.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs, reason = "each variant is its service's event")]
pub enum AnyEvent {
    People(people::Event),
    Devices(devices::Event),
    Trips(trips::Event),
    Checkins(checkins::Event),
    Contacts(contacts::Event),
    Alerts(alerts::Event),
    Safeguarding(safeguarding::Event),
    Gateway(gateway::Event),
}

impl AnyEvent {
    /// Reads an event of a service from its variant's name and fields.
    pub fn parse(service: ServiceName, variant: &str, data: &RawValue) -> Result<Self, serde_json::Error> {
        match service {
            ServiceName::People => wire::join(variant, data).map(Self::People),
            ServiceName::Devices => wire::join(variant, data).map(Self::Devices),
            ServiceName::Trips => wire::join(variant, data).map(Self::Trips),
            ServiceName::Checkins => wire::join(variant, data).map(Self::Checkins),
            ServiceName::Contacts => wire::join(variant, data).map(Self::Contacts),
            ServiceName::Alerts => wire::join(variant, data).map(Self::Alerts),
            ServiceName::Safeguarding => wire::join(variant, data).map(Self::Safeguarding),
            ServiceName::Gateway => wire::join(variant, data).map(Self::Gateway),
            ServiceName::Board => Err(serde::de::Error::custom("the board keeps no journal")),
        }
    }

    /// Whose event it is.
    pub fn service(&self) -> ServiceName {
        match self {
            Self::People(_) => ServiceName::People,
            Self::Devices(_) => ServiceName::Devices,
            Self::Trips(_) => ServiceName::Trips,
            Self::Checkins(_) => ServiceName::Checkins,
            Self::Contacts(_) => ServiceName::Contacts,
            Self::Alerts(_) => ServiceName::Alerts,
            Self::Safeguarding(_) => ServiceName::Safeguarding,
            Self::Gateway(_) => ServiceName::Gateway,
        }
    }
}

macro_rules! any_event_from {
    ($($module:ident => $variant:ident),* $(,)?) => {$(
        impl From<$module::Event> for AnyEvent {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        }
    )*};
}

any_event_from!(
    people => People, devices => Devices, trips => Trips, checkins => Checkins,
    contacts => Contacts, alerts => Alerts, safeguarding => Safeguarding, gateway => Gateway,
);

/// Implements [`crate::refusal::Refusal`] for a refusal enum: for each variant its rule, field and remedy.
/// The variant's name is its code; `Display` (thiserror) is its sentence.
#[macro_export]
macro_rules! refusals {
    ($name:ty { $($variant:ident $( { $($bind:ident),* $(,)? } )? => $rule:expr, $field:expr, $remedy:expr;)* }) => {
        impl $crate::refusal::Refusal for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($variant),)* }
            }
            #[allow(unused_variables, reason = "not each refusal's rule depends on its data")]
            fn rule(&self) -> Option<$crate::rules::Rule> {
                match self { $(Self::$variant { $( $($bind,)* )? .. } => $rule,)* }
            }
            #[allow(unused_variables, reason = "not each refusal's field depends on its data")]
            fn field(&self) -> Option<String> {
                let field: Option<&str> = match self { $(Self::$variant { $( $($bind,)* )? .. } => $field,)* };
                field.map(str::to_owned)
            }
            #[allow(unused_variables, reason = "not each remedy depends on the refusal's data")]
            fn remedy(&self) -> String {
                match self { $(Self::$variant { $( $($bind,)* )? .. } => $remedy.to_string(),)* }
            }
        }
    };
}
