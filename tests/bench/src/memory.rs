//! The whole of Homeward in one process, idle, for one school; and what each armed watch takes.

use std::path::Path;
use std::time::{Duration, Instant};

use ::checkins::{Checkins, State};
use decider::{Context, News, Policy, Service};
use jiff::Timestamp;
use proto::envelope::Actor;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::values::SchoolZone;
use uuid::Uuid;

use crate::parties::{GROUPS, after, departed};
use crate::process::Process;
use crate::{Outcome, Row, row, thousands};

/// How long it may settle.
const SETTLE: Duration = Duration::from_secs(10);

pub(crate) fn idle() -> Outcome<Vec<Row>> {
    let binary = std::env::current_exe()?.with_file_name("homeward");
    if !binary.exists() {
        return Ok(vec![row(
            "idle memory",
            "not measured: build homeward with --release first",
            "< 48 MiB",
            "",
        )]);
    }
    let settings = |web: &str, folder: &Path| {
        let data = folder.join("data");
        format!(
            "[server]\nlisten = \"{web}\"\n[data]\ndir = {data:?}\n[schools.bench]\nname = \"Bench School\"\n"
        )
    };
    let running = Process::start(&binary, settings, &[])?;
    let begun = Instant::now();
    while begun.elapsed() < SETTLE {
        std::thread::sleep(Duration::from_millis(200));
    }
    let resident = kib(running.id(), "VmRSS:")?;
    let (own, threads) = (kib(running.id(), "RssAnon:")?, kib(running.id(), "Threads:")?);
    Ok(vec![row(
        "all in one, one school, idle: resident",
        format!("{:.1} MiB ({:.1} of it its own, {threads:.0} threads)", resident / 1024.0, own / 1024.0),
        "< 48 MiB",
        "",
    )])
}

/// How many watches are armed to see what one takes.
const ARMED: u64 = 200_000;

/// What a watch takes in memory: that of one group, with its share of its trip.
pub(crate) fn of_a_watch() -> Outcome<Vec<Row>> {
    let now = Timestamp::now();
    let before = kib(std::process::id(), "RssAnon:")?;
    let mut state = State::default();
    for sequence in 1..=ARMED / GROUPS {
        let (event, _) = departed(GROUPS, after(now, 60.0));
        let event = AnyEvent::Trips(event);
        let news = News { event: &event, recorded_at: now, sequence, history: false };
        let (zone, policy) = (SchoolZone::london(), Policy::default());
        let actor = Actor::Service(ServiceName::Trips);
        let context = Context { now, actor: &actor, cause: Uuid::now_v7(), zone: &zone, policy: &policy };
        for event in Checkins::hear(&state, &news, &context) {
            Checkins::evolve(&mut state, &event);
        }
    }
    let bytes = (kib(std::process::id(), "RssAnon:")? - before) * 1024.0 / state.armed() as f64;
    Ok(vec![row(
        format!("each of {} armed watches: resident", thousands(state.armed() as f64)),
        format!("{bytes:.0} bytes"),
        "reported",
        "",
    )])
}

/// A number of a process's status.
pub(crate) fn kib(process: u32, field: &str) -> Outcome<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let found = status.lines().find_map(|line| line.strip_prefix(field));
    let number = found.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| format!("no {field}: the process did not stay up").into())
}
