//! The accounts of a broker, with their passwords.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::ids::ClientId;

use super::acl::Account;
use crate::bus::Password;

/// Knows the accounts of phones, as they are registered: an embedded broker asks it of a name that isn't one of its own.
pub trait Phones: Send + Sync {
    /// The account of that name and its password, if a phone has it now.
    fn account(&self, name: &str) -> Option<(Account, Password)>;
}

/// Accounts with their passwords; made anew at each start for the embedded broker, and never logged.
#[derive(Clone, Default)]
pub struct Accounts {
    by_name: BTreeMap<String, (Account, Password)>,
    phones: Option<Arc<dyn Phones>>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("by_name", &self.by_name).finish_non_exhaustive()
    }
}

impl Accounts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account with a new random password, which is returned. An account of that name is replaced.
    pub fn add(&mut self, account: Account) -> Password {
        let password = Password::random();
        self.add_with(account, password.clone());
        password
    }

    /// Adds an account whose password comes from configuration.
    pub fn add_with(&mut self, account: Account, password: Password) {
        self.by_name.insert(account.name.as_str().to_owned(), (account, password));
    }

    /// Besides, phones have accounts of their own.
    #[must_use]
    pub fn with_phones(mut self, phones: Arc<dyn Phones>) -> Self {
        self.phones = Some(phones);
        self
    }

    /// Who knows the accounts of phones.
    pub(super) fn phones(&self) -> Option<Arc<dyn Phones>> {
        self.phones.clone()
    }

    /// The password of an account.
    pub fn password(&self, name: &ClientId) -> Option<&Password> {
        self.by_name.get(name.as_str()).map(|(_, password)| password)
    }

    /// All accounts with their passwords, by name.
    pub fn iter(&self) -> impl Iterator<Item = &(Account, Password)> {
        self.by_name.values()
    }
}
