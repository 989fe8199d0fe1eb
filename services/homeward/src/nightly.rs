//! Each night what is due is erased, of each school by its own clocks.

use std::sync::Arc;

use board::Db;
use chassis::clock::SharedClock;
use chassis::journal::Journal;
use chassis::school::School;
use futures::future::BoxFuture;
use jiff::{Timestamp, ToSpan};
use proto::ids::SchoolId;
use proto::values::SchoolZone;
use tokio_util::sync::CancellationToken;

use crate::command::records::clean;

/// When: nobody is at work, and both clock changes are over.
const HOUR: i8 = 3;
const MINUTE: i8 = 30;

/// The next time after `now` that it is time.
pub fn next(zone: &SchoolZone, now: Timestamp) -> Timestamp {
    let local = zone.local(now);
    let on = |date: jiff::civil::Date| {
        let at = date.at(HOUR, MINUTE, 0, 0).to_zoned(zone.tz().clone());
        at.map_or(Timestamp::MAX, |at| at.timestamp())
    };
    let today = on(local.date());
    if today > now { today } else { on(local.date().saturating_add(1.day())) }
}

/// Which schools are this process's at the moment.
pub type Ours = Box<dyn Fn(&SchoolId) -> bool + Send + Sync>;

/// Erases each night, until it is told to stop.
pub fn start(
    journal: Journal,
    board_url: String,
    schools: Vec<Arc<School>>,
    ours: Ours,
    clock: SharedClock,
    stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    let task = tokio::spawn(async move {
        loop {
            let now = clock.now();
            let at = schools.iter().map(|school| next(&school.zone, now)).min().unwrap_or(Timestamp::MAX);
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(at) => {}
            }
            let now = clock.now();
            let is_time =
                |school: &&Arc<School>| next(&school.zone, at - 1.second()) == at && ours(&school.id);
            for school in schools.iter().filter(is_time) {
                night(&journal, &board_url, school, now).await;
            }
        }
    });
    Box::pin(async move {
        // A panic in it is a bug that its own hook has told.
        let _ = task.await;
    })
}

/// One that fails is told, and tried again the next night.
async fn night(journal: &Journal, board_url: &str, school: &School, now: Timestamp) {
    let done = match Db::open(board_url).await {
        Ok(db) => {
            let done = clean(journal, &db, school, now).await;
            db.close().await;
            done
        }
        Err(fault) => Err(fault.to_string()),
    };
    match done {
        Ok(lines) => tracing::info!(school = %school.id, "what was due is erased: {}", lines.join("; ")),
        Err(why) => {
            metrics::counter!("homeward_retain_faults_total").increment(1);
            tracing::error!(school = %school.id, why, "HW-R1 what was due could not be erased: it is tried again tomorrow");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CHECK-3: once each night, on the nights of both clock changes too.
    #[test]
    fn it_is_time_once_each_night_through_both_clock_changes() {
        let zone = SchoolZone::parse("Europe/London").expect("a zone");
        for (from, expected) in [
            ("2026-03-28T12:00:00Z", ["2026-03-29T02:30:00Z", "2026-03-30T02:30:00Z"]),
            ("2026-10-24T12:00:00Z", ["2026-10-25T03:30:00Z", "2026-10-26T03:30:00Z"]),
        ] {
            let first = next(&zone, from.parse().expect("an instant"));
            let second = next(&zone, first);
            assert_eq!([first, second].map(|at| at.to_string()), expected);
        }
    }
}
