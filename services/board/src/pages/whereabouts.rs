//! Where a trip's staff phones were last: of phones, not of people. [CHECK-4, CHECK-7]

use checkins::{Track, Watch};
use jiff::Timestamp;
use proto::ids::{DeviceId, TripId};
use proto::v1::checkins::FixLabel;
use proto::values::Position;

use super::shell::Looking;
use super::words;

/// One phone as it is shown.
pub(super) struct Whereabouts {
    pub(super) id: DeviceId,
    pub(super) tag: String,
    pub(super) position: Position,
    /// `10:42, 3 minutes ago`
    pub(super) when: String,
    /// `53.80080, -1.54910`
    pub(super) point: String,
    /// `give or take 12 m`
    pub(super) accuracy: String,
    /// What is odd about it, in words.
    pub(super) odd: Vec<&'static str>,
    /// The last one that was sharper.
    pub(super) sharper: Option<String>,
    /// The destinations at which it is.
    pub(super) at: Vec<String>,
    /// The destinations off which it is during a stay.
    pub(super) off: Vec<String>,
    pub(super) silent_since: Option<String>,
    pub(super) battery: Option<String>,
    pub(super) battery_low: bool,
}

/// Every located phone of a party that is out, by tag.
pub(super) fn whereabouts(look: &Looking<'_>, trip: TripId) -> Vec<Whereabouts> {
    let Some(Watch::Out(out)) = look.view.checkins.watch(trip) else { return Vec::new() };
    let names = |places: &mut dyn Iterator<Item = &proto::v1::trips::Destination>| {
        places.map(|place| place.name.to_string()).collect::<Vec<_>>()
    };
    let one = |(id, track): (DeviceId, &Track)| Whereabouts {
        id,
        tag: look.view.device_tag(id),
        position: track.position,
        when: when(look, track.fix_at),
        point: point(track.position),
        accuracy: accuracy(track.position),
        odd: track.labels.iter().map(|label| odd(*label)).collect(),
        sharper: track.sharp.map(|(position, at)| {
            format!("{} ({}), {}", point(position), accuracy(position), when(look, at))
        }),
        at: names(&mut out.places_of(id)),
        off: names(&mut out.places_left(id)),
        silent_since: track.silent.then(|| look.when().at(track.heard_at)),
        battery: track.battery_percent.map(|percent| format!("{percent} %")),
        battery_low: track.battery_low,
    };
    let mut phones: Vec<_> = out.party.tracks().map(one).collect();
    phones.sort_by(|a, b| a.tag.cmp(&b.tag));
    phones
}

/// The same in a line for the live board: none if no phone of the trip was located.
pub(super) fn in_a_line(look: &Looking<'_>, trip: TripId) -> Option<String> {
    let phones = whereabouts(look, trip);
    let newest = phones.first()?;
    let count = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
    let newest = phones.iter().map(|phone| phone.when.as_str()).max().unwrap_or(&newest.when);
    let parts = [
        Some(format!("{} located, last {newest}", words::count(phones.len() as u64, "phone", "phones"))),
        count(phones.iter().filter(|phone| phone.silent_since.is_some()).count(), "silent"),
        count(phones.iter().filter(|phone| !phone.off.is_empty()).count(), "off its area"),
        count(phones.iter().filter(|phone| phone.battery_low).count(), "with a low battery"),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn when(look: &Looking<'_>, at: Timestamp) -> String {
    let minutes = look.now.duration_since(at).as_mins().max(0);
    let ago = match minutes {
        0 => "just now".to_owned(),
        minutes if minutes < 120 => {
            format!("{} ago", words::count(minutes.unsigned_abs(), "minute", "minutes"))
        }
        minutes => format!("{} ago", words::count((minutes / 60).unsigned_abs(), "hour", "hours")),
    };
    format!("{}, {ago}", look.when().at(at))
}

/// A metre is a hundred-thousandth of a degree: what is beyond it is noise.
fn point(position: Position) -> String {
    format!("{:.5}, {:.5}", position.point.lat, position.point.lon)
}

fn accuracy(position: Position) -> String {
    let metres = position.accuracy_m;
    if metres < 1_000.0 {
        format!("give or take {metres:.0} m")
    } else {
        format!("give or take {:.1} km", metres / 1_000.0)
    }
}

fn odd(label: FixLabel) -> &'static str {
    match label {
        FixLabel::Late => "arrived late",
        FixLabel::OutOfOrder => "older than one that was there",
        FixLabel::ClockAhead => "the phone's clock is ahead",
        FixLabel::ClockUnset => "the phone's clock is not set",
        FixLabel::Jump => "too far to be true",
        FixLabel::Coarse => "rough: from the network, not from satellites",
    }
}
