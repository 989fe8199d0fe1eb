//! A provider of accounts (OpenID Connect), as the story wants it: on loopback, with a key that can be changed, answers that
//! can be forged, and an end to its patience.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey};
use serde_json::{Value, json};

pub(crate) const CLIENT: &str = "homeward";
pub(crate) const SECRET: &str = "shared with the provider alone";

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Signed {
    /// By the provider's key.
    Rightly,
    /// By somebody else's key, under the provider's key's name.
    ByAnother,
    /// Not at all.
    Not,
    /// With the secret that client and provider share.
    WithSecret,
    /// By a key that nobody names.
    ByUnnamed,
}

/// What is wrong with the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State_ {
    Well,
    Down,
    Rubbish,
    Endless,
    AnotherIssuer,
}

struct Grant {
    challenge: String,
    claims: Value,
    signed: Signed,
}

struct Inner {
    issuer: String,
    state: State_,
    /// Which key it has now.
    key: u8,
    grants: BTreeMap<String, Grant>,
    given: usize,
    /// How often it was asked for its keys.
    keys_asked: usize,
}

/// The provider.
#[derive(Clone)]
pub(crate) struct Idp(Arc<Mutex<Inner>>);

impl Idp {
    pub(crate) async fn starts() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let inner =
            Inner { issuer, state: State_::Well, key: 1, grants: BTreeMap::new(), given: 0, keys_asked: 0 };
        let idp = Self(Arc::new(Mutex::new(inner)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(says))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(idp.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        idp
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panicked with it")
    }

    pub(crate) fn issuer(&self) -> String {
        self.inner().issuer.clone()
    }

    pub(crate) fn is(&self, state: State_) {
        self.inner().state = state;
    }

    /// It has another key from now on.
    pub(crate) fn changes_key(&self) {
        self.inner().key += 1;
    }

    pub(crate) fn keys_asked(&self) -> usize {
        self.inner().keys_asked
    }

    /// Somebody logged in there, whom the browser came for with that challenge: the code it takes back.
    pub(crate) fn gives_code(&self, challenge: &str, claims: Value, signed: Signed) -> String {
        let mut inner = self.inner();
        inner.given += 1;
        let code = format!("code-{}", inner.given);
        inner.grants.insert(code.clone(), Grant { challenge: challenge.to_owned(), claims, signed });
        code
    }
}

fn key(number: u8) -> CoreEdDsaPrivateSigningKey {
    // PKCS #8 of an Ed25519 key is these bytes, and its seed.
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [&head[..], &[number; 32][..]].concat();
    let label = ["PRIVATE", "KEY"].join(" ");
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der));
    let id = JsonWebKeyId::new(format!("key-{number}"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).expect("a key")
}

fn ill(state: State_) -> Option<Response> {
    let html = || [(header::CONTENT_TYPE, "application/json")];
    match state {
        State_::Well | State_::AnotherIssuer => None,
        State_::Down => Some(StatusCode::BAD_GATEWAY.into_response()),
        State_::Rubbish => Some((html(), "<html>Maintenance</html>").into_response()),
        State_::Endless => Some((html(), " ".repeat(4 << 20)).into_response()),
    }
}

async fn says(State(idp): State<Idp>) -> Response {
    let inner = idp.inner();
    if let Some(answer) = ill(inner.state) {
        return answer;
    }
    let at = &inner.issuer;
    let issuer = if inner.state == State_::AnotherIssuer { "https://elsewhere.example" } else { at };
    axum::Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "jwks_uri": format!("{at}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    }))
    .into_response()
}

async fn keys(State(idp): State<Idp>) -> Response {
    let mut inner = idp.inner();
    inner.keys_asked += 1;
    axum::Json(json!({ "keys": [key(inner.key).as_verification_key()] })).into_response()
}

/// A code becomes a token: once, for whoever has the secret and the verifier.
async fn token(
    State(idp): State<Idp>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let mut inner = idp.inner();
    if let Some(answer) = ill(inner.state) {
        return answer;
    }
    let no = |why: &str| (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": why }))).into_response();
    let form_encoded: String = SECRET.replace(' ', "+");
    let right = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT}:{form_encoded}")));
    if headers.get(header::AUTHORIZATION).is_none_or(|given| given.as_bytes() != right.as_bytes()) {
        return no("invalid_client");
    }
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let Some(grant) = inner.grants.remove(&field("code")) else { return no("invalid_grant") };
    let verifier = PkceCodeVerifier::new(field("code_verifier"));
    if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != grant.challenge {
        return no("invalid_grant");
    }
    let token = signed(&inner, &grant);
    axum::Json(json!({ "access_token": "opaque", "token_type": "Bearer", "id_token": token })).into_response()
}

fn signed(inner: &Inner, grant: &Grant) -> String {
    let encoded = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let (alg, named, by) = match grant.signed {
        Signed::Rightly => ("EdDSA", inner.key, Some(inner.key)),
        Signed::ByAnother => ("EdDSA", inner.key, Some(200)),
        Signed::ByUnnamed => ("EdDSA", 200, Some(200)),
        Signed::Not => ("none", inner.key, None),
        Signed::WithSecret => ("HS256", inner.key, None),
    };
    let header = json!({ "alg": alg, "kid": format!("key-{named}"), "typ": "JWT" });
    let text = format!("{}.{}", encoded(&header), encoded(&grant.claims));
    let signature = match by {
        Some(by) => key(by).sign(&CoreJwsSigningAlgorithm::EdDsa, text.as_bytes()).expect("signs"),
        None if grant.signed == Signed::Not => Vec::new(),
        None => {
            use openidconnect::core::CoreHmacKey;
            CoreHmacKey::new(SECRET)
                .sign(&CoreJwsSigningAlgorithm::HmacSha256, text.as_bytes())
                .expect("signs")
        }
    };
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
