//! Lines of the usage log in words.

use jiff::civil::Date;
use proto::v1::safeguarding::{Purpose, Use, UseKind, UseWay};
use safeguarding::Week;

use crate::pages::shell::Looking;
use crate::pages::words;

/// A week that waits for review.
pub(super) struct WeekRow {
    pub(super) monday: Date,
    pub(super) words: String,
    pub(super) entries: String,
    pub(super) questions: u32,
    pub(super) late: bool,
}

impl WeekRow {
    pub(super) fn of((monday, week): (Date, &Week)) -> Self {
        Self {
            monday,
            words: words_of(monday),
            entries: words::count(u64::from(week.entries()), "line", "lines"),
            questions: week.questioned(),
            late: week.reminded > 0,
        }
    }
}

/// `Mon 16 to Sun 22 Nov 2026`.
pub(super) fn words_of(monday: Date) -> String {
    let sunday = monday.saturating_add(jiff::Span::new().days(6));
    let from = if monday.month() == sunday.month() { "%a %-d" } else { "%a %-d %b" };
    format!("{} to {}", monday.strftime(from), sunday.strftime("%a %-d %b %Y"))
}

/// What a filter shows: `?only=calls`.
#[derive(serde::Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "lowercase")]
pub(super) enum Only {
    #[default]
    All,
    Hands,
    Calls,
    Places,
    Noted,
    Questions,
}

impl Only {
    pub(super) const EACH: [(Self, &str, &str); 6] = [
        (Self::All, "all", "All"),
        (Self::Hands, "hands", "Whose hands"),
        (Self::Calls, "calls", "Texts and calls"),
        (Self::Places, "places", "Located"),
        (Self::Noted, "noted", "Written down"),
        (Self::Questions, "questions", "To ask about"),
    ];

    pub(super) fn takes(self, used: &Use) -> bool {
        self == Self::All || (self == Self::Questions && used.questioned) || self == of(&used.kind)
    }
}

fn of(kind: &UseKind) -> Only {
    match kind {
        UseKind::Issued {}
        | UseKind::InHand {}
        | UseKind::HandedOver { .. }
        | UseKind::Returned {}
        | UseKind::Lost {}
        | UseKind::WithPolice {} => Only::Hands,
        UseKind::TextedIn {} | UseKind::RangIn {} | UseKind::TookCall {} | UseKind::AnsweredAlert {} => {
            Only::Calls
        }
        UseKind::Located {} | UseKind::SetUpShown {} => Only::Places,
        UseKind::Noted { .. } => Only::Noted,
    }
}

/// What happened, in one sentence.
pub(super) fn what(look: &Looking<'_>, kind: &UseKind) -> String {
    match kind {
        UseKind::Issued {} => "Handed out.".to_owned(),
        UseKind::InHand {} => "In hand for a trip, on the holder's word.".to_owned(),
        UseKind::HandedOver { from } => format!("Handed over by {}.", look.view.holder_name(*from)),
        UseKind::Returned {} => "Given back.".to_owned(),
        UseKind::Lost {} => "Declared lost.".to_owned(),
        UseKind::WithPolice {} => "Taken by the police.".to_owned(),
        UseKind::TextedIn {} => "Texted the school.".to_owned(),
        UseKind::RangIn {} => "Rang the school.".to_owned(),
        UseKind::TookCall {} => "Took a call that was put through.".to_owned(),
        UseKind::AnsweredAlert {} => "Answered an alert with a key.".to_owned(),
        UseKind::Located {} => "Told where it is, from here on, for the trip.".to_owned(),
        UseKind::SetUpShown {} => "Its set-up was shown, password and all.".to_owned(),
        UseKind::Noted { way, purpose, reason, by } => {
            let way = match way {
                UseWay::Call => "A call",
                UseWay::Text => "A text",
                UseWay::Recording => "A recording",
                UseWay::Other => "Used",
            };
            let purpose = match purpose {
                Purpose::Work {} => "for work".to_owned(),
                Purpose::PersonalAgreed { by } => {
                    format!("personal, agreed by {}", look.view.person_name(*by))
                }
                Purpose::PersonalEmergency {} => "personal, in an emergency".to_owned(),
                Purpose::PersonalOther {} => "personal, nobody had agreed".to_owned(),
            };
            format!("{way}, {purpose}: {} ({})", reason.shown(), look.view.person_name(*by))
        }
    }
}
