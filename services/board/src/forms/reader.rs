//! Reads typed fields into values.

use std::fmt::Display;
use std::str::FromStr;

use jiff::civil;
use proto::Timestamp;
use proto::values::{BoundedText, Headcount, SchoolZone, Window};

use super::FieldError;
use crate::auth::Fields;

/// Reads fields, and keeps what is wrong with each.
pub(crate) struct Reader<'a> {
    fields: &'a Fields,
    zone: &'a SchoolZone,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(fields: &'a Fields, zone: &'a SchoolZone) -> Self {
        Self { fields, zone, errors: Vec::new() }
    }

    /// The value if nothing was wrong; else everything that was.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(self.errors),
        }
    }

    pub(crate) fn error(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// What was typed, without white space around it; none if that is nothing.
    pub(crate) fn typed(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.typed(name).is_some()
    }

    /// A field that may be left empty: `Some(None)` then; `None` if what is there can't be read.
    pub(crate) fn optional<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        let Some(text) = self.typed(name) else { return Some(None) };
        match read(text) {
            Ok(value) => Some(Some(value)),
            Err(why) => {
                self.error(name, crate::pages::words::sentence(&why.to_string()));
                None
            }
        }
    }

    /// A field that is needed; `ask` says what to do if it is empty.
    pub(crate) fn required<T, E: Display>(
        &mut self,
        name: &str,
        ask: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let found = self.optional(name, read)?;
        if found.is_none() {
            self.error(name, ask);
        }
        found
    }

    pub(crate) fn text<const MAX: usize>(&mut self, name: &str, ask: &str) -> Option<BoundedText<MAX>> {
        self.required(name, ask, BoundedText::parse)
    }

    pub(crate) fn optional_text<const MAX: usize>(&mut self, name: &str) -> Option<Option<BoundedText<MAX>>> {
        self.optional(name, BoundedText::parse)
    }

    /// A whole number.
    pub(crate) fn number<N: FromStr>(&mut self, name: &str, ask: &str) -> Option<N> {
        self.required(name, ask, |text| {
            text.parse::<N>().map_err(|_| format!("a whole number is needed, not {text:?}"))
        })
    }

    pub(crate) fn optional_number<N: FromStr>(&mut self, name: &str) -> Option<Option<N>> {
        self.optional(name, |text| {
            text.parse::<N>().map_err(|_| format!("a whole number is needed, not {text:?}"))
        })
    }

    pub(crate) fn headcount(&mut self, name: &str, ask: &str) -> Option<Headcount> {
        self.required(name, ask, headcount)
    }

    pub(crate) fn optional_headcount(&mut self, name: &str) -> Option<Option<Headcount>> {
        self.optional(name, headcount)
    }

    /// An id that was chosen from a list.
    pub(crate) fn id<T: FromStr>(&mut self, name: &str, ask: &str) -> Option<T> {
        self.required(name, ask, |text| text.parse::<T>().map_err(|_| "choose one of the list"))
    }

    pub(crate) fn optional_id<T: FromStr>(&mut self, name: &str) -> Option<Option<T>> {
        self.optional(name, |text| text.parse::<T>().map_err(|_| "choose one of the list"))
    }

    /// A date and time on the school's clocks.
    pub(crate) fn moment(&mut self, name: &str, ask: &str) -> Option<Timestamp> {
        let zone = self.zone;
        self.required(name, ask, |text| moment(text, zone))
    }

    pub(crate) fn optional_moment(&mut self, name: &str) -> Option<Option<Timestamp>> {
        let zone = self.zone;
        self.optional(name, |text| moment(text, zone))
    }

    /// `{name}.from` and `{name}.to`.
    pub(crate) fn window(&mut self, name: &str) -> Option<Window> {
        let from = self.moment(&format!("{name}.from"), "Give the day and time of the beginning.");
        let to = self.moment(&format!("{name}.to"), "Give the day and time of the end.");
        match Window::new(from?, to?) {
            Ok(window) => Some(window),
            Err(_) => {
                self.error(&format!("{name}.to"), "The end must be later than the beginning.");
                None
            }
        }
    }
}

fn headcount(text: &str) -> Result<Headcount, String> {
    let number: u32 = text.parse().map_err(|_| format!("a number of people is needed, not {text:?}"))?;
    Headcount::new(number).map_err(|why| why.to_string())
}

fn moment(text: &str, zone: &SchoolZone) -> Result<Timestamp, String> {
    let wall: civil::DateTime = text
        .parse()
        .map_err(|_| format!("a day and a time are needed, such as 2026-11-20T09:10, not {text:?}"))?;
    Ok(zone.instant(wall))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::values::Label;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn every_error_is_gathered_and_named_by_its_field() {
        let fields = fields(&[
            ("title", "  "),
            ("pupils", "many"),
            ("w.from", "2026-11-20T09:00"),
            ("w.to", "2026-11-20T08:00"),
        ]);
        let zone = SchoolZone::london();
        let mut reader = Reader::new(&fields, &zone);
        let title: Option<Label> = reader.text("title", "Write the title.");
        let pupils = reader.headcount("pupils", "Write how many go.");
        let window = reader.window("w");
        assert_eq!((title.is_none(), pupils, window), (true, None, None));
        let errors = reader.finish(Some(())).expect_err("three are wrong");
        let named: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["title", "pupils", "w.to"]);
    }

    #[test]
    fn times_are_the_schools_own() {
        let fields = fields(&[("at", "2026-07-03T09:10")]);
        let zone = SchoolZone::london();
        let mut reader = Reader::new(&fields, &zone);
        assert_eq!(reader.moment("at", "").map(|at| at.to_string()).as_deref(), Some("2026-07-03T08:10:00Z"));
    }
}
