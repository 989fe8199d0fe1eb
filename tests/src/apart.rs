//! A world whose Homeward runs as processes of the real binary: how they are started, looked at, frozen and killed.

use std::collections::BTreeMap;

use chassis::bus::BusConfig;
use chassis::client::BusClient;
use chassis::lease::SLOTS;
use homeward::accounts::LOCAL_CLIENT;
use proto::ids::{ClientId, CommandId};
use proto::topics::ServiceName;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::home::{Outside, Plan};
use crate::process::{ANSWER, LOOK, Process};
use crate::watch::{PATIENCE, Watch};
use crate::world::{Runs, World};

impl World {
    pub(crate) fn processes(&mut self) -> &mut Vec<Process> {
        match &mut self.runs {
            Runs::Processes(processes, _) => processes,
            Runs::Not | Runs::Within(..) => panic!("this world has no processes"),
        }
    }

    fn process(&mut self, service: ServiceName) -> &mut Process {
        let found = self.processes().iter_mut().find(|process| process.services.contains(&service));
        found.unwrap_or_else(|| panic!("no process runs {service}"))
    }

    /// The broker and the database beside Homeward.
    ///
    /// # Panics
    /// If this world has none.
    pub fn outside(&mut self) -> &mut Outside {
        self.home.outside.as_mut().expect("a broker and a database stand beside it")
    }

    /// Another client of MQTT than the board's own: it acts as its own account. Outside it has the rights of a board: no
    /// other account hears what safeguarding tells. [INC-7]
    pub fn mqtt_client(&self) -> BusClient {
        self.watch.client()
    }

    /// Starts what is down and waits until all of it is ready.
    pub(crate) async fn processes_come_back(&mut self) {
        let down: Vec<_> =
            self.processes().iter().filter(|p| !p.is_running()).map(|p| p.name.clone()).collect();
        self.processes().iter_mut().for_each(Process::start);
        let stop = match &self.runs {
            Runs::Processes(_, stop) => stop.clone(),
            Runs::Not | Runs::Within(..) => return,
        };
        let all = down.len() == self.processes().len();
        match self.home.plan {
            // The broker is a new one each time, and so are its accounts.
            Plan::Alone(_) if !down.is_empty() => self.hears_anew(stop).await,
            // The first time: what the test heard so far it heard from within.
            Plan::Apart(_) | Plan::Clustered(_) | Plan::Linked(_) if all && !self.hears_from_outside => {
                self.watch = Watch::start(self.outside().account(), &self.home.schools(), stop);
                self.hears_from_outside = true;
            }
            Plan::Within | Plan::Alone(_) | Plan::Apart(_) | Plan::Clustered(_) | Plan::Linked(_) => {}
        }
        self.all_caught_up().await;
    }

    async fn hears_anew(&mut self, stop: CancellationToken) {
        // 127.0.0.1:1234, user local-client, password …
        let said = self.processes()[0].says("MQTT on this machine: ").await;
        let (address, rest) = said.split_once(',').expect("an address comes first");
        let password = rest.rsplit(' ').next().expect("a password comes last");
        let (host, port) = address.rsplit_once(':').expect("an address and a port");
        let client = ClientId::parse(LOCAL_CLIENT).expect("a slug");
        let password = chassis::bus::Password::new(password);
        let account = BusConfig::new(host, port.parse().expect("a port"), client, password);
        self.watch = Watch::start(account, &self.home.schools(), stop);
    }

    /// Waits until every process has heard all that the others are known to have told, and each school is served by one instance.
    pub(crate) async fn all_caught_up(&mut self) {
        let is_well = |service: &Value| service["ready"] == true && service["caught_up"] == true;
        self.until_health("ready, and caught up", is_well).await;
    }

    /// Waits until `/healthz` says so of every service. Nothing to wait for within the test's own process.
    pub async fn until_health(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) {
        let Runs::Processes(processes, _) = &mut self.runs else { return };
        let http =
            reqwest::Client::builder().no_proxy().timeout(ANSWER).build().expect("a client can be made");
        let deadline = Instant::now() + PATIENCE * 3;
        loop {
            let fallen: Vec<_> = processes.iter_mut().filter_map(Process::fell).collect();
            assert!(fallen.is_empty(), "{}", fallen.join("\n"));
            let told = futures::future::join_all(processes.iter().map(|process| process.health(&http))).await;
            let each = |of: &Option<Value>| {
                let services = of.as_ref().and_then(Value::as_object);
                services.is_some_and(|services| !services.is_empty() && services.values().all(&is_so))
            };
            if told.iter().all(each) && each_slot_is_held_once(told.iter().flatten()) {
                return;
            }
            let tails = || processes.iter().map(Process::tail).collect::<String>();
            assert!(Instant::now() < deadline, "not {what}: {told:#?}\n{}", tails());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// kill -9 of the process that runs this service.
    pub async fn kills(&mut self, service: ServiceName) {
        self.process(service).kill().await;
    }

    /// The process that runs this service is told to end, and ends.
    pub async fn ends_in_order(&mut self, service: ServiceName) {
        self.process(service).stop().await;
    }

    /// kill -9 of the process at the moment at which this service stores an event of that kind: before, within or just after.
    pub async fn kills_storing(&mut self, service: ServiceName, kind: &str) {
        self.kills_at(service, "\"commits\"", kind).await;
    }

    /// kill -9 of the process once this service has stored an event of that kind, before or while it tells of it.
    pub async fn kills_having_stored(&mut self, service: ServiceName, kind: &str) {
        self.kills_at(service, "\"committed\"", kind).await;
    }

    /// Waits until this service begins to store an event of that kind.
    pub async fn until_storing(&mut self, service: ServiceName, kind: &str) {
        self.until_logged(service, "\"commits\"", kind).await;
    }

    /// Waits until the provider has made more texts and calls than so many.
    pub async fn until_made_more_than(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.handsets.made().len() <= count {
            assert!(Instant::now() < deadline, "nothing more is sent");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A command that was answered 'done' by another way than [`crate::Someone`].
    pub fn acknowledged(&self, service: ServiceName, id: CommandId, sequence: u64) {
        self.door.was_acknowledged(&self.school, service, id, sequence);
    }

    /// Waits until the process that runs this service says so in its log.
    pub async fn until_told_by(&mut self, service: ServiceName, words: &str) {
        self.process(service).logs(words, |line| line.contains(words)).await;
    }

    async fn kills_at(&mut self, service: ServiceName, when: &str, kind: &str) {
        self.until_logged(service, when, kind).await;
        self.process(service).kill().await;
    }

    async fn until_logged(&mut self, service: ServiceName, when: &str, kind: &str) {
        let of = format!("\"service\":\"{service}\"");
        let is_it = |line: &str| line.contains(when) && line.contains(&of) && line.contains(kind);
        self.process(service).logs(&format!("{service} {when} {kind}"), is_it).await;
    }

    /// Stops the clockwork of the process that runs this service, as a machine that hangs.
    pub async fn freezes(&mut self, service: ServiceName) {
        self.process(service).signal("-STOP").await;
    }

    /// Lets it go on.
    pub async fn thaws(&mut self, service: ServiceName) {
        self.process(service).signal("-CONT").await;
    }

    /// A second instance of a service is started, and stands by.
    pub async fn has_in_reserve(&mut self, service: ServiceName) -> Reserve {
        let mut process = self.home.stands_by(service);
        process.start();
        process.logs("that it stands by", |line| line.contains("standing by")).await;
        Reserve(process)
    }

    /// The one in reserve is at work from now on: it stands in the place of the other, which is handed over.
    pub async fn is_relieved_by(&mut self, reserve: Reserve) -> Reserve {
        reserve.0.logs("that it takes over", |line| line.contains("taking over")).await;
        let service = reserve.0.services[0];
        Reserve(std::mem::replace(self.process(service), reserve.0))
    }

    /// What became of all of it, for a failing test.
    pub(crate) fn tails(&self) -> String {
        match &self.runs {
            Runs::Processes(processes, _) => processes.iter().map(Process::tail).collect(),
            Runs::Not | Runs::Within(..) => String::new(),
        }
    }
}

/// Each instance tells how many slots it holds: of each service they are all there are, unless one of them has not noticed yet that it lost some.
/// (So it is where slots stand in the configuration, and nobody tells.)
fn each_slot_is_held_once<'a>(told: impl Iterator<Item = &'a Value>) -> bool {
    let mut held: BTreeMap<&str, u64> = BTreeMap::new();
    for (service, of) in told.filter_map(Value::as_object).flatten() {
        if let Some(slots) = of["slots"]["held"].as_u64() {
            *held.entry(service).or_default() += slots;
        }
    }
    held.values().all(|all| *all == u64::from(SLOTS))
}

/// A process that is not the one at work.
pub struct Reserve(Process);

impl Reserve {
    /// It was frozen, and goes on.
    pub async fn thaws(&self) {
        self.0.signal("-CONT").await;
    }

    /// Waits until it ends by itself, and gives what it said last.
    pub async fn ends_by_itself(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE * 3;
        loop {
            if let Some(end) = self.0.fell() {
                return end;
            }
            assert!(Instant::now() < deadline, "it goes on\n{}", self.0.tail());
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write;
            // Nowhere else to say it if standard error is closed.
            let _ = write!(std::io::stderr(), "{}", self.tails());
        }
    }
}
