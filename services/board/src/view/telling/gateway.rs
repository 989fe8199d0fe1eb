//! What the gateway records, in words.

use proto::v1::alerts::Channel;
use proto::v1::gateway::{Caller, DialOutcome, Event, Meaning, Message};

use crate::view::SchoolView;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    Some(match event {
        Event::TextReceived { from, body, .. } => {
            format!("A text came from {}: “{}”", caller(view, from), body.shown())
        }
        Event::CallReceived { from, .. } => format!("{} rang the school.", capital(&caller(view, from))),
        Event::CallSaid { from, meaning, .. } => {
            format!("{} said by keys: {}.", capital(&caller(view, from)), said(meaning))
        }
        Event::CallStepTried { via, outcome: DialOutcome::Taken, .. } => {
            format!("The call with {} is over.", view.reached_name(None, *via))
        }
        Event::CallStepTried { via, outcome, .. } => {
            format!(
                "The caller was not taken by {}: {}.",
                view.reached_name(None, *via),
                outcome_text(*outcome)
            )
        }
        Event::CallBridged { via, .. } => {
            format!("The caller was put through to {}.", view.reached_name(None, *via))
        }
        Event::CallExhausted { .. } => "The caller reached nobody.".to_owned(),
        Event::CallRungBack { by, .. } => format!("{} rang the caller back.", view.person_name(*by)),
        Event::KeyPressed { by, key, .. } => format!("{} pressed {key}.", view.recipient_name(*by)),
        Event::AttemptImpossible { to, why, .. } => match to {
            Some(to) => format!("{} can't be reached: {why}.", view.recipient_name(*to)),
            None => format!("A message can't be sent: {why}."),
        },
        Event::AttemptPlanned { to, via, message: Message::PageLink { .. }, .. } => {
            format!("The link to the phone page was texted to {}.", view.reached_name(*to, *via))
        }
        Event::AttemptPlanned { to, via, message: Message::PageWord { .. }, .. } => format!(
            "Somebody opened the link to the phone page in a further browser: the code for it was texted to {}.",
            view.reached_name(*to, *via)
        ),
        Event::AttemptFailed { to, channel, why, .. } => {
            let to = to.map(|to| format!(" to {}", view.recipient_name(to))).unwrap_or_default();
            format!("{}{to} failed: {why}.", channel_text(*channel))
        }
        Event::AttemptHeldBack { attempt, until, why, .. } => {
            let to = view.gateway.attempts.get(*attempt).and_then(|known| known.to);
            let to = to.map(|to| format!(" to {}", view.recipient_name(to))).unwrap_or_default();
            format!("A message{to} waits until {}: {why}.", view.school.zone.clock(*until))
        }
        Event::AttemptPutOff { attempt, why, in_doubt: true, .. } => {
            let to = view.gateway.attempts.get(*attempt).and_then(|known| known.to);
            let to = to.map(|to| format!(" to {}", view.recipient_name(to))).unwrap_or_default();
            format!("A message{to} is sent again: {why}.")
        }
        // Alerts and reminders are told by those who ask for them.
        Event::CallCounts { .. }
        | Event::CallTold { .. }
        | Event::CallRouted { .. }
        | Event::CallEnded { .. }
        | Event::LineTried { .. }
        | Event::ContactsNoted { .. }
        | Event::AttemptPlanned { .. }
        | Event::AttemptBegun { .. }
        | Event::AttemptProgressed { .. }
        | Event::AttemptPutOff { .. }
        | Event::AttemptBundled { .. }
        | Event::ProvidersNoted { .. }
        | Event::ProviderFaulted { .. }
        | Event::ProviderProbed { .. }
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// What keys say.
fn said(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Says { headcount: Some(count), .. } => format!("all well, {count} counted"),
        Meaning::Says { headcount: None, .. } => "all well".to_owned(),
        Meaning::Help {} => "HELP".to_owned(),
        Meaning::Lost {} => "a child is lost".to_owned(),
        Meaning::Owns { .. }
        | Meaning::Either { .. }
        | Meaning::OptOut {}
        | Meaning::OptIn {}
        | Meaning::Miscounted { .. }
        | Meaning::Unclear {} => "something unclear".to_owned(),
    }
}

fn outcome_text(outcome: DialOutcome) -> &'static str {
    match outcome {
        DialOutcome::Taken => "taken",
        DialOutcome::NoAnswer => "no answer",
        DialOutcome::Busy => "engaged",
        DialOutcome::Failed => "no connection",
        DialOutcome::NotTaken => "answered, but nobody pressed 1",
        DialOutcome::CallerGone => "the caller hung up",
    }
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
        Channel::Email => "An e-mail",
    }
}
