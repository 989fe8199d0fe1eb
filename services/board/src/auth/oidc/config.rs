//! How people may log in, as it is configured.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{ProviderName, SchoolId};
use secrecy::SecretString;

/// How people may log in.
#[derive(Clone, Debug, Default)]
pub struct LogInBy {
    /// Providers of accounts, in the order in which they are offered.
    pub providers: Vec<OidcConfig>,
    /// Whose passwords open anything.
    pub passwords_for: PasswordsFor,
}

/// Whose passwords open anything. There is no "nobody": when the provider is away, or was set up wrongly, an administrator
/// still gets in.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PasswordsFor {
    /// Everybody's.
    #[default]
    Everyone,
    /// Administrators' alone: everybody else logs in with a provider.
    Administrators,
}

/// A provider of accounts: OpenID Connect.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Its name in addresses. It is stored with each link: another name is another provider.
    pub name: ProviderName,
    /// What it is called on the button: "Log in with …".
    pub label: String,
    /// Its issuer, as it says itself: an https address, or http on this machine.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// The secret that we share with it.
    pub client_secret: SecretString,
    /// What an administrator types to link an account.
    pub account_by: AccountBy,
    /// Claims that must be so: the school's own domain or tenant.
    pub requires: BTreeMap<String, String>,
    /// The schools whose people it may name; none named: all.
    pub schools: BTreeSet<SchoolId>,
    /// Whether its word that somebody gave a second factor is taken for ours.
    pub trust_second_factor: bool,
    /// What it is asked to ask; empty: what it likes.
    pub prompt: String,
}

impl OidcConfig {
    /// Whether it may name people of a school.
    pub fn serves(&self, school: &SchoolId) -> bool {
        self.schools.is_empty() || self.schools.contains(school)
    }
}

/// The claim by which an account is found the first time. From then on its subject must be the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccountBy {
    /// `email`, which the provider must have verified.
    Email,
    /// `preferred_username`: Entra's user principal name. Only with an issuer of one's own tenant.
    PreferredUsername,
    /// `oid`: Entra's object id.
    Oid,
    /// `sub`.
    Subject,
}

impl AccountBy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::PreferredUsername, Self::Oid, Self::Subject];

    /// The claim's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PreferredUsername => "preferred_username",
            Self::Oid => "oid",
            Self::Subject => "sub",
        }
    }

    /// From the claim's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }

    /// What it is to whoever types it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Email => "E-mail address",
            Self::PreferredUsername => "User name",
            Self::Oid => "Object ID",
            Self::Subject => "Subject",
        }
    }

    /// As it is stored. Nobody means another person by capital letters in an address.
    pub(crate) fn normalised(self, account: &str) -> String {
        match self {
            Self::Email | Self::PreferredUsername => account.trim().to_lowercase(),
            Self::Oid | Self::Subject => account.trim().to_owned(),
        }
    }
}
