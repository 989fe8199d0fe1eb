//! The embedded broker's questions about accounts, answered by the rules in [`super::acl`].

use std::collections::HashMap;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;

use super::acl::{Account, AccountKind, Grants};
use super::{Accounts, Phones};
use crate::bus::{Password, connection_ids};

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An account, as it is asked for.
struct Entry {
    password: Password,
    grants: Grants,
    session_ids: [String; 2],
    /// An app on a phone names its session itself.
    names_its_session: bool,
}

impl Entry {
    fn of((account, password): &(Account, Password)) -> Self {
        Self {
            password: password.clone(),
            grants: Grants::of(account),
            session_ids: connection_ids(&account.name),
            names_its_session: matches!(account.kind, AccountKind::Device { .. }),
        }
    }
}

/// Knows the accounts and what they may do. There are no anonymous clients.
pub(super) struct Gatekeeper {
    entries: HashMap<String, Entry>,
    phones: Option<Arc<dyn Phones>>,
}

impl Gatekeeper {
    pub(super) fn new(accounts: &Accounts) -> Self {
        let entry = |known: &(Account, Password)| (known.0.name.as_str().to_owned(), Entry::of(known));
        Self { entries: accounts.iter().map(entry).collect(), phones: accounts.phones() }
    }

    /// What is known of an account. Phones come and go: they are asked for each time.
    fn look<T>(&self, name: &str, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        match self.entries.get(name) {
            Some(entry) => Some(look(entry)),
            None => Some(look(&Entry::of(&self.phones.as_ref()?.account(name)?))),
        }
    }

    /// The account's name, if the log-in is right. A session id belongs to an account as well: who could take another's
    /// would throw it off the broker.
    fn admit(&self, connect: &ConnectPacket) -> Option<String> {
        let name = connect.username.as_deref()?;
        let password = connect.password.as_deref()?;
        let admitted = self.look(name, |entry| {
            let own_session = entry.session_ids.contains(&connect.client_id)
                || entry.names_its_session && !self.is_taken(&connect.client_id);
            entry.password.matches(password) && own_session
        });
        (admitted == Some(true)).then(|| name.to_owned())
    }

    fn is_taken(&self, session_id: &str) -> bool {
        self.entries.values().any(|entry| entry.session_ids.iter().any(|id| id == session_id))
    }

    fn allows(&self, name: Option<&str>, what: impl FnOnce(&Grants) -> bool) -> bool {
        name.and_then(|name| self.look(name, |entry| what(&entry.grants))).unwrap_or(false)
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
        Box::pin(ready(self.allows(user_id, |grants| grants.may_publish(topic))))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(ready(self.allows(user_id, |grants| grants.may_subscribe(topic_filter))))
    }
}
