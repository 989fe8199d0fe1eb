//! What is known of each trip that is watched: an enum that holds only that state's data.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, InboundId, PersonId, PupilId, TripId};
use proto::v1::checkins::{NextDue, Unusual, Word};
use proto::values::{DuressHash, Headcount, Label};
use serde::{Deserialize, Serialize};

use crate::arrivals::Arrivals;
use crate::course::Course;
use crate::progress::Progress;
use crate::sorted::{Recent, Sorted};
use crate::track::Track;

/// All watches of one school.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) watches: BTreeMap<TripId, Watch>,
    /// Every armed deadline, in order: `next_due` is its first.
    pub(crate) deadlines: BTreeSet<(Timestamp, Alarm)>,
    /// Which trips a device was noted for (a permanent issue may be confirmed for several).
    pub(crate) carried_on: BTreeSet<(DeviceId, TripId)>,
    /// Pupils who travel directly to a provider, by trip. [FORM-6]
    #[serde(default)]
    pub(crate) arrivals: Arrivals,
    /// Trips whose watch has ended: news heard again doesn't begin it anew.
    pub(crate) ended: BTreeSet<TripId>,
}

/// Where a trip stands. A trip that isn't known has no watch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Watch {
    /// Not out yet: devices were issued for it (or came back again).
    Ahead {
        /// Whose hands they are in; none for one that came back.
        devices: Sorted<DeviceId, Option<Carrier>>,
    },
    /// Out: each group has something due.
    Out(Box<Out>),
    /// Everyone is accounted for: only the devices are due, to the office.
    Returned(Box<Returned>),
}

/// A party that is out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Out {
    /// Who and what went.
    pub party: PartyNow,
    /// What decides when check-ins are due.
    pub course: Course,
    /// What is due of each group: as many as the party has groups, always.
    pub(crate) clocks: Sorted<GroupId, Clock>,
    pub(crate) silent_after_secs: u32,
    /// All devices were reported silent, and none was heard since.
    pub(crate) all_silent: bool,
}

/// A party that is back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Returned {
    /// Who and what went.
    pub party: PartyNow,
    /// When the devices are due.
    pub devices_due_at: Timestamp,
}

/// The party as it is now.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PartyNow {
    /// When it left.
    pub departed_at: Timestamp,
    /// The visit leader.
    pub leader: PersonId,
    /// The deputy.
    pub deputy: Option<PersonId>,
    /// Everyone of the staff who went.
    pub staff: BTreeSet<PersonId>,
    /// Its groups.
    pub groups: Sorted<GroupId, Group>,
    /// Groups that ended, each with the one it joined.
    pub(crate) joined: Sorted<GroupId, GroupId>,
    /// Its devices.
    pub devices: Sorted<DeviceId, Carried>,
    /// Devices that were with it and no longer are.
    pub(crate) gone: BTreeSet<DeviceId>,
    pub(crate) duress: Option<DuressHash>,
    pub(crate) police_minutes: u16,
    /// A child of it that is lost.
    pub lost: Option<LostChild>,
    pub(crate) inbound: Recent<InboundId>,
    pub(crate) calls: Recent<Call>,
}

/// A group of the party.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Group {
    /// What it is called.
    pub name: Label,
    /// Who leads it.
    pub adult: PersonId,
    /// The number of pupils expected: only releases, moves, splits, joins and an amended form change it. [CHECK-5]
    pub expected: Headcount,
    /// The number on the form, by which an amendment is known; none for a group that was split off.
    pub(crate) planned: Option<Headcount>,
    /// The newest word that came.
    pub last: Option<LastWord>,
    /// The last count, while it differs.
    pub differs: Option<Headcount>,
    /// What was unusual about the newest word that counts: where its phone was, and by which phone.
    #[serde(default)]
    pub unusual: Option<Box<(DeviceId, Unusual)>>,
    pub(crate) heard: Recent<(Timestamp, Word, Option<DeviceId>)>,
}

/// The newest word of a group.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastWord {
    /// What was said.
    pub word: Word,
    /// When it was said.
    pub said_at: Timestamp,
    /// The count with it.
    pub headcount: Option<Headcount>,
}

/// What is due of a group, and what was missed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Clock {
    pub(crate) progress: Progress,
    pub(crate) next: NextDue,
    pub(crate) reminded: bool,
    /// Misses that no word has resolved: when each was due, and when its grace ended.
    pub(crate) missed: BTreeMap<Timestamp, Timestamp>,
}

/// Whose hands a device is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Carrier {
    /// The member of staff.
    pub person: Option<PersonId>,
    /// A pupil has it: it never checks a group in, and isn't located.
    pub pupil: bool,
}

/// A device of the party.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Carried {
    /// Whose hands it is in.
    pub by: Carrier,
    /// Where it was, once it has said so.
    pub track: Option<Box<Track>>,
}

/// A lost child: the clock runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LostChild {
    /// Since when.
    pub since: Timestamp,
    /// When the police are to be called.
    pub police_at: Timestamp,
    /// That was told.
    pub told: bool,
}

/// A press for help, or for a lost child: to know the same press by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Call {
    Help(Option<DeviceId>, Timestamp),
    Lost(Option<DeviceId>, Timestamp),
}

/// What a deadline is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Alarm {
    /// A reminder, or a miss: what its clock says.
    Group(TripId, GroupId),
    /// The police are to be called.
    Police(TripId),
    /// A device says nothing.
    Silent(TripId, DeviceId),
    /// None says anything.
    AllSilent(TripId),
    /// A pupil who travels directly has not arrived, as far as anybody said.
    Arrival(TripId, PupilId),
}

/// Which deadlines of a watch an event may move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Focus {
    Group(GroupId),
    Device(Option<DeviceId>),
    Lost,
    Whole,
}

impl State {
    /// The watch of a trip.
    pub fn watch(&self, trip: TripId) -> Option<&Watch> {
        self.watches.get(&trip)
    }

    /// All watches, by trip.
    pub fn watches(&self) -> impl Iterator<Item = (TripId, &Watch)> {
        self.watches.iter().map(|(trip, watch)| (*trip, watch))
    }

    /// How many deadlines are armed.
    pub fn armed(&self) -> usize {
        self.deadlines.len()
    }

    /// The trip that a device is with: one that is out before any other.
    pub(crate) fn trip_with(&self, device: DeviceId) -> Option<TripId> {
        let trips = self.trips_noted(device);
        let rank = |trip: &TripId| match self.watches.get(trip) {
            Some(Watch::Out(_)) => 0,
            Some(Watch::Returned(_)) => 1,
            Some(Watch::Ahead { .. }) | None => 2,
        };
        trips.min_by_key(rank)
    }

    /// Every trip that a device was noted for.
    pub(crate) fn trips_noted(&self, device: DeviceId) -> impl Iterator<Item = TripId> + '_ {
        let first = (device, TripId(Default::default()));
        self.carried_on.range(first..).take_while(move |(other, _)| *other == device).map(|(_, trip)| *trip)
    }
}

impl Watch {
    /// The party, once it has left.
    pub fn party(&self) -> Option<&PartyNow> {
        match self {
            Self::Out(out) => Some(&out.party),
            Self::Returned(returned) => Some(&returned.party),
            Self::Ahead { .. } => None,
        }
    }

    pub(crate) fn party_mut(&mut self) -> Option<&mut PartyNow> {
        match self {
            Self::Out(out) => Some(&mut out.party),
            Self::Returned(returned) => Some(&mut returned.party),
            Self::Ahead { .. } => None,
        }
    }

    pub(crate) fn out_mut(&mut self) -> Option<&mut Out> {
        match self {
            Self::Out(out) => Some(out),
            Self::Returned(_) | Self::Ahead { .. } => None,
        }
    }

    /// The deadlines that stand, of that part of the watch.
    pub(crate) fn deadlines(&self, trip: TripId, focus: Focus) -> Vec<(Timestamp, Alarm)> {
        let police = || {
            let lost = self.party().and_then(|party| party.lost);
            lost.filter(|lost| !lost.told).map(|lost| (lost.police_at, Alarm::Police(trip)))
        };
        match (self, focus) {
            (Self::Ahead { .. }, _) => Vec::new(),
            (Self::Returned(_), Focus::Lost | Focus::Whole) => police().into_iter().collect(),
            (Self::Returned(_), Focus::Group(_) | Focus::Device(_)) => Vec::new(),
            (Self::Out(_), Focus::Lost) => police().into_iter().collect(),
            (Self::Out(out), Focus::Group(group)) => out
                .clocks
                .get(group)
                .map(|clock| (clock.deadline(), Alarm::Group(trip, group)))
                .into_iter()
                .collect(),
            (Self::Out(out), Focus::Device(device)) => {
                let one = device.and_then(|device| out.silence_of(trip, device));
                one.into_iter().chain(out.all_silent_deadline(trip)).collect()
            }
            (Self::Out(out), Focus::Whole) => {
                let clocks = out.clocks.iter().map(|(group, c)| (c.deadline(), Alarm::Group(trip, group)));
                let devices = out.party.devices.iter().filter_map(|(device, _)| out.silence_of(trip, device));
                clocks.chain(devices).chain(out.all_silent_deadline(trip)).chain(police()).collect()
            }
        }
    }
}

impl Clock {
    pub(crate) fn starting(progress: Progress, next: NextDue) -> Self {
        Self { progress, next, reminded: false, missed: BTreeMap::new() }
    }

    /// When time alone changes something.
    fn deadline(&self) -> Timestamp {
        self.next.remind_at.filter(|_| !self.reminded).unwrap_or(self.next.missed_at)
    }

    /// The latest instant of which what the group was told shows that it has come, whatever the clock says now.
    pub(crate) fn reached(&self) -> Option<Timestamp> {
        let asked_at = self.next.remind_at.filter(|_| self.reminded);
        asked_at.max(self.missed.values().copied().max())
    }

    pub(crate) fn awaits_reminder(&self) -> bool {
        !self.reminded && self.next.remind_at.is_some()
    }

    pub(crate) fn set_next(&mut self, next: NextDue) {
        if self.next != next {
            self.reminded = false;
            self.next = next;
        }
    }
}

impl Out {
    fn silence_of(&self, trip: TripId, device: DeviceId) -> Option<(Timestamp, Alarm)> {
        let track = self.party.devices.get(device)?.track.as_ref()?;
        let silent_at = self.silent_from(track.counted_from);
        (!track.silent).then_some((silent_at, Alarm::Silent(trip, device)))
    }

    /// When silence that began then is told. It counts outside quiet windows alone: nobody is expected to be heard in one.
    fn silent_from(&self, counted_from: Timestamp) -> Timestamp {
        self.course.outside_quiet(counted_from, i64::from(self.silent_after_secs))
    }

    /// Once every located device is silent.
    fn all_silent_deadline(&self, trip: TripId) -> Option<(Timestamp, Alarm)> {
        let mut last = None;
        for (_, carried) in self.party.devices.iter() {
            if let Some(track) = carried.track.as_ref() {
                if !track.silent {
                    return None;
                }
                last = last.max(Some(track.counted_from));
            }
        }
        let silent_at = self.silent_from(last?);
        (!self.all_silent).then_some((silent_at, Alarm::AllSilent(trip)))
    }
}

impl PartyNow {
    /// Whether that person went, as staff.
    pub fn has(&self, person: PersonId) -> bool {
        self.staff.contains(&person)
    }

    /// The phone in that person's hands on this trip.
    pub fn device_of(&self, person: PersonId) -> Option<DeviceId> {
        self.devices.iter().find(|(_, carried)| carried.by.person == Some(person)).map(|(device, _)| device)
    }

    /// Whom to remind for a group: its adult, or else whoever has a phone, the leader and the deputy first.
    pub(crate) fn whom_to_remind(&self, group: &Group) -> (PersonId, Option<DeviceId>) {
        let first = [Some(group.adult), Some(self.leader), self.deputy];
        let people = first.into_iter().flatten().chain(self.staff.iter().copied());
        let with_phone = people.filter_map(|p| self.device_of(p).map(|device| (p, Some(device)))).next();
        with_phone.unwrap_or((group.adult, None))
    }

    /// Which group a word is for: the one that is named, or the one that the speaker leads, or the only one there is.
    pub(crate) fn group_meant(&self, speaker: Option<PersonId>) -> Result<GroupId, BTreeSet<GroupId>> {
        let led = |(group, g): (GroupId, &Group)| (Some(g.adult) == speaker).then_some(group);
        let led: BTreeSet<GroupId> = self.groups.iter().filter_map(led).collect();
        let choice = if led.is_empty() { self.groups.iter().map(|(group, _)| group).collect() } else { led };
        match choice.first() {
            Some(only) if choice.len() == 1 => Ok(*only),
            Some(_) | None => Err(choice),
        }
    }
}
