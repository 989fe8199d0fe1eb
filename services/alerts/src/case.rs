//! One open case: its reasons, and where its ladder stands.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proto::ids::{AttemptId, CaseId, DeviceId, PersonId, TripId};
use proto::v1::alerts::{
    Channel, Event, LadderStart, Notice, OwnedVia, Reason, Recipient, ReplyCode, Rung, Severity,
};
use proto::v1::safeguarding::Readers;
use proto::values::{Note, Personal};
use serde::{Deserialize, Serialize};

use crate::reasons::{readers, weight};
use crate::topic::CaseTopic;

/// A case that is open.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OpenCase {
    /// Its id.
    pub case: CaseId,
    /// What it gathers reasons about.
    pub topic: CaseTopic,
    /// The trip it is about; none where it is about the school.
    pub trip: Option<TripId>,
    /// What a person replies to own it.
    pub code: ReplyCode,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// The highest so far.
    pub severity: Severity,
    /// The reasons that stand, the oldest first, each with the time it was added.
    pub reasons: Vec<(Reason, Timestamp)>,
    /// Where it stands.
    pub stage: Stage,
    /// Who was told in this round of the ladder and the one before, the oldest first.
    pub told: Vec<Told>,
    /// Rungs that were skipped, with their round.
    pub skipped: Vec<(u16, Rung)>,
    /// Notes, with who wrote them.
    pub notes: Vec<(PersonId, Personal<Note>)>,
    /// How many attempts were begun: the next attempt's id follows from it.
    pub attempts: u64,
}

/// Where a case stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// On the board; nobody is rung.
    Shown {
        /// Rounds of the ladder that there were.
        round: u16,
    },
    /// Going up the ladder.
    Climbing(Climb),
    /// A person has it.
    Owned {
        /// Who.
        by: PersonId,
        /// How they took it.
        via: OwnedVia,
        /// When.
        at: Timestamp,
        /// When ownership lapses.
        until: Timestamp,
        /// Rounds of the ladder that there were.
        round: u16,
    },
}

/// A ladder on its way up: something is always due.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Climb {
    /// The round, from 1.
    pub round: u16,
    /// When the round began.
    pub round_began_at: Timestamp,
    /// Where it begins.
    pub start: LadderStart,
    /// The rung that was reached last; none while it is about to begin.
    pub reached: Option<Rung>,
    /// When that was.
    pub since: Timestamp,
    /// When those who were only texted are called.
    pub calls_at: Option<Timestamp>,
    /// When the next rung is due.
    pub next_at: Timestamp,
    /// What those at base are still to be told again of, each since when. [CHECK-5]
    pub again: Vec<(Reason, Timestamp)>,
}

/// Somebody was told, or is being told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Told {
    /// The attempt.
    pub attempt: AttemptId,
    /// Who.
    pub to: Recipient,
    /// How.
    pub channel: Channel,
    /// On which rung.
    pub rung: Rung,
    /// In which round.
    pub round: u16,
    /// When.
    pub at: Timestamp,
    /// It failed: another channel was tried, if there is one.
    pub failed: bool,
}

impl OpenCase {
    /// A case as it opens.
    pub(crate) fn opened(
        case: CaseId,
        trip: Option<TripId>,
        code: ReplyCode,
        reason: Reason,
        start: LadderStart,
        at: Timestamp,
    ) -> Self {
        let severity = weight(&reason).severity;
        let stage = if severity > Severity::Notice {
            Stage::Climbing(Climb::beginning(1, start, at))
        } else {
            Stage::Shown { round: 0 }
        };
        Self {
            case,
            topic: CaseTopic::of(case, trip, &reason),
            trip,
            code,
            opened_at: at,
            severity,
            reasons: vec![(reason, at)],
            stage,
            told: Vec::new(),
            skipped: Vec::new(),
            notes: Vec::new(),
            attempts: 0,
        }
    }

    /// How urgent the reasons are that still stand: sets the ladder's pace.
    pub fn pressing(&self) -> Severity {
        self.reasons.iter().map(|(r, _)| weight(r).severity).max().unwrap_or(Severity::Notice)
    }

    /// Whether a duress word stands: nothing of the case reaches the trip's phones. [CHECK-6]
    pub fn under_duress(&self) -> bool {
        self.reasons.iter().any(|(r, _)| matches!(r, Reason::Duress { .. }))
    }

    /// Who alone may know of it and is told of it, by its newest reason; none where anybody at base may. [INC-7]
    pub fn readers(&self) -> Option<&Readers> {
        self.reasons.iter().rev().find_map(|(r, _)| readers(r))
    }

    /// Whether that very reason stands.
    pub fn has(&self, reason: &Reason) -> bool {
        self.reasons.iter().any(|(r, _)| r == reason)
    }

    /// Who owns it.
    pub fn owner(&self) -> Option<PersonId> {
        match &self.stage {
            Stage::Owned { by, .. } => Some(*by),
            Stage::Shown { .. } | Stage::Climbing(_) => None,
        }
    }

    /// When time alone will next change it.
    pub fn next_due(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Shown { .. } => None,
            Stage::Climbing(climb) => {
                let again = climb.again.first().map(|(_, at)| *at);
                [self.calls_due(climb), again, Some(climb.next_at)].into_iter().flatten().min()
            }
            Stage::Owned { until, .. } => Some(*until),
        }
    }

    /// When those who were only texted on the rungs reached last are called: none if there is nobody to call.
    pub(crate) fn calls_due(&self, climb: &Climb) -> Option<Timestamp> {
        climb.calls_at.filter(|_| self.to_call(climb).next().is_some())
    }

    /// Those who were only texted on the rungs reached last.
    pub(crate) fn to_call<'a>(&'a self, climb: &'a Climb) -> impl Iterator<Item = &'a Told> {
        let lately = move |t: &&Told| t.round == climb.round && t.at >= climb.since;
        let texted = self.told.iter().filter(lately);
        texted.filter(|t| t.channel == Channel::Text && !t.failed && !self.was_called(t))
    }

    /// Whether an emergency stands; the duress word counts as one where it may be known. [CHECK-6]
    pub(crate) fn is_emergency(&self, duress_too: bool) -> bool {
        let is_one = |(reason, _): &(Reason, Timestamp)| {
            let known = duress_too || !matches!(reason, Reason::Duress { .. });
            known && weight(reason).severity == Severity::Emergency
        };
        self.reasons.iter().any(is_one)
    }

    /// Whether that person was called, too, on the same rung in the same round.
    pub(crate) fn was_called(&self, told: &Told) -> bool {
        let same = |t: &&Told| t.to == told.to && t.rung == told.rung && t.round == told.round;
        self.told.iter().filter(same).any(|t| t.channel == Channel::Voice)
    }

    /// What was told by that attempt.
    pub(crate) fn told_by(&self, attempt: AttemptId) -> Option<&Told> {
        self.told.iter().find(|t| t.attempt == attempt)
    }

    /// Devices from which help was called: whoever holds one is texted, never rung.
    pub(crate) fn callers_for_help(&self) -> BTreeSet<DeviceId> {
        let device = |(r, _): &(Reason, Timestamp)| {
            if let Reason::Help { device, .. } = r { *device } else { None }
        };
        self.reasons.iter().filter_map(device).collect()
    }

    /// Takes an event about this case.
    pub(crate) fn apply(&mut self, event: &Event) {
        match event {
            Event::ReasonAdded { reason, severity, restart, tell_again, at, .. } => {
                self.severity = *severity;
                self.reasons.push((reason.clone(), *at));
                if let Some(start) = restart {
                    self.begin_again(*start, *at);
                }
                if let (true, Stage::Climbing(climb)) = (*tell_again, &mut self.stage) {
                    climb.again.push((reason.clone(), *at));
                }
            }
            Event::ReasonNarrowed { was, now, .. } => {
                self.reasons.iter_mut().filter(|(r, _)| r == was).for_each(|(r, _)| *r = now.clone());
            }
            Event::ReasonGone { reason, .. } => {
                self.reasons.retain(|(r, _)| r != reason);
                self.told_again_of(reason);
                if matches!(self.stage, Stage::Climbing(_)) && self.pressing() == Severity::Notice {
                    self.stage = Stage::Shown { round: self.round() };
                }
            }
            Event::RungReached { rung, round, notices, calls_at, next_at, at, .. } => {
                self.tell(*rung, *round, notices, *at);
                self.reach(*rung, *round, *calls_at, *next_at, *at);
            }
            Event::RungCalled { rung, round, notices, at, .. } => self.tell(*rung, *round, notices, *at),
            Event::RungToldAgain { rung, round, reason, notices, at, .. } => {
                self.tell(*rung, *round, notices, *at);
                self.told_again_of(reason);
            }
            Event::RungSkipped { rung, round, .. } => self.skipped.push((*round, *rung)),
            Event::NobodyReached { round, next_at, at, .. } => {
                self.reach(Rung::Senior, *round, None, *next_at, *at);
            }
            Event::ChannelChanged { notice, instead_of, at, .. } => {
                if let Some(first) = self.fail(*instead_of) {
                    self.tell(first.rung, first.round, std::slice::from_ref(notice), *at);
                }
            }
            Event::NoticeFailed { attempt, at, .. } => {
                if self.fail(*attempt).is_some() {
                    self.hurry_when_nobody_is_left(*at);
                }
            }
            Event::CaseOwned { by, via, at, until, .. } => {
                self.stage = Stage::Owned { by: *by, via: *via, at: *at, until: *until, round: self.round() };
            }
            Event::OwnershipLapsed { at, .. } | Event::CaseHandedBack { at, .. } => {
                self.begin_again(LadderStart::Office, *at);
            }
            Event::NoteAdded { note, by, .. } => self.notes.push((*by, note.clone())),
            // These open or end a case, or are about none.
            Event::CaseOpened { .. }
            | Event::CaseResolved { .. }
            | Event::CodeNotTaken { .. }
            | Event::ReplySetAside { .. }
            | Event::ReplyNotEnough { .. }
            | Event::LadderNoted { .. }
            | Event::BaseNoted { .. }
            | Event::LadderEndedNoted { .. }
            | Event::PersonNoted { .. }
            | Event::DutyNoted { .. }
            | Event::DutyEndedNoted { .. }
            | Event::ReachNoted { .. }
            | Event::LineNoted { .. }
            | Event::ClosedNoted { .. } => {}
        }
    }

    /// The round that is on, or was last.
    pub fn round(&self) -> u16 {
        match &self.stage {
            Stage::Shown { round } | Stage::Owned { round, .. } => *round,
            Stage::Climbing(climb) => climb.round,
        }
    }

    fn begin_again(&mut self, start: LadderStart, at: Timestamp) {
        let unused = matches!(&self.stage, Stage::Climbing(climb) if climb.reached.is_none());
        let round = if unused { self.round() } else { self.round().saturating_add(1) };
        self.stage = match self.pressing() {
            Severity::Notice => Stage::Shown { round: self.round() },
            Severity::Warning | Severity::Urgent | Severity::Emergency => {
                Stage::Climbing(Climb::beginning(round, start, at))
            }
        };
    }

    fn reach(
        &mut self,
        rung: Rung,
        round: u16,
        calls_at: Option<Timestamp>,
        next_at: Timestamp,
        at: Timestamp,
    ) {
        let (began, again) = match &mut self.stage {
            Stage::Climbing(climb) => {
                let began = if climb.round == round { climb.round_began_at } else { at };
                (began, std::mem::take(&mut climb.again))
            }
            Stage::Shown { .. } | Stage::Owned { .. } => (at, Vec::new()),
        };
        self.stage = Stage::Climbing(Climb {
            round,
            round_began_at: began,
            start: LadderStart::Bottom,
            reached: Some(rung),
            since: at,
            calls_at,
            next_at,
            again,
        });
    }

    fn told_again_of(&mut self, reason: &Reason) {
        if let Stage::Climbing(climb) = &mut self.stage {
            climb.again.retain(|(again, _)| again != reason);
        }
    }

    fn tell(&mut self, rung: Rung, round: u16, notices: &[Notice], at: Timestamp) {
        self.told.retain(|t| t.round.saturating_add(1) >= round);
        self.skipped.retain(|(r, _)| r.saturating_add(1) >= round);
        self.attempts += notices.len() as u64;
        self.told.extend(notices.iter().map(|n| Told {
            attempt: n.attempt,
            to: n.to,
            channel: n.channel,
            rung,
            round,
            at,
            failed: false,
        }));
    }

    fn fail(&mut self, attempt: AttemptId) -> Option<Told> {
        let told = self.told.iter_mut().find(|t| t.attempt == attempt)?;
        told.failed = true;
        Some(told.clone())
    }

    /// Nobody of the rungs reached last is left who could still be told: the next one is due at once.
    fn hurry_when_nobody_is_left(&mut self, at: Timestamp) {
        // In an emergency everyone was told at once: the next round waits, or a dead provider would be hammered.
        if self.pressing() == Severity::Emergency {
            return;
        }
        if let Stage::Climbing(climb) = &mut self.stage {
            let now_told = |t: &&Told| t.round == climb.round && Some(t.rung) == climb.reached;
            let mut last = self.told.iter().filter(now_told).peekable();
            if last.peek().is_some() && last.all(|t| t.failed) {
                climb.next_at = climb.next_at.min(at);
            }
        }
    }
}

impl Climb {
    fn beginning(round: u16, start: LadderStart, at: Timestamp) -> Self {
        Self {
            round,
            round_began_at: at,
            start,
            reached: None,
            since: at,
            calls_at: None,
            next_at: at,
            again: Vec::new(),
        }
    }
}
