//! What a refused person, or client, reads: which rule, what was found, what would satisfy it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::Rule;

/// A refusal as it travels and as it is shown: the same for every service.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RefusalBody {
    /// The variant's name: `NoWorkMobile`.
    pub code: String,
    /// The rule that stands against it, where one of RULES.md does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The field of the command that is at fault, where one is (`form.staff[2].device`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong, in one plain sentence.
    pub message: String,
    /// What would satisfy the rule, in one plain sentence.
    pub remedy: String,
    /// The refusal's own data, as its service defines it.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub details: serde_json::Value,
}

/// A domain refusal: an enum with one variant for each rule. `Display` is the plain sentence.
pub trait Refusal: std::fmt::Display + Serialize {
    /// The variant's name.
    fn code(&self) -> &'static str;
    /// The rule, where one of RULES.md stands behind it.
    fn rule(&self) -> Option<Rule>;
    /// The field at fault, if a single one is.
    fn field(&self) -> Option<String> {
        None
    }
    /// What would satisfy it.
    fn remedy(&self) -> String;

    /// As it travels.
    fn body(&self) -> RefusalBody {
        RefusalBody {
            code: self.code().to_owned(),
            rule: self.rule(),
            field: self.field(),
            message: self.to_string(),
            remedy: self.remedy(),
            details: serde_json::to_value(self).unwrap_or_default(),
        }
    }
}
