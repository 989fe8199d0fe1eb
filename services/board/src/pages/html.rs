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

    /// Text that ends with the rules it comes from, `Who rings parents [CONT-8]`: each rule becomes a badge.
    pub(crate) fn ruled(text: &str) -> Self {
        let mut html = String::with_capacity(text.len() + 40);
        let mut rest = text;
        while let Some((before, rules, after)) = rules_in(rest) {
            html.push_str(&escaped(before));
            for rule in rules.split(", ") {
                html.push_str(&format!("<span class=\"rule\">{rule}</span> "));
            }
            rest = after.trim_start();
        }
        html.push_str(&escaped(rest));
        Self(html.trim_end().to_owned())
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

/// The first `[FORM-1, FORM-3]` of a text, with what stands before and after it.
fn rules_in(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once('[')?;
    let (inside, after) = from.split_once(']')?;
    let is_rule = |rule: &str| {
        rule.split_once('-').is_some_and(|(family, number)| {
            let is = |part: &str, of: fn(&char) -> bool| !part.is_empty() && part.chars().all(|c| of(&c));
            is(family, char::is_ascii_uppercase) && is(number, char::is_ascii_digit)
        })
    };
    inside.split(", ").all(is_rule).then_some((before, inside, after))
}

fn escaped(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html)
        .map_or_else(|never| match never {}, |safe| safe.to_string())
}

/// A whole page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, headers, Html::of(template).into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_a_text_comes_from_become_badges_and_all_else_is_escaped() {
        let html = |text: &str| Html::ruled(text).into_string();
        assert_eq!(
            html("Who rings parents [CONT-8]"),
            "Who rings parents <span class=\"rule\">CONT-8</span>"
        );
        assert_eq!(
            html("[FORM-1, DEV-5] and more."),
            "<span class=\"rule\">FORM-1</span> <span class=\"rule\">DEV-5</span> and more."
        );
        assert_eq!(html("staff[2] & <b>"), "staff[2] &#38; &#60;b&#62;");
        assert_eq!(html("no [script-1"), "no [script-1");
    }
}
