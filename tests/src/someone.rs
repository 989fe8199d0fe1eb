//! A person of the cast who acts, by the JSON API.

use std::collections::HashMap;
use std::sync::Arc;

use homeward::compose;
use homeward::config::Config;
use proto::ids::{CommandId, PersonId, SchoolId};
use proto::refusal::RefusalBody;
use proto::topics::ServiceName;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::asks::Asks;
use crate::books::Acknowledged;
use crate::process::LOOK;
use crate::watch::PATIENCE;

/// The board's web, with the tokens of those who have logged in.
#[derive(Clone)]
pub(crate) struct Door {
    web: String,
    config: Config,
    http: reqwest::Client,
    tokens: Arc<Mutex<HashMap<PersonId, String>>>,
    acknowledged: Arc<std::sync::Mutex<Vec<Acknowledged>>>,
    taken: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Door {
    pub(crate) fn new(config: &Config, web: &str) -> Self {
        let http =
            reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client can be made");
        Self {
            web: web.to_owned(),
            config: config.clone(),
            http,
            tokens: Arc::default(),
            acknowledged: Arc::default(),
            taken: Arc::default(),
        }
    }

    /// Every command that was answered 'done'.
    pub(crate) fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().expect("nobody panics with it").clone()
    }

    /// Every text that was taken with success, by the provider's id.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("nobody panics with it").clone()
    }

    pub(crate) fn text_was_taken(&self, provider_id: String) {
        self.taken.lock().expect("nobody panics with it").push(provider_id);
    }

    pub(crate) fn was_acknowledged(
        &self,
        school: &SchoolId,
        service: ServiceName,
        id: CommandId,
        sequence: u64,
    ) {
        let one = Acknowledged { school: school.clone(), service, id, sequence };
        self.acknowledged.lock().expect("nobody panics with it").push(one);
    }

    /// Sessions are gone: whoever acts next logs in again.
    pub(crate) async fn forgets_tokens(&self) {
        self.tokens.lock().await.clear();
    }

    /// The token of a person; they get a log-in, and log in, when they first act.
    async fn token(&self, school: &SchoolId, person: PersonId) -> String {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.get(&person) {
            return token.clone();
        }
        let (login, password) = (person.to_string(), format!("of {person}"));
        let made = compose::create_login(&self.config, school, person, &login, &password).await;
        made.unwrap_or_else(|fault| assert!(fault.contains("taken"), "{fault}"));
        let asked = self.http.post(format!("{}/api/v1/token", self.web));
        // Where a proxy is believed each person has a network of their own.
        let asked = asked.header("X-Real-IP", std::net::Ipv6Addr::from(person.0.as_u128()).to_string());
        let asked = asked.json(&json!({ "login": login, "password": password })).send().await;
        let answer = asked.expect("the board answers");
        assert_eq!(answer.status(), StatusCode::OK, "{person} logs in");
        let answer: Value = answer.json().await.expect("JSON");
        let token = answer["token"].as_str().expect("a token").to_owned();
        tokens.insert(person, token.clone());
        token
    }
}

/// A refusal, as the person reads it.
pub type No = Box<RefusalBody>;

/// A person of the cast.
#[derive(Clone)]
pub struct Someone {
    door: Door,
    school: SchoolId,
    person: PersonId,
}

impl Someone {
    pub(crate) fn new(door: Door, school: SchoolId, person: PersonId) -> Self {
        Self { door, school, person }
    }

    /// Does it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn does<C: Asks>(&self, command: C) -> u64 {
        let (variant, data) = proto::wire::split(&command);
        let done = self.asks(command).await;
        done.unwrap_or_else(|no| panic!("{variant} {data} was refused: {no:#?}"))
    }

    /// Is told why not.
    ///
    /// # Panics
    /// If it is done.
    pub async fn is_refused<C: Asks>(&self, command: C) -> No {
        let (variant, data) = proto::wire::split(&command);
        match self.asks(command).await {
            Err(no) => no,
            Ok(sequence) => panic!("{variant} {data} was done ({sequence}), though a rule stands against it"),
        }
    }

    /// Asks.
    pub async fn asks<C: Asks>(&self, command: C) -> Result<u64, No> {
        self.asks_as(CommandId::new(), command).await
    }

    /// Asks with an id of one's own: asked again with it, nothing is done twice.
    pub async fn asks_as<C: Asks>(&self, id: CommandId, command: C) -> Result<u64, No> {
        let (variant, data) = proto::wire::split(&command);
        let (status, body) = self.posts(id, C::SERVICE.as_str(), &variant, data.get().to_owned()).await;
        if status == StatusCode::OK {
            return Ok(body["sequence"].as_u64().expect("a number in the journal"));
        }
        let refused = serde_json::from_value(body.clone());
        Err(refused.unwrap_or_else(|bad| panic!("{variant}: {status} {body} is not of the one shape: {bad}")))
    }

    /// Asks until it is answered, with one id, whatever dies meanwhile. What it leads to must be in the books at the end.
    ///
    /// # Panics
    /// If it is refused, or not answered in time.
    pub async fn insists<C: Asks>(&self, command: C) -> u64 {
        self.insists_as(CommandId::new(), command).await
    }

    /// As [`Someone::insists`], with that id.
    pub async fn insists_as<C: Asks>(&self, id: CommandId, command: C) -> u64 {
        let (variant, data) = proto::wire::split(&command);
        let token = self.door.token(&self.school, self.person).await;
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < PATIENCE * 3 {
            let request = self.door.http.post(format!("{}/api/v1/{}/{variant}", self.door.web, C::SERVICE));
            let request = request.header("Idempotency-Key", id.0.to_string()).body(data.get().to_owned());
            match answer(request.bearer_auth(&token)).await {
                Ok((StatusCode::OK, body)) => {
                    let sequence = body["sequence"].as_u64().expect("a number in the journal");
                    self.door.was_acknowledged(&self.school, C::SERVICE, id, sequence);
                    return sequence;
                }
                Ok((StatusCode::UNPROCESSABLE_ENTITY, body)) => {
                    panic!("{variant} {data} was refused: {body:#}")
                }
                Ok((status, body)) => last = format!("{status} {body}"),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("{variant} {data} was never answered: {last}")
    }

    /// Their token.
    pub async fn token(&self) -> String {
        self.door.token(&self.school, self.person).await
    }

    /// Logs in, so that nothing of it is left to do later.
    pub async fn logs_in(&self) {
        self.door.token(&self.school, self.person).await;
    }

    /// Posts whatever body as a command.
    pub async fn posts(
        &self,
        id: CommandId,
        service: &str,
        variant: &str,
        body: String,
    ) -> (StatusCode, Value) {
        let request = self.door.http.post(format!("{}/api/v1/{service}/{variant}", self.door.web));
        self.sends(request.header("Idempotency-Key", id.0.to_string()).body(body)).await
    }

    /// Reads a view.
    pub async fn gets(&self, path: &str) -> (StatusCode, Value) {
        self.sends(self.door.http.get(format!("{}/api/v1/{path}", self.door.web))).await
    }

    async fn sends(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let token = self.door.token(&self.school, self.person).await;
        answer(request.bearer_auth(token)).await.expect("the board answers")
    }
}

async fn answer(request: RequestBuilder) -> Result<(StatusCode, Value), reqwest::Error> {
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
