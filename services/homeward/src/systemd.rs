//! What systemd is told, where it started this process (`Type=notify`): that Homeward serves, how it is in one line, and by each beat of its
//! watchdog that every loop still turns ([why so](../../../infra/decisions/031-the-beats-for-systemd.md)).
//!
//! A loop that is stuck ends the beats, and systemd starts the process anew. A database or broker that is gone doesn't: whoever waits for it
//! is at work, and a start would only wait again. Until Homeward serves, each beat asks systemd for more time instead.
//!
//! Without systemd nobody is told, but a loop that is stuck is logged all the same. [HW-B6]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use board::View;
use chassis::host::Health;
use chassis::pulse::{self, Pulses};
use proto::topics::ServiceName;
use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sharing::Known;

/// The longest between two beats, also without systemd. (It is told a third of what the unit allows.)
const LONGEST_BEAT: Duration = Duration::from_secs(10);

/// The shortest: loops with nothing to do turn more often.
const SHORTEST_BEAT: Duration = Duration::from_secs(2 * pulse::EACH.as_secs());

/// How often it is looked whether Homeward serves, until it does.
const LOOK: Duration = Duration::from_millis(200);

/// What each beat asks for until it serves: more than the longest wait for the next beat.
const MORE_TIME: Duration = Duration::from_secs(60);

/// A board that is connected waits so long for services that tell nothing, as services do for each other.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is looked at.
pub(crate) struct Watched {
    /// The loops of this process.
    pub(crate) pulses: Pulses,
    /// Its services.
    pub(crate) health: BTreeMap<ServiceName, watch::Receiver<Health>>,
    /// Who holds which slots, where instances divide them.
    pub(crate) known: Option<watch::Receiver<Arc<Known>>>,
    /// What the board knows, if it runs here.
    pub(crate) board: Option<Arc<View>>,
}

/// How everything stands: what it waits for, each with those who do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Standing {
    serves: bool,
    troubles: BTreeMap<&'static str, BTreeSet<String>>,
}

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Tell {
    /// It serves.
    Ready,
    /// Every loop turns.
    Beat,
    /// Every loop turns, but it doesn't serve yet.
    MoreTime,
    /// How it is.
    Status(String),
}

/// What is told when, without the telling.
#[derive(Debug, Default)]
struct Beats {
    ready: bool,
    status: String,
    stuck: Vec<String>,
}

impl Beats {
    /// How it stands by now.
    fn standing(&mut self, standing: &Standing) -> Vec<Tell> {
        let mut told = Vec::new();
        let status = standing.status(self.ready || standing.serves);
        if self.status != status {
            self.status.clone_from(&status);
            told.push(Tell::Status(status));
        }
        if standing.serves && !self.ready {
            self.ready = true;
            told.push(Tell::Ready);
        }
        told
    }

    /// The time of a beat, with the loops that have not turned since the last one.
    fn beat(&mut self, stuck: Vec<String>) -> Option<Tell> {
        // Whoever was frozen as a whole looks before the loops have turned: one that was not stuck a moment ago is not told of yet.
        if !stuck.is_empty() && self.stuck == stuck {
            tracing::error!(
                ?stuck,
                "HW-B6 a loop is stuck: systemd is told nothing more, and starts Homeward anew"
            );
        }
        self.stuck = stuck;
        match (self.stuck.is_empty(), self.ready) {
            (false, _) => None,
            (true, true) => Some(Tell::Beat),
            (true, false) => Some(Tell::MoreTime),
        }
    }
}

impl Standing {
    fn status(&self, serves: bool) -> String {
        let one = |(what, who): (&&str, &BTreeSet<String>)| {
            format!("{what}: {}", who.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        };
        let troubles = self.troubles.iter().map(one).collect::<Vec<_>>().join("; ");
        match (serves, troubles.as_str()) {
            (true, "") => "Serving".to_owned(),
            (true, troubles) => format!("Serving, but {troubles}"),
            (false, troubles) => format!("Starting; {troubles}"),
        }
    }
}

impl Watched {
    /// Everything as it is now; `connected_for` is how long the board has been connected.
    fn standing(&self, connected_for: Duration) -> Standing {
        let mut troubles: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut tell = |what, who: String| {
            troubles.entry(what).or_default().insert(who);
        };
        let mut serves = true;
        for (service, health) in &self.health {
            let health = *health.borrow();
            if let Some(trouble) = trouble(health) {
                tell(trouble, service.to_string());
            }
            serves &= may_serve(health);
        }
        if let Some(view) = &self.board {
            let is_live = |id| view.school(id).is_some_and(|school| school.freshness.live);
            let live = view.schools().all(is_live);
            match (view.is_connected(), live) {
                (false, _) => tell("no broker", ServiceName::Board.to_string()),
                (true, false) => tell("catching up", ServiceName::Board.to_string()),
                (true, true) => {}
            }
            serves &= view.is_connected() && (live || connected_for >= PATIENCE);
        }
        if self.known.as_ref().is_some_and(|known| known.borrow().here.is_empty()) {
            tell("looking for the other instances", "this one".to_owned());
            serves = false;
        }
        Standing { serves, troubles }
    }
}

/// Whether a service can be asked. A school whose journal can't be read keeps nobody from the others: it is told of.
fn may_serve(health: Health) -> bool {
    health.bus && (health.judging || !health.journal)
}

fn trouble(health: Health) -> Option<&'static str> {
    let Health { journal, bus, judging, caught_up: _, following, next_due: _ } = health;
    match (bus, journal, judging, following) {
        (false, ..) => Some("no broker"),
        (true, false, ..) => Some("journal out of reach"),
        (true, true, false, _) => Some("catching up"),
        (true, true, true, false) => Some("a journal is not the one it was (HW-J1)"),
        (true, true, true, true) => None,
    }
}

/// Asks systemd for time until this is let go: starting may take as long as it takes, standing by even more.
pub(crate) async fn starting() -> std::convert::Infallible {
    send(&[Tell::Status("Starting, or standing by".to_owned())]);
    loop {
        send(&[Tell::MoreTime]);
        tokio::time::sleep(LONGEST_BEAT).await;
    }
}

/// Tells it, until `stop`; then that it ends.
pub(crate) async fn keep_told(mut watched: Watched, stop: CancellationToken) {
    let allowed = sd_notify::watchdog_enabled().map_or(LONGEST_BEAT, |allowed| allowed / 3);
    let each = allowed.clamp(SHORTEST_BEAT, LONGEST_BEAT);
    let mut beats = Beats::default();
    let (mut connected_since, mut next_beat) = (None, Instant::now() + each);
    loop {
        let connected = watched.board.as_ref().is_some_and(|view| view.is_connected());
        connected_since = if connected { connected_since.or(Some(Instant::now())) } else { None };
        let connected_for = connected_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
        let was_ready = beats.ready;
        let mut told = beats.standing(&watched.standing(connected_for));
        if Instant::now() >= next_beat || beats.ready != was_ready {
            told.extend(beats.beat(watched.pulses.stuck()));
            next_beat = Instant::now() + each;
        }
        send(&told);
        let look = if beats.ready { next_beat } else { (Instant::now() + LOOK).min(next_beat) };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep_until(look) => {}
        }
    }
}

/// It ends.
pub(crate) fn ending() {
    notify(&[NotifyState::Stopping, NotifyState::Status("Ending")]);
}

fn send(told: &[Tell]) {
    let states: Vec<_> = told
        .iter()
        .map(|tell| match tell {
            Tell::Ready => NotifyState::Ready,
            Tell::Beat => NotifyState::Watchdog,
            Tell::MoreTime => {
                NotifyState::ExtendTimeoutUsec(u32::try_from(MORE_TIME.as_micros()).unwrap_or(u32::MAX))
            }
            Tell::Status(status) => NotifyState::Status(status),
        })
        .collect();
    if !states.is_empty() {
        notify(&states);
    }
}

/// Nothing happens where systemd did not start this process.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

#[cfg(test)]
mod tests {
    use chassis::pulse::Pulse;

    use super::*;

    const WELL: Health =
        Health { journal: true, bus: true, judging: true, caught_up: true, following: true, next_due: None };

    fn of(health: [(ServiceName, Health); 2]) -> Watched {
        let health = health.map(|(service, health)| (service, watch::channel(health).1));
        Watched { pulses: Pulses::default(), health: health.into(), known: None, board: None }
    }

    fn standing(trips: Health, alerts: Health) -> Standing {
        of([(ServiceName::Trips, trips), (ServiceName::Alerts, alerts)]).standing(Duration::ZERO)
    }

    fn status(text: &str) -> Tell {
        Tell::Status(text.to_owned())
    }

    /// It is told as ready once, when every service can be asked; what is wrong after that is told in one line.
    #[test]
    fn it_is_ready_when_every_service_can_be_asked() {
        let mut beats = Beats::default();
        let lonely = Health { bus: false, judging: false, ..WELL };
        assert_eq!(beats.standing(&standing(lonely, lonely)), [status("Starting; no broker: alerts, trips")]);
        assert_eq!(beats.beat(Vec::new()), Some(Tell::MoreTime), "it may take as long as it takes");
        let behind = Health { judging: false, ..WELL };
        assert_eq!(beats.standing(&standing(WELL, behind)), [status("Starting; catching up: alerts")]);
        assert_eq!(beats.standing(&standing(WELL, WELL)), [status("Serving"), Tell::Ready]);
        assert_eq!(beats.standing(&standing(WELL, WELL)), [], "what was told is not told again");
        let lost = Health { journal: false, ..behind };
        let told = beats.standing(&standing(lost, lonely));
        assert_eq!(told, [status("Serving, but journal out of reach: trips; no broker: alerts")]);
        assert_eq!(beats.beat(Vec::new()), Some(Tell::Beat), "broker and database gone: the beats go on");
    }

    /// HW-J2: a school whose journal can't be read keeps nobody from the others.
    #[test]
    fn a_journal_that_cannot_be_read_keeps_it_from_nothing() {
        let unread = Health { journal: false, judging: false, ..WELL };
        assert!(standing(WELL, unread).serves);
        assert!(!standing(WELL, Health { bus: false, ..unread }).serves);
    }

    /// HW-B6: one loop that no longer turns ends the beats, however well all else is; when it turns again they go on.
    #[test]
    fn a_loop_that_is_stuck_ends_the_beats() {
        let (turns, hangs) = (Pulse::default(), Pulse::default());
        let mut watched = of([(ServiceName::Trips, WELL), (ServiceName::Alerts, WELL)]);
        watched.pulses.add("trips", turns.clone());
        watched.pulses.add("alerts", hangs.clone());
        let mut beats = Beats::default();
        beats.standing(&watched.standing(Duration::ZERO));
        hangs.beat();
        for (told, again) in
            [(Some(Tell::Beat), false), (None, false), (None, true), (Some(Tell::Beat), false)]
        {
            turns.beat();
            assert_eq!(beats.beat(watched.pulses.stuck()), told);
            if again {
                hangs.beat();
            }
        }
    }
}
