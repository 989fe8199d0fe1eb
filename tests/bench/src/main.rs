//! `make bench`: figures, each beside the machine's own limit measured in the same run. Never asserted.
//!
//! - [`limits`]: what broker and disk can do by themselves.
//! - [`deciding`]: what deciding and chaining take, without bus and disk.
//! - [`checkins`]: durable check-ins over MQTT: rate, latency at half of it, one alone.
//! - [`cluster`]: brokers compared; a node of three killed under load.
//! - [`schools`]: from 20 schools to 2,000; its plot goes to `target/schools.svg`.
//! - [`positions`]: work mobiles that tell where they are, up to 200,000, through the gateway's door.
//! - [`whole`]: all services and the board in one process, up to 2,000 schools (with `homeward` built beside it).
//! - [`instances`]: what one more instance takes off the others (with `homeward` built beside it).
//! - [`deadlines`]: how late a missed check-in is committed.
//! - [`restart`]: how long a restart takes with a long journal.
//! - [`memory`]: the whole of Homeward, idle, for one school; what an armed watch takes.
//!
//! `bench checkins restart` measures those parts alone.

mod chart;
mod checkins;
mod cluster;
mod deadlines;
mod deciding;
mod instances;
mod limits;
mod load;
mod memory;
mod model;
mod parties;
mod positions;
mod process;
mod restart;
mod schools;
mod whole;
mod world;

use std::io::Write;

/// As in the binary that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A row of the table.
struct Row {
    what: String,
    measured: String,
    target: &'static str,
    beside: String,
}

fn row(
    what: impl Into<String>,
    measured: impl Into<String>,
    target: &'static str,
    beside: impl Into<String>,
) -> Row {
    Row { what: what.into(), measured: measured.into(), target, beside: beside.into() }
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The parts, by the names with which one is asked for alone.
const PARTS: [&str; 12] = [
    "deciding",
    "checkins",
    "restart",
    "instant",
    "spread",
    "watch",
    "memory",
    "instances",
    "cluster",
    "schools",
    "positions",
    "whole",
];

#[tokio::main]
async fn main() -> Outcome<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("there is no part {unknown:?}: {PARTS:?}").into());
    }
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    // First of all: what was freed would be taken again.
    let watch = if wanted("watch") { memory::of_a_watch()? } else { Vec::new() };
    let limits = limits::measure().await?;
    say(&limits.to_string());
    say("\n| what | measured | target | this machine's limit, same run |\n|---|---|---|---|");
    say_all(watch);
    for part in PARTS.into_iter().filter(|part| wanted(part)) {
        let rows = match part {
            "deciding" => deciding::measure()?,
            "checkins" => checkins::measure(&limits).await?,
            "restart" => restart::measure(&limits).await?,
            "instant" => deadlines::at_one_instant(&limits).await?,
            "spread" => deadlines::spread(&limits).await?,
            "memory" => memory::idle()?,
            "instances" => instances::measure(&limits).await?,
            "cluster" => cluster::measure(&limits).await?,
            "schools" => {
                schools::measure(&limits).await?;
                Vec::new()
            }
            "positions" => {
                positions::measure(&limits).await?;
                Vec::new()
            }
            "whole" => {
                whole::measure(&limits).await?;
                Vec::new()
            }
            _ => Vec::new(),
        };
        say_all(rows);
    }
    Ok(())
}

fn say_all(rows: Vec<Row>) {
    for Row { what, measured, target, beside } in rows {
        say(&format!("| {what} | {measured} | {target} | {beside} |"));
    }
}

fn say(text: &str) {
    // A closed pipe is no fault of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The value below which that share of the sorted values lies.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = ((sorted.len() as f64 - 1.0) * share).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
