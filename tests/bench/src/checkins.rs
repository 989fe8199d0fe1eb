//! Durable check-ins: in over MQTT, journalled and synced, answered and told in batches.

use ::checkins::Checkins;
use chassis::host::NoEffects;
use jiff::Timestamp;

use crate::limits::Limits;
use crate::load::{Answers, Load};
use crate::parties::{after, out};
use crate::world::World;
use crate::{Outcome, Row, percentile, row, sorted, thousands};

const GROUPS: u64 = 10_000;
const FLOOD: usize = 200_000;
const ALONE: usize = 1_000;
const PACED_SECONDS: f64 = 5.0;

/// Half of the target.
const HALF: f64 = 25_000.0;

pub(crate) async fn measure(limits: &Limits) -> Outcome<Vec<Row>> {
    let world = World::new().await?;
    let soon = after(Timestamp::now(), 240.0);
    let watched = out(&world.journal, GROUPS, |_| soon).await?;
    world.stand_ins::<Checkins>().await;
    let host = world.host::<Checkins>(NoEffects, &world.stop).await?;
    let mut load = Load::start(&world, watched).await;
    let warm = load.flood(FLOOD / 10).await?;
    let alone = load.one_by_one(ALONE).await?;
    let flood = load.flood(FLOOD).await?;
    let rate = FLOOD as f64 / flood.took.as_secs_f64();
    let paced_at = HALF.min(rate / 2.0);
    let half = load.paced(paced_at, PACED_SECONDS).await?;
    world.end(host).await;
    let refused: usize = [&warm, &alone, &flood, &half].map(|answers| answers.refused).iter().sum();
    let again: usize = [&warm, &alone, &flood, &half].map(|answers| answers.again).iter().sum();
    let disk = format!("{} synced rows/s", thousands(limits.rows_per_sec));
    Ok(vec![
        row(
            format!(
                "durable check-ins, one message each, {} of them ({refused} refused, {again} asked again)",
                thousands(FLOOD as f64)
            ),
            format!("{}/s", thousands(rate)),
            "50,000/s",
            format!("broker alone {}/s; {disk}", thousands(limits.broker_per_sec)),
        ),
        row(
            format!("their latency at {}/s, {PACED_SECONDS} s", thousands(paced_at)),
            latency(half),
            "p99 < 50 ms",
            format!("broker one way {:.2} ms", limits.broker_ms),
        ),
        row(
            "one check-in alone, to its durable answer",
            latency(alone),
            "p99 < 5 ms",
            format!(
                "a synced commit {:.2} ms (p99 {:.2}), two messages {:.2} ms",
                limits.commit_ms.0,
                limits.commit_ms.1,
                2.0 * limits.broker_ms
            ),
        ),
    ])
}

fn latency(answers: Answers) -> String {
    let ms = sorted(answers.ms);
    format!("p50 {:.2} ms, p99 {:.2} ms", percentile(&ms, 0.5), percentile(&ms, 0.99))
}
