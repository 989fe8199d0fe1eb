//! Hears every service, keeps a copy of each one's state, and knows when all is quiet.
//!
//! Quiet is told by an argument, not by waiting: the broker hands a client's messages on in their order, so that a
//! service which answers a question of ours has taken everything that we had heard before we asked, and whatever it
//! published because of it reaches us before its answer. A round of questions that brings no news, while no copy of a
//! state has anything due or to be sent, therefore means that nothing moves until time does or somebody acts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chassis::bus::BusConfig;
use chassis::client::{BusClient, ClientNews};
use decider::Service;
use jiff::Timestamp;
use proto::envelope::{EventEnvelope, Outcome};
use proto::ids::{
    CaseId, CommandId, DeviceId, GroupId, IncidentId, LineId, PersonId, ProviderName, SchoolId, TripId,
};
use proto::topics::ServiceName;
use proto::v1::alerts::Channel;
use proto::v1::policy::PolicyNoted;
use proto::v1::{self, AnyEvent};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::process::LOOK;

/// The deciders whose states are copied.
const HEARD: [ServiceName; 8] = [
    ServiceName::People,
    ServiceName::Devices,
    ServiceName::Contacts,
    ServiceName::Trips,
    ServiceName::Checkins,
    ServiceName::Safeguarding,
    ServiceName::Alerts,
    ServiceName::Gateway,
];

/// Every event there is.
const CONTRACT: &str = include_str!("../../proto/schemas/asyncapi.json");

/// How long anything that must come may take by the wall before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An event as it was heard.
#[derive(Debug)]
pub struct Told {
    /// The event.
    pub event: AnyEvent,
    /// What travelled with it.
    pub envelope: EventEnvelope,
}

/// Copies of all states, made from the events alone.
#[derive(Default)]
pub struct States {
    /// Of people.
    pub people: <people::People as Service>::State,
    /// Of devices.
    pub devices: <devices::Devices as Service>::State,
    /// Of contacts.
    pub contacts: <contacts::Contacts as Service>::State,
    /// Of trips.
    pub trips: <trips::Trips as Service>::State,
    /// Of checkins.
    pub checkins: <checkins::Checkins as Service>::State,
    /// Of alerts.
    pub alerts: <alerts::Alerts as Service>::State,
    /// Of safeguarding.
    pub safeguarding: <safeguarding::Safeguarding as Service>::State,
    /// Of the gateway.
    pub gateway: <gateway::Gateway as Service>::State,
    /// When each provider last failed, for each channel.
    faulted: BTreeMap<(ProviderName, Channel), Timestamp>,
}

impl States {
    fn evolve(&mut self, event: &AnyEvent) {
        if let AnyEvent::Gateway(v1::gateway::Event::ProviderFaulted { provider, channel, at, .. }) = event {
            self.faulted.insert((provider.clone(), *channel), *at);
        }
        match event {
            AnyEvent::People(e) => people::People::evolve(&mut self.people, e),
            AnyEvent::Devices(e) => devices::Devices::evolve(&mut self.devices, e),
            AnyEvent::Contacts(e) => contacts::Contacts::evolve(&mut self.contacts, e),
            AnyEvent::Trips(e) => trips::Trips::evolve(&mut self.trips, e),
            AnyEvent::Checkins(e) => checkins::Checkins::evolve(&mut self.checkins, e),
            AnyEvent::Alerts(e) => alerts::Alerts::evolve(&mut self.alerts, e),
            AnyEvent::Safeguarding(e) => safeguarding::Safeguarding::evolve(&mut self.safeguarding, e),
            AnyEvent::Gateway(e) => gateway::Gateway::evolve(&mut self.gateway, e),
        }
    }

    /// When time alone will next change something, and in which service.
    pub fn next_due(&self) -> Option<(Timestamp, ServiceName)> {
        let dues = [
            (people::People::next_due(&self.people), ServiceName::People),
            (devices::Devices::next_due(&self.devices), ServiceName::Devices),
            (contacts::Contacts::next_due(&self.contacts), ServiceName::Contacts),
            (trips::Trips::next_due(&self.trips), ServiceName::Trips),
            (checkins::Checkins::next_due(&self.checkins), ServiceName::Checkins),
            (alerts::Alerts::next_due(&self.alerts), ServiceName::Alerts),
            (safeguarding::Safeguarding::next_due(&self.safeguarding), ServiceName::Safeguarding),
            (gateway::Gateway::next_due(&self.gateway), ServiceName::Gateway),
            (self.next_to_send(), ServiceName::Gateway),
        ];
        dues.into_iter().filter_map(|(at, of)| at.map(|at| (at, of))).min()
    }

    /// When an attempt in doubt is next looked up. A look-up that fails is told as a fault of its provider, and made again; of a
    /// provider that is down already nothing is told.
    fn next_look_up(&self, attempt: &gateway::Attempt, since: Timestamp) -> Option<Timestamp> {
        let after = |at: Timestamp| at.checked_add(gateway::door::worker::LOOK_UP_AFTER).ok();
        let first = after(since)?;
        let Some(provider) = &attempt.provider else { return Some(first) };
        let breaker = self.gateway.providers.breaker(provider, attempt.channel);
        if breaker.is_some_and(|breaker| !breaker.is_closed()) {
            return None;
        }
        let failed = self.faulted.get(&(provider.clone(), attempt.channel)).filter(|at| **at >= first);
        failed.map_or(Some(first), |at| after(*at))
    }

    /// When the gateway's worker next has something to do: to send, or to ask a provider whether it is back.
    fn next_to_send(&self) -> Option<Timestamp> {
        let to_do = self.gateway.attempts.to_do().filter_map(|(_, attempt)| match attempt.phase {
            gateway::Phase::Planned { not_before } => Some(not_before.unwrap_or(attempt.planned_at)),
            gateway::Phase::Begun { since } => Some(since),
            gateway::Phase::Unknown { since } => self.next_look_up(attempt, since),
            gateway::Phase::Accepted { .. }
            | gateway::Phase::Sent {}
            | gateway::Phase::Ringing { .. }
            | gateway::Phase::Answered { .. }
            | gateway::Phase::Delivered {}
            | gateway::Phase::Completed {}
            | gateway::Phase::Failed {}
            | gateway::Phase::Withdrawn {}
            | gateway::Phase::Bundled { .. } => None,
        });
        let probe = self.gateway.providers.next_probe().map(|(at, _, _)| at);
        to_do.chain(probe).min()
    }
}

/// Hears every service.
pub struct Watch {
    client: BusClient,
    news: mpsc::Receiver<ClientNews>,
    school: SchoolId,
    /// Every event of the story's own school, in the order in which it was heard.
    pub events: Vec<Told>,
    /// Copies of all states of the story's own school.
    pub states: States,
    /// Those of the other schools that are listened to.
    elsewhere: BTreeMap<SchoolId, States>,
    /// How many events were heard, of whichever school.
    pub(crate) heard: usize,
    /// How many events were looked at by [`Watch::expects`].
    expected: usize,
    /// Of whom not all was heard yet that every service had told when we connected.
    behind: BTreeSet<SchoolId>,
}

impl Watch {
    /// With an account that may read events: of these schools, the story's own first.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(bus: BusConfig, schools: &[SchoolId], stop: CancellationToken) -> Self {
        let (client, news) = BusClient::start(bus, schools, &HEARD, stop);
        let (school, others) = schools.split_first().expect("a story has a school");
        Self {
            client,
            news,
            school: school.clone(),
            events: Vec::new(),
            states: States::default(),
            elsewhere: others.iter().map(|other| (other.clone(), States::default())).collect(),
            heard: 0,
            expected: 0,
            behind: schools.iter().cloned().collect(),
        }
    }

    /// The copies of all states, school by school.
    pub fn all_states(&self) -> impl Iterator<Item = (&SchoolId, &States)> {
        std::iter::once((&self.school, &self.states)).chain(&self.elsewhere)
    }

    /// When time alone will next change something, in whichever school, and in which service.
    pub fn next_due(&self) -> Option<(Timestamp, ServiceName)> {
        self.all_states().filter_map(|(_, states)| states.next_due()).min()
    }

    fn states_of(&mut self, school: &SchoolId) -> &mut States {
        if *school == self.school {
            return &mut self.states;
        }
        self.elsewhere.get_mut(school).expect("it is listened to")
    }

    /// The account with which it asks.
    pub fn client(&self) -> BusClient {
        self.client.clone()
    }

    /// Takes what has come; says how many events it was.
    pub fn pump(&mut self) -> usize {
        let before = self.heard;
        while let Ok(news) = self.news.try_recv() {
            self.take(news);
        }
        self.heard - before
    }

    fn take(&mut self, news: ClientNews) {
        match news {
            ClientNews::Event { school, envelope } => {
                let kind = proto::wire::variant(&envelope.kind, envelope.source.service)
                    .expect("an event's type names its variant");
                let service = envelope.source.service;
                if kind == PolicyNoted::NAME {
                    return;
                }
                let event = AnyEvent::parse(service, kind, &envelope.data).expect("an event can be read");
                self.states_of(&school).evolve(&event);
                self.heard += 1;
                if school == self.school {
                    self.events.push(Told { event, envelope: *envelope });
                }
            }
            ClientNews::Diverged { divergence, .. } => panic!("{divergence}"),
            ClientNews::Connected | ClientNews::Disconnected => {
                self.behind = self.all_states().map(|(school, _)| school.clone()).collect();
            }
            ClientNews::CaughtUp { school } => {
                self.behind.remove(&school);
            }
            ClientNews::Again { school } => {
                *self.states_of(&school) = Default::default();
                if school == self.school {
                    self.events.clear();
                }
                self.behind.insert(school);
            }
            ClientNews::Health { .. } => {}
        }
    }

    /// Waits until nothing is under way in any service at this time.
    pub async fn quiet(&mut self, now: Timestamp) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.pump();
            while !self.behind.is_empty() {
                let news = tokio::time::timeout_at(deadline, self.news.recv()).await;
                self.take(news.expect("all services tell all that they have").expect("the client runs"));
            }
            while let Some(due) = self.next_due().filter(|(at, _)| *at <= now) {
                let news = tokio::time::timeout_at(deadline, self.news.recv()).await;
                let news = news.unwrap_or_else(|_| panic!("{due:?} is due at {now}, but nothing happens"));
                self.take(news.expect("the client runs"));
            }
            self.ask_everybody().await;
            if self.pump() == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "it never becomes quiet: {:#?}", self.tail());
        }
    }

    /// Asks each service of each school something that it refuses, and takes what comes meanwhile.
    async fn ask_everybody(&mut self) {
        let client = self.client.clone();
        let schools: Vec<_> = self.all_states().map(|(school, _)| school.clone()).collect();
        let asking = futures::future::join_all(schools.iter().map(async |school| {
            let (trip, person, device) = (TripId::new(), PersonId::new(), DeviceId::new());
            let group = GroupId::new();
            let remove = v1::people::Command::RemovePerson { person };
            let confirm = v1::devices::Command::ConfirmPasscode { device };
            let drop_line = v1::contacts::Command::RemoveLine { line: LineId::new() };
            let close = v1::trips::Command::CloseTrip { trip };
            let join = v1::checkins::Command::JoinGroups { trip, group, into: group };
            let shut = v1::safeguarding::Command::CloseIncident { incident: IncidentId::new() };
            let own = v1::alerts::Command::OwnCase { case: CaseId::new() };
            let link = v1::gateway::Command::SendPageLink { trip, device };
            tokio::join!(
                is_refused::<people::People>(&client, school, &remove),
                is_refused::<safeguarding::Safeguarding>(&client, school, &shut),
                is_refused::<devices::Devices>(&client, school, &confirm),
                is_refused::<contacts::Contacts>(&client, school, &drop_line),
                is_refused::<trips::Trips>(&client, school, &close),
                is_refused::<checkins::Checkins>(&client, school, &join),
                is_refused::<alerts::Alerts>(&client, school, &own),
                is_refused::<gateway::Gateway>(&client, school, &link),
            );
        }));
        self.hears_during(asking).await;
    }

    /// Takes what comes while something else is done: whoever asks by our account waits for answers behind news that nobody takes.
    pub(crate) async fn hears_during<T>(&mut self, what: impl Future<Output = T>) -> T {
        tokio::pin!(what);
        loop {
            let news = tokio::select! {
                done = &mut what => return done,
                Some(news) = self.news.recv() => news,
            };
            self.take(news);
        }
    }

    /// The next event of this kind, from the ones not looked at yet on; waits for it.
    pub async fn expects<T>(&mut self, what: &str, mut is_it: impl FnMut(&AnyEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(told) = self.events.get(self.expected) {
                self.expected += 1;
                if let Some(found) = is_it(&told.event) {
                    return found;
                }
            }
            let news = tokio::time::timeout_at(deadline, self.news.recv()).await;
            let news = news.unwrap_or_else(|_| panic!("not told: {what}; but {:#?}", self.tail()));
            self.take(news.expect("the client runs"));
        }
    }

    /// All events of this kind so far.
    pub fn all<T>(&self, is_it: impl FnMut(&AnyEvent) -> Option<T>) -> Vec<T> {
        self.events.iter().map(|told| &told.event).filter_map(is_it).collect()
    }

    /// What every event of that name says so far: `told("alerts", "CaseOpened")`.
    ///
    /// # Panics
    /// If the contract has no such event.
    pub fn told(&self, service: &str, variant: &str) -> Vec<&serde_json::value::RawValue> {
        let kind = format!("homeward.{service}.v1.{variant}");
        assert!(CONTRACT.contains(&format!("\"{kind}\"")), "the contract has no event {kind}");
        self.events.iter().filter(|t| t.envelope.kind == kind).map(|t| &*t.envelope.data).collect()
    }

    /// The names of the last events, for a failing test.
    pub fn tail(&self) -> Vec<String> {
        let from = self.events.len().saturating_sub(60);
        self.events[from..].iter().map(|t| format!("{} {}", t.envelope.kind, t.envelope.data)).collect()
    }
}

/// Asks what must be refused. Asks again while it can't be decided, as the answer says to: a service that is relieved just now says so.
async fn is_refused<S: Service>(client: &BusClient, school: &SchoolId, command: &S::Command) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.ask::<S>(school, CommandId::new(), command, None).await {
            Outcome::Refused { .. } => return,
            Outcome::Faulted { .. } if Instant::now() < deadline => {}
            other => panic!("{}: a question that must be refused was answered {other:?}", S::NAME),
        }
        tokio::time::sleep(LOOK).await;
    }
}
