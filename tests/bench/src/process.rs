//! Homeward as a process of its own: its configuration in a folder, its web, and what it takes of the machine.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// How many ticks of processor time the system counts in a second (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

/// A process; it ends when dropped.
pub(crate) struct Process {
    child: Child,
    /// Where its web listens: an address and a port.
    pub(crate) web: String,
    _folder: tempfile::TempDir,
}

impl Process {
    /// Starts one with the configuration that `settings` gives for where its web listens and for a folder of its own.
    pub(crate) fn start(
        binary: &Path,
        settings: impl FnOnce(&str, &Path) -> String,
        arguments: &[&str],
    ) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        // Others are told where it listens before it does.
        let web = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let config = folder.path().join("homeward.toml");
        std::fs::write(&config, settings(&web, folder.path()))?;
        let child = Command::new(binary)
            .arg("--config")
            .arg(&config)
            .arg("run")
            .args(arguments)
            .env("HOMEWARD_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { child, web, _folder: folder })
    }

    /// Its id at the system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it says at that address; none while it does not answer.
    async fn says(&self, path: &str) -> Option<String> {
        let mut way = TcpStream::connect(&self.web).await.ok()?;
        let ask = format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.web);
        way.write_all(ask.as_bytes()).await.ok()?;
        let mut said = String::new();
        way.read_to_string(&mut said).await.ok()?;
        Some(said)
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.says("/healthz")
            .await
            .is_some_and(|said| said.lines().next().is_some_and(|l| l.contains(" 200 ")))
    }

    /// How many entries it has journalled since its start, of all its services.
    pub(crate) async fn entries(&self) -> Outcome<f64> {
        let said = self.says("/metrics").await.ok_or("a process does not answer")?;
        let lines = said.lines().filter(|line| line.starts_with("homeward_entries_total{"));
        Ok(lines.filter_map(|line| line.split_whitespace().last()?.parse::<f64>().ok()).sum())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process, its own and the system's on its behalf.
pub(crate) fn cpu_seconds(process: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may hold anything, the 12th and the 13th.
    let (_, fields) = stat.rsplit_once(')').ok_or("a name in brackets")?;
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS)
}
