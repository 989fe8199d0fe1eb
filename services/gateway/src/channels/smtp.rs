//! E-mail by SMTP: the school's own mail server, over TLS from the first byte or by STARTTLS (which is insisted on). Without
//! TLS only on this machine.
//!
//! Each try of an attempt has the same Message-ID, so that mail programs show it once should it come twice. A mail server
//! can't be asked afterwards whether it took something.

use std::time::Duration;

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes, Message, header};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use proto::v1::alerts::Channel;
use proto::v1::gateway::Progress;
use secrecy::{ExposeSecret as _, SecretString};

use super::twilio::cant;
use super::{Fault, LookedUp, Parcel, Provider, Sought, Taken, Unusable};

/// So long each step (connecting, a command and its answer) may take.
const EACH_STEP: Duration = Duration::from_secs(8);

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Its name: its certificate must have it.
    pub host: String,
    /// Its port: 465 for TLS from the first byte, 587 for STARTTLS.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: Tls,
    /// The log-in, if it wants one.
    pub login: Option<(String, SecretString)>,
    /// Who the mail is from.
    pub from: String,
    /// A certificate authority of one's own, as PEM; else those that this machine trusts.
    pub ca: Option<Vec<u8>>,
}

/// How the connection is kept private.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, or not at all.
    StartTls,
    /// Not: on this machine only.
    None,
}

/// A mail server, ready.
pub(super) struct Smtp {
    config: SmtpConfig,
    from: Mailbox,
    hello: ClientId,
    tls: Option<TlsParameters>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Smtp {
    pub(super) fn open(config: &SmtpConfig) -> Result<Self, Unusable> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let from: Mailbox =
            config.from.parse().map_err(|error| Unusable(format!("from is no address: {error}")))?;
        let tls = match config.tls {
            Tls::None => None,
            Tls::Implicit | Tls::StartTls => Some(parameters(config).map_err(|e| Unusable(e.to_string()))?),
        };
        let hello = ClientId::Domain(from.email.domain().to_owned());
        Ok(Self { config: config.clone(), from, hello, tls })
    }

    /// Connected, private, logged in: until then nothing was sent.
    async fn connected(&self) -> Result<AsyncSmtpConnection, Fault> {
        let SmtpConfig { host, port, tls, .. } = &self.config;
        let at_once = self.tls.clone().filter(|_| *tls == Tls::Implicit);
        let server = (host.as_str(), *port);
        let connected =
            AsyncSmtpConnection::connect_tokio1(server, Some(EACH_STEP), &self.hello, at_once, None);
        let mut connection = within(connected).await?.map_err(|error| not_begun(&error))?;
        if let (Tls::StartTls, Some(parameters)) = (tls, &self.tls) {
            let upgraded = connection.starttls(parameters.clone(), &self.hello);
            within(upgraded).await?.map_err(|error| not_begun(&error))?;
        }
        if let Some((user, password)) = &self.config.login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let known = [Mechanism::Plain, Mechanism::Login];
            within(connection.auth(&known, &login)).await?.map_err(|error| not_begun(&error))?;
        }
        Ok(connection)
    }

    fn letter(&self, parcel: &Parcel) -> Result<(Envelope, Vec<u8>), Fault> {
        let wrong = |error: &dyn std::fmt::Display| Fault::Refused {
            code: None,
            why: format!("the e-mail can't be written: {error}"),
            permanent: true,
        };
        let mut to = Mailboxes::new();
        for address in &parcel.to {
            to.push(address.parse().map_err(|error| wrong(&error))?);
        }
        let id = format!("<{}@{}>", parcel.id.attempt, self.from.email.domain());
        let letter = Message::builder()
            .from(self.from.clone())
            .mailbox(header::To::from(to))
            .subject(&parcel.subject)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .body(parcel.words.clone())
            .map_err(|error| wrong(&error))?;
        Ok((letter.envelope().clone(), letter.formatted()))
    }
}

fn parameters(config: &SmtpConfig) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(config.host.clone());
    let builder = match &config.ca {
        Some(pem) => builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(pem)?),
        None => builder,
    };
    builder.build()
}

/// Before the message itself nothing can have been sent.
async fn within<T>(step: impl Future<Output = T>) -> Result<T, Fault> {
    let late = |_| Fault::NotReached { why: "the mail server did not answer in time".to_owned() };
    tokio::time::timeout(EACH_STEP, step).await.map_err(late)
}

fn not_begun(error: &Error) -> Fault {
    match error.status().map(u16::from) {
        Some(530..=538) => Fault::Unfit { code: None, why: "the mail server refuses our log-in".to_owned() },
        Some(status) => Fault::NotReached { why: format!("the mail server answered {status}") },
        None if is_about_tls(error) => {
            Fault::Unfit { code: None, why: "the mail server's certificate is not trusted".to_owned() }
        }
        None => Fault::NotReached { why: "the mail server can't be reached".to_owned() },
    }
}

/// The connection stood, and could not be made private.
fn is_about_tls(error: &Error) -> bool {
    let sources = std::iter::successors(std::error::Error::source(error), |source| source.source());
    let is_tls = |source: &(dyn std::error::Error + 'static)| {
        let within = source.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        within.is_some_and(|within| within.is::<rustls::Error>())
    };
    error.is_tls() || sources.into_iter().any(is_tls)
}

/// An answer says that it was not taken; silence says nothing.
fn not_sent(error: &Error) -> Fault {
    match error.status().map(u16::from) {
        Some(status @ 400..=499) => {
            Fault::Busy { code: None, why: format!("the mail server asks us to wait ({status})") }
        }
        Some(status) => Fault::Refused {
            code: None,
            why: format!("the mail server refused it ({status})"),
            permanent: true,
        },
        None if error.is_client() => {
            Fault::Refused { code: None, why: "the mail server can't take it".to_owned(), permanent: true }
        }
        None => Fault::InDoubt { why: "the connection to the mail server broke off".to_owned() },
    }
}

#[async_trait]
impl Provider for Smtp {
    fn channels(&self) -> &'static [Channel] {
        &[Channel::Email]
    }

    async fn send(&self, parcel: &Parcel) -> Result<Taken, Fault> {
        match parcel.channel {
            Channel::Email => {}
            Channel::Text => return Err(cant("texts")),
            Channel::Voice => return Err(cant("calls")),
        }
        let (envelope, letter) = self.letter(parcel)?;
        let mut connection = self.connected().await?;
        let sent = tokio::time::timeout(2 * EACH_STEP, connection.send(&envelope, &letter)).await;
        let late = |_| Fault::InDoubt { why: "the mail server did not answer in time".to_owned() };
        sent.map_err(late)?.map_err(|error| not_sent(&error))?;
        // It has it; how the farewell goes changes nothing.
        let _ = within(connection.quit()).await;
        Ok(Taken { provider_id: parcel.id.to_string(), further: Some(Progress::Sent {}) })
    }

    async fn look_up(&self, _: &Sought<'_>) -> Result<LookedUp, Fault> {
        Ok(LookedUp::CantTell)
    }

    async fn probe(&self) -> Result<(), Fault> {
        let mut connection = self.connected().await?;
        let _ = within(connection.quit()).await;
        Ok(())
    }

    async fn take_back(&self, _: &str) -> Result<(), Fault> {
        Err(cant("calls"))
    }
}
