//! Given, when, then: rules are tested as stories, on whole events.
//!
//! ```ignore
//! given::<Trips>(past_events)
//!     .at("2026-11-20T09:00:00Z")
//!     .by(senior)
//!     .when(Command::Authorise { .. })
//!     .then([Event::Authorised { .. }]);
//! ```

use std::fmt::Debug;

use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{ClientId, PersonId};
use proto::refusal::Refusal;
use proto::v1::AnyEvent;
use proto::values::{SchoolZone, Window};
use uuid::Uuid;

use crate::{Context, News, Policy, Service, Tick};

/// Begins a story with what has happened before.
pub fn given<S: Service>(events: impl IntoIterator<Item = S::Event>) -> Story<S> {
    let mut story = Story {
        state: S::State::default(),
        now: "2026-11-20T09:00:00Z".parse().expect("an instant"),
        actor: Actor::Client(ClientId::parse("tester").expect("a slug")),
        zone: SchoolZone::london(),
        policy: Policy::default(),
        steps: 0,
    };
    for event in events {
        S::evolve(&mut story.state, &event);
    }
    story
}

/// A story so far: the state, the time, who acts next.
#[derive(Debug, Clone)]
pub struct Story<S: Service> {
    /// The state so far.
    pub state: S::State,
    now: Timestamp,
    actor: Actor,
    zone: SchoolZone,
    policy: Policy,
    steps: u64,
}

impl<S: Service> Story<S> {
    /// Sets the time: `2026-11-20T09:00:00Z`.
    pub fn at(mut self, instant: &str) -> Self {
        self.now = instant.parse().expect("an instant such as 2026-11-20T09:00:00Z");
        self
    }

    /// Sets the time.
    pub fn at_instant(mut self, instant: Timestamp) -> Self {
        self.now = instant;
        self
    }

    /// Sets who acts.
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Sets the person who acts.
    pub fn by_person(self, person: PersonId) -> Self {
        self.by(Actor::Person(person))
    }

    /// Changes the school's settings.
    pub fn with_policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// The cause of the next step: derived ids come from it. It depends on the number of steps alone.
    pub fn cause(&self) -> Uuid {
        proto::ids::derive_uuid(Uuid::nil(), "story", self.steps)
    }

    /// A command is given.
    pub fn when(self, command: S::Command) -> Told<S> {
        let result = S::decide(&self.state, command, &self.context());
        self.told(result)
    }

    /// News of another service is heard.
    pub fn hears(self, event: impl Into<AnyEvent>) -> Told<S> {
        self.hears_recorded(event, false)
    }

    /// News is heard again because the listener grew.
    pub fn hears_history(self, event: impl Into<AnyEvent>) -> Told<S> {
        self.hears_recorded(event, true)
    }

    fn hears_recorded(self, event: impl Into<AnyEvent>, history: bool) -> Told<S> {
        let event = event.into();
        let news = News { event: &event, recorded_at: self.now, sequence: self.steps + 1, history };
        let events = S::hear(&self.state, &news, &self.context());
        self.told(Ok(events))
    }

    /// Time passes up to now: all that fell due.
    pub fn time_passes(self) -> Told<S> {
        self.judged(None)
    }

    /// Time is judged again after nobody could for a while.
    pub fn time_passes_after_an_outage(self, from: &str) -> Told<S> {
        let from = from.parse().expect("an instant");
        let outage = Window::new(from, self.now).expect("the outage began before now");
        self.judged(Some(outage))
    }

    fn judged(self, outage: Option<Window>) -> Told<S> {
        let mut state = self.state.clone();
        let mut all = Vec::new();
        loop {
            let cause = proto::ids::derive_uuid(self.cause(), "tick", all.len() as u64);
            let tick = Tick { now: self.now, outage, cause, zone: &self.zone, policy: &self.policy };
            let events = S::due(&state, &tick);
            if events.is_empty() {
                break;
            }
            events.iter().for_each(|e| S::evolve(&mut state, e));
            all.extend(events);
            assert!(all.len() < 1_000_000, "due never comes to an end: next_due {:?}", S::next_due(&state));
        }
        self.told(Ok(all))
    }

    fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            actor: &self.actor,
            cause: self.cause(),
            zone: &self.zone,
            policy: &self.policy,
        }
    }

    fn told(self, result: Result<Vec<S::Event>, S::Refusal>) -> Told<S> {
        Told { story: self, result }
    }
}

/// What a step led to.
#[derive(Debug)]
pub struct Told<S: Service> {
    story: Story<S>,
    result: Result<Vec<S::Event>, S::Refusal>,
}

impl<S: Service> Told<S> {
    /// Exactly these events, in this order. Gives the story back, so that it can go on.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = S::Event>) -> Story<S> {
        let expected: Vec<_> = expected.into_iter().collect();
        let (story, events) = self.events();
        assert_same(&events, &expected);
        advance(story, &events)
    }

    /// It was allowed, whatever it led to.
    #[track_caller]
    pub fn allowed(self) -> Story<S> {
        let (story, events) = self.events();
        advance(story, &events)
    }

    /// It was allowed and led to events of which the look tells (for parts of events that a test isn't about).
    #[track_caller]
    pub fn then_events(self, look: impl FnOnce(&[S::Event])) -> Story<S> {
        let (story, events) = self.events();
        look(&events);
        advance(story, &events)
    }

    /// No event at all.
    #[track_caller]
    pub fn nothing_happens(self) -> Story<S> {
        self.then([])
    }

    /// Refused, for exactly this reason; nothing changed.
    #[track_caller]
    pub fn refused(self, expected: S::Refusal) -> Story<S> {
        match self.result {
            Ok(events) => panic!("expected the refusal {expected:?}, but it was allowed: {events:#?}"),
            Err(refusal) => {
                assert_same(&refusal, &expected);
                assert!(
                    !refusal.to_string().is_empty() && !refusal.remedy().is_empty(),
                    "a refusal helps: {refusal:?}"
                );
                self.story
            }
        }
    }

    /// Refused, whatever the details: look at them.
    #[track_caller]
    pub fn refused_with(self, look: impl FnOnce(&S::Refusal)) -> Story<S> {
        match self.result {
            Ok(events) => panic!("expected a refusal, but it was allowed: {events:#?}"),
            Err(refusal) => {
                look(&refusal);
                self.story
            }
        }
    }

    #[track_caller]
    fn events(self) -> (Story<S>, Vec<S::Event>) {
        match self.result {
            Ok(events) => (self.story, events),
            Err(refusal) => panic!("it was refused: {refusal} ({refusal:?})"),
        }
    }
}

fn advance<S: Service>(mut story: Story<S>, events: &[S::Event]) -> Story<S> {
    for event in events {
        S::evolve(&mut story.state, event);
    }
    story.steps += 1;
    story
}

#[track_caller]
fn assert_same<T: PartialEq + Debug + ?Sized>(found: &T, expected: &T) {
    assert!(found == expected, "\nexpected: {expected:#?}\n   found: {found:#?}");
}
