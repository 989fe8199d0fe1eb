//! A password and a code: who owes one, what a code is good for, and what others' tries can't do.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN as FROM, SET_COOKIE};
use axum::http::{Request, StatusCode};
use board::auth::{CODES_IN_A_ROW, CODES_OF_STRANGERS, TRIES_IN_A_ROW};
use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::topics::ServiceName;
use proto::v1::people::{Event, Role};
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use crate::cast::{NINE, added, at, okafor, tan};
use crate::world::{Alone, ORIGIN, PASSWORD, network, school};

/// Ines Okafor is the DSL, who needs one; Wei Tan is in the office, and doesn't.
async fn board() -> Alone {
    let board = Alone::needing(&[Role::Dsl, Role::Admin]).await;
    hears(&board, added(okafor(), "Ines Okafor", &[Role::Dsl]));
    hears(&board, added(tan(), "Wei Tan", &[Role::Office]));
    board.login_for(okafor(), "ines").await;
    board.login_for(tan(), "wei").await;
    board
}

fn hears(board: &Alone, event: Event) {
    let actor = Actor::Service(ServiceName::People);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

/// A browser: it keeps its cookies.
pub(crate) struct Browser<'a> {
    board: &'a Alone,
    /// One of many networks; none: this machine.
    from: Option<u8>,
    pub(crate) cookies: Vec<(String, String)>,
}

/// What a browser was answered.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn of(board: &'a Alone) -> Self {
        Self { board, from: None, cookies: Vec::new() }
    }

    /// A browser in one of many networks.
    fn within(board: &'a Alone, n: u8) -> Self {
        Self { board, from: Some(n), cookies: Vec::new() }
    }

    pub(crate) async fn opens(&mut self, path: &str) -> Page {
        self.asks(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn sends(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).expect("fields");
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.asks(request.header(FROM, ORIGIN), Body::from(body)).await
    }

    async fn asks(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match self.from {
            Some(n) => request.extension(network(n)),
            None => request,
        };
        let request = request.header(COOKIE, cookies.join("; ")).body(body).expect("a request");
        let answer = self.board.send(request).await;
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let location = answer.headers().get(LOCATION).map_or("", |to| to.to_str().expect("text")).to_owned();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        Page { status, location, text: String::from_utf8(body.to_vec()).expect("text") }
    }

    pub(crate) async fn types_password(&mut self, name: &str, password: &str) -> Page {
        self.sends("/login", &[("login", name), ("password", password), ("next", "/trips")]).await
    }

    async fn types_code(&mut self, code: &str) -> Page {
        self.sends("/login/code", &[("code", code), ("next", "/trips")]).await
    }

    pub(crate) async fn is_in(&mut self) -> bool {
        self.opens("/api/v1/health").await.status == StatusCode::OK
    }

    pub(crate) async fn form_token(&mut self, path: &str) -> String {
        let page = self.opens(path).await;
        between(&page.text, "name=\"form_token\" value=\"", "\"").to_owned()
    }
}

pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).expect("an end").0
}

/// The app on somebody's phone, that was given what the page shows.
fn app(page: &Page) -> Totp {
    let typed = between(&page.text, "<code class=\"nowrap-groups\">", "</code>").replace(' ', "");
    let secret = Secret::try_from_base32(typed).expect("base32");
    Builder::new().with_secret(secret).build().expect("an app")
}

/// What the app shows now.
fn code(board: &Alone, app: &Totp) -> String {
    use chassis::clock::Clock;
    app.generate(board.login_clock.now().as_second().unsigned_abs()).to_string()
}

fn half_a_minute_later(board: &Alone) {
    board.login_clock.advance(SignedDuration::from_secs(30));
}

/// Sets the app up at the first log-in: the app, and the codes on paper.
async fn sets_up(board: &Alone) -> (Totp, Vec<String>) {
    sets_up_in(&mut Browser::of(board), board).await
}

async fn sets_up_in(browser: &mut Browser<'_>, board: &Alone) -> (Totp, Vec<String>) {
    let page = browser.types_password("ines", PASSWORD).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/login/code?next=/trips"));
    let page = browser.opens("/login/code?next=/trips").await;
    assert!(page.text.contains("<svg class=\"qr\""), "{}", page.text);
    let app = app(&page);
    let page = browser.types_code(&code(board, &app)).await;
    assert_eq!(page.status, StatusCode::OK);
    let codes: Vec<_> = page
        .text
        .split("<li><code>")
        .skip(1)
        .map(|c| c.split('<').next().expect("a code").to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{}", page.text);
    assert!(browser.is_in().await);
    (app, codes)
}

/// The DSL needs one: it is set up at the first log-in, and asked for at each one after. From the password to the code the
/// cookie opens nothing. A code is good once.
#[tokio::test]
async fn who_needs_one_sets_it_up_and_owes_a_code_from_then_on() {
    let board = board().await;
    let (app, _) = sets_up(&board).await;
    half_a_minute_later(&board);
    let mut browser = Browser::of(&board);
    browser.types_password("ines", PASSWORD).await;
    assert!(!browser.is_in().await, "half-way is not in");
    assert_eq!(browser.opens("/trips").await.location, "/login?next=/trips");
    let page = browser.opens("/login/code").await;
    assert!(!page.text.contains("svg class=\"qr\""), "the secret is shown once: {}", page.text);
    let now = code(&board, &app);
    let wrong = browser.types_code("000000").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("The code is not right"), "{}", wrong.text);
    let page = browser.types_code(&now).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/trips"));
    assert!(browser.is_in().await);
    let mut thief = Browser::of(&board);
    thief.types_password("ines", PASSWORD).await;
    assert_eq!(thief.types_code(&now).await.status, StatusCode::UNAUTHORIZED, "taken before");
    assert!(!thief.is_in().await);
    let mut office = Browser::of(&board);
    assert_eq!(office.types_password("wei", PASSWORD).await.location, "/trips", "the office needs none");
}

/// From the password to the code there are ten minutes.
#[tokio::test]
async fn who_takes_too_long_begins_again() {
    let board = board().await;
    let mut browser = Browser::of(&board);
    browser.types_password("ines", PASSWORD).await;
    let app = app(&browser.opens("/login/code").await);
    board.login_clock.advance(SignedDuration::from_mins(10));
    let late = browser.types_code(&code(&board, &app)).await;
    assert_eq!(late.location, "/login?next=/trips");
    assert!(!browser.is_in().await);
}

/// Somebody with the password types wrong codes until no more are taken.
async fn uses_codes_up(board: &Alone, networks: impl IntoIterator<Item = u8>) {
    for n in networks {
        let mut thief = Browser::within(board, n);
        thief.types_password("ines", PASSWORD).await;
        loop {
            match thief.types_code("000000").await.status {
                StatusCode::UNAUTHORIZED => {}
                StatusCode::TOO_MANY_REQUESTS => break,
                other => panic!("the thief has the password, and is asked for a code: {other}"),
            }
        }
    }
}

/// Decision 37: whoever has the password uses up what their own network has, and nobody else's.
#[tokio::test]
async fn who_has_the_password_and_one_network_uses_up_nobody_elses_codes() {
    let board = board().await;
    let (app, _) = sets_up(&board).await;
    half_a_minute_later(&board);
    uses_codes_up(&board, [66]).await;
    let mut owner = Browser::within(&board, 2);
    owner.types_password("ines", PASSWORD).await;
    assert_eq!(owner.types_code(&code(&board, &app)).await.location, "/trips");
}

/// Decision 37: from many networks they use up all codes of strangers. The owner's own browser has codes of its own, and a code on paper
/// opens any browser.
#[tokio::test]
async fn who_has_the_password_and_many_networks_keeps_the_owner_out_neither_of_a_known_browser_nor_by_paper()
{
    let board = board().await;
    let mut owner = Browser::of(&board);
    let (app, codes) = sets_up_in(&mut owner, &board).await;
    half_a_minute_later(&board);
    uses_codes_up(&board, 10..=10 + u8::try_from(CODES_OF_STRANGERS.get() / 2).expect("few")).await;
    let mut elsewhere = Browser::within(&board, 2);
    elsewhere.types_password("ines", PASSWORD).await;
    // One more may come every two minutes.
    for _ in 0..2 {
        elsewhere.types_code("000000").await;
    }
    let page = elsewhere.types_code(&code(&board, &app)).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text.contains("one of your codes on paper"), "{}", page.text);
    assert_eq!(elsewhere.types_code(&codes[0]).await.location, "/trips", "on paper");
    let token = owner.form_token("/me").await;
    owner.sends("/logout", &[("form_token", &token)]).await;
    owner.types_password("ines", PASSWORD).await;
    assert_eq!(owner.types_code(&code(&board, &app)).await.location, "/trips", "a browser that is known");
}

/// Decision 37: a secret that was shown to somebody else with the password is never the one that the owner confirms.
#[tokio::test]
async fn what_is_offered_to_one_session_is_offered_to_no_other() {
    let board = board().await;
    let mut thief = Browser::within(&board, 66);
    thief.types_password("ines", PASSWORD).await;
    let seen = app(&thief.opens("/login/code").await);
    let mut owner = Browser::of(&board);
    owner.types_password("ines", PASSWORD).await;
    let offered = owner.opens("/login/code").await;
    let own = app(&offered);
    assert_ne!(code(&board, &seen), code(&board, &own));
    let again = owner.opens("/login/code").await;
    assert_eq!(code(&board, &app(&again)), code(&board, &own), "the same as long as their session lasts");
    assert_eq!(owner.types_code(&code(&board, &seen)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(owner.types_code(&code(&board, &own)).await.status, StatusCode::OK);
    half_a_minute_later(&board);
    assert_eq!(thief.types_code(&code(&board, &seen)).await.status, StatusCode::UNAUTHORIZED);
    assert!(!thief.opens("/login/code").await.text.contains("Set up your second factor"));
    assert!(owner.is_in().await && !thief.is_in().await);
}

/// Decision 37: a browser that a password alone made known has no codes of its own once there is a second factor.
#[tokio::test]
async fn a_browser_that_was_known_by_a_password_alone_is_a_strangers_once_a_second_factor_stands() {
    let board = board().await;
    let mut thief = Browser::within(&board, 66);
    assert_eq!(thief.types_password("wei", PASSWORD).await.location, "/trips");
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    let token = wei.form_token("/me").await;
    let offered = wei.sends("/me/second-factor", &[("form_token", &token), ("do", "offer")]).await;
    let now = code(&board, &app(&offered));
    wei.sends("/me/second-factor", &[("form_token", &token), ("do", "confirm"), ("code", &now)]).await;
    let state = &board.board.state;
    let known = async |browser: &Browser<'_>| {
        let (_, secret) =
            browser.cookies.iter().find(|(name, _)| name.ends_with("-known")).expect("it was remembered");
        let hash = proto::envelope::Hash::of(secret.as_bytes());
        state.db().knows_browser(hash, "wei").await.expect("asks")
    };
    assert!(known(&wei).await && !known(&thief).await);
}

#[tokio::test]
async fn five_wrong_codes_in_a_row_must_wait_even_with_the_right_one() {
    let board = board().await;
    let (app, _) = sets_up(&board).await;
    half_a_minute_later(&board);
    let mut browser = Browser::within(&board, 1);
    browser.types_password("ines", PASSWORD).await;
    for _ in 0..CODES_IN_A_ROW.get() {
        assert_eq!(browser.types_code("000000").await.status, StatusCode::UNAUTHORIZED);
    }
    let page = browser.types_code(&code(&board, &app)).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn a_code_on_paper_opens_once_however_it_is_typed() {
    let board = board().await;
    let (_, codes) = sets_up(&board).await;
    let shouted = codes[3].to_uppercase().replace('-', " ");
    let mut browser = Browser::of(&board);
    browser.types_password("ines", PASSWORD).await;
    assert_eq!(browser.types_code(&shouted).await.location, "/trips");
    assert!(browser.opens("/me").await.text.contains("9 codes on paper are left"));
    let mut again = Browser::of(&board);
    again.types_password("ines", PASSWORD).await;
    assert_eq!(again.types_code(&codes[3]).await.status, StatusCode::UNAUTHORIZED);
}

/// The same by the API: without a code there is no token.
#[tokio::test]
async fn a_client_of_the_api_sends_the_code_with_the_password() {
    let board = board().await;
    let asks = async |body: serde_json::Value| board.post("/api/v1/token", &[], &body.to_string()).await;
    let (status, body) = asks(json!({ "login": "ines", "password": PASSWORD })).await;
    assert_eq!(
        (status, body["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("SecondFactorNeeded")),
        "{body}"
    );
    let (app, _) = sets_up(&board).await;
    half_a_minute_later(&board);
    let (status, body) = asks(json!({ "login": "ines", "password": PASSWORD })).await;
    assert_eq!((status, body["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("CodeNeeded")), "{body}");
    let given = json!({ "login": "ines", "password": PASSWORD, "code": code(&board, &app) });
    let (status, body) = asks(given.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let token = body["token"].as_str().expect("a token").to_owned();
    board.get_as(&token, "/api/v1/health").await;
    assert_eq!(asks(given).await.0, StatusCode::UNAUTHORIZED, "the code was taken");
}

/// A role that needs one and comes while somebody is logged in: they log in again, with one. A role that goes is gone at once.
#[tokio::test]
async fn a_change_of_roles_counts_for_sessions_that_are_open() {
    let board = board().await;
    let mut browser = Browser::of(&board);
    browser.types_password("wei", PASSWORD).await;
    assert!(browser.is_in().await);
    assert_eq!(browser.opens("/calls").await.status, StatusCode::OK);
    changed(&board, &[Role::Leader]);
    assert_eq!(browser.opens("/calls").await.status, StatusCode::FORBIDDEN, "no longer the office");
    changed(&board, &[Role::Office, Role::Dsl]);
    assert!(!browser.is_in().await, "a DSL by a password alone");
    assert_eq!(browser.types_password("wei", PASSWORD).await.location, "/login/code?next=/trips");
}

fn changed(board: &Alone, roles: &[Role]) {
    hears(
        board,
        Event::PersonChanged {
            person: tan(),
            name: crate::cast::name("Wei Tan"),
            roles: roles.iter().copied().collect(),
            standing: proto::v1::people::Standing::Staff,
        },
    );
}

/// Whoever guesses at somebody's password slows the guessing down, never that somebody: their own browser is known.
#[tokio::test]
async fn others_tries_lock_nobody_out_of_a_browser_that_they_used_before() {
    let board = board().await;
    let mut wei = Browser::of(&board);
    assert_eq!(wei.types_password("wei", PASSWORD).await.location, "/trips");
    let token = wei.form_token("/me").await;
    wei.sends("/logout", &[("form_token", &token)]).await;
    assert!(!wei.is_in().await);
    let mut guesser = Browser::of(&board);
    for _ in 0..TRIES_IN_A_ROW.get() {
        guesser.types_password("wei", "a wrong password").await;
    }
    assert_eq!(guesser.types_password("wei", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(wei.types_password("wei", PASSWORD).await.location, "/trips");
    // A browser that is known to one name is a stranger to another.
    assert_eq!(wei.types_password("ines", "a wrong password").await.status, StatusCode::UNAUTHORIZED);
}

/// Who lost the app: an administrator takes it away, for people of their school alone; the sessions end.
#[tokio::test]
async fn an_administrator_takes_a_lost_second_factor_away_and_nobody_else() {
    let board = board().await;
    sets_up(&board).await;
    let path = format!("/people/{}/login", okafor());
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    let token = wei.form_token("/me").await;
    let pairs = [("form_token", token.as_str()), ("do", "forget-factor"), ("name", "ines")];
    assert_eq!(wei.sends(&path, &pairs).await.status, StatusCode::FORBIDDEN);
    let state = &board.board.state;
    let login = state.db().login("ines").await.expect("reads").expect("there");
    assert!(state.db().second_factor(login.id).await.expect("reads").is_some());
    assert!(board::auth::forget_second_factor(state.db(), &login).await.expect("forgets"));
    let mut ines = Browser::of(&board);
    ines.types_password("ines", PASSWORD).await;
    assert!(ines.opens("/login/code").await.text.contains("Set up your second factor"));
}

/// One's own password: the one now is asked for; every other session ends, this browser stays in.
#[tokio::test]
async fn a_new_password_of_ones_own_ends_every_other_session() {
    const NEW: &str = "another long password";
    let board = board().await;
    let (mut here, mut there) = (Browser::of(&board), Browser::of(&board));
    here.types_password("wei", PASSWORD).await;
    there.types_password("wei", PASSWORD).await;
    let token = here.form_token("/me").await;
    let page =
        here.sends("/me/password", &[("form_token", &token), ("current", "not it"), ("password", NEW)]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text);
    let page = here
        .sends("/me/password", &[("form_token", &token), ("current", PASSWORD), ("password", "short")])
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(there.is_in().await, "nothing was changed so far");
    let page =
        here.sends("/me/password", &[("form_token", &token), ("current", PASSWORD), ("password", NEW)]).await;
    assert_eq!(page.location, "/me?changed=true");
    assert!(here.is_in().await && !there.is_in().await);
    assert_eq!(there.types_password("wei", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(there.types_password("wei", NEW).await.location, "/trips");
    let token = here.form_token("/me").await;
    here.sends("/me/elsewhere", &[("form_token", &token)]).await;
    assert!(here.is_in().await && !there.is_in().await);
}

/// Anybody may have one: it is confirmed by a code, and ended by one.
#[tokio::test]
async fn whoever_needs_none_may_have_one_all_the_same() {
    let board = board().await;
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    let token = wei.form_token("/me").await;
    let offered = wei.sends("/me/second-factor", &[("form_token", &token), ("do", "offer")]).await;
    let app = app(&offered);
    let wrong = wei
        .sends("/me/second-factor", &[("form_token", &token), ("do", "confirm"), ("code", "000000")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let mut other = Browser::of(&board);
    assert_eq!(other.types_password("wei", PASSWORD).await.location, "/trips", "not confirmed yet");
    let now = code(&board, &app);
    let page =
        wei.sends("/me/second-factor", &[("form_token", &token), ("do", "confirm"), ("code", &now)]).await;
    assert!(page.text.contains("Codes on paper"), "{}", page.text);
    assert_eq!(other.types_password("wei", PASSWORD).await.location, "/login/code?next=/trips");
    half_a_minute_later(&board);
    let now = code(&board, &app);
    wei.sends("/me/second-factor", &[("form_token", &token), ("do", "end"), ("code", &now)]).await;
    assert_eq!(other.types_password("wei", PASSWORD).await.location, "/trips");
}
