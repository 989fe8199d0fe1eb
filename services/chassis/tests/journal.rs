//! One contract, kept by both databases.

use std::future::Future;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use chassis::entry::{Break, Chain, Draft, Entry};
use chassis::journal::{
    Append, AppendFault, Cursor, Journal, MAX_QUARANTINED, MAX_QUARANTINED_BYTES, MAX_QUARANTINED_TEXT,
    Quarantined, Snapshot, VerifyFault,
};
use chassis::lease::{self, LeaseFault, Slot};
use chassis::testing::postgres::Postgres;
use proto::envelope::{Actor, Hash};
use proto::ids::{SchoolId, TripId};
use proto::topics::ServiceName::{self, Alerts, Checkins, Gateway};
use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;

/// A database of a case's own.
struct Place {
    url: String,
    journal: Journal,
}

impl Place {
    async fn new(url: String) -> Self {
        let journal = Journal::open(&url).await.expect("opens");
        Self { url, journal }
    }

    /// Another hand at the tables of checkins: `{entry}` stands for the table, `{unit}`
    /// for a unit separator.
    async fn by_hand(&self, text: &str) {
        if self.url.starts_with("sqlite:") {
            let text = text.replace("{entry}", "entry").replace("{unit}", "char(31)");
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.expect("connects");
            sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.expect("runs");
        } else {
            let text = text.replace("{entry}", "checkins.entry").replace("{unit}", "chr(31)");
            let mut connection = sqlx::PgConnection::connect(&self.url).await.expect("connects");
            sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await.expect("runs");
        }
    }
}

fn school(name: &str) -> SchoolId {
    name.parse().expect("slug")
}

fn elmfield() -> SchoolId {
    school("elmfield")
}

fn draft(data: impl Into<String>) -> Draft {
    Draft {
        recorded_at: "2026-11-20T09:30:00.123Z".parse().expect("time"),
        kind: "CheckedIn".into(),
        data: data.into(),
        cause: Uuid::from_u128(1),
        correlation: Uuid::from_u128(2),
        actor: Actor::Service(Gateway),
        trip: Some(TripId(Uuid::from_u128(3))),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
    }
}

/// An append of that many new entries, every third with a personal part.
fn append(chain: &mut Chain, count: u64) -> Append {
    let after = chain.seq;
    let entries = (0..count)
        .map(|number| {
            let data = match number % 3 {
                0 => r#"{"people":24,"by":{"$personal":"Ada"}}"#,
                _ => r#"{"people":24}"#,
            };
            let plain = Draft { trip: None, traceparent: None, ..draft(data) };
            chain.next(if number % 2 == 0 { draft(data) } else { plain }, [7; 16])
        })
        .collect();
    Append {
        service: chain.service,
        school: chain.school.clone(),
        after,
        entries: Arc::new(entries),
        cursors: vec![],
    }
}

fn cursor(epoch: u128, seq: u64) -> Cursor {
    Cursor {
        producer: Gateway,
        listener_version: 1,
        epoch: Uuid::from_u128(epoch),
        seq,
        hash: Hash::of(&seq.to_be_bytes()),
    }
}

async fn began(place: &Place, service: ServiceName) -> Chain {
    place.journal.begin(service, &elmfield()).await.expect("begins")
}

async fn count(place: &Place, service: ServiceName) -> usize {
    place.journal.read(service, &elmfield(), 0, 10_000).await.expect("reads").len()
}

async fn broken(place: &Place) -> (u64, Break) {
    match place.journal.verify(Checkins, &elmfield()).await {
        Err(VerifyFault::Broken(link)) => (link.seq, link.why),
        other => panic!("should be broken, is {other:?}"),
    }
}

async fn entries_come_back_as_they_were(place: Place) {
    let mut chain = began(&place, Checkins).await;
    assert_eq!((chain.seq, chain.hash), (0, Hash::ZERO));
    let written = append(&mut chain, 7);
    place.journal.append(vec![written.clone()]).await.expect("stored");
    let all: Vec<Entry> = place.journal.read(Checkins, &elmfield(), 0, 100).await.expect("reads");
    assert_eq!(&all, &*written.entries);
    let some = place.journal.read(Checkins, &elmfield(), 3, 2).await.expect("reads");
    assert_eq!(some, written.entries[2..4]);
    assert_eq!(place.journal.read(Checkins, &elmfield(), 8, 2).await.expect("reads"), []);
    assert_eq!(place.journal.read(Checkins, &elmfield(), 0, 0).await.expect("reads"), []);
    assert_eq!(count(&place, Alerts).await, 0);
    let verified = place.journal.verify(Checkins, &elmfield()).await.expect("holds");
    assert_eq!((verified.entries, verified.blanked, &verified.head), (7, 0, &chain));

    place.journal.close().await;
    let again = Place::new(place.url).await;
    assert_eq!(began(&again, Checkins).await, chain, "the head and the epoch are kept");
}

async fn schools_are_those_with_a_journal(place: Place) {
    for name in ["oakdale", "elmfield"] {
        place.journal.begin(Checkins, &school(name)).await.expect("begins");
    }
    assert_eq!(place.journal.schools(Checkins).await.expect("reads"), [elmfield(), school("oakdale")]);
    assert_eq!(place.journal.schools(Alerts).await.expect("reads"), []);
}

async fn a_batch_of_any_size_is_stored_whole(place: Place) {
    let mut chain = began(&place, Checkins).await;
    for size in [1, 2, 511, 2_311] {
        let batch = append(&mut chain, size);
        place.journal.append(vec![batch]).await.expect("stored");
    }
    assert_eq!(place.journal.verify(Checkins, &elmfield()).await.expect("holds").head, chain);
}

async fn a_new_epoch_keeps_the_head(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 2);
    place.journal.append(vec![batch]).await.expect("stored");
    let renewed = place.journal.new_epoch(Checkins, &elmfield()).await.expect("renews");
    assert_ne!(renewed.epoch, chain.epoch);
    assert_eq!((renewed.seq, renewed.hash), (chain.seq, chain.hash));
    assert_eq!(began(&place, Checkins).await, renewed);
}

async fn cursors_move_with_the_entries_or_not_at_all(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let mut stale = chain.clone();
    let first = Append { cursors: vec![cursor(1, 5)], ..append(&mut chain, 1) };
    place.journal.append(vec![first]).await.expect("stored");
    let fenced = Append { cursors: vec![cursor(1, 9)], ..append(&mut stale, 1) };
    place.journal.append(vec![fenced]).await.expect_err("fenced");
    let cursors = place.journal.cursors(Checkins, &elmfield()).await.expect("reads");
    assert_eq!(cursors, [cursor(1, 5)]);
}

async fn a_cursor_moves_back_only_in_a_new_epoch(place: Place) {
    let chain = began(&place, Checkins).await;
    for (moved, expected) in [((1, 5), (1, 5)), ((1, 4), (1, 5)), ((1, 6), (1, 6)), ((2, 1), (2, 1))] {
        let moved = cursor(moved.0, moved.1);
        let only = Append {
            service: Checkins,
            school: elmfield(),
            after: chain.seq,
            entries: Arc::default(),
            cursors: vec![moved.clone()],
        };
        place.journal.append(vec![only]).await.expect("stored");
        let cursors = place.journal.cursors(Checkins, &elmfield()).await.expect("reads");
        assert_eq!(cursors, [cursor(expected.0, expected.1)], "after {moved:?}");
    }
}

async fn a_writer_that_was_replaced_is_fenced_off(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let mut old = chain.clone();
    let takeover = append(&mut chain, 1);
    place.journal.append(vec![takeover]).await.expect("stored");
    let guilty = AppendFault::Fenced(vec![(Checkins, elmfield())]);
    let unknowing =
        Append { entries: Arc::default(), cursors: vec![cursor(1, 3)], ..append(&mut old.clone(), 0) };
    assert_eq!(
        place.journal.append(vec![unknowing]).await,
        Err(guilty.clone()),
        "cursors alone are fenced too"
    );

    let mut innocent = began(&place, Alerts).await;
    let both = vec![append(&mut innocent, 1), append(&mut old, 2)];
    assert_eq!(place.journal.append(both).await, Err(guilty));
    assert_eq!((count(&place, Checkins).await, count(&place, Alerts).await), (1, 0), "all or nothing");
    assert_eq!(place.journal.cursors(Checkins, &elmfield()).await.expect("reads"), []);
}

async fn of_many_writers_at_once_only_the_guilty_one_fails(place: Place) {
    let mut chains = Vec::new();
    for number in 0..40 {
        let name = school(&format!("school-{number}"));
        chains.push(place.journal.begin(Checkins, &name).await.expect("begins"));
    }
    let mut stale = chains[7].clone();
    let first = append(&mut chains[7], 1);
    place.journal.append(vec![first]).await.expect("stored");
    for _round in 0..5 {
        let guilty = append(&mut stale.clone(), 1);
        let mut all: Vec<Append> = chains.iter_mut().map(|chain| append(chain, 3)).collect();
        all.insert(20, guilty);
        let outcomes =
            futures::future::join_all(
                all.into_iter().map(|append| {
                    let journal = place.journal.clone();
                    async move {
                        tokio::spawn(async move { journal.append(vec![append]).await }).await.expect("runs")
                    }
                }),
            )
            .await;
        for (number, outcome) in outcomes.into_iter().enumerate() {
            assert_eq!(outcome.is_err(), number == 20, "writer {number}: {outcome:?}");
        }
    }
    stale.seq += 1;
    for chain in &chains {
        assert_eq!(&place.journal.verify(Checkins, &chain.school).await.expect("holds").head, chain);
    }
}

async fn a_closed_journal_stores_nothing(place: Place) {
    let mut chain = began(&place, Checkins).await;
    place.journal.clone().close().await;
    let outcome = place.journal.append(vec![append(&mut chain, 1)]).await;
    assert!(matches!(outcome, Err(AppendFault::Unavailable(_))), "{outcome:?}");
    assert_eq!(count(&Place::new(place.url).await, Checkins).await, 0);
}

async fn blanked_parts_are_gone_and_the_chain_still_holds(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 7);
    place.journal.append(vec![batch]).await.expect("stored");
    let snapshot = Snapshot { seq: 7, hash: chain.hash, version: 1, bytes: b"Ada".to_vec() };
    place.journal.snapshot_put(Checkins, &elmfield(), &snapshot, 0).await.expect("kept");
    let blanked = place.journal.blank(Checkins, &elmfield(), &[1, 2, 4, 99]).await.expect("blanks");
    assert_eq!(blanked, 2, "numbers 1 and 4 had a personal part");
    let entries = place.journal.read(Checkins, &elmfield(), 0, 10).await.expect("reads");
    assert_eq!(entries[0].data().expect("joins"), r#"{"people":24,"by":{"$personal":null}}"#);
    assert_eq!(entries[6].data().expect("joins"), r#"{"people":24,"by":{"$personal":"Ada"}}"#);
    let verified = place.journal.verify(Checkins, &elmfield()).await.expect("holds");
    assert_eq!((verified.entries, verified.blanked), (7, 2));
    let snapshot = place.journal.snapshot_get(Checkins, &elmfield(), 1).await.expect("reads");
    assert_eq!(snapshot, None, "a snapshot may hold what was blanked");
    assert_eq!(place.journal.blank(Checkins, &elmfield(), &[1]).await.expect("blanks"), 0);
}

/// A state that was read before something was blanked is not written down after: it would bring it back.
async fn a_snapshot_that_was_read_before_a_blanking_is_not_kept(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 7);
    place.journal.append(vec![batch]).await.expect("stored");
    let blankings = async || place.journal.blankings(Checkins, &elmfield()).await.expect("reads");
    let snapshot = Snapshot { seq: 7, hash: chain.hash, version: 1, bytes: b"Ada".to_vec() };
    let before = blankings().await;
    place.journal.blank(Checkins, &elmfield(), &[1]).await.expect("blanks");
    place.journal.snapshot_put(Checkins, &elmfield(), &snapshot, before).await.expect("ignored");
    assert_eq!(place.journal.snapshot_get(Checkins, &elmfield(), 1).await.expect("reads"), None);
    assert_eq!((before, blankings().await), (0, 1));
    place.journal.snapshot_put(Checkins, &elmfield(), &snapshot, 1).await.expect("kept");
    assert!(place.journal.snapshot_get(Checkins, &elmfield(), 1).await.expect("reads").is_some());
    assert!(place.journal.forget().await.expect("nobody reads"));
}

async fn old_messages_of_the_quarantine_are_dropped(place: Place) {
    let message = |at: &str| Quarantined {
        at: at.parse().expect("time"),
        service: Checkins,
        source: "a topic".into(),
        reason: "no JSON".into(),
        payload: b"Ada".to_vec(),
    };
    for at in ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"] {
        place.journal.quarantine_put(&message(at)).await.expect("kept");
    }
    let before = "2026-10-31T00:00:00Z".parse().expect("time");
    assert_eq!(place.journal.quarantine_forget(before).await.expect("dropped"), 1);
    assert_eq!(place.journal.quarantine_list(10).await.expect("lists").len(), 1);
}

async fn what_another_hand_changed_is_found_and_named(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 9);
    place.journal.append(vec![batch]).await.expect("stored");
    place.by_hand("UPDATE {entry} SET facts = '{\"people\":25}' WHERE seq = 5").await;
    assert_eq!(broken(&place).await, (5, Break::Hash));
    place.by_hand("UPDATE {entry} SET facts = '{\"people\":24}' WHERE seq = 5").await;
    place.journal.verify(Checkins, &elmfield()).await.expect("holds again");
    place.by_hand("UPDATE {entry} SET personal = substr(personal, 1, 32) || '[\"Bob\"]' WHERE seq = 4").await;
    assert_eq!(broken(&place).await, (4, Break::Personal));
    place.by_hand("UPDATE {entry} SET sealed = substr(sealed, 1, 100) WHERE seq = 3").await;
    assert_eq!(broken(&place).await, (3, Break::Unreadable("an id of it".into())));
    place.by_hand("UPDATE {entry} SET kind = 'Checked' || {unit} || 'In' WHERE seq = 1").await;
    assert_eq!(broken(&place).await, (1, Break::Hash));
    place.by_hand("UPDATE {entry} SET kind = 'CheckedIn' WHERE seq = 1").await;
    place.by_hand("DELETE FROM {entry} WHERE seq = 2").await;
    assert_eq!(broken(&place).await, (3, Break::Unreadable("an id of it".into())));
    place.by_hand("DELETE FROM {entry} WHERE seq = 3").await;
    assert_eq!(broken(&place).await, (4, Break::Gap { expected: 2 }));
}

async fn a_snapshot_belongs_to_its_version_and_its_history(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 3);
    let hash = |seq: u64| batch.entries[seq as usize - 1].hash;
    let two = Snapshot { seq: 2, hash: hash(2), version: 1, bytes: b"two".to_vec() };
    let three = Snapshot { seq: 3, hash: hash(3), bytes: b"three".to_vec(), ..two.clone() };
    place.journal.append(vec![batch.clone()]).await.expect("stored");
    let put = async |snapshot: &Snapshot| {
        place.journal.snapshot_put(Checkins, &elmfield(), snapshot, 0).await.expect("kept, or ignored");
    };
    let get =
        async |version| place.journal.snapshot_get(Checkins, &elmfield(), version).await.expect("reads");
    assert_eq!(get(1).await, None);
    for snapshot in [&two, &three] {
        put(snapshot).await;
        assert_eq!(get(1).await.as_ref(), Some(snapshot));
    }
    put(&Snapshot { seq: 4, ..two.clone() }).await;
    put(&Snapshot { hash: hash(3), ..two.clone() }).await;
    assert_eq!(get(1).await, Some(three), "no entry of that number and hash: ignored");
    assert_eq!(get(2).await, None);
    place
        .by_hand("UPDATE {entry} SET sealed = (SELECT sealed FROM {entry} WHERE seq = 2) WHERE seq = 3")
        .await;
    assert_eq!(get(1).await, None, "another history");
}

async fn the_quarantine_is_bounded_and_clipped(place: Place) {
    let at = |number: i64| jiff::Timestamp::from_second(1_000 + number).expect("time");
    let long = "é".repeat(MAX_QUARANTINED_TEXT + 1);
    for number in 0..=MAX_QUARANTINED + 1 {
        let message = Quarantined {
            at: at(number),
            service: Checkins,
            source: "homeward/v1/elmfield/checkins/command/x".into(),
            reason: if number == MAX_QUARANTINED { format!("\0{long}") } else { "no such command".into() },
            payload: if number == MAX_QUARANTINED {
                vec![b'x'; MAX_QUARANTINED_BYTES + 1]
            } else {
                b"{".to_vec()
            },
        };
        place.journal.quarantine_put(&message).await.expect("kept");
    }
    let all = place.journal.quarantine_list(10_000).await.expect("reads");
    assert_eq!(i64::try_from(all.len()).expect("fits"), MAX_QUARANTINED);
    assert_eq!(
        (all[0].at, all[all.len() - 1].at),
        (at(MAX_QUARANTINED + 1), at(2)),
        "the oldest are dropped"
    );
    assert_eq!(all[0].payload, b"{");
    assert_eq!(all[1].payload.len(), MAX_QUARANTINED_BYTES);
    assert_eq!(all[1].reason.chars().count(), MAX_QUARANTINED_TEXT);
    assert_eq!(place.journal.quarantine_list(3).await.expect("reads"), all[..3]);
}

async fn the_last_sign_of_life_is_kept(place: Place) {
    assert_eq!(place.journal.last_alive(Checkins).await.expect("reads"), None);
    for second in [5, 9] {
        let at = jiff::Timestamp::from_second(second).expect("time");
        place.journal.mark_alive(Checkins, at).await.expect("kept");
        assert_eq!(place.journal.last_alive(Checkins).await.expect("reads"), Some(at));
    }
    assert_eq!(place.journal.last_alive(Alerts).await.expect("reads"), None);
}

async fn a_long_journal_is_read_across_a_gap(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 5_000);
    place.journal.append(vec![batch]).await.expect("stored");
    place.by_hand("DELETE FROM {entry} WHERE seq = 1500 OR seq BETWEEN 2000 AND 4499").await;
    let mut seen = Vec::new();
    let each = |entry: Entry| {
        seen.push(entry.seq);
        ControlFlow::Continue(())
    };
    place.journal.scan(Checkins, &elmfield(), 10, each).await.expect("reads");
    assert!(seen.iter().copied().eq((10..=1499).chain(1501..=1999).chain(4500..=5000)));
    assert_eq!(broken(&place).await, (1501, Break::Gap { expected: 1500 }));
}

async fn a_scan_stops_when_told(place: Place) {
    let mut chain = began(&place, Checkins).await;
    let batch = append(&mut chain, 9);
    place.journal.append(vec![batch]).await.expect("stored");
    let mut seen = Vec::new();
    place
        .journal
        .scan(Checkins, &elmfield(), 3, |entry| {
            seen.push(entry.seq);
            if entry.seq < 6 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await
        .expect("reads");
    assert_eq!(seen, [3, 4, 5, 6]);
}

fn block_on(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("runtime")
        .block_on(case);
}

fn sqlite_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("homeward.db").display())
}

/// Each case is a test of its own on SQLite; on PostgreSQL they share a server, each with a database of its own.
macro_rules! contract {
    ($($case:ident)*) => {
        mod on_sqlite {
            $(#[test]
            fn $case() {
                let folder = tempfile::tempdir().expect("folder");
                let url = super::sqlite_url(folder.path());
                super::block_on(async { super::$case(super::Place::new(url).await).await });
            })*
        }

        #[test]
        fn on_postgres_the_contract_holds_too() {
            let server = Postgres::start();
            let template = server.database("template");
            block_on(async { Place::new(template).await.journal.close().await });
            $(
                let name = stringify!($case);
                println!("{name}");
                let url = server.database_like(&name[..name.len().min(60)], "template");
                block_on(async { $case(Place::new(url).await).await });
            )*
            block_on(postgres_leases(server.database("leases")));
            block_on(nothing_is_written_beyond_a_gap(server.database("gap")));
            block_on(nothing_is_written_behind_entries_of_another_history(server.database("instead")));
            block_on(nothing_is_written_by_what_was_heard_and_is_gone(server.database("unfounded")));
            let port = server.port();
            drop(server);
            assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the server is gone");
        }
    };
}

contract! {
    entries_come_back_as_they_were
    schools_are_those_with_a_journal
    a_batch_of_any_size_is_stored_whole
    a_new_epoch_keeps_the_head
    cursors_move_with_the_entries_or_not_at_all
    a_cursor_moves_back_only_in_a_new_epoch
    a_writer_that_was_replaced_is_fenced_off
    of_many_writers_at_once_only_the_guilty_one_fails
    a_closed_journal_stores_nothing
    blanked_parts_are_gone_and_the_chain_still_holds
    a_snapshot_that_was_read_before_a_blanking_is_not_kept
    old_messages_of_the_quarantine_are_dropped
    what_another_hand_changed_is_found_and_named
    a_snapshot_belongs_to_its_version_and_its_history
    the_quarantine_is_bounded_and_clipped
    the_last_sign_of_life_is_kept
    a_long_journal_is_read_across_a_gap
    a_scan_stops_when_told
}

/// Blanked means gone: not in the database file, nor in what SQLite keeps beside it.
#[test]
fn blanked_bytes_are_gone_from_the_files() {
    let folder = tempfile::tempdir().expect("folder");
    let holds = |needle: &str| {
        std::fs::read_dir(folder.path()).expect("lists").any(|file| {
            let bytes = std::fs::read(file.expect("file").path()).expect("reads");
            bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        })
    };
    block_on(async {
        let place = Place::new(sqlite_url(folder.path())).await;
        let mut chain = began(&place, Checkins).await;
        let entry = chain.next(draft(r#"{"by":{"$personal":"Wilhelmina Featherstone"}}"#), [7; 16]);
        let one = Append {
            service: Checkins,
            school: elmfield(),
            after: 0,
            entries: vec![entry].into(),
            cursors: vec![],
        };
        place.journal.append(vec![one]).await.expect("stored");
        assert!(holds("Featherstone"));
        place.journal.blank(Checkins, &elmfield(), &[1]).await.expect("blanks");
        assert!(!holds("Featherstone"));
    });
}

#[test]
fn an_address_that_is_no_database_is_refused() {
    block_on(async {
        let refused = Journal::open("mysql://localhost/homeward").await;
        assert!(matches!(refused.err(), Some(chassis::journal::JournalFault::Address)));
    });
}

#[test]
fn a_second_process_at_one_sqlite_file_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let url = sqlite_url(folder.path());
    block_on(async {
        let held = lease::acquire(&url, &[Checkins], Slot::all()).await.expect("free");
        assert!(held.is_held().await && held.has(Slot::of(&elmfield())));
        let second = lease::acquire(&url, &[Alerts], Slot::all()).await.expect_err("taken");
        assert!(matches!(second, LeaseFault::FileTaken(_)));
        assert!(second.to_string().contains("another Homeward process"), "{second}");
        drop(held);
        lease::acquire(&url, &[Alerts], Slot::all()).await.expect("free again");
    });
}

/// A replica was promoted in the place of the database, without the last entry that was stored there: the writer's next is refused.
async fn nothing_is_written_beyond_a_gap(url: String) {
    let place = Place::new(url).await;
    let mut chain = began(&place, Checkins).await;
    let two = append(&mut chain, 2);
    place.journal.append(vec![two]).await.expect("stored");
    place.by_hand("DELETE FROM {entry} WHERE seq = 2").await;
    let third = append(&mut chain, 1);
    let refused = AppendFault::Fenced(vec![(Checkins, elmfield())]);
    assert_eq!(place.journal.append(vec![third]).await, Err(refused));
    assert_eq!(count(&place, Checkins).await, 1);
    place.journal.close().await;
}

/// The same, and another writer has written as many others since (a stand-by that took over): the old one's next does not follow them.
async fn nothing_is_written_behind_entries_of_another_history(url: String) {
    let place = Place::new(url).await;
    let mut chain = began(&place, Checkins).await;
    let first = append(&mut chain, 1);
    place.journal.append(vec![first]).await.expect("stored");
    let mut other = chain.clone();
    let lost = append(&mut chain, 1);
    let entry = other.next(draft(r#"{"people":23}"#), [7; 16]);
    let (service, school, after) = (Checkins, elmfield(), 1);
    let instead = Append { service, school, after, entries: vec![entry].into(), cursors: vec![] };
    place.journal.append(vec![instead]).await.expect("stored in the place of the one that was lost");
    assert_eq!((chain.seq, lost.entries.len()), (other.seq, 1));
    let holds = async |chain: &Chain| {
        let without = place.journal.without(Checkins, std::slice::from_ref(chain)).await.expect("reads");
        without.is_empty()
    };
    assert!(!holds(&chain).await && holds(&other).await);
    let third = append(&mut chain, 1);
    assert!(matches!(place.journal.append(vec![third]).await, Err(AppendFault::Fenced(_))));
    let renewed = place.journal.new_epoch(Checkins, &elmfield()).await.expect("renews");
    assert!(!holds(&other).await, "another epoch");
    assert!(holds(&renewed).await);
    assert_eq!(place.journal.verify(Checkins, &elmfield()).await.expect("holds").entries, 2);
    place.journal.close().await;
}

/// Who has heard what is lost by now can't store what it decided by it, nor that it has heard it.
async fn nothing_is_written_by_what_was_heard_and_is_gone(url: String) {
    let place = Place::new(url).await;
    let mut heard = place.journal.begin(Gateway, &elmfield()).await.expect("begins");
    let mut chain = began(&place, Checkins).await;
    let oakdale = place.journal.begin(Checkins, &school("oakdale")).await.expect("begins");
    let stands = |at: &Chain| Cursor {
        producer: Gateway,
        listener_version: 1,
        epoch: at.epoch,
        seq: at.seq,
        hash: at.hash,
    };
    let text = append(&mut heard, 1);
    place.journal.append(vec![text]).await.expect("stored");
    let by_it = Append { cursors: vec![stands(&heard)], ..append(&mut chain, 1) };
    place.journal.append(vec![by_it]).await.expect("founded");
    let mut lost = heard.clone();
    append(&mut lost, 1);
    for gone in [stands(&lost), Cursor { hash: lost.hash, ..stands(&heard) }] {
        let cursors = vec![cursor(1, 9), gone];
        let alone =
            Append { entries: Arc::default(), cursors: cursors.clone(), ..append(&mut chain.clone(), 0) };
        let by_it = Append { cursors, ..append(&mut chain.clone(), 1) };
        for refused in [alone, by_it] {
            let beside = Append { cursors: vec![cursor(1, 9)], ..append(&mut oakdale.clone(), 1) };
            let stored = place.journal.append(vec![beside, refused]).await;
            let of = [(elmfield(), Gateway)];
            assert_eq!(stored, Err(AppendFault::Unfounded(of.into())), "it says of which school");
        }
    }
    assert_eq!(place.journal.begin(Checkins, &oakdale.school).await.expect("reads").seq, 0, "nothing of it");
    assert_eq!(count(&place, Checkins).await, 1);
    assert_eq!(place.journal.cursors(Checkins, &elmfield()).await.expect("reads"), [stands(&heard)]);
    place.by_hand("DELETE FROM gateway.entry").await;
    let goes_on = Append { cursors: vec![stands(&heard)], ..append(&mut chain, 1) };
    place.journal.append(vec![goes_on]).await.expect("it was stored so before: nothing gets worse");
    place.journal.close().await;
}

async fn postgres_leases(url: String) {
    let (low, high): (Vec<Slot>, Vec<Slot>) = Slot::all().partition(|slot| slot.number() < 32);
    let first = lease::acquire(&url, &[Checkins, Alerts], low.clone()).await.expect("free");
    assert!(first.is_held().await);
    let taken = lease::acquire(&url, &[Checkins], Slot::all()).await.expect_err("taken");
    assert!(matches!(taken, LeaseFault::SlotTaken { service: Checkins, slot: 0 }), "{taken}");
    let other_half =
        lease::acquire(&url, &[Checkins], high).await.expect("the other half is free, all or none");
    let other_service = lease::acquire(&url, &[Gateway], Slot::all()).await.expect("another service");
    assert!(other_half.is_held().await && !other_half.has(low[0]) && other_service.has(low[0]));

    let mut connection = sqlx::PgConnection::connect(&url).await.expect("connects");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'leases'")
        .execute(&mut connection)
        .await
        .expect("ends them");
    assert!(!first.is_held().await, "a lost connection has lost its locks");
    lease::acquire(&url, &[Checkins, Alerts], low).await.expect("free again");
}
