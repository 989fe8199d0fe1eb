//! What fuzz targets reach of log-ins by a provider. See tests/fuzz.

use proto::Timestamp;
use proto::ids::ProviderName;

use super::began::Began;
use super::{OidcConfig, Provider};

/// What a browser that set out kept: where it goes on to, the state that follows from it, and what it would keep again.
pub(in crate::auth) fn set_out(kept: &str, now: Timestamp) -> Option<(String, String, String)> {
    let began = Began::read(kept, now)?;
    let state = began.state(&ProviderName::parse("google").expect("a slug"));
    Some((began.next.clone(), state, began.kept()))
}

/// A provider that is asked nothing.
pub(in crate::auth) fn provider(config: &OidcConfig) -> Provider {
    Provider::new(config.clone(), "https://trips.elmfield.example")
}
