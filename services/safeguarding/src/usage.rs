//! The usage log: weeks of lines, each reviewed and signed off once it is over. [USE-1]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use proto::ids::{DeviceId, PersonId, TripId, UseId};
use proto::topics::ServiceName;
use proto::v1::devices::Holder;
use proto::v1::safeguarding::{Event, Use, UseKind};
use proto::values::{Note, Personal};
use serde::{Deserialize, Serialize};

/// The most weeks at hand: older ones are in the journal alone. A year and a bit.
pub const MAX_WEEKS: usize = 60;

/// The most lines of a week at hand; what goes beyond is counted, and is in the journal.
pub const MAX_LINES: usize = 20_000;

/// The most pairs of phone and trip that are remembered as located.
const MAX_LOCATED: usize = 500;

/// The log.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageLog {
    pub(crate) weeks: BTreeMap<Date, Week>,
    /// Every phone that was ever handed out, with whose hands it is in.
    pub(crate) hands: BTreeMap<DeviceId, Option<(Holder, Option<TripId>)>>,
    /// Up to which entry of its journal each service's use was written down.
    pub(crate) heard: BTreeMap<ServiceName, u64>,
    /// When weeks are to be reminded of.
    pub(crate) reminders: BTreeSet<(Timestamp, Date)>,
    located: VecDeque<(DeviceId, TripId)>,
}

/// One week, Monday to Sunday.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// Its lines, in the order in which they were heard.
    pub lines: Vec<(UseId, Use)>,
    /// How many lines were left out, since a week holds at most [`MAX_LINES`].
    pub beyond: u32,
    /// When it is over.
    pub ends_at: Timestamp,
    /// Who has looked through it, and when; what came in since is not covered.
    pub signed: Option<SignedOff>,
    /// How often it was reminded of.
    pub reminded: u16,
    /// Lines that came in since it was signed off.
    pub since: u32,
    pub(crate) remind_at: Option<Timestamp>,
}

/// A week was looked through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "who, when, what they say")]
pub struct SignedOff {
    pub by: PersonId,
    pub at: Timestamp,
    pub remarks: Option<Personal<Note>>,
}

impl Week {
    /// How many lines it has.
    pub fn entries(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX).saturating_add(self.beyond)
    }

    /// Of how many there is something to ask.
    pub fn questioned(&self) -> u32 {
        let asked = self.lines.iter().filter(|(_, used)| used.questioned).count();
        u32::try_from(asked).unwrap_or(u32::MAX)
    }

    /// Whether nobody has looked through all of it.
    pub fn is_open(&self) -> bool {
        self.signed.is_none() || self.since > 0
    }
}

impl UsageLog {
    /// The weeks at hand, by their Monday.
    pub fn weeks(&self) -> impl DoubleEndedIterator<Item = (Date, &Week)> {
        self.weeks.iter().map(|(monday, week)| (*monday, week))
    }

    /// A week.
    pub fn week(&self, monday: Date) -> Option<&Week> {
        self.weeks.get(&monday)
    }

    /// Weeks that are over and that nobody has looked through.
    pub fn unreviewed(&self, now: Timestamp) -> impl Iterator<Item = (Date, &Week)> {
        self.weeks().filter(move |(_, week)| week.is_open() && week.ends_at <= now)
    }

    /// Every phone that was ever handed out.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> {
        self.hands.keys().copied()
    }

    /// Whether a line has that id.
    pub(crate) fn has(&self, entry: UseId) -> bool {
        self.weeks.values().any(|week| week.lines.iter().any(|(id, _)| *id == entry))
    }

    /// In whose hands a phone is, and on which trip.
    pub(crate) fn in_hands(&self, device: DeviceId) -> Option<(Holder, Option<TripId>)> {
        self.hands.get(&device).copied().flatten()
    }

    /// A phone that is in a person's hands.
    pub(crate) fn phone_of(&self, person: PersonId) -> Option<(DeviceId, Option<TripId>)> {
        let theirs = |hands: &Option<(Holder, Option<TripId>)>| {
            hands.filter(|(holder, _)| *holder == Holder::Person(person)).map(|(_, trip)| trip)
        };
        self.hands.iter().find_map(|(device, hands)| theirs(hands).map(|trip| (*device, trip)))
    }

    pub(crate) fn was_located(&self, device: DeviceId, trip: TripId) -> bool {
        self.located.contains(&(device, trip))
    }

    /// Takes a line, a sign-off or a reminder in; anything else is none of the log's.
    pub(crate) fn evolve(&mut self, event: &Event) {
        if let Event::UseRecorded { entry, week, used, ends_at, review_by } = event {
            self.follow_hands(used);
            self.note_heard(used);
            self.write(*entry, *week, used.clone(), *ends_at, *review_by);
        }
        if let Event::WeekSignedOff { week, by, at, remarks, .. } = event {
            if let Some(known) = self.weeks.get_mut(week) {
                known.signed = Some(SignedOff { by: *by, at: *at, remarks: remarks.clone() });
                (known.since, known.reminded) = (0, 0);
            }
            self.remind(*week, None);
        }
        if let Event::ReviewReminded { week, nth, next_at, .. } = event {
            if let Some(known) = self.weeks.get_mut(week) {
                known.reminded = *nth;
            }
            self.remind(*week, Some(*next_at));
        }
    }

    fn write(&mut self, entry: UseId, monday: Date, used: Use, ends_at: Timestamp, review_by: Timestamp) {
        let new = || Week {
            lines: Vec::new(),
            beyond: 0,
            ends_at,
            signed: None,
            reminded: 0,
            since: 0,
            remind_at: None,
        };
        let week = self.weeks.entry(monday).or_insert_with(new);
        if week.lines.len() < MAX_LINES {
            week.lines.push((entry, used));
        } else {
            week.beyond = week.beyond.saturating_add(1);
        }
        if week.signed.is_some() {
            week.since = week.since.saturating_add(1);
        }
        if week.remind_at.is_none() {
            self.remind(monday, Some(review_by));
        }
        while self.weeks.len() > MAX_WEEKS {
            if let Some((oldest, _)) = self.weeks.first_key_value() {
                let oldest = *oldest;
                self.remind(oldest, None);
                self.weeks.remove(&oldest);
            }
        }
    }

    /// Sets when a week is reminded of next, or that it isn't.
    fn remind(&mut self, monday: Date, at: Option<Timestamp>) {
        let Some(week) = self.weeks.get_mut(&monday) else { return };
        if let Some(before) = week.remind_at.take() {
            self.reminders.remove(&(before, monday));
        }
        week.remind_at = at;
        self.reminders.extend(at.map(|at| (at, monday)));
    }

    fn note_heard(&mut self, used: &Use) {
        if let Some(source) = used.source {
            let known = self.heard.entry(source.service).or_default();
            *known = (*known).max(source.sequence);
        }
        if let (UseKind::Located {}, Some(trip)) = (&used.kind, used.trip) {
            self.located.push_back((used.device, trip));
            if self.located.len() > MAX_LOCATED {
                self.located.pop_front();
            }
        }
    }

    fn follow_hands(&mut self, used: &Use) {
        let hands = match &used.kind {
            UseKind::Issued {} | UseKind::InHand {} | UseKind::HandedOver { .. } => {
                used.holder.map(|holder| (holder, used.trip))
            }
            UseKind::Returned {} | UseKind::Lost {} | UseKind::WithPolice {} => None,
            UseKind::TextedIn {}
            | UseKind::RangIn {}
            | UseKind::TookCall {}
            | UseKind::AnsweredAlert {}
            | UseKind::Located {}
            | UseKind::SetUpShown {}
            | UseKind::Noted { .. } => return,
        };
        self.hands.insert(used.device, hands);
    }
}
