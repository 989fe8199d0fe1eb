//! What is shown to whom.

use board::view::{SeenBy, tell};
use proto::envelope::{Actor, EventEnvelope, Hash, Source, SpecVersion};
use proto::ids::CaseId;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::alerts::{
    Channel, Event as Alert, LadderStart, Reason, Recipient, ReplyCode, Resolution, Severity,
};
use proto::v1::checkins::Event as Word;
use proto::v1::gateway::{Event as Sent, Message, Reach};
use proto::v1::people::Role;
use proto::v1::trips::Event as Trip;

use crate::cast::*;
use crate::world::{Alone, school};

async fn out() -> Alone {
    let board = Alone::new().await;
    shows(&board, added(okafor(), "Ines Okafor", &[Role::Leader, Role::Office]));
    shows(&board, added(tan(), "Wei Tan", &[Role::Office]));
    let form_hash = trips::form::form_hash(&form());
    shows(&board, Trip::DraftSaved { trip: museum(), form: Box::new(form()), form_hash });
    let party = Box::new(party(None));
    shows(&board, Trip::Departed { trip: museum(), at: at(NINE), form_hash, party });
    board
}

fn shows(board: &Alone, event: impl Into<AnyEvent>) {
    let actor = Actor::Service(ServiceName::Trips);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

fn case() -> CaseId {
    CaseId::derived(uuid::Uuid::nil(), 1)
}

fn opened(reason: Reason) -> Alert {
    Alert::CaseOpened {
        case: case(),
        trip: Some(museum()),
        severity: Severity::Emergency,
        reason,
        code: ReplyCode(417),
        start: LadderStart::Base,
        at: at(NINE),
    }
}

/// The timeline of the trip, in words.
fn timeline(board: &Alone, seen_by: SeenBy) -> Vec<String> {
    let view = board.board.state.view().school(&school().id).expect("served");
    view.timeline(seen_by, museum()).filter_map(|entry| tell(&view, &entry.event)).collect()
}

/// CHECK-6: a duress word alerts base alone; nothing of it shows to anybody on the trip, on whichever page.
#[tokio::test]
async fn a_duress_word_shows_to_base_alone_even_to_office_staff_who_are_on_the_trip() {
    let board = out().await;
    let (base, on_trip) = (SeenBy::Person(tan()), SeenBy::Person(okafor()));
    let before = timeline(&board, base);
    assert_eq!(before, timeline(&board, on_trip));
    shows(
        &board,
        Word::DuressSignalled { trip: museum(), group: red(), device: Some(mobile()), at: at(NINE) },
    );
    shows(&board, opened(Reason::Duress { at: at(NINE) }));
    assert_eq!(timeline(&board, on_trip), before, "nothing shows");
    assert_eq!(timeline(&board, base).len(), before.len() + 2);
    {
        let view = board.board.state.view().school(&school().id).expect("served");
        assert_eq!((view.cases(base).len(), view.cases(on_trip).len()), (1, 0));
        assert!(view.case(base, case()).is_some() && view.case(on_trip, case()).is_none());
        assert!(
            view.case_of_trip(base, museum()).is_some() && view.case_of_trip(on_trip, museum()).is_none()
        );
        assert!(view.sees_all(tan()) && !view.sees_all(okafor()));
    }
    let how = Resolution::ByItself {};
    shows(&board, Alert::CaseResolved { case: case(), trip: Some(museum()), how, at: at(NINE) });
    assert_eq!(timeline(&board, on_trip), before, "nor does its end");
    let view = board.board.state.view().school(&school().id).expect("served");
    assert_eq!((view.resolved(base).count(), view.resolved(on_trip).count()), (1, 0));
}

/// CHECK-6: once it is over, too, what was sent of it shows to base alone: the office's list of messages says nothing of it to
/// somebody of the office who was on that trip.
#[tokio::test]
async fn what_was_sent_under_duress_stays_hidden_from_the_trip_for_good() {
    let board = out().await;
    for (person, login) in [(tan(), "wei.tan"), (okafor(), "ines.okafor")] {
        board.login_for(person, login).await;
    }
    shows(&board, opened(Reason::Duress { at: at(NINE) }));
    let attempt = proto::ids::AttemptId::derived(uuid::Uuid::nil(), 1);
    shows(
        &board,
        Sent::AttemptPlanned {
            attempt,
            to: Some(Recipient::Person(tan())),
            via: Reach::Device(mobile()),
            channel: Channel::Text,
            message: Message::Alert { case: case(), about: None },
            in_answer_to: None,
            at: at(NINE),
            expires_at: at("2026-11-20T10:00:00Z"),
        },
    );
    let (base, on_trip) = (board.token("wei.tan").await, board.token("ines.okafor").await);
    let sent =
        async |token: &str| board.get_as(token, "/api/v1/messages").await["sent"].as_array().map(Vec::len);
    assert_eq!((sent(&base).await, sent(&on_trip).await), (Some(1), Some(0)), "while it stands");
    let how = Resolution::ByItself {};
    shows(&board, Alert::CaseResolved { case: case(), trip: Some(museum()), how, at: at(NINE) });
    assert_eq!((sent(&base).await, sent(&on_trip).await), (Some(1), Some(0)), "and after its end");
}

#[tokio::test]
async fn another_case_shows_to_everybody_and_its_story_is_told_in_words() {
    let board = out().await;
    shows(&board, opened(Reason::MissedCheckIn { group: red(), due_at: at("2026-11-20T10:00:00Z") }));
    let on_trip = SeenBy::Person(okafor());
    let told = timeline(&board, on_trip);
    assert_eq!(
        told,
        [
            "The form was saved.",
            "The party left, 24 pupils and 1 staff.",
            "Alert, code 417: Red missed the check-in due at 10:00.",
        ]
    );
    let view = board.board.state.view().school(&school().id).expect("served");
    assert_eq!(view.cases(on_trip).len(), 1);
    assert!(view.sees_all(okafor()));
}

#[tokio::test]
async fn the_view_is_stale_until_everything_was_heard_and_again_when_the_connection_goes() {
    use chassis::client::ClientNews;
    let board = Alone::new().await;
    let hears = |news| board.board.state.view().hear(news, at("2026-11-20T10:42:07Z"));
    let freshness = || board.board.state.view().school(&school().id).expect("served").freshness.clone();
    assert_eq!(freshness().staleness(), Some(board::view::Staleness::Starting));
    hears(ClientNews::CaughtUp { school: school().id.clone() });
    assert_eq!(freshness().staleness(), None);
    hears(ClientNews::Disconnected);
    assert_eq!(freshness().staleness(), Some(board::view::Staleness::Since(at("2026-11-20T10:42:07Z"))));
    hears(ClientNews::Connected);
    assert!(!freshness().live, "what was missed is still to be heard");
    hears(ClientNews::CaughtUp { school: school().id.clone() });
    assert!(freshness().live);
}

/// HW-V2: a service of a newer release tells what this board doesn't know. The board says that it lacks something, and shows what comes after.
#[tokio::test]
async fn an_event_that_the_board_does_not_know_is_said_and_what_follows_is_shown() {
    use chassis::client::ClientNews;
    let board = Alone::new().await;
    let hears = |news| board.board.state.view().hear(news, at(NINE));
    let id = school().id.clone();
    hears(ClientNews::Connected);
    hears(ClientNews::CaughtUp { school: id.clone() });
    let envelope = EventEnvelope {
        specversion: SpecVersion::V1,
        id: uuid::Uuid::from_u128(1),
        source: Source { school: id.clone(), service: ServiceName::People },
        kind: proto::wire::kind(ServiceName::People, "PersonPhotographed"),
        time: at(NINE),
        sequence: 1,
        epoch: uuid::Uuid::from_u128(2),
        entryhash: Hash::of(b"an entry"),
        cause: uuid::Uuid::from_u128(3),
        correlation: uuid::Uuid::from_u128(3),
        actor: Actor::Service(ServiceName::People),
        traceparent: None,
        data: serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON"),
    };
    hears(ClientNews::Event { school: id.clone(), envelope: Box::new(envelope) });
    let view = board.board.state.view().school(&id).expect("served");
    let Some(board::view::Staleness::Lost(ServiceName::People, why)) = view.freshness.staleness() else {
        panic!("{:?}", view.freshness)
    };
    assert!(why.contains("event 1 of people") && why.contains("update the board"), "{why}");
    drop(view);
    shows(&board, added(okafor(), "Ines Okafor", &[]));
    assert_eq!(board.board.state.view().school(&id).expect("served").reached(ServiceName::People), 2);
}

#[tokio::test]
async fn whoever_waits_for_a_number_is_told_when_it_is_shown() {
    let board = Alone::new().await;
    let (view, id) = (std::sync::Arc::clone(board.board.state.view()), school().id.clone());
    let waiting = tokio::spawn(async move { view.wait_for(&id, ServiceName::People, 2).await });
    shows(&board, added(okafor(), "Ines Okafor", &[]));
    assert!(!waiting.is_finished());
    shows(&board, added(tan(), "Wei Tan", &[]));
    assert!(waiting.await.expect("ends"));
}
