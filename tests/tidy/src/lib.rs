//! Reads the project's own files. The tests beside it hold what the compiler can't.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Folders that are none of the project's own.
const PASSED_OVER: [&str; 6] = ["target", "node_modules", ".git", "var", "shots", "dist"];

/// A file of the project.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the top of the project, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl File {
    /// Its lines, with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line))
    }

    /// The text without the unit tests at its end.
    pub fn without_tests(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }
}

/// The top of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's own folder")
}

/// Every file below a folder (from the top of the project) whose name ends so, in the order of their paths.
pub fn files(folder: &str, extension: &str) -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root.join(folder), extension, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &Path, extension: &str, found: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !PASSED_OVER.contains(&name.as_str()) {
            collect(root, &path, extension, found);
        } else if path.is_file() && path.extension().is_some_and(|e| e == extension) {
            let relative =
                path.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{relative}: {error}"));
            found.push(File { path: relative, text });
        }
    }
}

/// What cargo knows of the workspace and all it depends on.
pub fn cargo_metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

/// Finds every `HW-…` code of an operator in a text: capital letters, then digits.
pub fn operator_codes(text: &str) -> Vec<String> {
    let code = |rest: &str| -> Option<String> {
        let letters = rest.chars().take_while(char::is_ascii_uppercase).count();
        let digits = rest.get(letters..)?.chars().take_while(char::is_ascii_digit).count();
        (letters > 0 && digits > 0).then(|| format!("HW-{}", &rest[..letters + digits]))
    };
    text.split("HW-").skip(1).filter_map(code).collect()
}

/// Every link target of a Markdown text: `[words](target)`.
pub fn links(text: &str) -> Vec<&str> {
    let ends = text.match_indices("](").map(|(at, _)| &text[at + 2..]);
    ends.filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

/// The ids after which a doc comment's line is looked for: `FORM-1` is not in `FORM-10`.
pub fn names_rule(line: &str, rule: &str) -> bool {
    line.match_indices(rule).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + rule.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_links_and_rules_are_found() {
        assert_eq!(operator_codes("HW-J1 a, `HW-JX`, HW-D12."), ["HW-J1", "HW-D12"]);
        assert_eq!(links("[a](b.md#c) and ![d](e/f.png \"x\")"), ["b.md#c", "e/f.png"]);
        assert!(names_rule("FORM-1: named", "FORM-1") && names_rule("(FORM-1)", "FORM-1"));
        assert!(!names_rule("FORM-10", "FORM-1") && !names_rule("XFORM-1", "FORM-1"));
    }
}
