//! Every MQTT topic, built and parsed in one place.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, SchoolId, TripId};

/// The services, by the name that stands in topics, journals and configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceName {
    /// Who works here, roles, agreements, who is on call.
    People,
    /// Basic phones and work mobiles: register, custody, supply.
    Devices,
    /// The trip form from draft to closed.
    Trips,
    /// What is due, what came, what was missed.
    Checkins,
    /// Lines, opening hours, line health, routes.
    Contacts,
    /// Raise, escalate, own, resolve.
    Alerts,
    /// The usage log and its review; incidents.
    Safeguarding,
    /// The only door to the outside.
    Gateway,
    /// The web: it keeps no journal; its head only says that it has sent on all it held.
    Board,
}

impl ServiceName {
    /// Every service, in the order in which they are started.
    pub const ALL: [Self; 9] = [
        Self::People,
        Self::Devices,
        Self::Contacts,
        Self::Trips,
        Self::Checkins,
        Self::Safeguarding,
        Self::Alerts,
        Self::Gateway,
        Self::Board,
    ];

    /// The name in topics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Devices => "devices",
            Self::Trips => "trips",
            Self::Checkins => "checkins",
            Self::Contacts => "contacts",
            Self::Alerts => "alerts",
            Self::Safeguarding => "safeguarding",
            Self::Gateway => "gateway",
            Self::Board => "board",
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no service {0:?}; there are people, devices, trips, checkins, contacts, alerts, safeguarding, gateway, board"
)]
pub struct UnknownService(pub String);

impl FromStr for ServiceName {
    type Err = UnknownService;

    fn from_str(text: &str) -> Result<Self, UnknownService> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownService(text.to_owned()))
    }
}

/// A topic of Homeward's own, parsed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// `homeward/v1/{school}/{service}/command/{client}`: a command to a service.
    Command {
        /// The school.
        school: SchoolId,
        /// The service that decides it.
        service: ServiceName,
        /// The account that asks: the broker binds it, since MQTT 3.1.1 hides who published.
        client: ClientId,
    },
    /// `homeward/v1/{school}/{service}/event`: a batch of numbered events.
    Event {
        /// The school.
        school: SchoolId,
        /// The service that journalled them.
        service: ServiceName,
    },
    /// `homeward/v1/{school}/{service}/head`: retained; newest number, epoch, hash.
    Head {
        /// The school.
        school: SchoolId,
        /// The service whose journal it is.
        service: ServiceName,
    },
    /// `homeward/v1/{school}/{service}/replay/{client}`: asks for missed numbers.
    Replay {
        /// The school.
        school: SchoolId,
        /// The producer that is asked.
        service: ServiceName,
        /// The client that asks and is answered on its reply topic.
        client: ClientId,
    },
    /// `homeward/v1/{school}/reply/{client}`: answers and replays for one client.
    Reply {
        /// The school.
        school: SchoolId,
        /// The client.
        client: ClientId,
    },
    /// `homeward/v1/{school}/status/trip/{trip}`: retained public summary, no personal data.
    TripStatus {
        /// The school.
        school: SchoolId,
        /// The trip.
        trip: TripId,
    },
    /// `homeward/v1/{school}/alarm`: retained on or off and severity, for lamps and sirens.
    Alarm {
        /// The school.
        school: SchoolId,
    },
    /// `homeward/v1/health/{service}/{instance}`: retained, with a last will.
    Health {
        /// The service.
        service: ServiceName,
        /// The instance's own name.
        instance: ClientId,
    },
}

/// The first two levels of every topic of ours.
const ROOT: &str = "homeward/v1";

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { school, service, client } => {
                write!(f, "{ROOT}/{school}/{service}/command/{client}")
            }
            Self::Event { school, service } => write!(f, "{ROOT}/{school}/{service}/event"),
            Self::Head { school, service } => write!(f, "{ROOT}/{school}/{service}/head"),
            Self::Replay { school, service, client } => {
                write!(f, "{ROOT}/{school}/{service}/replay/{client}")
            }
            Self::Reply { school, client } => write!(f, "{ROOT}/{school}/reply/{client}"),
            Self::TripStatus { school, trip } => write!(f, "{ROOT}/{school}/status/trip/{trip}"),
            Self::Alarm { school } => write!(f, "{ROOT}/{school}/alarm"),
            Self::Health { service, instance } => write!(f, "{ROOT}/health/{service}/{instance}"),
        }
    }
}

impl Topic {
    /// The school that it is of, if it is one school's.
    pub fn school(&self) -> Option<&SchoolId> {
        match self {
            Self::Command { school, .. }
            | Self::Event { school, .. }
            | Self::Head { school, .. }
            | Self::Replay { school, .. }
            | Self::Reply { school, .. }
            | Self::TripStatus { school, .. }
            | Self::Alarm { school } => Some(school),
            Self::Health { .. } => None,
        }
    }
}

/// A topic that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a topic of Homeward")]
pub struct UnknownTopic(pub String);

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(text: &str) -> Result<Self, UnknownTopic> {
        parse(text).ok_or_else(|| UnknownTopic(text.chars().take(200).collect()))
    }
}

fn parse(text: &str) -> Option<Topic> {
    let rest = text.strip_prefix(ROOT)?.strip_prefix('/')?;
    let parts: Vec<&str> = rest.split('/').collect();
    let school = |s: &str| SchoolId::parse(s).ok();
    let service = |s: &str| s.parse::<ServiceName>().ok();
    let client = |s: &str| ClientId::parse(s).ok();
    match parts.as_slice() {
        ["health", s, i] => Some(Topic::Health { service: service(s)?, instance: client(i)? }),
        [sc, "alarm"] => Some(Topic::Alarm { school: school(sc)? }),
        [sc, "reply", c] => Some(Topic::Reply { school: school(sc)?, client: client(c)? }),
        [sc, "status", "trip", t] => Some(Topic::TripStatus { school: school(sc)?, trip: t.parse().ok()? }),
        [sc, s, "event"] => Some(Topic::Event { school: school(sc)?, service: service(s)? }),
        [sc, s, "head"] => Some(Topic::Head { school: school(sc)?, service: service(s)? }),
        [sc, s, "command", c] => {
            Some(Topic::Command { school: school(sc)?, service: service(s)?, client: client(c)? })
        }
        [sc, s, "replay", c] => {
            Some(Topic::Replay { school: school(sc)?, service: service(s)?, client: client(c)? })
        }
        _ => None,
    }
}

/// Filters to subscribe to, over all schools.
pub mod filters {
    use super::{ROOT, ServiceName};
    use crate::ids::ClientId;

    /// Every command to one service.
    pub fn commands(service: ServiceName) -> String {
        format!("{ROOT}/+/{service}/command/+")
    }

    /// Every request for a replay from one service.
    pub fn replays(service: ServiceName) -> String {
        format!("{ROOT}/+/{service}/replay/+")
    }

    /// Every event of one service.
    pub fn events(service: ServiceName) -> String {
        format!("{ROOT}/+/{service}/event")
    }

    /// Every head of one service.
    pub fn heads(service: ServiceName) -> String {
        format!("{ROOT}/+/{service}/head")
    }

    /// How every instance of every service is.
    pub fn health() -> String {
        format!("{ROOT}/health/+/+")
    }

    /// Every answer to one client.
    pub fn replies(client: &ClientId) -> String {
        format!("{ROOT}/+/reply/{client}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_parses_back_to_itself() {
        let school = SchoolId::parse("elmfield").expect("a slug");
        let client = ClientId::parse("board-1").expect("a slug");
        let topics = [
            Topic::Command { school: school.clone(), service: ServiceName::Trips, client: client.clone() },
            Topic::Event { school: school.clone(), service: ServiceName::Checkins },
            Topic::Head { school: school.clone(), service: ServiceName::Alerts },
            Topic::Replay { school: school.clone(), service: ServiceName::People, client: client.clone() },
            Topic::Reply { school: school.clone(), client: client.clone() },
            Topic::TripStatus { school: school.clone(), trip: TripId::new() },
            Topic::Alarm { school },
            Topic::Health { service: ServiceName::Gateway, instance: client },
        ];
        for topic in topics {
            assert_eq!(topic.to_string().parse::<Topic>(), Ok(topic));
        }
    }

    #[test]
    fn what_is_not_ours_is_no_topic() {
        for text in [
            "",
            "homeward/v1",
            "homeward/v2/a/trips/event",
            "homeward/v1/A/trips/event",
            "homeward/v1/a/taxis/event",
        ] {
            assert!(text.parse::<Topic>().is_err(), "{text}");
        }
    }
}
