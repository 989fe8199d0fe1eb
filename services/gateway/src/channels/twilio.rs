//! Twilio, and whoever speaks its interface: texts and calls. (Its webhooks and words are in [`crate::twilio`].)
//!
//! There is no key that makes a request safe to repeat: what is in doubt is looked for among the newest messages to that
//! number.

use async_trait::async_trait;
use proto::v1::alerts::Channel;
use proto::v1::gateway::Progress;

use super::{Fault, LookedUp, Parcel, Provider, Sought, Taken, Unusable};
use crate::twilio::client::{Client, Found};
use crate::twilio::{TwilioConfig, status};

/// An account there.
#[derive(Debug)]
pub(super) struct Twilio {
    client: Client,
}

impl Twilio {
    pub(super) fn open(config: &TwilioConfig) -> Result<Self, Unusable> {
        Ok(Self { client: Client::new(config)? })
    }
}

#[async_trait]
impl Provider for Twilio {
    fn channels(&self) -> &'static [Channel] {
        &[Channel::Text, Channel::Voice]
    }

    async fn send(&self, parcel: &Parcel) -> Result<Taken, Fault> {
        let to = parcel.to.first().map_or("", String::as_str);
        let taken = match parcel.channel {
            Channel::Text => self.client.text(to, &parcel.words, &parcel.callback, parcel.valid_secs).await?,
            Channel::Voice => self.client.call(to, &parcel.says, &parcel.callback).await?,
            Channel::Email => return Err(cant("e-mail")),
        };
        Ok(Taken { provider_id: taken.sid, further: None })
    }

    async fn look_up(&self, sought: &Sought<'_>) -> Result<LookedUp, Fault> {
        let listed = match sought.channel {
            Channel::Text => self.client.texts_to(sought.to).await?,
            Channel::Voice => self.client.calls_to(sought.to).await?,
            Channel::Email => return Ok(LookedUp::CantTell),
        };
        let found = listed.into_iter().find(|found| is_sought(found, sought));
        Ok(found.map_or(LookedUp::HasNot, |found| {
            let further = further(&found, sought.channel);
            LookedUp::Has(Taken { provider_id: found.sid, further })
        }))
    }

    async fn probe(&self) -> Result<(), Fault> {
        self.client.newest_text().await
    }

    async fn take_back(&self, provider_id: &str) -> Result<(), Fault> {
        self.client.cancel_call(provider_id).await
    }
}

pub(super) fn cant(what: &str) -> Fault {
    Fault::Refused { code: None, why: format!("this provider can't do {what}"), permanent: true }
}

fn is_sought(found: &Found, sought: &Sought<'_>) -> bool {
    let same_words = match (sought.channel, sought.words) {
        (Channel::Voice | Channel::Email, _) => true,
        (Channel::Text, Some(words)) => found.body.as_deref() == Some(words),
        (Channel::Text, None) => found.body.as_ref().is_some_and(|body| body.contains("/go/")),
    };
    let is_new = found.created_at().is_some_and(|at| at >= sought.since);
    same_words && is_new && !(sought.is_bound)(&found.sid)
}

fn further(found: &Found, channel: Channel) -> Option<Progress> {
    match channel {
        Channel::Text => status::of_text(&found.status, &found.sid, found.error_code),
        Channel::Voice => status::of_call(&found.status, &found.sid, found.error_code),
        Channel::Email => None,
    }
}
