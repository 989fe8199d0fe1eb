//! What several pages show of a case and of a party that is out.

use alerts::Stage;
use alerts::view::{CaseView, RungStands};
use proto::Timestamp;
use proto::ids::TripId;
use proto::v1::AnyEvent;
use proto::v1::alerts::{Channel, Reason, Rung, Severity};
use proto::v1::checkins::{DueFor, Event};

use super::done_at::done_at;
use super::shell::Looking;
use super::words;
use crate::view::{Pupils, due_text, unusual, word_text};

/// An open case.
#[derive(Clone, Debug)]
pub(crate) struct CaseCard {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) trip: Option<TripId>,
    pub(crate) severity: Severity,
    pub(crate) word: &'static str,
    pub(crate) code: u16,
    pub(crate) opened: String,
    pub(crate) opened_at: String,
    pub(crate) reasons: Vec<String>,
    /// Where what it asks for is done: a page's name, and its address.
    pub(crate) done_at: Vec<(&'static str, String)>,
    pub(crate) rungs: Vec<RungCard>,
    /// Who has it, and until when.
    pub(crate) owner: Option<(String, String)>,
    /// Who has it, as the page's own person is known by.
    pub(crate) owner_id: String,
    /// Whether whoever looks has it. A drawing that many share can't know: see ui/src/mine.ts.
    pub(crate) mine: bool,
    /// What comes next, and when.
    pub(crate) next: Option<Next>,
    pub(crate) base_only: bool,
    /// Who confirms an arrival that is missed: the number as it is dialled, as it is read, whose it is. [FORM-6]
    pub(crate) confirms: Option<(String, String, String)>,
}

/// What a ladder does next.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    pub(crate) what: String,
    pub(crate) at: String,
    pub(crate) clock: String,
    /// Since when it is waited for: the line fills from then.
    pub(crate) since: String,
}

/// One rung of the ladder line.
#[derive(Clone, Debug)]
pub(crate) struct RungCard {
    pub(crate) name: &'static str,
    pub(crate) class: &'static str,
    pub(crate) stands: &'static str,
    pub(crate) told: Vec<String>,
}

impl CaseCard {
    pub(crate) fn of(look: &Looking<'_>, case: &CaseView) -> Self {
        Self::with(look, case, Pupils::Named)
    }

    pub(crate) fn with(look: &Looking<'_>, case: &CaseView, pupils: Pupils) -> Self {
        let when = look.when();
        let owner = case.owner.map(|owner| (look.view.person_name(owner.person), when.at(owner.until)));
        let reasons = look.view.reason_texts(case.trip, &case.reasons, pupils);
        Self {
            id: case.case.to_string(),
            title: title(look, case),
            trip: case.trip,
            severity: case.severity,
            word: words::severity(case.severity),
            code: case.code.0,
            opened: when.at(case.opened_at),
            opened_at: case.opened_at.to_string(),
            done_at: case.reasons.iter().filter_map(done_at).collect(),
            reasons: reasons.iter().map(|text| words::sentence(text)).collect(),
            rungs: rungs(look, case),
            owner,
            owner_id: case.owner.map(|owner| owner.person.to_string()).unwrap_or_default(),
            mine: case.owner.is_some_and(|owner| owner.person == look.session.person),
            next: next(look, case),
            base_only: case.base_only,
            confirms: confirms(look, case),
        }
    }

    /// What is wrong, in a line: its first reason, without the full stop.
    pub(crate) fn headline(&self) -> &str {
        self.reasons.first().map_or(self.title.as_str(), |reason| reason.trim_end_matches('.'))
    }

    /// Whether it sounds: nobody has it, and it is more than a notice.
    pub(crate) fn alarms(&self) -> bool {
        self.owner.is_none() && self.severity > Severity::Notice
    }

    /// An emergency is one whoever has it.
    pub(crate) fn is_emergency(&self) -> bool {
        self.severity == Severity::Emergency
    }
}

/// The provider's line, of the first arrival that is missed.
fn confirms(look: &Looking<'_>, case: &CaseView) -> Option<(String, String, String)> {
    let missed = |reason: &Reason| {
        let Reason::MissedArrival { pupil, provider, .. } = reason else { return None };
        Some((*pupil, provider.clone()))
    };
    let (pupil, provider) = case.reasons.iter().find_map(missed)?;
    let traveller = look.view.traveller(case.trip?, pupil)?;
    let number = traveller.number.as_ref()?;
    let who = traveller.contact.as_ref().map(|contact| format!("{}, ", contact.shown())).unwrap_or_default();
    Some((number.to_string(), number.national(), format!("{who}{provider}")))
}

/// What it is about. A trip that hasn't left has a title too: an arrival may be missed before. A
/// drill says so first. [FORM-6, REV-1]
pub(super) fn title(look: &Looking<'_>, case: &CaseView) -> String {
    let trip = case.trip.filter(|trip| look.view.trips.trip(*trip).is_some());
    match (trip, &case.title) {
        (Some(trip), _) => look.view.trip_title(trip),
        (None, Some(title)) => title.to_string(),
        (None, None) => "The school".to_owned(),
    }
}

/// Whether a case sounds: nobody has it, and it is more than a notice.
pub(crate) fn alarms(case: &CaseView) -> bool {
    case.owner.is_none() && case.severity > Severity::Notice
}

fn rungs(look: &Looking<'_>, case: &CaseView) -> Vec<RungCard> {
    // A notice climbs no ladder.
    if case.round == 0 {
        return Vec::new();
    }
    // Everyone told at once: it is nobody's turn.
    let at_once = case.ladder.iter().filter(|rung| rung.stands == RungStands::Now).count() > 1;
    let form = case.trip.and_then(|trip| look.view.trips.trip(trip)).map(|trip| &trip.form);
    let no_others = form.is_some_and(|form| form.staff.len() <= 1 + usize::from(form.deputy.is_some()));
    let card = |rung: &alerts::view::RungView| {
        let (class, stands) = match rung.stands {
            RungStands::Ahead if rung.told_before.is_some() => ("ahead", "not yet told again"),
            RungStands::Ahead => ("ahead", "not yet told"),
            RungStands::Told | RungStands::Now if case.owner.is_some() => ("told", "told"),
            RungStands::Now if at_once => ("now", "told, waiting"),
            RungStands::Now => ("now", "told, their turn"),
            RungStands::Told => ("told", "told, no answer"),
            RungStands::Skipped if rung.rung == Rung::OtherStaff && no_others => {
                ("skipped", "there are no others")
            }
            RungStands::Skipped => ("skipped", "nobody can be reached"),
        };
        RungCard { name: words::rung(rung.rung), class, stands, told: told(look, rung) }
    };
    case.ladder.iter().map(card).collect()
}

/// Who was told on a rung: a line for each, `Ruth Adeyemi: text 09:44, call not taken 09:45`.
fn told(look: &Looking<'_>, rung: &alerts::view::RungView) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for notice in &rung.told {
        let channel = words::channel(notice.channel);
        let failed = match notice.channel {
            _ if !notice.failed => "",
            Channel::Voice => " not taken",
            Channel::Text | Channel::Email => " not delivered",
        };
        let (who, how) =
            (look.view.recipient_name(notice.to), format!("{channel}{failed} {}", look.when().at(notice.at)));
        match lines.iter_mut().find(|(known, _)| *known == who) {
            Some((_, hows)) if hows.contains(&how) => {}
            Some((_, hows)) => hows.push(how),
            None => lines.push((who, vec![how])),
        }
    }
    let mut lines: Vec<_> =
        lines.into_iter().map(|(who, hows)| format!("{who}: {}", hows.join(", "))).collect();
    if let (RungStands::Ahead, Some(before)) = (rung.stands, rung.told_before) {
        lines.push(format!("last told {}", look.when().at(before)));
    }
    lines
}

fn next(look: &Looking<'_>, case: &CaseView) -> Option<Next> {
    let at = case.next_at?;
    let ahead =
        case.ladder.iter().find(|rung| rung.stands == RungStands::Ahead).map(|rung| words::rung(rung.rung));
    let open = look.view.alerts.case(case.case)?;
    let what = match &open.stage {
        Stage::Shown { .. } => return None,
        Stage::Owned { .. } => "It comes back unless it is resolved,".to_owned(),
        Stage::Climbing(climb) if climb.calls_at == Some(at) => "The same people are called".to_owned(),
        Stage::Climbing(_) if case.severity == Severity::Emergency => "Everyone is told again".to_owned(),
        Stage::Climbing(_) => {
            ahead.map_or_else(|| "The ladder begins again".to_owned(), |rung| format!("Next: {rung},"))
        }
    };
    let since = match &open.stage {
        Stage::Owned { at, .. } => *at,
        Stage::Climbing(climb) => climb.since,
        Stage::Shown { .. } => at,
    };
    Some(Next { what, at: at.to_string(), clock: look.when().at(at), since: since.to_string() })
}

/// A group of a party that is out.
#[derive(Clone, Debug)]
pub(crate) struct GroupCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) adult: String,
    pub(crate) expected: u32,
    pub(crate) due_at: String,
    pub(crate) missed_at: String,
    pub(crate) due_clock: String,
    pub(crate) what: String,
    /// As the countdown would say it: `ahead`, `soon`, `due`, `missed`.
    pub(crate) state: &'static str,
    /// Due times that were missed and that no word has resolved: `09:30, 10:00`.
    pub(crate) missed: String,
    /// When the first of them was due.
    pub(crate) missed_since: Option<String>,
    /// Since when the next one is waited for: the last word, or the departure.
    pub(crate) from_at: String,
    pub(crate) last: Option<String>,
    /// What base was told of the party, other than a check-in.
    pub(crate) told: Option<String>,
    pub(crate) differs: Option<u32>,
    /// What was unusual about the last word, for base: `phone WM-1 said at 10:29 that it is 4 km from the museum`.
    pub(crate) unusual: Option<String>,
}

/// The groups of a party that is out, the one that is due first at the top.
pub(crate) fn groups(look: &Looking<'_>, trip: TripId) -> Vec<GroupCard> {
    let Some(watch) = look.view.checkins.watch(trip) else { return Vec::new() };
    let mut groups = watch.groups();
    groups.sort_by_key(|group| (group.missed.is_empty(), group.next.at));
    let departed_at = watch.party().map_or(look.now, |party| party.departed_at);
    let cried = cried(look, trip, watch);
    groups.iter().map(|group| group_card(look, group, departed_at, cried)).collect()
}

/// When a child was lost and since when police are called, as `(instant, clock)` of the latter.
pub(super) fn lost(look: &Looking<'_>, trip: TripId) -> Option<(String, String)> {
    let lost = look.view.checkins.watch(trip)?.party()?.lost?;
    Some((lost.police_at.to_string(), look.when().at(lost.police_at)))
}

/// What the party cried for, and when it did.
#[derive(Clone, Copy)]
enum Cried {
    Lost(Timestamp),
    Help(Timestamp),
}

/// So far back a call for help is looked for.
const LOOK_BACK: usize = 200;

/// A lost child, or the last call for help. Never a duress word: this shows on the trip's own phones too. [CHECK-6, CHECK-8]
fn cried(look: &Looking<'_>, trip: TripId, watch: &checkins::Watch) -> Option<Cried> {
    if let Some(lost) = watch.party().and_then(|party| party.lost) {
        return Some(Cried::Lost(lost.since));
    }
    let help = |entry: &crate::view::Entry| {
        let AnyEvent::Checkins(Event::HelpCalled { at, .. }) = &entry.event else { return None };
        Some(Cried::Help(*at))
    };
    look.view.timeline(look.session.seen_by, trip).rev().take(LOOK_BACK).find_map(help)
}

fn group_card(
    look: &Looking<'_>,
    group: &checkins::GroupView<'_>,
    departed_at: Timestamp,
    cried: Option<Cried>,
) -> GroupCard {
    let when = look.when();
    let last = group.details.last.map(|last| {
        let count = last.headcount.map(|count| format!(", {count} counted")).unwrap_or_default();
        format!(
            "{} at {}{count}",
            words::sentence(&word_text(last.word)).trim_end_matches('.'),
            when.at(last.said_at)
        )
    });
    let told = cried.and_then(|cried| match cried {
        Cried::Lost(at) => Some(format!("Base was told of the lost child at {}", when.at(at))),
        // A check-in since then is the later word.
        Cried::Help(at) if group.details.last.is_none_or(|last| last.said_at < at) => {
            Some(format!("Base was told of the call for help at {}", when.at(at)))
        }
        Cried::Help(_) => None,
    });
    GroupCard {
        id: group.group.to_string(),
        name: group.details.name.to_string(),
        adult: look.view.person_name(group.details.adult),
        expected: group.details.expected.get(),
        due_at: group.next.at.to_string(),
        missed_at: group.next.missed_at.to_string(),
        due_clock: when.at(group.next.at),
        what: match &group.next.what {
            DueFor::Routine {} => "routine check-in".to_owned(),
            what => due_text(what),
        },
        state: state_of(look.now, group.next.at, group.next.missed_at),
        missed: missed_text(&when, &group.missed),
        missed_since: group.missed.first().map(ToString::to_string),
        from_at: group.details.last.map_or(departed_at, |last| last.said_at).to_string(),
        last,
        told,
        differs: group.details.differs.map(|count| count.get()),
        unusual: group.details.unusual.as_ref().map(|odd| unusual(look.view, odd.0, &odd.1)),
    }
}

/// `09:30`, `09:30, 10:00`, `09:30 to 13:00 (8)`.
fn missed_text(when: &words::When<'_>, missed: &[Timestamp]) -> String {
    if let [first, _, _, .., last] = missed {
        return format!("{} to {} ({})", when.at(*first), when.at(*last), missed.len());
    }
    missed.iter().map(|at| when.at(*at)).collect::<Vec<_>>().join(", ")
}

/// As `phaseOf` in ui/src/countdown.ts.
pub(super) fn state_of(now: Timestamp, due: Timestamp, missed: Timestamp) -> &'static str {
    match () {
        () if now >= missed => "missed",
        () if now >= due => "due",
        () if due.duration_since(now).as_secs() <= 300 => "soon",
        () => "ahead",
    }
}
