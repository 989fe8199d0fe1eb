//! Pupils' own phones: a queue handed in and given back, one line each. A hand scanner types; the focus goes on by itself.
//! [PERS-1, PERS-4]

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use proto::ids::TripId;
use proto::v1::safeguarding::{Command, HandIn, MAX_YEAR, PutAway};
use proto::values::Personal;
use safeguarding::{Pouch, Safeguarding};
use serde::Deserialize;
use trips::PhaseName;

use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::html::page;
use crate::pages::shell::{Looking, Place, Shell, missing};
use crate::pages::trouble::Trouble;
use proto::topics::ServiceName;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/safeguarding/phones", get(show).post(hand_in))
        .route("/safeguarding/phones/back", post(give_back))
}

#[derive(Template)]
#[template(path = "safeguarding/pouches.html")]
struct Pouches {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    /// What was done last, and whether phones are being given back.
    done: Option<String>,
    giving: bool,
    years: Vec<Choice>,
    ways: Vec<Choice>,
    trips: Vec<Choice>,
    seniors: Vec<Choice>,
    /// Today's trips, where pupils' own devices stay at school; none where the policy leaves them to the pupils. [PERS-1]
    asked: Option<Vec<AskedOf>>,
    /// Who may bring one, in words.
    may_bring: String,
    fetch_by: String,
    held: Vec<Row>,
    given_back: Vec<Row>,
    late: usize,
}

/// A trip of today, whose pupils hand theirs in before it leaves.
struct AskedOf {
    id: TripId,
    title: String,
    leaves: String,
    pupils: u32,
    in_pouches: usize,
    /// It has left.
    gone: bool,
}

struct Row {
    pouch: u16,
    pupil: String,
    year: String,
    place: String,
    trip: String,
    at: String,
    late: bool,
}

/// What stays from one pupil to the next, and what was done last.
#[derive(Deserialize, Default, Clone)]
struct Wanted {
    #[serde(default)]
    trip: String,
    #[serde(default)]
    year: String,
    #[serde(default)]
    put_away: String,
    #[serde(default)]
    place: String,
    /// A pouch that was filled, or emptied.
    r#in: Option<u16>,
    back: Option<u16>,
}

pub(super) fn year(of: u8) -> String {
    if of == 0 { "Reception".to_owned() } else { format!("Year {of}") }
}

fn row(look: &Looking<'_>, pouch: u16, held: &Pouch) -> Row {
    Row {
        pouch,
        pupil: held.phone.pupil.shown(),
        year: year(held.phone.year),
        place: held.phone.place.to_string(),
        trip: held.phone.trip.map(|trip| look.view.trip_title(trip)).unwrap_or_default(),
        at: look.when().at(held.at),
        late: held.told,
    }
}

/// Trips of today, and those that are out.
fn trips(look: &Looking<'_>) -> Vec<Choice> {
    let today = look.view.school.zone.local(look.now).date();
    let is_today = |trip: &trips::Trip| match trip.phase_name() {
        PhaseName::Out | PhaseName::Returned => true,
        PhaseName::Draft | PhaseName::Submitted | PhaseName::Authorised => {
            look.view.school.zone.local(trip.form.window.from).date() == today
        }
        PhaseName::Closed | PhaseName::Cancelled => false,
    };
    let found = look.view.trips.trips().filter(|(_, trip)| is_today(trip));
    let mut found: Vec<_> = found.map(|(id, trip)| (id, trip.shown_title())).collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    Choice::of(found)
}

/// The register of a trip day: each trip that leaves today with its pupils, and how many phones are in for it. [PERS-1]
fn asked(look: &Looking<'_>) -> Option<Vec<AskedOf>> {
    let school = &look.view.school;
    let today = school.zone.local(look.now).date();
    let leaves_today = |trip: &trips::Trip| match trip.phase_name() {
        PhaseName::Draft | PhaseName::Cancelled => false,
        PhaseName::Submitted
        | PhaseName::Authorised
        | PhaseName::Out
        | PhaseName::Returned
        | PhaseName::Closed => {
            trip.form.pupils.get() > 0 && school.zone.local(trip.form.window.from).date() == today
        }
    };
    let pouches = look.view.safeguarding.pouches();
    let row = |(id, trip): (TripId, &trips::Trip)| AskedOf {
        id,
        title: trip.shown_title(),
        leaves: look.when().at(trip.form.window.from),
        pupils: trip.form.pupils.get(),
        in_pouches: pouches.held().filter(|(_, held)| held.phone.trip == Some(id)).count(),
        gone: trip.outing().is_some(),
    };
    let mut trips: Vec<_> = look.view.trips.trips().filter(|(_, trip)| leaves_today(trip)).collect();
    trips.sort_by_key(|(id, trip)| (trip.form.window.from, *id));
    school.policy.pupil_devices_stay.then(|| trips.into_iter().map(row).collect())
}

fn may_bring(look: &Looking<'_>) -> String {
    let years = &look.view.school.policy.own_phone_years;
    if years.is_empty() {
        return "Pupils of every year may bring one.".to_owned();
    }
    let names: Vec<String> = years.iter().map(|of| year(*of)).collect();
    format!("{} may bring one; another needs a senior leader's word.", names.join(", "))
}

fn pouches(look: &Looking<'_>, wanted: &Wanted, form: FormView, trouble: Option<Trouble>) -> Response {
    if !look.may(ServiceName::Safeguarding, "HandInPhone") {
        return missing(look, Place::Safeguarding, "page for you: phones are taken by staff");
    }
    let known = look.view.safeguarding.pouches();
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let held: Vec<Row> = known.held().map(|(pouch, held)| row(look, pouch, held)).collect();
    let today = look.view.school.zone.local(look.now).date();
    let policy = &look.view.school.policy;
    let back = known.given_back().filter(|(_, _, _, at)| look.view.school.zone.local(*at).date() == today);
    let done = match (wanted.r#in, wanted.back) {
        (Some(pouch), _) => {
            known.get(pouch).map(|held| format!("{} is in pouch {pouch}.", held.phone.pupil.shown()))
        }
        (None, Some(pouch)) => Some(format!("Pouch {pouch} is empty: given back.")),
        (None, None) => None,
    };
    let shown = Pouches {
        shell: look.shell(Place::Safeguarding),
        done: done.filter(|_| trouble.is_none() && !form.has_errors()),
        giving: wanted.back.is_some() || form.value("giving") == "yes",
        years: (0..=MAX_YEAR).map(|of| Choice::new(of, year(of))).collect(),
        ways: vec![Choice::new("off", "Switched off"), Choice::new("flight", "In flight mode")],
        trips: trips(look),
        seniors: Choice::of(look.people_with(&policy.own_phone_allowed_by)),
        asked: asked(look),
        may_bring: may_bring(look),
        fetch_by: policy.own_phones_fetched_by.to_string(),
        late: held.iter().filter(|row| row.late).count(),
        held,
        given_back: back
            .map(|(pouch, held, _, at)| Row { at: look.when().at(*at), ..row(look, *pouch, held) })
            .collect(),
        form,
        trouble,
    };
    page(status, &shown)
}

/// A line for the next pupil: what stays stays, the next free pouch is offered.
fn fresh(look: &Looking<'_>, wanted: &Wanted) -> FormView {
    let known = look.view.safeguarding.pouches();
    let usual_place = known.held().next().map(|(_, held)| held.phone.place.to_string());
    let or = |given: &str, usual: Option<String>| {
        if given.is_empty() { usual.unwrap_or_default() } else { given.to_owned() }
    };
    let years = &look.view.school.policy.own_phone_years;
    FormView::with(&[
        ("trip", or(&wanted.trip, trips(look).first().map(|choice| choice.value.clone()))),
        ("year", or(&wanted.year, years.first().map(u8::to_string))),
        ("put_away", or(&wanted.put_away, Some("off".to_owned()))),
        ("place", or(&wanted.place, usual_place)),
        ("pouch", known.next_free().to_string()),
    ])
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    pouches(&look, &wanted, fresh(&look, &wanted), None)
}

async fn hand_in(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read_hand_in(Reader::new(&posted.fields, &view.school.zone))
    };
    let (errors, trouble) = match read {
        Ok((pouch, phone)) => {
            match ask::<Safeguarding>(&state, &posted, "hand-in", Command::HandInPhone { pouch, phone }).await
            {
                Ok(()) => return see(&on(&posted, pouch)),
                Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    again(&state, &posted, errors, trouble)
}

/// On to the next pupil, with what stays.
fn on(posted: &Posted, pouch: u16) -> String {
    let of = |name| posted.fields.get(name).unwrap_or_default();
    let pairs =
        [("trip", of("trip")), ("year", of("year")), ("put_away", of("put_away")), ("place", of("place"))];
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    format!("/safeguarding/phones?{query}&in={pouch}")
}

fn read_hand_in(mut reader: Reader<'_>) -> Result<(u16, HandIn), Vec<FieldError>> {
    let pupil = reader.text("pupil", "Scan the pupil's card, or write their initials.");
    let pouch = reader.number("pouch", "Scan or write the pouch's number.");
    let year = reader.number("year", "Choose the year group.");
    let place = reader.text("place", "Say in which locked place the pouches are.");
    let trip: Option<Option<TripId>> = reader.optional_id("trip");
    let allowed_by = reader.optional_id("allowed_by");
    let put_away = match reader.typed("put_away") {
        Some("off") => Some(PutAway::Off),
        Some("flight") => Some(PutAway::FlightMode),
        Some(_) | None => {
            reader.error("put_away", "See that it is switched off, or in flight mode.");
            None
        }
    };
    let read = || {
        let phone = HandIn {
            trip: trip?,
            pupil: Personal::known(pupil?),
            year: year?,
            put_away: put_away?,
            place: place?,
            allowed_by: allowed_by?,
        };
        Some((pouch?, phone))
    };
    let read = read();
    reader.finish(read)
}

fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    let mut form = FormView::new(posted.fields.clone(), errors);
    for (name, value) in fresh(&look, &Wanted::default()).fields().iter() {
        if posted.fields.get(name).is_none() {
            form.put(&[(name, value)]);
        }
    }
    pouches(&look, &Wanted::default(), form, trouble)
}

async fn give_back(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let pouch = reader.number::<u16>("back", "Scan or write the pouch's number.");
        reader.finish(pouch)
    };
    let (errors, trouble) = match read {
        Ok(pouch) => {
            match ask::<Safeguarding>(&state, &posted, "back", Command::GivePhoneBack { pouch }).await {
                Ok(()) => return see(&format!("/safeguarding/phones?back={pouch}")),
                Err(trouble) => (Vec::new(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    again(&state, &posted, errors, trouble)
}
