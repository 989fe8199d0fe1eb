//! What checkins records, in words.

use proto::ids::{DeviceId, GroupId, TripId};
use proto::v1::checkins::{ArrivalWord, DueFor, Event, NextDue, NotTaken, Punctuality, Unusual, Via, Word};
use proto::values::{Headcount, Note, Personal};

use super::{clock, moment};
use crate::view::SchoolView;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    let name = |person| view.person_name(person);
    Some(match event {
        Event::WatchStarted { trip, due, .. } | Event::WatchChanged { trip, due, .. } => {
            let due: Vec<String> =
                due.iter().map(|(group, next)| next_due(view, *trip, *group, next)).collect();
            format!("Check-ins are due: {}.", due.join("; "))
        }
        Event::Reminded { trip, group, due_at, adult, .. } => {
            let (group, adult) = (view.group_name(*trip, *group), name(*adult));
            format!("{adult} was reminded of the check-in of {group} due at {}.", clock(view, *due_at))
        }
        Event::CheckedIn { .. } => checked_in(view, event)?,
        Event::HeadcountDiffered { trip, group, expected, reported, .. } => format!(
            "The headcount of {} differs: {reported} reported, {expected} expected.",
            view.group_name(*trip, *group)
        ),
        Event::HeadcountAgreed { trip, group, .. } => {
            format!("The headcount of {} fits again.", view.group_name(*trip, *group))
        }
        Event::WordUnusual { trip, group, device, why, .. } => format!(
            "Unusual: the last check-in of {} came by text or call while {}. A sender can be forged: ring them.",
            view.group_name(*trip, *group),
            unusual(view, *device, why)
        ),
        Event::WordNotTaken { device, why, .. } => {
            format!("A text from phone {} was not taken: {}.", view.device_tag(*device), not_taken(why))
        }
        Event::CheckInMissed { trip, group, due_at, .. } => {
            format!("{} missed the check-in due at {}.", view.group_name(*trip, *group), clock(view, *due_at))
        }
        Event::OutageTold { outage, missed, .. } => format!(
            "Homeward was out of action from {} to {}; {} check-ins fell due meanwhile and did not come.",
            moment(view, outage.from),
            moment(view, outage.to),
            missed.len()
        ),
        Event::OutageNoted { outage, .. } => format!(
            "Homeward was out of action from {} to {}; nothing was missed.",
            moment(view, outage.from),
            moment(view, outage.to)
        ),
        Event::HeardAgain { trip, group, missed_due_at, .. } => format!(
            "{} was heard of again, after the check-in missed at {}.",
            view.group_name(*trip, *group),
            clock(view, *missed_due_at)
        ),
        Event::ReleaseRecorded { trip, group, pupils, to_whom, checked_how, agreed_by, expected } => format!(
            "{pupils} of {} released to {} (checked: {checked_how}; agreed by {}). {expected} are expected now.",
            view.group_name(*trip, *group),
            to_whom.shown(),
            name(*agreed_by)
        ),
        Event::PupilsMoved { trip, from, to, pupils } => format!(
            "{pupils} pupils moved from {} to {}.",
            view.group_name(*trip, *from),
            view.group_name(*trip, *to)
        ),
        Event::GroupSplit { trip, group, name: new, adult, pupils, .. } => format!(
            "{new} split off from {}: {pupils} pupils with {}.",
            view.group_name(*trip, *group),
            name(*adult)
        ),
        Event::GroupsJoined { trip, group, into } => {
            format!("{} joined {}.", view.group_name(*trip, *group), view.group_name(*trip, *into))
        }
        Event::HelpCalled { device, note, .. } => {
            let from = device.map(|d| format!(" from phone {}", view.device_tag(d))).unwrap_or_default();
            format!("HELP was called{from}.{}", words(note.as_ref()))
        }
        Event::DuressSignalled { .. } => "The duress word came. Only base sees this.".to_owned(),
        Event::ChildLost { police_at, last_seen, .. } => {
            format!("A CHILD IS LOST. Police at {}.{}", clock(view, *police_at), words(last_seen.as_ref()))
        }
        Event::PoliceDue { .. } => "The child is not found: the police are to be called now.".to_owned(),
        Event::ChildFound { with, .. } => format!("The child is found, with {}.", name(*with)),
        Event::AreaEntered { device, destination, .. } => {
            format!("Phone {} is at {destination} (a phone, not people).", view.device_tag(*device))
        }
        Event::AreaLeft { device, destination, .. } => {
            format!("Phone {} left {destination} (a phone, not people).", view.device_tag(*device))
        }
        Event::OffArea { device, destination, .. } => {
            format!(
                "Phone {} is off {destination} during the stay (a phone, not people).",
                view.device_tag(*device)
            )
        }
        Event::OffAreaEnded { device, destination, .. } => {
            format!("Phone {} is no longer missed at {destination}.", view.device_tag(*device))
        }
        Event::BatteryLow { device, percent, .. } => {
            format!("The battery of phone {} is low: {percent} %.", view.device_tag(*device))
        }
        Event::DeviceSilent { device, since, .. } => {
            format!("Phone {} has sent no position since {}.", view.device_tag(*device), clock(view, *since))
        }
        Event::AllDevicesSilent { since, .. } => {
            format!("None of the trip's phones has sent a position since {}.", clock(view, *since))
        }
        Event::DeviceHeard { device, .. } => format!("Phone {} is heard again.", view.device_tag(*device)),
        Event::DownToDevices { due_at, .. } => {
            format!("Everyone is accounted for. The phones are due by {}.", moment(view, *due_at))
        }
        Event::WatchEnded { .. } => "The watch has ended.".to_owned(),
        Event::ArrivalsExpected { arrivals, .. } if arrivals.is_empty() => {
            "No arrival of a pupil who travels directly is awaited any more.".to_owned()
        }
        Event::ArrivalsExpected { trip, arrivals, .. } => {
            let due = arrivals.iter().map(|due| {
                let (who, at) = (view.traveller_name(*trip, due.pupil), clock(view, due.due_at));
                format!("{who} at {}, {at}", due.provider)
            });
            format!("Arrivals are due of pupils who travel directly: {}.", due.collect::<Vec<_>>().join("; "))
        }
        Event::ArrivalMissed { trip, pupil, provider, due_at, .. } => {
            let (who, at) = (view.traveller_name(*trip, *pupil), clock(view, *due_at));
            format!("Nobody confirmed that {who} arrived at {provider}, due {at}.")
        }
        Event::ArrivalRecorded { trip, pupil, word, said_by, at, note, .. } => {
            let (who, at) = (view.traveller_name(*trip, *pupil), clock(view, *at));
            let by = said_by.as_ref().map(|name| format!(", says {}", name.shown())).unwrap_or_default();
            let what = match word {
                ArrivalWord::Arrived => "has arrived at the provider",
                ArrivalWord::NotComing => "is not coming",
                ArrivalWord::NotThere => "is not there after all: the arrival is due again",
            };
            format!("{who} {what}, {at}{by}.{}", words(note.as_ref()))
        }
        Event::PositionNoted { .. } | Event::TripDeviceNoted { .. } => return None,
    })
}

/// What is unusual about a check-in, after "while".
pub(crate) fn unusual(view: &SchoolView, device: DeviceId, why: &Unusual) -> String {
    let tag = view.device_tag(device);
    match why {
        Unusual::FarFromPlace { destination, km, fix_at } => {
            format!("phone {tag} said at {} that it is {km} km from {destination}", clock(view, *fix_at))
        }
        Unusual::FarFromOthers { km, fix_at } => {
            format!(
                "phone {tag} said at {} that it is {km} km from the group's other phones",
                clock(view, *fix_at)
            )
        }
    }
}

fn checked_in(view: &SchoolView, event: &Event) -> Option<String> {
    let Event::CheckedIn {
        trip,
        group,
        word,
        headcount,
        expected,
        said_at,
        punctuality,
        via,
        device,
        person,
        note,
        next,
        ..
    } = event
    else {
        return None;
    };
    let who = person
        .map(|p| view.person_name(p))
        .or_else(|| device.map(|d| format!("phone {}", view.device_tag(d))));
    let count = headcount.map(|count| counted(count, *expected)).unwrap_or_default();
    let late = match punctuality {
        Punctuality::InTime | Punctuality::Unasked => String::new(),
        Punctuality::Late => " Late.".to_owned(),
        Punctuality::QueuedInTime => format!(" Said in time, at {}; it arrived late.", clock(view, *said_at)),
        Punctuality::Stale => format!(" Old news, of {}.", clock(view, *said_at)),
    };
    let next = next.as_ref().map(|n| format!(" Next due at {}.", clock(view, n.at))).unwrap_or_default();
    Some(format!(
        "{}: {}{count}{}, {}.{late}{}{next}",
        view.group_name(*trip, *group),
        word_text(*word),
        who.map(|who| format!(", from {who}")).unwrap_or_default(),
        via_text(*via),
        words(note.as_ref()),
    ))
}

fn counted(count: Headcount, expected: Headcount) -> String {
    format!(", {count} of {expected}")
}

fn words(note: Option<&Personal<Note>>) -> String {
    note.map(|note| format!(" “{}”", note.shown())).unwrap_or_default()
}

fn next_due(view: &SchoolView, trip: TripId, group: GroupId, next: &NextDue) -> String {
    format!("{} at {} ({})", view.group_name(trip, group), clock(view, next.at), due_text(&next.what))
}

/// What a due check-in is for, in words.
pub(crate) fn due_text(what: &DueFor) -> String {
    match what {
        DueFor::Routine {} => "routine".to_owned(),
        DueFor::Arrival { destination } => format!("arrival at {destination}"),
        DueFor::Leaving { destination } => format!("leaving {destination}"),
        DueFor::Return {} => "the return".to_owned(),
        DueFor::AfterQuiet {} => "after the quiet window".to_owned(),
        DueFor::RunningLate {} => "running late".to_owned(),
    }
}

/// A word of a check-in, in words.
pub(crate) fn word_text(word: Word) -> String {
    match word {
        Word::Ok => "all well".to_owned(),
        Word::Late { minutes } => format!("running late by {minutes} minutes"),
        Word::Boarded => "on board".to_owned(),
        Word::Arrived => "arrived".to_owned(),
        Word::HandedOver => "handed over".to_owned(),
        Word::Leaving => "leaving".to_owned(),
        Word::Back => "back".to_owned(),
    }
}

fn via_text(via: Via) -> &'static str {
    match via {
        Via::PhonePage => "by the phone page",
        Via::Text => "by text",
        Via::Call => "by call",
        Via::WrittenDown => "written down by base",
        Via::Api => "by the API",
    }
}

fn not_taken(why: &NotTaken) -> &'static str {
    match why {
        NotTaken::Unclear {} => "it was not understood",
        NotTaken::PupilPhone {} => "a pupil's phone never checks a group in",
        NotTaken::NotOut {} => "its trip is not out",
        NotTaken::WhichGroup { .. } => "which group is meant could not be told",
        NotTaken::CountNeeded {} => "that word needs a count",
        NotTaken::WhichMeant { .. } => "it could be a check-in or take an alert: its sender is asked which",
    }
}
