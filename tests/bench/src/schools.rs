//! From 20 schools to 2,000, 20,000 trips out, 200,000 groups each with its phone: how much it takes, how late it is, how large it grows.
//! A table, and a plot of it.

use ::checkins::Checkins;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::chart::{Chart, Line};
use crate::deadlines::Misses;
use crate::limits::Limits;
use crate::load::Load;
use crate::memory::kib;
use crate::parties::{Past, Watched, after};
use crate::world::{Engines, World};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

pub(crate) const ENGINES: [(Engines, &str); 2] =
    [(Engines::Own, "embedded broker, SQLite"), (Engines::Outside, "Mosquitto, PostgreSQL")];

pub(crate) const SIZES: [usize; 3] = [20, 200, 2_000];

/// Of one school.
pub(crate) const TRIPS: u64 = 10;
/// Of one trip.
pub(crate) const GROUPS: u64 = 10;

const FLOOD: usize = 60_000;

/// Half of all groups stay silent, and are missed spread over so many seconds, while the others check in.
const SPELL: f64 = 30.0;

/// All check in within so many seconds at the busiest.
const BUSIEST_SECS: f64 = 300.0;

/// Where the plot goes, from where `make bench` is called.
const PLOT: &str = "target/schools.svg";

/// What was found at one size.
struct Found {
    schools: usize,
    ready: f64,
    rate: f64,
    answers: Vec<f64>,
    late: Vec<f64>,
    mib: f64,
    stored_mib: Option<f64>,
    again: usize,
}

/// Each row is said as soon as it is known, and the plot drawn anew: it takes a while.
pub(crate) async fn measure(limits: &Limits) -> Outcome<()> {
    let mut charted: Vec<(&str, Vec<Found>)> = Vec::new();
    for (engines, name) in ENGINES {
        charted.push((name, Vec::new()));
        for schools in SIZES {
            let found = at_size(engines, schools).await?;
            crate::say_all(vec![told(name, &found, limits)]);
            if let Some((_, all)) = charted.last_mut() {
                all.push(found);
            }
            std::fs::write(PLOT, plot(&charted))?;
        }
    }
    Ok(())
}

async fn at_size(engines: Engines, schools: usize) -> Outcome<Found> {
    let world = World::of(engines, schools).await?;
    let groups = schools as f64 * (TRIPS * GROUPS) as f64;
    // Time enough to send them out, to read them in again, and for the flood before the first is missed.
    let first = after(Timestamp::now(), 25.0 + groups / 2_000.0);
    let speaking = all_out(&world, first).await?;
    world.stand_ins::<Checkins>().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let begun = Instant::now();
    let host = world.host(Misses(tell), &world.stop).await?;
    host.health().wait_for(|health| health.judging).await?;
    let ready = begun.elapsed().as_secs_f64();
    let mut load = Load::start(&world, speaking).await;
    let flood = load.flood(FLOOD).await?;
    let early = first.duration_since(Timestamp::now()).as_secs_f64();
    if early < 0.0 {
        return Err(format!("{schools} schools were ready {:.0} s too late", -early).into());
    }
    tokio::time::sleep(std::time::Duration::from_secs_f64(early)).await;
    let paced = load.through_trouble(groups / BUSIEST_SECS, SPELL + 6.0).await?;
    let mut late = Vec::new();
    while let Ok((_, ms)) = told.try_recv() {
        late.push(ms);
    }
    let mib = kib(std::process::id(), "VmRSS:")? / 1_024.0;
    let stored_mib = world.stored().map(|bytes| bytes as f64 / 1_048_576.0);
    world.end(host).await;
    let answers = sorted(paced.answers.into_iter().map(|(_, ms)| ms).collect());
    let rate = FLOOD as f64 / flood.took.as_secs_f64();
    let again = flood.again + paced.again;
    Ok(Found { schools, ready, rate, answers, late: sorted(late), mib, stored_mib, again })
}

/// All trips leave. Every second one stays silent from then on; the groups of the others are given back.
async fn all_out(world: &World, first: Timestamp) -> Outcome<Vec<Watched>> {
    let now = Timestamp::now();
    let (mut speaking, silent) = (Vec::new(), world.schools.len() as f64 * TRIPS as f64 / 2.0);
    for (place, school) in world.schools.iter().enumerate() {
        let mut past = Past::of_school(&world.journal, school.clone(), place, now).await?;
        for trip in 0..TRIPS {
            if trip % 2 == 0 {
                let nth = (place as u64 * TRIPS + trip) as f64 / 2.0;
                past.departs(GROUPS, after(first, SPELL * nth / silent), now).await?;
            } else {
                speaking.extend(past.departs(GROUPS, after(first, 200.0), now).await?);
            }
        }
        past.store().await?;
    }
    Ok(speaking)
}

fn told(engines: &str, found: &Found, limits: &Limits) -> Row {
    let Found { schools, ready, rate, answers, late, mib, stored_mib, again } = found;
    let trips = *schools as u64 * TRIPS;
    row(
        format!(
            "{} schools, {} trips, {} groups out ({engines})",
            thousands(*schools as f64),
            thousands(trips as f64),
            thousands((trips * GROUPS) as f64)
        ),
        format!(
            "{}/s; at {:.0}/s p50 {:.1} ms, p99 {:.1} ms; {} missed, late p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms; {mib:.0} MiB \
             resident{}; judging {ready:.1} s after its start; {again} asked again",
            thousands(*rate),
            (trips * GROUPS) as f64 / BUSIEST_SECS,
            percentile(answers, 0.5),
            percentile(answers, 0.99),
            thousands(late.len() as f64),
            percentile(late, 0.5),
            percentile(late, 0.99),
            percentile(late, 1.0),
            stored_mib.map(|mib| format!(", {mib:.0} MiB stored")).unwrap_or_default()
        ),
        "",
        format!(
            "broker alone {}/s; {} synced rows/s; a commit {:.2} ms",
            thousands(limits.broker_per_sec),
            thousands(limits.rows_per_sec),
            limits.commit_ms.0
        ),
    )
}

/// Three plots beside each other, a line for each pair of engines.
fn plot(found: &[(&str, Vec<Found>)]) -> String {
    let lines = |of: fn(&Found) -> f64| -> Vec<Line> {
        let line = |(name, all): &(&str, Vec<Found>)| Line {
            name: (*name).to_owned(),
            points: all.iter().map(|found| (found.schools as f64, of(found))).collect(),
        };
        found.iter().map(line).collect()
    };
    let charts = [
        Chart { title: "Durable check-ins a second", unit: "/s", lines: lines(|found| found.rate) },
        Chart {
            title: "Missed check-ins: late, p99",
            unit: " ms",
            lines: lines(|found| percentile(&found.late, 0.99)),
        },
        Chart { title: "Resident, with the load's client", unit: " MiB", lines: lines(|found| found.mib) },
    ];
    crate::chart::svg(
        "From 20 schools to 2,000: each with 10 trips out, each trip with 10 groups",
        "schools",
        &charts,
    )
}
