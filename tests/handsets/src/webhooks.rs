//! Signed posts to the application, and the mail room that loses their order or doubles them on demand.

use std::{collections::VecDeque, sync::Arc};

use reqwest::{StatusCode, Url};

use crate::{contract::Form, signing::signature, world::Shared};

/// What is posted without waiting for instructions; what a call says and does next is never held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// How a message or call goes on.
    StatusCallbacks,
    /// Texts from handsets.
    InboundTexts,
}

/// How the mail room treats it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Treatment {
    /// Posted once, at once.
    #[default]
    Normal,
    /// Posted twice.
    Twice,
    /// Kept until [`crate::Handsets::release_held`].
    Held,
}

/// In which order held posts go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they came.
    AsSent,
    /// The newest first.
    Reversed,
}

/// What is held and how posts are treated.
#[derive(Default)]
pub(crate) struct MailRoom {
    status_callbacks: Treatment,
    inbound_texts: Treatment,
    held: VecDeque<(String, Form)>,
}

impl MailRoom {
    pub(crate) fn treat(&mut self, post: Post, treatment: Treatment) {
        match post {
            Post::StatusCallbacks => self.status_callbacks = treatment,
            Post::InboundTexts => self.inbound_texts = treatment,
        }
    }

    fn treatment(&self, post: Post) -> Treatment {
        match post {
            Post::StatusCallbacks => self.status_callbacks,
            Post::InboundTexts => self.inbound_texts,
        }
    }
}

/// What the application answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

/// Posts as the mail room is told to: one outcome for each post made, none for a held one.
pub(crate) async fn mail(
    shared: &Arc<Shared>,
    post: Post,
    url: &str,
    form: Form,
) -> Vec<Result<Answer, String>> {
    match shared.see(|world| world.mail.treatment(post)) {
        Treatment::Normal => vec![ask(shared, url, false, &form).await],
        Treatment::Twice => vec![ask(shared, url, false, &form).await, ask(shared, url, false, &form).await],
        Treatment::Held => {
            shared.change(|world| world.mail.held.push_back((url.to_owned(), form)));
            Vec::new()
        }
    }
}

/// Posts all that was held.
pub(crate) async fn release(shared: &Arc<Shared>, order: Order) -> Vec<(Form, Result<Answer, String>)> {
    let mut held = shared.change(|world| std::mem::take(&mut world.mail.held));
    if order == Order::Reversed {
        held.make_contiguous().reverse();
    }
    let mut answers = Vec::new();
    for (url, form) in held {
        let answer = ask(shared, &url, false, &form).await;
        answers.push((form, answer));
    }
    answers
}

/// One signed request, tried once more if no connection was made.
pub(crate) async fn ask(shared: &Arc<Shared>, url: &str, get: bool, form: &Form) -> Result<Answer, String> {
    let url = if get { with_query(url, form)? } else { url.to_owned() };
    let mut outcome = once(shared, &url, get, form).await;
    if matches!(&outcome, Err(error) if error.is_connect()) {
        outcome = once(shared, &url, get, form).await;
    }
    let what = summary(form);
    match &outcome {
        Ok(answer) => shared.log(true, format!("{what} → {}", answer.status.as_u16())),
        Err(error) => shared.log(true, format!("{what} → {}", reason(error))),
    }
    outcome.map_err(|error| reason(&error).to_owned())
}

async fn once(shared: &Shared, url: &str, get: bool, form: &Form) -> Result<Answer, reqwest::Error> {
    let token = &shared.config.auth_token;
    let request = if get {
        shared.http.get(url).header("X-Twilio-Signature", signature(token, url, &Vec::new()))
    } else {
        shared.http.post(url).header("X-Twilio-Signature", signature(token, url, form)).form(form)
    };
    let response = request.send().await?;
    Ok(Answer { status: response.status(), body: response.text().await? })
}

fn with_query(url: &str, form: &Form) -> Result<String, String> {
    let mut url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
    url.query_pairs_mut().extend_pairs(form);
    Ok(url.into())
}

fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "broken off"
    }
}

/// What stands in the log: which step of what.
fn summary(form: &Form) -> String {
    let value = |key: &str| form.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let first = |keys: &[&str]| keys.iter().find_map(|key| value(key));
    let what = first(&["DialCallStatus", "MessageStatus", "CallStatus"]).unwrap_or("received");
    let sid = first(&["MessageSid", "CallSid"]).unwrap_or("");
    let tail = &sid[sid.len().saturating_sub(6)..];
    match value("Digits") {
        Some(digits) => format!("{} …{tail} {what}, keys {digits}", &sid[..sid.len().min(2)]),
        None => format!("{} …{tail} {what}", &sid[..sid.len().min(2)]),
    }
}
