//! Every rule has a test that names it.

use proto::rules::Rule;
use tidy::{File, files, names_rule};

/// Doc lines that stand right above a test.
fn test_docs(file: &File) -> Vec<String> {
    let (mut docs, mut open): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for (_, line) in file.lines() {
        let line = line.trim();
        match line {
            _ if line.starts_with("///") => open.push(line),
            _ if line.starts_with("#[test]") || line.starts_with("#[tokio::test") => {
                docs.push(open.join(" "))
            }
            _ if line.starts_with("#[") => {}
            _ => open.clear(),
        }
    }
    docs
}

#[test]
fn every_rule_has_a_test_whose_doc_line_names_it() {
    let all: Vec<File> = ["services", "tests"].iter().flat_map(|folder| files(folder, "rs")).collect();
    let docs: Vec<String> =
        all.iter().filter(|file| !file.path.starts_with("tests/tidy/")).flat_map(test_docs).collect();
    assert!(docs.len() > 100, "the tests were not found");
    let untested: Vec<_> = Rule::ALL
        .iter()
        .map(|rule| rule.id())
        .filter(|id| !docs.iter().any(|doc| names_rule(doc, id)))
        .collect();
    assert!(untested.is_empty(), "no test's doc line names {untested:?}");
}

#[test]
fn a_rule_that_is_named_anywhere_exists() {
    let families = ["FORM-", "DEV-", "PERS-", "CONT-", "CHECK-", "USE-", "MEDIA-", "INC-", "REV-"];
    let known: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    for file in ["services", "tests", "proto/src"].iter().flat_map(|folder| files(folder, "rs")) {
        if file.path.starts_with("tests/tidy/") {
            continue;
        }
        for family in families {
            for (at, _) in file.text.match_indices(family) {
                let number: String =
                    file.text[at + family.len()..].chars().take_while(char::is_ascii_digit).collect();
                let before = file.text[..at].chars().next_back();
                if number.is_empty() || before.is_some_and(|c| c.is_alphanumeric() || c == '-') {
                    continue;
                }
                let rule = format!("{family}{number}");
                assert!(known.contains(&rule.as_str()), "{}: there is no rule {rule}", file.path);
            }
        }
    }
}
