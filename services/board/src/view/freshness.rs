//! Whether what is shown is live: a stale board must never look green.

use std::collections::BTreeMap;

use proto::Timestamp;
use proto::topics::ServiceName;
use serde::Serialize;

/// Whether what is known is all that there is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Freshness {
    /// Connected to the broker, and all that the services had told was heard.
    pub live: bool,
    /// Since when it isn't, if it isn't.
    pub stale_since: Option<Timestamp>,
    /// Whether it ever was: before that, nothing can be shown at all.
    pub begun: bool,
    /// Services that are no longer followed, each with the reason. An operator must look.
    pub lost: BTreeMap<ServiceName, String>,
}

/// Why what is shown may be old.
#[derive(Clone, PartialEq, Debug)]
pub enum Staleness {
    /// Nothing was heard yet.
    Starting,
    /// The connection is gone, or what was missed is still being heard.
    Since(Timestamp),
    /// A service is no longer followed.
    Lost(ServiceName, String),
}

impl Freshness {
    pub(super) fn starting(now: Timestamp) -> Self {
        Self { live: false, stale_since: Some(now), begun: false, lost: BTreeMap::new() }
    }

    pub(super) fn disconnected(&mut self, now: Timestamp) {
        self.live = false;
        self.stale_since = self.stale_since.or(Some(now));
    }

    pub(super) fn caught_up(&mut self) {
        self.live = true;
        self.begun = true;
        self.stale_since = None;
    }

    pub(super) fn lost(&mut self, service: ServiceName, why: String) {
        self.lost.entry(service).or_insert(why);
    }

    /// What is wrong, if something is.
    pub fn staleness(&self) -> Option<Staleness> {
        match (self.stale_since, self.lost.first_key_value()) {
            (Some(_), _) if !self.begun => Some(Staleness::Starting),
            (Some(since), _) => Some(Staleness::Since(since)),
            (None, Some((service, why))) => Some(Staleness::Lost(*service, why.clone())),
            (None, None) => None,
        }
    }
}
