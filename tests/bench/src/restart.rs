//! How long a restart takes with a long journal.

use std::ops::ControlFlow;
use std::time::Instant;

use chassis::host::NoEffects;
use jiff::Timestamp;
use proto::topics::ServiceName;
use proto::v1::trips::Event;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;
use crate::load::Load;
use crate::parties::{Past, Watched, after};
use crate::world::World;
use crate::{Outcome, Row, row, thousands};

const ENTRIES: u64 = 1_000_000;

/// Trips of one day, groups of one trip, words of one group: 4,040 entries a day.
const TRIPS: u64 = 20;
const GROUPS: u64 = 10;
const WORDS: u64 = 20;

/// How many days there must be.
const DAYS: u64 = ENTRIES / (TRIPS * (2 + GROUPS * WORDS)) + 1;

pub(crate) async fn measure(_: &Limits) -> Outcome<Vec<Row>> {
    let world = World::new().await?;
    world.stand_ins().await;
    let (entries, today) = school_years(&world).await?;
    let scan = scan(&world).await?;
    let mut load = Load::start(&world, today).await;
    let (rebuilt, decided) = start(&world, &mut load).await?;
    let beside = format!("reading its entries {scan:.2} s");
    let what = format!("restart, {} entries, {DAYS} days of {TRIPS} trips", thousands(entries as f64));
    let measured = format!("state {rebuilt:.2} s, first answer {decided:.2} s");
    world.stop.cancel();
    Ok(vec![row(format!("{what}: whole journal"), measured, "< 0.5 s", beside)])
}

/// Starts a host; how long until its state stood, and until it had answered a command, in seconds.
async fn start(world: &World, load: &mut Load) -> Outcome<(f64, f64)> {
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let host = world.host(NoEffects, &stop).await?;
    let rebuilt = begun.elapsed().as_secs_f64();
    host.health().wait_for(|health| health.bus).await?;
    load.one_by_one(1).await?;
    let decided = begun.elapsed().as_secs_f64();
    stop.cancel();
    host.ended().await;
    Ok((rebuilt, decided))
}

/// Days in which parties leave, check in, and come home; those of the last day are out.
async fn school_years(world: &World) -> Outcome<(u64, Vec<Watched>)> {
    let begin = after(Timestamp::now(), -(DAYS as f64) * 86_400.0 - 3_600.0);
    let mut past = Past::of(&world.journal, begin).await?;
    let mut day = begin;
    let mut out = Vec::new();
    while past.entries() < ENTRIES {
        out.clear();
        for _ in 0..TRIPS {
            out.push(past.departs(GROUPS, after(day, 300.0), day).await?);
        }
        for word in 0..WORDS {
            let now = after(day, 60.0 + 120.0 * word as f64);
            for group in out.iter().flatten() {
                past.checks_in(*group, now).await?;
            }
        }
        day = after(day, 86_400.0);
        if past.entries() < ENTRIES {
            for trip in out.iter().filter_map(|groups| groups.first()) {
                past.hears(&Event::TripClosed { trip: trip.trip, at: after(day, -40_000.0) }, after(day, -40_000.0)).await?;
            }
        }
    }
    past.store().await?;
    Ok((past.entries(), out.concat()))
}

async fn scan(world: &World) -> Outcome<f64> {
    let begun = Instant::now();
    let mut read = 0_u64;
    let each = |_| {
        read += 1;
        ControlFlow::Continue(())
    };
    world.journal.scan(ServiceName::Checkins, &world.school.id, 1, each).await?;
    assert!(read >= ENTRIES, "the whole journal is read");
    Ok(begun.elapsed().as_secs_f64())
}
