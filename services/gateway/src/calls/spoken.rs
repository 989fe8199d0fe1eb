//! What callers, and those who are rung for them, hear: short, calm sentences. Callers hear no trip, no name and no number;
//! who is rung is told whose call it is, as far as it is known.

use proto::Timestamp;
use proto::v1::checkins::Word;
use proto::v1::contacts::Audience;
use proto::v1::gateway::{Caller, Message, MessageClass, WordOutcome};
use proto::values::{Headcount, SchoolZone};

use super::decide::is_from_outside;
use super::{Call, Dialling};
use crate::state::State;

/// What all of it leans on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken<'a> {
    pub(crate) state: &'a State,
    pub(crate) school: &'a str,
    pub(crate) zone: &'a SchoolZone,
}

const IN_DANGER: &str = "If somebody is in danger, hang up and dial 9 9 9.";

impl Spoken<'_> {
    /// The question that staff of a trip are asked.
    pub(crate) fn menu(&self) -> String {
        format!(
            "{}. To check in, press 1. To speak to base, press 2, or wait. For help, press 9.",
            self.school
        )
    }

    /// How many were counted.
    pub(crate) fn count(&self, asked_again: bool) -> String {
        let again = if asked_again { "That was not understood. " } else { "" };
        format!("{again}Key in how many pupils you counted, then press hash. Without a count, wait.")
    }

    /// What became of their word, and what they can do now.
    pub(crate) fn told(&self, message: &Message) -> String {
        format!("{} To count again, press 1. To speak to base, press 2. Or hang up.", self.outcome(message))
    }

    /// The answer took too long.
    pub(crate) fn written_down(&self) -> String {
        "Your check-in is written down. To speak to base, press 2. Or hang up.".to_owned()
    }

    fn outcome(&self, message: &Message) -> String {
        let said = match message.class() {
            MessageClass::Word(WordOutcome::Understood { word, headcount, expected, next_due_at }) => {
                return self.understood(word, headcount, expected, next_due_at);
            }
            MessageClass::Word(WordOutcome::CountNeeded) => "A count is needed: nothing was checked in.",
            MessageClass::Word(WordOutcome::NotOut) => "Your trip is not out, so nothing was checked in.",
            MessageClass::Word(WordOutcome::WhichGroup) => {
                "You lead more than one group, so nothing was checked in: base can write it down."
            }
            MessageClass::Word(WordOutcome::PupilPhone) => "Only a teacher's phone checks in.",
            MessageClass::Word(WordOutcome::NotUnderstood)
            | MessageClass::Alert { .. }
            | MessageClass::Prompt(_)
            | MessageClass::Answer
            | MessageClass::LineTest { .. }
            | MessageClass::News(_) => "That was not understood: nothing was checked in.",
        };
        said.to_owned()
    }

    fn understood(
        &self,
        word: Word,
        count: Option<Headcount>,
        expected: Headcount,
        next: Option<Timestamp>,
    ) -> String {
        let word = match word {
            Word::Ok => "You have checked in",
            Word::Late { .. } => "You run late",
            Word::Boarded => "You have boarded",
            Word::Arrived => "You have arrived",
            Word::HandedOver => "You have handed over",
            Word::Leaving => "You are leaving",
            Word::Back => "You are back",
        };
        let count = match count {
            Some(found) if found == expected => format!(" with {found}. All are counted."),
            Some(found) => {
                format!(" with {found}, but {expected} are expected. Count again: the office knows.")
            }
            None => ", without a count.".to_owned(),
        };
        let next =
            next.map(|at| format!(" The next check-in is at {}.", self.zone.clock(at))).unwrap_or_default();
        format!("{word}{count}{next}")
    }

    /// While the first step, or a later one, is rung.
    pub(crate) fn holding(&self, call: &Call, dialling: &Dialling) -> String {
        match (dialling.step, call.help) {
            (0, true) => {
                format!("Help is being called, and you are put through now. Stay on the line. {IN_DANGER}")
            }
            (0, false) if call.words > 0 || call.turn > 0 => "You are put through to base.".to_owned(),
            (0, false) => format!("{}. Please hold, you are put through. {IN_DANGER}", self.school),
            (_, _) => "Nobody could answer there. Please hold, somebody else is tried.".to_owned(),
        }
    }

    /// At the end of a route that nobody took.
    pub(crate) fn exhausted(&self, call: &Call, dialling: &Dialling) -> String {
        let known =
            if call.help { "Your call for help has gone out." } else { "The school is being alerted." };
        let then = if is_from_outside(dialling.audience) {
            "Please ring again in a few minutes."
        } else {
            "Keep this phone free: you will be rung back."
        };
        format!("We are sorry, nobody could take your call. {known} {IN_DANGER} {then} Goodbye.")
    }

    /// What whoever is rung hears before they take it: only a key proves that a person answered.
    pub(crate) fn whisper(&self, call: &Call, dialling: &Dialling) -> String {
        let title =
            dialling.trip.and_then(|trip| self.state.trips.get(&trip)).map(|trip| trip.title.to_string());
        let of = title.map(|title| format!(" of the trip {title}")).unwrap_or_default();
        let who = match (dialling.audience, call.help) {
            (_, true) => format!("A call for help from staff{of}."),
            (Audience::Pupil, false) => format!("A call from a pupil's phone{of}."),
            (Audience::StaffOffSite | Audience::Base, false) => format!("A call from staff{of}."),
            (Audience::HostOrganisation, false) => format!("A call from the host{of}."),
            (Audience::Parent | Audience::StaffFamily, false) => "A caller from outside.".to_owned(),
        };
        let said = format!("{}. {who} Press 1 to take it.", self.school);
        self.marked(call, &said)
    }

    /// What is said in a call of a drill says so first, to whoever rings and to whoever is rung. [REV-1]
    pub(crate) fn marked(&self, call: &Call, said: &str) -> String {
        let of_caller = match call.from {
            Caller::Device { trip, .. } => trip,
            Caller::Stranger { .. } => None,
        };
        let drill = call.trip.or(of_caller).is_some_and(|trip| self.state.is_drill(trip));
        if drill { format!("{}{said}", crate::drills::MARK) } else { said.to_owned() }
    }
}
