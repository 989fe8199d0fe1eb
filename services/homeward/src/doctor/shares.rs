//! Who holds which schools, where instances divide them by themselves.

use chassis::lease::division::Sight;
use chassis::lease::members::{Seen, look_from_outside};
use proto::topics::ServiceName;

use super::Finding;
use crate::config::Config;

const OF: &str = "shares";

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    if config.share.by_lease.is_none() {
        return Vec::new();
    }
    let deciding: Vec<_> =
        ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board).collect();
    match look_from_outside(&config.journal_url, &deciding).await {
        Ok(seen) => judged(&seen),
        // The journals' own finding says what is wrong with the database.
        Err(fault) => vec![Finding::wrong(OF, "HW-D1", fault.to_string(), "is the database up?")],
    }
}

/// What is held by nobody is wrong; the rest is told.
fn judged(seen: &Seen) -> Vec<Finding> {
    let free: Vec<String> = seen
        .services
        .iter()
        .filter(|(_, sight)| sight.free().next().is_some())
        .map(|(service, sight)| format!("{service}: {} of 64 slots", sight.free().count()))
        .collect();
    if !free.is_empty() {
        let found = format!("nobody serves some of the schools ({})", free.join("; "));
        return vec![Finding::wrong(OF, "HW-D3", found, "start an instance of each of these services")];
    }
    seen.services
        .iter()
        .map(|(service, sight)| Finding::well(OF, format!("{service}: {}", told(sight))))
        .collect()
}

fn told(sight: &Sight) -> String {
    let each = sight
        .members
        .keys()
        .map(|number| format!("instance {number} holds {}", sight.held_by(*number).count()));
    let by_hand = sight.held.values().filter(|holder| holder.is_none()).count();
    let by_hand = (by_hand > 0).then(|| format!("{by_hand} stand in the configuration of others"));
    each.chain(by_hand).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use chassis::lease::Slot;

    use super::*;

    #[test]
    fn who_holds_what_is_told_and_what_nobody_holds_is_wrong() {
        let held = Slot::all().map(|slot| (slot, Some(1 + u16::from(slot.number() % 2)))).collect();
        let sight = Sight { members: [(1, true), (2, true)].into(), held };
        let mut seen = Seen::default();
        seen.services.insert(ServiceName::Checkins, sight);
        let told: Vec<_> = judged(&seen).iter().map(ToString::to_string).collect();
        assert!(told[0].contains("checkins: instance 1 holds 32, instance 2 holds 32"), "{told:?}");
        seen.services.insert(ServiceName::Alerts, Sight::default());
        let wrong = judged(&seen);
        assert!(wrong.len() == 1 && wrong[0].to_string().contains("HW-D3"), "{wrong:?}");
        assert!(wrong[0].found.contains("alerts: 64 of 64 slots"), "{wrong:?}");
    }
}
