//! The command line.

pub(crate) mod backup;
mod broker_acl;
mod inspect;
pub(crate) mod records;
mod run;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use proto::ids::SchoolId;
use proto::topics::ServiceName;

use crate::compose;
use crate::config::{self, Config};
use crate::doctor;

/// Keeps school trips and off-site work safe.
#[derive(Parser, Debug)]
#[command(name = "homeward", version, about)]
pub struct Cli {
    /// The configuration file; infra/homeward.toml documents every key.
    #[arg(long, env = "HOMEWARD_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Runs Homeward: all services, or some of them.
    Run(run::Run),
    /// Makes the first administrator: a person on the register with a log-in.
    Init(run::Init),
    /// Verifies the hash chains of every journal; names the first bad entry.
    Verify,
    /// Rebuilds a service's state from its journal, up to an entry, and prints it.
    Replay {
        /// The service.
        #[arg(long)]
        service: ServiceName,
        /// The school.
        #[arg(long)]
        school: SchoolId,
        /// The number of the last entry; the newest if left out.
        #[arg(long)]
        at: Option<u64>,
    },
    /// Lists messages that could not be handled.
    Quarantine {
        /// How many at most, newest first.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Backs up all journals and log-ins into one portable file, while Homeward runs. (The installation's secret.key is kept
    /// apart, by hand.)
    Backup(backup::Backup),
    /// Restores a back-up into an empty database, SQLite or PostgreSQL, while Homeward is down.
    Restore(backup::Restore),
    /// Erases what is due of the records about people, by the school's own times. Homeward does it each night by itself.
    Retain(records::Retain),
    /// Writes all that is kept about a person into a zip.
    ExportPerson(records::ExportPerson),
    /// Erases what is kept about a person, where the law lets; says what stays, why, and until when.
    ErasePerson(records::ErasePerson),
    /// Writes the rules of every account for Mosquitto's acl_file.
    BrokerAcl(broker_acl::BrokerAcl),
    /// Takes the second factor of a log-in away, whose app was lost; its sessions end.
    ForgetSecondFactor {
        /// The name that is typed to log in.
        name: String,
    },
    /// Reads the configuration and says what is wrong with it.
    CheckConfig,
    /// Looks at everything that Homeward stands on (configuration, files, database, journals, broker, providers, clock, disk) and
    /// says what to do about what is wrong. Nothing is changed, and nothing sent.
    Doctor,
}

impl Cli {
    /// Does what is asked; an error is a message for the person who asked.
    pub fn run(self) -> Result<(), String> {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("can't start: {error}"))?;
        let read = |file: Option<PathBuf>| config::read(file.as_deref()).map_err(|bad| bad.to_string());
        match self.command {
            Command::Run(run) => runtime.block_on(run.run(self.config)),
            Command::Init(init) => runtime.block_on(init.run(read(self.config)?)),
            Command::Verify => runtime.block_on(inspect::verify(&read(self.config)?)),
            Command::Replay { service, school, at } => {
                runtime.block_on(inspect::replay(&read(self.config)?, service, &school, at))
            }
            Command::Quarantine { limit } => {
                runtime.block_on(inspect::quarantine(&read(self.config)?, limit))
            }
            Command::Backup(backup) => runtime.block_on(backup.run(&read(self.config)?)),
            Command::Restore(restore) => runtime.block_on(restore.run(&read(self.config)?)),
            Command::Retain(retain) => runtime.block_on(retain.run(&read(self.config)?)),
            Command::ExportPerson(export) => runtime.block_on(export.run(&read(self.config)?)),
            Command::ErasePerson(erase) => runtime.block_on(erase.run(&read(self.config)?)),
            Command::BrokerAcl(acl) => {
                say(acl.text()?.trim_end());
                Ok(())
            }
            Command::Doctor => runtime.block_on(async {
                let findings = doctor::examine(self.config.as_deref()).await;
                findings.iter().for_each(|finding| say(&finding.to_string()));
                doctor::verdict(&findings)
            }),
            Command::ForgetSecondFactor { name } => {
                let config = read(self.config)?;
                let was_there = runtime.block_on(compose::forget_second_factor(&config, &name))?;
                say(if was_there { "It is gone, and they are logged out." } else { "There was none." });
                Ok(())
            }
            Command::CheckConfig => read(self.config).map(|config| say(&summary(&config))),
        }
    }
}

fn summary(config: &Config) -> String {
    let schools: Vec<_> = config.schools.iter().map(|s| s.name.as_str()).collect();
    let provider = if !config.channels.providers.is_empty() {
        "configured"
    } else {
        "NOT configured: nobody can be texted or called"
    };
    format!(
        "The configuration is right.\n  schools: {}\n  web: {}\n  provider: {provider}",
        schools.join(", "),
        config.listen
    )
}

/// Prints a line for the person at the terminal.
fn say(text: &str) {
    use std::io::Write;
    // A closed pipe is no fault of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
}
