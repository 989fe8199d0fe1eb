//! One instance among several that share the slots by themselves: who is there and who holds what stands in PostgreSQL's own table of
//! locks, and nowhere else.
//!
//! An instance holds, on one connection, an advisory lock that says that it is there (one for each service that it runs, with its number), and one
//! for each slot that it holds. All of them go with the connection. The server ends a connection of which it hears nothing for
//! [`HEARD_OF_WITHIN`]: a process that hangs loses what it holds as surely as one that dies.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use proto::topics::ServiceName;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};

use super::division::{Instance, Sight};
use super::{LeaseFault, SLOTS, Slot, lock_space, space_of};

/// The server ends the connection of an instance that it has not heard of for so long.
pub const HEARD_OF_WITHIN: Duration = Duration::from_secs(10);

/// An instance counts once it has been there for so long: before that it is given nothing.
pub const SETTLED_AFTER: Duration = Duration::from_secs(5);

/// Settings of a connection by which the server notices that the other machine is gone, within [`HEARD_OF_WITHIN`]: it answers nothing, and
/// would be waited for, for hours.
pub(crate) const NOTICES_WHO_IS_GONE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "3"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3")];

/// What an instance is called to the database: `homeward 2 at 10.0.0.2:8080`. The server keeps 63 bytes of it.
const MAX_NAME: usize = 63;

/// Where the web of each instance is, by its number.
pub type Addresses = BTreeMap<Instance, String>;

/// What was seen at one look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Of each service.
    pub services: BTreeMap<ServiceName, Sight>,
    /// Where the instances are reached by one another.
    pub addresses: Addresses,
}

/// This process among the instances.
#[derive(Debug)]
pub struct Membership {
    connection: PgConnection,
    me: Instance,
    services: Vec<ServiceName>,
}

/// Whether a name of that address fits.
pub fn address_fits(address: &str) -> bool {
    name(Instance::MAX, address).len() <= MAX_NAME
}

fn name(me: Instance, address: &str) -> String {
    format!("homeward {me} at {address}")
}

fn address_in(name: &str) -> Option<&str> {
    name.strip_prefix("homeward ")?.split_once(" at ").map(|(_, address)| address)
}

/// The first key of the locks that say who is there.
fn member_space(service: ServiceName) -> i32 {
    space_of(&format!("homeward instance of {service}"))
}

impl Membership {
    /// Comes to the others, under that number; `address` is where they reach this one's web. A number that somebody has is refused.
    pub async fn join(
        url: &str,
        me: Instance,
        address: &str,
        services: &[ServiceName],
    ) -> Result<Self, LeaseFault> {
        let timeout = HEARD_OF_WITHIN.as_millis().to_string();
        let options = PgConnectOptions::from_str(url)?
            .application_name(&name(me, address))
            .options([("idle_session_timeout", timeout.as_str())])
            .options(NOTICES_WHO_IS_GONE);
        let mut connection = answered(PgConnection::connect_with(&options)).await?;
        for service in services {
            let had: bool = answered(
                sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
                    .bind(member_space(*service))
                    .bind(i32::from(me))
                    .fetch_one(&mut connection),
            )
            .await?;
            if !had {
                connection.close().await.ok();
                return Err(LeaseFault::NumberTaken { service: *service, number: me });
            }
        }
        Ok(Self { connection, me, services: services.to_vec() })
    }

    /// Its number.
    pub fn number(&self) -> Instance {
        self.me
    }

    /// Looks who is there and holds what. An error: the connection is lost, and all locks with it.
    pub async fn look(&mut self) -> Result<Seen, LeaseFault> {
        look(&mut self.connection, &self.services).await
    }

    /// Takes those that are still free; says which.
    pub async fn take(&mut self, service: ServiceName, slots: &[Slot]) -> Result<Vec<Slot>, LeaseFault> {
        self.each("pg_try_advisory_lock", service, slots).await
    }

    /// Gives them up; says which were held.
    pub async fn give(&mut self, service: ServiceName, slots: &[Slot]) -> Result<Vec<Slot>, LeaseFault> {
        self.each("pg_advisory_unlock", service, slots).await
    }

    /// Goes in order: everything is free at once.
    pub async fn leave(self) {
        // The server gives it up all the same, once it notices.
        let _ = answered(self.connection.close()).await;
    }

    async fn each(
        &mut self,
        function: &str,
        service: ServiceName,
        slots: &[Slot],
    ) -> Result<Vec<Slot>, LeaseFault> {
        let numbers: Vec<i32> = slots.iter().map(|slot| i32::from(slot.number())).collect();
        let text = format!("SELECT slot FROM UNNEST($2::int[]) AS slot WHERE {function}($1, slot)");
        let done = sqlx::query_scalar::<_, i32>(sqlx::AssertSqlSafe(text))
            .bind(lock_space(service))
            .bind(numbers)
            .fetch_all(&mut self.connection);
        Ok(answered(done).await?.into_iter().filter_map(slot_of).collect())
    }
}

/// Looks who is there and holds what, of these services, as anybody can.
pub async fn look_from_outside(url: &str, services: &[ServiceName]) -> Result<Seen, LeaseFault> {
    let options = PgConnectOptions::from_str(url)?.application_name("homeward looks at leases");
    let mut connection = answered(PgConnection::connect_with(&options)).await?;
    let seen = look(&mut connection, services).await;
    connection.close().await.ok();
    seen
}

/// All advisory locks of this database, with whose each is and since when they are there.
const LOCKS: &str = "SELECT l.classid::int8, l.objid::int8, l.pid, a.application_name,
        COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - a.backend_start), 0)::float8
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

struct Lock {
    space: i32,
    key: i64,
    of: i32,
    name: Option<String>,
    there_for: f64,
}

async fn look(connection: &mut PgConnection, services: &[ServiceName]) -> Result<Seen, LeaseFault> {
    let rows = answered(sqlx::query(LOCKS).fetch_all(connection)).await?;
    let locks: Result<Vec<Lock>, sqlx::Error> = rows
        .iter()
        .map(|row| {
            // The server shows the two keys as numbers without a sign.
            let space = u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0).cast_signed();
            let (key, of, name) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            Ok(Lock { space, key, of, name, there_for: row.try_get(4)? })
        })
        .collect();
    Ok(seen(&locks?, services))
}

fn seen(locks: &[Lock], services: &[ServiceName]) -> Seen {
    let mut seen = Seen::default();
    for service in services {
        let of_space = |space: i32| locks.iter().filter(move |lock| lock.space == space);
        let mut sight = Sight::default();
        let mut by_connection = BTreeMap::new();
        for lock in of_space(member_space(*service)) {
            let Ok(number) = Instance::try_from(lock.key) else { continue };
            sight.members.insert(number, lock.there_for >= SETTLED_AFTER.as_secs_f64());
            by_connection.insert(lock.of, number);
            if let Some(address) = lock.name.as_deref().and_then(address_in) {
                seen.addresses.insert(number, address.to_owned());
            }
        }
        let slots = of_space(lock_space(*service));
        sight.held = slots
            .filter_map(|lock| {
                Some((slot_of(i32::try_from(lock.key).ok()?)?, by_connection.get(&lock.of).copied()))
            })
            .collect();
        seen.services.insert(*service, sight);
    }
    seen
}

fn slot_of(number: i32) -> Option<Slot> {
    u8::try_from(number).ok().filter(|number| *number < SLOTS).map(Slot)
}

/// Who does not answer within the time after which the server gives us up is lost.
async fn answered<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, LeaseFault> {
    match tokio::time::timeout(HEARD_OF_WITHIN, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(LeaseFault::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_in_the_connections_name_and_must_fit() {
        assert_eq!(address_in(&name(2, "10.0.0.2:8080")), Some("10.0.0.2:8080"));
        assert_eq!(address_in("homeward lease checkins"), None);
        assert!(address_fits("homeward-2.trips.elmfield.example:8080"));
        assert!(!address_fits(&"x".repeat(60)));
    }

    #[test]
    fn what_the_locks_say_is_who_is_there_and_holds_what() {
        let service = ServiceName::Checkins;
        let lock = |space, key, of, there_for| {
            let name = (of < 3).then(|| name(Instance::try_from(of).expect("small"), "10.0.0.1:80"));
            Lock { space, key, of, name, there_for }
        };
        let locks = [
            lock(member_space(service), 1, 1, 60.0),
            lock(member_space(service), 2, 2, 0.5),
            lock(lock_space(service), 7, 1, 60.0),
            lock(lock_space(service), 8, 3, 60.0),
            lock(lock_space(ServiceName::Alerts), 9, 1, 60.0),
        ];
        let seen = seen(&locks, &[service]);
        let sight = &seen.services[&service];
        assert_eq!(sight.members, [(1, true), (2, false)].into());
        assert_eq!(sight.held, [(Slot(7), Some(1)), (Slot(8), None)].into());
        assert_eq!(seen.addresses.len(), 2);
    }
}
