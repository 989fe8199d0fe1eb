//! Takes an event into the state. Every armed deadline is kept in the index: what an event may move is taken out before,
//! and put in again after.

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, TripId};
use proto::v1::checkins::{Event, FixLabel, NextDue, Punctuality};
use proto::v1::trips::Party;
use proto::values::Label;

use crate::area::Fence;
use crate::arrivals::Said;
use crate::course::Course;
use crate::party::{less, more};
use crate::progress::Progress;
use crate::sorted::{Recent, Sorted};
use crate::state::{
    Call, Carrier, Clock, Focus, Group, LastWord, LostChild, Out, PartyNow, Returned, State, Watch,
};
use crate::track::Track;

impl State {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::WatchStarted { trip, at, party, due, silent_after_secs } => {
                self.start(*trip, *at, party, due, *silent_after_secs);
            }
            Event::WatchChanged { trip, at, party, due } => {
                self.change_out(*trip, Focus::Whole, |out| out.amend(*at, party, due));
                self.index_devices(*trip);
            }
            Event::Reminded { trip, group, .. } => {
                self.change_clock(*trip, *group, |clock| clock.reminded = true);
            }
            Event::CheckedIn { .. } => self.take_word(event),
            Event::HeadcountDiffered { trip, group, reported, .. } => {
                self.change_group(*trip, *group, |g| g.differs = Some(*reported));
            }
            Event::HeadcountAgreed { trip, group, .. } => {
                self.change_group(*trip, *group, |g| g.differs = None);
            }
            Event::WordUnusual { trip, group, device, why, .. } => {
                self.change_group(*trip, *group, |g| g.unusual = Some(Box::new((*device, why.clone()))));
            }
            Event::WordNotTaken { trip, inbound, .. } => {
                self.change_party(*trip, Focus::Lost, |party| party.inbound.note(*inbound));
            }
            Event::CheckInMissed { trip, group, due_at, missed_at, next, .. } => {
                self.change_clock(*trip, *group, |clock| clock.miss(*due_at, *missed_at, next.clone()));
            }
            Event::OutageTold { trip, outage, missed, next } => {
                self.change_out(*trip, Focus::Whole, |out| {
                    out.miss_all(missed, next);
                    out.pass_over(outage.to);
                });
            }
            Event::OutageNoted { trip, outage } => {
                self.change_out(*trip, Focus::Whole, |out| out.pass_over(outage.to));
            }
            Event::HeardAgain { trip, group, missed_due_at, .. } => {
                self.change_clock(*trip, *group, |clock| {
                    clock.missed.remove(missed_due_at);
                });
            }
            Event::ReleaseRecorded { trip, group, expected, .. } => {
                self.change_group(*trip, *group, |g| g.expected = *expected);
            }
            Event::PupilsMoved { trip, from, to, pupils } => {
                self.change_group(*trip, *from, |g| g.expected = less(g.expected, *pupils));
                self.change_group(*trip, *to, |g| g.expected = more(g.expected, *pupils));
            }
            Event::GroupSplit { .. } => self.split(event),
            Event::GroupsJoined { trip, group, into } => {
                self.change_out(*trip, Focus::Whole, |out| out.join(*group, *into));
            }
            Event::HelpCalled { trip, device, at, inbound, .. } => {
                self.change_party(*trip, Focus::Lost, |party| {
                    party.calls.note(Call::Help(*device, *at));
                    inbound.iter().for_each(|inbound| party.inbound.note(*inbound));
                });
                self.hear_device(*trip, *device, *at);
            }
            Event::ChildLost { trip, device, at, police_at, inbound, .. } => {
                self.change_party(*trip, Focus::Lost, |party| {
                    party.calls.note(Call::Lost(*device, *at));
                    inbound.iter().for_each(|inbound| party.inbound.note(*inbound));
                    party.lost.get_or_insert(LostChild { since: *at, police_at: *police_at, told: false });
                });
                self.hear_device(*trip, *device, *at);
            }
            Event::PoliceDue { trip, .. } => {
                self.change_party(*trip, Focus::Lost, |party| {
                    party.lost.iter_mut().for_each(|lost| lost.told = true);
                });
            }
            Event::ChildFound { trip, .. } => {
                self.change_party(*trip, Focus::Lost, |party| party.lost = None)
            }
            Event::PositionNoted { .. } => self.note_position(event),
            Event::AreaEntered { trip, device, destination, at } => {
                self.change_fence(*trip, *device, destination, |fence| fence.inside_since = Some(*at));
            }
            Event::AreaLeft { trip, device, destination, .. } => {
                self.change_fence(*trip, *device, destination, |fence| fence.inside_since = None);
            }
            Event::OffArea { trip, device, destination, .. } => {
                self.change_fence(*trip, *device, destination, |fence| fence.off = true);
            }
            Event::OffAreaEnded { trip, device, destination, .. } => {
                self.change_fence(*trip, *device, destination, |fence| fence.off = false);
            }
            Event::BatteryLow { trip, device, .. } => {
                self.change_out(*trip, Focus::Lost, |out| {
                    out.party.track_mut(*device).into_iter().for_each(|track| track.battery_low = true);
                });
            }
            Event::DeviceSilent { trip, device, .. } => {
                self.change_out(*trip, Focus::Device(Some(*device)), |out| {
                    out.party.track_mut(*device).into_iter().for_each(|track| track.silent = true);
                });
            }
            Event::AllDevicesSilent { trip, .. } => {
                self.change_out(*trip, Focus::Device(None), |out| out.all_silent = true);
            }
            Event::DeviceHeard { trip, device, at } => self.hear_device(*trip, Some(*device), *at),
            Event::DownToDevices { trip, due_at } => self.come_down(*trip, *due_at),
            Event::WatchEnded { trip, .. } => self.end(*trip),
            Event::TripDeviceNoted { trip, device, person, pupil, with_trip } => {
                let carrier = Carrier { person: *person, pupil: *pupil };
                self.note_device(*trip, *device, with_trip.then_some(carrier));
            }
            Event::ArrivalsExpected { trip, arrivals, .. } => self.arrivals_expected(*trip, arrivals),
            Event::ArrivalMissed { trip, pupil, .. } => self.arrival_missed(*trip, *pupil),
            Event::ArrivalRecorded { trip, pupil, word, said_by, at, recorded_at, by, .. } => {
                let said = Said { word: *word, said_by: said_by.clone(), at: *at, by: *by };
                self.arrival_recorded(*trip, *pupil, said, *recorded_at);
            }
            // It is for base alone: nothing of it shows in what the trip's phones read.
            Event::DuressSignalled { .. } => {}
        }
    }

    fn start(
        &mut self,
        trip: TripId,
        at: Timestamp,
        party: &Party,
        due: &[(GroupId, NextDue)],
        silent_after_secs: u32,
    ) {
        let noted = match self.watches.remove(&trip) {
            Some(Watch::Ahead { devices }) => devices,
            Some(Watch::Out(_) | Watch::Returned(_)) | None => Sorted::default(),
        };
        let course = Course::of(party, at);
        let clock = |next: &NextDue| Clock::starting(Progress::up_to(next, at), next.clone());
        let clocks = due.iter().map(|(group, next)| (*group, clock(next))).collect();
        let party = PartyNow::leaving(party, at, &noted);
        let out = Out { party, course, clocks, silent_after_secs, all_silent: false };
        let watch = Watch::Out(Box::new(out));
        self.deadlines.extend(watch.deadlines(trip, Focus::Whole));
        self.watches.insert(trip, watch);
        self.index_devices(trip);
    }

    fn take_word(&mut self, event: &Event) {
        let Event::CheckedIn {
            trip,
            group,
            word,
            headcount,
            said_at,
            received_at,
            counts_at,
            punctuality,
            device,
            inbound,
            next,
            ..
        } = event
        else {
            return;
        };
        let stale = *punctuality == Punctuality::Stale;
        self.change_party(*trip, Focus::Lost, |party| {
            inbound.iter().for_each(|inbound| party.inbound.note(*inbound));
            let Some(g) = party.groups.get_mut(*group) else { return };
            g.heard.note((*said_at, *word, *device));
            if !stale {
                g.unusual = None;
                g.last = Some(LastWord { word: *word, said_at: *said_at, headcount: *headcount });
            }
        });
        if let Some(next) = next.as_ref().filter(|_| !stale) {
            let counted = headcount.is_some();
            self.change_out(*trip, Focus::Group(*group), |out| {
                out.take_word(*group, *word, counted, counts_at.unwrap_or(*said_at), next.clone());
            });
        }
        self.hear_device(*trip, *device, *received_at);
    }

    fn split(&mut self, event: &Event) {
        let Event::GroupSplit { trip, group, new_group, name, adult, pupils, at, next, .. } = event else {
            return;
        };
        self.change_out(*trip, Focus::Whole, |out| {
            let Some(parent) = out.party.groups.get_mut(*group) else { return };
            parent.expected = less(parent.expected, *pupils);
            let late_secs = out.clocks.get(*group).map_or(0, |clock| clock.progress.late_secs);
            let split = Group {
                name: name.clone(),
                adult: *adult,
                expected: *pupils,
                planned: None,
                last: None,
                differs: None,
                unusual: None,
                heard: Recent::default(),
            };
            out.party.groups.insert(*new_group, split);
            out.clocks.insert(*new_group, Clock::starting(Progress::from(*at, late_secs), next.clone()));
        });
    }

    fn note_position(&mut self, event: &Event) {
        let Event::PositionNoted {
            trip,
            device,
            position,
            fix_at,
            received_at,
            stale,
            labels,
            battery_percent,
            charging,
        } = event
        else {
            return;
        };
        // Blanked: the trip is long over.
        let Some(position) = position.get() else {
            return self.hear_device(*trip, Some(*device), *received_at);
        };
        self.change_out(*trip, Focus::Device(Some(*device)), |out| {
            let areas: Vec<_> = out.course.destinations.iter().map(|d| d.area).collect();
            let Some(carried) = out.party.devices.get_mut(*device) else { return };
            let new = || Box::new(Track::starting(*position, *fix_at, *received_at, areas.len()));
            let is_new = carried.track.is_none();
            let track = carried.track.get_or_insert_with(new);
            if !labels.contains(&FixLabel::OutOfOrder) {
                track.note_battery(*battery_percent, *charging);
            }
            if labels.contains(&FixLabel::Jump) {
                track.doubted = Some((*position, *fix_at));
            }
            if !stale {
                if is_new {
                    track.labels.clone_from(labels);
                } else {
                    track.believe(*position, *fix_at, labels);
                }
                for (fence, area) in track.fences.iter_mut().zip(&areas) {
                    fence.step(area, position, *fix_at);
                }
            }
        });
        self.hear_device(*trip, Some(*device), *received_at);
    }

    fn change_fence(
        &mut self,
        trip: TripId,
        device: DeviceId,
        destination: &Label,
        change: impl FnMut(&mut Fence),
    ) {
        // No deadline hangs on it.
        self.change_out(trip, Focus::Lost, |out| out.change_fence(device, destination, change));
    }

    /// A sign of life of a device that was located before.
    fn hear_device(&mut self, trip: TripId, device: Option<DeviceId>, at: Timestamp) {
        let Some(device) = device else { return };
        self.change_out(trip, Focus::Device(Some(device)), |out| {
            if let Some(track) = out.party.track_mut(device) {
                track.heard_at = track.heard_at.max(at);
                track.counted_from = track.counted_from.max(at);
                track.silent = false;
                out.all_silent = false;
            }
        });
    }

    fn come_down(&mut self, trip: TripId, devices_due_at: Timestamp) {
        let Some(watch) = self.watches.remove(&trip) else { return };
        for deadline in watch.deadlines(trip, Focus::Whole) {
            self.deadlines.remove(&deadline);
        }
        let watch = match watch {
            Watch::Out(out) => {
                let mut party = out.party;
                party.lost = None;
                party.groups.values_mut().for_each(|group| group.differs = None);
                Watch::Returned(Box::new(Returned { party, devices_due_at }))
            }
            Watch::Returned(_) | Watch::Ahead { .. } => watch,
        };
        self.deadlines.extend(watch.deadlines(trip, Focus::Whole));
        self.watches.insert(trip, watch);
    }

    fn end(&mut self, trip: TripId) {
        self.ended.insert(trip);
        let Some(watch) = self.watches.remove(&trip) else { return };
        for deadline in watch.deadlines(trip, Focus::Whole) {
            self.deadlines.remove(&deadline);
        }
        for device in watch.device_ids() {
            self.carried_on.remove(&(device, trip));
        }
    }

    fn note_device(&mut self, trip: TripId, device: DeviceId, carrier: Option<Carrier>) {
        if self.ended.contains(&trip) {
            return;
        }
        let unknown = || Watch::Ahead { devices: Sorted::default() };
        let watch = self.watches.entry(trip).or_insert_with(unknown);
        let before = watch.deadlines(trip, Focus::Whole);
        match watch {
            Watch::Ahead { devices } => devices.insert(device, carrier),
            Watch::Out(_) | Watch::Returned(_) => {
                watch.party_mut().into_iter().for_each(|party| party.note_device(device, carrier));
            }
        }
        for deadline in before {
            self.deadlines.remove(&deadline);
        }
        self.deadlines.extend(watch.deadlines(trip, Focus::Whole));
        match carrier {
            Some(_) => self.carried_on.insert((device, trip)),
            None => self.carried_on.remove(&(device, trip)),
        };
    }

    fn index_devices(&mut self, trip: TripId) {
        let devices = self.watches.get(&trip).map(Watch::device_ids).unwrap_or_default();
        self.carried_on.extend(devices.into_iter().map(|device| (device, trip)));
    }

    fn change_clock(&mut self, trip: TripId, group: GroupId, change: impl FnOnce(&mut Clock)) {
        self.change_out(trip, Focus::Group(group), |out| {
            if let Some(clock) = out.clocks.get_mut(group) {
                change(clock);
            }
        });
    }

    fn change_group(&mut self, trip: TripId, group: GroupId, change: impl FnOnce(&mut Group)) {
        // No deadline hangs on it.
        let party = self.watches.get_mut(&trip).and_then(Watch::party_mut);
        if let Some(group) = party.and_then(|party| party.groups.get_mut(group)) {
            change(group);
        }
    }

    fn change_party(&mut self, trip: TripId, focus: Focus, change: impl FnOnce(&mut PartyNow)) {
        self.change(trip, focus, |watch| {
            if let Some(party) = watch.party_mut() {
                change(party);
            }
        });
    }

    fn change_out(&mut self, trip: TripId, focus: Focus, change: impl FnOnce(&mut Out)) {
        self.change(trip, focus, |watch| {
            if let Some(out) = watch.out_mut() {
                change(out);
            }
        });
    }

    fn change(&mut self, trip: TripId, focus: Focus, change: impl FnOnce(&mut Watch)) {
        let Some(watch) = self.watches.get_mut(&trip) else { return };
        for deadline in watch.deadlines(trip, focus) {
            self.deadlines.remove(&deadline);
        }
        change(watch);
        self.deadlines.extend(watch.deadlines(trip, focus));
    }
}

impl Watch {
    fn device_ids(&self) -> Vec<DeviceId> {
        match self {
            Self::Ahead { devices } => {
                devices.iter().filter(|(_, by)| by.is_some()).map(|(d, _)| d).collect()
            }
            Self::Out(out) => out.party.devices.iter().map(|(device, _)| device).collect(),
            Self::Returned(returned) => returned.party.devices.iter().map(|(device, _)| device).collect(),
        }
    }
}
