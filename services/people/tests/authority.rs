//! Who may ask what.

use proto::v1::people::{Command, DutyRole, Refusal, Role, Standing};

use crate::cast::*;

const DESK: &[Role] = &[Role::Office, Role::Senior, Role::Head, Role::Admin];
const ROTA: &[Role] = &[Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin];

/// Every command, as Owen of the office might give it.
fn commands() -> Vec<(Command, &'static [Role])> {
    vec![
        (add(lena(), "Lena Marsh", Standing::Staff, &[Role::Leader]), DESK),
        (change(sam(), "Sam Reed", Standing::Supply, &[Role::Leader]), DESK),
        (Command::RemovePerson { person: sam() }, DESK),
        (Command::AuthoriseHolder { person: sam(), until: Some(at("2026-11-20T22:00:00Z")) }, DESK),
        (Command::WithdrawAuthorisation { person: sam(), reason: note("Left early") }, DESK),
        (Command::AcceptAgreement { person: sam(), version: 1 }, DESK),
        (plan(duty(2), dana(), DutyRole::Base, friday_night()), ROTA),
        (Command::RemoveDuty { duty: duty(1) }, ROTA),
        (Command::ConfirmDuty { duty: duty(1) }, ROTA),
    ]
}

fn evening() -> decider::kit::Story<people::People> {
    school([danas_duty(), dana_was_asked()]).at("2026-11-20T18:30:00Z")
}

#[test]
fn the_office_and_accounts_of_the_bus_may_ask_all_of_it() {
    for (command, _) in commands() {
        evening().when(command.clone()).allowed();
        evening().by(a_client()).when(command).allowed();
    }
}

#[test]
fn a_leader_may_ask_none_of_it_for_others() {
    for (command, needed) in commands() {
        evening().by_person(lena()).when(command).refused(Refusal::RoleNeeded { roles: roles(needed) });
    }
}

#[test]
fn a_person_who_is_not_on_the_register_has_no_roles() {
    let stranger = proto::ids::PersonId::derived(uuid::Uuid::nil(), 7);
    evening()
        .by_person(stranger)
        .when(Command::RemoveDuty { duty: duty(1) })
        .refused(Refusal::RoleNeeded { roles: roles(ROTA) });
}

#[test]
fn a_phone_changes_nothing_here() {
    for (command, _) in commands() {
        evening().by(a_phone()).when(command).refused(Refusal::NamedPersonNeeded {});
    }
}

#[test]
fn the_safeguarding_lead_keeps_the_rota_but_not_the_register() {
    evening()
        .by_person(dana())
        .when(plan(duty(2), lena(), DutyRole::Senior, friday_night()))
        .allowed()
        .when(Command::RemovePerson { person: sam() })
        .refused(Refusal::RoleNeeded { roles: roles(DESK) });
}

/// FORM-2: a senior authorises. Nobody lifts themselves, or a colleague, to senior.
#[test]
fn roles_beyond_leader_are_given_and_taken_by_an_administrator() {
    let admin_needed = |beyond: &[Role]| Refusal::AdminNeeded { roles: roles(beyond) };
    let new = proto::ids::PersonId::derived(uuid::Uuid::nil(), 9);
    evening()
        .when(change(owen(), "Owen Blake", Standing::Staff, &[Role::Office, Role::Senior]))
        .refused(admin_needed(&[Role::Senior]))
        .when(change(dana(), "Dana Okafor", Standing::Staff, &[]))
        .refused(admin_needed(&[Role::Dsl]))
        .when(Command::RemovePerson { person: dana() })
        .refused(admin_needed(&[Role::Dsl]))
        .when(add(new, "Ravi Nair", Standing::Trust, &[Role::Head, Role::Leader]))
        .refused(admin_needed(&[Role::Head]))
        .by_person(priya())
        .when(add(new, "Ravi Nair", Standing::Trust, &[Role::Head, Role::Leader]))
        .allowed();
}
