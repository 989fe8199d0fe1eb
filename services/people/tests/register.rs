//! The register.

use decider::kit::given;
use people::{People, Person};
use proto::v1::people::{Command, DutyRole, Event, Refusal, Role, Standing};
use proto::values::Personal;

use crate::cast::*;

#[test]
fn the_first_administrator_is_added_by_whoever_sets_up() {
    given::<People>([])
        .by(a_client())
        .when(add(priya(), "Priya Shah", Standing::Staff, &[Role::Admin]))
        .then([added(priya(), "Priya Shah", Standing::Staff, &[Role::Admin])]);
}

#[test]
fn the_office_adds_a_leader() {
    let ravi = proto::ids::PersonId::derived(uuid::Uuid::nil(), 9);
    school([])
        .when(add(ravi, "Ravi Nair", Standing::Staff, &[Role::Leader]))
        .then([added(ravi, "Ravi Nair", Standing::Staff, &[Role::Leader])])
        .when(add(ravi, "Ravi Nair", Standing::Staff, &[Role::Leader]))
        .nothing_happens();
}

#[test]
fn an_id_that_is_somebody_elses_is_refused() {
    school([])
        .when(add(lena(), "Lena Hill", Standing::Staff, &[Role::Leader]))
        .refused(Refusal::PersonExists { person: lena() });
}

#[test]
fn a_person_is_changed_once() {
    let changed = Event::PersonChanged {
        person: lena(),
        name: name("Lena Hill"),
        standing: Standing::Staff,
        roles: roles(&[Role::Leader]),
    };
    let story = school([])
        .when(change(lena(), "Lena Hill", Standing::Staff, &[Role::Leader]))
        .then([changed])
        .when(change(lena(), "Lena Hill", Standing::Staff, &[Role::Leader]))
        .nothing_happens();
    assert_eq!(story.state.name(lena()), Some(&name("Lena Hill")));
}

#[test]
fn nobody_who_is_not_on_the_register_is_changed_or_removed() {
    let stranger = proto::ids::PersonId::derived(uuid::Uuid::nil(), 7);
    let unknown = || Refusal::UnknownPerson { person: stranger };
    school([])
        .when(change(stranger, "No One", Standing::Staff, &[]))
        .refused(unknown())
        .when(Command::RemovePerson { person: stranger })
        .refused(unknown());
}

#[test]
fn who_leaves_is_on_call_no_more_and_is_still_known_by_name() {
    let story = school([danas_duty()])
        .by_person(priya())
        .when(Command::RemovePerson { person: dana() })
        .then([Event::DutyRemoved { duty: duty(1) }, Event::PersonLeft { person: dana() }])
        .when(Command::RemovePerson { person: dana() })
        .nothing_happens()
        .when(change(dana(), "Dana Okafor", Standing::Staff, &[]))
        .refused(Refusal::UnknownPerson { person: dana() });
    assert_eq!(story.state.person(dana()), Some(&Person::Left { name: name("Dana Okafor") }));
    assert_eq!(story.state.on_duty(DutyRole::Dsl, at("2026-11-20T17:00:00Z")).count(), 0);
}

#[test]
fn who_comes_back_starts_without_rights() {
    let history = [
        Event::HolderAuthorised { person: lena(), until: None },
        Event::AgreementAccepted { person: lena(), version: 1, at: at("2026-01-05T09:00:00Z") },
        Event::PersonLeft { person: lena() },
    ];
    let story = school(history)
        .when(add(lena(), "Lena Marsh", Standing::Staff, &[Role::Leader]))
        .then([added(lena(), "Lena Marsh", Standing::Staff, &[Role::Leader])]);
    assert!(!story.state.may_hold(lena(), at("2026-11-20T09:00:00Z")));
    assert_eq!(story.state.member(lena()).unwrap().agreement, None);
}

#[test]
fn the_last_administrator_is_neither_removed_nor_changed_away() {
    let last = || Refusal::LastAdmin { person: priya() };
    school([])
        .by_person(priya())
        .when(Command::RemovePerson { person: priya() })
        .refused(last())
        .when(change(priya(), "Priya Shah", Standing::Staff, &[Role::Senior]))
        .refused(last())
        .when(change(owen(), "Owen Blake", Standing::Staff, &[Role::Office, Role::Admin]))
        .allowed()
        .when(Command::RemovePerson { person: priya() })
        .then([Event::PersonLeft { person: priya() }])
        .by_person(owen())
        .when(change(owen(), "Owen Blake", Standing::Staff, &[Role::Office]))
        .refused(Refusal::LastAdmin { person: owen() });
}

#[test]
fn an_administrator_may_keep_the_role_and_change_the_name() {
    school([])
        .by_person(priya())
        .when(change(priya(), "Priya Shah-Jones", Standing::Staff, &[Role::Admin]))
        .allowed();
}

#[test]
fn blanked_names_are_accepted() {
    let blanked = Event::PersonAdded {
        person: lena(),
        name: Personal::blanked(),
        standing: Standing::Staff,
        roles: roles(&[Role::Leader]),
    };
    let withdrawn = Event::AuthorisationWithdrawn { person: lena(), reason: Personal::blanked() };
    let story =
        given::<People>([blanked, Event::HolderAuthorised { person: lena(), until: None }, withdrawn]);
    assert!(story.state.has_role(lena(), Role::Leader));
    assert!(!story.state.may_hold(lena(), at("2026-11-20T09:00:00Z")));
    assert_eq!(story.state.name(lena()).unwrap().shown(), "(erased)");
}
