//! What happened on a trip of long ago.

use axum::http::StatusCode;
use board::view::{MAX_TIMELINES, SeenBy};
use proto::envelope::Actor;
use proto::ids::TripId;
use proto::v1::people::Role;
use proto::v1::trips::Command;
use trips::Trips;

use crate::cast::*;
use crate::world::{World, page};

/// USE-1: of a trip of which nothing is at hand any more, since so many others were busy after it, its timeline, its CSV and the API tell
/// what they told on the day: the journals are read again. What is added then stands at its end.
#[tokio::test]
async fn a_trip_of_long_ago_has_its_whole_timeline() {
    let world = World::new().await;
    world.person(okafor(), "Ines Okafor", &[Role::Leader]).await;
    world.board.login_for(okafor(), "ines").await;
    world.board.until(|view| view.trips.is_here(okafor())).await;
    let cookie = world.board.cookie("ines").await;
    let by = Some(Actor::Person(okafor()));
    let draft = |trip| {
        let mut form = Box::new(form());
        form.staff.iter_mut().for_each(|member| member.work_mobile = None);
        Command::SaveDraft { trip, base: None, form }
    };
    world.does::<Trips>(draft(museum()), by.clone()).await;
    for text in ["The coach is booked.", "Packed lunches for four."] {
        world.does::<Trips>(Command::AddNote { trip: museum(), note: note(text) }, by.clone()).await;
    }
    let token = world.board.token("ines").await;
    let told = async || {
        let trip = world.board.get_as(&token, &format!("/api/v1/trips/{}", museum())).await;
        assert!(trip["timeline_part"].is_null(), "{trip}");
        let mut entries = trip["timeline"].as_array().expect("a list").clone();
        // Here time stands still: what two services recorded at one instant may come in either order.
        entries.sort_by_key(|entry| (entry["service"].to_string(), entry["sequence"].as_u64()));
        entries
    };
    // The form, two notes, and what contacts says of its route.
    world.board.until(|view| view.timeline(SeenBy::Base, museum()).count() == 4).await;
    let on_the_day = told().await;

    let others: Vec<TripId> = (0..MAX_TIMELINES).map(|_| TripId::new()).collect();
    let busy = others.iter().map(|other| world.does::<Trips>(draft(*other), by.clone()));
    futures::future::join_all(busy).await;
    world.board.until(|view| !view.has_whole_timeline(museum())).await;
    assert_eq!(told().await, on_the_day, "told again as it was");

    let later = Command::AddNote { trip: museum(), note: note("Asked for by the DSL.") };
    world.does::<Trips>(later, by).await;
    let (status, shown) = page(&world, &cookie, &format!("/trips/{}/log", museum())).await;
    assert_eq!(status, StatusCode::OK);
    let places = ["coach is booked", "Packed lunches", "Asked for by the DSL"].map(|text| shown.find(text));
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} {shown}");
    let (_, csv) = page(&world, &cookie, &format!("/trips/{}/log.csv", museum())).await;
    assert_eq!(csv.lines().count(), on_the_day.len() + 2, "a head, and one more: {csv}");
    world.end().await;
}
