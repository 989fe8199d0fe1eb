//! The live boards as they are drawn: once for everybody who sees the same, at most some fifty times a second, and only while somebody looks. With
//! thousands of schools nobody looks at most of them: what nobody sees is neither drawn nor kept.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use proto::ids::SchoolId;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::AppState;
use crate::delta::delta;
use crate::pages;
use crate::view::SeenBy;

/// Between two drawings lies so much at least: what follows a moment later is drawn with it.
const LEAST: Duration = Duration::from_millis(15);

/// And so many times as long as a drawing took: a large board leaves the machine to others.
const REST: u32 = 5;

/// But never more than that.
const MOST: Duration = Duration::from_millis(100);

/// It is drawn again after so long though nothing happened: what is soon, or overdue, follows from the time.
const DRAW_AGAIN: Duration = Duration::from_secs(20);

/// How a board is drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Look {
    /// For a desk.
    Desk,
    /// For a wall.
    Kiosk,
}

/// The boards of all schools, as they were drawn last.
#[derive(Debug)]
pub(crate) struct Screens(BTreeMap<(SchoolId, Look), Shared>);

/// One drawing for all who look at it.
#[derive(Debug, Default)]
struct Shared {
    drawn: watch::Sender<Screen>,
    looked_at: Notify,
}

/// The board as HTML, and what changed of the drawing before: most clients have that one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screen {
    pub(crate) html: Arc<str>,
    since: Option<Arc<Since>>,
}

/// The drawing before, and what changed since: worked out when the first client asks, for all who had it.
#[derive(Debug)]
struct Since {
    before: Arc<str>,
    change: OnceLock<Arc<str>>,
}

impl Screen {
    /// For one client alone.
    pub(crate) fn alone(html: String) -> Self {
        Self { html: without_returns(html).into(), since: None }
    }

    fn after(before: &Self, html: String) -> Self {
        let html: Arc<str> = without_returns(html).into();
        let since = || Arc::new(Since { before: Arc::clone(&before.html), change: OnceLock::new() });
        Self { html, since: before.is_drawn().then(since) }
    }

    /// Whether there is anything on it yet.
    pub(crate) fn is_drawn(&self) -> bool {
        !self.html.is_empty()
    }

    /// What changed since a client was sent something: `None` if nothing was sent yet.
    pub(crate) fn change(&self, sent: Option<&Arc<str>>) -> Option<Arc<str>> {
        let sent = sent?;
        let worked_out = || Arc::from(delta(sent, &self.html));
        Some(match &self.since {
            Some(since) if Arc::ptr_eq(&since.before, sent) => {
                Arc::clone(since.change.get_or_init(worked_out))
            }
            Some(_) | None => worked_out(),
        })
    }
}

/// An event's data may not have carriage returns.
fn without_returns(html: String) -> String {
    if html.contains('\r') { html.replace('\r', "") } else { html }
}

impl Screens {
    pub(crate) fn new(schools: impl Iterator<Item = SchoolId>) -> Self {
        let both = |school: SchoolId| [Look::Desk, Look::Kiosk].map(|look| (school.clone(), look));
        Self(schools.flat_map(both).map(|which| (which, Shared::default())).collect())
    }

    /// Somebody looks from now on: it is drawn while they do. Not drawn yet if nobody looked before.
    pub(crate) fn looks(&self, school: &SchoolId, look: Look) -> Option<watch::Receiver<Screen>> {
        let shared = self.0.get(&(school.clone(), look))?;
        let drawn = shared.drawn.subscribe();
        shared.looked_at.notify_one();
        Some(drawn)
    }
}

impl Shared {
    /// Draws whenever something changed, as long as somebody looks.
    async fn is_kept_drawn(
        &self,
        mut version: watch::Receiver<u64>,
        stop: CancellationToken,
        mut draw: impl FnMut() -> Option<String>,
    ) {
        loop {
            if self.drawn.receiver_count() == 0 {
                self.drawn.send_replace(Screen::default());
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.looked_at.notified() => continue,
                }
            }
            version.mark_unchanged();
            let began = Instant::now();
            if let Some(html) = draw() {
                self.drawn.send_modify(|screen| *screen = Screen::after(screen, html));
            }
            let rest = (began.elapsed() * REST).clamp(LEAST, MOST);
            let next = async {
                tokio::time::sleep(rest).await;
                match tokio::time::timeout(DRAW_AGAIN, version.changed()).await {
                    Ok(changed) => changed.is_ok(),
                    Err(_) => true,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.drawn.closed() => {}
                goes_on = next => if !goes_on { return },
            }
        }
    }
}

/// Keeps the boards drawn, until Homeward stops.
pub(crate) fn start_rendering(state: &AppState) {
    for (school, look) in state.screens().0.keys().cloned() {
        let state = state.clone();
        tokio::spawn(async move {
            let Some(version) = state.view().version(&school) else { return };
            let draw = || {
                let (view, services) = (state.view().school(&school)?, state.view().services());
                Some(pages::board_html(&view, &services, SeenBy::Base, look == Look::Kiosk, state.now()))
            };
            let shared = &state.screens().0[&(school.clone(), look)];
            shared.is_kept_drawn(version, state.stop().clone(), draw).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// All that can go on has gone on.
    async fn others_go_on() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn what_nobody_looks_at_is_neither_drawn_nor_kept() {
        let school = SchoolId::parse("elmfield").expect("a slug");
        let screens = Arc::new(Screens::new([school.clone()].into_iter()));
        let (times, changes, stop) =
            (Arc::new(AtomicUsize::new(0)), watch::Sender::new(0), CancellationToken::new());
        let (kept, drawn, version, ended) =
            (Arc::clone(&screens), Arc::clone(&times), changes.subscribe(), stop.clone());
        let which = (school.clone(), Look::Desk);
        let task = tokio::spawn(async move {
            let draw = || Some(format!("drawing {}", drawn.fetch_add(1, Ordering::Relaxed) + 1));
            kept.0[&which].is_kept_drawn(version, ended, draw).await;
        });
        changes.send_replace(1);
        others_go_on().await;
        assert_eq!(times.load(Ordering::Relaxed), 0, "nobody looks");

        let mut looks = screens.looks(&school, Look::Desk).expect("it is served");
        assert!(!looks.borrow_and_update().is_drawn());
        looks.changed().await.expect("it is drawn at once");
        assert_eq!(&*looks.borrow_and_update().html, "drawing 1");
        changes.send_replace(2);
        looks.changed().await.expect("something changed");
        assert_eq!(&*looks.borrow_and_update().html, "drawing 2");
        let also = screens.looks(&school, Look::Desk).expect("it is served");
        assert_eq!(&*also.borrow().html, "drawing 2", "the same for all who look");

        drop((looks, also));
        others_go_on().await;
        assert!(!screens.0[&(school.clone(), Look::Desk)].drawn.borrow().is_drawn(), "it is not kept");
        changes.send_replace(3);
        others_go_on().await;
        assert_eq!(times.load(Ordering::Relaxed), 2, "nobody looks any more");
        let mut again = screens.looks(&school, Look::Desk).expect("it is served");
        assert!(!again.borrow_and_update().is_drawn(), "what was drawn before is shown to nobody");
        again.changed().await.expect("it is drawn at once");
        stop.cancel();
        task.await.expect("it ends");
    }
}
