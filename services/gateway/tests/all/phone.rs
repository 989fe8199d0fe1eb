//! A simulated Android phone with SMSGate: its local server, as its public documentation describes it, and its webhooks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use chassis::clock::{Clock as _, SettableClock};
use gateway::channels::smsgate::signature::signature;
use gateway::channels::{Mode, SmsGateConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

const USER: &str = "sms";
const PASSWORD: &str = "of the phone";
pub const SIGNING_KEY: &str = "the phone's key";
const PATIENCE: Duration = Duration::from_secs(20);

/// What becomes of the next request to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mood {
    #[default]
    Well,
    /// 500, and nothing is sent.
    Broken,
    /// 500, and it is sent all the same.
    SendsThenBreaks,
}

/// A text that the phone was asked to send.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: String,
    pub to: String,
    pub text: String,
    pub body: Value,
}

#[derive(Default)]
struct Inside {
    asked: Vec<Asked>,
    states: BTreeMap<String, (String, Option<String>)>,
    hooks: BTreeMap<String, String>,
    mood: Mood,
    locked_out: bool,
}

#[derive(Clone)]
pub struct Phone {
    inside: Arc<Mutex<Inside>>,
    changed: watch::Sender<u64>,
    address: SocketAddr,
    clock: Arc<SettableClock>,
    mode: Mode,
}

impl Phone {
    pub async fn start(clock: Arc<SettableClock>, mode: Mode) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let phone = Self { inside: Arc::default(), changed: watch::Sender::new(0), address, clock, mode };
        let of_mode = match mode {
            Mode::Local => "/message",
            Mode::Cloud => "/3rdparty/v1/messages",
        };
        let hooks = match mode {
            Mode::Local => "/webhooks",
            Mode::Cloud => "/3rdparty/v1/webhooks",
        };
        let router = Router::new()
            .route(of_mode, post(send))
            .route(&format!("{of_mode}/{{id}}"), get(one))
            .route(hooks, post(hook))
            .with_state(phone.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        phone
    }

    pub fn config(&self) -> SmsGateConfig {
        let base = format!("http://{}", self.address);
        SmsGateConfig {
            base_url: if self.mode == Mode::Local { base } else { format!("{base}/3rdparty/v1") },
            mode: self.mode,
            username: USER.into(),
            password: PASSWORD.to_owned().into(),
            signing_key: SIGNING_KEY.to_owned().into(),
            sim: Some(1),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        let changed = change(&mut self.inside.lock().unwrap());
        self.changed.send_modify(|n| *n += 1);
        changed
    }

    pub fn is(&self, mood: Mood) {
        self.change(|inside| inside.mood = mood);
    }

    /// From now on it lets nobody in.
    pub fn locks_out(&self) {
        self.change(|inside| inside.locked_out = true);
    }

    /// All that it was asked to send.
    pub fn asked(&self) -> Vec<Asked> {
        self.inside.lock().unwrap().asked.clone()
    }

    /// Waits for a text with these words.
    pub async fn expects(&self, words: &str) -> Asked {
        self.until(words, |inside| inside.asked.iter().find(|asked| asked.text.contains(words)).cloned())
            .await
    }

    /// Waits until all four kinds of news have an address.
    pub async fn hooked(&self) {
        self.until("the webhooks", |inside| (inside.hooks.len() == 4).then_some(())).await;
    }

    async fn until<T>(&self, what: &str, look: impl Fn(&Inside) -> Option<T>) -> T {
        let mut seen = self.changed.subscribe();
        let found = async {
            loop {
                seen.borrow_and_update();
                if let Some(found) = look(&self.inside.lock().unwrap()) {
                    return found;
                }
                seen.changed().await.unwrap();
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("{what} did not come: {:#?}", self.asked()))
    }

    /// How it goes on with a text.
    pub async fn news(&self, event: &str, id: &str, more: Value) -> u16 {
        let state = match event {
            "sms:sent" => "Sent",
            "sms:delivered" => "Delivered",
            _ => "Failed",
        };
        self.change(|inside| inside.states.insert(id.to_owned(), (state.to_owned(), None)));
        let mut payload = json!({ "messageId": id, "phoneNumber": null, "simNumber": 1 });
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.posts(event, payload, SIGNING_KEY).await
    }

    /// Somebody texts it.
    pub async fn receives(&self, from: &str, text: &str) -> u16 {
        let payload = json!({
            "messageId": "4a7c", "message": text, "sender": from, "recipient": null, "phoneNumber": from,
            "simNumber": 1, "receivedAt": self.clock.now().to_string(),
        });
        self.posts("sms:received", payload, SIGNING_KEY).await
    }

    pub async fn posts(&self, event: &str, payload: Value, key: &str) -> u16 {
        let url = self.inside.lock().unwrap().hooks[event].clone();
        let body =
            json!({ "deviceId": "d", "event": event, "id": "w", "payload": payload, "webhookId": "h" });
        let (body, stamp) = (body.to_string(), self.clock.now().as_second().to_string());
        let signed = signature(&key.to_owned().into(), body.as_bytes(), &stamp);
        let post = reqwest::Client::new().post(url).header(header::CONTENT_TYPE, "application/json");
        let post = post.header("X-Signature", signed).header("X-Timestamp", stamp);
        post.body(body).send().await.unwrap().status().as_u16()
    }
}

fn lets_in(phone: &Phone, headers: &HeaderMap) -> bool {
    let right = base64::prelude::BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given == Some(format!("Basic {right}").as_str()) && !phone.inside.lock().unwrap().locked_out
}

async fn send(State(phone): State<Phone>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !lets_in(&phone, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mood = phone.inside.lock().unwrap().mood;
    if mood == Mood::Broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let id = body["id"].as_str().unwrap().to_owned();
    assert!(id.len() <= 36, "the app takes no longer id: {id}");
    let known = phone.inside.lock().unwrap().states.contains_key(&id);
    if known {
        return StatusCode::CONFLICT.into_response();
    }
    let asked = Asked {
        id: id.clone(),
        to: body["phoneNumbers"][0].as_str().unwrap().to_owned(),
        text: body["textMessage"]["text"].as_str().unwrap().to_owned(),
        body,
    };
    phone.change(|inside| {
        inside.asked.push(asked);
        inside.states.insert(id.clone(), ("Pending".to_owned(), None));
    });
    if mood == Mood::SendsThenBreaks {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    (StatusCode::ACCEPTED, Json(json!({ "id": id, "state": "Pending", "recipients": [] }))).into_response()
}

async fn one(State(phone): State<Phone>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !lets_in(&phone, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let inside = phone.inside.lock().unwrap();
    if inside.mood == Mood::Broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    match inside.states.get(&id) {
        Some((state, error)) => {
            Json(json!({ "id": id, "state": state, "recipients": [{ "error": error }] })).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn hook(State(phone): State<Phone>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !lets_in(&phone, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    phone.change(|inside| inside.hooks.insert(text("event"), text("url")));
    (StatusCode::CREATED, Json(body)).into_response()
}
