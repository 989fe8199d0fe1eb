//! What templates draw fields from: `{{ form.text("title", "Title", "") }}`. Each field comes with its label, its hint,
//! what was typed, and its errors.

use std::borrow::Borrow;

use askama::Template;

use super::choices::Find;
use super::{FieldError, Offer, rows};
use crate::auth::Fields;
use crate::pages::html::Html;

/// One entry of a list to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

impl Choice {
    pub(crate) fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into() }
    }

    /// Ids with their names.
    pub(crate) fn of<T: ToString>(named: Vec<(T, String)>) -> Vec<Self> {
        named.into_iter().map(|(value, label)| Self::new(value, label)).collect()
    }
}

/// A form as it is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormView {
    fields: Fields,
    errors: Vec<FieldError>,
}

#[derive(Template)]
#[template(path = "fields/input.html")]
struct Input<'a> {
    name: &'a str,
    id: String,
    label: &'a str,
    hint: &'a str,
    kind: &'a str,
    list: &'a str,
    mode: &'a str,
    value: &'a str,
    errors: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "fields/area.html")]
struct Area<'a> {
    name: &'a str,
    id: String,
    label: &'a str,
    hint: &'a str,
    value: &'a str,
    errors: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "fields/select.html")]
struct Select<'a> {
    name: &'a str,
    id: String,
    label: &'a str,
    hint: &'a str,
    blank: &'a str,
    choices: &'a [Choice],
    value: &'a str,
    /// What was chosen before and is no longer offered.
    stray: bool,
    errors: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "fields/find.html")]
struct Found<'a> {
    name: &'a str,
    id: String,
    label: &'a str,
    hint: &'a str,
    blank: &'a str,
    kind: &'static str,
    at: &'a str,
    value: &'a str,
    errors: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "fields/tick.html")]
struct Tick<'a> {
    name: &'a str,
    id: String,
    label: &'a str,
    value: &'a str,
    ticked: bool,
    errors: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "fields/summary.html")]
struct Summary<'a> {
    errors: Vec<(String, &'a str)>,
}

#[derive(Template)]
#[template(path = "fields/errors.html")]
struct Errors<'a> {
    id: String,
    errors: Vec<&'a str>,
}

impl FormView {
    pub(crate) fn new(fields: Fields, errors: Vec<FieldError>) -> Self {
        Self { fields, errors }
    }

    /// Nothing typed yet but this.
    pub(crate) fn with(pairs: &[(&str, String)]) -> Self {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Self { fields: Fields::new(pairs), errors: Vec::new() }
    }

    /// Adds what is usual.
    pub(crate) fn put(&mut self, pairs: &[(&str, &str)]) {
        let more = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields = self.fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.fields = Fields::new(fields.chain(more).collect());
    }

    /// What was typed.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_default()
    }

    /// Whether anything was typed below that name: the part it stands in is shown open.
    pub(crate) fn touched(&self, prefix: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// How many rows of a list to show: those that there are, and some to fill in.
    pub(crate) fn rows(&self, list: &str, spare: impl Borrow<usize>) -> std::ops::Range<usize> {
        let more = if self.value("do").strip_prefix("add:") == Some(list) { 3 } else { *spare.borrow() };
        0..rows::rows(&self.fields, list) + more
    }

    /// The name of a part of a row: `staff[2].person`.
    pub(crate) fn at(&self, list: &str, row: impl Borrow<usize>, part: &str) -> String {
        let row = row.borrow();
        if part.is_empty() { format!("{list}[{row}]") } else { format!("{list}[{row}].{part}") }
    }

    /// `left.count.…`.
    pub(crate) fn dotted(&self, prefix: &str, name: &str) -> String {
        format!("{prefix}.{name}")
    }

    /// The label of a choice of who goes.
    pub(crate) fn instead_of(&self, name: &str) -> String {
        format!("Instead of {name}")
    }

    pub(crate) fn text(&self, name: &str, label: &str, hint: &str) -> Html {
        self.input(name, label, hint, "text", "", "")
    }

    pub(crate) fn number(&self, name: &str, label: &str, hint: &str) -> Html {
        self.input(name, label, hint, "text", "", "numeric")
    }

    /// A number with what it most often is.
    pub(crate) fn number_or(&self, name: &str, label: &str, usual: &str) -> Html {
        let value = if self.value(name).is_empty() { usual } else { self.value(name) };
        let (hint, kind, list, mode) = ("", "text", "", "numeric");
        Html::of(&Input {
            name,
            id: id(name),
            label,
            hint,
            kind,
            list,
            mode,
            value,
            errors: self.errors_of(name),
        })
    }

    pub(crate) fn moment(&self, name: &str, label: &str, hint: &str) -> Html {
        self.input(name, label, hint, "datetime-local", "", "")
    }

    /// A day.
    pub(crate) fn date(&self, name: &str, label: &str, hint: &str) -> Html {
        self.input(name, label, hint, "date", "", "")
    }

    pub(crate) fn password(&self, name: &str, label: &str, hint: &str) -> Html {
        self.input(name, label, hint, "password", "", "")
    }

    /// A text with suggestions: the id of a `datalist` of the page.
    pub(crate) fn listed(&self, name: &str, label: &str, hint: &str, list: &str) -> Html {
        self.input(name, label, hint, "text", list, "")
    }

    fn input(&self, name: &str, label: &str, hint: &str, kind: &str, list: &str, mode: &str) -> Html {
        // A password is never sent back.
        let value = if kind == "password" { "" } else { self.value(name) };
        Html::of(&Input {
            name,
            id: id(name),
            label,
            hint,
            kind,
            list,
            mode,
            value,
            errors: self.errors_of(name),
        })
    }

    pub(crate) fn area(&self, name: &str, label: &str, hint: &str) -> Html {
        let (value, errors) = (self.value(name), self.errors_of(name));
        Html::of(&Area { name, id: id(name), label, hint, value, errors })
    }

    /// A list to choose from, or a field that finds in it where it is long; `blank` names the choice of nothing (empty:
    /// there is none).
    pub(crate) fn select(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        blank: &str,
        choices: &impl Offer,
    ) -> Html {
        let value = self.value(name);
        if let Some(find) = choices.find() {
            let (kind, at, value) = (find.kind.as_str(), find.at.as_str(), find.shown(value));
            let errors = self.errors_of(name);
            return Html::of(&Found { name, id: id(name), label, hint, blank, kind, at, value, errors });
        }
        let choices = choices.items();
        let stray = !value.is_empty() && choices.iter().all(|choice| choice.value != value);
        let errors = self.errors_of(name);
        Html::of(&Select { name, id: id(name), label, hint, blank, choices, value, stray, errors })
    }

    /// A box; `value` is what is sent when it is ticked.
    pub(crate) fn tick(&self, name: &str, value: &str, label: &str) -> Html {
        let ticked = self.fields.all(name).any(|given| given == value);
        let id = id(&format!("{name}-{value}"));
        Html::of(&Tick { name, id, label, value, ticked, errors: self.errors_of(name) })
    }

    /// Errors of a part that has no input of its own.
    pub(crate) fn errors_at(&self, name: &str) -> Html {
        Html::of(&Errors { id: id(name), errors: self.errors_of(name) })
    }

    /// All errors, each a link to its field.
    pub(crate) fn summary(&self) -> Html {
        let errors = self.errors.iter().map(|error| (id(&error.field), error.message.as_str())).collect();
        Html::of(&Summary { errors })
    }

    fn errors_of(&self, name: &str) -> Vec<&str> {
        self.errors.iter().filter(|error| error.field == name).map(|error| error.message.as_str()).collect()
    }
}

/// A field that finds, outside a [`FormView`].
pub(crate) fn found(name: &str, id: String, label: &str, find: &Find) -> Html {
    let (kind, at) = (find.kind.as_str(), find.at.as_str());
    Html::of(&Found { name, id, label, hint: "", blank: "Choose", kind, at, value: "", errors: Vec::new() })
}

/// `f-staff-2-work_mobile`.
pub(crate) fn id(name: &str) -> String {
    let plain = name.replace(['[', ']', '.', ' '], "-").replace("--", "-");
    format!("f-{}", plain.trim_end_matches('-'))
}
