//! What is due is erased, and nothing else; stopped anywhere, it goes on.

use decider::policy::retention::Record;
use records::retain::{self, blank};
use records::standing::HeldBy;

use crate::cast::{World, at, days_after, tan};

/// What people wrote, kind by kind, and after how many days from the trip's end it is due.
const WRITTEN: [(&str, Record, i64); 10] = [
    ("Briony Cowslip", Record::TripForms, 400),
    ("Tamarind", Record::TripForms, 400),
    ("Quincunx", Record::TripForms, 400),
    ("Rowanberry", Record::TripNotes, 400),
    ("Foxglove", Record::Alerts, 400),
    ("Meadowsweet", Record::Alerts, 400),
    ("Speedwell", Record::UsageLog, 400),
    ("51.734512", Record::Positions, 30),
    ("Milo Larkspur", Record::HandIn, 30),
    ("Zinnia", Record::Texts, 180),
];

async fn states(world: &World) -> Vec<String> {
    vec![
        world.state::<people::People>().await,
        world.state::<trips::Trips>().await.replace("Quincunx: who takes Milo?", "(erased)"),
        world.state::<checkins::Checkins>().await,
        world.state::<alerts::Alerts>().await,
        world.state::<safeguarding::Safeguarding>().await,
        // The number of whoever isn't known stands plain in that state.
        world
            .state::<gateway::Gateway>()
            .await
            .split_whitespace()
            .collect::<String>()
            .replace(r#"Stranger(Some("+447700900123",),)"#, "Stranger(None,)"),
    ]
}

/// Issue 5, privacy: each kind is erased at its own time, and not a day before; the chains hold, states are rebuilt the same but
/// for the blanks, and no file of the database has the words any more.
#[tokio::test]
async fn each_kind_is_erased_at_its_time_and_the_journals_still_hold() {
    let mut world = World::new().await;
    world.museum_trip().await;
    let before = states(&world).await;
    assert_eq!(world.verified().await, 0);
    let end = at("2026-11-20T16:05:00Z");
    for days in [29, 31, 179, 181, 399, 401] {
        let now = days_after(end, days);
        retain::retain(&world.journal, &world.school, now).await.expect("done");
        for (words, record, due) in WRITTEN {
            assert_eq!(world.files_hold(words), days < due, "{record:?} after {days} days: {words}");
        }
    }
    assert_eq!(states(&world).await, before);
    assert_eq!(world.verified().await, 9, "nine entries held what was due");
    assert!(world.files_hold("Wei Tan"), "who works here keeps their name");
    let (_, again) = retain::retain(&world.journal, &world.school, days_after(end, 401)).await.expect("done");
    assert_eq!((again.blanked, again.plan.entries()), (0, 0), "done again, nothing is left to do");
}

/// Issue 5, privacy: a dry run tells what is due by kind, and touches nothing.
#[tokio::test]
async fn a_plan_tells_what_is_due_by_kind_and_erases_nothing() {
    let mut world = World::new().await;
    world.museum_trip().await;
    let now = days_after(at("2026-11-20T16:05:00Z"), 31);
    let (_, plan) = retain::plan(&world.journal, &world.school, now).await.expect("read");
    let lines = retain::lines(&plan, true);
    assert!(lines.contains(&"Positions: 1 due, 0 kept".to_owned()), "{lines:#?}");
    assert!(
        lines.contains(&"Texts received: 0 due, 1 kept, the next on 19 May 2027".to_owned()),
        "{lines:#?}"
    );
    assert!(lines.contains(&"Names of staff who left: 0 due, 0 kept, 2 held".to_owned()), "{lines:#?}");
    let here = plan.counts[&Record::People].held.contains_key(&HeldBy::Here(tan()));
    assert!(here && plan.strange.is_empty(), "{plan:?}");
    assert_eq!(world.verified().await, 0);
    assert!(world.files_hold("Milo Larkspur"));
}

/// Issue 5, privacy: killed anywhere in the middle, every chain holds, and the next run erases the rest.
#[tokio::test]
async fn stopped_after_any_entry_it_goes_on_where_it_was() {
    let now = days_after(at("2026-11-20T16:05:00Z"), 401);
    let all = {
        let mut world = World::new().await;
        world.museum_trip().await;
        retain::plan(&world.journal, &world.school, now).await.expect("read").1.entries()
    };
    for stopped_after in 0..all {
        let mut world = World::new().await;
        world.museum_trip().await;
        let (_, mut plan) = retain::plan(&world.journal, &world.school, now).await.expect("read");
        let mut left = stopped_after;
        for seqs in plan.due.values_mut() {
            seqs.truncate(usize::try_from(left).expect("a few").min(seqs.len()));
            left -= seqs.len() as u64;
        }
        blank(&world.journal, &world.school, &plan.due).await.expect("some of it");
        assert_eq!(world.verified().await, stopped_after, "what was done holds");
        let (_, rest) = retain::retain(&world.journal, &world.school, now).await.expect("the rest");
        assert_eq!(rest.blanked, all - stopped_after);
        assert_eq!(world.verified().await, all);
        assert!(WRITTEN.iter().all(|(words, ..)| !world.files_hold(words)));
    }
}

/// Issue 5, privacy: a school sets its own times, as data of its policy.
#[tokio::test]
async fn a_school_sets_its_own_times() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.school.policy.keep_texts_days = 14;
    retain::retain(&world.journal, &world.school, days_after(at("2026-11-20T16:05:00Z"), 15))
        .await
        .expect("done");
    assert!(!world.files_hold("Zinnia") && world.files_hold("Milo Larkspur"));
}

/// Issue 5, privacy: whoever has left keeps their name in the records for six years, and then not.
#[tokio::test]
async fn names_go_six_years_after_somebody_left() {
    let mut world = World::new().await;
    world.museum_trip().await;
    let left = proto::v1::people::Event::PersonLeft { person: tan() };
    world.writes::<people::People>("2027-07-20T12:00:00Z", left).await;
    let left_at = at("2027-07-20T12:00:00Z");
    for (days, kept) in [(2_191, true), (2_193, false)] {
        retain::retain(&world.journal, &world.school, days_after(left_at, days)).await.expect("done");
        assert_eq!(world.files_hold("Wei Tan"), kept, "after {days} days");
    }
    assert!(world.files_hold("Ines Okafor"));
    let state = world.state::<people::People>().await;
    assert!(state.contains(&tan().to_string()), "who it was stays known by number");
}
