//! The web: board, gateway, `/healthz` and `/metrics` at one address.

use std::net::SocketAddr;

use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`; then lets the services end.
pub(crate) fn serve(
    listener: TcpListener,
    router: axum::Router,
    stop: CancellationToken,
    services_stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    let task = tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the web ended");
        }
        services_stop.cancel();
    });
    Box::pin(async move {
        // A panic in it is a bug that its own hook has told.
        let _ = task.await;
    })
}
