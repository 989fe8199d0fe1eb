//! Making log-ins, and setting passwords.

use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};
use secrecy::SecretString;
use uuid::Uuid;

use super::{BadPassword, Passwords};
use crate::db::{Db, Login, LoginFault, LoginId};

/// The most characters of a log-in's name.
const MAX_NAME: usize = 120;

/// Why a log-in can't be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateLoginFault {
    /// The name is empty or too long.
    #[error("a log-in's name has 1 to {MAX_NAME} characters, without spaces")]
    BadName,
    /// The password can't be set.
    #[error(transparent)]
    BadPassword(#[from] BadPassword),
    /// The name is taken, or the database failed.
    #[error(transparent)]
    Stored(#[from] LoginFault),
}

/// Makes a log-in for a person; one that the person has by that name gets the new password, and its sessions end.
/// Whether the caller may is the caller's to check: `homeward init`, an administrator, or they themselves.
pub async fn create_login(
    db: &Db,
    passwords: &Passwords,
    school: &SchoolId,
    person: PersonId,
    name: &str,
    password: SecretString,
    now: Timestamp,
) -> Result<(), CreateLoginFault> {
    let name = normalised(name);
    if !could_be(&name) || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(CreateLoginFault::BadName);
    }
    Passwords::check(&name, &password)?;
    let password = passwords.hash(password).await;
    let login = Login { id: LoginId(Uuid::now_v7()), name, school: school.clone(), person, password };
    Ok(db.put_login(&login, now).await?)
}

/// A name as it is stored: case and white space around it don't count.
pub(super) fn normalised(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether there can be a log-in by that name at all.
pub(super) fn could_be(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.chars().count())
}
