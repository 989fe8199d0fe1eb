//! Sends what is planned, looks up what is in doubt, takes back calls that nobody needs any more.
//!
//! An attempt is begun in the journal before it is sent; how that ended is journalled after. What the journal says is
//! outstanding is taken up again after a start, so nothing waits in memory alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proto::envelope::Outcome;
use proto::ids::{AttemptId, CommandId, SchoolId};
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Command, Message, Progress};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Inner;
use crate::attempt::{Attempt, Phase};
use crate::messages::Words;
use crate::state::{Provider, State};
use crate::twilio::client::{Client, Fault, Found};
use crate::twilio::status;

/// The most requests at once.
pub const MAX_AT_ONCE: usize = 8;

/// What is in doubt is looked up after this long, and then again.
pub const LOOK_UP_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// A look-up takes for ours what the provider made up to this long before we began: clocks differ.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(90);

/// After 'too many requests' nothing new is begun for so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// After so many faults in a row the provider counts as down.
const FAULTS_UNTIL_DOWN: u32 = 3;

/// The wait after the decider could not answer.
const ASK_AGAIN: Duration = Duration::from_millis(500);

type Key = (SchoolId, AttemptId);

/// What a job found out about the provider.
#[derive(Clone, Debug)]
enum Seen {
    /// It answered.
    Well,
    /// It asked us to wait.
    Busy,
    /// It could not be reached, or failed.
    Ill(String),
    /// It was not asked.
    Nothing,
}

struct Done {
    key: Key,
    provider: Seen,
    again_at: Option<Timestamp>,
}

struct Worker {
    inner: Arc<Inner>,
    jobs: JoinSet<Done>,
    in_flight: BTreeSet<Key>,
    /// Look-ups that failed are tried again then.
    again: BTreeMap<Key, Timestamp>,
    told_setup: BTreeSet<SchoolId>,
    faults: u32,
    paused_until: Option<Timestamp>,
}

/// Works until `stop`, then waits for what is under way.
pub(super) async fn run(inner: Arc<Inner>, stop: CancellationToken) {
    let mut worker = Worker {
        inner: Arc::clone(&inner),
        jobs: JoinSet::new(),
        in_flight: BTreeSet::new(),
        again: BTreeMap::new(),
        told_setup: BTreeSet::new(),
        faults: 0,
        paused_until: None,
    };
    loop {
        worker.tell_setup().await;
        worker.take_back_calls().await;
        let wake = worker.begin_jobs();
        tokio::select! {
            () = stop.cancelled() => break,
            () = inner.changed.notified() => {}
            Some(done) = worker.jobs.join_next() => worker.finished(done).await,
            () = inner.clock.sleep_until(wake.unwrap_or(Timestamp::MAX)), if wake.is_some() => {}
        }
    }
    while let Some(done) = worker.jobs.join_next().await {
        worker.finished(done).await;
    }
}

impl Worker {
    /// Says once for each school whether a provider is set up.
    async fn tell_setup(&mut self) {
        let configured = self.inner.client.is_some();
        let wrong = |state: &State| match state.provider {
            Provider::Missing { .. } => configured,
            Provider::Up | Provider::Down { .. } => !configured,
        };
        let all = self.inner.view.each(|school, state| (school.id.clone(), wrong(state)));
        for (school, wrong) in all {
            if !self.told_setup.insert(school.clone()) || !wrong {
                continue;
            }
            let why = (!configured).then(|| "no provider is configured".to_owned());
            let command = Command::RecordProviderHealth { up: configured, configured, why };
            if let Outcome::Faulted { .. } = self.inner.ask(&school, CommandId::new(), &command).await {
                self.told_setup.remove(&school);
            }
        }
    }

    async fn take_back_calls(&mut self) {
        let Some(client) = &self.inner.client else { return };
        for sid in self.inner.take_back() {
            // A call that is over meanwhile can't be taken back, nor need be.
            if let Err(fault) = client.cancel_call(&sid).await {
                tracing::debug!(?fault, "a call was not taken back");
            }
        }
    }

    /// Begins what can be; says when to look again.
    fn begin_jobs(&mut self) -> Option<Timestamp> {
        let client = self.inner.client.clone()?;
        let now = self.inner.clock.now();
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            return Some(until);
        }
        let mut wake: Option<Timestamp> = None;
        self.again.retain(|_, at| *at > now);
        for (at, key, job) in self.outstanding() {
            if self.in_flight.contains(&key) {
                continue;
            }
            let at = self.again.get(&key).map_or(at, |again| at.max(*again));
            if at > now {
                wake = Some(wake.map_or(at, |other| other.min(at)));
            } else if self.in_flight.len() < MAX_AT_ONCE {
                self.in_flight.insert(key.clone());
                let inner = Arc::clone(&self.inner);
                self.jobs.spawn(work(inner, client.clone(), key, job));
            }
        }
        wake
    }

    /// All that the journal says is to be done, with when.
    fn outstanding(&self) -> Vec<(Timestamp, Key, Job)> {
        let of_school = |school: &chassis::school::School, state: &State| {
            let to_do = state.attempts.to_do().filter_map(|(id, attempt)| {
                let (at, job) = job_of(attempt)?;
                Some((at, (school.id.clone(), id), job))
            });
            to_do.collect::<Vec<_>>()
        };
        self.inner.view.each(of_school).concat()
    }

    async fn finished(&mut self, done: Result<Done, tokio::task::JoinError>) {
        // A job that panicked is a bug; its attempt is found in doubt by the decider in time.
        let Ok(Done { key, provider, again_at }) = done else { return };
        self.in_flight.remove(&key);
        if let Some(at) = again_at {
            self.again.insert(key, at);
        }
        match provider {
            Seen::Nothing => {}
            Seen::Busy => self.paused_until = self.inner.clock.now().saturating_add(PAUSE).ok(),
            Seen::Ill(why) => {
                self.faults = self.faults.saturating_add(1);
                if self.faults == FAULTS_UNTIL_DOWN {
                    self.tell_health(false, Some(why)).await;
                }
            }
            Seen::Well => {
                self.faults = 0;
                self.tell_health(true, None).await;
            }
        }
    }

    async fn tell_health(&self, up: bool, why: Option<String>) {
        let differs = |state: &State| matches!(state.provider, Provider::Up) != up;
        let schools = self.inner.view.each(|school, state| differs(state).then(|| school.id.clone()));
        for school in schools.into_iter().flatten() {
            let command = Command::RecordProviderHealth { up, configured: true, why: why.clone() };
            if let Outcome::Faulted { message } = self.inner.ask(&school, CommandId::new(), &command).await {
                tracing::warn!(%school, message, "the provider's health could not be journalled");
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Job {
    Send,
    /// Begun by a worker that is gone.
    Doubt {
        tries: u16,
    },
    LookUp {
        tries: u16,
        since: Timestamp,
    },
}

fn job_of(attempt: &Attempt) -> Option<(Timestamp, Job)> {
    let tries = attempt.tries;
    match attempt.phase {
        Phase::Planned { not_before } => Some((not_before.unwrap_or(attempt.planned_at), Job::Send)),
        Phase::Begun { since } => Some((since, Job::Doubt { tries })),
        Phase::Unknown { since } => {
            Some((since.saturating_add(LOOK_UP_AFTER).unwrap_or(since), Job::LookUp { tries, since }))
        }
        Phase::Accepted { .. }
        | Phase::Sent {}
        | Phase::Ringing { .. }
        | Phase::Answered { .. }
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {} => None,
    }
}

async fn work(inner: Arc<Inner>, client: Client, key: Key, job: Job) -> Done {
    let worked = match job {
        Job::Send => send(&inner, &client, &key).await,
        Job::Doubt { tries } => {
            let why = "Homeward stopped while it was being sent".to_owned();
            tell(&inner, &key, tries, None, Progress::Unknown { why }).await;
            (Seen::Nothing, None)
        }
        Job::LookUp { tries, since } => look_up(&inner, &client, &key, tries, since).await,
    };
    Done { key, provider: worked.0, again_at: worked.1 }
}

/// What is sent, as known now.
struct Parcel {
    number: Option<String>,
    words: Option<String>,
    channel: Channel,
    tries: u16,
    valid_secs: u32,
}

fn pack(inner: &Inner, (school, attempt): &Key) -> Option<Parcel> {
    let packed = |school: &chassis::school::School, state: &State| {
        let planned = state.attempts.get(*attempt)?;
        let words = Words { state, school: school.name.as_str(), zone: &school.zone };
        let link = inner.link(&school.id, &planned.message, planned.via);
        let left = planned.expires_at.duration_since(inner.clock.now()).as_secs().max(1);
        Some(Parcel {
            number: state.number_of(planned.via).map(|number| number.e164().to_owned()),
            words: words.text(&planned.message, link.as_deref()),
            channel: planned.channel,
            tries: planned.tries.saturating_add(1),
            valid_secs: u32::try_from(left).unwrap_or(u32::MAX),
        })
    };
    inner.view.read(school, packed).flatten()
}

async fn send(inner: &Inner, client: &Client, key: &Key) -> (Seen, Option<Timestamp>) {
    let Some(parcel) = pack(inner, key) else { return (Seen::Nothing, None) };
    // Journalled before it is sent; a refusal says that it is not to be sent, a fault that nobody knows.
    match inner.ask(&key.0, CommandId::new(), &Command::BeginAttempt { attempt: key.1 }).await {
        Outcome::Accepted { .. } => {}
        Outcome::Refused { .. } => return (Seen::Nothing, soon(inner)),
        Outcome::Faulted { message } => {
            tracing::warn!(message, "an attempt could not be begun");
            tokio::time::sleep(ASK_AGAIN).await;
            return (Seen::Nothing, None);
        }
    }
    let tries = parcel.tries;
    let (Some(number), Some(words)) = (&parcel.number, &parcel.words) else {
        let why = if parcel.words.is_none() {
            "nothing is left to say"
        } else {
            "the phone has no number any more"
        };
        let progress = Progress::Failed { code: None, why: why.to_owned(), permanent: true };
        tell(inner, key, tries, None, progress).await;
        return (Seen::Nothing, None);
    };
    let callback = inner.callback("status", &key.0, key.1, tries);
    let sent = match parcel.channel {
        Channel::Text => client.text(number, words, &callback, parcel.valid_secs).await,
        Channel::Voice => {
            client.call(number, &inner.callback("voice/alert", &key.0, key.1, tries), &callback).await
        }
    };
    metrics::counter!("homeward_gateway_requests_total", "ok" => if sent.is_ok() { "yes" } else { "no" })
        .increment(1);
    let (provider, progress) = match sent {
        Ok(taken) => (Seen::Well, Progress::Accepted { provider_id: taken.sid }),
        Err(fault) => of_fault(fault),
    };
    tell(inner, key, tries, None, progress).await;
    (provider, None)
}

fn of_fault(fault: Fault) -> (Seen, Progress) {
    match fault {
        Fault::Refused { code, why, permanent } => {
            let provider = match code {
                Some(20429) => Seen::Busy,
                None | Some(20003) => Seen::Ill(why.clone()),
                Some(_) => Seen::Well,
            };
            (provider, Progress::Failed { code, why, permanent })
        }
        Fault::NotReached { why } => {
            (Seen::Ill(why.clone()), Progress::Failed { code: None, why, permanent: false })
        }
        Fault::InDoubt { why } => (Seen::Ill(why.clone()), Progress::Unknown { why }),
    }
}

/// Before it is sent again, the provider is asked whether it has it.
async fn look_up(
    inner: &Inner,
    client: &Client,
    key: &Key,
    tries: u16,
    since: Timestamp,
) -> (Seen, Option<Timestamp>) {
    let Some(Parcel { number: Some(number), words, channel, .. }) = pack(inner, key) else {
        let progress = Progress::Failed { code: None, why: "nothing is left to say".into(), permanent: true };
        tell(inner, key, tries, None, progress).await;
        return (Seen::Nothing, None);
    };
    let listed = match channel {
        Channel::Text => client.texts_to(&number).await,
        Channel::Voice => client.calls_to(&number).await,
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(Fault::Refused { why, .. } | Fault::NotReached { why } | Fault::InDoubt { why }) => {
            return (Seen::Ill(why), soon(inner));
        }
    };
    let from = since.saturating_sub(CLOCK_SLACK).unwrap_or(Timestamp::MIN);
    let begun =
        planned_at(inner, key).map_or(from, |at| at.saturating_sub(CLOCK_SLACK).unwrap_or(from).min(from));
    let is_bound =
        |sid: &str| inner.view.read(&key.0, |_, state| state.attempts.is_bound(sid)).unwrap_or(false);
    let is_ours = |found: &&Found| {
        let has_link = |body: &String| body.contains("/go/");
        let same_words = match channel {
            Channel::Voice => true,
            Channel::Text if is_link(inner, key) => found.body.as_ref().is_some_and(has_link),
            Channel::Text => found.body == words,
        };
        same_words && found.created_at().is_some_and(|at| at >= begun) && !is_bound(&found.sid)
    };
    match listed.iter().find(is_ours) {
        Some(found) => tell_found(inner, key, tries, channel, found).await,
        None => {
            let why = "the provider does not have it".to_owned();
            tell(inner, key, tries, None, Progress::Failed { code: None, why, permanent: false }).await;
        }
    }
    (Seen::Well, None)
}

fn planned_at(inner: &Inner, (school, attempt): &Key) -> Option<Timestamp> {
    inner.view.read(school, |_, state| state.attempts.get(*attempt).map(|a| a.planned_at)).flatten()
}

/// A link is signed anew each time: its words can't be compared.
fn is_link(inner: &Inner, (school, attempt): &Key) -> bool {
    let is_link = |state: &State| {
        state.attempts.get(*attempt).is_some_and(|a| matches!(a.message, Message::PageLink { .. }))
    };
    inner.view.read(school, |_, state| is_link(state)).unwrap_or(false)
}

async fn tell_found(inner: &Inner, key: &Key, tries: u16, channel: Channel, found: &Found) {
    let sid = found.sid.clone();
    tell(inner, key, tries, None, Progress::Accepted { provider_id: sid.clone() }).await;
    let further = match channel {
        Channel::Text => status::of_text(&found.status, &sid, found.error_code),
        Channel::Voice => status::of_call(&found.status, &sid, found.error_code),
    };
    if let Some(progress) = further {
        tell(inner, key, tries, Some(sid), progress).await;
    }
}

async fn tell(inner: &Inner, key: &Key, tries: u16, provider_id: Option<String>, progress: Progress) {
    let command = Command::RecordProgress { attempt: key.1, tries: Some(tries), provider_id, progress };
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
