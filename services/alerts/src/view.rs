//! What the board shows of a case: its ladder as one line. Pure queries.

use jiff::Timestamp;
use proto::ids::{AttemptId, CaseId, PersonId, TripId};
use proto::v1::alerts::{Channel, OwnedVia, Reason, Recipient, ReplyCode, Rung, Severity};
use proto::v1::safeguarding::Readers;
use proto::values::Label;
use serde::Serialize;

use crate::case::{OpenCase, Stage};
use crate::ladder::rungs;
use crate::state::State;

/// An open case, as it is shown.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "as in the case")]
pub struct CaseView {
    pub case: CaseId,
    pub trip: Option<TripId>,
    /// The trip's title.
    pub title: Option<Label>,
    pub severity: Severity,
    pub code: ReplyCode,
    pub opened_at: Timestamp,
    /// The reasons that stand, the oldest first.
    pub reasons: Vec<Reason>,
    pub owner: Option<OwnerView>,
    /// The ladder, in order: what it says of this round.
    pub ladder: Vec<RungView>,
    /// The round, from 1; 0 for a case that climbs none.
    pub round: u16,
    /// When the next step is due: the calls, the next rung, or the end of ownership.
    pub next_at: Option<Timestamp>,
    /// A duress word stands: shown to base alone.
    pub base_only: bool,
    /// Who alone may see it, where not everybody at base may. [INC-7]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readers: Option<Readers>,
}

/// Who owns it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "who, how, since when, until when")]
pub struct OwnerView {
    pub person: PersonId,
    pub via: OwnedVia,
    pub at: Timestamp,
    pub until: Timestamp,
}

/// One rung of the line.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "which rung, where it stands, who was told on it in this round")]
pub struct RungView {
    pub rung: Rung,
    pub stands: RungStands,
    pub told: Vec<ToldView>,
    /// When it was last told in a round before this one.
    pub told_before: Option<Timestamp>,
}

/// Where a rung stands in this round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RungStands {
    /// Not reached yet.
    Ahead,
    /// Told, and it is their turn.
    Now,
    /// Told; the ladder went on.
    Told,
    /// Nobody on it could be reached.
    Skipped,
}

/// One attempt to tell somebody.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "as in the notice")]
pub struct ToldView {
    pub attempt: AttemptId,
    pub to: Recipient,
    pub channel: Channel,
    pub at: Timestamp,
    pub failed: bool,
}

/// Every open case, the gravest first, then the oldest.
pub fn board(state: &State) -> Vec<CaseView> {
    let mut views: Vec<_> = state.open_cases().map(|case| view(state, case)).collect();
    views.sort_by_key(|v| (std::cmp::Reverse(v.severity), v.opened_at, v.case));
    views
}

/// The cases that a trip's own staff may see: none beside a duress word. [CHECK-6]
pub fn for_trip_staff(state: &State, trip: TripId) -> Option<CaseView> {
    state.case_of_trip(trip).filter(|case| !case.under_duress()).map(|case| view(state, case))
}

/// One case.
pub fn view(state: &State, case: &OpenCase) -> CaseView {
    CaseView {
        case: case.case,
        trip: case.trip,
        title: case.trip.and_then(|trip| state.ladder_of(trip)).map(|l| l.title.clone()),
        severity: case.severity,
        code: case.code,
        opened_at: case.opened_at,
        reasons: case.reasons.iter().map(|(r, _)| r.clone()).collect(),
        owner: owner(case),
        ladder: rungs(state, case).iter().map(|rung| rung_view(case, *rung)).collect(),
        round: case.round(),
        next_at: case.next_due(),
        base_only: case.under_duress(),
        readers: case.readers().cloned(),
    }
}

fn owner(case: &OpenCase) -> Option<OwnerView> {
    match &case.stage {
        Stage::Owned { by, via, at, until, .. } => {
            Some(OwnerView { person: *by, via: *via, at: *at, until: *until })
        }
        Stage::Shown { .. } | Stage::Climbing(_) => None,
    }
}

fn rung_view(case: &OpenCase, rung: Rung) -> RungView {
    let round = case.round();
    let told = case.told.iter().filter(|t| t.round == round && t.rung == rung);
    let told: Vec<_> = told
        .map(|t| ToldView { attempt: t.attempt, to: t.to, channel: t.channel, at: t.at, failed: t.failed })
        .collect();
    let turn = matches!(&case.stage, Stage::Climbing(climb) if told.iter().any(|t| t.at >= climb.since));
    let stands = match (told.is_empty(), turn) {
        (true, _) if case.skipped.contains(&(round, rung)) => RungStands::Skipped,
        (true, _) => RungStands::Ahead,
        (false, true) => RungStands::Now,
        (false, false) => RungStands::Told,
    };
    let before = case.told.iter().filter(|t| t.round < round && t.rung == rung);
    RungView { rung, stands, told, told_before: before.map(|t| t.at).max() }
}
