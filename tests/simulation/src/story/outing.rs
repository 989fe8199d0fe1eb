//! On the way: words in time, late, wrong or missing; mishaps.

use jiff::SignedDuration;
use proto::envelope::Actor;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::{Command, DueFor, Event, NextDue, Via, Word};
use proto::v1::devices::{Command as Devices, Condition, Recordings, Return};
use proto::v1::gateway::Command as Gateway;
use proto::v1::people::Command as People;
use proto::v1::trips::{Command as Trips, Event as TripEvent, Party};
use proto::values::{Headcount, Point, Position};

use super::planning::count;
use super::{Act, at_most, note, text_from};
use crate::school::{by, label};
use crate::world::World;

/// How a word comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    Text,
    Page,
    /// Pressed without a signal; sent so much later.
    Queued(SignedDuration),
    WrittenDown,
}

/// What may happen on a trip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mishap {
    LoseAPhone,
    SwapAPhone,
    Release,
    Move,
    Split,
    Join,
    Amend,
    SomebodyLeaves,
    Help,
    LostChild,
    ChildFound,
    Babble,
}

const MISHAPS: [(Mishap, u32); 11] = [
    (Mishap::LoseAPhone, 60),
    (Mishap::SwapAPhone, 60),
    (Mishap::Release, 120),
    (Mishap::Move, 80),
    (Mishap::Split, 80),
    (Mishap::Join, 80),
    (Mishap::Amend, 80),
    (Mishap::SomebodyLeaves, 15),
    (Mishap::Help, 40),
    (Mishap::LostChild, 40),
    (Mishap::Babble, 60),
];

/// A party left: what may happen to it, and when it means to be back.
pub(crate) fn see_trip(world: &mut World, event: &TripEvent) {
    let (trip, at, party) = match event {
        TripEvent::Departed { trip, at, party, .. } => {
            world.stats.departed += 1;
            (*trip, *at, party)
        }
        TripEvent::LeftWithoutClearance { trip, at, party, .. } => {
            world.stats.left_without_clearance += 1;
            (*trip, *at, party)
        }
        TripEvent::TripClosed { .. } => {
            world.stats.closed += 1;
            return;
        }
        _ => return,
    };
    let end = party.window.to;
    for (mishap, chance) in MISHAPS {
        if world.dice.per_mille(chance) {
            let when = world.dice.instant(at, end.max(at));
            world.act_at(when, Act::Mishap(trip, mishap));
        }
    }
    let back = end + world.dice.minutes(-10, 40);
    world.act_at(back, Act::Return(trip));
    if world.dice.per_mille(150) {
        follow_positions(world, trip, party);
    }
}

/// The leader's phone says where it is, for a while.
fn follow_positions(world: &mut World, trip: TripId, party: &Party) {
    let device = party.staff.iter().find(|m| m.person == party.leader).and_then(|m| m.device);
    let Some(device) = device else { return };
    for n in 0..6 {
        world.act_in(SignedDuration::from_mins(5 + 10 * n), Act::Position(trip, device));
    }
}

pub(crate) fn position(world: &mut World, _trip: TripId, device: DeviceId) {
    let lat = 51.5 + world.dice.below(100) as f64 / 10_000.0;
    let point = Point::new(lat, -0.1).expect("a point");
    let now = world.now;
    let take = Gateway::TakePosition {
        device,
        message_id: None,
        position: Position { point, accuracy_m: 20.0 },
        fix_at: now,
        sent_at: Some(now),
        received_at: now,
        battery_percent: Some(60),
        charging: None,
        via: None,
    };
    world.ask_own(&take);
}

/// What is due next was told: the group's adult means to say a word, mostly in time.
pub(crate) fn see_watch(world: &mut World, event: &Event) {
    match event {
        Event::WatchStarted { trip, due, .. } | Event::WatchChanged { trip, due, .. } => {
            for (group, next) in due {
                intend(world, *trip, *group, next);
            }
        }
        Event::OutageTold { trip, next, missed, .. } => {
            world.stats.outages_told += 1;
            world.stats.missed += missed.len() as u64;
            for (group, next) in next {
                intend(world, *trip, *group, next);
            }
        }
        Event::CheckedIn { trip, group, next, .. } => {
            world.stats.checked_in += 1;
            if let Some(next) = next {
                intend(world, *trip, *group, next);
            }
        }
        Event::CheckInMissed { trip, group, next, .. } => {
            world.stats.missed += 1;
            intend(world, *trip, *group, next);
        }
        Event::GroupSplit { trip, new_group, next, .. } => intend(world, *trip, *new_group, next),
        _ => {}
    }
}

fn intend(world: &mut World, trip: TripId, group: GroupId, due: &NextDue) {
    let early = due.at - SignedDuration::from_secs(120);
    let dice = &mut world.dice;
    let when = match dice.below(100) {
        0..=69 => at_most(dice.instant(early, due.missed_at), due.missed_at - SignedDuration::from_secs(5)),
        // At the last moment.
        70..=79 => due.missed_at - dice.millis(1, 20_000),
        80..=87 => due.missed_at + dice.minutes(0, 20),
        88..=91 => due.missed_at + dice.millis(0, 500),
        _ => return,
    };
    let manner = match dice.below(20) {
        0..=9 => Manner::Text,
        10..=15 => Manner::Page,
        16..=17 => Manner::Queued(dice.minutes(1, 25)),
        _ => Manner::WrittenDown,
    };
    world.act_at(when, Act::Report(trip, group, Box::new(due.clone()), manner));
}

fn word_for(due: &DueFor) -> (Word, &'static str) {
    match due {
        DueFor::Arrival { .. } => (Word::Arrived, "ARRIVED"),
        DueFor::Leaving { .. } => (Word::Leaving, "LEAVING"),
        DueFor::Return {} => (Word::Back, "BACK"),
        DueFor::Routine {} | DueFor::AfterQuiet {} | DueFor::RunningLate {} => (Word::Ok, "OK"),
    }
}

/// The adult of a group, the phone in their hands, the number expected, as checkins has it.
fn group_of(world: &World, trip: TripId, group: GroupId) -> Option<(PersonId, Option<DeviceId>, Headcount)> {
    let party = world.services.checkins.state.watch(trip)?.party()?;
    let group = party.groups.get(group)?;
    Some((group.adult, party.device_of(group.adult), group.expected))
}

pub(crate) fn report(world: &mut World, trip: TripId, group: GroupId, due: &NextDue, manner: Manner) {
    let Some((adult, device, expected)) = group_of(world, trip, group) else { return };
    let (word, said) = word_for(&due.what);
    let counted = due.what.needs_count() || world.dice.per_mille(300);
    let miscounted = world.dice.per_mille(40);
    let headcount = counted.then(|| count(expected.get().saturating_sub(u32::from(miscounted))));
    let now = world.now;
    let page = |device| Command::CheckIn {
        trip,
        group: Some(group),
        device,
        word,
        headcount,
        pressed_at: now,
        note: None,
        duress: None,
        via: Via::PhonePage,
    };
    match (manner, device) {
        (Manner::Text, Some(device)) => {
            let number = headcount.map(|n| format!(" {n}")).unwrap_or_default();
            let body =
                if world.dice.per_mille(30) { "Late 10".to_owned() } else { format!("{said}{number}") };
            let text = text_from(world, device, body);
            super::act(world, Act::Text(text));
        }
        (Manner::Page | Manner::Text, device) => {
            super::act(world, Act::Checkins(page(device), by(adult)));
        }
        (Manner::Queued(late), device) => world.act_in(late, Act::Checkins(page(device), by(adult))),
        (Manner::WrittenDown, _) => {
            let words = note("All well").into();
            let (from, duress) = (adult, None);
            let call =
                Command::WriteDownCall { trip, group, word, headcount, called_at: now, words, from, duress };
            let office = world.stories.school.office();
            super::act(world, Act::Checkins(call, by(office)));
        }
    }
}

pub(crate) fn suffer(world: &mut World, trip: TripId, mishap: Mishap) {
    let Some(party) = world.services.checkins.state.watch(trip).and_then(|watch| watch.party()) else {
        return;
    };
    let groups: Vec<(GroupId, PersonId)> = party.groups.iter().map(|(id, g)| (id, g.adult)).collect();
    let staff: Vec<PersonId> = party.staff.iter().copied().collect();
    let (Some((group, adult)), leader) = (groups.first().copied(), party.leader) else { return };
    let last = groups.last().map_or(group, |(group, _)| *group);
    let device = party.device_of(leader);
    let office = world.stories.school.office();
    let now = world.now;
    let say = |world: &mut World, command: Command, person: PersonId| {
        world.ask(ServiceName::Checkins, &command, Some(Actor::Person(person)));
    };
    match mishap {
        Mishap::LoseAPhone => {
            let Some(device) = device else { return };
            let note = note("Left on the bus").into();
            world.ask(ServiceName::Devices, &Devices::DeclareLost { device, note }, by(office));
        }
        Mishap::SwapAPhone => {
            let Some(device) = device else { return };
            let returned = Return {
                device,
                condition: Condition::Damaged,
                storage: label("Repair shelf"),
                recordings: Recordings::None,
                clearing: None,
                charge: None,
            };
            let replacement = *world.dice.pick(world.stories.school.spares());
            world.ask(ServiceName::Devices, &Devices::SwapDevice { returned, replacement }, by(office));
        }
        Mishap::Release => {
            let release = Command::RecordRelease {
                trip,
                group,
                pupils: count(1),
                to_whom: note("A parent").into(),
                checked_how: label("Known by sight"),
                agreed_by: office,
            };
            say(world, release, leader);
        }
        Mishap::Move => {
            say(world, Command::MovePupils { trip, from: group, to: last, pupils: count(1) }, leader)
        }
        Mishap::Split => {
            let adult = staff.last().copied().unwrap_or(adult);
            let new_group = GroupId(world.dice.uuid());
            let (name, pupils) = (label("Late lunch"), count(2));
            say(world, Command::SplitGroup { trip, group, new_group, name, adult, pupils }, leader);
        }
        Mishap::Join => say(world, Command::JoinGroups { trip, group, into: last }, leader),
        Mishap::Amend => amend(world, trip, leader),
        Mishap::SomebodyLeaves => {
            let person = *world.dice.pick(&staff);
            world.ask(ServiceName::People, &People::RemovePerson { person }, None);
        }
        Mishap::Help => {
            let help = Command::CallForHelp { trip, group: None, device, pressed_at: now, note: None };
            say(world, help, leader);
        }
        Mishap::LostChild => {
            let lost =
                Command::ReportLostChild { trip, group: None, device, pressed_at: now, last_seen: None };
            say(world, lost, leader);
            let wait = world.dice.minutes(2, 30);
            world.act_in(wait, Act::Mishap(trip, Mishap::ChildFound));
        }
        Mishap::ChildFound => say(world, Command::ReportChildFound { trip, with: adult }, leader),
        Mishap::Babble => {
            let Some(device) = device else { return };
            let body = *world.dice.pick(&["where are you?", "SOS", "LOST", "STOP", "ok 417", "BACK"]);
            let text = text_from(world, device, body.to_owned());
            super::act(world, Act::Text(text));
        }
    }
}

/// The return is later than planned.
fn amend(world: &mut World, trip: TripId, leader: PersonId) {
    let Some(known) = world.services.trips.state.trip(trip) else { return };
    let (base, mut form) = (known.form_hash, known.form.clone());
    form.window.to += SignedDuration::from_mins(20);
    let amend = Trips::AmendTrip { trip, base, form, reason: note("The bus is late") };
    world.ask(ServiceName::Trips, &amend, by(leader));
    let senior = world.stories.school.senior();
    let form_hash = {
        let Some(Trips::AmendTrip { form, .. }) = Some(&amend) else { return };
        trips::form::form_hash(form)
    };
    let authorise = Trips::AuthoriseForm { trip, form_hash, also_on: Vec::new() };
    let wait = world.dice.minutes(2, 15);
    world.act_in(wait, Act::Trips(Box::new(authorise), by(senior)));
}
