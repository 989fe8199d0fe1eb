//! A PostgreSQL server of a test's own: made, run on a free port of 127.0.0.1, and gone afterwards, also when the test
//! fails or is killed. It syncs as a real one does. It needs nothing but the standard library.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Error, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How often another port is tried, should somebody else have taken the one that was free.
const TRIES: u32 = 5;

/// How long a server that was killed may take to come back: its other processes must have noticed first.
const BACK_WITHIN: Duration = Duration::from_secs(30);

/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(5);

/// Runs the server and, when its own input ends (the test is over, or was killed), stops it and removes its folder. It
/// stops at once, as after a crash: nobody needs the data again. Told to leave, it leaves the folder to the next server.
const GUARD: &str = r#"
folder=$1; shift
"$@" </dev/null & server=$!
exec 1>&- 2>&-
read -r word
[ "$word" = leave ] && exit
kill -QUIT "$server"; wait "$server"
rm -rf "$folder"
"#;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    guard: Child,
    binaries: PathBuf,
    folder: PathBuf,
    port: u16,
    environment: Vec<(String, OsString)>,
}

impl Postgres {
    /// Makes a database cluster in a temporary folder and starts a server on it.
    ///
    /// # Panics
    /// If PostgreSQL isn't installed or doesn't start: a test must not pass without it.
    pub fn start() -> Self {
        Self::start_in(Vec::new())
    }

    /// As [`Postgres::start`], with these in the server's environment.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn start_in(environment: Vec<(String, OsString)>) -> Self {
        let binaries = binaries().unwrap_or_else(|| {
            panic!("PostgreSQL is not installed: run infra/install-test-engines.sh and try again")
        });
        let folder = new_folder().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        initialise(&binaries, &folder);
        for _ in 0..TRIES {
            let port = free_port();
            if let Some(guard) = run(&binaries, &folder, port, &environment) {
                return Self { guard, binaries, folder, port, environment };
            }
        }
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL in {} did not start on any of {TRIES} ports. Its log: {log}", folder.display())
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Panics
    /// If it can't be made.
    pub fn database(&self, name: &str) -> String {
        self.database_like(name, "template1")
    }

    /// Makes a copy of a database that nobody is using and gives its address: quicker than making its tables anew.
    ///
    /// # Panics
    /// If it can't be made.
    pub fn database_like(&self, name: &str, template: &str) -> String {
        succeeds(Command::new(self.binaries.join("createdb")).args([
            "-h",
            "127.0.0.1",
            "-U",
            "homeward",
            "-p",
            &self.port.to_string(),
            "-T",
            template,
            name,
        ]));
        self.address(name)
    }

    /// The address of a database of that name.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://homeward@127.0.0.1:{}/{name}", self.port)
    }

    /// A streaming replica of it, which confirms nothing: a commit doesn't wait for it.
    ///
    /// # Panics
    /// If it can't be made.
    pub fn replica(&self) -> Self {
        let folder = new_folder().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
        let port = self.port.to_string();
        succeeds(
            as_server(&self.binaries.join("pg_basebackup"), &folder)
                .args(["-D", "data", "-h", "127.0.0.1", "-p", &port, "-U", "homeward"])
                .args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]),
        );
        let (binaries, environment) = (self.binaries.clone(), self.environment.clone());
        for _ in 0..TRIES {
            let port = free_port();
            if let Some(guard) = run(&binaries, &folder, port, &environment) {
                return Self { guard, binaries, folder, port, environment };
            }
        }
        panic!("a replica in {} did not start on any of {TRIES} ports", folder.display())
    }

    /// The replica is cut off for good: what its primary stores from now on never comes.
    ///
    /// # Panics
    /// If it doesn't come back without its primary.
    pub fn is_cut_off(&mut self) {
        self.stops();
        let settings = self.folder.join("data/postgresql.auto.conf");
        let settings = std::fs::OpenOptions::new().append(true).open(settings);
        settings
            .expect("a replica has settings")
            .write_all(b"\nprimary_conninfo = ''\n")
            .expect("it is written");
        self.restart();
    }

    /// The replica takes the place of its primary, which was killed: it has its port from now on, where it is read only until it is promoted.
    ///
    /// # Panics
    /// If it can't.
    pub fn takes_the_place_of(mut self, primary: Self) -> Self {
        self.stops();
        self.port = primary.port;
        drop(primary);
        self.restart();
        self
    }

    /// The replica is promoted.
    ///
    /// # Panics
    /// If it can't.
    pub fn is_promoted(&self) {
        succeeds(
            as_server(&self.binaries.join("pg_ctl"), &self.folder)
                .args(["-D", "data", "-s", "-w", "promote"]),
        );
    }

    /// The server ends in order, and leaves its folder to the next one.
    fn stops(&mut self) {
        let folder = &self.folder;
        succeeds(
            as_server(&self.binaries.join("pg_ctl"), folder)
                .args(["-D", "data", "-s", "-w", "-m", "fast", "stop"]),
        );
        self.leaves();
    }

    /// Kills the server (kill -9). What it had not synced is as after a crash; its other processes end by themselves.
    ///
    /// # Panics
    /// If it doesn't run.
    pub fn kill(&mut self) {
        let made = self.made();
        self.signal("-KILL");
        self.leaves();
        // Those that it made end as soon as they notice. Until then one of them may still commit.
        let began = Instant::now();
        while processes().any(|(one, _)| made.contains(&one)) {
            assert!(began.elapsed() < BACK_WITHIN, "{made:?} of PostgreSQL don't end");
            std::thread::sleep(LOOK);
        }
    }

    /// The guard ends, and leaves the folder to the next server.
    fn leaves(&mut self) {
        if let Some(mut guard) = self.guard.stdin.take() {
            guard.write_all(b"leave\n").expect("the guard listens");
        }
        self.guard.wait().expect("the guard was ours to wait for");
    }

    /// Waits until the server takes connections; one that gave itself up, as it does when its disk fails while it recovers, is
    /// started again.
    ///
    /// # Panics
    /// If it doesn't come back.
    pub fn recovers(&mut self) {
        let began = Instant::now();
        while !self.is_ready() {
            let runs = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).is_ok_and(|pid| {
                let first = pid.lines().next().unwrap_or_default();
                processes().any(|(one, _)| one == first)
            });
            if !runs {
                self.leaves();
                return self.restart();
            }
            assert!(began.elapsed() < BACK_WITHIN, "PostgreSQL did not recover");
            std::thread::sleep(LOOK);
        }
    }

    fn is_ready(&self) -> bool {
        let asked = Command::new(self.binaries.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// Starts the server that was killed again, on the same data and port.
    ///
    /// # Panics
    /// If it doesn't come back.
    pub fn restart(&mut self) {
        let began = Instant::now();
        self.guard = loop {
            if let Some(guard) = run(&self.binaries, &self.folder, self.port, &self.environment) {
                break guard;
            }
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < BACK_WITHIN, "PostgreSQL did not come back: {log}");
        };
    }

    /// Sends a signal (`-STOP`, `-CONT`) to the server's first process, which takes connections.
    ///
    /// # Panics
    /// If it doesn't run.
    pub fn signal(&self, signal: &str) {
        let first = self.first_process();
        let sent = Command::new("kill").args([signal, &first]).status();
        assert!(sent.is_ok_and(|status| status.success()), "no signal {signal} to {first}");
    }

    /// Sends a signal to every process of the server: the first one before those that it made, so that it makes no more.
    ///
    /// # Panics
    /// If it doesn't run.
    pub fn signal_all(&self, signal: &str) {
        self.signal(signal);
        let made = self.made();
        // One of them may have ended meanwhile.
        let _ = Command::new("kill").arg(signal).args(made).stderr(Stdio::null()).status();
    }

    /// The processes that the first one made.
    fn made(&self) -> Vec<String> {
        let first = self.first_process();
        processes().filter(|(_, parent)| *parent == first).map(|(one, _)| one).collect()
    }

    fn first_process(&self) -> String {
        let first = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        first.lines().next().expect("its process comes first").to_owned()
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        self.guard.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Every process of this machine that runs, with its parent.
fn processes() -> impl Iterator<Item = (String, String)> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|process| {
        let number = process.file_name().into_string().ok().filter(|name| name.parse::<u32>().is_ok())?;
        let about = std::fs::read_to_string(process.path().join("stat")).ok()?;
        // Behind the name, which may hold anything: its state, then its parent. One that ended, and that nobody has taken
        // notice of, runs no more.
        let mut behind = about.rsplit_once(')')?.1.split_whitespace();
        let state = behind.next()?;
        let parent = behind.next()?.to_owned();
        (state != "Z").then_some((number, parent))
    })
}

/// Where the server's programs are: the newest of Debian's, else where PATH has them.
fn binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        let all = ["initdb", "postgres", "createdb", "pg_isready", "pg_ctl", "pg_basebackup"];
        all.iter().all(|name| folder.join(name).exists())
    };
    let version = |folder: &PathBuf| {
        let name = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        name.and_then(|name| name.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .map(|folder| folder.path().join("bin"))
        .filter(complete)
        .max_by(|a, b| version(a).total_cmp(&version(b)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest.or_else(|| std::env::split_paths(&path).find(complete))
}

/// A new folder that only the server's user may enter.
fn new_folder() -> Result<PathBuf, Error> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let name = format!("homeward-postgres-{}-{number}-{}", std::process::id(), now.as_nanos());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder)?;
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
    if let Some((user, group)) = unprivileged() {
        chown(&folder, Some(user), Some(group))?;
    }
    Ok(folder)
}

/// Whom the server runs as: it refuses to be root's. `None` if we aren't root.
fn unprivileged() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !root {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody")).or(Some((65_534, 65_534)))
}

/// A command that runs as the server's user, in its folder, away from our process group.
fn as_server(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).process_group(0).env_remove("PGDATA").env("LC_ALL", "C");
    if let Some((user, group)) = unprivileged() {
        command.uid(user).gid(group);
    }
    command
}

fn initialise(binaries: &Path, folder: &Path) {
    succeeds(as_server(&binaries.join("initdb"), folder).args([
        "-D",
        "data",
        "-A",
        "trust",
        "-U",
        "homeward",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]));
}

/// Runs one of the server's programs to its end.
fn succeeds(command: &mut Command) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.unwrap_or_else(|error| panic!("no free port: {error}")).port()
}

/// Starts the server; `None` if it stopped at once.
fn run(binaries: &Path, folder: &Path, port: u16, environment: &[(String, OsString)]) -> Option<Child> {
    let mut guard = as_server(Path::new("/bin/sh"), folder)
        .args(["-c", GUARD, "guard"])
        .arg(folder)
        .arg(binaries.join("postgres"))
        .args(["-D", "data", "-h", "127.0.0.1", "-p", &port.to_string(), "-k"])
        .arg(folder)
        .args(["-c", "max_connections=200", "-c", "logging_collector=off"])
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("/bin/sh: {error}"));
    let mut log = BufReader::new(guard.stderr.take().expect("it is piped"));
    let mut line = String::new();
    let mut said = String::new();
    while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        // A replica says: read-only connections.
        if line.contains("ready to accept") {
            std::thread::spawn(move || drain(log));
            return Some(guard);
        }
        said.push_str(&std::mem::take(&mut line));
    }
    std::fs::write(folder.join("log"), said).ok();
    guard.kill().ok();
    guard.wait().ok();
    None
}

/// A server whose log nobody reads would stop at a full pipe.
fn drain(mut log: impl Read) {
    std::io::copy(&mut log, &mut std::io::sink()).ok();
}
