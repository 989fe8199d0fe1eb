//! All that devices knows of one school, from its own journal alone.

use std::collections::BTreeMap;

use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{Event, HolderStanding, Settlement, TripPhase};
use proto::values::{AssetTag, Imei, PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::deadlines::Deadlines;
use crate::device::{Custody, Device, Issued};
use crate::supply::Supply;
use crate::trip::{Link, Trip, Trips};

/// The register, whose hands everything is in, and what was heard of people and trips.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) devices: BTreeMap<DeviceId, Device>,
    /// Tags, numbers and IMEIs of devices that are not retired.
    pub(crate) by_tag: BTreeMap<AssetTag, DeviceId>,
    pub(crate) by_number: BTreeMap<PhoneNumber, DeviceId>,
    pub(crate) by_imei: BTreeMap<Imei, DeviceId>,
    pub(crate) people: BTreeMap<PersonId, HolderStanding>,
    pub(crate) trips: Trips,
    pub(crate) deadlines: Deadlines,
    pub(crate) supply: Supply,
}

impl State {
    /// A device of the register, a retired one too.
    pub fn device(&self, device: DeviceId) -> Option<&Device> {
        self.devices.get(&device)
    }

    /// Every device, retired ones too.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        self.devices.iter().map(|(id, device)| (*id, device))
    }

    /// The device with a tag; retired ones are not found.
    pub fn by_tag(&self, tag: &AssetTag) -> Option<DeviceId> {
        self.by_tag.get(tag).copied()
    }

    /// The device with a number; retired ones are not found.
    pub fn by_number(&self, number: &PhoneNumber) -> Option<DeviceId> {
        self.by_number.get(number).copied()
    }

    /// What is known of a person.
    pub fn person(&self, person: PersonId) -> Option<&HolderStanding> {
        self.people.get(&person)
    }

    /// A trip that hasn't ended.
    pub fn trip(&self, trip: TripId) -> Option<&Trip> {
        self.trips.live.get(&trip)
    }

    /// The trips that haven't ended.
    pub fn trips(&self) -> impl Iterator<Item = (TripId, &Trip)> {
        self.trips.live.iter().map(|(id, trip)| (*id, trip))
    }

    /// Takes an event in.
    pub(crate) fn evolve(&mut self, event: &Event) {
        self.supply.evolve(event);
        match event {
            Event::DeviceRegistered { .. } => self.register(event),
            Event::DeviceRetired { device } => self.forget_marks(*device),
            Event::DeviceIssued { device, trip: Some(trip), .. } => self.trips.link(*trip, *device),
            Event::InHandConfirmed { device, trip, .. } => self.in_hand(*device, *trip),
            Event::DeviceReturned { device, .. } => self.settle(*device, Settlement::Returned),
            Event::DeviceLost { device, .. } => self.settle(*device, Settlement::Lost),
            Event::DeviceWithPolice { device, .. } => self.settle(*device, Settlement::WithPolice),
            Event::OvernightAgreed { device, trip, until, .. } => self.overnight(*device, *trip, *until),
            Event::IssuingStopped { trip, .. } => self.stop_issuing(*trip, event),
            Event::TripDevicesSettled { trip, .. } => {
                if let Some(trip) = self.trips.live.get_mut(trip) {
                    trip.settled = true;
                }
            }
            Event::ReturnOverdue { trip, devices, .. } => {
                devices.iter().for_each(|device| self.overdue(*device, *trip));
            }
            Event::PersonNoted { person, standing } => {
                self.people.insert(*person, standing.clone());
            }
            Event::TripNoted { trip, needs } => {
                if needs.phase == TripPhase::Ended {
                    self.end(*trip);
                }
                self.trips.note(*trip, needs);
            }
            Event::DeviceIssued { trip: None, .. }
            | Event::PasscodeConfirmed { .. }
            | Event::ChargeNoted { .. }
            | Event::DeviceReserved { .. }
            | Event::ReservationReleased { .. }
            | Event::DeviceHandedOver { .. }
            | Event::SimBarred { .. }
            | Event::DeviceFound { .. }
            | Event::DeviceQuarantined { .. }
            | Event::QuarantineEnded { .. }
            | Event::DeviceRepaired { .. }
            | Event::RecordingsCleared { .. }
            | Event::RecordingsOffNoted { .. }
            | Event::HoldNoted { .. }
            | Event::SupplyShort { .. }
            | Event::SupplyMet { .. } => {}
        }
        if let Some(device) = device_of(event).and_then(|id| self.devices.get_mut(&id)) {
            device.evolve(event);
        }
    }

    fn register(&mut self, event: &Event) {
        let Some((id, device)) = Device::registered(event) else { return };
        self.by_tag.insert(device.tag.clone(), id);
        self.by_number.insert(device.number.clone(), id);
        if let Some(imei) = device.imei.clone() {
            self.by_imei.insert(imei, id);
        }
        self.devices.insert(id, device);
    }

    /// A retired device's tag, number and IMEI may go to another one.
    fn forget_marks(&mut self, device: DeviceId) {
        let Some(gone) = self.devices.get(&device) else { return };
        self.by_tag.remove(&gone.tag);
        self.by_number.remove(&gone.number);
        if let Some(imei) = &gone.imei {
            self.by_imei.remove(imei);
        }
    }

    fn in_hand(&mut self, device: DeviceId, trip: TripId) {
        if self.trip(trip).is_some_and(Trip::takes_in) {
            self.trips.settle(trip, device, Settlement::PermanentIssue);
            self.deadlines.disarm(device, trip);
        } else {
            self.trips.link(trip, device);
        }
    }

    fn settle(&mut self, device: DeviceId, settlement: Settlement) {
        let trips = self.devices.get(&device).and_then(Device::issued).map(Issued::trips);
        for trip in trips.unwrap_or_default() {
            self.trips.settle(trip, device, settlement);
        }
        self.deadlines.disarm_all(device);
    }

    fn overnight(&mut self, device: DeviceId, trip: TripId, until: proto::Timestamp) {
        let live = self.trips.live.get(&trip);
        let returned = match live.map(|t| t.needs.phase) {
            Some(TripPhase::Planned | TripPhase::Out) => return,
            Some(TripPhase::Returning | TripPhase::Cancelled | TripPhase::Ended) | None => {
                live.and_then(|t| t.needs.return_due)
            }
        };
        if live.is_some_and(Trip::takes_in) {
            self.trips.settle(trip, device, Settlement::KeptOvernight);
        }
        self.deadlines.arm(device, trip, returned.map_or(until, |due| due.max(until)));
    }

    /// Those that are not awaited are kept overnight as agreed, or are on permanent issue; the others are due back.
    fn stop_issuing(&mut self, trip: TripId, event: &Event) {
        let (Event::IssuingStopped { out, .. }, Some(known)) = (event, self.trips.live.get_mut(&trip)) else {
            return;
        };
        let Some(due) = known.needs.return_due else { return };
        for (device, link) in known.devices.iter_mut().filter(|(_, link)| **link == Link::Awaited) {
            if out.contains(device) {
                self.deadlines.arm(*device, trip, due);
                continue;
            }
            match self.devices.get(device).map(|d| &d.custody) {
                Some(Custody::Issued(Issued::ToTrip { overnight: Some(until), .. })) => {
                    *link = Link::Settled(Settlement::KeptOvernight);
                    self.deadlines.arm(*device, trip, due.max(*until));
                }
                Some(Custody::Issued(Issued::Permanently { .. })) => {
                    *link = Link::Settled(Settlement::PermanentIssue);
                }
                Some(
                    Custody::Issued(Issued::ToTrip { overnight: None, .. })
                    | Custody::InStore { .. }
                    | Custody::Damaged { .. }
                    | Custody::Quarantined { .. }
                    | Custody::Lost { .. }
                    | Custody::WithPolice { .. }
                    | Custody::Retired,
                )
                | None => {}
            }
        }
    }

    /// It was told; a device kept past the agreed time is awaited again, if its trip is still open.
    fn overdue(&mut self, device: DeviceId, trip: Option<TripId>) {
        let Some(trip) = trip else {
            for trip in self.deadlines.trips_of(device) {
                if !self.trips.live.contains_key(&trip) {
                    self.deadlines.disarm(device, trip);
                }
            }
            return;
        };
        self.deadlines.disarm(device, trip);
        let open = self.trips.live.get_mut(&trip).filter(|trip| !trip.settled);
        if let Some(link) = open.and_then(|trip| trip.devices.get_mut(&device))
            && *link == Link::Settled(Settlement::KeptOvernight)
        {
            *link = Link::Awaited;
        }
    }

    /// The word given for a trip lapses with it.
    fn end(&mut self, trip: TripId) {
        let Some(ended) = self.trips.live.get(&trip) else { return };
        for id in ended.devices.keys() {
            let Some(device) = self.devices.get_mut(id) else { continue };
            if let Custody::Issued(Issued::Permanently { in_hand, .. }) = &mut device.custody {
                in_hand.remove(&trip);
                self.deadlines.disarm(*id, trip);
            }
        }
    }
}

/// The device an event is about, if it is about one.
pub(crate) fn device_of(event: &Event) -> Option<DeviceId> {
    match event {
        Event::DeviceRegistered { device, .. }
        | Event::PasscodeConfirmed { device, .. }
        | Event::ChargeNoted { device, .. }
        | Event::DeviceReserved { device, .. }
        | Event::ReservationReleased { device, .. }
        | Event::DeviceIssued { device, .. }
        | Event::InHandConfirmed { device, .. }
        | Event::DeviceHandedOver { device, .. }
        | Event::DeviceReturned { device, .. }
        | Event::DeviceLost { device, .. }
        | Event::SimBarred { device }
        | Event::DeviceFound { device, .. }
        | Event::DeviceQuarantined { device, .. }
        | Event::QuarantineEnded { device, .. }
        | Event::DeviceRepaired { device, .. }
        | Event::DeviceWithPolice { device, .. }
        | Event::RecordingsCleared { device, .. }
        | Event::RecordingsOffNoted { device }
        | Event::HoldNoted { device, .. }
        | Event::OvernightAgreed { device, .. }
        | Event::DeviceRetired { device } => Some(*device),
        Event::IssuingStopped { .. }
        | Event::TripDevicesSettled { .. }
        | Event::ReturnOverdue { .. }
        | Event::SupplyShort { .. }
        | Event::SupplyMet { .. }
        | Event::PersonNoted { .. }
        | Event::TripNoted { .. } => None,
    }
}
