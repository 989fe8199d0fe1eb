//! A drill goes through real channels, and nobody may take it for real: the first word of every text, call and mail of it is
//! DRILL. [REV-1]

use proto::ids::TripId;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Message, Reach};

use crate::attempt::Attempt;
use crate::gsm;
use crate::state::State;

/// What comes first.
pub(crate) const MARK: &str = "DRILL. ";

impl State {
    /// Whether a trip is a drill.
    pub(crate) fn is_drill(&self, trip: TripId) -> bool {
        self.trips.get(&trip).is_some_and(|trip| trip.drill)
    }

    /// Whether what goes out is of a drill: it is about one, or answers a phone that is with one.
    pub(crate) fn is_of_a_drill(&self, message: &Message, via: Reach) -> bool {
        let about = match (message.case(), message.trip()) {
            (Some(case), _) => self.cases.get(&case).and_then(|case| case.trip),
            (None, Some(trip)) => Some(trip),
            (None, None) => match via {
                Reach::Device(device) => self.devices.get(&device).and_then(|device| device.trip),
                Reach::Line(_) | Reach::Inbound(_) | Reach::Mailbox(_) => None,
            },
        };
        about.is_some_and(|trip| self.is_drill(trip))
    }

    /// The words of an attempt as they go out: of a drill, they say so first. A text stays one text, unless it has a link.
    pub(crate) fn marked(&self, attempt: &Attempt, said: String) -> String {
        if !self.is_of_a_drill(&attempt.message, attempt.via) {
            return said;
        }
        let marked = format!("{MARK}{said}");
        let has_link = matches!(attempt.message, Message::PageLink { .. });
        if attempt.channel == Channel::Text && !has_link {
            gsm::clipped(&marked, gsm::ONE_TEXT)
        } else {
            marked
        }
    }
}
