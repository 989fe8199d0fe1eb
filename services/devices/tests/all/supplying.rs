//! Whether there are enough devices, by day and kind.

use decider::Policy;
use devices::{DaySupply, Devices, supply};
use jiff::civil::{Date, date};
use proto::ids::TripId;
use proto::v1::devices::*;
use proto::values::SchoolZone;

use crate::cast::*;
use crate::hearing::{form, saved};

const DAY: Date = date(2026, 11, 20);

/// Three work mobiles, one of them base's; one basic phone; the people; no trip.
fn small_school() -> decider::kit::Story<Devices> {
    let mut events: Vec<Event> = (1..=3).map(registered).chain([basic_registered(1)]).collect();
    events.extend([okafor(), lind(), abara(), tan()].map(|who| person(who, trusted())));
    events.push(person(pryce(), HolderStanding { senior: true, ..trusted() }));
    decider::kit::given::<Devices>(events).at("2026-11-16T09:00:00Z").by_person(tan())
}

fn short(needed: u16, available: u16, trips: &[TripId]) -> Event {
    let trips = trips.iter().copied().collect();
    Event::SupplyShort { day: DAY, kind: DeviceKind::WorkMobile, needed, available, trips }
}

fn met() -> Event {
    Event::SupplyMet { day: DAY, kind: DeviceKind::WorkMobile }
}

fn look(story: &decider::kit::Story<Devices>, day: Date) -> [DaySupply; 2] {
    let found = supply(&story.state, day, 1, &SchoolZone::london(), &Policy::default());
    found.try_into().expect("a row for each kind")
}

/// DEV-6: three go off site, three phones are there, one is base's: flagged when it is registered, not on the morning.
#[test]
fn a_trip_that_cannot_be_supplied_is_flagged_when_it_is_registered() {
    let story = small_school()
        .hears(saved(form()))
        .then([noted(museum(), needs()), short(3, 2, &[museum()])])
        .hears(saved(form()))
        .nothing_happens();
    let [mobiles, basics] = look(&story, DAY);
    assert_eq!((mobiles.needed, mobiles.available, mobiles.is_short()), (3, 2, true));
    assert_eq!((basics.needed, basics.available, basics.is_short()), (1, 1, false));
    let [day_before, _] = look(&story, date(2026, 11, 19));
    assert_eq!((day_before.needed, day_before.available), (0, 2));
}

/// DEV-6: where it is switched off, nothing is flagged.
#[test]
fn where_it_is_switched_off_nothing_is_flagged() {
    small_school()
        .with_policy(|policy| policy.supply_forecast = false)
        .hears(saved(form()))
        .then([noted(museum(), needs())]);
}

/// DEV-6: base's own back-up phone is reserved first; how many is the school's to say.
#[test]
fn the_reserve_for_base_comes_first() {
    small_school()
        .with_policy(|policy| policy.base_reserve_phones = 0)
        .hears(saved(form()))
        .then([noted(museum(), needs())]);
    small_school()
        .with_policy(|policy| policy.base_reserve_phones = 5)
        .hears(saved(form()))
        .then([noted(museum(), needs()), short(3, 0, &[museum()])]);
}

/// DEV-6: one more phone, and there are enough again; lost again, short again.
#[test]
fn a_shortage_ends_and_comes_back() {
    let new = Command::RegisterDevice {
        device: mobile(4),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: wm(4),
        number: number_of(4),
        imei: None,
        storage: label("Office safe"),
    };
    let lose = Command::DeclareLost { device: mobile(4), note: note("On the coach").into() };
    let story = small_school()
        .hears(saved(form()))
        .allowed()
        .when(new)
        .then([registered(4), met()])
        .when(lose)
        .then([lost(4, None, None), short(3, 2, &[museum()])]);
    story
        .when(Command::DeclareLost { device: mobile(3), note: note("On the coach").into() })
        .then([lost(3, None, None), short(3, 1, &[museum()])])
        .when(Command::RecordFound { device: mobile(3), storage: label("Office safe") })
        .then([
            Event::DeviceFound { device: mobile(3), storage: label("Office safe") },
            short(3, 2, &[museum()]),
        ]);
}

/// DEV-6: damaged, in quarantine, with the police, retired: none of them supplies a trip.
#[test]
fn what_is_out_of_use_supplies_nobody() {
    let count = |events: Vec<Event>| look(&after(events), DAY)[0].available;
    assert_eq!(count(vec![]), 5);
    assert_eq!(count(broken(1).into()), 4);
    assert_eq!(count(vec![quarantined(1)]), 4);
    assert_eq!(count(vec![police_have(1)]), 4);
    assert_eq!(count(vec![Event::DeviceRetired { device: mobile(1) }]), 4);
    assert_eq!(count(vec![lost(1, None, None), quarantined(2)]), 3);
    let ended = Event::QuarantineEnded { device: mobile(1), storage: label("Office safe") };
    assert_eq!(count(vec![quarantined(1), ended]), 5);
    let repaired = Event::DeviceRepaired { device: mobile(1), storage: label("Office safe") };
    assert_eq!(count(broken(1).into_iter().chain([repaired]).collect()), 5);
}

/// DEV-6: who has one for good needs none, and it serves nobody else.
#[test]
fn a_permanent_issue_serves_its_holder_alone() {
    let [mobiles, _] = look(&after([for_good(1, okafor())]), DAY);
    assert_eq!((mobiles.needed, mobiles.available), (2, 4));
    let handed =
        Event::DeviceHandedOver { device: mobile(1), from: adult(okafor()), to: adult(tan()), trip: None };
    let [mobiles, _] = look(&after([for_good(1, okafor()), handed]), DAY);
    assert_eq!((mobiles.needed, mobiles.available), (3, 4));
}

/// DEV-6: a device that is out serves its own trip.
#[test]
fn issuing_for_a_trip_leaves_the_forecast_as_it_is() {
    let [mobiles, basics] = look(&after([out(1, okafor()), out_to_noor()]), DAY);
    assert_eq!((mobiles.needed, mobiles.available), (3, 5));
    assert_eq!((basics.needed, basics.available), (1, 2));
}

/// DEV-6: two trips of a day add up; a person on both counts once.
#[test]
fn trips_of_a_day_add_up() {
    let also_okafor = needs_with(|needs| {
        needs.staff = vec![(tan(), None), (okafor(), None)];
        needs.pupils = vec![sol()];
    });
    let [mobiles, basics] = look(&after([noted(farm(), also_okafor)]), DAY);
    assert_eq!((mobiles.needed, mobiles.trips.len()), (4, 2));
    assert_eq!(basics.needed, 2);
}

/// DEV-6: back or called off, a trip needs nothing any more.
#[test]
fn a_trip_that_is_back_needs_nothing() {
    small_school()
        .hears(saved(form()))
        .allowed()
        .hears(proto::v1::trips::Event::TripCancelled { trip: museum(), reason: note("Snow") })
        .then([noted(museum(), needs_with(|needs| needs.phase = TripPhase::Ended)), met()]);
}

/// DEV-6, DEV-9: one kept overnight is away on the days up to its time, save for its own trip.
#[test]
fn a_device_kept_overnight_is_away_until_its_time() {
    let kept = Event::OvernightAgreed { device: mobile(1), trip: museum(), until: at(TOMORROW), by: pryce() };
    let story = after([out(1, okafor()), kept]);
    let available = |day| look(&story, day)[0].available;
    assert_eq!(available(DAY), 5);
    assert_eq!(available(date(2026, 11, 21)), 4);
    assert_eq!(available(date(2026, 11, 22)), 5);
}

/// DEV-6: a tour counts on each of its days in the school's zone, and days that are over are not told of.
#[test]
fn a_tour_is_flagged_on_each_of_its_days_from_today() {
    let tour = |story: decider::kit::Story<Devices>| {
        let mut form = form();
        form.window = window("2026-06-10T08:00:00Z", "2026-06-12T23:00:00Z");
        let mut days = Vec::new();
        story.hears(saved(form)).then_events(|events| {
            for event in events {
                if let Event::SupplyShort { day, .. } = event {
                    days.push(*day);
                }
            }
        });
        days
    };
    // The tour ends at midnight of British Summer Time: the 13th isn't part of it.
    let all = [date(2026, 6, 10), date(2026, 6, 11), date(2026, 6, 12)];
    assert_eq!(tour(small_school().at("2026-06-01T09:00:00Z")), all);
    assert_eq!(tour(small_school().at("2026-06-10T23:30:00Z")), all[1..]);
}

/// DEV-6: the forecast is bounded, whatever is asked or planned.
#[test]
fn the_forecast_is_bounded() {
    let zone = SchoolZone::london();
    let story = small_school();
    let rows = |days| supply(&story.state, DAY, days, &zone, &Policy::default()).len();
    assert_eq!(rows(0), 0);
    assert_eq!(rows(14), 28);
    assert_eq!(rows(u16::MAX), 2 * usize::from(devices::FORECAST_DAYS));
    let mut form = form();
    form.window = window("2026-11-20T09:00:00Z", "2090-01-01T00:00:00Z");
    story.hears(saved(form)).then_events(|events| {
        assert!(events.len() <= 2 + usize::from(devices::FORECAST_DAYS), "{}", events.len());
    });
}

/// DEV-6: history heard again alerts nobody.
#[test]
fn history_is_recorded_without_flags() {
    small_school().hears_history(saved(form())).then([noted(museum(), needs())]);
}
