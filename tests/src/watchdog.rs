//! The watchdog outside: whoever keeps it tells base when Homeward has asked for its address no more.

use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::process::LOOK;
use crate::watch::PATIENCE;
use crate::world::{Runs, World};

/// A watchdog outside tells base when it was silent for so many minutes, and so we wait for as many.
const MINUTES: usize = 5;

/// An address outside that counts how often it was asked for.
pub struct Watchdog {
    url: String,
    pings: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Watchdog {
    /// It listens.
    pub async fn start() -> Self {
        let (told, pings) = watch::channel(0_usize);
        let ping = move || {
            told.send_modify(|count| *count += 1);
            std::future::ready("heard")
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/ping", listener.local_addr().expect("bound"));
        let router = axum::Router::new().route("/ping", axum::routing::get(ping));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, pings, task }
    }

    /// The table of the configuration that names it.
    pub fn table(&self) -> String {
        format!("[watchdog]\nurl = \"{}\"\n", self.url)
    }

    /// How often it was asked for.
    pub fn pings(&self) -> usize {
        *self.pings.borrow()
    }

    /// Waits until it was asked for so often.
    ///
    /// # Panics
    /// If it isn't in time.
    pub async fn until(&self, count: usize) {
        let mut heard = self.pings.clone();
        let come = tokio::time::timeout(PATIENCE, heard.wait_for(|pings| *pings >= count)).await;
        assert!(come.is_ok(), "ping {count} does not come");
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl World {
    /// All is well: within some minutes the watchdog outside is pinged. Each step waits until all is quiet.
    ///
    /// # Panics
    /// If it isn't.
    pub async fn is_watched_by(&mut self, watchdog: &Watchdog) {
        for _ in 0..2 * MINUTES {
            let (pings, withheld) = (watchdog.pings(), self.withheld().await);
            self.to(self.now() + SignedDuration::from_mins(1)).await;
            if self.is_pinged(watchdog, pings, withheld).await {
                return;
            }
        }
        panic!("the watchdog outside is not pinged, though all is well");
    }

    /// Something is not well: within some minutes the watchdog outside is left without a ping, for that reason.
    ///
    /// # Panics
    /// If it is pinged all the same, or for another reason isn't.
    pub async fn is_missed_by(&mut self, watchdog: &Watchdog, why: &str) {
        for _ in 0..MINUTES {
            let (pings, withheld) = (watchdog.pings(), self.withheld().await);
            self.clock.advance(SignedDuration::from_mins(1));
            if !self.is_pinged(watchdog, pings, withheld).await && self.gives_reason(why).await {
                assert_eq!(watchdog.pings(), pings, "it is pinged all the same");
                return;
            }
        }
        panic!("the watchdog outside is pinged, though {why}\n{}", self.tails());
    }

    /// Whether the next word of the process is a ping, or that it withheld one.
    async fn is_pinged(&self, watchdog: &Watchdog, pings: usize, withheld: usize) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if watchdog.pings() > pings {
                return true;
            }
            if self.withheld().await > withheld {
                return false;
            }
            assert!(Instant::now() < deadline, "neither pinged nor withheld\n{}", self.tails());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How many pings the process that runs the board withheld, as its figures say.
    async fn withheld(&self) -> usize {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client can be made");
        let figures = http.get(format!("{}/metrics", self.web())).send().await.expect("the board answers");
        let figures = figures.text().await.expect("figures");
        let line = figures.lines().find_map(|line| line.strip_prefix("homeward_watchdog_withheld_total "));
        line.map_or(0, |count| count.parse().expect("a count"))
    }

    /// Whether that stands in what was logged last of a ping withheld. (Within the test's own process nobody logs.)
    async fn gives_reason(&self, why: &str) -> bool {
        if let Runs::Within(..) = self.runs {
            return true;
        }
        let logged = self.logged();
        let last = logged.iter().rev().find(|line| line.contains("the watchdog outside is not pinged"));
        last.is_some_and(|line| line.contains(why))
    }
}
