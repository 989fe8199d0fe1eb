//! Secrets of the configuration: in the file, in the environment, or in a file of their own.

use std::path::Path;

use super::check::Findings;

/// A secret from the file, the environment, or a file of its own.
pub(super) fn secret(
    findings: &mut Findings,
    key: &str,
    given: Option<String>,
    file: Option<&Path>,
) -> Option<String> {
    let found = match (given, file) {
        (Some(given), _) => Some(given),
        (None, Some(file)) => findings.ok(
            &format!("{key}_file"),
            &file.display().to_string(),
            std::fs::read_to_string(file).map(|text| text.trim().to_owned()),
        ),
        (None, None) => None,
    };
    if found.as_deref().is_none_or(str::is_empty) {
        findings.wrong(key, "nothing", format!("give {key} in the environment, or {key}_file"));
        return None;
    }
    found
}
