//! The policy of the school.

use axum::Json;
use axum::extract::State;
use decider::policy::SETTINGS;
use people::PolicyChange;
use proto::Timestamp;
use proto::rules::Rule;
use proto::v1::policy::{Preset, Settings};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::bodies::Named;
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::view::SchoolView;

/// The policy in force.
#[derive(Serialize, JsonSchema)]
pub(super) struct PolicyBody {
    /// The preset it started from.
    preset: Option<Preset>,
    settings: Vec<SettingBody>,
    /// The newest first.
    changes: Vec<ChangeBody>,
    /// By when it is reviewed next.
    review_by: Option<Timestamp>,
    last_reviewed_at: Option<Timestamp>,
}

/// One setting.
#[derive(Serialize, JsonSchema)]
pub(super) struct SettingBody {
    key: &'static str,
    title: &'static str,
    rule: Option<Rule>,
    /// The rule, in the school's own words where it has some.
    rule_words: Option<String>,
    value: Value,
    /// What the preset has, where that differs.
    preset_has: Option<Value>,
}

/// A change of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChangeBody {
    by: Named,
    /// The head who agreed, where that is somebody else.
    agreed_by: Option<Named>,
    at: Timestamp,
    /// Set where it was started anew from a preset.
    preset: Option<Preset>,
    /// What changed, with the values from then on.
    set: Settings,
    reason: String,
}

pub(super) async fn policy(State(state): State<AppState>, ApiReader(session): ApiReader) -> Json<PolicyBody> {
    Json(body(&state.view_of(&session)))
}

fn body(view: &SchoolView) -> PolicyBody {
    let (policy, record) = (&view.school.policy, view.people.policy());
    let differing = policy.own_settings();
    let here = policy.settings().0;
    let setting = |setting: &decider::policy::Setting| SettingBody {
        key: setting.key,
        title: setting.title,
        rule: setting.rule,
        rule_words: setting.rule.map(|rule| policy.words(rule).to_owned()),
        value: here.get(setting.key).cloned().unwrap_or_default(),
        preset_has: differing.iter().find(|(of, _)| of.key == setting.key).map(|(_, was)| was.clone()),
    };
    let change = |change: &PolicyChange| ChangeBody {
        by: Named::of(view, change.by),
        agreed_by: change.agreed_by.map(|head| Named::of(view, head)),
        at: change.at,
        preset: change.preset,
        set: change.set().clone(),
        reason: change.reason.to_string(),
    };
    PolicyBody {
        preset: policy.preset,
        settings: SETTINGS.iter().map(setting).collect(),
        changes: record.changes().iter().rev().map(change).collect(),
        review_by: record.review().map(|review| review.by),
        last_reviewed_at: record.reviewed().map(|reviewed| reviewed.at),
    }
}
