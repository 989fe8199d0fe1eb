//! CONT-1, CONT-2: what calls tell of a line's health. Pure: a signal, and what follows.
//!
//! ```text
//!          2 strikes                    4 strikes
//!   up ──────────────► doubtful ───────────────────────► down ◄────────────────────┐
//!    ▲ ◄─ call taken ──┘  (a test call decides soon)      │                        │ any strike
//!    │                                                    │ a test call is taken   │
//!    └──────────────── nothing wrong for a while ─────── back ─────────────────────┘
//! ```
//!
//! Flapping is damped: each further fall within a day doubles the time until the line is tried again, and the time it is
//! watched after it came back. A call that is taken wipes the strikes; they count for two hours. One engaged or unanswered
//! call is no fault: people are busy.
//!
//! A mark by hand holds against signals until it ends; a mark that the line works wipes all that was held against it.

use std::collections::VecDeque;

use decider::Policy;
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::contacts::{Event, JudgedBy, LineHealth, LineKind, LineSignal};
use proto::values::{Note, SchoolZone, Window};
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Health, Line};

/// So many strikes make a line doubtful.
const DOUBTFUL_AT: u16 = 2;

/// So many take it out of the routes.
const DOWN_AT: u16 = 4;

/// A strike is forgotten after this long.
const STRIKE_COUNTS: SignedDuration = SignedDuration::from_hours(2);

/// The most strikes and falls that are remembered.
const MAX_REMEMBERED: usize = 16;

/// A doubtful line is tested after this long.
const DOUBT_TESTED_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// A line that is down is tested after this long, and again; after further falls twice as long each time.
const DOWN_TESTED_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// A line that came back is watched for this long; after further falls twice as long each time.
const BACK_WATCHED: SignedDuration = SignedDuration::from_mins(15);

/// Neither is ever longer than this.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// Falls count together within this.
const FALLS_COUNT: SignedDuration = SignedDuration::from_hours(24);

/// Of a test call nothing is heard any more after this long: another one is made.
const TEST_LOST: SignedDuration = SignedDuration::from_mins(15);

/// No further ahead than this is a test planned.
const LOOKED_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 8);

/// The most times of the schedule that are looked at for one at which a line is staffed.
const TIMES_LOOKED_AT: usize = 64;

/// What calls told of a line.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Watch {
    /// What is held against it, the oldest first.
    strikes: VecDeque<(Timestamp, u16)>,
    /// When calls took it down.
    falls: VecDeque<Timestamp>,
    /// The test call under way.
    test: Option<(AttemptId, Timestamp)>,
    /// When it is next tested.
    pub(crate) test_at: Option<Timestamp>,
}

impl Watch {
    /// The test call under way, and since when.
    pub fn test(&self) -> Option<(AttemptId, Timestamp)> {
        self.test
    }

    /// When it is next tested.
    pub fn test_at(&self) -> Option<Timestamp> {
        self.test_at
    }

    /// The test call with that id is under way.
    pub(crate) fn is_tested_by(&self, attempt: AttemptId) -> bool {
        self.test.is_some_and(|(under_way, _)| under_way == attempt)
    }

    fn strikes_at(&self, now: Timestamp) -> u16 {
        let counts = self.strikes.iter().filter(|(at, _)| now.duration_since(*at) < STRIKE_COUNTS);
        counts.map(|(_, weight)| weight).sum()
    }

    /// How often it fell within a day, up to `now`.
    fn falls_at(&self, now: Timestamp) -> u32 {
        let counts = self.falls.iter().filter(|at| now.duration_since(**at) < FALLS_COUNT).count();
        u32::try_from(counts).unwrap_or(u32::MAX)
    }

    /// Takes a signal in.
    pub(crate) fn note(&mut self, signal: LineSignal, at: Timestamp) {
        match weight(signal) {
            Weight::Taken => self.strikes.clear(),
            Weight::Strikes(weight) => push(&mut self.strikes, (at, weight)),
            Weight::Nothing => {}
        }
        match signal {
            LineSignal::TestTaken
            | LineSignal::TestNotTaken
            | LineSignal::TestFailed
            | LineSignal::TestNotMade => self.test = None,
            LineSignal::ForwardTaken | LineSignal::ForwardNotTaken | LineSignal::ForwardFailed => {}
        }
    }

    /// Takes a change of health in.
    pub(crate) fn changed(&mut self, health: LineHealth, by: JudgedBy, since: Timestamp) {
        match (health, by) {
            (LineHealth::Up, JudgedBy::Hand) => {
                self.strikes.clear();
                self.falls.clear();
            }
            (LineHealth::Down, JudgedBy::Signals) => push(&mut self.falls, since),
            (LineHealth::Back, JudgedBy::Hand | JudgedBy::Signals) | (LineHealth::Up, JudgedBy::Signals) => {
                self.strikes.clear()
            }
            (LineHealth::Doubtful, JudgedBy::Hand | JudgedBy::Signals)
            | (LineHealth::Down, JudgedBy::Hand) => {}
        }
    }

    /// A test call was asked for.
    pub(crate) fn tested(&mut self, attempt: AttemptId, at: Timestamp) {
        self.test = Some((attempt, at));
        self.test_at = None;
    }
}

fn push<T>(kept: &mut VecDeque<T>, item: T) {
    kept.push_back(item);
    while kept.len() > MAX_REMEMBERED {
        kept.pop_front();
    }
}

enum Weight {
    /// The line works, and somebody is there.
    Taken,
    Strikes(u16),
    /// It says nothing of the line.
    Nothing,
}

fn weight(signal: LineSignal) -> Weight {
    match signal {
        LineSignal::ForwardTaken | LineSignal::TestTaken => Weight::Taken,
        LineSignal::ForwardNotTaken => Weight::Strikes(1),
        LineSignal::ForwardFailed | LineSignal::TestNotTaken => Weight::Strikes(2),
        LineSignal::TestFailed => Weight::Strikes(3),
        LineSignal::TestNotMade => Weight::Nothing,
    }
}

/// How long, after so many falls within a day.
fn damped(once: SignedDuration, falls: u32) -> SignedDuration {
    let doublings = falls.saturating_sub(1).min(8);
    let secs = once.as_secs().saturating_mul(1 << doublings);
    SignedDuration::from_secs(secs).min(LONGEST)
}

/// The events of a signal: none where it tells nothing new.
pub(crate) fn signalled(facts: &Facts, event: Signalled) -> Vec<Event> {
    let Signalled { line: id, signal, at } = event;
    let Some(line) = facts.lines.get(&id) else { return vec![] };
    let is_news = match weight(signal) {
        Weight::Taken => {
            !line.watch.strikes.is_empty() || line.watch.test.is_some() || line.health != Health::Up
        }
        Weight::Strikes(_) => true,
        Weight::Nothing => line.watch.test.is_some(),
    };
    if !is_news {
        return vec![];
    }
    let mut after = line.watch.clone();
    after.note(signal, at);
    let change = change(line, &after, signal, at).map(|(health, until)| Event::LineHealthChanged {
        line: id,
        health,
        since: at,
        reason: reason(health, signal),
        until,
        by: JudgedBy::Signals,
    });
    std::iter::once(Event::LineSignalled { line: id, signal, at }).chain(change).collect()
}

/// A signal about a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signalled {
    pub(crate) line: proto::ids::LineId,
    pub(crate) signal: LineSignal,
    pub(crate) at: Timestamp,
}

/// The health that follows from a signal, if it is another one; and until when it stands by itself.
fn change(
    line: &Line,
    after: &Watch,
    signal: LineSignal,
    at: Timestamp,
) -> Option<(LineHealth, Option<Timestamp>)> {
    let strikes = after.strikes_at(at);
    match (&line.health, weight(signal)) {
        (_, Weight::Nothing) => None,
        (Health::Doubtful { by: JudgedBy::Hand, .. } | Health::Down { by: JudgedBy::Hand, .. }, _) => None,
        (Health::Up | Health::Back { .. }, Weight::Taken) => None,
        (Health::Doubtful { by: JudgedBy::Signals, .. }, Weight::Taken) => Some((LineHealth::Up, None)),
        (Health::Down { by: JudgedBy::Signals, .. }, Weight::Taken) => {
            Some((LineHealth::Back, Some(watched_until(line, at))))
        }
        (Health::Back { .. }, Weight::Strikes(_)) => Some((LineHealth::Down, None)),
        (Health::Up | Health::Doubtful { by: JudgedBy::Signals, .. }, Weight::Strikes(_))
            if strikes >= DOWN_AT =>
        {
            Some((LineHealth::Down, None))
        }
        (Health::Up, Weight::Strikes(_)) => (strikes >= DOUBTFUL_AT).then_some((LineHealth::Doubtful, None)),
        (Health::Doubtful { by: JudgedBy::Signals, .. }, Weight::Strikes(_)) => None,
        (Health::Down { by: JudgedBy::Signals, .. }, Weight::Strikes(_)) => None,
    }
}

/// Until when a line that comes back is watched.
pub(crate) fn watched_until(line: &Line, at: Timestamp) -> Timestamp {
    at.saturating_add(damped(BACK_WATCHED, line.watch.falls_at(at))).unwrap_or(Timestamp::MAX)
}

fn reason(health: LineHealth, signal: LineSignal) -> Note {
    let text = match (health, signal) {
        (LineHealth::Up | LineHealth::Back, LineSignal::TestTaken) => "a test call was taken",
        (LineHealth::Up | LineHealth::Back, _) => "a call was taken",
        (_, LineSignal::ForwardFailed) => "calls can't be put through to it",
        (_, LineSignal::TestFailed) => "a test call could not be put through",
        (_, LineSignal::TestNotTaken) => "nobody took a test call",
        (_, LineSignal::ForwardNotTaken) => "calls put through to it were not taken",
        (_, LineSignal::ForwardTaken | LineSignal::TestTaken | LineSignal::TestNotMade) => "calls say so",
    };
    Note::parse(text).expect("a short text is a note")
}

/// A line that came back has worked ever since.
pub(crate) fn has_kept_well() -> Note {
    Note::parse("nothing has been wrong since it came back").expect("a short text is a note")
}

/// When a line is next tested: soon where its health is open, else by the school's schedule; only while it is staffed.
/// None: not within eight days, or never.
pub(crate) fn next_test(
    facts: &Facts,
    line: &Line,
    now: Timestamp,
    policy: &Policy,
    zone: &SchoolZone,
) -> Option<Timestamp> {
    match line.kind {
        LineKind::Landline | LineKind::Office => {}
        LineKind::BackUpMobile => return None,
    }
    let after = |since: Timestamp, wait| since.saturating_add(wait).unwrap_or(Timestamp::MAX);
    if let Some((_, begun)) = line.watch.test {
        return staffed_from(facts, line, after(begun, TEST_LOST).max(now), zone);
    }
    let retried = |wait: SignedDuration| staffed_from(facts, line, after(now, wait), zone);
    let planned = line.watch.test_at.filter(|at| *at > now);
    match &line.health {
        Health::Doubtful { by: JudgedBy::Hand, .. } | Health::Down { by: JudgedBy::Hand, .. } => None,
        Health::Doubtful { by: JudgedBy::Signals, since, .. } => {
            let wait = if *since == now { DOUBT_TESTED_AFTER } else { DOWN_TESTED_AFTER };
            planned.filter(|at| *at <= after(now, wait)).or_else(|| retried(wait))
        }
        Health::Down { by: JudgedBy::Signals, .. } => {
            let wait = damped(DOWN_TESTED_AFTER, line.watch.falls_at(now));
            planned.filter(|at| *at <= after(now, wait)).or_else(|| retried(wait))
        }
        Health::Up | Health::Back { .. } => by_schedule(facts, line, now, policy, zone),
    }
}

fn by_schedule(
    facts: &Facts,
    line: &Line,
    now: Timestamp,
    policy: &Policy,
    zone: &SchoolZone,
) -> Option<Timestamp> {
    let schedule = policy.line_tests.as_ref()?;
    let end = now.saturating_add(LOOKED_AHEAD).unwrap_or(Timestamp::MAX);
    let times = std::iter::successors(schedule.next_after(now, zone), |at| schedule.next_after(*at, zone));
    let mut ahead = times.take(TIMES_LOOKED_AT).take_while(|at| *at <= end);
    ahead.find(|at| is_staffed(facts, line, *at, zone))
}

/// Whether somebody should be there to take a call.
pub(crate) fn is_staffed(facts: &Facts, line: &Line, at: Timestamp, zone: &SchoolZone) -> bool {
    line.hours.is_open(at, zone) && facts.closed_at(at).is_none()
}

/// The first moment from then on at which it is staffed.
fn staffed_from(facts: &Facts, line: &Line, from: Timestamp, zone: &SchoolZone) -> Option<Timestamp> {
    if is_staffed(facts, line, from, zone) {
        return Some(from);
    }
    let end = from.saturating_add(LOOKED_AHEAD).unwrap_or(Timestamp::MAX);
    let hours = line.hours.windows(Window::new(from, end).ok()?, zone);
    let reopens = facts.closings.iter().map(|closing| closing.window.to);
    let mut moments: Vec<_> =
        hours.iter().map(|open| open.from).chain(reopens).filter(|at| *at > from).collect();
    moments.sort_unstable();
    moments.into_iter().find(|at| is_staffed(facts, line, *at, zone))
}
