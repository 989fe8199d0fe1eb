//! What the gateway heard of contacts: a landline in its hours, a back-up mobile, Mr Hale at base, the museum trip out.

use jiff::SignedDuration;
use proto::envelope::Hash;
use proto::ids::{DeviceId, DutyId, LineId};
use proto::v1::contacts::{Event as Contacts, LineKind, TripPhase};
use proto::v1::gateway::{CallStep, Event, Reach};
use proto::v1::people::DutyRole;
use proto::v1::trips::{EmergencyPlan, TripKind};
use proto::values::{ClockTime, DailyHours, RingSecs, Weekday, WeeklyHours, Window};
use uuid::Uuid;

use super::cast::*;

pub const BACK_UP: &str = "+447700900009";

pub fn back_up() -> LineId {
    LineId::derived(Uuid::nil(), 20)
}

pub fn back_up_phone() -> DeviceId {
    DeviceId::derived(Uuid::nil(), 21)
}

/// Friday 20 November 2026, so many hours around nine.
fn friday(from_hours: i64, to_hours: i64) -> Window {
    let around = |hours| at(NOW) + SignedDuration::from_hours(hours);
    Window::new(around(from_hours), around(to_hours)).unwrap()
}

/// Fridays, 08:00 to 16:30.
fn office_hours() -> WeeklyHours {
    let (from, to) = (ClockTime::new(8, 0).unwrap(), ClockTime::new(16, 30).unwrap());
    WeeklyHours(vec![DailyHours { day: Weekday::Friday, from, to }])
}

fn emergency() -> EmergencyPlan {
    EmergencyPlan {
        base_contact: hale(),
        office: vec![hale()],
        dsl: vec![hale()],
        senior: vec![hale()],
        parents_rung_by: label("The office"),
        records_kept_at: label("The office safe"),
        lost_child_police_minutes: 15,
        tour_numbers: None,
    }
}

fn of_contacts() -> Vec<Contacts> {
    let line_added = |line, kind, text: &str, hours, ring| Contacts::LineAdded {
        line,
        name: label("A line"),
        kind,
        number: number(text),
        hours,
        ring_secs: RingSecs::new(ring).unwrap(),
    };
    let mobile = |device, text: &str, person| Contacts::WorkMobileNoted {
        device,
        number: number(text),
        person,
        in_service: true,
    };
    vec![
        Contacts::PersonNoted { person: okafor(), here: true, roles: [].into() },
        Contacts::PersonNoted { person: hale(), here: true, roles: [].into() },
        mobile(wm_001(), LEADER, Some(okafor())),
        mobile(wm_002(), BASE, Some(hale())),
        mobile(back_up_phone(), BACK_UP, None),
        line_added(landline(), LineKind::Landline, LANDLINE, office_hours(), 20),
        line_added(back_up(), LineKind::BackUpMobile, BACK_UP, WeeklyHours::default(), 30),
        Contacts::DutyNoted {
            duty: DutyId::derived(Uuid::nil(), 22),
            person: hale(),
            role: DutyRole::Base,
            window: friday(-2, 20),
            nights: vec![],
        },
        Contacts::TripNoted {
            trip: museum(),
            form_hash: Hash::ZERO,
            kind: TripKind::DayVisit,
            window: friday(-1, 5),
            leader: okafor(),
            deputy: None,
            staff: vec![okafor()],
            emergency: Box::new(emergency()),
        },
        Contacts::TripPhaseNoted { trip: museum(), phase: TripPhase::Out },
        Contacts::BaseHeld { trip: museum(), person: hale(), from: None, at: at(NOW) },
    ]
}

/// The museum trip is out, and callers can be put through.
pub fn roads() -> Vec<Event> {
    let back_up_noted = Event::LineNoted {
        line: back_up(),
        kind: LineKind::BackUpMobile,
        number: Some(number(BACK_UP)),
        name: label("Back-up"),
    };
    let heard = (1..).zip(of_contacts());
    let heard = heard.map(|(sequence, event)| Event::ContactsNoted { sequence, event: Box::new(event) });
    trip_out().into_iter().chain([back_up_noted]).chain(heard).collect()
}

/// What contacts says next.
pub fn says(event: Contacts) -> Event {
    Event::ContactsNoted { sequence: 1_000, event: Box::new(event) }
}

pub fn by_line(line: LineId, secs: u32) -> CallStep {
    CallStep { via: Reach::Line(line), ring_secs: RingSecs::new(secs).unwrap() }
}

pub fn by_phone(device: DeviceId) -> CallStep {
    CallStep { via: Reach::Device(device), ring_secs: RingSecs::MOBILE }
}
