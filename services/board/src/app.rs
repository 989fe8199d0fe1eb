//! What every handler leans on, and the router with its headers and limits.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use chassis::client::BusClient;
use chassis::clock::SharedClock;
use chassis::journal::Journal;
use chassis::school::School;
use gateway::positions::set_up::PhonesBroker;
use proto::Timestamp;
use proto::ids::SchoolId;
use proto::v1::people::Role;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::auth::oidc::Providers;
use crate::auth::{Limits, LogInBy, MAX_FORM_BYTES, Passwords, Session, guard};
use crate::screens::Screens;
use crate::sheets::table::MAX_FILE_BYTES;
use crate::tiles::{Ground, MapTiles};
use crate::view::{SchoolView, View};
use crate::{BoardConfig, Db, Keys, api, pages, phone, phone_door, readings, stream};

/// What every handler leans on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: BoardConfig,
    view: Arc<View>,
    db: Db,
    client: Option<BusClient>,
    passwords: Passwords,
    limits: Limits,
    providers: Providers,
    screens: Screens,
    ground: Option<Ground>,
}

impl AppState {
    /// Nothing heard yet. Without a client it commands nothing.
    pub(crate) fn new(
        config: BoardConfig,
        db: Db,
        client: Option<BusClient>,
        ground: Option<Ground>,
    ) -> Self {
        let view = Arc::new(View::new(&config.schools, config.clock.now()));
        let screens = Screens::new(config.schools.iter().map(|school| school.id.clone()));
        let (passwords, limits) = (Passwords::new(), Limits::new());
        let providers = Providers::new(&config.log_in.providers, &config.public_origin);
        Self(Arc::new(Inner { config, view, db, client, passwords, limits, providers, screens, ground }))
    }

    /// What is known of the schools.
    pub fn view(&self) -> &Arc<View> {
        &self.0.view
    }

    /// What is known of the school of somebody who logged in, to be read now: don't hold it while waiting for anything.
    pub fn view_of(&self, session: &Session) -> std::sync::RwLockReadGuard<'_, SchoolView> {
        self.0.view.school(&session.school).expect("a session is of a school that is served")
    }

    /// The school of that id, if it is served.
    pub fn school(&self, school: &SchoolId) -> Option<&Arc<School>> {
        self.0.config.schools.iter().find(|served| served.id == *school)
    }

    /// Now, by the school's clock.
    pub fn now(&self) -> Timestamp {
        self.0.config.clock.now()
    }

    /// The school's clock.
    pub fn clock(&self) -> &SharedClock {
        &self.0.config.clock
    }

    /// The clock by which log-ins expire.
    pub fn login_clock(&self) -> &SharedClock {
        &self.0.config.login_clock
    }

    /// Log-ins and sessions.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Hashes passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Secrets shared with the gateway.
    pub fn keys(&self) -> &Keys {
        &self.0.config.keys
    }

    /// The roles that need a second factor.
    pub(crate) fn second_factor_for(&self) -> &BTreeSet<Role> {
        &self.0.config.second_factor_for
    }

    /// How people may log in.
    pub(crate) fn log_in_by(&self) -> &LogInBy {
        &self.0.config.log_in
    }

    /// The providers of accounts.
    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    /// Where phones reach the broker, if they do.
    pub(crate) fn phones_broker(&self) -> Option<&PhonesBroker> {
        self.0.config.phones_broker.as_ref()
    }

    /// The ground under the maps, if the school has one.
    pub(crate) fn ground(&self) -> Option<&Ground> {
        self.0.ground.as_ref()
    }

    /// What pages draw under the maps.
    pub(crate) fn map_tiles(&self) -> Option<&MapTiles> {
        self.ground().map(|ground| &ground.tiles)
    }

    /// How browsers reach it: `https://homeward.example.sch.uk`.
    pub fn public_origin(&self) -> &str {
        &self.0.config.public_origin
    }

    /// Whether browsers reach it over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_origin().starts_with("https://")
    }

    /// The journals of the services, where they are within reach.
    pub(crate) fn journal(&self) -> Option<&Journal> {
        self.0.config.journal.as_ref()
    }

    /// Whether what is kept stands in a database server.
    pub(crate) fn is_on_a_server(&self) -> bool {
        self.0.config.database.starts_with("postgres")
    }

    pub(crate) fn client(&self) -> Option<&BusClient> {
        self.0.client.as_ref()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn screens(&self) -> &Screens {
        &self.0.screens
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.config.stop
    }
}

/// Scripts, styles, pictures and connections of our own alone; nothing inline; in nobody's frame. Pictures may come from
/// the server of a map's tiles besides, where the school names one.
fn policy(state: &AppState) -> HeaderValue {
    let server = state.map_tiles().and_then(MapTiles::origin);
    let tiles = server.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:{tiles}"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

/// The answers are for whoever asked, now.
const NO_STORE: &str = "no-store";

/// The most bytes of a form with a file in it.
const MAX_UPLOAD_BYTES: usize = MAX_FILE_BYTES + 64 * 1024;

/// All routes, with headers, limits and the guard against forged requests.
pub(crate) fn router(state: AppState) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let compressed = SizeAbove::new(1024).and(NotForContentType::const_new("text/event-stream"));
    let secure = state.is_secure();
    let router = Router::new()
        .merge(pages::router())
        .merge(stream::router())
        .merge(phone::router())
        .merge(phone_door::router())
        .nest("/api/v1", api::router())
        .layer(RequestBodyLimitLayer::new(MAX_FORM_BYTES))
        .merge(pages::uploads().layer(RequestBodyLimitLayer::new(MAX_UPLOAD_BYTES)))
        .layer(axum::middleware::from_fn_with_state(state.clone(), readings::note))
        .layer(axum::middleware::from_fn_with_state(state.clone(), guard::same_origin))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(header(CACHE_CONTROL, NO_STORE))
        .layer(SetResponseHeaderLayer::if_not_present(CONTENT_SECURITY_POLICY, policy(&state)))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(), geolocation=()",
        ));
    let router =
        if secure { router.layer(header(STRICT_TRANSPORT_SECURITY, "max-age=31536000")) } else { router };
    router.with_state(state)
}
