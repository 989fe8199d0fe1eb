//! What must hold of the journals of a day, read by somebody who knows the rules and not the code: nothing here uses a
//! service's state, only entries, and when each service was away.

mod alerts;
mod chains;
mod custody;
mod departures;
mod watch;

use std::collections::BTreeMap;

use chassis::engine::{Kept, read_event};
use chassis::entry::Entry;
use decider::Service;
use jiff::{SignedDuration, Timestamp};
use proto::topics::ServiceName;
use uuid::Uuid;

use crate::bus::Away;
use crate::stats::Stats;
use crate::world::World;

/// An entry with its event.
#[derive(Clone, Debug)]
pub(crate) struct Read<E> {
    pub(crate) at: Timestamp,
    pub(crate) cause: Uuid,
    pub(crate) event: E,
}

/// All that is checked.
pub(crate) struct Journals {
    pub(crate) devices: Vec<Read<proto::v1::devices::Event>>,
    pub(crate) trips: Vec<Read<proto::v1::trips::Event>>,
    pub(crate) checkins: Vec<Read<proto::v1::checkins::Event>>,
    pub(crate) alerts: Vec<Read<proto::v1::alerts::Event>>,
    pub(crate) gateway: Vec<Read<proto::v1::gateway::Event>>,
    pub(crate) away: BTreeMap<ServiceName, Vec<Away>>,
    /// Every message came, once, at once.
    pub(crate) calm_weather: bool,
}

/// What the journals break; nothing, if all is well.
pub(crate) fn check(world: &mut World, stats: &mut Stats) -> Vec<String> {
    let mut broken = Vec::new();
    let services = &world.services;
    let away = world.away();
    chains::check(&services.people, &mut broken);
    chains::check(&services.contacts, &mut broken);
    chains::check(&services.safeguarding, &mut broken);
    let journals = Journals {
        devices: chains::check(&services.devices, &mut broken),
        trips: chains::check(&services.trips, &mut broken),
        checkins: chains::check(&services.checkins, &mut broken),
        alerts: chains::check(&services.alerts, &mut broken),
        gateway: chains::check(&services.gateway, &mut broken),
        away,
        calm_weather: world.calm_weather,
    };
    departures::check(&journals, &mut broken);
    custody::check(&journals, &mut broken);
    watch::check(&journals, stats, &mut broken);
    alerts::check(&journals, stats, &mut broken);
    broken
}

/// An event of the service; nothing where the engine noted the policy.
fn read<S: Service>(entry: &Entry) -> Result<Option<Read<S::Event>>, String> {
    Ok(match read_event::<S>(entry).map_err(|trouble| trouble.to_string())? {
        Kept::Event(event) => Some(Read { at: entry.recorded_at, cause: entry.cause, event }),
        Kept::Policy(_) => None,
    })
}

impl Journals {
    /// Whether all of these services were up and connected for so long at a stretch, somewhere between two instants.
    pub(crate) fn calm(
        &self,
        names: &[ServiceName],
        from: Timestamp,
        to: Timestamp,
        long: SignedDuration,
    ) -> bool {
        let mut away: Vec<(Timestamp, Timestamp)> = names
            .iter()
            .flat_map(|name| &self.away[name])
            .map(|a| (a.from, a.to.unwrap_or(Timestamp::MAX)))
            .filter(|(_, end)| *end > from)
            .collect();
        away.sort_unstable();
        let mut since = from;
        for (begin, end) in away {
            if begin.min(to).duration_since(since) >= long {
                return true;
            }
            since = since.max(end);
        }
        since < to && to.duration_since(since) >= long
    }

    /// A stretch in which a service was away at an instant, or had been until so long before.
    pub(crate) fn away_at(&self, name: ServiceName, at: Timestamp, slack: SignedDuration) -> Option<Away> {
        let covers = |a: &&Away| a.from <= at && a.to.is_none_or(|to| at <= to + slack);
        self.away[&name].iter().find(covers).copied()
    }

    /// When the connection began that a service had at an instant.
    pub(crate) fn connected_since(&self, name: ServiceName, at: Timestamp) -> Option<Timestamp> {
        self.away[&name].iter().filter_map(|a| a.to).filter(|end| *end <= at).max()
    }
}
