//! The watchdog outside: an address that is asked for each minute, only while every service is well and its deadlines are
//! being met. Whoever keeps it tells base when it is silent: Homeward can't tell that it is not there. [CHECK-3]
//!
//! Nothing is sent but the request itself. That it can't be reached is logged, and stops nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use board::view::View;
use chassis::clock::SharedClock;
use chassis::host::Health;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use proto::topics::ServiceName;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::WatchdogConfig;

/// How often it is pinged.
const EACH: SignedDuration = SignedDuration::from_secs(60);

const WHOLE_REQUEST: Duration = Duration::from_secs(10);

/// What must be well.
pub struct Watched {
    /// The services of this process.
    pub own: BTreeMap<ServiceName, watch::Receiver<Health>>,
    /// Where the board runs here: what every instance of every service told of itself.
    pub heard: Option<Arc<View>>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("own", &self.own.keys()).finish_non_exhaustive()
    }
}

impl Watched {
    /// Everything that is not well now.
    pub fn troubles(&self, now: Timestamp, late: SignedDuration) -> Vec<String> {
        let own = self.own.iter().filter_map(|(service, health)| {
            let Health { journal, bus, judging, next_due } = *health.borrow();
            let overdue = next_due.is_some_and(|due| now.duration_since(due) > late);
            match (journal && bus && judging, overdue) {
                (false, _) => Some(format!("{service} is not ready")),
                (true, true) => Some(format!("a deadline of {service} is overdue")),
                (true, false) => None,
            }
        });
        own.chain(self.absent()).collect()
    }

    /// Services of which no instance is at work anywhere, as far as they tell.
    fn absent(&self) -> Vec<String> {
        let Some(view) = &self.heard else { return Vec::new() };
        let told = view.services();
        let is_up = |service: ServiceName| told.iter().any(|((of, _), up)| *of == service && *up);
        let deciding = ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board);
        deciding.filter(|service| !is_up(*service)).map(|service| format!("no {service} is at work")).collect()
    }
}

/// Pings until `stop`.
pub fn start(
    config: &WatchdogConfig,
    watched: Watched,
    clock: SharedClock,
    stop: CancellationToken,
) -> Result<BoxFuture<'static, ()>, reqwest::Error> {
    // Installed already is as good: the whole process needs one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(WHOLE_REQUEST).build()?;
    let (url, late) = (config.url.clone(), SignedDuration::from_secs(i64::from(config.late_secs)));
    let task = tokio::spawn(async move {
        let mut next = clock.now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(next) => {}
            }
            let now = clock.now();
            next = now.saturating_add(EACH).unwrap_or(Timestamp::MAX);
            let troubles = watched.troubles(now, late);
            if troubles.is_empty() {
                ping(&http, &url).await;
            } else {
                metrics::counter!("homeward_watchdog_withheld_total").increment(1);
                tracing::warn!(?troubles, "the watchdog outside is not pinged: not everything is well");
            }
        }
    });
    Ok(Box::pin(async move {
        // A panic in it is a bug that its own hook has told.
        let _ = task.await;
    }))
}

async fn ping(http: &reqwest::Client, url: &str) {
    let answer = http.get(url).send().await.and_then(reqwest::Response::error_for_status);
    // The address is a secret of sorts: whoever knows it can keep the watchdog quiet.
    if let Err(error) = answer {
        metrics::counter!("homeward_watchdog_unreached_total").increment(1);
        tracing::warn!(error = %error.without_url(), "the watchdog outside could not be reached");
    }
}
