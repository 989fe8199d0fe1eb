//! Registers as sheets: CSV and .xlsx in, CSV and .xlsx out.
//!
//! - [`table`]: a file as rows of texts, and back. It knows nothing of people or phones.
//! - [`people`], [`devices`]: what a row means, what is wrong with it, and the commands that it leads to.
//! - [`Judged`]: a sheet against the register: what would be new, changed, as it is, and what can't be taken, cell by cell.
//!
//! What it does not do: it decides nothing and asks nobody. Pages ask, row by row; a row may still be refused, and is named.

pub(crate) mod devices;
pub(crate) mod people;
pub(crate) mod table;

use crate::auth::Fields;
use crate::forms::FieldError;

/// The most rows of one sheet.
pub(crate) const MAX_ROWS: usize = 5_000;

/// What a row of a sheet would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Something that isn't on the register yet.
    New,
    /// Something that stands differently there: which columns.
    Changed(Vec<&'static str>),
    /// It stands there like that.
    Same,
    /// It can't be taken: each column with what is wrong and what would do.
    Bad(Vec<FieldError>),
}

/// A row, judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct JudgedRow {
    /// Its number in the file: the heading is row 1.
    pub(crate) number: usize,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// The cells of a row by the names of their columns.
pub(crate) fn fields_of(columns: &[Option<&'static str>], cells: &[String]) -> Fields {
    let pairs = columns.iter().zip(cells).filter_map(|(column, cell)| Some(((*column)?, cell)));
    Fields::new(pairs.map(|(column, cell)| (column.to_owned(), cell.clone())).collect())
}

/// Which column each heading means: case, blanks and strokes don't matter. An error names those that mean none, and those that
/// are missing.
pub(crate) fn columns(
    heading: &[String],
    known: &[(&'static str, &[&str])],
    needed: &[&str],
) -> Result<Vec<Option<&'static str>>, String> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ").trim().to_owned();
    let meant = |heading: &String| {
        let heading = plain(heading);
        known.iter().find(|(name, others)| plain(name) == heading || others.contains(&heading.as_str()))
    };
    let columns: Vec<_> = heading.iter().map(|heading| meant(heading).map(|(name, _)| *name)).collect();
    let missing: Vec<&str> = needed.iter().filter(|name| !columns.contains(&Some(**name))).copied().collect();
    if missing.is_empty() {
        return Ok(columns);
    }
    let found: Vec<&str> = heading.iter().map(String::as_str).collect();
    Err(format!(
        "The first row names the columns. Missing: {}. Found: {}.",
        missing.join(", "),
        found.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_however_they_are_written_and_what_is_missing_is_named() {
        let known: &[(&'static str, &[&str])] = &[("tag", &["asset"]), ("number", &["phone number"])];
        let heading = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found = columns(&heading(&["Asset ", "PHONE-NUMBER", "notes"]), known, &["tag", "number"]);
        assert_eq!(found, Ok(vec![Some("tag"), Some("number"), None]));
        let why = columns(&heading(&["Tag", "Colour"]), known, &["tag", "number"]).expect_err("no number");
        assert!(why.contains("Missing: number") && why.contains("Colour"), "{why}");
    }
}
