//! The machine: its files, its disk, its clock.

use std::path::{Path, PathBuf};

use chassis::clock::APART;
use chassis::journal::Journal;
use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::command::backup;
use crate::config::Config;

/// Less free room than this, and somebody should look.
pub(super) const LITTLE: u64 = 1 << 30;

/// Less than this, and commits will soon fail.
pub(super) const TOO_LITTLE: u64 = 100 << 20;

/// A back-up that is older than this is no longer made each hour, or each night.
const OLD: SignedDuration = SignedDuration::from_hours(26);

/// The installation's secret is there, and nobody else's to read.
pub(super) fn secret(config: &Config) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt;
    let path = config.data_dir.join("secret.key");
    let found = match std::fs::metadata(&path) {
        Ok(about) if about.len() != 32 => {
            let remedy = "put its copy there; a new one makes links, phones' passwords and duress words void";
            Finding::wrong("secret", "HW-F2", format!("{} is damaged", path.display()), remedy)
        }
        Ok(about) if about.permissions().mode() & 0o077 != 0 => {
            let remedy = format!("chmod 600 {}", path.display());
            Finding::look("secret", "HW-F2", "others on this machine may read secret.key", remedy)
        }
        Ok(_) => Finding::well("secret", "is there, and its owner's alone: keep a copy apart from the data"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let remedy =
                "at a first start Homeward makes it; after a restore put its copy there before you start";
            Finding::look("secret", "HW-F2", format!("there is no {}", path.display()), remedy)
        }
        Err(error) => Finding::wrong(
            "secret",
            "HW-F2",
            format!("{}: {error}", path.display()),
            "run this as Homeward's own user",
        ),
    };
    vec![found]
}

/// How much room the data has.
pub(super) fn disk(config: &Config) -> Finding {
    match free(&config.data_dir) {
        Ok(bytes) => judged(bytes),
        Err(error) => Finding::look(
            "disk",
            "HW-D4",
            format!("can't be looked at: {error}"),
            "run this as Homeward's own user",
        ),
    }
}

pub(super) fn judged(bytes: u64) -> Finding {
    let room = format!("{} MiB are free where the data is", bytes >> 20);
    if bytes < TOO_LITTLE {
        Finding::wrong("disk", "HW-D4", room, "make room now: nothing can be stored on a full disk")
    } else if bytes < LITTLE {
        Finding::look("disk", "HW-D4", room, "make room soon")
    } else {
        Finding::well("disk", room)
    }
}

/// When the last back-up was whole.
pub(super) fn backup(config: &Config, now: Timestamp) -> Finding {
    let remedy = "the log of homeward-backup says why; infra/runbooks/back-up.md has how to make one by hand";
    match backup::last(&config.data_dir) {
        None => Finding::look(
            "back-up",
            "HW-D6",
            "none was made by `homeward backup` for this data folder",
            remedy,
        ),
        Some(at) if now.duration_since(at) > OLD => {
            Finding::look("back-up", "HW-D6", format!("the last one that was whole is of {at}"), remedy)
        }
        Some(at) => {
            Finding::well("back-up", format!("the last one is of {at}: keep copies on another machine"))
        }
    }
}

/// The bytes that are free for us on the disk of a folder (or of what it will stand in).
pub(crate) fn free(folder: &Path) -> std::io::Result<u64> {
    let mut at: PathBuf =
        if folder.is_absolute() { folder.to_owned() } else { std::env::current_dir()?.join(folder) };
    while !at.exists() && at.pop() {}
    let about = rustix::fs::statvfs(&at)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Whether the clock can be trusted: by the journal, by the database's machine, by the system's time service.
pub(super) async fn clock(config: &Config) -> Finding {
    let remedy = "`timedatectl`: set it, and have a time service keep it: every due time goes by it";
    let now = Timestamp::now();
    if let Some((at, of)) = newest_entry(config).await
        && at.duration_since(now) > APART
    {
        let found = format!(
            "{of} recorded something at {at}, and now it is {now}: it was ahead then, or is behind now"
        );
        return Finding::wrong("clock", "HW-C2", found, remedy);
    }
    if let Some(theirs) = database_clock(config).await {
        let apart = theirs.duration_since(Timestamp::now());
        if apart.abs() > APART {
            let found = format!("the database's machine is {} s away from this one's clock", apart.as_secs());
            return Finding::wrong("clock", "HW-C2", found, remedy);
        }
    }
    match kept_by_a_time_service().await {
        Some(false) => Finding::look("clock", "HW-C2", "no time service keeps it: it will drift", remedy),
        Some(true) => Finding::well("clock", format!("is kept by a time service; {now}")),
        None => Finding::well(
            "clock",
            format!("{now} in UTC: compare it with another (no time service could be asked)"),
        ),
    }
}

async fn newest_entry(config: &Config) -> Option<(Timestamp, proto::topics::ServiceName)> {
    let journal = super::journals::open(&config.journal_url).await.ok()?;
    let mut newest = None;
    for service in proto::topics::ServiceName::ALL {
        for school in journal.schools(service).await.ok()? {
            let head = journal.begin(service, &school).await.ok()?;
            let entry = journal.read(service, &school, head.seq.max(1), 1).await.ok()?;
            newest = newest.max(entry.first().map(|entry| (entry.recorded_at, service)));
        }
    }
    journal.close().await;
    newest
}

async fn database_clock(config: &Config) -> Option<Timestamp> {
    let journal: Journal = super::journals::open(&config.journal_url).await.ok()?;
    let clock = journal.clock().await.ok().flatten();
    journal.close().await;
    clock
}

/// What systemd says; none where it can't be asked.
async fn kept_by_a_time_service() -> Option<bool> {
    let asked = tokio::process::Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .kill_on_drop(true)
        .output();
    let said = tokio::time::timeout(std::time::Duration::from_secs(3), asked).await.ok()?.ok()?;
    match String::from_utf8_lossy(&said.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
