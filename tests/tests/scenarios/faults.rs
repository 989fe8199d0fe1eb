//! The campaign of faults, in its short form; `make faults` runs the long one.

use end_to_end::campaign::{self, Stage};

use super::HOMEWARD;

/// Faults of the short form, in all.
const FEW: usize = 30;

/// How many of all faults strike at a stage. (Instances that come and go take longer than others.)
fn share(stage: Stage, all: usize) -> usize {
    match stage {
        Stage::Apart | Stage::Alone => all * 2 / 5,
        Stage::Shared => all - 2 * (all * 2 / 5),
    }
}

fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let given = std::env::var(name).ok();
    given
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

async fn passes(stage: Stage) {
    let (seed, all) = (from_environment("FAULT_SEED", 1), from_environment("FAULTS", FEW));
    let faults = share(stage, all);
    campaign::say(&format!("{stage:?}: {faults} faults of FAULTS={all} FAULT_SEED={seed}"));
    let tally = campaign::campaign(HOMEWARD, stage, seed, faults).await;
    campaign::say(&format!("{stage:?}: FAULT_SEED={seed}: {tally}"));
    assert_eq!(tally.all(), faults, "each has struck");
    assert!(tally.trips > 0 && tally.kept > 0, "{tally}");
}

/// CHECK-3, DEV-9: services, broker and database are killed, frozen and cut off at each step of trips, and the clock is stepped.
/// Nothing that was answered is lost, nothing is done twice, each miss is alerted once, and nothing else is.
/// `FAULTS` says how many at all three stages, `FAULT_SEED` which.
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_of_faults_loses_nothing_and_doubles_nothing() {
    passes(Stage::Apart).await;
}

/// CHECK-3, DEV-9: the same with everything in one process, on SQLite: it is killed and frozen, its disk fills and fails to sync, and
/// the power is cut, which takes with it whatever was not synced.
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_against_one_process_and_its_disk_loses_nothing_and_doubles_nothing() {
    passes(Stage::Alone).await;
}

/// CHECK-1, CHECK-3, DEV-9: the same with instances that divide the schools: one more comes, one is asked to end, one is killed or hangs while it
/// stores, is given up, and goes on with what it was about to store; and all that befalls the others as well. [HW-D3]
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_against_instances_that_divide_the_schools_loses_nothing_and_doubles_nothing() {
    passes(Stage::Shared).await;
}
