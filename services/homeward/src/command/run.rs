//! `run` and `init`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chassis::clock::{FastClock, FileClock, RealClock, SharedClock};
use clap::Args;
use jiff::Timestamp;
use proto::envelope::{Actor, Outcome};
use proto::ids::{CommandId, PersonId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, Role, Standing};
use proto::values::{Name, Personal};
use tokio_util::sync::CancellationToken;

use super::say;
use crate::accounts::LOCAL_CLIENT;
use crate::compose::{self, Running};
use crate::config::{self, BrokerConfig, Config};
use crate::{demo, systemd};

/// Names a file that has the time, for tests of several processes: see [`FileClock`].
const CLOCK_FILE: &str = "HOMEWARD_CLOCK_FILE";

/// How long everything may take to become ready before `init` gives up.
const READY_WITHIN: Duration = Duration::from_secs(60);

#[derive(Args, Debug)]
pub(super) struct Run {
    /// Only these services (with a broker outside): checkins,alerts
    #[arg(long, value_delimiter = ',')]
    only: Vec<ServiceName>,
    /// A demonstration school with a trip under way; data of an earlier demonstration is deleted.
    #[arg(long, conflicts_with = "only")]
    demo: bool,
    /// How many times as fast as the wall the demonstration's clock runs.
    #[arg(long, default_value_t = 1, requires = "demo", value_parser = clap::value_parser!(u32).range(1..=600))]
    clock_speed: u32,
}

#[derive(Args, Debug)]
pub(super) struct Init {
    /// Which school, if the configuration names several.
    #[arg(long)]
    school: Option<SchoolId>,
    /// The administrator's name.
    #[arg(long)]
    name: String,
    /// The log-in.
    #[arg(long)]
    login: String,
    /// The password; asked for in HOMEWARD_INIT_PASSWORD, so that it stands in no history.
    #[arg(long, env = "HOMEWARD_INIT_PASSWORD", hide_env_values = true)]
    password: String,
}

impl Run {
    pub(super) async fn run(self, file: Option<PathBuf>) -> Result<(), String> {
        log();
        let config = if self.demo { demo_config(file)? } else { read(file)? };
        let clock = self.clock(&config)?;
        let stop = CancellationToken::new();
        self.refuse_lonely(&config)?;
        let services = if self.only.is_empty() { config::all_services() } else { self.only.clone() };
        let starting = compose::start(&config, &services, clock.clone(), stop.clone());
        let started = tokio::select! {
            started = starting => started,
            never = systemd::starting() => match never {},
        };
        let mut running = started.map_err(|fault| fault.to_string())?;
        tokio::spawn(running.tell_systemd());
        if self.demo {
            within(running.ready()).await?;
            start_demo(&running, &config, &clock).await?;
        }
        banner(&running, &config, self.demo);
        tokio::select! {
            () = stopped() => say("Stopping."),
            () = stop.cancelled() => {}
        }
        systemd::ending();
        stop.cancel();
        running.ended().await
    }
}

impl Run {
    /// Services apart need a broker that all of them reach.
    fn refuse_lonely(&self, config: &Config) -> Result<(), String> {
        match config.broker {
            BrokerConfig::Embedded { .. } if !self.only.is_empty() => {
                Err("--only needs a broker that the other services reach too: broker.kind = \"outside\""
                    .into())
            }
            BrokerConfig::Embedded { .. } | BrokerConfig::Outside { .. } => Ok(()),
        }
    }

    fn clock(&self, config: &Config) -> Result<SharedClock, String> {
        match (std::env::var_os(CLOCK_FILE), self.clock_speed) {
            (Some(_), _) if !config.drama_numbers => {
                Err(format!("{CLOCK_FILE} is for tests: it needs drama_numbers = true"))
            }
            (Some(file), _) => {
                FileClock::shared(Path::new(&file)).map_err(|error| format!("{CLOCK_FILE}: {error}"))
            }
            (None, 1) => Ok(RealClock::shared()),
            (None, speed) => Ok(FastClock::shared(Timestamp::now(), speed)),
        }
    }
}

fn read(file: Option<PathBuf>) -> Result<Config, String> {
    config::read(file.as_deref()).map_err(|bad| bad.to_string())
}

/// The demonstration's own configuration, in an empty folder.
fn demo_config(file: Option<PathBuf>) -> Result<Config, String> {
    let config = match file {
        Some(file) => read(Some(file))?,
        None => config::read_text(demo::CONFIG).map_err(|bad| bad.to_string())?,
    };
    let marker = config.data_dir.join("DEMONSTRATION");
    if config.data_dir.exists() {
        if !marker.exists() {
            return Err(format!(
                "{} is no folder of a demonstration: it is not touched",
                config.data_dir.display()
            ));
        }
        std::fs::remove_dir_all(&config.data_dir).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&config.data_dir).map_err(|error| error.to_string())?;
    std::fs::write(marker, "Deleted at the start of the next demonstration.\n")
        .map_err(|error| error.to_string())?;
    Ok(config)
}

async fn within(waiting: impl Future<Output = ()>) -> Result<(), String> {
    tokio::time::timeout(READY_WITHIN, waiting)
        .await
        .map_err(|_| "not every service became ready: look at the log, or at /healthz".to_owned())
}

async fn start_demo(running: &Running, config: &Config, clock: &SharedClock) -> Result<(), String> {
    let cast = demo::Cast::new();
    let school = config.schools.first().ok_or("the demonstration needs a school")?.id.clone();
    let client = running.setup_client();
    let asking = demo::Asking::new(&client, school, cast.person("Ruth"));
    demo::seed_school(&asking, &cast, clock.now()).await.map_err(|fault| fault.to_string())?;
    demo::start_museum_trip(&asking, &cast, clock.now()).await.map_err(|fault| fault.to_string())?;
    let today = proto::values::SchoolZone::london().local(clock.now()).date();
    demo::seed_care(&asking, &cast, cast.museum, today).await.map_err(|fault| fault.to_string())?;
    for (login, password, who) in demo::LOGINS {
        let person = cast.person(who.split(' ').next().unwrap_or(who));
        compose::create_login(config, &config.schools[0].id, person, login, password).await?;
    }
    Ok(())
}

fn banner(running: &Running, config: &Config, demo: bool) {
    say(&format!("\n  Homeward is running: http://{}", running.web));
    if let Some((broker, password)) = &running.broker {
        say(&format!(
            "  MQTT on this machine: {broker}, user {LOCAL_CLIENT}, password {}",
            password.expose()
        ));
    }
    if config.channels.providers.is_empty() {
        say("  NO PROVIDER CONFIGURED: nobody can be texted or called.");
    }
    if demo {
        if let Some((_, gateway::ProviderConfig::Twilio(twilio))) = config.channels.providers.first() {
            say(&format!("  The simulated handsets: {}", twilio.base_url));
        }
        say("  Log in as:");
        for (login, password, who) in demo::LOGINS {
            say(&format!("    {login:8} {password:16} {who}"));
        }
    }
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("HOMEWARD_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,mqtt5=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process (tests) changes nothing.
    let _ = if std::env::var("HOMEWARD_LOG_FORMAT").is_ok_and(|f| f == "json") {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}

impl Init {
    pub(super) async fn run(self, config: Config) -> Result<(), String> {
        log();
        let school = self.school(&config)?;
        let name = Name::parse(&self.name).map_err(|bad| format!("--name: {bad}"))?;
        let stop = CancellationToken::new();
        let services = BTreeSet::from([ServiceName::People]);
        let services: Vec<_> = services.into_iter().collect();
        let started = compose::start(&config, &services, RealClock::shared(), stop.clone()).await;
        let mut running = started.map_err(|fault| fault.to_string())?;
        within(running.reachable()).await?;
        let person = PersonId::new();
        // The log-in first: without the person it opens nothing, and `init` can be run again.
        compose::create_login(&config, &school, person, &self.login, &self.password).await?;
        let made = make_admin(&running, &school, person, name).await;
        stop.cancel();
        let ended = running.ended().await;
        made?;
        ended?;
        say(&format!("{} is the administrator of {school}: log in as {}", self.name, self.login));
        Ok(())
    }

    fn school(&self, config: &Config) -> Result<SchoolId, String> {
        match (&self.school, config.schools.as_slice()) {
            (Some(school), all) if all.iter().any(|s| s.id == *school) => Ok(school.clone()),
            (None, [only]) => Ok(only.id.clone()),
            _ => Err("--school: name one of the schools of the configuration".into()),
        }
    }
}

async fn make_admin(
    running: &Running,
    school: &SchoolId,
    person: PersonId,
    name: Name,
) -> Result<(), String> {
    let command = Command::AddPerson {
        person,
        name: Personal::known(name),
        standing: Standing::Staff,
        roles: BTreeSet::from([Role::Admin]),
    };
    let client = running.setup_client();
    match client.ask::<people::People>(school, CommandId::new(), &command, Some(Actor::Person(person))).await
    {
        Outcome::Accepted { .. } => Ok(()),
        Outcome::Refused { .. } => {
            Err(format!("{school} has an administrator: let them add people, under People"))
        }
        Outcome::Faulted { message } => Err(message),
    }
}
