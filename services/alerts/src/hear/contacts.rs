//! News of contacts: by which lines the office is rung, which are down, who holds base, where the route has gaps.

use proto::ids::LineId;
use proto::v1::alerts::{Event as Own, Reason};
use proto::v1::contacts::{Event, LineHealth, LineKind};
use proto::values::WeeklyHours;

use super::Desk;
use crate::state::Line;
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        Event::LineAdded { line, kind, hours, .. } => note_line(desk, line, kind, hours, true),
        Event::LineChanged { line, hours, .. } => {
            if let Some(known) = desk.state.lines.get(&line) {
                note_line(desk, line, known.kind, hours, known.usable);
            }
        }
        Event::LineRemoved { line } => {
            if let Some(known) = desk.state.lines.get(&line) {
                note_line(desk, line, known.kind, known.hours.clone(), false);
            }
            desk.gone_about(CaseTopic::Line(line), |_| true);
        }
        Event::LineHealthChanged { line, health, since, .. } => {
            if let Some(known) = desk.state.lines.get(&line) {
                note_line(desk, line, known.kind, known.hours.clone(), health != LineHealth::Down);
            }
            match health {
                LineHealth::Down => line_is_down(desk, line, since),
                LineHealth::Up | LineHealth::Back => desk.gone_about(CaseTopic::Line(line), |_| true),
                // Not known to be well: what was said of it stands.
                LineHealth::Doubtful => {}
            }
        }
        Event::ClosedEarly { window, .. } => {
            if desk.state.closed != Some(window) {
                desk.note(Own::ClosedNoted { window });
            }
        }
        Event::BaseHeld { trip, person, .. } => {
            let known = desk.state.trips.get(&trip).and_then(|t| t.base);
            if known != Some(person) && !desk.state.ended.contains(&trip) {
                desk.note(Own::BaseNoted { trip, person });
            }
            desk.gone_of_trip(trip, |reason| matches!(reason, Reason::BaseUnheld { .. }));
        }
        Event::BaseUnheld { trip, since } => desk.raise(Some(trip), Reason::BaseUnheld { since }),
        Event::CoverageAssessed { trip, gaps, at, .. } => {
            let is_gap = |r: &Reason| matches!(r, Reason::RouteGap { .. });
            let case = desk.state.case_of_trip(trip);
            let known = case.is_some_and(|c| c.reasons.iter().any(|(r, _)| is_gap(r)));
            if gaps.is_empty() {
                desk.gone_of_trip(trip, is_gap);
            } else if !known && desk.state.is_out(trip) {
                desk.raise(Some(trip), Reason::RouteGap { since: at });
            }
        }
        Event::RouteChecked { trip, missing, at, .. } => {
            let is_broken = |r: &Reason| matches!(r, Reason::RouteBroken { .. });
            let case = desk.state.case_of_trip(trip);
            let known = case.is_some_and(|c| c.reasons.iter().any(|(r, _)| is_broken(r)));
            if missing.is_empty() {
                desk.gone_of_trip(trip, is_broken);
            } else if !known {
                desk.raise(Some(trip), Reason::RouteBroken { since: at });
            }
        }
        Event::LineSignalled { .. }
        | Event::LineTestCalled { .. }
        | Event::LineTestScheduled { .. }
        | Event::DutyNoted { .. }
        | Event::DutyEndedNoted { .. }
        | Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::TripNoted { .. }
        | Event::TripPhaseNoted { .. } => {}
    }
}

fn note_line(desk: &mut Desk<'_>, line: LineId, kind: LineKind, hours: WeeklyHours, usable: bool) {
    let now = Line { kind, hours, usable };
    if desk.state.lines.get(&line) != Some(&now) {
        desk.note(Own::LineNoted { line, kind, hours: now.hours, usable });
    }
}

/// Told again while it is down, it is the same fault.
fn line_is_down(desk: &mut Desk<'_>, line: LineId, since: jiff::Timestamp) {
    if desk.state.case_about(&CaseTopic::Line(line)).is_none() {
        desk.raise(None, Reason::LineDown { line, since });
    }
}
