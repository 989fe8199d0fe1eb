//! One trace id through the logs of all services.

use std::collections::BTreeSet;

use end_to_end::World;
use serde_json::Value;

use super::out_apart;

/// What is told of one thing: the service, and the event's kind, or `sent`.
type Told = (String, String);

/// What the logs of all processes tell, each with its trace id.
fn told(world: &World) -> Vec<(String, Told)> {
    let one = |line: &String| {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["target"] != "homeward::told" {
            return None;
        }
        let text = |field: &str| line["fields"][field].as_str().map(str::to_owned);
        let what = text("kind").or_else(|| text("message"))?;
        assert_eq!(text("school").as_deref(), Some("elmfield"), "{line}");
        Some((text("trace_id")?, (text("service")?, what)))
    };
    world.logged().iter().filter_map(one).collect()
}

/// All that belongs to the trace of the newest such event.
fn of_the_trace(world: &World, service: &str, kind: &str) -> BTreeSet<Told> {
    let told = told(world);
    let newest = told.iter().rev().find(|(_, what)| *what == (service.to_owned(), kind.to_owned()));
    let (trace, _) = newest.unwrap_or_else(|| panic!("no {kind} of {service} in {told:?}"));
    assert_eq!(trace.len(), 32, "{trace}");
    told.iter().filter(|(of, _)| of == trace).map(|(_, what)| what.clone()).collect()
}

fn holds(trace: &BTreeSet<Told>, all: &[(&str, &str)]) {
    for (service, what) in all {
        assert!(
            trace.contains(&((*service).to_owned(), (*what).to_owned())),
            "no {what} of {service} in {trace:?}"
        );
    }
}

/// CHECK-1, CHECK-2: each service is a process with a log of its own. A check-in by text is one trace from the text to the answer; one
/// that is missed, from the deadline to the text of the first alert.
#[tokio::test(flavor = "multi_thread")]
async fn one_trace_id_leads_from_the_cause_through_all_logs() {
    let (mut world, _outing) = out_apart(String::new()).await;
    world.at("09:28").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.quiet().await;
    let text = of_the_trace(&world, "gateway", "TextReceived");
    holds(
        &text,
        &[
            ("checkins", "CheckedIn"),
            ("gateway", "AttemptPlanned"),
            ("gateway", "AttemptBegun"),
            ("gateway", "sent"),
        ],
    );
    world.nobody_answers();
    world.at("10:11").await;
    let missed = of_the_trace(&world, "checkins", "CheckInMissed");
    holds(
        &missed,
        &[
            ("alerts", "CaseOpened"),
            ("alerts", "RungReached"),
            ("gateway", "AttemptPlanned"),
            ("gateway", "sent"),
        ],
    );
    assert!(
        !missed.iter().any(|(_, what)| what == "TextReceived"),
        "another cause, another trace: {missed:?}"
    );
    world.goes_down().await;
}
