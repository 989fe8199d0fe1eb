//! How an entry and a cursor stand in a row.

use jiff::Timestamp;
use proto::envelope::Hash;
use proto::ids::{SchoolId, TripId};
use proto::topics::ServiceName;
use uuid::Uuid;

use super::Cursor;
use crate::entry::{Break, BrokenLink, Entry, PersonalPart};

/// The columns of an entry behind service and school, in the order in which they are bound and read.
pub(super) const COLUMNS: &str = "seq, at_ms, kind, facts, personal, salt, personal_hash, hash, cause, correlation, \
                                  actor, trip, traceparent";

/// How many values are bound for an entry.
pub(super) const COLUMN_COUNT: usize = 15;

/// An entry as it was read; what can't be right is found by [`Raw::entry`].
pub(super) struct Raw<'r> {
    pub(super) seq: i64,
    pub(super) at_ms: i64,
    pub(super) kind: String,
    pub(super) facts: String,
    pub(super) personal: Option<String>,
    pub(super) salt: Option<&'r [u8]>,
    pub(super) personal_hash: Option<&'r [u8]>,
    pub(super) hash: &'r [u8],
    pub(super) cause: &'r [u8],
    pub(super) correlation: &'r [u8],
    pub(super) actor: &'r str,
    pub(super) trip: Option<&'r [u8]>,
    pub(super) traceparent: Option<String>,
}

impl Raw<'_> {
    pub(super) fn entry(self, service: ServiceName, school: &SchoolId) -> Result<Entry, BrokenLink> {
        let seq = self.seq.cast_unsigned();
        self.parse(service, school).map_err(|what| BrokenLink {
            service,
            school: school.clone(),
            seq,
            why: Break::Unreadable(what.to_owned()),
        })
    }

    fn parse(self, service: ServiceName, school: &SchoolId) -> Result<Entry, &'static str> {
        let personal = match (self.personal, self.salt) {
            (Some(json), Some(salt)) => Some(PersonalPart { json, salt: sized(salt, "its salt")? }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err("its personal part and salt are not both there"),
        };
        Ok(Entry {
            school: school.clone(),
            service,
            seq: self.seq.cast_unsigned(),
            recorded_at: timestamp(self.at_ms)?,
            kind: self.kind,
            facts: self.facts,
            personal,
            personal_hash: self
                .personal_hash
                .map(|bytes| sized(bytes, "its personal hash").map(Hash))
                .transpose()?,
            hash: Hash(sized(self.hash, "its hash")?),
            cause: Uuid::from_bytes(sized(self.cause, "its cause")?),
            correlation: Uuid::from_bytes(sized(self.correlation, "its correlation")?),
            actor: self.actor.parse().map_err(|_| "its actor")?,
            trip: self
                .trip
                .map(|bytes| sized(bytes, "its trip").map(|id| TripId(Uuid::from_bytes(id))))
                .transpose()?,
            traceparent: self.traceparent,
        })
    }
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
