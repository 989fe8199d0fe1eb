//! The web's listener: who may connect, how many at once, and how slow a client may be.
//!
//! - Headers come whole within [`Patience::headers`], with a limit to their size and number; a connection that asks nothing ends by the same
//!   clock. A body's next part comes within [`Patience::part`], all of it within [`Patience::body`]. Whoever doesn't take what is sent is let
//!   go of after [`Patience::unread`].
//! - Each request is counted as of a [`Network`]: of whoever connected, or of whom a proxy in front speaks for.
//! - Only so many connections are open at once, and fewer of them from one address: see [`places`].
//!
//! An answer may take as long as it likes: the live board's stream is one.

mod places;

use std::net::IpAddr;
use std::time::Duration;

use axum::serve::Listener;
use board::auth::Network;
use futures::future::BoxFuture;
use hyper::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::{Layer, ServiceExt};
use tower_http::timeout::{RequestBodyDeadlineLayer, RequestBodyTimeoutLayer};

pub use places::MaxConnections;
use places::Places;

/// The most headers of a request.
const MAX_HEADERS: usize = 100;

/// The most bytes of a request's first line and headers.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Where a proxy in front says who asked: one address. It has to set this, whatever a client sends.
const FROM: &str = "x-real-ip";

/// How slow a client may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Patience {
    /// From the connection, or from the answer before, until a request's headers are whole.
    pub(crate) headers: Duration,
    /// Between two parts of a request's body.
    pub(crate) part: Duration,
    /// Until all of it is there.
    pub(crate) body: Duration,
    /// Until what was sent is taken.
    pub(crate) unread: Duration,
}

/// As slow as a client may be.
pub(crate) const PATIENCE: Patience = Patience {
    headers: Duration::from_secs(10),
    part: Duration::from_secs(10),
    body: Duration::from_secs(120),
    unread: Duration::from_secs(30),
};

/// Who may connect to the web.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebConfig {
    /// How many connections may be open at once.
    pub connections: MaxConnections,
    /// The proxies in front: their connections are everybody's, and their word on who asked is believed (`X-Real-IP`).
    pub proxies: Vec<IpAddr>,
}

impl WebConfig {
    /// Whether it is a proxy's own address. Its neighbours are not believed: they may be anybody.
    fn is_proxy(&self, from: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.to_canonical() == from.to_canonical())
    }
}

/// Serves in a task of its own until `stop`; then lets the services end.
pub(crate) fn begins(
    listener: TcpListener,
    router: axum::Router,
    config: WebConfig,
    stop: CancellationToken,
    services_stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    let task = tokio::spawn(async move {
        serve(listener, router, &config, PATIENCE, stop).await;
        services_stop.cancel();
    });
    Box::pin(async move {
        // A panic in it is a bug that its own hook has told.
        let _ = task.await;
    })
}

/// Serves until `stop`, and then until each answer that was begun is sent.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: axum::Router,
    config: &WebConfig,
    patience: Patience,
    stop: CancellationToken,
) {
    let places = Places::new(config.connections);
    let open = GracefulShutdown::new();
    let parts = RequestBodyTimeoutLayer::new(patience.part).layer(router);
    let service = RequestBodyDeadlineLayer::new(patience.body).layer(parts);
    let wire = wire(patience);
    loop {
        let next = async {
            let room = places.room().await;
            (room, Listener::accept(&mut listener).await)
        };
        let (room, (stream, from)) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        let is_proxy = config.is_proxy(from.ip());
        let Some(place) = places.take(room, from.ip(), is_proxy) else {
            metrics::counter!("homeward_connections_refused_total").increment(1);
            continue;
        };
        lets_go_of_whoever_takes_nothing(&stream, patience.unread);
        let service = service.clone().map_request(whose(from.ip(), is_proxy));
        let service = TowerToHyperService::new(service);
        let served = open.watch(wire.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Whoever broke off or was too slow: nothing that could be mended here.
            let _ = served.await;
            drop(place);
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// Notes of each request whose it is: of whoever connects, or of whom a proxy says that it speaks for. Nobody else is believed.
pub fn whose<B>(from: IpAddr, is_proxy: bool) -> impl Fn(Request<B>) -> Request<B> + Clone + use<B> {
    move |mut request| {
        let told = request.headers().get(FROM).filter(|_| is_proxy);
        let told = told.and_then(|value| value.to_str().ok()?.parse().ok());
        request.extensions_mut().insert(Network::of(told.unwrap_or(from)));
        request
    }
}

/// HTTP/1.1, with its limits.
fn wire(patience: Patience) -> http1::Builder {
    let mut wire = http1::Builder::new();
    wire.timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEADER_BYTES);
    wire
}

/// The system ends the connection once what was sent is not taken for so long: a client that is gone without a word, or never reads.
fn lets_go_of_whoever_takes_nothing(stream: &TcpStream, unread: Duration) {
    let millis = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
        tracing::debug!(%error, "a connection without a limit to what isn't taken");
    }
}

#[cfg(test)]
mod tests;
