//! Reading a long journal from SQLite. Handing over a row costs some microseconds (each value is copied, and freed by
//! another thread): so SQLite joins the rows of a page, column by column, and hands over one row for each page, while the
//! page before is taken apart here. Measured with a million entries: 3.3 s row by row, 0.6 s in pages.

use std::ops::{ControlFlow, RangeInclusive};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::rows::Raw;
use super::{JournalFault, sqlite};
use crate::entry::Entry;
use proto::ids::SchoolId;
use proto::topics::ServiceName;

/// The most entries of a page.
pub(super) const MAX_PAGE: u64 = 1_024;

/// Stands between the values of a page (unit separator). JSON holds no such character unescaped.
const BETWEEN: char = '\u{1f}';

const PAGE: &str = "SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0), COUNT(*),
        group_concat(kind, char(31)), group_concat(facts, char(31)), group_concat(sealed, char(31)),
        group_concat(COALESCE(personal, ''), char(31))
    FROM (SELECT * FROM entry WHERE service = $1 AND school = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq)";

impl sqlite::Store {
    /// Every entry from number `from` on, `size` at a time.
    pub(super) async fn scan_pages<F>(
        &self,
        service: ServiceName,
        school: &SchoolId,
        from: u64,
        size: u64,
        mut each: F,
    ) -> Result<(), JournalFault>
    where
        F: FnMut(Entry) -> ControlFlow<()> + Send,
    {
        let size = size.clamp(1, MAX_PAGE);
        let Some(mut first) = self.first_from(service, school, from).await? else { return Ok(()) };
        let mut ahead = self.page_ahead(service, school, first..=first + size - 1);
        loop {
            let last = first + size - 1;
            let page = ahead.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
            ahead = self.page_ahead(service, school, last + 1..=last + size);
            let found: i64 = page.try_get(2)?;
            let done = match raws(&page)? {
                Some(raws) => hand_over(raws, service, school, &mut each)?,
                None => self.scan_rows(service, school, first, last, &mut each).await?,
            };
            if done.is_break() {
                return Ok(());
            }
            first = last + 1;
            if found.cast_unsigned() < size {
                let Some(next) = self.first_from(service, school, first).await? else { return Ok(()) };
                first = next;
                ahead = self.page_ahead(service, school, first..=first + size - 1);
            }
        }
    }

    /// The first number from `from` on that there is.
    async fn first_from(
        &self,
        service: ServiceName,
        school: &SchoolId,
        from: u64,
    ) -> Result<Option<u64>, JournalFault> {
        let text = "SELECT MIN(seq) FROM entry WHERE service = $1 AND school = $2 AND seq >= $3";
        let first = sqlx::query_scalar::<_, Option<i64>>(text)
            .bind(service.as_str())
            .bind(school.as_str())
            .bind(from.cast_signed())
            .fetch_one(self.readers())
            .await?;
        Ok(first.map(i64::cast_unsigned))
    }

    /// Begins to read a page.
    fn page_ahead(
        &self,
        service: ServiceName,
        school: &SchoolId,
        seqs: RangeInclusive<u64>,
    ) -> tokio::task::JoinHandle<Result<SqliteRow, sqlx::Error>> {
        let readers = self.readers().clone();
        let school = school.as_str().to_owned();
        tokio::spawn(async move {
            sqlx::query(PAGE)
                .bind(service.as_str())
                .bind(school)
                .bind(seqs.start().cast_signed())
                .bind(seqs.end().cast_signed())
                .fetch_one(&readers)
                .await
        })
    }

    /// A page that can't be taken apart (a number is missing, a value was changed by hand): row by row, so that the fault
    /// is found where it is.
    async fn scan_rows<F>(
        &self,
        service: ServiceName,
        school: &SchoolId,
        first: u64,
        last: u64,
        each: &mut F,
    ) -> Result<ControlFlow<()>, JournalFault>
    where
        F: FnMut(Entry) -> ControlFlow<()> + Send,
    {
        let mut done = ControlFlow::Continue(());
        self.scan(service, school, first, |entry| {
            if entry.seq > last {
                return ControlFlow::Break(());
            }
            done = each(entry);
            done
        })
        .await?;
        Ok(done)
    }
}

fn hand_over<'r>(
    raws: impl Iterator<Item = Raw<'r>>,
    service: ServiceName,
    school: &SchoolId,
    each: &mut impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, JournalFault> {
    for raw in raws {
        if each(raw.entry(service, school)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The entries of a page; `None` if it doesn't hold one of each value for each of its numbers.
fn raws(page: &SqliteRow) -> Result<Option<impl Iterator<Item = Raw<'_>>>, sqlx::Error> {
    let [first, last, count] = [page.try_get::<i64, _>(0)?, page.try_get(1)?, page.try_get(2)?];
    let mut columns = [""; 4];
    for (index, column) in columns.iter_mut().enumerate() {
        *column = page.try_get::<Option<&str>, _>(index + 3)?.unwrap_or_default();
    }
    let count = count.cast_unsigned();
    let values =
        |column: &&str| column.bytes().filter(|byte| char::from(*byte) == BETWEEN).count() as u64 + 1;
    let whole =
        (last - first + 1).cast_unsigned() == count && columns.iter().all(|column| values(column) == count);
    if count > 0 && !whole {
        return Ok(None);
    }
    let [kinds, facts, sealed, personal] = columns.map(|column| column.split(BETWEEN));
    let numbers = first.cast_unsigned()..first.cast_unsigned() + count;
    let rows = numbers.zip(kinds).zip(facts).zip(sealed).zip(personal);
    Ok(Some(rows.map(|((((seq, kind), facts), sealed), personal)| {
        let personal = (!personal.is_empty()).then_some(personal);
        Raw { seq, kind, facts, personal, sealed }
    })))
}
