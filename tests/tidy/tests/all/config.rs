//! infra/homeward.toml documents every key of the configuration, and no other.

use std::collections::BTreeSet;

use tidy::{File, files};

fn one(folder: &str, extension: &str, path: &str) -> File {
    files(folder, extension)
        .into_iter()
        .find(|file| file.path == path)
        .unwrap_or_else(|| panic!("{path} is gone"))
}

/// The fields of the structs in a source.
fn fields(file: &File, marker: &str) -> BTreeSet<String> {
    let word = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let field = |line: &str| {
        let name = line.trim().strip_prefix(marker)?.split_once(':')?.0;
        Some(name).filter(word).map(str::to_owned)
    };
    file.without_tests().lines().filter_map(field).collect()
}

#[test]
fn every_key_is_documented_and_no_other() {
    let mut known = fields(
        &one("services/homeward/src/config", "rs", "services/homeward/src/config/raw.rs"),
        "pub(super) ",
    );
    known.extend(fields(&one("services/decider/src", "rs", "services/decider/src/policy.rs"), "pub "));
    assert!(
        known.contains("public_base") && known.contains("passcode_max_age_days"),
        "the keys were not found"
    );
    let text = one("infra", "toml", "infra/homeward.toml").text;
    // What needs credentials stands in a comment.
    let lines = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
    let word = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut documented = BTreeSet::new();
    for line in lines {
        if let Some(table) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let named = |name: &&str| !matches!(*name, "elmfield" | "backup" | "phone" | "google");
            documented.extend(table.split('.').filter(named).map(str::to_owned));
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| word(key)) {
            documented.insert(key.to_owned());
        }
    }
    assert_eq!(
        documented, known,
        "documented on the left, known to services/homeward/src/config on the right"
    );
}

/// Metrics that rules and the dashboard ask for are ones that the source records, and each that it records is shown.
#[test]
fn dashboards_ask_for_figures_that_exist() {
    let names = |text: &str| -> BTreeSet<String> {
        let starts = text.match_indices("homeward_").map(|(at, _)| &text[at..]);
        let name =
            |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
        // Counters, and gauges of what an operator must look at; file names in texts are neither.
        let is_figure = |name: &String| {
            name.ends_with("_total")
                || ["homeward_unfollowed", "homeward_unreadable_journals"].contains(&name.as_str())
        };
        starts.map(name).filter(is_figure).collect()
    };
    let recorded: BTreeSet<String> = files("services", "rs")
        .iter()
        .flat_map(|file| {
            file.without_tests().split("metrics::").skip(1).map(str::to_owned).collect::<Vec<_>>()
        })
        .flat_map(|call| names(call.split(')').next().unwrap_or_default()))
        .collect();
    let shown = names(&one("infra/grafana", "json", "infra/grafana/homeward.json").text);
    let ruled = names(&one("infra/prometheus", "yml", "infra/prometheus/homeward.rules.yml").text);
    assert!(!recorded.is_empty(), "the figures were not found");
    assert_eq!(shown, recorded, "shown on the left, recorded on the right");
    assert!(ruled.is_subset(&recorded), "{:?}", ruled.difference(&recorded));
}
