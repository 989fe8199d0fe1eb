//! Where staff phones are, drawn: the places of a trip with their circles, the phones with how sharp their fix is, the way
//! each took. `ui/src/map.ts` draws it from what stands here as JSON; the lists beside it say the same in words. No tiles are
//! needed; a school may name a server of them. [CHECK-4, CHECK-7]

use proto::ids::{DeviceId, TripId};
use proto::values::Point;
use serde::Serialize;

use super::shell::Looking;
use super::whereabouts::whereabouts;
use crate::view::SchoolView;

/// What `map.ts` draws.
#[derive(Serialize, Default, Debug)]
pub(crate) struct Drawing {
    areas: Vec<DrawnArea>,
    phones: Vec<DrawnPhone>,
}

/// A circle around a place.
#[derive(Serialize, Debug)]
struct DrawnArea {
    name: String,
    at: [f64; 2],
    radius_m: f64,
}

#[derive(Serialize, Debug)]
struct DrawnPhone {
    tag: String,
    who: String,
    at: [f64; 2],
    accuracy_m: f64,
    /// `good`: at a place; `bad`: off its area; `soon`: silent; else on its way.
    class: &'static str,
    when: String,
    way: Vec<[f64; 2]>,
}

/// A drawing, and the same in a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    /// For `data-map`.
    pub(crate) json: String,
    /// What it shows, for who can't see it.
    pub(crate) said: String,
}

/// Five places behind the point: a metre. What is beyond is noise, and the board's stream carries it to every screen.
fn pair(point: Point) -> [f64; 2] {
    let short = |degrees: f64| (degrees * 100_000.0).round() / 100_000.0;
    [short(point.lat), short(point.lon)]
}

/// The map of a trip; none while none of its phones is located.
pub(crate) fn map_of(look: &Looking<'_>, trip: TripId) -> Option<Map> {
    let form = &look.view.trips.trip(trip)?.form;
    let phones: Vec<DrawnPhone> =
        whereabouts(look, trip).into_iter().map(|phone| drawn(look.view, trip, phone)).collect();
    if phones.is_empty() {
        return None;
    }
    let areas = form.destinations.iter().map(|place| DrawnArea {
        name: place.name.to_string(),
        at: pair(place.area.centre),
        radius_m: place.area.radius_m,
    });
    let said = phones.iter().map(|phone| format!("{}, {}: {}", phone.tag, phone.who, phone.when));
    let said = format!("Map. {}.", said.collect::<Vec<_>>().join("; "));
    let drawing = Drawing { areas: areas.collect(), phones };
    let json = serde_json::to_string(&drawing).expect("a drawing has string keys and finite numbers only");
    Some(Map { json, said })
}

fn drawn(view: &SchoolView, trip: TripId, phone: super::whereabouts::Whereabouts) -> DrawnPhone {
    let class = match (phone.off.is_empty(), &phone.silent_since, phone.at.is_empty()) {
        (false, _, _) => "bad",
        (true, Some(_), _) => "soon",
        (true, None, false) => "good",
        (true, None, true) => "note",
    };
    let when = match (phone.off.first(), phone.at.first()) {
        (Some(place), _) => format!("off {place}, {}", phone.when),
        (None, Some(place)) => format!("at {place}, {}", phone.when),
        (None, None) => phone.when.clone(),
    };
    DrawnPhone {
        who: holder(view, phone.id),
        tag: phone.tag,
        at: pair(phone.position.point),
        accuracy_m: phone.position.accuracy_m.round(),
        class,
        when,
        way: view.trail(trip, phone.id).map(pair).collect(),
    }
}

fn holder(view: &SchoolView, device: DeviceId) -> String {
    let holder = view.devices.device(device).and_then(devices::Device::holder);
    holder.map(|holder| view.holder_name(holder)).unwrap_or_default()
}

/// A place that some form named before: chosen by name, it is filled in; on the map it can be seen and clicked.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct KnownPlace {
    pub(crate) name: String,
    at: [f64; 2],
    radius_m: f64,
}

/// The most places that are offered.
const MAX_PLACES: usize = 300;

/// The places of the forms so far, each name once as it was written last, by name.
pub(crate) fn known_places(view: &SchoolView) -> Vec<KnownPlace> {
    let mut trips: Vec<_> = view.trips.trips().collect();
    trips.sort_by_key(|(id, trip)| (trip.form.window.from, *id));
    let mut places = std::collections::BTreeMap::new();
    for (_, trip) in trips {
        for place in &trip.form.destinations {
            let name = place.name.to_string();
            let known =
                KnownPlace { at: pair(place.area.centre), radius_m: place.area.radius_m, name: name.clone() };
            places.insert(name.to_lowercase(), known);
        }
    }
    places.into_values().take(MAX_PLACES).collect()
}

/// The same for `data-places`.
pub(crate) fn places_json(places: &[KnownPlace]) -> String {
    serde_json::to_string(places).expect("places have string keys and finite numbers only")
}

impl KnownPlace {
    /// `51.4545, -2.6033`, as it is typed.
    pub(crate) fn typed(&self) -> String {
        format!("{}, {}", self.at[0], self.at[1])
    }

    /// In metres, as it is typed.
    pub(crate) fn radius(&self) -> String {
        self.radius_m.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_told_to_the_metre() {
        let point = Point::new(51.454_512_349, -2.587_912_345).expect("on the globe");
        assert_eq!(pair(point), [51.45451, -2.58791]);
    }
}
