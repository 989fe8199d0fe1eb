//! HTML that was rendered already, and answers made of it.

use std::fmt;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A piece of HTML out of one of our templates: it isn't escaped again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Renders a template.
    pub(crate) fn of(template: &impl Template) -> Self {
        Self(template.render().expect("templates write to memory and call nothing that fails"))
    }

    /// What was rendered before.
    pub(crate) fn trusted(rendered: String) -> Self {
        Self(rendered)
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// A whole page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, headers, Html::of(template).into_string()).into_response()
}
