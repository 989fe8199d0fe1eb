//! What is kept about one person: found, given out, erased; who opened which record. The same as on the pages, for the same roles.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use proto::Timestamp;
use proto::ids::PersonId;
use proto::topics::ServiceName;
use records::erase::erasure;
use records::standing::Standing;
use records::subject::{Found, How, SHORTEST};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::listing::{Listed, Listing};
use crate::api::{ApiError, Asks};
use crate::app::AppState;
use crate::auth::roles::{self, Action, Seen};
use crate::auth::{ApiReader, Bearer};
use crate::db::Which;
use crate::pages::records::person::{Looked, NotFound, Wanted, erased, exported};

/// So many records are listed; an export has all.
const LISTED: usize = 500;

/// The newest so many readings are looked through.
const READINGS: i64 = 20_000;

/// The longest text that is looked for.
const LONGEST: usize = 200;

/// What is kept about one person.
#[derive(Serialize, JsonSchema)]
pub(super) struct KeptBody {
    whom: String,
    /// How many entries have to do with them.
    entries: usize,
    /// Entries of incidents that whoever asks may not read.
    withheld: u64,
    /// What would be erased now.
    erasable: Vec<CountBody>,
    /// What would stay.
    stays: Vec<StaysBody>,
    /// The newest 500.
    records: Vec<RecordBody>,
}

/// How many entries of a kind.
#[derive(Serialize, JsonSchema)]
pub(super) struct CountBody {
    kind: &'static str,
    entries: u64,
}

/// What stays of a kind, and why.
#[derive(Serialize, JsonSchema)]
pub(super) struct StaysBody {
    kind: &'static str,
    entries: u64,
    why: String,
    until: Option<Timestamp>,
}

/// One entry.
#[derive(Serialize, JsonSchema)]
pub(super) struct RecordBody {
    recorded_at: Timestamp,
    service: ServiceName,
    number: u64,
    event: String,
    /// None where it holds numbers and times alone.
    kind: Option<&'static str>,
    /// about, by or named.
    how: &'static str,
    /// When it is erased by itself.
    kept_until: Option<Timestamp>,
    /// Why it is not erased, whatever its time.
    held: Option<String>,
}

/// All that is kept about one person, with its content.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct ExportBody(Map<String, Value>);

/// Whom to erase, and that it is meant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct EraseRequest {
    /// Somebody on the register.
    #[serde(default)]
    person: Option<PersonId>,
    /// Names, initials or numbers as they may have been typed.
    #[serde(default)]
    #[schemars(length(max = 20), inner(length(min = 3, max = 200)))]
    names: Vec<String>,
    /// That whoever asks looked at what goes and what stays: true.
    sure: bool,
}

/// What went.
#[derive(Serialize, JsonSchema)]
pub(in crate::api) struct ErasedBody {
    /// So many entries.
    erased: u64,
}

/// That somebody opened a record.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReadingBody {
    at: Timestamp,
    by: PersonId,
    name: String,
    /// The kind of record.
    what: String,
    /// Which one: an id, or what was asked for of a list. Of an incident it says nothing.
    of: String,
}

/// Whom is looked for.
#[derive(Deserialize)]
pub(super) struct Whom {
    person: Option<PersonId>,
    name: Option<String>,
}

impl Whom {
    fn wanted(self) -> Result<Wanted, ApiError> {
        let name = self.name.unwrap_or_default();
        if !name.is_empty() && name.chars().count() < SHORTEST {
            return Err(ApiError::malformed(Some("name".to_owned()), "a name has three letters or more"));
        }
        let person = self.person.map(|person| person.to_string()).unwrap_or_default();
        Ok(Wanted { person, name, page: None })
    }
}

fn not_found(why: NotFound) -> ApiError {
    match why {
        NotFound::NotFor => ApiError::not_found("there are no records for you"),
        NotFound::Nobody(text) => ApiError::malformed(None, text),
        NotFound::Fault(text) => ApiError::unavailable(text),
    }
}

/// What is kept about whom is named.
pub(super) async fn kept(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(whom): Asks<Whom>,
) -> Result<Json<KeptBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Records))?;
    let looked = whom.wanted()?.look(&state, &session).await.map_err(not_found)?;
    Ok(Json(body(looked)))
}

fn body(looked: Looked) -> KeptBody {
    let plan = erasure(&looked.finds);
    let count = |(record, entries): (&decider::policy::retention::Record, &u64)| CountBody {
        kind: record.kept().title,
        entries: *entries,
    };
    let stays = |stays: &records::erase::Stays| StaysBody {
        kind: stays.record.kept().title,
        entries: stays.entries,
        why: stays.why.clone(),
        until: stays.until,
    };
    KeptBody {
        whom: looked.whom,
        entries: looked.finds.found.len(),
        withheld: looked.finds.withheld,
        erasable: plan.counts.iter().map(count).collect(),
        stays: plan.stays.iter().map(stays).collect(),
        records: looked.finds.found.iter().rev().take(LISTED).map(record).collect(),
    }
}

fn record(found: &Found) -> RecordBody {
    let (kept_until, held) = match found.standing {
        Some(Standing::Until(at) | Standing::Due(at)) => (Some(at), None),
        Some(Standing::Held(by)) => (None, Some(by.to_string())),
        None => (None, None),
    };
    RecordBody {
        recorded_at: found.at,
        service: found.service,
        number: found.seq,
        event: found.event.clone(),
        kind: found.record.map(|record| record.kept().title),
        how: match found.how {
            How::About => "about",
            How::By => "by",
            How::Named => "named",
        },
        kept_until,
        held,
    }
}

/// The same with its content, to be given out.
pub(super) async fn export(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(whom): Asks<Whom>,
) -> Result<Json<ExportBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Records))?;
    let export = exported(&state, &session, &whom.wanted()?).await.map_err(not_found)?;
    match export.json() {
        Value::Object(fields) => Ok(Json(ExportBody(fields))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("an export is an object")
        }
    }
}

/// Erases what may go. Whoever may not is told so, whatever they sent.
pub(super) async fn erase(
    State(state): State<AppState>,
    Bearer(session): Bearer,
    request: Request,
) -> Result<Json<ErasedBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Records))?;
    let bytes = Bytes::from_request(request, &state).await.map_err(ApiError::unread_body)?;
    let bad = |error: serde_json::Error| ApiError::malformed(None, error.to_string());
    let EraseRequest { person, names, sure } = serde_json::from_slice(&bytes).map_err(bad)?;
    if !sure {
        return Err(ApiError::malformed(Some("sure".to_owned()), "nothing was erased: it is not sure"));
    }
    let fits = |name: &String| (SHORTEST..=LONGEST).contains(&name.chars().count());
    if names.len() > 20 || !names.iter().all(fits) {
        let why = format!("a name has {SHORTEST} to {LONGEST} letters, and there are 20 at most");
        return Err(ApiError::malformed(Some("names".to_owned()), why));
    }
    let person = person.map(|person| person.to_string()).unwrap_or_default();
    let wanted = Wanted { person, name: names.join(","), page: None };
    let erased = erased(&state, &session, &wanted).await.map_err(not_found)?;
    Ok(Json(ErasedBody { erased }))
}

/// Which readings.
#[derive(Deserialize)]
pub(super) struct WhichReadings {
    by: Option<PersonId>,
    what: Option<String>,
    of: Option<String>,
}

/// Who opened which record.
pub(super) async fn readings(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(which): Asks<WhichReadings>,
    listing: Listing,
) -> Result<Listed<Vec<ReadingBody>>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Records))?;
    let set = |text: Option<String>| text.filter(|text| !text.is_empty());
    let which = Which { by: which.by, what: set(which.what), subject: set(which.of) };
    let found = state.db().readings(&session.school, &which, READINGS).await.map_err(|fault| {
        tracing::error!(%fault, "HW-D2 the database of log-ins failed");
        ApiError::unavailable("readings can't be looked up just now: ask again".to_owned())
    })?;
    let view = state.view_of(&session);
    let reading = |reading: crate::db::Reading| ReadingBody {
        at: reading.at,
        by: reading.person,
        name: view.person_name(reading.person),
        of: if reading.what == "incident" { String::new() } else { reading.subject },
        what: reading.what,
    };
    Ok(listing.of(found)?.each(reading))
}
