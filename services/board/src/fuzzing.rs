//! What fuzz targets reach of the parsers within: sheets and the trip form. See tests/fuzz. It is built with the feature
//! `fuzzing` alone.

use proto::v1::trips::TripForm;
use proto::values::SchoolZone;
use uuid::Uuid;

use crate::auth::Fields;
use crate::forms::{self, FieldError};
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
