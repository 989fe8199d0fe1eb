//! The presets: readable files in infra/presets, each setting with its reason, built in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proto::v1::policy::{Preset, Settings};
use serde::Deserialize;

use super::Policy;

/// A preset's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    about: String,
    settings: BTreeMap<String, Reason>,
}

/// A setting of a preset, and why it is so.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Its value.
    pub value: serde_json::Value,
    /// Why it is so in this kind of setting.
    pub why: String,
}

static FILES: LazyLock<BTreeMap<Preset, (File, Policy)>> = LazyLock::new(|| {
    let read = |preset| {
        let file: File = toml::from_str(text(preset)).expect("a test reads every preset");
        let set = file.settings.iter().map(|(key, reason)| (key.clone(), reason.value.clone()));
        let start = Policy { preset: Some(preset), ..Policy::default() };
        let policy = start.with(&Settings(set.collect())).expect("a test reads every preset");
        (preset, (file, policy))
    };
    Preset::ALL.map(read).into()
});

fn text(preset: Preset) -> &'static str {
    match preset {
        Preset::WorkPlacement => include_str!("../../../../infra/presets/work-placement.toml"),
        Preset::Primary => include_str!("../../../../infra/presets/primary.toml"),
        Preset::SpecialistGroup => include_str!("../../../../infra/presets/specialist-group.toml"),
        Preset::MusicService => include_str!("../../../../infra/presets/music-service.toml"),
        Preset::CouncilFe => include_str!("../../../../infra/presets/council-fe.toml"),
    }
}

fn of(preset: Preset) -> &'static (File, Policy) {
    FILES.get(&preset).expect("every preset is read")
}

/// The policy that a preset sets.
pub(super) fn policy(preset: Preset) -> &'static Policy {
    &of(preset).1
}

/// The kind of setting it is for: `Primary school`.
pub fn name(preset: Preset) -> &'static str {
    &of(preset).0.name
}

/// What a day there is like, in a sentence or two.
pub fn about(preset: Preset) -> &'static str {
    &of(preset).0.about
}

/// What it sets, by key, each with its reason.
pub fn reasons(preset: Preset) -> &'static BTreeMap<String, Reason> {
    &of(preset).0.settings
}

#[cfg(test)]
mod tests {
    use super::super::SETTINGS;
    use super::*;

    #[test]
    fn each_preset_sets_every_rule_that_has_a_switch_and_says_why() {
        for preset in Preset::ALL {
            assert!(!name(preset).is_empty() && about(preset).len() > 40, "{preset:?}");
            for setting in
                SETTINGS.iter().filter(|s| !s.own && s.rule.is_some_and(|rule| !rule.always_holds()))
            {
                let reason = reasons(preset).get(setting.key);
                let why = reason.map_or("", |reason| reason.why.as_str());
                assert!(why.len() > 15, "{}: {} has no reason", preset.as_str(), setting.key);
            }
            let of_the_school = |key: &&String| SETTINGS.iter().any(|s| s.own && s.key == key.as_str());
            assert_eq!(reasons(preset).keys().find(of_the_school), None, "{preset:?}");
        }
    }

    #[test]
    fn no_two_presets_are_the_same() {
        for (place, one) in Preset::ALL.into_iter().enumerate() {
            for other in &Preset::ALL[place + 1..] {
                assert!(policy(one).changed_from(policy(*other)).0.len() > 2, "{one:?} {other:?}");
            }
        }
    }
}
