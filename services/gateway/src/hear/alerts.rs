//! Of alerts: whom to tell, and when nobody needs to be told any more. [CHECK-2]

use decider::Context;
use proto::Timestamp;
use proto::ids::CaseId;
use proto::v1::alerts::{Channel, Event as Alerts, Notice};
use proto::v1::gateway::{Event, Message, Taken};
use proto::values::Label;

use crate::attempt::{Attempt, Phase};
use crate::headline::{headline, is_for_base_alone};
use crate::limits::ALERT_VALID;
use crate::mail;
use crate::plan::{Plan, Target, reply};
use crate::state::{Case, State};

pub(super) fn hear(state: &State, event: &Alerts, context: &Context<'_>) -> Vec<Event> {
    match event {
        Alerts::CaseOpened { case, trip, reason, code, severity, .. } => {
            let known = Case {
                trip: *trip,
                code: *code,
                headline: headline(reason, context.zone),
                base_only: is_for_base_alone(reason),
                owned: false,
                severity: Some(*severity),
            };
            if state.cases.contains_key(case) {
                return Vec::new();
            }
            let copy = mail::of_notice(state, *case, &known, context.now);
            let named = mail::of_incident(state, *case, reason, context.now);
            std::iter::once(noted(*case, known, None, true)).chain(copy).chain(named).collect()
        }
        Alerts::ReasonAdded { case, reason, restart, severity, .. } => change(state, *case, |known| {
            // Whoever is told anew is told what is new; else the first reason stands.
            let begins_anew = restart.is_some();
            let headline = if begins_anew { headline(reason, context.zone) } else { known.headline };
            let base_only = known.base_only || is_for_base_alone(reason);
            let severity = known.severity.max(Some(*severity));
            Case { headline, base_only, owned: known.owned && !begins_anew, severity, ..known }
        }),
        Alerts::RungReached { case, rung, notices, .. } => {
            let told = notices.iter().filter_map(|notice| tell(state, *case, None, notice, context.now));
            told.chain(mail::of_rung(state, *case, *rung, context.now)).collect()
        }
        Alerts::RungCalled { case, notices, .. } => {
            notices.iter().filter_map(|notice| tell(state, *case, None, notice, context.now)).collect()
        }
        // Who was told before is told what is new; to others the case stays what it was. [CHECK-5]
        Alerts::RungToldAgain { case, reason, notices, .. } => {
            let about = headline(reason, context.zone);
            let again = |notice| tell(state, *case, Some(about.clone()), notice, context.now);
            notices.iter().filter_map(again).collect()
        }
        Alerts::ChannelChanged { case, notice, .. } => {
            tell(state, *case, None, notice, context.now).into_iter().collect()
        }
        Alerts::CaseOwned { case, inbound, by, at, .. } => {
            let answer = inbound.and_then(|inbound| {
                let code = state.cases.get(case)?.code;
                reply(state, inbound, Message::Owned { code }, context.now, context.now)
            });
            let noted = taken(state, *case, Taken { by: *by, at: *at });
            noted.into_iter().chain(withdrawn(state, *case, context.now)).chain(answer).collect()
        }
        Alerts::OwnershipLapsed { case, .. } | Alerts::CaseHandedBack { case, .. } => {
            change(state, *case, |known| Case { owned: false, ..known })
        }
        Alerts::CaseResolved { case, .. } => {
            let ended = state.cases.get(case).map(|known| noted(*case, known.clone(), None, false));
            ended.into_iter().chain(withdrawn(state, *case, context.now)).collect()
        }
        Alerts::CodeNotTaken { inbound, code, .. } => {
            let message = Message::CodeUnknown { code: *code };
            reply(state, *inbound, message, context.now, context.now).into_iter().collect()
        }
        // CHECK-6: a text can be forged; a call to this phone, or a log-in, can't.
        Alerts::ReplyNotEnough { inbound, code, .. } => {
            let message = Message::NotByText { code: *code };
            reply(state, *inbound, message, context.now, context.now).into_iter().collect()
        }
        // CHECK-6: answered just as if it had been taken.
        Alerts::ReplySetAside { inbound, code, .. } => {
            let message = Message::Owned { code: *code };
            reply(state, *inbound, message, context.now, context.now).into_iter().collect()
        }
        Alerts::ReasonNarrowed { .. }
        | Alerts::ReasonGone { .. }
        | Alerts::RungSkipped { .. }
        | Alerts::NobodyReached { .. }
        | Alerts::NoticeFailed { .. }
        | Alerts::NoteAdded { .. }
        | Alerts::LadderNoted { .. }
        | Alerts::BaseNoted { .. }
        | Alerts::LadderEndedNoted { .. }
        | Alerts::PersonNoted { .. }
        | Alerts::DutyNoted { .. }
        | Alerts::DutyEndedNoted { .. }
        | Alerts::ReachNoted { .. }
        | Alerts::LineNoted { .. }
        | Alerts::ClosedNoted { .. } => Vec::new(),
    }
}

/// However late it is heard: while the case is open, somebody has to be told.
fn tell(state: &State, case: CaseId, about: Option<Label>, notice: &Notice, now: Timestamp) -> Option<Event> {
    state.cases.get(&case)?;
    let plan = Plan {
        attempt: notice.attempt,
        to: Target::Recipient(notice.to),
        channel: notice.channel,
        message: Message::Alert { case, about },
        in_answer_to: None,
        at: now,
        expires_at: now.saturating_add(ALERT_VALID).unwrap_or(Timestamp::MAX),
    };
    plan.event(state)
}

/// What was not sent yet isn't any more, and calls that wait or ring are taken back.
fn withdrawn(state: &State, case: CaseId, at: Timestamp) -> impl Iterator<Item = Event> {
    let can_be = |attempt: &Attempt| match attempt.phase {
        Phase::Planned { .. } => true,
        Phase::Accepted { .. } | Phase::Ringing { .. } => attempt.channel == Channel::Voice,
        Phase::Begun { .. }
        | Phase::Unknown { .. }
        | Phase::Sent {}
        | Phase::Answered { .. }
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {}
        | Phase::Bundled { .. } => false,
    };
    let live = state.attempts.live_of_case(case).filter(move |(_, attempt)| can_be(attempt));
    live.map(move |(attempt, _)| Event::AttemptWithdrawn { attempt, case: Some(case), at })
}

fn change(state: &State, id: CaseId, change: impl FnOnce(Case) -> Case) -> Vec<Event> {
    let Some(known) = state.cases.get(&id) else { return Vec::new() };
    let case = change(known.clone());
    if case == *known { Vec::new() } else { vec![noted(id, case, None, true)] }
}

fn noted(case: CaseId, known: Case, taken: Option<Taken>, open: bool) -> Event {
    let Case { trip, code, headline, base_only, owned, severity } = known;
    Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, severity, open }
}

/// Somebody took it; heard again, it is no news.
fn taken(state: &State, id: CaseId, taken: Taken) -> Option<Event> {
    let known = state.cases.get(&id).filter(|known| !known.owned)?;
    Some(noted(id, Case { owned: true, ..known.clone() }, Some(taken), true))
}
