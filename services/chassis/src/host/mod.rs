//! The tokio shell around engines: one task for each service, holding an engine for each school.
//!
//! A turn of its loop: take what waits on the bus and from the own shell, decide it, judge what fell due, commit everything in one transaction,
//! then publish, answer and tell the own shell. Kill it at any point: what was not committed was not answered, and is asked again; what was
//! committed and not published is asked for by number.

mod end;
mod health;
mod inbox;
mod kinds;
mod latest;
mod moving;
mod outbox;
mod own;
mod rebuild;
mod replay;
mod snapshots;
mod told;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use decider::Service;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Head, Outcome};
use proto::ids::{ClientId, CommandId, SchoolId};
use proto::topics::{ServiceName, filters};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use self::health::Ailments;
pub use self::health::Health;
pub use self::moving::Serves;
use self::moving::{Change, Steering};
use self::outbox::Outbox;
pub use self::own::OwnCommands;
use self::own::{OwnCommand, take_waiting};
use self::rebuild::{NotRebuilt, Rebuilt};
use self::snapshots::Keeper;
pub use self::snapshots::{MAX_SNAPSHOT_BYTES, Snapshots};
use crate::broker::acl::health_of;
use crate::bus::{Bus, BusConfig, BusEvent};
use crate::clock::SharedClock;
use crate::engine::{Batch, Engine, Output, Recorded, Trouble};
use crate::entry::Entry;
use crate::journal::{Append, AppendFault, Journal, JournalFault};
use crate::lease::standing::Standing;
use crate::pulse::Pulse;
use crate::school::School;

/// The most messages that one batch takes in.
pub const MAX_BATCH_INPUTS: usize = 2_000;

/// Commands of the own shell that wait.
const OWN_INBOX: usize = 1_024;

/// How often it is looked whether a replay is to be asked for again, heads are told again, and life is marked.
const LOOK_AT_ASKS: Duration = Duration::from_millis(300);
const TELL_HEADS: Duration = Duration::from_secs(60);
const STORE_CURSORS: Duration = Duration::from_secs(10);
/// By the service's own clock, so that it holds for one that runs fast too.
const MARK_ALIVE: SignedDuration = SignedDuration::from_secs(10);

/// What a host needs.
pub struct HostConfig {
    /// The schools it serves.
    pub schools: Vec<Arc<School>>,
    /// Those that another instance serves: what is meant for them is left to it.
    pub elsewhere: BTreeSet<SchoolId>,
    /// Where its journal is.
    pub journal: Journal,
    /// How it reaches the broker; its client's name is this instance's.
    pub bus: BusConfig,
    /// Its clock.
    pub clock: SharedClock,
    /// When it writes its state down, and which of such are read at a start.
    pub snapshots: Snapshots,
    /// What of its schools it holds, where schools come and go while it is at work.
    pub standing: Option<Standing>,
    /// Ends it.
    pub stop: CancellationToken,
}

/// What a service does outside besides deciding: it is told of what was committed, and never before.
pub trait Shell<S: Service>: Send + 'static {
    /// The engine of a school stands: whatever the state says is outstanding is to be taken up again.
    fn started(&mut self, school: &Arc<School>, state: &S::State);
    /// Events were committed; `state` is the state after them.
    fn committed(&mut self, school: &Arc<School>, state: &S::State, events: &[Recorded<S::Event>]);
    /// Another instance serves that school from here on.
    fn ended(&mut self, school: &SchoolId);
}

/// No effects at all.
#[derive(Debug)]
pub struct NoEffects;

impl<S: Service> Shell<S> for NoEffects {
    fn started(&mut self, _: &Arc<School>, _: &S::State) {}
    fn committed(&mut self, _: &Arc<School>, _: &S::State, _: &[Recorded<S::Event>]) {}
    fn ended(&mut self, _: &SchoolId) {}
}

/// A host at work.
pub struct Host<S: Service> {
    health: watch::Receiver<Health>,
    own: OwnCommands<S>,
    steering: Arc<Steering<S>>,
    pulse: Pulse,
    task: JoinHandle<()>,
}

impl<S: Service> Host<S> {
    /// Rebuilds every school's state from the journal, then starts to work.
    pub async fn start(config: HostConfig, shell: impl Shell<S>) -> Result<Self, JournalFault> {
        let (sender, own_inbox) = mpsc::channel(OWN_INBOX);
        let well = Health { journal: true, following: true, ..Health::default() };
        let (health, health_seen) = watch::channel(well);
        let mut keeper = Keeper::new(config.snapshots, config.journal.clone(), Arc::clone(&config.clock));
        let release = config.snapshots.release;
        let (mut engines, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let (mut blankings, mut newest) = (BTreeMap::new(), None);
        for school in &config.schools {
            match rebuild::engine::<S>(&config.journal, school, &config.clock, release).await {
                Ok(Rebuilt { engine, snapshot, blankings: times, newest: recorded }) => {
                    newest = newest.max(recorded);
                    keeper.found(&school.id, snapshot);
                    blankings.insert(school.id.clone(), times);
                    engines.insert(school.id.clone(), engine);
                }
                Err(NotRebuilt::Unreadable(trouble)) => {
                    unread.insert(school.id.clone(), rebuild::report_unread::<S>(school, trouble));
                }
                Err(NotRebuilt::Journal(fault)) => return Err(fault),
            }
        }
        let (bus, bus_inbox) =
            Bus::start(config.bus.clone(), subscriptions::<S>(&config.bus.client), config.stop.clone());
        let schools = config.schools.iter().map(|s| (s.id.clone(), Arc::clone(s))).collect();
        let outbox = Outbox::start(bus, config.bus.client.clone());
        let moved = config.clock.moved();
        let (changes, changing) = mpsc::channel(moving::WAITING);
        let (journal, clock) = (config.journal.clone(), Arc::clone(&config.clock));
        let steering = Arc::new(Steering { changes, journal, clock, release });
        let pulse = Pulse::default();
        let at_work = AtWork {
            schools,
            elsewhere: config.elsewhere,
            engines,
            blankings,
            unread,
            journal: config.journal,
            clock: config.clock,
            keeper,
            release,
            outbox,
            shell,
            asked: HashMap::new(),
            connected: false,
            store_cursors: false,
            moved,
            marked: None,
            ailments: Ailments { newest, ..Ailments::default() },
            health,
            pulse: pulse.clone(),
            standing: config.standing,
            stop: config.stop,
        };
        let (stop, running) = (at_work.stop.clone(), at_work.run(bus_inbox, own_inbox, changing));
        let task = tokio::spawn(end::in_time(stop, running));
        Ok(Self { health: health_seen, own: OwnCommands::new(sender), steering, pulse, task })
    }

    /// How well it is, now and from now on.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Lets the own shell command it.
    pub fn own_commands(&self) -> OwnCommands<S> {
        self.own.clone()
    }

    /// Gives it schools, and takes them away, while it is at work.
    pub fn steering(&self) -> Arc<dyn Serves> {
        Arc::clone(&self.steering) as _
    }

    /// The turns of its loop.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Waits until it has ended, after its `stop`.
    pub async fn ended(self) {
        if let Err(error) = self.task.await {
            tracing::error!(service = %S::NAME, %error, "HW-B2 the host ended by a bug");
        }
    }
}

fn subscriptions<S: Service>(client: &ClientId) -> Vec<String> {
    let mut all = vec![filters::commands(S::NAME), filters::replays(S::NAME), filters::replies(client)];
    for producer in S::HEARS {
        all.extend([filters::events(*producer), filters::heads(*producer)]);
    }
    // Whether those are there whose word is waited for. (Who hears the gateway asks the board, too.)
    if S::HEARS.contains(&ServiceName::Gateway) {
        all.extend(S::WAITS_FOR.iter().map(|producer| health_of(*producer)));
    }
    all
}

struct AtWork<S: Service, H: Shell<S>> {
    schools: BTreeMap<SchoolId, Arc<School>>,
    elsewhere: BTreeSet<SchoolId>,
    engines: BTreeMap<SchoolId, Engine<S>>,
    /// How often each journal had been blanked when its engine was rebuilt.
    blankings: BTreeMap<SchoolId, u64>,
    /// Schools whose journals can't be read: each is out of service, the others are not. [HW-J2]
    unread: BTreeMap<SchoolId, Trouble>,
    journal: Journal,
    clock: SharedClock,
    keeper: Keeper,
    release: u32,
    outbox: Outbox,
    shell: H,
    /// Own commands that wait for their answer.
    asked: HashMap<CommandId, oneshot::Sender<Outcome>>,
    connected: bool,
    /// Cursors that moved without an event are to be stored with the next commit.
    store_cursors: bool,
    moved: SignedDuration,
    /// When it last marked that it judges; none since it lost the broker.
    marked: Option<Timestamp>,
    /// What is wrong with it, and what of that was told.
    ailments: Ailments,
    health: watch::Sender<Health>,
    pulse: Pulse,
    standing: Option<Standing>,
    stop: CancellationToken,
}

/// A batch on its way into the journal.
struct Closed<S: Service> {
    school: SchoolId,
    batch: Batch<S>,
    entries: Arc<Vec<Entry>>,
}

/// What one turn of the loop has taken in.
struct Turn {
    bus: Vec<BusEvent>,
    own: Vec<OwnCommand>,
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    async fn run(
        mut self,
        mut bus: mpsc::Receiver<BusEvent>,
        mut own: mpsc::Receiver<OwnCommand>,
        mut changes: mpsc::Receiver<Change<S>>,
    ) {
        for (id, engine) in &self.engines {
            self.shell.started(&self.schools[id], engine.state());
            self.keeper.look::<S>(&self.schools[id], engine.chain().seq);
        }
        let (mut look_at_asks, mut tell_heads, mut store_cursors) =
            (every(LOOK_AT_ASKS), every(TELL_HEADS), every(STORE_CURSORS));
        let mut turn = Turn { bus: Vec::new(), own: Vec::new() };
        loop {
            let (stop, clock, due) = (self.stop.clone(), Arc::clone(&self.clock), self.next_due());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(change) = changes.recv() => self.change(change).await,
                Some(first) = own.recv() => {
                    turn.own.push(first);
                    take_waiting(&mut own, &mut turn.own);
                }
                count = bus.recv_many(&mut turn.bus, MAX_BATCH_INPUTS) => if count == 0 { break },
                () = clock.sleep_until(due) => {}
                _ = look_at_asks.tick() => {}
                _ = tell_heads.tick() => self.tell_heads(),
                _ = store_cursors.tick() => {
                    self.store_cursors = true;
                    self.look_at_journals().await;
                }
            }
            take_waiting(&mut own, &mut turn.own);
            self.turn(&mut turn).await;
            self.ask_replays(!bus.is_empty());
            self.pulse.beat();
        }
        self.mark_alive().await;
        self.outbox.close().await;
        let head =
            |(id, engine): (&SchoolId, &Engine<S>)| (Arc::clone(&self.schools[id]), engine.chain().seq);
        let heads: Vec<_> = self.engines.iter().map(head).collect();
        self.keeper.at_stop::<S>(&heads).await;
        tracing::debug!(service = %S::NAME, "ended");
    }

    async fn turn(&mut self, turn: &mut Turn) {
        self.make_sure().await;
        self.watch_the_clock();
        self.watch_for_delay();
        for event in turn.bus.drain(..) {
            self.take_bus(event).await;
        }
        for own in turn.own.drain(..) {
            self.take_own(own);
        }
        let now = self.clock.now();
        for engine in self.engines.values_mut() {
            let outputs =
                if engine.next_due().is_some_and(|due| due <= now) { engine.tick(now) } else { Vec::new() };
            give_out::<S>(&mut self.outbox, &engine_school(engine), outputs);
        }
        self.commit().await;
        self.tell_health();
        self.tell_ailments();
        if self.marked.is_none_or(|at| self.clock.now().duration_since(at).abs() >= MARK_ALIVE) {
            self.mark_alive().await;
        }
    }

    /// Commits what all engines hold, in one transaction; then gives it out.
    async fn commit(&mut self) {
        // Cursors that moved without an event are stored now and then: a restart then hears little again.
        let store_cursors = std::mem::take(&mut self.store_cursors);
        let waits = |engine: &Engine<S>| engine.has_batch() || (store_cursors && engine.has_moved_cursors());
        let ready: Vec<SchoolId> =
            self.engines.iter().filter(|(_, e)| waits(e)).map(|(school, _)| school.clone()).collect();
        if ready.is_empty() {
            return;
        }
        let mut batches = Vec::with_capacity(ready.len());
        let mut appends = Vec::with_capacity(ready.len());
        for school in ready {
            let Some(engine) = self.engines.get_mut(&school) else { continue };
            let mut batch = engine.close_batch();
            let entries = Arc::new(std::mem::take(&mut batch.entries));
            // A refusal stores nothing, and holds only if nothing was stored meanwhile that its decision did not know: by a writer before
            // this one, whose last commit was still on its way when this one read the journal.
            if !entries.is_empty() || !batch.cursors.is_empty() || batch.refuses() {
                appends.push(Append {
                    service: S::NAME,
                    school: school.clone(),
                    after: batch.after,
                    entries: Arc::clone(&entries),
                    cursors: std::mem::take(&mut batch.cursors),
                });
            }
            batches.push(Closed { school, batch, entries });
        }
        let stored = if appends.is_empty() {
            Ok(())
        } else {
            let what = kinds::kinds(&batches);
            tracing::debug!(service = %S::NAME, what, "commits");
            let stored = self.stored(appends).await;
            tracing::debug!(service = %S::NAME, what, ok = stored.is_ok(), "committed");
            stored
        };
        match stored {
            Ok(()) => {
                self.ailments.storing = false;
                self.give_out_batches(batches);
            }
            Err(fault) => self.start_over(batches, &fault).await,
        }
    }

    fn give_out_batches(&mut self, batches: Vec<Closed<S>>) {
        let now = self.clock.now();
        for Closed { school, batch, entries } in batches {
            let Some(engine) = self.engines.get_mut(&school) else { continue };
            engine.committed();
            metrics::counter!("homeward_entries_total", "service" => S::NAME.as_str())
                .increment(batch.events.len() as u64);
            told::committed(&entries);
            if !entries.is_empty() {
                if self.outbox.is_connected() {
                    self.outbox.events(&school, S::NAME, engine.chain().epoch, entries);
                    let blankings = self.blankings.get(&school).copied().unwrap_or(0);
                    let head = Head { blankings, ..engine.head(now) };
                    self.outbox.head(&school, S::NAME, &head);
                }
                self.keeper.look::<S>(&self.schools[&school], engine.chain().seq);
            }
            if !batch.events.is_empty() {
                self.shell.committed(&self.schools[&school], engine.state(), &batch.events);
            }
            for output in batch.outputs {
                self.answer_or_give_out(&school, output);
            }
        }
        self.outbox.flush_answers();
    }

    fn answer_or_give_out(&mut self, school: &SchoolId, output: Output) {
        if let Output::Answer { answer, trace, .. } = &output
            && let Some(own) = self.asked.remove(&answer.command)
        {
            told::answered(school, answer, *trace);
            // The asker may be gone; what it asked for is done all the same.
            let _ = own.send(answer.outcome.clone());
            return;
        }
        give_out::<S>(&mut self.outbox, school, [output]);
    }

    /// The commit failed, or may have: nothing of it is given out, and the engines are rebuilt from the journal.
    async fn start_over(&mut self, batches: Vec<Closed<S>>, fault: &AppendFault) {
        tracing::error!(service = %S::NAME, %fault, "HW-D1 a commit failed; rebuilding from the journal");
        metrics::counter!("homeward_commit_faults_total", "service" => S::NAME.as_str()).increment(1);
        let message = "Homeward could not store this just now: ask again".to_owned();
        let certain = matches!(fault, AppendFault::Unavailable(_));
        for Closed { school, batch, .. } in batches {
            if matches!(fault, AppendFault::Unfounded(of) if of.contains_key(&school)) {
                self.is_bereft(&school, &fault.to_string());
            }
            for output in batch.outputs {
                let Output::Answer { to, mut answer, trace } = output else { continue };
                answer.outcome = Outcome::Faulted { message: message.clone() };
                if certain || self.asked.contains_key(&answer.command) {
                    self.answer_or_give_out(&school, Output::Answer { to, answer, trace });
                }
            }
            if let Some(engine) = self.engines.get_mut(&school) {
                engine.failed();
            }
        }
        self.outbox.flush_answers();
        self.ailments.storing = true;
        self.tell_ailments();
        self.health.send_modify(|h| h.journal = false);
        self.make_sure_after(fault).await;
        self.rebuild_failed().await;
        // It can read again; that it can store shows at the next commit, or sign of life.
        self.health.send_modify(|h| h.journal = self.unread.is_empty());
    }

    fn next_due(&self) -> Timestamp {
        self.engines.values().filter_map(Engine::next_due).min().unwrap_or(Timestamp::MAX)
    }

    /// Asks for the replays whose turn it is.
    fn ask_replays(&mut self, is_busy: bool) {
        if !self.connected {
            return;
        }
        let now = Instant::now();
        while let Some((school, of)) = self.outbox.asks.next(now, is_busy) {
            match self.engines.get_mut(&school).and_then(|engine| engine.ask_again(of)) {
                Some(from) => self.outbox.ask_replay(&school, of, from),
                // It was answered meanwhile, or is no longer heard.
                None => self.outbox.asks.done(&school, of),
            }
        }
    }
}

/// Gives out what does not wait for a commit, or is committed.
fn give_out<S: Service>(outbox: &mut Outbox, school: &SchoolId, outputs: impl IntoIterator<Item = Output>) {
    for output in outputs {
        match output {
            Output::Answer { to, answer, trace } => {
                told::answered(school, &answer, trace);
                outbox.answer(school, &to, *answer);
            }
            Output::AskReplay { of, .. } => outbox.asks.at_once(school, of),
            Output::Retain(retained) => outbox.retain(school, retained),
            Output::Trouble(trouble) => {
                metrics::counter!("homeward_troubles_total", "service" => S::NAME.as_str()).increment(1);
                tracing::error!(service = %S::NAME, %school, %trouble, "an operator must look");
            }
        }
    }
}

fn engine_school<S: Service>(engine: &Engine<S>) -> SchoolId {
    engine.chain().school.clone()
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// The name of an instance's client: `trips-1`.
pub fn instance_client(service: ServiceName, instance: u16) -> ClientId {
    ClientId::parse(&format!("{service}-{instance}"))
        .expect("a service's name and a number are a client's name")
}
