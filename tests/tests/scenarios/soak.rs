//! Weeks on one running process. `make soak` runs eight of them.

use end_to_end::soak;
use end_to_end::{Plan, campaign};

use super::HOMEWARD;

/// What is written ahead of a database is taken in before it is larger than this, in bytes.
const AHEAD: u64 = 32 << 20;

/// What may stay in memory of a trip that is over, in KiB, while what is kept at hand (cases, texts, pages of the database) is not yet full.
const OF_A_TRIP: f64 = 128.0;

/// Then it is full: from so many weeks on the last month adds no more than this share.
const FULL_AFTER: usize = 16;
const FLAT: f64 = 1.08;

fn weeks() -> u32 {
    std::env::var("SOAK_WEEKS")
        .ok()
        .map_or(1, |given| given.parse().expect("SOAK_WEEKS is a number of weeks"))
}

/// CHECK-3: school days follow one another on one running process, with trips that check in and trips that miss. Each miss is alerted
/// once, every journal holds. Nothing piles up: no open file, nothing written ahead of the databases; and of a trip that is over no more
/// stays in memory than pages show of it: the last trips, cases and texts (`MAX_OVER`, `MAX_RESOLVED`, `MAX_TEXTS`), and texts and calls of a fortnight
/// (`REMEMBERED_FOR`).
#[tokio::test(flavor = "multi_thread")]
async fn weeks_of_school_days_pile_nothing_up() {
    let weeks = weeks();
    let plan =
        if std::env::var_os("SOAK_APART").is_some() { Plan::Apart(HOMEWARD) } else { Plan::Alone(HOMEWARD) };
    let (each, tally) = soak::soak(plan, weeks, 7).await;
    campaign::say(&format!("{weeks} weeks: {tally}"));
    let last = each.last().expect("there was a week");
    assert!(last.files.ahead <= AHEAD, "{last}");
    assert_eq!(tally.trips, last.trips, "each trip closed");
    assert!(tally.kept > 0 && tally.missed > 0, "{tally}");
    if let [first, second, third, _, .., last] = &each[..] {
        assert!(last.open_files <= first.open_files.max(second.open_files) + 2, "{first}\n{last}");
        let by_trip = (last.own() as f64 - third.own() as f64) / (last.trips - third.trips) as f64;
        campaign::say(&format!("memory for each trip that is over: {by_trip:.1} KiB"));
        assert!(by_trip < OF_A_TRIP, "{third}\n{last}");
        let month_before = &each[each.len() - 5];
        let grown = last.own() as f64 / month_before.own() as f64;
        campaign::say(&format!("memory against a month before: {grown:.3}"));
        assert!(each.len() < FULL_AFTER || grown < FLAT, "{month_before}\n{last}");
    }
}
