//! Back from a provider: who is let in.

use axum::http::{HeaderMap, StatusCode};
use proto::Timestamp;

use super::super::log_in::{LogInRefused, LoggedIn, opens};
use super::super::{Network, tokens};
use super::provider::{Away, NotShown, Provider, Somebody};
use crate::app::AppState;
use crate::db::{DbFault, Login};

/// What a browser brings back.
#[derive(Debug, Default)]
pub(crate) struct Came {
    /// The code that shows the provider that it is us who ask.
    pub(crate) code: String,
    /// What we gave it.
    pub(crate) state: String,
    /// Who says so (RFC 9207), if they say it.
    pub(crate) issuer: Option<String>,
    /// Why there is no code.
    pub(crate) error: Option<String>,
}

/// Why somebody is not logged in. `Display` is for the page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotIn {
    /// It wasn't this browser that asked, or too long ago.
    #[error(
        "This log-in was not begun in this browser, or it took longer than ten minutes. Begin again here."
    )]
    NotBegun,
    /// Too many at once.
    #[error("Too many log-ins at once. Wait for half a minute, then try again.")]
    TooOften,
    /// The provider can't be reached.
    #[error(
        "{0} can't be reached just now. Try again in a minute; if you have a password here, log in with that."
    )]
    Away(String),
    /// The provider didn't log them in.
    #[error(
        "{0} did not log you in. Try again; if it says so again, ask whoever looks after your account there."
    )]
    Declined(String),
    /// What the provider answered shows nothing.
    #[error(
        "What {0} answered can't be used, so nobody was logged in. Try again, and tell whoever looks after Homeward."
    )]
    Unusable(String),
    /// An account of elsewhere.
    #[error("That account of {0} is not one of the school's. Choose your work account.")]
    NotOurs(String),
    /// The provider doesn't vouch for the name.
    #[error(
        "{0} does not say which account that is, or has not verified its address. Ask whoever looks after your account there."
    )]
    NotVerified(String),
    /// Nobody's.
    #[error(
        "Homeward does not know the account {account} of {provider}. An administrator of Homeward can link it to you, on your page under People."
    )]
    NotLinked {
        /// Whose account it is.
        provider: String,
        /// Its name there.
        account: String,
    },
    /// Another account has that name by now.
    #[error(
        "{account} is another account at {provider} than the one that was linked here. An administrator of Homeward takes the old link away, and links it anew, on your page under People."
    )]
    AnotherSubject {
        /// Whose account it is.
        provider: String,
        /// Its name there.
        account: String,
    },
    /// Whoever it was linked to is not on the register.
    #[error(
        "You are not on the school's register of staff. Ask the office: whoever keeps it can put you on it."
    )]
    NotOnRegister,
    /// The register isn't read yet.
    #[error("Homeward has just started and is still reading what happened. Try again in a moment.")]
    Starting,
    /// As with a password.
    #[error(transparent)]
    Refused(#[from] LogInRefused),
}

impl From<DbFault> for NotIn {
    fn from(fault: DbFault) -> Self {
        Self::Refused(fault.into())
    }
}

impl NotIn {
    /// The provider can't be reached: an operator reads why.
    pub(super) fn away(provider: &Provider, why: &Away) -> Self {
        let name = &provider.config().name;
        tracing::warn!(provider = %name, %why, "HW-L1 the provider of log-ins can't be reached");
        Self::Away(provider.config().label.clone())
    }

    /// The status that goes with it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotBegun => StatusCode::BAD_REQUEST,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::Away(_) | Self::Starting | Self::Refused(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Declined(_) => StatusCode::UNAUTHORIZED,
            Self::Unusable(_) => StatusCode::BAD_GATEWAY,
            Self::NotOurs(_)
            | Self::NotVerified(_)
            | Self::NotLinked { .. }
            | Self::AnotherSubject { .. }
            | Self::NotOnRegister => StatusCode::FORBIDDEN,
        }
    }
}

/// Lets in who the provider says it is, if our register knows them. Besides, where they wanted to go.
pub(crate) async fn come_back(
    state: &AppState,
    provider: &Provider,
    headers: &HeaderMap,
    from: Network,
    came: Came,
) -> Result<(LoggedIn, String), NotIn> {
    let now = state.login_clock().now();
    let came_back = inside(state, provider, (headers, from), came, now).await;
    if let Err(why) = &came_back {
        metrics::counter!("homeward_log_ins_refused_total").increment(1);
        tracing::info!(provider = %provider.config().name, status = why.status().as_u16(), "a log-in with a provider was refused");
    }
    came_back
}

async fn inside(
    state: &AppState,
    provider: &Provider,
    (headers, from): (&HeaderMap, Network),
    came: Came,
    now: Timestamp,
) -> Result<(LoggedIn, String), NotIn> {
    let config = provider.config();
    let label = || config.label.clone();
    // First of all whether it was this browser that asked: what others make it open reaches nobody.
    let began = super::began(state, headers, now).ok_or(NotIn::NotBegun)?;
    if !tokens::same(&came.state, &began.state(&config.name)) {
        return Err(NotIn::NotBegun);
    }
    if !state.limits().allow_by_provider(from) {
        return Err(NotIn::TooOften);
    }
    if came.error.is_some() || came.code.is_empty() {
        return Err(NotIn::Declined(label()));
    }
    if came.issuer.is_some_and(|issuer| issuer != config.issuer) {
        return Err(NotIn::Unusable(label()));
    }
    let somebody = provider.who(&came.code, &began, now).await.map_err(|why| match why {
        NotShown::Away(why) => NotIn::away(provider, &why),
        NotShown::Code(why) | NotShown::Token(why) => {
            tracing::warn!(provider = %config.name, %why, "what a provider answered shows nobody");
            NotIn::Unusable(label())
        }
    })?;
    if !somebody.is_ours {
        return Err(NotIn::NotOurs(label()));
    }
    let login = whose(state, provider, &somebody, now).await?;
    is_on_register(state, provider, &login)?;
    Ok((opens(state, &login, headers, somebody.second_factor).await?, began.next))
}

/// The log-in of somebody: by their subject, or, the first time, by the account that was linked.
async fn whose(
    state: &AppState,
    provider: &Provider,
    somebody: &Somebody,
    now: Timestamp,
) -> Result<Login, NotIn> {
    let (name, db) = (provider.config().name.as_str(), state.db());
    if let Some(login) = db.login_of_subject(name, &somebody.subject).await? {
        return Ok(login);
    }
    let label = provider.config().label.clone();
    let Some(account) = somebody.account.clone() else { return Err(NotIn::NotVerified(label)) };
    let Some(login) = db.login_of_account(name, &account).await? else {
        return Err(NotIn::NotLinked { provider: label, account });
    };
    if db.bind_account(name, &account, &somebody.subject, now).await? {
        return Ok(login);
    }
    Err(NotIn::AnotherSubject { provider: label, account })
}

fn is_on_register(state: &AppState, provider: &Provider, login: &Login) -> Result<(), NotIn> {
    if !provider.config().serves(&login.school) {
        return Err(NotIn::NotOurs(provider.config().label.clone()));
    }
    let view = state.view().school(&login.school).ok_or(NotIn::NotOnRegister)?;
    match view.people.member(login.person) {
        Some(_) => Ok(()),
        None if view.freshness.begun => Err(NotIn::NotOnRegister),
        None => Err(NotIn::Starting),
    }
}
