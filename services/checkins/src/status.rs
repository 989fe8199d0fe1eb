//! The retained public summary of a trip: times and states, no names, no counts, no places.

use decider::Retained;
use proto::ids::{GroupId, TripId};
use proto::v1::checkins::{Event, NextDue};
use proto::v1::public::{GroupStatus, TripStatus};

use crate::sorted::Sorted;
use crate::state::{Clock, State, Watch};

/// The trip whose summary an event changes.
pub(crate) fn changes(event: &Event) -> Option<TripId> {
    match event {
        Event::CheckedIn { next: None, .. } => None,
        Event::WatchEnded { trip, .. }
        | Event::WatchStarted { trip, .. }
        | Event::WatchChanged { trip, .. }
        | Event::CheckedIn { trip, next: Some(NextDue { .. }), .. }
        | Event::CheckInMissed { trip, .. }
        | Event::OutageTold { trip, .. }
        | Event::HeardAgain { trip, .. }
        | Event::GroupSplit { trip, .. }
        | Event::GroupsJoined { trip, .. }
        | Event::DownToDevices { trip, .. } => Some(*trip),
        Event::Reminded { .. }
        | Event::HeadcountDiffered { .. }
        | Event::HeadcountAgreed { .. }
        | Event::WordUnusual { .. }
        | Event::WordNotTaken { .. }
        | Event::OutageNoted { .. }
        | Event::ReleaseRecorded { .. }
        | Event::PupilsMoved { .. }
        | Event::HelpCalled { .. }
        | Event::DuressSignalled { .. }
        | Event::ChildLost { .. }
        | Event::PoliceDue { .. }
        | Event::ChildFound { .. }
        | Event::PositionNoted { .. }
        | Event::AreaEntered { .. }
        | Event::AreaLeft { .. }
        | Event::OffArea { .. }
        | Event::OffAreaEnded { .. }
        | Event::BatteryLow { .. }
        | Event::DeviceSilent { .. }
        | Event::AllDevicesSilent { .. }
        | Event::DeviceHeard { .. }
        | Event::ArrivalsExpected { .. }
        | Event::ArrivalMissed { .. }
        | Event::ArrivalRecorded { .. }
        | Event::TripDeviceNoted { .. } => None,
    }
}

/// The summary of a trip, once its party has left; it is cleared when the watch has ended.
pub(crate) fn summary(state: &State, trip: TripId) -> Option<Retained> {
    let status = match state.watch(trip) {
        None => return Some(Retained::TripStatus(trip, None)),
        Some(Watch::Ahead { .. }) => return None,
        Some(Watch::Out(out)) => TripStatus::Out { groups: groups(&out.clocks) },
        Some(Watch::Returned(returned)) => TripStatus::Returned { devices_due_at: returned.devices_due_at },
    };
    let text = serde_json::to_string(&status).expect("ids, times and flags are JSON");
    Some(Retained::TripStatus(trip, Some(text)))
}

fn groups(clocks: &Sorted<GroupId, Clock>) -> Vec<GroupStatus> {
    let status = |(group, clock): (GroupId, &Clock)| GroupStatus {
        group,
        due_at: clock.next.at,
        missed_at: clock.next.missed_at,
        missed: !clock.missed.is_empty(),
    };
    clocks.iter().map(status).collect()
}
