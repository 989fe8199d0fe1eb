//! How fast the journal is on this machine: `cargo run --release -p chassis --example journal_speed [URL]`.
//! Without an address it makes a SQLite file in a temporary folder. Figures, not promises.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use chassis::entry::{Chain, Draft};
use chassis::journal::{Append, Journal};
use proto::envelope::Actor;
use proto::ids::TripId;
use proto::topics::ServiceName::{Checkins, Gateway};
use uuid::Uuid;

/// How many entries are read back.
const SCANNED: u64 = 1_000_000;

/// How long each size of group is written.
const SPELL: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("speed.db").display());
    let url = std::env::args().nth(1).unwrap_or(file);
    let journal = Journal::open(&url).await?;
    let school = format!("speed-{}", Uuid::now_v7().simple()).parse()?;
    let mut chain = journal.begin(Checkins, &school).await?;

    let made = Instant::now();
    let envelopes: usize = entries(&mut chain.clone(), 100_000)
        .iter()
        .map(|entry| entry.envelope(chain.epoch).map_or(0, |envelope| envelope.data.get().len()))
        .sum();
    println!(
        "entries and envelopes made: {:.0}/s ({envelopes} bytes)",
        100_000.0 / made.elapsed().as_secs_f64()
    );

    for size in [1, 10, 100, 1_000] {
        let (begun, first) = (Instant::now(), chain.seq);
        while begun.elapsed() < SPELL {
            write(&journal, &mut chain, size).await?;
        }
        println!(
            "groups of {size}: {:.0} rows/s",
            (chain.seq - first) as f64 / begun.elapsed().as_secs_f64()
        );
    }
    while chain.seq < SCANNED {
        let missing = SCANNED - chain.seq;
        write(&journal, &mut chain, missing.min(1_000)).await?;
    }

    let (begun, from) = (Instant::now(), chain.seq - SCANNED + 1);
    let mut bytes = 0;
    journal
        .scan(Checkins, &school, from, |entry| {
            bytes += entry.facts.len();
            ControlFlow::Continue(())
        })
        .await?;
    println!("{SCANNED} entries read in {:.3} s ({bytes} bytes of facts)", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let verified = journal.verify(Checkins, &school).await?;
    println!("{} entries verified in {:.3} s", verified.entries, begun.elapsed().as_secs_f64());
    journal.close().await;
    Ok(())
}

async fn write(journal: &Journal, chain: &mut Chain, size: u64) -> Result<(), Box<dyn std::error::Error>> {
    let after = chain.seq;
    let entries = entries(chain, size);
    let (service, school) = (chain.service, chain.school.clone());
    Ok(journal
        .append(vec![Append { service, school, after, entries: entries.into(), cursors: vec![] }])
        .await?)
}

fn entries(chain: &mut Chain, count: u64) -> Vec<chassis::entry::Entry> {
    (0..count)
        .map(|number| {
            let draft = Draft {
                recorded_at: jiff::Timestamp::now(),
                kind: "CheckedIn".into(),
                data: format!(
                    "{{\"trip\":\"018f2f6e-3c1a-7c3e-9d3a-3b1f6c2d4e5f\",\"group\":\"018f2f6e-3c1a-7c3e-9d3a-3b1f6c2d4e60\",\
                     \"people\":{number},\"at\":\"2026-11-20T09:30:00Z\",\"by\":\"text\"}}"
                ),
                cause: Uuid::from_u128(u128::from(number)),
                correlation: Uuid::from_u128(u128::from(number)),
                actor: Actor::Service(Gateway),
                trip: Some(TripId(Uuid::from_u128(3))),
                traceparent: None,
            };
            chain.next(draft, [0; 16])
        })
        .collect()
}
