//! The watchdog outside: an address that is asked for each minute, only while every service is well and its deadlines are
//! being met. Whoever keeps it tells base when it is silent: Homeward can't tell that it is not there. [CHECK-3]
//!
//! The process that runs the board asks, since it hears of all the others: if each asked, one that is well would cover for one
//! that is dead. Nothing is sent but the request itself. That it can't be reached is logged, and stops nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use board::view::{SchoolView, View};
use chassis::clock::SharedClock;
use chassis::host::Health;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use proto::v1::alerts::Channel;
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
    /// What every instance of every service told of itself, and what the board shows.
    pub heard: Arc<View>,
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
            let Health { journal, bus, judging, caught_up: _, following, next_due } = *health.borrow();
            let overdue = next_due.is_some_and(|due| now.duration_since(due) > late);
            match (journal && bus && judging && following, overdue) {
                (false, _) => Some(format!("{service} is not ready")),
                (true, true) => Some(format!("a deadline of {service} is overdue")),
                (true, false) => None,
            }
        });
        own.chain(self.absent()).chain(self.unheard()).chain(self.unsent()).collect()
    }

    /// Services of which no instance is at work anywhere, and what is wrong with the others, as far as they tell.
    fn absent(&self) -> Vec<String> {
        let told = self.heard.services();
        let is_up = |service: ServiceName| told.iter().any(|((of, _), health)| *of == service && health.up);
        let unwell = told
            .iter()
            .filter(|(_, health)| health.up)
            .flat_map(|((of, _), health)| health.codes.iter().map(move |code| format!("{of} tells {code}")));
        let unwell: Vec<_> = unwell.collect();
        let deciding = ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board);
        deciding
            .filter(|service| !is_up(*service))
            .map(|service| format!("no {service} is at work"))
            .chain(unwell)
            .collect()
    }

    /// Schools of which the board shows what is old.
    fn unheard(&self) -> impl Iterator<Item = String> {
        let is_stale = move |id: &SchoolId| {
            self.heard.school(id).is_some_and(|school| school.freshness.staleness().is_some())
        };
        let stale = self.heard.schools().filter(move |id| is_stale(id));
        stale.map(|id| format!("the board of {id} shows what is old"))
    }

    /// Schools of which nobody can be texted, or called: each provider that is set up for it is down.
    fn unsent(&self) -> impl Iterator<Item = String> {
        let down = move |id: &SchoolId, channel: Channel| {
            let is_down = |school: &SchoolView| {
                let providers = &school.gateway.providers;
                !providers.is_missing(channel) && !providers.serves(channel)
            };
            self.heard.school(id).is_some_and(|school| is_down(&school))
        };
        let channels = [(Channel::Text, "texted"), (Channel::Voice, "called")];
        let each = self.heard.schools().flat_map(move |id| channels.map(|channel| (id, channel)));
        each.filter(move |(id, (channel, _))| down(id, *channel))
            .map(|(id, (_, what))| format!("nobody of {id} can be {what}"))
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
        tracing::error!(error = %error.without_url(), "HW-W1 the watchdog outside could not be reached");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chassis::client::ClientNews;
    use chassis::clock::SettableClock;
    use chassis::host::instance_client;
    use proto::v1::public;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn well(next_due: Option<Timestamp>) -> Health {
        Health { journal: true, bus: true, judging: true, caught_up: true, following: true, next_due }
    }

    /// No school, and every service has told that it is well.
    fn heard(now: Timestamp) -> Arc<View> {
        let view = View::new(&[], now);
        for service in ServiceName::ALL {
            let health = public::Health { up: true, codes: Default::default() };
            view.hear(ClientNews::Health { service, instance: instance_client(service, 1), health }, now);
        }
        Arc::new(view)
    }

    /// Somebody outside: each ping is told.
    async fn outside() -> (String, mpsc::Receiver<usize>) {
        let (told, pings) = mpsc::channel(64);
        let count = Arc::new(AtomicUsize::new(0));
        let ping = move || {
            let (told, count) = (told.clone(), Arc::clone(&count));
            async move {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                told.send(number).await.expect("the test listens");
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let router = axum::Router::new().route("/ping", axum::routing::get(ping));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (format!("http://{address}/ping"), pings)
    }

    /// Whatever was woken has run.
    async fn settled() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    async fn next(pings: &mut mpsc::Receiver<usize>) -> usize {
        tokio::time::timeout(PATIENCE, pings.recv()).await.expect("a ping in time").expect("somebody pings")
    }

    /// CHECK-3: it is pinged each minute while all is well; a service that is not ready, or a deadline that is overdue, and
    /// it is silent, until all is well again.
    #[tokio::test]
    async fn it_is_pinged_each_minute_while_all_is_well_and_silent_while_anything_is_not() {
        let start_at: Timestamp = "2026-11-20T09:00:00Z".parse().expect("an instant");
        let minute = |n: i64| start_at + SignedDuration::from_mins(n);
        let clock = SettableClock::at(start_at);
        let (url, mut pings) = outside().await;
        let (alerts, told_alerts) = watch::channel(well(None));
        let (trips, told_trips) = watch::channel(well(Some(minute(60))));
        let own = BTreeMap::from([(ServiceName::Alerts, told_alerts), (ServiceName::Trips, told_trips)]);
        let watched = Watched { own, heard: heard(start_at) };
        let late = SignedDuration::from_secs(120);
        let config = WatchdogConfig { url, late_secs: 120 };
        let stop = CancellationToken::new();
        let own = watched.own.clone();
        let ended = start(&config, watched, clock.clone(), stop.clone()).expect("it starts");
        assert_eq!(next(&mut pings).await, 1, "at the start");
        clock.set(minute(1));
        assert_eq!(next(&mut pings).await, 2);
        alerts.send_modify(|health| health.judging = false);
        for silent in [2, 3] {
            clock.set(minute(silent));
            settled().await;
        }
        alerts.send_modify(|health| health.judging = true);
        trips.send_modify(|health| health.next_due = Some(minute(4)));
        clock.set(minute(4));
        assert_eq!(next(&mut pings).await, 3, "due, but not overdue; and silent before");
        let troubles = |now| Watched { own: own.clone(), heard: heard(now) }.troubles(now, late);
        assert!(troubles(minute(6)).is_empty(), "two minutes are borne");
        assert_eq!(troubles(minute(7)), ["a deadline of trips is overdue"]);
        alerts.send_modify(|health| health.bus = false);
        assert_eq!(troubles(minute(7)), ["a deadline of trips is overdue", "alerts is not ready"]);
        clock.set(minute(7));
        settled().await;
        stop.cancel();
        ended.await;
        assert!(pings.try_recv().is_err(), "none more than told");
    }
}
