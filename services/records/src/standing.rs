//! Whether an entry's personal part is due to be erased: pure, from the entry, the facts and the time.

use chassis::entry::Entry;
use decider::policy::retention::Record;
use jiff::Timestamp;
use proto::ids::{ArrangementId, CaseId, HoldId, IncidentId, PersonId, RecordingId, TripId};
use proto::v1::safeguarding::Held;
use serde_json::Value;
use uuid::Uuid;

use crate::facts::{Facts, Over};

/// Why an entry is not erased, whatever its time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HeldBy {
    /// Its trip isn't closed.
    OpenTrip(TripId),
    /// Its incident, or one of its trip, isn't closed.
    OpenIncident(IncidentId),
    /// Its alert, or one of its trip, isn't resolved.
    OpenCase(CaseId),
    /// The arrangement goes on.
    Arrangement(ArrangementId),
    /// The phone wasn't given back.
    Pouch,
    /// The recordings aren't off the phone.
    Recordings(RecordingId),
    /// Somebody who works here.
    Here(PersonId),
    /// A person holds it: a court, the police, an inquiry asked for it.
    Hold(HoldId),
}

impl std::fmt::Display for HeldBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OpenTrip(_) => "its trip is not closed",
            Self::OpenIncident(_) => "a safeguarding incident is not closed",
            Self::OpenCase(_) => "an alert is not resolved",
            Self::Arrangement(_) => "the arrangement goes on",
            Self::Pouch => "the phone was not given back",
            Self::Recordings(_) => "the recordings are not off the phone",
            Self::Here(_) => "whoever it is works here",
            Self::Hold(_) => "the records are held",
        })
    }
}

/// How an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// To be erased since then.
    Due(Timestamp),
    /// To be erased then.
    Until(Timestamp),
    /// Not to be erased while that is so.
    Held(HeldBy),
}

/// What an entry is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct About {
    /// Every id in its facts, each with the field that it stands in.
    ids: Vec<(String, Uuid)>,
    pouch: Option<(jiff::civil::Date, u16)>,
}

impl About {
    /// Reads an entry's facts.
    pub fn of(entry: &Entry) -> Self {
        let mut about = Self::default();
        let facts: Value = serde_json::from_str(&entry.facts).unwrap_or_default();
        about.walk("", &facts);
        about.ids.extend(entry.trip.map(|trip| ("trip".to_owned(), trip.0)));
        let day = facts.get("day").and_then(Value::as_str).and_then(|day| day.parse().ok());
        let pouch = facts.get("pouch").and_then(Value::as_u64).and_then(|pouch| u16::try_from(pouch).ok());
        about.pouch = day.zip(pouch);
        about
    }

    fn walk(&mut self, field: &str, value: &Value) {
        match value {
            Value::String(text) => self.ids.extend(text.parse().ok().map(|id| (field.to_owned(), id))),
            Value::Array(values) => values.iter().for_each(|value| self.walk(field, value)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.walk(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The ids that stand in a field of that name.
    pub fn named<'a>(&'a self, field: &'a str) -> impl Iterator<Item = Uuid> + 'a {
        self.ids.iter().filter(move |(name, _)| name == field).map(|(_, id)| *id)
    }

    /// The fields in which an id stands.
    pub fn fields_of(&self, id: Uuid) -> impl Iterator<Item = &str> {
        self.ids.iter().filter(move |(_, found)| *found == id).map(|(name, _)| name.as_str())
    }

    /// Whether it names that id anywhere.
    pub fn names(&self, id: Uuid) -> bool {
        self.fields_of(id).next().is_some()
    }
}

/// How an entry stands now.
pub fn standing(facts: &Facts, record: Record, entry: &Entry, about: &About, now: Timestamp) -> Standing {
    let since = match runs_since(facts, record, entry, about, now) {
        Ok(since) => since,
        Err(held) => return Standing::Held(held),
    };
    let until = since.saturating_add(facts.kept_for(record)).unwrap_or(Timestamp::MAX);
    if until <= now { Standing::Due(until) } else { Standing::Until(until) }
}

/// Since when its time runs, or what keeps it from running.
pub fn runs_since(
    facts: &Facts,
    record: Record,
    entry: &Entry,
    about: &About,
    now: Timestamp,
) -> Result<Timestamp, HeldBy> {
    held_by_hold(facts, entry, about).map_or(Ok(()), Err)?;
    let mut since = entry.recorded_at;
    let mut over = |over: Option<Over>, held: HeldBy| match over {
        Some(Over::Open) => Err(held),
        Some(Over::Since(at)) => {
            since = since.max(at);
            Ok(())
        }
        None => Ok(()),
    };
    for id in about.named("trip") {
        let trip = TripId(id);
        over(facts.trip(trip, now), HeldBy::OpenTrip(trip))?;
        facts.open_incident_of(trip).map_or(Ok(()), |open| Err(HeldBy::OpenIncident(open)))?;
        facts.open_case_of(trip).map_or(Ok(()), |open| Err(HeldBy::OpenCase(open)))?;
    }
    for id in about.named("incident") {
        over(facts.incident(IncidentId(id)), HeldBy::OpenIncident(IncidentId(id)))?;
    }
    for id in about.named("case") {
        over(facts.case(CaseId(id)), HeldBy::OpenCase(CaseId(id)))?;
    }
    for id in about.named("arrangement") {
        over(facts.arrangement(ArrangementId(id)), HeldBy::Arrangement(ArrangementId(id)))?;
    }
    for id in about.named("recording") {
        over(facts.recordings(RecordingId(id)), HeldBy::Recordings(RecordingId(id)))?;
    }
    if let Some((day, pouch)) = about.pouch {
        over(facts.pouch(day, pouch), HeldBy::Pouch)?;
    }
    if record == Record::People {
        for id in about.named("person") {
            over(facts.person(PersonId(id)), HeldBy::Here(PersonId(id)))?;
        }
    }
    Ok(since)
}

/// A hold that covers it. One that is about a hold is itself kept while the hold stands.
fn held_by_hold(facts: &Facts, entry: &Entry, about: &About) -> Option<HeldBy> {
    let covers = |held: Held| match held {
        Held::Everything {} => true,
        Held::Trip { trip } => about.names(trip.0),
        Held::Person { person } => {
            about.names(person.0) || entry.actor.to_string().ends_with(&person.to_string())
        }
        Held::Incident { incident } => about.names(incident.0),
    };
    let mut standing = facts.holds().filter(|(hold, held)| about.names(hold.0) || covers(*held));
    standing.next().map(|(hold, _)| HeldBy::Hold(hold))
}
