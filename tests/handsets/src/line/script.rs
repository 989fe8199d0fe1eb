//! Follows the application's TwiML: fetches a document, does what it says, goes on to the next.

use std::time::Duration;

use reqwest::Url;

use super::{Line, MAX_DOCUMENTS, MOST_WORDS, PER_WORD, Signal, Stop, twiml_complaint};
use crate::{
    contract::Form,
    twiml::{self, Gather, Source, Verb},
    webhooks::ask,
    world::{CallStatus, Direction, Speaker},
};

impl Line {
    /// Follows documents until one runs to its end (`Ok`) or something stops it.
    pub(super) async fn follow(&mut self, script: Option<Source>) -> Result<(), Stop> {
        let Some(mut source) = script else {
            self.note(Speaker::Line, "Nobody is there: no webhook is set");
            return Err(Stop::HungUp);
        };
        let mut tell = Form::new();
        for _ in 0..MAX_DOCUMENTS {
            let verbs = self.fetch(&source, &tell).await?;
            match self.perform(&verbs).await {
                Err(Stop::Jump(to, news)) => (source, tell) = (to, news),
                stopped => return stopped,
            }
        }
        twiml_complaint(&self.shared, format!("a call went through {MAX_DOCUMENTS} documents"));
        Err(Stop::HungUp)
    }

    /// Asks the application what to do; a failure is asked of the fallback, once.
    async fn fetch(&mut self, source: &Source, tell: &Form) -> Result<Vec<Verb>, Stop> {
        let mut form = self.form();
        form.extend(tell.iter().cloned());
        let mut text = match source {
            Source::Inline(text) => Some(text.clone()),
            Source::Url { url, get } => self.asked(url, *get, &form).await,
        };
        if let (None, Some(fallback), Source::Url { url, .. }) = (&text, self.call().fallback, source) {
            form.push(("ErrorCode".into(), "11200".into()));
            form.push(("ErrorUrl".into(), url.clone()));
            text = self.asked(&fallback, false, &form).await;
        }
        let verbs =
            text.as_deref().map(|text| if text.trim().is_empty() { Ok(vec![]) } else { twiml::parse(text) });
        match verbs {
            Some(Ok(verbs)) => Ok(verbs),
            Some(Err(complaint)) => {
                twiml_complaint(&self.shared, complaint);
                self.note(Speaker::Line, "We are sorry, an application error has occurred");
                Err(Stop::HungUp)
            }
            None => {
                self.note(Speaker::Line, "We are sorry, an application error has occurred");
                Err(Stop::HungUp)
            }
        }
    }

    async fn asked(&mut self, url: &str, get: bool, form: &Form) -> Option<String> {
        let answer =
            ask(&self.shared, url, get, form).await.ok().filter(|answer| answer.status.is_success())?;
        self.base = Url::parse(url).ok();
        Some(answer.body)
    }

    pub(super) async fn perform(&mut self, verbs: &[Verb]) -> Result<(), Stop> {
        if let Some(Verb::Reject { busy }) = verbs.first()
            && self.call().direction == Direction::Inbound
        {
            return Err(Stop::Rejected { busy: *busy });
        }
        self.pick_up();
        for verb in verbs {
            match verb {
                Verb::Say(_) | Verb::Pause { .. } | Verb::Play => self.speak(verb).await?,
                Verb::Message(_) | Verb::Reject { .. } => {}
                Verb::Gather(gather) => self.gather(gather).await?,
                Verb::Redirect { url, get } => return Err(self.jump(url, *get, Form::new())),
                Verb::Dial(dial) => self.dial(dial).await?,
                Verb::Hangup => return Err(Stop::HungUp),
            }
        }
        Ok(())
    }

    /// The school's side answers a caller with its first words.
    fn pick_up(&mut self) {
        let now = self.shared.now();
        self.change(|call| {
            if call.direction == Direction::Inbound && call.status == CallStatus::Ringing {
                call.status = CallStatus::InProgress;
                call.started = Some(now);
            }
        });
    }

    /// What is heard and needs nothing back; recordings are not played.
    async fn speak(&mut self, verb: &Verb) -> Result<(), Stop> {
        match verb {
            Verb::Say(words) => {
                self.note(Speaker::School, words);
                let count = u32::try_from(words.split(' ').count()).unwrap_or(u32::MAX).min(MOST_WORDS);
                self.lapse(PER_WORD * count).await
            }
            Verb::Pause { secs } => self.lapse(Duration::from_secs(*secs)).await,
            Verb::Play
            | Verb::Gather(_)
            | Verb::Redirect { .. }
            | Verb::Dial(_)
            | Verb::Message(_)
            | Verb::Reject { .. }
            | Verb::Hangup => Ok(()),
        }
    }

    /// Listens for keys: goes to the action with them, or falls through without.
    async fn gather(&mut self, gather: &Gather) -> Result<(), Stop> {
        self.keys.clear();
        self.change(|call| call.listening = true);
        let heard = self.listen(gather).await;
        self.change(|call| call.listening = false);
        heard?;
        let keys = std::mem::take(&mut self.keys);
        if keys.is_empty() && !gather.action_on_empty {
            return Ok(());
        }
        let action = gather.action.clone().or(self.base.as_ref().map(Url::to_string));
        match action {
            Some(action) => Err(self.jump(&action, gather.get, vec![("Digits".into(), keys)])),
            None => Ok(()),
        }
    }

    async fn listen(&mut self, gather: &Gather) -> Result<(), Stop> {
        for prompt in &gather.prompts {
            // A key cuts the prompt short.
            if !self.keys.is_empty() {
                break;
            }
            self.speak(prompt).await?;
        }
        loop {
            let enough = gather.num_digits.is_some_and(|wanted| self.keys.chars().count() >= wanted);
            let finished = gather.finish_on.is_some_and(|key| self.keys.ends_with(key));
            if finished {
                self.keys.pop();
            }
            if enough || finished {
                return Ok(());
            }
            let signal = self.next(gather.timeout_secs, Signal::Silence).await;
            if signal == Signal::Silence {
                if self.keys.is_empty() {
                    self.note(Speaker::Line, "No key was pressed");
                }
                return Ok(());
            }
            self.heed(signal)?;
        }
    }

    pub(super) fn jump(&self, url: &str, get: bool, tell: Form) -> Stop {
        let absolute = match &self.base {
            Some(base) => base.join(url),
            None => Url::parse(url),
        };
        match absolute {
            Ok(url) => Stop::Jump(Source::Url { url: url.into(), get }, tell),
            Err(error) => {
                twiml_complaint(&self.shared, format!("{url}: {error}"));
                Stop::HungUp
            }
        }
    }
}
