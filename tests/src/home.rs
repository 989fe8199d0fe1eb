//! Where Homeward lives under test: its files and settings, and the broker and database beside it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chassis::bus::{BrokerAddress, BusConfig, Delivery};
use chassis::clock::{FileClock, SettableClock};
use chassis::journal::Journal;
use chassis::testing::certificate;
use chassis::testing::mosquitto::Mosquitto;
use chassis::testing::nats::NatsCluster;
use chassis::testing::postgres::Postgres;
use handsets::Handsets;
use homeward::accounts::SETUP_CLIENT;
use homeward::config::{self, Config};
use homeward::demo::Cast;
use jiff::{SignedDuration, Timestamp};
use proto::ids::{ClientId, SchoolId};
use proto::topics::ServiceName;
use tempfile::TempDir;

use crate::disk::Disk;
use crate::link::Link;
use crate::process::{Process, Recipe, errand};

/// How Homeward runs under test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
    /// Within the test's own process.
    Within,
    /// As one process of this binary, with SQLite and the embedded broker.
    Alone(&'static str),
    /// Each service as a process of its own, with Mosquitto and PostgreSQL.
    Apart(&'static str),
    /// As apart, with three nodes of NATS for a broker. Processes begin with different ones.
    Clustered(&'static str),
    /// As apart; each process reaches the broker and the database by links that can be cut.
    Linked(&'static str),
}

/// What a story sets up besides.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Lines of the school's policy. Without any, lines aren't tested.
    pub policy: &'static str,
    /// Further tables of the configuration.
    pub tables: String,
    /// Whether a second account, with handsets of its own, stands by for texts and calls.
    pub second: bool,
    /// Whether nothing is there yet but Ruth, who administers.
    pub from_nothing: bool,
    /// Whether the disk under its process, or else under its database, can fill, fail to sync and lose power.
    pub frail_disk: bool,
    /// The process that systemd started, by its name, and the socket by which it is told.
    pub notify: Option<(&'static str, PathBuf)>,
    /// Who and what there is at the story's own school; none: the cast.
    pub cast: Option<Cast>,
    /// Further schools that the story is about, with their casts. (Their tables are among the others.)
    pub neighbours: Vec<(SchoolId, Cast)>,
    /// Whether it begins on the journals that an earlier release left, in this back-up. The cast stands in them, and its trip is out.
    pub old_journal: Option<PathBuf>,
    /// Whether each person counts as coming from a network of their own, as a proxy in front would say: more log in than one network may at once.
    pub proxied: bool,
    /// What its processes log, as `HOMEWARD_LOG` says it; none: little.
    pub log: Option<&'static str>,
}

/// The second account.
pub(crate) struct Second {
    pub(crate) handsets: Handsets,
    /// How the first one is reached, so that it can be lost.
    pub(crate) way_to_first: Link,
}

/// The school's number with the second account.
const SECOND_NUMBER: &str = "+441632960009";

impl Second {
    pub(crate) async fn start(clock: handsets::Clock, first: &Handsets) -> Self {
        let config = handsets::Config {
            account_sid: "AC00000000000000000000000000000002".into(),
            auth_token: "the-second-accounts-token".into(),
            school_number: SECOND_NUMBER.into(),
            clock,
            patience: crate::watch::PATIENCE,
            ..handsets::Config::default()
        };
        let handsets = Handsets::start(config).await.expect("the second account's handsets start");
        let port = first.base_url().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let way_to_first = Link::to(port.expect("a port")).await;
        Self { handsets, way_to_first }
    }

    fn tables(&self) -> String {
        format!(
            "[providers.second]\nkind = \"twilio\"\naccount_sid = \"AC00000000000000000000000000000002\"\n\
             auth_token = \"the-second-accounts-token\"\nbase_url = \"{}\"\nfrom = \"{SECOND_NUMBER}\"\n",
            self.handsets.base_url()
        )
    }
}

impl Plan {
    pub(crate) fn program(self) -> Option<&'static Path> {
        match self {
            Self::Within => None,
            Self::Alone(program)
            | Self::Apart(program)
            | Self::Clustered(program)
            | Self::Linked(program) => Some(Path::new(program)),
        }
    }
}

/// The story's own school.
pub(crate) const OWN: &str = "elmfield";

/// The database there.
const DATABASE: &str = "homeward";

/// Every account's password there.
pub const PASSWORD: &str = "one-password-for-all-of-them";

/// The database's password. It lets everybody of this machine in without: that none of it is logged is what it is for.
pub const DATABASE_PASSWORD: &str = "a-password-of-the-database";

/// An account at Mosquitto that reads what the services of the school tell.
pub(crate) const READER: &str = "reports";

/// Work mobiles with an account at Mosquitto.
const PHONES: [&str; 2] = ["WM-001", "WM-002"];

/// Mosquitto as we tell schools to set it up.
const MOSQUITTO: &str = include_str!("../../infra/mosquitto/mosquitto.conf");

/// The clock of a world: the test's and the handsets', and by a file that of every process.
pub struct Time {
    shown: Arc<SettableClock>,
    file: PathBuf,
    moved: std::sync::Mutex<SignedDuration>,
}

impl Time {
    pub(crate) fn new(shown: Arc<SettableClock>, file: PathBuf) -> Self {
        let time = Self { shown, file, moved: std::sync::Mutex::default() };
        time.set(time.now());
        time
    }

    pub(crate) fn shown(&self) -> Arc<SettableClock> {
        Arc::clone(&self.shown)
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        chassis::clock::Clock::now(&*self.shown)
    }

    /// Sets it; who sleeps until then, or less, wakes.
    pub fn set(&self, now: Timestamp) {
        let moved = *self.moved.lock().expect("nobody panics with it");
        FileClock::set(&self.file, now, moved).expect("the clock's file is written");
        self.shown.set(now);
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now().saturating_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Somebody moves the wall clock by hand: processes are to notice.
    pub fn is_stepped(&self, by: SignedDuration) {
        *self.moved.lock().expect("nobody panics with it") += by;
        self.advance(by);
    }
}

/// The broker and the database beside Homeward.
pub struct Outside {
    /// The broker.
    pub broker: Engine,
    /// The database.
    pub postgres: Postgres,
    /// The links of each process, by its name: to the broker, and to the database. None: it reaches them without.
    pub(crate) links: BTreeMap<String, (Link, Link)>,
    /// Where phones reach the broker by TLS, if they do.
    pub(crate) phones: Option<Listener>,
}

/// The listener for phones: its port, and its certificate (PEM).
pub(crate) struct Listener {
    pub(crate) port: u16,
    pub(crate) certificate: PathBuf,
}

/// The broker beside it.
pub enum Engine {
    /// One Mosquitto.
    Mosquitto(Mosquitto),
    /// A cluster.
    Nats(NatsCluster),
}

impl Outside {
    /// Mosquitto.
    ///
    /// # Panics
    /// If the broker is another.
    pub fn mosquitto(&mut self) -> &mut Mosquitto {
        match &mut self.broker {
            Engine::Mosquitto(mosquitto) => mosquitto,
            Engine::Nats(_) => panic!("the broker is NATS"),
        }
    }

    /// The cluster.
    ///
    /// # Panics
    /// If the broker is another.
    pub fn nats(&mut self) -> &mut NatsCluster {
        match &mut self.broker {
            Engine::Nats(nats) => nats,
            Engine::Mosquitto(_) => panic!("the broker is Mosquitto"),
        }
    }

    /// The test's own account at the broker.
    pub(crate) fn account(&self) -> BusConfig {
        let (nodes, _) = self.found_by("");
        let (first, others) = nodes.split_first().expect("a broker has a node");
        let client = ClientId::parse(SETUP_CLIENT).expect("a slug");
        // As infra/nats says of a cluster.
        let delivery = if others.is_empty() { Delivery::AtLeastOnce } else { Delivery::AtMostOnce };
        let account = BusConfig::new(&first.host, first.port, client, Home::password());
        account.with_others(others.to_vec()).with_delivery(delivery)
    }

    /// Where a process finds the broker, node by node, and the database's port.
    pub(crate) fn found_by(&self, name: &str) -> (Vec<BrokerAddress>, u16) {
        let local = |port| vec![BrokerAddress { host: "127.0.0.1".into(), port }];
        match (self.links.get(name), &self.broker) {
            (Some((broker, database)), _) => (local(broker.port()), database.port()),
            (None, Engine::Mosquitto(mosquitto)) => (local(mosquitto.address().port()), self.postgres.port()),
            // Each begins with another node, by its place among the services; the test's own with the last.
            (None, Engine::Nats(nats)) => {
                let place = ServiceName::ALL.iter().position(|service| service.as_str() == name);
                (nats.addresses_from(place.unwrap_or(2)), self.postgres.port())
            }
        }
    }
}

/// What outlives a restart.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
    pub(crate) plan: Plan,
    pub(crate) config: Config,
    /// Where the board listens.
    pub(crate) web: String,
    /// Where the gateway listens.
    pub(crate) gateway: String,
    pub(crate) outside: Option<Outside>,
    /// The disk that can fail, and where it is told so.
    pub(crate) disk: Option<Disk>,
    /// The last entries of its own school's journals that an earlier release wrote.
    pub(crate) inherited: BTreeMap<ServiceName, u64>,
    _told: Option<TempDir>,
    provider: String,
    extras: Extras,
}

impl Home {
    pub(crate) async fn new(
        plan: Plan,
        handsets: &Handsets,
        extras: Extras,
        second: Option<&Second>,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        // The database runs as somebody else.
        let everybody = std::fs::Permissions::from_mode(0o755);
        let told = extras.frail_disk.then(|| tempfile::Builder::new().permissions(everybody).tempdir());
        let told = told.transpose().expect("a folder");
        let disk = told.as_ref().map(|told| Disk::told_of_in(told.path()));
        let outside = match plan {
            Plan::Within | Plan::Alone(_) => None,
            Plan::Apart(program) | Plan::Clustered(program) | Plan::Linked(program) => {
                Some(outside(Path::new(program), plan, disk.as_ref(), dir.path()).await)
            }
        };
        let web = format!("http://127.0.0.1:{}", free_port());
        let gateway = match outside {
            None => web.clone(),
            Some(_) => format!("http://127.0.0.1:{}", free_port()),
        };
        let provider = match second {
            Some(second) => format!("http://127.0.0.1:{}", second.way_to_first.port()),
            None => handsets.base_url(),
        };
        let tables = format!("{}\n{}", extras.tables, second.map(Second::tables).unwrap_or_default());
        let extras = Extras { tables, ..extras };
        let found = outside.as_ref().map(|outside| outside.found_by(""));
        let text = settings(dir.path(), &web, &provider, found, &extras);
        let config = config::read_text(&text).expect("the configuration is right");
        let inherited = BTreeMap::new();
        Self { dir, plan, config, web, gateway, outside, disk, inherited, _told: told, provider, extras }
    }

    /// The schools that the story is about, its own first.
    pub(crate) fn schools(&self) -> Vec<SchoolId> {
        let own = self.config.schools[0].id.clone();
        std::iter::once(own).chain(self.extras.neighbours.iter().map(|(id, _)| id.clone())).collect()
    }

    pub(crate) fn is_from_nothing(&self) -> bool {
        self.extras.from_nothing
    }

    /// Its databases, where nobody is at work yet, are those of that back-up.
    pub(crate) async fn inherits(&mut self, file: &Path) {
        let copy = self.dir.path().join("inherited");
        std::fs::copy(file, &copy).expect("it is copied");
        let from = format!("sqlite:{}", copy.display());
        chassis::backup::restore(&from, &self.config.journal_url).await.expect("it is restored");
        let journal = Journal::open(&self.config.journal_url).await.expect("opens");
        for service in ServiceName::ALL {
            let head = journal.begin(service, &self.config.schools[0].id).await.expect("it is read");
            self.inherited.insert(service, head.seq);
        }
        journal.close().await;
    }

    pub(crate) fn clock(&self) -> PathBuf {
        self.dir.path().join("clock")
    }

    /// The configuration of a process that listens there, in a file.
    pub(crate) fn recipe(&self, program: &Path, name: &str, web: &str) -> Recipe {
        let config = self.dir.path().join(format!("{name}.toml"));
        let text = settings(
            self.dir.path(),
            web,
            &self.provider,
            self.outside.as_ref().map(|outside| outside.found_by(name)),
            &self.extras,
        );
        std::fs::write(&config, text).expect("the configuration is written");
        Recipe {
            program: program.to_owned(),
            config,
            clock: self.clock(),
            disk: self.disk.clone().filter(|_| self.outside.is_none()),
            log: self.extras.log,
            notify: self.extras.notify.clone().filter(|(of, _)| *of == name).map(|(_, socket)| socket),
        }
    }

    /// The configuration of one of its processes.
    pub(crate) fn any_config(&self) -> PathBuf {
        let name = if matches!(self.plan, Plan::Alone(_)) { "homeward" } else { "people" };
        self.dir.path().join(format!("{name}.toml"))
    }

    /// A second instance of a service, which stands by; not started yet.
    pub(crate) fn stands_by(&self, service: ServiceName) -> Process {
        let program = self.plan.program().expect("it runs as processes");
        let (name, web) = (format!("{service}-2"), format!("http://127.0.0.1:{}", free_port()));
        let recipe = self.recipe(program, &name, &web);
        let text = std::fs::read_to_string(&recipe.config).expect("it was written");
        let text = text.replace("kind = \"outside\"", "kind = \"outside\"\ninstance = 2");
        std::fs::write(&recipe.config, text + "\n[share]\nstand_by = true\n").expect("it is written");
        Process::new(&name, &[service], true, web, recipe)
    }

    /// A further instance of these services, with a number of its own; not started yet.
    pub(crate) fn instance(&self, number: u16, services: &[ServiceName]) -> Process {
        let program = self.plan.program().expect("it runs as processes");
        let (name, web) = (format!("instance-{number}"), format!("http://127.0.0.1:{}", free_port()));
        let recipe = self.recipe(program, &name, &web);
        let text = std::fs::read_to_string(&recipe.config).expect("it was written");
        let numbered = format!("kind = \"outside\"\ninstance = {number}");
        let text = text.replace("kind = \"outside\"", &numbered);
        // All instances are one to the world.
        let known_as = format!("[server]\n        public_base = \"{}\"", self.gateway);
        std::fs::write(&recipe.config, text.replace("[server]", &known_as)).expect("it is written");
        Process::new(&name, services, true, web, recipe)
    }

    /// Its processes, not started yet.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let process = |program: &'static str, name: &str, services: &[ServiceName], web: String| {
            let recipe = self.recipe(Path::new(program), name, &web);
            Process::new(name, services, services.len() == 1, web, recipe)
        };
        match self.plan {
            Plan::Within => Vec::new(),
            Plan::Alone(program) => {
                vec![process(program, "homeward", &ServiceName::ALL, self.web.clone())]
            }
            Plan::Apart(program) | Plan::Clustered(program) | Plan::Linked(program) => ServiceName::ALL
                .into_iter()
                .map(|service| {
                    let web = match service {
                        ServiceName::Board => self.web.clone(),
                        ServiceName::Gateway => self.gateway.clone(),
                        _ => format!("http://127.0.0.1:{}", free_port()),
                    };
                    process(program, service.as_str(), &[service], web)
                })
                .collect(),
        }
    }

    /// The password of an account at the broker outside.
    pub(crate) fn password() -> chassis::bus::Password {
        chassis::bus::Password::new(PASSWORD)
    }
}

/// A free port of 127.0.0.1. The web's address must be known before it starts: webhooks are built from it. It lies below those that the
/// system gives to whoever connects: one of them may be gone by the time it is listened at.
pub fn free_port() -> u16 {
    let tried = (0..1_000).map(|_| rand::random_range(10_000_u16..32_000));
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    tried.into_iter().find(free).expect("a free port")
}

fn settings(
    dir: &Path,
    web: &str,
    provider: &str,
    outside: Option<(Vec<BrokerAddress>, u16)>,
    extras: &Extras,
) -> String {
    let listen = web.trim_start_matches("http://");
    let (data, broker) = outside.map_or_else(Default::default, |(nodes, database)| {
        let url = format!("postgres://homeward:{DATABASE_PASSWORD}@127.0.0.1:{database}/{DATABASE}");
        let data = format!("journal = \"{url}\"\nboard = \"{url}\"");
        let (first, others) = nodes.split_first().expect("a broker has a node");
        // As infra/nats says of a cluster.
        let qos = u8::from(others.is_empty());
        let others: Vec<String> = others.iter().map(BrokerAddress::to_string).collect();
        let broker = format!(
            "[broker]\nkind = \"outside\"\nhost = \"{}\"\nport = {}\nothers = {others:?}\nqos = {qos}\npassword = \"{PASSWORD}\"",
            first.host, first.port
        );
        (data, broker)
    });
    format!(
        r#"
        drama_numbers = true
        [server]
        listen = "{listen}"
        {proxies}
        [data]
        dir = "{dir}"
        {data}
        {broker}
        [twilio]
        account_sid = "AC00000000000000000000000000000001"
        auth_token = "simulated-handsets-token"
        base_url = "{provider}"
        from = "+441632960000"
        [home_assistant]
        discovery = true
        {tables}
        {log_in}
        [schools.{OWN}]
        name = "Elmfield School"
        [schools.{OWN}.policy]
        {policy}
        "#,
        dir = dir.display(),
        tables = extras.tables,
        proxies = if extras.proxied { "proxies = [\"127.0.0.1\"]" } else { "" },
        // A story of second factors says so; in the others a password is enough.
        log_in = if extras.tables.contains("[log_in]") { "" } else { "[log_in]\nsecond_factor_for = []" },
        policy = if extras.policy.is_empty() { "line_tests = \"off\"" } else { extras.policy },
    )
}

/// Both, set up as the guides say: `homeward broker-acl` writes the rules.
async fn outside(program: &Path, plan: Plan, disk: Option<&Disk>, folder: &Path) -> Outside {
    let (broker, phones) = match plan {
        Plan::Clustered(_) => (Engine::Nats(cluster(program).await), None),
        Plan::Within | Plan::Alone(_) | Plan::Apart(_) | Plan::Linked(_) => {
            let (mosquitto, phones) = mosquitto(program, folder).await;
            (Engine::Mosquitto(mosquitto), Some(phones))
        }
    };
    let postgres = Postgres::start_in(disk.map(Disk::environment).unwrap_or_default());
    postgres.database(DATABASE);
    let mut links = BTreeMap::new();
    if let (Plan::Linked(_), Engine::Mosquitto(mosquitto)) = (plan, &broker) {
        for service in ServiceName::ALL {
            let both = (Link::to(mosquitto.address().port()).await, Link::to(postgres.port()).await);
            links.insert(service.as_str().to_owned(), both);
        }
    }
    Outside { broker, postgres, links, phones }
}

async fn mosquitto(program: &Path, folder: &Path) -> (Mosquitto, Listener) {
    let reader = format!("elmfield/{READER}");
    let phones = PHONES.map(|tag| format!("elmfield/{tag}"));
    let mut arguments = vec!["broker-acl", "--instances", "4", "--reader", &reader];
    arguments.extend(phones.iter().flat_map(|phone| ["--phone", phone.as_str()]));
    let acl = errand(program, &arguments).await;
    let names = acl.lines().filter_map(|line| line.strip_prefix("user "));
    let passwords: Vec<_> = names.map(|name| (name, PASSWORD)).collect();
    certificate(folder, "server", "critical,CA:FALSE").await;
    let listener = Listener { port: free_port(), certificate: folder.join("server.crt") };
    let settings = mosquitto_settings(folder, listener.port);
    (Mosquitto::start_as(&settings, &acl, &passwords).await, listener)
}

async fn cluster(program: &Path) -> NatsCluster {
    let rules = errand(program, &["broker-acl", "--format", "nats", "--instances", "4"]).await;
    let users = rules.lines().filter_map(|line| line.trim().strip_prefix("user: \"")?.split('"').next());
    let passwords: Vec<_> = users.map(|name| (name, PASSWORD)).collect();
    NatsCluster::start_as(3, &rules, &passwords).await
}

/// The settings beside the guide, on loopback alone, in a folder of the test's; the certificate is in `certificates`.
fn mosquitto_settings(certificates: &Path, phones: u16) -> String {
    let certificate = |name: &str| (format!("/etc/mosquitto/homeward/{name}"), certificates.join(name));
    let mut text = format!("{MOSQUITTO}\nuser root\nlog_dest stderr\n");
    for (shipped, ours) in [certificate("server.crt"), certificate("server.key")] {
        assert!(text.contains(&shipped), "it names {shipped}");
        text = text.replace(&shipped, &ours.display().to_string());
    }
    text.replace("/etc/mosquitto/homeward/", "{folder}/")
        .replace("/var/lib/mosquitto/", "{folder}/")
        .replace("listener 1883", "listener {port}")
        .replace("listener 8883", &format!("listener {phones} 127.0.0.1"))
}
