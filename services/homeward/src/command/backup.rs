//! `backup` and `restore`.

use std::path::{Path, PathBuf};

use board::Db;
use chassis::backup::{self, Depth, Held};
use chassis::journal::Journal;
use chassis::lease::{self, Slot};
use clap::Args;
use jiff::Timestamp;
use proto::topics::ServiceName;

use super::say;
use crate::config::Config;

/// How a back-up's name begins and ends; between them stands when it was made.
const NAME: (&str, &str) = ("homeward-", ".backup");

#[derive(Args, Debug)]
pub(super) struct Backup {
    /// The folder that it is written into. Keep copies on another machine.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// How many back-ups to keep there; older ones are deleted once this one is whole.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

#[derive(Args, Debug)]
pub(super) struct Restore {
    /// The back-up.
    file: PathBuf,
}

/// In the data folder: written when a back-up was whole.
const LAST: &str = "last-backup";

/// When the last back-up was whole, as far as this data folder knows.
pub(crate) fn last(data_dir: &Path) -> Option<Timestamp> {
    std::fs::read_to_string(data_dir.join(LAST)).ok()?.trim().parse().ok()
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> Result<(), String> {
        let began = Timestamp::now();
        self.make(config).await.map_err(|why| format!("HW-D6 the back-up failed: {why}"))?;
        // A back-up is as old as what is in it. Whoever may not write there knows by the file itself.
        if let Err(error) = std::fs::write(config.data_dir.join(LAST), format!("{began}\n")) {
            say(&format!("{}/{LAST} could not be written: {error}", config.data_dir.display()));
        }
        Ok(())
    }

    async fn make(self, config: &Config) -> Result<(), String> {
        let of = |what: &Path| {
            let what = what.display().to_string();
            move |error: std::io::Error| format!("{what}: {error}")
        };
        std::fs::create_dir_all(&self.to).map_err(of(&self.to))?;
        let made = Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
        let file = self.to.join(format!("{}{made}{}", NAME.0, NAME.1));
        let part = file.with_extension("part");
        own_file(&part).map_err(of(&part))?;
        let held = write(config, &part).await.inspect_err(|_| discard(&part))?;
        let synced = std::fs::File::open(&part).and_then(|part| part.sync_all());
        synced.and_then(|()| std::fs::rename(&part, &file)).map_err(of(&file))?;
        std::fs::File::open(&self.to).and_then(|folder| folder.sync_all()).map_err(of(&self.to))?;
        say(&format!("{}: {} journals, {} entries", file.display(), held.journals, held.entries));
        say("The installation's secret.key is not in it: keep a copy of that apart.");
        if let Some(keep) = self.keep {
            self.drop_older(usize::from(keep)).map_err(of(&self.to))?;
        }
        said_of(&held)
    }

    fn drop_older(&self, keep: usize) -> std::io::Result<()> {
        let mut names = Vec::new();
        for found in std::fs::read_dir(&self.to)? {
            let name = found?.file_name().to_string_lossy().into_owned();
            if name.starts_with(NAME.0) && name.ends_with(NAME.1) {
                names.push(name);
            }
        }
        names.sort();
        let older = names.len().saturating_sub(keep);
        names.iter().take(older).try_for_each(|name| std::fs::remove_file(self.to.join(name)))
    }
}

/// Writes it, and reads it back: what is not whole is said.
async fn write(config: &Config, part: &Path) -> Result<Held, String> {
    let into = format!("sqlite:{}", part.display());
    backup::back_up(&config.journal_url, &into).await.map_err(|fault| fault.to_string())?;
    Db::back_up(&config.board_url, &into).await.map_err(|fault| fault.to_string())?;
    let held = look_through(&into).await?;
    backup::seal(&into).await.map_err(|error| error.to_string())?;
    Ok(held)
}

/// A file that nobody else may read: names and numbers are in it.
pub(super) fn own_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

fn discard(part: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        // What isn't there need not go.
        let _ = std::fs::remove_file(format!("{}{end}", part.display()));
    }
}

async fn look_through(url: &str) -> Result<Held, String> {
    let journal = Journal::open(url).await.map_err(|fault| fault.to_string())?;
    let held = backup::look_through(&journal, Depth::All).await;
    journal.close().await;
    held.map_err(|fault| fault.to_string())
}

fn said_of(held: &Held) -> Result<(), String> {
    held.broken.iter().for_each(|link| say(&format!("BROKEN: {link}")));
    held.loose.iter().for_each(|loose| say(&format!("HW-J1: {loose}")));
    match (held.broken.is_empty(), held.loose.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err("journals do not hold: see infra/runbooks/HW-J3.md".into()),
        (true, false) => Err("the journals do not fit each other: see infra/runbooks/HW-J1.md".into()),
    }
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> Result<(), String> {
        let text = |fault: &dyn std::fmt::Display| fault.to_string();
        std::fs::create_dir_all(&config.data_dir).map_err(|error| text(&error))?;
        let services: Vec<_> = ServiceName::ALL.into_iter().filter(|s| *s != ServiceName::Board).collect();
        let lease = lease::acquire(&config.journal_url, &services, Slot::all()).await;
        let lease = lease.map_err(|fault| format!("stop Homeward first: {fault}"))?;
        if Db::has_log_ins(&config.board_url).await.map_err(|fault| text(&fault))? {
            return Err("the board's database has log-ins already: restore into an empty place".into());
        }
        // A copy of it, since reading may bring its tables up to date.
        let copy = config.data_dir.join(format!("restoring-{}.tmp", std::process::id()));
        let copied = own_file(&copy).and_then(|()| std::fs::copy(&self.file, &copy));
        copied.map_err(|error| format!("{}: {error}", self.file.display()))?;
        let restored = from_copy(config, &copy).await;
        discard(&copy);
        let held = restored?;
        drop(lease);
        say(&format!("Restored {} journals, {} entries: they hold.", held.journals, held.entries));
        if !config.data_dir.join("secret.key").exists() {
            say(&format!(
                "secret.key is not in {}: put its copy there before you start. Without it links, phones' passwords and duress \
                 words are new ones.",
                config.data_dir.display()
            ));
        }
        say(
            "What was recorded after the back-up is not in it: go by infra/runbooks/HW-J1.md before you start Homeward.",
        );
        Ok(())
    }
}

async fn from_copy(config: &Config, copy: &Path) -> Result<Held, String> {
    let from = format!("sqlite:{}", copy.display());
    let found = look_through(&from).await?;
    if !found.broken.is_empty() {
        return said_of(&found).map(|()| found);
    }
    backup::restore(&from, &config.journal_url).await.map_err(|fault| {
        format!("{fault}: restore into an empty place, and keep what is there until all is well")
    })?;
    Db::restore(&from, &config.board_url).await.map_err(|fault| fault.to_string())?;
    let held = look_through(&config.journal_url).await?;
    // Journals that did not fit each other when it was made don't now: whoever has heard too much says so once it is started.
    said_of(&held).map(|()| held)
}
