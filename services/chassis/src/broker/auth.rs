//! The embedded broker's questions about accounts, answered by the rules in [`super::acl`].

use std::collections::HashMap;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;

use super::Accounts;
use super::acl::{AccountKind, Grants};
use crate::bus::{Password, connection_ids};

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Entry {
    password: Password,
    grants: Grants,
    session_ids: [String; 2],
    /// An app on a phone names its session itself.
    names_its_session: bool,
}

/// Knows the accounts and what they may do. There are no anonymous clients.
pub(super) struct Gatekeeper {
    entries: HashMap<String, Entry>,
}

impl Gatekeeper {
    pub(super) fn new(accounts: &Accounts) -> Self {
        let entry = |(account, password): &(super::acl::Account, Password)| {
            let entry = Entry {
                password: password.clone(),
                grants: Grants::of(account),
                session_ids: connection_ids(&account.name),
                names_its_session: matches!(account.kind, AccountKind::Device { .. }),
            };
            (account.name.as_str().to_owned(), entry)
        };
        Self { entries: accounts.iter().map(entry).collect() }
    }

    /// The account's name, if the log-in is right. A session id belongs to an account as well: who could take another's
    /// would throw it off the broker.
    fn admit(&self, connect: &ConnectPacket) -> Option<String> {
        let name = connect.username.as_deref()?;
        let entry = self.entries.get(name)?;
        let own_session = entry.session_ids.contains(&connect.client_id)
            || entry.names_its_session && !self.is_taken(&connect.client_id);
        let known = entry.password.matches(connect.password.as_deref()?);
        (known && own_session).then(|| name.to_owned())
    }

    fn is_taken(&self, session_id: &str) -> bool {
        self.entries.values().any(|entry| entry.session_ids.iter().any(|id| id == session_id))
    }

    fn grants(&self, name: Option<&str>) -> Option<&Grants> {
        self.entries.get(name?).map(|entry| &entry.grants)
    }
}

impl AuthProvider for Gatekeeper {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _client_addr: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        let result = match self.admit(connect) {
            Some(name) => AuthResult::success_with_user(name),
            None => AuthResult::fail(ReasonCode::BadUsernameOrPassword),
        };
        Box::pin(ready(Ok(result)))
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.grants(user_id).is_some_and(|grants| grants.may_publish(topic))))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.grants(user_id).is_some_and(|grants| grants.may_subscribe(topic_filter))))
    }
}
