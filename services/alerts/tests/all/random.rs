//! Random news, commands and ticks: what must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use alerts::{Alerts, State};
use decider::kit::Story;
use decider::{MAX_DUE_EVENTS, Service, Tick};
use proptest::prelude::*;
use proto::ids::CaseId;
use proto::v1::AnyEvent;
use proto::v1::alerts::*;
use proto::v1::checkins;
use proto::v1::gateway::Meaning;

use crate::cast::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Missed { group: bool, hour: u8 },
    HeardAgain { group: bool, hour: u8 },
    Differs,
    Agrees,
    Help,
    Duress,
    LostPhone,
    FoundPhone,
    Reply { who: usize },
    Click { who: usize },
    HandBack { who: usize },
    Resolve { who: usize },
    Fail { nth: usize },
    PhoneIn { who: usize },
    PhoneOut { who: usize },
    Close,
    Wait { secs: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..EVERYONE.len();
    prop_oneof![
        4 => (any::<bool>(), 0..5_u8).prop_map(|(group, hour)| Step::Missed { group, hour }),
        3 => (any::<bool>(), 0..5_u8).prop_map(|(group, hour)| Step::HeardAgain { group, hour }),
        1 => Just(Step::Differs),
        1 => Just(Step::Agrees),
        1 => Just(Step::Help),
        1 => Just(Step::Duress),
        1 => Just(Step::LostPhone),
        1 => Just(Step::FoundPhone),
        2 => who.clone().prop_map(|who| Step::Reply { who }),
        2 => who.clone().prop_map(|who| Step::Click { who }),
        1 => who.clone().prop_map(|who| Step::HandBack { who }),
        1 => who.clone().prop_map(|who| Step::Resolve { who }),
        4 => (0..40_usize).prop_map(|nth| Step::Fail { nth }),
        1 => who.clone().prop_map(|who| Step::PhoneIn { who }),
        1 => who.prop_map(|who| Step::PhoneOut { who }),
        1 => Just(Step::Close),
        6 => (1..1500_i64).prop_map(|secs| Step::Wait { secs }),
    ]
}

/// A school as it goes through a day, with all that was recorded.
struct Day {
    story: Story<Alerts>,
    now: proto::Timestamp,
    journal: Vec<Event>,
}

impl Day {
    fn begin() -> Self {
        Self { story: out(), now: at("10:10"), journal: Vec::new() }
    }

    fn take(&mut self, told: decider::kit::Told<Alerts>) {
        let (story, events) = told.events_of();
        self.journal.extend(events);
        self.story = story;
    }

    fn hears(&mut self, event: impl Into<AnyEvent>) {
        self.take(self.story.clone().hears(event));
    }

    /// A command that may well be refused.
    fn asks(&mut self, who: usize, command: impl Fn(CaseId) -> Command) {
        let Some(case) = self.story.state.open_cases().next().map(|c| c.case) else { return };
        let actor = proto::envelope::Actor::Person(EVERYONE[who]());
        let (zone, policy) = (proto::values::SchoolZone::london(), decider::Policy::default());
        let context = decider::Context {
            now: self.now,
            actor: &actor,
            cause: self.story.cause(),
            zone: &zone,
            policy: &policy,
        };
        if Alerts::decide(&self.story.state, command(case), &context).is_ok() {
            self.take(self.story.clone().by(actor.clone()).when(command(case)));
        }
    }

    fn goes_on(&mut self, step: Step) {
        let group = |red_one: bool| if red_one { red() } else { blue() };
        let due = |hour: u8| format!("2026-11-20T1{hour}:00:00Z");
        match step {
            Step::Missed { group: g, hour } => self.hears(missed_at(group(g), &due(hour))),
            Step::HeardAgain { group: g, hour } => self.hears(heard_again(group(g), &due(hour))),
            Step::Differs => {
                let mut event = differs("10:10");
                if let checkins::Event::HeadcountDiffered { at, .. } = &mut event {
                    *at = self.now;
                }
                self.hears(event);
            }
            Step::Agrees => {
                self.hears(checkins::Event::HeadcountAgreed { trip: museum(), group: red(), at: self.now });
            }
            Step::Help => {
                let mut event = help();
                if let checkins::Event::HelpCalled { at, .. } = &mut event {
                    *at = self.a_time_of_its_own();
                }
                self.hears(event);
            }
            Step::Duress => {
                let mut event = duress();
                if let checkins::Event::DuressSignalled { at, .. } = &mut event {
                    *at = self.a_time_of_its_own();
                }
                self.hears(event);
            }
            Step::LostPhone => self.hears(lost(spare())),
            Step::FoundPhone => self.hears(returned(spare(), okafor())),
            Step::Reply { who } => {
                let code = self.story.state.open_cases().next().map(|c| c.code);
                if let Some(code) = code {
                    self.hears(text(EVERYONE[who](), 1, Meaning::Owns { code }));
                }
            }
            Step::Click { who } => self.asks(who, |case| Command::OwnCase { case }),
            Step::HandBack { who } => self.asks(who, |case| Command::HandBackCase { case }),
            Step::Resolve { who } => {
                self.asks(who, |case| Command::ResolveCase { case, reason: note("Settled") });
            }
            Step::Fail { nth } => {
                let told = self.story.state.open_cases().next().and_then(|c| c.told.get(nth).cloned());
                let case = self.story.state.open_cases().next().map(|c| c.case);
                if let (Some(t), Some(case)) = (told, case) {
                    let notice = Notice { attempt: t.attempt, to: t.to, channel: t.channel };
                    self.hears(failed(case, &notice));
                }
            }
            Step::PhoneIn { who } => {
                let person = EVERYONE[who]();
                self.hears(returned(phone_of(person), person));
            }
            Step::PhoneOut { who } => {
                let person = EVERYONE[who]();
                self.hears(issued(phone_of(person), person));
            }
            Step::Close => self.hears(closed()),
            Step::Wait { secs } => self.waits(secs),
        }
    }

    /// No two calls for help are of the same instant.
    fn a_time_of_its_own(&self) -> proto::Timestamp {
        self.now + jiff::SignedDuration::from_nanos(self.journal.len() as i64)
    }

    /// Time passes, each step at the moment it falls due.
    fn waits(&mut self, secs: i64) {
        let until = self.now + jiff::SignedDuration::from_secs(secs);
        while let Some(due) = Alerts::next_due(&self.story.state).filter(|due| *due <= until) {
            self.now = self.now.max(due);
            let at_once = self.story.clone().at_instant(self.now);
            self.take(at_once.time_passes());
            let next = Alerts::next_due(&self.story.state);
            assert!(next.is_none_or(|next| next > self.now), "time brought nothing further at {}", self.now);
        }
        self.now = until;
        self.story = self.story.clone().at_instant(until);
    }
}

/// What holds of the state at every moment.
fn holds_now(state: &State) {
    let mut trips = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for case in state.open_cases() {
        assert!(!case.reasons.is_empty(), "a case is open for a reason");
        assert!(case.trip.is_none_or(|trip| trips.insert(trip)), "one open case for each trip");
        assert!(codes.insert(case.code), "no two open cases have one code");
        if case.owner().is_none() && case.pressing() >= Severity::Warning {
            let next = case.next_due().expect("an unowned case always has a next step");
            assert!(Alerts::next_due(state).is_some_and(|first| first <= next));
        }
    }
}

/// What holds of the journal as a whole.
fn holds_of(journal: &[Event]) {
    let mut resolved = BTreeSet::new();
    let mut duress = BTreeSet::new();
    let mut raised: BTreeMap<Reason, usize> = BTreeMap::new();
    let mut attempts = BTreeSet::new();
    for event in journal {
        if let Event::CaseOpened { case, reason, .. } | Event::ReasonAdded { case, reason, .. } = event {
            *raised.entry(reason.clone()).or_default() += 1;
            if matches!(reason, Reason::Duress { .. }) {
                duress.insert(*case);
            }
        }
        let case = match event {
            Event::RungReached { case, .. }
            | Event::RungCalled { case, .. }
            | Event::RungToldAgain { case, .. }
            | Event::ChannelChanged { case, .. }
            | Event::ReasonAdded { case, .. }
            | Event::CaseOwned { case, .. }
            | Event::OwnershipLapsed { case, .. } => Some(*case),
            _ => None,
        };
        assert!(case.is_none_or(|c| !resolved.contains(&c)), "nothing after it is resolved: {event:?}");
        for notice in notices(std::slice::from_ref(event)) {
            assert!(attempts.insert(notice.attempt), "each attempt has an id of its own");
            let of_trip = [okafor(), lind(), abara()].map(Recipient::Person).contains(&notice.to);
            assert!(!(of_trip && case.is_some_and(|c| duress.contains(&c))), "duress stays with base");
        }
        if let Event::CaseResolved { case, .. } = event {
            assert!(resolved.insert(*case), "resolved once");
        }
    }
    for (reason, times) in raised {
        let once = !matches!(reason, Reason::DeviceLost { .. });
        assert!(!once || times == 1, "{reason:?} alerts once, not {times} times");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// CHECK-2, CHECK-6: an unowned case always has a next step; nothing follows after it is resolved; each miss alerts
    /// once; beside a duress word nothing goes to the trip. Rebuilt from the journal, the state is the same.
    #[test]
    fn whatever_happens_no_alert_is_lost_or_doubled(steps in prop::collection::vec(step(), 1..60)) {
        let mut day = Day::begin();
        let mut rebuilt = day.story.state.clone();
        for step in steps {
            day.goes_on(step);
            holds_now(&day.story.state);
        }
        holds_of(&day.journal);
        day.journal.iter().for_each(|event| Alerts::evolve(&mut rebuilt, event));
        prop_assert_eq!(&rebuilt, &day.story.state);
    }
}

/// A great many cases due at one moment come in parts, and each part moves on.
#[test]
fn a_great_many_cases_fall_due_in_parts() {
    let mut state = out().state;
    for n in 0..3000_u32 {
        Alerts::evolve(
            &mut state,
            &Event::CaseOpened {
                case: CaseId::derived(new_case(0).0, u64::from(n)),
                trip: None,
                severity: Severity::Urgent,
                reason: Reason::BaseUnheld { since: at("10:00") },
                code: ReplyCode(100 + (n % 900) as u16),
                start: LadderStart::Office,
                at: at("10:10"),
            },
        );
    }
    let (zone, policy) = (proto::values::SchoolZone::london(), decider::Policy::default());
    let tick = Tick { now: at("10:10"), outage: None, cause: new_case(0).0, zone: &zone, policy: &policy };
    let mut parts = 0;
    loop {
        let events = Alerts::due(&state, &tick);
        if events.is_empty() {
            break;
        }
        assert!(events.len() <= MAX_DUE_EVENTS);
        events.iter().for_each(|event| Alerts::evolve(&mut state, event));
        parts += 1;
    }
    assert_eq!(parts, 3);
    assert_eq!(Alerts::next_due(&state), Some(at("10:11") + jiff::SignedDuration::from_secs(30)));
}
