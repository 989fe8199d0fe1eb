//! A stretch of time in figures, for governors: pure, from the events of a school's journals. No names, and no number so small
//! that it tells who it was. Drills are counted as drills, and in nothing else. [REV-1]
//!
//! What it does not do: mark the school. A miss is counted where the ladder began; whose it was is nobody's here.

use std::collections::{BTreeMap, BTreeSet};

use alerts::reasons::readers;
use chassis::entry::Entry;
use chassis::journal::Journal;
use chassis::school::School;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proto::ids::{ArrangementId, CaseId, GroupId, PersonId, TripId};
use proto::v1::alerts::Severity;
use proto::v1::checkins::Punctuality;
use proto::v1::safeguarding::{IncidentKind, Whose};
use proto::v1::trips::TripKind;
use proto::v1::{AnyEvent, alerts as alerting, checkins, devices, safeguarding, trips};
use proto::values::SchoolZone;

use crate::{RecordsFault, event_of, walk};

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

/// What is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Stretch {
    /// The school's clocks.
    pub zone: SchoolZone,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// The day on which it is asked: what is in force is told of the last day, or of this one while that lies ahead.
    pub today: Date,
    /// Who asks: an incident about them isn't counted for them. [INC-7]
    pub reader: Option<PersonId>,
}

/// What happened in a week.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Week {
    /// Trips that left.
    pub trips: u32,
    /// Check-ins in time.
    pub in_time: u32,
    /// Missed ones: each raised an alert.
    pub missed: u32,
}

/// How soon somebody had an alert.
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
    /// Over before somebody had to have it.
    pub never: u32,
    /// Open, and nobody had it yet.
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
    /// The day of which the arrangements are told.
    pub as_of: Date,
    /// Week by week, by their Mondays: every week of it.
    pub weeks: BTreeMap<Date, Week>,
    /// Trips by kind.
    pub kinds: BTreeMap<TripKind, u32>,
    /// Pupils who went, each trip counted.
    pub pupils: u64,
    /// Trips that left without clearance. [FORM-9]
    pub uncleared: u32,
    /// Drills that left, which are no trips here. [REV-1]
    pub drills: u32,
    /// Misses after which the group was heard of again by its own word.
    pub heard_again: u32,
    /// How soon somebody had an alert of those that anybody at base may see.
    pub owned: Owned,
    /// Those alerts by how grave they began.
    pub alerts: BTreeMap<Severity, u32>,
    /// Half of the alerts that somebody took were theirs within so many seconds.
    pub median_secs: Option<i64>,
    /// Phones that were declared lost.
    pub lost: u32,
    /// Incidents by kind: of a drill's too, since nothing says that what was reported was played.
    pub incidents: BTreeMap<IncidentKind, u32>,
    /// Arrangements in force: of pupils, of post-16 students, of staff. [PERS-2, PERS-3, PERS-5]
    pub arrangements: [u32; 3],
}

impl Term {
    /// Check-ins in time, and missed ones.
    pub fn checkins(&self) -> (u32, u32) {
        self.weeks
            .values()
            .fold((0, 0), |(in_time, missed), week| (in_time + week.in_time, missed + week.missed))
    }

    /// Trips that left.
    pub fn trips(&self) -> u32 {
        self.weeks.values().map(|week| week.trips).sum()
    }
}

/// Reads a school's journals, and counts what happened from the first day to the last, by its clocks.
pub async fn report(journal: &Journal, school: &School, stretch: Stretch) -> Result<Term, RecordsFault> {
    let mut counting = Counting::new(stretch);
    walk(journal, school, |entry| counting.take_entry(&entry)).await?;
    Ok(counting.done())
}

/// The events that are counted, by the names that they have in journals.
const COUNTED: [&str; 16] = [
    "DraftSaved",
    "TripAmended",
    "Departed",
    "LeftWithoutClearance",
    "CheckedIn",
    "CheckInMissed",
    "OutageTold",
    "HeardAgain",
    "CaseOpened",
    "CaseOwned",
    "CaseResolved",
    "DeviceLost",
    "IncidentReported",
    "ArrangementAgreed",
    "ArrangementRenewed",
    "ArrangementEnded",
];

/// What was due and missed: of which group, when it was due.
type Missed = (TripId, GroupId, Timestamp);

/// An alert: how long after it was raised somebody had it.
struct Case {
    opened_at: Timestamp,
    owned_after: Option<SignedDuration>,
    over: bool,
}

/// An arrangement: whose (pupils, post-16, staff), its days, whether it outlasts them.
struct Arranged {
    whose: usize,
    from: Date,
    until: Date,
    medical: bool,
}

/// Counts as events come: each service's in their order, trips before what happened on them.
pub struct Counting {
    stretch: Stretch,
    term: Term,
    /// Kind and pupils of each trip, as its form has them.
    forms: BTreeMap<TripId, (TripKind, u32)>,
    drills: BTreeSet<TripId>,
    /// Each miss, with the Monday of its week.
    missed: BTreeMap<Missed, Date>,
    /// How each group was heard of last.
    heard: BTreeMap<(TripId, GroupId), Punctuality>,
    cases: BTreeMap<CaseId, Case>,
    arranged: BTreeMap<ArrangementId, Arranged>,
}

impl Counting {
    /// Nothing counted yet.
    pub fn new(stretch: Stretch) -> Self {
        let mut weeks = BTreeMap::new();
        let mut monday = monday_of(stretch.from);
        while monday <= stretch.to {
            weeks.insert(monday, Week::default());
            monday = monday.saturating_add(7.days());
        }
        let term = Term {
            from: stretch.from,
            to: stretch.to,
            as_of: stretch.to.min(stretch.today).max(stretch.from),
            weeks,
            kinds: BTreeMap::new(),
            pupils: 0,
            uncleared: 0,
            drills: 0,
            heard_again: 0,
            owned: Owned::default(),
            alerts: BTreeMap::new(),
            median_secs: None,
            lost: 0,
            incidents: BTreeMap::new(),
            arrangements: [0; 3],
        };
        Self {
            stretch,
            term,
            forms: BTreeMap::new(),
            drills: BTreeSet::new(),
            missed: BTreeMap::new(),
            heard: BTreeMap::new(),
            cases: BTreeMap::new(),
            arranged: BTreeMap::new(),
        }
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
            AnyEvent::Devices(event) => self.take_devices(event, recorded_at),
            AnyEvent::Safeguarding(event) => self.take_safeguarding(event),
            AnyEvent::People(_) | AnyEvent::Contacts(_) | AnyEvent::Gateway(_) => {}
        }
    }

    fn is_within(&self, at: Timestamp) -> bool {
        let day = self.stretch.zone.local(at).date();
        self.stretch.from <= day && day <= self.stretch.to
    }

    fn is_drill(&self, trip: Option<TripId>) -> bool {
        trip.is_some_and(|trip| self.drills.contains(&trip))
    }

    /// The Monday of a moment that is within.
    fn monday(&self, at: Timestamp) -> Option<Date> {
        self.is_within(at).then(|| monday_of(self.stretch.zone.local(at).date()))
    }

    fn week(&mut self, at: Timestamp) -> Option<&mut Week> {
        let monday = self.monday(at)?;
        self.term.weeks.get_mut(&monday)
    }

    fn take_trips(&mut self, event: &trips::Event) {
        use trips::Event;
        if let Event::DraftSaved { trip, form, .. } | Event::TripAmended { trip, form, .. } = event {
            self.forms.insert(*trip, (form.kind, form.pupils.get()));
        }
        let (Event::Departed { trip, at, party, .. } | Event::LeftWithoutClearance { trip, at, party, .. }) =
            event
        else {
            return;
        };
        if party.drill {
            self.drills.insert(*trip);
        }
        if !self.is_within(*at) {
            return;
        }
        if party.drill {
            self.term.drills += 1;
            return;
        }
        let uncleared = matches!(event, Event::LeftWithoutClearance { .. });
        if let Some(week) = self.week(*at) {
            week.trips += 1;
        }
        self.term.uncleared += u32::from(uncleared);
        // A party that left without any form is counted by what it left with.
        let of_party = || (party.kind, party.groups.iter().map(|group| group.expected.get()).sum());
        let (kind, pupils) = self.forms.get(trip).copied().unwrap_or_else(of_party);
        *self.term.kinds.entry(kind).or_default() += 1;
        self.term.pupils += u64::from(pupils);
    }

    fn take_checkins(&mut self, event: &checkins::Event, recorded_at: Timestamp) {
        use checkins::Event;
        if let Event::CheckedIn { trip, group, punctuality, said_at, .. } = event
            && !self.is_drill(Some(*trip))
        {
            self.heard.insert((*trip, *group), *punctuality);
            self.said(*punctuality, *said_at);
        }
        if let Event::CheckInMissed { trip, group, due_at, missed_at, .. } = event {
            self.miss((*trip, *group, *due_at), *missed_at);
        }
        if let Event::OutageTold { trip, missed, .. } = event {
            missed.iter().for_each(|(group, due_at)| self.miss((*trip, *group, *due_at), recorded_at));
        }
        if let Event::HeardAgain { trip, group, missed_due_at, .. } = event
            && let Some(monday) = self.missed.remove(&(*trip, *group, *missed_due_at))
        {
            self.is_heard_again(monday, self.heard.get(&(*trip, *group)).copied());
        }
    }

    fn said(&mut self, punctuality: Punctuality, at: Timestamp) {
        let in_time = match punctuality {
            Punctuality::InTime | Punctuality::QueuedInTime => true,
            // The miss that it ends was counted; or it satisfied nothing that was due.
            Punctuality::Late | Punctuality::Stale | Punctuality::Unasked => false,
        };
        if let Some(week) = self.week(at).filter(|_| in_time) {
            week.in_time += 1;
        }
    }

    fn miss(&mut self, what: Missed, at: Timestamp) {
        let Some(monday) = self.monday(at).filter(|_| !self.is_drill(Some(what.0))) else { return };
        if self.missed.insert(what, monday).is_none()
            && let Some(week) = self.term.weeks.get_mut(&monday)
        {
            week.missed += 1;
        }
    }

    /// A word that was pressed in time and came late (no signal) was counted as in time: then it wasn't missed.
    fn is_heard_again(&mut self, monday: Date, last: Option<Punctuality>) {
        if last == Some(Punctuality::QueuedInTime) {
            if let Some(week) = self.term.weeks.get_mut(&monday) {
                week.missed -= 1;
            }
        } else {
            self.term.heard_again += 1;
        }
    }

    fn take_alerts(&mut self, event: &alerting::Event) {
        use alerting::Event;
        // What its readers alone are told (an incident, a review that waits) is counted as what it is about. [INC-7]
        if let Event::CaseOpened { case, trip, severity, reason, at, .. } = event
            && readers(reason).is_none()
            && self.is_within(*at)
            && !self.is_drill(*trip)
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

    fn take_devices(&mut self, event: &devices::Event, recorded_at: Timestamp) {
        if let devices::Event::DeviceLost { trip, .. } = event
            && self.is_within(recorded_at)
            && !self.is_drill(*trip)
        {
            self.term.lost += 1;
        }
    }

    fn take_safeguarding(&mut self, event: &safeguarding::Event) {
        use safeguarding::Event;
        if let Event::IncidentReported { kind, about, at, .. } = event
            && self.is_within(*at)
            && (about.is_none() || *about != self.stretch.reader)
        {
            *self.term.incidents.entry(*kind).or_default() += 1;
        }
        if let Event::ArrangementAgreed { arrangement, terms, .. } = event {
            let whose = match terms.whose {
                Whose::Pupil { .. } => 0,
                Whose::Post16 { .. } => 1,
                Whose::Staff { .. } => 2,
            };
            let (from, until, medical) = (terms.from, terms.until, terms.medical);
            self.arranged.insert(*arrangement, Arranged { whose, from, until, medical });
        }
        if let Event::ArrangementRenewed { arrangement, until, .. } = event
            && let Some(known) = self.arranged.get_mut(arrangement)
        {
            known.until = *until;
        }
        if let Event::ArrangementEnded { arrangement, at, .. } = event
            && let Some(known) = self.arranged.get_mut(arrangement)
        {
            known.until = self.stretch.zone.local(*at).date().saturating_sub(1.day());
            known.medical = false;
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
        self.term.median_secs = waits.get(waits.len().saturating_sub(1) / 2).copied();
        let day = self.term.as_of;
        for one in self.arranged.values() {
            // Its end never takes a medical device away. [PERS-2]
            if one.from <= day && (day <= one.until || one.medical) {
                self.term.arrangements[one.whose] += 1;
            }
        }
        self.term
    }
}

fn monday_of(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}
