//! The way each located phone took on a trip that is out: for the map. Bounded, and gone with the watch. [CHECK-4, CHECK-7]

use std::collections::{BTreeMap, VecDeque};

use proto::ids::{DeviceId, TripId};
use proto::v1::AnyEvent;
use proto::v1::checkins::Event;
use proto::values::Point;

/// The most points of one phone's way that are kept: the oldest go first.
pub const MAX_TRAIL: usize = 120;

/// What is nearer than this to the point before adds nothing to a way, in degrees of latitude: some ten metres.
const NEARER: f64 = 0.0001;

/// The ways of all phones that are located.
#[derive(Clone, Debug, Default)]
pub(super) struct Trails(BTreeMap<TripId, BTreeMap<DeviceId, VecDeque<Point>>>);

impl Trails {
    pub(super) fn hear(&mut self, event: &AnyEvent) {
        match event {
            AnyEvent::Checkins(Event::PositionNoted { trip, device, position, stale: false, .. }) => {
                if let Some(position) = position.get() {
                    self.push(*trip, *device, position.point);
                }
            }
            AnyEvent::Checkins(Event::DownToDevices { trip, .. } | Event::WatchEnded { trip, .. }) => {
                self.0.remove(trip);
            }
            AnyEvent::Checkins(_)
            | AnyEvent::People(_)
            | AnyEvent::Devices(_)
            | AnyEvent::Trips(_)
            | AnyEvent::Contacts(_)
            | AnyEvent::Alerts(_)
            | AnyEvent::Gateway(_)
            | AnyEvent::Safeguarding(_) => {}
        }
    }

    fn push(&mut self, trip: TripId, device: DeviceId, point: Point) {
        let way = self.0.entry(trip).or_default().entry(device).or_default();
        let near = |a: f64, b: f64| (a - b).abs() < NEARER;
        if way.back().is_some_and(|last| near(last.lat, point.lat) && near(last.lon, point.lon)) {
            return;
        }
        way.push_back(point);
        if way.len() > MAX_TRAIL {
            way.pop_front();
        }
    }

    /// The way of a phone, the oldest point first.
    pub(super) fn of(&self, trip: TripId, device: DeviceId) -> impl Iterator<Item = Point> {
        let way = self.0.get(&trip).and_then(|phones| phones.get(&device));
        way.into_iter().flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proto::values::Position;
    use uuid::Uuid;

    fn noted(trip: TripId, device: DeviceId, lat: f64, stale: bool) -> AnyEvent {
        let point = Point::new(lat, -2.59).expect("on the globe");
        Event::PositionNoted {
            trip,
            device,
            position: Position { point, accuracy_m: 12.0 }.into(),
            fix_at: Timestamp::UNIX_EPOCH,
            received_at: Timestamp::UNIX_EPOCH,
            stale,
            labels: Default::default(),
            battery_percent: None,
            charging: None,
        }
        .into()
    }

    #[test]
    fn a_way_is_kept_while_the_party_is_out_without_what_is_not_believed() {
        let (trip, device) = (TripId::derived(Uuid::nil(), 1), DeviceId::derived(Uuid::nil(), 2));
        let mut trails = Trails::default();
        for n in 0..MAX_TRAIL + 5 {
            trails.hear(&noted(trip, device, 51.0 + 0.001 * n as f64, false));
        }
        trails.hear(&noted(trip, device, 53.0, true));
        assert_eq!(trails.of(trip, device).count(), MAX_TRAIL);
        let last = trails.of(trip, device).last().expect("there are some");
        assert!((last.lat - 51.124).abs() < 1e-9, "{last:?}: what isn't believed moves nothing");
        trails.hear(&noted(trip, device, 51.12401, false));
        assert_eq!(trails.of(trip, device).last(), Some(last), "standing still adds nothing");
        trails.hear(&Event::WatchEnded { trip, at: Timestamp::UNIX_EPOCH }.into());
        assert_eq!(trails.of(trip, device).count(), 0, "gone with the watch [CHECK-7]");
    }
}
