//! Starts what is asked for, in one process: the embedded broker if there is one, a host for each service, the web.
//! Everything ends by one token, in order: the web first, then the services, the broker last.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use board::{BoardConfig, Keys};
use chassis::broker::{Accounts, Broker, BrokerFault, Embedded};
use chassis::bus::{BrokerAddress, BusConfig, Delivery, Password, Tls, Will};
use chassis::client::BusClient;
use chassis::clock::{RealClock, SharedClock};
use chassis::host::{Health, Host, HostConfig, NoEffects, Shell, Snapshots, instance_client};
use chassis::journal::{Journal, JournalFault};
use chassis::lease::{LeaseFault, Slot};
use chassis::pulse::Pulses;
use decider::Service;
use futures::future::BoxFuture;
use gateway::{Door, Gateway, GatewayConfig};
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::accounts::{
    self, DISCOVERY_CLIENT, LatePhones, PHONES_KEY, POSITIONS_CLIENT, SETUP_CLIENT, beside, client,
};
use crate::config::{BrokerConfig, Config};
pub use crate::logins::{create_login, forget_second_factor};
use crate::ops::{self, Ops};
use crate::secrets::Secrets;
use crate::sharing::{Hosted, Joined, Known, Lease, Peers, Settles};
use crate::{discovery, nightly, systemd, watchdog, web};

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// A folder or file can't be used.
    #[error("{what}: {error}")]
    Files {
        /// Which, and for what.
        what: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerFault),
    /// The journal.
    #[error("the journal: {0}")]
    Journal(#[from] JournalFault),
    /// Somebody else is at work on it.
    #[error(transparent)]
    Lease(#[from] LeaseFault),
    /// The board.
    #[error("the board: {0}")]
    Board(String),
    /// The gateway.
    #[error("the gateway: {0}")]
    Gateway(String),
    /// What pings the watchdog outside.
    #[error("the watchdog: {0}")]
    Watchdog(String),
}

/// What is running.
pub struct Running {
    /// Where the web listens.
    pub web: SocketAddr,
    /// Where the broker listens, and the password of [`LOCAL_CLIENT`](crate::accounts::LOCAL_CLIENT), if the broker is embedded.
    pub broker: Option<(SocketAddr, Password)>,
    /// How well each service is.
    pub health: BTreeMap<ServiceName, watch::Receiver<Health>>,
    /// What the board leans on, if it runs here: log-ins are made through it.
    pub board: Option<board::AppState>,
    effects: Vec<BoxFuture<'static, ()>>,
    failed: Arc<AtomicBool>,
    stop: CancellationToken,
    parts: Vec<Part>,
    web_ended: BoxFuture<'static, ()>,
    embedded: Option<Embedded>,
    setup: BusConfig,
    lease: Lease,
    hosts: BTreeMap<ServiceName, Hosted>,
    pulses: Pulses,
}

struct Part {
    name: ServiceName,
    ended: BoxFuture<'static, ()>,
}

/// Everything that each part needs.
struct Common<'a> {
    config: &'a Config,
    public_base: String,
    journal: Option<Journal>,
    clock: SharedClock,
    broker: Reached,
    phones: Arc<LatePhones>,
    stop: CancellationToken,
    services_stop: CancellationToken,
}

/// How the broker is reached, with which accounts.
struct Reached {
    host: String,
    port: u16,
    others: Vec<BrokerAddress>,
    tls: Option<Tls>,
    delivery: Delivery,
    instance: u16,
    passwords: Passwords,
}

enum Passwords {
    Embedded(Accounts),
    Outside(Password),
}

impl Reached {
    fn account(&self, client: ClientId) -> BusConfig {
        let password = match &self.passwords {
            Passwords::Outside(password) => password.clone(),
            Passwords::Embedded(accounts) => {
                accounts.password(&client).expect("every client of this process has an account").clone()
            }
        };
        let bus = BusConfig::new(&self.host, self.port, client, password);
        bus.with_others(self.others.clone()).with_tls(self.tls.clone()).with_delivery(self.delivery)
    }

    fn bus(&self, service: ServiceName) -> BusConfig {
        let client = instance_client(service, self.instance);
        let topic = Topic::Health { service, instance: client.clone() }.to_string();
        let payload = br#"{"up":false}"#.as_slice().into();
        self.account(client).with_will(Will { topic, payload, retain: true })
    }
}

/// Starts these services.
pub async fn start(
    config: &Config,
    services: &[ServiceName],
    clock: SharedClock,
    stop: CancellationToken,
) -> Result<Running, StartFault> {
    let files = |what: &str| {
        let what = what.to_owned();
        move |error| StartFault::Files { what, error }
    };
    std::fs::create_dir_all(&config.data_dir).map_err(files("the data folder"))?;
    ops::records();
    let secrets = Secrets::load_or_make(&config.data_dir).map_err(files("the installation's secret"))?;
    let listener = TcpListener::bind(config.listen).await.map_err(files("the web's address"))?;
    let web = listener.local_addr().map_err(files("the web's address"))?;
    let deciding: Vec<_> = services.iter().copied().filter(|s| *s != ServiceName::Board).collect();
    // The board alone keeps no journal.
    let failed = Arc::<AtomicBool>::default();
    let lease = Lease::take(config, &deciding, &stop, &failed).await?;
    let journal = if deciding.is_empty() { None } else { Some(Journal::open(&config.journal_url).await?) };
    let phones = Arc::<LatePhones>::default();
    let (reached, embedded, local) = broker(config, services, &phones).await?;
    let services_stop = CancellationToken::new();
    let setup = reached.account(client(SETUP_CLIENT));
    let public_base = config.public_base.clone().unwrap_or_else(|| format!("http://{web}"));
    let common = Common {
        config,
        public_base,
        journal,
        clock,
        broker: reached,
        phones,
        stop: stop.clone(),
        services_stop,
    };
    let mut running = Running {
        web,
        broker: local,
        health: BTreeMap::new(),
        board: None,
        effects: Vec::new(),
        failed,
        stop,
        parts: Vec::new(),
        web_ended: Box::pin(std::future::ready(())),
        embedded,
        setup,
        lease,
        hosts: BTreeMap::new(),
        pulses: Pulses::default(),
    };
    let mut router = axum::Router::new();
    for service in deciding {
        router = router.merge(start_service(&common, service, &secrets, &mut running).await?);
    }
    if config.home_assistant && services.contains(&ServiceName::Alerts) {
        let told = discovery::tell(
            common.broker.account(beside(DISCOVERY_CLIENT, config.number_beside())),
            &config.schools,
            common.stop.clone(),
        );
        running.effects.push(told);
    }
    if services.contains(&ServiceName::Board) {
        router = router.merge(start_board(&common, &secrets, &mut running).await?);
    }
    let view = running.board.as_ref().map(|board| Arc::clone(board.view()));
    if let (Some(watchdog), Some(view)) = (&config.watchdog, &view) {
        let watched = watchdog::Watched { own: running.health.clone(), heard: Arc::clone(view) };
        let pings = watchdog::start(watchdog, watched, Arc::clone(&common.clock), common.stop.clone());
        running.effects.push(pings.map_err(|error| StartFault::Watchdog(error.to_string()))?);
    }
    if let Some(journal) = common.journal.clone().filter(|_| services.contains(&ServiceName::Safeguarding)) {
        let (schools, ours) = (config.schools.clone(), ours(config, &running.lease));
        let clock = Arc::clone(&common.clock);
        let url = config.board_url.clone();
        let nights = nightly::start(journal, url, schools, ours, clock, common.stop.clone());
        running.effects.push(nights);
    }
    let ops = Ops::new(running.health.clone(), running.known(), view, config.data_dir.clone());
    router = router.merge(ops.router());
    running.lease =
        std::mem::replace(&mut running.lease, Lease::None).begin(std::mem::take(&mut running.hosts));
    let (stop, services_stop) = (common.stop.clone(), common.services_stop.clone());
    running.web_ended = web::begins(listener, router, config.web.clone(), stop, services_stop);
    Ok(running)
}

/// Which schools are this process's, to be erased from at night.
fn ours(config: &Config, lease: &Lease) -> nightly::Ours {
    match lease.joined().and_then(|joined| joined.standing(ServiceName::Safeguarding)) {
        Some(standing) => Box::new(move |school| standing.slots().contains(&Slot::of(school))),
        None => {
            let share = config.share.clone();
            Box::new(move |school| share.has(school))
        }
    }
}

async fn start_service(
    common: &Common<'_>,
    service: ServiceName,
    secrets: &Secrets,
    running: &mut Running,
) -> Result<axum::Router, StartFault> {
    match service {
        ServiceName::People => host::<people::People>(common, NoEffects, running).await?,
        ServiceName::Devices => host::<devices::Devices>(common, NoEffects, running).await?,
        ServiceName::Trips => host::<trips::Trips>(common, NoEffects, running).await?,
        ServiceName::Checkins => host::<checkins::Checkins>(common, NoEffects, running).await?,
        ServiceName::Contacts => host::<contacts::Contacts>(common, NoEffects, running).await?,
        ServiceName::Alerts => host::<alerts::Alerts>(common, NoEffects, running).await?,
        ServiceName::Safeguarding => {
            host::<safeguarding::Safeguarding>(common, NoEffects, running).await?;
        }
        ServiceName::Gateway => return start_gateway(common, secrets, running).await,
        ServiceName::Board => {}
    }
    Ok(axum::Router::new())
}

async fn start_gateway(
    common: &Common<'_>,
    secrets: &Secrets,
    running: &mut Running,
) -> Result<axum::Router, StartFault> {
    let config = GatewayConfig {
        channels: common.config.channels.clone(),
        public_base: common.public_base.clone(),
        link_key: secrets.key("page links"),
        duress_key: secrets.key("duress words"),
        owntracks_key: secrets.key(PHONES_KEY),
    };
    let door = Door::new(config, Arc::clone(&common.clock))
        .map_err(|error| StartFault::Gateway(error.to_string()))?;
    if let Some(peers) = running.lease.joined().and_then(|joined| Peers::new(joined, &common.config.schools))
    {
        door.is_one_of_several(Arc::new(peers));
    }
    let shell = door.shell();
    let host =
        Host::<Gateway>::start(host_config(common, ServiceName::Gateway, &running.lease), shell).await?;
    let worker = door.open(host.own_commands(), common.stop.clone());
    if let Some(journal) = &common.journal {
        door.keep_unreadable_in(journal.clone());
    }
    // A gateway is started once.
    let _ = common.phones.0.set(door.clone());
    let positions = gateway::positions::owntracks::mqtt::start(
        &door,
        common.broker.account(beside(POSITIONS_CLIENT, common.config.number_beside())),
        common.stop.clone(),
    );
    let ended = async move {
        // A panic in either is a bug that its own hook has told.
        let _ = tokio::join!(worker, positions);
    };
    running.effects.push(Box::pin(ended));
    running.pulses.add("what sends", door.pulse());
    let settling = door.clone();
    let settles: Settles = Arc::new(move |schools| {
        let door = settling.clone();
        Box::pin(async move { door.settles(&schools).await })
    });
    keep(running, common, host, Some(settles));
    Ok(door.router())
}

async fn start_board(
    common: &Common<'_>,
    secrets: &Secrets,
    running: &mut Running,
) -> Result<axum::Router, StartFault> {
    let config = BoardConfig {
        schools: common.config.schools.clone(),
        bus: Some(common.broker.bus(ServiceName::Board)),
        clock: Arc::clone(&common.clock),
        login_clock: RealClock::shared(),
        database: common.config.board_url.clone(),
        journal: within_reach(common).await?,
        public_origin: common.public_base.clone(),
        phones_broker: common.config.phones_broker.clone(),
        map_ground: common.config.map_ground.clone(),
        keys: Keys {
            duress: secrets.key("duress words"),
            link: secrets.key("page links"),
            owntracks: secrets.key(PHONES_KEY),
            second_factor: secrets.key("second factors"),
        },
        log_in: common.config.log_in.clone(),
        second_factor_for: common.config.second_factor_for.clone(),
        stop: common.stop.clone(),
    };
    let board = board::start(config).await.map_err(|fault| StartFault::Board(fault.to_string()))?;
    if let Some(pulse) = board.pulse {
        running.pulses.add(ServiceName::Board.as_str(), pulse);
    }
    running.board = Some(board.state);
    Ok(board.router)
}

/// The journals, for a board: those of its own process, or of a server that it shares with the services.
async fn within_reach(common: &Common<'_>) -> Result<Option<Journal>, StartFault> {
    if common.journal.is_some() || common.config.journal_url.starts_with("sqlite:") {
        return Ok(common.journal.clone());
    }
    Ok(Some(Journal::open(&common.config.journal_url).await?))
}

async fn host<S: Service>(
    common: &Common<'_>,
    shell: impl Shell<S>,
    running: &mut Running,
) -> Result<(), JournalFault> {
    let host = Host::<S>::start(host_config(common, S::NAME, &running.lease), shell).await?;
    keep(running, common, host, None);
    Ok(())
}

fn host_config(common: &Common<'_>, service: ServiceName, lease: &Lease) -> HostConfig {
    let standing = lease.joined().and_then(|joined| joined.standing(service));
    // Where schools come and go, they come once the host stands.
    let is_here = |school: &SchoolId| standing.is_none() && common.config.share.has(school);
    let (schools, elsewhere): (Vec<_>, Vec<_>) =
        common.config.schools.iter().cloned().partition(|school| is_here(&school.id));
    HostConfig {
        schools,
        elsewhere: elsewhere.iter().map(|school| school.id.clone()).collect(),
        standing,
        journal: common.journal.clone().expect("it is open where a service decides"),
        bus: common.broker.bus(service),
        clock: Arc::clone(&common.clock),
        snapshots: Snapshots::of(crate::RELEASE),
        stop: common.services_stop.clone(),
    }
}

/// Keeps a host, and watches over it: a service that ends before it is told to has met a bug, and the process ends with
/// it, to be started again from the journal by whoever runs it.
fn keep<S: Service>(running: &mut Running, common: &Common<'_>, host: Host<S>, settles: Option<Settles>) {
    running.health.insert(S::NAME, host.health());
    running.pulses.add(S::NAME.as_str(), host.pulse());
    running.hosts.insert(S::NAME, Hosted { serves: host.steering(), settles });
    let (stop, services_stop) = (common.stop.clone(), common.services_stop.clone());
    let failed = Arc::clone(&running.failed);
    let watched = tokio::spawn(async move {
        host.ended().await;
        if !services_stop.is_cancelled() {
            tracing::error!(service = %S::NAME, "HW-B2 a service ended by itself: the process ends, start it again");
            failed.store(true, Ordering::Relaxed);
            stop.cancel();
        }
    });
    let ended = async move {
        // The task only waits.
        let _ = watched.await;
    };
    running.parts.push(Part { name: S::NAME, ended: Box::pin(ended) });
}

async fn broker(
    config: &Config,
    services: &[ServiceName],
    phones: &Arc<LatePhones>,
) -> Result<(Reached, Option<Embedded>, Option<(SocketAddr, Password)>), StartFault> {
    match &config.broker {
        BrokerConfig::Outside { host, port, others, tls, delivery, instance, password } => {
            let passwords = Passwords::Outside(password.clone());
            let (host, others, tls) = (host.clone(), others.clone(), tls.clone());
            let (port, delivery, instance) = (*port, *delivery, *instance);
            Ok((Reached { host, port, others, tls, delivery, instance, passwords }, None, None))
        }
        BrokerConfig::Embedded { port } => {
            let (accounts, local) = accounts::of_one_process(services, phones);
            let mut embedded = Embedded::new(accounts.clone(), *port);
            let address = embedded.start().await?;
            let passwords = Passwords::Embedded(accounts);
            let (host, port, others) = (address.ip().to_string(), address.port(), Vec::new());
            let delivery = Delivery::AtLeastOnce;
            let reached = Reached { host, port, others, tls: None, delivery, instance: 1, passwords };
            Ok((reached, Some(embedded), Some((address, local))))
        }
    }
}

impl Running {
    /// Who holds which slots, where instances divide them by themselves.
    fn known(&self) -> Option<watch::Receiver<Arc<Known>>> {
        self.lease.joined().map(Joined::known)
    }

    /// Tells systemd how it is, until it is told to end.
    pub(crate) fn tell_systemd(&mut self) -> impl Future<Output = ()> + use<> {
        let watched = systemd::Watched {
            pulses: std::mem::take(&mut self.pulses),
            health: self.health.clone(),
            known: self.known(),
            board: self.board.as_ref().map(|board| Arc::clone(board.view())),
        };
        systemd::keep_told(watched, self.stop.clone())
    }

    /// A client that commands services as the board does; it hears nobody.
    pub fn setup_client(&self) -> BusClient {
        BusClient::start_commanding(self.setup.clone(), self.stop.clone())
    }

    /// Waits until every service can be commanded.
    pub async fn reachable(&mut self) {
        for health in self.health.values_mut() {
            // A host that is gone tells so by ending the process.
            let _ = health.wait_for(|h| h.journal && h.bus).await;
        }
    }

    /// The account of [`Running::setup_client`], for a client that hears services, too.
    pub fn setup_account(&self) -> BusConfig {
        self.setup.clone()
    }

    /// Waits until every service is connected and judges absence.
    pub async fn ready(&mut self) {
        for health in self.health.values_mut() {
            // A host that is gone tells so by ending the process.
            let _ = health.wait_for(|h| h.journal && h.bus && h.judging).await;
        }
    }

    /// Waits for the end, after the token it was started with.
    ///
    /// # Errors
    /// If a service ended by itself.
    pub async fn ended(self) -> Result<(), String> {
        self.stop.cancelled().await;
        self.web_ended.await;
        futures::future::join_all(self.effects).await;
        for part in self.parts {
            part.ended.await;
            tracing::debug!(service = %part.name, "ended");
        }
        if let Some(mut broker) = self.embedded {
            broker.stop().await;
        }
        self.lease.end().await;
        if self.failed.load(Ordering::Relaxed) {
            return Err("it could not go on: see the log for a code, and its page in infra/runbooks".into());
        }
        Ok(())
    }
}
