//! The demonstration's trip: twenty-four pupils at the museum, a check-in every five minutes.

use jiff::{SignedDuration, Timestamp};
use proto::ids::{GroupId, TripId};
use proto::v1::devices::{self, Holder, Issue};
use proto::v1::trips::{
    CheckInPlan, Command, Destination, EmergencyPlan, GroupCount, GroupPlan, PupilWithPhone, StaffOnForm,
    TripForm, TripKind,
};
use proto::values::{Area, CronSchedule, Headcount, Personal, Point, Window};

use super::cast::Cast;
use super::seed::{Asking, SeedFault, note, number, text};

/// How many pupils go to the museum.
const PUPILS: u32 = 24;

/// The form of the walk to the museum: Ines leads a group of all pupils, Tom is her deputy, Asha holds a basic phone.
pub fn museum_form(cast: &Cast, now: Timestamp, plan: CheckInPlan) -> TripForm {
    let back = now.saturating_add(SignedDuration::from_hours(4)).unwrap_or(Timestamp::MAX);
    let staff = |who: &str, tag: &str| StaffOnForm {
        person: cast.person(who),
        work_mobile: Some(number(cast.phone(tag).number)),
    };
    TripForm {
        title: text("Year 6 to the City Museum"),
        kind: TripKind::LocalVisit,
        purpose: Some(note("Roman Britain: handling session and gallery walk")),
        window: Window::new(now, back).expect("four hours are not empty"),
        delay_tolerance_secs: 30 * 60,
        destinations: vec![Destination {
            name: text("City Museum"),
            area: Area::new(Point::new(51.4545, -2.6033).expect("a point"), 250.0).expect("a circle"),
            arrive_at: None,
            leave_at: None,
            alert_off_area: false,
        }],
        transport: Some(text("On foot")),
        leader: cast.person("Ines"),
        deputy: Some(cast.person("Tom")),
        staff: vec![staff("Ines", "WM-001"), staff("Tom", "WM-002")],
        reserves: Vec::new(),
        spare_devices: vec![cast.phone("WM-007").id],
        volunteers: Vec::new(),
        pupils: count(PUPILS),
        pupil_phones: vec![PupilWithPhone {
            pupil: cast.asha,
            name: Personal::known(text("Asha")),
            reason: Personal::known(note("Type 1 diabetes: rings the leader if unwell")),
        }],
        groups: vec![GroupPlan {
            group: whole_party(cast),
            name: text("Year 6"),
            adult: cast.person("Ines"),
            expected: count(PUPILS),
        }],
        plan,
        quiet: Vec::new(),
        emergency: EmergencyPlan {
            base_contact: cast.person("Ruth"),
            office: vec![cast.person("Pat")],
            dsl: vec![cast.person("Karin")],
            senior: vec![cast.person("Marcus")],
            parents_rung_by: text("The office, from the landline"),
            records_kept_at: text("Trip folder in the office safe; out of hours with the head"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: Some(text("RA-2026-114")),
        consent: Some(text("Annual local-visits consent, 2026")),
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

/// The one group of the museum trip.
fn whole_party(cast: &Cast) -> GroupId {
    GroupId::derived(cast.museum.0, 0)
}

fn count(people: u32) -> Headcount {
    Headcount::new(people).expect("a headcount")
}

/// Every five minutes, the first between one and two minutes from now, a reminder a minute before, a minute of grace:
/// a newcomer sees a miss within three minutes.
fn every_five_minutes(now: Timestamp) -> CheckInPlan {
    // Zones differ from UTC by whole multiples of five minutes, so minutes of the hour can be told in UTC.
    let first = (now.as_second() / 60 + 2) % 5;
    let minutes: Vec<String> = (0..12).map(|n| (first + 5 * n).to_string()).collect();
    let cron = format!("0 {} * * * *", minutes.join(","));
    CheckInPlan {
        every_minutes: None,
        at: Some(CronSchedule::parse(&cron).expect("a schedule")),
        points: Default::default(),
        remind_before_secs: 60,
        grace_secs: 60,
    }
}

/// Registers, authorises, supplies and sends off the museum trip.
pub async fn start_museum_trip(asking: &Asking<'_>, cast: &Cast, now: Timestamp) -> Result<(), SeedFault> {
    let form = museum_form(cast, now, every_five_minutes(now));
    let issue = |tag: &str, holder| Issue { device: cast.phone(tag).id, holder, reason: None, charge: None };
    let issues = vec![
        issue("WM-001", Holder::Person(cast.person("Ines"))),
        issue("WM-002", Holder::Person(cast.person("Tom"))),
        Issue {
            reason: Some(Personal::known(note("Type 1 diabetes: rings the leader if unwell"))),
            ..issue("BP-001", Holder::Pupil(cast.asha))
        },
    ];
    goes_out(asking, cast, cast.museum, form, issues).await
}

/// Registers a trip by its leader, authorises it by Marcus, has Pat hand these phones out, and sends it off with everybody.
pub async fn goes_out(
    asking: &Asking<'_>,
    cast: &Cast,
    trip: TripId,
    form: TripForm,
    issues: Vec<Issue>,
) -> Result<(), SeedFault> {
    let leader = asking.by(form.leader);
    let (form_hash, depart) = (::trips::form::form_hash(&form), depart(trip, &form));
    let save = Command::SaveDraft { trip, base: None, form: Box::new(form) };
    leader.ask::<::trips::Trips>("the form", save).await?;
    leader.ask::<::trips::Trips>("submitting", Command::SubmitForm { trip, form_hash }).await?;
    let authorise = Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() };
    asking.by(cast.person("Marcus")).ask::<::trips::Trips>("authorising", authorise).await?;
    let issue = devices::Command::IssueDevices { trip, issues };
    asking.by(cast.person("Pat")).ask::<::devices::Devices>("issuing", issue).await?;
    leader.ask::<::trips::Trips>("departing", depart).await?;
    Ok(())
}

/// What the leader says when the party leaves: all are there.
pub fn depart(trip: TripId, form: &TripForm) -> Command {
    Command::Depart {
        trip,
        form_hash: ::trips::form::form_hash(form),
        counts: everybody(form),
        stand_ins: Vec::new(),
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    }
}

/// All of every group.
pub fn everybody(form: &TripForm) -> Vec<GroupCount> {
    form.groups.iter().map(|of| GroupCount { group: of.group, pupils: of.expected }).collect()
}
