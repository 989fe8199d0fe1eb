//! One process of the real binary: started, listened to, killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use proto::topics::ServiceName;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::disk::Disk;
use crate::watch::PATIENCE;

/// How often a condition outside is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

/// How long a request to a process may take.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// What is logged, unless a story says otherwise: enough to know the moment at which something is stored.
const LOG: &str = "info,sqlx=warn,mqtt5=warn,chassis::host=debug";

/// How it is started.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// The binary.
    pub(crate) program: PathBuf,
    /// Its configuration.
    pub(crate) config: PathBuf,
    /// Its clock's file.
    pub(crate) clock: PathBuf,
    /// The disk under it, if that can fail.
    pub(crate) disk: Option<Disk>,
    /// What it logs, where the story says so.
    pub(crate) log: Option<&'static str>,
    /// Where systemd is told, if systemd started it.
    pub(crate) notify: Option<PathBuf>,
}

impl Recipe {
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("HOMEWARD")) {
            command.env_remove(key);
        }
        command.arg("--config").arg(&self.config).env("HOMEWARD_CLOCK_FILE", &self.clock);
        command
            .env("HOMEWARD_LOG", self.log.unwrap_or(LOG))
            .env("HOMEWARD_LOG_FORMAT", "json")
            .kill_on_drop(true);
        command.env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_USEC");
        if let Some(socket) = &self.notify {
            // As `WatchdogSec=12`.
            command.env("NOTIFY_SOCKET", socket).env("WATCHDOG_USEC", "12000000");
        }
        if let Some(disk) = &self.disk {
            command.envs(disk.environment());
        }
        command
    }
}

/// Everything that it said since it was started.
#[derive(Default, Debug)]
pub(crate) struct Said {
    out: Vec<String>,
    log: Vec<String>,
    ended: bool,
}

/// A process; killed when dropped.
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) services: Vec<ServiceName>,
    pub(crate) web: String,
    only: bool,
    recipe: Recipe,
    running: Option<(Child, watch::Receiver<Said>)>,
    /// How many lines of its log are old news.
    seen: usize,
    /// What earlier lives said, for a failing test.
    past: Vec<String>,
}

impl Process {
    /// With these services; `only` them, or all.
    pub(crate) fn new(name: &str, services: &[ServiceName], only: bool, web: String, recipe: Recipe) -> Self {
        let (name, services) = (name.to_owned(), services.to_vec());
        Self { name, services, web, only, recipe, running: None, seen: 0, past: Vec::new() }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it, if it doesn't run.
    pub(crate) fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        let mut command = self.recipe.command();
        command.arg("run").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.only {
            let names: Vec<_> = self.services.iter().map(|service| service.as_str()).collect();
            command.arg("--only").arg(names.join(","));
        }
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.recipe.program.display()));
        let (said, heard) = watch::channel(Said::default());
        let out = child.stdout.take().expect("it is piped");
        let log = child.stderr.take().expect("it is piped");
        let told = said.clone();
        tokio::spawn(async move {
            listen(out, |line| told.send_modify(|said| said.out.push(line))).await;
        });
        tokio::spawn(async move {
            listen(log, |line| said.send_modify(|said| said.log.push(line))).await;
            said.send_modify(|said| said.ended = true);
        });
        self.running = Some((child, heard));
        self.seen = 0;
    }

    /// What it logged up to now is old news.
    pub(crate) fn has_seen(&mut self) {
        self.seen = self.running.as_ref().map_or(0, |(_, heard)| heard.borrow().log.len());
    }

    /// Waits until it logs a line of this kind that is no old news.
    ///
    /// # Panics
    /// If it doesn't in time, or ends.
    pub(crate) async fn logs(&self, what: &str, is_it: impl Fn(&str) -> bool) {
        let (_, heard) = self.running.as_ref().expect("it runs");
        let mut heard = heard.clone();
        let news = |said: &Said| said.log.iter().skip(self.seen).any(|line| is_it(line));
        let found = heard.wait_for(|said| said.ended || news(said));
        let found = tokio::time::timeout(PATIENCE, found).await;
        let said = matches!(found, Ok(Ok(said)) if news(&said));
        assert!(said, "{} never said: {what}\n{}", self.name, self.tail());
    }

    /// Whether it has logged a line with these words that is no old news.
    pub(crate) fn has_logged(&self, words: &str) -> bool {
        let said = self.running.as_ref().map(|(_, heard)| heard.borrow());
        said.is_some_and(|said| said.log.iter().skip(self.seen).any(|line| line.contains(words)))
    }

    /// Waits for a line of its standard output that begins so, and gives the rest of it.
    pub(crate) async fn says(&self, beginning: &str) -> String {
        let (_, heard) = self.running.as_ref().expect("it runs");
        let mut heard = heard.clone();
        let rest = |said: &Said| {
            said.out.iter().find_map(|line| Some(line.trim().strip_prefix(beginning)?.to_owned()))
        };
        let found = heard.wait_for(|said| said.ended || rest(said).is_some());
        let found = tokio::time::timeout(PATIENCE, found)
            .await
            .ok()
            .and_then(Result::ok)
            .and_then(|said| rest(&said));
        found.unwrap_or_else(|| panic!("{} never said {beginning:?}\n{}", self.name, self.tail()))
    }

    /// kill -9.
    pub(crate) async fn kill(&mut self) {
        let Some((mut child, heard)) = self.running.take() else { return };
        child.kill().await.unwrap_or_else(|error| panic!("{} could not be killed: {error}", self.name));
        self.remember(&heard);
    }

    /// Asks it to end, and waits.
    pub(crate) async fn stop(&mut self) {
        let Some((mut child, heard)) = self.running.take() else { return };
        signal(child.id().expect("it was not waited for"), "-TERM").await;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        self.remember(&heard);
        let status = ended.unwrap_or_else(|_| panic!("{} does not end\n{}", self.name, self.tail()));
        let status = status.expect("it was ours to wait for");
        assert!(status.success(), "{} ended with {status}\n{}", self.name, self.tail());
    }

    /// Stops its clockwork (`-STOP`), or lets it go on (`-CONT`).
    pub(crate) async fn signal(&self, name: &str) {
        let (child, _) = self.running.as_ref().expect("it runs");
        signal(child.id().expect("it was not waited for"), name).await;
    }

    /// Its number, while it runs.
    pub(crate) fn number(&self) -> Option<u32> {
        self.running.as_ref().and_then(|(child, _)| child.id())
    }

    /// A number of its status as the system tells it, such as `VmRSS` in KiB.
    ///
    /// # Panics
    /// If it doesn't run.
    pub(crate) fn status(&self, field: &str) -> u64 {
        let number = self.number().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{number}/status")).expect("it has a status");
        let found = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let told = found.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        told.unwrap_or_else(|| panic!("no {field} in its status"))
    }

    /// How it ended, if it ended by itself.
    pub(crate) fn fell(&mut self) -> Option<String> {
        let (child, heard) = self.running.as_mut()?;
        let status = child.try_wait().ok().flatten()?;
        let heard = heard.clone();
        self.running = None;
        self.remember(&heard);
        Some(format!("{} ended by itself with {status}\n{}", self.name, self.tail()))
    }

    /// What `/healthz` says of each service; none while nobody answers.
    pub(crate) async fn health(&self, http: &reqwest::Client) -> Option<Value> {
        let answer = http.get(format!("{}/healthz", self.web)).send().await.ok()?;
        let mut body: Value = answer.json().await.ok()?;
        Some(body["services"].take())
    }

    /// All that it printed and logged, in every life.
    pub(crate) fn logged(&self) -> Vec<String> {
        let now = self.running.iter().flat_map(|(_, heard)| {
            let said = heard.borrow();
            said.out.iter().chain(&said.log).cloned().collect::<Vec<_>>()
        });
        self.past.iter().cloned().chain(now).collect()
    }

    fn remember(&mut self, heard: &watch::Receiver<Said>) {
        self.past.push(format!("--- {}", self.name));
        let said = heard.borrow();
        self.past.extend(said.out.iter().chain(&said.log).cloned());
    }

    /// The end of all that it logged.
    pub(crate) fn tail(&self) -> String {
        let now = self.running.as_ref().map(|(_, heard)| heard.borrow().log.clone()).unwrap_or_default();
        let all: Vec<_> = self.past.iter().chain(&now).filter(|line| !line.contains("\"DEBUG\"")).collect();
        let from = all.len().saturating_sub(40);
        all[from..].iter().map(|line| format!("{}| {line}\n", self.name)).collect()
    }
}

async fn listen(from: impl AsyncRead + Unpin, take: impl Fn(String)) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        take(line);
    }
}

/// Sends a signal to a process of ours.
pub(crate) async fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").arg(name).arg(process.to_string()).status().await;
    assert!(sent.is_ok_and(|status| status.success()), "no signal {name} to {process}");
}

/// Runs the binary for one errand, and gives what it printed.
///
/// # Panics
/// If it fails.
pub(crate) async fn errand(program: &Path, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).kill_on_drop(true).output().await;
    let done = done.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let (out, log) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{arguments:?}: {}\n{out}{log}", done.status);
    out.into_owned()
}
