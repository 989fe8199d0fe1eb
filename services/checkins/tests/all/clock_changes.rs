//! Both days on which the clocks change: elapsed time is elapsed time, a local time comes once.

use checkins::Checkins;
use decider::kit::given;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::v1::checkins::Event;
use proto::v1::trips::{self, Party};
use proto::values::{CronSchedule, Window};

use crate::cast::*;

/// When each check-in of a night is due, if none comes.
fn dues(change: impl FnOnce(&mut Party), from: &str, to: &str) -> Vec<String> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
    let party = with(otters_alone(), |p| {
        p.window = Window::new(from, later(to, 86_400)).unwrap();
        change(p);
    });
    let departed =
        trips::Event::Departed { trip: museum(), at: from, form_hash: Hash::ZERO, party: Box::new(party) };
    let story = given::<Checkins>([]).at_instant(from).hears(departed).allowed();
    let mut found = Vec::new();
    let story = story.at_instant(to).time_passes().then_events(|events| {
        for event in events {
            if let Event::CheckInMissed { due_at, .. } = event {
                found.push(due_at.to_string());
            }
        }
    });
    drop(story);
    found
}

fn at_half_past_one(party: &mut Party) {
    party.plan.every_minutes = None;
    party.plan.at = Some(CronSchedule::parse("0 30 1 * * *").unwrap());
}

/// CHECK-3: in March 01:30 doesn't exist; the check-in comes an hour later on the wall, once.
#[test]
fn a_local_time_that_is_skipped_in_march_comes_once() {
    let dues = dues(at_half_past_one, "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    assert_eq!(dues, ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
}

/// CHECK-3: in October 01:30 comes twice; the check-in is due the first time, once.
#[test]
fn a_local_time_that_comes_twice_in_october_is_due_once() {
    let dues = dues(at_half_past_one, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    assert_eq!(dues, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

/// CHECK-3: every 30 minutes is elapsed time, whatever the clocks do.
#[test]
fn an_interval_is_elapsed_time_on_both_days() {
    for night in ["2026-03-29", "2026-10-25"] {
        let (from, to) = (format!("{night}T00:10:00Z"), format!("{night}T02:25:00Z"));
        let dues = dues(|_| (), &from, &to);
        let expected: Vec<_> = ["00:40", "01:10", "01:40", "02:10"]
            .into_iter()
            .map(|clock| format!("{night}T{clock}:00Z"))
            .collect();
        assert_eq!(dues, expected);
    }
}
