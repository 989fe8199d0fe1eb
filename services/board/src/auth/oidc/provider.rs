//! One provider: what it says of itself (discovery, keys), and of whoever comes back from it (the code, the ID token).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jiff::SignedDuration;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenClaims, IdTokenFields, IssuerUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use proto::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::began::Began;
use super::config::{AccountBy, OidcConfig};

/// How long it may take to connect, and to answer.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(10);

/// The most bytes of an answer.
const MAX_ANSWER: usize = 512 * 1024;

/// How far its clock and ours may differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(2);

/// A token that was made longer ago is not the answer to what was asked just now.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// It isn't asked for what it says of itself, or for its keys, more often.
const ASKED_EVERY: SignedDuration = SignedDuration::from_secs(5);
const KEYS_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How long a page says that it could not be reached.
const AWAY_FOR: SignedDuration = SignedDuration::from_secs(60);

/// All claims that the standard doesn't name.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Rest(BTreeMap<String, Value>);

impl AdditionalClaims for Rest {}

type Claims = IdTokenClaims<Rest, CoreGenderClaim>;
type Fields = IdTokenFields<
    Rest,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type OurClient = Client<
    Rest,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider says of itself, with its keys.
pub(crate) type Known = Arc<CoreProviderMetadata>;

/// Signatures that are taken: none of a shared secret, and never no signature at all.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Somebody, as a provider knows them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Somebody {
    /// Never another's.
    pub(super) subject: String,
    /// What an administrator would have typed for them; none if the provider doesn't say, or doesn't vouch for it.
    pub(super) account: Option<String>,
    /// Whether the claims that must be so are.
    pub(super) is_ours: bool,
    /// Whether they gave a second factor there.
    pub(super) second_factor: bool,
}

/// The provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    /// It doesn't answer, or not as one should.
    #[error("{0}")]
    Asked(String),
    /// It was asked a moment ago.
    #[error("it did not answer a moment ago")]
    JustNow,
    /// What it says of itself can't be used.
    #[error("what it says of itself can't be used: {0}")]
    Unusable(&'static str),
}

/// What came back doesn't show who somebody is.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotShown {
    /// The provider could not be asked.
    #[error(transparent)]
    Away(#[from] Away),
    /// It doesn't know the code (any more).
    #[error("the provider doesn't take the code: {0}")]
    Code(String),
    /// Its answer shows nothing.
    #[error("{0}")]
    Token(String),
}

/// An answer could not be had.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("an answer of more than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("an answer that is none: {0}")]
    Bad(String),
}

/// One provider.
#[derive(Debug)]
pub(crate) struct Provider {
    config: OidcConfig,
    /// None where no TLS can be had on this machine.
    http: Option<reqwest::Client>,
    back: String,
    known: Mutex<Asked>,
    /// When it could not be reached the last time, in seconds; none: 0.
    away_at: AtomicI64,
}

#[derive(Debug, Default)]
struct Asked {
    known: Option<Known>,
    at: Option<Timestamp>,
}

impl Provider {
    /// Nothing was asked yet.
    pub(super) fn new(config: OidcConfig, origin: &str) -> Self {
        // Installed already is as good: the whole process needs one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // Where it sends us to is where it says itself: nowhere else is asked.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .inspect_err(|why| tracing::error!(%why, "HW-L1 no TLS for providers of accounts"))
            .ok();
        let back = format!("{origin}/login/with/{}/back", config.name);
        Self { config, http, back, known: Mutex::default(), away_at: AtomicI64::new(0) }
    }

    /// As it is configured.
    pub(crate) fn config(&self) -> &OidcConfig {
        &self.config
    }

    /// Whether it could be reached, as far as that is known.
    pub(crate) fn is_reachable(&self, now: Timestamp) -> bool {
        let away_at = self.away_at.load(Ordering::Relaxed);
        away_at == 0 || now.as_second().saturating_sub(away_at) >= AWAY_FOR.as_secs()
    }

    fn noted<T, E>(&self, now: Timestamp, asked: Result<T, E>) -> Result<T, E> {
        self.away_at.store(if asked.is_ok() { 0 } else { now.as_second() }, Ordering::Relaxed);
        asked
    }

    /// What it says of itself: known, or asked for at this moment.
    pub(crate) async fn known(&self, now: Timestamp) -> Result<Known, Away> {
        let mut asked = self.known.lock().await;
        if let Some(known) = &asked.known {
            return Ok(Arc::clone(known));
        }
        if asked.at.is_some_and(|at| now.duration_since(at) < ASKED_EVERY) {
            return Err(Away::JustNow);
        }
        asked.at = Some(now);
        let known = self.noted(now, self.discover().await)?;
        asked.known = Some(Arc::clone(&known));
        Ok(known)
    }

    /// What it says by now, where a token was signed by a key that isn't among those that were known: once in a while.
    async fn known_anew(&self, now: Timestamp) -> Option<Known> {
        let mut asked = self.known.lock().await;
        if asked.at.is_some_and(|at| now.duration_since(at) < KEYS_EVERY) {
            return None;
        }
        asked.at = Some(now);
        let known = self.noted(now, self.discover().await).ok()?;
        asked.known = Some(Arc::clone(&known));
        Some(known)
    }

    fn http(&self) -> Result<&reqwest::Client, Away> {
        self.http.as_ref().ok_or(Away::Unusable("no TLS can be had on this machine"))
    }

    async fn discover(&self) -> Result<Known, Away> {
        let issuer = IssuerUrl::new(self.config.issuer.clone())
            .map_err(|_| Away::Unusable("its issuer is no address"))?;
        let http = self.http()?;
        let ask = |request| answered(http.clone(), request);
        let found = CoreProviderMetadata::discover_async(issuer, &ask).await;
        let found = found.map_err(|why| Away::Asked(chain(&why)))?;
        let (authorize, token) = (found.authorization_endpoint().url(), found.token_endpoint());
        let token = token.ok_or(Away::Unusable("it names no place where a code becomes a token"))?;
        let is_secure = self.config.issuer.starts_with("https://");
        if is_secure && [authorize, token.url()].iter().any(|url| url.scheme() != "https") {
            return Err(Away::Unusable("a part of it is reached without TLS"));
        }
        Ok(Arc::new(found))
    }

    fn client(&self, known: &Known) -> OurClient {
        let secret = ClientSecret::new(self.config.client_secret.expose_secret().to_owned());
        let id = ClientId::new(self.config.client_id.clone());
        let back = RedirectUrl::new(self.back.clone()).expect("the board's own address, and a slug");
        Client::from_provider_metadata((**known).clone(), id, Some(secret)).set_redirect_uri(back)
    }

    /// Where a browser is sent to.
    pub(super) fn address(&self, known: &Known, began: &Began) -> String {
        let name = self.config.name.clone();
        let (state, nonce) = (CsrfToken::new(began.state(&name)), began.nonce(&name));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&began.verifier(&name));
        let client = self.client(known);
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .set_pkce_challenge(challenge);
        for scope in ["email", "profile"] {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        if !self.config.prompt.is_empty() {
            request = request.add_extra_param("prompt", self.config.prompt.clone());
        }
        request.url().0.to_string()
    }

    /// Who came back with that code.
    pub(super) async fn who(&self, code: &str, began: &Began, now: Timestamp) -> Result<Somebody, NotShown> {
        let known = self.known(now).await?;
        let client = self.client(&known);
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|why| NotShown::Token(why.to_string()))?
            .set_pkce_verifier(began.verifier(&self.config.name));
        let http = self.http()?;
        let ask = |request| answered(http.clone(), request);
        let tokens = match request.request_async(&ask).await {
            Ok(tokens) => tokens,
            Err(RequestTokenError::ServerResponse(said)) => {
                return Err(NotShown::Code(said.error().as_ref().to_owned()));
            }
            Err(why) => return Err(self.noted(now, Err(Away::Asked(chain(&why))))?),
        };
        let shown = self.shown(&known, &tokens, began, now);
        let is_of_new_key = matches!(
            &shown,
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
        );
        let shown = match if is_of_new_key { self.known_anew(now).await } else { None } {
            Some(anew) => self.shown(&anew, &tokens, began, now),
            None => shown,
        };
        shown.map_err(|why| NotShown::Token(chain(&why)))
    }

    /// Whom a token shows: signed by the provider, for us, for this browser, now.
    fn shown(
        &self,
        known: &Known,
        tokens: &Tokens,
        began: &Began,
        now: Timestamp,
    ) -> Result<Somebody, ClaimsVerificationError> {
        let none = || ClaimsVerificationError::Other("no ID token".to_owned());
        let token = tokens.id_token().ok_or_else(none)?;
        let client = self.client(known);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNED_BY)
            .set_time_fn(move || chrono_of(now.saturating_sub(CLOCKS_DIFFER).unwrap_or(now)))
            .set_issue_time_verifier_fn(move |at| is_fresh(at, now));
        let claims = token.claims(&verifier, &began.nonce(&self.config.name))?;
        Ok(self.read(claims))
    }

    /// Whom those claims show, once their signature is known to be good: the subject, the account, whether they are ours, whether there was
    /// a second factor.
    #[cfg(feature = "fuzzing")]
    pub(in crate::auth) fn shown_by(&self, claims: &[u8]) -> Option<(String, Option<String>, bool, bool)> {
        let found = self.read(&serde_json::from_slice(claims).ok()?);
        Some((found.subject, found.account, found.is_ours, found.second_factor))
    }

    fn read(&self, claims: &Claims) -> Somebody {
        let config = &self.config;
        let more = |name: &str| claims.additional_claims().0.get(name).and_then(Value::as_str);
        let account = match config.account_by {
            AccountBy::Email => {
                let is_verified = claims.email_verified() == Some(true);
                claims.email().filter(|_| is_verified).map(|email| email.as_str().to_owned())
            }
            AccountBy::PreferredUsername => claims.preferred_username().map(|name| name.as_str().to_owned()),
            AccountBy::Oid => more("oid").map(str::to_owned),
            AccountBy::Subject => Some(claims.subject().as_str().to_owned()),
        };
        let methods = claims.auth_method_refs().into_iter().flatten();
        Somebody {
            subject: claims.subject().as_str().to_owned(),
            account: account.map(|name| config.account_by.normalised(&name)),
            is_ours: config.requires.iter().all(|(claim, value)| more(claim) == Some(value)),
            second_factor: config.trust_second_factor && methods.into_iter().any(|how| how.as_str() == "mfa"),
        }
    }
}

/// A token is of now, as far as clocks agree.
fn is_fresh(made: DateTime<Utc>, now: Timestamp) -> Result<(), String> {
    let age = now.as_second().saturating_sub(made.timestamp());
    let may = -CLOCKS_DIFFER.as_secs()..FRESH.as_secs();
    if may.contains(&age) { Ok(()) } else { Err(format!("the token was made {age} s ago, by our clock")) }
}

fn chrono_of(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp(at.as_second(), 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// An error with what caused it, in one line. No answer of a provider's is in it: it may have a token in it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}

/// One question to a provider, by our own client.
async fn answered(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let request = reqwest::Request::try_from(request)?;
    let mut answer = http.execute(request).await?;
    let mut made = axum::http::Response::builder().status(answer.status());
    if let Some(headers) = made.headers_mut() {
        *headers = answer.headers().clone();
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > MAX_ANSWER {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&part);
    }
    made.body(body).map_err(|why| NoAnswer::Bad(why.to_string()))
}
