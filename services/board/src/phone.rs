//! The leader's phone page, as far as it is JSON: `/go/{token}/now` and `/go/{token}/words`.
//!
//! The link's token opens one trip's page to one phone, while that phone is with the trip, and in the browsers that
//! [`crate::phone_door`] opens alone. Whoever holds the phone acts. A call for help, or for a lost child, is taken from
//! wherever the link is. [CHECK-6]
//! Buttons pressed without a signal wait on the phone, each with its own id and time of pressing: sent twice, they count
//! once. A duress word, in its own field or among the words of a note, is taken out here and goes on as its hash alone;
//! the answer is that of an OK. [CHECK-6]

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{CommandId, DeviceId, GroupId, PersonId, SchoolId, TripId};
use proto::link::{BadLink, PageLink};
use proto::refusal::RefusalBody;
use proto::topics::ServiceName;
use proto::v1::checkins::{Command, DueFor, Via, Word};
use proto::v1::devices::Holder;
use proto::values::{DuressHash, Headcount, Label, Note, Personal};
use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::app::AppState;
use crate::asking::{self, Asked};
use crate::duress;
use crate::phone_door::Door;
use crate::view::SchoolView;

/// The most buttons that are sent at once.
pub const MAX_WORDS: usize = 50;

/// A phone whose link is good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phone {
    /// The school.
    pub school: SchoolId,
    /// The trip whose page it is.
    pub trip: TripId,
    /// The phone.
    pub device: DeviceId,
    /// Who holds it now, if it is a member of staff.
    pub person: Option<PersonId>,
    /// When the link was sent.
    pub sent_at: Timestamp,
}

/// Why the page doesn't open. `Display` is for whoever holds the phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotOpen {
    /// The link is no good.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// The phone is not with the trip any more.
    #[error("this phone is no longer with that trip: ask the office for a new link")]
    NotWithTrip,
}

impl Phone {
    /// Opens the page for a link's token.
    pub fn open(state: &AppState, token: &str) -> Result<Self, NotOpen> {
        let link = PageLink::verify(&state.keys().link, token, state.now())?;
        let view = state.view().school(&link.school).ok_or(BadLink::NotOurs)?;
        let issued = view.devices.device(link.device).and_then(devices::Device::issued);
        let issued =
            issued.filter(|issued| issued.trips().contains(&link.trip)).ok_or(NotOpen::NotWithTrip)?;
        let person = match issued.holder() {
            Holder::Person(person) => Some(person),
            Holder::Pupil(_) => return Err(NotOpen::NotWithTrip),
        };
        let sent_at = link.sent_at();
        Ok(Self { school: link.school, trip: link.trip, device: link.device, person, sent_at })
    }

    pub(crate) fn actor(&self) -> Actor {
        self.person.map_or(Actor::Device(self.device), Actor::Person)
    }
}

/// One press of a button.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// Its own id, made by the phone when it was pressed.
    id: CommandId,
    /// When it was pressed, by the phone's clock.
    pressed_at: Timestamp,
    /// Which group it is about, where there are several.
    #[serde(default)]
    group: Option<GroupId>,
    /// Words typed along.
    #[serde(default)]
    note: Option<Note>,
    /// A word typed in its own field: the duress word, or any other, which is then passed over.
    #[serde(default)]
    duress_word: Option<Label>,
    /// What was pressed.
    kind: Kind,
    /// What a check-in says: all well, unless it is told.
    #[serde(default)]
    word: Option<Word>,
    /// The count with it.
    #[serde(default)]
    headcount: Option<Headcount>,
}

impl Press {
    /// Taken from wherever the link is. [CHECK-6]
    pub(crate) fn is_a_cry(&self) -> bool {
        match self.kind {
            Kind::Help | Kind::Lost => true,
            Kind::CheckIn | Kind::Found => false,
        }
    }
}

#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    CheckIn,
    Help,
    Lost,
    /// An adult of the trip has the child.
    Found,
}

/// What became of a press.
#[derive(Serialize, Debug)]
struct Answered {
    id: CommandId,
    #[serde(flatten)]
    outcome: Became,
}

#[derive(Serialize, Debug)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Became {
    /// It counts.
    Accepted {},
    /// A rule stands against it: it isn't sent again.
    Refused { refusal: Box<RefusalBody> },
    /// It can't be told: it is sent again.
    Faulted { message: String },
}

/// What the page shows.
#[derive(Serialize, Debug)]
pub struct Now {
    /// Now.
    now: Timestamp,
    /// The trip's title.
    title: String,
    /// Whether the party is out, and check-ins are due.
    out: bool,
    /// Its groups; those that the holder leads first.
    groups: Vec<GroupNow>,
    /// What became of each press that was sent.
    answers: Vec<Answered>,
}

/// What is told where the page doesn't open.
#[derive(Serialize, Debug)]
struct NotHere {
    answers: Vec<Answered>,
}

#[derive(Serialize, Debug)]
struct GroupNow {
    group: GroupId,
    name: String,
    /// Led by whoever holds this phone.
    own: bool,
    expected: Headcount,
    due_at: Timestamp,
    missed_at: Timestamp,
    due_for: DueFor,
    needs_count: bool,
    last_word: Option<Word>,
    last_said_at: Option<Timestamp>,
}

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/go/{token}/now", get(now)).route("/go/{token}/words", post(words))
}

async fn now(
    State(state): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Now>, ApiError> {
    let phone = Phone::open(&state, &token).map_err(gone)?;
    match phone.door(&state, &headers).await {
        Ok(Door::Open) => Ok(Json(phone.now(&state, Vec::new()))),
        Ok(Door::First | Door::Code) => Err(needs_code()),
        Err(_) => Err(ApiError::unavailable(
            "Homeward can't look up this page just now: try again in a moment.".to_owned(),
        )),
    }
}

async fn words(
    State(state): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    presses: Result<Json<Vec<Press>>, axum::extract::rejection::JsonRejection>,
) -> Result<Response, ApiError> {
    let phone = Phone::open(&state, &token).map_err(gone)?;
    let Json(presses) = presses.map_err(|bad| ApiError::malformed(None, bad.body_text()))?;
    if presses.len() > MAX_WORDS {
        return Err(ApiError::malformed(None, format!("at most {MAX_WORDS} presses are sent at once")));
    }
    let is_open = matches!(phone.door(&state, &headers).await, Ok(Door::Open));
    let mut answers = Vec::with_capacity(presses.len());
    for press in presses {
        let id = press.id;
        if !is_open && !press.is_a_cry() {
            answers.push(Answered { id, outcome: Became::Faulted { message: NEEDS_CODE.to_owned() } });
            continue;
        }
        let command = phone.command(&state, press);
        let (variant, data) = proto::wire::split(&command);
        let (school, actor) = (&phone.school, phone.actor());
        let asked = asking::ask_as(&state, school, ServiceName::Checkins, id, &variant, data, actor).await;
        answers.push(Answered { id, outcome: became(asked.map(drop)) });
    }
    if !is_open {
        // What was cried is answered; nothing of the trip is told.
        return Ok((StatusCode::UNAUTHORIZED, Json(NotHere { answers })).into_response());
    }
    Ok(Json(phone.now(&state, answers)).into_response())
}

fn became(asked: Result<(), Asked>) -> Became {
    match asked {
        Ok(()) => Became::Accepted {},
        Err(Asked::Refused(refusal)) => Became::Refused { refusal },
        Err(Asked::Faulted(message)) => Became::Faulted { message },
        Err(Asked::Forbidden(why)) => Became::Faulted { message: why.to_string() },
    }
}

impl Phone {
    fn command(&self, state: &AppState, press: Press) -> Command {
        self.says(press, &state.keys().duress, self.duress_word_set(state), || leader(state, self))
    }

    /// What a press says. `set` is the trip's duress word; `leader` has a child that was found where nobody else is known to.
    pub(crate) fn says(
        &self,
        press: Press,
        key: &[u8; 32],
        set: Option<DuressHash>,
        leader: impl FnOnce() -> PersonId,
    ) -> Command {
        let Press { id: _, pressed_at, group, note, duress_word, kind, word, headcount } = press;
        let (trip, device) = (self.trip, Some(self.device));
        let (note, duress) = duress::take_out(key, trip, set, note, duress_word.as_ref());
        let note = note.map(Personal::known);
        match kind {
            Kind::CheckIn => {
                let (word, via) = (word.unwrap_or(Word::Ok), Via::PhonePage);
                Command::CheckIn { trip, group, device, word, headcount, pressed_at, note, duress, via }
            }
            Kind::Help => Command::CallForHelp { trip, group, device, pressed_at, note },
            Kind::Lost => Command::ReportLostChild { trip, group, device, pressed_at, last_seen: note },
            Kind::Found => {
                let with = self.person.unwrap_or_else(leader);
                Command::ReportChildFound { trip, with }
            }
        }
    }

    fn duress_word_set(&self, state: &AppState) -> Option<DuressHash> {
        let view = state.view().school(&self.school)?;
        duress::set_for(&view, self.trip)
    }

    fn now(&self, state: &AppState, answers: Vec<Answered>) -> Now {
        let view = state.view().school(&self.school).expect("the link was of a school that is served");
        let watch = view.checkins.watch(self.trip);
        let mut groups: Vec<GroupNow> = watch
            .map(checkins::Watch::groups)
            .unwrap_or_default()
            .into_iter()
            .map(|g| self.group(g))
            .collect();
        groups.sort_by_key(|group| (!group.own, group.due_at));
        Now {
            now: state.now(),
            title: view.trip_title(self.trip),
            out: watch.is_some_and(checkins::Watch::is_out),
            groups,
            answers,
        }
    }

    fn group(&self, group: checkins::GroupView<'_>) -> GroupNow {
        GroupNow {
            group: group.group,
            name: group.details.name.to_string(),
            own: self.person == Some(group.details.adult),
            expected: group.details.expected,
            due_at: group.next.at,
            missed_at: group.next.missed_at,
            needs_count: group.next.what.needs_count(),
            due_for: group.next.what.clone(),
            last_word: group.details.last.map(|last| last.word),
            last_said_at: group.details.last.map(|last| last.said_at),
        }
    }
}

fn leader(state: &AppState, phone: &Phone) -> PersonId {
    let leader = |view: &SchoolView| view.trips.trip(phone.trip).map(|trip| trip.form.leader);
    state.view().school(&phone.school).and_then(|view| leader(&view)).unwrap_or_default()
}

/// What a browser is told in which the page doesn't open yet.
const NEEDS_CODE: &str = "this page needs a code here: open the link again";

fn needs_code() -> ApiError {
    let mut error = ApiError::not_found(NEEDS_CODE.to_owned());
    error.status = StatusCode::UNAUTHORIZED;
    error
}

fn gone(why: NotOpen) -> ApiError {
    let mut error = ApiError::not_found(why.to_string());
    error.status = StatusCode::GONE;
    error
}
