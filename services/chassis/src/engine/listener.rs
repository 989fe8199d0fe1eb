//! Hearing producers in order, without gaps: a cursor for each, replays asked for where numbers are missing.
//!
//! Sans-I/O. Used by every engine and by the board's view. Its invariant: what it delivers of a producer has the
//! numbers 1, 2, 3, … of one epoch, each once. Where epoch or hash don't match (a restored back-up, a promoted replica
//! that lost entries) it stops hearing that producer and says so, rather than taking new numbers for old ones.
//!
//! Whoever lost entries may have written as many others before anybody looks. So what is asked for begins with the last entry
//! that was heard: it must come back as the same one.

use std::collections::BTreeMap;

use proto::envelope::{EventEnvelope, Hash, Head, ReplayPage};
use proto::topics::ServiceName;
use uuid::Uuid;

/// How far a producer has been heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The producer's epoch; none before the first event or head.
    pub epoch: Option<Uuid>,
    /// The last number heard.
    pub seq: u64,
    /// The chain's hash there.
    pub hash: Hash,
}

impl Heard {
    /// Nothing heard yet.
    pub const NOTHING: Self = Self { epoch: None, seq: 0, hash: Hash::ZERO };
}

/// What to do with an envelope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is the next one: take it.
    Next,
    /// It was heard before, or its producer isn't heard, or no longer.
    Known,
    /// Numbers are missing before it: ask for a replay from this number on.
    Gap(u64),
}

/// A producer's journal is not the one that was heard before.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the journal of {producer} is not the one heard before: {why}")]
pub struct Divergence {
    /// The producer.
    pub producer: ServiceName,
    /// What does not match.
    pub why: String,
}

#[derive(Clone, Debug)]
struct Producer {
    heard: Heard,
    /// The newest head told since the connection stands; a replay page tells it too.
    told_head: Option<u64>,
    /// A replay from this number was asked for and has not been answered.
    asked: Option<u64>,
    /// What was heard last when it was asked: that entry is to come again, the same.
    anchor: Option<(u64, Hash)>,
    /// It is known to be away, and has not shown since that it is there.
    away: bool,
    stopped: bool,
}

/// Hears a set of producers of one school.
#[derive(Clone, Debug)]
pub struct Listener {
    producers: BTreeMap<ServiceName, Producer>,
}

impl Listener {
    /// Hears these producers from where each cursor stands.
    pub fn new(cursors: impl IntoIterator<Item = (ServiceName, Heard)>) -> Self {
        let producer = |heard| Producer {
            heard,
            told_head: None,
            asked: None,
            anchor: None,
            away: false,
            stopped: false,
        };
        Self { producers: cursors.into_iter().map(|(name, heard)| (name, producer(heard))).collect() }
    }

    /// How far a producer has been heard.
    pub fn heard(&self, producer: ServiceName) -> Option<Heard> {
        self.producers.get(&producer).map(|p| p.heard)
    }

    /// A new connection: nothing that was told or asked before counts. Everyone is asked for what follows; the answer
    /// shows that the producer is there too.
    pub fn connected(&mut self) -> Vec<(ServiceName, u64)> {
        self.producers
            .iter_mut()
            .filter(|(_, p)| !p.stopped)
            .map(|(name, p)| {
                p.told_head = None;
                (*name, p.ask_anew())
            })
            .collect()
    }

    /// Looks at an envelope; a `Gap` is told once until it is answered.
    pub fn look(&mut self, envelope: &EventEnvelope) -> Result<Verdict, Divergence> {
        let name = envelope.source.service;
        let Some(producer) = self.producers.get_mut(&name).filter(|p| !p.stopped) else {
            return Ok(Verdict::Known);
        };
        producer.same_epoch(name, envelope.epoch)?;
        producer.same_anchor(name, envelope)?;
        if envelope.sequence < producer.heard.seq {
            return Ok(Verdict::Known);
        }
        if envelope.sequence == producer.heard.seq {
            return producer.same_hash(name, envelope.entryhash).map(|()| Verdict::Known);
        }
        if envelope.sequence == producer.heard.seq + 1 {
            return Ok(Verdict::Next);
        }
        Ok(producer.ask().map_or(Verdict::Known, Verdict::Gap))
    }

    /// Moves the cursor to an envelope that was `Next`.
    pub fn took(&mut self, envelope: &EventEnvelope) {
        if let Some(producer) = self.producers.get_mut(&envelope.source.service) {
            producer.heard =
                Heard { epoch: Some(envelope.epoch), seq: envelope.sequence, hash: envelope.entryhash };
            producer.look_whether_it_is_back();
        }
    }

    /// A head was announced: the number to ask a replay from, if some are missing.
    pub fn head(
        &mut self,
        name: ServiceName,
        head: &Head,
        retained: bool,
    ) -> Result<Option<u64>, Divergence> {
        let Some(producer) = self.producers.get_mut(&name).filter(|p| !p.stopped) else { return Ok(None) };
        if retained && producer.heard.epoch.is_some_and(|known| known != head.epoch) {
            // It may be older than what its producer has by now (a broker keeps it): the page that answers tells.
            return Ok(producer.ask());
        }
        producer.same_epoch(name, head.epoch)?;
        if head.sequence < producer.heard.seq && !retained {
            // Overtaken on its way by events, or a journal that lost entries: the page that answers tells which.
            return Ok(producer.ask());
        }
        if head.sequence == producer.heard.seq {
            producer.same_hash(name, head.hash)?;
        }
        if !retained {
            producer.told_head = Some(head.sequence.max(producer.told_head.unwrap_or(0)));
            producer.look_whether_it_is_back();
        }
        Ok(if head.sequence > producer.heard.seq { producer.ask() } else { None })
    }

    /// A replay page was taken whole (its events went through [`Listener::look`]): the next number to ask for, if more follow.
    /// One page is asked for at a time, however often it is asked again.
    pub fn page(&mut self, page: &ReplayPage) -> Result<Option<u64>, Divergence> {
        let name = page.source.service;
        let Some(producer) = self.producers.get_mut(&name).filter(|p| !p.stopped) else { return Ok(None) };
        if name != ServiceName::Board {
            producer.same_epoch(name, page.epoch)?;
        }
        let from_here = page.from > producer.heard.seq
            || producer.anchor.is_some_and(|(seq, _)| seq == producer.heard.seq && page.from == seq);
        if page.head < producer.heard.seq && from_here {
            return Err(
                producer.stop(name, format!("it ends at {}, {} were heard", page.head, producer.heard.seq))
            );
        }
        let head = page.head.max(producer.told_head.unwrap_or(0));
        producer.told_head = Some(head);
        producer.look_whether_it_is_back();
        // The second answer to what was asked twice: the page that follows is on its way already.
        if producer.asked.is_some_and(|asked| asked != page.from) {
            return Ok(None);
        }
        producer.asked = None;
        producer.anchor = None;
        Ok(if head > producer.heard.seq { producer.ask_on() } else { None })
    }

    /// A producer is away, as its last will says, or came back. It may be one of several instances: who is asked for a
    /// replay shows whether anybody is there. Until then it counts as away. Says the number to ask from.
    pub fn told_of(&mut self, name: ServiceName, up: bool) -> Option<u64> {
        let producer = self.producers.get_mut(&name).filter(|p| !p.stopped)?;
        if !up {
            producer.away = true;
            producer.told_head = None;
        }
        producer.away.then(|| producer.ask_anew())
    }

    /// Whether a producer is away: nothing was heard of it since that was told.
    pub fn is_anybody_away(&self) -> bool {
        self.producers.values().any(|p| p.away && !p.stopped)
    }

    /// The number from which that producer is to be asked, as long as an answer is open. What was asked before may have been lost on the way.
    pub fn ask_again(&mut self, name: ServiceName) -> Option<u64> {
        let producer = self.producers.get_mut(&name).filter(|p| !p.stopped && p.asked.is_some())?;
        let from = producer.anchor.map_or(producer.heard.seq + 1, |(seq, _)| seq);
        producer.asked = Some(from);
        Some(from)
    }

    /// Whether an answer of that producer is open.
    pub fn is_asking(&self, name: ServiceName) -> bool {
        self.producers.get(&name).is_some_and(|p| !p.stopped && p.asked.is_some())
    }

    /// Whether each producer has told its head since the connection stands, and has been heard up to it.
    pub fn caught_up(&self) -> bool {
        self.producers.values().all(|p| p.stopped || p.told_head.is_some_and(|head| p.heard.seq >= head))
    }

    /// The producers that are no longer heard.
    pub fn stopped(&self) -> impl Iterator<Item = ServiceName> + '_ {
        self.producers.iter().filter(|(_, p)| p.stopped).map(|(name, _)| *name)
    }
}

impl Producer {
    /// Asks for what follows, from the last entry that was heard on, unless it was asked for.
    fn ask(&mut self) -> Option<u64> {
        if self.asked.is_some() {
            return None;
        }
        Some(self.ask_anew())
    }

    fn ask_anew(&mut self) -> u64 {
        self.anchor = (self.heard.seq > 0).then_some((self.heard.seq, self.heard.hash));
        let from = self.heard.seq.max(1);
        self.asked = Some(from);
        from
    }

    /// Asks for the page after one that fitted.
    fn ask_on(&mut self) -> Option<u64> {
        let from = self.heard.seq + 1;
        self.asked = Some(from);
        Some(from)
    }

    /// The entry heard last before we asked is to come again as it was.
    fn same_anchor(&mut self, name: ServiceName, envelope: &EventEnvelope) -> Result<(), Divergence> {
        match self.anchor {
            Some((seq, hash)) if seq == envelope.sequence && hash != envelope.entryhash => {
                Err(self.stop(name, format!("another entry stands at number {seq}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// It is back once all that it told since has been heard.
    fn look_whether_it_is_back(&mut self) {
        if self.told_head.is_some_and(|head| self.heard.seq >= head) {
            self.away = false;
        }
    }

    fn same_epoch(&mut self, name: ServiceName, epoch: Uuid) -> Result<(), Divergence> {
        match self.heard.epoch {
            Some(known) if known != epoch => {
                Err(self.stop(name, format!("epoch {epoch} instead of {known}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn same_hash(&mut self, name: ServiceName, hash: Hash) -> Result<(), Divergence> {
        if self.heard.seq == 0 || self.heard.hash == hash {
            return Ok(());
        }
        Err(self.stop(name, format!("another entry stands at number {}", self.heard.seq)))
    }

    fn stop(&mut self, producer: ServiceName, why: String) -> Divergence {
        self.stopped = true;
        Divergence { producer, why }
    }
}
