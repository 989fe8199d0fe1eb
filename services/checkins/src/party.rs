//! How a party that is out changes: words, misses, outages, amendments, devices. The leaves of [`crate::evolve`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, PersonId};
use proto::v1::checkins::{NextDue, Word};
use proto::v1::trips::{Party, PartyGroup};
use proto::values::{Headcount, Label};

use crate::area::Fence;
use crate::course::{Course, plus};
use crate::progress::Progress;
use crate::sorted::{Recent, Sorted};
use crate::state::{Carried, Carrier, Clock, Group, Out, PartyNow};
use crate::track::Track;

impl Clock {
    pub(crate) fn miss(&mut self, due_at: Timestamp, missed_at: Timestamp, next: NextDue) {
        self.progress.miss(due_at);
        self.missed.insert(due_at, missed_at);
        self.set_next(next);
    }
}

impl Out {
    pub(crate) fn take_word(
        &mut self,
        group: GroupId,
        word: Word,
        counted: bool,
        said_at: Timestamp,
        next: NextDue,
    ) {
        let Some(clock) = self.clocks.get_mut(group) else { return };
        clock.progress.take(&self.course, &clock.next, word, counted, said_at);
        clock.set_next(next);
    }

    /// The misses of an outage: each with the grace of the plan.
    pub(crate) fn miss_all(&mut self, missed: &[(GroupId, Timestamp)], next: &[(GroupId, NextDue)]) {
        let grace_secs = i64::from(self.course.plan.grace_secs.max(1));
        for (group, due_at) in missed {
            if let Some(clock) = self.clocks.get_mut(*group) {
                clock.progress.miss(*due_at);
                clock.missed.insert(*due_at, plus(*due_at, grace_secs));
            }
        }
        for (group, next) in next {
            self.clocks.get_mut(*group).into_iter().for_each(|clock| clock.set_next(next.clone()));
        }
    }

    /// After an outage: reminders that have passed aren't sent, silence counts from its end.
    pub(crate) fn pass_over(&mut self, outage_end: Timestamp) {
        for clock in self.clocks.values_mut() {
            if clock.next.at <= outage_end {
                clock.reminded = true;
            }
        }
        for carried in self.party.devices.values_mut() {
            for track in carried.track.iter_mut() {
                track.counted_from = track.counted_from.max(outage_end);
            }
        }
    }

    pub(crate) fn join(&mut self, group: GroupId, into: GroupId) {
        self.clocks.remove(group);
        let Some(ended) = self.party.groups.remove(group) else { return };
        self.party.joined.insert(group, into);
        if let Some(kept) = self.party.groups.get_mut(into) {
            kept.expected = more(kept.expected, ended.expected);
        }
    }

    /// Changes what is known of a device and the destination of that name.
    pub(crate) fn change_fence(
        &mut self,
        device: DeviceId,
        destination: &Label,
        mut change: impl FnMut(&mut Fence),
    ) {
        let names: Vec<bool> = self.course.destinations.iter().map(|d| d.name == *destination).collect();
        let track = self.party.track_mut(device).into_iter();
        let fences = track.flat_map(|track| track.fences.iter_mut()).zip(names);
        fences.filter(|(_, same)| *same).for_each(|(fence, _)| change(fence));
    }

    /// The form changed: the people, the plan, the places. What came in the meantime stays.
    pub(crate) fn amend(&mut self, at: Timestamp, party: &Party, due: &[(GroupId, NextDue)]) {
        let course = Course::of(party, self.course.departed_at);
        let (same_times, same_places) =
            (course == self.course, course.destinations == self.course.destinations);
        let same_window = course.window == self.course.window && same_places;
        self.course = course;
        self.party.amend(party, due);
        let mut clocks = Sorted::default();
        for (group, next) in due {
            let clock = match self.clocks.remove(*group) {
                Some(clock) if same_times => clock,
                Some(clock) => clock.on_new_course(at, same_window, next.clone()),
                None => Clock::starting(Progress::from(at, 0), next.clone()),
            };
            clocks.insert(*group, clock);
        }
        self.clocks = clocks;
        if !same_places {
            let fences = vec![Fence::default(); self.course.destinations.len()];
            let tracks = self.party.devices.values_mut().filter_map(|carried| carried.track.as_mut());
            tracks.for_each(|track| track.fences.clone_from(&fences));
        }
    }
}

impl Clock {
    /// What was due already stays due; all else follows the new plan. A lateness is over if the form gave new times.
    fn on_new_course(mut self, at: Timestamp, same_window: bool, next: NextDue) -> Self {
        let late_secs = if same_window { self.progress.late_secs } else { 0 };
        let settled = self.progress.settled;
        let open = (next.at <= at).then(|| (next.at, next.what.clone()));
        self.progress = Progress { settled, apart: open, ..Progress::from(at, late_secs) };
        self.set_next(next);
        self
    }
}

impl PartyNow {
    pub(crate) fn leaving(party: &Party, at: Timestamp, noted: &Sorted<DeviceId, Option<Carrier>>) -> Self {
        let mut now = Self {
            departed_at: at,
            leader: party.leader,
            deputy: party.deputy,
            staff: staff_of(party),
            groups: Sorted::default(),
            joined: Sorted::default(),
            devices: Sorted::default(),
            gone: BTreeSet::new(),
            duress: party.duress,
            police_minutes: party.emergency.lost_child_police_minutes,
            lost: None,
            inbound: Recent::default(),
            calls: Recent::default(),
        };
        for group in &party.groups {
            now.groups.insert(group.group, Group::leaving(group));
        }
        now.take_devices(party);
        // What devices itself said is newer than what stands in the party.
        noted.iter().for_each(|(device, carrier)| now.note_device(device, *carrier));
        now
    }

    fn take_devices(&mut self, party: &Party) {
        let staff = party.staff.iter().filter_map(|member| Some((member.device?, Some(member.person))));
        let pupils = party.pupil_devices.iter().map(|device| (*device, None));
        for (device, person) in staff.chain(pupils) {
            if !self.devices.has(device) && !self.gone.contains(&device) {
                self.note_device(device, Some(Carrier { person, pupil: person.is_none() }));
            }
        }
    }

    pub(crate) fn note_device(&mut self, device: DeviceId, carrier: Option<Carrier>) {
        let Some(by) = carrier else {
            self.devices.remove(device);
            self.gone.insert(device);
            return;
        };
        self.gone.remove(&device);
        let track = self.devices.remove(device).and_then(|carried| carried.track).filter(|_| !by.pupil);
        self.devices.insert(device, Carried { by, track });
    }

    pub(crate) fn track_mut(&mut self, device: DeviceId) -> Option<&mut Track> {
        self.devices.get_mut(device)?.track.as_deref_mut()
    }

    fn amend(&mut self, party: &Party, due: &[(GroupId, NextDue)]) {
        self.leader = party.leader;
        self.deputy = party.deputy;
        self.staff = staff_of(party);
        self.duress = party.duress.or(self.duress);
        self.police_minutes = party.emergency.lost_child_police_minutes;
        self.take_devices(party);
        let watched: BTreeSet<GroupId> = due.iter().map(|(group, _)| *group).collect();
        self.groups.retain(|group| watched.contains(&group));
        for planned in party.groups.iter().filter(|planned| watched.contains(&planned.group)) {
            match self.groups.get_mut(planned.group) {
                Some(group) => group.amend(planned.adult, &planned.name, planned.expected),
                None => self.groups.insert(planned.group, Group::leaving(planned)),
            }
        }
    }
}

impl Group {
    fn leaving(group: &PartyGroup) -> Self {
        Self {
            name: group.name.clone(),
            adult: group.adult,
            expected: group.expected,
            planned: Some(group.expected),
            last: None,
            differs: None,
            unusual: None,
            heard: Recent::default(),
        }
    }

    /// By how much the form's number changed, the number expected changes: releases and moves stay counted.
    fn amend(&mut self, adult: PersonId, name: &Label, planned: Headcount) {
        self.adult = adult;
        self.name = name.clone();
        let before = self.planned.replace(planned).unwrap_or(planned);
        self.expected = match planned.minus(before) {
            Some(added) => more(self.expected, added),
            None => less(self.expected, less(before, planned)),
        };
    }
}

fn staff_of(party: &Party) -> BTreeSet<PersonId> {
    let named = [Some(party.leader), party.deputy].into_iter().flatten();
    party.staff.iter().map(|member| member.person).chain(named).collect()
}

pub(crate) fn less(from: Headcount, count: Headcount) -> Headcount {
    from.minus(count).unwrap_or(Headcount::ZERO)
}

pub(crate) fn more(to: Headcount, count: Headcount) -> Headcount {
    to.plus(count).unwrap_or(to)
}
