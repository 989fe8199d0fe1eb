//! Takes the personal values out of an event's JSON text, and puts them back.
//!
//! It works on the text, not on a parsed value: all else stays as it was, byte for byte (numbers among it, which
//! would not all survive a parse), and an event without personal parts costs one search.

use std::ops::Range;

use serde_json::value::RawValue;

const MARK: &str = "\"$personal\"";

/// Stored text that can't be put together again.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadData {
    /// The facts, or the personal part, are no JSON.
    #[error("the stored text is not JSON: {0}")]
    NotJson(String),
    /// The facts point at a personal value that isn't there.
    #[error("the facts point at personal value {0}, which is not there")]
    Missing(String),
}

/// Splits an event's JSON into its facts and, if it has any, the JSON array of its personal values.
/// A value that is blank already stays `null` in the facts.
pub fn split(data: String) -> (String, Option<String>) {
    if !data.contains(MARK) {
        return (data, None);
    }
    let mut personal = Vec::new();
    let facts = replace(&data, |value| {
        if value == "null" {
            return Ok::<_, BadData>("null".to_owned());
        }
        personal.push(value.to_owned());
        Ok((personal.len() - 1).to_string())
    });
    let array = (!personal.is_empty()).then(|| format!("[{}]", personal.join(",")));
    (facts.unwrap_or(data), array)
}

/// Puts the personal values back; without them each one becomes `null`.
pub fn join(facts: &str, personal: Option<&str>) -> Result<String, BadData> {
    let values: Option<Vec<&RawValue>> = personal
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| BadData::NotJson(error.to_string()))?;
    replace(facts, |index| {
        let Some(values) = &values else { return Ok("null".to_owned()) };
        if index == "null" {
            return Ok("null".to_owned());
        }
        let value = index.parse::<usize>().ok().and_then(|index| values.get(index));
        value
            .map(|value| value.get().to_owned())
            .ok_or_else(|| BadData::Missing(index.chars().take(20).collect()))
    })
}

/// Copies the text, each personal value replaced by what `with` makes of it.
fn replace<E>(text: &str, mut with: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while let Some(value) = next_value(text, at) {
        out.push_str(&text[copied..value.start]);
        out.push_str(&with(&text[value.clone()])?);
        (copied, at) = (value.end, value.end);
    }
    out.push_str(&text[copied..]);
    Ok(out)
}

/// Where the next value behind the mark stands: `{"$personal": HERE}`, outside any string.
fn next_value(text: &str, mut at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_string(bytes, at),
            b'{' => match marked_value(text, at) {
                Some(value) => return Some(value),
                None => at += 1,
            },
            _ => at += 1,
        }
    }
    None
}

/// The value of the object at `at`, if the mark is its only key.
fn marked_value(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text[at + 1..].trim_start().strip_prefix(MARK)?.trim_start().strip_prefix(':')?.trim_start();
    let value = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>().next()?.ok()?;
    if !rest[value.get().len()..].trim_start().starts_with('}') {
        return None;
    }
    let start = text.len() - rest.len();
    Some(start..start + value.get().len())
}

/// The index behind the string that begins at `at`.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(data: &str) -> (String, Option<String>) {
        split(String::from(data))
    }

    #[test]
    fn text_without_personal_parts_stays_untouched() {
        let data = r#"{ "people": 24, "lat": 51.50735100000001, "note": "{\"$personal\":1}" }"#;
        assert_eq!(taken(data), (data.to_owned(), None));
    }

    #[test]
    fn personal_values_are_taken_out_by_index_and_put_back() {
        let data = r#"{"by":{"$personal":"Ada {\"x\"}"},"lat":51.50735100000001,"to":[{"$personal":{"a":[1,2]}},{"$personal":7}]}"#;
        let (facts, personal) = taken(data);
        assert_eq!(
            facts,
            r#"{"by":{"$personal":0},"lat":51.50735100000001,"to":[{"$personal":1},{"$personal":2}]}"#
        );
        assert_eq!(personal.as_deref(), Some(r#"["Ada {\"x\"}",{"a":[1,2]},7]"#));
        assert_eq!(join(&facts, personal.as_deref()), Ok(data.to_owned()));
    }

    #[test]
    fn blanked_values_are_null_and_stay_null() {
        let data = r#"{"by":{"$personal":null},"to":{"$personal":"Bob"}}"#;
        let (facts, personal) = taken(data);
        assert_eq!(facts, r#"{"by":{"$personal":null},"to":{"$personal":0}}"#);
        assert_eq!(join(&facts, personal.as_deref()), Ok(data.to_owned()));
        assert_eq!(join(&facts, None), Ok(r#"{"by":{"$personal":null},"to":{"$personal":null}}"#.to_owned()));
        let blank = r#"{"by":{"$personal":null}}"#;
        assert_eq!(taken(blank), (blank.to_owned(), None));
    }

    #[test]
    fn an_index_without_a_value_is_an_error() {
        assert_eq!(join(r#"{"by":{"$personal":1}}"#, Some("[0]")), Err(BadData::Missing("1".into())));
        assert!(matches!(join(r#"{"by":{"$personal":0}}"#, Some("[0")), Err(BadData::NotJson(_))));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            r#"[a-z"\\{}$:é]{0,12}"#.prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                inner.clone().prop_map(|value| serde_json::json!({ "$personal": value })),
                proptest::collection::hash_map("[a-z$\"]{1,5}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_taken_apart_goes_together_again(value in json(), pretty in any::<bool>()) {
            let event = serde_json::json!({ "field": value });
            let data = if pretty { serde_json::to_string_pretty(&event) } else { serde_json::to_string(&event) }
                .expect("serialises");
            let (facts, personal) = taken(&data);
            prop_assert_eq!(join(&facts, personal.as_deref()).expect("joins"), data);
        }
    }
}
