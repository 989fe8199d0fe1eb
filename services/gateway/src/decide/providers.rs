//! Who sends, as the configuration says; who is down, and who is back.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::ids::ProviderName;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Event, Mailbox, Refusal};

use super::Decided;
use crate::breaker::Breaker;
use crate::state::State;

/// The configuration is told at each start; what is as before changes nothing.
pub(super) fn set_up(
    state: &State,
    [text, voice, email]: [Vec<ProviderName>; 3],
    mailboxes: BTreeSet<Mailbox>,
    now: Timestamp,
) -> Decided {
    let told = [(Channel::Text, text), (Channel::Voice, voice), (Channel::Email, email)];
    let known = &state.providers;
    if known.is_set_up_as(&told, &mailboxes) {
        return Ok(Vec::new());
    }
    let stays = |channel: Channel, provider: &ProviderName| {
        told.iter().any(|(of, names)| *of == channel && names.contains(provider))
    };
    // What is no longer ours is not down.
    let gone =
        known.all().filter(|(channel, way)| !way.breaker.is_closed() && !stays(*channel, &way.provider));
    let gone = gone.map(|(channel, way)| back(now, Some(&way.provider), Some(channel)));
    let early = known.early_down().map(|_| back(now, None, None));
    let mut events: Vec<_> = gone.chain(early).collect();
    let [(_, text), (_, voice), (_, email)] = told;
    events.push(Event::ProvidersNoted { text, voice, email, mailboxes });
    Ok(events)
}

/// One worker asks at a time: journalled before it does.
pub(super) fn begin_probe(
    state: &State,
    provider: ProviderName,
    channel: Channel,
    now: Timestamp,
) -> Decided {
    let due = state.providers.breaker(&provider, channel).and_then(Breaker::probe_at).filter(|at| *at <= now);
    match due {
        Some(_) => Ok(vec![Event::ProviderProbed { provider, channel, at: now }]),
        None => Err(Refusal::NotToBeProbed { provider }),
    }
}

/// What a probe, or a look-up, found.
pub(super) fn contact(
    state: &State,
    provider: &ProviderName,
    channel: Channel,
    fault: Option<&str>,
    now: Timestamp,
) -> Vec<Event> {
    let Some(breaker) = state.providers.breaker(provider, channel) else { return Vec::new() };
    match (breaker, fault) {
        (Breaker::Closed { .. }, Some(why)) => faulted(state, provider, channel, why, now),
        (Breaker::HalfOpen { .. }, Some(why)) => vec![fault_of(provider, channel, why, now)],
        (Breaker::HalfOpen { .. }, None) => vec![back(now, Some(provider), Some(channel))],
        // A list that can be read is no proof that messages are taken; a fault more of what is down is no news.
        (Breaker::Closed { .. }, None) | (Breaker::Open { .. }, _) => Vec::new(),
    }
}

/// A provider that serves failed once more: one too many, and it is down.
pub(super) fn faulted(
    state: &State,
    provider: &ProviderName,
    channel: Channel,
    why: &str,
    now: Timestamp,
) -> Vec<Event> {
    let Some(breaker) = state.providers.breaker(provider, channel).filter(|b| b.is_closed()) else {
        return Vec::new();
    };
    let mut events = vec![fault_of(provider, channel, why, now)];
    if breaker.opens_with_next_fault() {
        let instead = state.providers.other(channel, std::slice::from_ref(provider)).cloned();
        events.push(Event::ProviderDown {
            since: now,
            configured: true,
            why: why.to_owned(),
            provider: Some(provider.clone()),
            channel: Some(channel),
            instead,
        });
    }
    events
}

/// A provider that was thought down took a message.
pub(super) fn served(
    state: &State,
    provider: &ProviderName,
    channel: Channel,
    now: Timestamp,
) -> Option<Event> {
    let breaker = state.providers.breaker(provider, channel)?;
    (!breaker.is_closed()).then(|| back(now, Some(provider), Some(channel)))
}

fn fault_of(provider: &ProviderName, channel: Channel, why: &str, at: Timestamp) -> Event {
    Event::ProviderFaulted { provider: provider.clone(), channel, why: why.to_owned(), at }
}

fn back(at: Timestamp, provider: Option<&ProviderName>, channel: Option<Channel>) -> Event {
    Event::ProviderUp { at, provider: provider.cloned(), channel }
}
