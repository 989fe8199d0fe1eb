//! What a senior looks at before authorising: whether somebody can be reached over all of the trip's hours, whom the party
//! would ring first at each of them, the ladder as it would run, and what changed since the form was looked at last. The
//! services' own functions say it; here it is put into words and bars. [FORM-4, FORM-8]

use contacts::{Covered, RouteTarget, Setting};
use proto::Timestamp;
use proto::ids::{PersonId, TripId};
use proto::v1::AnyEvent;
use proto::v1::alerts::{Rung, Severity};
use proto::v1::contacts::{Audience, LadderStep};
use proto::v1::trips::{Event, TripForm};
use proto::values::Window;

use super::shell::Looking;
use super::trip_words::FormWords;
use super::words;

/// The whole width of a bar, in percent.
const WIDE: f64 = 100.0;

/// At so many moments of the trip it is asked whom the party would ring.
const MOMENTS: i64 = 192;

/// The moments lie at least this far apart, in seconds.
const APART_SECS: i64 = 15 * 60;

/// The trip's hours, and what covers them.
pub(crate) struct Timeline {
    /// Times along the top: where, and what the clock says.
    pub(crate) ticks: Vec<(String, String)>,
    pub(crate) rows: Vec<Row>,
}

/// One bar.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) covered: bool,
    pub(crate) parts: Vec<Part>,
}

/// A stretch of a bar.
pub(crate) struct Part {
    /// In percent of the whole.
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) good: bool,
    /// `09:00 to 15:30: School landline`
    pub(crate) words: String,
}

/// A rung as it would be told.
pub(crate) struct RungAhead {
    pub(crate) after: String,
    pub(crate) name: &'static str,
    pub(crate) who: String,
    pub(crate) nobody: bool,
}

/// What stood in the form and what stands there now.
pub(crate) struct Change {
    pub(crate) part: &'static str,
    pub(crate) before: Vec<String>,
    pub(crate) now: Vec<String>,
}

/// All of it, for a form that waits to be authorised or has been.
pub(crate) struct Prospect {
    pub(crate) timeline: Option<Timeline>,
    pub(crate) ladder: Vec<RungAhead>,
    /// Since when, and what.
    pub(crate) since: Option<(String, Vec<Change>)>,
}

impl Prospect {
    pub(crate) fn of(look: &Looking<'_>, id: TripId, trip: &trips::Trip) -> Self {
        Self { timeline: timeline(look, id), ladder: ladder(look, &trip.form), since: since(look, id, trip) }
    }
}

fn timeline(look: &Looking<'_>, id: TripId) -> Option<Timeline> {
    let school = &look.view.school;
    let setting = Setting { now: look.now, zone: &school.zone, policy: &school.policy };
    let known = look.view.contacts.trip(id)?;
    let Covered { window, line, steps } =
        contacts::covered(look.view.contacts.facts(), &known.plan, &setting);
    let axis = Axis { look, window };
    let mut rows = vec![
        Row { name: "Somebody answers for the school", ..axis.row(&line, "covered") },
        axis.first_to_ring(id),
    ];
    for (step, filled) in &steps {
        let name = match step {
            LadderStep::Office => "The ladder: office",
            LadderStep::Dsl => "The ladder: safeguarding",
            LadderStep::Senior => "The ladder: senior leader",
        };
        rows.push(Row { name, ..axis.row(filled, "somebody can be reached") });
    }
    Some(Timeline { ticks: axis.ticks(), rows })
}

struct Axis<'a> {
    look: &'a Looking<'a>,
    window: Window,
}

impl Axis<'_> {
    fn x(&self, at: Timestamp) -> f64 {
        let whole = self.window.to.duration_since(self.window.from).as_secs_f64().max(1.0);
        (at.duration_since(self.window.from).as_secs_f64() / whole * WIDE).clamp(0.0, WIDE)
    }

    fn part(&self, from: Timestamp, to: Timestamp, good: bool, what: &str) -> Part {
        let (x, end) = (self.x(from), self.x(to));
        Part {
            x: percent(x),
            width: percent(end - x),
            good,
            words: format!("{}: {what}", self.hours(from, to)),
        }
    }

    /// `09:00 to 15:30`, with the days where it is more than one.
    fn hours(&self, from: Timestamp, to: Timestamp) -> String {
        let zone = &self.look.view.school.zone;
        let one_day = zone.local(self.window.from).date() == zone.local(self.window.to).date();
        let form = if one_day { "%H:%M" } else { "%a %H:%M" };
        format!("{} to {}", zone.local(from).strftime(form), zone.local(to).strftime(form))
    }

    /// What is filled and what isn't, from end to end.
    fn row(&self, filled: &[Window], good: &str) -> Row {
        let mut parts = Vec::new();
        let mut at = self.window.from;
        for window in filled {
            let (from, to) = (window.from.max(self.window.from), window.to.min(self.window.to));
            if from > at {
                parts.push(self.part(at, from, false, "nobody"));
            }
            if to > from {
                parts.push(self.part(from, to, true, good));
            }
            at = at.max(to);
        }
        if at < self.window.to {
            parts.push(self.part(at, self.window.to, false, "nobody"));
        }
        Row { name: "", covered: parts.iter().all(|part| part.good), parts }
    }

    /// Whom staff off site would ring first, as time goes on.
    fn first_to_ring(&self, id: TripId) -> Row {
        let school = &self.look.view.school;
        let whole = self.window.to.duration_since(self.window.from).as_secs();
        let step = jiff::SignedDuration::from_secs((whole / MOMENTS).max(APART_SECS));
        let mut parts: Vec<(Timestamp, Option<String>)> = Vec::new();
        let mut at = self.window.from;
        while at < self.window.to {
            let setting = Setting { now: at, zone: &school.zone, policy: &school.policy };
            let route = contacts::route(&self.look.view.contacts, Audience::StaffOffSite, Some(id), &setting);
            let first = route.lines.first().map(|first| match first.target {
                RouteTarget::Line(line) => self.look.view.line_name(line),
                RouteTarget::Device(_, person) => {
                    format!("{} (work mobile)", self.look.view.person_name(person))
                }
            });
            if parts.last().is_none_or(|(_, before)| *before != first) {
                parts.push((at, first));
            }
            let Ok(next) = at.checked_add(step) else { break };
            at = next;
        }
        let ends = parts.iter().skip(1).map(|(from, _)| *from).chain([self.window.to]).collect::<Vec<_>>();
        let drawn: Vec<Part> = parts
            .iter()
            .zip(ends)
            .map(|((from, who), to)| self.part(*from, to, who.is_some(), who.as_deref().unwrap_or("nobody")))
            .collect();
        Row { name: "The party rings first", covered: drawn.iter().all(|part| part.good), parts: drawn }
    }

    /// Full hours, or days, at most a dozen.
    fn ticks(&self) -> Vec<(String, String)> {
        let zone = &self.look.view.school.zone;
        let whole = self.window.to.duration_since(self.window.from).as_hours().max(1);
        let every =
            [1, 2, 3, 6, 12, 24, 48, 168].into_iter().find(|hours| whole / hours <= 12).unwrap_or(168);
        let form = if every >= 24 { "%a %-d" } else { "%H:%M" };
        let first = zone.local(self.window.from).datetime();
        let first = first.date().at(first.hour(), 0, 0, 0);
        let hours = (0..=whole + every).step_by(usize::try_from(every).unwrap_or(1));
        let at = hours
            .filter_map(|hour| Some(zone.instant(first.checked_add(jiff::Span::new().hours(hour)).ok()?)));
        at.filter(|at| *at >= self.window.from && *at <= self.window.to)
            .map(|at| (percent(self.x(at)), zone.local(at).strftime(form).to_string()))
            .collect()
    }
}

fn percent(part: f64) -> String {
    format!("{part:.2}%")
}

/// The ladder of a check-in that is missed: who is told, and how long after.
fn ladder(look: &Looking<'_>, form: &TripForm) -> Vec<RungAhead> {
    let emergency = &form.emergency;
    let others: Vec<PersonId> = form
        .staff
        .iter()
        .map(|staff| staff.person)
        .filter(|person| *person != form.leader && Some(*person) != form.deputy)
        .collect();
    let mut office: Vec<PersonId> = vec![emergency.base_contact];
    office.extend(emergency.office.iter().filter(|person| **person != emergency.base_contact));
    let rungs: [(Rung, Vec<PersonId>); 6] = [
        (Rung::Leader, vec![form.leader]),
        (Rung::Deputy, form.deputy.into_iter().collect()),
        (Rung::OtherStaff, others),
        (Rung::Office, office),
        (Rung::Dsl, emergency.dsl.clone()),
        (Rung::Senior, emergency.senior.clone()),
    ];
    let mut after = jiff::SignedDuration::ZERO;
    let mut ahead = Vec::new();
    for (rung, people) in rungs {
        let own = matches!(rung, Rung::Leader | Rung::Deputy | Rung::OtherStaff);
        // A rung of the trip's own without anybody is skipped; an empty one beyond it is a gap.
        if people.is_empty() && own {
            continue;
        }
        let nobody = people.is_empty();
        let mut who = look.view.person_names(&people);
        if rung == Rung::Office {
            who = format!("the school's lines, {who}");
        }
        let after_words = match after.as_mins() {
            0 => "at once".to_owned(),
            minutes => format!("{minutes} min"),
        };
        ahead.push(RungAhead { after: after_words, name: words::rung(rung), who, nobody });
        after = after.saturating_add(alerts::ladder::wait(Severity::Urgent, rung));
    }
    ahead
}

/// What changed since it was authorised, or since a senior sent it back.
fn since(look: &Looking<'_>, id: TripId, trip: &trips::Trip) -> Option<(String, Vec<Change>)> {
    let (before, when) = match trip.last_authorisation() {
        Some(last) => {
            let by = look.view.person_name(last.by);
            (last.form.as_ref(), format!("{by} authorised it, {}", look.when().at(last.at)))
        }
        None => sent_back(look, id, trip)?,
    };
    let changes = changes(&FormWords::of(look, before), &FormWords::of(look, &trip.form));
    (!changes.is_empty()).then_some((when, changes))
}

/// The form as it was when it was sent back last.
fn sent_back<'a>(look: &Looking<'_>, id: TripId, trip: &'a trips::Trip) -> Option<(&'a TripForm, String)> {
    let mut submitted = None;
    let mut found = None;
    for entry in look.view.timeline(look.session.seen_by, id) {
        if let AnyEvent::Trips(Event::FormSubmitted { form_hash, .. }) = &entry.event {
            submitted = Some(*form_hash);
        } else if let AnyEvent::Trips(Event::SentBack { by, .. }) = &entry.event {
            found = submitted.map(|hash| (hash, *by, entry.at));
        }
    }
    let (hash, by, at) = found?;
    let form = trip.earlier_form(hash)?;
    Some((form, format!("{} sent it back, {}", look.view.person_name(by), look.when().at(at))))
}

/// A part of the form, and its lines.
type Flat = (&'static str, Vec<String>);

/// Part by part: the lines that are gone, and those that are new.
fn changes(before: &FormWords, now: &FormWords) -> Vec<Change> {
    let (before, now) = (before.flat(), now.flat());
    let differ = |(old, new): (Flat, Flat)| {
        let ((part, before), (_, now)) = (old, new);
        let gone = before.iter().filter(|line| !now.contains(line)).cloned().collect::<Vec<_>>();
        let new = now.iter().filter(|line| !before.contains(line)).cloned().collect::<Vec<_>>();
        (!gone.is_empty() || !new.is_empty()).then_some(Change { part, before: gone, now: new })
    };
    before.into_iter().zip(now).filter_map(differ).collect()
}
