//! Who opened which record about people, and when. Lines are added and, after their time, taken away; never changed.

use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};

use super::{Db, DbFault, either};

/// The same record opened by the same person within so long is one line.
pub const ONE_READING_MS: i64 = 10 * 60 * 1000;

/// The longest that a line says which record it was.
const MAX_SUBJECT: usize = 200;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: PersonId,
    /// What kind of record: `person`.
    pub what: String,
    /// Which one: an id, or nothing where it was a whole list.
    pub subject: String,
}

/// Which lines are looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Which {
    /// Opened by that person.
    pub by: Option<PersonId>,
    /// Of that record.
    pub subject: Option<String>,
    /// Of that kind.
    pub what: Option<String>,
}

type Row = (i64, Vec<u8>, String, String);

impl Db {
    /// Notes that a record was opened; nothing if the same was noted of late. Tells whether it was.
    pub async fn note_reading(&self, school: &SchoolId, reading: &Reading) -> Result<bool, DbFault> {
        let at = reading.at.as_millisecond();
        let subject: String = reading.subject.chars().take(MAX_SUBJECT).collect();
        let text = "INSERT INTO reading (at_ms, school, person, what, subject) SELECT $1, $2, $3, $4, $5
            WHERE NOT EXISTS (SELECT 1 FROM reading WHERE school = $2 AND person = $3 AND what = $4 AND subject = $5
            AND at_ms > $6 AND at_ms <= $1)";
        let noted = either!(self, pool => sqlx::query(text)
            .bind(at)
            .bind(school.as_str())
            .bind(&reading.person.0.as_bytes()[..])
            .bind(&reading.what)
            .bind(&subject)
            .bind(at - ONE_READING_MS)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(noted > 0)
    }

    /// The lines that are looked for, the newest first.
    pub async fn readings(
        &self,
        school: &SchoolId,
        which: &Which,
        most: i64,
    ) -> Result<Vec<Reading>, DbFault> {
        let by = which.by.map(|person| person.0.as_bytes().to_vec());
        let text = "SELECT at_ms, person, what, subject FROM reading WHERE school = $1
            AND ($2 IS NULL OR person = $2) AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR what = $4)
            ORDER BY at_ms DESC, id DESC LIMIT $5";
        let rows: Vec<Row> = either!(self, pool => sqlx::query_as(text)
            .bind(school.as_str())
            .bind(by)
            .bind(which.subject.as_deref())
            .bind(which.what.as_deref())
            .bind(most)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(read).collect()
    }

    /// Takes lines away that are older. Says how many.
    pub async fn forget_readings(&self, school: &SchoolId, before: Timestamp) -> Result<u64, DbFault> {
        let text = "DELETE FROM reading WHERE school = $1 AND at_ms < $2";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(school.as_str())
            .bind(before.as_millisecond())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?)
    }

    /// Takes the log-ins of a person away, with all that belongs to them. Says how many.
    pub async fn forget_log_ins_of(&self, school: &SchoolId, person: PersonId) -> Result<u64, DbFault> {
        let of: Vec<String> = self.names_of(school, person).await?;
        for name in &of {
            self.remove_login(school, name).await?;
        }
        let text = "DELETE FROM draft WHERE school = $1 AND person = $2";
        either!(self, pool => sqlx::query(text)
            .bind(school.as_str())
            .bind(&person.0.as_bytes()[..])
            .execute(pool)
            .await
            .map(drop))?;
        Ok(of.len() as u64)
    }

    /// What is kept here of a person: a title each, and lines.
    pub async fn kept_of(
        &self,
        school: &SchoolId,
        person: PersonId,
    ) -> Result<Vec<(String, Vec<String>)>, DbFault> {
        let mut log_ins = Vec::new();
        for login in self.logins(school).await?.into_iter().filter(|login| login.person == person) {
            let accounts = self.accounts_of(login.id).await?;
            let linked = accounts.iter().map(|account| format!(", {} at {}", account.name, account.provider));
            log_ins.push(format!("{}{}", login.name, linked.collect::<String>()));
        }
        let line = |reading: &Reading| format!("{}: {} {}", reading.at, reading.what, reading.subject);
        let by = self.readings(school, &Which { by: Some(person), ..Which::default() }, MAX_LINES).await?;
        let of = Which { subject: Some(person.to_string()), ..Which::default() };
        let of = self.readings(school, &of, MAX_LINES).await?;
        let opened = of.iter().map(|reading| format!("{}: opened by person {}", reading.at, reading.person));
        Ok(vec![
            ("Log-ins (the password is kept as a hash alone)".to_owned(), log_ins),
            ("Records that they opened".to_owned(), by.iter().map(line).collect()),
            ("Who opened the record about them".to_owned(), opened.collect()),
        ])
    }

    async fn names_of(&self, school: &SchoolId, person: PersonId) -> Result<Vec<String>, DbFault> {
        let all = self.logins(school).await?;
        Ok(all.into_iter().filter(|login| login.person == person).map(|login| login.name).collect())
    }
}

/// So many lines are given out at most.
const MAX_LINES: i64 = 10_000;

fn read((at_ms, person, what, subject): Row) -> Result<Reading, DbFault> {
    let bad = |what: &str| DbFault::Unreadable(format!("a reading's {what}"));
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| bad("time"))?;
    let person = uuid::Uuid::from_slice(&person).map(PersonId).map_err(|_| bad("person"))?;
    Ok(Reading { at, person, what, subject })
}
