//! Engines that tests start for themselves, on free ports of 127.0.0.1, and stop again.

pub mod mosquitto;
pub mod nats;
pub mod postgres;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// Debian keeps daemons where a user's PATH may not look.
fn program(name: &str) -> PathBuf {
    let usual = Path::new("/usr/sbin").join(name);
    if usual.exists() { usual } else { name.into() }
}

fn free_port() -> u16 {
    let listen =
        || -> io::Result<u16> { Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()) };
    listen().expect("a free port")
}
