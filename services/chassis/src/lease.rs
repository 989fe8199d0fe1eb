//! Who may write: each school falls into one of 64 slots, and an instance writes only for slots that it holds.
//!
//! - SQLite: a lock on a file beside the database. One process at a time; a second one is refused.
//! - PostgreSQL: advisory locks for each service and slot, on a connection of their own: they last as long as it does.
//!
//! A lease keeps instances apart in fair weather. In foul weather (a connection that died unnoticed) the journal's
//! primary key fences the old writer off: see [`crate::journal`].
//!
//! Several instances may divide the slots by themselves: [`division`] says who should hold what, [`members`] who is there, [`standing`] tells the
//! hosts of a process.

pub mod division;
pub mod members;
pub mod standing;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use proto::ids::SchoolId;
use proto::topics::ServiceName;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;

/// How many slots schools fall into.
pub const SLOTS: u8 = 64;

/// How long a database may take to say that a lease is still held.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A part of all schools, from 0 to 63.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot(u8);

impl Slot {
    /// The slot of a school: BLAKE3 of its id, as a big number, modulo 64.
    pub fn of(school: &SchoolId) -> Self {
        let hash = blake3::hash(school.as_str().as_bytes());
        Self(hash.as_bytes()[31] % SLOTS)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SLOTS).map(Self)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// Why a lease was not had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseFault {
    /// Another process uses this database.
    #[error("another Homeward process uses this database: it holds {}. Stop it first, or use PostgreSQL", .0.display())]
    FileTaken(PathBuf),
    /// Another instance holds one of the slots.
    #[error("another instance holds slot {slot} of {service}")]
    SlotTaken {
        /// The service.
        service: ServiceName,
        /// The slot's number.
        slot: u8,
    },
    /// Another process is there under the same number.
    #[error(
        "another instance of {service} is at work under number {number}: each needs a number of its own (broker.instance)"
    )]
    NumberTaken {
        /// The service.
        service: ServiceName,
        /// The number.
        number: u16,
    },
    /// The database does not answer.
    #[error("the lease's database does not answer")]
    Silent,
    /// The lock file can't be made or locked.
    #[error("the lock file {path} can't be used")]
    File {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The database failed or is out of reach.
    #[error("the lease's database failed")]
    Database(#[from] sqlx::Error),
}

/// Slots that this process holds, until it is dropped.
#[derive(Debug)]
pub struct Held {
    slots: Vec<Slot>,
    by: By,
}

#[derive(Debug)]
enum By {
    /// Locked as long as it is open.
    File(#[expect(dead_code, reason = "held, not read")] File),
    /// Locks last as long as the connection.
    Connection(Mutex<PgConnection>),
}

/// Takes those slots of those services in the database at `url` (as `Journal::open` takes it): all of them or none.
/// A SQLite database is taken whole.
pub async fn acquire(
    url: &str,
    services: &[ServiceName],
    slots: impl IntoIterator<Item = Slot>,
) -> Result<Held, LeaseFault> {
    let slots: Vec<Slot> = slots.into_iter().collect();
    let by = match crate::journal::sqlite_path(url) {
        Some(path) => By::File(lock_file(path)?),
        None => By::Connection(Mutex::new(lock_slots(url, services, &slots).await?)),
    };
    Ok(Held { slots, by })
}

impl Held {
    /// The slots.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Whether schools of that slot are ours.
    pub fn has(&self, slot: Slot) -> bool {
        self.slots.contains(&slot)
    }

    /// Whether the lease still stands: a lost connection has lost its locks, and none is opened anew.
    pub async fn is_held(&self) -> bool {
        match &self.by {
            By::File(_) => true,
            By::Connection(connection) => {
                let mut connection = connection.lock().await;
                tokio::time::timeout(ANSWER_TIMEOUT, connection.ping())
                    .await
                    .is_ok_and(|answer| answer.is_ok())
            }
        }
    }
}

fn lock_file(database: &Path) -> Result<File, LeaseFault> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let broken = |source| LeaseFault::File { path: path.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LeaseFault::FileTaken(path)),
        Err(TryLockError::Error(source)) => Err(LeaseFault::File { path, source }),
    }
}

async fn lock_slots(url: &str, services: &[ServiceName], slots: &[Slot]) -> Result<PgConnection, LeaseFault> {
    let names: Vec<_> = services.iter().map(|service| service.as_str()).collect();
    let options =
        PgConnectOptions::from_str(url)?.application_name(&format!("homeward lease {}", names.join(" ")));
    let mut connection = PgConnection::connect_with(&options).await?;
    let numbers: Vec<i32> = slots.iter().map(|slot| i32::from(slot.0)).collect();
    for service in services {
        let text = "SELECT slot FROM UNNEST($2::int[]) AS slot WHERE NOT pg_try_advisory_lock($1, slot)";
        let taken: Option<i32> = sqlx::query_scalar(text)
            .bind(lock_space(*service))
            .bind(&numbers)
            .fetch_optional(&mut connection)
            .await?;
        if let Some(slot) = taken {
            // Now, not once the server notices that we are gone.
            sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut connection).await?;
            connection.close().await.ok();
            let slot = u8::try_from(slot).unwrap_or(SLOTS);
            return Err(LeaseFault::SlotTaken { service: *service, slot });
        }
    }
    Ok(connection)
}

/// The first key of a service's advisory locks: from its name, so that it stays when services come and go.
fn lock_space(service: ServiceName) -> i32 {
    space_of(&format!("homeward slot of {service}"))
}

fn space_of(what: &str) -> i32 {
    let hash = blake3::hash(what.as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    i32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instances of different releases must agree on it.
    #[test]
    fn a_schools_slot_stays_what_it_was() {
        let slot = |school: &str| Slot::of(&school.parse().expect("slug")).number();
        assert_eq!([slot("elmfield"), slot("oakdale"), slot("harbour-trust")], [8, 59, 32]);
    }

    #[test]
    fn schools_spread_over_all_slots() {
        let mut seen = [0_u32; SLOTS as usize];
        for number in 0..6_400 {
            seen[usize::from(Slot::of(&format!("school-{number}").parse().expect("slug")).number())] += 1;
        }
        assert!(seen.iter().all(|count| (50..200).contains(count)), "{seen:?}");
        assert_eq!(Slot::all().count(), 64);
    }
}
