//! E-mail: copies for the school's mailboxes of what its office, DSL and head are told, and notices that ring nobody. A copy
//! never stands for a text or a call, and nothing that base alone may know is mailed: a mailbox may be open on a phone of
//! the trip [CHECK-6]; but whoever the setting names for safeguarding is told that there is an incident [INC-1].

use proto::Timestamp;
use proto::ids::{AttemptId, CaseId, TripId, derive_uuid};
use proto::v1::alerts::{Channel, Reason, Rung, Severity};
use proto::v1::gateway::{Event, Mailbox, Message, MessageClass, Prompt, Reach};
use proto::values::Label;

use crate::limits::EMAIL_VALID;
use crate::messages::Words;
use crate::plan::{Plan, Target};
use crate::state::{Case, State};

/// A notice is shown on the board and rings nobody: the office has it in its mail.
pub(crate) fn of_notice(state: &State, case: CaseId, known: &Case, now: Timestamp) -> Option<Event> {
    let is_notice = known.severity == Some(Severity::Notice) && !known.base_only;
    is_notice.then(|| copy(state, case, Mailbox::Office, now)).flatten()
}

/// Whoever is on that rung has a copy in the mail, once for each case.
pub(crate) fn of_rung(state: &State, case: CaseId, rung: Rung, now: Timestamp) -> Option<Event> {
    let mailbox = match rung {
        Rung::Office => Mailbox::Office,
        Rung::Dsl => Mailbox::Dsl,
        Rung::Senior => Mailbox::Head,
        Rung::Leader | Rung::Deputy | Rung::OtherStaff => return None,
    };
    let may_be_mailed = state.cases.get(&case).is_some_and(|case| !case.base_only);
    may_be_mailed.then(|| copy(state, case, mailbox, now)).flatten()
}

/// Whoever the setting names for safeguarding (a group's director, say) learns of an incident as it is reported: that there is
/// one, and nothing of it. [INC-1, INC-7]
pub(crate) fn of_incident(state: &State, case: CaseId, reason: &Reason, now: Timestamp) -> Option<Event> {
    matches!(reason, Reason::Incident { .. }).then(|| copy(state, case, Mailbox::Safeguarding, now)).flatten()
}

fn copy(state: &State, case: CaseId, mailbox: Mailbox, now: Timestamp) -> Option<Event> {
    let can_be_sent =
        state.providers.mailboxes.contains(&mailbox) && !state.providers.of(Channel::Email).is_empty();
    let label = match mailbox {
        Mailbox::Office => "mail office",
        Mailbox::Dsl => "mail dsl",
        Mailbox::Head => "mail head",
        Mailbox::Safeguarding => "mail safeguarding",
    };
    let plan = Plan {
        attempt: AttemptId(derive_uuid(case.0, label, 0)),
        to: Target::Phone { via: Reach::Mailbox(mailbox), person: None },
        channel: Channel::Email,
        message: Message::Alert { case, about: None },
        in_answer_to: None,
        at: now,
        expires_at: now.saturating_add(EMAIL_VALID).unwrap_or(Timestamp::MAX),
    };
    can_be_sent.then(|| plan.event(state)).flatten()
}

/// An e-mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) body: String,
}

impl Words<'_> {
    /// An e-mail's words. None: the case is over, or it is nothing that is mailed.
    pub(crate) fn mail(&self, message: &Message, public_base: &str) -> Option<Mail> {
        let Message::Alert { case, .. } = message else { return None };
        let known = self.state.cases.get(case)?;
        if known.base_only {
            // A duress word that came after the copy was planned is of a trip, and is not mailed.
            return known.trip.is_none().then(|| self.mail_of_incident(&known.headline));
        }
        let trip = known.trip.map(|trip| format!(" ({})", self.title_of(trip))).unwrap_or_default();
        let subject = format!("{}: {}{trip}", self.school, known.headline);
        let body = format!(
            "{}{trip}\n\nThis is a copy. Taking the alert needs a person: on the board, by its code {} in a text from a\n\
             school phone, or by pressing 1 in the call.\n\n{public_base}/alerts\n\nIf somebody is in danger, dial 999.\n",
            known.headline, known.code.0
        );
        Some(Mail { subject, body })
    }

    /// The one mail that leaves of what base alone may know: neither words nor a code, nobody's name. [INC-7]
    fn mail_of_incident(&self, headline: &Label) -> Mail {
        let subject = format!("{}: {headline}", self.school);
        let body = format!(
            "{headline}\n\nThe DSL of {} is told at once and in person; this is so that you know. Nothing of it stands in a\n\
             mail: ask the DSL, or the headteacher.\n\nIf somebody is in danger, dial 999.\n",
            self.school
        );
        Mail { subject, body }
    }

    fn title_of(&self, trip: TripId) -> String {
        self.state.trips.get(&trip).map_or_else(|| "a trip".to_owned(), |trip| trip.title.to_string())
    }

    /// What is said on the phone to somebody who can't be texted. None: nothing that is said so.
    pub fn spoken_word(&self, message: &Message) -> Option<String> {
        let said = match message.class() {
            MessageClass::Prompt(Prompt::CheckIn { trip, due_at }) => format!(
                "{}. Your check-in is due at {}. Check in on the phone page, or ring the office.",
                self.title_of(trip),
                self.zone.clock(due_at)
            ),
            MessageClass::Prompt(Prompt::Duty { answer_by }) => format!(
                "You are on call tonight. Please ring the office, or confirm on the board, by {}.",
                self.zone.clock(answer_by)
            ),
            MessageClass::Alert { .. }
            | MessageClass::Word(_)
            | MessageClass::Answer
            | MessageClass::LineTest { .. }
            | MessageClass::News(_) => return None,
        };
        Some(format!(
            "This is {}. {said} Your phone can't be texted: send START to this number to change that. Goodbye.",
            self.school
        ))
    }
}
