//! Random days; a failing seed becomes a named test here.
use simulation::{Day, Stats};

#[test]
fn random_days_break_no_invariant() {
    let mut stats = Stats::default();
    let seed: u64 = std::env::var("SIM_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let trips: u64 = std::env::var("SIM_TRIPS").ok().and_then(|s| s.parse().ok()).unwrap_or(60);
    for n in 0.. {
        let day = Day::random(seed + n);
        let out = day.run();
        stats.add(&out.stats);
        assert!(out.violations.is_empty(), "SIM_SEED={}: {:#?}", seed + n, out.violations);
        if stats.trips >= trips { break; }
    }
    println!("{stats}");
}
