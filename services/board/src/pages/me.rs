//! One's own log-in: the password, the second factor, an end to every other session.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::SecretString;
use serde::Deserialize;

use super::html::page;
use super::login::{cookies, failed, refused_as};
use super::login_code::{SetUp, paper};
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::factor::At;
use crate::auth::{Network, Posted, Session, factor, own};
use crate::db::{DbFault, Login, StoredFactor};
use crate::forms::FormView;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/me", get(show))
        .route("/me/password", post(set_password))
        .route("/me/second-factor", post(second_factor))
        .route("/me/elsewhere", post(end_others))
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    shell: Shell,
    trouble: Option<Trouble>,
    said: Option<&'static str>,
    form: FormView,
    login: String,
    /// Whether their role needs a second factor.
    needed: bool,
    /// How many codes on paper are left, where a second factor stands.
    codes_left: Option<u64>,
    /// The app, while it is being set up.
    sets_up: Option<SetUp>,
}

/// What the page says besides.
#[derive(Default)]
struct Says {
    trouble: Option<Trouble>,
    said: Option<&'static str>,
    sets_up: Option<SetUp>,
}

impl Says {
    fn trouble(title: &'static str, message: &str, status: StatusCode) -> Self {
        Self { trouble: Some(Trouble::plain(title, words::sentence(message), status)), ..Self::default() }
    }

    fn said(said: &'static str) -> Self {
        Self { said: Some(said), ..Self::default() }
    }
}

async fn shown(state: &AppState, session: &Session, says: Says) -> Response {
    match draw(state, session, says).await {
        Ok(response) => response,
        Err(fault) => failed(&fault),
    }
}

async fn draw(state: &AppState, session: &Session, says: Says) -> Result<Response, DbFault> {
    let login = own::login(state, session).await?;
    let stored = state.db().second_factor(login.id).await?;
    let stands = stored.is_some_and(|stored| stored.confirmed_at.is_some());
    let codes_left = if stands { Some(state.db().recovery_codes_left(login.id).await?) } else { None };
    let view = state.view_of(session);
    let look = Looking::new(state, &view, session);
    let shown = MePage {
        shell: look.shell(Place::Me),
        said: says.said,
        form: FormView::with(&[]),
        login: login.name,
        needed: factor::needs(state, session.roles.iter()),
        codes_left,
        sets_up: says.sets_up,
        trouble: says.trouble,
    };
    Ok(page(shown.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status), &shown))
}

#[derive(Deserialize, Default)]
struct Came {
    #[serde(default)]
    changed: bool,
}

async fn show(State(state): State<AppState>, session: Session, Query(came): Query<Came>) -> Response {
    let says = if came.changed { Says::said("Your password is changed.") } else { Says::default() };
    shown(&state, &session, says).await
}

async fn set_password(State(state): State<AppState>, headers: HeaderMap, posted: Posted) -> Response {
    let typed = |name: &str| SecretString::from(posted.fields.get(name).unwrap_or_default().to_owned());
    match own::set_password(&state, &posted.session, typed("current"), typed("password"), &headers).await {
        Ok(logged_in) => {
            // The form token of the page follows from the new session: a fresh page has it.
            (AppendHeaders(cookies(logged_in)), super::act::see("/me?changed=true")).into_response()
        }
        Err(why) => {
            let status = why.status();
            let says = Says::trouble("The password was not changed", &why.to_string(), status);
            shown(&state, &posted.session, says).await
        }
    }
}

/// The second factor of whoever asks: one that stands, or the one that is offered to their session.
struct Theirs<'a> {
    state: &'a AppState,
    session: &'a Session,
    login: Login,
    stored: StoredFactor,
    at: At,
}

async fn second_factor(
    State(state): State<AppState>,
    headers: HeaderMap,
    from: Network,
    posted: Posted,
) -> Response {
    let (session, at) = (&posted.session, At::of(&state, &headers, from));
    let hash = factor::session_of(&state, &headers).expect("a session was found by it");
    let found = async {
        let login = own::login(&state, session).await?;
        let stored = factor::offered(&state, &login, hash).await?;
        Ok((login, stored))
    };
    let theirs = match found.await {
        Ok((login, stored)) => Theirs { state: &state, session, login, stored, at },
        Err(fault) => return failed(&fault),
    };
    let code = posted.fields.get("code").unwrap_or_default();
    match posted.fields.get("do") {
        Some("offer") => {
            let sets_up = Some(SetUp::of(&factor::app_of(&state, &theirs.login, &theirs.stored)));
            shown(&state, session, Says { sets_up, ..Says::default() }).await
        }
        Some("confirm" | "paper") => theirs.with_code(code).await,
        Some("end") => theirs.end(code).await,
        Some(_) | None => shown(&state, session, Says::default()).await,
    }
}

impl Theirs<'_> {
    /// A code shows that it is them, and that the app works: then there are new codes on paper.
    async fn with_code(&self, code: &str) -> Response {
        if let Some(refused) = self.takes(code).await {
            return refused;
        }
        match factor::put_on_paper(self.state, &self.login).await {
            Ok(codes) => paper(codes, "/me"),
            Err(fault) => failed(&fault),
        }
    }

    async fn end(&self, code: &str) -> Response {
        let (state, session) = (self.state, self.session);
        if factor::needs(state, session.roles.iter()) {
            let says = Says::trouble("It stays", "your role needs a second factor", StatusCode::FORBIDDEN);
            return shown(state, session, says).await;
        }
        if let Some(refused) = self.takes(code).await {
            return refused;
        }
        match state.db().forget_second_factor(self.login.id).await {
            Ok(_) => shown(state, session, Says::said("Your password alone opens Homeward again.")).await,
            Err(fault) => failed(&fault),
        }
    }

    /// Takes a code; gives what is shown if it isn't right.
    async fn takes(&self, code: &str) -> Option<Response> {
        let Self { state, session, login, stored, at } = self;
        let why = factor::take(state, login, stored, *at, code).await.err()?;
        let mut says = Says::trouble("Nothing was changed", &why.to_string(), refused_as(&why));
        says.sets_up =
            stored.confirmed_at.is_none().then(|| SetUp::of(&factor::app_of(state, login, stored)));
        Some(shown(state, session, says).await)
    }
}

async fn end_others(State(state): State<AppState>, headers: HeaderMap, posted: Posted) -> Response {
    match own::end_others(&state, &posted.session, &headers).await {
        Ok(()) => {
            let says = Says::said("You are logged out everywhere else.");
            shown(&state, &posted.session, says).await
        }
        Err(fault) => failed(&fault),
    }
}
