//! How long a restart takes with a long journal.

use ::checkins::Checkins;
use std::ops::ControlFlow;
use std::time::Instant;

use chassis::client::{BusClient, ClientNews};
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

/// A tail of so many entries after the newest snapshot is the longest, but for those who take a million in at once.
const TAIL: u64 = 20_000;

pub(crate) async fn measure(_: &Limits) -> Outcome<Vec<Row>> {
    let world = World::new().await?;
    world.stand_ins::<Checkins>().await;
    let mut past = Past::of(&world.journal, Timestamp::now()).await?;
    let today = days(&mut past).await?;
    let scan = scan(&world).await?;
    let mut load = Load::start(&world, today.clone()).await;
    let whole = start(&world, &mut load).await?;
    // Its stop has made a snapshot.
    let newest = start(&world, &mut load).await?;
    let mut past = past.again().await?;
    for word in 0..TAIL {
        past.checks_in(today[word as usize % today.len()], Timestamp::now()).await?;
    }
    past.store().await?;
    let tail = start(&world, &mut load).await?;
    let heard = heard_again(&world, past.entries()).await?;
    world.stop.cancel();
    let what = format!("restart, {} entries, {DAYS} days of {TRIPS} trips", thousands(past.entries() as f64));
    let beside = format!("reading the entries {scan:.2} s");
    let measured = |(state, decided): (f64, f64)| format!("state {state:.3} s, first answer {decided:.3} s");
    Ok(vec![
        row(format!("{what}: after a stop"), measured(newest), "< 0.5 s", beside.clone()),
        row(
            format!("{what}: killed, {TAIL} entries after the snapshot"),
            measured(tail),
            "< 0.5 s",
            beside.clone(),
        ),
        row(format!("{what}: no snapshot, every entry read"), measured(whole), "", beside),
        row("the same heard again over MQTT, as a board does at its start", format!("{heard:.1} s"), "", ""),
    ])
}

/// Starts a host; how long until its state stood, and until it had answered a command, in seconds.
async fn start(world: &World, load: &mut Load) -> Outcome<(f64, f64)> {
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let host = world.host::<Checkins>(NoEffects, &stop).await?;
    let rebuilt = begun.elapsed().as_secs_f64();
    host.health().wait_for(|health| health.bus).await?;
    load.one_by_one(1).await?;
    let decided = begun.elapsed().as_secs_f64();
    stop.cancel();
    host.ended().await;
    Ok((rebuilt, decided))
}

/// How long a client takes to hear every event, page by page, in seconds.
async fn heard_again(world: &World, last: u64) -> Outcome<f64> {
    let stop = CancellationToken::new();
    let host = world.host::<Checkins>(NoEffects, &stop).await?;
    let begun = Instant::now();
    let schools = [world.school.id.clone()];
    let (_client, mut news) =
        BusClient::start(world.bus("board-watch"), &schools, &[ServiceName::Checkins], stop.clone());
    while let Some(heard) = news.recv().await {
        if matches!(heard, ClientNews::Event { envelope, .. } if envelope.sequence >= last) {
            break;
        }
    }
    let took = begun.elapsed().as_secs_f64();
    stop.cancel();
    host.ended().await;
    Ok(took)
}

/// Days in which parties leave, check in, and come home; those of the last day are out.
async fn days(past: &mut Past) -> Outcome<Vec<Watched>> {
    let mut day = after(Timestamp::now(), -(DAYS as f64) * 86_400.0 - 3_600.0);
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
            let home = after(day, -40_000.0);
            for group in out.iter().filter_map(|groups| groups.first()) {
                past.hears(&Event::TripClosed { trip: group.trip, at: home }, home).await?;
            }
        }
    }
    past.store().await?;
    Ok(out.concat())
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
