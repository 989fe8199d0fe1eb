//! The databases, and the journals in them.

use std::path::Path;

use board::Db;
use chassis::backup::{Depth, look_through};
use chassis::journal::Journal;
use proto::topics::ServiceName;

use super::Finding;
use crate::config::Config;

/// How many of the newest entries of each journal are followed: `homeward verify` follows all.
const NEWEST: u64 = 500;

/// Entries beyond a snapshot that a start reads in about a second.
const MANY: u64 = 250_000;

/// Opens what is there: nothing is made by looking.
pub(super) async fn open(url: &str) -> Result<Journal, String> {
    refuse_missing(url)?;
    Journal::open(url).await.map_err(|fault| fault.to_string())
}

/// A file that isn't there is not made by looking.
fn refuse_missing(url: &str) -> Result<(), String> {
    match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
        Some(path) if !Path::new(path).exists() => Err(format!("there is no file {path} yet")),
        Some(_) | None => Ok(()),
    }
}

/// The database of the journals, the newest part of each, and how quickly a start would be done.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let remedy = "is the database up, is the address right, may its user make schemas? At a first start Homeward makes its file";
    let journal = match open(&config.journal_url).await {
        Ok(journal) => journal,
        Err(why) => return vec![Finding::wrong("database", "HW-D1", why, remedy)],
    };
    let mut findings = vec![Finding::well("database", "of the journals answers, and syncs what it commits")];
    match look_through(&journal, Depth::Newest(NEWEST)).await {
        Ok(held) => {
            for link in &held.broken {
                let remedy = "keep a copy of the database, then `homeward verify`";
                findings.push(Finding::wrong("journals", "HW-J3", link.to_string(), remedy));
            }
            for loose in &held.loose {
                let remedy = "journals and cursors are from different moments: restore all from one back-up";
                findings.push(Finding::wrong("journals", "HW-J1", loose.to_string(), remedy));
            }
            if held.is_whole() {
                let found = format!(
                    "{} hold, by their newest {} entries, and fit each other",
                    held.journals, held.entries
                );
                findings.push(Finding::well("journals", found));
            }
            findings.push(snapshots(&journal).await);
        }
        Err(fault) => findings.push(Finding::wrong("journals", "HW-D1", fault.to_string(), remedy)),
    }
    journal.close().await;
    findings
}

async fn snapshots(journal: &Journal) -> Finding {
    let mut to_read = 0;
    for service in ServiceName::ALL {
        for school in journal.schools(service).await.unwrap_or_default() {
            let head = journal.begin(service, &school).await.map(|head| head.seq).unwrap_or_default();
            let snapshot = journal.snapshot_get(service, &school, crate::RELEASE).await.ok().flatten();
            to_read += head.saturating_sub(snapshot.map_or(0, |snapshot| snapshot.seq));
        }
    }
    let found = format!("a start would read {to_read} entries");
    if to_read > MANY {
        let why =
            "a new release reads everything once, which takes seconds; otherwise see why no snapshot is kept";
        Finding::look("snapshots", "HW-D5", found, why)
    } else {
        Finding::well("snapshots", found)
    }
}

/// The database of log-ins.
pub(super) async fn board(config: &Config) -> Finding {
    let looked = match refuse_missing(&config.board_url) {
        Ok(()) => Db::has_log_ins(&config.board_url).await.map_err(|fault| fault.to_string()),
        Err(missing) => Err(missing),
    };
    match looked {
        Ok(true) => Finding::well("log-ins", "their database answers"),
        Ok(false) => Finding::look(
            "log-ins",
            "HW-D2",
            "nobody can log in yet",
            "`homeward init` makes the first administrator",
        ),
        Err(why) => Finding::wrong(
            "log-ins",
            "HW-D2",
            why,
            "is the database up? At a first start Homeward makes its file",
        ),
    }
}
