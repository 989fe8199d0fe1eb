//! Settings as they are typed, and read again.

use decider::policy::Kind;
use serde_json::{Value, json};

/// As it is typed.
pub(super) fn typed(kind: Kind, value: &Value) -> String {
    match kind {
        Kind::Switch => if value.as_bool() == Some(true) { "on" } else { "off" }.to_owned(),
        Kind::Minutes { .. } => (value.as_u64().unwrap_or_default() / 60).to_string(),
        Kind::List { .. } | Kind::Days => {
            let lines: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        Kind::Years | Kind::Roles => {
            let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            value.as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join(", ")
        }
        Kind::Number { .. } => value.to_string(),
        Kind::Choice(_) | Kind::Schedule | Kind::Time => value.as_str().unwrap_or_default().to_owned(),
        Kind::Wording => String::new(),
    }
}

/// What was typed, as a setting has it. What can't be read is left for the policy to refuse.
pub(super) fn read(kind: Kind, text: &str) -> Value {
    let number = |times: u64| match text.trim().parse::<u64>() {
        Ok(number) => json!(number.saturating_mul(times)),
        Err(_) => json!(text),
    };
    match kind {
        Kind::Switch => json!(text == "on"),
        Kind::Number { .. } => number(1),
        Kind::Minutes { .. } => number(60),
        Kind::List { .. } | Kind::Days => {
            json!(text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>())
        }
        Kind::Years => json!(
            words(text).map(|word| word.parse::<u64>().map_or(json!(word), |n| json!(n))).collect::<Vec<_>>()
        ),
        Kind::Roles => json!(words(text).map(str::to_lowercase).collect::<Vec<_>>()),
        Kind::Choice(_) | Kind::Schedule | Kind::Time | Kind::Wording => json!(text.trim()),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty())
}
