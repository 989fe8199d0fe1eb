//! Tells providers where their news goes, if they have to be told: at the start, until they have heard it.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::Inner;

/// The waits between the tries, in seconds; the last one from then on.
const WAITS_SECS: [i64; 4] = [5, 30, 120, 600];

pub(super) async fn run(inner: Arc<Inner>, stop: CancellationToken) {
    let mut waiting: Vec<_> =
        inner.registry.each().map(|(name, provider)| (name.clone(), Arc::clone(provider))).collect();
    for secs in WAITS_SECS.into_iter().chain(std::iter::repeat(WAITS_SECS[3])) {
        let mut failed = Vec::new();
        for (name, provider) in waiting {
            if let Err(fault) = provider.register(&inner.config.public_base).await {
                tracing::warn!(provider = %name, why = fault.why(), "it could not be told where its news goes");
                failed.push((name, provider));
            }
        }
        if failed.is_empty() {
            return;
        }
        waiting = failed;
        let again =
            inner.clock.now().saturating_add(SignedDuration::from_secs(secs)).unwrap_or(jiff::Timestamp::MAX);
        tokio::select! {
            () = stop.cancelled() => return,
            () = inner.clock.sleep_until(again) => {}
        }
    }
}
