//! What the board asks: pure questions to the state.

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId};
use proto::v1::checkins::NextDue;

use crate::state::{Group, Out, PartyNow, Watch};
use crate::track::Track;

/// A group as the board shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupView<'a> {
    /// Which one.
    pub group: GroupId,
    /// Who leads it, what is expected, what was said last.
    pub details: &'a Group,
    /// What is due next.
    pub next: &'a NextDue,
    /// When each was due that was missed, and that no word has resolved.
    pub missed: Vec<Timestamp>,
}

impl Watch {
    /// Whether the party is out, and check-ins are due.
    pub fn is_out(&self) -> bool {
        matches!(self, Self::Out(_))
    }

    /// Its groups with what is due; none unless it is out.
    pub fn groups(&self) -> Vec<GroupView<'_>> {
        match self {
            Self::Out(out) => out.groups(),
            Self::Returned(_) | Self::Ahead { .. } => Vec::new(),
        }
    }

    /// The check-in that is due first, of all groups.
    pub fn first_due(&self) -> Option<Timestamp> {
        self.groups().iter().map(|group| group.next.at).min()
    }
}

impl Out {
    fn groups(&self) -> Vec<GroupView<'_>> {
        let view = |(group, details)| {
            let clock = self.clocks.get(group)?;
            let missed = clock.missed.keys().copied().collect();
            Some(GroupView { group, details, next: &clock.next, missed })
        };
        self.party.groups.iter().filter_map(view).collect()
    }
}

impl PartyNow {
    /// Where its devices were last.
    pub fn tracks(&self) -> impl Iterator<Item = (DeviceId, &Track)> {
        self.devices.iter().filter_map(|(device, carried)| Some((device, carried.track.as_deref()?)))
    }
}
