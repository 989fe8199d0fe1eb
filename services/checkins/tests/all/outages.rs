//! After an outage: one digest for each trip.

use proto::v1::checkins::{DueFor, Event, Punctuality, Word};

use crate::cast::*;

const SINCE: &str = "2026-11-20T09:20:00Z";

/// CHECK-3: what fell due while nobody could judge is told in one event for each trip, with what is due next.
#[test]
fn an_outage_is_told_in_one_digest() {
    let story = out(&party()).at_clock("10:45").time_passes_after_an_outage(SINCE);
    let told = Event::OutageTold {
        trip: museum(),
        outage: window("09:20", "10:45"),
        missed: [otters(), badgers()]
            .into_iter()
            .flat_map(|group| [(group, t("09:30")), (group, t("10:00")), (group, t("10:30"))].into_iter())
            .filter(|(_, due)| *due < t("10:35"))
            .collect(),
        next: vec![(otters(), due("11:00")), (badgers(), due("11:00"))],
    };
    let story = story.then([told]).time_passes().nothing_happens();
    // A word resolves each of them.
    let story = story.at_clock("10:46").by(by_ann()).when(press("10:46", Word::Ok).command());
    let late = taken("10:46", Word::Ok, due("11:00")).but(|c| c.punctuality = Punctuality::Late);
    let resolved = ["09:30", "10:00", "10:30"].map(|due| heard_again(due, "10:46"));
    story.then([late.event()].into_iter().chain(resolved));
}

/// CHECK-3: a reminder that has passed isn't sent, one whose check-in still lies ahead is; no alert follows.
#[test]
fn reminders_of_what_is_past_are_not_sent() {
    let noted = |to| Event::OutageNoted { trip: museum(), outage: window("09:20", to) };
    let story =
        out(&otters_alone()).at_clock("09:32").time_passes_after_an_outage(SINCE).then([noted("09:32")]);
    story.passes_to("09:40").then([missed("09:30", due("10:00"))]);
    out(&otters_alone()).at_clock("09:28").time_passes_after_an_outage(SINCE).then([reminded("09:30")]);
}

/// CHECK-3: a trip that missed nothing isn't told anything.
#[test]
fn an_outage_without_a_miss_tells_nothing() {
    out(&party()).at_clock("09:24").time_passes_after_an_outage(SINCE).nothing_happens();
}

/// CHECK-3: a text that waited is heard first: it is no miss.
#[test]
fn what_was_said_during_an_outage_is_no_miss() {
    let story = out(&otters_alone()).at_clock("09:50");
    let story = story.hears(text(1, anns_phone(), says(Word::Ok), "09:33")).allowed();
    story.time_passes_after_an_outage(SINCE).nothing_happens();
}

/// CHECK-8: an outage doesn't put the police off.
#[test]
fn the_police_are_due_after_an_outage_all_the_same() {
    let party = with(otters_alone(), |p| p.plan.every_minutes = Some(720));
    let lost = text(1, anns_phone(), proto::v1::gateway::Meaning::Lost {}, "09:10");
    let story = out(&party).at_clock("09:10").hears(lost).allowed();
    let story = story.at_clock("10:00").time_passes_after_an_outage(SINCE);
    story.then([Event::PoliceDue { trip: museum(), at: t("09:30") }]);
}

/// CHECK-3: a day's outage is told whole, in digests that fit a message, and every miss in exactly one of them.
#[test]
fn a_long_outage_is_told_whole() {
    let often = with(otters_alone(), |p| p.plan.every_minutes = Some(5));
    let story = out(&often).at("2026-11-25T09:00:00Z").time_passes_after_an_outage(SINCE);
    story.then_events(|events| {
        let mut all = Vec::new();
        for event in events {
            let Event::OutageTold { missed, .. } = event else { panic!("{event:?}") };
            assert!(missed.len() <= checkins::MAX_TOLD);
            all.extend(missed.iter().map(|(_, due)| *due));
        }
        let grid: Vec<_> = (1..).map(|step| later(t("09:00"), step * 300)).take(all.len()).collect();
        assert_eq!(all, grid, "each once, none left out");
        assert_eq!(all.len(), 5 * 288 - 2, "up to the last whose grace is over");
    });
}

/// CHECK-1: the end of a quiet window during an outage is missed like any other.
#[test]
fn a_quiet_window_is_kept_in_an_outage() {
    let party = with(otters_alone(), |p| {
        p.quiet = vec![quiet("09:20", "10:20", proto::v1::trips::QuietReason::Driving)];
    });
    let story = out(&party).at_clock("10:25").time_passes_after_an_outage(SINCE).nothing_happens();
    let next = story.state.watch(museum()).unwrap().groups()[0].next.clone();
    assert_eq!(next, unprompted(due_for("10:20", DueFor::AfterQuiet {})));
}
