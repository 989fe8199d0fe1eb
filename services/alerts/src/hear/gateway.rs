//! News of the gateway: who took a case by reply or key, what could not be sent, whether the provider is there.

use jiff::Timestamp;
use proto::ids::{AttemptId, CaseId, DeviceId, InboundId, PersonId, ProviderName, TripId};
use proto::v1::alerts::{Channel, Event as Own, Notice, OwnedVia, Reason, Recipient, ReplyCode};
use proto::v1::gateway::{Caller, Event, Meaning};

use super::Desk;
use crate::case::{OpenCase, Stage};
use crate::due::attempt_id;
use crate::take;
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        Event::TextReceived { inbound, from, meaning, received_at, .. } => {
            text(desk, inbound, &from, &meaning);
            help_from_elsewhere(desk, &from, &meaning, received_at);
        }
        // A word said in a call is a check-in, and checkins takes it.
        Event::CallSaid { from, meaning, received_at, .. } => {
            help_from_elsewhere(desk, &from, &meaning, received_at);
        }
        Event::CallExhausted { call, audience, trip, at } => {
            desk.raise(trip, Reason::CallNotTaken { call, audience, at });
        }
        Event::CallRungBack { call, trip, .. } => {
            let topic = trip.map_or(CaseTopic::Calls, CaseTopic::Trip);
            let is_that = |r: &Reason| matches!(r, Reason::CallNotTaken { call: of, .. } if *of == call);
            desk.gone_about(topic, is_that);
        }
        Event::KeyPressed { case: Some(case), by, key: '1', .. } => key(desk, case, by),
        Event::AttemptFailed { attempt, case: Some(case), .. }
        | Event::AttemptImpossible { attempt, case: Some(case), .. } => failed(desk, case, attempt),
        Event::OptedOut { person: Some(person), .. } => {
            let trip = trip_out_of(desk, person);
            desk.raise(trip, Reason::Unreachable { person });
        }
        Event::OptedIn { person: Some(person), .. } => {
            let topics = trip_out_of(desk, person).map(CaseTopic::Trip).into_iter();
            for topic in topics.chain([CaseTopic::Unreachable(person)]) {
                desk.gone_about(topic, |reason| *reason == Reason::Unreachable { person });
            }
        }
        Event::ProviderDown { since, configured: true, provider, channel, instead, .. } => {
            let known = desk.state.case_about(&CaseTopic::Provider);
            if !known.is_some_and(|case| case.reasons.iter().any(|(r, _)| is_of(r, &provider, channel))) {
                desk.raise(None, Reason::ProviderDown { since, provider, channel, instead });
            }
        }
        Event::ProviderUp { provider, channel, .. } => {
            desk.gone_about(CaseTopic::Provider, |reason| is_of(reason, &provider, channel));
        }
        // Other keys own nothing; attempts of reminders and answers are not ours; nobody holds that phone.
        Event::KeyPressed { .. }
        | Event::AttemptFailed { case: None, .. }
        | Event::AttemptImpossible { case: None, .. }
        | Event::OptedOut { person: None, .. }
        | Event::OptedIn { person: None, .. }
        // No provider is set up at all: the board says so, all the time.
        | Event::ProviderDown { configured: false, .. }
        | Event::CallReceived { .. }
        | Event::CallCounts { .. }
        | Event::CallTold { .. }
        | Event::CallRouted { .. }
        | Event::CallStepTried { .. }
        | Event::CallBridged { .. }
        | Event::CallEnded { .. }
        | Event::LineTried { .. }
        | Event::ContactsNoted { .. }
        | Event::AttemptPutOff { .. }
        | Event::AttemptHeldBack { .. }
        | Event::AttemptBundled { .. }
        | Event::ProvidersNoted { .. }
        | Event::ProviderFaulted { .. }
        | Event::ProviderProbed { .. }
        | Event::AttemptWithdrawn { .. }
        | Event::AttemptPlanned { .. }
        | Event::AttemptBegun { .. }
        | Event::AttemptProgressed { .. }
        | Event::PositionReceived { .. }
        | Event::WaypointsSent { .. }
        | Event::SetUpShown { .. }
        | Event::DeviceNoted { .. }
        | Event::LineNoted { .. }
        | Event::TripNoted { .. }
        | Event::CaseNoted { .. } => {}
    }
}

/// Whether a reason is about that provider of that channel. Early journals name neither: there it was all at once.
fn is_of(reason: &Reason, of: &Option<ProviderName>, by: Option<Channel>) -> bool {
    let Reason::ProviderDown { provider, channel, .. } = reason else { return false };
    (provider, *channel) == (of, by) || of.is_none()
}

fn text(desk: &mut Desk<'_>, inbound: InboundId, from: &Caller, meaning: &Meaning) {
    // Strangers are answered by the gateway, and own nothing.
    let Caller::Device { device, person, trip, .. } = from else { return };
    match meaning {
        Meaning::Owns { code } => reply(desk, inbound, *device, *person, *code),
        // "ok 417" of a party that is out is a check-in: checkins takes it. Anybody else's is a reply.
        Meaning::Either { code, .. } if !is_of_a_party_out(desk, *trip, *person) => {
            reply(desk, inbound, *device, *person, *code);
        }
        Meaning::Either { .. }
        | Meaning::Says { .. }
        | Meaning::Miscounted { .. }
        | Meaning::Help {}
        | Meaning::Lost {}
        | Meaning::OptOut {}
        | Meaning::OptIn {}
        | Meaning::Unclear {} => {}
    }
}

/// A call for help from a school phone of no party that is out (base, a phone that was lost) is nobody's but ours:
/// checkins hears those of parties. [CHECK-6]
fn help_from_elsewhere(desk: &mut Desk<'_>, from: &Caller, meaning: &Meaning, received_at: Timestamp) {
    let Caller::Device { device, trip, .. } = from else { return };
    let calls_for_help = matches!(meaning, Meaning::Help {} | Meaning::Lost {});
    if calls_for_help && !trip.is_some_and(|trip| desk.state.is_out(trip)) {
        desk.raise(None, Reason::Help { at: received_at, device: Some(*device) });
    }
}

fn trip_out_of(desk: &Desk<'_>, person: PersonId) -> Option<TripId> {
    let mut trips = desk.state.trips.keys().copied().filter(|trip| desk.state.is_out(*trip));
    trips.find(|trip| desk.state.is_on_trip(person, *trip))
}

fn is_of_a_party_out(desk: &Desk<'_>, trip: Option<TripId>, person: Option<PersonId>) -> bool {
    trip.is_some_and(|trip| desk.state.is_out(trip) || person.is_some_and(|p| desk.state.is_on_trip(p, trip)))
}

/// A pupil's phone, or one in nobody's hands, owns nothing. A text's sender can be forged: of an emergency nobody's text owns
/// anything, and the ladder goes on. [CHECK-6]
fn reply(
    desk: &mut Desk<'_>,
    inbound: InboundId,
    device: DeviceId,
    person: Option<PersonId>,
    code: ReplyCode,
) {
    let case = person.and_then(|p| Some((p, desk.case_of_code(code, p)?)));
    let Some((person, open)) = case else {
        return desk.on_case(Own::CodeNotTaken { inbound, device, code });
    };
    let OpenCase { case, trip, .. } = *open;
    let kept_from = take::is_kept_from(desk.state, open, person);
    // The trip's own staff are answered as if there were no duress word.
    if open.is_emergency(!kept_from) {
        return desk.on_case(Own::ReplyNotEnough { case, trip, inbound, device, code });
    }
    if kept_from {
        return desk.on_case(Own::ReplySetAside { case, trip, inbound, device, code });
    }
    let owned = take::own(open, person, OwnedVia::Reply, Some(inbound), desk.context);
    desk.own(owned);
}

fn key(desk: &mut Desk<'_>, case: CaseId, by: Recipient) {
    let Some(open) = desk.state.case(case) else { return };
    let person = match by {
        Recipient::Person(person) => Some(person),
        Recipient::Line(_) => take::who_answers_lines(desk.state, open, desk.context),
    };
    let taker = person.filter(|p| !take::is_kept_from(desk.state, open, *p));
    let owned = taker.and_then(|p| take::own(open, p, OwnedVia::Key, None, desk.context));
    desk.own(owned);
}

/// The next channel at once; where there is none, the notice has failed. Nothing while a person has the case, and
/// nothing to a trip's phones beside a duress word.
fn failed(desk: &mut Desk<'_>, case: CaseId, attempt: AttemptId) {
    let Some(open) = desk.state.case(case) else { return };
    let Some(told) = open.told_by(attempt).filter(|t| !t.failed) else { return };
    let (trip, at) = (open.trip, desk.context.now);
    let is_climbing = matches!(open.stage, Stage::Climbing(_));
    let may_be_called = match told.to {
        Recipient::Person(person) => !take::is_kept_from(desk.state, open, person),
        Recipient::Line(_) => false,
    };
    let other_channel = told.channel == Channel::Text && !open.was_called(told);
    if is_climbing && may_be_called && other_channel {
        let attempt_by_voice = attempt_id(open, open.attempts);
        let notice = Notice { attempt: attempt_by_voice, to: told.to, channel: Channel::Voice };
        desk.on_case(Own::ChannelChanged { case, trip, notice, instead_of: attempt, at });
    } else {
        desk.on_case(Own::NoticeFailed { case, trip, attempt, at });
    }
}
