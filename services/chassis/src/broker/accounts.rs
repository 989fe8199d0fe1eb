//! The accounts of a broker, with their passwords.

use std::collections::BTreeMap;

use proto::ids::ClientId;

use super::acl::Account;
use crate::bus::Password;

/// Accounts with their passwords; made anew at each start for the embedded broker, and never logged.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    by_name: BTreeMap<String, (Account, Password)>,
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

    /// The password of an account.
    pub fn password(&self, name: &ClientId) -> Option<&Password> {
        self.by_name.get(name.as_str()).map(|(_, password)| password)
    }

    /// All accounts with their passwords, by name.
    pub fn iter(&self) -> impl Iterator<Item = &(Account, Password)> {
        self.by_name.values()
    }
}
