//! What Prometheus is told, held against what its rules ask for.

use std::collections::BTreeSet;

use end_to_end::{MORNING, Plan, World};
use proto::topics::ServiceName;

use super::HOMEWARD;

const RULES: &str = include_str!("../../../infra/prometheus/homeward.rules.yml");
const EXPLAINED: &str = include_str!("../../../infra/metrics.md");

/// The counters that a text names.
fn counters(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("homeward_") && word.ends_with("_total")).collect()
}

/// Those of which the page of figures says that each service has one of its own.
fn of_each_service() -> BTreeSet<&'static str> {
    let rows = EXPLAINED.lines().filter(|row| row.contains("_total` by `service` |"));
    rows.flat_map(counters).collect()
}

/// The first fault pages: Prometheus sees an increase of what it was told before alone, so each counter that a rule looks at is told from the
/// start, of each service where each has one.
#[tokio::test(flavor = "multi_thread")]
async fn each_counter_that_a_rule_looks_at_is_told_before_anything_has_gone_wrong() {
    let world = World::start_as(MORNING, Plan::Alone(HOMEWARD)).await;
    let figures = world.browser("Pat").await.opens("/metrics").await;
    let is_told = |series: &str| figures.lines().any(|line| line.starts_with(&format!("{series} ")));
    let (asked_for, of_each) = (counters(RULES), of_each_service());
    assert!(
        asked_for.contains("homeward_commit_faults_total")
            && of_each.contains("homeward_commit_faults_total")
    );
    for name in asked_for {
        if of_each.contains(name) {
            for service in ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board) {
                let series = format!("{name}{{service=\"{service}\"}}");
                assert!(is_told(&series), "{series} is not told: {figures}");
            }
        } else if name == "homeward_gateway_requests_total" {
            assert!(["yes", "no"].iter().all(|ok| is_told(&format!("{name}{{ok=\"{ok}\"}}"))), "{figures}");
        } else {
            assert!(is_told(name), "{name} is not told: {figures}");
        }
    }
}
