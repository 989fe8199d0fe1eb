//! The register of phones: a list to search, a new phone, the supply forecast, labels to print. Trays go out in `issue`.

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
use proto::v1::contacts::Audience;
use proto::v1::devices::{Command, DeviceKind, Handset, Owner};
use proto::values::{AssetTag, Imei, PhoneNumber};

use super::act::{ask, onward, see};
use super::html::{Html, page};
use super::paging::{Paging, Wanted};
use super::qr::qr_code;
use super::rings::rings;
use super::shell::{Looking, Place, Shell};
use super::take_in::{show_return, take_in};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{FieldError, FormView, Reader};

/// The forecast shows so many days, from Monday on.
const DAYS: u16 = 28;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/devices", get(show).post(register))
        .route("/devices/labels", get(labels))
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
    paging: Paging,
    counts: Vec<(&'static str, usize)>,
    supply: Vec<SupplyDay>,
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

/// A day of the forecast, as the calendar has it.
struct SupplyDay {
    /// `Fri 20 Nov`
    day: String,
    /// Before the forecast begins: an empty place of the week.
    blank: bool,
    today: bool,
    mobiles: (u16, u16, bool),
    phones: (u16, u16, bool),
    trips: Vec<(TripId, String)>,
}

fn show_list(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>, wanted: &Wanted) -> Response {
    let mut devices: Vec<_> = look.view.devices.devices().collect();
    devices.sort_by(|a, b| a.1.tag.cmp(&b.1.tag));
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (_, device) in &devices {
        *counts.entry(super::device::stands(&device.custody).0).or_default() += 1;
    }
    devices.retain(|(_, device)| {
        let (stands, _) = super::device::stands(&device.custody);
        let (tag, number) = (device.tag.to_string(), device.number.national());
        let kind = words::device_kind(device.kind);
        wanted.finds(&[&tag, &number, stands, kind, &super::device::place(look, device)])
    });
    let (devices, paging) = wanted.page(devices);
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
        paging,
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

/// The forecast from this week's Monday on, so that it stands as a calendar; days that are over are blank.
fn supply(look: &Looking<'_>) -> Vec<SupplyDay> {
    let school = &look.view.school;
    let today = school.zone.local(look.now).date();
    let before = today.weekday().to_monday_zero_offset();
    let blank = || SupplyDay {
        day: String::new(),
        blank: true,
        today: false,
        mobiles: (0, 0, false),
        phones: (0, 0, false),
        trips: Vec::new(),
    };
    let days = DAYS - u16::from(before.unsigned_abs());
    let mut rows: BTreeMap<jiff::civil::Date, SupplyDay> = BTreeMap::new();
    for day in devices::supply(&look.view.devices, today, days, &school.zone, &school.policy) {
        let short = day.is_short();
        let DaySupply { day, kind, needed, available, trips } = day;
        let row = rows.entry(day).or_insert_with(|| SupplyDay {
            day: day.strftime("%a %-d %b").to_string(),
            blank: false,
            today: day == today,
            ..blank()
        });
        match kind {
            DeviceKind::WorkMobile => row.mobiles = (needed, available, short),
            DeviceKind::BasicPhone => row.phones = (needed, available, short),
        }
        for trip in trips {
            if !row.trips.iter().any(|(known, _)| *known == trip) {
                row.trips.push((trip, look.view.trip_title(trip)));
            }
        }
    }
    (0..before).map(|_| blank()).chain(rows.into_values()).collect()
}

#[derive(Template)]
#[template(path = "devices/labels.html")]
struct LabelsPage {
    shell: Shell,
    labels: Vec<DeviceLabel>,
    paging: Paging,
}

struct DeviceLabel {
    tag: String,
    kind: &'static str,
    qr: Option<Html>,
    /// Who finds it rings this.
    found: Option<String>,
}

/// Labels for what is looked for, 21 to a sheet: the tag as text and as a code that the desk's scanner and camera read.
async fn labels(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let mut devices: Vec<_> = view.devices.devices().map(|(_, device)| device).collect();
    devices.retain(|device| device.custody != Custody::Retired && wanted.finds(&[device.tag.as_str()]));
    devices.sort_by(|a, b| a.tag.cmp(&b.tag));
    let found = rings(&look, Audience::Parent, None).steps.into_iter().next().map(|ring| ring.number);
    let label = |device: &devices::Device| DeviceLabel {
        tag: device.tag.to_string(),
        kind: words::device_kind(device.kind),
        qr: qr_code(device.tag.as_str(), "The tag as a code"),
        found: found.clone(),
    };
    let (devices, paging) = wanted.page(devices);
    let labels = devices.into_iter().map(label).collect();
    page(StatusCode::OK, &LabelsPage { shell: look.shell(Place::Devices), labels, paging })
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let fresh = [("device", DeviceId::new().to_string()), ("kind", "work_mobile".to_owned())];
    show_list(&Looking::new(&state, &view, &session), FormView::with(&fresh), None, &wanted)
}

async fn register(State(state): State<AppState>, posted: Posted) -> Response {
    let (errors, trouble) = match read_device(&state, &posted) {
        Ok(command) => match ask::<Devices>(&state, &posted, "register", command).await {
            Ok(()) => return onward(&posted, "/devices"),
            Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_list(&look, FormView::new(posted.fields.clone(), errors), trouble, &Wanted::default())
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
            let look = Looking::new(&state, &view, &posted.session);
            show_list(&look, FormView::default(), Some(trouble), &Wanted::default())
        }
    }
}
