//! What an attempt sends, as known at the moment it is sent: to whom, in which words.

use chassis::school::School;
use jiff::Timestamp;
use proto::ids::{AttemptId, ProviderName, SchoolId};
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Message, Reach};

use super::Inner;
use crate::attempt::Phase;
use crate::channels::{MessageId, Parcel};
use crate::messages::Words;
use crate::state::State;

/// What is sent, as known now.
pub(super) struct Packed {
    pub(super) parcel: Parcel,
    /// Whether there is a number or address to send to, and words to say.
    pub(super) has_target: bool,
    pub(super) has_words: bool,
    pub(super) is_link: bool,
    pub(super) planned_at: Timestamp,
    pub(super) provider: Option<ProviderName>,
    pub(super) is_begun: bool,
}

/// None: the attempt is gone, or its school.
pub(super) fn pack(inner: &Inner, (school, id): &(SchoolId, AttemptId), tries: u16) -> Option<Packed> {
    let packed = |known: &School, state: &State| {
        let attempt = state.attempts.get(*id)?;
        let words = Words { state, school: known.name.as_str(), zone: &known.zone };
        let secret = inner.secret(school, &attempt.message, attempt.via);
        let (subject, said) = match attempt.channel {
            Channel::Email => match words.mail(&attempt.message, &inner.config.public_base) {
                Some(mail) => (state.marked(attempt, mail.subject), Some(mail.body)),
                None => (String::new(), None),
            },
            Channel::Voice => (String::new(), words.spoken(&attempt.message)),
            Channel::Text => (String::new(), words.text(&attempt.message, secret.as_deref())),
        };
        let said = said.map(|said| state.marked(attempt, said));
        let to = match attempt.via {
            Reach::Mailbox(mailbox) => inner.config.addresses(school, mailbox),
            via @ (Reach::Device(_) | Reach::Line(_) | Reach::Inbound(_)) => {
                state.number_of(via).map(|number| number.e164().to_owned()).into_iter().collect()
            }
        };
        let left = attempt.expires_at.duration_since(inner.clock.now()).as_secs().max(1);
        Some(Packed {
            has_target: !to.is_empty(),
            has_words: said.is_some(),
            is_link: matches!(attempt.message, Message::PageLink { .. }),
            planned_at: attempt.planned_at,
            provider: attempt.provider.clone(),
            is_begun: matches!(attempt.phase, Phase::Begun { .. }) && attempt.tries == tries,
            parcel: Parcel {
                id: MessageId { attempt: *id, tries },
                channel: attempt.channel,
                to,
                words: said.unwrap_or_default(),
                subject,
                urgent: state.is_urgent(attempt),
                valid_secs: u32::try_from(left).unwrap_or(u32::MAX),
                callback: inner.callback("status", school, *id, tries),
                says: inner.callback("voice/alert", school, *id, tries),
            },
        })
    };
    inner.view.read(school, packed).flatten()
}
