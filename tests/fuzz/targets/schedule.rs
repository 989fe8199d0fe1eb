//! Check-in schedules: times of the day, or a cron expression. What is read comes next at a later time, in the order of time,
//! through both changes of the clocks; and it is written as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::values::{CronSchedule, SchoolZone};

fuzz_target!(|text: &str| {
    let Ok(schedule) = CronSchedule::parse(text) else { return };
    let zone = SchoolZone::london();
    for start in ["2026-03-28T23:30:00Z", "2026-10-24T23:30:00Z", "2027-12-31T23:59:59Z"] {
        let mut at: Timestamp = start.parse().expect("an instant");
        for _ in 0..8 {
            let Some(next) = schedule.next_after(at, &zone) else { break };
            assert!(next > at, "{text:?}: {next} is not after {at}");
            at = next;
        }
    }
    let written = serde_json::to_string(&schedule).expect("a text");
    let again: CronSchedule = serde_json::from_str(&written).expect("reads what it wrote");
    let at = "2026-11-20T09:00:00Z".parse().expect("an instant");
    assert_eq!(again.next_after(at, &zone), schedule.next_after(at, &zone));
});
