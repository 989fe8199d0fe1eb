//! The event stream.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures::StreamExt;
use proto::envelope::Actor;
use proto::topics::ServiceName;
use proto::v1::people::Role;

use crate::cast::*;
use crate::world::{Alone, school};

fn shows(board: &Alone, event: impl Into<proto::v1::AnyEvent>) {
    let actor = Actor::Service(ServiceName::Trips);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

pub(crate) struct Events(axum::body::BodyDataStream, String);

impl Events {
    pub(crate) async fn open(board: &Alone, cookie: &str) -> Self {
        let request = Request::get("/stream").header(header::COOKIE, cookie).body(Body::empty());
        let answer = board.send(request.expect("a request")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(answer.into_body().into_data_stream(), String::new())
    }

    /// The next event of that name: its data. None when the stream has ended.
    pub(crate) async fn next(&mut self, wanted: &str) -> Option<String> {
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, async {
            loop {
                while let Some((event, rest)) = self.1.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.1 = rest;
                    if event.lines().any(|line| line == format!("event: {wanted}")) {
                        let data = event.lines().filter_map(|line| line.strip_prefix("data: "));
                        return Some(data.collect::<Vec<_>>().join("\n"));
                    }
                }
                let more = self.0.next().await?.expect("a chunk");
                self.1.push_str(std::str::from_utf8(&more).expect("text"));
            }
        })
        .await
        .expect("in time")
    }
}

#[tokio::test]
async fn an_open_board_is_drawn_at_once_and_again_when_something_happens_and_ends_at_the_stop() {
    let board = Alone::new().await;
    shows(&board, added(okafor(), "Ines Okafor", &[Role::Office]));
    board.login_for(okafor(), "ines").await;
    let cookie = board.cookie("ines").await;
    let mut events = Events::open(&board, &cookie).await;
    let first = events.next("board").await.expect("drawn at once");
    let pulse = events.next("pulse").await.expect("a pulse");
    let pulse: serde_json::Value = serde_json::from_str(&pulse).expect("JSON");
    assert_eq!(
        (pulse["clock"].as_str(), pulse["freshness"]["live"].as_bool()),
        (Some("09:00:00"), Some(false))
    );
    let form_hash = trips::form::form_hash(&form());
    shows(&board, proto::v1::trips::Event::DraftSaved { trip: museum(), form: Box::new(form()), form_hash });
    let departed = proto::v1::trips::Event::Departed {
        trip: museum(),
        at: at(NINE),
        form_hash,
        party: Box::new(party(None)),
    };
    shows(&board, departed);
    let whole = async || Events::open(&board, &cookie).await.next("board").await.expect("drawn at once");
    let mut drawn = first.clone();
    while drawn == first || drawn != whole().await {
        let change = events.next("change").await.expect("drawn again");
        assert!(!change.contains(board::stream::FORM_TOKEN_MARK), "each session has its own token");
        drawn = board::delta::patched(&drawn, &change).expect("a change of what was sent");
    }
    board.stop.cancel();
    while events.next("pulse").await.is_some() {}
}

#[tokio::test]
async fn without_a_log_in_there_is_no_stream() {
    let board = Alone::new().await;
    let request = Request::get("/stream").body(Body::empty()).expect("a request");
    let answer = board.send(request).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/login?next=/stream");
    let listener = Request::get("/stream").header(header::ACCEPT, "text/event-stream");
    let answer = board.send(listener.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "a stream's listener can't be sent to a page");
}
