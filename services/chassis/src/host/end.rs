//! The end of a host that was told to end: it says goodbye and writes its state down, but waits for no database that is gone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long it may take. What was not committed by then was not answered.
const ENDS_WITHIN: Duration = Duration::from_secs(12);

/// Runs until it ends by itself, or until so long after the stop.
pub(super) async fn in_time(stop: CancellationToken, running: impl Future<Output = ()>) {
    within(ENDS_WITHIN, stop, running).await;
}

async fn within(limit: Duration, stop: CancellationToken, running: impl Future<Output = ()>) {
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(limit).await;
    };
    tokio::select! {
        () = running => {}
        () = too_long => tracing::warn!("ended without waiting longer for the database"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What never comes isn't waited for once it is told to end; who ends by itself is.
    #[tokio::test]
    async fn who_is_told_to_end_ends_in_time() {
        let stop = CancellationToken::new();
        stop.cancel();
        within(Duration::from_millis(10), stop.clone(), std::future::pending()).await;
        let mut said_goodbye = false;
        let ends = async {
            tokio::task::yield_now().await;
            said_goodbye = true;
        };
        within(Duration::from_secs(3_600), stop, ends).await;
        assert!(said_goodbye);
    }
}
