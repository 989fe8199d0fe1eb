//! Weeks of school days on one running process: what it takes of memory, files and time must not grow with what is over.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proto::v1::devices;

use crate::campaign::{Dice, Stage, Tally, say};
use crate::days::Days;
use crate::home::{Extras, Plan};
use crate::process::Process;
use crate::schools::{self, Size};
use crate::world::{Runs, World};

/// The first Monday after Easter: eight weeks of it have two bank holidays, and end with June.
const SPRING: &str = "2027-04-12T07:30:00Z";

/// Each so many weeks the office sees that the phones ask for their passcodes: after 90 days none goes out. [DEV-1]
const PASSCODES: u32 = 8;

/// A week of it, looked at on its Friday night, when nothing is under way.
#[derive(Clone, Debug)]
pub struct Week {
    /// Which, from 1.
    pub number: u32,
    /// Trips that closed since the beginning.
    pub trips: usize,
    /// Events that were told since the beginning.
    pub events: usize,
    /// Memory of its own that each process has, in KiB.
    pub own_kib: BTreeMap<String, u64>,
    /// Files that it has open.
    pub open_files: usize,
    /// What its files take, in bytes: databases, what is written ahead of them, the rest.
    pub files: Files,
    /// How long a check-in by the page waited for its durable answer, this week: half of them, and the slowest.
    pub waited: (Duration, Duration),
}

impl Week {
    /// Memory of its own that all of it has, in KiB.
    pub fn own(&self) -> u64 {
        self.own_kib.values().sum()
    }
}

/// What the installation's files take, in bytes.
#[derive(Clone, Copy, Default, Debug)]
pub struct Files {
    /// Databases.
    pub databases: u64,
    /// Written ahead of them: bounded, however long it runs.
    pub ahead: u64,
    /// Everything else.
    pub others: u64,
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: u64| bytes / 1024;
        write!(
            f,
            "week {}: {} trips, {} events; {} KiB of its own ({:?}), {} files open; databases {} KiB, written ahead {} KiB, others {} KiB; \
             a check-in answered in {:.1} ms, the slowest in {:.1} ms",
            self.number,
            self.trips,
            self.events,
            self.own(),
            self.own_kib,
            self.open_files,
            kib(self.files.databases),
            kib(self.files.ahead),
            kib(self.files.others),
            self.waited.0.as_secs_f64() * 1000.0,
            self.waited.1.as_secs_f64() * 1000.0
        )
    }
}

/// So many weeks of school days, with two trips each, a quarter of whose check-ins are missed; then the books are looked at.
pub async fn soak(plan: Plan, weeks: u32, seed: u64) -> (Vec<Week>, Tally) {
    let extras = Extras { log: Some("warn"), ..Extras::default() };
    let world = World::start_with(SPRING, plan, extras).await;
    let (_, parties) = schools::with_parties(Size::ONE);
    let mut days = Days::begin(world, (parties, Size::ONE), Stage::Alone, Dice(seed), 0);
    let mut each = Vec::new();
    for number in 1..=weeks {
        if number % PASSCODES == 0 {
            passcodes_are_confirmed(&days.world).await;
        }
        for day in 1..=5 {
            days.has_trips().await;
            if day < 5 {
                days.sleeps(1).await;
            }
        }
        let week = look(number, &mut days);
        say(&format!("  {week}"));
        each.push(week);
        days.sleeps(3).await;
    }
    (each, days.end().await)
}

async fn passcodes_are_confirmed(world: &World) {
    for tag in ["WM-001", "WM-002", "BP-001"] {
        world.as_("Pat").does(devices::Command::ConfirmPasscode { device: world.cast.phone(tag).id }).await;
    }
}

fn look(number: u32, days: &mut Days) -> Week {
    let mut waits = std::mem::take(&mut days.waits);
    waits.sort_unstable();
    let slowest = waits.last().copied().expect("somebody checked in");
    let world = &days.world;
    let Runs::Processes(processes, _) = &world.runs else { panic!("it runs as a process") };
    let open_files = |process: &Process| {
        let folder = format!("/proc/{}/fd", process.number().expect("it runs"));
        fs::read_dir(folder).expect("the system tells").count()
    };
    Week {
        number,
        trips: world.told("trips", "TripClosed").len(),
        events: world.watch.events.len(),
        own_kib: processes.iter().map(|process| (process.name.clone(), process.status("RssAnon"))).collect(),
        open_files: processes.iter().map(open_files).sum(),
        files: files(&world.dir()),
        waited: (waits[waits.len() / 2], slowest),
    }
}

fn files(folder: &Path) -> Files {
    let mut sum = Files::default();
    for file in fs::read_dir(folder).expect("the folder is there").filter_map(Result::ok) {
        let (name, about) = (file.file_name(), file.metadata().expect("it is there"));
        let name = name.to_string_lossy();
        let kind = match name.rsplit('.').next().unwrap_or_default() {
            "db" | "sqlite" => &mut sum.databases,
            end if end.ends_with("-wal") || end.ends_with("-shm") => &mut sum.ahead,
            _ => &mut sum.others,
        };
        *kind += if about.is_dir() { files(&file.path()).all() } else { about.len() };
    }
    sum
}

impl Files {
    fn all(self) -> u64 {
        self.databases + self.ahead + self.others
    }
}
