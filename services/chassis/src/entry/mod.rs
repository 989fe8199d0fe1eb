//! One entry of a journal, and the chain that binds it to all before it. Pure: no clock, no randomness, no database.
//!
//! Invariants:
//! - Numbers run from 1 without gaps, one sequence for each service and school.
//! - An entry's hash covers the hash before it and everything decided: see [`Entry::link`].
//! - Personal parts enter the chain only as a salted hash, so that they can be blanked and the chain still verifies.
//!
//! What it does not do: store anything (see [`crate::journal`]) or decide anything.
//!
//! `traceparent` stands outside the hash: it serves tracing, not truth.

mod personal;

use jiff::Timestamp;
use proto::envelope::{Actor, EventEnvelope, Hash, Source, SpecVersion};
use proto::ids::{SchoolId, TripId, derive_uuid};
use proto::topics::ServiceName;
use proto::trace::TraceId;
use serde_json::value::RawValue;
use uuid::Uuid;

pub use personal::{BadData, join, split};

/// A journalled event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The school it belongs to.
    pub school: SchoolId,
    /// The service that wrote it.
    pub service: ServiceName,
    /// Its number: from 1, without gaps.
    pub seq: u64,
    /// When it was recorded, to the millisecond.
    pub recorded_at: Timestamp,
    /// The event variant's name.
    pub kind: String,
    /// The event's fields as a JSON object, each `{"$personal": value}` replaced by `{"$personal": N}`.
    pub facts: String,
    /// The personal values, unless there are none or they were blanked.
    pub personal: Option<PersonalPart>,
    /// The salted hash of the personal values; outlives their blanking.
    pub personal_hash: Option<Hash>,
    /// The hash of the chain up to and with this entry.
    pub hash: Hash,
    /// The id of the command or event that caused it.
    pub cause: Uuid,
    /// The id of the first cause of all.
    pub correlation: Uuid,
    /// Who acted.
    pub actor: Actor,
    /// The trip it is about, if it is about one.
    pub trip: Option<TripId>,
    /// W3C trace context, where it does not follow from the correlation: as whoever asked brought it.
    pub traceparent: Option<String>,
}

/// The personal values of an entry.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalPart {
    /// A JSON array; the facts point into it by index.
    pub json: String,
    /// Random, so that a blanked name can't be guessed back from its hash.
    pub salt: [u8; 16],
}

impl std::fmt::Debug for PersonalPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonalPart(…)")
    }
}

/// An event that is to become an entry.
#[derive(Clone, Debug)]
pub struct Draft {
    /// When it is recorded; what is finer than a millisecond is cut off.
    pub recorded_at: Timestamp,
    /// The event variant's name.
    pub kind: String,
    /// The event's fields as a JSON object, with its personal values in place (as `proto::wire::split` gives it).
    pub data: String,
    /// The id of the command or event that caused it.
    pub cause: Uuid,
    /// The id of the first cause of all.
    pub correlation: Uuid,
    /// Who acted.
    pub actor: Actor,
    /// The trip it is about, if it is about one.
    pub trip: Option<TripId>,
    /// W3C trace context, if the cause had one; what is none is dropped.
    pub traceparent: Option<String>,
}

/// The head of a journal: what the next entry is chained to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// The service.
    pub service: ServiceName,
    /// The school.
    pub school: SchoolId,
    /// The journal's epoch: new when a journal is begun or restored.
    pub epoch: Uuid,
    /// The newest number; 0 while the journal is empty.
    pub seq: u64,
    /// The hash of the chain there.
    pub hash: Hash,
}

/// Where a chain does not hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the journal of {service} of {school} does not hold at number {seq}: {why}")]
pub struct BrokenLink {
    /// The service.
    pub service: ServiceName,
    /// The school.
    pub school: SchoolId,
    /// The number at which it breaks.
    pub seq: u64,
    /// In which way.
    pub why: Break,
}

/// In which way a chain does not hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Break {
    /// A number is missing, doubled or out of order.
    #[error("number {expected} should stand there")]
    Gap {
        /// The number that should follow.
        expected: u64,
    },
    /// The entry belongs to another journal.
    #[error("it belongs to another journal")]
    Stranger,
    /// The personal part is not what was hashed.
    #[error("its personal part was changed")]
    Personal,
    /// The entry, or the one before it, is not what was hashed.
    #[error("its hash does not match its content and the entry before it")]
    Hash,
    /// The stored row can't be read as an entry.
    #[error("it can't be read: {0}")]
    Unreadable(String),
}

impl Chain {
    /// A journal that is empty.
    pub fn empty(service: ServiceName, school: SchoolId, epoch: Uuid) -> Self {
        Self { service, school, epoch, seq: 0, hash: Hash::ZERO }
    }

    /// Makes the next entry and moves the head to it. The salt is random and used once.
    pub fn next(&mut self, draft: Draft, salt: [u8; 16]) -> Entry {
        let (facts, personal) = split(draft.data);
        let personal = personal.map(|json| PersonalPart { json, salt });
        let mut entry = Entry {
            school: self.school.clone(),
            service: self.service,
            seq: self.seq + 1,
            recorded_at: to_millisecond(draft.recorded_at),
            kind: draft.kind,
            facts,
            personal_hash: personal.as_ref().map(PersonalPart::hash),
            personal,
            hash: Hash::ZERO,
            cause: draft.cause,
            correlation: draft.correlation,
            actor: draft.actor,
            trip: draft.trip,
            traceparent: draft.traceparent.filter(|text| TraceId::of_traceparent(text).is_some()),
        };
        entry.hash = entry.link(self.hash);
        self.seq = entry.seq;
        self.hash = entry.hash;
        entry
    }

    /// Says whether the entry is the next one of this chain.
    pub fn verify(&self, entry: &Entry) -> Result<(), BrokenLink> {
        let broken =
            |why| BrokenLink { service: self.service, school: self.school.clone(), seq: entry.seq, why };
        if entry.service != self.service || entry.school != self.school {
            return Err(broken(Break::Stranger));
        }
        if entry.seq != self.seq + 1 {
            return Err(broken(Break::Gap { expected: self.seq + 1 }));
        }
        if entry.personal.as_ref().is_some_and(|part| Some(part.hash()) != entry.personal_hash) {
            return Err(broken(Break::Personal));
        }
        if entry.link(self.hash) != entry.hash {
            return Err(broken(Break::Hash));
        }
        Ok(())
    }

    /// Verifies the entry and moves the head to it.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), BrokenLink> {
        self.verify(entry)?;
        self.seq = entry.seq;
        self.hash = entry.hash;
        Ok(())
    }
}

impl PersonalPart {
    /// BLAKE3 of the salt and the JSON text.
    pub fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.salt).update(self.json.as_bytes());
        Hash(*hasher.finalize().as_bytes())
    }
}

/// The trace of what brought none: the first cause of all, which what time alone brings is itself.
pub fn trace_of(correlation: Uuid, cause: Uuid) -> Option<TraceId> {
    TraceId::of_cause(if correlation.is_nil() { cause } else { correlation })
}

impl Entry {
    /// The hash of this entry after the one before it: BLAKE3 of that hash, and of service, school, number, instant
    /// (milliseconds), kind, facts, personal hash, cause, correlation, actor and trip, each behind its length as
    /// eight bytes. Numbers are big-endian; what is absent has length 0. It must never change: old journals are
    /// chained by it.
    pub fn link(&self, before: Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before.0);
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
        };
        field(self.service.as_str().as_bytes());
        field(self.school.as_str().as_bytes());
        field(&self.seq.to_be_bytes());
        field(&self.recorded_at.as_millisecond().to_be_bytes());
        field(self.kind.as_bytes());
        field(self.facts.as_bytes());
        field(self.personal_hash.as_ref().map_or(&[][..], |hash| &hash.0));
        field(self.cause.as_bytes());
        field(self.correlation.as_bytes());
        field(self.actor.to_string().as_bytes());
        field(self.trip.as_ref().map_or(&[][..], |trip| trip.0.as_bytes()));
        Hash(*hasher.finalize().as_bytes())
    }

    /// The event's fields with the personal values in place, or blanked ones.
    pub fn data(&self) -> Result<String, BadData> {
        if self.personal_hash.is_none() {
            return Ok(self.facts.clone());
        }
        join(&self.facts, self.personal.as_ref().map(|part| part.json.as_str()))
    }

    /// The trace it belongs to: as it was given, or else the id of the first cause of all.
    pub fn trace(&self) -> Option<TraceId> {
        let given = self.traceparent.as_deref().and_then(TraceId::of_traceparent);
        given.or_else(|| trace_of(self.correlation, self.cause))
    }

    /// The trace context of what it leads to, as the event of that id.
    fn traceparent(&self, id: Uuid) -> Option<String> {
        self.traceparent.clone().or_else(|| Some(self.trace()?.traceparent(id)))
    }

    /// The entry as it travels. Fails only if the stored facts are no JSON, which a verified entry's never are.
    pub fn envelope(&self, epoch: Uuid) -> Result<EventEnvelope, BadData> {
        let label = format!("homeward/{}/{}", self.school, self.service);
        let id = derive_uuid(epoch, &label, self.seq);
        Ok(EventEnvelope {
            specversion: SpecVersion::V1,
            id,
            source: Source { school: self.school.clone(), service: self.service },
            kind: proto::wire::kind(self.service, &self.kind),
            time: self.recorded_at,
            sequence: self.seq,
            epoch,
            entryhash: self.hash,
            cause: self.cause,
            correlation: self.correlation,
            actor: self.actor.clone(),
            traceparent: self.traceparent(id),
            data: RawValue::from_string(self.data()?).map_err(|error| BadData::NotJson(error.to_string()))?,
        })
    }
}

impl Entry {
    /// The JSON of [`Entry::envelope`], written at once: most of what travels is written once and read elsewhere.
    pub fn envelope_json(&self, epoch: Uuid) -> Result<String, BadData> {
        use std::fmt::Write;
        let (school, service) = (&self.school, self.service);
        let id = derive_uuid(epoch, &format!("homeward/{school}/{service}"), self.seq);
        let mut json = String::with_capacity(640 + self.facts.len());
        // Names, ids, times and hashes have no character that JSON escapes; nor has a trace context.
        write!(
            json,
            r#"{{"specversion":"1.0","id":"{id}","source":"/homeward/{school}/{service}","type":"homeward.{service}.v1.{}","time":"{}","sequence":{},"epoch":"{epoch}","entryhash":"{}","cause":"{}","correlation":"{}","actor":"{}","#,
            self.kind, self.recorded_at, self.seq, self.hash, self.cause, self.correlation, self.actor
        )
        .expect("a String takes it");
        match (&self.traceparent, self.trace()) {
            (Some(given), _) => write!(json, r#""traceparent":"{given}","#),
            (None, Some(trace)) => {
                write!(json, r#""traceparent":"{}","#, trace.traceparent(id))
            }
            (None, None) => Ok(()),
        }
        .expect("a String takes it");
        json.push_str(r#""data":"#);
        match self.personal_hash {
            None => json.push_str(&self.facts),
            Some(_) => json.push_str(&self.data()?),
        }
        json.push('}');
        Ok(json)
    }
}

/// Cuts off what is finer than a millisecond: the journal keeps no more, and never rounds into the future.
fn to_millisecond(at: Timestamp) -> Timestamp {
    let over = at.as_nanosecond().rem_euclid(1_000_000);
    Timestamp::from_nanosecond(at.as_nanosecond() - over).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        Chain::empty(ServiceName::Checkins, "elmfield".parse().expect("slug"), Uuid::from_u128(7))
    }

    fn draft(data: &str) -> Draft {
        Draft {
            recorded_at: "2026-11-20T09:30:00.1239Z".parse().expect("time"),
            kind: "CheckedIn".into(),
            data: data.into(),
            cause: Uuid::from_u128(1),
            correlation: Uuid::from_u128(2),
            actor: Actor::Service(ServiceName::Gateway),
            trip: Some(TripId(Uuid::from_u128(3))),
            traceparent: None,
        }
    }

    #[test]
    fn entries_are_numbered_and_chained_and_the_chain_verifies() {
        let mut writer = chain();
        let mut reader = chain();
        for people in 1..=3 {
            let entry = writer.next(draft(&format!("{{\"people\":{people}}}")), [0; 16]);
            assert_eq!(entry.seq, people);
            assert_eq!(entry.recorded_at.to_string(), "2026-11-20T09:30:00.123Z");
            reader.follow(&entry).expect("holds");
        }
        assert_eq!(reader, writer);
    }

    /// Old journals are chained by this hash: it must never change.
    #[test]
    fn the_hash_of_an_entry_stays_what_it_was() {
        let entry = chain().next(draft(r#"{"people":2,"by":{"$personal":"Ada"}}"#), [9; 16]);
        let mut expected = Vec::from([0_u8; 32]);
        let personal = Hash::of(&[&[9; 16][..], br#"["Ada"]"#].concat());
        let millisecond = 1_795_167_000_123_i64.to_be_bytes();
        let [cause, correlation, trip] = [1, 2, 3].map(Uuid::from_u128);
        let fields: [&[u8]; 11] = [
            b"checkins",
            b"elmfield",
            &1_u64.to_be_bytes(),
            &millisecond,
            b"CheckedIn",
            br#"{"people":2,"by":{"$personal":0}}"#,
            &personal.0,
            cause.as_bytes(),
            correlation.as_bytes(),
            b"service:gateway",
            trip.as_bytes(),
        ];
        for field in fields {
            expected.extend((field.len() as u64).to_be_bytes());
            expected.extend(field);
        }
        assert_eq!(entry.hash, Hash::of(&expected));
    }

    #[test]
    fn whatever_is_changed_breaks_the_link() {
        let entry = chain().next(draft(r#"{"by":{"$personal":"Ada"}}"#), [9; 16]);
        let why = |change: &dyn Fn(&mut Entry)| {
            let mut changed = entry.clone();
            change(&mut changed);
            chain().verify(&changed).expect_err("broken").why
        };
        assert_eq!(why(&|e| e.facts = e.facts.replace("by", "my")), Break::Hash);
        assert_eq!(why(&|e| e.recorded_at += jiff::SignedDuration::from_millis(1)), Break::Hash);
        assert_eq!(why(&|e| e.trip = None), Break::Hash);
        assert_eq!(why(&|e| e.actor = Actor::Service(ServiceName::Board)), Break::Hash);
        assert_eq!(why(&|e| e.cause = Uuid::from_u128(99)), Break::Hash);
        assert_eq!(why(&|e| e.personal.as_mut().expect("there").json = "[\"Bob\"]".into()), Break::Personal);
        assert_eq!(why(&|e| e.personal_hash = None), Break::Personal);
        assert_eq!(why(&|e| e.seq = 2), Break::Gap { expected: 1 });
        assert_eq!(why(&|e| e.school = "other".parse().expect("slug")), Break::Stranger);
    }

    #[test]
    fn a_blanked_entry_still_verifies_and_reads_as_blanked() {
        let mut entry = chain().next(draft(r#"{"by":{"$personal":"Ada"}}"#), [9; 16]);
        assert_eq!(entry.data().expect("joins"), r#"{"by":{"$personal":"Ada"}}"#);
        entry.personal = None;
        chain().verify(&entry).expect("holds");
        assert_eq!(entry.data().expect("joins"), r#"{"by":{"$personal":null}}"#);
    }

    #[test]
    fn an_envelope_says_which_entry_of_which_epoch_it_is() {
        let entry = chain().next(draft("{\"people\":2}"), [0; 16]);
        let envelope = entry.envelope(Uuid::from_u128(7)).expect("an envelope");
        assert_eq!(envelope.id, derive_uuid(Uuid::from_u128(7), "homeward/elmfield/checkins", 1));
        assert_ne!(envelope.id, entry.envelope(Uuid::from_u128(8)).expect("an envelope").id);
        assert_eq!(envelope.kind, "homeward.checkins.v1.CheckedIn");
        assert_eq!((envelope.sequence, envelope.entryhash), (1, entry.hash));
        assert_eq!(envelope.data.get(), "{\"people\":2}");
    }

    #[test]
    fn an_envelope_written_at_once_is_the_same() {
        let mut plain = chain();
        let mut entries = vec![plain.next(draft("{\"people\":2}"), [0; 16])];
        entries.push(plain.next(draft(r#"{"by":{"$personal":"Ada \"x\""},"note":"é\\n"}"#), [9; 16]));
        let mut blanked = entries[1].clone();
        blanked.personal = None;
        let traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
        entries.push(Entry { traceparent: Some(traced), trip: None, ..blanked });
        for actor in ["person:018f2f6e-3c1a-7c3e-9d3a-3b1f6c2d4e5f", "client:board-1"] {
            entries.push(Entry { actor: actor.parse().expect("an actor"), ..entries[0].clone() });
        }
        for entry in entries {
            let epoch = Uuid::from_u128(7);
            let expected = serde_json::to_string(&entry.envelope(epoch).expect("an envelope")).expect("JSON");
            assert_eq!(entry.envelope_json(epoch).expect("JSON"), expected);
        }
    }

    #[test]
    fn a_trace_context_that_is_none_is_not_kept() {
        let kept = |text: &str| {
            chain().next(Draft { traceparent: Some(text.into()), ..draft("{}") }, [0; 16]).traceparent
        };
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(kept(good).as_deref(), Some(good));
        assert_eq!(kept(&good.replace("00f0", "00 f")), None);
        assert_eq!(kept(&good[1..]), None);
    }

    /// What brought no trace context travels with one all the same: the first cause is its trace, whichever service it comes to.
    #[test]
    fn an_event_travels_with_the_trace_of_its_first_cause() {
        let epoch = Uuid::from_u128(7);
        let traced = |draft: Draft| {
            let envelope = chain().next(draft, [0; 16]).envelope(epoch).expect("an envelope");
            envelope.traceparent.expect("a trace context")
        };
        let (cause, correlation) = (Uuid::from_u128(0xca), Uuid::from_u128(0xc0));
        let asked = traced(Draft { cause, correlation, ..draft("{}") });
        assert_eq!(TraceId::of_traceparent(&asked), TraceId::of_cause(correlation));
        let due = traced(Draft { cause, correlation: Uuid::nil(), ..draft("{}") });
        assert_eq!(TraceId::of_traceparent(&due), TraceId::of_cause(cause));
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(traced(Draft { traceparent: Some(given.into()), ..draft("{}") }), given);
    }

    #[test]
    fn debug_never_shows_the_personal_part() {
        let entry = chain().next(draft(r#"{"by":{"$personal":"Ada"}}"#), [9; 16]);
        assert!(!format!("{entry:?}").contains("Ada"));
    }
}
