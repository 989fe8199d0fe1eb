//! A term in figures, as on the governors' page: numbers of incidents and arrangements that are too small are a range.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use proto::v1::alerts::Severity;
use proto::v1::safeguarding::IncidentKind;
use proto::v1::trips::TripKind;
use records::term::{Owned, Term, Told};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::{ApiError, Asks};
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::auth::roles::{self, Action, Seen};
use crate::pages::governors::{NoReport, Wanted, counted};

/// The figures of a stretch of time.
#[derive(Serialize, JsonSchema)]
pub(super) struct GovernorsBody {
    from: Date,
    to: Date,
    /// Trips that left: drills are none.
    trips: u32,
    /// Pupils who went, each trip counted.
    pupils: u64,
    left_without_clearance: u32,
    drills: u32,
    check_ins_in_time: u32,
    check_ins_missed: u32,
    /// Misses after which the group was heard of again by its own word.
    heard_again: u32,
    weeks: Vec<WeekBody>,
    trips_by_kind: Vec<(TripKind, u32)>,
    alerts_by_severity: Vec<(Severity, u32)>,
    alerts_owned: OwnedBody,
    /// Half of the alerts that somebody took were theirs within so many seconds.
    owned_within_secs: Option<i64>,
    phones_lost: u32,
    incidents_by_kind: Vec<(IncidentKind, ToldBody)>,
    /// The day of which the exceptions are told.
    as_of: Date,
    exceptions: ExceptionsBody,
}

/// A week, by its Monday.
#[derive(Serialize, JsonSchema)]
pub(super) struct WeekBody {
    week: Date,
    trips: u32,
    check_ins_in_time: u32,
    check_ins_missed: u32,
}

/// How soon somebody had an alert.
#[derive(Serialize, JsonSchema)]
pub(super) struct OwnedBody {
    within_a_minute: u32,
    within_five_minutes: u32,
    within_a_quarter_of_an_hour: u32,
    later: u32,
    over_before: u32,
    open: u32,
}

/// A number that tells nobody apart: the same twice where it is told exactly.
#[derive(Serialize, JsonSchema)]
pub(super) struct ToldBody {
    at_least: u32,
    at_most: u32,
}

/// Arrangements in force.
#[derive(Serialize, JsonSchema)]
pub(super) struct ExceptionsBody {
    pupils: ToldBody,
    post_16: ToldBody,
    staff: ToldBody,
}

fn told(number: u32) -> ToldBody {
    let (at_least, at_most) = match Told::of(number) {
        Told::Exactly(number) => (number, number),
        Told::Between(from, to) => (from, to),
    };
    ToldBody { at_least, at_most }
}

fn body(term: &Term) -> GovernorsBody {
    let (check_ins_in_time, check_ins_missed) = term.checkins();
    let Owned { minute, five, quarter, later, never, open } = term.owned;
    let [pupils, post_16, staff] = term.arrangements.map(told);
    let week = |(monday, week): (&Date, &records::term::Week)| WeekBody {
        week: *monday,
        trips: week.trips,
        check_ins_in_time: week.in_time,
        check_ins_missed: week.missed,
    };
    GovernorsBody {
        from: term.from,
        to: term.to,
        trips: term.trips(),
        pupils: term.pupils,
        left_without_clearance: term.uncleared,
        drills: term.drills,
        check_ins_in_time,
        check_ins_missed,
        heard_again: term.heard_again,
        weeks: term.weeks.iter().map(week).collect(),
        trips_by_kind: term.kinds.iter().map(|(kind, count)| (*kind, *count)).collect(),
        alerts_by_severity: term.alerts.iter().map(|(severity, count)| (*severity, *count)).collect(),
        alerts_owned: OwnedBody {
            within_a_minute: minute,
            within_five_minutes: five,
            within_a_quarter_of_an_hour: quarter,
            later,
            over_before: never,
            open,
        },
        owned_within_secs: term.median_secs,
        phones_lost: term.lost,
        incidents_by_kind: term.incidents.iter().map(|(kind, count)| (*kind, told(*count))).collect(),
        as_of: term.as_of,
        exceptions: ExceptionsBody { pupils, post_16, staff },
    }
}

/// Of the term that it is, or of the days that are named.
pub(super) async fn governors(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(wanted): Asks<Wanted>,
) -> Result<Json<GovernorsBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Report))?;
    match counted(&state, &session, &wanted).await {
        Ok(term) => Ok(Json(body(&term))),
        Err(NoReport::Days(why)) => Err(ApiError::malformed(Some("from".to_owned()), why)),
        Err(NoReport::Fault(why)) => Err(ApiError::unavailable(why)),
        Err(NoReport::NotFor) => Err(ApiError::not_found("there is no report for you")),
    }
}
