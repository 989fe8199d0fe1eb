//! Brokers compared by what the journal took from them; and three nodes of NATS of which one is killed under load.

use ::checkins::Checkins;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chassis::host::{Host, NoEffects};
use jiff::Timestamp;
use proto::topics::ServiceName;

use crate::limits::Limits;
use crate::load::{Load, Through};
use crate::parties::{after, out};
use crate::world::{Engines, World};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

const GROUPS: u64 = 5_000;
const FLOOD: usize = 20_000;

/// What 2,000 schools ask for at their busiest: 20,000 trips of ten groups, all of them checking in within five minutes.
pub(crate) const BUSIEST: f64 = 200_000.0 / 300.0;

/// How long it is asked for; when the node dies, and when it comes back, in seconds.
const SECONDS: f64 = 40.0;
const DIES: u64 = 10;
const BACK: u64 = 25;

pub(crate) async fn measure(limits: &Limits) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (engines, name) in [
        (Engines::Own, "embedded broker"),
        (Engines::Mosquitto, "Mosquitto"),
        (Engines::Cluster, "NATS, three nodes on this machine, QoS 0"),
        (Engines::ClusterKeeps, "the same, QoS 1"),
    ] {
        rows.push(rate(engines, name, limits).await?);
    }
    rows.push(node_dies(Engines::Cluster, "NATS, QoS 0").await?);
    Ok(rows)
}

/// Groups are out, eight others listen, checkins is at work, and somebody can press.
async fn under_way(engines: Engines) -> Outcome<(World, Host<Checkins>, Load)> {
    let world = World::of(engines, 1).await?;
    let soon = after(Timestamp::now(), 240.0);
    let watched = out(&world.journal, GROUPS, |_| soon).await?;
    world.stand_ins::<Checkins>().await;
    world.listeners().await;
    let host = world.host::<Checkins>(NoEffects, &world.stop).await?;
    let load = Load::start(&world, watched).await;
    Ok((world, host, load))
}

async fn rate(engines: Engines, name: &str, limits: &Limits) -> Outcome<Row> {
    let (world, host, mut load) = under_way(engines).await?;
    load.flood(FLOOD / 10).await?;
    let flood = load.flood(FLOOD).await?;
    let alone = sorted(load.one_by_one(300).await?.ms);
    world.end(host).await;
    let rate = FLOOD as f64 / flood.took.as_secs_f64();
    Ok(row(
        format!("{name}, eight others hear each event: durable check-ins ({} asked again)", flood.again),
        format!(
            "{}/s; one alone p50 {:.1} ms, p99 {:.1} ms",
            thousands(rate),
            percentile(&alone, 0.5),
            percentile(&alone, 0.99)
        ),
        "",
        format!("{} synced rows/s", thousands(limits.rows_per_sec)),
    ))
}

/// The node that the service is connected to is killed while check-ins flow, and comes back.
async fn node_dies(engines: Engines, name: &str) -> Outcome<Row> {
    let (mut world, host, mut load) = under_way(engines).await?;
    load.flood(1_000).await?;
    let before = entries(&world).await?;
    let mut cluster = world.nats.take().ok_or("it is a cluster")?;
    let kill = async {
        tokio::time::sleep(Duration::from_secs(DIES)).await;
        cluster.kill(0).await;
        let killed = Instant::now();
        tokio::time::sleep(Duration::from_secs(BACK - DIES)).await;
        cluster.restart(0).await;
        killed.elapsed()
    };
    let (through, _) = tokio::join!(load.through_trouble(BUSIEST, SECONDS), kill);
    let through = through?;
    let stored = entries(&world).await? - before;
    world.end(host).await;
    Ok(row(
        format!(
            "{name}, {} check-ins/s for {SECONDS} s, the service's node killed after {DIES} s, back after {BACK} s",
            thousands(BUSIEST)
        ),
        told(&through, stored),
        "none lost, none twice",
        "",
    ))
}

fn told(through: &Through, stored: u64) -> String {
    let within = |from: f64, to: f64| {
        let of = through.answers.iter().filter(|(at, _)| (from..to).contains(at));
        sorted(of.map(|(_, ms)| *ms).collect())
    };
    let mut came: Vec<f64> = through.answers.iter().map(|(at, _)| *at).collect();
    came.sort_by(f64::total_cmp);
    let gap = came.windows(2).map(|two| two[1] - two[0]).fold(0.0, f64::max);
    let (dies, late) = (DIES as f64, SECONDS - 8.0);
    let (before, during, later) = (within(2.0, dies), within(dies, late), within(late, SECONDS));
    format!(
        "{} answered, {stored} stored ({} refused, {} asked again); before p50 {:.0} ms, p99 {:.0} ms; longest silence {gap:.1} s, \
         worst answer {:.1} s; in the last 8 s p50 {:.0} ms, p99 {:.0} ms",
        thousands(through.answers.len() as f64),
        through.refused,
        through.again,
        percentile(&before, 0.5),
        percentile(&before, 0.99),
        percentile(&during, 1.0) / 1_000.0,
        percentile(&later, 0.5),
        percentile(&later, 0.99),
    )
}

/// How many check-ins the journal holds.
async fn entries(world: &World) -> Outcome<u64> {
    let mut found = 0;
    let each = |entry: chassis::entry::Entry| {
        found += u64::from(entry.kind.ends_with("CheckedIn"));
        ControlFlow::Continue(())
    };
    world.journal.scan(ServiceName::Checkins, &world.school.id, 1, each).await?;
    Ok(found)
}
