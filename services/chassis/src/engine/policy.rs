//! The policy in force: noted in the service's own journal when it changes, so that a decision can be replayed with the policy
//! that it was taken under. One mechanism for every service; no decider hears of it. See infra/decisions/018-policy-as-data.md.

use std::sync::Arc;

use decider::Service;
use jiff::Timestamp;
use proto::topics::ServiceName;
use proto::v1::policy::PolicyNoted;
use proto::v1::{AnyEvent, people};

use super::{Engine, Why};
use crate::entry::Draft;
use crate::school::School;

impl<S: Service> Engine<S> {
    /// Notes a change of the policy that was heard: from here on it is decided by it. People has it in its own events.
    pub(super) fn note_policy(&mut self, heard: &AnyEvent, why: &Why, now: Timestamp) {
        let AnyEvent::People(people::Event::PolicyChanged { at, settings, .. }) = heard else { return };
        let noted = PolicyNoted { at: *at, settings: settings.clone() };
        // History that is heard again is older than what was noted since.
        let is_known = self.noted.as_ref().is_some_and(|known| known.at > *at || *known == noted);
        if S::NAME == ServiceName::People || is_known {
            return;
        }
        let draft = Draft {
            recorded_at: now,
            kind: PolicyNoted::NAME.to_owned(),
            data: serde_json::to_string(&noted).expect("settings have text keys"),
            cause: why.cause,
            correlation: why.correlation,
            actor: why.actor.clone(),
            trip: None,
            traceparent: why.traceparent.clone(),
        };
        let entry = self.chain.next(draft, (self.salts)());
        self.take_policy(noted);
        self.pending.entries.push(entry);
    }

    /// From here on it is decided by this policy.
    pub(super) fn take_policy(&mut self, noted: PolicyNoted) {
        let policy = self.school.policy.as_noted(&noted.settings);
        self.school = Arc::new(School { policy, ..(*self.school).clone() });
        self.noted = Some(noted);
    }
}
