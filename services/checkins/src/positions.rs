//! Positions of staff devices while the trip is out: noted, never a check-in [CHECK-4]. Pupils' devices are not located
//! [CHECK-7]; nobody is before departure or once everyone is back.

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::v1::checkins::{Event, FixLabel, Word};
use proto::v1::gateway::clock_was_never_set;
use proto::v1::trips::Destination;
use proto::values::{Personal, Position};

use crate::area::{Fence, Side};
use crate::course::plus;
use crate::state::{Carried, Out, State, Watch};
use crate::track::{BATTERY_LOW_PERCENT, Judged, judge};
use crate::word;

/// A fix, as the gateway took it.
#[derive(Clone, Copy)]
pub(crate) struct Fix {
    pub(crate) device: DeviceId,
    pub(crate) position: Position,
    /// What the phone's clock says.
    pub(crate) fix_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) battery_percent: Option<u8>,
    pub(crate) charging: Option<bool>,
}

pub(crate) fn hear(state: &State, trip: TripId, fix: Fix) -> Vec<Event> {
    let Some(Watch::Out(out)) = state.watch(trip) else { return Vec::new() };
    let Some(carried) = out.party.devices.get(fix.device) else { return Vec::new() };
    let before_departure = fix.fix_at < out.party.departed_at && !clock_was_never_set(fix.fix_at);
    if carried.by.pupil || before_departure {
        return Vec::new();
    }
    let Some(judged) = judge(carried.track.as_deref(), fix.position, fix.fix_at, fix.received_at) else {
        return Vec::new();
    };
    let Judged { fix_at, labels, stale } = judged;
    let heard = word::heard_device(&out.party, trip, Some(fix.device), fix.received_at);
    let fix = Fix { fix_at, ..fix };
    let low = if labels.contains(&FixLabel::OutOfOrder) { None } else { battery(carried, trip, fix) };
    let crossed = if stale { Vec::new() } else { crossings(out, carried, trip, fix) };
    let Fix { device, position, received_at, battery_percent, charging, .. } = fix;
    let noted = Event::PositionNoted {
        trip,
        device,
        position: Personal::known(position),
        fix_at,
        received_at,
        stale,
        labels,
        battery_percent,
        charging,
    };
    std::iter::once(noted).chain(heard).chain(low).chain(crossed).collect()
}

/// Told once, until it was charged.
fn battery(carried: &Carried, trip: TripId, fix: Fix) -> Option<Event> {
    let told = carried.track.as_ref().is_some_and(|track| track.battery_low);
    let percent = fix.battery_percent.filter(|p| *p <= BATTERY_LOW_PERCENT)?;
    let low = !told && fix.charging != Some(true);
    low.then_some(Event::BatteryLow { trip, device: fix.device, percent, at: fix.received_at })
}

/// The areas that the device has, with this fix, surely entered or left.
fn crossings(out: &Out, carried: &Carried, trip: TripId, fix: Fix) -> Vec<Event> {
    let Fix { device, fix_at: at, .. } = fix;
    let unknown = Fence::default();
    let mut events = Vec::new();
    for (place, to) in out.course.destinations.iter().enumerate() {
        let fence = carried.track.as_ref().and_then(|track| track.fences.get(place)).unwrap_or(&unknown);
        let destination = to.name.clone();
        match fence.clone().step(&to.area, &fix.position, at) {
            Some(Side::Inside) => {
                if fence.off {
                    events.push(ended(trip, device, to, at));
                }
                events.push(Event::AreaEntered { trip, device, destination, at });
            }
            Some(Side::Outside) => {
                let stays = fence.inside_since.is_some_and(|since| out.stays(carried, to, since, at));
                events.push(Event::AreaLeft { trip, device, destination: destination.clone(), at });
                if to.alert_off_area && stays && !fence.off {
                    events.push(Event::OffArea { trip, device, destination, at });
                }
            }
            None => {}
        }
    }
    events
}

fn ended(trip: TripId, device: DeviceId, destination: &Destination, at: Timestamp) -> Event {
    Event::OffAreaEnded { trip, device, destination: destination.name.clone(), at }
}

/// A device is no longer watched there: it left the trip, or the form's places changed.
pub(crate) fn let_go(out: &Out, trip: TripId, only: Option<DeviceId>, at: Timestamp) -> Vec<Event> {
    let devices = out.party.devices.iter().filter(|(device, _)| only.is_none_or(|only| only == *device));
    devices.flat_map(|(device, carried)| ends_of(out, trip, device, carried, at)).collect()
}

/// A group says that it is leaving: its phones, and those of staff without a group, are away from now on as they should be.
pub(crate) fn leaves(out: &Out, trip: TripId, group: GroupId, word: Word, at: Timestamp) -> Vec<Event> {
    if !ends_a_stay(word) {
        return Vec::new();
    }
    let goes = |carried: &Carried| out.group_of(carried.by.person).is_none_or(|own| own == group);
    let devices = out.party.devices.iter().filter(|(_, carried)| goes(carried));
    devices.flat_map(|(device, carried)| ends_of(out, trip, device, carried, at)).collect()
}

fn ends_of(out: &Out, trip: TripId, device: DeviceId, carried: &Carried, at: Timestamp) -> Vec<Event> {
    let fences = carried.track.iter().flat_map(|track| &track.fences);
    let off = out.course.destinations.iter().zip(fences).filter(|(_, fence)| fence.off);
    off.map(|(destination, _)| ended(trip, device, destination, at)).collect()
}

fn ends_a_stay(word: Word) -> bool {
    match word {
        Word::Leaving | Word::Boarded | Word::Back => true,
        Word::Ok | Word::Late { .. } | Word::Arrived | Word::HandedOver => false,
    }
}

impl Out {
    /// Whether the party is to be there: in the form's times (and by how much it runs late), and no word of the device's
    /// group since it came says that it is leaving.
    fn stays(&self, carried: &Carried, to: &Destination, since: Timestamp, at: Timestamp) -> bool {
        let late_secs = self.clocks.iter().map(|(_, clock)| clock.progress.late_secs).max().unwrap_or(0);
        let until = plus(to.leave_at.unwrap_or(self.course.window.to), late_secs);
        let in_time = to.arrive_at.is_none_or(|arrive| arrive <= at) && at < until;
        let own = self.group_of(carried.by.person);
        let mut groups = self.party.groups.iter().filter(|(group, _)| own.is_none_or(|own| own == *group));
        let left = groups
            .any(|(_, group)| group.last.is_some_and(|last| last.said_at >= since && ends_a_stay(last.word)));
        in_time && !left
    }

    pub(crate) fn group_of(&self, person: Option<PersonId>) -> Option<GroupId> {
        let person = person?;
        self.party.groups.iter().find(|(_, group)| group.adult == person).map(|(group, _)| group)
    }

    /// The destinations where a device is, as people were told.
    pub fn places_of(&self, device: DeviceId) -> impl Iterator<Item = &Destination> {
        let track = self.party.devices.get(device).and_then(|carried| carried.track.as_deref());
        let fences = track.into_iter().flat_map(|track| &track.fences);
        let at = self.course.destinations.iter().zip(fences);
        at.filter(|(_, fence)| fence.inside_since.is_some()).map(|(destination, _)| destination)
    }

    /// The destinations that a device is off though its party stays there, as people were told.
    pub fn places_left(&self, device: DeviceId) -> impl Iterator<Item = &Destination> {
        let track = self.party.devices.get(device).and_then(|carried| carried.track.as_deref());
        let fences = track.into_iter().flat_map(|track| &track.fences);
        let off = self.course.destinations.iter().zip(fences);
        off.filter(|(_, fence)| fence.off).map(|(destination, _)| destination)
    }
}
