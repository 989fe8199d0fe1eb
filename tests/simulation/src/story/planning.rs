//! From the draft to the coach's door.

use jiff::{SignedDuration, Timestamp};
use proto::envelope::Hash;
use proto::ids::{DeviceId, GroupId, PersonId, PupilId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::{Command as Devices, Holder, Issue};
use proto::v1::trips::{
    CheckInPlan, ClearanceDecision, Command as Trips, Destination, EmergencyPlan, GroupCount, GroupPlan,
    NamedPoint, PupilWithPhone, QuietReason, QuietWindow, StaffOnForm, TripForm, TripKind,
};
use proto::values::{Area, CronSchedule, Headcount, Point, Window};
use trips::Phase;
use trips::form::form_hash;

use super::{Act, note};
use crate::school::{by, label, number};
use crate::world::World;

/// A step towards departure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Draft,
    Mend,
    Submit,
    /// A senior, or somebody who may not.
    Authorise(bool),
    Issue,
    Depart,
    /// It is late, and the party has not been let go.
    Despair,
    Settle,
}

/// What a trip is meant to be.
pub(crate) struct Plan {
    pub(crate) form: TripForm,
    /// The form as it is first entered.
    first: TripForm,
    pub(crate) leader: PersonId,
    pub(crate) pupil: Option<(PupilId, DeviceId)>,
    /// More or fewer get on than planned.
    off_by: i32,
    careless: bool,
}

/// Plans a trip and all the steps to its departure.
pub(crate) fn plan_trip(world: &mut World, departs_at: Timestamp) {
    let trip = TripId(world.dice.uuid());
    let form = random_form(world, departs_at);
    let first = if world.dice.per_mille(250) { broken(world, &form) } else { form.clone() };
    let off_by = if world.dice.per_mille(100) { world.dice.below(5) as i32 - 2 } else { 0 };
    let pupil = form.pupil_phones.first().map(|p| p.pupil);
    let pupil = pupil.map(|pupil| (pupil, *world.dice.pick(&world.stories.school.basic_phones)));
    let leader = form.leader;
    let careless = world.dice.per_mille(100);
    world.stories.trips.insert(trip, Plan { form, first, leader, pupil, off_by, careless });
    world.stats.trips += 1;
    let mut steps = vec![
        (-100, Step::Draft),
        (-90, Step::Submit),
        (-80, Step::Mend),
        (-70, Step::Submit),
        (-60, Step::Authorise(true)),
        (-50, Step::Authorise(true)),
        (-25, Step::Issue),
        (-12, Step::Issue),
        (0, Step::Depart),
        (4, Step::Depart),
        (9, Step::Depart),
        (25, Step::Despair),
    ];
    if world.dice.per_mille(100) {
        steps.push((-75, Step::Authorise(false)));
    }
    if world.dice.per_mille(100) {
        let early = world.dice.below(90) as i64;
        steps.push((-early, Step::Depart));
    }
    for (minutes, step) in steps {
        let jitter = world.dice.secs(0, 120);
        world.act_at(departs_at + SignedDuration::from_mins(minutes) + jitter, Act::Plan(trip, step));
    }
}

fn random_form(world: &mut World, from: Timestamp) -> TripForm {
    let long = world.dice.minutes(60, 300);
    let school = world.stories.school.clone();
    let dice = &mut world.dice;
    let mut staff: Vec<PersonId> = Vec::new();
    for _ in 0..1 + dice.below(3) {
        let person = *dice.pick(school.leaders());
        if !staff.contains(&person) {
            staff.push(person);
        }
    }
    if dice.per_mille(30) {
        staff.push(school.senior());
    }
    let to = from + long;
    let groups: Vec<GroupPlan> = staff[..1 + dice.below(staff.len())]
        .iter()
        .enumerate()
        .map(|(place, adult)| GroupPlan {
            group: GroupId(dice.uuid()),
            name: label(&format!("Group {place}")),
            adult: *adult,
            expected: count(3 + dice.below(18) as u32),
        })
        .collect();
    let pupils = count(groups.iter().map(|g| g.expected.get()).sum());
    let pupil_phone = dice.per_mille(200).then(|| PupilWithPhone {
        pupil: *dice.pick(&school.pupils),
        name: label("N").into(),
        reason: note("Diabetes").into(),
    });
    let quiet = dice.per_mille(250).then(|| {
        let begin = dice.instant(from, from + long / 2);
        let window = Window::new(begin, begin + dice.minutes(10, 25)).expect("a window");
        QuietWindow { window, reason: QuietReason::Driving, fallback: label("The driver") }
    });
    TripForm {
        title: label(&format!("Trip {}", dice.below(1_000_000))),
        kind: TripKind::DayVisit,
        purpose: None,
        window: Window::new(from, to).expect("a window"),
        delay_tolerance_secs: 1800,
        destinations: vec![Destination {
            name: label("Museum"),
            area: Area::new(Point::new(51.5, -0.1).expect("a point"), 200.0).expect("an area"),
            arrive_at: Some(from + long / 5),
            leave_at: Some(from + long * 4 / 5),
            alert_off_area: false,
        }],
        transport: None,
        leader: staff[0],
        deputy: staff.get(1).copied(),
        staff: staff
            .iter()
            .map(|person| StaffOnForm {
                person: *person,
                work_mobile: Some(school.number_of(school.mobile_of(*person))),
            })
            .collect(),
        reserves: Vec::new(),
        spare_devices: if dice.per_mille(300) { vec![*dice.pick(school.spares())] } else { Vec::new() },
        volunteers: Vec::new(),
        pupils,
        pupil_phones: pupil_phone.into_iter().collect(),
        groups,
        plan: random_plan(world),
        quiet: quiet.into_iter().collect(),
        emergency: EmergencyPlan {
            base_contact: school.office(),
            office: vec![school.office()],
            dsl: vec![school.dsl()],
            senior: vec![school.head(), school.other_senior()],
            parents_rung_by: label("The office"),
            records_kept_at: label("Office safe"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: Some(label("RA-1")),
        consent: Some(label("C-1")),
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

fn random_plan(world: &mut World) -> CheckInPlan {
    let dice = &mut world.dice;
    let mut points = std::collections::BTreeSet::new();
    for point in [NamedPoint::Arrival, NamedPoint::Leaving, NamedPoint::Return] {
        if dice.per_mille(500) {
            points.insert(point);
        }
    }
    let every_minutes = dice.per_mille(800).then(|| *dice.pick(&[15, 20, 30, 60]));
    if every_minutes.is_none() {
        points.insert(NamedPoint::Return);
    }
    CheckInPlan {
        every_minutes,
        at: dice.per_mille(100).then(|| CronSchedule::parse("0 30 * * * *").expect("a schedule")),
        points,
        remind_before_secs: *dice.pick(&[0, 300, 600]),
        grace_secs: *dice.pick(&[120, 300, 600]),
    }
}

/// The form with something wrong.
fn broken(world: &mut World, form: &TripForm) -> TripForm {
    let mut form = form.clone();
    let place = world.dice.below(form.staff.len());
    match world.dice.below(6) {
        0 => form.staff[place].work_mobile = None,
        // A number that is nobody's of the school.
        1 => form.staff[place].work_mobile = Some(number(900)),
        2 => form.risk_assessment = None,
        3 => form.emergency.senior = vec![form.leader],
        4 => form.pupils = count(form.pupils.get() + 1),
        _ => form.groups[0].adult = world.stories.school.office(),
    }
    form
}

pub(crate) fn count(pupils: u32) -> Headcount {
    Headcount::new(pupils).expect("a headcount")
}

pub(crate) fn take(world: &mut World, trip: TripId, step: Step) {
    let known = world.services.trips.state.trip(trip);
    let hash: Option<Hash> = known.map(|t| t.form_hash);
    let ahead = known.is_none_or(|t| {
        matches!(t.phase, Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_))
    });
    let plan = &world.stories.trips[&trip];
    let leader = plan.leader;
    let ask = |world: &mut World, command: Trips, person| {
        world.ask(ServiceName::Trips, &command, by(person));
    };
    match step {
        _ if !ahead && !matches!(step, Step::Settle) => {}
        Step::Draft => {
            let form = Box::new(plan.first.clone());
            ask(world, Trips::SaveDraft { trip, base: None, form }, leader);
        }
        Step::Mend if plan.careless => {}
        Step::Mend => {
            let form = Box::new(plan.form.clone());
            ask(world, Trips::SaveDraft { trip, base: hash, form }, leader);
        }
        Step::Submit => {
            let form_hash = hash.unwrap_or_else(|| form_hash(&plan.first));
            ask(world, Trips::SubmitForm { trip, form_hash }, leader);
        }
        Step::Authorise(properly) => {
            let person = if properly { world.stories.school.senior() } else { leader };
            let form_hash = hash.unwrap_or(Hash::ZERO);
            ask(world, Trips::AuthoriseForm { trip, form_hash, also_on: Vec::new() }, person);
        }
        Step::Issue => issue(world, trip),
        Step::Depart => depart(world, trip, hash.unwrap_or(Hash::ZERO)),
        Step::Despair => despair(world, trip),
        Step::Settle => {
            let (decision, reason) = (ClearanceDecision::Accept, note("They are on their way"));
            let decided_by = world.stories.school.head();
            ask(
                world,
                Trips::SettleClearance { trip, decision, reason, decided_by, heard_by: None },
                decided_by,
            );
        }
    }
}

/// The office hands the phones out, in one tray or one by one.
fn issue(world: &mut World, trip: TripId) {
    let plan = &world.stories.trips[&trip];
    let (school, form) = (&world.stories.school, &plan.form);
    let mut issues: Vec<Issue> = form
        .staff
        .iter()
        .filter(|staff| staff.person != school.senior())
        .map(|staff| Issue {
            device: school.mobile_of(staff.person),
            holder: Holder::Person(staff.person),
            reason: None,
            charge: None,
        })
        .collect();
    if let Some((pupil, device)) = plan.pupil {
        let reason = Some(note("Diabetes").into());
        issues.push(Issue { device, holder: Holder::Pupil(pupil), reason, charge: None });
    }
    let office = by(school.office());
    let along = form.staff.iter().any(|s| s.person == school.senior());
    let confirm = along.then(|| Devices::ConfirmInHand { device: school.mobile_of(school.senior()), trip });
    if world.dice.per_mille(30) {
        issues.truncate(1);
    }
    let trays =
        if world.dice.per_mille(700) { vec![issues] } else { issues.into_iter().map(|i| vec![i]).collect() };
    for issues in trays {
        world.ask(ServiceName::Devices, &Devices::IssueDevices { trip, issues }, office.clone());
    }
    if let Some(confirm) = confirm {
        world.ask(ServiceName::Devices, &confirm, office);
    }
}

fn counts(plan: &Plan) -> Vec<GroupCount> {
    let groups = plan.form.groups.iter().enumerate();
    let got_on = |place: usize, expected: Headcount| match place {
        0 => count(expected.get().saturating_add_signed(plan.off_by)),
        _ => expected,
    };
    groups.map(|(place, g)| GroupCount { group: g.group, pupils: got_on(place, g.expected) }).collect()
}

fn depart(world: &mut World, trip: TripId, form_hash: Hash) {
    let plan = &world.stories.trips[&trip];
    let (counts, leader) = (counts(plan), plan.leader);
    let depart = Trips::Depart {
        trip,
        form_hash,
        counts,
        stand_ins: Vec::new(),
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    world.ask(ServiceName::Trips, &depart, by(leader));
}

/// They leave all the same, or stay at home, or it is forgotten.
fn despair(world: &mut World, trip: TripId) {
    let plan = &world.stories.trips[&trip];
    let (counts, office) = (counts(plan), world.stories.school.office());
    let staff = plan.form.staff.iter().map(|s| s.person).collect();
    match world.dice.below(10) {
        0..=5 => {
            let left_at = world.now - world.dice.minutes(0, 10);
            let reason = note("The coach had to go");
            let left = Trips::RecordLeftWithoutClearance { trip, left_at, counts, staff, reason };
            world.ask(ServiceName::Trips, &left, by(office));
            if world.dice.per_mille(700) {
                let wait = world.dice.minutes(3, 20);
                world.act_in(wait, Act::Plan(trip, Step::Settle));
            }
        }
        6..=8 => {
            let cancel = Trips::CancelTrip { trip, reason: note("Not today") };
            world.ask(ServiceName::Trips, &cancel, by(office));
        }
        _ => {}
    }
}
