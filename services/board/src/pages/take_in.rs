//! Taking phones in: scanned or picked, with condition, place and recordings. [DEV-4, DEV-9]

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use devices::Devices;
use proto::ids::TripId;
use proto::v1::devices::{Clearing, Command, Condition, Recordings, Return};
use proto::values::{AssetTag, Label, Personal};
use serde::Deserialize;

use super::act::{ask, see};
use super::html::page;
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choices, FieldError, FormView, MOST_LISTED, Reader};

#[derive(Template)]
#[template(path = "devices/return.html")]
struct ReturnPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    trip: Option<(TripId, String)>,
    out: Vec<(String, String)>,
    /// So many are out; the first of them stand here.
    all: usize,
    done: Option<String>,
    people: Choices,
}

#[derive(Deserialize, Default)]
pub(super) struct ReturnFor {
    trip: Option<TripId>,
    #[serde(default)]
    done: String,
    /// As was said of the last one. Before the first nothing is said.
    #[serde(default)]
    condition: String,
    #[serde(default)]
    recordings: String,
}

fn return_page(
    look: &Looking<'_>,
    trip: Option<TripId>,
    form: FormView,
    trouble: Option<Trouble>,
    done: Option<String>,
) -> Response {
    let out = look.view.devices.devices().filter_map(|(_, device)| {
        let issued = device.issued()?;
        let wanted = match trip {
            Some(trip) => issued.trips().contains(&trip),
            None => true,
        };
        wanted.then(|| (device.tag.to_string(), look.view.holder_name(issued.holder())))
    });
    let mut out: Vec<_> = out.collect();
    out.sort();
    let all = out.len();
    out.truncate(MOST_LISTED);
    let trip = trip.and_then(|id| Some((id, look.view.trips.trip(id)?.shown_title())));
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let people = Choices::people(look, form.fields());
    let shell = look.shell(Place::Devices);
    page(status, &ReturnPage { shell, trouble, form, trip, out, all, done, people })
}

pub(super) async fn show_return(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<ReturnFor>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let done = AssetTag::parse(&wanted.done).ok().map(|tag| tag.to_string());
    let storage = done.as_ref().and_then(|tag| {
        let device = look.view.devices.by_tag(&AssetTag::parse(tag).ok()?)?;
        super::device::storage(&look.view.devices.device(device)?.custody)
    });
    let usual = [
        ("trip", wanted.trip.map(|id| id.to_string()).unwrap_or_default()),
        ("storage", storage.unwrap_or_default()),
        ("condition", wanted.condition),
        ("recordings", wanted.recordings),
    ];
    return_page(&look, wanted.trip, FormView::with(&usual), None, done)
}

pub(super) async fn take_in(State(state): State<AppState>, posted: Posted) -> Response {
    let trip: Option<TripId> = posted.fields.get("trip").and_then(|id| id.parse().ok());
    let (errors, trouble) = match read_return(&state, &posted) {
        Ok((tag, returned)) => {
            match ask::<Devices>(&state, &posted, "return", Command::ReturnDevice { returned }).await {
                Ok(()) => {
                    let trip = trip.map(|trip| format!("trip={trip}&")).unwrap_or_default();
                    let said = |name| posted.fields.get(name).unwrap_or_default();
                    let (condition, recordings) = (said("condition"), said("recordings"));
                    return see(&format!(
                        "/devices/return?{trip}done={tag}&condition={condition}&recordings={recordings}"
                    ));
                }
                Err(trouble) => (Vec::new(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    return_page(&look, trip, FormView::new(posted.fields.clone(), errors), trouble, None)
}

/// What became of recordings that are off the phone already. [MEDIA-1]
pub(super) fn clearing(
    reader: &mut Reader<'_>,
    prefix: &str,
    recordings: Recordings,
) -> Option<Option<Clearing>> {
    match recordings {
        Recordings::None | Recordings::Kept => Some(None),
        Recordings::Cleared => what_became(reader, prefix).map(Some),
    }
}

/// The fields `computer`, `sent_to`, `witness` below a prefix.
pub(crate) fn what_became(reader: &mut Reader<'_>, prefix: &str) -> Option<Clearing> {
    let computer =
        reader.text(&format!("{prefix}computer"), "Say which works computer has the recordings. [MEDIA-1]");
    let sent_to = reader.optional_text(&format!("{prefix}sent_to"));
    let witness = reader.optional_id(&format!("{prefix}witness"));
    Some(Clearing { computer: computer?, sent_to: sent_to?.map(Personal::known), witness: witness? })
}

/// A phone is named by its tag, as it is read off the device or scanned.
fn read_return(state: &AppState, posted: &Posted) -> Result<(AssetTag, Return), Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let found = reader.required("tag", "Scan or write the tag.", |text| {
        let tag = AssetTag::parse(text).map_err(|why| why.to_string())?;
        match view.devices.by_tag(&tag) {
            Some(device) => Ok((tag, device)),
            None => Err(format!("no phone on the register is tagged {tag}")),
        }
    });
    let storage: Option<Label> = reader.text("storage", "Say in which locked place it is now. [DEV-4]");
    let condition = match reader.typed("condition") {
        Some("damaged") => Some(Condition::Damaged),
        Some("good") => Some(Condition::Good),
        Some(_) | None => {
            reader.error("condition", "Say in which condition it is. [DEV-9]");
            None
        }
    };
    let recordings = match reader.typed("recordings") {
        Some("cleared") => Some(Recordings::Cleared),
        Some("kept") => Some(Recordings::Kept),
        Some("none") => Some(Recordings::None),
        Some(_) | None => {
            reader.error("recordings", "Say what became of recordings on it. [MEDIA-1]");
            None
        }
    };
    let clearing = recordings.and_then(|recordings| clearing(&mut reader, "", recordings));
    let charge = reader.optional("charge", |text| {
        super::issue::charge_of(text).ok_or("a charge is a number of per cent, 0 to 100")
    });
    let returned = || {
        let (tag, device) = found?;
        let (storage, condition) = (storage?, condition?);
        let (recordings, clearing, charge) = (recordings?, clearing?, charge?);
        Some((tag, Return { device, condition, storage, recordings, clearing, charge }))
    };
    let returned = returned();
    reader.finish(returned)
}
