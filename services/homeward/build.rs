//! Numbers the release: whatever the state of a service may depend on (our sources, the versions of dependencies) changes
//! the number, and with it which snapshots are read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = given("CARGO_MANIFEST_DIR")?.join("../..");
    let mut files = vec![root.join("Cargo.lock")];
    println!("cargo::rerun-if-changed={}", files[0].display());
    for folder in source_folders(&root)? {
        println!("cargo::rerun-if-changed={}", folder.display());
        sources(&folder, &mut files)?;
    }
    files.sort();
    let mut number = Fnv::new();
    for file in files {
        number.add(&fs::read(&file)?);
    }
    fs::write(given("OUT_DIR")?.join("release.rs"), format!("{}_u32", number.folded()))
}

/// A folder that cargo names when this runs: this program may have been built for another checkout.
fn given(name: &str) -> io::Result<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The contract's sources, and those of every service.
fn source_folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![root.join("proto/src")];
    for service in fs::read_dir(root.join("services"))? {
        folders.push(service?.path().join("src"));
    }
    folders.retain(|folder| folder.is_dir());
    Ok(folders)
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

/// FNV-1a, 64 bits: nobody gains anything by a collision.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn folded(&self) -> u32 {
        (self.0 >> 32) as u32 ^ self.0 as u32
    }
}
