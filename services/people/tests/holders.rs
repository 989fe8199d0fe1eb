//! Who may hold a device, and the user agreement.

use people::Authorisation;
use proto::v1::people::{Command, Event, Refusal, Role, Standing};

use crate::cast::*;

fn authorise(person: proto::ids::PersonId, until: Option<&str>) -> Command {
    Command::AuthoriseHolder { person, until: until.map(at) }
}

fn withdraw() -> Command {
    Command::WithdrawAuthorisation { person: lena(), reason: note("On leave") }
}

/// DEV-2: only authorised staff have a work mobile.
#[test]
fn staff_are_authorised_for_good_and_it_can_be_withdrawn() {
    let noon = at("2026-11-20T12:00:00Z");
    let story = school([])
        .when(authorise(lena(), None))
        .then([Event::HolderAuthorised { person: lena(), until: None }])
        .when(authorise(lena(), None))
        .nothing_happens();
    assert!(story.state.may_hold(lena(), noon));
    let story = story
        .when(withdraw())
        .then([Event::AuthorisationWithdrawn { person: lena(), reason: note("On leave") }])
        .when(withdraw())
        .nothing_happens();
    assert!(!story.state.may_hold(lena(), noon));
}

/// DEV-2: supply staff may be authorised that morning, until a time.
#[test]
fn supply_staff_are_authorised_until_a_time() {
    let end = at("2026-11-20T16:00:00Z");
    let story = school([])
        .when(authorise(sam(), None))
        .refused(Refusal::SupplyNeedsAnEnd { person: sam() })
        .when(authorise(sam(), Some("2026-11-20T16:00:00Z")))
        .then([Event::HolderAuthorised { person: sam(), until: Some(end) }])
        .when(authorise(sam(), Some("2026-11-20T16:00:00Z")))
        .nothing_happens();
    assert!(story.state.may_hold(sam(), at("2026-11-20T15:59:59Z")));
    assert!(!story.state.may_hold(sam(), end), "the end is not part of it");
}

/// DEV-2: an authorisation that has ended already is none.
#[test]
fn an_end_that_has_passed_is_refused() {
    school([])
        .when(authorise(sam(), Some("2026-11-20T09:00:00Z")))
        .refused(Refusal::EndsInThePast { until: at("2026-11-20T09:00:00Z") });
}

/// DEV-2: who becomes supply staff is no longer authorised for good.
#[test]
fn turning_supply_ends_an_authorisation_for_good() {
    let story = school([Event::HolderAuthorised { person: lena(), until: None }])
        .when(change(lena(), "Lena Marsh", Standing::Supply, &[Role::Leader]))
        .then_events(|events| {
            assert!(
                matches!(
                    events,
                    [Event::PersonChanged { .. }, Event::AuthorisationWithdrawn { person, .. }] if *person == lena()
                ),
                "{events:?}"
            );
        });
    assert_eq!(story.state.member(lena()).unwrap().authorisation, Authorisation::None);
    let until = Event::HolderAuthorised { person: lena(), until: Some(at("2026-12-18T16:00:00Z")) };
    school([until])
        .when(change(lena(), "Lena Marsh", Standing::Supply, &[Role::Leader]))
        .then_events(|events| assert!(matches!(events, [Event::PersonChanged { .. }]), "{events:?}"));
}

/// DEV-2: the register says who there is.
#[test]
fn strangers_are_neither_authorised_nor_bound() {
    let stranger = proto::ids::PersonId::derived(uuid::Uuid::nil(), 7);
    let unknown = || Refusal::UnknownPerson { person: stranger };
    school([])
        .when(authorise(stranger, None))
        .refused(unknown())
        .when(Command::WithdrawAuthorisation { person: stranger, reason: note("x") })
        .refused(unknown())
        .when(Command::AcceptAgreement { person: stranger, version: 1 })
        .refused(unknown());
}

/// DEV-3: before a first issue the holder accepted the user agreement; its version and date are kept.
#[test]
fn the_agreement_in_force_is_accepted_once() {
    let accept = || Command::AcceptAgreement { person: lena(), version: 1 };
    let accepted_at = at("2026-11-20T09:00:00Z");
    let story = school([])
        .by_person(lena())
        .when(accept())
        .then([Event::AgreementAccepted { person: lena(), version: 1, at: accepted_at }])
        .when(accept())
        .nothing_happens();
    assert_eq!(story.state.member(lena()).unwrap().agreement, Some((1, accepted_at)));
}

/// DEV-3: an older version, or one that isn't in force yet, is refused.
#[test]
fn another_version_of_the_agreement_is_refused() {
    let story = school([]).with_policy(|p| p.agreement_version = 2);
    story
        .when(Command::AcceptAgreement { person: lena(), version: 1 })
        .refused(Refusal::WrongAgreement { expected: 2, found: 1 })
        .when(Command::AcceptAgreement { person: lena(), version: 3 })
        .refused(Refusal::WrongAgreement { expected: 2, found: 3 })
        .when(Command::AcceptAgreement { person: lena(), version: 2 })
        .allowed();
}
