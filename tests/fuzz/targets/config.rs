//! The configuration: a TOML file and the environment. What is wrong is told by its key, with what would do, and never with
//! a secret; what is right is whole; and a key means the same in the environment as in the file.
//!
//! The input: a file; after a zero byte lines of `NAME=value`, of which the first that names one of ours is tried alone.
#![no_main]

use std::collections::{BTreeSet, HashMap};

use homeward::config::{BadConfig, BrokerConfig, Config, read_text, read_text_with};
use libfuzzer_sys::fuzz_target;
use proto::values::allow_drama_numbers;

/// Stands in the seeds where a secret would.
const SECRET: &str = "QUITESECRET";

/// The keys that have one.
const SECRETS: [&str; 5] = ["password", "auth_token", "next_auth_token", "signing_key", "client_secret"];

/// Keys that a text can be put in the place of.
const KEYS: [&[&str]; 14] = [
    &["server", "listen"],
    &["server", "public_base"],
    &["data", "dir"],
    &["data", "journal"],
    &["broker", "kind"],
    &["broker", "host"],
    &["broker", "port"],
    &["broker", "password"],
    &["broker", "phones"],
    &["share", "slots"],
    &["twilio", "from"],
    &["twilio", "auth_token"],
    &["watchdog", "late_secs"],
    &["schools", "elmfield", "name"],
];

/// Whether the secret stands once, as the value of a key that is known to be one.
fn keeps_a_secret(text: &str) -> bool {
    let is_secret = |line: &str| {
        let line = line.trim_start();
        SECRETS.iter().any(|key| {
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().strip_prefix('=').is_some_and(|v| v.contains(SECRET)))
        })
    };
    // In a text of many lines, or a table of anything, it is no key's value.
    let odd = ["\"\"\"", "'''", "policy", "requires", "[[", "{"].iter().any(|mark| text.contains(mark));
    text.matches(SECRET).count() == 1 && !odd && text.lines().any(is_secret)
}

fn told(bad: &BadConfig, text: &str) {
    assert!(!bad.0.is_empty());
    for wrong in &bad.0 {
        assert!(!wrong.key.is_empty() && !wrong.found.is_empty() && !wrong.allowed.is_empty(), "{wrong:?}");
    }
    assert!(!keeps_a_secret(text) || !bad.to_string().contains(SECRET), "{bad}");
}

fn is_whole(config: &Config, text: &str) {
    assert!(!config.schools.is_empty());
    let ids: BTreeSet<_> = config.schools.iter().map(|school| school.id.as_str()).collect();
    assert_eq!(ids.len(), config.schools.len());
    assert!(config.share.slots.iter().all(|slot| slot.number() < 64) && !config.share.slots.is_empty());
    assert!(config.public_base.as_ref().is_none_or(|base| base.starts_with("http") && !base.ends_with('/')));
    let is_shared = config.journal_url.starts_with("postgres");
    let is_outside = matches!(config.broker, BrokerConfig::Outside { .. });
    assert!(config.share.by_lease.is_none() || is_shared && is_outside, "{:?}", config.share);
    assert!(config.watchdog.as_ref().is_none_or(|watchdog| watchdog.late_secs >= 30));
    assert!(!keeps_a_secret(text) || !format!("{config:?}").contains(SECRET), "a secret can be printed");
}

/// What came of it, to be compared.
fn outcome(read: &Result<Config, BadConfig>) -> Result<String, ()> {
    read.as_ref().map(|config| format!("{config:?}")).map_err(|_| ())
}

/// The file with that text in the place of the key's value.
fn put(text: &str, path: &[&str], value: &str) -> Option<String> {
    let mut whole: toml::Table = toml::from_str(text).ok()?;
    let (last, before) = path.split_last()?;
    let mut table = &mut whole;
    for part in before {
        let next = table.entry(*part).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        table = next.as_table_mut()?;
    }
    table.insert((*last).to_owned(), toml::Value::String(value.to_owned()));
    toml::to_string(&whole).ok()
}

fuzz_target!(|data: &[u8]| {
    allow_drama_numbers();
    let Ok(data) = std::str::from_utf8(data) else { return };
    let (text, environment) = data.split_once('\0').unwrap_or((data, ""));
    // Files are none of this target's business: one of them may have no end.
    if ["/dev", "/proc", "_file", "tiles"].iter().any(|mark| text.contains(mark)) {
        return;
    }
    let found = read_text_with(text, HashMap::new());
    match &found {
        Ok(config) => is_whole(config, text),
        Err(bad) => told(bad, text),
    }
    assert_eq!(outcome(&read_text(text)), outcome(&found), "nothing of the environment is ours");
    for line in environment.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        let Some(path) = KEYS.iter().find(|path| path.join("__").eq_ignore_ascii_case(name)) else { continue };
        let Some(in_file) = put(text, path, value) else { return };
        let given = HashMap::from([(format!("HOMEWARD__{name}"), value.to_owned())]);
        let in_environment = read_text_with(text, given);
        assert_eq!(outcome(&in_environment), outcome(&read_text(&in_file)), "{name}={value} over {text}");
        return;
    }
});
