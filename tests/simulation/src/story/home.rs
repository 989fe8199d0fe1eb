//! Coming home: people first, then the phones.

use jiff::SignedDuration;
use proto::ids::{DeviceId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::{Clearing, Command as Devices, Condition, Event, Recordings, Return};
use proto::v1::trips::{Accounted, Command as Trips};
use proto::values::Headcount;
use trips::Phase;

use super::{Act, note};
use crate::school::{by, label};
use crate::world::World;

/// What becomes of a phone at the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    Returned,
    Lost,
    Overnight,
}

/// The party is back: the leader accounts for everyone, and tries again if it was refused.
pub(crate) fn come_back(world: &mut World, trip: TripId) {
    let Some(known) = world.services.trips.state.trip(trip) else { return };
    if !matches!(known.phase, Phase::Out(_)) {
        return;
    }
    let Some(outing) = known.outing() else { return };
    let released = known.released;
    let back = outing.pupils_left().minus(released).unwrap_or(Headcount::ZERO);
    let accounted = Accounted { back, released, in_hospital: Headcount::ZERO };
    let office = world.stories.school.office();
    world.ask(ServiceName::Trips, &Trips::RecordReturn { trip, accounted, note: None }, by(office));
    let again = world.dice.minutes(3, 6);
    world.act_in(again, Act::Return(trip));
    if world.dice.per_mille(300) {
        let wait = world.dice.secs(5, 600);
        world.act_in(wait, Act::Trips(Box::new(Trips::CloseTrip { trip }), by(office)));
    }
}

/// Nothing more is issued: what is out is brought in, sooner or later.
pub(crate) fn see_devices(world: &mut World, event: &Event) {
    let Event::IssuingStopped { trip, out } = event else { return };
    for device in out {
        let (ending, wait) = match world.dice.below(100) {
            0..=4 => (Ending::Lost, world.dice.minutes(5, 60)),
            5..=9 => (Ending::Overnight, world.dice.minutes(5, 60)),
            10..=19 => (Ending::Returned, world.dice.minutes(125, 180)),
            _ => (Ending::Returned, world.dice.minutes(1, 60)),
        };
        world.act_in(wait, Act::GiveIn(*trip, *device, ending));
    }
}

pub(crate) fn give_in(world: &mut World, trip: TripId, device: DeviceId, ending: Ending) {
    let awaited = world.services.devices.state.trip(trip).is_some_and(|t| t.awaited().contains(&device));
    if !awaited {
        return;
    }
    let (school, now) = (&world.stories.school, world.now);
    let (office, senior) = (school.office(), school.other_senior());
    let permanent = school.mobiles.iter().position(|d| *d == device).is_some_and(|place| place < 5);
    let (command, person) = match ending {
        _ if permanent => (Devices::ConfirmInHand { device, trip }, office),
        Ending::Lost => (Devices::DeclareLost { device, note: note("Not on the coach").into() }, office),
        Ending::Overnight => {
            let until = now + SignedDuration::from_hours(16);
            (Devices::AgreeOvernight { device, until }, senior)
        }
        Ending::Returned => {
            let recordings = *world.dice.pick(&[Recordings::None, Recordings::Cleared, Recordings::Kept]);
            let condition = if world.dice.per_mille(50) { Condition::Damaged } else { Condition::Good };
            let cleared = Clearing { computer: label("Library PC 3"), sent_to: None, witness: None };
            let clearing = (recordings == Recordings::Cleared).then_some(cleared);
            let storage = label("Office safe");
            let returned = Return { device, condition, storage, recordings, clearing, charge: None };
            (Devices::ReturnDevice { returned }, office)
        }
    };
    world.ask(ServiceName::Devices, &command, by(person));
    let again = world.dice.minutes(10, 20);
    world.act_in(again, Act::GiveIn(trip, device, Ending::Returned));
}
