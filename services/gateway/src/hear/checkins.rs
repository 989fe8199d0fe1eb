//! Of checkins: reminders, and what a text led to, which its sender is told.

use decider::{Context, News};
use proto::ids::{AttemptId, InboundId, derive_uuid};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::checkins::{Event as Checkins, NotTaken};
use proto::v1::gateway::{Event, Message, Reach};

use crate::calls;
use crate::plan::{Plan, Target, reply};
use crate::state::State;

pub(super) fn hear(state: &State, event: &Checkins, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let answered = |inbound: &InboundId, message: Message| {
        // Whoever said it in a call is told there; whoever texted is answered by text.
        let told = calls::told(state, *inbound, message.clone(), context.now);
        told.or_else(|| reply(state, *inbound, message, news.recorded_at, context.now))
    };
    let planned = match event {
        Checkins::Reminded { trip, group, due_at, adult, device } => {
            let number = u64::try_from(due_at.as_second()).unwrap_or_default();
            let to = match device {
                Some(device) => Target::Phone { via: Reach::Device(*device), person: Some(*adult) },
                None => Target::Recipient(Recipient::Person(*adult)),
            };
            let plan = Plan {
                attempt: AttemptId(derive_uuid(group.0, "reminder", number)),
                to,
                channel: Channel::Text,
                message: Message::Reminder { trip: *trip, due_at: *due_at },
                in_answer_to: None,
                at: context.now,
                // Once it is due there is nothing left to remind of.
                expires_at: *due_at,
            };
            plan.event(state)
        }
        // CHECK-6: a duress word comes as a check-in like any other, and is answered like one.
        Checkins::CheckedIn { trip, word, headcount, expected, next, inbound: Some(inbound), .. } => {
            let (trip, word, headcount, expected) = (*trip, *word, *headcount, *expected);
            let next_due_at = next.as_ref().map(|next| next.at);
            answered(inbound, Message::Understood { trip, word, headcount, expected, next_due_at })
        }
        Checkins::WordNotTaken { inbound, why, .. } => answered(inbound, not_taken(why)),
        Checkins::HelpCalled { trip, inbound: Some(inbound), .. } => {
            answered(inbound, Message::HelpHeard { trip: *trip })
        }
        Checkins::ChildLost { trip, police_at, inbound: Some(inbound), .. } => {
            answered(inbound, Message::LostHeard { trip: *trip, police_at: *police_at })
        }
        Checkins::CheckedIn { inbound: None, .. }
        | Checkins::HelpCalled { inbound: None, .. }
        | Checkins::ChildLost { inbound: None, .. }
        | Checkins::WatchStarted { .. }
        | Checkins::WatchChanged { .. }
        | Checkins::HeadcountDiffered { .. }
        | Checkins::HeadcountAgreed { .. }
        | Checkins::WordUnusual { .. }
        | Checkins::CheckInMissed { .. }
        | Checkins::OutageTold { .. }
        | Checkins::OutageNoted { .. }
        | Checkins::HeardAgain { .. }
        | Checkins::ReleaseRecorded { .. }
        | Checkins::PupilsMoved { .. }
        | Checkins::GroupSplit { .. }
        | Checkins::GroupsJoined { .. }
        | Checkins::DuressSignalled { .. }
        | Checkins::PoliceDue { .. }
        | Checkins::ChildFound { .. }
        | Checkins::PositionNoted { .. }
        | Checkins::OffArea { .. }
        | Checkins::OffAreaEnded { .. }
        | Checkins::BatteryLow { .. }
        | Checkins::AreaEntered { .. }
        | Checkins::AreaLeft { .. }
        | Checkins::DeviceSilent { .. }
        | Checkins::AllDevicesSilent { .. }
        | Checkins::DeviceHeard { .. }
        | Checkins::DownToDevices { .. }
        | Checkins::WatchEnded { .. }
        | Checkins::ArrivalsExpected { .. }
        | Checkins::ArrivalMissed { .. }
        | Checkins::ArrivalRecorded { .. }
        | Checkins::TripDeviceNoted { .. } => None,
    };
    planned.into_iter().collect()
}

fn not_taken(why: &NotTaken) -> Message {
    match why {
        NotTaken::Unclear {} => Message::NotUnderstood {},
        NotTaken::PupilPhone {} => Message::PupilPhone {},
        NotTaken::NotOut {} => Message::NotOut {},
        NotTaken::WhichGroup { .. } => Message::WhichGroup {},
        NotTaken::CountNeeded {} => Message::CountNeeded {},
        NotTaken::WhichMeant { code } => Message::WhichMeant { code: *code },
    }
}
