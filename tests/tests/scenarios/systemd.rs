//! Homeward as systemd starts it: what is told at its socket.

use end_to_end::{Extras, MORNING, PATIENCE, Plan, World};
use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::sync::mpsc;

use super::HOMEWARD;

/// The other end of the socket.
struct Systemd {
    told: mpsc::UnboundedReceiver<String>,
    _dir: TempDir,
}

impl Systemd {
    /// It starts that process of this plan.
    async fn starts(plan: Plan, name: &'static str) -> (Self, World) {
        let dir = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(dir.path().join("notify")).expect("a socket");
        let (tell, told) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut message = [0; 1_024];
            while let Ok(length) = socket.recv(&mut message).await {
                let text = String::from_utf8_lossy(&message[..length]);
                text.lines().for_each(|line| drop(tell.send(line.to_owned())));
            }
        });
        let extras = Extras { notify: Some((name, dir.path().join("notify"))), ..Extras::default() };
        let systemd = Self { told, _dir: dir };
        (systemd, World::start_with(MORNING, plan, extras).await)
    }

    /// Waits until it is told so; what was told before that.
    async fn hears(&mut self, what: &str) -> Vec<String> {
        let mut before = Vec::new();
        while let Ok(Some(line)) = tokio::time::timeout(PATIENCE, self.told.recv()).await {
            if line == what {
                return before;
            }
            before.push(line);
        }
        panic!("never told {what}, but {before:?}");
    }
}

/// What is told of itself while it starts, serves and ends, in that order.
#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_when_it_serves_that_it_turns_and_when_it_ends() {
    let (mut systemd, mut world) = Systemd::starts(Plan::Alone(HOMEWARD), "homeward").await;
    let starting = systemd.hears("READY=1").await;
    assert!(starting.iter().any(|line| line.starts_with("EXTEND_TIMEOUT_USEC=")), "{starting:?}");
    assert!(starting.iter().any(|line| line.starts_with("STATUS=Starting")), "{starting:?}");
    assert!(!starting.iter().any(|line| line == "WATCHDOG=1"), "{starting:?}");
    systemd.hears("WATCHDOG=1").await;
    systemd.hears("WATCHDOG=1").await;
    world.goes_down().await;
    systemd.hears("STOPPING=1").await;
}

/// CHECK-3: broker and database are gone. To start anew would not bring them back: the beats go on, and the line says what is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn without_broker_and_database_the_beats_go_on() {
    let (mut systemd, mut world) = Systemd::starts(Plan::Apart(HOMEWARD), "checkins").await;
    systemd.hears("READY=1").await;
    world.outside().postgres.signal_all("-STOP");
    world.outside().mosquitto().kill().await;
    systemd.hears("STATUS=Serving, but no broker: checkins").await;
    for _ in 0..3 {
        let before = systemd.hears("WATCHDOG=1").await;
        assert!(!before.iter().any(|line| line == "STATUS=Serving"), "{before:?}");
    }
    world.outside().postgres.signal_all("-CONT");
    world.outside().mosquitto().restart().await;
    systemd.hears("STATUS=Serving").await;
    world.goes_down().await;
}
