//! A back-up's file with a row that nobody of ours wrote: looking through it and restoring it say what is wrong or go on; what was restored
//! holds as much as the file did. The input: lines: service, school, number, kind, facts, personal part, what is sealed, then a
//! cursor's producer and number, and its epoch and hash in hexadecimal.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use chassis::backup::{Depth, look_through, restore};
use chassis::journal::Journal;
use libfuzzer_sys::fuzz_target;
use sqlx::{Connection, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// An empty file with the tables of this release, in memory.
static EMPTY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("empty.sqlite");
    RUNTIME.block_on(async {
        Journal::open(&url(&path)).await.expect("a journal").close().await;
        chassis::backup::seal(path.to_str().expect("a text")).await.expect("is sealed");
    });
    std::fs::read(&path).expect("is there")
});

fn url(path: &PathBuf) -> String {
    format!("sqlite:{}", path.display())
}

async fn put(path: &PathBuf, lines: &[&str]) -> Result<(), sqlx::Error> {
    let line = |n: usize| lines.get(n).copied().unwrap_or_default();
    let personal = Some(line(5)).filter(|text| !text.is_empty());
    let mut file = SqliteConnection::connect(&url(path)).await?;
    sqlx::query("INSERT INTO journal (service, school, epoch) VALUES ($1, $2, randomblob(16))")
        .bind(line(0))
        .bind(line(1))
        .execute(&mut file)
        .await?;
    sqlx::query("INSERT INTO entry (service, school, seq, kind, facts, personal, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(line(0))
        .bind(line(1))
        .bind(line(2).parse::<i64>().unwrap_or(1))
        .bind(line(3))
        .bind(line(4))
        .bind(personal)
        .bind(line(6))
        .execute(&mut file)
        .await?;
    let bytes = |text: &str| -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .filter_map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
            .collect()
    };
    sqlx::query("INSERT INTO cursor (service, school, producer, listener_version, epoch, seq, hash) VALUES ($1, $2, $3, 1, $4, $5, $6)")
        .bind(line(0))
        .bind(line(1))
        .bind(line(7))
        .bind(bytes(line(9)))
        .bind(line(8).parse::<i64>().unwrap_or(0))
        .bind(bytes(line(10)))
        .execute(&mut file)
        .await?;
    file.close().await
}

/// How many entries its chains hold, how many don't hold; none where it can't be looked through.
async fn held(path: &PathBuf) -> Option<(u64, usize)> {
    let journal = Journal::open(&url(path)).await.ok()?;
    let held = look_through(&journal, Depth::All).await.ok();
    let newest = look_through(&journal, Depth::Newest(3)).await.ok();
    journal.close().await;
    assert_eq!(held.is_some(), newest.is_some());
    let held = held?;
    assert!(held.broken.iter().all(|link| !link.to_string().is_empty()));
    Some((held.entries, held.broken.len()))
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    let dir = tempfile::tempdir_in("/dev/shm").expect("a folder");
    let (file, into) = (dir.path().join("file.sqlite"), dir.path().join("into.sqlite"));
    std::fs::write(&file, &*EMPTY).expect("is written");
    RUNTIME.block_on(async {
        if put(&file, &lines).await.is_err() {
            return;
        }
        let before = held(&file).await;
        match restore(
            file.to_str().map(|path| format!("sqlite:{path}")).expect("a text").as_str(),
            &url(&into),
        )
        .await
        {
            Ok(_) => assert_eq!(held(&into).await, before, "{text:?}"),
            Err(why) => assert!(why.to_string().len() > 5),
        }
    });
});
