//! News of other services, as events of our own: what is noted, what opens a case, what ends a reason.
//!
//! Nobody is told here: a case that opens is due at once, and [`crate::due`] tells. So a service that catches up after a
//! standstill sees that a miss was answered meanwhile before it rings anybody.

mod checkins;
mod contacts;
mod devices;
mod gateway;
mod people;
mod safeguarding;
mod trips;

use std::collections::BTreeMap;

use decider::{Context, News};
use jiff::Timestamp;
use proto::ids::{CaseId, DeviceId, PersonId, TripId};
use proto::v1::AnyEvent;
use proto::v1::alerts::{Event, LadderStart, Reason, Resolution, Rung, Severity};

use crate::case::{OpenCase, Stage};
use crate::reasons::{Ends, happens_once, severity, weight};
use crate::state::State;
use crate::topic::CaseTopic;
use crate::{codes, take};

/// Everyone of a case was told less than this ago: a further call of the same kind doesn't tell them all again at once.
const JUST_TOLD_SECS: i64 = 60;

pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let mut desk = Desk::new(state, news, context);
    match news.event {
        AnyEvent::Checkins(event) => checkins::hear(&mut desk, event),
        AnyEvent::Trips(event) => trips::hear(&mut desk, event),
        AnyEvent::Devices(event) => devices::hear(&mut desk, event),
        AnyEvent::People(event) => people::hear(&mut desk, event),
        AnyEvent::Contacts(event) => contacts::hear(&mut desk, event),
        AnyEvent::Gateway(event) => gateway::hear(&mut desk, event),
        AnyEvent::Safeguarding(event) => safeguarding::hear(&mut desk, event),
        AnyEvent::Alerts(_) => {}
    }
    desk.done()
}

/// The same count of the same group within this: the same text twice, most likely.
const SAME_COUNT_SECS: i64 = 60;

/// One piece of news as it is worked on.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a State,
    pub(crate) context: &'a Context<'a>,
    /// When its service recorded it.
    pub(crate) recorded_at: Timestamp,
    history: bool,
    events: Vec<Event>,
    /// What stands on the cases that were touched.
    standing: BTreeMap<CaseId, Vec<Reason>>,
}

impl<'a> Desk<'a> {
    fn new(state: &'a State, news: &News<'_>, context: &'a Context<'a>) -> Self {
        let (recorded_at, history) = (news.recorded_at, news.history);
        Self { state, context, recorded_at, history, events: Vec::new(), standing: BTreeMap::new() }
    }

    /// What is noted of others, history or not.
    pub(crate) fn note(&mut self, event: Event) {
        self.events.push(event);
    }

    /// What happens to a case. History touches none.
    pub(crate) fn on_case(&mut self, event: Event) {
        if !self.history {
            self.events.push(event);
        }
    }

    /// Phones in a person's hands: one more, or one less.
    pub(crate) fn in_hand(&mut self, person: PersonId, device: DeviceId, held: bool) {
        let known = self.state.people.get(&person).map(|p| &p.devices);
        let mut devices = known.cloned().unwrap_or_default();
        let changed = if held { devices.insert(device) } else { devices.remove(&device) };
        if changed {
            self.note(Event::ReachNoted { person, devices });
        }
    }

    /// A reason of a trip, or of the school.
    pub(crate) fn raise(&mut self, trip: Option<TripId>, reason: Reason) {
        let start = weight(&reason).start;
        self.raise_from(trip, reason, start);
    }

    /// The same, where the ladder begins elsewhere than the reason's own row says.
    pub(crate) fn raise_from(&mut self, trip: Option<TripId>, reason: Reason, start: LadderStart) {
        if self.history || self.is_moot(trip, &reason) {
            return;
        }
        let cause = self.context.cause;
        let raised = raise(self.state, trip, reason, start, CaseId::derived(cause, 0), self.context);
        if let Some(Event::ReasonAdded { case, reason, .. }) = &raised {
            self.standing(*case).push(reason.clone());
        }
        self.events.extend(raised);
    }

    /// The same reason was raised before on this trip, or its party is back.
    fn is_moot(&self, trip: Option<TripId>, reason: &Reason) -> bool {
        let Some(trip) = trip else { return false };
        let too_late = self.state.ended.contains(&trip) && weight(reason).ends <= Ends::WithTheParty;
        let known = self.state.trips.get(&trip).is_some_and(|t| t.raised.contains(reason));
        too_late || (known && happens_once(reason))
    }

    /// Reasons of a trip's case that are gone.
    pub(crate) fn gone_of_trip(&mut self, trip: TripId, is_gone: impl Fn(&Reason) -> bool) {
        self.gone_about(CaseTopic::Trip(trip), is_gone);
    }

    /// Reasons of the case about that topic that are gone.
    pub(crate) fn gone_about(&mut self, topic: CaseTopic, is_gone: impl Fn(&Reason) -> bool) {
        if let Some(case) = self.state.case_about(&topic) {
            self.change(case.case, |reason| if is_gone(reason) { Left::Nothing } else { Left::All });
        }
    }

    /// Looks at each reason of a case: it stands, a part of it is left, or nothing.
    pub(crate) fn change(&mut self, case: CaseId, look: impl Fn(&Reason) -> Left) {
        if self.history {
            return;
        }
        let trip = self.state.case(case).and_then(|c| c.trip);
        let at = self.context.now;
        let mut left = Vec::new();
        for reason in self.standing(case).clone() {
            match look(&reason) {
                Left::All => left.push(reason),
                Left::Part(now) => {
                    left.push(now.clone());
                    self.events.push(Event::ReasonNarrowed { case, trip, was: reason, now, at });
                }
                Left::Nothing => self.events.push(Event::ReasonGone { case, trip, reason, at }),
            }
        }
        *self.standing(case) = left;
    }

    fn standing(&mut self, case: CaseId) -> &mut Vec<Reason> {
        let reasons = |c: &OpenCase| c.reasons.iter().map(|(r, _)| r.clone()).collect();
        let known = self.state;
        self.standing.entry(case).or_insert_with(|| known.case(case).map(reasons).unwrap_or_default())
    }

    /// A person takes a case.
    pub(crate) fn own(&mut self, event: Option<Event>) {
        event.into_iter().for_each(|e| self.on_case(e));
    }

    /// The case that a code means, to the one who sent it.
    pub(crate) fn case_of_code(
        &self,
        code: proto::v1::alerts::ReplyCode,
        person: PersonId,
    ) -> Option<&'a OpenCase> {
        take::case_of_code(self.state, code, person)
    }

    /// Cases on which no reason stands any more are resolved by themselves.
    fn done(mut self) -> Vec<Event> {
        for (case, left) in &self.standing {
            if left.is_empty() {
                let trip = self.state.case(*case).and_then(|c| c.trip);
                let (how, at) = (Resolution::ByItself {}, self.context.now);
                self.events.push(Event::CaseResolved { case: *case, trip, how, at });
            }
        }
        self.events
    }
}

/// What is left of a reason.
pub(crate) enum Left {
    All,
    Part(Reason),
    Nothing,
}

/// Opens a case, or adds to the one that is open; nothing if that very reason stands.
pub(crate) fn raise(
    state: &State,
    trip: Option<TripId>,
    reason: Reason,
    start: LadderStart,
    new_case: CaseId,
    context: &Context<'_>,
) -> Option<Event> {
    let at = context.now;
    let Some(case) = state.case_about(&CaseTopic::of(new_case, trip, &reason)) else {
        let code = codes::next(state, context);
        let severity = severity(&reason);
        return Some(Event::CaseOpened { case: new_case, trip, severity, reason, code, start, at });
    };
    if case.has(&reason) {
        return None;
    }
    let severity = case.severity.max(severity(&reason));
    let restart = restart(case, &reason, start, at);
    let tell_again = restart.is_none() && is_told_each_time(case, &reason, at);
    Some(Event::ReasonAdded { case: case.case, trip: case.trip, reason, severity, restart, tell_again, at })
}

/// Every count that differs is told at once; not the very same one over and over within a minute. [CHECK-5]
fn is_told_each_time(case: &OpenCase, reason: &Reason, now: Timestamp) -> bool {
    let Reason::HeadcountDiffers { group, expected, reported, .. } = reason else { return false };
    let new = (group, expected, reported);
    let is_the_same = |(known, added_at): &(Reason, Timestamp)| {
        let Reason::HeadcountDiffers { group, expected, reported, .. } = known else { return false };
        (group, expected, reported) == new && now.duration_since(*added_at).as_secs() < SAME_COUNT_SECS
    };
    matches!(case.stage, Stage::Climbing(_)) && !case.reasons.iter().any(is_the_same)
}

/// Whether a further reason begins the ladder again. It does where it is graver than what stands; where somebody owned
/// the case without knowing of it; where base must know at once; and always in an emergency.
fn restart(case: &OpenCase, reason: &Reason, start: LadderStart, now: Timestamp) -> Option<LadderStart> {
    let (added, pressing) = (severity(reason), case.pressing());
    let begins = match &case.stage {
        _ if added == Severity::Notice => false,
        Stage::Climbing(climb) if added == Severity::Emergency => {
            let same_kind = |r: &Reason| std::mem::discriminant(r) == std::mem::discriminant(reason);
            let just_told =
                climb.reached.is_none() || now.duration_since(climb.since).as_secs() < JUST_TOLD_SECS;
            !(pressing == Severity::Emergency && just_told && case.reasons.iter().any(|(r, _)| same_kind(r)))
        }
        Stage::Owned { .. } => added >= pressing || added == Severity::Emergency,
        Stage::Shown { .. } => true,
        Stage::Climbing(climb) if added == pressing => match start {
            LadderStart::Bottom | LadderStart::Everyone => false,
            LadderStart::Office => {
                added >= Severity::Urgent
                    && climb.reached.map_or(climb.start == LadderStart::Bottom, |r| r < Rung::Office)
            }
            LadderStart::Base => true,
        },
        Stage::Climbing(_) => added > pressing,
    };
    begins.then_some(start)
}
