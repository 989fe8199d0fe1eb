//! Browsers that the link to a phone page opens in, each known by the hash of its secret.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{DeviceId, SchoolId, TripId};

use super::{Db, DbFault, either};

/// How long a browser is remembered: longer than any tour.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(40 * 24);

/// The page of a trip on a phone.
#[derive(Clone, Copy, Debug)]
pub struct PageOf<'a> {
    /// The school.
    pub school: &'a SchoolId,
    /// The trip.
    pub trip: TripId,
    /// The phone that the link was sent to.
    pub device: DeviceId,
}

/// What is known of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// It opens in that browser.
    pub here: bool,
    /// It opens in some browser.
    pub anywhere: bool,
    /// When the office closed it last.
    pub closed_at: Option<Timestamp>,
}

impl Db {
    /// Whether a page opens in a browser, and in any.
    pub async fn page_opened(&self, page: PageOf<'_>, browser: Option<Hash>) -> Result<Opened, DbFault> {
        let (school, trip, device) = key(&page);
        let none = Hash::of(b"");
        let text = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN hash = $4 THEN 1 ELSE 0 END), 0) AS BIGINT) \
                    FROM phone_browser WHERE school = $1 AND trip = $2 AND device = $3";
        let (all, here): (i64, i64) = either!(self, pool => sqlx::query_as(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .bind(&browser.unwrap_or(none).0[..])
            .fetch_one(pool)
            .await)?;
        let text = "SELECT at_ms FROM phone_closed WHERE school = $1 AND trip = $2 AND device = $3";
        let closed: Option<i64> = either!(self, pool => sqlx::query_scalar(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .fetch_optional(pool)
            .await)?;
        let closed_at = closed.and_then(|at| Timestamp::from_millisecond(at).ok());
        Ok(Opened { here: browser.is_some() && here > 0, anywhere: all > 0, closed_at })
    }

    /// The first browser that opens a page. Whether it is: of two that come at once, one is.
    pub async fn open_page_first(
        &self,
        page: PageOf<'_>,
        browser: Hash,
        now: Timestamp,
    ) -> Result<bool, DbFault> {
        let (school, trip, device) = key(&page);
        self.forget_phone_browsers(now).await?;
        let text = "INSERT INTO phone_browser (school, trip, device, hash, proven, bound_at) \
                    SELECT $1, $2, $3, $4, 0, $5 WHERE NOT EXISTS \
                    (SELECT 1 FROM phone_browser WHERE school = $1 AND trip = $2 AND device = $3) \
                    ON CONFLICT DO NOTHING";
        let rows = either!(self, pool => sqlx::query(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .bind(&browser.0[..])
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(rows > 0)
    }

    /// A browser in which somebody typed the code that the phone got: it opens there, and no more where it was merely opened first.
    pub async fn open_page_by_word(
        &self,
        page: PageOf<'_>,
        browser: Hash,
        now: Timestamp,
    ) -> Result<(), DbFault> {
        let (school, trip, device) = key(&page);
        let text = "INSERT INTO phone_browser (school, trip, device, hash, proven, bound_at) \
                    VALUES ($1, $2, $3, $4, 1, $5) \
                    ON CONFLICT (school, trip, device, hash) DO UPDATE SET proven = 1";
        either!(self, pool => sqlx::query(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .bind(&browser.0[..])
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?;
        let text = "DELETE FROM phone_browser WHERE school = $1 AND trip = $2 AND device = $3 AND proven = 0";
        self.forget_browsers_of(page, text).await
    }

    /// Closes a page in every browser. A link that was sent before opens no first one any more.
    pub async fn close_page(&self, page: PageOf<'_>, now: Timestamp) -> Result<(), DbFault> {
        let (school, trip, device) = key(&page);
        let text = "INSERT INTO phone_closed (school, trip, device, at_ms) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (school, trip, device) DO UPDATE SET at_ms = $4";
        either!(self, pool => sqlx::query(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?;
        self.forget_browsers_of(
            page,
            "DELETE FROM phone_browser WHERE school = $1 AND trip = $2 AND device = $3",
        )
        .await
    }

    async fn forget_browsers_of(&self, page: PageOf<'_>, text: &'static str) -> Result<(), DbFault> {
        let (school, trip, device) = key(&page);
        Ok(either!(self, pool => sqlx::query(text)
            .bind(school)
            .bind(trip)
            .bind(device)
            .execute(pool)
            .await
            .map(drop))?)
    }

    async fn forget_phone_browsers(&self, now: Timestamp) -> Result<(), DbFault> {
        let before = now.saturating_sub(KEPT_FOR).unwrap_or(Timestamp::MIN).as_millisecond();
        for text in
            ["DELETE FROM phone_browser WHERE bound_at < $1", "DELETE FROM phone_closed WHERE at_ms < $1"]
        {
            either!(self, pool => sqlx::query(text).bind(before).execute(pool).await.map(drop))?;
        }
        Ok(())
    }
}

fn key<'a>(page: &'a PageOf<'_>) -> (&'a str, &'a [u8], &'a [u8]) {
    (page.school.as_str(), &page.trip.0.as_bytes()[..], &page.device.0.as_bytes()[..])
}
