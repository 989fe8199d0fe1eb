//! How late a missed check-in is committed.

use std::sync::Arc;
use std::time::Duration;

use ::checkins::Checkins;
use chassis::engine::Recorded;
use chassis::host::Shell;
use chassis::school::School;
use jiff::Timestamp;
use proto::v1::checkins::Event;
use tokio::sync::mpsc;

use crate::limits::Limits;
use crate::parties::{GROUPS, after, out};
use crate::world::World;
use crate::{Outcome, Row, percentile, row, sorted, thousands};

/// Hears of misses as they are committed: when each was to be told, and how late it was, in ms.
pub(crate) struct Misses(pub(crate) mpsc::UnboundedSender<(Timestamp, f64)>);

impl Shell<Checkins> for Misses {
    fn started(&mut self, _: &Arc<School>, _: &::checkins::State) {}

    fn ended(&mut self, _: &proto::ids::SchoolId) {}

    fn committed(&mut self, _: &Arc<School>, _: &::checkins::State, events: &[Recorded<Event>]) {
        let now = Timestamp::now();
        for recorded in events {
            if let Event::CheckInMissed { missed_at, .. } = &recorded.event {
                // The receiver lives as long as the measurement.
                let _ = self.0.send((*missed_at, now.duration_since(*missed_at).as_secs_f64() * 1_000.0));
            }
        }
    }
}

/// Many at once.
pub(crate) async fn at_one_instant(limits: &Limits) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (groups, target) in [(5_000, "< 50 ms"), (100_000, "< 500 ms")] {
        let late = misses(groups, groups as usize, |_| 0.0).await?;
        let disk = 1_000.0 * groups as f64 / limits.rows_per_sec;
        rows.push(row(
            format!("{} missed at one instant: the last one committed", thousands(groups as f64)),
            format!("first {:.1} ms, last {:.1} ms", percentile(&late, 0.0), percentile(&late, 1.0)),
            target,
            format!("as many synced rows {disk:.0} ms"),
        ));
    }
    Ok(rows)
}

/// A million armed, spread over a quarter of an hour; the first 20,000 are looked at.
pub(crate) async fn spread(limits: &Limits) -> Outcome<Vec<Row>> {
    let armed = 1_000_000;
    let late = misses(armed, 20_000, |trip| trip as f64 * 900.0 / (armed / GROUPS) as f64).await?;
    Ok(vec![row(
        "missed, 1,000,000 armed, spread over 15 minutes (25 groups of a trip at once)",
        format!("p50 {:.2} ms, p99 {:.2} ms", percentile(&late, 0.5), percentile(&late, 0.99)),
        "p99 < 10 ms",
        format!("a synced commit {:.2} ms (p99 {:.2})", limits.commit_ms.0, limits.commit_ms.1),
    )])
}

/// Arms so many groups and hears `looked_at` misses of those that are missed a while after the start; `spread` is each
/// trip's due time after the earliest, in seconds.
async fn misses(groups: u64, looked_at: usize, spread: impl Fn(u64) -> f64) -> Outcome<Vec<f64>> {
    let world = World::new().await?;
    world.stand_ins::<Checkins>().await;
    // Time enough to arm them, and to read them in again. What is due before a departure is heard of is never asked for.
    let first = after(Timestamp::now(), 8.0 + groups as f64 / 20_000.0);
    out(&world.journal, groups, |trip| after(first, spread(trip))).await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let host = world.host(Misses(tell), &world.stop).await?;
    let ready = after(Timestamp::now(), 2.0);
    let mut late = Vec::with_capacity(looked_at);
    while late.len() < looked_at {
        let next = tokio::time::timeout(Duration::from_secs(60), told.recv()).await;
        let (at, ms) =
            next.map_err(|_| format!("only {} misses were told", late.len()))?.ok_or("the host ended")?;
        if at > ready {
            late.push(ms);
        }
    }
    world.end(host).await;
    Ok(sorted(late))
}
