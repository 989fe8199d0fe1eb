//! The disk under a process of the binary, or under the database, when it fills, fails to sync, or loses power: a small library that
//! stands before the C library in that process (`tests/shims/disk.c`). No rights are needed for it, so that no machine has to go without.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command as Program;

use chassis::journal::Journal;
use proto::topics::ServiceName;
use tokio::time::Instant;

use crate::process::LOOK;
use crate::watch::PATIENCE;
use crate::world::World;

/// What stands before the C library.
const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shims/disk.c");

/// The files of the journal's database.
const FILES: [&str; 2] = ["journal.sqlite", "journal.sqlite-wal"];

/// What is told to the shim, and what it tells.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// One that is told of in this folder; whoever is to be on it must be able to read there.
    ///
    /// # Panics
    /// If the C compiler that Rust links with isn't there.
    pub(crate) fn told_of_in(folder: &Path) -> Self {
        let folder = folder.to_owned();
        let mut compiler = Program::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(folder.join("disk.so")).arg(SHIM);
        let made = compiler.output().expect("cc is installed: Rust links with it");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder }
    }

    /// What a process on it has in its environment.
    pub(crate) fn environment(&self) -> Vec<(String, OsString)> {
        vec![
            ("LD_PRELOAD".to_owned(), self.folder.join("disk.so").into()),
            ("HOMEWARD_TEST_DISK".to_owned(), self.folder.clone().into()),
        ]
    }

    /// Nothing can be written, or it can again.
    pub(crate) fn is_full(&self, so: bool) {
        self.is_now("full", so);
    }

    /// Nothing can be synced, or it can again.
    pub(crate) fn fails_to_sync(&self, so: bool) {
        self.is_now("unsynced", so);
    }

    fn is_now(&self, what: &str, so: bool) {
        let path = self.folder.join(what);
        let done = if so { std::fs::write(path, "") } else { std::fs::remove_file(path) };
        done.expect("the test's own folder");
    }

    /// What was written to a file and not synced since: offsets and lengths.
    fn pending(&self, name: &str) -> Vec<(u64, u64)> {
        let list = std::fs::read(self.folder.join(format!("{name}.pending"))).unwrap_or_default();
        let number = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
        list.chunks_exact(16).map(|pair| (number(&pair[..8]), number(&pair[8..]))).collect()
    }
}

impl World {
    /// The disk under its process, or under its database.
    ///
    /// # Panics
    /// If nothing can go wrong with it.
    pub(crate) fn disk(&self) -> &Disk {
        self.home.disk.as_ref().expect("the story set a frail disk up")
    }

    /// The power is cut at this instant, as a copy of the files sees it: of what was not synced some is there, some is not, some
    /// is torn. Homeward starts on the copy, and serves; the copy holds, and all that was answered before is in it. (The process
    /// itself goes on.)
    pub async fn loses_power(&mut self, chance: u64) {
        let answered = self.door.acknowledged();
        let copy = tempfile::tempdir().expect("a folder");
        self.stands_still().await;
        for name in FILES {
            // A write-ahead log may not be there.
            let Ok(bytes) = std::fs::read(self.dir().join(name)) else { continue };
            let bytes = torn(bytes, &self.disk().pending(name), chance);
            std::fs::write(copy.path().join(name), bytes).expect("the copy is written");
        }
        self.thaws(ServiceName::Trips).await;
        let mut afterwards = self.home.on_files_in(copy.path());
        afterwards.start();
        afterwards.until_it_serves().await;
        afterwards.stop().await;
        let url = format!("sqlite:{}", copy.path().join(FILES[0]).display());
        let journal = Journal::open(&url).await.expect("it can be opened");
        let held = chassis::backup::look_through(&journal, chassis::backup::Depth::All)
            .await
            .expect("it can be read");
        assert!(held.is_whole(), "{held:?}");
        for one in answered {
            let found =
                journal.read(one.service, &one.school, one.sequence, 1).await.expect("it can be read");
            let there = found.first().is_some_and(|entry| entry.cause == one.id.0);
            assert!(there, "{one:?} was answered, and is lost with the power ({chance})");
        }
        journal.close().await;
    }

    /// Its process is stopped, and has stopped.
    async fn stands_still(&mut self) {
        self.freezes(ServiceName::Trips).await;
        let number = self.processes()[0].number().expect("it runs");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let about = std::fs::read_to_string(format!("/proc/{number}/stat")).expect("it runs");
            if about.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
                return;
            }
            assert!(Instant::now() < deadline, "it does not stop: {about}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What is on the disk when the power comes back: each part that was not synced is there, is not (zeros), or half of it is.
fn torn(mut bytes: Vec<u8>, pending: &[(u64, u64)], chance: u64) -> Vec<u8> {
    let mut dice = chance | 1;
    for (offset, length) in pending {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kept = match dice >> 62 {
            0 => *length,
            1 => length / 2,
            _ => 0,
        };
        let end = usize::try_from(offset + length).expect("it fits").min(bytes.len());
        let from = usize::try_from(offset + kept).expect("it fits").min(end);
        bytes[from..end].fill(0);
    }
    bytes
}
