//! Who owes a second factor, and the way from the password to the code.

use axum::http::HeaderMap;
use proto::v1::people::Role;

use super::cookie::{self, Jar};
use super::log_in::{LogInRefused, LoggedIn, whole};
use super::second_factor::{App, new_codes, paper_hash};
use super::tokens;
use crate::app::AppState;
use crate::db::{DbFault, Login, SessionKind, StoredFactor};

/// Somebody whose password was right, and who owes a code.
pub(crate) struct HalfWay {
    login: Login,
    stored: StoredFactor,
    app: App,
    hash: proto::envelope::Hash,
}

/// A code was taken.
pub(crate) struct CodeTaken {
    /// They are logged in.
    pub logged_in: LoggedIn,
    /// The codes on paper, where the factor was confirmed by it: shown once.
    pub on_paper: Option<Vec<String>>,
}

/// Whether a log-in owes a code: it has a second factor, or its person has a role that needs one.
pub(super) async fn is_owed(state: &AppState, login: &Login) -> Result<bool, DbFault> {
    let stored = state.db().second_factor(login.id).await?;
    if stored.is_some_and(|stored| stored.confirmed_at.is_some()) {
        return Ok(true);
    }
    let view = state.view().school(&login.school);
    let member = view.as_ref().and_then(|view| view.people.member(login.person));
    Ok(member.is_some_and(|member| needs(state, member.roles.iter())))
}

/// Whether one of these roles needs a second factor.
pub(crate) fn needs<'a>(state: &AppState, mut roles: impl Iterator<Item = &'a Role>) -> bool {
    roles.any(|role| state.second_factor_for().contains(role))
}

/// The app of a log-in, as it was offered or confirmed.
pub(crate) fn app_of(state: &AppState, login: &Login, stored: &StoredFactor) -> App {
    let school = state.school(&login.school).map_or_else(String::new, |school| school.name.to_string());
    App::new(&state.keys().second_factor, login.id, &stored.salt, &login.name, &school)
}

/// A factor that stands, or one that is offered now.
pub(crate) async fn offered(state: &AppState, login: &Login) -> Result<StoredFactor, DbFault> {
    state.db().offer_second_factor(login.id, rand::random()).await
}

impl HalfWay {
    /// Whoever is half-way by a request's cookie.
    pub(crate) async fn of_cookie(state: &AppState, headers: &HeaderMap) -> Result<Option<Self>, DbFault> {
        let Some(secret) = cookie::secret(Jar::Session, headers, state.is_secure()) else { return Ok(None) };
        let hash = tokens::stored(&secret);
        let now = state.login_clock().now();
        let found = state.db().session(hash, SessionKind::Half).await?.filter(|found| now < found.ends_at);
        let Some(found) = found else { return Ok(None) };
        let Some(login) = state.db().login(&found.login_name).await? else { return Ok(None) };
        let stored = offered(state, &login).await?;
        let app = app_of(state, &login, &stored);
        Ok(Some(Self { login, stored, app, hash }))
    }

    /// The app that they set up now; none if it was confirmed before.
    pub(crate) fn sets_up(&self) -> Option<&App> {
        self.stored.confirmed_at.is_none().then_some(&self.app)
    }

    /// Takes the code, of the app or from paper: then they are logged in.
    pub(crate) async fn gives(
        self,
        state: &AppState,
        headers: &HeaderMap,
        code: &str,
    ) -> Result<CodeTaken, LogInRefused> {
        take(state, &self.login, &self.stored, &self.app, code).await?;
        let on_paper =
            if self.sets_up().is_some() { Some(put_on_paper(state, &self.login).await?) } else { None };
        state.db().end_session(self.hash).await?;
        let logged_in = whole(state, &self.login, headers, true).await?;
        Ok(CodeTaken { logged_in, on_paper })
    }
}

/// New codes on paper, in place of all before.
pub(crate) async fn put_on_paper(state: &AppState, login: &Login) -> Result<Vec<String>, DbFault> {
    let codes = new_codes();
    let hashes: Vec<_> = codes.iter().map(|code| paper_hash(code)).collect();
    state.db().set_recovery_codes(login.id, &hashes).await?;
    Ok(codes)
}

/// Takes a client's code.
pub(super) async fn take_of_client(
    state: &AppState,
    login: &Login,
    code: Option<String>,
) -> Result<(), LogInRefused> {
    let stored = state.db().second_factor(login.id).await?.filter(|stored| stored.confirmed_at.is_some());
    let stored = stored.ok_or(LogInRefused::FactorNeeded)?;
    let code = code.ok_or(LogInRefused::CodeNeeded)?;
    take(state, login, &stored, &app_of(state, login, &stored), &code).await
}

/// Takes a code of the app; once there is an app, one from paper too. Each is taken once.
pub(crate) async fn take(
    state: &AppState,
    login: &Login,
    stored: &StoredFactor,
    app: &App,
    code: &str,
) -> Result<(), LogInRefused> {
    if !state.limits().allow_code(login.id) {
        return Err(LogInRefused::TooOften);
    }
    let now = state.login_clock().now();
    let taken = match app.step_of(code, stored, now) {
        Some(step) => state.db().take_step(login.id, step, now).await?,
        None if stored.confirmed_at.is_some() => {
            state.db().take_recovery_code(login.id, paper_hash(code)).await?
        }
        None => false,
    };
    if taken {
        return Ok(());
    }
    metrics::counter!("homeward_log_ins_refused_total").increment(1);
    Err(LogInRefused::WrongCode)
}
