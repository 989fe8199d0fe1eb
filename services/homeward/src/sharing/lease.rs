//! What keeps instances apart: a lease on fixed slots, or on those that a process comes to hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chassis::lease::LeaseFault;
use proto::topics::ServiceName;
use tokio_util::sync::CancellationToken;

use super::{Hosted, Joined, Sharing, Terms};
use crate::config::{ByLease, Config};
use crate::holding::{self, Holding};

/// What keeps instances apart in this process.
pub(crate) enum Lease {
    /// Nobody decides here.
    None,
    /// The slots of the configuration.
    Fixed(Holding),
    /// Those that this one comes to hold, before its hosts stand.
    Joined(Box<Joined>),
    /// The same, at work.
    Shared(Sharing),
}

impl Lease {
    /// Takes it.
    pub(crate) async fn take(
        config: &Config,
        services: &[ServiceName],
        stop: &CancellationToken,
        failed: &Arc<AtomicBool>,
    ) -> Result<Self, LeaseFault> {
        let (url, services) = (config.journal_url.clone(), services.to_vec());
        let (stop, failed) = (stop.clone(), Arc::clone(failed));
        if services.is_empty() {
            return Ok(Self::None);
        }
        let Some(ByLease { reached_at }) = &config.share.by_lease else {
            let share = config.share.clone();
            let terms = holding::Terms { url, services, share, stop, failed };
            return Ok(Self::Fixed(Holding::take(terms).await?));
        };
        let (address, schools) = (reached_at.clone(), config.schools.clone());
        let terms = Terms { url, me: config.broker.instance(), address, services, schools, stop, failed };
        Ok(Self::Joined(Box::new(Joined::join(terms).await?)))
    }

    /// Where schools come and go: this process among the instances.
    pub(crate) fn joined(&self) -> Option<&Joined> {
        match self {
            Self::Joined(joined) => Some(joined),
            Self::None | Self::Fixed(_) | Self::Shared(_) => None,
        }
    }

    /// The hosts stand.
    pub(crate) fn begin(self, hosts: BTreeMap<ServiceName, Hosted>) -> Self {
        match self {
            Self::Joined(joined) => Self::Shared(joined.begin(hosts)),
            other @ (Self::None | Self::Fixed(_) | Self::Shared(_)) => other,
        }
    }

    /// Gives it up, once the hosts have ended.
    pub(crate) async fn end(self) {
        match self {
            Self::None | Self::Joined(_) => {}
            Self::Fixed(holding) => holding.end().await,
            Self::Shared(sharing) => sharing.end().await,
        }
    }
}
