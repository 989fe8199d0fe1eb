//! Log-in by an account elsewhere: whom it lets in, and what does not.

use axum::http::StatusCode;
use board::auth::{AccountBy, Credentials, LogInBy, OidcConfig, PasswordsFor};
use chassis::clock::Clock;
use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::ids::{ProviderName, SchoolId};
use proto::topics::ServiceName;
use proto::v1::people::{Event, Role};
use serde_json::{Value, json};

use crate::cast::{NINE, added, at, okafor, tan};
use crate::provider::{CLIENT, Idp, SECRET, Signed, State_};
use crate::second_factor::{Browser, Page, between};
use crate::world::{Alone, ORIGIN, PASSWORD, network, school};

const INES: &str = "ines@elmfield.example";

fn provider(idp: &Idp) -> OidcConfig {
    OidcConfig {
        name: ProviderName::parse("work").expect("a slug"),
        label: "Elmfield accounts".to_owned(),
        issuer: idp.issuer(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.into(),
        account_by: AccountBy::Email,
        requires: [("hd".to_owned(), "elmfield.example".to_owned())].into(),
        schools: Default::default(),
        trust_second_factor: false,
        prompt: "select_account".to_owned(),
    }
}

/// Ines Okafor is the DSL, Wei Tan keeps the log-ins. Only the office's account is linked so far: nobody's.
async fn board_with(config: OidcConfig, passwords_for: PasswordsFor, second_factor_for: &[Role]) -> Alone {
    let log_in = LogInBy { providers: vec![config], passwords_for };
    let board = Alone::logging_in_by(log_in, second_factor_for).await;
    hears(&board, added(okafor(), "Ines Okafor", &[Role::Dsl]));
    hears(&board, added(tan(), "Wei Tan", &[Role::Admin]));
    board.login_for(tan(), "wei").await;
    board
}

async fn board(idp: &Idp) -> Alone {
    board_with(provider(idp), PasswordsFor::Everyone, &[]).await
}

fn hears(board: &Alone, event: Event) {
    let actor = Actor::Service(ServiceName::People);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

/// The administrator links an account, on the person's page.
async fn links(board: &Alone, person: &str, account: &str) -> Page {
    let mut wei = Browser::of(board);
    wei.types_password("wei", PASSWORD).await;
    let path = format!("/people/{person}");
    let token = wei.form_token(&path).await;
    wei.sends(&format!("{path}/login"), &[("do", "link"), ("account", account), ("form_token", &token)]).await
}

/// What the address that a browser was sent to asks for.
fn asked(page: &Page, name: &str) -> String {
    let (_, query) = page.location.split_once('?').expect("a query");
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a query");
    let found = pairs.into_iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

/// What the provider says of Ines, to a browser that came with that nonce.
fn ines(board: &Alone, idp: &Idp, nonce: &str) -> Value {
    let now = board.login_clock.now().as_second();
    json!({
        "iss": idp.issuer(), "aud": CLIENT, "sub": "subject-of-ines", "nonce": nonce,
        "iat": now, "exp": now + 300, "email": INES, "email_verified": true, "hd": "elmfield.example",
    })
}

/// Out to the provider, and back with a code for whoever logged in there.
async fn comes_back(
    browser: &mut Browser<'_>,
    board: &Alone,
    idp: &Idp,
    signed: Signed,
    change: impl FnOnce(&mut Value),
) -> Page {
    let out = browser.opens("/login/with/work?next=/trips").await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.text);
    let mut claims = ines(board, idp, &asked(&out, "nonce"));
    change(&mut claims);
    let code = idp.gives_code(&asked(&out, "code_challenge"), claims, signed);
    let state = asked(&out, "state");
    browser.opens(&format!("/login/with/work/back?code={code}&state={state}")).await
}

async fn logs_in(board: &Alone, idp: &Idp, change: impl FnOnce(&mut Value)) -> (bool, Page) {
    let mut browser = Browser::of(board);
    let page = comes_back(&mut browser, board, idp, Signed::Rightly, change).await;
    (browser.is_in().await, page)
}

fn id() -> String {
    okafor().to_string()
}

#[tokio::test]
async fn who_was_linked_logs_in_by_their_account_and_goes_on_to_where_they_were_going() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    assert_eq!(links(&board, &id(), " Ines@Elmfield.example ").await.status, StatusCode::SEE_OTHER);
    let mut browser = Browser::of(&board);
    let out = browser.opens("/login/with/work?next=/trips").await;
    assert!(out.location.starts_with(&format!("{}/authorize?", idp.issuer())), "{}", out.location);
    let is = |name: &str, value: &str| assert_eq!(asked(&out, name), value, "{name}");
    is("response_type", "code");
    is("client_id", CLIENT);
    is("redirect_uri", &format!("{ORIGIN}/login/with/work/back"));
    is("scope", "openid email profile");
    is("code_challenge_method", "S256");
    is("prompt", "select_account");
    let code = idp.gives_code(
        &asked(&out, "code_challenge"),
        ines(&board, &idp, &asked(&out, "nonce")),
        Signed::Rightly,
    );
    let before = browser.cookies.clone();
    let back =
        browser.opens(&format!("/login/with/work/back?code={code}&state={}", asked(&out, "state"))).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text);
    assert!(back.text.contains("content=\"0; url=/trips\""), "{}", back.text);
    assert!(browser.is_in().await);
    let value = |cookies: &[(String, String)], name: &str| {
        cookies.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert!(value(&before, "__Host-homeward-set-out").len() > 40);
    assert_eq!(value(&browser.cookies, "__Host-homeward-set-out"), "", "once");
    assert!(!value(&browser.cookies, "__Host-homeward").is_empty());
}

#[tokio::test]
async fn whoever_logged_in_first_is_bound_to_the_account_and_keeps_it_under_another_name() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    assert!(logs_in(&board, &idp, |_| {}).await.0);
    let (is_in, _) =
        logs_in(&board, &idp, |claims| claims["email"] = json!("ines.reed@elmfield.example")).await;
    assert!(is_in, "married, the same person");
    // The address was given to somebody else, a year later.
    let (is_in, page) = logs_in(&board, &idp, |claims| claims["sub"] = json!("subject-of-another")).await;
    assert!(
        !is_in && page.status == StatusCode::FORBIDDEN && page.text.contains("is another account"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn whom_nobody_linked_is_refused_and_told_whom_to_ask() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    let (is_in, page) = logs_in(&board, &idp, |_| {}).await;
    assert!(!is_in && page.status == StatusCode::FORBIDDEN);
    for part in [INES, "An administrator of Homeward can link it to you", "Password"] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
}

#[tokio::test]
async fn an_answer_that_this_browser_did_not_ask_for_opens_nothing() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let mut thief = Browser::of(&board);
    let out = thief.opens("/login/with/work").await;
    let claims = |board: &Alone| ines(board, &idp, &asked(&out, "nonce"));
    let code = idp.gives_code(&asked(&out, "code_challenge"), claims(&board), Signed::Rightly);
    let state = asked(&out, "state");
    let answer = format!("/login/with/work/back?code={code}&state={state}");
    // Somebody else is made to open it: they would work in the thief's name.
    let mut victim = Browser::of(&board);
    let page = victim.opens(&answer).await;
    assert!(page.status == StatusCode::BAD_REQUEST && !victim.is_in().await, "{}", page.text);
    victim.opens("/login/with/work").await;
    assert_eq!(victim.opens(&answer).await.status, StatusCode::BAD_REQUEST, "another browser's state");
    // A state of nobody's, none at all.
    for forged in ["", &"A".repeat(43), &state[..42]] {
        let page = thief.opens(&format!("/login/with/work/back?code={code}&state={forged}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{forged}");
    }
    assert!(!thief.is_in().await, "the cookie was good once");
}

#[tokio::test]
async fn an_answer_opens_something_once_and_for_ten_minutes() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let mut browser = Browser::of(&board);
    let out = browser.opens("/login/with/work").await;
    let kept = browser.cookies.clone();
    let claims = ines(&board, &idp, &asked(&out, "nonce"));
    let code = idp.gives_code(&asked(&out, "code_challenge"), claims.clone(), Signed::Rightly);
    let answer = format!("/login/with/work/back?code={code}&state={}", asked(&out, "state"));
    assert_eq!(browser.opens(&answer).await.status, StatusCode::OK);
    let mut again = Browser::of(&board);
    again.cookies = kept.clone();
    assert_eq!(again.opens(&answer).await.status, StatusCode::BAD_GATEWAY, "the code is used up");
    assert!(!again.is_in().await);
    board.login_clock.advance(SignedDuration::from_mins(10));
    let mut late = Browser::of(&board);
    late.cookies = kept;
    let code = idp.gives_code(&asked(&out, "code_challenge"), claims, Signed::Rightly);
    let answer = format!("/login/with/work/back?code={code}&state={}", asked(&out, "state"));
    assert_eq!(late.opens(&answer).await.status, StatusCode::BAD_REQUEST);
    assert!(!late.is_in().await);
}

#[tokio::test]
async fn a_token_that_is_not_the_providers_word_to_us_now_opens_nothing() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let now = board.login_clock.now().as_second();
    type Change = Box<dyn Fn(&mut Value)>;
    let sets = |field: &'static str, value: Value| -> Change {
        Box::new(move |claims| claims[field] = value.clone())
    };
    let nothing = || -> Change { Box::new(|_| {}) };
    let forged: Vec<(&str, Signed, Change)> = vec![
        ("for another client", Signed::Rightly, sets("aud", json!("another"))),
        ("for another client too", Signed::Rightly, sets("aud", json!([CLIENT, "another"]))),
        ("of another issuer", Signed::Rightly, sets("iss", json!("https://elsewhere.example"))),
        ("expired", Signed::Rightly, sets("exp", json!(now - 121))),
        ("of yesterday", Signed::Rightly, sets("iat", json!(now - 86_400))),
        ("of tomorrow", Signed::Rightly, sets("iat", json!(now + 86_400))),
        ("for another browser", Signed::Rightly, sets("nonce", json!("another"))),
        ("for no browser", Signed::Rightly, sets("nonce", Value::Null)),
        ("signed by another", Signed::ByAnother, nothing()),
        ("signed by a key of nobody's", Signed::ByUnnamed, nothing()),
        ("not signed", Signed::Not, nothing()),
        ("signed with what the client knows", Signed::WithSecret, nothing()),
    ];
    for (what, signed, change) in forged {
        let mut browser = Browser::of(&board);
        let page = comes_back(&mut browser, &board, &idp, signed, |claims| change(claims)).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{what}: {}", page.text);
        assert!(!browser.is_in().await, "{what}");
    }
    // The provider's word, and not enough of it.
    for (what, field, value) in [
        ("an address that anybody can claim", "email_verified", json!(false)),
        ("no address", "email", Value::Null),
        ("an account of elsewhere", "hd", json!("elsewhere.example")),
        ("an account of nowhere", "hd", Value::Null),
    ] {
        let (is_in, page) = logs_in(&board, &idp, |claims| claims[field] = value).await;
        assert!(!is_in && page.status == StatusCode::FORBIDDEN, "{what}: {}", page.status);
    }
    // Clocks differ.
    let (is_in, page) = logs_in(&board, &idp, |claims| {
        claims["iat"] = json!(now + 90);
        claims["exp"] = json!(now - 60);
    })
    .await;
    assert!(is_in, "a minute is no fault: {}", page.text);
}

#[tokio::test]
async fn a_new_key_of_the_providers_is_fetched_once() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    assert!(logs_in(&board, &idp, |_| {}).await.0);
    assert_eq!(idp.keys_asked(), 1);
    idp.changes_key();
    board.login_clock.advance(SignedDuration::from_secs(61));
    let (is_in, page) = logs_in(&board, &idp, |_| {}).await;
    assert!(is_in, "{}", page.text);
    assert!(logs_in(&board, &idp, |_| {}).await.0);
    assert_eq!(idp.keys_asked(), 2);
    // Whoever comes with a key of nobody's doesn't make us ask for ever.
    for _ in 0..3 {
        comes_back(&mut Browser::of(&board), &board, &idp, Signed::ByUnnamed, |_| {}).await;
    }
    assert_eq!(idp.keys_asked(), 2);
}

#[tokio::test]
async fn while_a_provider_is_away_passwords_go_on_and_the_page_says_so() {
    let idp = Idp::starts().await;
    idp.is(State_::Down);
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let mut browser = Browser::of(&board);
    let states = [State_::Down, State_::Rubbish, State_::Endless, State_::AnotherIssuer];
    for state in states {
        idp.is(state);
        board.login_clock.advance(SignedDuration::from_secs(5));
        let page = browser.opens("/login/with/work").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{state:?}");
        assert!(page.text.contains("can’t be reached just now"), "{}", page.text);
    }
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    assert!(wei.is_in().await);
    idp.is(State_::Well);
    board.login_clock.advance(SignedDuration::from_secs(5));
    assert!(logs_in(&board, &idp, |_| {}).await.0, "without a new start");
    // It fails after it was known: what was asked for is told, nobody is in.
    for state in [State_::Down, State_::Rubbish, State_::Endless] {
        idp.is(State_::Well);
        let out = browser.opens("/login/with/work").await;
        let claims = ines(&board, &idp, &asked(&out, "nonce"));
        let code = idp.gives_code(&asked(&out, "code_challenge"), claims, Signed::Rightly);
        idp.is(state);
        let page =
            browser.opens(&format!("/login/with/work/back?code={code}&state={}", asked(&out, "state"))).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{state:?}: {}", page.text);
        assert!(!browser.is_in().await);
    }
    assert!(browser.opens("/login").await.text.contains("can’t be reached"));
    board.login_clock.advance(SignedDuration::from_secs(60));
    assert!(!browser.opens("/login").await.text.contains("can’t be reached"));
}

#[tokio::test]
async fn who_owes_a_second_factor_owes_it_by_an_account_too_unless_the_providers_word_is_taken() {
    let idp = Idp::starts().await;
    let cases = [(false, false, true), (false, true, true), (true, false, true), (true, true, false)];
    for (trusted, has_given, owes) in cases {
        let config = OidcConfig { trust_second_factor: trusted, ..provider(&idp) };
        let board = board_with(config, PasswordsFor::Everyone, &[Role::Dsl]).await;
        links(&board, &id(), INES).await;
        let (is_in, page) = logs_in(&board, &idp, |claims| {
            claims["amr"] = if has_given { json!(["pwd", "mfa"]) } else { json!(["pwd"]) };
        })
        .await;
        let case = format!("trusted {trusted}, given {has_given}: {}", page.text);
        assert_eq!(is_in, !owes, "{case}");
        assert_eq!(page.text.contains("url=/login/code?next=/trips"), owes, "{case}");
    }
}

#[tokio::test]
async fn passwords_can_be_for_administrators_alone_who_are_never_locked_out() {
    let idp = Idp::starts().await;
    idp.is(State_::Down);
    let board = board_with(provider(&idp), PasswordsFor::Administrators, &[]).await;
    board.login_for(okafor(), "ines").await;
    let mut browser = Browser::of(&board);
    let page = browser.types_password("ines", PASSWORD).await;
    assert!(
        page.status == StatusCode::UNAUTHORIZED && page.text.contains("for administrators alone"),
        "{}",
        page.text
    );
    assert!(!browser.is_in().await);
    let wrong = browser.types_password("ines", "not the one at all").await;
    assert!(wrong.text.contains("name or the password is not right"), "nobody learns that it was right");
    let body = json!({ "login": "ines", "password": PASSWORD }).to_string();
    let (status, told) = board.post("/api/v1/token", &[("origin", ORIGIN)], &body).await;
    assert_eq!(
        (status, told["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("PasswordNotTaken")),
        "{told}"
    );
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    assert!(wei.is_in().await, "though the provider is away");
}

#[tokio::test]
async fn the_register_decides_and_not_the_provider() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let mut browser = Browser::of(&board);
    comes_back(&mut browser, &board, &idp, Signed::Rightly, |_| {}).await;
    assert!(browser.is_in().await);
    hears(&board, Event::PersonLeft { person: okafor() });
    let caught_up = chassis::client::ClientNews::CaughtUp { school: school().id.clone() };
    board.board.state.view().hear(caught_up, at(NINE));
    assert!(!browser.is_in().await);
    let (is_in, page) = logs_in(&board, &idp, |_| {}).await;
    assert!(!is_in && page.text.contains("not on the school&#39;s register"), "{}", page.text);
    // A provider of another school names nobody of this one.
    let elsewhere = [SchoolId::parse("oakfield").expect("a slug")].into();
    let board =
        board_with(OidcConfig { schools: elsewhere, ..provider(&idp) }, PasswordsFor::Everyone, &[]).await;
    board.login_for(okafor(), "ines").await;
    let login = board.board.state.db().login("ines").await.expect("reads").expect("is there");
    board.board.state.db().link_account("work", INES, login.id, at(NINE)).await.expect("links");
    let (is_in, page) = logs_in(&board, &idp, |_| {}).await;
    assert!(!is_in && page.status == StatusCode::FORBIDDEN, "{}", page.text);
}

#[tokio::test]
async fn an_account_is_one_persons_and_taken_away_it_opens_nothing_at_once() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    let taken = links(&board, &tan().to_string(), INES).await;
    assert!(
        taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.text.contains("linked to somebody already")
    );
    for bad in ["", "ines", "two words@elmfield.example", &format!("{}@x.example", "x".repeat(120))] {
        assert_eq!(
            links(&board, &tan().to_string(), bad).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad}"
        );
    }
    let mut browser = Browser::of(&board);
    comes_back(&mut browser, &board, &idp, Signed::Rightly, |_| {}).await;
    let mut wei = Browser::of(&board);
    wei.types_password("wei", PASSWORD).await;
    let path = format!("/people/{}", id());
    let page = wei.opens(&path).await;
    assert!(page.text.contains("no password") && !page.text.contains("not used yet"), "{}", page.text);
    let token = between(&page.text, "name=\"form_token\" value=\"", "\"").to_owned();
    let fields =
        [("do", "unlink"), ("name", INES), ("provider", "work"), ("account", INES), ("form_token", &token)];
    wei.sends(&format!("{path}/login"), &fields).await;
    assert!(!browser.is_in().await, "logged out");
    assert!(!logs_in(&board, &idp, |_| {}).await.0);
    // Linked anew it is whoever comes first again.
    links(&board, &id(), INES).await;
    assert!(logs_in(&board, &idp, |claims| claims["sub"] = json!("a new account")).await.0);
}

#[tokio::test]
async fn a_log_in_without_a_password_opens_by_none() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    for password in ["", PASSWORD] {
        let credentials = Credentials { name: INES.to_owned(), password: password.into() };
        let (state, from) = (&board.board.state, network(1));
        let refused = board::auth::log_in(state, credentials, &Default::default(), from).await;
        assert!(matches!(refused, Err(board::auth::LogInRefused::Wrong)), "{refused:?}");
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_from_a_log_in_by_an_account() {
    let idp = Idp::starts().await;
    let board = board(&idp).await;
    links(&board, &id(), INES).await;
    for next in ["//evil.test", "https://evil.test", "/\\evil.test", "/login/with/work", &"/x".repeat(900)] {
        let mut browser = Browser::of(&board);
        let out = browser.opens(&format!("/login/with/work?next={next}")).await;
        let claims = ines(&board, &idp, &asked(&out, "nonce"));
        let code = idp.gives_code(&asked(&out, "code_challenge"), claims, Signed::Rightly);
        let page =
            browser.opens(&format!("/login/with/work/back?code={code}&state={}", asked(&out, "state"))).await;
        assert!(page.text.contains("content=\"0; url=/\""), "{next}: {}", page.text);
    }
    let mut browser = Browser::of(&board);
    let page = browser.opens("/login/with/nobody").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let declined = {
        let out = browser.opens("/login/with/work").await;
        browser
            .opens(&format!("/login/with/work/back?error=access_denied&state={}", asked(&out, "state")))
            .await
    };
    assert!(declined.status == StatusCode::UNAUTHORIZED && declined.text.contains("did not log you in"));
    let out = browser.opens("/login/with/work").await;
    let mixed =
        format!("/login/with/work/back?code=x&iss=https://elsewhere.example&state={}", asked(&out, "state"));
    assert_eq!(browser.opens(&mixed).await.status, StatusCode::BAD_GATEWAY, "another issuer's answer");
}
