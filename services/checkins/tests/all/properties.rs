//! Random words and ticks: what must always hold, holds.

use std::collections::{BTreeMap, BTreeSet};

use checkins::{Checkins, State};
use decider::kit::given;
use decider::{Context, Policy, Service, Tick};
use proptest::prelude::*;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::GroupId;
use proto::v1::checkins::{Command, Event, Via, Word};
use proto::v1::trips::{NamedPoint, Party, QuietReason};
use proto::values::{CronSchedule, SchoolZone, Window};

use crate::cast::*;

/// A step of a random day.
#[derive(Clone, Debug)]
enum Step {
    /// Time passes by so many seconds, and is judged.
    Judge(i64),
    /// Time passes, and nobody could judge.
    Outage(i64),
    /// A word, said so many seconds ago.
    Say {
        badgers: bool,
        word: Word,
        count: Option<u32>,
        ago: i64,
    },
    /// The Otters split, or join again.
    Split,
    Join,
}

fn step() -> impl Strategy<Value = Step> {
    let word = prop_oneof![
        5 => Just(Word::Ok),
        1 => (1_u16..90).prop_map(|minutes| Word::Late { minutes }),
        1 => Just(Word::Arrived),
        1 => Just(Word::Leaving),
        1 => Just(Word::Back),
    ];
    let say = (any::<bool>(), word, proptest::option::of(12_u32..15), prop_oneof![Just(0), 0_i64..4000])
        .prop_map(|(badgers, word, count, ago)| Step::Say { badgers, word, count, ago });
    prop_oneof![
        6 => (1_i64..3000).prop_map(Step::Judge),
        1 => (600_i64..20_000).prop_map(Step::Outage),
        6 => say,
        1 => Just(Step::Split),
        1 => Just(Step::Join),
    ]
}

fn plan() -> impl Strategy<Value = Party> {
    let every = proptest::option::of(5_u16..90);
    let settings = (every, any::<bool>(), any::<bool>(), 0_u32..900, 60_u32..3600, any::<bool>());
    settings.prop_map(|(every, cron, points, remind, grace, quiet_window)| {
        with(party(), |p| {
            p.plan.every_minutes = every;
            p.plan.at = cron.then(|| CronSchedule::parse("0 */25 * * * *").unwrap());
            if points {
                p.plan.points = [NamedPoint::Arrival, NamedPoint::Leaving, NamedPoint::Return].into();
                p.destinations = vec![destination("10:00", "13:00")];
            }
            p.plan.remind_before_secs = remind;
            p.plan.grace_secs = grace;
            if quiet_window {
                p.quiet = vec![
                    quiet("09:40", "10:20", QuietReason::Driving),
                    quiet("10:10", "11:05", QuietReason::NoSignal),
                ];
            }
        })
    })
}

/// Follows a random day and checks it at each step.
struct Day {
    state: State,
    now: Timestamp,
    journal: Vec<Event>,
    /// What each group owed last, and the last word that was taken of it.
    owed: BTreeMap<GroupId, Timestamp>,
    reported: BTreeSet<(GroupId, Timestamp)>,
    zone: SchoolZone,
    policy: Policy,
}

impl Day {
    fn begin(party: &Party) -> Self {
        let mut journal = Vec::new();
        let story = given::<Checkins>([]).at_instant(t("09:00")).hears(departed(party));
        let story = story.then_events(|events| journal = events.to_vec());
        let (zone, policy) = (SchoolZone::london(), Policy::default());
        let (owed, reported) = (BTreeMap::new(), BTreeSet::new());
        Self { state: story.state, now: t("09:00"), journal, owed, reported, zone, policy }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Judge(secs) => {
                self.now = later(self.now, secs);
                self.judge(None);
            }
            Step::Outage(secs) => {
                let from = self.now;
                self.now = later(self.now, secs);
                self.judge(Some(Window::new(from, self.now).unwrap()));
            }
            Step::Say { badgers, word, count, ago } => self.say(badgers, word, count, ago),
            Step::Split => self.command(Command::SplitGroup {
                trip: museum(),
                group: otters(),
                new_group: weasels(),
                name: label("Weasels"),
                adult: cat(),
                pupils: n(4),
            }),
            Step::Join => {
                self.command(Command::JoinGroups { trip: museum(), group: weasels(), into: otters() });
            }
        }
        self.check();
    }

    fn say(&mut self, from_ben: bool, word: Word, count: Option<u32>, ago: i64) {
        let device = if from_ben { bens_phone() } else { anns_phone() };
        self.command(Command::CheckIn {
            trip: museum(),
            group: None,
            device: Some(device),
            word,
            headcount: count.map(n),
            pressed_at: later(self.now, -ago),
            note: None,
            duress: None,
            via: Via::Api,
        });
    }

    fn command(&mut self, command: Command) {
        let actor = Actor::Person(ann());
        let cause = proto::ids::derive_uuid(museum().0, "step", self.journal.len() as u64);
        let context = Context { now: self.now, actor: &actor, cause, zone: &self.zone, policy: &self.policy };
        if let Ok(events) = Checkins::decide(&self.state, command, &context) {
            self.record(events);
        }
    }

    fn judge(&mut self, outage: Option<Window>) {
        for _ in 0..10_000 {
            let tick =
                Tick { now: self.now, outage, cause: museum().0, zone: &self.zone, policy: &self.policy };
            let events = Checkins::due(&self.state, &tick);
            if events.is_empty() {
                assert!(Checkins::next_due(&self.state) > Some(self.now), "nothing is left that fell due");
                return;
            }
            self.record(events);
        }
        panic!("due never comes to an end");
    }

    fn record(&mut self, events: Vec<Event>) {
        for event in events {
            if let Event::CheckInMissed { group, due_at, missed_at, next, .. } = &event {
                assert!(*missed_at <= self.now && next.at > *due_at);
                self.report(*group, *due_at);
            }
            if let Event::OutageTold { missed, .. } = &event {
                assert!(!missed.is_empty());
                missed.iter().for_each(|(group, due)| self.report(*group, *due));
            }
            if let Event::HeardAgain { group, missed_due_at, .. } = &event {
                assert!(self.reported.contains(&(*group, *missed_due_at)), "it was missed");
            }
            Checkins::evolve(&mut self.state, &event);
            self.journal.push(event);
        }
    }

    /// Each due is missed once, and only one that was owed, and that no word had satisfied.
    fn report(&mut self, group: GroupId, due: Timestamp) {
        assert!(self.reported.insert((group, due)), "{group:?} {due} is reported once");
        let satisfied = |event: &Event| matches!(event, Event::CheckedIn { group: of, next: Some(next), .. } if *of == group && next.at > due);
        assert!(!self.journal.iter().any(satisfied), "{due} was satisfied already");
    }

    fn check(&mut self) {
        let watch = self.state.watch(museum()).unwrap();
        let groups = watch.groups();
        assert!(!groups.is_empty() && Checkins::next_due(&self.state).is_some(), "always something due");
        for view in &groups {
            let owed = self.owed.insert(view.group, view.next.at);
            assert!(owed.is_none_or(|owed| owed <= view.next.at), "what is owed never moves back");
        }
        assert_eq!(self.state.armed(), groups.len(), "one deadline for each group");
        let party = watch.party().unwrap();
        let total: u32 = party.groups.iter().map(|(_, group)| group.expected.get()).sum();
        assert_eq!(total, 24, "splits and joins keep everyone");
        let mut replayed = State::default();
        self.journal.iter().for_each(|event| Checkins::evolve(&mut replayed, event));
        assert_eq!(replayed, self.state, "the journal is the truth");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// CHECK-1, CHECK-2, CHECK-3: something is always due; each due is missed once or satisfied; a replay is the same state.
    #[test]
    fn each_due_is_satisfied_or_missed_once(party in plan(), steps in proptest::collection::vec(step(), 1..40)) {
        let mut day = Day::begin(&party);
        for step in steps {
            day.take(step);
        }
    }

    /// CHECK-2: a party that checks in at each due time is never missed, though each word comes late by less than the grace.
    #[test]
    fn a_party_that_checks_in_is_never_missed(party in plan(), delays in proptest::collection::vec(0_i64..59, 1..30)) {
        let mut day = Day::begin(&party);
        for delay in delays {
            let first = day.state.watch(museum()).unwrap().first_due().unwrap();
            day.now = later(first, delay);
            day.say(false, Word::Ok, Some(14), delay);
            day.say(true, Word::Ok, Some(10), delay);
            day.judge(None);
            day.check();
        }
        prop_assert!(day.reported.is_empty(), "{:?}", day.reported);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// CHECK-2: a second, simpler reckoning finds the same misses: of a plan of every 30 minutes with a reminder 5 minutes before
    /// and a grace of 10, a due is missed if no word was said from its reminder to the end of its grace.
    #[test]
    fn a_second_reckoning_finds_the_same_misses(steps in proptest::collection::vec((0_i64..2400, any::<bool>()), 1..40)) {
        let mut day = Day::begin(&party());
        let mut words = Vec::new();
        for (secs, says) in steps {
            day.take(Step::Judge(secs));
            if says {
                day.say(false, Word::Ok, None, 0);
                words.push(day.now);
            }
        }
        let grid = (1..).map(|step| later(t("09:00"), step * 1800)).take_while(|due| later(*due, 600) <= day.now);
        let kept = |due: Timestamp| words.iter().any(|said| (later(due, -300)..later(due, 600)).contains(said));
        let missed: BTreeSet<_> = grid.filter(|due| !kept(*due)).map(|due| (otters(), due)).collect();
        let reported: BTreeSet<_> = day.reported.into_iter().filter(|(group, _)| *group == otters()).collect();
        prop_assert_eq!(missed, reported);
    }
}

/// CHECK-2: a million armed deadlines: what is due is found at once, and told in bounded parts.
#[test]
fn many_deadlines_at_one_instant_are_told_in_parts() {
    let trips = 3000_u32;
    let mut state = State::default();
    let started = |trip| Event::WatchStarted {
        trip: id(1000 + trip),
        at: t("09:00"),
        party: Box::new(otters_alone()),
        due: vec![(otters(), unprompted(due("09:30")))],
        silent_after_secs: 1800,
    };
    (0..trips).for_each(|trip| Checkins::evolve(&mut state, &started(trip)));
    assert_eq!(state.armed(), trips as usize);
    let (zone, policy) = (SchoolZone::london(), Policy::default());
    let tick = Tick { now: t("09:40"), outage: None, cause: museum().0, zone: &zone, policy: &policy };
    let mut parts = Vec::new();
    loop {
        let events = Checkins::due(&state, &tick);
        if events.is_empty() {
            break;
        }
        parts.push(events.len());
        events.iter().for_each(|event| Checkins::evolve(&mut state, event));
    }
    assert_eq!(parts, [decider::MAX_DUE_EVENTS; 3]);
}
