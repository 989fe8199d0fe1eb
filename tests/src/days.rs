//! Days of trips in one world, each trip from its form to the last phone back, many of them out at once; meanwhile something may happen.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Outcome;
use proto::ids::{CommandId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::Word;
use proto::v1::trips::CheckInPlan;
use proto::v1::{alerts, safeguarding, trips};
use proto::values::CronSchedule;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::asks::Asks;
use crate::books::Missed;
use crate::campaign::{Dice, Stage, Tally, say};
use crate::outing::{Outing, half_hourly, take_in_of};
use crate::process::LOOK;
use crate::schools::{Party, Size};
use crate::watch::PATIENCE;
use crate::world::World;

/// When parties leave on a day, and when their first check-in is due. (By the clock, so that it is the same for all, though somebody may
/// set the clock back while they leave.)
const DEPARTURES: [(&str, &str); 2] = [("09:10", "09:30"), ("13:10", "13:30")];

/// When a day begins.
const BEGINS: &str = "08:30";

/// Days of trips in one world.
pub(crate) struct Days {
    pub(crate) world: World,
    parties: Vec<Party>,
    size: Size,
    stage: Stage,
    dice: Dice,
    /// How many more faults may strike.
    left: usize,
    tally: Tally,
    /// Trips that went, and are back.
    went: BTreeSet<TripId>,
    /// Due times for which somebody spoke in time.
    kept: BTreeSet<Missed>,
    /// Due times that were let go by.
    let_go: BTreeSet<Missed>,
    /// How long each check-in by the phone page waited for its durable answer.
    pub(crate) waits: Vec<Duration>,
}

/// A party that is out.
#[derive(Clone)]
struct Out {
    party: Party,
    outing: Outing,
}

/// What one of a party does; where it was a check-in by the phone page, how long the answer took.
type Deed = BoxFuture<'static, Option<Duration>>;

/// Each half hour by the clock.
fn by_the_clock() -> CheckInPlan {
    let at = CronSchedule::parse("0 0,30 * * * *").expect("a schedule");
    CheckInPlan { every_minutes: None, at: Some(at), ..half_hourly() }
}

impl Days {
    /// In a world where nobody takes a call, with these parties of a day of that size, and so many faults to come.
    pub(crate) fn begin(
        world: World,
        (parties, size): (Vec<Party>, Size),
        stage: Stage,
        dice: Dice,
        faults: usize,
    ) -> Self {
        world.nobody_answers();
        let (mut tally, went, kept, let_go, waits) = <(Tally, _, _, _, _)>::default();
        let mut left = faults;
        if !world.home.inherited.is_empty() && left > 0 {
            left -= 1;
            tally.faults.insert("begun on an older release's journals", 1);
        }
        Self { world, parties, size, stage, dice, left, tally, went, kept, let_go, waits }
    }

    /// Today's trips, each until its last phone is back. With faults to come they go out once more only while some are left.
    pub(crate) async fn has_trips(&mut self) {
        let campaign = self.left > 0;
        for (leave, first_due) in DEPARTURES {
            if self.left > 0 || !campaign {
                self.all_go_out(leave, first_due).await;
            }
        }
    }

    /// It is over: the books are whole. What was let go by was alerted, each once, and somebody's handset said so; nothing else was alerted.
    pub(crate) async fn end(self) -> Tally {
        let Self { world, mut tally, kept, let_go, went, .. } = self;
        // On journals of an earlier release a trip of theirs was out, and a test of their landline, which nobody takes, is on the list.
        let (earlier, landline) = (world.cast.museum, world.cast.landline);
        let tested = !world.home.inherited.is_empty();
        let mut counts = world.closes_the_books().await;
        counts.missed.retain(|(trip, ..)| *trip != earlier);
        counts.unheard.retain(|(trip, ..)| *trip != earlier);
        counts.others.retain(|(trip, _)| *trip != Some(earlier));
        counts.closed.remove(&earlier);
        let falsely: Vec<_> = counts.missed.difference(&let_go).collect();
        assert!(falsely.is_empty(), "spoken in time, and alerted: {falsely:?}");
        let forgotten: Vec<_> = let_go.difference(&counts.missed).collect();
        assert!(forgotten.is_empty(), "let go by, and nobody was alerted: {forgotten:?}");
        // Of many weeks the handsets remember the last texts and calls alone.
        let remembered = counts.made < handsets::MAX_KEPT / 2;
        assert!(remembered || tally.faults.is_empty(), "the handsets forgot some of what they got");
        assert!(
            !remembered || counts.unheard.is_empty(),
            "alerted, and no handset said so: {:?}",
            counts.unheard
        );
        assert!(counts.repeated.is_empty(), "told twice: {:#?}", counts.repeated);
        let has_a_cause = |reason: &alerts::Reason| match reason {
            alerts::Reason::LineDown { line, .. } => tested && *line == landline,
            other => by_the_calendar(other),
        };
        let false_alerts: Vec<_> = counts.others.iter().filter(|(_, reason)| !has_a_cause(reason)).collect();
        assert!(false_alerts.is_empty(), "alerted, and nothing was wrong: {false_alerts:#?}");
        assert!(counts.out.is_empty(), "all came in, and these are out: {:?}", counts.out);
        assert_eq!(counts.closed, went, "each trip closed");
        tally.trips = went.len();
        tally.kept += kept.len();
        tally.add(&counts);
        tally
    }

    async fn all_go_out(&mut self, leave: &str, first_due: &str) {
        let (leaves, first_due) = (self.world.instant(leave), self.world.instant(first_due));
        let go_out =
            |party: &Party| Out { outing: party.outing(leaves, by_the_clock()), party: party.clone() };
        let all: Vec<Out> = self.parties.iter().map(go_out).collect();
        self.each(&all, Self::registers).await;
        // Whether the emergency route covers each trip has been worked out.
        self.each(&all, Self::authorises).await;
        self.each(&all, |days, out| days.does(out, "Pat", out.outing.tray_of(&out.party.cast))).await;
        self.world.to(leaves.max(self.world.now())).await;
        self.each(&all, |days, out| days.does(out, "Ines", out.outing.depart())).await;
        for round in 0..self.size.half_hours {
            self.half_hour(&all, first_due + SignedDuration::from_mins(30 * round)).await;
        }
        self.each(&all, |days, out| days.does(out, "Ines", out.outing.back())).await;
        self.each(&all, Self::hands_in).await;
        self.went.extend(all.iter().map(|out| out.outing.trip));
        self.tally.at_once = self.tally.at_once.max(all.len());
    }

    fn registers(&self, out: &Out) -> Deed {
        let (trip, form_hash) = (out.outing.trip, out.outing.form_hash());
        let save = trips::Command::SaveDraft { trip, base: None, form: Box::new(out.outing.form.clone()) };
        let submit = trips::Command::SubmitForm { trip, form_hash };
        let (saved, submitted) = (self.does(out, "Ines", save), self.does(out, "Ines", submit));
        async move {
            saved.await;
            submitted.await
        }
        .boxed()
    }

    fn authorises(&self, out: &Out) -> Deed {
        let (trip, form_hash) = (out.outing.trip, out.outing.form_hash());
        self.does(out, "Marcus", trips::Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() })
    }

    fn hands_in(&self, out: &Out) -> Deed {
        let each = ["WM-001", "WM-002", "BP-001"];
        let each = each.map(|tag| self.does(out, "Pat", take_in_of(&out.party.cast, tag)));
        async move {
            for back in each {
                back.await;
            }
            None
        }
        .boxed()
    }

    /// This due time is met, or let go by, party by party.
    async fn half_hour(&mut self, all: &[Out], due: Timestamp) {
        let minutes = |minutes| due + SignedDuration::from_mins(minutes);
        let (silent, spoken): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|_| self.dice.below(4) == 0);
        let missed = |out: &Out| (out.outing.trip, out.outing.group(), due);
        self.kept.extend(spoken.iter().map(missed));
        self.let_go.extend(silent.iter().map(missed));
        // Their reminders have come.
        self.world.to(minutes(-4).max(self.world.now())).await;
        self.speak(&spoken).await;
        if !silent.is_empty() {
            self.world.to(minutes(9).max(self.world.now())).await;
            self.reaches(minutes(10)).await;
            self.world.to(minutes(12).max(self.world.now())).await;
            self.speak(&silent).await;
        }
        let open = self.world.watch.all_states().flat_map(|(_, states)| states.alerts.open_cases());
        let of_a_trip: Vec<_> = open.filter(|case| case.trip.is_some()).map(|case| case.case).collect();
        assert!(of_a_trip.is_empty(), "alerts of trips are over once the groups are heard: {of_a_trip:?}");
    }

    /// Each says that all is well, in one way or another.
    async fn speak(&mut self, who: &[Out]) {
        let ways: Vec<usize> = who.iter().map(|_| self.dice.below(3)).collect();
        let ways = std::cell::RefCell::new(ways.into_iter());
        self.each(who, |days, out| match (ways.borrow_mut().next().expect("one for each"), days.stage) {
            (1, Stage::Apart | Stage::Shared) => days.says_by_mqtt(out),
            // The embedded broker's accounts end with its process: there is nobody to ask again by MQTT.
            (0 | 1, _) => days.says_by_page(out),
            _ => days.says_by_text(out),
        })
        .await;
    }

    /// The night passes, or several; in the morning the DSL settles what they brought, and signs last week's use off.
    pub(crate) async fn sleeps(&mut self, nights: i64) {
        let monday = self.world.monday();
        let morning = self.world.instant_after(nights, BEGINS);
        self.world.to(morning).await;
        let open: Vec<_> = self.world.watch.states.alerts.open_cases().map(|open| open.case).collect();
        for case in open {
            let reason = "Looked at in the morning: it can wait".parse().expect("a note");
            self.done("Karin", alerts::Command::ResolveCase { case, reason }).await;
        }
        if self.world.monday() > monday {
            self.done("Karin", safeguarding::Command::SignOffWeek { week: monday, remarks: None }).await;
        }
    }

    /// Somebody at the story's own school does something.
    async fn done<C: Asks + Sync>(&mut self, first: &str, command: C) {
        self.world.as_(first).insists(command).await;
        self.world.quiet().await;
    }

    /// Somebody of a party, or of its school, does something.
    fn does<C: Asks + Sync + 'static>(&self, out: &Out, first: &str, command: C) -> Deed {
        let who = self.world.somebody(&out.party.school, out.party.cast.person(first));
        async move {
            who.insists(command).await;
            None
        }
        .boxed()
    }

    fn says_by_page(&self, out: &Out) -> Deed {
        let who = self.world.somebody(&out.party.school, out.party.cast.person("Ines"));
        let now = self.world.now();
        let word = out.outing.pressed_on(&out.party.cast, "WM-001", Word::Ok, Some(24), now);
        async move {
            let began = Instant::now();
            who.insists(word).await;
            Some(began.elapsed())
        }
        .boxed()
    }

    fn says_by_text(&self, out: &Out) -> Deed {
        let handset = self.world.handset_of(out.party.cast.phone("WM-001").number);
        let door = self.world.door.clone();
        async move {
            let mut sent = handset.sends("OK 24").await;
            while !sent.answers.iter().any(|answer| matches!(answer, Ok(200..=299))) {
                tokio::time::sleep(LOOK).await;
                sent = handset.sends_again(&sent.sid).await;
            }
            door.text_was_taken(sent.sid);
            None
        }
        .boxed()
    }

    fn says_by_mqtt(&self, out: &Out) -> Deed {
        let (client, school) = (self.world.mqtt_client(), out.party.school.clone());
        let now = self.world.now();
        let word = out.outing.pressed_on(&out.party.cast, "WM-002", Word::Ok, Some(24), now);
        let (id, door) = (CommandId::new(), self.world.door.clone());
        async move {
            let began = Instant::now();
            while began.elapsed() < PATIENCE * 3 {
                match client.ask::<checkins::Checkins>(&school, id, &word, None).await {
                    Outcome::Accepted { sequence } => {
                        door.was_acknowledged(&school, ServiceName::Checkins, id, sequence);
                        return None;
                    }
                    Outcome::Refused { refusal } => panic!("{refusal:?}"),
                    Outcome::Faulted { .. } => tokio::time::sleep(LOOK).await,
                }
            }
            panic!("never answered over MQTT");
        }
        .boxed()
    }

    /// Each does it, some of them together; and each time something happens meanwhile.
    async fn each(&mut self, all: &[Out], deed: impl Fn(&Self, &Out) -> Deed) {
        for together in all.chunks(self.size.together) {
            let deeds = together.iter().map(|out| tokio::spawn(deed(self, out))).collect();
            self.meanwhile(deeds).await;
        }
    }

    /// Time comes to that instant, and meanwhile something happens.
    async fn reaches(&mut self, at: Timestamp) {
        self.world.clock.set(at);
        self.meanwhile(Vec::new()).await;
    }

    /// Something happens while these are under way; then it is over, and all is quiet.
    async fn meanwhile(&mut self, deeds: Vec<JoinHandle<Option<Duration>>>) {
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
        for deed in deeds {
            self.waits.extend(deed.await.expect("it is done"));
        }
        self.world.quiet().await;
    }
}

/// Whether an alert comes by the calendar alone: of what nobody does in these stories.
fn by_the_calendar(reason: &alerts::Reason) -> bool {
    use alerts::Reason::{DrillDue, DutyTestUnanswered, PolicyReviewDue, UseUnreviewed};
    matches!(
        reason,
        DrillDue { .. } | DutyTestUnanswered { .. } | PolicyReviewDue { .. } | UseUnreviewed { .. }
    )
}
