//! Check-ins by text or call whose phone is elsewhere, as its own app says: a sender can be forged. Such a check-in counts, and
//! is shown with what to do; nobody is alerted. [CHECK-4]
//!
//! A party that runs late or takes a walk must not look forged: a phone is far only from so many metres on, after both
//! accuracies and whatever way it could have gone since its fix. An OK says nothing of where the party is, the form does:
//! it is held against the form once the party was to be there for a while, and no more once the group said that it leaves.

use proto::Timestamp;
use proto::ids::{DeviceId, GroupId};
use proto::v1::checkins::{Unusual, Via, Word};
use proto::v1::trips::Destination;
use proto::values::Position;

use crate::area::{distance_m, signed_distance_m};
use crate::course::plus;
use crate::state::{Carried, Out};
use crate::word::Said;

/// From here on a phone is elsewhere, in metres.
const FAR_M: f64 = 2_000.0;

/// A fix older than this says nothing, in seconds.
const FRESH_SECS: i64 = 10 * 60;

/// A party that was to be there for so long and says OK is there, in seconds.
const SETTLED_SECS: i64 = 30 * 60;

/// How fast a party travels at most, in metres a second (125 km/h).
const TRAVELS_M_S: f64 = 35.0;

/// A place, as a phone said it.
#[derive(Clone, Copy)]
struct Fix {
    position: Position,
    at: Timestamp,
}

/// What is unusual about a word that counts; nothing about one that was said on the page, or written down.
pub(crate) fn unusual(out: &Out, said: &Said) -> Option<Unusual> {
    match said.via {
        Via::Text | Via::Call => {}
        Via::PhonePage | Via::WrittenDown | Via::Api => return None,
    }
    let fix = fresh(out.party.devices.get(said.device?)?, said.said_at)?;
    from_place(out, said, fix).or_else(|| from_others(out, said, fix))
}

fn fresh(carried: &Carried, at: Timestamp) -> Option<Fix> {
    let track = carried.track.as_deref()?;
    let is_fresh = at.duration_since(track.fix_at).as_secs() <= FRESH_SECS;
    is_fresh.then_some(Fix { position: track.position, at: track.fix_at })
}

/// So far from where the party is: by its own word from the nearest place of the form, else from where the form has it.
fn from_place(out: &Out, said: &Said, fix: Fix) -> Option<Unusual> {
    let way_m = TRAVELS_M_S * said.said_at.duration_since(fix.at).as_secs_f64().abs();
    let far_m = |to: &Destination| {
        signed_distance_m(&to.area, fix.position.point) - fix.position.accuracy_m.abs() - way_m
    };
    let places: Vec<&Destination> = match said.word {
        Word::Arrived => out.course.destinations.iter().collect(),
        Word::Ok => out.course.destinations.iter().filter(|to| out.has_it_at(to, said)).collect(),
        Word::Late { .. } | Word::Boarded | Word::HandedOver | Word::Leaving | Word::Back => return None,
    };
    let nearest = places.into_iter().min_by(|a, b| far_m(a).total_cmp(&far_m(b)))?;
    (far_m(nearest) >= FAR_M).then(|| Unusual::FarFromPlace {
        destination: nearest.name.clone(),
        km: km(signed_distance_m(&nearest.area, fix.position.point)),
        fix_at: fix.at,
    })
}

/// So far from every other phone of its group, of which there is one at least.
fn from_others(out: &Out, said: &Said, fix: Fix) -> Option<Unusual> {
    let others = out.phones_of(said.group).filter(|(device, _)| Some(*device) != said.device);
    let others = others.filter_map(|(_, carried)| fresh(carried, said.said_at));
    let apart_m = |other: Fix| distance_m(fix.position.point, other.position.point);
    let surely_m = |other: Fix| {
        let way_m = TRAVELS_M_S * fix.at.duration_since(other.at).as_secs_f64().abs();
        apart_m(other) - fix.position.accuracy_m.abs() - other.position.accuracy_m.abs() - way_m
    };
    let nearest = others.min_by(|a, b| surely_m(*a).total_cmp(&surely_m(*b)))?;
    (surely_m(nearest) >= FAR_M).then(|| Unusual::FarFromOthers { km: km(apart_m(nearest)), fix_at: fix.at })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "half the earth is 20,000 km")]
fn km(metres: f64) -> u32 {
    (metres / 1_000.0).round().clamp(0.0, 30_000.0) as u32
}

impl Out {
    /// Whether the form has the party there since a while (later by how late it runs), and its group didn't say that it leaves.
    fn has_it_at(&self, to: &Destination, said: &Said) -> bool {
        let (Some(arrive), Some(leave)) = (to.arrive_at, to.leave_at) else { return false };
        let late_secs = self.clocks.get(said.group).map_or(0, |clock| clock.progress.late_secs);
        let from = plus(arrive, late_secs.saturating_add(SETTLED_SECS));
        let left = self.party.groups.get(said.group).and_then(|group| group.last).is_some_and(|last| {
            matches!(last.word, Word::Leaving | Word::Boarded | Word::Back) && last.said_at >= arrive
        });
        from <= said.said_at && said.said_at < plus(leave, late_secs) && !left
    }

    /// Phones of a group's adult, and those of staff without a group: they go with somebody.
    fn phones_of(&self, group: GroupId) -> impl Iterator<Item = (DeviceId, &Carried)> {
        let is_its = move |carried: &Carried| self.group_of(carried.by.person).is_none_or(|own| own == group);
        self.party.devices.iter().filter(move |(_, carried)| !carried.by.pupil && is_its(carried))
    }
}
