//! The trip form: new, edited, changed on the way, copied.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::envelope::Hash;
use proto::ids::TripId;
use proto::v1::devices::DeviceKind;
use proto::v1::people::Role;
use proto::v1::trips::{Command, TripForm};
use serde::Deserialize;
use trips::{PhaseName, Trips};

use super::act::{ask, see};
use super::drafts::{Offered, begun, saved};
use super::html::{Html, page};
use super::map::{KnownPlace, known_places, places_json};
use super::shell::{Looking, Place, Shell, missing};
use super::trip_check::Running;
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::forms::trip::{self, LISTS, input_of};
use crate::forms::{Choice, Choices, FieldError, FormView, Offer, Reader, compacted};
use crate::view::SchoolView;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/trips/new", get(new).post(save_new))
        .route("/trips/{trip}/edit", get(edit).post(save))
        .route("/trips/{trip}/copy", get(copy).post(make_copy))
}

#[derive(Template)]
#[template(path = "trip/form.html")]
struct FormPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    /// The checklist beside it.
    running: Html,
    /// Where it is sent.
    action: String,
    /// Under what is kept what is typed.
    keep: String,
    /// What was begun before and not saved: when, and when for scripts.
    begun: Option<(String, String)>,
    title: String,
    /// The party is out: it is amended, with a reason.
    amends: bool,
    people: Choices,
    office: Choices,
    dsl: Choices,
    senior: Choices,
    mobiles: Vec<Mobile>,
    /// There are too many to list: they are found.
    find_mobiles: bool,
    mobile_ids: Choices,
    places: Vec<KnownPlace>,
    /// The same for the maps.
    places_json: String,
    kinds: Vec<Choice>,
    reasons: Vec<Choice>,
    /// Whether pupils who travel directly are listed. [FORM-6]
    asks_direct: bool,
    /// What the school asks of staff's own phones. [PERS-6]
    own_phones: Option<&'static str>,
}

/// What kind of page it is.
#[derive(Clone, Copy)]
struct Kind {
    trip: TripId,
    is_new: bool,
    amends: bool,
}

impl Kind {
    fn of(view: &SchoolView, trip: TripId) -> Option<Self> {
        let amends = view.trips.trip(trip)?.phase_name() == PhaseName::Out;
        Some(Self { trip, is_new: false, amends })
    }

    /// Under what is kept what is typed: see [`super::drafts`].
    fn keep(self) -> String {
        if self.is_new { "new".to_owned() } else { self.trip.to_string() }
    }
}

fn show(look: &Looking<'_>, kind: Kind, form: FormView, trouble: Option<Trouble>) -> Response {
    show_begun(look, kind, form, trouble, None)
}

fn show_begun(
    look: &Looking<'_>,
    kind: Kind,
    form: FormView,
    trouble: Option<Trouble>,
    begun: Option<(String, String)>,
) -> Response {
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (action, title) = match (kind.is_new, kind.amends) {
        (true, _) => ("/trips/new".to_owned(), "New trip form".to_owned()),
        (false, amends) => {
            let what = if amends { "change on the way" } else { "the form" };
            (format!("/trips/{}/edit", kind.trip), format!("{}: {what}", look.view.trip_title(kind.trip)))
        }
    };
    let running = Running::html(look, form.fields());
    let places = known_places(look.view);
    let people = |any: &[Role]| Choices::people_with(look, any, form.fields());
    let (everybody, dsl) = (people(&[]), people(&[Role::Dsl]));
    let office = people(&[Role::Office, Role::Admin, Role::Head, Role::Senior]);
    let senior = people(&[Role::Senior, Role::Head]);
    let mobile_ids = mobile_ids(look.view, form.fields());
    let find_mobiles = mobile_ids.find().is_some();
    let shown = FormPage {
        shell: look.shell(Place::Trips),
        trouble,
        form,
        running,
        action,
        keep: kind.keep(),
        begun,
        title,
        amends: kind.amends,
        people: everybody,
        office,
        dsl,
        senior,
        mobiles: if find_mobiles { Vec::new() } else { mobiles(look.view) },
        find_mobiles,
        mobile_ids,
        places_json: places_json(&places),
        places,
        kinds: kinds(),
        own_phones: look.view.school.policy.own_phones.words(),
        asks_direct: look.view.school.policy.direct_travellers,
        reasons: reasons(),
    };
    page(status, &shown)
}

/// A work mobile to choose, by its tag.
struct Mobile {
    tag: String,
    label: String,
    /// Whose it is for good.
    person: String,
}

/// Work mobiles on the register that can be used, by tag.
fn mobiles(view: &SchoolView) -> Vec<Mobile> {
    let usable = view.devices.devices().filter(|(_, device)| is_usable(device));
    let mut mobiles: Vec<Mobile> = usable
        .map(|(_, device)| {
            let holder = device.holder().map(|holder| format!(", {}", view.holder_name(holder)));
            let person = match &device.custody {
                devices::Custody::Issued(devices::Issued::Permanently { person, .. }) => person.to_string(),
                devices::Custody::Issued(devices::Issued::ToTrip { .. })
                | devices::Custody::InStore { .. }
                | devices::Custody::Damaged { .. }
                | devices::Custody::Quarantined { .. }
                | devices::Custody::Lost { .. }
                | devices::Custody::WithPolice { .. }
                | devices::Custody::Retired => String::new(),
            };
            let label = format!("{}{}", device.number.national(), holder.unwrap_or_default());
            Mobile { tag: device.tag.to_string(), label, person }
        })
        .collect();
    mobiles.sort_by(|a, b| a.tag.cmp(&b.tag));
    mobiles
}

fn mobile_ids(view: &SchoolView, typed: &Fields) -> Choices {
    let usable = view.devices.devices().filter(|(_, device)| is_usable(device));
    Choices::phones(view, usable, Some(DeviceKind::WorkMobile), "", typed)
}

fn is_usable(device: &devices::Device) -> bool {
    use devices::Custody::{Damaged, InStore, Issued, Lost, Quarantined, Retired, WithPolice};
    let in_service = match &device.custody {
        InStore { .. } | Issued(_) => true,
        Damaged { .. } | Quarantined { .. } | Lost { .. } | WithPolice { .. } | Retired => false,
    };
    in_service && device.kind == DeviceKind::WorkMobile
}

fn kinds() -> Vec<Choice> {
    use proto::v1::trips::TripKind::{DayVisit, HomeVisit, LocalVisit, Residential, Tour, WorkPlacement};
    let kinds = [
        ("local_visit", LocalVisit),
        ("day_visit", DayVisit),
        ("residential", Residential),
        ("work_placement", WorkPlacement),
        ("home_visit", HomeVisit),
        ("tour", Tour),
    ];
    kinds.map(|(value, kind)| Choice::new(value, super::words::trip_kind(kind))).to_vec()
}

fn reasons() -> Vec<Choice> {
    use proto::v1::trips::QuietReason::{Driving, Flight, Night, NoSignal, Water};
    let reasons = [
        ("no_signal", NoSignal),
        ("night", Night),
        ("flight", Flight),
        ("driving", Driving),
        ("water", Water),
    ];
    reasons.map(|(value, reason)| Choice::new(value, super::words::quiet_reason(reason))).to_vec()
}

/// `?draft=1`: what was begun before stands in the form again.
#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    draft: u8,
}

/// The form as it would be, or as it was begun; and what is offered besides.
fn taken(fields: Fields, begun: Option<Offered>, wanted: Wanted) -> (Fields, Option<(String, String)>) {
    match begun {
        Some(Offered { fields: begun, .. }) if wanted.draft != 0 => (begun, None),
        Some(Offered { at, kept_at, .. }) => (fields, Some((at, kept_at))),
        None => (fields, None),
    }
}

async fn new(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let begun = begun(&state, &session, "new").await;
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let trip = TripId::new();
    let fields = trip::blank(session.person, look.now, &view.school.zone);
    let fields = with(fields, &[("trip", trip.to_string())]);
    let (fields, offered) = taken(fields, begun, wanted);
    let kind = Kind { trip, is_new: true, amends: false };
    show_begun(&look, kind, FormView::new(fields, Vec::new()), None, offered)
}

async fn edit(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let begun = begun(&state, &session, &trip.to_string()).await;
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let (Some(known), Some(kind)) = (view.trips.trip(trip), Kind::of(&view, trip)) else {
        return missing(&look, Place::Trips, "trip");
    };
    let fields = with(trip::write(&known.form, &view.school.zone), &[("base", known.form_hash.to_string())]);
    let (fields, offered) = taken(fields, begun, wanted);
    show_begun(&look, kind, FormView::new(fields, Vec::new()), None, offered)
}

/// Those fields, and some more.
fn with(fields: Fields, more: &[(&str, String)]) -> Fields {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Fields::new(fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(more).collect())
}

async fn save_new(State(state): State<AppState>, posted: Posted) -> Response {
    let trip = posted.fields.get("trip").and_then(|id| id.parse().ok()).unwrap_or_default();
    keep(state, Kind { trip, is_new: true, amends: false }, posted).await
}

async fn save(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let kind = Kind::of(&state.view_of(&posted.session), trip);
    match kind {
        Some(kind) => keep(state, kind, posted).await,
        None => {
            let view = state.view_of(&posted.session);
            missing(&Looking::new(&state, &view, &posted.session), Place::Trips, "trip")
        }
    }
}

/// Saves what was typed; or shows it again with what stands against it.
async fn keep(state: AppState, kind: Kind, mut posted: Posted) -> Response {
    posted.fields = compacted(&posted.fields, LISTS);
    let again = |errors: Vec<FieldError>, trouble: Option<Trouble>| {
        let view = state.view_of(&posted.session);
        let look = Looking::new(&state, &view, &posted.session);
        show(&look, kind, FormView::new(posted.fields.clone(), errors), trouble)
    };
    if posted.fields.get("do").is_some_and(|what| what.starts_with("add:")) {
        return again(Vec::new(), None);
    }
    let read = read(&state, &posted, kind);
    let command = match read {
        Ok(command) => command,
        Err(errors) => return again(errors, None),
    };
    match ask::<Trips>(&state, &posted, "save", command).await {
        Ok(()) => {
            saved(&state, &posted.session, &kind.keep()).await;
            see(&format!("/trips/{}?saved=1", kind.trip))
        }
        Err(mut trouble) => {
            let errors = trouble.beside_field().map(|mut error| {
                error.field = input_of(&error.field);
                error
            });
            if errors.is_some() {
                trouble.remedy.push_str(" All that you typed is still here.");
            }
            again(errors.into_iter().collect(), Some(trouble))
        }
    }
}

fn read(state: &AppState, posted: &Posted, kind: Kind) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let form: Result<TripForm, Vec<FieldError>> = trip::read(&posted.fields, &view);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let base = reader.optional_id::<Hash>("base");
    let trip = kind.trip;
    let rest = if kind.amends {
        let reason = reader.text("amend.reason", "Say why the form changes on the way.");
        reader.finish(base.zip(reason).map(|(base, reason)| (base, Some(reason))))
    } else {
        reader.finish(base.map(|base| (base, None)))
    };
    match (form, rest) {
        (Ok(form), Ok((base, reason))) => Ok(match (reason, base) {
            (Some(reason), Some(base)) => Command::AmendTrip { trip, base, form: Box::new(form), reason },
            (Some(_), None) | (None, _) => Command::SaveDraft { trip, base, form: Box::new(form) },
        }),
        (form, rest) => Err(form.err().into_iter().chain(rest.err()).flatten().collect()),
    }
}

#[derive(Template)]
#[template(path = "trip/copy.html")]
struct CopyPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: TripId,
    title: String,
}

fn show_copy(look: &Looking<'_>, id: TripId, form: FormView, trouble: Option<Trouble>) -> Response {
    let Some(known) = look.view.trips.trip(id) else { return missing(look, Place::Trips, "trip") };
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (shell, title) = (look.shell(Place::Trips), known.shown_title());
    page(status, &CopyPage { shell, trouble, form, id, title })
}

async fn copy(State(state): State<AppState>, session: Session, Path(trip): Path<TripId>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    // A week later, at the same times.
    let week = |at: proto::Timestamp| {
        let wall = view.school.zone.local(at).datetime();
        wall.checked_add(jiff::Span::new().days(7)).map_or(at, |wall| view.school.zone.instant(wall))
    };
    let window = view.trips.trip(trip).map(|known| known.form.window);
    let pairs = window.map(|window| {
        let typed = |at| look.when().typed(week(at));
        [
            ("window.from", typed(window.from)),
            ("window.to", typed(window.to)),
            ("copy", TripId::new().to_string()),
        ]
    });
    show_copy(&look, trip, FormView::with(pairs.as_ref().map_or(&[], |pairs| pairs.as_slice())), None)
}

async fn make_copy(State(state): State<AppState>, Path(from): Path<TripId>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let window = reader.window("window");
        let copy = reader.id::<TripId>("copy", "Load the page again.");
        reader.finish(window.zip(copy))
    };
    let (errors, trouble) = match read {
        Ok((window, trip)) => {
            match ask::<Trips>(&state, &posted, "copy", Command::CopyTrip { trip, from, window }).await {
                Ok(()) => return see(&format!("/trips/{trip}/edit")),
                Err(trouble) => (Vec::new(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_copy(&look, from, FormView::new(posted.fields.clone(), errors), trouble)
}
