//! The disk under a process of the binary, or under the database, when it fills, fails to sync, or loses power: a small library that
//! stands before the C library in that process (`tests/shims/disk.c`). No rights are needed for it, so that no machine has to go without.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command as Program;

use proto::topics::ServiceName;

use crate::home::Plan;
use crate::world::World;

/// What stands before the C library.
const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shims/disk.c");

/// The files of the journal's database, and of the board's.
const FILES: [&str; 4] = ["journal.sqlite", "journal.sqlite-wal", "board.sqlite", "board.sqlite-wal"];

/// What of them was never meant to last.
const SHARED: [&str; 2] = ["journal.sqlite-shm", "board.sqlite-shm"];

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

    /// What a file holds now is what it holds on the disk.
    fn is_synced(&self, name: &str) {
        // There is no list of a file that was never written.
        let _ = std::fs::remove_file(self.folder.join(format!("{name}.pending")));
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

    /// The power is cut at this instant: of what its process had not synced some is there, some is not, some is torn. It starts again on
    /// that, by [`World::comes_back`].
    ///
    /// # Panics
    /// If it is more than one process.
    pub async fn loses_power(&mut self, chance: u64) {
        assert!(matches!(self.home.plan, Plan::Alone(_)), "its only process has the disk");
        self.kills(ServiceName::Trips).await;
        for name in FILES {
            let path = self.dir().join(name);
            // A write-ahead log may not be there.
            if let Ok(bytes) = std::fs::read(&path) {
                let bytes = torn(bytes, &self.disk().pending(name), chance);
                std::fs::write(path, bytes).expect("the world's own folder");
            }
            self.disk().is_synced(name);
        }
        for name in SHARED {
            // What processes shared of it was in memory.
            let _ = std::fs::remove_file(self.dir().join(name));
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
