//! Days of trips in one world, each trip from its form to the last phone back; meanwhile something may happen.

use std::time::Duration;

use decider::Service;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Outcome;
use proto::ids::{CommandId, GroupId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::Word;
use proto::v1::{alerts, devices, safeguarding, trips};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::asks::Asks;
use crate::books::Missed;
use crate::campaign::{Dice, Stage, Tally, say};
use crate::outing::{Outing, half_hourly, heads, take_in};
use crate::process::LOOK;
use crate::watch::PATIENCE;
use crate::world::World;

/// When trips of a day leave.
const DEPARTURES: [&str; 2] = ["09:00", "13:00"];

/// When a day begins.
const BEGINS: &str = "08:30";

/// Half hours of a trip, at most.
const ROUNDS: usize = 5;

/// Days of trips in one world.
pub(crate) struct Days {
    pub(crate) world: World,
    stage: Stage,
    dice: Dice,
    /// How many more faults may strike.
    left: usize,
    tally: Tally,
    /// Due times for which somebody spoke in time.
    kept: Vec<Missed>,
    /// Due times that were let go by.
    let_go: Vec<Missed>,
    /// How long each check-in by the phone page waited for its durable answer.
    pub(crate) waits: Vec<Duration>,
}

impl Days {
    /// In a world where nobody takes a call, with so many faults to come.
    pub(crate) fn begin(world: World, stage: Stage, dice: Dice, faults: usize) -> Self {
        world.nobody_answers();
        let (tally, kept, let_go, waits) = Default::default();
        Self { world, stage, dice, left: faults, tally, kept, let_go, waits }
    }

    /// Today's trips, each until its last phone is back. With faults to come a later trip goes only while some are left.
    pub(crate) async fn has_trips(&mut self) {
        let campaign = self.left > 0;
        for at in DEPARTURES {
            if self.left > 0 || !campaign {
                self.one_trip(at).await;
            }
        }
    }

    /// It is over: the books are whole.
    pub(crate) async fn end(self) -> Tally {
        let Self { world, mut tally, kept, let_go, .. } = self;
        let counts = world.closes_the_books().await;
        for one in &kept {
            assert!(!counts.missed.contains(one), "spoken in time, and alerted: {one:?}");
        }
        for one in &let_go {
            assert!(counts.missed.contains(one), "let go by, and nobody was alerted: {one:?}");
        }
        tally.kept += kept.len();
        tally.add(&counts);
        tally
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
        assert_eq!(self.world.told("trips", "TripClosed").len(), self.tally.trips);
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
            (1, Stage::Apart | Stage::Shared) => self.by_mqtt(outing).await,
            // The embedded broker's accounts end with its process: there is nobody to ask again by MQTT.
            (0, _) | (1, Stage::Alone) => {
                let word = outing.word(&self.world, Word::Ok, Some(24));
                let waited = self.does("Ines", word).await;
                self.waits.push(waited);
            }
            _ => self.by_text().await,
        }
        let mut open = self.world.watch.states.alerts.open_cases();
        assert!(
            open.all(|case| case.trip.is_none()),
            "every alert of a trip is over once the group is heard"
        );
    }

    /// The night passes, or several; in the morning the DSL settles what they brought, and signs last week's use off.
    pub(crate) async fn sleeps(&mut self, nights: i64) {
        let monday = self.world.monday();
        let morning = self.world.instant_after(nights, BEGINS);
        self.world.to(morning).await;
        let open: Vec<_> = self.world.watch.states.alerts.open_cases().map(|open| open.case).collect();
        for case in open {
            let reason = "Looked at in the morning: it can wait".parse().expect("a note");
            self.does("Karin", alerts::Command::ResolveCase { case, reason }).await;
        }
        if self.world.monday() > monday {
            self.does("Karin", safeguarding::Command::SignOffWeek { week: monday, remarks: None }).await;
        }
    }

    /// A person does something, and meanwhile something happens: how long the answer took.
    async fn does<C: Asks + Sync + 'static>(&mut self, first: &str, command: C) -> Duration {
        let who = self.world.as_(first);
        let deed = async move {
            let began = Instant::now();
            who.insists(command).await;
            began.elapsed()
        };
        self.meanwhile(tokio::spawn(deed)).await
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
    async fn meanwhile<T>(&mut self, deed: JoinHandle<T>) -> T {
        if self.left > 0 {
            self.left -= 1;
            let fault = self.dice.fault(self.stage, &self.world.joined());
            *self.tally.faults.entry(fault.kind()).or_default() += 1;
            let lasting = fault.lasts(self.dice.lasting());
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
        let done = deed.await.expect("it is done");
        self.world.quiet().await;
        done
    }
}
