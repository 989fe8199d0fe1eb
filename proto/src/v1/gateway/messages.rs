//! What outgoing messages say, and what each is for.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{CaseId, LineId, TripId};
use crate::v1::alerts::ReplyCode;
use crate::v1::checkins::Word;
use crate::values::{Headcount, Label};

/// What an outgoing message says. The words are chosen when it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// An alert of a case; of one reason in particular, where that is what is new.
    Alert {
        case: CaseId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Label>,
    },
    /// A check-in falls due.
    Reminder { trip: TripId, due_at: Timestamp },
    /// The answer to a word: what was understood, when the next is due.
    Understood {
        trip: TripId,
        word: Word,
        headcount: Option<Headcount>,
        expected: Headcount,
        next_due_at: Option<Timestamp>,
    },
    /// The answer to a call for help: dial 999 first.
    HelpHeard { trip: TripId },
    /// The answer to LOST: the card.
    LostHeard { trip: TripId, police_at: Timestamp },
    /// The answer to a word that was not understood.
    NotUnderstood {},
    /// The answer to a word that needs a count.
    CountNeeded {},
    /// The answer to a pupil's phone, which checks nobody in.
    PupilPhone {},
    /// The answer to a word from a phone whose trip is not out.
    NotOut {},
    /// The answer to a text from a school phone that is with no trip.
    NoTrip { called_for_help: bool },
    /// The answer to a word of an adult with several groups.
    WhichGroup {},
    /// The answer to a code that was taken.
    Owned { code: ReplyCode },
    /// The answer to a code that fits nothing open.
    CodeUnknown { code: ReplyCode },
    /// The answer to a code of an emergency: a text can't take it, and how it is taken.
    NotByText { code: ReplyCode },
    /// The answer to "ok 417" while there is an alert 417: which is meant?
    WhichMeant { code: ReplyCode },
    /// The answer to a stranger: helps, and gives nothing away.
    Stranger {},
    /// The evening's test of a duty.
    DutyTest { answer_by: Timestamp },
    /// The answer to it.
    DutyConfirmed {},
    /// The link to the phone page of a trip. The link itself never enters an event: it is made when it is sent.
    PageLink { trip: TripId },
    /// The word that opens a trip's page in a further browser. The word itself never enters an event: it is made when it is
    /// sent.
    PageWord { trip: TripId },
    /// A test text to a school phone: whether texts reach it.
    TestText {},
    /// A test call to a line: whoever answers presses 1. [CONT-1]
    LineTest { line: LineId },
    /// The office is told that a line is in the routes again. [CONT-2]
    LineBack { line: LineId },
}

/// What a message is for. Those who treat all of a kind alike ask this, instead of listing every message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageClass {
    /// Whoever gets it can take the case.
    Alert { case: CaseId },
    /// Somebody is to say a word in time: whoever can't be texted is told on the phone.
    Prompt(Prompt),
    /// What became of a word of a check-in.
    Word(WordOutcome),
    /// Any other answer to what somebody said.
    Answer,
    /// A test call to a line.
    LineTest { line: LineId },
    /// Nobody has to answer it.
    News(News),
}

/// What somebody is to say a word to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prompt {
    /// A check-in falls due.
    CheckIn { trip: TripId, due_at: Timestamp },
    /// The evening's test of a duty.
    Duty { answer_by: Timestamp },
}

/// What became of a word of a check-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WordOutcome {
    /// It was taken.
    Understood {
        word: Word,
        headcount: Option<Headcount>,
        expected: Headcount,
        next_due_at: Option<Timestamp>,
    },
    CountNeeded,
    NotOut,
    WhichGroup,
    PupilPhone,
    NotUnderstood,
}

/// News that nobody has to answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// The link to the phone page.
    PageLink { trip: TripId },
    /// The word for a further browser.
    PageWord { trip: TripId },
    /// A test text to a school phone.
    TestText,
    /// A line is in the routes again.
    LineBack { line: LineId },
}

impl Message {
    /// Whether it carries a secret that is made when it is sent, and stands in no event: a link, or a word.
    pub fn carries_secret(&self) -> bool {
        matches!(self, Self::PageLink { .. } | Self::PageWord { .. })
    }

    /// What it is for.
    pub fn class(&self) -> MessageClass {
        match *self {
            Self::Alert { case, .. } => MessageClass::Alert { case },
            Self::Reminder { trip, due_at } => MessageClass::Prompt(Prompt::CheckIn { trip, due_at }),
            Self::DutyTest { answer_by } => MessageClass::Prompt(Prompt::Duty { answer_by }),
            Self::Understood { trip: _, word, headcount, expected, next_due_at } => {
                MessageClass::Word(WordOutcome::Understood { word, headcount, expected, next_due_at })
            }
            Self::CountNeeded {} => MessageClass::Word(WordOutcome::CountNeeded),
            Self::NotOut {} => MessageClass::Word(WordOutcome::NotOut),
            Self::WhichGroup {} => MessageClass::Word(WordOutcome::WhichGroup),
            Self::PupilPhone {} => MessageClass::Word(WordOutcome::PupilPhone),
            Self::NotUnderstood {} => MessageClass::Word(WordOutcome::NotUnderstood),
            Self::HelpHeard { .. }
            | Self::LostHeard { .. }
            | Self::NoTrip { .. }
            | Self::WhichMeant { .. }
            | Self::Owned { .. }
            | Self::CodeUnknown { .. }
            | Self::NotByText { .. }
            | Self::Stranger {}
            | Self::DutyConfirmed {} => MessageClass::Answer,
            Self::LineTest { line } => MessageClass::LineTest { line },
            Self::PageLink { trip } => MessageClass::News(News::PageLink { trip }),
            Self::PageWord { trip } => MessageClass::News(News::PageWord { trip }),
            Self::TestText {} => MessageClass::News(News::TestText),
            Self::LineBack { line } => MessageClass::News(News::LineBack { line }),
        }
    }

    /// The case that it is an alert of.
    pub fn case(&self) -> Option<CaseId> {
        match self.class() {
            MessageClass::Alert { case } => Some(case),
            MessageClass::Prompt(_)
            | MessageClass::Word(_)
            | MessageClass::Answer
            | MessageClass::LineTest { .. }
            | MessageClass::News(_) => None,
        }
    }

    /// The trip that it is about, where the message itself says so.
    pub fn trip(&self) -> Option<TripId> {
        match self {
            Self::Reminder { trip, .. }
            | Self::Understood { trip, .. }
            | Self::HelpHeard { trip }
            | Self::LostHeard { trip, .. }
            | Self::PageLink { trip }
            | Self::PageWord { trip } => Some(*trip),
            Self::Alert { .. }
            | Self::NotUnderstood {}
            | Self::CountNeeded {}
            | Self::PupilPhone {}
            | Self::NotOut {}
            | Self::NoTrip { .. }
            | Self::WhichGroup {}
            | Self::Owned { .. }
            | Self::CodeUnknown { .. }
            | Self::NotByText { .. }
            | Self::WhichMeant { .. }
            | Self::Stranger {}
            | Self::DutyTest { .. }
            | Self::DutyConfirmed {}
            | Self::TestText {}
            | Self::LineTest { .. }
            | Self::LineBack { .. } => None,
        }
    }
}
