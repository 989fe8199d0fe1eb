//! Log-ins, made and mended from the command line.

use board::Db;
use jiff::Timestamp;
use proto::ids::{PersonId, SchoolId};
use secrecy::SecretString;

use crate::config::Config;

/// Makes a log-in for a person.
pub async fn create_login(
    config: &Config,
    school: &SchoolId,
    person: PersonId,
    login: &str,
    password: &str,
) -> Result<(), String> {
    let db = Db::open(&config.board_url).await.map_err(|fault| fault.to_string())?;
    let hasher = board::auth::Passwords::new();
    let made = board::auth::create_login(
        &db,
        &hasher,
        school,
        person,
        login,
        SecretString::from(password.to_owned()),
        Timestamp::now(),
    );
    made.await.map_err(|fault| fault.to_string())
}

/// Takes the second factor of a log-in away; tells whether there was one.
pub async fn forget_second_factor(config: &Config, name: &str) -> Result<bool, String> {
    let db = Db::open(&config.board_url).await.map_err(|fault| fault.to_string())?;
    let login = db.login(&name.trim().to_lowercase()).await.map_err(|fault| fault.to_string())?;
    let login = login.ok_or_else(|| format!("nobody logs in by the name {name:?}"))?;
    board::auth::forget_second_factor(&db, &login).await.map_err(|fault| fault.to_string())
}
