//! CHECK-2: every miss alerts, once; nothing alerts after its case is resolved.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proto::ids::{CaseId, TripId};
use proto::topics::ServiceName;
use proto::v1::alerts::{Event, Reason};
use proto::v1::checkins::Event as Watched;
use proto::v1::gateway::{Event as Sent, Message};

use super::{Journals, Read};
use crate::stats::Stats;

/// So long a calm is enough for a miss to reach alerts before the end of its trip does.
const NEWS_TRAVELS: SignedDuration = SignedDuration::from_secs(200);

pub(super) fn check(journals: &Journals, stats: &mut Stats, broken: &mut Vec<String>) {
    let mut raised: BTreeMap<(TripId, Reason), usize> = BTreeMap::new();
    let mut ended: BTreeMap<TripId, Timestamp> = BTreeMap::new();
    let mut resolved: BTreeSet<CaseId> = BTreeSet::new();
    for Read { at, event, .. } in &journals.alerts {
        match event {
            Event::CaseOpened { trip, reason, .. } => {
                stats.cases += 1;
                count(&mut raised, *trip, reason);
            }
            Event::ReasonAdded { trip, reason, .. } => count(&mut raised, *trip, reason),
            Event::CaseResolved { case, .. } => {
                stats.resolved += 1;
                if !resolved.insert(*case) {
                    broken.push(format!("{case:?} was resolved twice"));
                }
            }
            Event::LadderEndedNoted { trip } => {
                ended.entry(*trip).or_insert(*at);
            }
            _ => {}
        }
        if let Some(case) = alerting(event).filter(|case| resolved.contains(case)) {
            broken.push(format!("{case:?} alerts at {at} though it was resolved: {event:?}"));
        }
    }
    each_miss_alerts_once(journals, &raised, &ended, broken);
    nothing_is_sent_after(journals, broken);
}

fn count(raised: &mut BTreeMap<(TripId, Reason), usize>, trip: Option<TripId>, reason: &Reason) {
    if let Some(trip) = trip {
        *raised.entry((trip, reason.clone())).or_default() += 1;
    }
}

/// The case that an event tells somebody of, or that it keeps going.
fn alerting(event: &Event) -> Option<CaseId> {
    match event {
        Event::RungReached { case, .. }
        | Event::RungCalled { case, .. }
        | Event::RungToldAgain { case, .. }
        | Event::RungSkipped { case, .. }
        | Event::NobodyReached { case, .. }
        | Event::ChannelChanged { case, .. }
        | Event::ReasonAdded { case, .. }
        | Event::CaseOwned { case, .. }
        | Event::OwnershipLapsed { case, .. } => Some(*case),
        _ => None,
    }
}

fn each_miss_alerts_once(
    journals: &Journals,
    raised: &BTreeMap<(TripId, Reason), usize>,
    ended: &BTreeMap<TripId, Timestamp>,
    broken: &mut Vec<String>,
) {
    for Read { at, event, .. } in &journals.checkins {
        let (trip, reason) = match event {
            Watched::CheckInMissed { trip, group, due_at, .. } => {
                (*trip, Reason::MissedCheckIn { group: *group, due_at: *due_at })
            }
            Watched::OutageTold { trip, outage, missed, .. } => {
                (*trip, Reason::MissedInOutage { outage: *outage, missed: missed.clone() })
            }
            _ => continue,
        };
        let times = raised.get(&(trip, reason.clone())).copied().unwrap_or(0);
        // Once alerts has heard that the trip is over, a miss of it is moot.
        let both = [ServiceName::Checkins, ServiceName::Alerts];
        let heard_in_time = |end: &Timestamp| journals.calm(&both, *at, *end, NEWS_TRAVELS);
        let moot = times == 0 && ended.get(&trip).is_some_and(|end| !heard_in_time(end));
        if times != 1 && !moot {
            broken.push(format!("{reason:?} of {trip:?}, missed at {at}, was raised {times} times"));
        }
    }
}

/// Once the gateway has heard that a case is over, it plans and begins nothing more for it.
fn nothing_is_sent_after(journals: &Journals, broken: &mut Vec<String>) {
    let mut over = BTreeSet::new();
    let mut attempts = BTreeMap::new();
    for Read { at, event, .. } in &journals.gateway {
        let case = match event {
            Sent::CaseNoted { case, open, .. } => {
                if *open {
                    over.remove(case)
                } else {
                    over.insert(*case)
                };
                None
            }
            Sent::AttemptPlanned { attempt, message: Message::Alert { case, .. }, .. } => {
                attempts.insert(*attempt, *case);
                Some(*case)
            }
            Sent::AttemptBegun { attempt, .. } => attempts.get(attempt).copied(),
            _ => None,
        };
        if let Some(case) = case.filter(|case| over.contains(case)) {
            broken.push(format!("{case:?} is over, and at {at}: {event:?}"));
        }
    }
}
