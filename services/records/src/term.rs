//! A stretch of time in figures, for governors: no names, and no number so small that it tells who it was.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chassis::entry::Entry;
use chassis::journal::Journal;
use chassis::school::School;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proto::ids::{ArrangementId, CaseId, TripId};
use proto::v1::alerts::Severity;
use proto::v1::checkins::Punctuality;
use proto::v1::safeguarding::{IncidentKind, Whose};
use proto::v1::trips::TripKind;
use proto::v1::{AnyEvent, alerts, checkins, devices, safeguarding, trips};
use proto::values::SchoolZone;

use crate::{RecordsFault, event_of, services};

/// A number of people or incidents below this is not told: a reader who knows the school could tell who it was.
pub const SMALLEST: u32 = 5;

/// A number as it may be told to governors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// As it is: none, or enough of them.
    Exactly(u32),
    /// Too few to say how many: from, to.
    Between(u32, u32),
}

impl Told {
    /// A number that tells nobody apart.
    pub fn of(number: u32) -> Self {
        if number == 0 || number >= SMALLEST { Self::Exactly(number) } else { Self::Between(1, SMALLEST - 1) }
    }

    /// Several together: no more exactly than its parts.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut least, mut most) = (0, 0);
        for part in parts {
            let (from, to) = match part {
                Self::Exactly(number) => (number, number),
                Self::Between(from, to) => (from, to),
            };
            least += from;
            most += to;
        }
        if least == most { Self::Exactly(least) } else { Self::Between(least, most) }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(number) => number.fmt(f),
            Self::Between(from, to) => write!(f, "{from} to {to}"),
        }
    }
}

/// What happened in a week.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Week {
    /// Trips that left.
    pub trips: u32,
    /// Check-ins in time.
    pub in_time: u32,
    /// Late ones.
    pub late: u32,
    /// Missed ones.
    pub missed: u32,
}

/// How fast alerts were owned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Owned {
    /// Within a minute.
    pub minute: u32,
    /// Within five minutes.
    pub five: u32,
    /// Within a quarter of an hour.
    pub quarter: u32,
    /// Later.
    pub later: u32,
    /// Over before somebody had to own it.
    pub never: u32,
    /// Open, and nobody owns it.
    pub open: u32,
}

impl Owned {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.minute + self.five + self.quarter + self.later + self.never + self.open
    }
}

/// The figures of a stretch of time.
#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Week by week, by their Mondays: every week of it.
    pub weeks: BTreeMap<Date, Week>,
    /// Trips by kind.
    pub kinds: BTreeMap<TripKind, u32>,
    /// Pupils who went, each trip counted.
    pub pupils: u64,
    /// Trips that left without clearance. [FORM-9]
    pub uncleared: u32,
    /// How fast alerts were owned.
    pub owned: Owned,
    /// Alerts by how grave they began.
    pub alerts: BTreeMap<Severity, u32>,
    /// Half of the alerts were owned within so many seconds.
    pub median_secs: Option<i64>,
    /// Phones that were declared lost.
    pub lost: u32,
    /// Incidents by kind.
    pub incidents: BTreeMap<IncidentKind, u32>,
    /// Arrangements in force on the last day: of pupils, of post-16 students, of staff.
    pub arrangements: [u32; 3],
}

impl Term {
    /// Check-ins in time, late and missed.
    pub fn checkins(&self) -> (u32, u32, u32) {
        self.weeks.values().fold((0, 0, 0), |(in_time, late, missed), week| {
            (in_time + week.in_time, late + week.late, missed + week.missed)
        })
    }

    /// Trips that left.
    pub fn trips(&self) -> u32 {
        self.weeks.values().map(|week| week.trips).sum()
    }
}

/// Reads a school's journals, and counts what happened from the first day to the last, by its clocks.
pub async fn report(journal: &Journal, school: &School, from: Date, to: Date) -> Result<Term, RecordsFault> {
    let mut counting = Counting::new(school.zone.clone(), from, to);
    for service in services() {
        let mut trouble = None;
        let take = |entry: Entry| match counting.take_entry(&entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(fault) => {
                trouble = Some(fault);
                ControlFlow::Break(())
            }
        };
        journal.scan(service, &school.id, 1, take).await?;
        if let Some(fault) = trouble {
            return Err(fault);
        }
    }
    Ok(counting.done())
}

struct Case {
    opened_at: Timestamp,
    owned_after: Option<SignedDuration>,
    over: bool,
}

/// Counts as events come.
pub struct Counting {
    zone: SchoolZone,
    term: Term,
    kinds: BTreeMap<TripId, (TripKind, u32)>,
    cases: BTreeMap<CaseId, Case>,
    arrangements: BTreeMap<ArrangementId, (usize, Date, Date, bool)>,
}

/// The events that are counted, by the names that they have in journals.
const COUNTED: [&str; 14] = [
    "DraftSaved",
    "TripAmended",
    "Departed",
    "LeftWithoutClearance",
    "CheckedIn",
    "CheckInMissed",
    "CaseOpened",
    "CaseOwned",
    "CaseResolved",
    "DeviceLost",
    "IncidentReported",
    "ArrangementAgreed",
    "ArrangementRenewed",
    "ArrangementEnded",
];

impl Counting {
    /// Nothing counted yet.
    pub fn new(zone: SchoolZone, from: Date, to: Date) -> Self {
        let mut weeks = BTreeMap::new();
        let mut monday = monday_of(from);
        while monday <= to {
            weeks.insert(monday, Week::default());
            monday = monday.saturating_add(7.days());
        }
        let term = Term {
            from,
            to,
            weeks,
            kinds: BTreeMap::new(),
            pupils: 0,
            uncleared: 0,
            owned: Owned::default(),
            alerts: BTreeMap::new(),
            median_secs: None,
            lost: 0,
            incidents: BTreeMap::new(),
            arrangements: [0; 3],
        };
        let (kinds, cases, arrangements) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { zone, term, kinds, cases, arrangements }
    }

    fn take_entry(&mut self, entry: &Entry) -> Result<(), RecordsFault> {
        if COUNTED.contains(&entry.kind.as_str())
            && let Some(event) = event_of(entry)?
        {
            self.take(&event, entry.recorded_at);
        }
        Ok(())
    }

    /// Counts an event, if it happened then.
    pub fn take(&mut self, event: &AnyEvent, recorded_at: Timestamp) {
        match event {
            AnyEvent::Trips(event) => self.take_trips(event),
            AnyEvent::Checkins(event) => self.take_checkins(event, recorded_at),
            AnyEvent::Alerts(event) => self.take_alerts(event),
            AnyEvent::Devices(event) => {
                if matches!(event, devices::Event::DeviceLost { .. }) && self.is_within(recorded_at) {
                    self.term.lost += 1;
                }
            }
            AnyEvent::Safeguarding(event) => self.take_safeguarding(event),
            AnyEvent::People(_) | AnyEvent::Contacts(_) | AnyEvent::Gateway(_) => {}
        }
    }

    fn is_within(&self, at: Timestamp) -> bool {
        let day = self.zone.local(at).date();
        self.term.from <= day && day <= self.term.to
    }

    fn week(&mut self, at: Timestamp) -> Option<&mut Week> {
        let monday = monday_of(self.zone.local(at).date());
        if self.is_within(at) { self.term.weeks.get_mut(&monday) } else { None }
    }

    fn take_trips(&mut self, event: &trips::Event) {
        use trips::Event;
        if let Event::DraftSaved { trip, form, .. } | Event::TripAmended { trip, form, .. } = event {
            self.kinds.insert(*trip, (form.kind, u32::from(form.pupils)));
        }
        let (Event::Departed { trip, at, .. } | Event::LeftWithoutClearance { trip, at, .. }) = event else {
            return;
        };
        let Some(week) = self.week(*at) else { return };
        week.trips += 1;
        self.term.uncleared += u32::from(matches!(event, Event::LeftWithoutClearance { .. }));
        if let Some((kind, pupils)) = self.kinds.get(trip) {
            *self.term.kinds.entry(*kind).or_default() += 1;
            self.term.pupils += u64::from(*pupils);
        }
    }

    fn take_checkins(&mut self, event: &checkins::Event, recorded_at: Timestamp) {
        use checkins::Event;
        if let Event::CheckedIn { punctuality, said_at, .. } = event
            && let Some(week) = self.week(*said_at)
        {
            match punctuality {
                Punctuality::InTime | Punctuality::QueuedInTime => week.in_time += 1,
                Punctuality::Late => week.late += 1,
                // It satisfied nothing that was due.
                Punctuality::Stale | Punctuality::Unasked => {}
            }
        }
        if let Event::CheckInMissed { .. } = event
            && let Some(week) = self.week(recorded_at)
        {
            week.missed += 1;
        }
    }

    fn take_alerts(&mut self, event: &alerts::Event) {
        use alerts::Event;
        if let Event::CaseOpened { case, severity, at, .. } = event
            && self.is_within(*at)
        {
            *self.term.alerts.entry(*severity).or_default() += 1;
            self.cases.insert(*case, Case { opened_at: *at, owned_after: None, over: false });
        }
        if let Event::CaseOwned { case, at, .. } = event
            && let Some(known) = self.cases.get_mut(case)
        {
            known.owned_after.get_or_insert(at.duration_since(known.opened_at));
        }
        if let Event::CaseResolved { case, .. } = event
            && let Some(known) = self.cases.get_mut(case)
        {
            known.over = true;
        }
    }

    fn take_safeguarding(&mut self, event: &safeguarding::Event) {
        use safeguarding::Event;
        if let Event::IncidentReported { kind, at, .. } = event
            && self.is_within(*at)
        {
            *self.term.incidents.entry(*kind).or_default() += 1;
        }
        if let Event::ArrangementAgreed { arrangement, terms, .. } = event {
            let whose = match terms.whose {
                Whose::Pupil { .. } => 0,
                Whose::Post16 { .. } => 1,
                Whose::Staff { .. } => 2,
            };
            self.arrangements.insert(*arrangement, (whose, terms.from, terms.until, terms.medical));
        }
        if let Event::ArrangementRenewed { arrangement, until, .. } = event
            && let Some(known) = self.arrangements.get_mut(arrangement)
        {
            known.2 = *until;
        }
        if let Event::ArrangementEnded { arrangement, at, .. } = event
            && let Some(known) = self.arrangements.get_mut(arrangement)
        {
            (known.2, known.3) = (self.zone.local(*at).date().saturating_sub(1.day()), false);
        }
    }

    /// The figures.
    pub fn done(mut self) -> Term {
        let mut waits: Vec<i64> = Vec::new();
        for case in self.cases.values() {
            let owned = &mut self.term.owned;
            match case.owned_after.map(|after| after.as_secs()) {
                Some(secs) => {
                    waits.push(secs);
                    match secs {
                        ..=60 => owned.minute += 1,
                        61..=300 => owned.five += 1,
                        301..=900 => owned.quarter += 1,
                        _ => owned.later += 1,
                    }
                }
                None if case.over => owned.never += 1,
                None => owned.open += 1,
            }
        }
        waits.sort_unstable();
        self.term.median_secs = waits.get(waits.len() / 2).copied();
        let last = self.term.to;
        for (whose, from, until, medical) in self.arrangements.values() {
            if *from <= last && (last <= *until || *medical) {
                self.term.arrangements[*whose] += 1;
            }
        }
        self.term
    }
}

fn monday_of(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}
