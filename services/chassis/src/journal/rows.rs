//! How an entry and a cursor stand in a row.
//!
//! What a person may want to look for stands in columns (kind, facts); all else is sealed into one line of text, because
//! each further value costs more, at a million rows, than its content. The personal part is one value too, its salt
//! first, so that blanking is setting it to NULL. No column holds a control character: a page of rows can be joined.

use std::fmt::Write;

use jiff::Timestamp;
use proto::envelope::Hash;
use proto::ids::{SchoolId, TripId};
use proto::topics::ServiceName;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};
use uuid::Uuid;

use super::Cursor;
use crate::entry::{Break, BrokenLink, Entry, PersonalPart};

/// The columns of an entry behind service and school, in the order in which they are bound and read.
pub(super) const COLUMNS: &str = "seq, kind, facts, personal, sealed";

/// How many values are bound for an entry.
pub(super) const COLUMN_COUNT: usize = 7;

/// The columns of a cursor, in the order in which they are bound.
pub(super) const CURSOR_COLUMNS: &str = "service, school, producer, listener_version, epoch, seq, hash";

/// Behind the insertion of a cursor into the table `old`: within an epoch it only moves forwards.
pub(super) const CURSOR_MOVES: &str = "ON CONFLICT (service, school, producer, listener_version)
    DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, hash = excluded.hash
    WHERE old.epoch <> excluded.epoch OR old.seq < excluded.seq";

/// What stands for something absent.
const NONE: &str = "-";

/// What has no column of its own, with spaces between: instant (milliseconds), hash, cause, correlation, trip, personal
/// hash, actor, trace context; `-` for what is absent. Hashes and ids are plain hexadecimal.
pub(super) fn seal(entry: &Entry) -> String {
    let mut line = String::with_capacity(320);
    write!(line, "{} {} ", entry.recorded_at.as_millisecond(), entry.hash).expect("a String takes it");
    line.push_str(entry.cause.simple().encode_lower(&mut Uuid::encode_buffer()));
    line.push(' ');
    line.push_str(entry.correlation.simple().encode_lower(&mut Uuid::encode_buffer()));
    line.push(' ');
    match entry.trip {
        Some(trip) => line.push_str(trip.0.simple().encode_lower(&mut Uuid::encode_buffer())),
        None => line.push_str(NONE),
    }
    line.push(' ');
    match entry.personal_hash {
        Some(hash) => write!(line, "{hash}").expect("a String takes it"),
        None => line.push_str(NONE),
    }
    let trace = entry.traceparent.as_deref().unwrap_or(NONE);
    write!(line, " {} {trace}", entry.actor).expect("a String takes it");
    line
}

/// The personal part: its salt in hexadecimal, then its JSON.
pub(super) fn pack(part: &PersonalPart) -> String {
    format!("{:032x}{}", u128::from_be_bytes(part.salt), part.json)
}

/// An entry as it was read.
pub(super) struct Raw<'r> {
    pub(super) seq: u64,
    pub(super) kind: &'r str,
    pub(super) facts: &'r str,
    pub(super) personal: Option<&'r str>,
    pub(super) sealed: &'r str,
}

impl Raw<'_> {
    pub(super) fn entry(self, service: ServiceName, school: &SchoolId) -> Result<Entry, BrokenLink> {
        let seq = self.seq;
        self.unpack(service, school).map_err(|what| BrokenLink {
            service,
            school: school.clone(),
            seq,
            why: Break::Unreadable(what.to_owned()),
        })
    }

    fn unpack(self, service: ServiceName, school: &SchoolId) -> Result<Entry, &'static str> {
        let mut sealed = self.sealed.split(' ');
        let mut next = || sealed.next().ok_or("it is cut short");
        Ok(Entry {
            school: school.clone(),
            service,
            seq: self.seq,
            kind: self.kind.to_owned(),
            facts: self.facts.to_owned(),
            personal: self.personal.map(personal).transpose()?,
            recorded_at: timestamp(next()?.parse().map_err(|_| "its instant")?)?,
            hash: hash(next()?)?,
            cause: id(next()?)?,
            correlation: id(next()?)?,
            trip: present(next()?).map(id).transpose()?.map(TripId),
            personal_hash: present(next()?).map(hash).transpose()?,
            actor: next()?.parse().map_err(|_| "its actor")?,
            traceparent: present(next()?).map(str::to_owned),
        })
    }
}

fn present(field: &str) -> Option<&str> {
    (field != NONE).then_some(field)
}

pub(super) fn hash(field: &str) -> Result<Hash, &'static str> {
    blake3::Hash::from_hex(field).map(|hash| Hash(*hash.as_bytes())).map_err(|_| "a hash of it")
}

fn id(field: &str) -> Result<Uuid, &'static str> {
    Uuid::try_parse(field).map_err(|_| "an id of it")
}

fn personal(packed: &str) -> Result<PersonalPart, &'static str> {
    let (salt, json) = packed.split_at_checked(32).ok_or("its personal part is cut short")?;
    let salt = u128::from_str_radix(salt, 16).map_err(|_| "its salt")?.to_be_bytes();
    Ok(PersonalPart { json: json.to_owned(), salt })
}

/// Fixed-size bytes from a row.
pub(super) fn sized<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], &'static str> {
    bytes.try_into().map_err(|_| what)
}

/// An instant from a row.
pub(super) fn timestamp(ms: i64) -> Result<Timestamp, &'static str> {
    Timestamp::from_millisecond(ms).map_err(|_| "its instant")
}

/// A row that is no row of ours: the database was changed by another hand.
pub(super) fn strange(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// A cursor from its columns.
pub(super) fn cursor(
    (producer, version, epoch, seq, hash): (String, i64, Vec<u8>, i64, Vec<u8>),
) -> Result<Cursor, sqlx::Error> {
    Ok(Cursor {
        producer: producer.parse().map_err(strange)?,
        listener_version: u32::try_from(version).map_err(strange)?,
        epoch: Uuid::from_bytes(sized(&epoch, "a cursor's epoch").map_err(strange)?),
        seq: seq.cast_unsigned(),
        hash: Hash(sized(&hash, "a cursor's hash").map_err(strange)?),
    })
}

/// The first characters of a text.
pub(super) fn clipped(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// What each step of the tables is called, in the order in which they came.
const STEPS: [&str; 2] = ["journal", "blanking"];

/// The steps that make the tables.
pub(super) fn migrations(texts: [&'static str; STEPS.len()]) -> Vec<Migration> {
    let steps = (1..).zip(STEPS).zip(texts).map(|((number, name), text)| {
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    steps.collect()
}
