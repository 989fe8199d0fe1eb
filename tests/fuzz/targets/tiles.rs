//! A file of tiles, whatever stands in it: it is one or it isn't, and a picture of it is no longer than the file unless that is packed.
//! The input: the tile that is asked for, then the file.
#![no_main]

use std::io::Write as _;
use std::sync::LazyLock;

use board::fuzzing::tile;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

fuzz_target!(|data: &[u8]| {
    let Some(([z, x, y], file)) = data.split_first_chunk::<3>() else { return };
    let mut kept = tempfile::NamedTempFile::new().expect("a file");
    kept.write_all(file).expect("is written");
    let (z, x, y) = (z % 32, u32::from(*x), u32::from(*y));
    let Some((deepest, picture)) = RUNTIME.block_on(tile(kept.path(), z, x, y)) else { return };
    // A file that says that it goes deeper than any map does has no more of it.
    let _ = deepest;
    assert!(picture.is_none_or(|bytes| bytes.len() <= file.len()));
});
