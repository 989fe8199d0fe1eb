//! FORM-8: what is told of a trip is always what would be told of it now, whatever happened in which order.

use contacts::{Contacts, Setting, State, gaps};
use decider::{Context, News, Policy, Service};
use proptest::prelude::*;
use proto::ids::PersonId;
use proto::v1::AnyEvent;
use proto::v1::contacts::{Command, Event, LineHealth, LineKind};
use proto::v1::devices::{self, Condition, Holder, Recordings};
use proto::v1::people::{self, DutyNight, DutyRole, Role, Standing};
use proto::values::{Name, Personal, RingSecs, SchoolZone};

use crate::cast::*;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    News(Box<AnyEvent>),
    Command(Command),
}

fn anybody() -> impl Strategy<Value = PersonId> {
    prop::sample::select(vec![mia(), owen(), dana(), bea()])
}

fn of_people() -> impl Strategy<Value = people::Event> {
    let night = window("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z");
    let answer_by = at("2026-11-20T20:00:00Z");
    let planned = move |(number, person, role)| people::Event::DutyPlanned {
        duty: duty(number),
        person,
        role,
        window: window("2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z"),
        nights: vec![DutyNight { night, test_at: at("2026-11-20T18:00:00Z"), answer_by }],
    };
    let roles = vec![DutyRole::Base, DutyRole::Office, DutyRole::Dsl, DutyRole::Senior];
    let id = 0_u64..3;
    prop_oneof![
        anybody().prop_map(|person| people::Event::PersonLeft { person }),
        anybody().prop_map(|person| people::Event::PersonAdded {
            person,
            name: Personal::<Name>::blanked(),
            standing: Standing::Staff,
            roles: [Role::Office].into_iter().collect(),
        }),
        (id.clone(), anybody(), prop::sample::select(roles)).prop_map(planned),
        id.clone().prop_map(|n| people::Event::DutyRemoved { duty: duty(n) }),
        (id.clone(), anybody()).prop_map(move |(n, person)| people::Event::DutyTestUnanswered {
            duty: duty(n),
            person,
            night,
            asked: true
        }),
        id.prop_map(move |n| people::Event::DutyConfirmed {
            duty: duty(n),
            at: answer_by,
            inbound: None,
            night
        }),
    ]
}

fn of_devices() -> impl Strategy<Value = devices::Event> {
    let device = prop_oneof![anybody().prop_map(phone_of), Just(back_up_phone())];
    let when = at("2026-11-20T09:00:00Z");
    let issued = move |(device, person)| devices::Event::DeviceIssued {
        device,
        holder: Holder::Person(person),
        trip: None,
        reason: None,
        at: when,
    };
    let returned = move |(device, person, condition)| devices::Event::DeviceReturned {
        device,
        holder: Holder::Person(person),
        trip: None,
        condition,
        storage: label("Safe"),
        recordings: Recordings::None,
        at: when,
    };
    let condition = prop::sample::select(vec![Condition::Good, Condition::Damaged]);
    prop_oneof![
        (device.clone(), anybody()).prop_map(issued),
        (device.clone(), anybody(), condition).prop_map(returned),
        device.prop_map(|device| devices::Event::DeviceRetired { device }),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let health = prop::sample::select(vec![LineHealth::Up, LineHealth::Doubtful, LineHealth::Down]);
    let line = prop::sample::select(vec![landline(), office_line(), back_up()]);
    let until = prop::sample::select(vec![None, Some("2026-11-20T12:00:00Z")]);
    let add_office = Command::AddLine {
        line: office_line(),
        name: label("The office"),
        kind: LineKind::Office,
        number: number("01632 960002"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    };
    prop_oneof![
        (line.clone(), health, until).prop_map(|(line, health, until)| mark(line, health, until)),
        line.prop_map(|line| Command::RemoveLine { line }),
        Just(add_office),
        (9_u8..16)
            .prop_map(|hour| close_early(&format!("2026-11-20T{hour:02}:30:00Z"), "2026-11-20T16:30:00Z")),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        of_people().prop_map(|event| Step::News(Box::new(event.into()))),
        of_devices().prop_map(|event| Step::News(Box::new(event.into()))),
        command().prop_map(Step::Command),
    ]
}

/// What it leads to; nothing, if it is refused.
fn happens(state: &State, step: Step, context: &Context<'_>) -> Vec<Event> {
    match step {
        Step::News(event) => {
            let news = News { event: &event, recorded_at: context.now, sequence: 1, history: false };
            Contacts::hear(state, &news, context)
        }
        Step::Command(command) => Contacts::decide(state, command, context).unwrap_or_default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_is_what_would_be_told_now(steps in prop::collection::vec(step(), 1..25)) {
        let (now, zone, policy) = (at("2026-11-20T09:00:00Z"), SchoolZone::london(), Policy::default());
        let setting = Setting { now, zone: &zone, policy: &policy };
        let actor = a_client();
        let cause = uuid::Uuid::nil();
        let context = Context { now, actor: &actor, cause, zone: &zone, policy: &policy };
        let mut state = school([]).hears(draft(form(overnight()), 1)).allowed().state;
        for step in steps {
            for event in happens(&state, step, &context) {
                Contacts::evolve(&mut state, &event);
            }
            let trip = state.trip(trip()).expect("it hasn't ended");
            let told = &trip.coverage.as_ref().expect("assessed").gaps;
            prop_assert_eq!(told, &gaps(state.facts(), &trip.plan, &setting));
        }
    }
}
