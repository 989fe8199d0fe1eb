//! What deciding and chaining take by themselves: an engine without bus and disk.

use std::time::Instant;

use ::checkins::Checkins;
use chassis::engine::{AskedBy, Engine};
use chassis::entry::Chain;
use jiff::Timestamp;
use proto::envelope::CommandEnvelope;
use proto::ids::ClientId;
use proto::topics::ServiceName;
use uuid::Uuid;

use crate::parties::{GRACE, GROUPS, after, check_in, departed, envelope};
use crate::world::school;
use crate::{Outcome, Row, row, thousands};

/// Check-ins that are decided, and in batches of how many.
const CHECK_INS: usize = 200_000;
const BATCH: usize = 500;

/// Groups whose check-in is missed at one instant.
const MISSED: u64 = 100_000;

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    Ok(vec![check_ins()?, misses()?])
}

fn engine() -> Engine<Checkins> {
    let school = school(0);
    let empty = Chain::empty(ServiceName::Checkins, school.id.clone(), Uuid::now_v7());
    Engine::rebuild(school, empty, &[], Timestamp::now(), Box::new(|| [0; 16]))
}

fn check_ins() -> Outcome<Row> {
    let mut engine = engine();
    let mut trips = Chain::empty(ServiceName::Trips, school(0).id.clone(), Uuid::now_v7());
    let now = Timestamp::now();
    let mut watched = Vec::new();
    for _ in 0..10_000 / GROUPS {
        let (event, of_trip) = departed(GROUPS, after(now, 240.0));
        engine.hear(&[envelope(&mut trips, &event)], now);
        watched.extend(of_trip);
    }
    drop(engine.close_batch());
    engine.committed();
    let payloads: Result<Vec<Vec<u8>>, _> = (0..CHECK_INS)
        .map(|n| serde_json::to_vec(&check_in(watched[n % watched.len()], after(now, n as f64 / 50_000.0))))
        .collect();
    let (payloads, by) = (payloads?, AskedBy::Client(ClientId::parse("board-bench")?));
    let begun = Instant::now();
    let mut told = now;
    for batch in payloads.chunks(BATCH) {
        told = after(told, BATCH as f64 / 50_000.0);
        for payload in batch {
            engine.command(&by, &serde_json::from_slice::<CommandEnvelope>(payload)?, told);
        }
        let decided = engine.close_batch();
        assert_eq!(decided.entries.len(), batch.len(), "none is refused: {:?}", decided.outputs.first());
        engine.committed();
    }
    let rate = CHECK_INS as f64 / begun.elapsed().as_secs_f64();
    Ok(row("deciding alone: check-ins, read and chained", format!("{}/s", thousands(rate)), "", "one core"))
}

fn misses() -> Outcome<Row> {
    let mut engine = engine();
    let mut trips = Chain::empty(ServiceName::Trips, school(0).id.clone(), Uuid::now_v7());
    let now = Timestamp::now();
    for _ in 0..MISSED / GROUPS {
        engine.hear(&[envelope(&mut trips, &departed(GROUPS, after(now, 240.0)).0)], now);
    }
    drop(engine.close_batch());
    engine.committed();
    engine.connected(now);
    // Thirty seconds of patience with those who are not there.
    engine.tick(after(now, 31.0));
    let due = after(now, 240.0 + f64::from(GRACE));
    let (begun, mut told) = (Instant::now(), 0);
    while engine.next_due().is_some_and(|next| next <= due) {
        engine.tick(due);
        told += engine.close_batch().entries.len();
        engine.committed();
    }
    let rate = told as f64 / begun.elapsed().as_secs_f64();
    assert!(told >= MISSED as usize, "all of them were missed, not {told}");
    Ok(row("deciding alone: misses, chained", format!("{}/s", thousands(rate)), "", "one core"))
}
