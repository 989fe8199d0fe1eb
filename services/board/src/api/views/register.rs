//! Phones, people, lines.

use axum::Json;
use axum::extract::{Path, State};
use devices::{Custody, Device};
use jiff::civil::Date;
use people::Authorisation;
use proto::Timestamp;
use proto::ids::{DeviceId, DutyId, TripId};
use proto::v1::contacts::Audience;
use proto::v1::devices::{DeviceKind, Handset, Owner};
use proto::v1::people::{DutyRole, Role, Standing};
use proto::values::{AssetTag, Imei, PhoneNumber, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::bodies::{LineBody, Named, RouteBody};
use super::listing::{Listed, Listing};
use crate::api::{ApiError, Asks};
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::view::SchoolView;

/// A phone in a list.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceLine {
    device: DeviceId,
    tag: AssetTag,
    kind: DeviceKind,
    handset: Handset,
    owner: Owner,
    number: PhoneNumber,
    /// in_store, issued, issued_permanently, damaged, quarantined, lost, with_police or retired.
    custody: &'static str,
    /// The locked place, where it is in one.
    storage: Option<String>,
    holder: Option<String>,
    trip: Option<TripId>,
    passcode_confirmed_at: Option<Timestamp>,
}

/// A phone.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeviceBody {
    #[serde(flatten)]
    line: DeviceLine,
    imei: Option<Imei>,
    /// The trips it is kept for, and for whom.
    reservations: Vec<Reservation>,
    /// How it got where it is, the oldest first: each step as the register has it.
    history: Vec<serde_json::Value>,
}

/// Kept for a trip.
#[derive(Serialize, JsonSchema)]
pub(super) struct Reservation {
    trip: TripId,
    holder: String,
}

/// A day and kind of phone.
#[derive(Serialize, JsonSchema)]
pub(super) struct SupplyLine {
    day: Date,
    kind: DeviceKind,
    needed: u16,
    /// Base's own reserve taken off.
    available: u16,
    short: bool,
    trips: BTreeSet<TripId>,
}

/// Who works here, and who is on call.
#[derive(Serialize, JsonSchema)]
pub(super) struct PeopleBody {
    people: Vec<PersonBody>,
    duties: Vec<DutyBody>,
}

/// A person.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonBody {
    #[serde(flatten)]
    named: Named,
    standing: Standing,
    roles: BTreeSet<Role>,
    /// May hold a phone now.
    may_hold: bool,
    /// Until when, if not for good.
    may_hold_until: Option<Timestamp>,
    /// The version of the user agreement they accepted.
    agreement: Option<u16>,
}

/// A stretch of duty.
#[derive(Serialize, JsonSchema)]
pub(super) struct DutyBody {
    duty: DutyId,
    person: Named,
    role: DutyRole,
    window: Window,
}

impl DeviceLine {
    fn of(view: &SchoolView, id: DeviceId, device: &Device) -> Self {
        let (custody, storage) = match &device.custody {
            Custody::InStore { storage } => ("in_store", Some(storage)),
            Custody::Issued(devices::Issued::ToTrip { .. }) => ("issued", None),
            Custody::Issued(devices::Issued::Permanently { .. }) => ("issued_permanently", None),
            Custody::Damaged { storage } => ("damaged", Some(storage)),
            Custody::Quarantined { storage, .. } => ("quarantined", Some(storage)),
            Custody::Lost { .. } => ("lost", None),
            Custody::WithPolice { .. } => ("with_police", None),
            Custody::Retired => ("retired", None),
        };
        Self {
            device: id,
            tag: device.tag.clone(),
            kind: device.kind,
            handset: device.handset,
            owner: device.owner,
            number: device.number.clone(),
            custody,
            storage: storage.map(ToString::to_string),
            holder: device.holder().map(|holder| view.holder_name(holder)),
            trip: device.trip(),
            passcode_confirmed_at: device.passcode_confirmed_at,
        }
    }
}

pub(super) async fn devices(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    listing: Listing,
) -> Result<Listed<Vec<DeviceLine>>, ApiError> {
    let view = state.view_of(&session);
    let is_wanted = |device: &Device| {
        let holder = device.holder().map(|holder| view.holder_name(holder)).unwrap_or_default();
        listing.finds(&[device.tag.as_str(), &device.number.national(), &holder])
    };
    let mut found: Vec<_> = view.devices.devices().filter(|(_, device)| is_wanted(device)).collect();
    found.sort_by(|(_, a), (_, b)| a.tag.cmp(&b.tag));
    Ok(listing.of(found)?.each(|(id, device)| DeviceLine::of(&view, id, device)))
}

pub(super) async fn device(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Path(id): Path<String>,
) -> Result<Json<DeviceBody>, ApiError> {
    let bad = |_| ApiError::malformed(Some("device".to_owned()), "a phone's id is a UUID");
    let id: DeviceId = id.parse().map_err(bad)?;
    let view = state.view_of(&session);
    let device = view.devices.device(id).ok_or_else(|| ApiError::not_found("there is no such phone"))?;
    let reservation =
        |(trip, holder): (&TripId, &_)| Reservation { trip: *trip, holder: view.holder_name(*holder) };
    let step = |step| serde_json::to_value(step).expect("a step has string keys only");
    Ok(Json(DeviceBody {
        line: DeviceLine::of(&view, id, device),
        imei: device.imei.clone(),
        reservations: device.reservations.iter().map(reservation).collect(),
        history: device.history.iter().map(step).collect(),
    }))
}

#[derive(Deserialize)]
pub(super) struct Ahead {
    days: Option<u16>,
}

/// Days of the forecast where it isn't said how many.
const DAYS: u16 = 14;

pub(super) async fn supply(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(ahead): Asks<Ahead>,
) -> Result<Json<Vec<SupplyLine>>, ApiError> {
    let days = ahead.days.unwrap_or(DAYS);
    if !(1..=::devices::FORECAST_DAYS).contains(&days) {
        let text = format!("the forecast is for 1 to {} days", ::devices::FORECAST_DAYS);
        return Err(ApiError::malformed(Some("days".to_owned()), text));
    }
    let view = state.view_of(&session);
    let (zone, policy) = (&view.school.zone, &view.school.policy);
    let today = zone.local(state.now()).date();
    let line = |day: ::devices::DaySupply| SupplyLine {
        short: day.is_short(),
        day: day.day,
        kind: day.kind,
        needed: day.needed,
        available: day.available,
        trips: day.trips,
    };
    Ok(Json(::devices::supply(&view.devices, today, days, zone, policy).into_iter().map(line).collect()))
}

pub(super) async fn people(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    listing: Listing,
) -> Result<Listed<PeopleBody>, ApiError> {
    let now = state.now();
    let view = state.view_of(&session);
    let person = |(id, member): (_, &::people::Member)| PersonBody {
        named: Named::of(&view, id),
        standing: member.standing,
        roles: member.roles.clone(),
        may_hold: member.authorisation.holds(now),
        may_hold_until: match member.authorisation {
            Authorisation::Until(end) => Some(end),
            Authorisation::None | Authorisation::ForGood => None,
        },
        agreement: member.agreement.map(|(version, _)| version),
    };
    let duty = |(duty, of): (DutyId, &::people::Duty)| DutyBody {
        duty,
        person: Named::of(&view, of.person),
        role: of.role,
        window: of.window,
    };
    let mut duties: Vec<DutyBody> =
        view.people.duties().filter(|(_, duty)| duty.window.to > now).map(duty).collect();
    duties.sort_by_key(|duty| (duty.window, duty.duty));
    let mut found: Vec<_> =
        view.people.members().filter(|(_, member)| listing.finds(&[&member.name.shown()])).collect();
    found.sort_by_cached_key(|(id, member)| (member.name.shown(), *id));
    Ok(listing.of(found)?.each(person).map(|people| PeopleBody { people, duties }))
}

pub(super) async fn lines(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Json<Vec<LineBody>> {
    let view = state.view_of(&session);
    Json(view.contacts.lines().map(|(id, line)| LineBody::of(id, line)).collect())
}

#[derive(Deserialize)]
pub(super) struct Question {
    audience: Option<Audience>,
    trip: Option<TripId>,
}

pub(super) async fn route(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(question): Asks<Question>,
) -> Result<Json<RouteBody>, ApiError> {
    let audience = question.audience.unwrap_or(Audience::Base);
    Ok(Json(RouteBody::of(&state.view_of(&session), audience, question.trip, state.now())))
}
