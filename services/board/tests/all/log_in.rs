//! Who gets in, who is out again, and what other sites can't make a browser do.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use board::auth::{
    self, BEFORE_IT_IS_GUESSING, Credentials, FEW_TRIES, IDLE, LONGEST, LogInRefused, MIN_PASSWORD,
    TRIES_IN_A_ROW,
};
use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::topics::ServiceName;
use proto::v1::people::{Event, Role};

use crate::cast::{NINE, added, at, okafor, tan};
use crate::stream::Events;
use crate::world::{Alone, ORIGIN, PASSWORD, network, school};

async fn board() -> Alone {
    let board = Alone::new().await;
    shows(&board, added(okafor(), "Ines Okafor", &[Role::Leader]));
    shows(&board, added(tan(), "Wei Tan", &[Role::Office]));
    board.login_for(okafor(), "ines.okafor").await;
    board
}

fn shows(board: &Alone, event: Event) {
    let actor = Actor::Service(ServiceName::People);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

async fn logs_in(board: &Alone, name: &str, password: &str) -> Result<(), LogInRefused> {
    logs_in_from(board, 1, name, password).await
}

/// A stranger's try, from one of many networks.
async fn logs_in_from(board: &Alone, n: u8, name: &str, password: &str) -> Result<(), LogInRefused> {
    let credentials = Credentials { name: name.to_owned(), password: password.into() };
    auth::log_in(&board.board.state, credentials, &HeaderMap::new(), network(n)).await.map(drop)
}

/// Whether a page may be read with that cookie.
async fn is_in(board: &Alone, cookie: &str) -> bool {
    let (status, _) = board.get("/api/v1/health", &[("cookie", cookie)]).await;
    match status {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_told_the_same() {
    let board = board().await;
    let wrong_password = logs_in(&board, "ines.okafor", "something else entirely").await.expect_err("wrong");
    let wrong_name = logs_in(&board, "ines.okafer", PASSWORD).await.expect_err("wrong");
    assert_eq!(wrong_password.to_string(), wrong_name.to_string());
    logs_in(&board, " Ines.Okafor ", PASSWORD).await.expect("case and white space don't count");
}

#[tokio::test]
async fn the_cookie_is_out_of_scripts_reach_and_for_this_site_alone() {
    let board = board().await;
    let credentials = Credentials { name: "ines.okafor".to_owned(), password: PASSWORD.into() };
    let logged_in =
        auth::log_in(&board.board.state, credentials, &HeaderMap::new(), network(1)).await.expect("logs in");
    let cookie = logged_in.cookies[0].to_str().expect("text");
    for part in ["__Host-homeward=", "HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_left_alone_and_at_the_latest_after_its_longest_time() {
    let board = board().await;
    let cookie = board.cookie("ines.okafor").await;
    assert!(is_in(&board, &cookie).await);
    board.login_clock.advance(IDLE - SignedDuration::from_secs(1));
    assert!(is_in(&board, &cookie).await, "used again in time");
    board.login_clock.advance(IDLE);
    assert!(!is_in(&board, &cookie).await, "left alone for too long");
    let cookie = board.cookie("ines.okafor").await;
    let mut used_for = SignedDuration::ZERO;
    while used_for + SignedDuration::from_hours(11) < LONGEST {
        board.login_clock.advance(SignedDuration::from_hours(11));
        used_for += SignedDuration::from_hours(11);
        assert!(is_in(&board, &cookie).await, "in use for {used_for}");
    }
    board.login_clock.advance(SignedDuration::from_hours(11));
    assert!(!is_in(&board, &cookie).await, "no session lasts longer");
}

#[tokio::test]
async fn who_leaves_the_school_is_out_at_once() {
    let board = board().await;
    let cookie = board.cookie("ines.okafor").await;
    shows(&board, Event::PersonLeft { person: okafor() });
    // Until everything was heard, it can't be told whether somebody is on the register.
    let (status, _) = board.get("/api/v1/health", &[("cookie", &cookie)]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let caught_up = chassis::client::ClientNews::CaughtUp { school: school().id.clone() };
    board.board.state.view().hear(caught_up, at(NINE));
    assert!(!is_in(&board, &cookie).await);
}

fn catches_up(board: &Alone) {
    let caught_up = chassis::client::ClientNews::CaughtUp { school: school().id.clone() };
    board.board.state.view().hear(caught_up, at(NINE));
}

/// What the register says of Ines Okafor.
fn has_roles(board: &Alone, roles: &[Role]) {
    let (person, standing) = (okafor(), proto::v1::people::Standing::Staff);
    let roles = roles.iter().copied().collect();
    shows(board, Event::PersonChanged { person, name: crate::cast::name("Ines Okafor"), standing, roles });
}

/// The answer to a client with that token.
async fn by_token(board: &Alone, token: &str) -> StatusCode {
    board.get("/api/v1/health", &[("authorization", &format!("Bearer {token}"))]).await.0
}

/// Who loses a role has no session any more, whatever it was used for: not the cookie, not a client's token, not an open board. Who
/// gains one goes on with it.
#[tokio::test]
async fn who_loses_a_role_or_leaves_has_no_session_token_or_open_board_any_more() {
    let board = board().await;
    catches_up(&board);
    let opens = async || {
        let (cookie, token) = (board.cookie("ines.okafor").await, board.token("ines.okafor").await);
        let mut stream = Events::open(&board, &cookie).await;
        stream.next("board").await.expect("drawn");
        assert!(is_in(&board, &cookie).await);
        assert_eq!(by_token(&board, &token).await, StatusCode::OK);
        (cookie, token, stream)
    };
    let (cookie, token, mut stream) = opens().await;
    has_roles(&board, &[Role::Leader, Role::Office]);
    assert!(is_in(&board, &cookie).await, "one role more");
    assert_eq!(by_token(&board, &token).await, StatusCode::OK);
    stream.next("pulse").await.expect("it goes on");
    has_roles(&board, &[Role::Office]);
    assert!(!is_in(&board, &cookie).await);
    assert_eq!(by_token(&board, &token).await, StatusCode::UNAUTHORIZED);
    while stream.next("pulse").await.is_some() {}
    let (cookie, token, mut stream) = opens().await;
    shows(&board, Event::PersonLeft { person: okafor() });
    assert!(!is_in(&board, &cookie).await);
    assert_eq!(by_token(&board, &token).await, StatusCode::UNAUTHORIZED);
    while stream.next("pulse").await.is_some() {}
}

/// A role that was taken and given back: what was open before stays ended, though nobody used it in between.
#[tokio::test]
async fn a_role_that_comes_back_brings_no_session_back() {
    let board = board().await;
    catches_up(&board);
    let (cookie, token) = (board.cookie("ines.okafor").await, board.token("ines.okafor").await);
    let hash = proto::envelope::Hash::of(token.as_bytes());
    let is_there = async || {
        let found = board.board.state.db().session(hash, board::db::SessionKind::Bearer).await;
        found.expect("reads").is_some()
    };
    // Whoever looks on has seen the register before it changes.
    tokio::task::yield_now().await;
    has_roles(&board, &[]);
    let ended = async {
        while is_there().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("at once");
    has_roles(&board, &[Role::Leader]);
    assert!(!is_in(&board, &cookie).await);
    assert_eq!(by_token(&board, &token).await, StatusCode::UNAUTHORIZED);
}

/// What was recorded long ago is heard again when the board starts: roles on the way to those of today end nothing.
#[tokio::test]
async fn a_register_that_is_heard_again_ends_no_session() {
    let board = board().await;
    has_roles(&board, &[Role::Office]);
    catches_up(&board);
    let cookie = board.cookie("ines.okafor").await;
    assert!(is_in(&board, &cookie).await);
    let again = chassis::client::ClientNews::Again { school: school().id.clone() };
    board.board.state.view().hear(again, at(NINE));
    shows(&board, added(okafor(), "Ines Okafor", &[Role::Leader]));
    assert!(is_in(&board, &cookie).await, "as she was once");
    has_roles(&board, &[Role::Office]);
    catches_up(&board);
    assert!(is_in(&board, &cookie).await, "as she is");
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_a_log_out_its_own() {
    let board = board().await;
    let (first, second) = (board.cookie("ines.okafor").await, board.cookie("ines.okafor").await);
    let headers =
        axum::http::HeaderMap::from_iter([(axum::http::header::COOKIE, first.parse().expect("text"))]);
    auth::log_out(&board.board.state, &headers).await.expect("logs out");
    assert!(!is_in(&board, &first).await && is_in(&board, &second).await);
    board.login_for(okafor(), "ines.okafor").await;
    assert!(!is_in(&board, &second).await, "the password was set again");
}

#[tokio::test]
async fn a_log_in_of_somebody_else_is_not_taken_over_and_a_short_password_not_taken() {
    let board = board().await;
    let state = &board.board.state;
    let create = |person, name, password: &str| {
        let (id, password) = (school().id.clone(), password.to_owned());
        async move {
            auth::create_login(state.db(), state.passwords(), &id, person, name, password.into(), at(NINE))
                .await
        }
    };
    let taken = create(tan(), "Ines.Okafor", PASSWORD).await.expect_err("taken");
    assert_eq!(taken.to_string(), "somebody else logs in by this name");
    let short = create(tan(), "wei.tan", &"x".repeat(MIN_PASSWORD - 1)).await.expect_err("short");
    assert!(short.to_string().contains("at least"), "{short}");
    create(tan(), "wei tan", PASSWORD).await.expect_err("a name has no spaces");
    create(tan(), "wei.tan", PASSWORD).await.expect("a log-in");
}

#[tokio::test]
async fn too_many_tries_must_wait_even_with_the_right_password() {
    let board = board().await;
    for _ in 0..TRIES_IN_A_ROW.get() {
        assert!(matches!(logs_in(&board, "ines.okafor", "wrong").await, Err(LogInRefused::Wrong)));
    }
    assert!(matches!(logs_in(&board, "ines.okafor", PASSWORD).await, Err(LogInRefused::TooOften)));
    assert!(matches!(logs_in(&board, "wei.tan", PASSWORD).await, Err(LogInRefused::Wrong)), "another name");
}

/// Decision 34: somebody on the guest Wi-Fi tries one name, and any names, as fast as they can. A new browser elsewhere gets in with the right password all the
/// while, by that name and by others.
#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_from_one_network_refuses_nobody_elsewhere() {
    let board = Arc::new(board().await);
    let guesser = {
        let board = Arc::clone(&board);
        async move {
            for n in 0_u32.. {
                let _ = logs_in_from(&board, 66, "ines.okafor", "a guess at it").await;
                let others = (0..8).map(|other| {
                    let board = Arc::clone(&board);
                    let any = format!("some.name.{n}.{other}");
                    tokio::spawn(async move { logs_in_from(&board, 66, &any, "a guess at it").await })
                });
                futures::future::join_all(others.collect::<Vec<_>>()).await;
            }
        }
    };
    let guessing = tokio::spawn(guesser);
    while !matches!(logs_in_from(&board, 66, "ines.okafor", PASSWORD).await, Err(LogInRefused::TooOften)) {}
    // One after the other, from ten networks: nobody waits for another try.
    for n in 1..=10 {
        logs_in_from(&board, n, "ines.okafor", PASSWORD).await.expect("the right password, from elsewhere");
        let wrong = logs_in_from(&board, n, "wei.tan", PASSWORD).await;
        assert!(matches!(wrong, Err(LogInRefused::Wrong)), "another name is answered: {wrong:?}");
    }
    assert!(!guessing.is_finished());
    guessing.abort();
}

/// Decision 34: a name that is guessed at from many networks has few tries from each; the right password from one more gets in.
#[tokio::test]
async fn a_name_that_is_guessed_at_from_many_networks_has_few_tries_from_each() {
    let board = board().await;
    let mut tries = 0;
    for n in 1..=100 {
        tries += 1;
        assert!(matches!(logs_in_from(&board, n, "ines.okafor", "wrong").await, Err(LogInRefused::Wrong)));
        if tries > BEFORE_IT_IS_GUESSING.get() {
            break;
        }
    }
    for _ in 0..FEW_TRIES.get() {
        let tried = logs_in_from(&board, 200, "ines.okafor", "wrong").await;
        assert!(matches!(tried, Err(LogInRefused::Wrong)), "{tried:?}");
    }
    // One more may come every ten seconds.
    let mut refused = 0;
    for _ in 0..3 {
        let tried = logs_in_from(&board, 200, "ines.okafor", PASSWORD).await;
        refused += u32::from(matches!(tried, Err(LogInRefused::TooOften)));
    }
    assert_ne!(refused, 0, "it had its few tries");
    logs_in_from(&board, 201, "ines.okafor", PASSWORD).await.expect("the right password, from elsewhere");
    let calm = async |n| {
        for _ in 0..TRIES_IN_A_ROW.get() {
            let tried = logs_in_from(&board, n, "wei.tan", "wrong").await;
            assert!(matches!(tried, Err(LogInRefused::Wrong)), "{tried:?}");
        }
    };
    calm(202).await;
}

#[tokio::test]
async fn what_other_sites_make_a_browser_send_is_turned_away() {
    let board = board().await;
    let body = format!(r#"{{"login":"ines.okafor","password":"{PASSWORD}"}}"#);
    let from = async |headers: &[(&str, &str)]| board.post("/api/v1/token", headers, &body).await.0;
    assert_eq!(from(&[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)]).await, StatusCode::FORBIDDEN);
    assert_eq!(from(&[("origin", "https://elsewhere.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(from(&[("cookie", "__Host-homeward=x")]).await, StatusCode::FORBIDDEN);
    assert_eq!(from(&[]).await, StatusCode::OK, "a program, not a browser");
    assert_eq!(from(&[("origin", ORIGIN)]).await, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_page_to_itself() {
    let board = board().await;
    let request = axum::http::Request::get("/api/v1/openapi.json").body(axum::body::Body::empty());
    let answer = board.send(request.expect("a request")).await;
    let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    assert!(header("content-security-policy").starts_with("default-src 'self'"));
    assert!(!header("content-security-policy").contains("unsafe"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("strict-transport-security"), "max-age=31536000");
}

/// A form counts only with the token of the session that it was opened in.
#[tokio::test]
async fn a_form_without_the_sessions_own_token_changes_nothing() {
    use axum::body::Body;
    use axum::http::{Request, header};
    use board::auth::{Posted, Session};
    use tower::ServiceExt;
    let board = board().await;
    let posts = axum::Router::new()
        .route("/form", axum::routing::get(async |session: Session| session.form_token))
        .route(
            "/form",
            axum::routing::post(async |posted: Posted| posted.fields.get("word").unwrap_or("").to_owned()),
        )
        .with_state(board.board.state.clone());
    let send = async |request: Request<Body>| {
        let answer = posts.clone().oneshot(request).await.expect("answers");
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    };
    let token = async |cookie: &str| {
        send(Request::get("/form").header(header::COOKIE, cookie).body(Body::empty()).expect("a request"))
            .await
            .1
    };
    let post = async |cookie: Option<&str>, body: String| {
        let mut request =
            Request::post("/form").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        send(request.body(Body::from(body)).expect("a request")).await
    };
    let (mine, other) = (board.cookie("ines.okafor").await, board.cookie("ines.okafor").await);
    let (my_token, other_token) = (token(&mine).await, token(&other).await);
    assert_ne!(my_token, other_token);
    let (status, body) = post(Some(&mine), format!("word=hello+there&form_token={my_token}")).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "hello there"));
    let (status, body) = post(Some(&mine), format!("word=hello&form_token={other_token}")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert_eq!(post(Some(&mine), "word=hello".to_owned()).await.0, StatusCode::FORBIDDEN);
    let (status, body) = post(None, format!("word=hello&form_token={my_token}")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(body.contains("not lost"), "what was typed is still there: {body}");
    let (status, _) = send(Request::get("/form").body(Body::empty()).expect("a request")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "to the log-in page");
}
