//! Behind nginx, with the settings that schools are told to use: what comes through, and what doesn't.

use std::sync::{Arc, Mutex};

use end_to_end::{Nginx, Outing, PROXY_NAME, World};
use proto::v1::checkins::Word;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    http.tls_danger_accept_invalid_certs(true).build().expect("a client")
}

/// Whoever stands behind nginx: it keeps every byte that comes through, and answers each request with its number.
struct Behind {
    port: u16,
    came: Arc<Mutex<String>>,
}

impl Behind {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let came = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&came);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let mut some = [0; 65536];
                    while let Ok(count) = stream.read(&mut some).await {
                        if count == 0 {
                            break;
                        }
                        let text = String::from_utf8_lossy(&some[..count]).into_owned();
                        kept.lock().expect("nobody panics with it").push_str(&text);
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                        if stream.write_all(answer).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { port, came }
    }

    fn came(&self) -> String {
        self.came.lock().expect("nobody panics with it").clone()
    }
}

/// Two readings of one message: nginx refuses each, and what was hidden in it reaches nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_hidden_in_another_never_comes_through() {
    let behind = Behind::start().await;
    let nginx = Nginx::before(behind.port).await;
    let hidden = "GET /hidden HTTP/1.1\r\nHost: homeward.example.sch.uk\r\n\r\n";
    let in_chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let after_end = format!("0\r\n\r\n{hidden}");
    let (long, short) = (format!("Content-Length: {}", after_end.len()), "Content-Length: 4".to_owned());
    let chunked = |as_written: &str| format!("Transfer-Encoding{as_written}");
    let attacks: [(&str, Vec<String>, &str); 10] = [
        ("CL.TE", vec![long.clone(), chunked(": chunked")], &after_end),
        ("TE.CL", vec![chunked(": chunked"), short.clone()], &in_chunk),
        ("two lengths", vec!["Content-Length: 0".into(), long.clone()], &after_end),
        ("two lengths in one", vec![format!("Content-Length: 0, {}", after_end.len())], &after_end),
        ("a signed length", vec!["Content-Length: +0".into()], hidden),
        ("another coding", vec![long.clone(), chunked(": xchunked")], &after_end),
        ("two codings", vec![long.clone(), chunked(": chunked, identity")], &after_end),
        ("space before the colon", vec![long.clone(), chunked(" : chunked")], &after_end),
        ("a control character", vec![long.clone(), chunked(":\u{b}chunked")], &after_end),
        ("two hosts", vec!["Host: elsewhere.example".into(), long.clone()], &after_end),
    ];
    for (name, headers, body) in &attacks {
        let mut wire = nginx.connects().await;
        let headers = headers.join("\r\n");
        let request = format!("POST /seen HTTP/1.1\r\nHost: {PROXY_NAME}\r\n{headers}\r\n\r\n{body}");
        wire.sends(request.as_bytes()).await;
        let answer = wire.hears_to_the_end().await;
        let refused = answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 501");
        assert!(refused, "{name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{name}: one answer, then the end: {answer}");
        assert_eq!(behind.came(), "", "{name}: nobody behind hears of it");
    }
    let mut wire = nginx.connects().await;
    let whole = format!("POST /seen HTTP/1.1\r\nHost: {PROXY_NAME}\r\n{long}\r\nConnection: close\r\n\r\n");
    wire.sends(format!("{whole}{after_end}").as_bytes()).await;
    let answer = wire.hears_to_the_end().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "with one length it is one request: {answer}");
    let came = behind.came();
    assert!(came.starts_with("POST /seen HTTP/1.1\r\n") && came.ends_with(&after_end), "{came}");
    assert!(came.contains(&long), "whoever reads it knows where it ends: {came}");
}

/// The same over HTTP/2, which has no line ends and its own lengths: what would be two requests in HTTP/1.1 behind it never gets there. Homeward itself
/// stands behind; the hidden request has all that it needs to be done, and asked openly it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_hidden_in_one_of_http_2_is_never_done() {
    let mut world = World::start().await;
    let port = world.web().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let nginx = Nginx::before(port).await;
    let bearer = format!("Bearer {}", world.as_("Ruth").token().await);
    let add = serde_json::json!({
        "person": proto::ids::PersonId::new(), "name": { "$personal": "Ada Quill" }, "standing": "staff", "roles": [],
    });
    let (add, id) = (add.to_string(), proto::ids::CommandId::new().to_string());
    let hidden = format!(
        "POST /api/v1/people/AddPerson HTTP/1.1\r\nHost: {PROXY_NAME}\r\nAuthorization: {bearer}\r\nIdempotency-Key: {id}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{add}",
        add.len()
    );
    let after_end = format!("0\r\n\r\n{hidden}");
    let (long, longer) = (after_end.len().to_string(), (after_end.len() + 40).to_string());
    let ended = format!("a\r\n\r\n{hidden}");
    let path = format!("/login HTTP/1.1\r\nHost: a\r\n\r\n{hidden}");
    let method = format!("GET /login HTTP/1.1\r\nHost: a\r\n\r\n{hidden}");
    let authority = format!("{PROXY_NAME}\r\n\r\n{hidden}");
    let plain = [(":method", "POST"), (":scheme", "http"), (":authority", PROXY_NAME), (":path", "/login")];
    let with = |more: &[(&'static str, &str)]| {
        plain.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let instead = |which: &str, value: &str| {
        let mut headers = with(&[]);
        headers.iter_mut().filter(|(name, _)| *name == which).for_each(|header| header.1 = value.to_owned());
        headers
    };
    let attacks = [
        ("a coding", with(&[("transfer-encoding", "chunked")]), &after_end),
        (
            "a coding and a length",
            with(&[("transfer-encoding", "chunked"), ("content-length", &long)]),
            &after_end,
        ),
        ("a coding in a value", with(&[("x-a", "a\r\nTransfer-Encoding: chunked")]), &after_end),
        ("a coding in a name", with(&[("x-a: a\r\ntransfer-encoding", "chunked")]), &after_end),
        ("a request in a value", with(&[("x-a", &ended)]), &String::new()),
        ("a length that is short", with(&[("content-length", "5")]), &after_end),
        ("a length that is long", with(&[("content-length", &longer)]), &after_end),
        ("two lengths", with(&[("content-length", "5"), ("content-length", &long)]), &after_end),
        ("a request in the path", instead(":path", &path), &String::new()),
        ("a request in the method", instead(":method", &method), &String::new()),
        ("a request in the name", instead(":authority", &authority), &String::new()),
    ];
    let asks = async |headers: &[(&str, String)], body: &str| {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        nginx.asks_h2(&headers, body).await
    };
    for (name, headers, body) in &attacks {
        let status = asks(headers, body).await;
        assert!(status.is_none_or(|status| status >= 400), "{name}: {status:?}");
        assert_eq!(asks(&instead(":method", "GET"), "").await, Some(200), "the next one, after {name}");
    }
    world.quiet().await;
    let added = |world: &World| {
        world.told("people", "PersonAdded").iter().filter(|added| added.to_string().contains("Quill")).count()
    };
    assert_eq!(added(&world), 0);
    let mut openly = instead(":path", "/api/v1/people/AddPerson");
    openly.extend([
        ("authorization", bearer),
        ("idempotency-key", id),
        ("content-type", "application/json".into()),
    ]);
    assert_eq!(asks(&openly, &add).await, Some(200));
    world.quiet().await;
    assert_eq!(added(&world), 1, "what is looked for would be found");
    world.ends().await;
}

/// What a client says of where it comes from, or which name it asks for, ends at nginx; a name that isn't ours gets no answer.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_behind_hears_a_clients_word_on_where_it_comes_from() {
    let behind = Behind::start().await;
    let nginx = Nginx::before(behind.port).await;
    let mut wire = nginx.connects().await;
    let forged = "X-Forwarded-For: 192.0.2.9\r\nX-Real-IP: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n\
                  X-Forwarded-Host: evil.example\r\nForwarded: for=192.0.2.9;host=evil.example\r\n";
    let request = format!("GET /asked HTTP/1.1\r\nHost: {PROXY_NAME}:8\r\n{forged}Connection: close\r\n\r\n");
    wire.sends(request.as_bytes()).await;
    assert!(wire.hears_to_the_end().await.starts_with("HTTP/1.1 200"));
    let came = behind.came();
    assert!(came.starts_with("GET /asked HTTP/1.1\r\nHost: homeward.example.sch.uk\r\n"), "{came}");
    for word in ["192.0.2.9", "evil", "orwarded"] {
        assert!(!came.contains(word), "{word}: {came}");
    }
    assert_eq!(came.matches("Real-IP").count(), 1, "{came}");
    assert!(came.contains("\r\nX-Real-IP: 127.0.0.1\r\n"), "nginx says where it comes from: {came}");
    let asked =
        http().get(format!("http://127.0.0.1:{}/trips?x=1", nginx.redirects)).header("host", PROXY_NAME);
    let sent_on = asked.send().await.expect("an answer");
    assert_eq!(sent_on.headers()["location"], "https://homeward.example.sch.uk/trips?x=1");
    let elsewhere =
        http().get(format!("http://127.0.0.1:{}/", nginx.redirects)).header("host", "evil.example");
    assert!(elsewhere.send().await.is_err(), "no answer to another name");
    let link = "AAECAwQFBgcICQoLDA0ODxAREhM";
    let opened = http().get(format!("http://127.0.0.1:{}/go/{link}?x={link}", nginx.plain)).send().await;
    assert_eq!(opened.expect("an answer").status(), 200);
    let log = nginx.log_with("homeward.log", "GET /go/(a link)").await;
    assert!(!log.contains(link), "{log}");
}

/// Half a request holds up nobody, and never comes through; neither does one with too much in its headers or its body.
#[tokio::test(flavor = "multi_thread")]
async fn slow_and_oversized_requests_hold_up_nobody() {
    let world = World::start().await;
    let port = world.web().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let nginx = Nginx::before(port).await;
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut wire = nginx.connects().await;
        let half = match n % 2 {
            0 => "GET / HTTP/1.1\r\nHost: homeward.example.sch.uk\r\nX-Slow: a".to_owned(),
            _ => format!("POST /login HTTP/1.1\r\nHost: {PROXY_NAME}\r\nContent-Length: 1000\r\n\r\nlogin="),
        };
        wire.sends(half.as_bytes()).await;
        slow.push(wire);
    }
    let page = http().get(format!("https://127.0.0.1:{}/login", nginx.tls)).send().await.expect("an answer");
    assert_eq!(page.status(), 200, "while two hundred are slow");
    let mut at_last = slow.swap_remove(0);
    at_last.sends(b"\r\nConnection: close\r\n\r\n").await;
    let answer = at_last.hears_to_the_end().await;
    assert!(
        answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 408"),
        "it was waited for: {answer}"
    );
    for wire in &mut slow {
        let end = wire.hears_to_the_end().await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 408"), "{end}");
    }
    let plain = |path: &str| format!("http://127.0.0.1:{}{path}", nginx.plain);
    let large = http().get(plain("/login")).header("x-large", "a".repeat(9_000)).send().await;
    assert_eq!(large.expect("an answer").status(), 400);
    let long = http().get(plain(&format!("/{}", "a".repeat(9_000)))).send().await;
    assert_eq!(long.expect("an answer").status(), 414);
    let mut heavy = nginx.connects().await;
    let head = format!("POST /login HTTP/1.1\r\nHost: {PROXY_NAME}\r\nContent-Length: {}\r\n\r\n", 4 << 20);
    heavy.sends(head.as_bytes()).await;
    let refused = heavy.hears_to_the_end().await;
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
    world.ends().await;
}

/// The live board's stream comes through nginx and TLS at once: an event is there while the answer goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_stream_comes_through_as_it_is_told() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    let port = world.web().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let nginx = Nginx::before(port).await;
    let cookie = world.browser("Pat").await.cookie().to_owned();
    let asked = http().get(format!("https://127.0.0.1:{}/stream", nginx.tls)).header("cookie", cookie);
    let mut stream = asked.send().await.expect("an answer");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    let mut hears = async |words: &str| {
        let wait = async {
            while !heard.contains(words) {
                let some = stream.chunk().await.expect("it goes on").expect("it goes on");
                heard.push_str(&String::from_utf8_lossy(&some));
            }
        };
        let in_time = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.is_ok();
        assert!(in_time, "{words}: {heard}");
    };
    hears("event: ").await;
    world.at("09:10").await;
    world.as_("Ines").does(outing.word(&world, Word::Late { minutes: 20 }, None)).await;
    hears("Running late by 20 minutes").await;
    world.ends().await;
}
