//! Configuration: a TOML file, then the environment (`HOMEWARD__SERVER__LISTEN=…`), read once into values that can't be
//! wrong. infra/homeward.toml documents every key.

mod broker;
mod channels;
mod check;
mod log_in;
mod raw;
mod secret;
mod share;
mod web;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use chassis::bus::{BrokerAddress, Delivery, Password, Tls};
use chassis::lease::Slot;
use chassis::school::School;
use gateway::Channels;
use gateway::positions::set_up::PhonesBroker;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use proto::v1::people::Role;

use crate::web::WebConfig;

pub use check::{read, read_text, read_text_with};

/// What is wrong with the configuration: each key, what stands there, what is allowed.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is not right:\n{}", .0.iter().map(|w| format!("  - {w}")).collect::<Vec<_>>().join("\n"))]
pub struct BadConfig(pub Vec<Wrong>);

/// One wrong key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {found} is not allowed; {allowed}")]
pub struct Wrong {
    /// The key, as it stands in the file: `server.listen`.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

/// The configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the web listens.
    pub listen: SocketAddr,
    /// How the world reaches it: webhooks and page links are built from it. The address it listens at, if left out.
    pub public_base: Option<String>,
    /// Who may connect to the web.
    pub web: WebConfig,
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`.
    pub journal_url: String,
    /// The board's own database (log-ins, sessions): `sqlite:PATH` or `postgres://…`.
    pub board_url: String,
    /// The broker.
    pub broker: BrokerConfig,
    /// Where phones reach the broker over TLS, if they do: their set-up names it.
    pub phones_broker: Option<PhonesBroker>,
    /// Where the ground under the board's maps comes from: none is needed.
    pub map_ground: Option<board::MapGround>,
    /// Which part of the schools the services of this process decide for.
    pub share: Share,
    /// The schools served.
    pub schools: Vec<Arc<School>>,
    /// The providers of texts, calls and e-mail; none for texts and calls means that nobody can be reached, and the board
    /// says so.
    pub channels: Channels,
    /// Whether Home Assistant is told of the alarm.
    pub home_assistant: bool,
    /// What outside is pinged while all is well.
    pub watchdog: Option<WatchdogConfig>,
    /// How people may log in: by password, and with which providers of accounts.
    pub log_in: board::auth::LogInBy,
    /// The roles whose log-ins need a second factor.
    pub second_factor_for: BTreeSet<Role>,
    /// Drama numbers are taken as real: demonstration and tests only.
    pub drama_numbers: bool,
}

/// What outside is pinged while all is well.
#[derive(Debug, Clone)]
pub struct WatchdogConfig {
    /// Its address: it tells somebody when it is no longer pinged.
    pub url: String,
    /// A deadline that is overdue for longer than so many seconds is not well.
    pub late_secs: u32,
}

/// Which part of the schools the services of a process decide for. (A board shows all of them.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Schools of these slots.
    pub slots: Vec<Slot>,
    /// Whether it waits, as long as it takes, for whoever has them now.
    pub stand_by: bool,
    /// Whether it divides all of them with the other live instances, by lease.
    pub by_lease: Option<ByLease>,
}

/// Instances that divide the schools by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByLease {
    /// Where the others reach this one's web: a host and a port.
    pub reached_at: String,
}

impl Share {
    /// All schools, without waiting.
    pub fn all() -> Self {
        Self { slots: Slot::all().collect(), stand_by: false, by_lease: None }
    }

    /// Whether a school is in it.
    pub fn has(&self, school: &SchoolId) -> bool {
        self.slots.contains(&Slot::of(school))
    }
}

/// Which broker.
#[derive(Debug, Clone)]
pub enum BrokerConfig {
    /// The embedded one, on loopback, with random credentials.
    Embedded {
        /// Its port; 0 takes a free one.
        port: u16,
    },
    /// One outside.
    Outside {
        /// Its host.
        host: String,
        /// Its port.
        port: u16,
        /// Further nodes of it, tried in turn.
        others: Vec<BrokerAddress>,
        /// Whose word is taken for who it is; none: it is spoken to in the clear.
        tls: Option<Tls>,
        /// What it is asked to do for a message of the services.
        delivery: Delivery,
        /// The number of this instance: accounts are `trips-1`, `board-1`, …
        instance: u16,
        /// The password of every account of this instance.
        password: Password,
    },
}

impl Config {
    /// Which of several sessions with the broker it has for what it does beside its services. One that stands by takes over the first one's, with
    /// what waits in it; those that divide the schools have one each.
    pub(crate) fn number_beside(&self) -> u16 {
        self.share.by_lease.as_ref().map_or(1, |_| self.broker.instance())
    }
}

impl BrokerConfig {
    /// The number of this instance.
    pub fn instance(&self) -> u16 {
        match self {
            Self::Embedded { .. } => 1,
            Self::Outside { instance, .. } => *instance,
        }
    }
}

/// The services a process runs.
pub fn all_services() -> Vec<ServiceName> {
    ServiceName::ALL.to_vec()
}
