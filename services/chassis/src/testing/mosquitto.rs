//! A Mosquitto of one's own: real accounts and rules, a free port of 127.0.0.1, stopped when dropped.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use proto::envelope::MAX_MESSAGE_BYTES;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use super::{free_port, program};
use crate::broker::Accounts;
use crate::broker::acl::{Account, mosquitto_acl};
use crate::bus::HEADROOM_BYTES;

/// How long Mosquitto may take to start.
const START: Duration = Duration::from_secs(20);

/// A free port may be taken by another process before Mosquitto has it.
const TRIES: usize = 5;

const MISSING: &str = "mosquitto and mosquitto_passwd are needed: run infra/install-test-engines.sh";

/// A running Mosquitto.
#[derive(Debug)]
pub struct Mosquitto {
    folder: PathBuf,
    port: u16,
    settings: String,
    child: Option<Child>,
}

/// Settings for tests of the bus: it forgets everything when it ends. `{folder}` and `{port}` are filled in.
const SETTINGS: &str = "listener {port} 127.0.0.1
user root
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence false
set_tcp_nodelay true
max_packet_size {max_packet}
max_inflight_messages 64
max_queued_messages 10000
max_queued_bytes 67108864
log_dest stderr
";

impl Mosquitto {
    /// Starts one with these accounts and the rules that follow from them. Panics where it can't: a test can't go on.
    pub async fn start(accounts: &Accounts) -> Self {
        Self::start_for(accounts, SETTINGS).await
    }

    /// As [`Mosquitto::start`], under TLS with a certificate of this key and certificate file.
    pub async fn start_under_tls(accounts: &Accounts, key: &Path, certificate: &Path) -> Self {
        let tls = format!(
            "listener {{port}} 127.0.0.1\nkeyfile {}\ncertfile {}\ntls_version tlsv1.2",
            key.display(),
            certificate.display()
        );
        let settings = SETTINGS.replace("listener {port} 127.0.0.1", &tls);
        Self::start_for(accounts, &settings).await
    }

    async fn start_for(accounts: &Accounts, settings: &str) -> Self {
        let all: Vec<Account> = accounts.iter().map(|(account, _)| account.clone()).collect();
        let passwords: Vec<(&str, &str)> =
            accounts.iter().map(|(account, password)| (account.name.as_str(), password.expose())).collect();
        Self::start_as(settings, &mosquitto_acl(&all), &passwords).await
    }

    /// Starts one with these settings (`{folder}` and `{port}` are filled in; the rules are in `{folder}/acl`, the accounts in
    /// `{folder}/passwords`). Panics where it can't.
    pub async fn start_as(settings: &str, acl: &str, passwords: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("homeward-mosquitto-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        let mut mosquitto = Self { folder, port: 0, settings: settings.to_owned(), child: None };
        write_accounts(&mosquitto.folder, acl, passwords).await;
        for _ in 0..TRIES {
            mosquitto.port = free_port();
            mosquitto.write_config();
            if mosquitto.launch().await {
                return mosquitto;
            }
        }
        panic!(
            "mosquitto did not start in {TRIES} tries; its settings are in {}",
            mosquitto.folder.display()
        );
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Asks it to end, and waits.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        if let Some(id) = child.id() {
            let asked = Command::new("kill").arg(id.to_string()).status().await;
            assert!(asked.is_ok_and(|status| status.success()), "mosquitto could not be asked to end");
        }
        child.wait().await.expect("mosquitto was ours to wait for");
    }

    /// Kills it (kill -9), and waits.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("mosquitto was ours to kill");
        }
    }

    /// Starts it again on the same port. Panics if it doesn't.
    pub async fn restart(&mut self) {
        self.kill().await;
        assert!(self.launch().await, "mosquitto did not start again on port {}", self.port);
    }

    /// Whether it came up; the log says when, so nothing is polled.
    async fn launch(&mut self) -> bool {
        let mut child = Command::new(program("mosquitto"))
            .arg("-c")
            .arg(self.folder.join("mosquitto.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect(MISSING);
        let mut log = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let up = tokio::time::timeout(START, is_running(&mut log)).await.unwrap_or(false);
        if up {
            tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
            self.child = Some(child);
        }
        up
    }

    fn write_config(&self) {
        let filled = self
            .settings
            .replace("{folder}", &self.folder.display().to_string())
            .replace("{port}", &self.port.to_string())
            .replace("{max_packet}", &(MAX_MESSAGE_BYTES + HEADROOM_BYTES).to_string());
        std::fs::write(self.folder.join("mosquitto.conf"), filled).expect("settings written");
    }

    /// Its process, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // The child is killed when dropped.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn is_running(log: &mut Lines<BufReader<ChildStderr>>) -> bool {
    while let Ok(Some(line)) = log.next_line().await {
        if line.ends_with("running") {
            return true;
        }
    }
    false
}

async fn write_accounts(folder: &Path, acl: &str, passwords: &[(&str, &str)]) {
    std::fs::write(folder.join("acl"), acl).expect("rules written");
    let lines: String = passwords.iter().map(|(name, password)| format!("{name}:{password}\n")).collect();
    let file = folder.join("passwords");
    std::fs::write(&file, lines).expect("passwords written");
    let hashed =
        Command::new(program("mosquitto_passwd")).arg("-U").arg(&file).status().await.expect(MISSING);
    assert!(hashed.success(), "mosquitto_passwd failed");
}
