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

/// Every name of a figure in a text.
fn figures(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("homeward_").map(|(at, _)| &text[at..]);
    starts.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

/// Those that the source records.
fn recorded() -> BTreeSet<String> {
    let calls = |file: &File| -> Vec<String> {
        file.without_tests().split("metrics::").skip(1).map(str::to_owned).collect()
    };
    let named = |call: String| figures(call.split(')').next().unwrap_or_default());
    let recorded: BTreeSet<String> = files("services", "rs").iter().flat_map(calls).flat_map(named).collect();
    assert!(recorded.len() > 20, "the figures were not found: {recorded:?}");
    recorded
}

const RULES: &str = "infra/prometheus/homeward.rules.yml";

/// Figures that rules and the dashboard ask for are ones that the source records, and each that it records is shown.
#[test]
fn dashboards_ask_for_figures_that_exist() {
    let recorded = recorded();
    let shown = figures(&one("infra/grafana", "json", "infra/grafana/homeward.json").text);
    let ruled = figures(&one("infra/prometheus", "yml", RULES).text);
    assert_eq!(shown, recorded, "shown on the left, recorded on the right");
    assert!(ruled.is_subset(&recorded), "{:?}", ruled.difference(&recorded));
}

/// infra/metrics.md explains each figure that is recorded, and names each rule beside a figure that it asks for.
#[test]
fn every_figure_is_explained_with_the_rules_that_ask_for_it() {
    let page = one("infra", "md", "infra/metrics.md").text;
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `homeward_")).collect();
    let explained: BTreeSet<String> = rows.iter().flat_map(|row| figures(row)).collect();
    assert_eq!(explained, recorded(), "explained on the left, recorded on the right");
    let rules = one("infra/prometheus", "yml", RULES).text;
    let rules: Vec<(&str, &str)> =
        rules.split("- alert: ").skip(1).filter_map(|rule| rule.split_once('\n')).collect();
    assert!(rules.len() > 10, "the rules were not found");
    for (name, rule) in rules {
        let named = |text: &str| text.contains(&format!("`{name}`"));
        let explained = match figures(rule).first() {
            Some(figure) => rows.iter().any(|row| figures(row).contains(figure) && named(row)),
            None => named(&page),
        };
        assert!(explained, "{name} is not named beside its figure in infra/metrics.md");
        let runbook = rule.lines().find_map(|line| line.trim().strip_prefix("runbook: "));
        let runbook = runbook.unwrap_or_else(|| panic!("{name} names no runbook"));
        assert!(tidy::root().join(runbook).exists(), "{name}: no {runbook}");
    }
}
