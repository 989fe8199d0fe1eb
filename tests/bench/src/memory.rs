//! The whole of Homeward in one process, idle, for one school.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, Row, row};

/// How long it may settle.
const SETTLE: Duration = Duration::from_secs(10);

/// Ends the child when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let binary = std::env::current_exe()?.with_file_name("homeward");
    if !binary.exists() {
        return Ok(vec![row(
            "idle memory",
            "not measured: build homeward with --release first",
            "< 48 MiB",
            "",
        )]);
    }
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("homeward.toml");
    let data = folder.path().join("data");
    std::fs::write(
        &config,
        format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[data]\ndir = {data:?}\n[schools.bench]\nname = \"Bench School\"\n"
        ),
    )?;
    let child = Command::new(binary)
        .arg("--config")
        .arg(&config)
        .arg("run")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running(child);
    let begun = Instant::now();
    while begun.elapsed() < SETTLE {
        std::thread::sleep(Duration::from_millis(200));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.0.id()))?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or("no VmRSS: it did not stay up")?;
    Ok(vec![row(
        "all in one, one school, idle: resident",
        format!("{:.1} MiB", kib / 1024.0),
        "< 48 MiB",
        "",
    )])
}
