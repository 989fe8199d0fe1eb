//! What the gateway records, in words.

use proto::v1::alerts::Channel;
use proto::v1::gateway::{Caller, Event, Message, Reach};

use crate::view::SchoolView;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    Some(match event {
        Event::TextReceived { from, body, .. } => {
            format!("A text came from {}: “{}”", caller(view, from), body.shown())
        }
        Event::KeyPressed { by, key, .. } => format!("{} pressed {key}.", view.recipient_name(*by)),
        Event::AttemptImpossible { to, why, .. } => match to {
            Some(to) => format!("{} can't be reached: {why}.", view.recipient_name(*to)),
            None => format!("A message can't be sent: {why}."),
        },
        Event::AttemptPlanned { to, via, message: Message::PageLink { .. }, .. } => {
            format!("The link to the phone page was texted to {}.", target(view, *to, *via))
        }
        Event::AttemptFailed { to, channel, why, .. } => {
            let to = to.map(|to| format!(" to {}", view.recipient_name(to))).unwrap_or_default();
            format!("{}{to} failed: {why}.", channel_text(*channel))
        }
        // Alerts and reminders are told by those who ask for them.
        Event::AttemptPlanned { .. }
        | Event::AttemptBegun { .. }
        | Event::AttemptProgressed { .. }
        | Event::AttemptPutOff { .. }
        | Event::AttemptWithdrawn { .. }
        | Event::PositionReceived { .. }
        | Event::WaypointsSent { .. }
        | Event::SetUpShown { .. }
        | Event::OptedOut { .. }
        | Event::OptedIn { .. }
        | Event::ProviderDown { .. }
        | Event::ProviderUp { .. }
        | Event::DeviceNoted { .. }
        | Event::LineNoted { .. }
        | Event::TripNoted { .. }
        | Event::CaseNoted { .. } => return None,
    })
}

fn caller(view: &SchoolView, from: &Caller) -> String {
    match from {
        Caller::Device { device, person: Some(person), .. } => {
            format!("{} (phone {})", view.person_name(*person), view.device_tag(*device))
        }
        Caller::Device { device, .. } => format!("phone {}", view.device_tag(*device)),
        Caller::Stranger { .. } => "a number that is not ours".to_owned(),
    }
}

fn channel_text(channel: Channel) -> &'static str {
    match channel {
        Channel::Text => "A text",
        Channel::Voice => "A call",
    }
}

fn target(view: &SchoolView, to: Option<proto::v1::alerts::Recipient>, via: Reach) -> String {
    match (to, via) {
        (Some(to), _) => view.recipient_name(to),
        (None, Reach::Device(device)) => format!("phone {}", view.device_tag(device)),
        (None, Reach::Line(line)) => view.line_name(line),
        (None, Reach::Inbound(_)) => "whoever texted".to_owned(),
    }
}
