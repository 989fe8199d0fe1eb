//! Log-ins in SQLite and in PostgreSQL: one body of SQL, one contract.

use board::Db;
use board::db::{Login, LoginFault, LoginId, NewSession, PageOf, SessionKind};
use chassis::journal::Journal;
use chassis::testing::postgres::Postgres;
use proto::envelope::Hash;
use uuid::Uuid;

use crate::cast::{NINE, at, okafor, tan};
use crate::world::school;

fn login(name: &str, password: &str) -> Login {
    Login {
        id: LoginId(Uuid::now_v7()),
        name: name.to_owned(),
        school: school().id.clone(),
        person: okafor(),
        password: password.to_owned(),
    }
}

fn session(hash: Hash, kind: SessionKind, login: LoginId) -> NewSession {
    NewSession { hash, kind, login, second_factor: false, ends_at: at("2026-11-20T10:00:00Z") }
}

/// Second factors and known browsers, of a log-in that is there.
async fn keeps_factors(db: &Db, login: &Login) {
    let now = at(NINE);
    assert_eq!(db.second_factor(login.id).await.expect("reads"), None);
    assert!(!db.take_step(login.id, 5).await.expect("asks"), "there is none");
    assert!(db.confirm_second_factor(login.id, [7; 16], 5, now).await.expect("confirms"));
    let another = db.confirm_second_factor(login.id, [8; 16], 6, now).await;
    assert!(!another.expect("asks"), "one stands already");
    assert!(!db.take_step(login.id, 5).await.expect("asks"), "no step is taken twice");
    assert!(!db.take_step(login.id, 4).await.expect("asks"), "nor an earlier one");
    assert!(db.take_step(login.id, 6).await.expect("takes"));
    let stands = db.second_factor(login.id).await.expect("reads").expect("stands");
    assert_eq!((stands.salt, stands.confirmed_at, stands.last_step), ([7; 16], Some(now), 6));
    let codes = [Hash::of(b"one"), Hash::of(b"two")];
    db.set_recovery_codes(login.id, &codes).await.expect("stores");
    assert!(db.take_recovery_code(login.id, codes[0]).await.expect("takes"));
    assert!(!db.take_recovery_code(login.id, codes[0]).await.expect("asks"), "good once");
    assert_eq!(db.recovery_codes_left(login.id).await.expect("counts"), 1);
    assert!(db.forget_second_factor(login.id).await.expect("forgets"));
    assert!(!db.forget_second_factor(login.id).await.expect("nothing there"));
    assert_eq!(db.recovery_codes_left(login.id).await.expect("counts"), 0);
    let browser = Hash::of(b"a browser");
    assert!(!db.knows_browser(browser, &login.name).await.expect("asks"));
    db.remember_browser(browser, login.id, now).await.expect("remembers");
    db.remember_browser(browser, login.id, now).await.expect("once");
    assert!(db.knows_browser(browser, &login.name).await.expect("asks"));
    assert!(!db.knows_browser(browser, "somebody.else").await.expect("asks"));
    for newer in 0..20_u8 {
        let later = at("2026-11-20T10:00:00Z");
        db.remember_browser(Hash::of(&[newer]), login.id, later).await.expect("remembers");
    }
    assert!(!db.knows_browser(browser, &login.name).await.expect("asks"), "the newest twenty");
    db.forget_browsers_but(login.id, Some(Hash::of(&[3]))).await.expect("forgets");
    assert!(db.knows_browser(Hash::of(&[3]), &login.name).await.expect("asks"), "this one");
    assert!(!db.knows_browser(Hash::of(&[4]), &login.name).await.expect("asks"));
    db.forget_browsers_but(login.id, None).await.expect("forgets");
    assert!(!db.knows_browser(Hash::of(&[3]), &login.name).await.expect("asks"));
}

/// In which browsers a page opens: of two that come first at once one does, and the code ends the one that was merely first.
async fn keeps_pages(db: &Db, trip: proto::ids::TripId) {
    let (now, elmfield) = (at(NINE), school());
    let page = PageOf { school: &elmfield.id, trip, device: crate::cast::mobile() };
    let [first, second, proven] = [b"1", b"2", b"3"].map(|secret| Hash::of(secret));
    let opens = async |browser| {
        let opened = db.page_opened(page, Some(browser)).await.expect("asks");
        (opened.here, opened.anywhere)
    };
    assert_eq!(opens(first).await, (false, false));
    let both = tokio::join!(db.open_page_first(page, first, now), db.open_page_first(page, second, now));
    let both = [both.0.expect("opens"), both.1.expect("opens")];
    assert_eq!(both.iter().filter(|is_first| **is_first).count(), 1, "{both:?}");
    let (open, shut) = if both[0] { (first, second) } else { (second, first) };
    assert_eq!((opens(open).await, opens(shut).await), ((true, true), (false, true)));
    db.open_page_by_word(page, proven, now).await.expect("opens");
    assert_eq!((opens(proven).await, opens(open).await), ((true, true), (false, true)));
    db.open_page_by_word(page, open, now).await.expect("opens");
    assert_eq!((opens(proven).await, opens(open).await), ((true, true), (true, true)), "both had the code");
    assert!(!db.page_opened(page, None).await.expect("asks").here, "a browser without a cookie");
    let other = PageOf { device: proto::ids::DeviceId(Uuid::now_v7()), ..page };
    assert!(!db.page_opened(other, Some(proven)).await.expect("asks").anywhere, "another phone's page");
    db.close_page(page, now).await.expect("closes");
    let closed = db.page_opened(page, Some(proven)).await.expect("asks");
    assert_eq!((closed.here, closed.anywhere, closed.closed_at), (false, false, Some(now)));
    let long_after = now + jiff::SignedDuration::from_hours(41 * 24);
    assert!(db.open_page_first(page, first, long_after).await.expect("opens"));
    assert_eq!(db.page_opened(page, None).await.expect("asks").closed_at, None, "forgotten after any tour");
}

async fn keeps_the_contract(db: &Db) {
    let (now, later) = (at(NINE), at("2026-11-20T10:00:00Z"));
    assert_eq!(db.login("ines").await.expect("reads"), None);
    let first = login("ines", "first");
    db.put_login(&first, now).await.expect("stores");
    assert_eq!(db.login("ines").await.expect("reads"), Some(first.clone()));
    let foreign = Login { person: tan(), ..login("ines", "x") };
    assert!(matches!(db.put_login(&foreign, now).await, Err(LoginFault::NameTaken)));

    keeps_factors(db, &first).await;
    keeps_pages(db, proto::ids::TripId(Uuid::now_v7())).await;
    let (hash, other) = (Hash::of(b"secret"), Hash::of(b"another"));
    db.begin_session(session(hash, SessionKind::Cookie, first.id), now).await.expect("begins");
    db.begin_session(session(other, SessionKind::Bearer, first.id), now).await.expect("begins");
    let found = db.session(hash, SessionKind::Cookie).await.expect("reads").expect("is there");
    assert_eq!((found.person, found.used_at, found.ends_at), (okafor(), now, later));
    assert_eq!(db.session(hash, SessionKind::Bearer).await.expect("reads"), None, "a cookie is no token");
    let used = at("2026-11-20T09:30:00Z");
    db.touch_session(hash, used).await.expect("touches");
    db.forget_sessions(used, now).await.expect("forgets");
    assert!(db.session(hash, SessionKind::Cookie).await.expect("reads").is_some(), "used since");
    assert_eq!(db.session(other, SessionKind::Bearer).await.expect("reads"), None, "left alone");
    db.forget_sessions(later, now).await.expect("forgets");
    assert_eq!(db.session(hash, SessionKind::Cookie).await.expect("reads"), None, "its time is over");

    db.begin_session(session(hash, SessionKind::Cookie, first.id), now).await.expect("begins");
    db.put_login(&login("ines", "second"), now).await.expect("sets the password");
    let known = db.login("ines").await.expect("reads").expect("is there");
    assert_eq!((known.id, known.password.as_str()), (first.id, "second"));
    assert_eq!(db.session(hash, SessionKind::Cookie).await.expect("reads"), None, "sessions ended");
    db.begin_session(session(hash, SessionKind::Cookie, first.id), now).await.expect("begins");
    assert!(db.remove_login(&school().id, "ines").await.expect("removes"));
    assert!(!db.remove_login(&school().id, "ines").await.expect("nothing there"));
    assert_eq!(db.session(hash, SessionKind::Cookie).await.expect("reads"), None);
    assert_eq!(db.logins(&school().id).await.expect("reads"), []);
}

#[tokio::test]
async fn on_sqlite_beside_the_journal_and_again_after_it_was_closed() {
    let dir = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", dir.path().join("one.sqlite").display());
    let _journal = Journal::open(&url).await.expect("opens");
    let db = Db::open(&url).await.expect("opens beside the journal");
    keeps_the_contract(&db).await;
    keeps_the_contract(&Db::open(&url).await.expect("opens again")).await;
}

#[tokio::test]
async fn on_postgres_beside_the_journal() {
    let postgres = Postgres::start();
    let url = postgres.database("board");
    let _journal = Journal::open(&url).await.expect("opens");
    keeps_the_contract(&Db::open(&url).await.expect("opens")).await;
    keeps_the_contract(&Db::open(&url).await.expect("opens again")).await;
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused() {
    assert!(Db::open("mysql://localhost").await.is_err());
}
