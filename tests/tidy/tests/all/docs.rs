//! Links resolve, files that are named exist, and each operator's code has its page.

use std::collections::BTreeSet;

use tidy::{File, files, links, operator_codes, root};

fn all_markdown() -> Vec<File> {
    let found = files(".", "md");
    assert!(found.len() > 5, "the documents were not found");
    found
}

#[test]
fn relative_links_resolve() {
    let mut broken = Vec::new();
    for file in all_markdown() {
        let folder = root().join(&file.path).parent().expect("a folder").to_path_buf();
        let text = without_comments(&file.text);
        for link in
            links(&text).into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !folder.join(path).exists() {
                broken.push(format!("{}: {link}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("-->").map_or("", |(_, rest)| rest))
}

/// A file or folder named in backticks, from the top of the project: `services/checkins/src/due.rs`.
#[test]
fn files_named_in_the_guides_exist() {
    let guide = |path: &str| {
        ["README.md", "ARCHITECTURE.md", "services/README.md"].contains(&path.trim_start_matches("./"))
            || path.starts_with("infra/decisions/")
            || path.starts_with("infra/runbooks/")
    };
    let tops = ["services/", "proto/", "infra/", "tests/", ".ci/"];
    let mut missing = Vec::new();
    for file in all_markdown().iter().filter(|file| guide(&file.path)) {
        for named in file.text.split('`').skip(1).step_by(2) {
            let is_path = tops.iter().any(|top| named.starts_with(top))
                && !named.contains([' ', '*', '{', '<', '…', '\n']);
            if is_path && !root().join(named).exists() {
                missing.push(format!("{}: {named}", file.path));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_operators_code_has_a_runbook() {
    let sources = files("services", "rs");
    let codes: BTreeSet<String> = sources.iter().flat_map(|file| operator_codes(&file.text)).collect();
    assert!(codes.contains("HW-J1"), "the codes were not found");
    let missing: Vec<_> =
        codes.iter().filter(|code| !root().join(format!("infra/runbooks/{code}.md")).exists()).collect();
    assert!(missing.is_empty(), "no page in infra/runbooks/ for {missing:?}");
}

/// The table of runbooks has each code once, and so do the pages and the code: a page for what is never said is of no use either.
#[test]
fn the_table_of_runbooks_is_the_pages_and_the_codes() {
    let said: BTreeSet<String> =
        files("services", "rs").iter().flat_map(|file| operator_codes(file.without_tests())).collect();
    let pages = files("infra/runbooks", "md");
    let name = |file: &File| Some(file.path.strip_prefix("infra/runbooks/")?.strip_suffix(".md")?.to_owned());
    let pages_of_codes: BTreeSet<String> =
        pages.iter().filter_map(name).filter(|name| name.starts_with("HW-")).collect();
    let table = &pages.iter().find(|file| file.path.ends_with("/README.md")).expect("the table").text;
    let row = |line: &str| line.strip_prefix("| [")?.split_once(']').map(|(code, _)| code.to_owned());
    let rows: Vec<String> = table.lines().filter_map(row).collect();
    assert!(rows.is_sorted(), "{rows:?}");
    assert_eq!(rows.len(), rows.iter().collect::<BTreeSet<_>>().len(), "{rows:?}");
    let rows: BTreeSet<String> = rows.into_iter().collect();
    assert_eq!(rows, pages_of_codes, "rows on the left, pages on the right");
    assert_eq!(said, pages_of_codes, "codes on the left, pages on the right");
}

/// Whatever is logged as an error is an operator's matter, and says by which code it goes: its own, or the one that its trouble carries.
#[test]
fn every_error_in_the_log_has_an_operators_code() {
    let mut told = 0;
    for file in files("services", "rs") {
        for call in file.without_tests().split("error!(").skip(1) {
            let call = up_to_its_end(call);
            assert!(call.contains("HW-") || call.contains("%trouble"), "{}: error!({call}", file.path);
            told += 1;
        }
    }
    assert!(told > 10, "the lines were not found");
}

/// What stands between the parentheses of a call, the first of which is open already.
fn up_to_its_end(text: &str) -> &str {
    let mut open = 1;
    let closes = |letter: char| {
        open += i32::from(letter == '(') - i32::from(letter == ')');
        open == 0
    };
    text.find(closes).map_or(text, |end| &text[..end])
}

/// Each test that the threat model leans on is there: a name in backticks that looks like one.
#[test]
fn tests_named_in_the_threat_model_exist() {
    let model = files("infra", "md").into_iter().find(|file| file.path.ends_with("threat-model.md"));
    let model = model.expect("the threat model is there").text;
    let named: BTreeSet<&str> = model.split('`').skip(1).step_by(2).filter(|name| is_a_test(name)).collect();
    assert!(named.len() > 20, "its tests were not found: {named:?}");
    let sources: Vec<File> = ["services", "tests", "proto"].iter().flat_map(|top| files(top, "rs")).collect();
    let is_missing = |name: &&&str| !sources.iter().any(|file| file.text.contains(&format!("fn {name}(")));
    let missing: Vec<_> = named.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "no test is called so: {missing:#?}");
}

fn is_a_test(name: &str) -> bool {
    name.matches('_').count() > 2
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
