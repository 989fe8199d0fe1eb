//! A host in memory: commands are decided at once, and what was committed is told to the door.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chassis::clock::Clock as _;
use chassis::clock::SettableClock;
use chassis::school::School;
use decider::{Context, News, Policy, Service as _, Tick};
use gateway::{
    Channels, Commands, Door, DoorShell, Gateway, GatewayConfig, ProviderConfig, State, TwilioConfig,
};
use handsets::{Config, Handsets};
use proto::envelope::{Actor, Outcome};
use proto::ids::{AttemptId, CommandId, SchoolId};
use proto::refusal::Refusal as _;
use proto::topics::ServiceName;
use proto::trace::TraceId;
use proto::v1::AnyEvent;
use proto::v1::gateway::{Command, Event};
use proto::values::SchoolZone;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::cast::{NOW, at, label, number, providers as providers_noted, twilio_name};

const PATIENCE: Duration = Duration::from_secs(20);

pub const DURESS_KEY: [u8; 32] = [2; 32];
pub const TRACKS_KEY: [u8; 32] = [3; 32];
pub const LINK_KEY: [u8; 32] = [4; 32];

pub struct Desk {
    pub school: Arc<School>,
    pub clock: Arc<SettableClock>,
    /// While set, nothing is committed.
    pub broken: AtomicBool,
    /// How often somebody asked meanwhile.
    pub faults: AtomicUsize,
    inside: Mutex<Inside>,
    changed: watch::Sender<u64>,
    shell: DoorShell,
}

#[derive(Default)]
struct Inside {
    state: State,
    events: Vec<Event>,
    answered: BTreeMap<CommandId, Outcome>,
}

impl Desk {
    fn commit(&self, inside: &mut Inside, events: Vec<Event>) {
        events.iter().for_each(|event| Gateway::evolve(&mut inside.state, event));
        self.shell.follows(&self.school, events.iter());
        inside.events.extend(events);
        self.changed.send_modify(|n| *n += 1);
    }

    fn context<'a>(&'a self, actor: &'a Actor, policy: &'a Policy, cause: uuid::Uuid) -> Context<'a> {
        Context { now: self.clock.now(), actor, cause, zone: &self.school.zone, policy }
    }

    pub fn hears(&self, event: impl Into<AnyEvent>) {
        let (actor, policy, event) = (Actor::Service(ServiceName::Alerts), Policy::default(), event.into());
        let mut inside = self.inside.lock().unwrap();
        let news = News {
            event: &event,
            recorded_at: self.clock.now(),
            sequence: inside.events.len() as u64 + 1,
            history: false,
        };
        let events =
            Gateway::hear(&inside.state, &news, &self.context(&actor, &policy, uuid::Uuid::now_v7()));
        self.commit(&mut inside, events);
    }

    /// What fell due by now is decided.
    pub fn time_passes(&self) {
        let (mut inside, policy) = (self.inside.lock().unwrap(), Policy::default());
        let tick = Tick {
            now: self.clock.now(),
            outage: None,
            cause: uuid::Uuid::now_v7(),
            zone: &self.school.zone,
            policy: &policy,
        };
        let events = Gateway::due(&inside.state, &tick);
        self.commit(&mut inside, events);
    }

    pub fn plan(&self, event: Event) {
        let mut inside = self.inside.lock().unwrap();
        self.commit(&mut inside, vec![event]);
    }

    pub fn events(&self) -> Vec<Event> {
        self.inside.lock().unwrap().events.clone()
    }

    /// Waits until an event that is meant was committed.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&State, &[Event]) -> Option<T>) -> T {
        let mut seen = self.changed.subscribe();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                seen.borrow_and_update();
                {
                    let inside = self.inside.lock().unwrap();
                    if let Some(found) = look(&inside.state, &inside.events) {
                        return found;
                    }
                }
                seen.changed().await.unwrap();
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("{what} did not come: {:#?}", self.events()),
        }
    }

    /// Waits until an attempt's phase is the one that is meant.
    pub async fn phase(&self, attempt: AttemptId, phase: &str) {
        let is = |state: &State, _: &[Event]| {
            let found = format!("{:?}", state.attempts.get(attempt)?.phase);
            found.starts_with(phase).then_some(())
        };
        self.until(phase, is).await;
    }
}

/// Lets a door share the desk.
pub struct AtDesk(pub Arc<Desk>);

#[async_trait]
impl Commands for AtDesk {
    async fn ask(
        &self,
        _: Option<TraceId>,
        school: &SchoolId,
        id: CommandId,
        command: &Command,
        _: Option<Actor>,
    ) -> Outcome {
        let desk = &self.0;
        assert_eq!(*school, desk.school.id);
        if desk.broken.load(Ordering::SeqCst) {
            desk.faults.fetch_add(1, Ordering::SeqCst);
            desk.changed.send_modify(|n| *n += 1);
            return Outcome::Faulted { message: "the disk is full".into() };
        }
        let mut inside = desk.inside.lock().unwrap();
        if let Some(answered) = inside.answered.get(&id) {
            return answered.clone();
        }
        let (actor, policy) = (Actor::Service(ServiceName::Gateway), Policy::default());
        let decided = Gateway::decide(&inside.state, command.clone(), &desk.context(&actor, &policy, id.0));
        let outcome = match decided {
            Ok(events) => {
                desk.commit(&mut inside, events);
                Outcome::Accepted { sequence: inside.events.len() as u64 }
            }
            Err(refusal) => return Outcome::Refused { refusal: Box::new(refusal.body()) },
        };
        inside.answered.insert(id, outcome.clone());
        outcome
    }
}

/// A whole gateway: door, desk, web, handsets.
pub struct World {
    pub desk: Arc<Desk>,
    pub door: Door,
    pub handsets: Handsets,
    pub base: String,
    stop: CancellationToken,
    unreachable: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl World {
    pub async fn start(known: Vec<Event>) -> Self {
        Self::start_with(known, true).await
    }

    pub async fn start_with(known: Vec<Event>, provider: bool) -> Self {
        let providers = |twilio| {
            if provider { vec![(twilio_name(), ProviderConfig::Twilio(twilio))] } else { Vec::new() }
        };
        let channels = |twilio: TwilioConfig, base_url| {
            let twilio = TwilioConfig { base_url, ..twilio };
            Channels { providers: providers(twilio), ..Channels::default() }
        };
        // It is as the configuration says already: nothing has to be noted.
        let noted = provider.then(|| providers_noted(&["twilio"], &["twilio"]));
        let known = noted.into_iter().chain(known).collect();
        Self::start_by(known, new_clock(), channels).await
    }

    /// With these channels. The account of the simulated handsets is handed in, behind something that can be shut, and the
    /// address of the handsets themselves.
    pub async fn start_by(
        known: Vec<Event>,
        clock: Arc<SettableClock>,
        channels: impl FnOnce(TwilioConfig, String) -> Channels,
    ) -> Self {
        let told = Arc::clone(&clock);
        let config = Config { clock: Arc::new(move || told.now()), ..Config::default() };
        let (account_sid, token, from) =
            (config.account_sid.clone(), config.auth_token.clone(), config.school_number.clone());
        let handsets = Handsets::start(config).await.unwrap();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (front, unreachable) = front(&handsets.base_url()).await;
        let twilio = TwilioConfig {
            account_sid,
            auth_tokens: vec![token.into()],
            base_url: front,
            from: number(&from),
        };
        let config = GatewayConfig {
            channels: channels(twilio, handsets.base_url()),
            public_base: base.clone(),
            link_key: LINK_KEY,
            duress_key: DURESS_KEY,
            owntracks_key: TRACKS_KEY,
        };
        handsets.set_webhooks(&format!("{base}/twilio/text"), &format!("{base}/twilio/voice"));
        let door = Door::new(config, clock.clone()).unwrap();
        let school = Arc::new(School {
            id: SchoolId::parse("elmfield").unwrap(),
            name: label("Elmfield School"),
            zone: SchoolZone::london(),
            policy: Policy::default(),
        });
        let desk = Arc::new(Desk {
            school: Arc::clone(&school),
            clock,
            broken: AtomicBool::new(false),
            faults: AtomicUsize::new(0),
            inside: Mutex::default(),
            changed: watch::Sender::new(0),
            shell: door.shell(),
        });
        known.iter().for_each(|event| Gateway::evolve(&mut desk.inside.lock().unwrap().state, event));
        door.shell().begins(&school, &desk.inside.lock().unwrap().state);
        let stop = CancellationToken::new();
        let router = door.router();
        let stopped = stop.clone().cancelled_owned();
        let web = tokio::spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(stopped).await.unwrap();
        });
        let worker = door.open(AtDesk(Arc::clone(&desk)), stop.clone());
        Self { desk, door, handsets, base, stop, unreachable, tasks: vec![web, worker] }
    }

    /// From now on the provider answers nothing that it is asked.
    pub fn unreachable(&self) {
        self.unreachable.store(true, Ordering::SeqCst);
    }

    /// Nobody got a text or call that was not expected; all ends.
    pub async fn end(self) {
        self.handsets.expect_nothing_more().await;
        self.stop().await;
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.handsets.stop().await;
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

pub fn new_clock() -> Arc<SettableClock> {
    SettableClock::at(at(NOW))
}

/// Stands before the handsets: hands on what it is asked, unless it is told not to answer any more.
async fn front(to: &str) -> (String, Arc<AtomicBool>) {
    use axum::body::Bytes;
    use axum::extract::OriginalUri;
    use axum::http::{HeaderMap, Method, StatusCode};
    let (to, unreachable) = (to.to_owned(), Arc::new(AtomicBool::new(false)));
    let shut = Arc::clone(&unreachable);
    let http = reqwest::Client::new();
    let hands_on =
        move |OriginalUri(uri): OriginalUri, method: Method, mut headers: HeaderMap, body: Bytes| {
            let (to, shut, http) = (to.clone(), Arc::clone(&shut), http.clone());
            async move {
                if shut.load(Ordering::SeqCst) {
                    return Err(StatusCode::BAD_GATEWAY);
                }
                headers.remove("host");
                let sent =
                    http.request(method, format!("{to}{uri}")).headers(headers).body(body).send().await;
                // What breaks off behind it breaks off before it.
                let answer = sent.map_err(|_| StatusCode::BAD_GATEWAY)?;
                let status = answer.status();
                let kind = answer.headers().get("content-type").cloned();
                let body = answer.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
                let kind = kind.map(|kind| [("content-type", kind)]);
                Ok::<_, StatusCode>((status, kind.map(axum::response::AppendHeaders), body))
            }
        };
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(hands_on);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}"), unreachable)
}
