//! Engines that tests start for themselves, on free ports of 127.0.0.1, and stop again.

pub mod mosquitto;
pub mod nats;
pub mod postgres;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// Debian keeps daemons where a user's PATH may not look.
fn program(name: &str) -> PathBuf {
    let usual = Path::new("/usr/sbin").join(name);
    if usual.exists() { usual } else { name.into() }
}

/// A certificate for 127.0.0.1 that vouches for itself, `NAME.crt` in that folder, and its key, `NAME.key`. `constraints`: whether it may
/// vouch for others, as `openssl` says it (`CA:FALSE`).
///
/// # Panics
/// If it can't be made.
pub async fn certificate(folder: &Path, name: &str, constraints: &str) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", &format!("basicConstraints={constraints}"), "-keyout"])
        .arg(folder.join(format!("{name}.key")))
        .arg("-out")
        .arg(folder.join(format!("{name}.crt")))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    assert!(made.is_ok_and(|status| status.success()), "openssl is needed, and makes no certificate");
}

fn free_port() -> u16 {
    let listen =
        || -> io::Result<u16> { Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()) };
    listen().expect("a free port")
}
