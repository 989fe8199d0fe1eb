//! Events become state.

use decider::Service as _;
use proto::Timestamp;
use proto::ids::{AttemptId, CaseId};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Event, Message, Progress, Reach, Taken};

use crate::attempt::{Attempt, Phase, Times};
use crate::calls::Dialling;
use crate::state::{Case, Device, Line, PlacesTold, State, Trip, position_id};

/// Takes an event into the state.
pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::TextReceived { inbound, provider_id, from, received_at, .. } => {
            state.note_text(*inbound, provider_id, from, *received_at);
        }
        Event::KeyPressed { attempt, key, received_at, .. } => {
            state.attempts.change(*attempt, |a| {
                a.owned_by_key |= *key == '1';
                a.times.owned = a.times.owned.or(Some(*received_at).filter(|_| *key == '1'));
            });
        }
        Event::AttemptPlanned { attempt, to, via, channel, message, in_answer_to, at, expires_at } => {
            if matches!(message, Message::Stranger {}) {
                state.note_stranger_reply(*in_answer_to, *at);
            }
            let planned = Attempt {
                to: *to,
                via: *via,
                channel: *channel,
                message: message.clone(),
                planned_at: *at,
                expires_at: *expires_at,
                tries: 0,
                provider_id: None,
                owned_by_key: false,
                told_failed: false,
                provider: None,
                failed_with: Vec::new(),
                may_come_twice: false,
                other_way_at: None,
                times: Times::default(),
                troubles: Vec::new(),
                phase: Phase::Planned { not_before: None },
            };
            if let (Message::NotUnderstood {}, Reach::Device(device)) = (message, *via) {
                state.note_unclear_reply(device, *at);
            }
            state.attempts.insert(*attempt, planned);
        }
        Event::AttemptImpossible { attempt, at, .. } => state.attempts.note_known(*attempt, *at),
        Event::AttemptBegun { attempt, tries, at, provider } => state.attempts.change(*attempt, |a| {
            a.tries = *tries;
            a.provider.clone_from(provider);
            a.times.begun = Some(*at);
            a.phase = Phase::Begun { since: *at };
        }),
        Event::AttemptProgressed { attempt, provider_id, progress, at, .. } => {
            state.progressed(*attempt, provider_id.as_ref(), progress, *at);
        }
        Event::AttemptPutOff { attempt, until, why, at, in_doubt } => {
            state.attempts.change(*attempt, |a| a.put_off(*until, why, *in_doubt, *at));
        }
        Event::AttemptHeldBack { attempt, until, why, at } => state.attempts.change(*attempt, |a| {
            a.trouble(*at, why);
            a.phase = Phase::Planned { not_before: Some(*until) };
        }),
        Event::AttemptBundled { attempt, into, .. } => state.attempts.note_bundled(*attempt, *into),
        Event::AttemptWithdrawn { attempt, at, .. } => state.attempts.change(*attempt, |a| {
            a.times.failed = Some(*at);
            a.phase = Phase::Withdrawn {};
        }),
        Event::AttemptFailed { attempt, at, why, .. } => state.attempts.change(*attempt, |a| {
            a.told_failed = true;
            a.trouble(*at, why);
            let in_doubt = matches!(a.phase, Phase::Unknown { .. }) && *at < a.expires_at;
            if !in_doubt && (!a.phase.is_over() || matches!(a.phase, Phase::Bundled { .. })) {
                a.times.failed = Some(*at);
                a.phase = Phase::Failed {};
            }
        }),
        Event::PositionReceived { device, message_id, fix_at, sent_at, via, .. } => {
            state.note_position(*device, position_id(message_id.as_deref(), *fix_at, *sent_at));
            state.apps.extend(via.map(|via| (*device, via)));
        }
        Event::WaypointsSent { device, trip, in_answer_to, .. } => {
            let places = state.trips.get(trip).map(|trip| trip.places.clone()).unwrap_or_default();
            let told = PlacesTold { trip: *trip, in_answer_to: in_answer_to.clone(), places };
            state.places_told.insert(*device, told);
        }
        Event::SetUpShown { device, app, .. } => {
            state.apps.insert(*device, *app);
        }
        Event::OptedOut { device, .. } => {
            state.opted_out.insert(*device);
        }
        Event::OptedIn { device, .. } => {
            state.opted_out.remove(device);
        }
        Event::ProvidersNoted { text, voice, email, mailboxes } => {
            let told = [(Channel::Text, text), (Channel::Voice, voice), (Channel::Email, email)];
            state.providers.set_up(told, mailboxes);
        }
        Event::ProviderFaulted { provider, channel, why, at } => {
            state.providers.faulted(provider, *channel, why, *at);
        }
        Event::ProviderProbed { provider, channel, at } => state.providers.probed(provider, *channel, *at),
        Event::ProviderDown { since, configured, why, provider, channel, .. } => match (provider, channel) {
            (Some(provider), Some(channel)) => state.providers.down(provider, *channel, *since, why),
            (None, _) | (_, None) => state.providers.all_down(*since, *configured),
        },
        Event::ProviderUp { provider, channel, .. } => match (provider, channel) {
            (Some(provider), Some(channel)) => state.providers.up(provider, *channel),
            (None, _) | (_, None) => state.providers.all_up(),
        },
        Event::ContactsNoted { sequence, event } => {
            contacts::Contacts::evolve(&mut state.contacts, event);
            state.contacts_heard = *sequence;
        }
        Event::CallReceived { call, provider_id: _, from, at } => state.calls.received(*call, from, *at),
        Event::CallCounts { call, at } => state.calls.counts(*call, *at),
        Event::CallSaid { call, inbound, meaning, received_at, .. } => {
            state.calls.said(*call, *inbound, meaning, *received_at);
        }
        Event::CallTold { call, message, at } => state.calls.told(*call, message, *at),
        Event::CallRouted { call, audience, trip, steps, at } => {
            let (audience, trip, steps) = (*audience, *trip, steps.clone());
            state.calls.routed(*call, Dialling { audience, trip, steps, step: 0 }, *at);
        }
        Event::CallStepTried { call, step, outcome, at, .. } => {
            state.calls.step_tried(*call, *step, *outcome, *at);
        }
        Event::CallBridged { call, at, .. } => state.calls.bridged(*call, *at),
        Event::CallExhausted { call, at, .. } => state.calls.exhausted(*call, *at),
        Event::CallEnded { call, at } => state.calls.ended(*call, *at),
        Event::CallRungBack { call, by, at, .. } => state.calls.rung_back(*call, *by, *at),
        Event::LineTried { .. } => {}
        Event::DeviceNoted { device, kind, handset, tag, number, person, pupil, trip, in_service } => {
            let noted = Device {
                kind: *kind,
                handset: *handset,
                tag: tag.clone(),
                number: number.clone(),
                person: *person,
                pupil: *pupil,
                trip: *trip,
                in_service: *in_service,
            };
            state.note_device(*device, noted);
        }
        Event::LineNoted { line, kind, number: Some(number), name } => {
            state.lines.insert(*line, Line { kind: *kind, number: number.clone(), name: name.clone() });
        }
        Event::LineNoted { line, number: None, .. } => {
            state.lines.remove(line);
        }
        Event::TripNoted { trip, ended: true, .. } => {
            state.trips.remove(trip);
            state.places_told.retain(|_, told| told.trip != *trip);
        }
        Event::TripNoted { trip, title, out_since, duress, places, host, drill, ended: false } => {
            let (title, places, host) = (title.clone(), places.clone(), host.clone());
            let (out_since, duress, drill) = (*out_since, *duress, *drill);
            state.trips.insert(*trip, Trip { title, out_since, duress, places, host, drill });
        }
        Event::CaseNoted { case, open: false, .. } => {
            state.cases.remove(case);
        }
        Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, severity, open: true } => {
            if let Some(taken) = taken {
                state.note_owned(*case, *taken);
            }
            let noted = Case {
                trip: *trip,
                code: *code,
                headline: headline.clone(),
                base_only: *base_only,
                owned: *owned,
                severity: *severity,
            };
            state.cases.insert(*case, noted);
        }
    }
}

impl State {
    fn progressed(
        &mut self,
        id: AttemptId,
        provider_id: Option<&String>,
        progress: &Progress,
        at: Timestamp,
    ) {
        let other_way_at = self.other_way_at(id, progress, at);
        let Some(known) = self.attempts.get(id) else { return };
        let moves = known.moves_with(progress, None);
        let served = known.provider.clone().filter(|_| matches!(progress, Progress::Accepted { .. }));
        let (channel, was_accepted) = (known.channel, known.was_accepted());
        self.attempts.change(id, |a| {
            if provider_id.is_some() {
                a.provider_id = provider_id.cloned();
            }
            if moves {
                a.advance(progress, at);
                a.other_way_at = other_way_at;
            }
        });
        let is_accepted = self.attempts.get(id).is_some_and(Attempt::was_accepted);
        if moves && is_accepted && !was_accepted && !matches!(progress, Progress::Failed { .. }) {
            self.attempts.note_taken(id, at);
        }
        if let Some(provider) = served {
            self.providers.served(&provider, channel);
        }
    }

    /// Whoever took a case owns what went to them about it: by text and call alike.
    fn note_owned(&mut self, case: CaseId, taken: Taken) {
        let theirs = |attempt: &Attempt| {
            attempt.case() == Some(case)
                && attempt.to == Some(Recipient::Person(taken.by))
                && attempt.times.owned.is_none()
        };
        let ids: Vec<_> =
            self.attempts.iter().filter(|(_, attempt)| theirs(attempt)).map(|(id, _)| id).collect();
        for id in ids {
            self.attempts.change(id, |attempt| attempt.times.owned = Some(taken.at));
        }
    }
}
