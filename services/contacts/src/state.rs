//! What contacts knows, and how its events change it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{AttemptId, DutyId, LineId, PersonId, TripId};
use proto::v1::contacts::{Event, TripPhase};
use serde::{Deserialize, Serialize};

use crate::facts::{Closing, Duty, Facts, Line};
use crate::trip::{Base, Coverage, Trip};

/// How long a duty is remembered after its end: longer than any trip, so that what is told of one doesn't change
/// because the past is forgotten.
const DUTY_KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);

/// All that contacts knows of one school.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) facts: Facts,
    pub(crate) trips: BTreeMap<TripId, Trip>,
    wakes: Wakes,
}

/// What time alone changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Wake {
    /// A line's mark ends, or it is to be tested.
    Line(LineId),
    /// A duty is long over.
    Duty(DutyId),
    /// A gap of a trip is over, or its base is held no more.
    Trip(TripId),
}

/// Each wake's time, in order of time.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "ByTime", into = "ByTime")]
struct Wakes {
    by_time: BTreeSet<(Timestamp, Wake)>,
    of: BTreeMap<Wake, Timestamp>,
}

/// As it is written down.
type ByTime = BTreeSet<(Timestamp, Wake)>;

impl From<ByTime> for Wakes {
    fn from(by_time: ByTime) -> Self {
        let of = by_time.iter().map(|(at, wake)| (*wake, *at)).collect();
        Self { by_time, of }
    }
}

impl From<Wakes> for ByTime {
    fn from(wakes: Wakes) -> Self {
        wakes.by_time
    }
}

impl Wakes {
    fn set(&mut self, wake: Wake, at: Option<Timestamp>) {
        if let Some(before) = self.of.remove(&wake) {
            self.by_time.remove(&(before, wake));
        }
        if let Some(at) = at {
            self.of.insert(wake, at);
            self.by_time.insert((at, wake));
        }
    }
}

impl State {
    /// What is known of the school: for [`crate::gaps`].
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The school's lines.
    pub fn lines(&self) -> impl Iterator<Item = (LineId, &Line)> {
        self.facts.lines.iter().map(|(id, line)| (*id, line))
    }

    /// One of them.
    pub fn line(&self, line: LineId) -> Option<&Line> {
        self.facts.lines.get(&line)
    }

    /// Early closings, past ones too.
    pub fn closings(&self) -> impl Iterator<Item = &Closing> {
        self.facts.closings.iter()
    }

    /// The rota as heard.
    pub fn duties(&self) -> impl Iterator<Item = (DutyId, &Duty)> {
        self.facts.duties.iter().map(|(id, duty)| (*id, duty))
    }

    /// A trip that hasn't ended.
    pub fn trip(&self, trip: TripId) -> Option<&Trip> {
        self.trips.get(&trip)
    }

    /// The trips that are out.
    pub(crate) fn trips_out(&self) -> impl Iterator<Item = &Trip> {
        self.trips.values().filter(|trip| trip.phase == TripPhase::Out)
    }

    /// Who holds base of a trip, if it is out. [CONT-6]
    pub fn base_holder(&self, trip: TripId) -> Option<PersonId> {
        self.trips.get(&trip).map(|t| &t.base).and_then(Base::holder)
    }

    /// What was last told of a trip's emergency route. [FORM-8]
    pub fn coverage(&self, trip: TripId) -> Option<&Coverage> {
        self.trips.get(&trip)?.coverage.as_ref()
    }

    /// The line that a test call is made to.
    pub(crate) fn line_tested_by(&self, attempt: AttemptId) -> Option<LineId> {
        let found = self.facts.lines.iter().find(|(_, line)| line.watch.is_tested_by(attempt));
        found.map(|(id, _)| *id)
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.wakes.by_time.first().map(|(at, _)| *at)
    }

    /// What is due up to an instant, in order of time.
    pub(crate) fn wakes_due(&self, now: Timestamp) -> impl Iterator<Item = Wake> {
        self.wakes.by_time.iter().take_while(move |(at, _)| *at <= now).map(|(_, wake)| *wake)
    }

    /// Takes an event in.
    pub(crate) fn evolve(&mut self, event: &Event) {
        self.facts.apply(event);
        match event {
            Event::LineAdded { line, .. }
            | Event::LineChanged { line, .. }
            | Event::LineRemoved { line }
            | Event::LineHealthChanged { line, .. }
            | Event::LineTestCalled { line, .. }
            | Event::LineTestScheduled { line, .. } => {
                let found = self.facts.lines.get(line);
                let at = found.and_then(|l| l.health.until().into_iter().chain(l.watch.test_at()).min());
                self.wakes.set(Wake::Line(*line), at);
            }
            Event::LineSignalled { .. } => {}
            Event::ClosedEarly { .. } => {
                let trips: Vec<TripId> = self.trips.keys().copied().collect();
                trips.into_iter().for_each(|trip| self.wake_trip(trip));
            }
            Event::DutyNoted { duty, window, .. } => {
                let over = window.to.saturating_add(DUTY_KEPT).unwrap_or(Timestamp::MAX);
                self.wakes.set(Wake::Duty(*duty), Some(over));
            }
            Event::DutyEndedNoted { duty } => self.wakes.set(Wake::Duty(*duty), None),
            Event::PersonNoted { .. } | Event::WorkMobileNoted { .. } => {}
            Event::BaseHeld { trip, .. }
            | Event::BaseUnheld { trip, .. }
            | Event::CoverageAssessed { trip, .. }
            | Event::RouteChecked { trip, .. }
            | Event::TripNoted { trip, .. }
            | Event::TripPhaseNoted { trip, .. } => {
                let mut slot = self.trips.remove(trip);
                Trip::apply(&mut slot, event);
                self.trips.extend(slot.map(|found| (*trip, found)));
                self.wake_trip(*trip);
            }
        }
    }

    fn wake_trip(&mut self, trip: TripId) {
        let at = self.trips.get(&trip).and_then(|t| t.wake_at(&self.facts));
        self.wakes.set(Wake::Trip(trip), at);
    }
}
