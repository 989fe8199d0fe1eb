//! News of checkins: what was missed, what differs, who calls for help, and what ended it.

use proto::ids::{GroupId, TripId};
use proto::v1::alerts::{LadderStart, Reason};
use proto::v1::checkins::Event;

use super::{Desk, Left};
use crate::reasons::{Ends, weight};
use crate::state::Ladder;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        // Trips tells of a party as it leaves; but a miss is told here, and may be heard before that.
        Event::WatchStarted { trip, party, .. } | Event::WatchChanged { trip, party, .. } => {
            if !desk.state.ladder_of(trip).is_some_and(Ladder::has_left) {
                super::trips::note_ladder(desk, trip, &party);
            }
        }
        Event::CheckInMissed { trip, group, due_at, start_at_office, .. } => {
            let start = if start_at_office { LadderStart::Office } else { LadderStart::Bottom };
            desk.raise_from(Some(trip), Reason::MissedCheckIn { group, due_at }, start);
        }
        Event::OutageTold { trip, outage, missed, .. } => {
            if !missed.is_empty() {
                desk.raise(Some(trip), Reason::MissedInOutage { outage, missed });
            }
        }
        Event::HeardAgain { trip, group, missed_due_at, .. } => {
            heard_again(desk, trip, group, |due| due == missed_due_at);
        }
        Event::HeadcountDiffered { trip, group, expected, reported, at } => {
            desk.raise(Some(trip), Reason::HeadcountDiffers { group, expected, reported, at });
        }
        Event::HeadcountAgreed { trip, group, .. } => count_agrees(desk, trip, group),
        // A group that ended is watched in the one it joined.
        Event::GroupsJoined { trip, group, .. } => {
            heard_again(desk, trip, group, |_| true);
            count_agrees(desk, trip, group);
        }
        Event::HelpCalled { trip, device, at, .. } => desk.raise(Some(trip), Reason::Help { at, device }),
        Event::DuressSignalled { trip, at, .. } => desk.raise(Some(trip), Reason::Duress { at }),
        Event::ChildLost { trip, at, police_at, .. } => {
            desk.raise(Some(trip), Reason::LostChild { at, police_at });
        }
        Event::PoliceDue { trip, at } => desk.raise(Some(trip), Reason::PoliceDue { at }),
        Event::ChildFound { trip, .. } => desk.gone_of_trip(trip, |reason| {
            matches!(reason, Reason::LostChild { .. } | Reason::PoliceDue { .. })
        }),
        Event::AllDevicesSilent { trip, since } => {
            desk.raise(Some(trip), Reason::AllDevicesSilent { since });
        }
        Event::DeviceHeard { trip, .. } => {
            desk.gone_of_trip(trip, |reason| matches!(reason, Reason::AllDevicesSilent { .. }));
        }
        Event::OffArea { trip, device, destination, at } => {
            desk.raise(Some(trip), Reason::OffArea { device, destination, since: at });
        }
        Event::OffAreaEnded { trip, device: back, destination: place, .. } => {
            desk.gone_of_trip(trip, |reason| {
                matches!(reason, Reason::OffArea { device, destination, .. } if *device == back && *destination == place)
            });
        }
        Event::ArrivalMissed { trip, pupil, provider, due_at, .. } => {
            desk.raise(Some(trip), Reason::MissedArrival { pupil, provider, due_at });
        }
        // It is known where the pupil is; or, after a mistake, not yet missed again. [FORM-6]
        Event::ArrivalRecorded { trip, pupil: known, .. } => {
            desk.gone_of_trip(
                trip,
                |reason| matches!(reason, Reason::MissedArrival { pupil, .. } if *pupil == known),
            );
        }
        Event::ArrivalsExpected { trip, arrivals, .. } => desk.gone_of_trip(trip, |reason| {
            matches!(reason, Reason::MissedArrival { pupil, due_at, .. }
                if !arrivals.iter().any(|due| due.pupil == *pupil && due.due_at == *due_at))
        }),
        Event::DownToDevices { trip, .. } | Event::WatchEnded { trip, .. } => all_are_back(desk, trip),
        Event::Reminded { .. }
        | Event::OutageNoted { .. }
        | Event::CheckedIn { .. }
        | Event::WordNotTaken { .. }
        | Event::ReleaseRecorded { .. }
        | Event::PupilsMoved { .. }
        | Event::GroupSplit { .. }
        // Shown, with what to do: nobody is alerted.
        | Event::WordUnusual { .. }
        | Event::PositionNoted { .. }
        | Event::AreaEntered { .. }
        | Event::AreaLeft { .. }
        | Event::BatteryLow { .. }
        | Event::DeviceSilent { .. }
        | Event::TripDeviceNoted { .. } => {}
    }
}

/// Everyone is accounted for by a person.
pub(super) fn all_are_back(desk: &mut Desk<'_>, trip: TripId) {
    desk.gone_of_trip(trip, |reason| weight(reason).ends == Ends::WhenAllAreBack);
}

fn heard_again(
    desk: &mut Desk<'_>,
    trip: TripId,
    heard: GroupId,
    is_satisfied: impl Fn(jiff::Timestamp) -> bool,
) {
    let Some(case) = desk.state.case_of_trip(trip) else { return };
    desk.change(case.case, |reason| {
        if let Reason::MissedCheckIn { group, due_at } = reason
            && *group == heard
            && is_satisfied(*due_at)
        {
            return Left::Nothing;
        }
        let Reason::MissedInOutage { outage, missed } = reason else { return Left::All };
        let mut left = missed.clone();
        left.retain(|(group, due_at)| *group != heard || !is_satisfied(*due_at));
        match left.len() {
            0 => Left::Nothing,
            n if n == missed.len() => Left::All,
            _ => Left::Part(Reason::MissedInOutage { outage: *outage, missed: left }),
        }
    });
}

fn count_agrees(desk: &mut Desk<'_>, trip: TripId, agreed: GroupId) {
    desk.gone_of_trip(
        trip,
        |reason| matches!(reason, Reason::HeadcountDiffers { group, .. } if *group == agreed),
    );
}
