//! HTML forms: what was typed is read into commands, and shown again as it was typed, with each error beside its field
//! and in a summary. Nothing typed is ever lost.
//!
//! - [`Reader`]: reads fields; gathers every error, not only the first.
//! - [`FormView`]: what a template draws fields from: values and errors.
//! - [`Choices`]: what a field offers; a long list is found in.
//! - [`trip`]: the trip form, both ways.
//!
//! What it does not do: it decides nothing. What can be read may still be refused; the refusal's field has the same name
//! as the input's, so that it lands beside it.

mod choices;
mod reader;
mod rows;
pub(crate) mod trip;
mod view;

pub(crate) use choices::{Choices, MOST_LISTED, Offer};
pub(crate) use reader::Reader;
pub(crate) use rows::compacted;
#[cfg(feature = "fuzzing")]
pub(crate) use rows::rows;
pub(crate) use view::{Choice, FormView, found, id as input_id};

/// Something wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FieldError {
    /// The input's name: `staff[2].work_mobile`.
    pub(crate) field: String,
    /// What is wrong and what would do.
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
