//! A call in a test's hand: what the person on the handset does, and what they hear.

use std::sync::Arc;

use crate::{
    handset::settled,
    line::{self, Signal},
    world::{CallStatus, Shared, Speaker, Utterance, World},
};

/// A call, from the handset's side. Each deed waits until the application has dealt with it.
#[derive(Clone)]
pub struct LiveCall {
    pub(crate) shared: Arc<Shared>,
    pub(crate) sid: String,
}

impl LiveCall {
    /// `CA…`
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> CallStatus {
        self.shared
            .see(|world| world.call(&self.sid).map(|call| call.status))
            .unwrap_or(CallStatus::Completed)
    }

    /// Everything heard, pressed, and noticed so far.
    #[must_use]
    pub fn transcript(&self) -> Vec<Utterance> {
        self.shared.see(|world| world.call(&self.sid).map(|call| call.transcript.clone())).unwrap_or_default()
    }

    /// What the school's voice said, all in one.
    #[must_use]
    pub fn heard(&self) -> String {
        let said = |line: &Utterance| (line.speaker == Speaker::School).then(|| line.words.clone());
        self.transcript().iter().filter_map(said).collect::<Vec<_>>().join(" ")
    }

    /// Waits until these words were said.
    ///
    /// # Panics
    /// If they aren't said in time.
    pub async fn hears(&self, contains: &str) {
        let heard = |world: &mut World| {
            let call = world.call(&self.sid)?;
            let said = |line: &Utterance| line.speaker == Speaker::School && line.words.contains(contains);
            call.transcript.iter().any(said).then_some(())
        };
        if self.shared.until(heard).await.is_none() {
            panic!("nobody said {contains:?}, but {:#?}", self.transcript());
        }
    }

    /// Picks up.
    pub async fn answer(&self) {
        self.deed(Signal::Answer).await;
    }

    /// Declines: the application is told 'busy'.
    pub async fn reject_busy(&self) {
        self.deed(Signal::Decline).await;
    }

    /// Lets it ring until it stops: 'no-answer'.
    pub async fn rings_out(&self) {
        self.deed(Signal::RingOut).await;
    }

    /// Presses keys, one after another, once the call listens.
    ///
    /// # Panics
    /// If the call doesn't listen in time.
    pub async fn press(&self, keys: &str) {
        for key in keys.chars() {
            self.listens().await;
            self.deed(Signal::Key(key)).await;
        }
    }

    /// Lets the time for a key run out.
    ///
    /// # Panics
    /// If the call doesn't listen in time.
    pub async fn stays_silent(&self) {
        self.listens().await;
        self.deed(Signal::Silence).await;
    }

    /// Puts the phone down.
    pub async fn hang_up(&self) {
        self.deed(Signal::HangUp).await;
    }

    /// Waits until it is over.
    ///
    /// # Panics
    /// If it goes on for too long.
    pub async fn ended(&self) -> CallStatus {
        let over = |world: &mut World| world.call(&self.sid).map(|call| call.status).filter(|s| s.is_over());
        let status = self.shared.until(over).await;
        settled(&self.shared).await;
        status.unwrap_or_else(|| panic!("the call goes on: {:#?}", self.transcript()))
    }

    async fn listens(&self) {
        let listens = |world: &mut World| {
            let call = world.call(&self.sid)?;
            (call.listening || call.status.is_over()).then_some(call.listening)
        };
        let listens = self.shared.until(listens).await;
        assert!(
            listens == Some(true),
            "the call waits for no key: {:?} {:#?}",
            self.status(),
            self.transcript()
        );
    }

    async fn deed(&self, deed: Signal) {
        assert!(line::signal(&self.shared, &self.sid, deed), "the call is over: {:?}", self.status());
        settled(&self.shared).await;
    }
}
