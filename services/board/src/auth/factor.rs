//! Who owes a second factor, and the way from the password to the code.

use axum::http::HeaderMap;
use proto::envelope::Hash;
use proto::v1::people::Role;

use super::cookie::{self, Jar};
use super::log_in::{LogInRefused, LoggedIn, whole};
use super::second_factor::{App, Typed, new_codes, paper_hash};
use super::{Network, tokens};
use crate::app::AppState;
use crate::db::{DbFault, Login, SessionKind, StoredFactor};

/// Somebody whose password was right, and who owes a code.
pub(crate) struct HalfWay {
    login: Login,
    stored: StoredFactor,
    app: App,
    hash: Hash,
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

/// A factor that stands, or the one that is offered to this session, and to no other: whoever else has the password has not seen its secret.
pub(crate) async fn offered(state: &AppState, login: &Login, session: Hash) -> Result<StoredFactor, DbFault> {
    let stored = state.db().second_factor(login.id).await?;
    Ok(stored
        .filter(|stored| stored.confirmed_at.is_some())
        .unwrap_or_else(|| StoredFactor::offered_to(session)))
}

/// Where a code is typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    /// What is kept of the browser's own secret.
    browser: Option<Hash>,
    from: Network,
}

impl At {
    pub(crate) fn of(state: &AppState, headers: &HeaderMap, from: Network) -> Self {
        let browser = cookie::secret(Jar::KnownBrowser, headers, state.is_secure());
        Self { browser: browser.as_deref().map(tokens::stored), from }
    }

    /// A client of the API.
    pub(super) fn client(from: Network) -> Self {
        Self { browser: None, from }
    }
}

/// What is kept of the session's secret of a request.
pub(crate) fn session_of(state: &AppState, headers: &HeaderMap) -> Option<Hash> {
    cookie::secret(Jar::Session, headers, state.is_secure()).as_deref().map(tokens::stored)
}

impl HalfWay {
    /// Whoever is half-way by a request's cookie.
    pub(crate) async fn of_cookie(state: &AppState, headers: &HeaderMap) -> Result<Option<Self>, DbFault> {
        let Some(hash) = session_of(state, headers) else { return Ok(None) };
        let now = state.login_clock().now();
        let found = state.db().session(hash, SessionKind::Half).await?.filter(|found| now < found.ends_at);
        let Some(found) = found else { return Ok(None) };
        let Some(login) = state.db().login(&found.login_name).await? else { return Ok(None) };
        let stored = offered(state, &login, hash).await?;
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
        from: Network,
        code: &str,
    ) -> Result<CodeTaken, LogInRefused> {
        take(state, &self.login, &self.stored, At::of(state, headers, from), code).await?;
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
    from: Network,
) -> Result<(), LogInRefused> {
    let stored = state.db().second_factor(login.id).await?.filter(|stored| stored.confirmed_at.is_some());
    let stored = stored.ok_or(LogInRefused::FactorNeeded)?;
    let code = code.ok_or(LogInRefused::CodeNeeded)?;
    take(state, login, &stored, At::client(from), &code).await
}

/// Takes a code of the app; once there is an app, one from paper too. Each is taken once. Decision 37.
pub(crate) async fn take(
    state: &AppState,
    login: &Login,
    stored: &StoredFactor,
    at: At,
    code: &str,
) -> Result<(), LogInRefused> {
    let code = Typed::read(code);
    if !may_try(state, login, at, &code).await? {
        return Err(LogInRefused::TooManyCodes);
    }
    let (db, now) = (state.db(), state.login_clock().now());
    let step_of = |digits: &str| app_of(state, login, stored).step_of(digits, stored, now);
    let taken = match (&code, stored.confirmed_at) {
        (Typed::OfTheApp(digits), Some(_)) => match step_of(digits) {
            Some(step) => db.take_step(login.id, step).await?,
            None => false,
        },
        (Typed::OfTheApp(digits), None) => match step_of(digits) {
            Some(step) => confirmed(state, login, stored, step, at).await?,
            None => false,
        },
        (Typed::OnPaper(hash), Some(_)) => db.take_recovery_code(login.id, *hash).await?,
        (Typed::OnPaper(_), None) => false,
    };
    if taken {
        return Ok(());
    }
    metrics::counter!("homeward_log_ins_refused_total").increment(1);
    Err(LogInRefused::WrongCode)
}

/// Whether one more code may be tried: a browser that gave one before has tries of its own, whatever strangers use up.
async fn may_try(state: &AppState, login: &Login, at: At, code: &Typed) -> Result<bool, DbFault> {
    let limits = state.limits();
    match at.browser {
        Some(browser) if state.db().knows_browser(browser, &login.name).await? => {
            Ok(limits.allow_code_known(browser, login.id))
        }
        Some(_) | None => Ok(match code {
            Typed::OfTheApp(_) => limits.allow_code_stranger(at.from, login.id),
            Typed::OnPaper(_) => limits.allow_paper_stranger(at.from, login.id),
        }),
    }
}

/// The first code shows that the app has the secret. Browsers that a password alone had made known are so no more.
async fn confirmed(
    state: &AppState,
    login: &Login,
    offered: &StoredFactor,
    step: u64,
    at: At,
) -> Result<bool, DbFault> {
    let (db, now) = (state.db(), state.login_clock().now());
    if !db.confirm_second_factor(login.id, offered.salt, step, now).await? {
        return Ok(false);
    }
    db.forget_browsers_but(login.id, at.browser).await?;
    Ok(true)
}
