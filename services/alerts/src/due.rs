//! What time alone brings: the next rung, the calls after the texts, ownership that lapses.
//!
//! A ladder that stood still for a while (a restart) takes one step now, not all that it missed.

use std::collections::BTreeSet;

use decider::{MAX_DUE_EVENTS, Tick};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{AttemptId, PersonId};
use proto::v1::alerts::{Channel, Event, LadderStart, Notice, Recipient, Rung, Severity};

use crate::case::{Climb, OpenCase, Stage};
use crate::ladder::{BASE, LEAST_ROUND, path, recipients, rungs, wait};
use crate::state::State;

/// What fell due up to now, at most [`MAX_DUE_EVENTS`] and one step for each case.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    for (_, case) in state.index.due.iter().take_while(|(at, _)| *at <= tick.now) {
        let Some(case) = state.cases.get(case) else { continue };
        let step = step(state, case, tick);
        if !events.is_empty() && events.len() + step.len() > MAX_DUE_EVENTS {
            break;
        }
        events.extend(step);
    }
    events
}

fn step(state: &State, case: &OpenCase, tick: &Tick<'_>) -> Vec<Event> {
    match &case.stage {
        Stage::Shown { .. } => Vec::new(),
        Stage::Owned { by, .. } => {
            vec![Event::OwnershipLapsed { case: case.case, trip: case.trip, by: *by, at: tick.now }]
        }
        Stage::Climbing(climb) if climb.reached.is_some() && !climb.again.is_empty() => {
            Ascent::new(state, case, climb, tick).tell_again()
        }
        Stage::Climbing(climb) if climb.next_at > tick.now => call(case, climb, tick.now),
        Stage::Climbing(climb) => Ascent::new(state, case, climb, tick).next_rung(),
    }
}

/// Nobody took it on the text: the same people are called.
fn call(case: &OpenCase, climb: &Climb, now: Timestamp) -> Vec<Event> {
    let texted: Vec<_> = case.to_call(climb).collect();
    let rungs: BTreeSet<_> = texted.iter().map(|t| t.rung).collect();
    let mut attempt = case.attempts;
    let mut called = |rung: Rung| Event::RungCalled {
        case: case.case,
        trip: case.trip,
        rung,
        round: climb.round,
        notices: texted
            .iter()
            .filter(|t| t.rung == rung)
            .map(|t| {
                attempt += 1;
                Notice { attempt: attempt_id(case, attempt - 1), to: t.to, channel: Channel::Voice }
            })
            .collect(),
        at: now,
    };
    rungs.into_iter().map(&mut called).collect()
}

/// The id of a case's attempt, by its number in the case.
pub(crate) fn attempt_id(case: &OpenCase, number: u64) -> AttemptId {
    AttemptId::derived(case.case.0, number)
}

/// A step up the ladder as it is worked out.
struct Ascent<'a> {
    state: &'a State,
    case: &'a OpenCase,
    climb: &'a Climb,
    tick: &'a Tick<'a>,
    events: Vec<Event>,
    /// How many attempts were begun in this step.
    told: u64,
    /// Somebody was only texted in this step.
    texted: bool,
}

impl<'a> Ascent<'a> {
    fn new(state: &'a State, case: &'a OpenCase, climb: &'a Climb, tick: &'a Tick<'a>) -> Self {
        Self { state, case, climb, tick, events: Vec::new(), told: 0, texted: false }
    }

    fn next_rung(mut self) -> Vec<Event> {
        let rungs = rungs(self.state, self.case);
        let path = path(rungs, self.climb);
        let begins = self.climb.reached.is_none();
        let now_round = self.climb.round;
        if self.case.pressing() == Severity::Emergency {
            let round = if begins { now_round } else { now_round.saturating_add(1) };
            return self.at_once(rungs, round);
        }
        if begins && self.climb.start == LadderStart::Base {
            return self.at_once(&BASE, now_round);
        }
        for (round, rung) in path {
            let too_soon = self.tick.now < self.climb.round_began_at + LEAST_ROUND;
            if round > now_round && !begins && too_soon {
                break;
            }
            let people = self.recipients(rung);
            if people.is_empty() {
                self.skip(rung, round);
            } else {
                self.reach(rung, round, &people, wait(self.case.pressing(), rung));
                return self.events;
            }
        }
        self.nobody(now_round)
    }

    /// Every one of these rungs, now. Nobody is told twice in the same moment.
    fn at_once(mut self, rungs: &[Rung], round: u16) -> Vec<Event> {
        let mut told = BTreeSet::new();
        for rung in rungs {
            let mut people = self.recipients(*rung);
            if people.is_empty() {
                self.skip(*rung, round);
                continue;
            }
            people.retain(|to| told.insert(*to));
            self.reach(*rung, round, &people, wait(self.case.pressing(), Rung::Office));
        }
        if told.is_empty() { self.nobody(round) } else { self.events }
    }

    /// Those at base who were told in this round, of what is new; the office in any case. [CHECK-5]
    fn tell_again(mut self) -> Vec<Event> {
        let OpenCase { case, trip, .. } = *self.case;
        let (round, at) = (self.climb.round, self.tick.now);
        let was_told = |rung: &Rung| self.case.told.iter().any(|t| t.round == round && t.rung == *rung);
        let rungs: Vec<Rung> =
            BASE.into_iter().filter(|rung| *rung == Rung::Office || was_told(rung)).collect();
        for (reason, _) in &self.climb.again {
            let mut told = BTreeSet::new();
            for rung in &rungs {
                let mut people = self.recipients(*rung);
                people.retain(|to| told.insert(*to));
                let notices = self.notices(&people);
                let (rung, reason) = (*rung, reason.clone());
                self.events.push(Event::RungToldAgain { case, trip, rung, round, reason, notices, at });
            }
        }
        self.events
    }

    fn recipients(&self, rung: Rung) -> Vec<Recipient> {
        recipients(self.state, self.case, rung, self.tick.now, self.tick.zone)
    }

    fn skip(&mut self, rung: Rung, round: u16) {
        let OpenCase { case, trip, .. } = *self.case;
        self.events.push(Event::RungSkipped { case, trip, rung, round, at: self.tick.now });
    }

    fn nobody(mut self, round: u16) -> Vec<Event> {
        let OpenCase { case, trip, .. } = *self.case;
        let now = self.tick.now;
        self.events.push(Event::NobodyReached { case, trip, round, next_at: now + LEAST_ROUND, at: now });
        self.events
    }

    fn reach(&mut self, rung: Rung, round: u16, people: &[Recipient], wait: SignedDuration) {
        let now = self.tick.now;
        let notices = self.notices(people);
        let calls_at = (self.texted && self.case.pressing() < Severity::Emergency).then(|| now + wait / 2);
        let OpenCase { case, trip, .. } = *self.case;
        let next_at = now + wait;
        self.events.push(Event::RungReached { case, trip, rung, round, notices, calls_at, next_at, at: now });
    }

    fn notices(&mut self, people: &[Recipient]) -> Vec<Notice> {
        let severity = self.case.pressing();
        let mut notices = Vec::new();
        for to in people {
            let channels = self.channels(*to, severity);
            self.texted |= channels == [Channel::Text];
            for channel in channels {
                let attempt = attempt_id(self.case, self.case.attempts + self.told);
                notices.push(Notice { attempt, to: *to, channel: *channel });
                self.told += 1;
            }
        }
        notices
    }

    /// A line is called. A person is texted, and called after half the wait; in an emergency both at once, save who
    /// called for help: a ringing phone could give them away.
    fn channels(&self, to: Recipient, severity: Severity) -> &'static [Channel] {
        match to {
            Recipient::Line(_) => &[Channel::Voice],
            Recipient::Person(person) if severity == Severity::Emergency && !self.called_for_help(person) => {
                &[Channel::Text, Channel::Voice]
            }
            Recipient::Person(_) => &[Channel::Text],
        }
    }

    fn called_for_help(&self, person: PersonId) -> bool {
        let callers = self.case.callers_for_help();
        callers.iter().any(|device| self.state.index.holders.get(device) == Some(&person))
    }
}
