//! A tray of phones goes out: scanned or chosen, for each who needs one; what may not leave is red before anybody tries, with
//! what would do. [DEV-1, DEV-2, DEV-3, DEV-5, DEV-7, DEV-8]

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use decider::Service;
use devices::{Custody, Devices};
use people::People;
use proto::envelope::Actor;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::refusal::Refusal as _;
use proto::v1::devices::{Command, DeviceKind, Holder, Issue, Refusal};
use proto::v1::people::{Command as PeopleCommand, Standing};
use proto::values::{Charge, Personal};
use serde::Deserialize;
use uuid::Uuid;

use super::act::{ask, see};
use super::html::page;
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::forms::{Choice, Choices, FieldError, FormView};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/devices/issue", get(show_issue).post(issue))
        .route("/devices/issue/ready", post(make_ready))
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
    holders: Vec<NeedsPhone>,
    /// What stands against phones that may not leave, by tag: for the scanner.
    tags: String,
}

/// Who of the trip needs a phone.
struct NeedsPhone {
    label: String,
    input: String,
    /// Where its charge is typed.
    charge: String,
    choices: Choices,
    has: Option<String>,
    /// On permanent issue: the holder says that it is in hand.
    permanent: Option<(DeviceId, String)>,
    /// What stands against what is chosen for them, before anybody tries.
    against: Vec<Against>,
}

/// Something that stands against a phone going to somebody.
struct Against {
    rule: Option<&'static str>,
    text: String,
    remedy: String,
    /// What can be done about it here: (value of the button, its words).
    act: Option<(String, &'static str)>,
}

impl Against {
    fn of(look: &Looking<'_>, refusal: &Refusal) -> Self {
        let staff = |person: &PersonId| {
            look.view.people.member(*person).is_some_and(|member| member.standing != Standing::Supply)
        };
        let act = if let Refusal::PasscodeNotConfirmed { device, .. } = refusal {
            Some((format!("passcode {device}"), "It asks for its passcode"))
        } else if let Refusal::AgreementNotAccepted { person, .. } = refusal {
            Some((format!("agreement {person}"), "They accept it now"))
        } else if let Refusal::NotAuthorised { person } = refusal {
            let words = if staff(person) { "Authorise them" } else { "Authorise them until tonight" };
            Some((format!("authorise {person}"), words))
        } else {
            None
        };
        let rule = refusal.rule().map(|rule| rule.id());
        Self { rule, text: words::sentence(&refusal.to_string()), remedy: refusal.remedy(), act }
    }
}

/// What the devices service would say to that issue: its own decision, tried on what is known here. Nothing comes of it.
fn stands_against(look: &Looking<'_>, trip: TripId, issue: Issue) -> Vec<Refusal> {
    let school = &look.view.school;
    let context = decider::Context {
        now: look.now,
        actor: &Actor::Person(look.session.person),
        cause: Uuid::nil(),
        zone: &school.zone,
        policy: &school.policy,
    };
    let tried =
        Devices::decide(&look.view.devices, Command::IssueDevices { trip, issues: vec![issue] }, &context);
    match tried {
        Ok(_) => Vec::new(),
        Err(Refusal::TrayRefused { faults }) => faults.into_iter().map(|(_, fault)| *fault).collect(),
        Err(refusal) => vec![refusal],
    }
}

/// Against what is chosen for somebody; with nothing chosen, what stands against the person alone.
fn against(
    look: &Looking<'_>,
    trip: TripId,
    chosen: Option<&str>,
    holder: Holder,
    any: Option<DeviceId>,
) -> Vec<Against> {
    let chosen: Option<DeviceId> = chosen.and_then(|id| id.parse().ok());
    let device = chosen.or(any);
    let Some(device) = device else { return Vec::new() };
    let reason = match holder {
        Holder::Pupil(pupil) => reason_of(look, trip, pupil),
        Holder::Person(_) => None,
    };
    let refusals = stands_against(look, trip, Issue { device, holder, reason, charge: None });
    let of_person = |refusal: &&Refusal| {
        matches!(refusal, Refusal::NotAuthorised { .. } | Refusal::AgreementNotAccepted { .. })
    };
    let shown = refusals.iter().filter(|refusal| chosen.is_some() || of_person(refusal));
    shown.map(|refusal| Against::of(look, refusal)).collect()
}

/// Why a pupil of the form is to have a phone.
fn reason_of(
    look: &Looking<'_>,
    trip: TripId,
    pupil: proto::ids::PupilId,
) -> Option<Personal<proto::values::Note>> {
    let form = &look.view.trips.trip(trip)?.form;
    let on_form = form.pupil_phones.iter().find(|entry| entry.pupil == pupil)?;
    on_form.reason.get().cloned().map(Personal::known)
}

/// What stands against phones that may not leave, by tag, in a sentence: said at once when one is scanned.
fn may_not_leave(look: &Looking<'_>) -> String {
    let policy = &look.view.school.policy;
    let oldest = jiff::SignedDuration::from_hours(24 * i64::from(policy.passcode_max_age_days));
    let why = |device: &devices::Device| match &device.custody {
        Custody::InStore { .. } => {
            let old = device.passcode_confirmed_at.is_none_or(|at| look.now.duration_since(at) > oldest);
            old.then(|| "its passcode was not confirmed lately [DEV-1]".to_owned())
        }
        Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => {
            let place = super::device::place(look, device);
            let place = if place.is_empty() { place } else { format!(" ({place})") };
            Some(format!("it is {}{place}", super::device::stands(&device.custody).0))
        }
    };
    let devices = look.view.devices.devices();
    let found = devices.filter_map(|(_, device)| Some((device.tag.to_string(), why(device)?)));
    let found: BTreeMap<String, String> = found.collect();
    serde_json::to_string(&found).expect("texts by texts")
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

pub(super) fn in_store(look: &Looking<'_>, kind: DeviceKind, typed: &Fields) -> Choices {
    Choices::phones(look.view, free(look, kind), Some(kind), "store=1", typed)
}

/// The phones of that kind that are in store.
fn free<'a>(
    look: &Looking<'a>,
    kind: DeviceKind,
) -> impl Iterator<Item = (DeviceId, &'a devices::Device)> + use<'a> {
    let devices = look.view.devices.devices();
    devices
        .filter(move |(_, device)| device.kind == kind && matches!(device.custody, Custody::InStore { .. }))
}

fn holders(look: &Looking<'_>, id: TripId, form: &FormView) -> Vec<NeedsPhone> {
    let Some(trip) = look.view.trips.trip(id) else { return Vec::new() };
    let store = |kind| in_store(look, kind, form.fields());
    let (mobiles, phones) = (store(DeviceKind::WorkMobile), store(DeviceKind::BasicPhone));
    let any = free(look, DeviceKind::WorkMobile).next().map(|(device, _)| device);
    let held = |holder: Holder| {
        let mut held = look.view.devices.devices().filter(move |(_, device)| device.holder() == Some(holder));
        held.find(|(_, device)| device.issued().is_some_and(|issued| issued.trips().contains(&id)))
            .map(|(_, device)| device.tag.to_string())
    };
    let permanent =
        |person| look.view.own_mobile(person).map(|(device, known)| (device, known.tag.to_string()));
    let adults = trip
        .form
        .staff
        .iter()
        .map(|entry| (entry, ""))
        .chain(trip.form.reserves.iter().map(|entry| (entry, ", reserve")));
    let chosen = |input: &str| Some(form.value(input)).filter(|value| !value.is_empty());
    let adults = adults.map(|(entry, part)| NeedsPhone {
        label: format!("{}{part}: {}", look.view.person_name(entry.person), expected(look, entry)),
        input: format!("person.{}", entry.person),
        charge: format!("charge.person.{}", entry.person),
        against: against(
            look,
            id,
            chosen(&format!("person.{}", entry.person)),
            Holder::Person(entry.person),
            any,
        ),
        choices: mobiles.clone(),
        has: held(Holder::Person(entry.person)),
        permanent: permanent(entry.person),
    });
    let pupils = trip.form.pupil_phones.iter().map(|pupil| NeedsPhone {
        label: format!("{}, pupil", pupil.name.shown()),
        input: format!("pupil.{}", pupil.pupil),
        charge: format!("charge.pupil.{}", pupil.pupil),
        against: against(
            look,
            id,
            chosen(&format!("pupil.{}", pupil.pupil)),
            Holder::Pupil(pupil.pupil),
            None,
        ),
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
    let known = trip.and_then(|id| Some((id, look.view.trips.trip(id)?.shown_title())));
    let shown = IssuePage {
        shell: look.shell(Place::Devices),
        holders: known.as_ref().map(|(id, _)| holders(look, *id, &form)).unwrap_or_default(),
        tags: may_not_leave(look),
        form,
        trips: planned(look),
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
    let bad = bad_charges(&posted.fields);
    let tray = trip.map(|trip| (trip, tray(&state, &posted, trip)));
    let trouble = match tray {
        Some(_) if !bad.is_empty() => Trouble::unreadable(bad.clone()),
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
    issue_page(&look, trip, FormView::new(posted.fields.clone(), bad), Some(trouble))
}

/// What stood against the tray is put right on the spot: a passcode, an agreement, a right to hold a phone. What was chosen
/// stays chosen.
async fn make_ready(State(state): State<AppState>, posted: Posted) -> Response {
    let trip: Option<TripId> = posted.fields.get("trip").and_then(|id| id.parse().ok());
    let ready = posted.fields.get("ready").and_then(|ready| ready.split_once(' '));
    let done = match ready {
        Some(("passcode", id)) => match id.parse() {
            Ok(device) => {
                ask::<Devices>(&state, &posted, "passcode", Command::ConfirmPasscode { device }).await
            }
            Err(_) => Err(unknown()),
        },
        Some((what @ ("agreement" | "authorise"), id)) => match id.parse() {
            Ok(person) => {
                let command = person_made_ready(&state, &posted, what, person, trip);
                ask::<People>(&state, &posted, what, command).await
            }
            Err(_) => Err(unknown()),
        },
        Some(_) | None => Err(unknown()),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    issue_page(&look, trip, FormView::new(posted.fields.clone(), Vec::new()), done.err())
}

fn unknown() -> Trouble {
    Trouble::unreadable(vec![FieldError::new("ready", "Load the page again.")])
}

/// Supply staff are authorised until the evening of the trip's last day, others for good. [DEV-2]
fn person_made_ready(
    state: &AppState,
    posted: &Posted,
    what: &str,
    person: PersonId,
    trip: Option<TripId>,
) -> PeopleCommand {
    let view = state.view_of(&posted.session);
    if what == "agreement" {
        return PeopleCommand::AcceptAgreement { person, version: view.school.policy.agreement_version };
    }
    let is_supply = view.people.member(person).is_some_and(|member| member.standing == Standing::Supply);
    let end = trip.and_then(|trip| Some(view.trips.trip(trip)?.form.window.to)).unwrap_or(state.now());
    let zone = &view.school.zone;
    let evening = zone.instant(zone.local(end).date().at(23, 0, 0, 0));
    let until = is_supply.then_some(evening);
    PeopleCommand::AuthoriseHolder { person, until }
}

/// A charge as it is typed: `82`, `82 %`.
pub(super) fn charge_of(typed: &str) -> Option<Charge> {
    Charge::new(typed.trim().trim_end_matches('%').trim().parse().ok()?).ok()
}

/// What was typed as a charge and is none: each with whose phone it is.
fn bad_charges(fields: &Fields) -> Vec<FieldError> {
    let typed = fields.iter().filter(|(name, value)| name.starts_with("charge.") && !value.trim().is_empty());
    let bad = typed.filter(|(_, value)| charge_of(value).is_none());
    bad.map(|(name, _)| FieldError::new(name, "A charge is a number of per cent, 0 to 100.")).collect()
}

/// Every phone that was chosen, with whom it is for and, for a pupil, the form's reason.
fn tray(state: &AppState, posted: &Posted, trip: TripId) -> Vec<Issue> {
    let view = state.view_of(&posted.session);
    let form = view.trips.trip(trip).map(|trip| &trip.form);
    let one = |(name, value): (&str, &str)| {
        let device: DeviceId = value.trim().parse().ok()?;
        let (kind, id) = name.split_once('.')?;
        let charge = posted.fields.get(&format!("charge.{name}")).and_then(charge_of);
        match kind {
            "person" => {
                Some(Issue { device, holder: Holder::Person(id.parse().ok()?), reason: None, charge })
            }
            "pupil" => {
                let pupil = id.parse().ok()?;
                let on_form = form.and_then(|form| form.pupil_phones.iter().find(|p| p.pupil == pupil));
                let reason = on_form.and_then(|p| p.reason.get().cloned()).map(Personal::known);
                Some(Issue { device, holder: Holder::Pupil(pupil), reason, charge })
            }
            _ => None,
        }
    };
    posted.fields.iter().filter_map(one).collect()
}
