//! Several instances of services that divide the schools by themselves: one comes, one dies, one hangs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proto::topics::ServiceName;
use serde_json::Value;
use tokio::time::Instant;

use crate::process::{LOOK, Process};
use crate::watch::PATIENCE;
use crate::world::World;

/// All that decides.
pub const DECIDING: [ServiceName; 8] = [
    ServiceName::People,
    ServiceName::Devices,
    ServiceName::Trips,
    ServiceName::Checkins,
    ServiceName::Contacts,
    ServiceName::Alerts,
    ServiceName::Safeguarding,
    ServiceName::Gateway,
];

/// How long a look at an instance may take.
const ANSWER: Duration = Duration::from_secs(5);

/// An instance that hangs: it is not counted on.
pub struct Hung(Process);

/// What an instance that joined is called.
fn name_of(number: u16) -> String {
    format!("instance-{number}")
}

/// The tables of a configuration in which instances divide the schools by themselves: the story's own, and these others.
pub fn divided_among_instances(others: &[String]) -> String {
    format!("[share]\nby = \"lease\"\n{}", tables_of(others))
}

/// The tables of further schools, whose lines aren't tested.
pub(crate) fn tables_of(schools: &[String]) -> String {
    let table = |id: &String| {
        format!("[schools.{id}]\nname = \"School {id}\"\n[schools.{id}.policy]\nline_tests = \"off\"\n")
    };
    schools.iter().map(table).collect()
}

impl World {
    /// One more instance of these services comes. (The first one of each is number 1.)
    pub fn joins(&mut self, number: u16, services: &[ServiceName]) {
        let mut process = self.home.instance(number, services);
        process.start();
        self.processes().push(process);
    }

    /// kill -9 of an instance that joined.
    pub async fn loses(&mut self, number: u16) {
        self.taken_away(number).kill().await;
    }

    /// It is asked to end, and ends.
    pub async fn dismisses(&mut self, number: u16) {
        self.taken_away(number).stop().await;
    }

    /// An instance that joined hangs; what it said up to now is old news.
    pub async fn hangs(&mut self, number: u16) -> Hung {
        let mut process = self.taken_away(number);
        process.has_seen();
        process.signal("-STOP").await;
        Hung(process)
    }

    /// It goes on.
    pub async fn goes_on(&mut self, hung: Hung) {
        hung.0.signal("-CONT").await;
        self.processes().push(hung.0);
    }

    /// The database gives up what an instance of that number holds, as it does by itself when it hears nothing of it for ten seconds.
    pub async fn is_given_up(&mut self, number: u16) {
        self.connections_end(&format!("application_name LIKE 'homeward {number} at %'")).await;
    }

    /// The database ends these connections.
    pub async fn connections_end(&mut self, which: &str) {
        self.by_hand(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}")).await;
    }

    /// Waits until an instance that joined says so in its log.
    pub async fn instance_says(&mut self, number: u16, what: &str) {
        self.instance(number).logs(what, |line| line.contains(what)).await;
    }

    /// Whether an instance that joined has said so, since all was quiet last.
    pub fn instance_said(&mut self, number: u16, what: &str) -> bool {
        self.instance(number).has_logged(what)
    }

    /// The numbers of those that joined.
    pub(crate) fn joined(&mut self) -> BTreeSet<u16> {
        let names = self.processes().iter().map(|process| &process.name);
        names.filter_map(|name| name.strip_prefix("instance-")?.parse().ok()).collect()
    }

    pub(crate) fn instance(&mut self, number: u16) -> &mut Process {
        let name = name_of(number);
        self.processes().iter_mut().find(|process| process.name == name).expect("it joined")
    }

    fn taken_away(&mut self, number: u16) -> Process {
        let name = name_of(number);
        let processes = self.processes();
        let place = processes.iter().position(|process| process.name == name).expect("it joined");
        processes.remove(place)
    }

    /// How many slots each instance of a service holds, as the first one tells it; none while some are free or on their way.
    async fn slots_of(
        &mut self,
        service: ServiceName,
        http: &reqwest::Client,
    ) -> Option<BTreeMap<String, usize>> {
        let running: Vec<_> = self.processes().iter().filter(|p| p.services.contains(&service)).collect();
        let told = futures::future::join_all(running.iter().map(|process| process.health(http))).await;
        let told: Vec<Value> = told
            .into_iter()
            .map(|told| Some(told?[service.as_str()]["slots"].clone()))
            .collect::<Option<_>>()?;
        // Each tells the truth about itself; together they tell whether all is settled.
        let held: u64 = told.iter().filter_map(|slots| slots["held"].as_u64()).sum();
        if held != 64 || told.iter().any(|slots| slots["moving"] != false) {
            return None;
        }
        serde_json::from_value(told.first()?["instances"].clone()).ok()
    }

    /// Waits until the slots of a service are held by these many instances, evenly, and none is on its way. How long that took.
    ///
    /// # Panics
    /// If it never is so.
    pub async fn until_even(&mut self, service: ServiceName, instances: usize) -> Duration {
        let http =
            reqwest::Client::builder().no_proxy().timeout(ANSWER).build().expect("a client can be made");
        let began = Instant::now();
        loop {
            let slots = self.slots_of(service, &http).await;
            let even = |slots: &BTreeMap<String, usize>| {
                let (least, most) = (slots.values().min(), slots.values().max());
                slots.len() == instances && least.zip(most).is_some_and(|(least, most)| most - least <= 1)
            };
            if slots.as_ref().is_some_and(even) {
                return began.elapsed();
            }
            assert!(began.elapsed() < PATIENCE * 3, "{service} is never even: {slots:?}\n{}", self.tails());
            tokio::time::sleep(LOOK).await;
        }
    }
}
