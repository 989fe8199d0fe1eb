//! Over bare sockets, without a proxy in front.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::*;

/// Until something must have happened.
const IN_TIME: Duration = Duration::from_secs(30);

const BRIEF: Duration = Duration::from_millis(200);

const HOUR: Duration = Duration::from_secs(3_600);

/// So slow that nothing of a test meets it.
const LONG: Patience = Patience { headers: HOUR, part: HOUR, body: HOUR, unread: HOUR };

/// A web whose stream tells something whenever the test says so, and when nobody hears it any more.
struct Web {
    address: SocketAddr,
    tells: Arc<Notify>,
    nobody_hears: CancellationToken,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Web {
    async fn with(patience: Patience, all: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (tells, nobody_hears, stop) =
            (Arc::<Notify>::default(), CancellationToken::new(), CancellationToken::new());
        let told = Told { tells: Arc::clone(&tells), nobody_hears: nobody_hears.clone(), stop: stop.clone() };
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/form", post(async |body: String| format!("{} bytes", body.len())))
            .route("/stream", get(stream))
            .route("/endless", get(endless))
            .with_state(told);
        let config = WebConfig { connections: MaxConnections { all, of_one: all }, proxies: Vec::new() };
        let until = stop.clone();
        let served = tokio::spawn(async move { serve(listener, router, &config, patience, until).await });
        Self { address, tells, nobody_hears, stop, served }
    }

    async fn connects(&self) -> Wire {
        Wire(TcpStream::connect(self.address).await.expect("it listens"))
    }

    async fn asks(&self, request: &str) -> Wire {
        let mut wire = self.connects().await;
        wire.sends(request).await;
        wire
    }

    async fn ends(self) {
        self.stop.cancel();
        within(self.served).await.expect("no panic");
    }
}

#[derive(Clone)]
struct Told {
    tells: Arc<Notify>,
    nobody_hears: CancellationToken,
    stop: CancellationToken,
}

async fn stream(State(told): State<Told>) -> impl IntoResponse {
    let parts = futures::stream::unfold(told, async |told| {
        tokio::select! {
            () = told.stop.cancelled() => None,
            () = told.tells.notified() => Some((Ok::<_, std::io::Error>(Bytes::from("news\n")), told)),
        }
    });
    Body::from_stream(parts)
}

async fn endless(State(told): State<Told>) -> impl IntoResponse {
    let heard: DropGuard = told.nobody_hears.drop_guard();
    Body::from_stream(futures::stream::repeat(heard_by_all()).map(move |part| {
        let _ = &heard;
        part
    }))
}

fn heard_by_all() -> Result<Bytes, Arc<std::io::Error>> {
    Ok(Bytes::from_static(&[b'x'; 65_536]))
}

/// A client that says what it is told to, byte by byte.
struct Wire(TcpStream);

impl Wire {
    async fn sends(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("it takes it");
    }

    /// What is answered, up to these words.
    async fn hears(&mut self, words: &str) -> String {
        let mut heard = String::new();
        while !heard.contains(words) {
            let mut some = [0; 4096];
            let count = within(self.0.read(&mut some)).await.expect("it goes on");
            assert_ne!(count, 0, "no {words}: {heard}");
            heard.push_str(&String::from_utf8_lossy(&some[..count]));
        }
        heard
    }

    /// All that is answered, until the other side ends the connection.
    async fn hears_to_the_end(&mut self) -> String {
        let (mut heard, mut some) = (Vec::new(), [0; 4096]);
        // What we sent after its end may break it off instead.
        while let Ok(count @ 1..) = within(self.0.read(&mut some)).await {
            heard.extend_from_slice(&some[..count]);
        }
        String::from_utf8_lossy(&heard).into_owned()
    }
}

async fn within<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(IN_TIME, wait).await.expect("in time")
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn half_a_request_and_a_connection_that_asks_nothing_are_ended() {
    let web = Web::with(Patience { headers: BRIEF, ..LONG }, 3).await;
    let mut silent = web.connects().await;
    let mut half = web.asks("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: a").await;
    let mut served = web.asks(GET).await;
    assert!(served.hears("here").await.starts_with("HTTP/1.1 200"));
    // All places are taken: whoever comes next is let in once these are ended.
    let mut office = web.asks(GET).await;
    assert!(office.hears("here").await.starts_with("HTTP/1.1 200"));
    for wire in [&mut silent, &mut half, &mut served] {
        let said = wire.hears_to_the_end().await;
        assert!(!said.contains("200"), "{said}");
    }
    web.ends().await;
}

#[tokio::test]
async fn a_body_that_stops_or_never_gets_done_is_ended() {
    let form = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nname=";
    let web = Web::with(Patience { part: BRIEF, ..LONG }, 1).await;
    let said = web.asks(form).await.hears_to_the_end().await;
    assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    let mut whole = web.asks("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nname=").await;
    whole.hears("5 bytes").await;
    drop(whole);
    web.ends().await;
    let web = Web::with(Patience { body: BRIEF, ..LONG }, 1).await;
    let mut drip = web.asks(form).await;
    let (mut every, mut dripped) = (tokio::time::interval(Duration::from_millis(5)), 0);
    while drip.0.write_all(b"a").await.is_ok() {
        dripped += 1;
        every.tick().await;
    }
    assert!(dripped < 900, "it was ended before it was whole: {dripped}");
    web.ends().await;
}

#[tokio::test]
async fn headers_that_are_too_large_or_too_many_are_refused_and_the_largest_that_may_be_are_not() {
    let web = Web::with(LONG, 4).await;
    let with = |headers: String| format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: a\r\n")).collect::<String>();
    let large = |bytes: usize| format!("x: {}\r\n", "a".repeat(bytes));
    for (headers, allowed) in [
        (many(MAX_HEADERS - 1), true),
        (many(MAX_HEADERS), false),
        (large(MAX_HEADER_BYTES - 100), true),
        (large(MAX_HEADER_BYTES), false),
    ] {
        let said = web.asks(&with(headers)).await.hears("\r\n").await;
        let expected = if allowed { "HTTP/1.1 200" } else { "HTTP/1.1 431" };
        assert!(said.starts_with(expected), "{said}");
    }
    web.ends().await;
}

/// The live board's stream: however long it is silent, it goes on; the end of the web ends it, and the web ends once it has ended.
#[tokio::test]
async fn a_stream_lasts_longer_than_any_limit_and_ends_with_the_web() {
    let web = Web::with(Patience { headers: BRIEF, part: BRIEF, body: BRIEF, unread: BRIEF }, 2).await;
    let mut open = web.asks("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n").await;
    open.hears("\r\n\r\n").await;
    // Others come and are ended by those limits, one after the other, while it is open.
    for _ in 0..3 {
        assert_eq!(web.connects().await.hears_to_the_end().await, "");
    }
    web.tells.notify_one();
    open.hears("news").await;
    web.ends().await;
    open.hears_to_the_end().await;
}

#[tokio::test]
async fn a_proxys_word_on_who_asks_is_believed_and_nobody_elses() {
    let client = "203.0.113.5";
    let proxies = ["192.0.2.1", "2001:db8::1"].map(|address| address.parse().expect("an address")).into();
    let config = WebConfig { connections: MaxConnections { all: 1, of_one: 1 }, proxies };
    let asks = |from: &str, says: Option<&str>| {
        let mut request = Request::builder();
        if let Some(says) = says {
            request = request.header(FROM, says);
        }
        let from = from.parse().expect("an address");
        let request = whose(from, config.is_proxy(from))(request.body(()).expect("a request"));
        *request.extensions().get::<Network>().expect("noted")
    };
    let of = |address: &str| Network::of(address.parse().expect("an address"));
    assert_eq!(asks("192.0.2.1", Some(client)), of(client));
    assert_eq!(
        asks("::ffff:192.0.2.1", Some(client)),
        of(client),
        "the same, as a socket of both families has it"
    );
    assert_eq!(asks("2001:db8::1", Some(client)), of(client));
    assert_eq!(asks("192.0.2.2", Some(client)), of("192.0.2.2"));
    assert_eq!(asks("2001:db8::2", Some(client)), of("2001:db8::2"), "a neighbour of the proxy's network");
    for nothing in [None, Some(""), Some("here"), Some("203.0.113.5, 203.0.113.6")] {
        assert_eq!(asks("192.0.2.1", nothing), of("192.0.2.1"), "{nothing:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_does_not_take_the_answer_is_let_go_of() {
    let web = Web::with(Patience { unread: BRIEF, ..LONG }, 1).await;
    let deaf = web.asks("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within(web.nobody_hears.cancelled()).await;
    let mut next = web.asks(GET).await;
    next.hears("here").await;
    drop((deaf, next));
    web.ends().await;
}
