//! The policy: who changes it, from which preset, with whose word; its yearly review.

use decider::Policy;
use decider::kit::Story;
use people::People;
use proto::ids::PersonId;
use proto::v1::people::{Command, Event, Refusal, Role, Standing};
use proto::v1::policy::{Preset, Settings};
use proto::values::Note;
use serde_json::{Value, json};

use crate::cast::{a_client, added, at, dana, lena, owen, priya, roles, school};

const NINE: &str = "2026-11-20T09:00:00Z";

fn why() -> Note {
    Note::parse("Hosts asked us to.").expect("a note")
}

fn set(key: &str, value: Value) -> Settings {
    Settings([(key.to_owned(), value)].into())
}

fn asks_hosts(agreed_by: Option<PersonId>) -> Command {
    Command::ChangePolicy { set: set("host_informed", json!(true)), reason: why(), agreed_by }
}

/// As it is once hosts are informed.
fn hosts_informed(by: PersonId, agreed_by: Option<PersonId>) -> Event {
    let policy = Policy { host_informed: true, ..Policy::default() };
    let (set, settings) = (set("host_informed", json!(true)), policy.settings());
    Event::PolicyChanged { by, agreed_by, at: at(NINE), preset: None, set, settings, reason: why() }
}

/// Dana is the head here, besides.
fn with_a_head() -> Story<People> {
    let head = Event::PersonChanged {
        person: dana(),
        name: crate::cast::name("Dana Okafor"),
        standing: Standing::Staff,
        roles: roles(&[Role::Dsl, Role::Head]),
    };
    school([head])
}

/// [REV-1]
#[test]
fn the_head_changes_the_policy_and_says_why() {
    with_a_head().by_person(dana()).when(asks_hosts(None)).then([hosts_informed(dana(), None)]);
}

/// [REV-1]
#[test]
fn an_administrator_changes_it_with_a_heads_word_and_not_without() {
    let story = with_a_head().by_person(priya());
    let story = story.when(asks_hosts(None)).refused(Refusal::HeadNeeded {});
    let story = story.when(asks_hosts(Some(owen()))).refused(Refusal::HeadNeeded {});
    story.when(asks_hosts(Some(dana()))).then([hosts_informed(priya(), Some(dana()))]);
}

/// [REV-1]
#[test]
fn nobody_else_changes_it_with_or_without_a_heads_word() {
    for person in [owen(), lena()] {
        let needed = Refusal::RoleNeeded { roles: roles(&[Role::Head, Role::Admin]) };
        let story = with_a_head().by_person(person);
        story.when(asks_hosts(Some(dana()))).refused(needed);
    }
    with_a_head().by(a_client()).when(asks_hosts(Some(dana()))).refused(Refusal::NamedPersonNeeded {});
}

/// [REV-1]
#[test]
fn while_nobody_is_head_an_administrator_sets_it_up() {
    school([]).by_person(priya()).when(asks_hosts(None)).then([hosts_informed(priya(), None)]);
}

/// [REV-1]
#[test]
fn what_is_so_already_is_no_change() {
    let informed = |policy: &mut Policy| policy.host_informed = true;
    with_a_head().with_policy(informed).by_person(dana()).when(asks_hosts(None)).nothing_happens();
}

/// [REV-1]
#[test]
fn a_setting_that_cannot_be_so_is_refused_and_named() {
    let far = Command::ChangePolicy { set: set("review_days", json!(900)), reason: why(), agreed_by: None };
    let why = "it may be 30 to 366 days".to_owned();
    let refusal = Refusal::BadSetting { key: "review_days".into(), why };
    with_a_head().by_person(dana()).when(far).refused(refusal);
}

/// [REV-1]
#[test]
fn a_preset_sets_every_rule_and_leaves_what_is_the_schools_own() {
    let choose = Command::ChoosePreset { preset: Preset::Primary, reason: why(), agreed_by: None };
    let story = with_a_head().with_policy(|policy| policy.agreement_version = 4).by_person(dana());
    story.when(choose).then_events(|events| {
        let [Event::PolicyChanged { preset, set, settings, .. }] = events else { panic!("{events:?}") };
        assert_eq!(*preset, Some(Preset::Primary));
        assert_eq!(settings.0["agreement_version"], json!(4));
        assert_eq!(settings.0["own_phones"], json!("off"));
        assert!(!set.0.contains_key("agreement_version") && set.0["preset"] == json!("primary"));
    });
}

fn review() -> Command {
    Command::ReviewPolicy { outcome: why(), agreed_by: None }
}

fn reviewed(next_by: &str, remind_at: &str) -> Event {
    let (remind_at, next_by) = (at(remind_at), at(next_by));
    Event::PolicyReviewed { by: dana(), agreed_by: None, at: at(NINE), outcome: why(), remind_at, next_by }
}

fn reminded(when: &str, due_by: &str, remind_at: &str) -> Event {
    Event::PolicyReviewReminded { at: at(when), due_by: at(due_by), remind_at: at(remind_at) }
}

/// [REV-1]
#[test]
fn a_review_sets_the_next_one_a_year_on_and_it_is_reminded_until_it_is_done() {
    let due = "2027-11-20T09:00:00Z";
    let story = with_a_head().by_person(dana());
    let story = story.when(review()).then([reviewed(due, "2027-10-23T09:00:00Z")]);
    let story = story.at("2027-10-23T08:59:59Z").time_passes().nothing_happens();
    let before = "2027-10-23T09:00:00Z";
    let story = story.at(before).time_passes().then([reminded(before, due, due)]);
    let again = "2027-12-18T09:00:00Z";
    let story = story.at(due).time_passes().then([reminded(due, due, again)]);
    let story = story.at(again).time_passes().then([reminded(again, due, "2028-01-15T09:00:00Z")]);
    assert_eq!(story.state.policy().review().map(|review| review.by), Some(at(due)));
    story.at(NINE).when(review()).then([reviewed(due, "2027-10-23T09:00:00Z")]);
}

/// [REV-1]
#[test]
fn without_a_review_the_first_is_due_a_year_after_the_school_began() {
    let began = Event::AgreementAccepted { person: lena(), version: 1, at: at("2026-09-01T08:00:00Z") };
    let story = school([began, added(dana(), "Dana Okafor", Standing::Staff, &[Role::Head])]);
    assert_eq!(story.state.policy().review().map(|r| r.by), Some(at("2027-09-01T08:00:00Z")));
    let when = "2027-08-04T08:00:00Z";
    story.at(when).time_passes().then([reminded(when, "2027-09-01T08:00:00Z", "2027-09-01T08:00:00Z")]);
}

/// [REV-1]
#[test]
fn an_administrator_records_a_review_with_the_head_alone() {
    with_a_head().by_person(priya()).when(review()).refused(Refusal::HeadNeeded {});
}
