//! CHECK-1, CHECK-2, CHECK-3: what is due is judged once; what came in time is not missed though the broker was away; an
//! outage is told as long as it was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proto::ids::{GroupId, InboundId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::{Event, Punctuality, Via};
use proto::v1::gateway::Event as Sent;
use proto::values::Window;

use super::{Journals, Read};
use crate::stats::Stats;

/// A head is told each minute; two of them may be lost, and asking again takes a while.
const NEWS_TRAVELS: SignedDuration = SignedDuration::from_secs(200);

/// An engine waits so long for heads before it judges.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

type Due = (TripId, GroupId, Timestamp);

pub(super) fn check(journals: &Journals, stats: &mut Stats, broken: &mut Vec<String>) {
    let mut missed: BTreeMap<Due, Timestamp> = BTreeMap::new();
    let texts = texts(journals);
    let mut ended = BTreeSet::new();
    // The newest word of a batch, by which HeardAgain follows it.
    let mut word = None;
    for Read { at, event, cause } in &journals.checkins {
        let mut miss = |due: Due| {
            if missed.insert(due, *at).is_some() {
                broken.push(format!("{due:?} was missed twice"));
            }
            if ended.contains(&due.0) {
                broken.push(format!("{due:?} was missed after its watch had ended"));
            }
        };
        match event {
            Event::CheckInMissed { trip, group, due_at, missed_at, next, .. } => {
                miss((*trip, *group, *due_at));
                broken.extend(judged_without_the_gateway(journals, *at));
                // The journal keeps milliseconds.
                let judged = *at + SignedDuration::from_millis(1);
                if *missed_at > judged || next.at <= *due_at {
                    broken.push(format!(
                        "missed at {at}, before its grace ended, or nothing later is due: {event:?}"
                    ));
                }
            }
            Event::OutageTold { trip, outage, missed: told, .. } => {
                told.iter().for_each(|(group, due_at)| miss((*trip, *group, *due_at)));
                broken.extend(outage_was(journals, outage, *at));
                stats.told_late += u64::from(knew_it_away(journals, *at));
            }
            Event::OutageNoted { outage, .. } => broken.extend(outage_was(journals, outage, *at)),
            Event::CheckedIn { via: Via::Text, inbound: Some(inbound), punctuality, received_at, .. } => {
                let waited = at.duration_since(*received_at) >= PATIENCE;
                stats.kept_by_the_gateway += u64::from(waited && *punctuality == Punctuality::InTime);
                word = Some((*cause, *inbound, *punctuality));
            }
            Event::HeardAgain { trip, group, missed_due_at, .. } => {
                let judged_at = missed.get(&(*trip, *group, *missed_due_at));
                let text = word.filter(|(of, _, how)| of == cause && *how == Punctuality::QueuedInTime);
                if let (Some(judged_at), Some((_, inbound, _))) = (judged_at, text) {
                    broken.extend(judged_too_soon(journals, texts.get(&inbound).copied(), *judged_at));
                }
            }
            Event::WatchEnded { trip, .. } => {
                ended.insert(*trip);
            }
            _ => {}
        }
    }
}

/// When each text was journalled by the gateway.
fn texts(journals: &Journals) -> BTreeMap<InboundId, Timestamp> {
    let texts = journals.gateway.iter().filter_map(|read| match &read.event {
        Sent::TextReceived { inbound, .. } => Some((*inbound, read.at)),
        _ => None,
    });
    texts.collect()
}

/// A text that came in time and was judged as missing all the same: only if nobody could have known of it.
fn judged_too_soon(journals: &Journals, text: Option<Timestamp>, judged_at: Timestamp) -> Option<String> {
    let text_at = text?;
    let both = [ServiceName::Gateway, ServiceName::Checkins];
    let connected = journals.connected_since(ServiceName::Checkins, judged_at)?;
    let waited = judged_at.duration_since(connected);
    let knew = if text_at > judged_at {
        false
    } else if text_at <= connected && waited < PATIENCE {
        // It judged because it had caught up with everyone.
        true
    } else if text_at <= connected {
        let begin = connected + SignedDuration::from_secs(1);
        let waited = judged_at.duration_since(begin);
        journals.calm(&both, begin, judged_at, waited.min(PATIENCE - SignedDuration::from_secs(2)))
    } else {
        journals.calm(&both, text_at, judged_at, NEWS_TRAVELS)
    };
    knew.then(|| {
        format!(
            "a text of {text_at} was in time, but judged as missed at {judged_at} (connected since {connected})"
        )
    })
}

/// Whether checkins had been told, a moment before, that the gateway was away, and it still was.
fn knew_it_away(journals: &Journals, at: Timestamp) -> bool {
    let away = journals.away_at(ServiceName::Gateway, at, SignedDuration::ZERO);
    let told = away.and_then(|away| away.told).map(|told| told + SignedDuration::from_secs(1));
    told.is_some_and(|told| told < at)
}

/// While the gateway is known to be away a text may wait in it: a miss is judged late, and told as one of an outage.
fn judged_without_the_gateway(journals: &Journals, at: Timestamp) -> Option<String> {
    let wrong = journals.calm_weather && knew_it_away(journals, at);
    wrong.then(|| format!("a miss was judged at {at} as if the gateway had been there"))
}

/// An outage that is told is one: it ends when absence could be judged again.
fn outage_was(journals: &Journals, outage: &Window, at: Timestamp) -> Option<String> {
    let connected = journals.connected_since(ServiceName::Checkins, at)?;
    let slack = PATIENCE + SignedDuration::from_secs(5);
    if journals.away_at(ServiceName::Gateway, at, NEWS_TRAVELS).is_some() {
        return None;
    }
    (outage.to.duration_since(connected) > slack).then(|| {
        format!(
            "an outage from {} to {} was told at {at}, but it was over at {connected}",
            outage.from, outage.to
        )
    })
}
