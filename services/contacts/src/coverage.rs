//! FORM-8: whether the emergency route covers a whole trip. A pure function of what is known now.
//!
//! - A line is open and staffed while a landline or office line is within its hours, not down, and the school isn't
//!   closed early; or while somebody is on call for base or the office, with a work mobile in hand or the back-up mobile
//!   at hand; or, by day, while the back-up mobile is in the hands of somebody who is not on the trip.
//! - At night (20:00 to 06:00 on the school's clocks) being on call counts only once that evening's test was answered.
//!   Until an answer is due, a duty that is planned counts as planned: a trip can be authorised days before.
//! - A step of the ladder is filled by whom the form names and by whoever is on call for it then: here, not on the trip,
//!   with a work mobile in hand. The office step is also filled by an open line of the school.
//! - What is over is not told of: gaps lie ahead, or run now.

use std::collections::BTreeSet;

use decider::Policy;
use jiff::{SignedDuration, ToSpan};
use proto::Timestamp;
use proto::ids::PersonId;
use proto::v1::contacts::{CoverageGap, LadderStep, LineKind, MAX_GAPS, MissingNow};
use proto::v1::people::DutyRole;
use proto::values::{SchoolZone, Window};

use crate::facts::{Duty, Facts, Health, Line};
use crate::spans::Spans;
use crate::trip::{Plan, RouteNow, gap_ends};

/// No trip is looked at further ahead than this.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// So far ahead the route of this moment is looked at for its next change.
const LOOKED_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// What a judgement leans on besides the facts.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The moment of judging.
    pub now: Timestamp,
    /// The school's clocks.
    pub zone: &'a SchoolZone,
    /// The school's settings.
    pub policy: &'a Policy,
}

/// The gaps of a trip's emergency route; none: it is covered.
pub fn gaps(facts: &Facts, plan: &Plan, setting: &Setting<'_>) -> Vec<CoverageGap> {
    let end = plan.window.from.saturating_add(LOOKED_AT).unwrap_or(Timestamp::MAX).min(plan.window.to);
    let judge = Judge { facts, plan, window: Window { from: plan.window.from, to: end }, zone: setting.zone };
    let mut found = judge.gaps(setting.policy.min_ladder_people);
    found.retain(|gap| gap_ends(gap).is_none_or(|end| end > setting.now));
    found.truncate(MAX_GAPS);
    found
}

/// What covers a trip's hours: for pages that draw it.
#[derive(Clone, PartialEq, Debug)]
pub struct Covered {
    /// The hours that were looked at: the trip's own, as far ahead as gaps are looked for.
    pub window: Window,
    /// While a line is open and staffed, or somebody on call answers.
    pub line: Vec<Window>,
    /// While each step of the ladder beyond the trip's own staff has somebody.
    pub steps: [(LadderStep, Vec<Window>); 3],
}

/// The same judgement as that of [`gaps`], stretch by stretch.
pub fn covered(facts: &Facts, plan: &Plan, setting: &Setting<'_>) -> Covered {
    let end = plan.window.from.saturating_add(LOOKED_AT).unwrap_or(Timestamp::MAX).min(plan.window.to);
    let window = Window { from: plan.window.from, to: end };
    let (line, steps) = Judge { facts, plan, window, zone: setting.zone }.filled();
    let within = |spans: &Spans| Spans::of(window).and(spans).windows().to_vec();
    Covered { window, line: within(&line), steps: steps.map(|(step, filled)| (step, within(&filled))) }
}

/// What is missing of the route at this moment, and when time alone next changes that, if it does within a day. The plan's
/// own end doesn't matter here: a party that is late is still out.
pub(crate) fn route_now(facts: &Facts, plan: &Plan, setting: &Setting<'_>) -> RouteNow {
    let end = setting.now.saturating_add(LOOKED_AHEAD).unwrap_or(Timestamp::MAX);
    let judge = Judge { facts, plan, window: Window { from: setting.now, to: end }, zone: setting.zone };
    let (line, steps) = judge.filled();
    let missing_step = |(step, _): &(LadderStep, Spans)| MissingNow::Step { step: *step };
    let empty = steps.iter().filter(|(_, filled)| !filled.contains(setting.now)).map(missing_step);
    let missing =
        (!line.contains(setting.now)).then_some(MissingNow::Line {}).into_iter().chain(empty).collect();
    let all = steps.iter().map(|(_, filled)| filled).chain([&line]);
    let edges = all.flat_map(|spans| spans.windows()).flat_map(|window| [window.from, window.to]);
    let next_at = edges.filter(|at| *at > setting.now && *at < end).min();
    RouteNow { missing, next_at }
}

struct Judge<'a> {
    facts: &'a Facts,
    plan: &'a Plan,
    window: Window,
    zone: &'a SchoolZone,
}

impl Judge<'_> {
    /// While a line is open and staffed, and while each step of the ladder is filled.
    fn filled(&self) -> (Spans, [(LadderStep, Spans); 3]) {
        let school_lines = self.school_lines();
        let on_call = self.on_call_for_base();
        let staffed = school_lines.clone().or(on_call.clone()).or(self.back_up_in_hand());
        let emergency = &self.plan.emergency;
        let steps = [
            (LadderStep::Office, self.named(&emergency.office).or(on_call).or(school_lines)),
            (LadderStep::Dsl, self.named(&emergency.dsl).or(self.on_call_with_phone(DutyRole::Dsl))),
            (LadderStep::Senior, self.named(&emergency.senior).or(self.on_call_with_phone(DutyRole::Senior))),
        ];
        (staffed, steps)
    }

    fn gaps(&self, needed: u8) -> Vec<CoverageGap> {
        let (staffed, steps) = self.filled();
        let mut gaps: Vec<CoverageGap> =
            self.missing_from(&staffed).map(|window| CoverageGap::NoLine { window }).collect();
        for (step, filled) in &steps {
            gaps.extend(
                self.missing_from(filled).map(|window| CoverageGap::EmptyStep { step: *step, window }),
            );
        }
        gaps.extend(self.too_few(needed));
        gaps.extend(self.on_the_trip());
        gaps
    }

    fn missing_from(&self, spans: &Spans) -> impl Iterator<Item = Window> {
        Spans::of(self.window).without(spans).windows().to_vec().into_iter()
    }

    /// While a landline or office line is open and staffed.
    fn school_lines(&self) -> Spans {
        let lines = [LineKind::Landline, LineKind::Office].into_iter().flat_map(|k| self.facts.lines_of(k));
        let open =
            lines.map(|(_, line)| self.hours(line).without(&down(line))).fold(Spans::default(), Spans::or);
        let closed = Spans::from_windows(self.facts.closings.iter().map(|c| c.window));
        open.without(&closed)
    }

    fn hours(&self, line: &Line) -> Spans {
        Spans::from_windows(line.hours.windows(self.window, self.zone))
    }

    /// While somebody who can be reached is on call for base or the office.
    fn on_call_for_base(&self) -> Spans {
        let back_up = self.back_up_works();
        let duties = self.duties().filter(|(_, d)| matches!(d.role, DutyRole::Base | DutyRole::Office));
        duties
            .map(|(spans, duty)| if self.has_phone(duty.person) { spans } else { spans.and(&back_up) })
            .fold(Spans::default(), Spans::or)
    }

    /// While somebody with a work mobile in hand is on call in that role.
    fn on_call_with_phone(&self, role: DutyRole) -> Spans {
        let duties = self.duties().filter(|(_, d)| d.role == role && self.has_phone(d.person));
        duties.map(|(spans, _)| spans).fold(Spans::default(), Spans::or)
    }

    /// The duties that touch the trip, of people who are here and not on it, with the time for which each counts.
    fn duties(&self) -> impl Iterator<Item = (Spans, &Duty)> {
        let duties = self.facts.duties.values().filter(|d| d.window.overlaps(&self.window));
        duties.filter(|d| self.may_help(d.person)).map(|duty| {
            let nights = duty.nights.iter().filter(|night| !Duty::counts(night));
            let unstaffed = Spans::from_windows(nights.map(|night| night.night));
            (Spans::of(duty.window).without(&unstaffed), duty)
        })
    }

    /// While a back-up mobile works and isn't away with the trip.
    fn back_up_works(&self) -> Spans {
        let works = self.facts.lines_of(LineKind::BackUpMobile).filter_map(|(_, line)| {
            let mobile = self.facts.mobile_by_number(&line.number)?;
            let away = mobile.person.is_some_and(|holder| self.plan.is_on_trip(holder));
            (!away).then(|| Spans::of(self.window).without(&down(line)))
        });
        works.fold(Spans::default(), Spans::or)
    }

    /// By day: while a back-up mobile is in the hands of somebody who is here and not on the trip.
    fn back_up_in_hand(&self) -> Spans {
        let held = self.facts.lines_of(LineKind::BackUpMobile).filter_map(|(_, line)| {
            let holder = self.facts.mobile_by_number(&line.number)?.person?;
            let any_time = line.hours.0.is_empty();
            let hours = if any_time { Spans::of(self.window) } else { self.hours(line) };
            self.may_help(holder).then(|| hours.without(&down(line)))
        });
        held.fold(Spans::default(), Spans::or).without(&self.nights())
    }

    /// 20:00 to 06:00 on the school's clocks.
    fn nights(&self) -> Spans {
        let first = self.zone.local(self.window.from).date().saturating_sub(1.day());
        let last = self.zone.local(self.window.to).date();
        let nights = first.series(1.day()).take_while(|date| *date <= last).flat_map(|date| {
            let begins = self.zone.instant(date.at(20, 0, 0, 0));
            Window::new(begins, self.zone.instant(date.saturating_add(1.day()).at(6, 0, 0, 0)))
        });
        Spans::from_windows(nights)
    }

    /// The whole time, if one of those the form names can be reached.
    fn named(&self, people: &[PersonId]) -> Spans {
        let reachable = people.iter().any(|p| self.may_help(*p) && self.has_phone(*p));
        if reachable { Spans::of(self.window) } else { Spans::default() }
    }

    fn may_help(&self, person: PersonId) -> bool {
        self.facts.is_here(person) && !self.plan.is_on_trip(person)
    }

    fn has_phone(&self, person: PersonId) -> bool {
        self.facts.mobiles_of(person).next().is_some()
    }

    /// Different people beyond the trip's own staff: those of the form, and those on call during the trip.
    fn too_few(&self, needed: u8) -> Option<CoverageGap> {
        let mut people: BTreeSet<PersonId> = self.plan.ladder();
        people.extend(self.duties().map(|(_, duty)| duty.person));
        let named = people.into_iter().filter(|p| self.may_help(*p)).count();
        let named = u8::try_from(named).unwrap_or(u8::MAX);
        (named < needed).then_some(CoverageGap::TooFewPeople { named, needed })
    }

    /// Those of the form's emergency route who go along themselves.
    fn on_the_trip(&self) -> impl Iterator<Item = CoverageGap> {
        let mut people = self.plan.ladder();
        people.insert(self.plan.emergency.base_contact);
        let along = people.into_iter().filter(|p| self.plan.is_on_trip(*p));
        along.map(|person| CoverageGap::OnTheTrip { person })
    }
}

/// While a line is down.
fn down(line: &Line) -> Spans {
    match &line.health {
        Health::Up | Health::Doubtful { .. } | Health::Back { .. } => Spans::default(),
        Health::Down { since, until, .. } => Spans::between(*since, until.unwrap_or(Timestamp::MAX)),
    }
}
