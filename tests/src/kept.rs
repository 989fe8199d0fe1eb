//! Events as this release writes them, kept for those to come: `make old-events` gathers them from every story.

use std::path::{Path, PathBuf};

use chassis::entry::Entry;
use proto::topics::ServiceName;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An event that a story told.
#[derive(Serialize, Deserialize, Debug)]
pub struct Kept {
    /// Who told it.
    pub service: ServiceName,
    /// Its kind.
    pub kind: String,
    /// Its fields, as they stand in the journal and on the bus.
    pub data: Box<RawValue>,
}

/// Where `KEEP_EVENTS=FOLDER` asks for it: of each kind the longest event that any story told, as a line of JSON in a file of its own. (Stories run
/// beside each other: of two that write at once either may be kept.)
pub(crate) fn keep(entry: &Entry, data: &RawValue) {
    let Ok(folder) = std::env::var("KEEP_EVENTS") else { return };
    let kept = Kept { service: entry.service, kind: entry.kind.clone(), data: data.to_owned() };
    let line = serde_json::to_string(&kept).expect("it is JSON") + "\n";
    let file = Path::new(&folder).join(format!("{}.{}", entry.service, entry.kind));
    if std::fs::metadata(&file).is_ok_and(|kept| kept.len() >= line.len() as u64) {
        return;
    }
    let new = Path::new(&folder).join(format!("{}.{}.{}.new", entry.service, entry.kind, std::process::id()));
    std::fs::write(&new, line).expect("the folder can be written to");
    std::fs::rename(&new, &file).expect("it is there");
}

/// All events that earlier releases kept, with the file in which each stands.
///
/// # Panics
/// If there are none, or one is no line of JSON.
pub fn events() -> Vec<(PathBuf, Kept)> {
    let mut events = Vec::new();
    for file in in_old_journals("jsonl") {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        events.extend(text.lines().map(|line| (file.clone(), read(line))));
    }
    events
}

/// Back-ups that earlier releases made.
///
/// # Panics
/// If there are none.
pub fn backups() -> Vec<PathBuf> {
    in_old_journals("backup")
}

fn in_old_journals(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("old-journals");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("it is there").flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == ending));
    files.sort();
    assert!(!files.is_empty(), "tests/old-journals has none");
    files
}
