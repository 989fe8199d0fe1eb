//! Back-ups: one cut of all journals while they are written, into either database, and what follows a restore.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chassis::backup::{self, BackupFault, Depth, Held, TABLES, look_through};
use chassis::engine::{Heard, Listener};
use chassis::entry::{Chain, Draft};
use chassis::journal::{Append, Cursor, Journal, Quarantined};
use chassis::testing::postgres::Postgres;
use proto::envelope::{Actor, Head};
use proto::ids::SchoolId;
use proto::topics::ServiceName::{self, Alerts, Checkins, Trips};
use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;

/// Entries that are there before a back-up begins: reading them takes a while.
const BEFORE: u64 = 3_000;

/// Back-ups that are taken while everything is written.
const TAKEN: usize = 4;

fn schools() -> [SchoolId; 2] {
    ["elmfield", "oakdale"].map(|school| school.parse().expect("slug"))
}

fn now() -> proto::Timestamp {
    "2026-11-20T09:30:00.123Z".parse().expect("time")
}

fn draft(number: u64) -> Draft {
    Draft {
        recorded_at: now(),
        kind: "CheckedIn".into(),
        data: format!(r#"{{"number":{number},"by":{{"$personal":"Ada"}}}}"#),
        cause: Uuid::from_u128(number.into()),
        correlation: Uuid::from_u128(2),
        actor: Actor::Service(Trips),
        trip: None,
        traceparent: None,
    }
}

fn sqlite(dir: &Path, name: &str) -> String {
    format!("sqlite:{}", dir.join(name).display())
}

/// Trips of a school, and checkins, which hears each of its entries.
struct Pair {
    trips: Chain,
    checkins: Chain,
}

impl Pair {
    async fn begin(journal: &Journal, school: &SchoolId) -> Self {
        let begin = |service| journal.begin(service, school);
        Self { trips: begin(Trips).await.expect("begins"), checkins: begin(Checkins).await.expect("begins") }
    }

    /// Trips tells something; once that is committed, checkins has heard it: as two processes would.
    async fn go_on(&mut self, journal: &Journal, count: u64) {
        let after = self.trips.seq;
        let entries: Vec<_> = (0..count).map(|n| self.trips.next(draft(after + n + 1), [7; 16])).collect();
        journal.append(vec![append(&self.trips, after, entries, vec![])]).await.expect("stored");
        let heard = Cursor {
            producer: Trips,
            listener_version: 1,
            epoch: self.trips.epoch,
            seq: self.trips.seq,
            hash: self.trips.hash,
        };
        let after = self.checkins.seq;
        let entry = self.checkins.next(draft(after + 1), [9; 16]);
        journal.append(vec![append(&self.checkins, after, vec![entry], vec![heard])]).await.expect("stored");
    }
}

fn append(chain: &Chain, after: u64, entries: Vec<chassis::entry::Entry>, cursors: Vec<Cursor>) -> Append {
    Append {
        service: chain.service,
        school: chain.school.clone(),
        after,
        entries: Arc::new(entries),
        cursors,
    }
}

async fn opened(url: &str) -> Journal {
    Journal::open(url).await.expect("opens")
}

async fn looked_through(url: &str) -> Held {
    let journal = opened(url).await;
    let held = look_through(&journal, Depth::All).await.expect("it can be read");
    let end = look_through(&journal, Depth::Newest(5)).await.expect("it can be read");
    assert_eq!((end.journals, &end.loose), (held.journals, &held.loose));
    journal.close().await;
    held
}

/// Heads by service and school: number and hash.
async fn heads(url: &str) -> BTreeMap<(ServiceName, SchoolId), (u64, proto::envelope::Hash, Uuid)> {
    let journal = opened(url).await;
    let mut heads = BTreeMap::new();
    for service in ServiceName::ALL {
        for school in journal.schools(service).await.expect("lists") {
            let head = journal.verify(service, &school).await.expect("holds").head;
            heads.insert((service, school), (head.seq, head.hash, head.epoch));
        }
    }
    journal.close().await;
    heads
}

async fn is_one_cut(url: &str, dir: &Path) {
    let journal = opened(url).await;
    let mut pairs = Vec::new();
    for school in schools() {
        let mut pair = Pair::begin(&journal, &school).await;
        pair.go_on(&journal, BEFORE).await;
        pairs.push(pair);
    }
    let done = Arc::new(AtomicBool::new(false));
    let (writes, until) = (journal.clone(), Arc::clone(&done));
    let writer = tokio::spawn(async move {
        let mut rounds = 0;
        while !until.load(Ordering::Relaxed) {
            for pair in &mut pairs {
                pair.go_on(&writes, 1).await;
            }
            rounds += 1;
        }
        rounds
    });
    let mut seen = Vec::new();
    for number in 0..TAKEN {
        let file = sqlite(dir, &format!("cut-{number}"));
        let entries = backup::back_up(url, &file).await.expect("backed up");
        let held = looked_through(&file).await;
        assert!(held.is_whole(), "{:?} {:?}", held.broken, held.loose);
        assert_eq!((held.journals, held.entries), (4, entries));
        seen.push(entries);
    }
    done.store(true, Ordering::Relaxed);
    assert!(writer.await.expect("no panic") > 0);
    assert!(seen.first() < seen.last(), "it was written all the while: {seen:?}");
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_while_everything_is_written_is_one_cut() {
    let (dir, postgres) = (tempfile::tempdir().expect("a folder"), Postgres::start());
    is_one_cut(&sqlite(dir.path(), "journal"), dir.path()).await;
    let dir = tempfile::tempdir().expect("a folder");
    is_one_cut(&postgres.database("cut"), dir.path()).await;
}

async fn comes_back(from: &str, to: &str, dir: &Path) {
    let journal = opened(from).await;
    let [elmfield, oakdale] = schools();
    for school in [&elmfield, &oakdale] {
        Pair::begin(&journal, school).await.go_on(&journal, 300).await;
    }
    assert_eq!(journal.blank(Trips, &elmfield, &[1, 2]).await.expect("blanked"), 2);
    journal.mark_alive(Trips, now()).await.expect("marked");
    let bad = Quarantined {
        at: now(),
        service: Alerts,
        source: "a/topic".into(),
        reason: "no JSON".into(),
        payload: vec![0, 1, 255],
    };
    journal.quarantine_put(&bad).await.expect("kept");
    journal.close().await;
    let file = sqlite(dir, "file");
    backup::back_up(from, &file).await.expect("backed up");
    assert_eq!(backup::restore(&file, to).await.expect("restored"), 602);

    let (before, after) = (heads(from).await, heads(to).await);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (of, (seq, hash, epoch)) in &before {
        let (seq_now, hash_now, epoch_now) = after[of];
        assert_eq!((*seq, *hash), (seq_now, hash_now), "{of:?}");
        assert_ne!(*epoch, epoch_now, "{of:?}: who heard more must notice");
    }
    assert!(looked_through(to).await.is_whole(), "cursors follow the new epochs");
    let (old, restored) = (opened(from).await, opened(to).await);
    for (service, school) in before.keys() {
        let all =
            |journal: Journal| async move { journal.read(*service, school, 0, 1_000).await.expect("reads") };
        assert_eq!(all(old.clone()).await, all(restored.clone()).await);
    }
    assert_eq!(restored.verify(Trips, &elmfield).await.expect("holds").blanked, 2);
    assert_eq!(restored.last_alive(Trips).await.expect("reads"), old.last_alive(Trips).await.expect("reads"));
    assert_eq!(restored.quarantine_list(9).await.expect("reads"), [bad]);
    // Somebody who heard more of it stands outside.
    let known = old.begin(Trips, &oakdale).await.expect("is there");
    let heard = Heard { epoch: Some(known.epoch), seq: known.seq, hash: known.hash };
    let head = restored.begin(Trips, &oakdale).await.expect("is there");
    let told = Head { epoch: head.epoch, sequence: head.seq, hash: head.hash, at: now(), blankings: 0 };
    let mut listener = Listener::new([(Trips, heard)]);
    listener.head(Trips, &told, false).expect_err("it is another journal now");
    // And it goes on from there.
    Pair::begin(&restored, &oakdale).await.go_on(&restored, 1).await;
    old.close().await;
    restored.close().await;

    let again = backup::restore(&file, to).await;
    assert!(matches!(again, Err(BackupFault::NotEmpty(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_is_what_was_backed_up_in_either_database() {
    let postgres = Postgres::start();
    let places = |dir: &Path| {
        let name = dir.file_name().expect("it has one").to_string_lossy().to_lowercase().replace('.', "d");
        [
            sqlite(dir, "one"),
            postgres.database(&format!("one{name}")),
            sqlite(dir, "two"),
            postgres.database(&format!("two{name}")),
        ]
    };
    for (from, to) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
        let dir = tempfile::tempdir().expect("a folder");
        let places = places(dir.path());
        comes_back(&places[from], &places[to], dir.path()).await;
    }
}

/// A cut of a service alone is told from a whole one.
#[tokio::test]
async fn a_journal_that_lacks_what_others_have_heard_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let url = sqlite(dir.path(), "journal");
    let journal = opened(&url).await;
    let [elmfield, _] = schools();
    Pair::begin(&journal, &elmfield).await.go_on(&journal, 5).await;
    journal.close().await;
    let mut by_hand = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    sqlx::query("DELETE FROM entry WHERE service = 'trips' AND seq = 5")
        .execute(&mut by_hand)
        .await
        .expect("runs");
    by_hand.close().await.expect("closes");
    let held = looked_through(&url).await;
    assert!(held.broken.is_empty(), "the chain itself holds: {:?}", held.broken);
    let [loose] = held.loose.as_slice() else { panic!("{:?}", held.loose) };
    assert_eq!((loose.listener, loose.producer, loose.seq), (Checkins, Trips, 5));
}

/// A table or column that somebody adds is in a back-up, or is left out by name.
#[tokio::test]
async fn every_table_and_column_is_copied_or_left_out_by_name() {
    const LEFT_OUT: [&str; 3] = ["snapshot", "blanking", "_sqlx_migrations"];
    let dir = tempfile::tempdir().expect("a folder");
    let url = sqlite(dir.path(), "journal");
    opened(&url).await.close().await;
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    let text = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let names: Vec<String> = sqlx::query_scalar(text).fetch_all(&mut connection).await.expect("lists");
    for name in names.iter().filter(|name| !LEFT_OUT.contains(&name.as_str())) {
        let table = TABLES.iter().find(|table| table.name == *name);
        let table = table.unwrap_or_else(|| panic!("no back-up holds the table {name}"));
        // A number that the database gives is given anew.
        let text = format!("SELECT name FROM pragma_table_info('{name}') WHERE name <> 'id' ORDER BY cid");
        let columns: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut connection).await.expect("lists");
        assert_eq!(table.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), columns, "{name}");
    }
}
