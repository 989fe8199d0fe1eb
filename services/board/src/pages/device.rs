//! One phone: whose hands it is in, how it got there, what can be done with it. [DEV-8]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use devices::{Custody, Device, Devices, Issued, Step};
use proto::ids::{DeviceId, PersonId, PupilId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::{Command, Condition, DeviceKind, Holder, Recordings, Return};
use proto::values::{Note, Personal};

use super::act::{ask, onward};
use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use super::take_in::clearing;
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, Choices, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/devices/{device}", get(show).post(act))
}

/// Where a phone stands, in words, and how its tag looks.
pub(crate) fn stands(custody: &Custody) -> (&'static str, &'static str) {
    match custody {
        Custody::InStore { .. } => ("in store", "good"),
        Custody::Issued(Issued::ToTrip { .. }) => ("out with a trip", "note"),
        Custody::Issued(Issued::Permanently { .. }) => ("on permanent issue", "note"),
        Custody::Damaged { .. } => ("damaged", "bad"),
        Custody::Quarantined { .. } => ("in quarantine", "soon"),
        Custody::Lost { .. } => ("lost", "bad"),
        Custody::WithPolice { .. } => ("with the police", "bad"),
        Custody::Retired => ("retired", ""),
    }
}

/// The locked place where it is, if it is in one.
pub(crate) fn storage(custody: &Custody) -> Option<String> {
    match custody {
        Custody::InStore { storage }
        | Custody::Damaged { storage }
        | Custody::Quarantined { storage, .. } => Some(storage.to_string()),
        Custody::Issued(_) | Custody::Lost { .. } | Custody::WithPolice { .. } | Custody::Retired => None,
    }
}

/// The locked place where a phone is, if it is in one.
pub(crate) fn storage_of(device: &Device) -> Option<String> {
    storage(&device.custody)
}

/// Where it is: the place, or whose hands, and for which trip.
pub(crate) fn place(look: &Looking<'_>, device: &Device) -> String {
    match &device.custody {
        Custody::Issued(Issued::ToTrip { holder, trip, .. }) => {
            format!("{}, {}", look.view.holder_name(*holder), look.view.trip_title(*trip))
        }
        Custody::Issued(Issued::Permanently { person, .. }) => look.view.person_name(*person),
        Custody::Lost { sim_barred: true } => "SIM barred".to_owned(),
        Custody::Lost { sim_barred: false } => "SIM not barred yet: tell IT".to_owned(),
        Custody::WithPolice { reference } => format!("reference {reference}"),
        Custody::Retired => String::new(),
        custody @ (Custody::InStore { .. } | Custody::Damaged { .. } | Custody::Quarantined { .. }) => {
            storage(custody).unwrap_or_default()
        }
    }
}

#[derive(Template)]
#[template(path = "devices/one.html")]
struct DevicePage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: DeviceId,
    tag: String,
    kind: &'static str,
    stands: &'static str,
    class: &'static str,
    facts: Vec<(&'static str, String)>,
    history: Vec<String>,
    acts: Acts,
    people: Choices,
    /// For whom of which trip it can be kept: (trip, who).
    keeps: Vec<Choice>,
    /// For which trips it is kept.
    kept: Vec<Choice>,
    /// What can go out in its place.
    replacements: Choices,
}

/// What its custody and the roles of whoever looks allow.
struct Acts {
    passcode: bool,
    location: bool,
    test_text: bool,
    reserve: bool,
    swap: bool,
    issue_permanently: bool,
    take_in: bool,
    hand_over: bool,
    overnight: bool,
    lost: bool,
    sim_barred: bool,
    found: bool,
    quarantine: bool,
    clear: bool,
    repaired: bool,
    police: bool,
    retire: bool,
}

impl Acts {
    fn of(look: &Looking<'_>, device: &Device) -> Self {
        let may = |variant| look.may(ServiceName::Devices, variant);
        let custody = &device.custody;
        let in_store = matches!(custody, Custody::InStore { .. });
        let issued = device.issued().is_some();
        let lost = matches!(custody, Custody::Lost { .. });
        let over = matches!(custody, Custody::Retired | Custody::WithPolice { .. });
        Self {
            passcode: may("ConfirmPasscode") && !lost && !over,
            location: device.kind == DeviceKind::WorkMobile && !over,
            test_text: look.may(ServiceName::Gateway, "SendTestText") && custody.is_in_service(),
            reserve: may("ReserveDevice") && in_store,
            swap: may("SwapDevice") && matches!(custody, Custody::Issued(Issued::ToTrip { .. })),
            issue_permanently: may("IssuePermanently") && in_store,
            take_in: may("ReturnDevice") && issued,
            hand_over: may("HandOverDevice") && issued,
            overnight: may("AgreeOvernight") && matches!(custody, Custody::Issued(Issued::ToTrip { .. })),
            lost: may("DeclareLost") && !lost && !over,
            sim_barred: may("RecordSimBarred") && matches!(custody, Custody::Lost { sim_barred: false }),
            found: may("RecordFound") && lost,
            quarantine: may("QuarantineDevice")
                && matches!(custody, Custody::InStore { .. } | Custody::Damaged { .. }),
            clear: may("ReleaseFromQuarantine") && matches!(custody, Custody::Quarantined { .. }),
            repaired: may("RecordRepaired") && matches!(custody, Custody::Damaged { .. }),
            police: may("HandToPolice") && !over,
            retire: may("RetireDevice") && !issued && *custody != Custody::Retired,
        }
    }
}

/// Those of coming trips who need a phone of that kind, each as `trip person …` or `trip pupil …`.
fn keeps(look: &Looking<'_>, device: &Device) -> Vec<Choice> {
    use trips::PhaseName::{Authorised, Draft, Out, Submitted};
    let open = look.view.trips.trips();
    let open = open.filter(|(_, t)| matches!(t.phase_name(), Draft | Submitted | Authorised | Out));
    let of_trip = |(id, trip): (TripId, &trips::Trip)| -> Vec<Choice> {
        let form = &trip.form;
        let title = format!("{}, {}", form.title, look.when().at(form.window.from));
        match device.kind {
            DeviceKind::WorkMobile => form
                .staff
                .iter()
                .map(|staff| {
                    let label = format!("{}, {title}", look.view.person_name(staff.person));
                    Choice::new(format!("{id} person {}", staff.person), label)
                })
                .collect(),
            DeviceKind::BasicPhone => form
                .pupil_phones
                .iter()
                .map(|pupil| {
                    Choice::new(
                        format!("{id} pupil {}", pupil.pupil),
                        format!("{}, {title}", pupil.name.shown()),
                    )
                })
                .collect(),
        }
    };
    open.flat_map(of_trip).collect()
}

/// For which trips it is kept already.
fn kept(look: &Looking<'_>, device: &Device) -> Vec<Choice> {
    let trips = device.reservations.iter();
    trips.map(|(trip, _)| Choice::new(trip, look.view.trip_title(*trip))).collect()
}

fn show_one(look: &Looking<'_>, id: DeviceId, form: FormView, trouble: Option<Trouble>) -> Response {
    let Some(device) = look.view.devices.device(id) else { return missing(look, Place::Devices, "phone") };
    let (stands, class) = stands(&device.custody);
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let people = Choices::people(look, form.fields());
    let replacements = super::issue::in_store(look, device.kind, form.fields());
    let shown = DevicePage {
        shell: look.shell(Place::Devices),
        trouble,
        form,
        id,
        tag: device.tag.to_string(),
        kind: words::device_kind(device.kind),
        stands,
        class,
        facts: facts(look, device),
        history: device.history.iter().rev().map(|step| tell(look, step)).collect(),
        acts: Acts::of(look, device),
        people,
        keeps: keeps(look, device),
        kept: kept(look, device),
        replacements,
    };
    page(status, &shown)
}

fn facts(look: &Looking<'_>, device: &Device) -> Vec<(&'static str, String)> {
    let charge = device.charge.map_or_else(
        || "not read yet".to_owned(),
        |(charge, at)| format!("{charge}, read {}", look.when().at(at)),
    );
    let passcode = device.passcode_confirmed_at.map_or_else(|| "never".to_owned(), |at| look.when().at(at));
    let mut facts = vec![
        ("Now", place(look, device)),
        ("Charge", charge),
        ("Number", device.number.national()),
        ("Handset", words::handset(device.handset).to_owned()),
        ("Owner", words::owner(device.owner).to_owned()),
        ("Passcode confirmed", passcode),
    ];
    facts.extend(device.imei.as_ref().map(|imei| ("IMEI", imei.as_str().to_owned())));
    for (trip, holder) in &device.reservations {
        facts.push((
            "Kept for",
            format!("{}, {}", look.view.trip_title(*trip), look.view.holder_name(*holder)),
        ));
    }
    if let Some(Issued::ToTrip { overnight: Some(until), .. }) = device.issued() {
        facts.push(("Kept overnight until", look.when().at(*until)));
    }
    facts
}

fn tell(look: &Looking<'_>, step: &Step) -> String {
    let view = look.view;
    let trip = |trip: &Option<proto::ids::TripId>| {
        trip.map(|t| format!(" ({})", view.trip_title(t))).unwrap_or_default()
    };
    match step {
        Step::Registered { storage } => format!("Registered, kept in {storage}."),
        Step::Issued { holder, trip: of, at } => {
            format!("Issued to {}{}, {}.", view.holder_name(*holder), trip(of), look.when().at(*at))
        }
        Step::InHandConfirmed { person, trip } => {
            format!("{} says that it is in hand for {}.", view.person_name(*person), view.trip_title(*trip))
        }
        Step::HandedOver { from, to } => {
            format!("Handed over by {} to {}.", view.holder_name(*from), view.holder_name(*to))
        }
        Step::Returned { holder, trip: of, back, at } => {
            let damaged = if back.condition == Condition::Damaged { ", damaged" } else { "" };
            let recordings = words::recordings(back.recordings);
            let (who, when) = (view.holder_name(*holder), look.when().at(*at));
            format!("Returned by {who}{}{damaged}, {recordings}; now in {}, {when}.", trip(of), back.storage)
        }
        Step::Lost { holder, trip: of } => {
            let who =
                holder.map(|holder| format!(", last with {}", view.holder_name(holder))).unwrap_or_default();
            format!("Declared lost{who}{}.", trip(of))
        }
        Step::SimBarred => "SIM barred.".to_owned(),
        Step::Found { storage } => format!("Found, now in {storage}."),
        Step::Quarantined => "Put in quarantine.".to_owned(),
        Step::QuarantineEnded { storage } => format!("Cleared, now in {storage}."),
        Step::Repaired { storage } => format!("Repaired, now in {storage}."),
        Step::WithPolice { reference } => format!("Handed to the police, reference {reference}."),
        Step::OvernightAgreed { trip, until, by } => format!(
            "{} agreed that it is kept until {} ({}).",
            view.person_name(*by),
            look.when().at(*until),
            view.trip_title(*trip)
        ),
        Step::Retired => "Retired.".to_owned(),
    }
}

async fn show(State(state): State<AppState>, session: Session, Path(device): Path<DeviceId>) -> Response {
    let view = state.view_of(&session);
    show_one(&Looking::new(&state, &view, &session), device, FormView::default(), None)
}

async fn act(State(state): State<AppState>, Path(device): Path<DeviceId>, posted: Posted) -> Response {
    let done = match read(&state, &posted, device) {
        Ok(command) => ask::<Devices>(&state, &posted, "device", command).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match done {
        Ok(()) => onward(&posted, &format!("/devices/{device}")),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            let form = FormView::new(posted.fields.clone(), Vec::new());
            show_one(&Looking::new(&state, &view, &posted.session), device, form, Some(trouble))
        }
    }
}

fn read(state: &AppState, posted: &Posted, device: DeviceId) -> Result<Command, Vec<FieldError>> {
    const WHERE: &str = "Say in which locked place it is now. [DEV-4]";
    let view = state.view_of(&posted.session);
    let mut r = Reader::new(&posted.fields, &view.school.zone);
    let note = |note: Note| Personal::known(note);
    let command = match posted.fields.get("do").unwrap_or_default() {
        "passcode" => Some(Command::ConfirmPasscode { device }),
        "reserve" => reserve(&mut r, device),
        "release" => r
            .id::<TripId>("kept.trip", "Choose the trip.")
            .map(|trip| Command::ReleaseReservation { device, trip }),
        "swap" => swap(&mut r, device),
        "permanent" => r
            .id::<PersonId>("permanent.person", "Choose who gets it.")
            .map(|person| Command::IssuePermanently { device, person }),
        "hand-over" => r
            .id::<PersonId>("hand_over.person", "Choose who gets it.")
            .map(|person| Command::HandOverDevice { device, to: Holder::Person(person) }),
        "overnight" => r
            .moment("overnight.until", "Say until when.")
            .map(|until| Command::AgreeOvernight { device, until }),
        "lost" => r
            .text("lost.note", "Say what is known.")
            .map(|text| Command::DeclareLost { device, note: note(text) }),
        "sim-barred" => Some(Command::RecordSimBarred { device }),
        "found" => r.text("found.storage", WHERE).map(|storage| Command::RecordFound { device, storage }),
        "quarantine" => r
            .text("quarantine.reason", "Say why.")
            .map(|text| Command::QuarantineDevice { device, reason: note(text) }),
        "clear" => {
            r.text("clear.storage", WHERE).map(|storage| Command::ReleaseFromQuarantine { device, storage })
        }
        "repaired" => {
            r.text("repaired.storage", WHERE).map(|storage| Command::RecordRepaired { device, storage })
        }
        "police" => r
            .text("police.reference", "Write down their reference.")
            .map(|reference| Command::HandToPolice { device, reference }),
        "retire" => Some(Command::RetireDevice { device }),
        _ => {
            r.error("do", "Choose what to do.");
            None
        }
    };
    r.finish(command)
}

/// Who of a trip it is kept for stands as `trip person …` or `trip pupil …`.
fn reserve(r: &mut Reader<'_>, device: DeviceId) -> Option<Command> {
    let (trip, holder) = r.required("keep.for", "Choose whom it is kept for.", |text| {
        let mut parts = text.split(' ');
        let trip: Option<TripId> = parts.next().and_then(|id| id.parse().ok());
        let holder = match (parts.next(), parts.next()) {
            (Some("person"), Some(id)) => id.parse::<PersonId>().ok().map(Holder::Person),
            (Some("pupil"), Some(id)) => id.parse::<PupilId>().ok().map(Holder::Pupil),
            _ => None,
        };
        trip.zip(holder).ok_or("choose whom it is kept for")
    })?;
    Some(Command::ReserveDevice { device, trip, holder })
}

/// It comes in, another goes out in the same hands.
fn swap(r: &mut Reader<'_>, device: DeviceId) -> Option<Command> {
    let replacement = r.id::<DeviceId>("swap.replacement", "Choose the phone that goes out instead.");
    let storage = r.text("swap.storage", "Say in which locked place the old one is now. [DEV-4]");
    let condition = if r.ticked("swap.damaged") { Condition::Damaged } else { Condition::Good };
    let recordings = match r.typed("swap.recordings") {
        Some("none") => Some(Recordings::None),
        Some("cleared") => Some(Recordings::Cleared),
        Some("kept") => Some(Recordings::Kept),
        Some(_) | None => {
            r.error("swap.recordings", "Say what became of recordings on it. [MEDIA-1]");
            None
        }
    };
    let became = recordings.and_then(|recordings| clearing(r, "swap.", recordings));
    let (storage, recordings, clearing) = (storage?, recordings?, became?);
    let returned = Return { device, condition, storage, recordings, clearing, charge: None };
    Some(Command::SwapDevice { returned, replacement: replacement? })
}
