//! How late a missed check-in is committed; how long a restart with a long journal takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::checkins::Checkins;
use chassis::engine::Recorded;
use chassis::host::{NoEffects, Shell};
use chassis::school::School;
use jiff::Timestamp;
use proto::v1::checkins::Event;
use tokio::sync::mpsc;

use crate::limits::Limits;
use crate::world::{GROUPS, World};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

/// Hears of misses as they are committed: how late each was, in ms.
struct Misses(mpsc::UnboundedSender<f64>);

impl Shell<Checkins> for Misses {
    fn started(&mut self, _: &Arc<School>, _: &::checkins::State) {}

    fn committed(&mut self, _: &Arc<School>, _: &::checkins::State, events: &[Recorded<Event>]) {
        let now = Timestamp::now();
        for recorded in events {
            if let Event::CheckInMissed { missed_at, .. } = &recorded.event {
                // The receiver lives as long as the measurement.
                let _ = self.0.send(now.duration_since(*missed_at).as_secs_f64() * 1_000.0);
            }
        }
    }
}

pub(crate) async fn measure(limits: &Limits) -> Outcome<Vec<Row>> {
    let beside = || format!("{} synced rows/s in thousands", thousands(limits.rows_per_sec));
    let mut rows = Vec::new();
    rows.push(restart(1_000_000 / GROUPS).await?);
    for groups in [5_000, 100_000] {
        let late = misses(groups, groups as usize, |_| 0.0).await?;
        let target = if groups == 5_000 { "< 50 ms" } else { "< 500 ms" };
        let measured =
            format!("first {:.1} ms, last {:.1} ms", percentile(&late, 0.0), percentile(&late, 1.0));
        rows.push(row(
            format!("{} missed at one instant: the last committed", thousands(groups as f64)),
            measured,
            target,
            beside(),
        ));
    }
    let armed = 1_000_000;
    // Spread over a quarter of an hour; the first 20,000 or so are looked at.
    let late = misses(armed, 20_000, |trip| trip as f64 * 900.0 / (armed / GROUPS) as f64).await?;
    let measured = format!("p50 {:.2} ms, p99 {:.2} ms", percentile(&late, 0.5), percentile(&late, 0.99));
    rows.push(row(
        "missed, 1,000,000 armed, spread over 15 minutes (25 groups a trip at once)",
        measured,
        "p99 < 10 ms",
        beside(),
    ));
    Ok(rows)
}

/// Arms so many groups and hears the first `looked_at` misses; `after` is each trip's due time after the earliest.
async fn misses(groups: u64, looked_at: usize, after: impl Fn(u64) -> f64) -> Outcome<Vec<f64>> {
    let world = World::new().await?;
    // Time enough to arm them, to read them in again and to wait the thirty seconds for the other services, which don't
    // run here; a check-in is missed a minute after it was due.
    let lead = 45.0 + groups as f64 / 8_000.0 - 60.0;
    world.watch(groups, |trip| lead + after(trip)).await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let host = world.host(Misses(tell)).await?;
    let mut late = Vec::with_capacity(looked_at);
    while late.len() < looked_at {
        let next = tokio::time::timeout(Duration::from_secs(180), told.recv()).await?;
        late.push(next.ok_or("the host ended")?);
    }
    world.end(host).await;
    Ok(sorted(late))
}

/// From the start of the host to its rebuilt state.
async fn restart(trips: u64) -> Outcome<Row> {
    let world = World::new().await?;
    world.watch(trips * GROUPS, |_| 36_000.0).await?;
    let begun = Instant::now();
    let host = world.host(NoEffects).await?;
    let took = begun.elapsed().as_secs_f64();
    world.end(host).await;
    Ok(row(
        format!("restart: {} watches of {} groups each read again", thousands(trips as f64), GROUPS),
        format!("{took:.2} s"),
        "< 0.5 s for 1,000,000 entries",
        "no snapshots yet",
    ))
}
