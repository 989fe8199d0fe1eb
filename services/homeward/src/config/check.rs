//! From the file to values that can't be wrong; everything that is wrong is told at once.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use board::{MapGround, TileSource};
use chassis::school::School;
use decider::policy::Policy;
use proto::ids::SchoolId;
use proto::v1::policy::{Preset, Settings};
use proto::values::{Label, SchoolZone, allow_drama_numbers};

use super::raw::{RawConfig, RawMap, RawSchool, RawWatchdog};
use super::{BadConfig, BrokerConfig, Config, WatchdogConfig, Wrong, broker, channels, log_in};

/// Reads the file (if there is one) and the environment.
pub fn read(file: Option<&Path>) -> Result<Config, BadConfig> {
    let sources = config::Config::builder();
    let sources = match file {
        Some(file) => sources.add_source(config::File::from(file).format(config::FileFormat::Toml)),
        None => sources,
    };
    read_sources(sources, None)
}

/// As [`read`], from a text.
pub fn read_text(text: &str) -> Result<Config, BadConfig> {
    read_sources(text_as_source(text), None)
}

/// As [`read_text`], with these for the environment.
pub fn read_text_with(text: &str, environment: HashMap<String, String>) -> Result<Config, BadConfig> {
    read_sources(text_as_source(text), Some(environment))
}

type Sources = config::ConfigBuilder<config::builder::DefaultState>;

fn text_as_source(text: &str) -> Sources {
    config::Config::builder().add_source(config::File::from_str(text, config::FileFormat::Toml))
}

fn read_sources(sources: Sources, environment: Option<HashMap<String, String>>) -> Result<Config, BadConfig> {
    // What stands there is a text, however it looks: +441632960001 is no sum, and a password keeps its noughts. Numbers are
    // read where one belongs.
    let environment = config::Environment::with_prefix("HOMEWARD")
        .prefix_separator("__")
        .separator("__")
        .source(environment);
    let found = sources.add_source(environment).build().map_err(|error| not_read(&error.to_string()))?;
    let raw: RawConfig = serde_path_to_error::deserialize(found).map_err(|error| {
        let key = error.path().to_string();
        BadConfig(vec![Wrong {
            key: if key == "." { "(the file)".into() } else { key },
            found: error.inner().to_string(),
            allowed: "infra/homeward.toml documents every key".into(),
        }])
    })?;
    check(raw)
}

/// Says where, and not what stands there: it may be a password.
fn not_read(error: &str) -> BadConfig {
    let is_quoted = |line: &&str| {
        line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).starts_with('|')
    };
    let said: Vec<&str> = error.lines().filter(|line| !is_quoted(line)).collect();
    BadConfig(vec![Wrong {
        key: "(the file)".into(),
        found: said.join("; "),
        allowed: "it must be a TOML file that can be read".into(),
    }])
}

/// Collects what is wrong, and goes on.
#[derive(Default)]
pub(super) struct Findings(Vec<Wrong>);

impl Findings {
    pub(super) fn wrong(
        &mut self,
        key: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) {
        self.0.push(Wrong { key: key.into(), found: found.into(), allowed: allowed.into() });
    }

    pub(super) fn ok<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        found: &str,
        parsed: Result<T, E>,
    ) -> Option<T> {
        parsed.map_err(|error| self.wrong(key, format!("{found:?}"), error.to_string())).ok()
    }
}

fn check(mut raw: RawConfig) -> Result<Config, BadConfig> {
    if raw.drama_numbers {
        allow_drama_numbers();
    }
    let mut findings = Findings::default();
    let listen =
        raw.server.listen.parse().map_err(|_| "an address and port such as 127.0.0.1:8080".to_owned());
    let listen = findings.ok("server.listen", &raw.server.listen, listen);
    let web = super::web::web(&mut findings, &raw.server);
    let public_base = raw.server.public_base.map(|given| public_base(&mut findings, &given));
    let sqlite = |name: &str| format!("sqlite:{}", raw.data.dir.join(name).display());
    let journal_url = raw.data.journal.unwrap_or_else(|| sqlite("journal.sqlite"));
    let board_url = raw.data.board.unwrap_or_else(|| sqlite("board.sqlite"));
    for (key, url) in [("data.journal", &journal_url), ("data.board", &board_url)] {
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            findings.wrong(key, "this address", "sqlite:PATH or postgres://…");
        }
    }
    let phones_broker = raw.broker.phones.as_deref().and_then(|given| broker::phones(&mut findings, given));
    let broker = broker::broker(&mut findings, raw.broker);
    let is_shared =
        matches!(broker, Some(BrokerConfig::Outside { .. })) && journal_url.starts_with("postgres");
    let share = super::share::share(&mut findings, &raw.share, &raw.server.listen, is_shared);
    let map_ground = raw.map.and_then(|given| map_ground(&mut findings, given));
    let mailboxes = raw.schools.iter().map(|(id, school)| (id.as_str(), &school.mail));
    let mailboxes = channels::mailboxes(&mut findings, mailboxes);
    let channels = channels::channels(&mut findings, raw.twilio, raw.providers, raw.channels, mailboxes);
    let log_in = log_in::log_in(&mut findings, &mut raw.log_in);
    let watchdog = raw.watchdog.map(|watchdog| one_watchdog(&mut findings, watchdog));
    let schools: Vec<_> =
        raw.schools.into_iter().filter_map(|(id, school)| one_school(&mut findings, &id, school)).collect();
    if schools.is_empty() && findings.0.is_empty() {
        findings.wrong(
            "schools",
            "no school",
            "name at least one: [schools.elmfield] name = \"Elmfield School\"",
        );
    }
    match (listen, broker) {
        (Some(listen), Some(broker)) if findings.0.is_empty() => Ok(Config {
            listen,
            public_base,
            web,
            data_dir: raw.data.dir,
            journal_url,
            board_url,
            broker,
            phones_broker,
            map_ground,
            share,
            schools,
            channels,
            home_assistant: raw.home_assistant.discovery,
            watchdog,
            log_in,
            second_factor_for: raw.log_in.second_factor_for,
            drama_numbers: raw.drama_numbers,
        }),
        _ => Err(BadConfig(findings.0)),
    }
}

fn public_base(findings: &mut Findings, given: &str) -> String {
    let base = given.trim_end_matches('/').to_owned();
    if !base.starts_with("https://") && !base.starts_with("http://") {
        findings.wrong(
            "server.public_base",
            format!("{base:?}"),
            "an address such as https://trips.school.example",
        );
    }
    base
}

/// A file, or an address. An address's origin goes into the pages' policy: what could end a word there is refused.
fn map_ground(findings: &mut Findings, given: RawMap) -> Option<MapGround> {
    let is_url = given.url().is_some_and(|rest| !rest.starts_with('/'))
        && !given.tiles.contains(|c: char| c.is_whitespace() || c.is_control() || "\"';,*\\".contains(c))
        && ["{z}", "{x}", "{y}"].iter().all(|part| given.tiles.contains(part));
    let file = Path::new(&given.tiles);
    let tiles = if is_url {
        TileSource::Server(given.tiles)
    } else if file.extension().is_some_and(|ending| ending == "pmtiles") && file.is_file() {
        TileSource::File(file.to_owned())
    } else {
        findings.wrong(
            "map.tiles",
            format!("{:?}", given.tiles),
            "an address such as https://tiles.school.example/{z}/{x}/{y}.png, or a file that is there, such as county.pmtiles",
        );
        return None;
    };
    Some(MapGround { tiles, credit: given.credit })
}

impl RawMap {
    /// What follows the scheme.
    fn url(&self) -> Option<&str> {
        self.tiles.strip_prefix("https://").or_else(|| self.tiles.strip_prefix("http://"))
    }
}

fn one_watchdog(findings: &mut Findings, raw: RawWatchdog) -> WatchdogConfig {
    if !raw.url.starts_with("https://") && !raw.url.starts_with("http://") {
        findings.wrong(
            "watchdog.url",
            format!("{:?}", raw.url),
            "an address such as https://watch.example/abc",
        );
    }
    if raw.late_secs < 30 {
        findings.wrong("watchdog.late_secs", raw.late_secs.to_string(), "30 or more");
    }
    WatchdogConfig { url: raw.url, late_secs: raw.late_secs }
}

fn one_school(findings: &mut Findings, id: &str, raw: RawSchool) -> Option<Arc<School>> {
    let key = format!("schools.{id}");
    let parsed_id = findings.ok(&key, id, SchoolId::parse(id));
    let name = findings.ok(&format!("{key}.name"), &raw.name, Label::parse(&raw.name));
    let zone = findings.ok(&format!("{key}.zone"), &raw.zone, SchoolZone::parse(&raw.zone));
    let policy = policy(findings, &key, raw.preset.as_deref(), raw.policy);
    Some(Arc::new(School { id: parsed_id?, name: name?, zone: zone?, policy }))
}

/// The preset, if one is named, and what the school changed of it: where the school begins.
fn policy(
    findings: &mut Findings,
    school: &str,
    preset: Option<&str>,
    set: BTreeMap<String, serde_json::Value>,
) -> Policy {
    let start = match preset.map(|name| (name, Preset::parse(name))) {
        None => Policy::default(),
        Some((_, Some(preset))) => Policy::default().started_from(preset),
        Some((name, None)) => {
            let allowed = Preset::ALL.map(Preset::as_str).join(", ");
            findings.wrong(format!("{school}.preset"), format!("{name:?}"), allowed);
            Policy::default()
        }
    };
    let one = |policy: Policy, (key, value): (String, serde_json::Value)| {
        let with = |value: &serde_json::Value| policy.with(&Settings([(key.clone(), value.clone())].into()));
        // In the environment everything is a text: `60` is a number where one is wanted.
        let read = |text: &str| serde_json::from_str(text).ok().and_then(|value| with(&value).ok());
        let again = || value.as_str().and_then(read);
        with(&value).or_else(|bad| again().ok_or(bad)).unwrap_or_else(|bad| {
            findings.wrong(format!("{school}.policy.{key}"), value.to_string(), bad.why);
            policy
        })
    };
    set.into_iter().fold(start, one)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::config::Share;

    use super::*;

    fn of(text: &str) -> Result<Config, BadConfig> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("writes");
        read(Some(file.path()))
    }

    const SCHOOL: &str = "[schools.elmfield]\nname = \"Elmfield School\"\n";

    #[test]
    fn a_name_for_the_school_is_enough() {
        let config = of(SCHOOL).expect("is right");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.schools[0].name.as_str(), "Elmfield School");
        assert!(
            config.channels.providers.is_empty() && matches!(config.broker, BrokerConfig::Embedded { .. })
        );
    }

    #[test]
    fn shares_part_the_schools() {
        let of =
            |slots: &str| of(&format!("[share]\nslots = \"{slots}\"\n{SCHOOL}")).expect("is right").share;
        let (low, high) = (of("0-31"), of("32-63"));
        for number in 0..200 {
            let school = SchoolId::parse(&format!("school-{number}")).expect("slug");
            assert_ne!(low.has(&school), high.has(&school), "{school}: one of them has it");
        }
        assert_eq!(of("0-63"), Share::all());
        assert_eq!(of("7").slots.len(), 1);
    }

    #[test]
    fn instances_that_share_by_lease_are_reached_where_they_listen_unless_it_is_said() {
        let outside = "[data]\njournal = \"postgres://h@d/h\"\nboard = \"postgres://h@d/h\"\n\
                       [broker]\nkind = \"outside\"\nhost = \"mqtt.example\"\npassword = \"x\"\n";
        let of = |share: &str| {
            of(&format!("{outside}[share]\nby = \"lease\"\n{share}{SCHOOL}")).expect("is right")
        };
        let reached = |config: Config| config.share.by_lease.expect("by lease").reached_at;
        assert_eq!(reached(of("")), "127.0.0.1:8080");
        assert_eq!(reached(of("reached_at = \"10.0.0.2:8080\"\n")), "10.0.0.2:8080");
    }

    #[test]
    fn the_documented_file_is_right_and_says_the_defaults() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/homeward.toml");
        let config = read(Some(&file)).expect("infra/homeward.toml is right");
        assert_eq!(config.schools[0].policy, decider::Policy::default());
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn a_school_starts_from_a_preset_and_sets_some_of_it_otherwise() {
        let text = "[schools.elmfield]\nname = \"Elmfield School\"\npreset = \"primary\"\n\
                    [schools.elmfield.policy]\nown_phones = \"silent\"\n";
        let policy = &of(text).expect("is right").schools[0].policy;
        assert_eq!(policy.preset, Some(Preset::Primary));
        let differing: Vec<&str> = policy.own_settings().into_iter().map(|(s, _)| s.key).collect();
        assert_eq!(differing, ["own_phones"]);
    }

    #[test]
    fn what_the_environment_says_is_taken_as_it_stands_and_as_a_number_where_one_belongs() {
        let twilio = "[twilio]\naccount_sid = \"AC1\"\nauth_token = \"t\"\nfrom = \"+441632960000\"\n";
        let with = |key: &str, value: &str| {
            let environment = [(format!("HOMEWARD__{key}"), value.to_owned())].into();
            read_text_with(&format!("drama_numbers = true\n{SCHOOL}{twilio}"), environment).expect(key)
        };
        let config = with("TWILIO__FROM", "+441632960001");
        let [(_, gateway::ProviderConfig::Twilio(twilio))] = config.channels.providers.as_slice() else {
            panic!("one provider")
        };
        assert_eq!(twilio.from.e164(), "+441632960001");
        let broker = "[broker]\nkind = \"outside\"\nhost = \"h\"\n";
        let password = |value: &str| {
            let environment = [("HOMEWARD__BROKER__PASSWORD".to_owned(), value.to_owned())].into();
            let config = read_text_with(&format!("{SCHOOL}{broker}"), environment).expect("is right");
            let BrokerConfig::Outside { password, .. } = config.broker else { panic!("outside") };
            password.expose().to_owned()
        };
        for as_it_stands in ["0042", "1e5", "TRUE", "+7", "plain"] {
            assert_eq!(password(as_it_stands), as_it_stands);
        }
        let days = with("SCHOOLS__ELMFIELD__POLICY__REVIEW_DAYS", "90");
        assert_eq!((days.schools[0].policy.review_days, days.drama_numbers), (90, true));
        assert!(!with("DRAMA_NUMBERS", "false").drama_numbers);
    }

    #[test]
    fn a_file_that_cant_be_read_is_told_by_its_place_and_not_by_what_stands_there() {
        let error =
            of("[broker]\npassword = \"hunter two\nkind = \"outside\"\n").expect_err("no end").to_string();
        assert!(error.contains("line 2") && !error.contains("hunter"), "{error}");
    }

    #[test]
    fn each_wrong_key_is_named_with_what_is_allowed() {
        let table = [
            ("", "schools", "name at least one"),
            ("[server]\nlisten = \"here\"\n", "server.listen", "address and port"),
            ("[server]\nproxies = [\"nginx\"]\n", "server.proxies", "addresses"),
            ("[server]\nconnections = 10\n", "server.connections", "from server.connections_of_one"),
            ("[server]\nconnections_of_one = 0\n", "server.connections_of_one", "one at least"),
            ("[server]\nlisten_on = \"x\"\n", "server", "documents every key"),
            ("[broker]\nkind = \"magic\"\n", "broker.kind", "embedded or outside"),
            ("[broker]\nkind = \"outside\"\npassword = \"x\"\n", "broker.host", "the host"),
            (
                "[broker]\nkind = \"outside\"\nhost = \"a\"\npassword = \"x\"\nothers = [\"b:1883\", \"c\"]\n",
                "broker.others",
                "hosts and ports",
            ),
            (
                "[broker]\nkind = \"outside\"\nhost = \"a\"\npassword = \"x\"\nca_file = \"ca.pem\"\n",
                "broker.ca_file",
                "tls = true",
            ),
            (
                "[broker]\nkind = \"outside\"\nhost = \"a\"\npassword = \"x\"\ntls = true\nca_file = \"/nowhere/ca.pem\"\n",
                "broker.ca_file",
                "whoever vouches",
            ),
            (
                "[broker]\nkind = \"outside\"\nhost = \"a\"\npassword = \"x\"\nqos = 2\n",
                "broker.qos",
                "0 or 1",
            ),
            ("[broker]\nphones = \"8883\"\n", "broker.phones", "a host and port"),
            ("[data]\njournal = \"mysql://x\"\n", "data.journal", "sqlite:PATH"),
            ("[map]\ntiles = \"https://t.example/{z}\"\ncredit = \"OS\"\n", "map.tiles", "{z}/{x}/{y}"),
            ("[map]\ntiles = \"nowhere.pmtiles\"\ncredit = \"OS\"\n", "map.tiles", "a file that is there"),
            (
                "[map]\ntiles = \"https://t.example; script-src */{z}/{x}/{y}\"\ncredit = \"OS\"\n",
                "map.tiles",
                "an address",
            ),
            (
                "[twilio]\naccount_sid = \"AC1\"\nauth_token = \"t\"\nfrom = \"999\"\n",
                "twilio.from",
                "dialled",
            ),
            ("[providers.phone]\nkind = \"pigeon\"\n", "providers", "documents every key"),
            (
                "[providers.Phone]\nkind = \"smtp\"\nhost = \"h\"\nfrom = \"a@b.example\"\n",
                "providers.Phone",
                "a-z, 0-9 and -",
            ),
            (
                "[providers.mail]\nkind = \"smtp\"\nhost = \"mail.example\"\ntls = \"none\"\nfrom = \"a@b.example\"\n",
                "providers.mail.tls",
                "this machine",
            ),
            ("[channels]\ntext = [\"phone\"]\n", "channels.text", "a provider of this file"),
            ("[watchdog]\nurl = \"ping\"\n", "watchdog.url", "an address"),
            (
                "[log_in]\npasswords_for = \"administrators\"\n",
                "log_in.passwords_for",
                "everyone, as long as",
            ),
            ("[log_in]\npasswords_for = \"nobody\"\n", "log_in.passwords_for", "everyone or administrators"),
            (
                "[log_in.oidc.work]\nlabel = \"Work\"\nissuer = \"http://id.example\"\nclient_id = \"h\"\nclient_secret = \"s\"\n",
                "log_in.oidc.work.issuer",
                "only on this machine",
            ),
            (
                "[log_in.oidc.work]\nlabel = \"Work\"\nissuer = \"https://id.example\"\nclient_id = \"h\"\n",
                "log_in.oidc.work.client_secret",
                "client_secret_file",
            ),
            (
                "[log_in.oidc.work]\nlabel = \"Work\"\nissuer = \"https://id.example\"\nclient_id = \"h\"\nclient_secret = \"s\"\naccount_by = \"name\"\n",
                "log_in.oidc.work.account_by",
                "preferred_username",
            ),
            ("[share]\nslots = \"32-64\"\n", "share.slots", "from 0 to 63"),
            ("[share]\nslots = \"9-3\"\n", "share.slots", "from 0 to 63"),
            ("[share]\nby = \"magic\"\n", "share.by", "slots or lease"),
            ("[share]\nby = \"lease\"\n", "share.by", "PostgreSQL"),
            ("[share]\nby = \"lease\"\nslots = \"0-31\"\n", "share.by", "leave share.slots"),
            ("[share]\nby = \"lease\"\nreached_at = \"here\"\n", "share.reached_at", "a host and port"),
            (
                "[schools.elmfield.policy]\nreview_days = 900\n",
                "schools.elmfield.policy.review_days",
                "30 to 366 days",
            ),
            ("[schools.elmfield.policy]\nmagic = 1\n", "schools.elmfield.policy.magic", "no such setting"),
            (
                "[schools.elmfield.mail]\noffice = [\"office\"]\n",
                "schools.elmfield.mail.office",
                "an address",
            ),
        ];
        for (text, key, allowed) in table {
            let school = if key == "schools" { "" } else { SCHOOL };
            let error = of(&format!("{text}{school}")).expect_err(text).to_string();
            assert!(error.contains(key) && error.contains(allowed), "{text}: {error}");
        }
    }
}
