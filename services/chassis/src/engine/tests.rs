//! The engine by itself: a small decider of its own, no clock, no journal, no bus.

use std::sync::Arc;

use decider::{Context, News, Policy, Retained, Service, Summary, Tick};
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{CommandEnvelope, EventEnvelope, Head, Outcome, ReplayPage, SpecVersion};
use proto::ids::{ClientId, CommandId, TripId};
use proto::rules::Rule;
use proto::topics::ServiceName;
use proto::v1::{AnyEvent, people};
use proto::values::SchoolZone;
use serde::{Deserialize, Serialize};

use super::*;

mod away;
mod batches;
mod policy;
mod restored;
mod traces;

/// Counts what it is asked to count, what it hears, and what fell due.
struct Counter;

#[derive(Default, Debug, PartialEq, Clone, Serialize, Deserialize)]
struct Counted {
    total: u32,
    heard: u32,
    alarm_at: Option<Timestamp>,
    rings_left: usize,
    outage_told: bool,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
enum Ask {
    Add {
        number: u32,
        trip: Option<TripId>,
    },
    SetAlarm {
        at: Timestamp,
        #[serde(default = "once")]
        rings: usize,
    },
    Secret {},
}

fn once() -> usize {
    1
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Did {
    Added { number: u32, trip: Option<TripId> },
    AlarmSet { at: Timestamp, rings: usize },
    Rang { outage: bool },
    HeardPerson { history: bool },
}

#[derive(Serialize, Debug, PartialEq, thiserror::Error)]
enum No {
    #[error("{number} is too much: at most 100 are counted at once")]
    TooMuch { number: u32 },
}

proto::refusals!(No {
    TooMuch => Some(Rule::Check5), Some("number"), "Count again.";
});

impl Service for Counter {
    const NAME: ServiceName = ServiceName::Checkins;
    const HEARS: &'static [ServiceName] = &[ServiceName::People];
    const LISTENER_VERSION: u32 = 2;
    const WAITS_FOR: &'static [ServiceName] = &[ServiceName::People];
    type State = Counted;
    type Command = Ask;
    type Event = Did;
    type Refusal = No;

    fn decide(_: &Counted, command: Ask, context: &Context<'_>) -> Result<Vec<Did>, No> {
        let most = u32::from(context.policy.passcode_max_age_days);
        match command {
            Ask::Add { number, .. } if most < 90 && number > most => Err(No::TooMuch { number }),
            Ask::Add { number, .. } if number > 100 => Err(No::TooMuch { number }),
            Ask::Add { number: 0, .. } => Ok(Vec::new()),
            Ask::Add { number, trip } => Ok(vec![Did::Added { number, trip }]),
            Ask::SetAlarm { at, rings } => Ok(vec![Did::AlarmSet { at, rings }]),
            Ask::Secret {} => Ok(vec![Did::Added { number: 1, trip: None }]),
        }
    }

    fn evolve(state: &mut Counted, event: &Did) {
        match event {
            Did::Added { number, .. } => state.total += number,
            Did::AlarmSet { at, rings } => (state.alarm_at, state.rings_left) = (Some(*at), *rings),
            Did::Rang { outage } => {
                state.rings_left -= 1;
                state.alarm_at = state.alarm_at.filter(|_| state.rings_left > 0);
                state.outage_told = *outage;
            }
            Did::HeardPerson { .. } => state.heard += 1,
        }
    }

    fn hear(_: &Counted, news: &News<'_>, _: &Context<'_>) -> Vec<Did> {
        match news.event {
            AnyEvent::People(people::Event::PersonLeft { .. }) => {
                vec![Did::HeardPerson { history: news.history }]
            }
            _ => Vec::new(),
        }
    }

    fn next_due(state: &Counted) -> Option<Timestamp> {
        state.alarm_at
    }

    fn due(state: &Counted, tick: &Tick<'_>) -> Vec<Did> {
        let rings = if state.alarm_at.is_some_and(|at| at <= tick.now) { state.rings_left } else { 0 };
        vec![Did::Rang { outage: tick.outage.is_some() }; rings.min(decider::MAX_DUE_EVENTS)]
    }

    fn trip_of(event: &Did) -> Option<TripId> {
        match event {
            Did::Added { trip, .. } => *trip,
            Did::AlarmSet { .. } | Did::Rang { .. } | Did::HeardPerson { .. } => None,
        }
    }

    fn ends_trip(_: &Did) -> bool {
        false
    }

    fn open_to_bus(command: &Ask) -> bool {
        !matches!(command, Ask::Secret {})
    }

    fn changes(event: &Did) -> Option<Summary> {
        matches!(event, Did::Added { .. }).then_some(Summary::Alarm)
    }

    fn summary(state: &Counted, _: Summary) -> Option<Retained> {
        Some(Retained::Alarm(state.total.to_string()))
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

const NINE: &str = "2026-11-20T09:00:00Z";

fn school() -> Arc<School> {
    Arc::new(School {
        id: "elmfield".parse().expect("slug"),
        name: "elmfield".parse().expect("label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
}

fn engine_with(cursors: &[Cursor]) -> Engine<Counter> {
    let empty = Chain::empty(ServiceName::Checkins, school().id.clone(), Uuid::from_u128(1));
    Engine::rebuild(school(), empty, cursors, at(NINE), Box::new(|| [7; 16]))
}

/// Connected, and caught up with people at number 0.
fn engine() -> Engine<Counter> {
    let mut engine = engine_with(&[]);
    engine.connected(at(NINE));
    engine.hear_page(&page(vec![], 0), at(NINE));
    engine.tick(at(NINE));
    engine
}

fn command(id: u128, kind: &str, data: &str) -> CommandEnvelope {
    CommandEnvelope {
        specversion: SpecVersion::V1,
        id: CommandId(Uuid::from_u128(id)),
        source: String::new(),
        kind: format!("homeward.checkins.v1.{kind}"),
        time: None,
        actor: None,
        traceparent: None,
        data: serde_json::value::RawValue::from_string(data.to_owned()).expect("JSON"),
    }
}

fn tester() -> AskedBy {
    AskedBy::Client(ClientId::parse("tester").expect("slug"))
}

fn ask(engine: &mut Engine<Counter>, envelope: &CommandEnvelope) -> (Outcome, Vec<Did>) {
    engine.command(&tester(), envelope, at(NINE));
    let batch = engine.close_batch();
    engine.committed();
    let outcome = batch.outputs.into_iter().find_map(|output| match output {
        Output::Answer { answer, .. } => Some(answer.outcome),
        Output::AskReplay { .. } | Output::Retain(_) | Output::Trouble(_) => None,
    });
    (outcome.expect("every command is answered"), batch.events.into_iter().map(|r| r.event).collect())
}

fn person_left(sequence: u64) -> EventEnvelope {
    told(sequence, &people::Event::PersonLeft { person: proto::ids::PersonId(Uuid::from_u128(5)) })
}

fn told(sequence: u64, event: &people::Event) -> EventEnvelope {
    let (variant, data) = proto::wire::split(event);
    EventEnvelope {
        specversion: SpecVersion::V1,
        id: Uuid::from_u128(1000 + u128::from(sequence)),
        source: "/homeward/elmfield/people".to_owned().try_into().expect("a source"),
        kind: proto::wire::kind(ServiceName::People, &variant),
        time: at(NINE),
        sequence,
        epoch: Uuid::from_u128(2),
        entryhash: proto::envelope::Hash::of(&sequence.to_be_bytes()),
        cause: Uuid::from_u128(3),
        correlation: Uuid::from_u128(3),
        actor: Actor::Service(ServiceName::People),
        traceparent: None,
        data,
    }
}

/// The answer to who asked for what its first event is, or for what would be the first.
fn page(events: Vec<EventEnvelope>, head: u64) -> ReplayPage {
    let from = events.first().map_or(1, |event| event.sequence);
    page_from(from, events, head)
}

fn page_from(from: u64, events: Vec<EventEnvelope>, head: u64) -> ReplayPage {
    let source = "/homeward/elmfield/people".to_owned().try_into().expect("a source");
    ReplayPage { source, epoch: Uuid::from_u128(2), from, head, events }
}

fn head(sequence: u64, hash: proto::envelope::Hash) -> Head {
    Head { epoch: Uuid::from_u128(2), sequence, hash, at: at(NINE), blankings: 0 }
}

#[test]
fn a_command_is_decided_recorded_and_answered_with_its_number() {
    let mut engine = engine();
    let (outcome, events) = ask(&mut engine, &command(1, "Add", r#"{"number":24,"trip":null}"#));
    assert_eq!(outcome, Outcome::Accepted { sequence: 1 });
    assert_eq!(events, [Did::Added { number: 24, trip: None }]);
    assert_eq!(engine.state().total, 24);
}

#[test]
fn a_command_asked_again_gets_the_first_answer_and_changes_nothing() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "Add", r#"{"number":24,"trip":null}"#));
    ask(&mut engine, &command(2, "Add", r#"{"number":1,"trip":null}"#));
    let (outcome, events) = ask(&mut engine, &command(1, "Add", r#"{"number":24,"trip":null}"#));
    assert_eq!((outcome, events), (Outcome::Accepted { sequence: 1 }, vec![]));
    assert_eq!(engine.state().total, 25);
}

#[test]
fn a_refusal_names_field_rule_and_remedy_and_is_decided_anew() {
    let mut engine = engine();
    let (outcome, events) = ask(&mut engine, &command(1, "Add", r#"{"number":101,"trip":null}"#));
    let Outcome::Refused { refusal } = outcome else { panic!("refused: {outcome:?}") };
    assert_eq!(
        (refusal.code.as_str(), refusal.rule, refusal.field.as_deref()),
        ("TooMuch", Some(Rule::Check5), Some("number"))
    );
    assert!(events.is_empty());
    let (outcome, _) = ask(&mut engine, &command(1, "Add", r#"{"number":99,"trip":null}"#));
    assert_eq!(outcome, Outcome::Accepted { sequence: 1 });
}

#[test]
fn bad_input_is_refused_with_the_field_at_fault() {
    let cases = [
        ("Add", r#"{"number":"many","trip":null}"#, "BadField", Some("data.number")),
        ("Add", r#"{"number":-1,"trip":null}"#, "BadField", Some("data.number")),
        ("Add", r#"{"number":1,"trip":null,"colour":"red"}"#, "BadField", Some("data.colour")),
        ("Subtract", "{}", "BadField", None),
        ("Secret", "{}", "NotFromTheBus", Some("type")),
    ];
    for (kind, data, code, field) in cases {
        let mut engine = engine();
        let (outcome, events) = ask(&mut engine, &command(1, kind, data));
        let Outcome::Refused { refusal } = outcome else { panic!("{kind} {data}: {outcome:?}") };
        assert_eq!(
            (refusal.code.as_str(), refusal.field.as_deref()),
            (code, field),
            "{kind} {data}: {refusal:?}"
        );
        assert!(events.is_empty() && !refusal.remedy.is_empty());
    }
}

#[test]
fn only_the_board_may_name_who_acts() {
    let person = Actor::Person(proto::ids::PersonId(Uuid::from_u128(9)));
    let mut named = command(1, "Add", r#"{"number":1,"trip":null}"#);
    named.actor = Some(person);
    let mut engine = engine();
    assert!(
        matches!(ask(&mut engine, &named).0, Outcome::Refused { refusal } if refusal.code == "ActorNotYours")
    );
    let board = AskedBy::Client(ClientId::parse("board-1").expect("slug"));
    engine.command(&board, &named, at(NINE));
    assert_eq!(engine.close_batch().entries[0].actor, named.actor.expect("named"));
}

#[test]
fn a_batch_that_failed_leaves_an_engine_that_takes_nothing_more() {
    let mut engine = engine();
    engine.command(&tester(), &command(1, "Add", r#"{"number":24,"trip":null}"#), at(NINE));
    engine.close_batch();
    engine.failed();
    assert!(engine.is_failed());
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.close_batch()));
    assert!(refused.is_err(), "state that may be ahead of the journal is never given out");
}

#[test]
fn a_replayed_journal_gives_the_same_state_head_and_memory() {
    let mut first = engine();
    let mut entries = Vec::new();
    for id in 1..=3 {
        first.command(&tester(), &command(id, "Add", r#"{"number":10,"trip":null}"#), at(NINE));
        entries.extend(first.close_batch().entries);
        first.committed();
    }
    let mut second = engine_with(&[]);
    entries.iter().for_each(|entry| second.replay(entry).expect("replays"));
    assert_eq!(second.state(), first.state());
    assert_eq!(second.chain(), first.chain());
    let (outcome, events) = ask(&mut second, &command(2, "Add", r#"{"number":10,"trip":null}"#));
    assert_eq!((outcome, events), (Outcome::Accepted { sequence: 2 }, vec![]));
}

#[test]
fn news_is_taken_once_in_order_and_a_gap_is_asked_for_once() {
    let mut engine = engine();
    assert!(engine.hear(&[person_left(1), person_left(1)], at(NINE)).is_empty());
    assert_eq!(engine.state().heard, 1);
    let asked = Output::AskReplay { of: ServiceName::People, from: 1 };
    assert_eq!(engine.hear(&[person_left(3), person_left(4)], at(NINE)), [asked], "from what was heard last");
    assert_eq!(engine.state().heard, 1, "what lies beyond a gap is dropped");
    let outputs = engine.hear_page(&page(vec![person_left(1), person_left(2), person_left(3)], 4), at(NINE));
    assert_eq!(outputs, [Output::AskReplay { of: ServiceName::People, from: 4 }]);
    engine.hear_page(&page(vec![person_left(4)], 4), at(NINE));
    assert_eq!(engine.state().heard, 4);
    assert_eq!(engine.close_batch().cursors[0].seq, 4, "the cursor moves with what was heard");
}

/// Found by `make bench`: each time it was asked again, one more train of pages went on beside the others, and a million
/// events took minutes.
#[test]
fn what_was_asked_twice_and_answered_twice_is_gone_on_with_once() {
    let mut engine = engine();
    engine.hear(&[person_left(9)], at(NINE));
    assert_eq!(engine.ask_again(ServiceName::People), Some(1));
    let answer = page(vec![person_left(1), person_left(2)], 9);
    let next = Output::AskReplay { of: ServiceName::People, from: 3 };
    assert_eq!(engine.hear_page(&answer, at(NINE)), [next]);
    assert_eq!(engine.hear_page(&answer, at(NINE)), []);
    // Lost, asked again, and then found to be late only.
    assert_eq!(engine.ask_again(ServiceName::People), Some(3));
    let next = Output::AskReplay { of: ServiceName::People, from: 5 };
    let answer = page(vec![person_left(3), person_left(4)], 9);
    assert_eq!(engine.hear_page(&answer, at(NINE)), [next]);
    assert_eq!(engine.hear_page(&answer, at(NINE)), []);
    assert_eq!(engine.ask_again(ServiceName::People), Some(5));
}

#[test]
fn another_epoch_a_lost_entry_or_another_hash_stops_that_producer() {
    let heard_two = || {
        let mut engine = engine();
        engine.hear(&[person_left(1), person_left(2)], at(NINE));
        engine
    };
    let two = person_left(2).entryhash;
    let mut other_epoch = head(2, two);
    other_epoch.epoch = Uuid::from_u128(77);
    for bad in [other_epoch, head(2, proto::envelope::Hash::of(b"other"))] {
        let mut engine = heard_two();
        let outputs = engine.hear_head(ServiceName::People, &bad, false);
        assert!(
            matches!(outputs.as_slice(), [Output::Trouble(Trouble::Divergence(_))]),
            "{bad:?}: {outputs:?}"
        );
        engine.hear(&[person_left(3)], at(NINE));
        assert_eq!(engine.state().heard, 2, "nothing more is taken from it");
    }
}

/// Found by the simulation: a head that events overtook on their way stopped the listener for good.
#[test]
fn a_lower_head_is_asked_about_and_only_the_page_that_answers_stops_the_producer() {
    let mut engine = engine();
    engine.hear(&[person_left(1), person_left(2)], at(NINE));
    let overtaken = head(1, person_left(1).entryhash);
    let asked = Output::AskReplay { of: ServiceName::People, from: 2 };
    assert_eq!(engine.hear_head(ServiceName::People, &overtaken, false), [asked]);
    assert!(engine.hear_page(&page(vec![person_left(2)], 2), at(NINE)).is_empty(), "it was only late");
    engine.hear(&[person_left(3)], at(NINE));
    assert_eq!(engine.state().heard, 3);

    let asked = Output::AskReplay { of: ServiceName::People, from: 3 };
    assert_eq!(engine.hear_head(ServiceName::People, &overtaken, false), [asked]);
    let outputs = engine.hear_page(&page_from(3, vec![], 1), at(NINE));
    assert!(matches!(outputs.as_slice(), [Output::Trouble(Trouble::Divergence(_))]), "{outputs:?}");
    engine.hear(&[person_left(4)], at(NINE));
    assert_eq!(engine.state().heard, 3, "nothing more is taken from it");
}

#[test]
fn a_listener_that_grew_hears_again_from_the_start_and_knows_it_is_history() {
    let old = Cursor {
        producer: ServiceName::People,
        listener_version: 1,
        epoch: Uuid::from_u128(2),
        seq: 2,
        hash: person_left(2).entryhash,
    };
    let mut engine = engine_with(&[old]);
    assert_eq!(engine.connected(at(NINE)), [(ServiceName::People, 1)]);
    engine.hear_page(&page(vec![person_left(1), person_left(2), person_left(3)], 3), at(NINE));
    let told: Vec<Did> = engine.close_batch().events.into_iter().map(|r| r.event).collect();
    let heard = |history| Did::HeardPerson { history };
    assert_eq!(told, [heard(true), heard(true), heard(false)]);
}

/// CHECK-3: absence is judged only by a service that is connected and has caught up, or has waited 30 s.
#[test]
fn absence_is_judged_only_when_connected_and_caught_up() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    engine.disconnected(at("2026-11-20T09:01:00Z"));
    assert_eq!(engine.next_due(), None);
    engine.tick(at("2026-11-20T09:10:00Z"));
    assert_eq!(engine.state().alarm_at, Some(at("2026-11-20T09:05:00Z")), "no broker: not judged");
    engine.connected(at("2026-11-20T09:11:00Z"));
    engine.hear_page(&page(vec![], 2), at("2026-11-20T09:11:00Z"));
    engine.tick(at("2026-11-20T09:11:01Z"));
    assert!(engine.state().alarm_at.is_some(), "two numbers are still missing: not judged");
    engine.hear_page(&page(vec![person_left(1), person_left(2)], 2), at("2026-11-20T09:11:02Z"));
    engine.tick(at("2026-11-20T09:11:02Z"));
    assert_eq!(
        (engine.state().alarm_at, engine.state().outage_told),
        (None, true),
        "judged, and the outage told"
    );
}

#[test]
fn a_producer_that_stays_silent_is_waited_for_thirty_seconds() {
    let mut engine = engine_with(&[]);
    engine.connected(at(NINE));
    assert!(!engine.may_judge(at("2026-11-20T09:00:29Z")));
    assert!(engine.may_judge(at("2026-11-20T09:00:30Z")));
}

#[test]
fn what_falls_due_after_catching_up_is_no_matter_of_the_outage() {
    let mut engine = engine_with(&[]);
    engine.connected(at("2026-11-20T09:02:00Z"));
    engine.hear_page(&page(vec![], 0), at("2026-11-20T09:02:00Z"));
    assert_eq!(
        engine.next_due(),
        Some(at("2026-11-20T09:02:00Z")),
        "it can judge again, and says so at once"
    );
    engine.tick(at("2026-11-20T09:02:00Z"));
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    engine.tick(at("2026-11-20T09:05:00Z"));
    assert_eq!((engine.state().alarm_at, engine.state().outage_told), (None, false));
}

#[test]
fn a_short_gap_is_no_outage() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:00:10Z"}"#));
    engine.disconnected(at("2026-11-20T09:00:05Z"));
    engine.connected(at("2026-11-20T09:00:11Z"));
    engine.hear_page(&page(vec![], 0), at("2026-11-20T09:00:12Z"));
    engine.tick(at("2026-11-20T09:00:12Z"));
    assert_eq!((engine.state().alarm_at, engine.state().outage_told), (None, false));
}

#[test]
fn a_stepped_clock_is_an_outage() {
    let mut engine = engine();
    ask(&mut engine, &command(1, "SetAlarm", r#"{"at":"2026-11-20T09:05:00Z"}"#));
    let stepped = at(NINE) + SignedDuration::from_hours(1);
    engine.clock_stepped(at(NINE), stepped);
    engine.tick(stepped);
    assert!(engine.state().outage_told);
}
