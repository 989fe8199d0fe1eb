//! Sends what is planned, looks up what is in doubt, asks providers that are down whether they are back, and takes back
//! calls that nobody needs any more.
//!
//! An attempt is begun in the journal before it is sent; how that ended is journalled after. What the journal says is
//! outstanding is taken up again after a start, so nothing waits in memory alone.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proto::envelope::Outcome;
use proto::ids::{CommandId, ProviderName, SchoolId};
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Command, Progress};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Inner;
use super::agenda::{Again, Agenda, Job, Key, Probe, ToDo, Urgency};
use super::pack::pack;
use crate::channels::{Fault, LookedUp, Sought, Taken};

/// What is in doubt is looked up after this long, and then again.
pub const LOOK_UP_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// A look-up takes for ours what the provider made up to this long before we began: clocks differ.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(90);

/// After 'too many requests' nothing new is begun for so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// The wait after the decider could not answer.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// What a job leaves to do.
enum Done {
    Attempt {
        key: Key,
        job: Job,
        /// The provider asked us to wait.
        busy: bool,
        /// Not to be looked at again before then.
        again_at: Option<Timestamp>,
    },
    Probe(Probe),
}

struct Worker {
    inner: Arc<Inner>,
    jobs: JoinSet<Done>,
    in_flight: BTreeMap<Key, Urgency>,
    probing: BTreeSet<Probe>,
    again: Again,
    agenda: Agenda,
    /// Schools that were not told yet which providers are set up.
    untold: BTreeSet<SchoolId>,
    told: BTreeSet<SchoolId>,
    paused_until: Option<Timestamp>,
    /// Which providers are down, for how many schools.
    down: BTreeMap<(ProviderName, Channel), u32>,
}

/// Works until `stop`, then waits for what is under way.
pub(super) async fn run(inner: Arc<Inner>, stop: CancellationToken) {
    let mut worker = Worker {
        inner: Arc::clone(&inner),
        jobs: JoinSet::new(),
        in_flight: BTreeMap::new(),
        probing: BTreeSet::new(),
        again: Again::new(),
        agenda: Agenda::default(),
        untold: BTreeSet::new(),
        told: BTreeSet::new(),
        paused_until: None,
        down: BTreeMap::new(),
    };
    let registering = tokio::spawn(super::register::run(Arc::clone(&inner), stop.clone()));
    let mut idle = tokio::time::interval(chassis::pulse::EACH);
    loop {
        worker.look_again();
        inner.pulse.through(worker.tell_setup()).await;
        inner.pulse.through(worker.take_back_calls()).await;
        let wake = worker.begin_jobs();
        worker.tell_busy();
        tokio::select! {
            () = stop.cancelled() => break,
            () = inner.changed.notified() => {}
            Some(done) = worker.jobs.join_next() => worker.finished(done),
            () = inner.clock.sleep_until(wake.unwrap_or(Timestamp::MAX)), if wake.is_some() => {}
            _ = idle.tick() => {}
        }
        inner.pulse.beat();
    }
    while let Some(done) = worker.jobs.join_next().await {
        worker.finished(done);
    }
    // It ends with `stop`; a panic in it is a bug that its own hook has told.
    let _ = registering.await;
}

impl Worker {
    /// Looks at the schools that have changed.
    fn look_again(&mut self) {
        for school in self.inner.view.stirred() {
            let to_do = self.inner.view.read(&school, ToDo::of);
            if to_do.is_some() && !self.told.contains(&school) {
                self.untold.insert(school.clone());
            }
            self.agenda.put(school, to_do);
        }
        self.tell_down();
    }

    /// For how many schools each provider is down.
    fn tell_down(&mut self) {
        let mut down: BTreeMap<_, u32> =
            std::mem::take(&mut self.down).into_keys().map(|of| (of, 0)).collect();
        for (_, (_, channel, provider)) in self.agenda.probes() {
            *down.entry((provider.clone(), *channel)).or_default() += 1;
        }
        for ((provider, channel), schools) in &down {
            let channel = format!("{channel:?}").to_lowercase();
            metrics::gauge!("homeward_provider_down", "provider" => provider.to_string(), "channel" => channel)
                .set(f64::from(*schools));
        }
        self.down = down.into_iter().filter(|(_, schools)| *schools > 0).collect();
    }

    /// Says once for each school which providers are set up.
    async fn tell_setup(&mut self) {
        let mut telling = JoinSet::new();
        for school in std::mem::take(&mut self.untold) {
            let inner = Arc::clone(&self.inner);
            telling.spawn(async move {
                let command = Command::SetUp {
                    text: inner.registry.text.clone(),
                    voice: inner.registry.voice.clone(),
                    email: inner.registry.email.clone(),
                    mailboxes: inner.config.mailboxes(&school),
                };
                let outcome = inner.ask(&school, CommandId::new(), &command).await;
                (school, matches!(outcome, Outcome::Faulted { .. }))
            });
        }
        for (school, faulted) in telling.join_all().await {
            if faulted {
                self.untold.insert(school)
            } else {
                self.told.insert(school)
            };
        }
    }

    async fn take_back_calls(&mut self) {
        for call in self.inner.take_back() {
            let Some(provider) = self.inner.registry.of(call.provider.as_ref(), Channel::Voice) else {
                continue;
            };
            // A call that is over meanwhile can't be taken back, nor need be.
            if let Err(fault) = provider.take_back(&call.id).await {
                tracing::debug!(?fault, "a call was not taken back");
            }
        }
    }

    /// For which schools something is under way: whoever waits for them to be done listens.
    fn tell_busy(&self) {
        let sending = self.in_flight.keys().map(|(school, _)| school.clone());
        self.inner
            .busy
            .send_replace(sending.chain(self.probing.iter().map(|(school, ..)| school.clone())).collect());
    }

    /// Begins what can be; says when to look again.
    fn begin_jobs(&mut self) -> Option<Timestamp> {
        let now = self.inner.clock.now();
        let probes = self.begin_probes(now);
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            return Some(probes.map_or(until, |at| at.min(until)));
        }
        self.again.retain(|_, (_, at)| *at > now);
        let turn = self.agenda.turn(now, &self.in_flight, &self.again, &self.inner.leaving());
        for (key, job, urgency) in turn.begin {
            self.in_flight.insert(key.clone(), urgency);
            self.jobs.spawn(work(Arc::clone(&self.inner), key, job));
        }
        turn.wake.into_iter().chain(probes).min()
    }

    /// Asks those that are down and whose time has come whether they are back; says when to ask the next one.
    fn begin_probes(&mut self, now: Timestamp) -> Option<Timestamp> {
        let mut wake: Option<Timestamp> = None;
        for (at, probe) in self.agenda.probes() {
            if *at > now {
                wake = Some(wake.map_or(*at, |other| other.min(*at)));
            } else if self.probing.insert(probe.clone()) {
                self.jobs.spawn(ask_whether_it_is_back(Arc::clone(&self.inner), probe.clone()));
            }
        }
        wake
    }

    fn finished(&mut self, done: Result<Done, tokio::task::JoinError>) {
        // A job that panicked is a bug; its attempt is found in doubt by the decider in time.
        let Ok(done) = done else { return };
        match done {
            Done::Attempt { key, job, busy, again_at } => {
                self.in_flight.remove(&key);
                if let Some(at) = again_at {
                    self.again.insert(key, (discriminant(&job), at));
                }
                if busy {
                    self.paused_until = self.inner.clock.now().saturating_add(PAUSE).ok();
                }
            }
            Done::Probe(probe) => {
                self.probing.remove(&probe);
            }
        }
    }
}

async fn work(inner: Arc<Inner>, key: Key, job: Job) -> Done {
    let (busy, again_at) = match job {
        Job::Send => send(&inner, &key).await,
        Job::Doubt { tries } => {
            let why = "Homeward stopped while it was being sent".to_owned();
            tell(&inner, &key, tries, None, Progress::Unknown { why }, false).await;
            (false, None)
        }
        Job::LookUp { tries, since } => (false, look_up(&inner, &key, tries, since).await),
    };
    Done::Attempt { key, job, busy, again_at }
}

fn tries_of(inner: &Inner, (school, id): &Key) -> Option<u16> {
    inner.view.read(school, |_, state| state.attempts.get(*id).map(|attempt| attempt.tries)).flatten()
}

async fn send(inner: &Inner, key: &Key) -> (bool, Option<Timestamp>) {
    let Some(tries) = tries_of(inner, key).map(|tries| tries.saturating_add(1)) else { return (false, None) };
    // Journalled before it is sent; a refusal says that it is not to be sent, a fault that nobody knows.
    match inner.ask(&key.0, CommandId::new(), &Command::BeginAttempt { attempt: key.1 }).await {
        Outcome::Accepted { .. } => {}
        Outcome::Refused { .. } => return (false, soon(inner)),
        Outcome::Faulted { message } => {
            tracing::warn!(message, "an attempt could not be begun");
            tokio::time::sleep(ASK_AGAIN).await;
            return (false, None);
        }
    }
    // What was bundled or held back instead is not begun. The view has what was committed before it was answered.
    let Some(packed) = pack(inner, key, tries).filter(|packed| packed.is_begun) else { return (false, None) };
    let provider = inner.registry.of(packed.provider.as_ref(), packed.parcel.channel);
    let missing = match (packed.has_words, packed.has_target, provider) {
        (false, _, _) => Some("nothing is left to say"),
        (_, false, _) => Some("the phone has no number any more"),
        (_, _, None) => Some("no provider is configured"),
        (true, true, Some(_)) => None,
    };
    let (Some(provider), None) = (provider, missing) else {
        let why = missing.unwrap_or_default().to_owned();
        let progress = Progress::Failed { code: None, why, permanent: true };
        tell(inner, key, tries, None, progress, false).await;
        return (false, None);
    };
    let sent = provider.send(&packed.parcel).await;
    metrics::counter!("homeward_gateway_requests_total", "ok" => if sent.is_ok() { "yes" } else { "no" })
        .increment(1);
    let (provider, channel) = (packed.provider.as_ref().map(ProviderName::as_str), packed.parcel.channel);
    tracing::info!(
        target: "homeward::told", service = "gateway", school = %key.0, attempt = %key.1, ?channel, provider,
        ok = sent.is_ok(), trace_id = inner.traces.of(key.1).map(tracing::field::display), "sent"
    );
    match sent {
        Ok(taken) => {
            tell_taken(inner, key, tries, taken).await;
            (false, None)
        }
        Err(fault) => {
            let busy = matches!(fault, Fault::Busy { .. });
            let is_the_providers = fault.is_the_providers();
            tell(inner, key, tries, None, fault.progress(), is_the_providers).await;
            (busy, None)
        }
    }
}

/// Before it is sent again, the provider is asked whether it has it.
async fn look_up(inner: &Inner, key: &Key, tries: u16, since: Timestamp) -> Option<Timestamp> {
    let packed = pack(inner, key, tries).filter(|packed| packed.has_target);
    let Some(packed) = packed else {
        let progress = Progress::Failed { code: None, why: "nothing is left to say".into(), permanent: true };
        tell(inner, key, tries, None, progress, false).await;
        return None;
    };
    let channel = packed.parcel.channel;
    let provider = inner.registry.of(packed.provider.as_ref(), channel);
    let Some(provider) = provider else { return soon(inner) };
    let from = since.min(packed.planned_at);
    let is_bound =
        |sid: &str| inner.view.read(&key.0, |_, state| state.attempts.is_bound(sid)).unwrap_or(false);
    let sought = Sought {
        id: packed.parcel.id,
        channel,
        to: packed.parcel.to.first().map_or("", String::as_str),
        words: Some(packed.parcel.words.as_str()).filter(|_| !packed.is_link),
        since: from.saturating_sub(CLOCK_SLACK).unwrap_or(Timestamp::MIN),
        is_bound: &is_bound,
    };
    match provider.look_up(&sought).await {
        Ok(LookedUp::Has(taken)) => tell_taken(inner, key, tries, taken).await,
        Ok(LookedUp::HasNot) => {
            let why = "the provider does not have it".to_owned();
            let progress = Progress::Failed { code: None, why, permanent: false };
            tell(inner, key, tries, None, progress, false).await;
        }
        // It comes at most twice under one name, and only where it can't be found out.
        Ok(LookedUp::CantTell) => {
            let why =
                "whether it was sent can't be found out: it is sent again, under the same name".to_owned();
            let progress = Progress::Failed { code: None, why, permanent: false };
            tell(inner, key, tries, None, progress, false).await;
        }
        Err(fault) => {
            if let Some(provider) = packed.provider.filter(|_| fault.is_the_providers()) {
                contacted(inner, &key.0, channel, provider, Some(fault.why().to_owned())).await;
            }
            return soon(inner);
        }
    }
    None
}

async fn ask_whether_it_is_back(inner: Arc<Inner>, probe: Probe) -> Done {
    let (school, channel, name) = &probe;
    let begin = Command::BeginProbe { provider: name.clone(), channel: *channel };
    match (inner.ask(school, CommandId::new(), &begin).await, inner.registry.of(Some(name), *channel)) {
        (Outcome::Accepted { .. }, Some(provider)) => {
            let fault = provider.probe().await.err().map(|fault| fault.why().to_owned());
            contacted(&inner, school, *channel, name.clone(), fault).await;
        }
        (Outcome::Accepted { .. }, None) | (Outcome::Refused { .. }, _) => {}
        (Outcome::Faulted { .. }, _) => tokio::time::sleep(ASK_AGAIN).await,
    }
    Done::Probe(probe)
}

async fn contacted(
    inner: &Inner,
    school: &SchoolId,
    channel: Channel,
    provider: ProviderName,
    fault: Option<String>,
) {
    let command = Command::RecordContact { provider, channel, fault };
    if let Outcome::Faulted { message } = inner.ask(school, CommandId::new(), &command).await {
        tracing::warn!(%school, message, "the provider's health could not be journalled");
    }
}

async fn tell_taken(inner: &Inner, key: &Key, tries: u16, taken: Taken) {
    let id = taken.provider_id;
    tell(inner, key, tries, None, Progress::Accepted { provider_id: id.clone() }, false).await;
    if let Some(progress) = taken.further {
        tell(inner, key, tries, Some(id), progress, false).await;
    }
}

async fn tell(
    inner: &Inner,
    key: &Key,
    tries: u16,
    provider_id: Option<String>,
    progress: Progress,
    fault: bool,
) {
    let command =
        Command::RecordProgress { attempt: key.1, tries: Some(tries), provider_id, progress, fault };
    let id = CommandId::new();
    // Twice with the same id: a fault may have been a moment's. After that the decider finds it in doubt.
    for _ in 0..2 {
        match inner.ask(&key.0, id, &command).await {
            Outcome::Accepted { .. } => return,
            Outcome::Refused { refusal } => {
                tracing::warn!(code = refusal.code, "progress was refused");
                return;
            }
            Outcome::Faulted { message } => tracing::warn!(message, "progress could not be journalled"),
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

fn soon(inner: &Inner) -> Option<Timestamp> {
    inner.clock.now().saturating_add(LOOK_UP_AFTER).ok()
}
