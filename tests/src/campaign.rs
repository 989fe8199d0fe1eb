//! A campaign of faults: days of trips with everything apart, and at each step something happens. What follows from the
//! seed is which; when exactly it strikes is the machine's own chance. Afterwards the books are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use proto::topics::ServiceName;

use crate::books::Counts;
use crate::days::Days;
use crate::faults::{Fault, To};
use crate::home::{Extras, Plan};
use crate::instances::{divided_among_instances, tables_of};
use crate::kept;
use crate::schools::{self, Party, Size};
use crate::world::World;

/// How many faults the first day has, if there are so many to come: hundreds of trips go out on it.
const FIRST_DAY: usize = 128;

/// How many faults any other day has at most.
const ANY_DAY: usize = 64;

/// On a day with more faults than this, many parties are out at once: on a shorter one, a few.
const FEW: usize = 24;

/// Who goes out twice on the first day of many, on another day with many faults, and on one with few.
const HUNDREDS: Size = Size { schools: 5, parties: 20, half_hours: 3, together: 10 };
const MANY_OUT: Size = Size { schools: 3, parties: 8, half_hours: 5, together: 4 };
const FEW_OUT: Size = Size { schools: 2, parties: 2, half_hours: 3, together: 4 };

/// When each day begins: a Monday in November, the day after the earlier releases' last, at half past eight in London.
const MONDAY: &str = "2026-11-23T08:30:00Z";

/// How long a fault lasts, in milliseconds.
const LASTS: std::ops::Range<u64> = 20..300;

/// How far the clock is stepped, in seconds.
const STEPS: [i64; 6] = [7, 25, 90, -7, -25, -90];

/// Chance that repeats itself (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// `joined`: the instances that are there besides the first of each service.
    pub(crate) fn fault(&mut self, stage: Stage, joined: &BTreeSet<u16>) -> Fault {
        match stage {
            Stage::Apart => self.fault_apart(),
            Stage::Shared => self.fault_shared(joined),
            Stage::Alone => self.fault_alone(),
        }
    }

    /// Instances divide the schools: they come and go, die and hang, and all else happens as well.
    fn fault_shared(&mut self, joined: &BTreeSet<u16>) -> Fault {
        let missing = MORE.into_iter().find(|number| !joined.contains(number));
        let there: Vec<u16> = joined.iter().copied().collect();
        match (self.below(10), missing) {
            (0..=6, Some(number)) if there.is_empty() => Fault::Joins(number),
            (0 | 1, Some(number)) => Fault::Joins(number),
            (0..=3, _) => Fault::Hang(self.of(&there)),
            (4, _) => Fault::KillInstance(self.of(&there)),
            (5, _) => Fault::Lost(self.of(&there)),
            (6, _) => Fault::Dismissed(self.of(&there)),
            _ => self.fault_apart(),
        }
    }

    /// Everything is one process, on a disk of its own.
    fn fault_alone(&mut self) -> Fault {
        let decides =
            self.of(&ServiceName::ALL.map(|s| if s == ServiceName::Board { ServiceName::Trips } else { s }));
        match self.below(10) {
            0 => Fault::Kill(decides),
            1 | 2 => Fault::KillStoring(decides),
            3 => Fault::Freeze(decides),
            4 | 5 => Fault::FillDisk,
            6 => Fault::FailSyncs,
            7 | 8 => Fault::CutPower(self.below(usize::MAX) as u64),
            _ => Fault::Step(self.of(&STEPS)),
        }
    }

    fn fault_apart(&mut self) -> Fault {
        let service = self.of(&ServiceName::ALL);
        let decides =
            self.of(&ServiceName::ALL.map(|s| if s == ServiceName::Board { ServiceName::Trips } else { s }));
        let to = self.of(&[To::Broker, To::Database]);
        match self.below(15) {
            0 | 1 => Fault::Kill(service),
            2..=4 => Fault::KillStoring(decides),
            5 => Fault::KillBroker,
            6 => Fault::KillDatabase,
            7 => Fault::Freeze(service),
            8 => Fault::FreezeBroker,
            11 => Fault::FreezeDatabase,
            9 => Fault::Cut(decides, to),
            10 => Fault::Slow(decides, to),
            12 => Fault::FillDisk,
            13 => Fault::FailSyncs,
            _ => Fault::Step(self.of(&STEPS)),
        }
    }

    pub(crate) fn lasting(&mut self) -> Duration {
        let (from, span) = (LASTS.start, LASTS.end - LASTS.start);
        Duration::from_millis(from + self.below(usize::try_from(span).expect("it is small")) as u64)
    }
}

/// What a campaign came to.
#[derive(Default, Debug)]
pub struct Tally {
    /// Faults, by kind.
    pub faults: BTreeMap<&'static str, usize>,
    /// Trips that closed.
    pub trips: usize,
    /// Trips that were out at once.
    pub at_once: usize,
    /// Entries of all journals.
    pub entries: usize,
    /// Commands that were answered 'done'.
    pub acknowledged: usize,
    /// Texts of leaders that were taken from the provider with success.
    pub taken: usize,
    /// Texts and calls that the provider made.
    pub made: usize,
    /// Check-ins that were missed, each alerted once.
    pub missed: usize,
    /// Check-ins that came, none of which was alerted.
    pub kept: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all();
        let each: Vec<_> = self.faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        write!(
            f,
            "{all} faults ({}); {} trips closed, up to {} out at once, {} entries, {} commands answered, {} texts taken, {} texts and calls made; \
             {} check-ins missed, each alerted once and heard of, {} kept and not alerted; nothing lost, nothing twice",
            each.join(", "),
            self.trips,
            self.at_once,
            self.entries,
            self.acknowledged,
            self.taken,
            self.made,
            self.missed,
            self.kept
        )
    }
}

impl Tally {
    /// All faults.
    pub fn all(&self) -> usize {
        self.faults.values().sum()
    }

    fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.trips += other.trips;
        self.at_once = self.at_once.max(other.at_once);
        self.entries += other.entries;
        self.acknowledged += other.acknowledged;
        self.taken += other.taken;
        self.made += other.made;
        self.missed += other.missed;
        self.kept += other.kept;
    }

    pub(crate) fn add(&mut self, counts: &Counts) {
        self.entries += counts.entries;
        self.acknowledged += counts.acknowledged;
        self.taken += counts.taken;
        self.made += counts.made;
        self.missed += counts.missed.len();
    }
}

/// The instances that may come besides the first of each service.
const MORE: [u16; 2] = [2, 3];

/// Schools, where instances divide them; not all of them have trips.
const SCHOOLS_SHARED: usize = 7;

/// Where a campaign goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Each service a process of its own, with Mosquitto and PostgreSQL, behind links; the database's disk can fail.
    Apart,
    /// The same, with instances that divide the schools by themselves.
    Shared,
    /// One process, with SQLite and the embedded broker, on a disk that can fail.
    Alone,
}

impl Stage {
    /// On a disk that can fail; with the parties that go out.
    async fn world(
        self,
        program: &'static str,
        size: Size,
        old_journal: Option<PathBuf>,
    ) -> (World, Vec<Party>) {
        let names = |count| -> Vec<_> { (1..count).map(schools::name_of).collect() };
        let (plan, tables) = match self {
            Self::Apart => (Plan::Linked(program), tables_of(&names(size.schools))),
            Self::Shared => (Plan::Linked(program), divided_among_instances(&names(SCHOOLS_SHARED))),
            Self::Alone => (Plan::Alone(program), tables_of(&names(size.schools))),
        };
        let (extras, parties) = schools::with_parties(size);
        let world =
            World::start_with(MONDAY, plan, Extras { frail_disk: true, tables, old_journal, ..extras }).await;
        (world, parties)
    }
}

/// So many faults, by this seed, on so many days as it takes.
pub async fn campaign(program: &'static str, stage: Stage, seed: u64, faults: usize) -> Tally {
    let (mut tally, mut seed) = (Tally::default(), seed);
    // How many steps a day has is its own affair.
    while tally.all() < faults {
        let (left, first) = (faults - tally.all(), tally.trips == 0);
        let (size, left) = match left {
            FIRST_DAY.. if first => (HUNDREDS, FIRST_DAY),
            0..=FEW => (FEW_OUT, left),
            _ => (MANY_OUT, left.min(ANY_DAY)),
        };
        let (world, parties) = stage.world(program, size, inherited(seed)).await;
        let mut days = Days::begin(world, (parties, size), stage, Dice(seed), left);
        days.has_trips().await;
        tally.merge(&days.end().await);
        seed += 1;
    }
    tally
}

/// What a day begins on: every other one on the journals of an earlier release, each of them in turn.
fn inherited(seed: u64) -> Option<PathBuf> {
    let files = kept::backups();
    let which = usize::try_from(seed / 2).unwrap_or_default() % files.len();
    (seed % 2 == 1).then(|| files[which].clone())
}

/// For those who watch.
pub fn say(text: &str) {
    use std::io::Write;
    // A closed pipe is no fault of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
}
