//! DEV-8: one holder at a time, the chain of custody whole. DEV-9: a trip never closes with a device out.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{DeviceId, TripId};
use proto::v1::devices::{Event, Holder};
use proto::v1::trips::Event as TripEvent;

use super::{Journals, Read};

#[derive(Clone, Copy, PartialEq, Debug)]
struct Out {
    holder: Holder,
    trip: Option<TripId>,
}

#[derive(Default)]
struct Desk {
    out: BTreeMap<DeviceId, Out>,
    /// Devices that a trip still awaits.
    awaited: BTreeMap<TripId, BTreeSet<DeviceId>>,
    stopped: BTreeSet<TripId>,
    /// Called off: who has a phone for good keeps it.
    cancelled: BTreeSet<TripId>,
}

pub(super) fn check(journals: &Journals, broken: &mut Vec<String>) {
    let mut desk = Desk { cancelled: cancelled(journals), ..Desk::default() };
    let mut closings = journals.trips.iter().filter_map(|read| match &read.event {
        TripEvent::TripClosed { trip, .. } => Some((read.at, *trip)),
        _ => None,
    });
    let mut next = closings.next();
    for Read { at, event, .. } in &journals.devices {
        while let Some((closed_at, trip)) = next.filter(|(closed_at, _)| closed_at < at) {
            desk.closes(trip, broken, &format!("{trip:?} closed at {closed_at}"));
            next = closings.next();
        }
        if let Err(why) = desk.take(event) {
            broken.push(format!("at {at}: {why}: {event:?}"));
        }
    }
    for (closed_at, trip) in next.into_iter().chain(closings) {
        desk.closes(trip, broken, &format!("{trip:?} closed at {closed_at}"));
    }
}

fn cancelled(journals: &Journals) -> BTreeSet<TripId> {
    let cancelled = journals.trips.iter().filter_map(|read| match &read.event {
        TripEvent::TripCancelled { trip, .. } => Some(*trip),
        _ => None,
    });
    cancelled.collect()
}

impl Desk {
    fn closes(&self, trip: TripId, broken: &mut Vec<String>, what: &str) {
        let awaited = self.awaited.get(&trip).filter(|awaited| !awaited.is_empty());
        broken.extend(awaited.map(|awaited| format!("{what} with devices out: {awaited:?}")));
        if !self.stopped.contains(&trip) {
            broken.push(format!("{what} before issuing to it had stopped"));
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::DeviceIssued { device, holder, trip, .. } => self.issue(*device, *holder, *trip),
            Event::DeviceHandedOver { device, from, to, .. } => {
                let out = self.out.get_mut(device).ok_or("handed over by nobody")?;
                if out.holder != *from {
                    return Err(format!("handed over by another than {:?}", out.holder));
                }
                out.holder = *to;
                Ok(())
            }
            Event::DeviceReturned { device, holder, trip, .. } => {
                let out = self.out.remove(device).ok_or("returned by nobody")?;
                self.settle(*device);
                if out != (Out { holder: *holder, trip: *trip }) {
                    return Err(format!("returned by another than {out:?}"));
                }
                Ok(())
            }
            Event::DeviceLost { device, .. } | Event::DeviceWithPolice { device, .. } => {
                self.out.remove(device);
                self.settle(*device);
                Ok(())
            }
            Event::DeviceRetired { device } | Event::DeviceQuarantined { device, .. } => {
                self.out.get(device).map_or(Ok(()), |out| Err(format!("it is with {out:?}")))
            }
            // Until the trip is back the holder's word says that it goes along; then, that it is home.
            Event::InHandConfirmed { device, trip, .. } => {
                let awaited = self.awaited.entry(*trip).or_default();
                if self.stopped.contains(trip) {
                    awaited.remove(device)
                } else {
                    awaited.insert(*device)
                };
                Ok(())
            }
            Event::OvernightAgreed { device, trip, .. } => {
                self.awaited.entry(*trip).or_default().remove(device);
                Ok(())
            }
            Event::IssuingStopped { trip, .. } => {
                self.stopped.insert(*trip);
                if self.cancelled.contains(trip) {
                    let out = &self.out;
                    let for_good = |device: &DeviceId| out.get(device).is_some_and(|out| out.trip.is_none());
                    self.awaited.entry(*trip).or_default().retain(|device| !for_good(device));
                }
                Ok(())
            }
            Event::TripDevicesSettled { trip, .. } => {
                let awaited = self.awaited.get(trip).filter(|awaited| !awaited.is_empty());
                awaited.map_or(Ok(()), |awaited| Err(format!("settled with devices out: {awaited:?}")))
            }
            _ => Ok(()),
        }
    }

    fn issue(&mut self, device: DeviceId, holder: Holder, trip: Option<TripId>) -> Result<(), String> {
        if let Some(trip) = trip {
            if self.stopped.contains(&trip) {
                return Err("issued to a trip whose issuing had stopped".into());
            }
            self.awaited.entry(trip).or_default().insert(device);
        }
        match self.out.insert(device, Out { holder, trip }) {
            None => Ok(()),
            Some(before) => Err(format!("issued while with {before:?}")),
        }
    }

    fn settle(&mut self, device: DeviceId) {
        self.awaited.values_mut().for_each(|awaited| {
            awaited.remove(&device);
        });
    }
}
