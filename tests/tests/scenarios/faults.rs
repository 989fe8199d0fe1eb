//! The campaign of faults, in its short form; `make faults` runs the long one.

use end_to_end::campaign;

use super::HOMEWARD;

/// Faults of the short form.
const FEW: usize = 12;

fn from_environment<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let given = std::env::var(name).ok();
    given
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

/// CHECK-3, DEV-9: services, broker and database are killed, frozen and cut off at each step of trips, and the clock is stepped.
/// Nothing that was answered is lost, nothing is done twice, each miss is alerted once, and nothing else is.
/// `FAULTS` says how many, `FAULT_SEED` which.
#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_of_faults_loses_nothing_and_doubles_nothing() {
    let (seed, faults) = (from_environment("FAULT_SEED", 1), from_environment("FAULTS", FEW));
    campaign::say(&format!("FAULT_SEED={seed} FAULTS={faults}"));
    let tally = campaign::campaign(HOMEWARD, seed, faults).await;
    campaign::say(&format!("FAULT_SEED={seed}: {tally}"));
    assert_eq!(tally.all(), faults, "each has struck");
    assert!(tally.trips > 0 && tally.kept > 0, "{tally}");
}
