//! What fuzz targets reach of the parsers within: sheets, forms, presses, headers, codes, claims, files of tiles. See tests/fuzz. It is
//! built with the feature `fuzzing` alone.

use std::path::Path;

use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::checkins;
use proto::v1::trips::TripForm;
use proto::values::{DuressHash, SchoolZone};
use uuid::Uuid;

use crate::auth::Fields;
pub use crate::auth::fuzzing as auth;
use crate::forms::{self, FieldError, Reader};
pub use crate::pages::fuzzing as pages;
use crate::phone::{Phone, Press};
use crate::sheets::table::{self, Table};
use crate::sheets::{JudgedRow, MAX_ROWS, Outcome, devices, people};
use crate::view::SchoolView;

/// The most characters of a cell that are read.
pub const MOST_LETTERS: usize = table::MAX_CELL;

/// The most rows of one sheet.
pub const MOST_ROWS: usize = MAX_ROWS;

/// A sheet: its heading, and its rows with their numbers.
pub type Sheet = (Vec<String>, Vec<(usize, Vec<String>)>);

/// What is wrong: each field, and what would do.
pub type Wrong = Vec<(String, String)>;

/// What a row of a sheet would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Something that isn't on the register yet.
    New,
    /// Something that stands differently there.
    Changed,
    /// It stands there like that.
    Same,
    /// It can't be taken.
    Bad(Wrong),
}

/// A file's rows, or why they can't be read.
pub fn sheet(bytes: &[u8]) -> Result<Sheet, String> {
    table::read(bytes).map(|Table { heading, rows }| (heading, rows))
}

/// A register as CSV.
pub fn to_csv(heading: &[&str], rows: &[Vec<String>]) -> String {
    table::to_csv(heading, rows)
}

/// A register as .xlsx.
pub fn to_xlsx(heading: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, String> {
    table::to_xlsx(heading, rows)
}

/// The register of people, as it is given out.
pub fn people_rows(view: &SchoolView) -> (&'static [&'static str], Vec<Vec<String>>) {
    (&people::HEADING, people::rows(view))
}

/// The register of phones, as it is given out.
pub fn device_rows(view: &SchoolView) -> (&'static [&'static str], Vec<Vec<String>>) {
    (&devices::HEADING, devices::rows(view, |_| "here".to_owned()))
}

/// What each row of people would do, and what it asks for.
pub fn judge_people(
    view: &SchoolView,
    sheet: Sheet,
    once: Uuid,
) -> Result<Vec<(Verdict, Vec<proto::v1::people::Command>)>, String> {
    let judged = people::judge(view, &table_of(sheet), once)?;
    Ok(judged.into_iter().map(|(row, asks)| (verdict(row), asks)).collect())
}

/// What each row of phones would do, and what it asks for.
pub fn judge_devices(
    view: &SchoolView,
    sheet: Sheet,
    once: Uuid,
) -> Result<Vec<(Verdict, Vec<proto::v1::devices::Command>)>, String> {
    let judged = devices::judge(view, &table_of(sheet), once)?;
    Ok(judged.into_iter().map(|(row, asks)| (verdict(row), asks)).collect())
}

fn table_of((heading, rows): Sheet) -> Table {
    Table { heading, rows }
}

fn verdict(row: JudgedRow) -> Verdict {
    match row.outcome {
        Outcome::New => Verdict::New,
        Outcome::Changed(_) => Verdict::Changed,
        Outcome::Same => Verdict::Same,
        Outcome::Bad(errors) => Verdict::Bad(wrong(errors)),
    }
}

fn wrong(errors: Vec<FieldError>) -> Wrong {
    errors.into_iter().map(|error| (error.field, error.message)).collect()
}

/// The trip form that was typed, as the page reads it.
pub fn trip_form(fields: Vec<(String, String)>, view: &SchoolView) -> Result<TripForm, Wrong> {
    let fields = forms::compacted(&Fields::new(fields), forms::trip::LISTS);
    forms::trip::read(&fields, view).map_err(wrong)
}

/// The fields that a form would have been typed with.
pub fn trip_fields(form: &TripForm, zone: &SchoolZone) -> Vec<(String, String)> {
    forms::trip::write(form, zone).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What presses of a phone page say, where the trip has that duress word: each command, and whether it is taken from wherever the link is.
pub fn presses(
    body: &[u8],
    key: &[u8; 32],
    trip: TripId,
    set: Option<DuressHash>,
) -> Result<Vec<(checkins::Command, bool)>, String> {
    let presses: Vec<Press> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let phone = Phone {
        school: proto::ids::SchoolId::parse("elmfield").expect("a slug"),
        trip,
        device: DeviceId(Uuid::from_u128(3)),
        person: None,
        sent_at: proto::Timestamp::UNIX_EPOCH,
    };
    let said = |press: Press| {
        let is_a_cry = press.is_a_cry();
        (phone.says(press, key, set, || PersonId(Uuid::from_u128(4))), is_a_cry)
    };
    Ok(presses.into_iter().map(said).collect())
}

/// The rows of a list of a form, as it was sent and as it is compacted.
pub fn rows(fields: Vec<(String, String)>, list: &'static str) -> (usize, Vec<(String, String)>, usize) {
    let fields = Fields::new(fields);
    let compact = forms::compacted(&fields, &[(list, &["name"])]);
    let pairs = compact.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (forms::rows(&fields, list), pairs, forms::rows(&compact, list))
}

/// A form's fields by each way in which one is read: those that could not be.
pub fn each_read(fields: Vec<(String, String)>, zone: &SchoolZone) -> Wrong {
    let fields = Fields::new(fields);
    let mut all = Vec::new();
    for (name, _) in fields.iter() {
        let mut reader = Reader::new(&fields, zone);
        let read = (
            reader.text::<40>(name, "Write it."),
            reader.number::<u16>(name, "Give it."),
            reader.headcount(name, "Count."),
            reader.id::<PersonId>(name, "Choose."),
            reader.moment(name, "Give the time."),
            reader.window(name),
        );
        let whole = (|| Some((read.0?, read.1?, read.2?, read.3?, read.4?, read.5?)))();
        all.extend(wrong(reader.finish(whole).err().unwrap_or_default()));
    }
    all
}

/// A file of tiles: how deep it goes, and the picture at a place. None where the file is none, or can't be read there.
pub async fn tile(path: &Path, z: u8, x: u32, y: u32) -> Option<(u8, Option<Vec<u8>>)> {
    let tiles = crate::tiles::TileSource::File(path.to_owned());
    let ground =
        crate::tiles::Ground::open(crate::tiles::MapGround { tiles, credit: String::new() }).await.ok()?;
    let picture = ground.tile(z, x, y).await.ok().flatten();
    Some((ground.tiles.deepest, picture.map(|(_, bytes)| bytes)))
}
