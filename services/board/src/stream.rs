//! The event stream of the live board: plain `EventSource`.
//!
//! - `board`: the live board's main part as HTML, once, as [`crate::screens`] has it drawn; a slow client gets only the newest.
//! - `change`: what changed of it since then, line by line: see [`crate::delta`].
//! - `pulse`: every three seconds, with the time and whether what is shown is live. A page that hears none for ten seconds
//!   says so across the whole screen.
//!
//! It ends when Homeward stops, and when the session does: at once where its person loses a role or leaves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures::{Stream, StreamExt};
use proto::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::AppState;
use crate::auth::{Session, revoked};
use crate::pages;
use crate::screens::{Look, Screen};
use crate::view::Freshness;

/// A pulse is sent this often.
pub const PULSE: Duration = Duration::from_secs(3);

/// Whether the session still holds is looked up this often; that counts as use.
const LOOK_UP: Duration = Duration::from_secs(60);

/// Stands in the HTML of the board where each form's token belongs: the drawing is shared, tokens are not.
pub const FORM_TOKEN_MARK: &str = "form-token-of-this-session";

/// What is drawn of the board.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Wanted {
    /// The board on a wall: `?kiosk=1`.
    #[serde(default)]
    pub kiosk: u8,
    /// That something changed, and nothing of what: for pages that read themselves anew. `?news=1`
    #[serde(default)]
    pub news: u8,
}

/// What a pulse tells.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Pulse {
    /// Now, by the school's clock.
    pub now: Timestamp,
    /// The same, as the school's clocks show it: `10:42:07`.
    pub clock: String,
    /// Whether what is shown is live.
    pub freshness: Freshness,
}

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/stream", get(stream))
}

async fn stream(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(1);
    let client = Client { state, session, wanted, headers, sender, sent: None };
    tokio::spawn(async {
        metrics::gauge!("homeward_board_streams").increment(1.0);
        client.run().await;
        metrics::gauge!("homeward_board_streams").decrement(1.0);
    });
    Sse::new(ReceiverStream::new(receiver).map(Ok))
}

/// One open board.
struct Client {
    state: AppState,
    session: Session,
    wanted: Wanted,
    headers: HeaderMap,
    /// Holds one event at most: a slow client gets only what is newest when it is ready again.
    sender: mpsc::Sender<Event>,
    /// The drawing that it has.
    sent: Option<Arc<str>>,
}

impl Client {
    async fn run(mut self) {
        let look = if self.wanted.kiosk == 0 { Look::Desk } else { Look::Kiosk };
        let Some(mut screen) = self.state.screens().looks(&self.session.school, look) else { return };
        screen.mark_changed();
        let stop = self.state.stop().clone();
        let (mut pulse, mut looked_up) = (interval(PULSE), Instant::now());
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let drawn = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.sender.closed() => return,
                _ = pulse.tick() => None,
                changed = screen.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let screen = screen.borrow_and_update().clone();
                    if !screen.is_drawn() {
                        continue;
                    }
                    Some(screen)
                }
            };
            // Before anything more is shown to whoever may no longer see it.
            if looked_up.elapsed() >= LOOK_UP || self.has_other_roles() {
                looked_up = Instant::now();
                let Ok(session) = Session::of_cookie(&self.state, &self.headers).await else { return };
                self.session = session;
            }
            let event = match drawn {
                Some(drawn) => self.board(&drawn),
                None => self.pulse(),
            };
            let Some(event) = event else { return };
            if self.sender.send(event).await.is_err() {
                return;
            }
        }
    }

    fn has_other_roles(&self) -> bool {
        let view = self.state.view().school(&self.session.school);
        view.is_some_and(|view| revoked::are_others(&view, self.session.person, &self.session.roles))
    }

    fn board(&mut self, drawn: &Screen) -> Option<Event> {
        if self.wanted.news != 0 {
            return Some(Event::default().event("board").data("changed"));
        }
        let view = self.state.view().school(&self.session.school)?;
        let own: Screen;
        let screen = if view.sees_all(self.session.person) {
            drop(view);
            drawn
        } else {
            let (services, now) = (self.state.view().services(), self.state.now());
            let html = pages::board_html(&view, &services, self.session.seen_by, self.wanted.kiosk != 0, now);
            own = Screen::alone(html);
            &own
        };
        let change = screen.change(self.sent.as_ref());
        self.sent = Some(Arc::clone(&screen.html));
        let with_token = |text: &str| text.replace(FORM_TOKEN_MARK, &self.session.form_token);
        Some(match change {
            Some(change) => Event::default().event("change").data(with_token(&change)),
            None => Event::default().event("board").data(with_token(&screen.html)),
        })
    }

    fn pulse(&self) -> Option<Event> {
        let view = self.state.view().school(&self.session.school)?;
        let now = self.state.now();
        let clock = view.school.zone.local(now).strftime("%H:%M:%S").to_string();
        let pulse = Pulse { now, clock, freshness: view.freshness.clone() };
        let json = serde_json::to_string(&pulse).expect("a pulse has string keys only");
        Some(Event::default().event("pulse").data(json))
    }
}
