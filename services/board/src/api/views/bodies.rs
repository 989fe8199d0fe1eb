//! What several views show.

use contacts::{Health, RouteTarget};
use proto::Timestamp;
use proto::ids::{CaseId, DeviceId, GroupId, LineId, PersonId, PupilId, TripId};
use proto::v1::alerts::{Reason, Severity};
use proto::v1::checkins::{DueFor, Word};
use proto::v1::contacts::{Audience, LineHealth, LineKind};
use proto::v1::trips::TripKind;
use proto::values::{Headcount, PhoneNumber, WeeklyHours, Window};
use schemars::JsonSchema;
use serde::Serialize;

use crate::view::{SchoolView, SeenBy};

/// A person, by id and name.
#[derive(Serialize, JsonSchema)]
pub(super) struct Named {
    id: PersonId,
    name: String,
}

impl Named {
    pub(super) fn of(view: &SchoolView, id: PersonId) -> Self {
        Self { id, name: view.person_name(id) }
    }
}

/// A trip in a list.
#[derive(Serialize, JsonSchema)]
pub(super) struct TripLine {
    trip: TripId,
    title: String,
    kind: TripKind,
    /// The whole trip is a drill: no figure of real trips counts it.
    drill: bool,
    /// draft, submitted, authorised, out, returned, closed or cancelled.
    phase: &'static str,
    window: Window,
    leader: Named,
    pupils: Headcount,
    staff: usize,
    /// Left without clearance, and nobody settled it yet.
    clearance_unsettled: bool,
    /// What is due, what came: of each group, while it is out.
    groups: Vec<GroupBody>,
    /// Pupils who travel directly to a provider: due from when the form is authorised.
    arrivals: Vec<ArrivalBody>,
    /// The check-in that is due first.
    first_due_at: Option<Timestamp>,
    /// Phones that are out with it.
    devices_out: usize,
    /// When they are due, once it is back.
    devices_due_at: Option<Timestamp>,
    /// Who holds base.
    base: Option<Named>,
    /// Its open case.
    case: Option<CaseId>,
}

/// A pupil who travels directly to a provider. [FORM-6]
#[derive(Serialize, JsonSchema)]
pub(super) struct ArrivalBody {
    pupil: PupilId,
    name: String,
    provider: String,
    due_at: Timestamp,
    /// When it counts as missed.
    missed_at: Timestamp,
    /// due, missed, arrived or not_coming.
    stands: &'static str,
    /// Who confirmed it, as far as that was written down.
    said_by: Option<String>,
    /// When the pupil arrived, or when it was said.
    said_at: Option<Timestamp>,
    written_down_by: Option<Named>,
}

/// Those of one trip.
pub(super) fn arrivals(view: &SchoolView, trip: TripId) -> Vec<ArrivalBody> {
    let body = |(pupil, arrival): (PupilId, &checkins::Arrival)| {
        let (stands, said) = match &arrival.stands {
            checkins::Stands::Due => ("due", None),
            checkins::Stands::Missed => ("missed", None),
            checkins::Stands::Arrived(said) => ("arrived", Some(said)),
            checkins::Stands::NotComing(said) => ("not_coming", Some(said)),
        };
        ArrivalBody {
            pupil,
            name: view.traveller_name(trip, pupil),
            provider: arrival.provider.to_string(),
            due_at: arrival.due_at,
            missed_at: arrival.missed_at,
            stands,
            said_by: said.and_then(|said| said.said_by.as_ref()).map(proto::values::Personal::shown),
            said_at: said.map(|said| said.at),
            written_down_by: said.map(|said| Named::of(view, said.by)),
        }
    };
    view.checkins.arrivals(trip).map(body).collect()
}

/// A group of a party that is out.
#[derive(Serialize, JsonSchema)]
pub(super) struct GroupBody {
    group: GroupId,
    name: String,
    adult: Named,
    expected: Headcount,
    due_at: Timestamp,
    due_for: DueFor,
    /// When it counts as missed.
    missed_at: Timestamp,
    /// What was due and missed, and is not resolved.
    missed: Vec<Timestamp>,
    last_word: Option<Word>,
    last_said_at: Option<Timestamp>,
    last_headcount: Option<Headcount>,
    /// The last count, while it differs.
    differs: Option<Headcount>,
}

impl TripLine {
    pub(super) fn of(view: &SchoolView, seen_by: SeenBy, id: TripId, trip: &trips::Trip) -> Self {
        let watch = view.checkins.watch(id);
        let party = trip.party();
        Self {
            trip: id,
            title: trip.form.title.to_string(),
            kind: trip.form.kind,
            drill: trip.form.drill,
            phase: trip.phase_name().as_str(),
            window: trip.form.window,
            leader: Named::of(view, trip.form.leader),
            pupils: trip.outing().map_or(trip.form.pupils, trips::Outing::pupils_left),
            staff: party.map_or(trip.form.staff.len(), |party| party.staff.len()),
            clearance_unsettled: trip.clearance_unsettled(),
            groups: watch.map(|watch| groups(view, watch)).unwrap_or_default(),
            arrivals: arrivals(view, id),
            first_due_at: watch.and_then(checkins::Watch::first_due),
            devices_out: devices::out_of_trip(&view.devices, id).len(),
            devices_due_at: trips::devices_due_at(trip),
            base: view.contacts.base_holder(id).map(|person| Named::of(view, person)),
            case: view.case_of_trip(seen_by, id).map(|case| case.case),
        }
    }
}

fn groups(view: &SchoolView, watch: &checkins::Watch) -> Vec<GroupBody> {
    let body = |group: checkins::GroupView<'_>| GroupBody {
        group: group.group,
        name: group.details.name.to_string(),
        adult: Named::of(view, group.details.adult),
        expected: group.details.expected,
        due_at: group.next.at,
        due_for: group.next.what.clone(),
        missed_at: group.next.missed_at,
        missed: group.missed,
        last_word: group.details.last.map(|last| last.word),
        last_said_at: group.details.last.map(|last| last.said_at),
        last_headcount: group.details.last.and_then(|last| last.headcount),
        differs: group.details.differs,
    };
    watch.groups().into_iter().map(body).collect()
}

/// A case.
#[derive(Serialize, JsonSchema)]
pub(super) struct CaseBody {
    case: CaseId,
    trip: Option<TripId>,
    title: Option<String>,
    severity: Severity,
    /// What is texted to own it.
    code: u16,
    opened_at: Timestamp,
    reasons: Vec<ReasonBody>,
    owner: Option<Named>,
    /// Until when.
    owned_until: Option<Timestamp>,
    /// The ladder in this round, in order.
    ladder: Vec<RungBody>,
    round: u16,
    /// When the next step is due.
    next_at: Option<Timestamp>,
    /// A duress word stands: tell nobody on the trip.
    base_only: bool,
}

/// A reason, and the same in words.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReasonBody {
    reason: Reason,
    text: String,
}

/// A rung of the ladder.
#[derive(Serialize, JsonSchema)]
pub(super) struct RungBody {
    rung: proto::v1::alerts::Rung,
    /// ahead, now, told or skipped.
    stands: String,
    /// Who was told on it in this round, by which way, when; and whether that failed.
    told: Vec<ToldBody>,
    /// When it was last told in a round before this one.
    told_before: Option<Timestamp>,
}

/// Somebody who was told.
#[derive(Serialize, JsonSchema)]
pub(super) struct ToldBody {
    name: String,
    channel: proto::v1::alerts::Channel,
    at: Timestamp,
    failed: bool,
}

impl CaseBody {
    pub(super) fn of(view: &SchoolView, case: &alerts::view::CaseView) -> Self {
        let reason = |reason: &Reason| ReasonBody {
            text: view.reason_text(case.trip, reason),
            reason: reason.clone(),
        };
        Self {
            case: case.case,
            trip: case.trip,
            title: case.title.as_ref().map(ToString::to_string),
            severity: case.severity,
            code: case.code.0,
            opened_at: case.opened_at,
            reasons: case.reasons.iter().map(reason).collect(),
            owner: case.owner.map(|owner| Named::of(view, owner.person)),
            owned_until: case.owner.map(|owner| owner.until),
            ladder: case.ladder.iter().map(|rung| RungBody::of(view, rung)).collect(),
            round: case.round,
            next_at: case.next_at,
            base_only: case.base_only,
        }
    }
}

impl RungBody {
    fn of(view: &SchoolView, rung: &alerts::view::RungView) -> Self {
        use alerts::view::RungStands;
        let stands = match rung.stands {
            RungStands::Ahead => "ahead",
            RungStands::Now => "now",
            RungStands::Told => "told",
            RungStands::Skipped => "skipped",
        };
        let told = |told: &alerts::view::ToldView| ToldBody {
            name: view.recipient_name(told.to),
            channel: told.channel,
            at: told.at,
            failed: told.failed,
        };
        Self {
            rung: rung.rung,
            stands: stands.to_owned(),
            told: rung.told.iter().map(told).collect(),
            told_before: rung.told_before,
        }
    }
}

/// A line of the school.
#[derive(Serialize, JsonSchema)]
pub(super) struct LineBody {
    line: LineId,
    name: String,
    kind: LineKind,
    number: PhoneNumber,
    hours: WeeklyHours,
    ring_secs: u32,
    health: LineHealth,
    /// Since when it is not up.
    since: Option<Timestamp>,
    /// Why.
    reason: Option<String>,
}

impl LineBody {
    pub(super) fn of(id: LineId, line: &contacts::Line) -> Self {
        let (since, reason) = match &line.health {
            Health::Up => (None, None),
            Health::Doubtful { since, reason, .. }
            | Health::Down { since, reason, .. }
            | Health::Back { since, reason, .. } => (Some(*since), Some(reason.to_string())),
        };
        Self {
            line: id,
            name: line.name.to_string(),
            kind: line.kind,
            number: line.number.clone(),
            hours: line.hours.clone(),
            ring_secs: line.ring.get(),
            health: line.health.kind(),
            since,
            reason,
        }
    }
}

/// Whom to ring, in that order.
#[derive(Serialize, JsonSchema)]
pub(super) struct RouteBody {
    steps: Vec<StepBody>,
    /// Which way callers from outside take now.
    way_in: &'static str,
    /// What whoever reads it should know; why there is no step, if there is none.
    note: Option<String>,
}

/// One step of a route.
#[derive(Serialize, JsonSchema)]
pub(super) struct StepBody {
    name: String,
    number: Option<PhoneNumber>,
    line: Option<LineId>,
    device: Option<DeviceId>,
    person: Option<PersonId>,
    /// How long it rings before the next one is tried.
    ring_secs: u32,
    why: String,
}

fn way_in_word(path: gateway::calls::Path) -> &'static str {
    use gateway::calls::Path;
    match path {
        Path::InHours => "in_hours",
        Path::OutOfHours => "out_of_hours",
        Path::ClosedEarly => "closed_early",
        Path::LandlineDown => "landline_down",
        Path::ProviderDown => "provider_down",
        Path::Nobody => "nobody",
    }
}

impl RouteBody {
    pub(super) fn of(view: &SchoolView, audience: Audience, trip: Option<TripId>, now: Timestamp) -> Self {
        let setting = contacts::Setting { now, zone: &view.school.zone, policy: &view.school.policy };
        let route = contacts::route(&view.contacts, audience, trip, &setting);
        let step = |step: contacts::RouteStep| match step.target {
            RouteTarget::Line(line) => StepBody {
                name: view.line_name(line),
                number: view.contacts.line(line).map(|l| l.number.clone()),
                line: Some(line),
                device: None,
                person: None,
                ring_secs: step.ring.get(),
                why: step.why,
            },
            RouteTarget::Device(device, person) => StepBody {
                name: view.person_name(person),
                number: view.devices.device(device).map(|d| d.number.clone()),
                line: None,
                device: Some(device),
                person: Some(person),
                ring_secs: step.ring.get(),
                why: step.why,
            },
        };
        let way_in = way_in_word(gateway::calls::way_in(&view.gateway, &setting).path);
        Self { steps: route.lines.into_iter().map(step).collect(), way_in, note: route.note }
    }
}
