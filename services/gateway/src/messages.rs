//! The words of every message: plain British English, the school's name first, one text of GSM-7 (160 septets).
//!
//! Only the text with a link may take two: a link can't be cut. Nothing here names a pupil, a person or a number of a
//! person.

use jiff::Timestamp;
use proto::v1::alerts::{ReplyCode, Severity};
use proto::v1::checkins::Word;
use proto::v1::gateway::{Message, MessageClass};
use proto::values::{Headcount, SchoolZone};

use crate::gsm;
use crate::state::State;

/// The most septets of the school's name, and of a trip's title, in a text.
const MAX_NAME: usize = 28;
const MAX_TITLE: usize = 24;

/// What the words lean on besides the message.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The gateway's state of that school.
    pub state: &'a State,
    /// The school's name.
    pub school: &'a str,
    /// The school's clocks.
    pub zone: &'a SchoolZone,
}

impl Words<'_> {
    /// The text. `secret` is the address of the phone page, or the word for it, for the message that carries one. None: there
    /// is nothing left to say (the case is over).
    pub fn text(&self, message: &Message, secret: Option<&str>) -> Option<String> {
        let said = self.said(message, secret)?;
        let text = format!("{}: {said}", gsm::shortened(self.school, MAX_NAME));
        let text = gsm::plain(&text);
        let has_link = matches!(message, Message::PageLink { .. });
        Some(if has_link { text } else { gsm::clipped(&text, gsm::ONE_TEXT) })
    }

    fn said(&self, message: &Message, secret: Option<&str>) -> Option<String> {
        Some(match message {
            Message::Alert { case, about } => {
                let known = self.state.cases.get(case)?;
                let trip = known.trip.map(|trip| format!(" ({})", self.title(trip))).unwrap_or_default();
                let what = about.as_ref().unwrap_or(&known.headline);
                let how = match known.severity {
                    // A text can be forged: it owns no emergency. [CHECK-6]
                    Some(Severity::Emergency) => "Take it on the board, or press 1 on our call.".to_owned(),
                    Some(Severity::Notice | Severity::Warning | Severity::Urgent) | None => {
                        format!("Reply {} to take it.", known.code.0)
                    }
                };
                format!("ALERT {what}{trip}. {how}")
            }
            Message::Reminder { trip, due_at } => {
                let (title, at) = (self.title(*trip), self.zone.clock(*due_at));
                format!("{title}: check-in due {at}. Reply OK and your count, such as OK 31.")
            }
            Message::Understood { word, headcount, expected, next_due_at, .. } => {
                self.understood(*word, *headcount, *expected, *next_due_at)
            }
            Message::HelpHeard { .. } => {
                "IN DANGER? DIAL 999 FIRST. Base and your seniors are being called now. Keep this phone free and on."
                    .to_owned()
            }
            Message::LostHeard { police_at, .. } => format!(
                "LOST heard. Hold the rest together. Go to where last seen. Tell venue staff. 999 at {} at the latest. Base rings parents.",
                self.zone.clock(*police_at)
            ),
            Message::NotUnderstood {} => {
                "Not understood. Reply OK 31 (your count), LATE 20 (minutes), ARRIVED 31, BACK 31, LOST or SOS.".to_owned()
            }
            Message::CountNeeded {} => {
                "The count is missing or unclear, so nothing was taken. Count everyone, then reply such as OK 31 or ARRIVED 31."
                    .to_owned()
            }
            Message::PupilPhone {} => {
                "Thank you. Only your teacher's phone checks in. If you need help, text SOS. In danger, dial 999.".to_owned()
            }
            Message::NotOut {} => {
                format!("Your trip is not out, so nothing was checked in. In danger, dial 999.{}", self.office())
            }
            Message::NoTrip { called_for_help: true } => {
                "IN DANGER? DIAL 999 FIRST. The school is being alerted now. Keep this phone free and on.".to_owned()
            }
            Message::NoTrip { called_for_help: false } => {
                format!("This phone is with no trip, so nothing was checked in. In danger, dial 999.{}", self.office())
            }
            Message::WhichGroup {} => {
                "You lead more than one group: check in on the phone page, so that we know which.".to_owned()
            }
            Message::WhichMeant { code } => format!(
                "Not taken yet: do you take alert {0}? Reply OWN {0}. Or is it a check-in? Reply OK and your count.",
                code.0
            ),
            Message::Owned { code } => format!("Thank you. You have alert {}. Act now; say on the board when it is over.", code.0),
            Message::CodeUnknown { code } => code_unknown(*code),
            Message::NotByText { code } => format!(
                "Alert {} NOT taken: texts can be forged. Press 1 when we ring, or take it on the board, or ring the office.",
                code.0
            ),
            Message::Stranger {} => {
                format!("This number is for school phones only. In danger, dial 999.{}", self.office())
            }
            Message::DutyTest { answer_by } => format!(
                "You are on call tonight. Reply OK by {} so that we know this phone is with you.",
                self.zone.clock(*answer_by)
            ),
            Message::DutyConfirmed {} => "Thank you. You are down as on call tonight.".to_owned(),
            Message::TestText {} => "A test: texts reach this phone. There is nothing to do.".to_owned(),
            Message::LineTest { .. } => "Test call.".to_owned(),
            Message::LineBack { line } => format!("{} works again: it is rung first again.", self.line(*line)),
            Message::PageLink { trip } => format!("{}: your trip page {}", self.title(*trip), secret?),
            Message::PageWord { trip } => format!(
                "{} is the code that opens {} in one more browser, for half an hour. Not you? Tell nobody, ring the office.",
                secret?,
                self.title(*trip)
            ),
        })
    }

    fn understood(
        &self,
        word: Word,
        count: Option<Headcount>,
        expected: Headcount,
        next: Option<Timestamp>,
    ) -> String {
        let word = match word {
            Word::Ok => "OK".to_owned(),
            Word::Late { minutes } => format!("LATE {minutes} min"),
            Word::Boarded => "BOARDED".to_owned(),
            Word::Arrived => "ARRIVED".to_owned(),
            Word::HandedOver => "HANDED OVER".to_owned(),
            Word::Leaving => "LEAVING".to_owned(),
            Word::Back => "BACK".to_owned(),
        };
        let count = match count {
            Some(found) if found == expected => format!(" {found}, all counted"),
            Some(found) => format!(" {found}, but {expected} expected: count again. The office knows"),
            None => String::new(),
        };
        let next = next.map(|at| format!(" Next check-in {}.", self.zone.clock(at))).unwrap_or_default();
        format!("{word}{count}. Thank you.{next}")
    }

    fn title(&self, trip: proto::ids::TripId) -> String {
        let known = self.state.trips.get(&trip).map(|trip| gsm::shortened(trip.title.as_str(), MAX_TITLE));
        known.unwrap_or_else(|| "Your trip".to_owned())
    }

    fn line(&self, line: proto::ids::LineId) -> String {
        let known = self.state.lines.get(&line).map(|line| gsm::clipped(line.name.as_str(), MAX_TITLE));
        known.unwrap_or_else(|| "The line".to_owned())
    }

    fn office(&self) -> String {
        self.state.office_number().map(|number| format!(" The school office: {number}.")).unwrap_or_default()
    }

    /// What a call says. None: the case is over, or it is nothing that is said on the phone.
    pub fn spoken(&self, message: &Message) -> Option<String> {
        match message.class() {
            MessageClass::Alert { .. } => self.spoken_alert(message),
            MessageClass::LineTest { .. } => Some(self.spoken_test()),
            MessageClass::Prompt(_)
            | MessageClass::Word(_)
            | MessageClass::Answer
            | MessageClass::News(_) => self.spoken_word(message),
        }
    }

    /// What a test call to a line says.
    pub fn spoken_test(&self) -> String {
        format!("This is {}. A test call, to see whether this line is answered. Press 1.", self.school)
    }

    /// What an alert call says before it listens for a key. None: the case is over.
    pub fn spoken_alert(&self, message: &Message) -> Option<String> {
        let Message::Alert { case, about } = message else { return None };
        let known = self.state.cases.get(case)?;
        let what = about.as_ref().unwrap_or(&known.headline);
        // Spoken, a title needs no cutting.
        let title = known.trip.and_then(|trip| self.state.trips.get(&trip)).map(|trip| &trip.title);
        let trip = title.map(|title| format!(" Trip: {title}.")).unwrap_or_default();
        Some(format!("This is {}. Alert. {what}.{trip} Press 1 to take it.", self.school))
    }
}

fn code_unknown(code: ReplyCode) -> String {
    format!("No open alert has the code {}. It may be over: look at the board or ring the office.", code.0)
}
