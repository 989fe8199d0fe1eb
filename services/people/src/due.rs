//! Time passes: evening tests are sent, and missed.

use decider::{MAX_DUE_EVENTS, Tick};
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::DutyId;
use proto::v1::people::Event;

use crate::nights::{LATE_ANSWER, later};
use crate::policy;
use crate::state::{Duty, Night, State, Test};

/// The least time to answer: a test that an outage held up longer moves its answer on.
const LEAST_TIME: SignedDuration = SignedDuration::from_mins(15);

pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let nights = state.nights_due(tick.now).take(MAX_DUE_EVENTS);
    let tests = nights.filter_map(|(id, duty, night)| falls_due(id, duty, night, tick.now));
    tests.chain(policy::reminder(state.policy(), tick.now)).collect()
}

fn falls_due(id: DutyId, duty: &Duty, night: &Night, now: Timestamp) -> Option<Event> {
    let unanswered =
        |asked| Event::DutyTestUnanswered { duty: id, person: duty.person, night: night.hours, asked };
    match night.test {
        Test::Planned { .. } if night.hours.to <= now => Some(unanswered(false)),
        Test::Planned { answer_by } => Some(Event::DutyTested {
            duty: id,
            person: duty.person,
            answer_by: enough_time(answer_by, now),
            night: night.hours,
        }),
        Test::Asked { .. } => Some(unanswered(true)),
        Test::Confirmed { .. } | Test::Unanswered => None,
    }
}

fn enough_time(answer_by: Timestamp, now: Timestamp) -> Timestamp {
    if answer_by < later(now, LEAST_TIME) { later(now, LATE_ANSWER) } else { answer_by }
}
