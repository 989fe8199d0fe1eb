//! What people do in a day: each trip from its draft to its last device, with all that may go wrong on the way.
//!
//! People see what was committed, as on the board; what they do may be refused, and then they often try again.

mod home;
mod outing;
mod planning;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proto::envelope::Actor;
use proto::ids::{AttemptId, CaseId, DeviceId, GroupId, PersonId, TripId};
use proto::topics::ServiceName;
use proto::v1::alerts::{Channel, Command as Alerts, Event as Alerted};
use proto::v1::checkins::{Command as Checkins, NextDue};
use proto::v1::devices::Command as Devices;
use proto::v1::gateway::{Command as Gateway, Event as Sent, Progress};
use proto::v1::people::Command as People;
use proto::v1::trips::Command as Trips;
use proto::values::Note;

use crate::school::School;
use crate::world::{Text, World};

pub(crate) use planning::plan_trip;

/// What somebody does.
pub(crate) enum Act {
    People(People),
    Devices(Devices, Option<Actor>),
    Trips(Box<Trips>, Option<Actor>),
    Checkins(Checkins, Option<Actor>),
    Alerts(Alerts, PersonId),
    Gateway(Box<Gateway>),
    Text(Text),
    Plan(TripId, planning::Step),
    /// A group's adult says a word, for what was due then.
    Report(TripId, GroupId, Box<NextDue>, outing::Manner),
    Mishap(TripId, outing::Mishap),
    Return(TripId),
    GiveIn(TripId, DeviceId, home::Ending),
    Position(TripId, DeviceId),
}

/// What is going on.
#[derive(Default)]
pub(crate) struct Stories {
    pub(crate) school: School,
    pub(crate) trips: BTreeMap<TripId, planning::Plan>,
    /// How many committed events of each service were looked at.
    seen: BTreeMap<ServiceName, usize>,
    texts: u64,
}

pub(crate) fn act(world: &mut World, act: Act) {
    match act {
        Act::People(command) => drop(world.ask(ServiceName::People, &command, None)),
        Act::Devices(command, by) => drop(world.ask(ServiceName::Devices, &command, by)),
        Act::Trips(command, by) => drop(world.ask(ServiceName::Trips, &*command, by)),
        Act::Checkins(command, by) => drop(world.ask(ServiceName::Checkins, &command, by)),
        Act::Alerts(command, by) => drop(world.ask(ServiceName::Alerts, &command, Some(Actor::Person(by)))),
        Act::Gateway(command) => drop(world.ask_own(&*command)),
        Act::Text(text) => world.text(text),
        Act::Plan(trip, step) => planning::take(world, trip, step),
        Act::Report(trip, group, due, manner) => outing::report(world, trip, group, &due, manner),
        Act::Mishap(trip, mishap) => outing::suffer(world, trip, mishap),
        Act::Return(trip) => home::come_back(world, trip),
        Act::GiveIn(trip, device, ending) => home::give_in(world, trip, device, ending),
        Act::Position(trip, device) => outing::position(world, trip, device),
    }
}

/// Looks at what is new in a journal.
pub(crate) fn look(world: &mut World, name: ServiceName) {
    match name {
        ServiceName::Trips => {
            for event in new(&mut world.stories.seen, name, &world.services.trips.events) {
                outing::see_trip(world, &event);
            }
        }
        ServiceName::Checkins => {
            for event in new(&mut world.stories.seen, name, &world.services.checkins.events) {
                outing::see_watch(world, &event);
            }
        }
        ServiceName::Devices => {
            for event in new(&mut world.stories.seen, name, &world.services.devices.events) {
                home::see_devices(world, &event);
            }
        }
        ServiceName::Alerts => {
            for event in new(&mut world.stories.seen, name, &world.services.alerts.events) {
                see_alerts(world, &event);
            }
        }
        ServiceName::Gateway => {
            for event in new(&mut world.stories.seen, name, &world.services.gateway.events) {
                see_gateway(world, &event);
            }
        }
        ServiceName::People | ServiceName::Contacts | ServiceName::Safeguarding | ServiceName::Board => {}
    }
}

fn new<E: Clone>(seen: &mut BTreeMap<ServiceName, usize>, name: ServiceName, events: &[E]) -> Vec<E> {
    let seen = seen.entry(name).or_default();
    events[std::mem::replace(seen, events.len())..].to_vec()
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().expect("a note")
}

/// A text from a phone.
pub(crate) fn text_from(world: &mut World, device: DeviceId, body: String) -> Text {
    world.stories.texts += 1;
    let provider_id = format!("SM{}", world.stories.texts);
    let from = world.stories.school.number_of(device).e164().to_owned();
    Text { from, body, provider_id, inbound: proto::ids::InboundId(world.dice.uuid()) }
}

fn see_alerts(world: &mut World, event: &Alerted) {
    match event {
        Alerted::RungReached { case, .. } if world.dice.per_mille(300) => somebody_acts(world, *case),
        Alerted::CaseOpened { code, .. } if world.dice.per_mille(150) => {
            let person = *world.dice.pick(&world.stories.school.people);
            let device = world.stories.school.mobile_of(person);
            let text = text_from(world, device, code.0.to_string());
            let wait = world.dice.minutes(0, 8);
            world.act_in(wait, Act::Text(text));
        }
        _ => {}
    }
}

/// Somebody in the office takes the case, and mostly resolves it.
fn somebody_acts(world: &mut World, case: CaseId) {
    let school = &world.stories.school;
    let person = if world.dice.per_mille(700) { school.office() } else { school.dsl() };
    let wait = world.dice.minutes(0, 6);
    world.act_in(wait, Act::Alerts(Alerts::OwnCase { case }, person));
    if world.dice.per_mille(600) {
        let wait = wait + world.dice.minutes(1, 20);
        let reason = note("Reached the leader: all well");
        world.act_in(wait, Act::Alerts(Alerts::ResolveCase { case, reason }, person));
    }
}

/// The worker tries what is planned; some fail, some are answered by a key.
fn see_gateway(world: &mut World, event: &Sent) {
    let Sent::AttemptPlanned { attempt, channel, .. } = event else { return };
    if world.dice.per_mille(100) {
        return;
    }
    let mut wait = world.dice.secs(1, 4);
    let mut go = |world: &mut World, command| {
        world.act_in(wait, Act::Gateway(Box::new(command)));
        wait += SignedDuration::from_secs(6);
    };
    go(world, Gateway::BeginAttempt { attempt: *attempt });
    let id = format!("PR{attempt}");
    go(world, progress(*attempt, Some(id.clone()), Progress::Accepted { provider_id: id }));
    if world.dice.per_mille(200) {
        let permanent = world.dice.per_mille(500);
        let why = "the network says no".to_owned();
        go(world, progress(*attempt, None, Progress::Failed { code: Some(30003), why, permanent }));
        return;
    }
    match channel {
        Channel::Text => go(world, progress(*attempt, None, Progress::Delivered {})),
        Channel::Email => go(world, progress(*attempt, None, Progress::Sent {})),
        Channel::Voice => {
            go(world, progress(*attempt, None, Progress::Answered {}));
            if world.dice.per_mille(300) {
                let received_at = world.now + SignedDuration::from_secs(20);
                go(world, Gateway::TakeKey { attempt: *attempt, key: '1', received_at });
            }
            go(world, progress(*attempt, None, Progress::Completed {}));
        }
    }
}

fn progress(attempt: AttemptId, provider_id: Option<String>, progress: Progress) -> Gateway {
    Gateway::RecordProgress { attempt, tries: None, provider_id, progress, fault: false }
}

/// So much later, at the latest then.
pub(crate) fn at_most(at: Timestamp, limit: Timestamp) -> Timestamp {
    at.min(limit)
}
