//! What several pages show of a case and of a party that is out.

use alerts::Stage;
use alerts::view::{CaseView, RungStands};
use proto::Timestamp;
use proto::ids::TripId;
use proto::v1::alerts::{Channel, Severity};

use super::shell::Looking;
use super::words;
use crate::view::{due_text, word_text};

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
    pub(crate) rungs: Vec<RungCard>,
    /// Who has it, and until when.
    pub(crate) owner: Option<(String, String)>,
    /// What comes next, and when.
    pub(crate) next: Option<Next>,
    pub(crate) base_only: bool,
}

/// What a ladder does next.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    pub(crate) what: String,
    pub(crate) at: String,
    pub(crate) clock: String,
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
        let when = look.when();
        let owner = case.owner.map(|owner| (look.view.person_name(owner.person), when.at(owner.until)));
        let reasons = look.view.reason_texts(case.trip, &case.reasons);
        Self {
            id: case.case.to_string(),
            title: case.title.as_ref().map_or_else(|| "The school".to_owned(), ToString::to_string),
            trip: case.trip,
            severity: case.severity,
            word: words::severity(case.severity),
            code: case.code.0,
            opened: when.at(case.opened_at),
            opened_at: case.opened_at.to_string(),
            reasons: reasons.iter().map(|text| words::sentence(text)).collect(),
            rungs: rungs(look, case),
            owner,
            next: next(look, case),
            base_only: case.base_only,
        }
    }

    /// Whether it sounds: nobody has it, and it is more than a notice.
    pub(crate) fn alarms(&self) -> bool {
        self.owner.is_none() && self.severity > Severity::Notice
    }
}

fn rungs(look: &Looking<'_>, case: &CaseView) -> Vec<RungCard> {
    // A notice climbs no ladder.
    if case.round == 0 {
        return Vec::new();
    }
    let card = |rung: &alerts::view::RungView| {
        let (class, stands) = match rung.stands {
            RungStands::Ahead if rung.told_before.is_some() => ("ahead", "not yet told again"),
            RungStands::Ahead => ("ahead", "not yet told"),
            RungStands::Now => ("now", "told, their turn"),
            RungStands::Told => ("told", "told"),
            RungStands::Skipped => ("skipped", "nobody can be reached"),
        };
        let mut told: Vec<String> = Vec::new();
        for notice in &rung.told {
            let channel = match notice.channel {
                Channel::Text => "text",
                Channel::Voice => "call",
                Channel::Email => "e-mail",
            };
            let failed = if notice.failed { " failed" } else { "" };
            let line = format!(
                "{}: {channel}{failed} {}",
                look.view.recipient_name(notice.to),
                look.when().at(notice.at)
            );
            if !told.contains(&line) {
                told.push(line);
            }
        }
        if let (RungStands::Ahead, Some(before)) = (rung.stands, rung.told_before) {
            told.push(format!("last told {}", look.when().at(before)));
        }
        RungCard { name: words::rung(rung.rung), class, stands, told }
    };
    case.ladder.iter().map(card).collect()
}

fn next(look: &Looking<'_>, case: &CaseView) -> Option<Next> {
    let at = case.next_at?;
    let ahead =
        case.ladder.iter().find(|rung| rung.stands == RungStands::Ahead).map(|rung| words::rung(rung.rung));
    let open = look.view.alerts.case(case.case)?;
    let what = match &open.stage {
        Stage::Shown { .. } => return None,
        Stage::Owned { .. } => "comes back unless it is resolved".to_owned(),
        Stage::Climbing(climb) if climb.calls_at == Some(at) => "the same people are called".to_owned(),
        Stage::Climbing(_) if case.severity == Severity::Emergency => "everyone is told again".to_owned(),
        Stage::Climbing(_) => {
            ahead.map_or_else(|| "the ladder begins again".to_owned(), |rung| format!("next: {rung}"))
        }
    };
    Some(Next { what, at: at.to_string(), clock: look.when().at(at) })
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
    /// Due times that were missed and that no word has resolved.
    pub(crate) missed: Option<String>,
    pub(crate) last: Option<String>,
    pub(crate) differs: Option<u32>,
}

/// The groups of a party that is out, the one that is due first at the top.
pub(crate) fn groups(look: &Looking<'_>, trip: TripId) -> Vec<GroupCard> {
    let Some(watch) = look.view.checkins.watch(trip) else { return Vec::new() };
    let mut groups = watch.groups();
    groups.sort_by_key(|group| (group.missed.is_empty(), group.next.at));
    groups.iter().map(|group| group_card(look, group)).collect()
}

fn group_card(look: &Looking<'_>, group: &checkins::GroupView<'_>) -> GroupCard {
    let when = look.when();
    let last = group.details.last.map(|last| {
        let count = last.headcount.map(|count| format!(", {count} counted")).unwrap_or_default();
        format!(
            "{} at {}{count}",
            words::sentence(&word_text(last.word)).trim_end_matches('.'),
            when.at(last.said_at)
        )
    });
    GroupCard {
        id: group.group.to_string(),
        name: group.details.name.to_string(),
        adult: look.view.person_name(group.details.adult),
        expected: group.details.expected.get(),
        due_at: group.next.at.to_string(),
        missed_at: group.next.missed_at.to_string(),
        due_clock: when.at(group.next.at),
        what: due_text(&group.next.what),
        state: state_of(look.now, group.next.at, group.next.missed_at),
        missed: missed_text(&when, &group.missed),
        last,
        differs: group.details.differs.map(|count| count.get()),
    }
}

/// "missed 09:30", "missed 09:30, 10:00", "missed 8: 09:30 to 13:00".
fn missed_text(when: &words::When<'_>, missed: &[Timestamp]) -> Option<String> {
    match missed {
        [] => None,
        [first, _, _, .., last] => {
            Some(format!("missed {}: {} to {}", missed.len(), when.at(*first), when.at(*last)))
        }
        few => {
            let clocks: Vec<_> = few.iter().map(|at| when.at(*at)).collect();
            Some(format!("missed {}", clocks.join(", ")))
        }
    }
}

/// As `phaseOf` in ui/src/countdown.ts.
fn state_of(now: Timestamp, due: Timestamp, missed: Timestamp) -> &'static str {
    match () {
        () if now >= missed => "missed",
        () if now >= due => "due",
        () if due.duration_since(now).as_secs() <= 300 => "soon",
        () => "ahead",
    }
}
