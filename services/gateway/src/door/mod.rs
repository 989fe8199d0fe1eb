//! The effects: what the decider planned is sent, what comes in is put before it.
//!
//! A [`Door`] has three sides. Its [`DoorShell`] is told by the host what was committed and keeps a copy of each school's
//! state. Its worker takes up what that state says is outstanding. Its router takes webhooks and positions, and answers
//! only after the commit. Everything that is known is in the journal; kill it at any point.

mod agenda;
mod instances;
mod pack;
mod register;
mod traces;
mod view;
pub mod worker;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use chassis::clock::SharedClock;
use chassis::engine::Recorded;
use chassis::host::{OwnCommands, Shell};
use chassis::journal::{Journal, Quarantined};
use chassis::pulse::Pulse;
use chassis::school::School;
use proto::envelope::{Actor, Outcome};
use proto::ids::{AttemptId, CommandId, DeviceId, ProviderName, SchoolId};
use proto::link::{LINK_OPENS, LinkKey, PageLink, PageWord};
use proto::topics::ServiceName;
use proto::trace::TraceId;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{AttemptStep, Command, Event, Mailbox, Message, Reach};
use secrecy::SecretString;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use self::instances::MeantFor;
use self::instances::Several;
pub use self::instances::{Instances, Whose};
use self::traces::Traces;
pub(crate) use self::view::View;
use crate::channels::{Channels, ProviderConfig, Registry, Unusable};
use crate::{Gateway, State};

/// So long a webhook waits for the commit. The provider gives up after 15 seconds.
const COMMIT_WAIT: Duration = Duration::from_secs(12);

/// So long what is being sent for schools that leave is waited for.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

/// The most calls that wait to be taken back.
const MAX_TAKEN_BACK: usize = 1_000;

/// How the gateway reaches the outside, and the outside the gateway.
#[derive(Clone)]
pub struct GatewayConfig {
    /// The providers of texts, calls and e-mail.
    pub channels: Channels,
    /// How the world reaches us, without a slash at its end: webhooks and page links are built from it.
    pub public_base: String,
    /// Signs page links.
    pub link_key: LinkKey,
    /// Keys the hashes of duress words.
    pub duress_key: [u8; 32],
    /// The passwords of OwnTracks accounts are derived from it.
    pub owntracks_key: [u8; 32],
}

impl std::fmt::Debug for GatewayConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewayConfig").field("public_base", &self.public_base).finish_non_exhaustive()
    }
}

impl GatewayConfig {
    /// The tokens of every account whose webhooks are Twilio's.
    pub(crate) fn twilio_tokens(&self) -> Vec<SecretString> {
        let tokens = self.channels.providers.iter().map(|(_, provider)| match provider {
            ProviderConfig::Twilio(account) => account.auth_tokens.as_slice(),
            ProviderConfig::SmsGate(_) | ProviderConfig::Smtp(_) => &[],
        });
        tokens.flatten().cloned().collect()
    }

    /// The mailboxes of a school that have an address.
    pub(crate) fn mailboxes(&self, school: &SchoolId) -> BTreeSet<Mailbox> {
        self.channels.mailboxes.get(school).map(|all| all.keys().copied().collect()).unwrap_or_default()
    }

    /// The addresses of a mailbox.
    pub(crate) fn addresses(&self, school: &SchoolId, mailbox: Mailbox) -> Vec<String> {
        let all = self.channels.mailboxes.get(school);
        all.and_then(|all| all.get(&mailbox)).cloned().unwrap_or_default()
    }
}

/// Commands the decider: the host's own commands, or a test's.
#[async_trait]
pub trait Commands: Send + Sync + 'static {
    /// Asks, and waits for the durable answer. The same id has the same effect once.
    async fn ask(
        &self,
        trace: Option<TraceId>,
        school: &SchoolId,
        id: CommandId,
        command: &Command,
        actor: Option<Actor>,
    ) -> Outcome;
}

#[async_trait]
impl Commands for OwnCommands<Gateway> {
    async fn ask(
        &self,
        trace: Option<TraceId>,
        school: &SchoolId,
        id: CommandId,
        command: &Command,
        actor: Option<Actor>,
    ) -> Outcome {
        self.ask_in(trace, school, id, command, actor).await
    }
}

/// All effects of the gateway. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: GatewayConfig,
    pub(crate) clock: SharedClock,
    pub(crate) registry: Registry,
    pub(crate) view: View,
    pub(crate) changed: Notify,
    /// A party has left, or a phone changed hands: phones may have to be told their trip's places.
    pub(crate) whereabouts: Notify,
    unreadable: OnceLock<Journal>,
    commands: OnceLock<Arc<dyn Commands>>,
    pub(crate) traces: Traces,
    taken_back: Mutex<Vec<CallThere>>,
    /// The other instances, if there are some.
    pub(crate) several: OnceLock<Several>,
    /// Schools that are about to leave: nothing new is begun for them.
    pub(crate) leaving: Mutex<BTreeSet<SchoolId>>,
    pub(crate) pulse: Pulse,
    /// Schools for which something is under way outside.
    pub(crate) busy: watch::Sender<BTreeSet<SchoolId>>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Door {
    /// A door that is still shut: build the host with [`Door::shell`], then [`Door::open`] it.
    pub fn new(config: GatewayConfig, clock: SharedClock) -> Result<Self, Unusable> {
        let registry = Registry::open(&config.channels)?;
        let inner = Inner {
            config,
            clock,
            registry,
            view: View::default(),
            changed: Notify::new(),
            whereabouts: Notify::new(),
            unreadable: OnceLock::new(),
            commands: OnceLock::new(),
            traces: Traces::default(),
            taken_back: Mutex::new(Vec::new()),
            several: OnceLock::new(),
            leaving: Mutex::default(),
            pulse: Pulse::default(),
            busy: watch::channel(BTreeSet::new()).0,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The turns of the loop of its worker.
    pub fn pulse(&self) -> Pulse {
        self.inner.pulse.clone()
    }

    /// What the host tells of commits.
    pub fn shell(&self) -> DoorShell {
        DoorShell { inner: Arc::clone(&self.inner) }
    }

    /// Opens it: webhooks are answered, and a worker sends what is planned, until `stop`. What is being sent then is
    /// waited for.
    pub fn open(&self, commands: impl Commands, stop: CancellationToken) -> JoinHandle<()> {
        let opened = self.inner.commands.set(Arc::new(commands)).is_ok();
        debug_assert!(opened, "a door is opened once");
        tokio::spawn(worker::run(Arc::clone(&self.inner), stop))
    }

    /// Where messages of phones that can't be read are kept apart.
    pub fn keep_unreadable_in(&self, journal: Journal) {
        // A second one would hold the same.
        let _ = self.inner.unreadable.set(journal);
    }

    /// It divides the schools with other instances: what is not for ours is passed on.
    pub fn is_one_of_several(&self, instances: Arc<dyn Instances>) {
        match Several::new(instances) {
            // A second one would be the same.
            Ok(several) => drop(self.inner.several.set(several)),
            Err(error) => {
                tracing::error!(%error, "HW-B7 the other instances can't be reached: no client can be made")
            }
        }
    }

    /// Schools are about to leave: nothing new is begun for them, and what is under way is waited for, for a while. What is not over by then
    /// is found in doubt by whoever takes them, and looked up at the provider.
    pub async fn settles(&self, schools: &[SchoolId]) {
        let mut busy = self.inner.busy.subscribe();
        busy.mark_unchanged();
        self.inner.leaving().extend(schools.iter().cloned());
        self.inner.changed.notify_one();
        let all_done = async {
            // From the next round of the worker on what is told is what is left.
            while busy.changed().await.is_ok() {
                if !busy.borrow().iter().any(|school| schools.contains(school)) {
                    return;
                }
            }
        };
        if tokio::time::timeout(SETTLES_WITHIN, all_done).await.is_err() {
            tracing::info!(schools = schools.len(), "schools leave while something is being sent for them");
        }
    }

    /// The webhooks and the positions, to be merged at the root of the web.
    pub fn router(&self) -> axum::Router {
        crate::twilio::webhooks::router(self.clone())
            .merge(crate::channels::smsgate::webhooks::router(self.clone()))
            .merge(crate::positions::owntracks::http::router(self.clone()))
            .merge(crate::positions::traccar::http::router(self.clone()))
            .layer(axum::middleware::from_fn_with_state(self.clone(), instances::serve_or_pass_on))
    }
}

impl Inner {
    /// Asks the decider. Faulted while the door is shut, or when no commit comes in time.
    pub(crate) async fn ask(&self, school: &SchoolId, id: CommandId, command: &Command) -> Outcome {
        let faulted = |message: &str| Outcome::Faulted { message: message.to_owned() };
        let Some(commands) = self.commands.get() else { return faulted("the gateway is starting") };
        let trace = traces::attempt_of(command).and_then(|attempt| self.traces.of(attempt));
        let asked = commands.ask(trace, school, id, command, None);
        tokio::time::timeout(COMMIT_WAIT, asked).await.unwrap_or_else(|_| faulted("no commit in time"))
    }

    /// Keeps a message of a phone apart that can't be read. What is in it is kept of a phone that is located now, and of
    /// no other: it may hold a place. [CHECK-7]
    pub(crate) async fn quarantine(&self, school: &SchoolId, device: DeviceId, why: &str, payload: &[u8]) {
        metrics::counter!("homeward_quarantined_total", "service" => "gateway").increment(1);
        let hash = &blake3::hash(payload).to_hex()[..12];
        tracing::warn!(%school, ?device, why, bytes = payload.len(), hash, "a message of a phone can't be read");
        let Some(journal) = self.unreadable.get() else { return };
        let located = self.view.read(school, |_, state| state.locates(device).is_some()).unwrap_or(false);
        let gist = format!("({} bytes, {hash}: not kept, since its phone is on no trip)", payload.len());
        let message = Quarantined {
            at: self.clock.now(),
            service: ServiceName::Gateway,
            source: format!("{school}: position of {device}"),
            reason: why.to_owned(),
            payload: if located { payload.to_vec() } else { gist.into_bytes() },
        };
        if let Err(fault) = journal.quarantine_put(&message).await {
            tracing::error!(%fault, "HW-D1 a message that can't be read could not be kept apart");
        }
    }

    /// The address of a webhook of ours, for an attempt.
    pub(crate) fn callback(&self, path: &str, school: &SchoolId, attempt: AttemptId, tries: u16) -> String {
        format!("{}/twilio/{path}?school={school}&attempt={attempt}&try={tries}", self.config.public_base)
    }

    /// The address of the phone page, or the word for it, for a message that carries one.
    pub(crate) fn secret(&self, school: &SchoolId, message: &Message, via: Reach) -> Option<String> {
        let (trip, device) = match (message.carries_secret(), message.trip(), via) {
            (true, Some(trip), Reach::Device(device)) => (trip, device),
            (_, _, Reach::Device(_) | Reach::Line(_) | Reach::Inbound(_) | Reach::Mailbox(_)) => return None,
        };
        let (now, key) = (self.clock.now(), &self.config.link_key);
        if matches!(message, Message::PageWord { .. }) {
            return Some(PageWord::of(key, school, trip, device, now).shown());
        }
        let expires_at = now.saturating_add(LINK_OPENS).ok()?;
        let link = PageLink { school: school.clone(), trip, device, expires_at };
        Some(format!("{}/go/{}", self.config.public_base, link.sign(key)))
    }

    pub(crate) fn leaving(&self) -> MutexGuard<'_, BTreeSet<SchoolId>> {
        self.leaving.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn take_back(&self) -> Vec<CallThere> {
        std::mem::take(&mut *self.taken_back.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// What the host tells the door.
#[derive(Clone)]
pub struct DoorShell {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for DoorShell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DoorShell")
    }
}

impl DoorShell {
    /// The state of a school as it stands after its journal was read.
    pub fn begins(&self, school: &Arc<School>, state: &State) {
        self.inner.leaving().remove(&school.id);
        self.inner.view.begin(school, state);
        self.inner.changed.notify_one();
    }

    /// Events of a school were committed.
    pub fn follows<'a>(&self, school: &Arc<School>, events: impl Iterator<Item = &'a Event>) {
        let mut moved = false;
        let events = events.inspect(|event| moved |= moves_phones(event));
        let gone = self.inner.view.follow(&school.id, events);
        if moved {
            self.inner.whereabouts.notify_one();
        }
        if !gone.is_empty() {
            let mut waiting = self.inner.taken_back.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let room = MAX_TAKEN_BACK.saturating_sub(waiting.len());
            waiting.extend(gone.into_iter().take(room));
        }
        self.inner.changed.notify_one();
    }
}

impl Shell<Gateway> for DoorShell {
    fn started(&mut self, school: &Arc<School>, state: &State) {
        self.begins(school, state);
    }

    fn committed(&mut self, school: &Arc<School>, _: &State, events: &[Recorded<Event>]) {
        for Recorded { trace, event, .. } in events {
            if let (Some((attempt, AttemptStep::Planned)), Some(trace)) = (event.attempt(), trace) {
                self.inner.traces.planned(attempt, *trace);
            }
            tell_of_provider(&school.id, event);
        }
        self.follows(school, events.iter().map(|recorded| &recorded.event));
    }

    fn ended(&mut self, school: &SchoolId) {
        self.inner.view.end(school);
    }
}

/// Whether a phone may now be on a trip under way that wasn't before, or be set up to speak another way.
fn moves_phones(event: &Event) -> bool {
    matches!(event, Event::TripNoted { .. } | Event::DeviceNoted { .. })
}

/// An operator must look when a provider is down, though another one sends meanwhile. Why, is in the provider's words, and may hold a number:
/// the board shows it.
fn tell_of_provider(school: &SchoolId, event: &Event) {
    if let Event::ProviderDown { provider, channel, .. } = event {
        let provider = provider.as_ref().map(ProviderName::as_str);
        tracing::error!(%school, provider, ?channel, "HW-P1 a provider does not answer, or does not take us");
    } else if let Event::ProviderUp { provider, channel, .. } = event {
        let provider = provider.as_ref().map(ProviderName::as_str);
        tracing::info!(%school, provider, ?channel, "a provider is back");
    }
}

/// A call that a provider has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CallThere {
    pub(crate) provider: Option<ProviderName>,
    pub(crate) id: String,
}

/// The call of an attempt that nobody needs any more, if the provider has one.
fn call_to_take_back(state: &State, event: &Event) -> Option<CallThere> {
    let (id, step) = event.attempt()?;
    match step {
        AttemptStep::Withdrawn | AttemptStep::Failed => {}
        AttemptStep::Planned
        | AttemptStep::Impossible
        | AttemptStep::Begun
        | AttemptStep::Progressed
        | AttemptStep::PutOff
        | AttemptStep::HeldBack
        | AttemptStep::Bundled
        | AttemptStep::Key(_) => return None,
    }
    let attempt = state.attempts.get(id)?;
    let may_go_on = attempt.channel == Channel::Voice && !attempt.phase.is_over();
    let id = attempt.provider_id.clone().filter(|_| may_go_on)?;
    Some(CallThere { provider: attempt.provider.clone(), id })
}
