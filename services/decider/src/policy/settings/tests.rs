//! What may be set, and what a policy is taken apart into.

use serde_json::json;

use super::*;

fn set(key: &str, value: Value) -> Settings {
    Settings([(key.to_owned(), value)].into())
}

#[test]
fn every_setting_is_described_once_and_every_rule_with_a_switch_has_one() {
    let mut described: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
    described.push("preset");
    described.sort_unstable();
    let keys: Vec<String> = Policy::default().settings().0.into_keys().collect();
    assert_eq!(described, keys);
    for rule in Rule::ALL.iter().filter(|rule| !rule.always_holds()) {
        assert!(SETTINGS.iter().any(|setting| setting.rule == Some(*rule)), "{rule} has no setting");
    }
}

#[test]
fn a_rule_that_always_holds_has_values_and_no_switch() {
    for setting in SETTINGS.iter().filter(|s| s.kind == Kind::Switch) {
        let rule = setting.rule.expect("a switch is a rule's");
        assert!(!rule.always_holds(), "{} switches {rule} off", setting.key);
    }
}

#[test]
fn a_setting_is_what_its_kind_allows() {
    let policy = Policy::default();
    let table = [
        ("host_informed", json!(true), None),
        ("host_informed", json!("yes"), Some("boolean")),
        ("min_ladder_people", json!(1), Some("2 to 10 people")),
        ("lone_check_secs", json!(60), Some("5 to 120 minutes")),
        ("toolkit", json!(["Work mobile", ""]), Some("empty")),
        ("own_phones", json!("anywhere"), Some("unknown variant")),
        ("line_tests", json!("now and then"), Some("")),
        ("closed_days", json!(["2026-12-24"]), None),
        ("wording", json!({"FORM-5": "Ask the host first."}), None),
        ("wording", json!({"FORM": "?"}), Some("unknown variant")),
        ("magic", json!(true), Some("no such setting")),
        ("preset", json!("primary"), Some("no such setting")),
        ("review_days", json!(400), Some("30 to 366 days")),
    ];
    for (key, value, wrong) in table {
        match (policy.with(&set(key, value.clone())), wrong) {
            (Ok(with), None) => assert_eq!(with.changed_from(&policy), set(key, value)),
            (Err(bad), Some(why)) => {
                assert!(bad.key == key && bad.why.contains(why), "{bad}");
            }
            (found, expected) => panic!("{key} {value}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn what_a_later_release_noted_leaves_the_rest_as_it_is() {
    let mut noted = set("host_informed", json!(true));
    noted.0.insert("later".into(), json!(3));
    noted.0.insert("own_phones".into(), json!("in-a-locker"));
    let policy = Policy::default().as_noted(&noted);
    assert_eq!(policy, Policy { host_informed: true, ..Policy::default() });
}

#[test]
fn another_preset_leaves_what_is_the_schools_own() {
    let mine = Policy { agreement_version: 3, host_informed: false, ..Policy::default() };
    let started = mine.started_from(Preset::MusicService);
    assert!(started.agreement_version == 3 && started.host_informed);
    assert_eq!(started.own_settings(), []);
    let changed = started.with(&set("host_informed", json!(false))).expect("may be so");
    let differing: Vec<_> = changed.own_settings().into_iter().map(|(s, was)| (s.key, was)).collect();
    assert_eq!(differing, [("host_informed", json!(true))]);
}
