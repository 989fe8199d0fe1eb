//! nginx in front, with the settings that schools are told to use: a free port of 127.0.0.1, stopped when dropped.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

use crate::home::free_port;
use crate::http2;
use crate::process::LOOK;
use crate::watch::PATIENCE;

/// The settings as schools get them.
const SETTINGS: &str = include_str!("../../infra/nginx/homeward.conf");

/// The name that stands in them.
pub const NAME: &str = "homeward.example.sch.uk";

const MISSING: &str = "nginx and openssl are needed: run infra/install-test-engines.sh";

/// A running nginx.
pub struct Nginx {
    folder: TempDir,
    _child: Child,
    /// Where it listens without TLS, so that a test says what goes over the wire.
    pub plain: u16,
    /// Where it listens with TLS.
    pub tls: u16,
    /// Where it speaks HTTP/2 without TLS, likewise.
    pub h2: u16,
    /// Where it listens for names that aren't ours, and to send browsers to TLS.
    pub redirects: u16,
}

impl Nginx {
    /// In front of whoever listens at that port of this machine. Whoever is slow is ended after a second, not after ten.
    ///
    /// # Panics
    /// If it doesn't start.
    pub async fn before(upstream: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        certificate(at).await;
        let (plain, tls, h2, redirects) = (free_port(), free_port(), free_port(), free_port());
        let settings = changed(&[
            ("127.0.0.1:8080", format!("127.0.0.1:{upstream}")),
            ("listen 80", format!("listen 127.0.0.1:{redirects}")),
            (
                "listen 443 ssl http2;",
                format!(
                    "listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{h2} http2; listen 127.0.0.1:{plain};"
                ),
            ),
            ("/etc/nginx/homeward/", format!("{}/", at.display())),
            ("/var/log/nginx/", format!("{}/", at.display())),
            ("client_header_timeout 10s", "client_header_timeout 1s".into()),
            ("client_body_timeout 10s", "client_body_timeout 1s".into()),
        ]);
        std::fs::write(at.join("homeward.conf"), settings).expect("the settings are written");
        let around = format!(
            "daemon off;\nmaster_process off;\npid {0}/pid;\nerror_log {0}/error.log info;\nevents {{}}\nhttp {{\n\
             client_body_temp_path {0}/body;\nproxy_temp_path {0}/proxy;\nfastcgi_temp_path {0}/f;\n\
             uwsgi_temp_path {0}/u;\nscgi_temp_path {0}/s;\ninclude {0}/homeward.conf;\n}}\n",
            at.display()
        );
        std::fs::write(at.join("nginx.conf"), around).expect("the settings are written");
        let mut command = Command::new(program());
        command.arg("-p").arg(at).arg("-c").arg(at.join("nginx.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().expect(MISSING);
        let mut nginx = Self { folder, _child: child, plain, tls, h2, redirects };
        nginx.is_up().await;
        nginx
    }

    async fn is_up(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.plain)).await.is_err() {
            assert!(Instant::now() < deadline, "nginx does not start: {}", self.log("error.log"));
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A connection to it.
    pub async fn connects(&self) -> Wire {
        let stream = TcpStream::connect(("127.0.0.1", self.plain)).await.expect("nginx listens");
        Wire(stream)
    }

    /// The status of the answer to these headers and this body over HTTP/2, sent as they are; none if it ends the request instead.
    pub async fn asks_h2(&self, headers: &[(&str, &str)], body: &str) -> Option<u16> {
        http2::asks(self.h2, headers, body).await
    }

    /// One of its logs, once that stands in it: it writes a line after its answer went out.
    pub async fn log_with(&self, name: &str, line: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.log(name);
            if log.contains(line) {
                return log;
            }
            assert!(Instant::now() < deadline, "{name} never has {line:?}: {log}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// One of its logs.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// A connection over which a test says each byte.
pub struct Wire(TcpStream);

impl Wire {
    /// Sends bytes as they are.
    pub async fn sends(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("it takes them");
    }

    /// All that comes until the other side ends it; what it had said when it broke the connection is kept.
    ///
    /// # Panics
    /// If it doesn't end in time.
    pub async fn hears_to_the_end(&mut self) -> String {
        let mut all = Vec::new();
        let read = async {
            let mut some = [0; 4096];
            while let Ok(count) = self.0.read(&mut some).await {
                if count == 0 {
                    break;
                }
                all.extend_from_slice(&some[..count]);
            }
        };
        let ended = timeout(PATIENCE, read).await;
        let text = String::from_utf8_lossy(&all).into_owned();
        assert!(ended.is_ok(), "it never ends: {text}");
        text
    }
}

/// The settings with these words changed; each must be there.
fn changed(changes: &[(&str, String)]) -> String {
    changes.iter().fold(SETTINGS.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from:?} does not stand in the settings any more");
        text.replace(from, to)
    })
}

async fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"])
        .arg(format!("/CN={NAME}"))
        .arg("-keyout")
        .arg(folder.join("server.key"))
        .arg("-out")
        .arg(folder.join("server.crt"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    assert!(made.expect(MISSING).success(), "openssl makes no certificate");
}

/// Debian keeps daemons where a user's PATH may not look.
fn program() -> &'static str {
    if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" }
}
