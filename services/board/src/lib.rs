//! The web: live board, forms, the leader's page, JSON API, log-in. It has no rules of its own.
//!
//! ```text
//!   events ──► view (the deciders' own states, evolved from what was heard) ──► pages, API, stream
//!   clicks ──► asking ──► services, over MQTT ──► answer, and a wait of up to 2 s for the view to show it
//! ```
//!
//! - [`app`]: [`AppState`], what every handler leans on; the router; headers and limits.
//! - [`view`]: what is known of each school, from heard events alone.
//! - [`asking`]: commands services in a person's name, by the table of roles.
//! - [`auth`]: log-in, sessions, bearer tokens, roles; guards against forged requests.
//! - [`db`]: log-ins and sessions, in SQLite or PostgreSQL. They never enter events.
//! - [`api`]: the JSON API and its OpenAPI document. [`stream`]: the event stream, [`delta`]: what it sends of a change. [`phone`]: the leader's page's door.
//! - HTML is drawn in [`pages`]; what is typed is read into commands, and shown again, in `forms`.
//!
//! What it does not do: it keeps no journal and decides nothing. Whoever may not do something by the deciders' rules is
//! told so by them; here only roles are looked at.

pub mod api;
pub mod app;
pub mod asking;
pub mod auth;
pub mod db;
pub mod delta;
mod duress;
mod forms;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod history;
pub mod pages;
pub mod phone;
pub mod phone_door;
mod readings;
mod screens;
mod sheets;
pub mod stream;
mod tiles;
pub mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use chassis::bus::BusConfig;
use chassis::client::BusClient;
use chassis::clock::SharedClock;
use chassis::journal::Journal;
use chassis::pulse::Pulse;
use chassis::school::School;
use gateway::positions::set_up::PhonesBroker;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use proto::v1::people::Role;
use tokio_util::sync::CancellationToken;

pub use app::AppState;
pub use db::{Db, DbFault};
pub use tiles::{MapGround, TileSource};
pub use view::View;

/// The services whose events the board hears: all that keep a journal.
pub const HEARS: [ServiceName; 8] = [
    ServiceName::People,
    ServiceName::Devices,
    ServiceName::Contacts,
    ServiceName::Trips,
    ServiceName::Checkins,
    ServiceName::Safeguarding,
    ServiceName::Alerts,
    ServiceName::Gateway,
];

/// What the board needs.
#[derive(Clone, Debug)]
pub struct BoardConfig {
    /// The schools it serves; at least one.
    pub schools: Vec<Arc<School>>,
    /// How it reaches the broker. The account is a board's (`board-1`): only such may name a human actor. None: it
    /// commands nothing and hears only what is put into its view by hand (previews, tests of pages).
    pub bus: Option<BusConfig>,
    /// The school's clock: of everything that is shown and commanded.
    pub clock: SharedClock,
    /// The clock by which log-ins expire: the machine's, even in a demonstration whose own clock runs faster.
    pub login_clock: SharedClock,
    /// Where log-ins are kept: `sqlite:PATH` or `postgres://…`. It may be the journal's own database.
    pub database: String,
    /// The journals of the services, where they are within reach: for what is kept about a person. None: those pages say so.
    pub journal: Option<Journal>,
    /// How browsers reach it, without a path: `https://homeward.example.sch.uk`. Requests that change something are
    /// taken from pages of this origin alone; with `https` cookies are sent over TLS alone.
    pub public_origin: String,
    /// Where phones reach the broker, if they do.
    pub phones_broker: Option<PhonesBroker>,
    /// Where the ground under the maps comes from: none is needed.
    pub map_ground: Option<MapGround>,
    /// How people may log in: by password, and with which providers of accounts.
    pub log_in: auth::LogInBy,
    /// The roles whose log-ins need a second factor.
    pub second_factor_for: BTreeSet<Role>,
    /// Secrets of the installation, shared with the gateway.
    pub keys: Keys,
    /// Ends it, event streams too.
    pub stop: CancellationToken,
}

/// Secrets of the installation that board and gateway share. `Debug` never shows them.
#[derive(Clone)]
pub struct Keys {
    /// Hashes duress words: see `proto::values::DuressHash`.
    pub duress: [u8; 32],
    /// Signs links to the phone page: see `proto::link`.
    pub link: [u8; 32],
    /// The passwords of phones follow from it: see `gateway::positions::account`.
    pub owntracks: [u8; 32],
    /// The secrets of the apps that tell codes follow from it.
    pub second_factor: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A board at work.
#[derive(Debug)]
pub struct Board {
    /// All its routes, without `/healthz` and `/metrics`.
    pub router: axum::Router,
    /// What its handlers lean on: the view, log-ins, and so on.
    pub state: AppState,
    /// The turns of the loop that hears the services; none where it hears nobody.
    pub pulse: Option<Pulse>,
}

/// Opens the database, connects to the broker and begins to hear. It runs until `config.stop` is cancelled.
pub async fn start(config: BoardConfig) -> Result<Board, DbFault> {
    let db = Db::open(&config.database).await?;
    let schools: Vec<SchoolId> = config.schools.iter().map(|school| school.id.clone()).collect();
    let client = config.bus.clone().map(|bus| BusClient::start(bus, &schools, &HEARS, config.stop.clone()));
    let (client, news) = client.map_or((None, None), |(client, news)| (Some(client), Some(news)));
    let ground = match config.map_ground.clone() {
        Some(given) => tiles::Ground::open(given).await.map(Some).unwrap_or_else(|why| {
            tracing::error!(%why, "HW-F1 map.tiles: maps are drawn on a plain ground");
            None
        }),
        None => None,
    };
    let state = AppState::new(config, db, client, ground);
    let pulse = news.map(|news| {
        let (view, clock, pulse) = (Arc::clone(state.view()), Arc::clone(state.clock()), Pulse::default());
        tokio::spawn(view::follow(view, clock, news, pulse.clone()));
        pulse
    });
    auth::oidc::start_asking(&state, state.stop());
    auth::revoked::start_looking_on(&state);
    screens::start_rendering(&state);
    Ok(Board { router: app::router(state.clone()), state, pulse })
}
