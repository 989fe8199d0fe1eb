//! Log-in by an account that the school has elsewhere: OpenID Connect, by the authorization code flow with PKCE.
//!
//! The provider says who somebody is; our register says what they may do, at each request, as for whoever typed a password. An
//! account opens nothing unless an administrator linked it to somebody.
//!
//! ```text
//!   /login/with/google ──► cookie of this browser, ──► the provider ──► /login/with/google/back ──► session
//!                          state, nonce, challenge                      [`come_back`]
//! ```
//!
//! - [`config`]: what a school sets. [`provider`]: what a provider says of itself, and of whoever comes back from it.
//! - [`began`]: what binds the answer to the browser that asked. [`come_back`]: whom it lets in. [`link`]: whose account is whose.
//!
//! What it does not do: it keeps no token of a provider's, and asks it for nothing but who somebody is.

mod began;
mod come_back;
mod config;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod link;
mod provider;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use proto::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) use come_back::{Came, NotIn, come_back};
pub use config::{AccountBy, LogInBy, OidcConfig, PasswordsFor};
pub(crate) use link::{link, unlink};
pub(crate) use provider::Provider;

use super::Network;
use super::cookie::{self, Jar};
use crate::app::AppState;
use began::Began;

/// Between two tries to reach a provider that never answered.
const AGAIN_SECS: u64 = 15;

/// The providers, in the order in which they are offered.
#[derive(Debug, Default)]
pub(crate) struct Providers(Vec<Arc<Provider>>);

impl Providers {
    /// None of them was asked yet. `origin` is where browsers come back to.
    pub(crate) fn new(configs: &[OidcConfig], origin: &str) -> Self {
        Self(configs.iter().map(|config| Arc::new(Provider::new(config.clone(), origin))).collect())
    }

    /// The one of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Provider>> {
        self.0.iter().find(|provider| provider.config().name.as_str() == name)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.iter()
    }
}

/// Asks each provider what it says of itself, until it answered.
pub(crate) fn start_asking(state: &AppState, stop: &CancellationToken) {
    for provider in state.providers().iter() {
        let (provider, state, stop) = (Arc::clone(provider), state.clone(), stop.clone());
        let asking = async move {
            while let Err(why) = provider.known(state.login_clock().now()).await {
                tracing::warn!(provider = %provider.config().name, %why, "HW-L1 the provider of log-ins can't be reached");
                tokio::time::sleep(std::time::Duration::from_secs(AGAIN_SECS)).await;
            }
        };
        tokio::spawn(async move { stop.run_until_cancelled(asking).await });
    }
}

/// Where a browser goes to log in with a provider, and the cookie that it comes back with, as a value of `Set-Cookie`.
pub(crate) async fn set_out(
    state: &AppState,
    provider: &Provider,
    next: &str,
    from: Network,
) -> Result<(String, HeaderValue), NotIn> {
    if !state.limits().allow_by_provider(from) {
        return Err(NotIn::TooOften);
    }
    let now = state.login_clock().now();
    let known = provider.known(now).await.map_err(|why| NotIn::away(provider, &why))?;
    let began = Began::new(now, next);
    let to = provider.address(&known, &began);
    let cookie = cookie::set(Jar::SetOut, &began.kept(), state.is_secure(), began::LASTS.as_secs());
    Ok((to, cookie))
}

/// What a request's cookie says of where its browser set out.
fn began(state: &AppState, headers: &HeaderMap, now: Timestamp) -> Option<Began> {
    let kept = cookie::secret(Jar::SetOut, headers, state.is_secure())?;
    Began::read(&kept, now)
}

/// The cookie that takes it away.
pub(crate) fn forgotten(state: &AppState) -> HeaderValue {
    cookie::set(Jar::SetOut, "", state.is_secure(), 0)
}
