//! A board in a real world: an embedded broker, the services at work, a database of log-ins, clocks that stand still.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use board::auth::{self, Credentials, LogInBy, Network};
use board::view::SchoolView;
use board::{Board, BoardConfig, Keys};
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::BusConfig;
use chassis::client::BusClient;
use chassis::clock::SettableClock;
use chassis::host::{Host, HostConfig, NoEffects, Snapshots};
use chassis::journal::Journal;
use chassis::school::School;
use decider::{Policy, Service};
use proto::envelope::{Actor, Outcome};
use proto::ids::{ClientId, CommandId, PersonId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::people::{Command as PeopleCommand, Role, Standing};
use proto::values::SchoolZone;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::cast::{NINE, admin, at, name};

/// Tests never wait longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ORIGIN: &str = "https://homeward.example";
pub(crate) const PASSWORD: &str = "a long enough password";

pub(crate) fn school() -> Arc<School> {
    Arc::new(School {
        id: SchoolId::parse("elmfield").expect("slug"),
        name: "Elmfield School".parse().expect("label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
}

/// One of many networks.
pub(crate) fn network(n: u8) -> Network {
    Network::of(Ipv4Addr::new(192, 0, 2, n).into())
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("slug")
}

/// A board that is connected to nothing: what it shows is put in by hand.
pub(crate) struct Alone {
    pub(crate) board: Board,
    pub(crate) clock: Arc<SettableClock>,
    pub(crate) login_clock: Arc<SettableClock>,
    pub(crate) stop: CancellationToken,
    dir: tempfile::TempDir,
}

impl Alone {
    pub(crate) async fn new() -> Self {
        Self::needing(&[]).await
    }

    /// A board where these roles need a second factor.
    pub(crate) async fn needing(second_factor_for: &[Role]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self::with_bus(None, dir, (SettableClock::at(at(NINE)), None), second_factor_for, LogInBy::default())
            .await
    }

    /// As [`Self::needing`], with other ways to log in.
    pub(crate) async fn logging_in_by(log_in: LogInBy, second_factor_for: &[Role]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self::with_bus(None, dir, (SettableClock::at(at(NINE)), None), second_factor_for, log_in).await
    }

    async fn with_bus(
        bus: Option<BusConfig>,
        dir: tempfile::TempDir,
        (clock, journal): (Arc<SettableClock>, Option<Journal>),
        second_factor_for: &[Role],
        log_in: LogInBy,
    ) -> Self {
        let (login_clock, stop) = (SettableClock::at(at(NINE)), CancellationToken::new());
        let config = BoardConfig {
            schools: vec![school()],
            bus,
            clock: Arc::clone(&clock) as _,
            login_clock: Arc::clone(&login_clock) as _,
            database: format!("sqlite:{}", dir.path().join("logins.sqlite").display()),
            journal,
            public_origin: ORIGIN.to_owned(),
            map_ground: None,
            phones_broker: None,
            keys: Keys { duress: [1; 32], link: [2; 32], owntracks: [3; 32], second_factor: [4; 32] },
            log_in,
            second_factor_for: second_factor_for.iter().copied().collect(),
            stop: stop.clone(),
        };
        let board = board::start(config).await.expect("starts");
        Self { board, clock, login_clock, stop, dir }
    }

    /// A log-in for a person who is on the register.
    pub(crate) async fn login_for(&self, person: PersonId, login: &str) {
        let state = &self.board.state;
        let now = at(NINE);
        auth::create_login(state.db(), state.passwords(), &school().id, person, login, PASSWORD.into(), now)
            .await
            .expect("a log-in");
    }

    /// Logs a browser in: the cookie it sends from then on.
    pub(crate) async fn cookie(&self, login: &str) -> String {
        let credentials = Credentials { name: login.to_owned(), password: PASSWORD.into() };
        let headers = axum::http::HeaderMap::new();
        let logged_in =
            auth::log_in(&self.board.state, credentials, &headers, network(1)).await.expect("logs in");
        let cookie = logged_in.cookies[0].to_str().expect("text").to_owned();
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// Gets a client a token.
    pub(crate) async fn token(&self, login: &str) -> String {
        let body = serde_json::json!({ "login": login, "password": PASSWORD });
        let (status, body) = self.post("/api/v1/token", &[("origin", ORIGIN)], &body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.board.router.clone().oneshot(request).await.expect("a router always answers")
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
        self.ask(Method::GET, path, headers, Body::empty()).await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Value {
        let (status, body) = self.get(path, &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
        self.ask(Method::POST, path, headers, Body::from(body.to_owned())).await
    }

    /// A command by the API.
    pub(crate) async fn command(&self, token: &str, command: &str, body: &Value) -> (StatusCode, Value) {
        let token = format!("Bearer {token}");
        self.post(&format!("/api/v1/{command}"), &[("authorization", &token)], &body.to_string()).await
    }

    pub(crate) async fn ask_delete(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let bearer = format!("Bearer {token}");
        self.ask(Method::DELETE, path, &[("authorization", &bearer)], Body::empty()).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.send(request.body(body).expect("a request")).await;
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (status, body)
    }

    /// Waits until the view shows it.
    pub(crate) async fn until(&self, shown: impl Fn(&SchoolView) -> bool) {
        let view = self.board.state.view();
        let mut version = view.version(&school().id).expect("served");
        let wait = async {
            while !shown(&view.school(&school().id).expect("served")) {
                version.changed().await.expect("the view lives");
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the view shows it in time");
    }
}

/// A board and all the services.
pub(crate) struct World {
    pub(crate) board: Alone,
    broker: Embedded,
    setter_up: BusClient,
}

impl World {
    pub(crate) async fn new() -> Self {
        let mut accounts = Accounts::new();
        for service in board::HEARS {
            let name = client(&format!("{service}-1"));
            accounts.add(Account { name, kind: AccountKind::Service(service) });
        }
        accounts.add(Account { name: client("board-1"), kind: AccountKind::Board });
        accounts.add(Account { name: client("board-2"), kind: AccountKind::Board });
        let mut broker = Embedded::new(accounts.clone(), 0);
        let port = broker.start().await.expect("the broker starts").port();
        let bus = |name: &str| {
            let password = accounts.password(&client(name)).expect("an account").clone();
            BusConfig::new("127.0.0.1", port, client(name), password)
        };
        let dir = tempfile::tempdir().expect("a folder");
        let journal = format!("sqlite:{}", dir.path().join("journal.sqlite").display());
        let journal = Journal::open(&journal).await.expect("opens");
        let clock = (SettableClock::at(at(NINE)), Some(journal.clone()));
        let board = Alone::with_bus(Some(bus("board-1")), dir, clock, &[], LogInBy::default()).await;
        let config = |service: ServiceName| HostConfig {
            schools: vec![school()],
            elsewhere: Default::default(),
            journal: journal.clone(),
            bus: bus(&format!("{service}-1")),
            clock: Arc::clone(&board.clock) as _,
            standing: None,
            snapshots: Snapshots::of(1),
            stop: board.stop.clone(),
        };
        start::<people::People>(config(ServiceName::People)).await;
        start::<devices::Devices>(config(ServiceName::Devices)).await;
        start::<contacts::Contacts>(config(ServiceName::Contacts)).await;
        start::<trips::Trips>(config(ServiceName::Trips)).await;
        start::<checkins::Checkins>(config(ServiceName::Checkins)).await;
        start::<safeguarding::Safeguarding>(config(ServiceName::Safeguarding)).await;
        start::<alerts::Alerts>(config(ServiceName::Alerts)).await;
        start::<gateway::Gateway>(config(ServiceName::Gateway)).await;
        let (setter_up, mut news) = BusClient::start(bus("board-2"), &[], &[], board.stop.clone());
        tokio::spawn(async move { while news.recv().await.is_some() {} });
        let world = Self { board, broker, setter_up };
        world.person(admin(), "Ada Admin", &[Role::Admin]).await;
        world.board.login_for(admin(), "admin").await;
        world.board.until(|view| view.people.member(admin()).is_some() && view.freshness.live).await;
        world
    }

    /// Puts somebody on the register, as whoever sets Homeward up does.
    pub(crate) async fn person(&self, person: PersonId, called: &str, roles: &[Role]) {
        let roles = roles.iter().copied().collect();
        let command =
            PeopleCommand::AddPerson { person, name: name(called), standing: Standing::Staff, roles };
        self.does::<people::People>(command, None).await;
        self.board.until(|view| view.people.member(person).is_some()).await;
    }

    /// A command that is accepted.
    pub(crate) async fn does<S: Service>(&self, command: S::Command, actor: Option<Actor>) {
        let outcome = self.setter_up.ask::<S>(&school().id, CommandId::new(), &command, actor).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }

    /// Stops everything.
    pub(crate) async fn end(mut self) {
        self.board.stop.cancel();
        self.broker.stop().await;
    }
}

async fn start<S: Service>(config: HostConfig) {
    Host::<S>::start(config, NoEffects).await.expect("starts");
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = &self.dir;
    }
}

/// A person with that role: their id and cookie.
pub(crate) async fn somebody(world: &World, login: &str, role: Role) -> (PersonId, String) {
    let person = PersonId::new();
    world.person(person, &format!("Person {login}"), &[role]).await;
    world.board.login_for(person, login).await;
    world.board.until(|view| view.safeguarding.is_here(person)).await;
    (person, world.board.cookie(login).await)
}

pub(crate) async fn page(world: &World, cookie: &str, path: &str) -> (StatusCode, String) {
    let (status, body) = world.board.get(path, &[("cookie", cookie)]).await;
    (status, body.as_str().unwrap_or_default().to_owned())
}
