//! The other side: an application that keeps what it is posted and answers what the test tells it to, and a client
//! that speaks to the server as the gateway does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use handsets::{Config, Handsets, Pace, signature_is_valid};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) const SCHOOL: &str = "+441632960000";
pub(crate) const LEADER: &str = "+447700900101";
pub(crate) const DEPUTY: &str = "+447700900102";
pub(crate) const LANDLINE: &str = "+441632960001";

type Pairs = Vec<(String, String)>;

/// One webhook as it came.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) query: String,
    form: Pairs,
}

impl Posted {
    pub(crate) fn value(&self, key: &str) -> &str {
        self.form.iter().find(|(k, _)| k == key).map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct Desk {
    posted: Mutex<Vec<Posted>>,
    answers: Mutex<HashMap<String, String>>,
    base: Mutex<String>,
}

/// The server under test, the application, and a client, in one.
pub(crate) struct Bench {
    pub(crate) handsets: Handsets,
    desk: Arc<Desk>,
    base: String,
    config: Config,
    http: reqwest::Client,
    app: JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.app.abort();
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::at_pace(Pace::Immediate).await
    }

    pub(crate) async fn at_pace(pace: Pace) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk::default());
        *desk.base.lock().unwrap() = base.clone();
        let router = Router::new().fallback(take).with_state(desk.clone());
        let app = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let config = Config { pace, ..Config::default() };
        let handsets = Handsets::start(config.clone()).await.unwrap();
        handsets.set_webhooks(&format!("{base}/text"), &format!("{base}/voice"));
        Self {
            handsets,
            desk,
            base,
            config,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            app,
        }
    }

    /// The application's address for this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// From now on the application answers posts to this path with these verbs.
    pub(crate) fn says(&self, path: &str, verbs: &str) {
        let answer = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{verbs}</Response>");
        self.desk.answers.lock().unwrap().insert(path.into(), answer);
    }

    /// What was posted to this path so far.
    pub(crate) fn posted(&self, path: &str) -> Vec<Posted> {
        self.desk.posted.lock().unwrap().iter().filter(|posted| posted.path == path).cloned().collect()
    }

    /// The values of one key in all that was posted to this path.
    pub(crate) fn values(&self, path: &str, key: &str) -> Vec<String> {
        self.posted(path).iter().map(|posted| posted.value(key).to_owned()).collect()
    }

    pub(crate) fn request(&self, method: reqwest::Method, file: &str) -> reqwest::RequestBuilder {
        let account = &self.config.account_sid;
        let url = format!("{}/2010-04-01/Accounts/{account}/{file}", self.handsets.base_url());
        self.http.request(method, url).basic_auth(account, Some(&self.config.auth_token))
    }

    pub(crate) async fn post(&self, file: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let response = self.request(reqwest::Method::POST, file).form(form).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, file: &str) -> Value {
        self.request(reqwest::Method::GET, file).send().await.unwrap().json().await.unwrap()
    }

    /// Texts a number as the application does.
    pub(crate) async fn text(&self, to: &str, body: &str) -> (u16, Value) {
        let callback = self.url("/status?attempt=7");
        self.post(
            "Messages.json",
            &[("To", to), ("From", SCHOOL), ("Body", body), ("StatusCallback", &callback)],
        )
        .await
    }

    /// Calls a number as the application does; `/alert` says what is to be heard.
    pub(crate) async fn call(&self, to: &str) -> (u16, Value) {
        let (script, callback) = (self.url("/alert"), self.url("/progress?attempt=8"));
        let mut form = vec![("To", to), ("From", SCHOOL), ("Url", &script), ("StatusCallback", &callback)];
        form.extend(
            ["initiated", "ringing", "answered", "completed"].map(|event| ("StatusCallbackEvent", event)),
        );
        self.post("Calls.json", &form).await
    }
}

/// Refuses what isn't signed as it should be; keeps the rest.
async fn take(
    State(desk): State<Arc<Desk>>,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> (StatusCode, String) {
    let url = format!("{}{uri}", desk.base.lock().unwrap());
    let given = headers.get("X-Twilio-Signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature_is_valid(&Config::default().auth_token, &url, &form, given) {
        return (StatusCode::FORBIDDEN, String::new());
    }
    let path = uri.path().to_owned();
    let answer = desk.answers.lock().unwrap().get(&path).cloned();
    desk.posted.lock().unwrap().push(Posted { path, query: uri.query().unwrap_or_default().into(), form });
    match answer {
        Some(answer) => (StatusCode::OK, answer),
        None => (StatusCode::NO_CONTENT, String::new()),
    }
}
