//! Of people: the evening's test of a duty. [FORM-8]

use decider::{Context, News};
use proto::ids::{AttemptId, derive_uuid};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Event, Message};
use proto::v1::people::Event as People;

use crate::plan::{Plan, Target, reply};
use crate::state::State;

pub(super) fn hear(state: &State, event: &People, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let planned = match event {
        People::DutyTested { duty, person, answer_by, .. } => {
            let number = u64::try_from(answer_by.as_second()).unwrap_or_default();
            let plan = Plan {
                attempt: AttemptId(derive_uuid(duty.0, "duty_test", number)),
                to: Target::Recipient(Recipient::Person(*person)),
                channel: Channel::Text,
                message: Message::DutyTest { answer_by: *answer_by },
                in_answer_to: None,
                at: context.now,
                expires_at: *answer_by,
            };
            plan.event(state)
        }
        People::DutyConfirmed { inbound: Some(inbound), .. } => {
            reply(state, *inbound, Message::DutyConfirmed {}, news.recorded_at, context.now)
        }
        People::DutyConfirmed { inbound: None, .. }
        | People::PersonAdded { .. }
        | People::PersonChanged { .. }
        | People::PersonLeft { .. }
        | People::HolderAuthorised { .. }
        | People::AuthorisationWithdrawn { .. }
        | People::AgreementAccepted { .. }
        | People::DutyPlanned { .. }
        | People::DutyRemoved { .. }
        | People::DutyTestUnanswered { .. }
        | People::PolicyChanged { .. }
        | People::PolicyReviewed { .. }
        | People::PolicyReviewReminded { .. } => None,
    };
    planned.into_iter().collect()
}
