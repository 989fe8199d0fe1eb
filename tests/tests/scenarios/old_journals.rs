//! Journals that earlier releases wrote are read by this one. Each file in `tests/old-journals` is a back-up, named after the day and the
//! commit; a release that changes what stands in a journal adds one of its own, and none is ever taken away. Beside them stand single events, of
//! every kind that any story told (`make old-events`).

use std::path::Path;

use chassis::backup::{self, Depth, look_through};
use chassis::clock::SettableClock;
use chassis::journal::Journal;
use end_to_end::PATIENCE;
use end_to_end::kept::{self, Kept};
use homeward::{compose, config};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::wire;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

/// What each service's state was then, by the numbers of its journal.
async fn heads(url: &str) -> Vec<(ServiceName, u64)> {
    let journal = Journal::open(url).await.expect("opens");
    let mut heads = Vec::new();
    for service in ServiceName::ALL {
        for school in journal.schools(service).await.expect("lists") {
            heads.push((service, journal.begin(service, &school).await.expect("is there").seq));
        }
    }
    let held = look_through(&journal, Depth::All).await.expect("it can be read");
    assert!(held.is_whole(), "{held:?}");
    journal.close().await;
    heads
}

/// Restored, every service reads its journal to the end, follows the others, and is ready.
async fn is_served(file: &Path) {
    let dir = tempfile::tempdir().expect("a folder");
    let copy = dir.path().join("copy");
    std::fs::copy(file, &copy).expect("copied");
    let from = format!("sqlite:{}", copy.display());
    let text = format!(
        "drama_numbers = true\n[server]\nlisten = \"127.0.0.1:0\"\n[data]\ndir = \"{}\"\n\
         [schools.elmfield]\nname = \"Elmfield School\"\n",
        dir.path().display()
    );
    let config = config::read_text(&text).expect("it is right");
    let then = heads(&from).await;
    // Releases before safeguarding had seven services.
    assert!(then.len() >= 7, "{}: every service of then has a journal: {then:?}", file.display());
    assert!(then.iter().all(|(_, entries)| *entries > 0), "{}: {then:?}", file.display());
    backup::restore(&from, &config.journal_url).await.expect("restored");
    board::Db::restore(&from, &config.board_url).await.expect("log-ins restored");
    assert!(board::Db::has_log_ins(&config.board_url).await.expect("it answers"), "{}", file.display());

    let journal = Journal::open(&config.journal_url).await.expect("opens");
    let alive = journal.last_alive(ServiceName::Checkins).await.expect("reads").expect("it was at work");
    journal.close().await;
    let (clock, stop) = (SettableClock::at(alive), CancellationToken::new());
    let started = compose::start(&config, &config::all_services(), clock, stop.clone()).await;
    let mut running = started.unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
    let ready = tokio::time::timeout(PATIENCE, running.ready()).await;
    ready.unwrap_or_else(|_| panic!("{}: not every service is ready", file.display()));
    for (service, health) in &running.health {
        let health = *health.borrow();
        assert!(health.journal && health.following, "{}: {service} {health:?}", file.display());
    }
    stop.cancel();
    running.ended().await.expect("it ends in order");
    let now = heads(&config.journal_url).await;
    for (service, before) in &then {
        let after = now.iter().find(|(of, _)| of == service).map(|(_, after)| *after);
        assert!(after.is_some_and(|after| *before <= after), "{}: {service}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_of_earlier_releases_are_served() {
    for file in kept::backups() {
        is_served(&file).await;
    }
}

/// Its fields, as this release writes them.
fn written(event: &AnyEvent) -> Box<RawValue> {
    match event {
        AnyEvent::People(event) => wire::split(event).1,
        AnyEvent::Devices(event) => wire::split(event).1,
        AnyEvent::Trips(event) => wire::split(event).1,
        AnyEvent::Checkins(event) => wire::split(event).1,
        AnyEvent::Contacts(event) => wire::split(event).1,
        AnyEvent::Alerts(event) => wire::split(event).1,
        AnyEvent::Safeguarding(event) => wire::split(event).1,
        AnyEvent::Gateway(event) => wire::split(event).1,
    }
}

/// Every kind of event that an earlier release told: this one reads it, and what it would write of it today it reads as the same.
#[test]
fn events_of_earlier_releases_are_read() {
    proto::values::allow_drama_numbers();
    for (file, Kept { service, kind, data }) in kept::events() {
        let read = |data: &RawValue| {
            AnyEvent::parse(service, &kind, data)
                .unwrap_or_else(|error| panic!("{}: {service} {kind}: {error}", file.display()))
        };
        let event = read(&data);
        assert_eq!(read(&written(&event)), event, "{}: {service} {kind}", file.display());
    }
}
