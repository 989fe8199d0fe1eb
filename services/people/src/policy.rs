//! The policy: who changed what, when and why; its yearly review. [REV-1]
//!
//! It starts as the configuration has it. From the first change on, the journal has it whole.

use decider::policy::Policy;
use decider::{Context, MAX_DUE_EVENTS};
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::PersonId;
use proto::v1::people::{Event, Refusal};
use proto::v1::policy::{Preset, Settings};
use proto::values::Note;
use serde::{Deserialize, Serialize};

use crate::authority;
use crate::decide::Decision;
use crate::nights::later;
use crate::state::State;

/// Until the first review, it is due a year after the school began to work with Homeward.
const A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// So long before a review is due it is reminded; and so often again, once it is overdue.
const FOUR_WEEKS: SignedDuration = SignedDuration::from_hours(24 * 28);

/// The most changes that are kept at hand; the journal has them all.
const MAX_CHANGES: usize = MAX_DUE_EVENTS;

/// How the policy came to be what it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PolicyRecord {
    /// Every setting since the last change; none: as the configuration has it.
    settings: Option<Whole>,
    changes: Vec<PolicyChange>,
    review: Option<Review>,
    reviewed: Option<Reviewed>,
}

/// Settings as a snapshot keeps them: as text, which carries them exactly.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Whole(Settings);

impl TryFrom<String> for Whole {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // Settings are read from JSON alone, whose error says enough.
        serde_json::from_str(&text).map(Self).map_err(|error| error.to_string())
    }
}

impl From<Whole> for String {
    fn from(Whole(settings): Whole) -> Self {
        serde_json::to_string(&settings).expect("settings have text keys")
    }
}

/// A change of the policy.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PolicyChange {
    /// Who changed it.
    pub by: PersonId,
    /// The head who agreed to it, where that is somebody else.
    pub agreed_by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Set where it was started anew from a preset.
    pub preset: Option<Preset>,
    /// What changed, as the settings are from then on.
    set: Whole,
    /// Why.
    pub reason: Note,
}

impl PolicyChange {
    /// What changed, as the settings are from then on.
    pub fn set(&self) -> &Settings {
        &self.set.0
    }
}

/// When a review is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Review {
    /// By when.
    pub by: Timestamp,
    /// When it is reminded next.
    pub remind_at: Timestamp,
}

/// The last review.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who recorded it.
    pub by: PersonId,
    /// The head who took part, where that is somebody else.
    pub agreed_by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// What was found, and what is to change.
    pub outcome: Note,
}

impl PolicyRecord {
    /// Every setting, once one was changed.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().map(|Whole(settings)| settings)
    }

    /// Its changes, the oldest first.
    pub fn changes(&self) -> &[PolicyChange] {
        &self.changes
    }

    /// When a review is due; none before the school began.
    pub fn review(&self) -> Option<Review> {
        self.review
    }

    /// The last review.
    pub fn reviewed(&self) -> Option<&Reviewed> {
        self.reviewed.as_ref()
    }

    pub(crate) fn next_reminder(&self) -> Option<Timestamp> {
        self.review.map(|review| review.remind_at)
    }

    /// The first review is due a year after this, unless one is due already.
    pub(crate) fn at_work_since(&mut self, at: Timestamp) {
        self.review.get_or_insert_with(|| {
            let by = later(at, A_YEAR);
            Review { by, remind_at: before(by) }
        });
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PolicyChanged { by, agreed_by, at, preset, set, settings, reason } => {
                self.settings = Some(Whole(settings.clone()));
                self.changes.push(PolicyChange {
                    by: *by,
                    agreed_by: *agreed_by,
                    at: *at,
                    preset: *preset,
                    set: Whole(set.clone()),
                    reason: reason.clone(),
                });
                if self.changes.len() > MAX_CHANGES {
                    self.changes.remove(0);
                }
                self.at_work_since(*at);
            }
            Event::PolicyReviewed { by, agreed_by, at, outcome, remind_at, next_by } => {
                let (by, agreed_by, at, outcome) = (*by, *agreed_by, *at, outcome.clone());
                self.reviewed = Some(Reviewed { by, agreed_by, at, outcome });
                self.review = Some(Review { by: *next_by, remind_at: *remind_at });
            }
            Event::PolicyReviewReminded { due_by, remind_at, .. } => {
                self.review = Some(Review { by: *due_by, remind_at: *remind_at });
            }
            Event::PersonAdded { .. }
            | Event::PersonChanged { .. }
            | Event::PersonLeft { .. }
            | Event::HolderAuthorised { .. }
            | Event::AuthorisationWithdrawn { .. }
            | Event::AgreementAccepted { .. }
            | Event::DutyPlanned { .. }
            | Event::DutyRemoved { .. }
            | Event::DutyTested { .. }
            | Event::DutyConfirmed { .. }
            | Event::DutyTestUnanswered { .. } => {}
        }
    }
}

/// Every setting, where an event changes the policy.
pub(crate) fn settings_of(event: &Event) -> Option<&Settings> {
    match event {
        Event::PolicyChanged { settings, .. } => Some(settings),
        Event::PersonAdded { .. }
        | Event::PersonChanged { .. }
        | Event::PersonLeft { .. }
        | Event::HolderAuthorised { .. }
        | Event::AuthorisationWithdrawn { .. }
        | Event::AgreementAccepted { .. }
        | Event::DutyPlanned { .. }
        | Event::DutyRemoved { .. }
        | Event::DutyTested { .. }
        | Event::DutyConfirmed { .. }
        | Event::DutyTestUnanswered { .. }
        | Event::PolicyReviewed { .. }
        | Event::PolicyReviewReminded { .. } => None,
    }
}

pub(crate) fn choose_preset(
    state: &State,
    context: &Context<'_>,
    preset: Preset,
    reason: Note,
    agreed_by: Option<PersonId>,
) -> Decision {
    let who = authority::over_policy(state, context.actor, agreed_by)?;
    let policy = context.policy.started_from(preset);
    Ok(changed(context, who, &policy, Some(preset), reason))
}

pub(crate) fn change(
    state: &State,
    context: &Context<'_>,
    set: &Settings,
    reason: Note,
    agreed_by: Option<PersonId>,
) -> Decision {
    let who = authority::over_policy(state, context.actor, agreed_by)?;
    let policy =
        context.policy.with(set).map_err(|bad| Refusal::BadSetting { key: bad.key, why: bad.why })?;
    Ok(changed(context, who, &policy, None, reason))
}

/// What is so already is no change.
fn changed(
    context: &Context<'_>,
    (by, agreed_by): (PersonId, Option<PersonId>),
    policy: &Policy,
    preset: Option<Preset>,
    reason: Note,
) -> Vec<Event> {
    let set = policy.changed_from(context.policy);
    if set.0.is_empty() {
        return vec![];
    }
    let settings = policy.settings();
    vec![Event::PolicyChanged { by, agreed_by, at: context.now, preset, set, settings, reason }]
}

pub(crate) fn review(
    state: &State,
    context: &Context<'_>,
    outcome: Note,
    agreed_by: Option<PersonId>,
) -> Decision {
    let (by, agreed_by) = authority::over_policy(state, context.actor, agreed_by)?;
    let next_by = later(context.now, SignedDuration::from_hours(24 * i64::from(context.policy.review_days)));
    let remind_at = before(next_by).max(context.now);
    Ok(vec![Event::PolicyReviewed { by, agreed_by, at: context.now, outcome, remind_at, next_by }])
}

/// A review that is due soon, or overdue, is reminded: before, when it is due, and every four weeks from then on.
pub(crate) fn reminder(record: &PolicyRecord, now: Timestamp) -> Option<Event> {
    let review = record.review().filter(|review| review.remind_at <= now)?;
    let remind_at = if now < review.by { review.by } else { later(now, FOUR_WEEKS) };
    Some(Event::PolicyReviewReminded { at: now, due_by: review.by, remind_at })
}

fn before(by: Timestamp) -> Timestamp {
    by.saturating_sub(FOUR_WEEKS).unwrap_or(by)
}
