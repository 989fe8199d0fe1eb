//! The engine's inputs: any sequence of commands, news of others and time, for each of the eight deciders. Nothing panics; a
//! duplicate command of the same cause and the same news again change nothing that counts; what fell due is done, and does not
//! fall due for ever; the state can be written down and read again; and the events, read again from their JSON, give the same
//! state.
//!
//! The input picks from `engine/*.jsonl` (see `engine/make.py`): commands as the schemas have them, events of old journals, all
//! about the same few people, phones and trips. Its bytes: the service, the preset, then four for each step.
#![no_main]

use std::ops::Range;
use std::sync::LazyLock;

use decider::policy::Policy;
use decider::{Context, News, Service, Tick};
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{ClientId, PersonId};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::policy::Preset;
use proto::values::{SchoolZone, Window, allow_drama_numbers};
use serde_json::value::RawValue;
use uuid::Uuid;

/// One line of a file.
struct Line {
    service: ServiceName,
    kind: String,
    data: String,
    /// Where ids stand in it.
    ids: Vec<Range<usize>>,
}

struct Lines {
    commands: Vec<Line>,
    events: Vec<Line>,
    /// Ids that come up most.
    ids: Vec<String>,
}

static LINES: LazyLock<Lines> = LazyLock::new(|| {
    allow_drama_numbers();
    let (commands, events) =
        (lines(include_str!("../engine/commands.jsonl")), lines(include_str!("../engine/events.jsonl")));
    let mut counted = std::collections::BTreeMap::<String, usize>::new();
    for line in &events {
        for id in &line.ids {
            *counted.entry(line.data[id.clone()].to_owned()).or_default() += 1;
        }
    }
    let mut ids: Vec<_> = counted.into_iter().collect();
    ids.sort_by_key(|(id, count)| (usize::MAX - count, id.clone()));
    let ids = ids.into_iter().map(|(id, _)| id).take(32).collect();
    let read = events.iter().filter(|line| news(line, &line.data).is_some()).count();
    assert!(read * 10 >= events.len() * 9, "{read} of {} events can be read", events.len());
    Lines { commands, events, ids }
});

fn lines(text: &str) -> Vec<Line> {
    #[derive(serde::Deserialize)]
    struct Read<'a> {
        service: String,
        kind: String,
        #[serde(borrow)]
        data: &'a RawValue,
    }
    let one = |line: &str| {
        let read: Read<'_> = serde_json::from_str(line).expect("a line of make.py");
        let service = ServiceName::ALL.into_iter().find(|name| name.as_str() == read.service);
        let data = read.data.get().to_owned();
        let ids = ids_in(&data);
        Line { service: service.expect("a service"), kind: read.kind, data, ids }
    };
    text.lines().map(one).collect()
}

fn ids_in(text: &str) -> Vec<Range<usize>> {
    let starts = text.match_indices('"').map(|(at, _)| at + 1);
    starts
        .filter(|at| text.get(*at..*at + 36).is_some_and(|id| id.len() == 36 && Uuid::try_parse(id).is_ok()))
        .map(|at| at..at + 36)
        .collect()
}

/// A line's data, perhaps with one id put in the place of another.
fn changed(line: &Line, by: u8) -> String {
    let mut data = line.data.clone();
    if by != 0 && !line.ids.is_empty() {
        let place = &line.ids[usize::from(by >> 5) % line.ids.len()];
        data.replace_range(place.clone(), &LINES.ids[usize::from(by & 31) % LINES.ids.len()]);
    }
    data
}

fn news(line: &Line, data: &str) -> Option<AnyEvent> {
    let data: &RawValue = serde_json::from_str(data).ok()?;
    AnyEvent::parse(line.service, &line.kind, data).ok()
}

/// How far the clock goes, in seconds.
const STEPS: [i64; 16] =
    [0, 1, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800, 2_678_400];

/// A month of a check-in each minute falls due in fewer goes than these.
const GOES: usize = 200_000;

struct Run<'a, S: Service> {
    state: S::State,
    /// Of the events as they are read again.
    again: S::State,
    now: Timestamp,
    step: u64,
    zone: SchoolZone,
    policy: &'a Policy,
}

impl<S: Service> Run<'_, S> {
    fn takes(&mut self, events: &[S::Event]) {
        for event in events {
            S::evolve(&mut self.state, event);
            let (kind, data) = proto::wire::split(event);
            let read: S::Event = proto::wire::join(&kind, &data).expect("reads what it wrote");
            assert_eq!(&read, event);
            S::evolve(&mut self.again, &read);
        }
    }

    fn asks(&mut self, command: S::Command, actor: &Actor) {
        let cause = Uuid::from_u128(u128::from(self.step));
        let (zone, policy) = (self.zone.clone(), self.policy);
        let context = Context { now: self.now, actor, cause, zone: &zone, policy };
        match S::decide(&self.state, command, &context) {
            Ok(events) => self.takes(&events),
            Err(refusal) => {
                let said = format!("{refusal} {}", proto::refusal::Refusal::remedy(&refusal));
                assert!(said.trim().len() > 8, "{refusal:?} says nothing");
            }
        }
    }

    fn hears(&mut self, event: &AnyEvent, history: bool) {
        let actor = Actor::Service(event.service());
        let cause = Uuid::from_u128(u128::from(self.step) << 64);
        let (zone, policy) = (self.zone.clone(), self.policy);
        let context = Context { now: self.now, actor: &actor, cause, zone: &zone, policy };
        let news = News { event, recorded_at: self.now, sequence: self.step + 1, history };
        let events = S::hear(&self.state, &news, &context);
        self.takes(&events);
    }

    fn waits(&mut self, secs: i64, outage: bool) {
        let before = self.now;
        self.now = self.now.saturating_add(jiff::SignedDuration::from_secs(secs)).expect("within time");
        let outage = if outage { Window::new(before, self.now).ok() } else { None };
        for go in 0.. {
            if S::next_due(&self.state).is_none_or(|due| due > self.now) {
                break;
            }
            assert!(go < GOES, "{}: it falls due for ever", S::NAME);
            let zone = self.zone.clone();
            let cause =
                Uuid::from_u128((u128::from(self.step) << 32) | u128::try_from(go).unwrap_or_default());
            let tick = Tick { now: self.now, outage, cause, zone: &zone, policy: self.policy };
            let events = S::due(&self.state, &tick);
            assert!(!events.is_empty(), "{}: due, and nothing comes of it", S::NAME);
            self.takes(&events);
        }
    }
}

fn run<S: Service>(steps: &[u8], policy: &Policy) {
    let lines = &*LINES;
    let commands: Vec<&Line> = lines.commands.iter().filter(|line| line.service == S::NAME).collect();
    let events: Vec<&Line> = lines.events.iter().filter(|line| S::HEARS.contains(&line.service)).collect();
    let mut run = Run::<S> {
        state: S::State::default(),
        again: S::State::default(),
        now: "2026-11-20T08:30:00Z".parse().expect("an instant"),
        step: 0,
        zone: SchoolZone::london(),
        policy,
    };
    for four in steps.chunks_exact(4).take(64) {
        run.step += 1;
        let [op, high, low, by] = [four[0], four[1], four[2], four[3]];
        let which = usize::from(high) << 8 | usize::from(low);
        match op % 8 {
            0..=3 if !commands.is_empty() => {
                let line = commands[which % commands.len()];
                let data = changed(line, by);
                let data: &RawValue = serde_json::from_str(&data).expect("JSON");
                let Ok(command) = proto::wire::join::<S::Command>(&line.kind, data) else { continue };
                let person = lines.ids.get(usize::from(op >> 3)).and_then(|id| Uuid::try_parse(id).ok());
                let actor = person.map_or_else(
                    || Actor::Client(ClientId::parse("fuzz").expect("a slug")),
                    |id| Actor::Person(PersonId(id)),
                );
                run.asks(command, &actor);
            }
            4 | 5 if !events.is_empty() => {
                let line = events[which % events.len()];
                if let Some(event) = news(line, &changed(line, by)) {
                    run.hears(&event, op & 8 != 0);
                    if op & 16 != 0 {
                        run.hears(&event, op & 8 != 0);
                    }
                }
            }
            _ => run.waits(STEPS[usize::from(by) % STEPS.len()], op & 8 != 0),
        }
    }
    assert_eq!(run.state, run.again, "{}: the events read again give another state", S::NAME);
    let written = serde_json::to_string(&run.state).expect("a state can be written down");
    let read: S::State = serde_json::from_str(&written).expect("and read");
    assert_eq!(read, run.state, "{}: the state written down is another", S::NAME);
}

fuzz_target!(|data: &[u8]| {
    let [service, preset, steps @ ..] = data else { return };
    let policy = match usize::from(*preset) % (Preset::ALL.len() + 1) {
        0 => Policy::default(),
        which => Policy::default().started_from(Preset::ALL[which - 1]),
    };
    match service % 8 {
        0 => run::<people::People>(steps, &policy),
        1 => run::<devices::Devices>(steps, &policy),
        2 => run::<contacts::Contacts>(steps, &policy),
        3 => run::<trips::Trips>(steps, &policy),
        4 => run::<checkins::Checkins>(steps, &policy),
        5 => run::<alerts::Alerts>(steps, &policy),
        6 => run::<gateway::Gateway>(steps, &policy),
        _ => run::<safeguarding::Safeguarding>(steps, &policy),
    }
});
