//! The device desk: the register, trays out and in, a new phone, the supply forecast.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use devices::{Custody, DaySupply, Devices};
use proto::ids::{DeviceId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::{Command, DeviceKind, Handset, Holder, Issue, Owner};
use proto::values::{AssetTag, Imei, Personal, PhoneNumber};
use serde::Deserialize;

use super::act::{ask, see};
use super::html::page;
use super::shell::{Looking, Place, Shell};
use super::take_in::{show_return, take_in};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};

/// The forecast looks so many days ahead.
const DAYS: u16 = 14;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/devices", get(show).post(register))
        .route("/devices/issue", get(show_issue).post(issue))
        .route("/devices/return", get(show_return).post(take_in))
        .route("/devices/passcodes", post(confirm_passcode))
}

#[derive(Template)]
#[template(path = "devices/list.html")]
struct DevicesPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may_keep: bool,
    rows: Vec<Row>,
    counts: Vec<(&'static str, usize)>,
    supply: Vec<SupplyRow>,
}

struct Row {
    id: DeviceId,
    tag: String,
    kind: &'static str,
    handset: &'static str,
    number: String,
    place: String,
    stands: &'static str,
    class: &'static str,
    passcode: Option<String>,
    passcode_old: bool,
}

struct SupplyRow {
    day: String,
    mobiles: (u16, u16, bool),
    phones: (u16, u16, bool),
    trips: String,
}

fn show_list(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    let mut devices: Vec<_> = look.view.devices.devices().collect();
    devices.sort_by(|a, b| a.1.tag.cmp(&b.1.tag));
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (_, device) in &devices {
        *counts.entry(super::device::stands(&device.custody).0).or_default() += 1;
    }
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let shown = DevicesPage {
        shell: look.shell(Place::Devices),
        trouble,
        form,
        may_keep: look.may(ServiceName::Devices, "RegisterDevice"),
        rows: devices.into_iter().map(|(id, device)| row(look, id, device)).collect(),
        counts: counts.into_iter().collect(),
        supply: supply(look),
    };
    page(status, &shown)
}

fn row(look: &Looking<'_>, id: DeviceId, device: &devices::Device) -> Row {
    let (stands, class) = super::device::stands(&device.custody);
    let school = &look.view.school;
    let max = jiff::SignedDuration::from_hours(24 * i64::from(school.policy.passcode_max_age_days));
    let confirmed = device.passcode_confirmed_at;
    Row {
        id,
        tag: device.tag.to_string(),
        kind: words::device_kind(device.kind),
        handset: words::handset(device.handset),
        number: device.number.national(),
        place: super::device::place(look, device),
        stands,
        class,
        passcode: confirmed.map(|at| school.zone.local(at).strftime("%-d %b %Y").to_string()),
        passcode_old: device.custody != Custody::Retired
            && confirmed.is_none_or(|at| look.now.duration_since(at) > max),
    }
}

fn supply(look: &Looking<'_>) -> Vec<SupplyRow> {
    let school = &look.view.school;
    let today = school.zone.local(look.now).date();
    let days = devices::supply(&look.view.devices, today, DAYS, &school.zone, &school.policy);
    let mut rows: BTreeMap<jiff::civil::Date, SupplyRow> = BTreeMap::new();
    for day in days {
        let short = day.is_short();
        let DaySupply { day, kind, needed, available, trips } = day;
        let row = rows.entry(day).or_insert_with(|| SupplyRow {
            day: day.strftime("%a %-d %b").to_string(),
            mobiles: (0, 0, false),
            phones: (0, 0, false),
            trips: String::new(),
        });
        match kind {
            DeviceKind::WorkMobile => row.mobiles = (needed, available, short),
            DeviceKind::BasicPhone => row.phones = (needed, available, short),
        }
        if !trips.is_empty() && row.trips.is_empty() {
            row.trips = trips.iter().map(|trip| look.view.trip_title(*trip)).collect::<Vec<_>>().join(", ");
        }
    }
    rows.into_values().collect()
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let fresh = [("device", DeviceId::new().to_string()), ("kind", "work_mobile".to_owned())];
    show_list(&Looking::new(&state, &view, &session), FormView::with(&fresh), None)
}

async fn register(State(state): State<AppState>, posted: Posted) -> Response {
    let (errors, trouble) = match read_device(&state, &posted) {
        Ok(command) => match ask::<Devices>(&state, &posted, "register", command).await {
            Ok(()) => return see("/devices"),
            Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_list(&look, FormView::new(posted.fields.clone(), errors), trouble)
}

fn read_device(state: &AppState, posted: &Posted) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let device = reader.optional_id::<DeviceId>("device");
    let tag = reader.required("tag", "Write the tag that is on it, such as WM-014.", AssetTag::parse);
    let number = reader.required("number", "Write the number of the SIM in it.", PhoneNumber::parse);
    let imei = reader.optional("imei", Imei::parse);
    let storage = reader.text("storage", "Say in which locked place it is kept. [DEV-4]");
    let kind = match reader.typed("kind") {
        Some("basic_phone") => DeviceKind::BasicPhone,
        Some(_) | None => DeviceKind::WorkMobile,
    };
    let handset = match reader.typed("handset") {
        Some("button") => Handset::Button,
        Some(_) | None => Handset::Smart,
    };
    let owner = match reader.typed("owner") {
        Some("trust") => Owner::Trust,
        Some("host") => Owner::Host,
        Some(_) | None => Owner::School,
    };
    let command = || {
        let device = device?.unwrap_or_default();
        Some(Command::RegisterDevice {
            device,
            kind,
            handset,
            owner,
            tag: tag?,
            number: number?,
            imei: imei?,
            storage: storage?,
        })
    };
    let command = command();
    reader.finish(command)
}

/// One phone's passcode, from the list.
async fn confirm_passcode(State(state): State<AppState>, posted: Posted) -> Response {
    let device = posted.fields.get("device").and_then(|id| id.parse().ok()).unwrap_or_default();
    match ask::<Devices>(&state, &posted, "passcode", Command::ConfirmPasscode { device }).await {
        Ok(()) => see("/devices"),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            show_list(&Looking::new(&state, &view, &posted.session), FormView::default(), Some(trouble))
        }
    }
}

#[derive(Deserialize, Default)]
struct ForTrip {
    trip: Option<TripId>,
}

#[derive(Template)]
#[template(path = "devices/issue.html")]
struct IssuePage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    trips: Vec<Choice>,
    trip: Option<(TripId, String)>,
    /// Who of the trip needs a phone: (label, input's name, phones to choose from, in hand already).
    holders: Vec<NeedsPhone>,
}

struct NeedsPhone {
    label: String,
    input: String,
    choices: Vec<Choice>,
    has: Option<String>,
    /// On permanent issue: the holder says that it is in hand.
    permanent: Option<(DeviceId, String)>,
}

fn planned(look: &Looking<'_>) -> Vec<Choice> {
    use trips::PhaseName::{Authorised, Draft, Out, Submitted};
    let open = look
        .view
        .trips
        .trips()
        .filter(|(_, t)| matches!(t.phase_name(), Draft | Submitted | Authorised | Out));
    let mut open: Vec<_> = open.collect();
    open.sort_by_key(|(id, trip)| (trip.form.window.from, *id));
    let label =
        |trip: &trips::Trip| format!("{}, {}", trip.form.title, look.when().at(trip.form.window.from));
    open.into_iter().map(|(id, trip)| Choice::new(id, label(trip))).collect()
}

pub(crate) fn in_store(look: &Looking<'_>, kind: DeviceKind) -> Vec<Choice> {
    let free = look
        .view
        .devices
        .devices()
        .filter(|(_, device)| device.kind == kind && matches!(device.custody, Custody::InStore { .. }));
    let mut choices: Vec<Choice> =
        free.map(|(id, device)| Choice::new(id, format!("{} ({})", device.tag, device.number))).collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices
}

fn holders(look: &Looking<'_>, id: TripId) -> Vec<NeedsPhone> {
    let Some(trip) = look.view.trips.trip(id) else { return Vec::new() };
    let (mobiles, phones) = (in_store(look, DeviceKind::WorkMobile), in_store(look, DeviceKind::BasicPhone));
    let held = |holder: Holder| {
        let mut held = look.view.devices.devices().filter(move |(_, device)| device.holder() == Some(holder));
        held.find(|(_, device)| device.issued().is_some_and(|issued| issued.trips().contains(&id)))
            .map(|(_, device)| device.tag.to_string())
    };
    let permanent = |person| {
        let mut own = look.view.devices.devices();
        own.find(|(_, device)| {
            matches!(&device.custody, Custody::Issued(devices::Issued::Permanently { person: of, .. }) if *of == person)
        })
        .map(|(device, known)| (device, known.tag.to_string()))
    };
    let adults = trip
        .form
        .staff
        .iter()
        .map(|entry| (entry, ""))
        .chain(trip.form.reserves.iter().map(|entry| (entry, ", reserve")));
    let adults = adults.map(|(entry, part)| NeedsPhone {
        label: format!("{}{part}: {}", look.view.person_name(entry.person), expected(look, entry)),
        input: format!("person.{}", entry.person),
        choices: mobiles.clone(),
        has: held(Holder::Person(entry.person)),
        permanent: permanent(entry.person),
    });
    let pupils = trip.form.pupil_phones.iter().map(|pupil| NeedsPhone {
        label: format!("{}, pupil: {}", pupil.name.shown(), pupil.reason.shown()),
        input: format!("pupil.{}", pupil.pupil),
        choices: phones.clone(),
        has: held(Holder::Pupil(pupil.pupil)),
        permanent: None,
    });
    adults.chain(pupils).collect()
}

/// The phone that stands against somebody on the form.
fn expected(look: &Looking<'_>, entry: &proto::v1::trips::StaffOnForm) -> String {
    let tag = entry.work_mobile.as_ref().and_then(|number| look.view.devices.by_number(number));
    tag.map_or_else(
        || "no work mobile on the form".to_owned(),
        |device| format!("{} on the form", look.view.device_tag(device)),
    )
}

/// What is on the form and in store is chosen beforehand.
fn suggested(look: &Looking<'_>, id: TripId) -> Vec<(String, String)> {
    let Some(trip) = look.view.trips.trip(id) else { return Vec::new() };
    let pairs = trip.form.staff.iter().filter_map(|entry| {
        let device = look.view.devices.by_number(entry.work_mobile.as_ref()?)?;
        let in_store = matches!(look.view.devices.device(device)?.custody, Custody::InStore { .. });
        in_store.then(|| (format!("person.{}", entry.person), device.to_string()))
    });
    pairs.collect()
}

fn issue_page(
    look: &Looking<'_>,
    trip: Option<TripId>,
    form: FormView,
    trouble: Option<Trouble>,
) -> Response {
    let known = trip.and_then(|id| Some((id, look.view.trips.trip(id)?.form.title.to_string())));
    let shown = IssuePage {
        shell: look.shell(Place::Devices),
        form,
        trips: planned(look),
        holders: known.as_ref().map(|(id, _)| holders(look, *id)).unwrap_or_default(),
        trip: known,
        trouble,
    };
    page(shown.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status), &shown)
}

async fn show_issue(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<ForTrip>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let mut pairs = wanted.trip.map(|id| suggested(&look, id)).unwrap_or_default();
    pairs.extend(wanted.trip.map(|id| ("trip".to_owned(), id.to_string())));
    issue_page(&look, wanted.trip, FormView::new(Fields::new(pairs), Vec::new()), None)
}

async fn issue(State(state): State<AppState>, posted: Posted) -> Response {
    let trip: Option<TripId> = posted.fields.get("trip").and_then(|id| id.parse().ok());
    let tray = trip.map(|trip| (trip, tray(&state, &posted, trip)));
    let trouble = match tray {
        Some((_, issues)) if issues.is_empty() => {
            Trouble::unreadable(vec![FieldError::new("issues", "Choose at least one phone.")])
        }
        Some((trip, issues)) => {
            match ask::<Devices>(&state, &posted, "issue", Command::IssueDevices { trip, issues }).await {
                Ok(()) => return see(&format!("/trips/{trip}")),
                Err(trouble) => trouble,
            }
        }
        None => Trouble::unreadable(vec![FieldError::new("trip", "Choose the trip.")]),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    issue_page(&look, trip, FormView::new(posted.fields.clone(), Vec::new()), Some(trouble))
}

/// Every phone that was chosen, with whom it is for and, for a pupil, the form's reason.
fn tray(state: &AppState, posted: &Posted, trip: TripId) -> Vec<Issue> {
    let view = state.view_of(&posted.session);
    let form = view.trips.trip(trip).map(|trip| &trip.form);
    let one = |(name, value): (&str, &str)| {
        let device: DeviceId = value.trim().parse().ok()?;
        let (kind, id) = name.split_once('.')?;
        match kind {
            "person" => Some(Issue { device, holder: Holder::Person(id.parse().ok()?), reason: None }),
            "pupil" => {
                let pupil = id.parse().ok()?;
                let on_form = form.and_then(|form| form.pupil_phones.iter().find(|p| p.pupil == pupil));
                let reason = on_form.and_then(|p| p.reason.get().cloned()).map(Personal::known);
                Some(Issue { device, holder: Holder::Pupil(pupil), reason })
            }
            _ => None,
        }
    };
    posted.fields.iter().filter_map(one).collect()
}
