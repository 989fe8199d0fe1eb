//! Log-ins in SQLite and in PostgreSQL: one body of SQL, one contract.

use board::Db;
use board::db::{Login, LoginFault, LoginId, SessionKind};
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

async fn keeps_the_contract(db: &Db) {
    let (now, later) = (at(NINE), at("2026-11-20T10:00:00Z"));
    assert_eq!(db.login("ines").await.expect("reads"), None);
    let first = login("ines", "first");
    db.put_login(&first, now).await.expect("stores");
    assert_eq!(db.login("ines").await.expect("reads"), Some(first.clone()));
    let foreign = Login { person: tan(), ..login("ines", "x") };
    assert!(matches!(db.put_login(&foreign, now).await, Err(LoginFault::NameTaken)));

    let (hash, other) = (Hash::of(b"secret"), Hash::of(b"another"));
    db.begin_session(hash, SessionKind::Cookie, first.id, now, later).await.expect("begins");
    db.begin_session(other, SessionKind::Bearer, first.id, now, later).await.expect("begins");
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

    db.begin_session(hash, SessionKind::Cookie, first.id, now, later).await.expect("begins");
    db.put_login(&login("ines", "second"), now).await.expect("sets the password");
    let known = db.login("ines").await.expect("reads").expect("is there");
    assert_eq!((known.id, known.password.as_str()), (first.id, "second"));
    assert_eq!(db.session(hash, SessionKind::Cookie).await.expect("reads"), None, "sessions ended");
    db.begin_session(hash, SessionKind::Cookie, first.id, now, later).await.expect("begins");
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
