//! Recordings on phones that came back, and those of phones on tour, until they are off the phone. [MEDIA-1 to MEDIA-3]

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::ids::{DeviceId, RecordingId};
use proto::topics::ServiceName;
use proto::v1::devices::{Clearing, Holder};
use proto::v1::safeguarding::Command;
use safeguarding::{Recording, Safeguarding};

use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::html::{Html, page};
use crate::pages::shell::{Looking, Place, Shell};
use crate::pages::take_in::what_became;
use crate::pages::trouble::Trouble;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/safeguarding/recordings", get(show).post(clear))
}

#[derive(Template)]
#[template(path = "safeguarding/recordings.html")]
struct Recordings {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may_clear: bool,
    cleared_by: String,
    open: Vec<Open>,
    /// Phones that whoever looks has on a tour that is out.
    tonight: Vec<Open>,
    tours: Vec<Line>,
    cleared: Vec<Line>,
}

/// A phone with recordings on it.
struct Open {
    /// What is posted: a recording's id, or a phone's.
    id: String,
    phone: String,
    holder: String,
    trip: String,
    at: String,
    consent: Option<String>,
    late: bool,
    /// Whom to choose as the witness.
    witness: Html,
}

/// A list whose field has an id of its own.
fn witness(look: &Looking<'_>, number: &str) -> Html {
    let choices = &Choice::of(look.people_with(&[]));
    Html::of(&Pick { name: "witness", label: "Who saw them deleted, if somebody did", number, choices })
}

pub(super) struct Line {
    pub(super) phone: String,
    pub(super) trip: String,
    pub(super) words: String,
}

/// A list of one of several forms alike.
#[derive(Template)]
#[template(path = "safeguarding/pick.html")]
struct Pick<'a> {
    name: &'a str,
    label: &'a str,
    number: &'a str,
    choices: &'a [Choice],
}

fn open(look: &Looking<'_>, id: RecordingId, one: &Recording) -> Open {
    Open {
        id: id.0.to_string(),
        phone: look.view.device_tag(one.device),
        holder: one.holder.map(|holder| look.view.holder_name(holder)).unwrap_or_default(),
        trip: one.trip.map(|trip| look.view.trip_title(trip)).unwrap_or_default(),
        at: look.when().at(one.at),
        consent: one.consent.as_ref().map(ToString::to_string),
        late: one.told,
        witness: witness(look, &format!("-{id}")),
    }
}

fn became(look: &Looking<'_>, clearing: &Clearing) -> String {
    let sent = clearing
        .sent_to
        .as_ref()
        .map_or_else(|| "sent on to nobody".to_owned(), |sent| format!("sent on: {}", sent.shown()));
    let seen = clearing.witness.map_or_else(
        || "no witness".to_owned(),
        |person| format!("seen by {}", look.view.person_name(person)),
    );
    format!("on {}; {sent}; deleted, {seen}", clearing.computer)
}

pub(super) fn cleared(look: &Looking<'_>, one: &Recording) -> Line {
    let words = one.cleared.as_ref().map(|(clearing, at, by)| {
        let what =
            clearing.as_ref().map_or_else(|| "the phone was let go of".to_owned(), |of| became(look, of));
        let by = by.map(|by| format!("{}, ", look.view.person_name(by))).unwrap_or_default();
        format!("{what} ({by}{})", look.when().at(*at))
    });
    Line {
        phone: look.view.device_tag(one.device),
        trip: one.trip.map(|trip| look.view.trip_title(trip)).unwrap_or_default(),
        words: words.unwrap_or_default(),
    }
}

/// What became of a day's recordings on tour.
pub(super) fn night(look: &Looking<'_>, night: &safeguarding::recordings::Night) -> Line {
    let nothing = || "nothing was recorded".to_owned();
    Line {
        phone: look.view.device_tag(night.device),
        trip: look.view.trip_title(night.trip),
        words: format!(
            "{}: {} ({}, {})",
            night.day.strftime("%a %-d %b"),
            night.clearing.as_ref().map_or_else(nothing, |of| became(look, of)),
            look.view.person_name(night.by),
            look.when().at(night.at)
        ),
    }
}

/// Phones that somebody has on a tour that is out, and whose day isn't cleared yet.
fn tonight(look: &Looking<'_>) -> Vec<Open> {
    let known = look.view.safeguarding.recordings();
    let today = look.view.school.zone.local(look.now).date();
    let theirs = look.view.devices.devices().filter_map(|(id, device)| {
        let issued = device.issued()?;
        let trip = issued.trip()?;
        let tour = known.trip(trip).filter(|tour| tour.tour && tour.evening.is_some())?;
        let mine = issued.holder() == Holder::Person(look.session.person);
        (mine && !known.was_cleared(trip, id, today)).then(|| Open {
            id: id.0.to_string(),
            phone: device.tag.to_string(),
            holder: String::new(),
            trip: look.view.trip_title(trip),
            at: tour.evening.map(|at| look.when().at(at)).unwrap_or_default(),
            consent: tour.consent.as_ref().map(ToString::to_string),
            late: tour.evening.is_some_and(|at| at <= look.now),
            witness: witness(look, &format!("-{id}")),
        })
    });
    theirs.collect()
}

fn recordings(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    let known = look.view.safeguarding.recordings();
    let may_clear = look.may(ServiceName::Safeguarding, "ClearRecordings");
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let for_all = |lines: Vec<Line>| if may_clear { lines } else { Vec::new() };
    let shown = Recordings {
        shell: look.shell(Place::Safeguarding),
        trouble,
        form,
        may_clear,
        cleared_by: look.view.school.policy.recordings_cleared_by.to_string(),
        open: known.open().filter(|_| may_clear).map(|(id, one)| open(look, id, one)).collect(),
        tonight: tonight(look),
        tours: for_all(known.nights().take(60).map(|one| night(look, one)).collect()),
        cleared: for_all(known.cleared().take(60).map(|one| cleared(look, one)).collect()),
    };
    page(status, &shown)
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    recordings(&look, FormView::default(), None)
}

async fn clear(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read_clearing(Reader::new(&posted.fields, &view.school.zone))
    };
    let (errors, trouble) = match read {
        Ok(command) => match ask::<Safeguarding>(&state, &posted, "clear", command).await {
            Ok(()) => return see("/safeguarding/recordings"),
            Err(trouble) => (Vec::new(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    recordings(&look, FormView::new(posted.fields.clone(), errors), trouble)
}

fn read_clearing(mut reader: Reader<'_>) -> Result<Command, Vec<FieldError>> {
    let recording = reader.optional_id::<RecordingId>("recording");
    let device = reader.optional_id::<DeviceId>("device");
    let nothing = reader.ticked("nothing");
    let clearing = if nothing { None } else { what_became(&mut reader, "") };
    let command = match (recording.flatten(), device.flatten()) {
        (Some(recording), _) => clearing.map(|clearing| Command::ClearRecordings { recording, clearing }),
        (None, Some(device)) if nothing => Some(Command::ClearOnTour { device, clearing: None }),
        (None, Some(device)) => {
            clearing.map(|clearing| Command::ClearOnTour { device, clearing: Some(clearing) })
        }
        (None, None) => {
            reader.error("recording", "Choose the phone.");
            None
        }
    };
    reader.finish(command)
}
