//! Files are of one concept; nothing is left half done.

use tidy::{File, files};

const MAX_LINES: usize = 500;

/// Files that are longer all the same, each with its length when it was listed: they may only shrink, and leave the
/// list when they are short enough.
const LONGER: [(&str, usize); 0] = [];

#[test]
fn no_file_of_a_service_is_longer_than_one_concept() {
    for file in files("services", "rs").iter().filter(|file| file.path.contains("/src/")) {
        let lines = file.text.lines().count();
        let listed = LONGER.iter().find(|(path, _)| *path == file.path).map(|(_, lines)| *lines);
        match listed {
            Some(_) if lines <= MAX_LINES => {
                panic!("{} is short enough now: take it off the list", file.path)
            }
            Some(then) => assert!(lines <= then, "{} has grown from {then} to {lines} lines", file.path),
            None => {
                assert!(lines <= MAX_LINES, "{} has {lines} lines: look for the second concept", file.path)
            }
        }
    }
}

#[test]
fn the_list_of_longer_files_names_files_that_exist() {
    let all = files("services", "rs");
    for (path, _) in LONGER {
        assert!(all.iter().any(|file| file.path == path), "{path} is gone: take it off the list");
    }
}

#[test]
fn nothing_is_marked_as_left_for_later() {
    let marks = ["todo!", "unimplemented!", "#[ignore", "for now", "TODO", "FIXME", "XXX"];
    let kinds = ["rs", "ts", "html", "css", "toml", "sh", "sql", "md"];
    let folders = ["proto", "services", "infra", "tests"];
    let all: Vec<File> =
        folders.iter().flat_map(|folder| kinds.iter().flat_map(move |kind| files(folder, kind))).collect();
    let mut found = Vec::new();
    for file in all.iter().filter(|file| !file.path.starts_with("tests/tidy/")) {
        for (number, line) in file.lines() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(**mark)) {
                found.push(format!("{}:{number}: {mark}", file.path));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
