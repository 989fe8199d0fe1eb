//! What alerts records, in words.

use std::collections::BTreeMap;

use proto::Timestamp;
use proto::ids::GroupId;
use proto::v1::alerts::{Channel, Event, LadderStart, Notice, OwnedVia, Reason, Resolution, Rung};
use proto::v1::contacts::Audience;
use proto::v1::safeguarding::Step;

use super::{clock, moment};
use crate::view::SchoolView;
use crate::view::names::listed;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    let name = |person| view.person_name(person);
    Some(match event {
        Event::CaseOpened { trip, reason, code, .. } => {
            format!("Alert, code {}: {}.", code.0, view.reason_text(*trip, reason))
        }
        Event::ReasonAdded { trip, reason, restart, .. } => {
            let again = match restart {
                Some(LadderStart::Everyone) => " Everyone is told at once.",
                Some(LadderStart::Bottom | LadderStart::Office | LadderStart::Base) => {
                    " The ladder begins again."
                }
                None => "",
            };
            format!("Also: {}.{again}", view.reason_text(*trip, reason))
        }
        Event::ReasonNarrowed { trip, now, .. } => {
            format!("Settled in part; left is: {}.", view.reason_text(*trip, now))
        }
        Event::ReasonGone { trip, reason, .. } => format!("Settled: {}.", view.reason_text(*trip, reason)),
        Event::RungReached { rung, notices, next_at, .. } if notices.is_empty() => {
            format!("{}: already told. Next step at {}.", rung_text(*rung), clock(view, *next_at))
        }
        Event::RungReached { rung, notices, next_at, .. } => {
            let told = notices_text(view, notices);
            format!("{}: {told}. Next step at {}.", rung_text(*rung), clock(view, *next_at))
        }
        Event::RungCalled { rung, notices, .. } => {
            format!("{}, nobody took it yet: {}.", rung_text(*rung), notices_text(view, notices))
        }
        Event::RungToldAgain { rung, notices, .. } if notices.is_empty() => {
            format!("{}: nobody there can be told again.", rung_text(*rung))
        }
        Event::RungToldAgain { trip, rung, reason, notices, .. } => format!(
            "{}, told again ({}): {}.",
            rung_text(*rung),
            view.reason_text(*trip, reason),
            notices_text(view, notices)
        ),
        Event::RungSkipped { rung, .. } => {
            format!("{}: nobody there can be reached; on to the next at once.", rung_text(*rung))
        }
        Event::NobodyReached { next_at, .. } => {
            format!("NOBODY ON THE LADDER CAN BE REACHED. It begins again at {}.", clock(view, *next_at))
        }
        Event::ChannelChanged { notice, .. } => {
            format!("It did not get through; instead: {}.", notice_text(view, notice))
        }
        Event::NoticeFailed { .. } => "A message did not get through, and there is no other way.".to_owned(),
        Event::CaseOwned { by, via, until, .. } => {
            let via = match via {
                OwnedVia::Click => "on the board",
                OwnedVia::Reply => "by text",
                OwnedVia::Key => "by phone key",
            };
            format!("{} has it ({via}), until {}.", name(*by), clock(view, *until))
        }
        Event::OwnershipLapsed { by, .. } => {
            format!("{} had it, and nothing followed: it comes back.", name(*by))
        }
        Event::CaseHandedBack { by, .. } => format!("{} gave it back: the ladder goes on.", name(*by)),
        Event::CaseResolved { how: Resolution::ByItself {}, .. } => "The alert is resolved.".to_owned(),
        Event::CaseResolved { how: Resolution::ByPerson { person, reason }, .. } => {
            format!("{} resolved the alert: {}", name(*person), reason.shown())
        }
        Event::NoteAdded { note, by, .. } => format!("{} noted: {}", name(*by), note.shown()),
        Event::ReplySetAside { .. } => {
            "A code came from a phone of the trip while a duress word stands: it owns nothing.".to_owned()
        }
        Event::ReplyNotEnough { device, code, .. } => format!(
            "Code {} came by text from phone {}: a text can be forged, so it owns nothing here. The ladder goes on.",
            code.0,
            view.device_tag(*device)
        ),
        Event::CodeNotTaken { .. }
        | Event::LadderNoted { .. }
        | Event::BaseNoted { .. }
        | Event::LadderEndedNoted { .. }
        | Event::PersonNoted { .. }
        | Event::DutyNoted { .. }
        | Event::DutyEndedNoted { .. }
        | Event::ReachNoted { .. }
        | Event::LineNoted { .. }
        | Event::ClosedNoted { .. } => return None,
    })
}

impl SchoolView {
    /// A reason of a case in words, without a full stop.
    pub fn reason_text(&self, trip: Option<proto::ids::TripId>, reason: &Reason) -> String {
        reason_text(self, trip, reason, Pupils::Named)
    }

    /// The reasons of a case in words, each without a full stop; the misses of one group as one.
    pub fn reason_texts(
        &self,
        trip: Option<proto::ids::TripId>,
        reasons: &[Reason],
        pupils: Pupils,
    ) -> Vec<String> {
        let mut misses: BTreeMap<GroupId, Vec<Timestamp>> = BTreeMap::new();
        for reason in reasons {
            if let Reason::MissedCheckIn { group, due_at } = reason {
                misses.entry(*group).or_default().push(*due_at);
            }
        }
        let text = |reason: &Reason| match reason {
            Reason::MissedCheckIn { group, .. } => {
                let due = misses.remove(group)?;
                let (Some(first), Some(last)) = (due.iter().min(), due.iter().max()) else { return None };
                if due.len() == 1 {
                    return Some(reason_text(self, trip, reason, pupils));
                }
                let name = trip.map_or_else(|| "a group".to_owned(), |trip| self.group_name(trip, *group));
                let (count, first, last) = (due.len(), clock(self, *first), clock(self, *last));
                Some(format!(
                    "{name} missed {count} check-ins: the first was due at {first}, the last at {last}"
                ))
            }
            other => Some(reason_text(self, trip, other, pupils)),
        };
        reasons.iter().filter_map(text).collect()
    }
}

/// Whether pupils are named: not on a wall, which anybody may read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pupils {
    /// By the name or initials of the form.
    Named,
    /// `a pupil`.
    Unnamed,
}

fn reason_text(
    view: &SchoolView,
    trip: Option<proto::ids::TripId>,
    reason: &Reason,
    pupils: Pupils,
) -> String {
    let group = |group| trip.map_or_else(|| "a group".to_owned(), |trip| view.group_name(trip, group));
    match reason {
        Reason::MissedCheckIn { group: of, due_at } => {
            format!("{} missed the check-in due at {}", group(*of), clock(view, *due_at))
        }
        Reason::MissedInOutage { outage, missed } => format!(
            "{} check-ins did not come while Homeward was out of action ({} to {})",
            missed.len(),
            moment(view, outage.from),
            moment(view, outage.to)
        ),
        Reason::MissedArrival { pupil, provider, due_at } => {
            let named = trip.filter(|_| pupils == Pupils::Named);
            let who = named.map_or_else(|| "a pupil".to_owned(), |trip| view.traveller_name(trip, *pupil));
            format!("nobody confirmed that {who} arrived at {provider}, due {}", clock(view, *due_at))
        }
        Reason::HeadcountDiffers { group: of, expected, reported, .. } => {
            format!("the headcount of {} differs: {reported} reported, {expected} expected", group(*of))
        }
        Reason::Help { at, .. } => format!("HELP was called at {}", clock(view, *at)),
        Reason::Duress { at } => {
            format!("the duress word came at {}: tell nobody on the trip", clock(view, *at))
        }
        Reason::LostChild { at, police_at } => {
            format!(
                "a child has been lost since {}; if not found, dial 999 by {}",
                clock(view, *at),
                clock(view, *police_at)
            )
        }
        Reason::PoliceDue { .. } => "the lost child is not found: call the police now".to_owned(),
        Reason::LeftWithoutClearance { at } => format!("left without clearance at {}", clock(view, *at)),
        Reason::Unauthorised { since } => {
            format!("a change on the way waits for authorising since {}", clock(view, *since))
        }
        Reason::ReadinessLost { at } => {
            format!("something checked at departure no longer holds (since {})", clock(view, *at))
        }
        Reason::DeviceLost { device } => format!("phone {} is lost", view.device_tag(*device)),
        Reason::ReturnOverdue { devices, due_at } => {
            format!("phones not back since {}: {}", moment(view, *due_at), view.device_tags(devices))
        }
        Reason::AllDevicesSilent { since } => {
            format!("no phone of the trip has sent a position since {}", clock(view, *since))
        }
        Reason::OffArea { device, destination, since } => format!(
            "phone {} is off {destination} since {} (a phone, not people)",
            view.device_tag(*device),
            clock(view, *since)
        ),
        Reason::RouteGap { since } => format!("the emergency route has a gap since {}", moment(view, *since)),
        Reason::BaseUnheld { since } => format!("nobody holds base since {}", moment(view, *since)),
        Reason::LineDown { line, since } => {
            format!("the line {} is down since {}", view.line_name(*line), moment(view, *since))
        }
        Reason::PolicyReviewDue { by, late } => {
            let is = if *late { "was" } else { "is" };
            format!("the yearly review of the policy {is} due by {}", moment(view, *by))
        }
        Reason::DrillDue { by, weekend } => {
            let kind = if *weekend { "; none was at a weekend for two years" } else { "" };
            format!("a drill is due by {}{kind}", moment(view, *by))
        }
        Reason::DutyTestUnanswered { person } => {
            format!("{} did not answer the evening's test", view.person_name(*person))
        }
        Reason::ProviderDown { since, provider, channel, instead } => {
            let what = match channel {
                Some(Channel::Text) => "texts",
                Some(Channel::Voice) => "calls",
                Some(Channel::Email) => "e-mails",
                None => "texts and calls",
            };
            let by = provider.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
            match instead {
                Some(other) => {
                    format!("{what}{by} fail since {}; {other} sends them", moment(view, *since))
                }
                None => format!("{what}{by} can't be sent since {}", moment(view, *since)),
            }
        }
        Reason::Unreachable { person } => format!("{} can't be reached", view.person_name(*person)),
        Reason::CallNotTaken { at, audience, .. } => {
            let who = match audience {
                Audience::Parent | Audience::HostOrganisation | Audience::StaffFamily => {
                    "somebody from outside"
                }
                Audience::Pupil => "a pupil",
                Audience::StaffOffSite | Audience::Base => "staff of a trip",
            };
            format!("{who} rang at {} and reached nobody", clock(view, *at))
        }
        Reason::RouteBroken { since } => {
            format!("nobody can be reached by the emergency route since {}", moment(view, *since))
        }
        Reason::SupplyShort { day, kind, .. } => {
            let kind = match kind {
                proto::v1::devices::DeviceKind::WorkMobile => "work mobiles",
                proto::v1::devices::DeviceKind::BasicPhone => "basic phones",
            };
            format!("too few {kind} on {}", day.strftime("%-d %b"))
        }
        Reason::Incident { at, danger, .. } => {
            let danger = if *danger { ", somebody is in danger" } else { "" };
            format!(
                "an incident was reported at {}{danger}: the DSL is to be told in person",
                clock(view, *at)
            )
        }
        Reason::IncidentOverdue { step, due_at, .. } => {
            let step = match step {
                Step::ToldInPerson => "nobody recorded that the DSL was told in person",
                Step::WrittenUp => "an incident is not written up",
                Step::BodiesTold => {
                    "outside bodies were not told of an incident, nor was it judged not serious"
                }
            };
            format!("{step}: due {}", moment(view, *due_at))
        }
        Reason::UseUnreviewed { week, .. } => {
            format!("the usage log of the week of {} is not reviewed", week.strftime("%-d %b"))
        }
        Reason::PhonesUncollected { day, pouches } => {
            let numbers: Vec<String> = pouches.iter().map(u16::to_string).collect();
            let day = day.strftime("%-d %b");
            format!("pupils' own phones not fetched on {day}: pouches {}", listed(numbers))
        }
        Reason::ArrangementEnds { until, over, medical, .. } => {
            let until = until.strftime("%-d %b");
            match (over, medical) {
                (false, _) => format!("an arrangement ends on {until}"),
                (true, false) => format!("an arrangement ended on {until}"),
                (true, true) => {
                    format!(
                        "an arrangement for a medical device ended on {until}: the device stays, look at it again"
                    )
                }
            }
        }
        Reason::RecordingsOpen { day, phones, .. } => {
            let phones = if *phones == 1 { "one phone".to_owned() } else { format!("{phones} phones") };
            format!("recordings on {phones} were not cleared on {}", day.strftime("%-d %b"))
        }
        Reason::Raised { note, .. } => format!("raised by hand: {}", note.shown()),
    }
}

fn rung_text(rung: Rung) -> &'static str {
    match rung {
        Rung::Leader => "Leader",
        Rung::Deputy => "Deputy",
        Rung::OtherStaff => "Other staff",
        Rung::Office => "Office",
        Rung::Dsl => "DSL",
        Rung::Senior => "Senior leader",
    }
}

fn notices_text(view: &SchoolView, notices: &[Notice]) -> String {
    listed(notices.iter().map(|notice| notice_text(view, notice)).collect())
}

fn notice_text(view: &SchoolView, notice: &Notice) -> String {
    let channel = match notice.channel {
        Channel::Text => "text to",
        Channel::Voice => "call to",
        Channel::Email => "e-mail to",
    };
    format!("{channel} {}", view.recipient_name(notice.to))
}
