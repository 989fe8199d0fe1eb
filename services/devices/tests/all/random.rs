//! Whatever is asked, heard and whatever time passes: one holder at a time, every change of hands in the journal, and the
//! journal alone leads back to the running state.

use std::collections::{BTreeMap, BTreeSet};

use decider::kit::Story;
use decider::{Context, News, Policy, Service, Tick};
use devices::{Custody, Devices, Issued, Link, State};
use jiff::SignedDuration;
use proptest::prelude::*;
use proto::envelope::Actor;
use proto::ids::{DeviceId, PersonId, TripId, derive_uuid};
use proto::v1::AnyEvent;
use proto::v1::devices::*;
use proto::v1::{people, trips};
use proto::values::{Charge, SchoolZone};

use crate::cast::*;
use crate::hearing::{form, returned};

#[derive(Debug, Clone)]
enum Move {
    Asked(Command),
    Heard(AnyEvent),
    Minutes(i64),
}

fn a_device() -> impl Strategy<Value = DeviceId> {
    prop_oneof![4 => (1_u8..=6).prop_map(mobile), 1 => (1_u8..=2).prop_map(basic)]
}

fn an_adult() -> impl Strategy<Value = PersonId> {
    prop::sample::select(vec![okafor(), lind(), abara(), ferreira(), day()])
}

fn a_holder() -> impl Strategy<Value = Holder> {
    prop_oneof![4 => an_adult().prop_map(Holder::Person), 1 => Just(pupil(noor())), 1 => Just(pupil(sol()))]
}

fn a_trip() -> impl Strategy<Value = TripId> {
    prop::sample::select(TRIPS.map(a_trip_of).to_vec())
}

/// Six trips at the same time, with the museum's form.
const TRIPS: [u64; 6] = [0, 1, 2, 3, 4, 5];

fn a_trip_of(number: u64) -> TripId {
    TripId::derived(museum().0, number)
}

fn an_issue() -> impl Strategy<Value = Issue> {
    let reason = Some(note("Diabetes").into());
    (a_device(), a_holder()).prop_map(move |(device, holder)| Issue {
        device,
        holder,
        reason: reason.clone(),
        charge: Charge::new(80).ok(),
    })
}

fn a_return() -> impl Strategy<Value = Return> {
    let condition = prop::sample::select(vec![Condition::Good, Condition::Good, Condition::Damaged]);
    let recordings = prop::sample::select(vec![Recordings::None, Recordings::Cleared, Recordings::Kept]);
    (a_device(), condition, recordings).prop_map(|(device, condition, recordings)| Return {
        condition,
        recordings,
        clearing: (recordings == Recordings::Cleared).then(clearing),
        ..coming_in(device)
    })
}

fn a_command() -> impl Strategy<Value = Command> {
    let safe = || label("Office safe");
    let until = (-60_i64..3000).prop_map(|minutes| later(at(MORNING), minutes));
    prop_oneof![
        8 => (a_trip(), prop::collection::vec(an_issue(), 1..4))
            .prop_map(|(trip, issues)| Command::IssueDevices { trip, issues }),
        2 => (a_device(), an_adult()).prop_map(|(device, person)| Command::IssuePermanently { device, person }),
        3 => (a_device(), a_trip()).prop_map(|(device, trip)| Command::ConfirmInHand { device, trip }),
        2 => (a_device(), a_trip(), a_holder())
            .prop_map(|(device, trip, holder)| Command::ReserveDevice { device, trip, holder }),
        1 => (a_device(), a_trip()).prop_map(|(device, trip)| Command::ReleaseReservation { device, trip }),
        3 => (a_return(), a_device())
            .prop_map(|(returned, replacement)| Command::SwapDevice { returned, replacement }),
        4 => (a_device(), a_holder()).prop_map(|(device, to)| Command::HandOverDevice { device, to }),
        8 => a_return().prop_map(|returned| Command::ReturnDevice { returned }),
        2 => a_device().prop_map(|device| Command::DeclareLost { device, note: note("Gone").into() }),
        1 => a_device().prop_map(|device| Command::RecordSimBarred { device }),
        2 => a_device().prop_map(move |device| Command::RecordFound { device, storage: safe() }),
        1 => a_device().prop_map(|device| Command::QuarantineDevice { device, reason: note("Odd").into() }),
        3 => a_device().prop_map(move |device| Command::ReleaseFromQuarantine { device, storage: safe() }),
        3 => a_device().prop_map(move |device| Command::RecordRepaired { device, storage: safe() }),
        1 => a_device().prop_map(|device| Command::HandToPolice { device, reference: label("CR/1") }),
        3 => (a_device(), until).prop_map(|(device, until)| Command::AgreeOvernight { device, until }),
        4 => a_device().prop_map(|device| Command::ConfirmPasscode { device }),
        1 => a_device().prop_map(|device| Command::RetireDevice { device }),
    ]
}

fn news() -> impl Strategy<Value = AnyEvent> {
    let for_trip = |event: trips::Event, trip| of_trip(event, trip);
    prop_oneof![
        2 => a_trip().prop_map(move |trip| for_trip(crate::hearing::saved(form()), trip).into()),
        2 => a_trip().prop_map(move |trip| for_trip(returned(), trip).into()),
        1 => a_trip().prop_map(|trip| trips::Event::TripClosed { trip, at: at(BACK) }.into()),
        1 => a_trip().prop_map(|trip| trips::Event::TripCancelled { trip, reason: note("Snow") }.into()),
        1 => an_adult().prop_map(|person| people::Event::PersonLeft { person }.into()),
        2 => an_adult().prop_map(|person| people::Event::HolderAuthorised { person, until: None }.into()),
    ]
}

fn of_trip(mut event: trips::Event, id: TripId) -> trips::Event {
    if let trips::Event::DraftSaved { trip, .. } | trips::Event::Returned { trip, .. } = &mut event {
        *trip = id;
    }
    event
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let step = prop_oneof![
        10 => a_command().prop_map(Move::Asked),
        2 => news().prop_map(Move::Heard),
        1 => (1_i64..600).prop_map(Move::Minutes),
    ];
    prop::collection::vec(step, 1..200)
}

fn later(at: proto::Timestamp, minutes: i64) -> proto::Timestamp {
    at.checked_add(SignedDuration::from_mins(minutes)).expect("a day in reach")
}

/// Who holds what, told from the events alone: each change of hands must begin where the last one ended.
#[derive(Default)]
struct Chain(BTreeMap<DeviceId, Holder>);

impl Chain {
    fn follow(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::DeviceIssued { device, holder, .. } => {
                let before = self.0.insert(*device, *holder);
                prop_assert_eq!(before, None, "issued while in somebody's hands");
            }
            Event::DeviceHandedOver { device, from, to, .. } => {
                let before = self.0.insert(*device, *to);
                prop_assert_eq!(before, Some(*from), "handed over by somebody else");
            }
            Event::DeviceReturned { device, holder, .. } => {
                prop_assert_eq!(self.0.remove(device), Some(*holder), "returned by somebody else");
            }
            Event::DeviceLost { device, holder, .. } => {
                prop_assert_eq!(self.0.remove(device), *holder, "lost by somebody else");
            }
            Event::DeviceWithPolice { device, .. } => {
                self.0.remove(device);
            }
            Event::DeviceQuarantined { device, .. }
            | Event::DeviceRetired { device }
            | Event::DeviceFound { device, .. }
            | Event::QuarantineEnded { device, .. }
            | Event::DeviceRepaired { device, .. } => {
                prop_assert_eq!(self.0.get(device), None, "in store and in somebody's hands");
            }
            Event::ReturnOverdue { devices, .. } => {
                for device in devices {
                    prop_assert!(self.0.contains_key(device), "overdue, but in nobody's hands");
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The event as it comes back from the journal.
fn journalled(event: &Event) -> Event {
    let text = serde_json::to_string(event).expect("JSON");
    serde_json::from_str(&text).expect("it is read")
}

fn consistent(state: &State, chain: &Chain) -> Result<(), TestCaseError> {
    for (id, device) in state.devices() {
        prop_assert_eq!(
            device.holder(),
            chain.0.get(&id).copied(),
            "custody and chain differ for {}",
            device.tag
        );
        let retired = device.custody == Custody::Retired;
        prop_assert_eq!(state.by_tag(&device.tag) == Some(id), !retired);
        for trip in device.issued().map(Issued::trips).unwrap_or_default() {
            let known = state.trip(trip).map(|known| known.devices.contains_key(&id));
            prop_assert!(known.unwrap_or(true), "a trip doesn't know of its device {}", device.tag);
        }
    }
    for (trip, known) in state.trips() {
        let out = devices::out_of_trip(state, trip);
        for (device, link) in &known.devices {
            prop_assert!(*link != Link::Awaited || out.contains(device), "awaited, but not out");
        }
        let closing = matches!(known.needs.phase, TripPhase::Returning | TripPhase::Cancelled);
        let all_in = known.awaited().is_empty();
        prop_assert_eq!(closing && all_in, known.settled, "settled is told when, and only when, it is so");
    }
    Ok(())
}

/// What there is for trips, told from custody: the forecast must agree.
fn supply_agrees(state: &State) -> Result<(), TestCaseError> {
    let usable = |d: &&devices::Device| match &d.custody {
        Custody::InStore { .. } => true,
        Custody::Issued(Issued::ToTrip { overnight, .. }) => overnight.is_none(),
        _ => false,
    };
    let mobiles = state.devices().map(|(_, d)| d).filter(|d| d.kind == DeviceKind::WorkMobile);
    let expected = mobiles.filter(usable).count() as u16;
    let overnight_over = jiff::civil::date(2026, 11, 19);
    let policy = Policy { base_reserve_phones: 0, ..Policy::default() };
    let day = devices::supply(state, overnight_over, 1, &SchoolZone::london(), &policy);
    prop_assert_eq!(day[0].available, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// DEV-8, DEV-9: a device never has two holders, and the journal leads back to the running state.
    #[test]
    fn custody_is_a_chain_whatever_happens(moves in moves()) {
        let zone = SchoolZone::london();
        let policy = Policy { base_reserve_phones: 0, ..Policy::default() };
        let begun: Story<Devices> = after(TRIPS.map(|number| noted(a_trip_of(number), needs())));
        let (mut state, mut replayed) = (begun.state.clone(), begun.state);
        let mut chain = Chain::default();
        let mut told_settled: BTreeSet<TripId> = BTreeSet::new();
        let mut now = at(MORNING);
        let actor = Actor::Person(pryce());
        for (number, step) in moves.into_iter().enumerate() {
            let cause = derive_uuid(museum().0, "move", number as u64);
            let context = Context { now, actor: &actor, cause, zone: &zone, policy: &policy };
            let events = match step {
                Move::Asked(command) => Devices::decide(&state, command, &context).unwrap_or_default(),
                Move::Heard(event) => {
                    let sequence = number as u64 + 1;
                    let news = News { event: &event, recorded_at: now, sequence, history: false };
                    Devices::hear(&state, &news, &context)
                }
                Move::Minutes(minutes) => {
                    now = later(now, minutes);
                    let tick = Tick { now, outage: None, cause, zone: &zone, policy: &policy };
                    Devices::due(&state, &tick)
                }
            };
            for event in &events {
                chain.follow(event)?;
                if let Event::TripDevicesSettled { trip, .. } = event {
                    prop_assert!(told_settled.insert(*trip), "settled twice");
                }
                Devices::evolve(&mut state, event);
                Devices::evolve(&mut replayed, &journalled(event));
            }
            consistent(&state, &chain)?;
            supply_agrees(&state)?;
        }
        prop_assert_eq!(&state, &replayed);
        let tick = Tick { now: later(now, 100_000), outage: None, cause: museum().0, zone: &zone, policy: &policy };
        for event in Devices::due(&state, &tick) {
            Devices::evolve(&mut state, &event);
        }
        prop_assert_eq!(Devices::next_due(&state), None, "due moves on");
    }
}
