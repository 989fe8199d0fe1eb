//! Finds what is kept about one person: of the register by their number, of anybody by a name or number as it was typed.

use chassis::entry::Entry;
use chassis::journal::Journal;
use chassis::school::School;
use decider::policy::retention::Record;
use jiff::Timestamp;
use proto::envelope::Actor;
use proto::ids::{IncidentId, PersonId};
use proto::topics::ServiceName;
use serde_json::Value;

use crate::facts::Facts;
use crate::kinds::record_of;
use crate::standing::{About, Standing, standing};
use crate::{RecordsFault, event_of, walk};

/// The shortest text that is looked for.
pub const SHORTEST: usize = 3;

/// Whom is looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Subject {
    /// A person of the register.
    pub person: Option<PersonId>,
    /// Names, initials, a number, as they may have been typed; each at least [`SHORTEST`] long.
    pub texts: Vec<String>,
}

impl Subject {
    /// The texts that are long enough to look for, in lower case.
    fn looked_for(&self) -> Vec<String> {
        let texts = self.texts.iter().map(|text| text.trim().to_lowercase());
        texts.filter(|text| text.chars().count() >= SHORTEST).collect()
    }
}

/// How an entry has to do with the subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    /// It is about them.
    About,
    /// They did it, or agreed to it.
    By,
    /// It names them among others.
    Named,
}

/// One entry that has to do with the subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// Whose journal it stands in.
    pub service: ServiceName,
    /// Its number.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened, by its name in the journal.
    pub event: String,
    /// What kind of record it is; none where it holds numbers and times alone.
    pub record: Option<Record>,
    /// How it has to do with them.
    pub how: How,
    /// Its content.
    pub data: Value,
    /// Whether its personal part is still there.
    pub has_personal: bool,
    /// How it stands, if it is a record.
    pub standing: Option<Standing>,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Finds {
    /// In the order of time.
    pub found: Vec<Found>,
    /// Entries of incidents that whoever asks may not read. [INC-7]
    pub withheld: u64,
}

/// Looks through all journals. `may_read` says which incidents whoever asks may read. [INC-7]
pub async fn find(
    journal: &Journal,
    school: &School,
    subject: &Subject,
    may_read: &(dyn Fn(IncidentId) -> bool + Sync),
    now: Timestamp,
) -> Result<Finds, RecordsFault> {
    let facts = Facts::read(journal, school).await?;
    let (texts, mut finds) = (subject.looked_for(), Finds::default());
    let take = |entry: Entry| {
        match look(&facts, &entry, (subject.person, &texts), may_read, now)? {
            Looked::Nothing => {}
            Looked::Withheld => finds.withheld += 1,
            Looked::Found(found) => finds.found.push(*found),
        }
        Ok(())
    };
    walk(journal, school, take).await?;
    finds.found.sort_by_key(|found| (found.at, found.service, found.seq));
    Ok(finds)
}

enum Looked {
    Nothing,
    Withheld,
    Found(Box<Found>),
}

fn look(
    facts: &Facts,
    entry: &Entry,
    (person, texts): (Option<PersonId>, &[String]),
    may_read: &(dyn Fn(IncidentId) -> bool + Sync),
    now: Timestamp,
) -> Result<Looked, RecordsFault> {
    let about = About::of(entry);
    let Some(how) = has_to_do(entry, &about, person, texts) else { return Ok(Looked::Nothing) };
    if about.named("incident").any(|incident| !may_read(IncidentId(incident))) {
        return Ok(Looked::Withheld);
    }
    let Some(event) = event_of(entry)? else { return Ok(Looked::Nothing) };
    let has_personal = entry.personal.is_some();
    let record = record_of(&event).filter(|_| entry.personal_hash.is_some());
    let data = entry.data().ok().and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default();
    let standing = record.filter(|_| has_personal).map(|record| standing(facts, record, entry, &about, now));
    Ok(Looked::Found(Box::new(Found {
        service: entry.service,
        seq: entry.seq,
        at: entry.recorded_at,
        event: entry.kind.clone(),
        record,
        how,
        data,
        has_personal,
        standing,
    })))
}

/// The fields that name whom an entry is about; in others stand those who did something, or have a part in it.
const ABOUT: [&str; 4] = ["person", "about", "holder", "staff"];

fn has_to_do(entry: &Entry, about: &About, person: Option<PersonId>, texts: &[String]) -> Option<How> {
    let personal = entry.personal.as_ref().filter(|_| !texts.is_empty());
    if let Some(personal) = personal {
        // What stands escaped in JSON is read as it was typed.
        let values: Value = serde_json::from_str(&personal.json).unwrap_or_default();
        if texts.iter().any(|text| holds(&values, text)) {
            return Some(How::About);
        }
    }
    let person = person?;
    if about.fields_of(person.0).any(|field| ABOUT.contains(&field)) {
        return Some(How::About);
    }
    if entry.actor == Actor::Person(person) || about.fields_of(person.0).any(|field| field == "by") {
        return Some(How::By);
    }
    about.names(person.0).then_some(How::Named)
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.to_lowercase().contains(text),
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(fields) => fields.values().any(|value| holds(value, text)),
        Value::Number(number) => number.to_string() == text,
        Value::Null | Value::Bool(_) => false,
    }
}
