//! Journals that earlier releases wrote are read by this one. Each file in `tests/old-journals` is a back-up, named after the day and the
//! commit; a release that changes what stands in a journal adds one of its own, and none is ever taken away.

use std::path::Path;

use chassis::backup::{self, Depth, look_through};
use chassis::clock::SettableClock;
use chassis::journal::Journal;
use end_to_end::{PATIENCE, campaign};
use homeward::{compose, config};
use proto::topics::ServiceName;
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
    for file in campaign::old_journals() {
        is_served(&file).await;
    }
}
