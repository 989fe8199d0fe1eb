//! One service: its engine, and the journal that outlives it.

use std::rc::Rc;
use std::sync::Arc;

use chassis::engine::{AskedBy, Engine, Output};
use chassis::entry::{Chain, Entry};
use chassis::journal::Cursor;
use chassis::school::School;
use decider::Service;
use jiff::Timestamp;
use proto::envelope::{CommandEnvelope, EventEnvelope, Head, MAX_BATCH_EVENTS, ReplayPage, Source};
use proto::topics::ServiceName;
use uuid::Uuid;

use crate::dice::Dice;

/// What a service takes in.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Events(Rc<Vec<EventEnvelope>>),
    Head(ServiceName, Head, bool),
    Page(Rc<ReplayPage>),
    /// How a producer is: by itself, or by its last will.
    Health(ServiceName, bool),
    Command(AskedBy, Rc<CommandEnvelope>),
}

/// How a commit goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Stored,
    /// The process dies, or the store fails, before it is stored.
    Lost,
    /// It is stored, but nobody learns of it.
    StoredUnknown,
}

/// What was committed.
pub(crate) struct Committed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) outputs: Vec<Output>,
}

/// A service with its journal.
pub(crate) struct ServiceNode<S: Service> {
    school: Arc<School>,
    pub(crate) epoch: Uuid,
    pub(crate) journal: Vec<Entry>,
    pub(crate) cursors: Vec<Cursor>,
    /// Every committed event as it was decided: never written and read again.
    pub(crate) events: Vec<S::Event>,
    /// The state of a service that never stopped: evolved with what was committed, never rebuilt.
    pub(crate) state: S::State,
    /// None while the process is down.
    engine: Option<Engine<S>>,
    /// What one of the starts wrote down, and the head it stood at.
    snapshot: Option<(Head, Vec<u8>)>,
    dice: Dice,
    pub(crate) rebuilt: u64,
}

impl<S: Service> ServiceNode<S> {
    pub(crate) fn new(school: &Arc<School>, dice: &mut Dice, now: Timestamp) -> Self {
        let mut node = Self {
            school: Arc::clone(school),
            epoch: dice.uuid(),
            journal: Vec::new(),
            cursors: Vec::new(),
            events: Vec::new(),
            state: S::State::default(),
            engine: None,
            snapshot: None,
            dice: dice.split(),
            rebuilt: 0,
        };
        node.start(now).expect("an empty journal can be read");
        node
    }

    /// Starts the process: its state is read from the journal, and must be that of one that never stopped.
    pub(crate) fn start(&mut self, alive_until: Timestamp) -> Result<(), String> {
        let whole = self.rebuild(alive_until, None)?;
        if *whole.state() != self.state {
            return Err(format!("{} restarted with another state than one that never stopped", S::NAME));
        }
        let snapshot = self.snapshot.take();
        let engine = self.rebuild(alive_until, snapshot.as_ref())?;
        self.snapshot = snapshot;
        let frozen = |engine: &Engine<S>| engine.freeze().map_err(|bad| bad.to_string());
        if *engine.state() != self.state || frozen(&engine)? != frozen(&whole)? {
            return Err(format!(
                "{} restarted from a snapshot with another state, or memory of commands",
                S::NAME
            ));
        }
        self.rebuilt += 1;
        if self.rebuilt.is_multiple_of(2) {
            self.snapshot = Some((self.head(alive_until), frozen(&whole)?));
        }
        self.engine = Some(engine);
        Ok(())
    }

    /// Reads the journal: from a snapshot on, if there is one.
    fn rebuild(
        &mut self,
        alive_until: Timestamp,
        snapshot: Option<&(Head, Vec<u8>)>,
    ) -> Result<Engine<S>, String> {
        let mut salts = self.dice.split();
        let salts = Box::new(move || salts.salt());
        let school = Arc::clone(&self.school);
        let mut engine = Engine::<S>::rebuild(school, self.empty_chain(), &self.cursors, alive_until, salts);
        if let Some((head, bytes)) = snapshot {
            engine.thaw(head.sequence, head.hash, bytes).map_err(|bad| bad.to_string())?;
        }
        for entry in self.journal.iter().skip(engine.chain().seq as usize) {
            engine.replay(entry).map_err(|trouble| trouble.to_string())?;
        }
        Ok(engine)
    }

    pub(crate) fn empty_chain(&self) -> Chain {
        Chain::empty(S::NAME, self.school.id.clone(), self.epoch)
    }

    /// The process is gone.
    pub(crate) fn kill(&mut self) {
        self.engine = None;
    }

    pub(crate) fn engine(&mut self) -> Option<&mut Engine<S>> {
        self.engine.as_mut()
    }

    pub(crate) fn hears(&self, producer: ServiceName) -> bool {
        S::HEARS.contains(&producer)
    }

    pub(crate) fn take(&mut self, input: &Input, now: Timestamp) -> Vec<Output> {
        let Some(engine) = &mut self.engine else { return Vec::new() };
        match input {
            Input::Events(events) => engine.hear(events, now),
            Input::Head(of, head, retained) => engine.hear_head(*of, head, *retained),
            Input::Page(page) => engine.hear_page(page, now),
            Input::Health(of, up) => engine.told_of(*of, *up, now),
            Input::Command(by, envelope) => {
                engine.command(by, envelope, now);
                Vec::new()
            }
        }
    }

    /// Judges what is due, as the shell does before each commit.
    pub(crate) fn judge(&mut self, now: Timestamp) -> Vec<Output> {
        match &mut self.engine {
            Some(engine) if engine.next_due().is_some_and(|due| due <= now) => engine.tick(now),
            Some(_) | None => Vec::new(),
        }
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.engine.as_ref().and_then(Engine::next_due)
    }

    pub(crate) fn may_judge(&self, now: Timestamp) -> bool {
        self.engine.as_ref().is_some_and(|engine| engine.may_judge(now))
    }

    pub(crate) fn has_batch(&self) -> bool {
        self.engine.as_ref().is_some_and(Engine::has_batch)
    }

    pub(crate) fn has_moved_cursors(&self) -> bool {
        self.engine.as_ref().is_some_and(Engine::has_moved_cursors)
    }

    /// Commits the open batch, or fails to: then the engine is gone, and must be started again.
    pub(crate) fn commit(&mut self, fate: Fate) -> Committed {
        let nothing = Committed { entries: Vec::new(), outputs: Vec::new() };
        let Some(engine) = &mut self.engine else { return nothing };
        let batch = engine.close_batch();
        if fate == Fate::Lost {
            engine.failed();
            self.engine = None;
            return nothing;
        }
        assert_eq!(batch.after, self.journal.len() as u64, "a batch follows the head of its journal");
        self.journal.extend(batch.entries.iter().cloned());
        if !batch.cursors.is_empty() {
            self.cursors = batch.cursors;
        }
        for recorded in batch.events {
            S::evolve(&mut self.state, &recorded.event);
            self.events.push(recorded.event);
        }
        if fate == Fate::StoredUnknown {
            engine.failed();
            self.engine = None;
            return nothing;
        }
        engine.committed();
        Committed { entries: batch.entries, outputs: batch.outputs }
    }

    pub(crate) fn head(&self, now: Timestamp) -> Head {
        let last = self.journal.last();
        Head {
            epoch: self.epoch,
            sequence: self.journal.len() as u64,
            hash: last.map_or(proto::envelope::Hash::ZERO, |entry| entry.hash),
            at: now,
            blankings: 0,
        }
    }

    /// A page of the journal, as the shell answers a replay.
    pub(crate) fn page(&self, from: u64, most: usize) -> ReplayPage {
        let first = from.max(1) as usize - 1;
        let entries = self.journal.iter().skip(first).take(most.min(MAX_BATCH_EVENTS));
        ReplayPage {
            source: Source { school: self.school.id.clone(), service: S::NAME },
            epoch: self.epoch,
            from,
            head: self.journal.len() as u64,
            events: entries.map(|entry| self.envelope(entry)).collect(),
        }
    }

    pub(crate) fn envelope(&self, entry: &Entry) -> EventEnvelope {
        entry.envelope(self.epoch).expect("an entry of ours can be written")
    }
}
