//! One school day with a handful of trips: run, healed, checked.

use std::collections::BTreeMap;

use chassis::entry::Entry;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Hash;
use proto::topics::ServiceName;

use crate::bus::Weather;
use crate::checker;
use crate::dice::Dice;
use crate::services::{NAMES, on};
use crate::stats::Stats;
use crate::world::World;

/// How a day is to go.
#[derive(Clone, Debug)]
pub struct Day {
    /// Whatever is random follows from it.
    pub seed: u64,
    /// How many trips are planned.
    pub trips: usize,
    /// How bad it is; random if absent.
    pub weather: Option<Weather>,
}

/// How a day went.
pub struct Outcome {
    /// What happened, in numbers.
    pub stats: Stats,
    /// The journals as they were at its end.
    pub journals: BTreeMap<ServiceName, Vec<Entry>>,
    /// What must never be, and was; none if all is well.
    pub violations: Vec<String>,
}

impl Outcome {
    /// The heads of all chains: they differ if anything in any journal does.
    pub fn heads(&self) -> BTreeMap<ServiceName, Hash> {
        self.journals.iter().map(|(name, j)| (*name, j.last().map_or(Hash::ZERO, |e| e.hash))).collect()
    }
}

impl Day {
    /// An ordinary day in random weather.
    pub fn random(seed: u64) -> Self {
        Self { seed, trips: 3 + (Dice::new(seed).below(6)), weather: None }
    }

    /// Runs it to its end and checks what the journals say.
    pub fn run(&self) -> Outcome {
        let mut dice = Dice::new(self.seed ^ 0x5EED);
        let weather = self.weather.clone().unwrap_or_else(|| Weather::random(&mut dice));
        let begin = random_day(&mut dice);
        let at = |minutes: i64| begin + SignedDuration::from_mins(minutes);
        let mut world = World::new(dice, weather, begin);
        world.run(at(1));
        world.stories.school = crate::school::enter(&mut world);
        world.brew(at(30), at(600));
        for _ in 0..self.trips {
            let departs_at = world.dice.instant(at(140), at(360));
            crate::story::plan_trip(&mut world, departs_at);
        }
        world.run(at(720));
        world.heal();
        world.run(at(1200));
        world.check_quiet();
        self.settle(world)
    }

    fn settle(&self, mut world: World) -> Outcome {
        let journals: BTreeMap<ServiceName, Vec<Entry>> =
            NAMES.map(|name| (name, on!(world.services, name, node => node.journal.clone()))).into();
        let mut stats = std::mem::take(&mut world.stats);
        stats.days = 1;
        stats.events = journals.values().map(|journal| journal.len() as u64).sum();
        let mut violations = std::mem::take(&mut world.violations);
        if violations.is_empty() {
            violations = checker::check(&mut world, &mut stats);
        }
        Outcome { stats, journals, violations }
    }
}

/// Six in the morning of some day of the year, the days of both clock changes among them.
fn random_day(dice: &mut Dice) -> Timestamp {
    let first: Timestamp = "2026-01-07T06:00:00Z".parse().expect("an instant");
    let changes = ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"];
    if dice.per_mille(50) {
        let change: Timestamp = dice.pick(&changes).parse().expect("an instant");
        return change + SignedDuration::from_hours(6);
    }
    first + SignedDuration::from_hours(24 * dice.below(340) as i64)
}
