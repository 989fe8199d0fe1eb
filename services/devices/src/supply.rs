//! Whether there are enough devices, by day and kind. [DEV-6]
//!
//! A day needs one work mobile for each member of staff of the trips that touch it (a person on two of them counts
//! once; who has one on permanent issue needs none), and one basic phone for each pupil who is to hold one. It counts
//! days, not hours: phones must be charged and checked between trips, and a warning too many is cheaper than a morning
//! without phones. Base's own back-up phones are taken off first.

use std::collections::{BTreeMap, BTreeSet};

use decider::{Context, Policy};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proto::ids::{DeviceId, PersonId, PupilId, TripId};
use proto::v1::devices::{Condition, DeviceKind, Event, Holder, TripNeeds, TripPhase};
use proto::values::{SchoolZone, Window};
use serde::{Deserialize, Serialize};

use crate::state::State;

/// How far ahead the forecast looks, in days.
pub const FORECAST_DAYS: u16 = 366;

const KINDS: [DeviceKind; 2] = [DeviceKind::WorkMobile, DeviceKind::BasicPhone];

/// What a day needs of a kind, and what there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySupply {
    /// The day, in the school's zone.
    pub day: Date,
    /// Of which kind.
    pub kind: DeviceKind,
    /// How many the registered trips need.
    pub needed: u16,
    /// How many there are, the reserve for base already taken off.
    pub available: u16,
    /// The trips of that day that need some.
    pub trips: BTreeSet<TripId>,
}

impl DaySupply {
    /// Whether there are too few.
    pub fn is_short(&self) -> bool {
        self.needed > self.available
    }
}

/// The forecast of so many days, both kinds of each day.
pub fn supply(state: &State, from: Date, days: u16, zone: &SchoolZone, policy: &Policy) -> Vec<DaySupply> {
    let forecast = Forecast { supply: &state.supply, zone, policy };
    from.series(1.day())
        .take(usize::from(days.min(FORECAST_DAYS)))
        .flat_map(|day| forecast.day(day))
        .collect()
}

/// Adds what the events of a batch change in the forecast, from today on.
pub(crate) fn append_flags(state: &State, events: &mut Vec<Event>, context: &Context<'_>) {
    if !context.policy.supply_forecast || !events.iter().any(touches_supply) {
        return;
    }
    let mut after = state.supply.clone();
    events.iter().for_each(|event| after.evolve(event));
    let today = context.zone.local(context.now).date();
    let forecast = Forecast { supply: &after, zone: context.zone, policy: context.policy };
    for found in forecast.days_at_stake(today).into_iter().flat_map(|day| forecast.day(day)) {
        let told = after.flagged.get(&found.day).and_then(|kinds| kinds.get(&found.kind));
        match (found.is_short(), told) {
            (true, Some(told)) if *told == found => {}
            (true, _) => events.push(short_event(found)),
            (false, Some(_)) => events.push(Event::SupplyMet { day: found.day, kind: found.kind }),
            (false, None) => {}
        }
    }
}

fn short_event(found: DaySupply) -> Event {
    let DaySupply { day, kind, needed, available, trips } = found;
    Event::SupplyShort { day, kind, needed, available, trips }
}

/// What the forecast is made from, and what was told of it.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Supply {
    devices: BTreeMap<DeviceId, (DeviceKind, Availability)>,
    demand: BTreeMap<TripId, Demand>,
    flagged: BTreeMap<Date, BTreeMap<DeviceKind, DaySupply>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Availability {
    /// For any trip; a device that is out serves its own.
    Pool,
    /// Its holder needs no other.
    Permanent(PersonId),
    /// Away until then.
    Overnight { trip: TripId, until: Timestamp },
    /// Damaged, in quarantine, lost, with the police or retired.
    OutOfUse,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Demand {
    window: Window,
    staff: BTreeSet<PersonId>,
    pupils: BTreeSet<PupilId>,
}

impl Supply {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::DeviceRegistered { device, kind, .. } => {
                self.devices.insert(*device, (*kind, Availability::Pool));
            }
            Event::DeviceIssued { device, trip: None, holder: Holder::Person(person), .. }
            | Event::DeviceHandedOver { device, trip: None, to: Holder::Person(person), .. } => {
                self.set(*device, Availability::Permanent(*person));
            }
            Event::DeviceReturned { device, condition: Condition::Good, .. }
            | Event::DeviceFound { device, .. }
            | Event::DeviceRepaired { device, .. }
            | Event::QuarantineEnded { device, .. } => self.set(*device, Availability::Pool),
            Event::DeviceReturned { device, condition: Condition::Damaged, .. }
            | Event::DeviceQuarantined { device, .. }
            | Event::DeviceLost { device, .. }
            | Event::DeviceWithPolice { device, .. }
            | Event::DeviceRetired { device } => self.set(*device, Availability::OutOfUse),
            Event::OvernightAgreed { device, trip, until, .. } => {
                self.set(*device, Availability::Overnight { trip: *trip, until: *until });
            }
            Event::TripNoted { trip, needs } => self.note(*trip, needs),
            Event::SupplyShort { day, kind, needed, available, trips } => {
                let (needed, available, trips) = (*needed, *available, trips.clone());
                let told = DaySupply { day: *day, kind: *kind, needed, available, trips };
                self.flagged.entry(*day).or_default().insert(*kind, told);
                let oldest = day.saturating_sub(i64::from(FORECAST_DAYS).days());
                self.flagged.retain(|day, _| *day >= oldest);
            }
            Event::SupplyMet { day, kind } => {
                if let Some(kinds) = self.flagged.get_mut(day) {
                    kinds.remove(kind);
                }
                self.flagged.retain(|_, kinds| !kinds.is_empty());
            }
            Event::DeviceIssued { .. }
            | Event::DeviceHandedOver { .. }
            | Event::PasscodeConfirmed { .. }
            | Event::ChargeNoted { .. }
            | Event::DeviceReserved { .. }
            | Event::ReservationReleased { .. }
            | Event::InHandConfirmed { .. }
            | Event::RecordingsCleared { .. }
            | Event::RecordingsOffNoted { .. }
            | Event::HoldNoted { .. }
            | Event::SimBarred { .. }
            | Event::IssuingStopped { .. }
            | Event::TripDevicesSettled { .. }
            | Event::ReturnOverdue { .. }
            | Event::PersonNoted { .. } => {}
        }
    }

    fn set(&mut self, device: DeviceId, availability: Availability) {
        if let Some((_, known)) = self.devices.get_mut(&device) {
            *known = availability;
        }
    }

    fn note(&mut self, trip: TripId, needs: &TripNeeds) {
        match needs.phase {
            TripPhase::Planned | TripPhase::Out => {
                let staff = needs.staff.iter().map(|(person, _)| *person).collect();
                let pupils = needs.pupils.iter().copied().collect();
                self.demand.insert(trip, Demand { window: needs.window, staff, pupils });
            }
            TripPhase::Returning | TripPhase::Cancelled | TripPhase::Ended => {
                self.demand.remove(&trip);
            }
        }
    }
}

/// A look at the supply with the school's clocks and settings.
struct Forecast<'a> {
    supply: &'a Supply,
    zone: &'a SchoolZone,
    policy: &'a Policy,
}

impl Forecast<'_> {
    fn day(&self, day: Date) -> [DaySupply; 2] {
        KINDS.map(|kind| {
            let (needed, trips) = self.needed(day, kind);
            DaySupply { day, kind, needed: clipped(needed), available: self.available(day, kind), trips }
        })
    }

    fn needed(&self, day: Date, kind: DeviceKind) -> (usize, BTreeSet<TripId>) {
        let mut staff: BTreeSet<PersonId> = BTreeSet::new();
        let mut pupils: BTreeSet<PupilId> = BTreeSet::new();
        let mut trips = BTreeSet::new();
        for (trip, demand) in self.supply.demand.iter().filter(|(_, demand)| self.touches(demand, day)) {
            let needs_some = match kind {
                DeviceKind::WorkMobile => {
                    staff.extend(&demand.staff);
                    !demand.staff.is_empty()
                }
                DeviceKind::BasicPhone => {
                    pupils.extend(&demand.pupils);
                    !demand.pupils.is_empty()
                }
            };
            if needs_some {
                trips.insert(*trip);
            }
        }
        for (_, availability) in self.supply.devices.values() {
            if let Availability::Permanent(person) = availability {
                staff.remove(person);
            }
        }
        (staff.len() + pupils.len(), trips)
    }

    fn available(&self, day: Date, kind: DeviceKind) -> u16 {
        let there = self.supply.devices.values().filter(|(k, a)| *k == kind && self.is_there(a, day)).count();
        let reserve = match kind {
            DeviceKind::WorkMobile => self.policy.base_reserve_phones,
            DeviceKind::BasicPhone => 0,
        };
        clipped(there).saturating_sub(reserve)
    }

    fn is_there(&self, availability: &Availability, day: Date) -> bool {
        match availability {
            Availability::Pool => true,
            Availability::Permanent(_) | Availability::OutOfUse => false,
            Availability::Overnight { trip, until } => {
                let on_its_trip =
                    self.supply.demand.get(trip).is_some_and(|demand| self.touches(demand, day));
                on_its_trip || day > self.zone.local(*until).date()
            }
        }
    }

    fn touches(&self, demand: &Demand, day: Date) -> bool {
        let (first, last) = self.days_of(demand);
        first <= day && day <= last
    }

    fn days_of(&self, demand: &Demand) -> (Date, Date) {
        let last = demand.window.to.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(demand.window.to);
        (self.zone.local(demand.window.from).date(), self.zone.local(last).date())
    }

    /// The days from today on that have a trip, or of which it was told that they are short.
    fn days_at_stake(&self, today: Date) -> BTreeSet<Date> {
        let end = today.saturating_add(i64::from(FORECAST_DAYS).days());
        let mut days: BTreeSet<Date> = self.supply.flagged.range(today..).map(|(day, _)| *day).collect();
        for demand in self.supply.demand.values() {
            let (first, last) = self.days_of(demand);
            let last = last.min(end);
            days.extend(first.max(today).series(1.day()).take_while(|day| *day <= last));
        }
        days
    }
}

fn clipped(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn touches_supply(event: &Event) -> bool {
    match event {
        Event::DeviceRegistered { .. }
        | Event::DeviceIssued { trip: None, .. }
        | Event::DeviceHandedOver { trip: None, .. }
        | Event::DeviceReturned { .. }
        | Event::DeviceLost { .. }
        | Event::DeviceFound { .. }
        | Event::DeviceQuarantined { .. }
        | Event::QuarantineEnded { .. }
        | Event::DeviceRepaired { .. }
        | Event::DeviceWithPolice { .. }
        | Event::OvernightAgreed { .. }
        | Event::DeviceRetired { .. }
        | Event::TripNoted { .. } => true,
        Event::DeviceIssued { trip: Some(_), .. }
        | Event::DeviceHandedOver { trip: Some(_), .. }
        | Event::PasscodeConfirmed { .. }
        | Event::ChargeNoted { .. }
        | Event::DeviceReserved { .. }
        | Event::ReservationReleased { .. }
        | Event::InHandConfirmed { .. }
        | Event::SimBarred { .. }
        | Event::RecordingsCleared { .. }
        | Event::RecordingsOffNoted { .. }
        | Event::HoldNoted { .. }
        | Event::IssuingStopped { .. }
        | Event::TripDevicesSettled { .. }
        | Event::ReturnOverdue { .. }
        | Event::SupplyShort { .. }
        | Event::SupplyMet { .. }
        | Event::PersonNoted { .. } => false,
    }
}
