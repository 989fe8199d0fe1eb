//! Deciders do no input or output, and read no clock: their crates can't, and the gateway's modules don't.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidy::{cargo_metadata, files};

const PURE: [&str; 9] =
    ["proto", "decider", "people", "devices", "trips", "checkins", "contacts", "safeguarding", "alerts"];

const DOES_IO: [&str; 15] = [
    "tokio",
    "async-std",
    "smol",
    "mio",
    "sqlx",
    "rusqlite",
    "rumqttc",
    "mqtt5",
    "reqwest",
    "hyper",
    "axum",
    "rustls",
    "chassis",
    "config",
    "hyper-util",
];

/// The gateway is a decider and a door in one crate: these files are the door, all others the decider.
const DOOR: [&str; 5] = ["door", "twilio", "positions", "channels", "incoming"];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Everything a package is built with, however far away.
fn closure(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&str, &str> =
        list(&metadata["packages"]).map(|p| (text(&p["id"]), text(&p["name"]))).collect();
    let normal = |dep: &&Value| list(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null());
    let direct: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"]["nodes"])
        .map(|node| {
            (text(&node["id"]), list(&node["deps"]).filter(normal).map(|d| text(&d["pkg"])).collect())
        })
        .collect();
    let mut all = BTreeMap::new();
    for (id, name) in &names {
        let (mut open, mut seen) = (vec![*id], BTreeSet::new());
        while let Some(next) = open.pop() {
            open.extend(direct.get(next).into_iter().flatten().filter(|dep| seen.insert(**dep)));
        }
        all.insert((*name).to_owned(), seen.iter().map(|id| names[id].to_owned()).collect());
    }
    all
}

#[test]
fn deciders_are_built_with_nothing_that_does_io() {
    let closure = closure(&cargo_metadata());
    for name in PURE {
        let found: Vec<_> = closure[name].iter().filter(|dep| DOES_IO.contains(&dep.as_str())).collect();
        assert!(found.is_empty(), "{name} is built with {found:?}: a decider does no input or output");
    }
    let shell = &closure["chassis"];
    assert!(shell.contains("tokio") && shell.contains("sqlx"), "the list of dependencies is not read right");
}

#[test]
fn deciders_read_no_clock_and_make_no_ids() {
    let not_pure = [
        "Timestamp::now",
        "Zoned::now",
        "SystemTime",
        "Instant::now",
        "now_v7",
        "new_v4",
        "rand::",
        "std::fs",
        "std::net",
        "std::env",
    ];
    for crate_name in &PURE[1..] {
        for file in files(&format!("services/{crate_name}/src"), "rs") {
            let found: Vec<_> =
                not_pure.iter().filter(|what| file.without_tests().contains(**what)).collect();
            assert!(found.is_empty(), "{}: {found:?}", file.path);
        }
    }
}

#[test]
fn the_gateways_decider_uses_nothing_of_its_door() {
    let forbidden = DOES_IO.map(|name| format!("{}::", name.replace('-', "_")));
    let door = |path: &str| {
        let inner = path.trim_start_matches("services/gateway/src/");
        let first = inner.split(['/', '.']).next().unwrap_or_default();
        first == "lib" || DOOR.contains(&first)
    };
    let mut seen = 0;
    for file in files("services/gateway/src", "rs").iter().filter(|file| !door(&file.path)) {
        let text = file.without_tests();
        let found: Vec<_> = forbidden.iter().filter(|name| text.contains(name.as_str())).collect();
        assert!(found.is_empty(), "{} is of the decider, and uses {found:?}", file.path);
        seen += 1;
    }
    assert!(seen > 10, "the gateway's decider was not found");
}
