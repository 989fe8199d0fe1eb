//! Who works here, and who is on call.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use people::{Authorisation, People, Test};
use proto::ids::{DutyId, PersonId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, DutyRole, Role, Standing};
use proto::values::{Name, Personal};

use super::act::{ask, onward, see};
use super::html::page;
use super::paging::{Paging, Wanted};
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::forms::{Choice, Choices, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/people", get(show).post(add))
        .route("/people/duties", post(plan))
        .route("/people/duties/act", post(act_on_duty))
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct PeoplePage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may_keep: bool,
    may_plan: bool,
    rows: Vec<Row>,
    paging: Paging,
    duties: Vec<DutyRow>,
    people: Choices,
    roles: Vec<Choice>,
    standings: Vec<Choice>,
    duty_roles: Vec<Choice>,
}

struct Row {
    id: PersonId,
    name: String,
    standing: &'static str,
    roles: String,
    holds: (String, &'static str),
    agreement: (String, &'static str),
    phones: String,
}

struct DutyRow {
    id: DutyId,
    name: String,
    role: &'static str,
    when: String,
    tonight: Option<(&'static str, &'static str)>,
    /// A test waits for an answer.
    asked: bool,
}

pub(crate) const ROLES: [Role; 6] =
    [Role::Leader, Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin];
const STANDINGS: [(&str, Standing); 4] = [
    ("staff", Standing::Staff),
    ("supply", Standing::Supply),
    ("volunteer", Standing::Volunteer),
    ("trust", Standing::Trust),
];
const DUTY_ROLES: [(&str, DutyRole); 4] = [
    ("base", DutyRole::Base),
    ("office", DutyRole::Office),
    ("dsl", DutyRole::Dsl),
    ("senior", DutyRole::Senior),
];

pub(crate) fn role_choices() -> Vec<Choice> {
    ROLES.map(|role| Choice::new(role.as_str(), words::role(role))).to_vec()
}

pub(crate) fn standing_choices() -> Vec<Choice> {
    STANDINGS.map(|(value, standing)| Choice::new(value, words::standing(standing))).to_vec()
}

/// Name, standing and roles, as they are typed.
pub(crate) fn read_member(
    reader: &mut Reader<'_>,
    fields: &Fields,
) -> Option<(Name, Standing, std::collections::BTreeSet<Role>)> {
    let name = reader.text("name", "Write the name.");
    let standing = STANDINGS.iter().find(|(value, _)| fields.get("standing") == Some(value)).map(|(_, s)| *s);
    if standing.is_none() {
        reader.error("standing", "Choose how they stand to the school.");
    }
    let roles =
        ROLES.into_iter().filter(|role| fields.all("roles").any(|value| value == role.as_str())).collect();
    Some((name?, standing?, roles))
}

/// The right to hold a phone, in words, and how its tag looks.
pub(crate) fn holds(look: &Looking<'_>, authorisation: Authorisation) -> (String, &'static str) {
    match authorisation {
        Authorisation::None => ("not authorised".to_owned(), ""),
        Authorisation::ForGood => ("authorised".to_owned(), "good"),
        Authorisation::Until(until) if until > look.now => {
            (format!("until {}", look.when().at(until)), "good")
        }
        Authorisation::Until(until) => (format!("ended {}", look.when().at(until)), "soon"),
    }
}

/// Whether the agreement in force was accepted.
pub(crate) fn agreement(
    look: &Looking<'_>,
    accepted: Option<(u16, proto::Timestamp)>,
) -> (String, &'static str) {
    let current = look.view.school.policy.agreement_version;
    match accepted {
        Some((version, _)) if version == current => (format!("version {version}"), "good"),
        Some((version, _)) => (format!("version {version}, not {current}"), "soon"),
        None => ("not accepted".to_owned(), ""),
    }
}

fn show_list(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>, wanted: &Wanted) -> Response {
    let looked_for = |member: &people::Member| {
        let roles = member.roles.iter().map(|role| words::role(*role)).collect::<Vec<_>>().join(" ");
        wanted.finds(&[&member.name.shown(), words::standing(member.standing), &roles])
    };
    let mut members: Vec<_> = look.view.people.members().filter(|(_, member)| looked_for(member)).collect();
    members.sort_by_key(|(_, member)| member.name.shown());
    let (members, paging) = wanted.page(members);
    let row = |(id, member): (PersonId, &people::Member)| {
        let held = look
            .view
            .devices
            .devices()
            .filter(|(_, d)| d.holder() == Some(proto::v1::devices::Holder::Person(id)));
        Row {
            id,
            name: member.name.shown(),
            standing: words::standing(member.standing),
            roles: member.roles.iter().map(|role| words::role(*role)).collect::<Vec<_>>().join(", "),
            holds: holds(look, member.authorisation),
            agreement: agreement(look, member.agreement),
            phones: held.map(|(_, device)| device.tag.to_string()).collect::<Vec<_>>().join(", "),
        }
    };
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let people = Choices::people(look, form.fields());
    let shown = PeoplePage {
        shell: look.shell(Place::People),
        trouble,
        form,
        may_keep: look.may(ServiceName::People, "AddPerson"),
        may_plan: look.may(ServiceName::People, "PlanDuty"),
        rows: members.into_iter().map(row).collect(),
        paging,
        duties: duties(look),
        people,
        roles: role_choices(),
        standings: standing_choices(),
        duty_roles: DUTY_ROLES.map(|(value, role)| Choice::new(value, words::duty_role(role))).to_vec(),
    };
    page(status, &shown)
}

/// Duties that aren't over, the next first.
fn duties(look: &Looking<'_>) -> Vec<DutyRow> {
    let mut duties: Vec<_> =
        look.view.people.duties().filter(|(_, duty)| duty.window.to > look.now).collect();
    duties.sort_by_key(|(id, duty)| (duty.window.from, *id));
    let row = |(id, duty): (DutyId, &people::Duty)| {
        let night = duty.nights.iter().find(|night| night.hours.to > look.now);
        let tonight = night.map(|night| match night.test {
            Test::Planned { .. } => ("test to come", ""),
            Test::Asked { .. } => ("asked, no answer yet", "soon"),
            Test::Confirmed { .. } => ("confirmed", "good"),
            Test::Unanswered => ("did not answer", "bad"),
        });
        DutyRow {
            id,
            name: look.view.person_name(duty.person),
            role: words::duty_role(duty.role),
            when: look.when().window(duty.window),
            tonight,
            asked: night.is_some_and(|night| matches!(night.test, Test::Asked { .. } | Test::Unanswered)),
        }
    };
    duties.into_iter().map(row).collect()
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let fresh = [
        ("person", PersonId::new().to_string()),
        ("duty", DutyId::new().to_string()),
        ("standing", "staff".to_owned()),
        ("window.from", look.when().typed(look.now)),
        ("window.to", look.when().typed(look.when().ahead(24))),
    ];
    show_list(&look, FormView::with(&fresh), None, &wanted)
}

/// The list again, with what stands against what was typed.
fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    show_list(&look, FormView::new(posted.fields.clone(), errors), trouble, &Wanted::default())
}

async fn add(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let person = reader.optional_id::<PersonId>("person");
        let member = read_member(&mut reader, &posted.fields);
        reader.finish(person.zip(member))
    };
    match read {
        Ok((person, (name, standing, roles))) => {
            let person = person.unwrap_or_default();
            let command = Command::AddPerson { person, name: Personal::known(name), standing, roles };
            match ask::<People>(&state, &posted, "add", command).await {
                Ok(()) => onward(&posted, &format!("/people/{person}")),
                Err(trouble) => again(&state, &posted, Vec::new(), Some(trouble)),
            }
        }
        Err(errors) => again(&state, &posted, errors, None),
    }
}

async fn plan(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let duty = reader.optional_id::<DutyId>("duty");
        let person = reader.id("duty.person", "Choose who is on call.");
        let role = DUTY_ROLES
            .iter()
            .find(|(value, _)| reader.typed("duty.role") == Some(value))
            .map(|(_, role)| *role);
        if role.is_none() {
            reader.error("duty.role", "Choose what for.");
        }
        let window = reader.window("window");
        let command = || {
            let duty = duty?.unwrap_or_default();
            Some(Command::PlanDuty { duty, person: person?, role: role?, window: window? })
        };
        let command = command();
        reader.finish(command)
    };
    match read {
        Ok(command) => match ask::<People>(&state, &posted, "plan", command).await {
            Ok(()) => see("/people"),
            Err(trouble) => again(&state, &posted, Vec::new(), Some(trouble)),
        },
        Err(errors) => again(&state, &posted, errors, None),
    }
}

async fn act_on_duty(State(state): State<AppState>, posted: Posted) -> Response {
    let duty = posted.fields.get("duty").and_then(|id| id.parse().ok()).unwrap_or_default();
    let command = match posted.fields.get("do") {
        Some("confirm") => Command::ConfirmDuty { duty },
        Some(_) | None => Command::RemoveDuty { duty },
    };
    match ask::<People>(&state, &posted, "duty", command).await {
        Ok(()) => see("/people"),
        Err(trouble) => again(&state, &posted, Vec::new(), Some(trouble)),
    }
}
