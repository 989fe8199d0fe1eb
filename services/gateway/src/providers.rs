//! Who sends what: for each channel the providers in their order, and how each of them is.

use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::ids::ProviderName;
use proto::v1::alerts::Channel;
use proto::v1::gateway::Mailbox;
use serde::{Deserialize, Serialize};

use crate::breaker::Breaker;

/// The providers of a school's messages.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Providers {
    /// None until the configuration was told: whoever is there is used.
    ways: Option<BTreeMap<Channel, Vec<Way>>>,
    /// The mailboxes that have an address.
    pub mailboxes: BTreeSet<Mailbox>,
    /// What an early journal told of all providers at once.
    early_down: Option<Timestamp>,
}

/// One provider of a channel.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Way {
    /// Which.
    pub provider: ProviderName,
    /// How it is.
    pub breaker: Breaker,
}

impl Providers {
    /// Those of a channel, the one to be used first in front.
    pub fn of(&self, channel: Channel) -> &[Way] {
        self.ways.as_ref().and_then(|ways| ways.get(&channel)).map_or(&[], Vec::as_slice)
    }

    /// Every channel that has a provider, with them.
    pub fn all(&self) -> impl Iterator<Item = (Channel, &Way)> {
        let ways = self.ways.iter().flatten();
        ways.flat_map(|(channel, ways)| ways.iter().map(|way| (*channel, way)))
    }

    /// Whether nothing can be sent by that channel, as the configuration is.
    pub fn is_missing(&self, channel: Channel) -> bool {
        self.ways.is_some() && self.of(channel).is_empty()
    }

    /// Whether somebody serves that channel, as far as is known.
    pub fn serves(&self, channel: Channel) -> bool {
        let serves = |way: &Way| way.breaker.is_closed();
        self.early_down.is_none() && (self.ways.is_none() || self.of(channel).iter().any(serves))
    }

    /// Who sends by that channel now: the first that serves, or the first of all while none does.
    pub fn in_force(&self, channel: Channel) -> Option<&Way> {
        let ways = self.of(channel);
        ways.iter().find(|way| way.breaker.is_closed()).or_else(|| ways.first())
    }

    /// Who sends an attempt: one that serves and has not failed it, then any that serves, then any that has not failed it.
    pub fn choose(&self, channel: Channel, failed: &[ProviderName]) -> Option<ProviderName> {
        let ways = self.of(channel);
        let fresh = |way: &&Way| !failed.contains(&way.provider);
        let serves = |way: &&Way| way.breaker.is_closed();
        let chosen = ways
            .iter()
            .find(|way| serves(way) && fresh(way))
            .or_else(|| ways.iter().find(serves))
            .or_else(|| ways.iter().find(fresh))
            .or_else(|| ways.first());
        chosen.map(|way| way.provider.clone())
    }

    /// Another provider that serves, and has not failed the attempt.
    pub fn other(&self, channel: Channel, failed: &[ProviderName]) -> Option<&ProviderName> {
        let ways = self.of(channel).iter().filter(|way| way.breaker.is_closed());
        ways.map(|way| &way.provider).find(|provider| !failed.contains(provider))
    }

    /// How a provider is.
    pub fn breaker(&self, provider: &ProviderName, channel: Channel) -> Option<&Breaker> {
        self.of(channel).iter().find(|way| way.provider == *provider).map(|way| &way.breaker)
    }

    /// When the next one is to be asked whether it is back.
    pub fn next_probe(&self) -> Option<(Timestamp, Channel, &ProviderName)> {
        let probes = self
            .all()
            .filter_map(|(channel, way)| way.breaker.probe_at().map(|at| (at, channel, &way.provider)));
        probes.min()
    }

    /// Since when all fails, as an early journal told.
    pub(crate) fn early_down(&self) -> Option<Timestamp> {
        self.early_down
    }

    /// Whether the configuration says what is known.
    pub(crate) fn is_set_up_as(
        &self,
        told: &[(Channel, Vec<ProviderName>); 3],
        mailboxes: &BTreeSet<Mailbox>,
    ) -> bool {
        let same = |(channel, names): &(Channel, Vec<ProviderName>)| {
            self.of(*channel).iter().map(|way| &way.provider).eq(names.iter())
        };
        self.ways.is_some() && self.mailboxes == *mailboxes && told.iter().all(same)
    }

    fn change(&mut self, provider: &ProviderName, channel: Channel, change: impl FnOnce(&mut Breaker)) {
        let ways = self.ways.as_mut().and_then(|ways| ways.get_mut(&channel));
        let way = ways.and_then(|ways| ways.iter_mut().find(|way| way.provider == *provider));
        if let Some(way) = way {
            change(&mut way.breaker);
        }
    }

    /// A provider took a message.
    pub(crate) fn served(&mut self, provider: &ProviderName, channel: Channel) {
        self.change(provider, channel, Breaker::served);
    }

    pub(crate) fn set_up(&mut self, told: [(Channel, &Vec<ProviderName>); 3], mailboxes: &BTreeSet<Mailbox>) {
        let way = |channel: Channel, provider: &ProviderName| Way {
            provider: provider.clone(),
            breaker: self.breaker(provider, channel).cloned().unwrap_or_default(),
        };
        let ways =
            told.map(|(channel, names)| (channel, names.iter().map(|name| way(channel, name)).collect()));
        self.ways = Some(ways.into_iter().collect());
        self.mailboxes.clone_from(mailboxes);
    }

    pub(crate) fn faulted(&mut self, provider: &ProviderName, channel: Channel, why: &str, at: Timestamp) {
        self.change(provider, channel, |breaker| breaker.faulted(at, why));
    }

    pub(crate) fn probed(&mut self, provider: &ProviderName, channel: Channel, at: Timestamp) {
        self.change(provider, channel, |breaker| breaker.asked(at));
    }

    pub(crate) fn down(&mut self, provider: &ProviderName, channel: Channel, since: Timestamp, why: &str) {
        self.change(provider, channel, |breaker| breaker.opened(since, why));
    }

    pub(crate) fn up(&mut self, provider: &ProviderName, channel: Channel) {
        self.change(provider, channel, Breaker::back);
    }

    /// An early journal: all of them at once, or none set up at all.
    pub(crate) fn all_down(&mut self, since: Timestamp, configured: bool) {
        self.early_down = Some(since).filter(|_| configured);
        if !configured {
            self.ways = Some(BTreeMap::new());
        }
    }

    /// An early journal: all of them again.
    pub(crate) fn all_up(&mut self) {
        self.early_down = None;
        if self.ways.as_ref().is_some_and(BTreeMap::is_empty) {
            self.ways = None;
        }
    }
}
