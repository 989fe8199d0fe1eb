//! What tests hold in their hands: the whole server, a handset. A call is in `live_call.rs`.
//!
//! Whatever is expected is waited for, without polling, for as long as [`Config::patience`]; then the test fails with a
//! list of what did come. What nobody expected is in [`Handsets::unexpected`].

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    config::{Config, Kind, Phone},
    contract::Violation,
    failures::{Behaviour, Failure},
    line,
    live_call::LiveCall,
    messages, pace, server,
    webhooks::{Order, Post, Treatment},
    world::{Call, CallStatus, Direction, LogLine, Shared, Text, TextStatus, Utterance, World},
};

/// Twilio's own limits for a webhook.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE_REQUEST: Duration = Duration::from_secs(15);

/// The server with all its phones. Stops when dropped.
pub struct Handsets {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: Option<JoinHandle<std::io::Result<()>>>,
}

impl Handsets {
    /// Listens on the configured address and serves until dropped or stopped.
    ///
    /// # Errors
    /// If the address can't be listened on, or no HTTP client can be made.
    pub async fn start(config: Config) -> std::io::Result<Self> {
        // Already installed is as good: the whole process needs one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE_REQUEST)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(std::io::Error::other)?;
        let listener = TcpListener::bind(config.listen).await?;
        let address = listener.local_addr()?;
        let shared = Shared::new(config, http);
        let router = server::router(shared.clone());
        let stopped = shared.stop.clone().cancelled_owned();
        let serving = axum::serve(listener, router).with_graceful_shutdown(stopped);
        Ok(Self { shared, address, server: Some(tokio::spawn(serving.into_future())) })
    }

    /// What the application sets as its provider's base address: `http://127.0.0.1:…`, without a path.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells where texts and calls to the school go, once the application listens.
    pub fn set_webhooks(&self, text_url: &str, call_url: &str) {
        self.shared.change(|world| {
            world.text_url = Some(text_url.into());
            world.call_url = Some(call_url.into());
        });
    }

    /// Tells where it is told that a call to the school is over: the number's own status callback.
    pub fn set_hang_up_webhook(&self, url: &str) {
        self.shared.change(|world| world.hang_up_url = Some(url.into()));
    }

    /// The handset with this number; made if there is none.
    #[must_use]
    pub fn handset(&self, number: &str) -> Handset {
        self.shared.change(|world| world.phone(number).phone.number.clone());
        Handset { shared: self.shared.clone(), number: number.into() }
    }

    /// Puts a phone on the shelf, with a label and kind of its own.
    pub fn add_phone(&self, phone: Phone) -> Handset {
        let number = phone.number.clone();
        self.shared.change(|world| world.phone(&number).phone = phone);
        Handset { shared: self.shared.clone(), number }
    }

    /// At the manual pace: lets the oldest waiting step be taken, and waits until it is done. False if none waits.
    pub async fn step(&self) -> bool {
        let stepped = pace::step(&self.shared);
        self.settled().await;
        stepped
    }

    /// At the manual pace: takes steps until none waits.
    pub async fn run(&self) {
        while self.step().await {}
    }

    /// Waits until nothing is under way: each text arrived, each call over or waiting for a person.
    ///
    /// # Panics
    /// If that takes longer than the configured patience.
    pub async fn settled(&self) {
        settled(&self.shared).await;
    }

    /// The next `count` requests to create a text or call meet this failure.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        self.shared.change(|world| world.failures.extend(std::iter::repeat_n(failure, count)));
    }

    /// From now on, texts or calls to this number fare like this.
    pub fn set_behaviour(&self, number: &str, behaviour: impl Into<Behaviour>) {
        self.shared.change(|world| world.behave(number, behaviour.into()));
    }

    /// Doubles or holds back what is posted to the application.
    pub fn treat(&self, post: Post, treatment: Treatment) {
        self.shared.change(|world| world.mail.treat(post, treatment));
    }

    /// Posts all that was held back, in this order, and waits until it is answered. The treatment stays as it is.
    pub async fn release_held(&self, order: Order) {
        messages::release(&self.shared, order).await;
        self.settled().await;
    }

    /// Texts and calls that nobody expected.
    #[must_use]
    pub fn unexpected(&self) -> Vec<Unexpected> {
        self.shared.see(|world| {
            let texts = world.texts.iter().filter(|text| !text.expected).cloned().map(Unexpected::Text);
            let calls = world.calls.iter().filter(|call| !call.expected).map(Unexpected::of_call);
            texts.chain(calls).collect()
        })
    }

    /// Everything that the application had this server make, oldest first in each kind: texts, then calls. Each by the
    /// address at which its progress is told, which says what it was made for.
    #[must_use]
    pub fn made(&self) -> Vec<Made> {
        self.shared.see(|world| {
            let texts = world.texts.iter().filter(|text| !text.inbound && !text.from_carrier);
            let texts = texts.map(|text| Made {
                sid: text.sid.clone(),
                to: text.to.clone(),
                callback: text.status_callback.clone(),
                failed: match text.status {
                    TextStatus::Undelivered | TextStatus::Failed | TextStatus::Canceled => true,
                    TextStatus::Queued | TextStatus::Sent | TextStatus::Delivered | TextStatus::Received => {
                        false
                    }
                },
                reached: text.arrived,
            });
            let calls = world.calls.iter().filter(|call| call.direction == Direction::OutboundApi);
            let calls = calls.map(|call| Made {
                sid: call.sid.clone(),
                to: call.to.clone(),
                callback: call.progress.url.clone(),
                failed: match call.status {
                    CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Failed | CallStatus::Canceled => {
                        true
                    }
                    CallStatus::Queued
                    | CallStatus::Ringing
                    | CallStatus::InProgress
                    | CallStatus::Completed => false,
                },
                reached: match call.status {
                    CallStatus::Ringing
                    | CallStatus::InProgress
                    | CallStatus::Completed
                    | CallStatus::NoAnswer => true,
                    CallStatus::Queued | CallStatus::Busy | CallStatus::Failed | CallStatus::Canceled => {
                        false
                    }
                },
            });
            texts.chain(calls).collect()
        })
    }

    /// Everything that broke the contract so far.
    #[must_use]
    pub fn contract_violations(&self) -> Vec<Violation> {
        self.shared.see(|world| world.violations.clone())
    }

    /// What went over the wire, oldest first.
    #[must_use]
    pub fn log(&self) -> Vec<LogLine> {
        self.shared.see(|world| world.log.iter().cloned().collect())
    }

    /// The end of a good test.
    ///
    /// # Panics
    /// If a text or call came that nobody expected, or the contract was broken.
    pub async fn expect_nothing_more(&self) {
        self.settled().await;
        let (unexpected, violations) = (self.unexpected(), self.contract_violations());
        assert!(unexpected.is_empty(), "nobody expected {unexpected:#?}");
        assert!(violations.is_empty(), "the contract was broken: {violations:#?}");
    }

    /// Stops, and waits until all is down.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        if let Some(server) = self.server.take() {
            // It ends by the token; how it ended no longer matters.
            let _ = server.await;
        }
    }
}

impl Drop for Handsets {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

pub(crate) async fn settled(shared: &Shared) {
    let quiet = shared.until(|world| (world.busy == 0).then_some(())).await;
    assert!(quiet.is_some(), "texts or calls are still under way; the log:\n{}", written(shared));
}

/// A text or call that nobody expected.
#[derive(Clone, Debug)]
pub enum Unexpected {
    /// A text to a handset.
    Text(Text),
    /// A call to a handset.
    Call {
        /// The handset's number.
        to: String,
        /// How it stands.
        status: CallStatus,
        /// What was heard.
        transcript: Vec<Utterance>,
    },
}

impl Unexpected {
    fn of_call(call: &Call) -> Self {
        Self::Call { to: call.to.clone(), status: call.status, transcript: call.transcript.clone() }
    }
}

/// A text or call that the application had made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// `SM…` or `CA…`
    pub sid: String,
    /// To whom.
    pub to: String,
    /// Where its progress is told.
    pub callback: Option<String>,
    /// Whether it came to nothing, by the provider's own word.
    pub failed: bool,
    /// Whether its handset shows the text, or rang.
    pub reached: bool,
}

/// What became of a text from a handset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `SM…`
    pub sid: String,
    /// What the application answered: a status, or why there was none. One for each time it was posted.
    pub answers: Vec<Result<u16, String>>,
}

/// One phone in somebody's hand.
#[derive(Clone)]
pub struct Handset {
    shared: Arc<Shared>,
    number: String,
}

impl Handset {
    /// Its number in E.164 form.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// All its texts, in both directions, oldest first, arrived or not.
    #[must_use]
    pub fn texts(&self) -> Vec<Text> {
        self.shared
            .see(|world| world.texts.iter().filter(|text| text.handset() == self.number).cloned().collect())
    }

    /// Waits for a text that contains these words, and takes it.
    ///
    /// # Panics
    /// If none arrives in time.
    pub async fn expects_text(&self, contains: &str) -> Text {
        self.takes_text(contains, |text| text.arrived).await
    }

    /// Waits until a text that contains these words was lost (undelivered or failed), and takes it.
    ///
    /// # Panics
    /// If none is lost in time.
    pub async fn expects_lost_text(&self, contains: &str) -> Text {
        self.takes_text(contains, |text| match text.status {
            TextStatus::Undelivered | TextStatus::Failed | TextStatus::Canceled => true,
            TextStatus::Queued | TextStatus::Sent | TextStatus::Delivered | TextStatus::Received => false,
        })
        .await
    }

    async fn takes_text(&self, contains: &str, is_meant: impl Fn(&Text) -> bool) -> Text {
        let take = |world: &mut World| {
            let meant = |text: &&mut Text| {
                !text.expected && text.to == self.number && is_meant(text) && text.body.contains(contains)
            };
            let text = world.texts.iter_mut().find(meant)?;
            text.expected = true;
            Some(text.clone())
        };
        match self.shared.until(take).await {
            Some(text) => text,
            None => panic!("{} got no text with {contains:?}, but {:#?}", self.number, self.texts()),
        }
    }

    /// Texts the school, and waits until the application has answered.
    ///
    /// # Panics
    /// If it is a landline.
    pub async fn sends(&self, body: &str) -> Sent {
        let kind = self.shared.change(|world| world.phone(&self.number).phone.kind);
        assert!(kind != Kind::Landline, "{} is a landline: it can't text", self.number);
        let (sid, answers) = messages::send_from(&self.shared, &self.number, body).await;
        Sent { sid, answers }
    }

    /// A text that was not taken (no answer, or none of success) is posted again, under the id that it had.
    pub async fn sends_again(&self, sid: &str) -> Sent {
        Sent { sid: sid.to_owned(), answers: messages::post_again(&self.shared, sid).await }
    }

    /// Waits for a call to this handset, in whatever state, and takes it.
    ///
    /// # Panics
    /// If none comes in time.
    pub async fn expects_call(&self) -> LiveCall {
        self.takes_call("was not called", |_| true).await
    }

    /// Waits until it rings, and takes the call.
    ///
    /// # Panics
    /// If it doesn't ring in time.
    pub async fn ringing_call(&self) -> LiveCall {
        self.takes_call("did not ring", |call| call.status == CallStatus::Ringing).await
    }

    /// Waits until it rings, and answers.
    ///
    /// # Panics
    /// If it doesn't ring in time.
    pub async fn answers(&self) -> LiveCall {
        let call = self.ringing_call().await;
        call.answer().await;
        call
    }

    async fn takes_call(&self, complaint: &str, is_meant: impl Fn(&Call) -> bool) -> LiveCall {
        let take = |world: &mut World| {
            let meant = |call: &&mut Call| !call.expected && call.to == self.number && is_meant(call);
            let call = world.calls.iter_mut().find(meant)?;
            call.expected = true;
            Some(call.sid.clone())
        };
        match self.shared.until(take).await {
            Some(sid) => LiveCall { shared: self.shared.clone(), sid },
            None => panic!("{} {complaint}; the log:\n{}", self.number, written(&self.shared)),
        }
    }

    /// Rings the school, and waits until the application has said what it has to say so far.
    pub async fn rings_school(&self) -> LiveCall {
        self.rings(false).await
    }

    /// As [`Handset::rings_school`], its number withheld.
    pub async fn rings_school_withheld(&self) -> LiveCall {
        self.rings(true).await
    }

    async fn rings(&self, withheld: bool) -> LiveCall {
        let call = line::ring_school(&self.shared, &self.number, withheld);
        settled(&self.shared).await;
        LiveCall { shared: self.shared.clone(), sid: call.sid }
    }
}

/// The log as text, for a failing test.
fn written(shared: &Shared) -> String {
    shared.see(|world| {
        let line =
            |line: &LogLine| format!("  {} {}", if line.to_application { "→" } else { "←" }, line.what);
        world.log.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}
