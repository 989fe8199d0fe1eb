//! A campaign of faults: days of trips with everything apart, and at each step something happens. What follows from the
//! seed is which; when exactly it strikes is the machine's own chance. Afterwards the books are looked at.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use decider::Service;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Outcome;
use proto::ids::{CommandId, GroupId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::Word;
use proto::v1::{devices, trips};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::asks::Asks;
use crate::books::{Counts, Missed};
use crate::faults::{Fault, To};
use crate::home::{Extras, Plan};
use crate::outing::{Outing, half_hourly, heads, take_in};
use crate::process::LOOK;
use crate::watch::PATIENCE;
use crate::world::{MORNING, World};

/// When trips of a day leave.
const DEPARTURES: [&str; 2] = ["09:00", "13:00"];

/// Half hours of a trip, at most.
const ROUNDS: usize = 5;

/// How many faults a day has at most.
pub const FAULTS_A_DAY: usize = 32;

/// How long a fault lasts, in milliseconds.
const LASTS: std::ops::Range<u64> = 20..300;

/// How far the clock is stepped, in seconds.
const STEPS: [i64; 6] = [7, 25, 90, -7, -25, -90];

/// Chance that repeats itself (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn fault(&mut self, stage: Stage) -> Fault {
        match stage {
            Stage::Apart => self.fault_apart(),
            Stage::Alone => self.fault_alone(),
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
        match self.below(13) {
            0 | 1 => Fault::Kill(service),
            2..=4 => Fault::KillStoring(decides),
            5 => Fault::KillBroker,
            6 => Fault::KillDatabase,
            7 => Fault::Freeze(service),
            8 => Fault::FreezeBroker,
            11 => Fault::FreezeDatabase,
            9 => Fault::Cut(decides, to),
            10 => Fault::Slow(decides, to),
            _ => Fault::Step(self.of(&STEPS)),
        }
    }

    fn lasting(&mut self) -> Duration {
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
    /// Entries of all journals.
    pub entries: usize,
    /// Commands that were answered 'done'.
    pub acknowledged: usize,
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
            "{all} faults ({}); {} trips closed, {} entries, {} commands answered, {} texts and calls; {} check-ins missed and \
             alerted once, {} kept and not alerted; nothing lost, nothing twice",
            each.join(", "),
            self.trips,
            self.entries,
            self.acknowledged,
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

    fn add(&mut self, counts: &Counts) {
        self.entries += counts.entries;
        self.acknowledged += counts.acknowledged;
        self.made += counts.made;
        self.missed += counts.missed.len();
    }
}

/// Where a campaign goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Each service a process of its own, with Mosquitto and PostgreSQL, behind links.
    Apart,
    /// One process, with SQLite and the embedded broker, on a disk that can fail.
    Alone,
}

impl Stage {
    async fn world(self, program: &'static str) -> World {
        match self {
            Self::Apart => World::start_as(MORNING, Plan::Linked(program)).await,
            Self::Alone => {
                let extras = Extras { frail_disk: true, ..Extras::default() };
                World::start_with(MORNING, Plan::Alone(program), extras).await
            }
        }
    }
}

/// A campaign at work: a day of it.
struct Day<'a> {
    stage: Stage,
    world: World,
    dice: Dice,
    left: usize,
    tally: &'a mut Tally,
    /// Due times for which somebody spoke in time.
    kept: Vec<Missed>,
    /// Due times that were let go by.
    let_go: Vec<Missed>,
}

/// So many faults, by this seed, on so many days as it takes.
pub async fn campaign(program: &'static str, stage: Stage, seed: u64, faults: usize) -> Tally {
    let (mut tally, mut seed) = (Tally::default(), seed);
    // How many steps a day has is its own affair.
    while tally.all() < faults {
        let left = (faults - tally.all()).min(FAULTS_A_DAY);
        let world = stage.world(program).await;
        let (kept, let_go) = (Vec::new(), Vec::new());
        let day = Day { stage, world, dice: Dice(seed), left, tally: &mut tally, kept, let_go };
        day.passes().await;
        seed += 1;
    }
    tally
}

impl Day<'_> {
    async fn passes(mut self) {
        self.world.nobody_answers();
        for at in DEPARTURES {
            if self.left > 0 {
                self.one_trip(at).await;
            }
        }
        let counts = self.world.closes_the_books().await;
        for one in &self.kept {
            assert!(!counts.missed.contains(one), "spoken in time, and alerted: {one:?}");
        }
        for one in &self.let_go {
            assert!(counts.missed.contains(one), "let go by, and nobody was alerted: {one:?}");
        }
        self.tally.kept += self.kept.len();
        self.tally.add(&counts);
    }

    async fn one_trip(&mut self, at: &str) {
        let leaves = self.world.instant(at);
        let mut outing = Outing::museum(&self.world);
        let mut form = homeward::demo::museum_form(&self.world.cast, leaves, half_hourly());
        let trip = TripId::new();
        form.groups[0].group = GroupId::derived(trip.0, 0);
        (outing.trip, outing.form) = (trip, form);
        self.registers(&outing).await;
        self.world.to(leaves.max(self.world.now())).await;
        self.does("Ines", outing.depart()).await;
        for _ in 0..ROUNDS {
            self.half_hour(&outing).await;
        }
        self.comes_home(&outing).await;
        self.tally.trips += 1;
        assert_eq!(
            self.world.told("trips", "TripClosed").len(),
            DEPARTURES.iter().position(|d| *d == at).expect("one") + 1
        );
    }

    async fn registers(&mut self, outing: &Outing) {
        let (trip, form_hash) = (outing.trip, outing.form_hash());
        let save = trips::Command::SaveDraft { trip, base: None, form: Box::new(outing.form.clone()) };
        self.does("Ines", save).await;
        self.does("Ines", trips::Command::SubmitForm { trip, form_hash }).await;
        self.does("Marcus", trips::Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() }).await;
        let tray = outing.tray(&self.world);
        self.does("Pat", tray).await;
    }

    async fn comes_home(&mut self, outing: &Outing) {
        let accounted =
            trips::Accounted { back: outing.form.pupils, released: heads(0), in_hospital: heads(0) };
        self.does("Ines", trips::Command::RecordReturn { trip: outing.trip, accounted, note: None }).await;
        for tag in ["WM-001", "WM-002", "BP-001"] {
            let back: devices::Command = take_in(&self.world, tag);
            self.does("Pat", back).await;
        }
    }

    /// The next due time is met, or let go by.
    async fn half_hour(&mut self, outing: &Outing) {
        // Nobody spoke since it was armed: its reminder comes first.
        let reminder =
            checkins::Checkins::next_due(&self.world.watch.states.checkins).expect("the watch goes on");
        let due = reminder + SignedDuration::from_mins(5);
        let one = (outing.trip, outing.group(), due);
        if self.dice.below(4) == 0 {
            self.let_go.push(one);
            self.world.to(due + SignedDuration::from_mins(9)).await;
            self.reaches(due + SignedDuration::from_mins(10)).await;
            self.world.to(due + SignedDuration::from_mins(12)).await;
        } else {
            self.kept.push(one);
            self.world.to(due - SignedDuration::from_mins(4)).await;
        }
        match (self.dice.below(3), self.stage) {
            (1, Stage::Apart) => self.by_mqtt(outing).await,
            // The embedded broker's accounts end with its process: there is nobody to ask again by MQTT.
            (0, _) | (1, Stage::Alone) => {
                let word = outing.word(&self.world, Word::Ok, Some(24));
                self.does("Ines", word).await;
            }
            _ => self.by_text().await,
        }
        let (opened, resolved) =
            (self.world.told("alerts", "CaseOpened"), self.world.told("alerts", "CaseResolved"));
        assert_eq!(opened.len(), resolved.len(), "every alert is over once the group is heard");
    }

    /// A person does something, and meanwhile something happens.
    async fn does<C: Asks + Sync + 'static>(&mut self, first: &str, command: C) {
        let who = self.world.as_(first);
        self.meanwhile(tokio::spawn(async move {
            who.insists(command).await;
        }))
        .await;
    }

    async fn by_text(&mut self) {
        let handset = self.world.handset("WM-001");
        let texting = tokio::spawn(async move {
            let mut sent = handset.sends("OK 24").await;
            while !sent.answers.iter().any(|answer| matches!(answer, Ok(200..=299))) {
                tokio::time::sleep(LOOK).await;
                sent = handset.sends_again(&sent.sid).await;
            }
        });
        self.meanwhile(texting).await;
    }

    async fn by_mqtt(&mut self, outing: &Outing) {
        let (client, school) = (self.world.mqtt_client(), self.world.school.clone());
        let word = outing.pressed(&self.world, "WM-002", Word::Ok, Some(24), self.world.now());
        let (id, door) = (CommandId::new(), self.world.door.clone());
        let asking = tokio::spawn(async move {
            let began = Instant::now();
            while began.elapsed() < PATIENCE * 3 {
                match client.ask::<checkins::Checkins>(&school, id, &word, None).await {
                    Outcome::Accepted { sequence } => {
                        return door.was_acknowledged(ServiceName::Checkins, id, sequence);
                    }
                    Outcome::Refused { refusal } => panic!("{refusal:?}"),
                    Outcome::Faulted { .. } => tokio::time::sleep(LOOK).await,
                }
            }
            panic!("never answered over MQTT");
        });
        self.meanwhile(asking).await;
    }

    /// Time comes to that instant, and meanwhile something happens.
    async fn reaches(&mut self, at: Timestamp) {
        self.world.clock.set(at);
        self.meanwhile(tokio::spawn(async {})).await;
    }

    /// Something happens while this is under way; then it is over, and all is quiet.
    async fn meanwhile(&mut self, deed: JoinHandle<()>) {
        if self.left > 0 {
            self.left -= 1;
            let fault = self.dice.fault(self.stage);
            *self.tally.faults.entry(fault.kind()).or_default() += 1;
            let lasting = self.dice.lasting();
            let began = Instant::now();
            self.world.strikes(fault).await;
            // A fault has a length: nothing is waited for here.
            tokio::time::sleep(lasting).await;
            self.world.heals(fault).await;
            self.world.comes_back().await;
            say(&format!(
                "  {fault}, {} ms, whole again after {} ms",
                lasting.as_millis(),
                began.elapsed().as_millis()
            ));
        }
        deed.await.expect("it is done");
        self.world.quiet().await;
    }
}

/// For those who watch.
pub fn say(text: &str) {
    use std::io::Write;
    // A closed pipe is no fault of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
}
