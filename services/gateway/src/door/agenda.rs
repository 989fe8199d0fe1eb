//! What the journals of all schools say is to be done outside, and whose turn it is: the most urgent first, of any school.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};

use chassis::school::School;
use proto::Timestamp;
use proto::ids::{AttemptId, ProviderName, SchoolId};
use proto::v1::alerts::{Channel, Severity};

use super::worker::LOOK_UP_AFTER;
use crate::attempt::{Attempt, Phase};
use crate::state::{State, is_urgent};

/// The most requests at once.
const MAX_AT_ONCE: usize = 32;

/// Of those the most that are of no urgent case: what is urgent never waits for a provider to answer what is not.
const ROUTINE_AT_ONCE: usize = 24;

/// An attempt of a school.
pub(super) type Key = (SchoolId, AttemptId);

/// A provider of a channel that is asked whether it is back, for a school.
pub(super) type Probe = (SchoolId, Channel, ProviderName);

/// Jobs that failed are tried again then: the same job, and no other. What was looked up in vain a moment ago may be sent by another provider now.
pub(super) type Again = BTreeMap<Key, (Discriminant<Job>, Timestamp)>;

/// What is to be done about an attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Job {
    Send,
    /// Begun by a worker that is gone.
    Doubt {
        tries: u16,
    },
    LookUp {
        tries: u16,
        since: Timestamp,
    },
}

/// How urgent what it is about is: none if it is about no case.
pub(super) type Urgency = Option<Severity>;

/// A job that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    urgency: Urgency,
    at: Timestamp,
    id: AttemptId,
    job: Job,
}

/// What the journal of one school says is to be done, with when.
#[derive(Default)]
pub(super) struct ToDo {
    attempts: Vec<Waiting>,
    probes: Vec<(Timestamp, Probe)>,
}

impl ToDo {
    pub(super) fn of(school: &School, state: &State) -> Self {
        let attempts = state.attempts.to_do().filter_map(|(id, attempt)| {
            let (at, job) = job_of(attempt)?;
            Some(Waiting { urgency: state.severity(attempt), at, id, job })
        });
        let probes = state.providers.all().filter_map(|(channel, way)| {
            Some((way.breaker.probe_at()?, (school.id.clone(), channel, way.provider.clone())))
        });
        Self { attempts: attempts.collect(), probes: probes.collect() }
    }
}

fn job_of(attempt: &Attempt) -> Option<(Timestamp, Job)> {
    let tries = attempt.tries;
    match attempt.phase {
        Phase::Planned { not_before } => Some((not_before.unwrap_or(attempt.planned_at), Job::Send)),
        Phase::Begun { since } => Some((since, Job::Doubt { tries })),
        Phase::Unknown { since } => {
            Some((since.saturating_add(LOOK_UP_AFTER).unwrap_or(since), Job::LookUp { tries, since }))
        }
        Phase::Accepted { .. }
        | Phase::Sent {}
        | Phase::Ringing { .. }
        | Phase::Answered { .. }
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {}
        | Phase::Bundled { .. } => None,
    }
}

/// What each school's state says is to be done; of those that have nothing to do, nothing.
#[derive(Default)]
pub(super) struct Agenda(BTreeMap<SchoolId, ToDo>);

/// What of an agenda is to be begun.
#[derive(Default)]
pub(super) struct Turn {
    /// The most urgent first.
    pub(super) begin: Vec<(Key, Job, Urgency)>,
    /// When the next falls due.
    pub(super) wake: Option<Timestamp>,
}

impl Agenda {
    /// Takes the place of what the school had to do.
    pub(super) fn put(&mut self, school: SchoolId, to_do: Option<ToDo>) {
        match to_do.filter(|to_do| !to_do.attempts.is_empty() || !to_do.probes.is_empty()) {
            Some(to_do) => drop(self.0.insert(school, to_do)),
            None => drop(self.0.remove(&school)),
        }
    }

    /// The providers that are to be asked whether they are back, and when.
    pub(super) fn probes(&self) -> impl Iterator<Item = &(Timestamp, Probe)> {
        self.0.values().flat_map(|to_do| &to_do.probes)
    }

    /// What is to be begun beside what is under way. Of schools that are being left nothing is begun.
    pub(super) fn turn(
        &self,
        now: Timestamp,
        under_way: &BTreeMap<Key, Urgency>,
        again: &Again,
        leaving: &BTreeSet<SchoolId>,
    ) -> Turn {
        let (mut turn, mut due) = (Turn::default(), Vec::new());
        for (school, to_do) in self.0.iter().filter(|(school, _)| !leaving.contains(school)) {
            for waiting in &to_do.attempts {
                let key = (school.clone(), waiting.id);
                if under_way.contains_key(&key) {
                    continue;
                }
                let again = again.get(&key).filter(|(of, _)| *of == discriminant(&waiting.job));
                let at = again.map_or(waiting.at, |(_, again)| waiting.at.max(*again));
                if at > now {
                    turn.wake = Some(turn.wake.map_or(at, |other| other.min(at)));
                } else {
                    due.push((Reverse(waiting.urgency), at, key, waiting.job));
                }
            }
        }
        due.sort_by(|(urgency, at, ..), (other, then, ..)| (urgency, at).cmp(&(other, then)));
        let mut routine = under_way.values().filter(|urgency| !is_urgent(**urgency)).count();
        let room = MAX_AT_ONCE.saturating_sub(under_way.len());
        for (Reverse(urgency), _, key, job) in due.into_iter().take(room) {
            if !is_urgent(urgency) {
                if routine == ROUTINE_AT_ONCE {
                    break;
                }
                routine += 1;
            }
            turn.begin.push((key, job, urgency));
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOON: &str = "2026-11-20T12:00:00Z";

    fn noon() -> Timestamp {
        NOON.parse().expect("a time")
    }

    fn seconds(count: i64) -> Timestamp {
        noon() + SignedDuration::from_secs(count)
    }

    /// Each school's texts: how urgent, and due how many seconds from noon on.
    fn agenda(of: &[(&str, &[(Urgency, i64)])]) -> Agenda {
        let mut agenda = Agenda::default();
        for (school, texts) in of {
            let waiting = |(urgency, at): &(Urgency, i64)| Waiting {
                urgency: *urgency,
                at: seconds(*at),
                id: AttemptId::new(),
                job: Job::Send,
            };
            let attempts = texts.iter().map(waiting).collect();
            agenda.put(slug(school), Some(ToDo { attempts, probes: Vec::new() }));
        }
        agenda
    }

    fn slug(school: &str) -> SchoolId {
        SchoolId::parse(school).expect("a slug")
    }

    fn turn(agenda: &Agenda, under_way: &BTreeMap<Key, Urgency>) -> Turn {
        agenda.turn(noon(), under_way, &Again::new(), &BTreeSet::new())
    }

    fn of(turn: &Turn) -> Vec<(&str, Urgency)> {
        turn.begin.iter().map(|((school, _), _, urgency)| (school.as_str(), *urgency)).collect()
    }

    #[test]
    fn a_call_for_help_of_the_last_school_goes_before_the_reminders_of_the_first() {
        let help = Some(Severity::Emergency);
        let agenda = agenda(&[
            ("ashfield", &[(None, -60); 40]),
            ("elmfield", &[(Some(Severity::Urgent), -5)]),
            ("yewfield", &[(help, 0)]),
        ]);
        let begun = turn(&agenda, &BTreeMap::new());
        assert_eq!(
            of(&begun)[..3],
            [("yewfield", help), ("elmfield", Some(Severity::Urgent)), ("ashfield", None)]
        );
        assert_eq!(begun.begin.len(), 2 + ROUTINE_AT_ONCE);
    }

    #[test]
    fn of_two_as_urgent_the_one_that_has_waited_longer_is_first() {
        let agenda = agenda(&[("ashfield", &[(None, -1)]), ("elmfield", &[(None, -9)])]);
        assert_eq!(of(&turn(&agenda, &BTreeMap::new())), [("elmfield", None), ("ashfield", None)]);
    }

    #[test]
    fn what_is_urgent_finds_room_though_a_provider_does_not_answer_what_is_not() {
        let help = Some(Severity::Emergency);
        let agenda = agenda(&[("ashfield", &[(None, 0), (help, 0)])]);
        let hanging = (0..ROUTINE_AT_ONCE).map(|_| ((slug("elmfield"), AttemptId::new()), None)).collect();
        assert_eq!(of(&turn(&agenda, &hanging)), [("ashfield", help)]);
    }

    #[test]
    fn never_more_than_the_most_are_under_way() {
        let urgent = Some(Severity::Urgent);
        let agenda = agenda(&[("ashfield", &[(urgent, 0); 50])]);
        let under_way = (0..30).map(|_| ((slug("elmfield"), AttemptId::new()), urgent)).collect();
        assert_eq!(turn(&agenda, &under_way).begin.len(), MAX_AT_ONCE - 30);
    }

    #[test]
    fn what_is_not_due_wakes_the_worker_then() {
        let agenda = agenda(&[("ashfield", &[(None, 30), (None, 20)]), ("elmfield", &[(None, 40)])]);
        let later = turn(&agenda, &BTreeMap::new());
        assert_eq!((of(&later), later.wake), (Vec::new(), Some(seconds(20))));
    }

    #[test]
    fn what_failed_just_now_waits_and_what_a_school_is_left_with_is_not_begun() {
        let agenda = agenda(&[("ashfield", &[(None, 0)]), ("elmfield", &[(None, 0)])]);
        let key = turn(&agenda, &BTreeMap::new()).begin[0].0.clone();
        assert_eq!(key.0, slug("ashfield"));
        let again = Again::from([(key, (discriminant(&Job::Send), seconds(2)))]);
        let begun = agenda.turn(noon(), &BTreeMap::new(), &again, &BTreeSet::from([slug("elmfield")]));
        assert_eq!((of(&begun), begun.wake), (Vec::new(), Some(seconds(2))));
    }
}
