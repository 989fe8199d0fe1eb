//! `make bench`: figures, each beside the machine's own limit measured in the same run. Never asserted.
//!
//! - [`limits`]: what broker and disk can do by themselves.
//! - [`checkins`]: durable check-ins over MQTT: rate, latency at half of it, one alone.
//! - [`deadlines`]: how late a missed check-in is committed, and how long a restart takes.
//! - [`memory`]: the whole of Homeward, idle, for one school.

mod checkins;
mod deadlines;
mod limits;
mod memory;
mod world;

use std::io::Write;

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

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut rows = Vec::new();
    let limits = limits::measure().await?;
    say(&format!("limits: {limits:?}"));
    rows.extend(checkins::measure(&limits).await?);
    rows.extend(deadlines::measure(&limits).await?);
    rows.extend(memory::measure()?);
    say("\n| what | measured | target | this machine's limit, same run |\n|---|---|---|---|");
    for Row { what, measured, target, beside } in rows {
        say(&format!("| {what} | {measured} | {target} | {beside} |"));
    }
    Ok(())
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
