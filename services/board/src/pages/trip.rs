//! What is done to a trip: submitted, authorised, sent off, taken back, closed.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use contacts::Contacts;
use devices::Devices;
use gateway::Gateway;
use proto::envelope::Hash;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::topics::ServiceName;
use proto::v1::trips::{Accounted, ClearanceDecision, Command, GroupCount};
use proto::values::{DuressHash, Label, Window};
use serde::Deserialize;
use trips::Trips;

use super::act::{ask, see};
use super::shell::Looking;
use super::trip_page;
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::roles::{self, Action};
use crate::auth::{Fields, Posted, Session};
use crate::db::PageOf;
use crate::forms::{FieldError, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/trips/{trip}", get(show))
        .route("/trips/{trip}/submit", post(submit))
        .route("/trips/{trip}/authorise", post(authorise))
        .route("/trips/{trip}/send-back", post(send_back))
        .route("/trips/{trip}/depart", post(depart))
        .route("/trips/{trip}/left", post(left))
        .route("/trips/{trip}/settle", post(settle))
        .route("/trips/{trip}/return", post(record_return))
        .route("/trips/{trip}/close", post(close))
        .route("/trips/{trip}/cancel", post(cancel))
        .route("/trips/{trip}/drill", post(review_drill))
        .route("/trips/{trip}/base", post(base))
        .route("/trips/{trip}/link", post(link))
        .route("/trips/{trip}/close-pages", post(close_pages))
        .route("/trips/{trip}/in-hand", post(in_hand))
}

#[derive(Deserialize, Default)]
struct Shown {
    #[serde(default)]
    saved: u8,
}

async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(shown): Query<Shown>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    trip_page::show(&look, trip, None, Fields::default(), shown.saved != 0)
}

/// On to the trip's page; or that page with what stands against it and what was typed.
pub(super) fn after(state: &AppState, posted: &Posted, trip: TripId, done: Result<(), Trouble>) -> Response {
    match done {
        Ok(()) => see(&format!("/trips/{trip}")),
        Err(mut trouble) => {
            let view = state.view_of(&posted.session);
            let look = Looking::new(state, &view, &posted.session);
            if let Some(known) = view.trips.trip(trip) {
                trouble.name_pupils(&view, &known.form);
            }
            trip_page::show(&look, trip, Some(trouble), posted.fields.clone(), false)
        }
    }
}

/// Reads a form of the page; what can't be read is listed on top of it.
pub(super) fn read<T>(
    state: &AppState,
    posted: &Posted,
    with: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Result<T, Trouble> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let value = with(&mut reader);
    reader.finish(value).map_err(Trouble::unreadable)
}

/// The form that was looked at.
fn hash(reader: &mut Reader<'_>) -> Option<Hash> {
    reader.id("hash", "Load the page again.")
}

async fn submit(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let done = match read(&state, &posted, hash) {
        Ok(form_hash) => {
            ask::<Trips>(&state, &posted, "submit", Command::SubmitForm { trip, form_hash }).await
        }
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

/// The like visits that are authorised along are typed as rows: `also_on[0].from`.
const LIKE_VISITS: usize = 12;

async fn authorise(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let command = read(&state, &posted, |reader| {
        let form_hash = hash(reader);
        let row = |n: usize| format!("also_on[{n}]");
        let typed = |reader: &Reader<'_>, n: usize| {
            reader.typed(&format!("{}.from", row(n))).is_some()
                || reader.typed(&format!("{}.to", row(n))).is_some()
        };
        let rows: Vec<usize> = (0..LIKE_VISITS).filter(|n| typed(reader, *n)).collect();
        let also_on: Vec<Option<Window>> = rows.into_iter().map(|n| reader.window(&row(n))).collect();
        Some(Command::AuthoriseForm {
            trip,
            form_hash: form_hash?,
            also_on: also_on.into_iter().collect::<Option<_>>()?,
        })
    });
    let done = match command {
        Ok(command) => ask::<Trips>(&state, &posted, "authorise", command).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn send_back(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let reason =
        read(&state, &posted, |reader| reader.text("send_back.reason", "Say what should be changed."));
    let done = match reason {
        Ok(reason) => ask::<Trips>(&state, &posted, "send-back", Command::SendBack { trip, reason }).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

/// The counts that were typed, each under its group's id; a group without one is for the decider to name.
fn counts(reader: &mut Reader<'_>, fields: &Fields, prefix: &str) -> Option<Vec<GroupCount>> {
    let named: Vec<(GroupId, String)> = fields
        .iter()
        .filter_map(|(name, _)| Some((name.strip_prefix(prefix)?.parse().ok()?, name.to_owned())))
        .collect();
    let read: Vec<Option<Option<GroupCount>>> = named
        .into_iter()
        .map(|(group, name)| {
            reader.optional_headcount(&name).map(|found| found.map(|pupils| GroupCount { group, pupils }))
        })
        .collect();
    let read: Option<Vec<Option<GroupCount>>> = read.into_iter().collect();
    read.map(|found| found.into_iter().flatten().collect())
}

fn stand_ins(fields: &Fields) -> Vec<(PersonId, PersonId)> {
    let pair = |(name, value): (&str, &str)| {
        let stays = name.strip_prefix("stand_in.")?.parse().ok()?;
        Some((stays, value.trim().parse().ok()?))
    };
    fields.iter().filter_map(pair).collect()
}

async fn depart(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let command = read(&state, &posted, |reader| {
        let form_hash = hash(reader);
        let counts = counts(reader, &posted.fields, "count.");
        let stand_ins = stand_ins(&posted.fields);
        let duress = reader.optional("depart.duress", |word| {
            DuressHash::of(&state.keys().duress, trip, word).ok_or("a duress word has 3 to 20 letters")
        });
        let toolkit =
            posted.fields.all("depart.toolkit").filter_map(|item| Label::parse(item).ok()).collect();
        Some(Command::Depart {
            trip,
            form_hash: form_hash?,
            counts: counts?,
            stand_ins,
            duress: duress?,
            toolkit,
            own_phones_in: reader.ticked("depart.own_phones_in"),
        })
    });
    let done = match command {
        Ok(command) => ask::<Trips>(&state, &posted, "depart", command).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn left(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let command = read(&state, &posted, |reader| {
        let left_at = reader.moment("left.at", "Say when they left.");
        let counts = counts(reader, &posted.fields, "left.count.");
        let staff = posted.fields.all("left.staff").filter_map(|id| id.parse().ok()).collect();
        let reason = reader.text("left.reason", "Say why they left, or what is known.");
        Some(Command::RecordLeftWithoutClearance {
            trip,
            left_at: left_at?,
            counts: counts?,
            staff,
            reason: reason?,
        })
    });
    let done = match command {
        Ok(command) => ask::<Trips>(&state, &posted, "left", command).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn settle(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let me = posted.session.person;
    let command = read(&state, &posted, |reader| {
        let decision = reader.required("settle.decision", "Choose: recall or accept.", |text| match text {
            "recall" => Ok(ClearanceDecision::Recall),
            "accept" => Ok(ClearanceDecision::Accept),
            _ => Err("choose: recall or accept"),
        });
        let decided_by = reader.id::<PersonId>("settle.decided_by", "Say who decided.");
        let reason = reader.text("settle.reason", "Say why.");
        let decided_by = decided_by?;
        // Whoever records somebody else's decision is the one who heard it.
        let heard_by = (decided_by != me).then_some(me);
        Some(Command::SettleClearance { trip, decision: decision?, reason: reason?, decided_by, heard_by })
    });
    let done = match command {
        Ok(command) => ask::<Trips>(&state, &posted, "settle", command).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn record_return(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let command = read(&state, &posted, |reader| {
        let back = reader.headcount("return.back", "Count the pupils who are back.");
        let released =
            reader.headcount("return.released", "Say how many were released on the way (0 for none).");
        let in_hospital =
            reader.headcount("return.in_hospital", "Say how many are in hospital (0 for none).");
        let note = reader.optional_text("return.note");
        let accounted = Accounted { back: back?, released: released?, in_hospital: in_hospital? };
        Some(Command::RecordReturn { trip, accounted, note: note? })
    });
    let done = match command {
        Ok(command) => ask::<Trips>(&state, &posted, "return", command).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn close(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let done = ask::<Trips>(&state, &posted, "close", Command::CloseTrip { trip }).await;
    after(&state, &posted, trip, done)
}

async fn cancel(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let reason =
        read(&state, &posted, |reader| reader.text("cancel.reason", "Say why it doesn't take place."));
    let done = match reason {
        Ok(reason) => ask::<Trips>(&state, &posted, "cancel", Command::CancelTrip { trip, reason }).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

/// What was learnt from a drill. [REV-1]
async fn review_drill(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let learnt = read(&state, &posted, |reader| reader.text("drill.learnt", "Say what was learnt."));
    let done = match learnt {
        Ok(learnt) => ask::<Trips>(&state, &posted, "drill", Command::ReviewDrill { trip, learnt }).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

/// Base is taken by name, or handed over by name. [CONT-6]
async fn base(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    use proto::v1::contacts::Command::{HandOverBase, HoldBase};
    let done = match read(&state, &posted, |reader| {
        reader.id::<PersonId>("base.person", "Choose who holds base.")
    }) {
        Ok(person) => {
            let holder = state.view_of(&posted.session).contacts.base_holder(trip);
            let command = match holder {
                Some(from) if from != person => HandOverBase { trip, from, to: person },
                Some(_) | None => HoldBase { trip, person },
            };
            ask::<Contacts>(&state, &posted, "base", command).await
        }
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

async fn link(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    use proto::v1::gateway::Command::SendPageLink;
    let done = match read(&state, &posted, |reader| reader.id::<DeviceId>("device", "Choose a phone.")) {
        Ok(device) => ask::<Gateway>(&state, &posted, "link", SendPageLink { trip, device }).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

/// The page of a phone is closed in every browser; a new link opens it again.
async fn close_pages(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let may = roles::may(&posted.session.roles, Action::Command(ServiceName::Gateway, "SendPageLink"));
    let done = match (read(&state, &posted, |reader| reader.id::<DeviceId>("device", "Choose a phone.")), may)
    {
        (Err(trouble), _) => Err(trouble),
        (Ok(_), Err(why)) => {
            Err(Trouble::plain("You may not do this", why.to_string(), StatusCode::FORBIDDEN))
        }
        (Ok(device), Ok(())) => {
            let page = PageOf { school: &posted.session.school, trip, device };
            state.db().close_page(page, state.now()).await.map_err(|fault| {
                tracing::error!(%fault, %trip, "HW-D2 a phone's page could not be closed");
                let words =
                    "Homeward can't do this just now. Try again in a moment, or report the phone lost.";
                Trouble::plain("The page is not closed", words.to_owned(), StatusCode::SERVICE_UNAVAILABLE)
            })
        }
    };
    after(&state, &posted, trip, done)
}

async fn in_hand(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    use proto::v1::devices::Command::ConfirmInHand;
    let done = match read(&state, &posted, |reader| reader.id::<DeviceId>("device", "Choose a phone.")) {
        Ok(device) => ask::<Devices>(&state, &posted, "in-hand", ConfirmInHand { device, trip }).await,
        Err(trouble) => Err(trouble),
    };
    after(&state, &posted, trip, done)
}

impl Trouble {
    /// Fields that can't be read.
    pub(crate) fn unreadable(errors: Vec<FieldError>) -> Self {
        let mut trouble =
            Self::plain("Something is missing", String::new(), axum::http::StatusCode::UNPROCESSABLE_ENTITY);
        trouble.details.more = errors.into_iter().map(|error| error.message).collect();
        trouble
    }
}
