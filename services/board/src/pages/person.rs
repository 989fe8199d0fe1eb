//! One person: roles, the right to hold a phone, the agreement, log-ins.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use people::{Authorisation, People};
use proto::ids::PersonId;
use proto::topics::ServiceName;
use proto::v1::people::{Command, Standing};
use proto::values::Personal;
use secrecy::SecretString;

use super::act::{ask, see};
use super::html::page;
use super::people::{agreement, holds, read_member, role_choices, standing_choices};
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::roles::Action;
use crate::auth::{self, Fields, OidcConfig, Posted, Session, create_login, oidc};
use crate::db::DbFault;
use crate::forms::{Choice, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/people/{person}", get(show).post(act)).route("/people/{person}/login", post(log_in))
}

#[derive(Template)]
#[template(path = "people/one.html")]
struct PersonPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: PersonId,
    name: String,
    standing: &'static str,
    holds: (String, &'static str),
    authorised: bool,
    supply: bool,
    agreement: (String, &'static str),
    version: u16,
    may_keep: bool,
    may_log_ins: bool,
    me: bool,
    roles: Vec<Choice>,
    standings: Vec<Choice>,
    log_ins: Vec<LogIn>,
    /// The providers whose accounts can be linked.
    providers: Vec<Choice>,
    /// What an account is called there, where there is one provider.
    account_words: String,
}

/// A log-in of theirs.
struct LogIn {
    name: String,
    /// Whether it has a second factor.
    second_factor: bool,
    /// Whether a password opens it.
    password: bool,
    /// Accounts elsewhere that open it.
    accounts: Vec<Linked>,
}

/// An account that is linked.
struct Linked {
    provider: String,
    label: String,
    name: String,
    used: bool,
}

/// Their log-ins; none where the database of log-ins is away: the rest of the page stands without.
async fn log_ins_of(state: &AppState, session: &Session, person: PersonId) -> Vec<LogIn> {
    let all = state.db().logins(&session.school).await.unwrap_or_default();
    let mut theirs = Vec::new();
    for login in all.into_iter().filter(|login| login.person == person) {
        let stored = state.db().second_factor(login.id).await.ok().flatten();
        let second_factor = stored.is_some_and(|stored| stored.confirmed_at.is_some());
        let accounts = state.db().accounts_of(login.id).await.unwrap_or_default();
        let linked = accounts.into_iter().map(|account| Linked {
            label: state.providers().get(&account.provider).map_or_else(
                || format!("{}, which is no longer set up", account.provider),
                |provider| provider.config().label.clone(),
            ),
            provider: account.provider,
            name: account.name,
            used: account.used,
        });
        let (accounts, password) = (linked.collect(), !login.password.is_empty());
        theirs.push(LogIn { name: login.name, second_factor, password, accounts });
    }
    theirs
}

/// The providers whose accounts people of this school may have.
fn offered<'a>(state: &'a AppState, session: &Session) -> Vec<&'a OidcConfig> {
    state.log_in_by().providers.iter().filter(|config| config.serves(&session.school)).collect()
}

/// What is typed to link an account.
fn account_words(offered: &[&OidcConfig]) -> String {
    let mut words: Vec<&str> = offered.iter().map(|config| config.account_by.words()).collect();
    words.dedup();
    words.join(" or ")
}

async fn one(
    state: &AppState,
    session: &Session,
    id: PersonId,
    typed: Option<Fields>,
    trouble: Option<Trouble>,
) -> Response {
    let log_ins =
        if session.may(Action::ManageLogins) { log_ins_of(state, session, id).await } else { Vec::new() };
    let offered = offered(state, session);
    let view = state.view_of(session);
    let look = Looking::new(state, &view, session);
    let Some(member) = view.people.member(id) else { return missing(&look, Place::People, "person") };
    let as_it_is = || {
        let mut pairs = vec![
            ("name".to_owned(), member.name.shown()),
            ("standing".to_owned(), standing_value(member.standing).to_owned()),
        ];
        pairs.extend(member.roles.iter().map(|role| ("roles".to_owned(), role.as_str().to_owned())));
        pairs.push(("until".to_owned(), look.when().typed(look.when().ahead(8))));
        Fields::new(pairs)
    };
    let shown = PersonPage {
        shell: look.shell(Place::People),
        form: FormView::new(typed.unwrap_or_else(as_it_is), Vec::new()),
        id,
        name: member.name.shown(),
        standing: words::standing(member.standing),
        holds: holds(&look, member.authorisation),
        authorised: member.authorisation != Authorisation::None,
        supply: member.standing == Standing::Supply,
        agreement: agreement(&look, member.agreement),
        version: view.school.policy.agreement_version,
        may_keep: look.may(ServiceName::People, "ChangePerson"),
        may_log_ins: session.may(Action::ManageLogins),
        me: session.person == id,
        roles: role_choices(),
        standings: standing_choices(),
        log_ins,
        account_words: account_words(&offered),
        providers: offered
            .iter()
            .map(|config| Choice { value: config.name.to_string(), label: config.label.clone() })
            .collect(),
        trouble,
    };
    page(shown.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status), &shown)
}

fn standing_value(standing: Standing) -> &'static str {
    match standing {
        Standing::Staff => "staff",
        Standing::Supply => "supply",
        Standing::Volunteer => "volunteer",
        Standing::Trust => "trust",
    }
}

async fn show(State(state): State<AppState>, session: Session, Path(person): Path<PersonId>) -> Response {
    one(&state, &session, person, None, None).await
}

async fn act(State(state): State<AppState>, Path(person): Path<PersonId>, posted: Posted) -> Response {
    let what = posted.fields.get("do").unwrap_or_default().to_owned();
    let done = match read(&state, &posted, person, &what) {
        Ok(command) => ask::<People>(&state, &posted, &what, command).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match done {
        Ok(()) if what == "remove" => see("/people"),
        Ok(()) => see(&format!("/people/{person}")),
        Err(trouble) => {
            one(&state, &posted.session, person, Some(posted.fields.clone()), Some(trouble)).await
        }
    }
}

fn read(state: &AppState, posted: &Posted, person: PersonId, what: &str) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let command = match what {
        "change" => read_member(&mut reader, &posted.fields).map(|(name, standing, roles)| {
            Command::ChangePerson { person, name: Personal::known(name), standing, roles }
        }),
        "remove" => Some(Command::RemovePerson { person }),
        "authorise" => Some(Command::AuthoriseHolder { person, until: None }),
        "authorise-until" => reader
            .moment("until", "Say until when.")
            .map(|until| Command::AuthoriseHolder { person, until: Some(until) }),
        "withdraw" => reader
            .text("withdraw.reason", "Say why.")
            .map(|reason| Command::WithdrawAuthorisation { person, reason: Personal::known(reason) }),
        "agreement" => {
            Some(Command::AcceptAgreement { person, version: view.school.policy.agreement_version })
        }
        _ => {
            reader.error("do", "Choose what to do.");
            None
        }
    };
    reader.finish(command)
}

/// An administrator makes a log-in, or sets a new password: its sessions end.
async fn log_in(State(state): State<AppState>, Path(person): Path<PersonId>, posted: Posted) -> Response {
    let session = &posted.session;
    let typed =
        Fields::new(vec![("login".to_owned(), posted.fields.get("login").unwrap_or_default().to_owned())]);
    if !session.may(Action::ManageLogins) {
        let why = "Log-ins are made by an administrator.".to_owned();
        let trouble = Trouble::plain("You can't do this", why, StatusCode::FORBIDDEN);
        return one(&state, session, person, Some(typed), Some(trouble)).await;
    }
    match posted.fields.get("do") {
        Some("forget-factor") => return forget_factor(&state, &posted, person).await,
        Some("link") => return link(&state, &posted, person).await,
        Some("unlink") => return unlink(&state, &posted, person).await,
        Some(_) | None => {}
    }
    let password = SecretString::from(posted.fields.get("password").unwrap_or_default().to_owned());
    let name = posted.fields.get("login").unwrap_or_default();
    let now = state.login_clock().now();
    match create_login(state.db(), state.passwords(), &session.school, person, name, password, now).await {
        Ok(()) => see(&format!("/people/{person}")),
        Err(why) => {
            let trouble = Trouble::plain(
                "The log-in was not made",
                words::sentence(&why.to_string()),
                StatusCode::UNPROCESSABLE_ENTITY,
            );
            one(&state, session, person, Some(typed), Some(trouble)).await
        }
    }
}

/// An administrator links an account elsewhere.
async fn link(state: &AppState, posted: &Posted, person: PersonId) -> Response {
    let session = &posted.session;
    let field = |name: &str| posted.fields.get(name).unwrap_or_default();
    let offered = offered(state, session);
    let wanted =
        offered.iter().find(|config| offered.len() == 1 || config.name.as_str() == field("provider"));
    let typed = || {
        let kept = ["account", "provider"].map(|name| (name.to_owned(), field(name).to_owned()));
        Some(Fields::new(kept.into()))
    };
    let refused =
        |why: &str, status| Some(Trouble::plain("The account was not linked", words::sentence(why), status));
    let Some(provider) = wanted else {
        let trouble = refused("choose whose account it is", StatusCode::UNPROCESSABLE_ENTITY);
        return one(state, session, person, typed(), trouble).await;
    };
    let is_ours = state.view_of(session).people.member(person).is_some();
    if !is_ours {
        return one(state, session, person, None, None).await;
    }
    let now = state.login_clock().now();
    match oidc::link(state.db(), provider, &session.school, person, field("account"), now).await {
        Ok(()) => see(&format!("/people/{person}")),
        Err(why) => {
            let trouble = refused(&why.to_string(), StatusCode::UNPROCESSABLE_ENTITY);
            one(state, session, person, typed(), trouble).await
        }
    }
}

/// An administrator takes an account elsewhere away: the sessions of its log-in end.
async fn unlink(state: &AppState, posted: &Posted, person: PersonId) -> Response {
    let session = &posted.session;
    let field = |name: &str| posted.fields.get(name).unwrap_or_default();
    let done = match state.db().login(field("name")).await {
        Ok(Some(login)) if login.person == person && login.school == session.school => {
            oidc::unlink(state.db(), &login, field("provider"), field("account")).await
        }
        Ok(_) => Ok(()),
        Err(fault) => Err(fault),
    };
    after(state, session, person, done).await
}

/// An administrator takes the second factor of somebody away who lost their app: their sessions end.
async fn forget_factor(state: &AppState, posted: &Posted, person: PersonId) -> Response {
    let session = &posted.session;
    let name = posted.fields.get("name").unwrap_or_default();
    let theirs = state.db().login(name).await;
    let forgotten = match theirs {
        Ok(Some(login)) if login.person == person && login.school == session.school => {
            auth::forget_second_factor(state.db(), &login).await.map(drop)
        }
        Ok(_) => Ok(()),
        Err(fault) => Err(fault),
    };
    after(state, session, person, forgotten).await
}

async fn after(state: &AppState, session: &Session, person: PersonId, done: Result<(), DbFault>) -> Response {
    match done {
        Ok(()) => see(&format!("/people/{person}")),
        Err(fault) => {
            let why = words::sentence(&fault.to_string());
            let trouble = Trouble::plain("It stays", why, StatusCode::SERVICE_UNAVAILABLE);
            one(state, session, person, None, Some(trouble)).await
        }
    }
}
