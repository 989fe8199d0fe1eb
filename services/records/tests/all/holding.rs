//! Open trips, open incidents, open alerts and holds: nothing of them is erased, whatever its time.

use proto::v1::safeguarding::Held;
use records::retain;

use crate::cast::{World, at, days_after, incident, museum, okafor};

const MUCH_LATER: &str = "2029-12-01T03:30:00Z";

async fn after(world: &World, now: &str) {
    retain::retain(&world.journal, &world.school, at(now)).await.expect("done");
    world.verified().await;
}

/// INC-4: while an incident isn't closed, nothing of it and of its trip is erased.
#[tokio::test]
async fn an_open_incident_keeps_itself_and_its_trip() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(None).await;
    after(&world, MUCH_LATER).await;
    for words in ["Hellebore", "Briony Cowslip", "Rowanberry", "Foxglove", "51.734512", "Speedwell"] {
        assert!(world.files_hold(words), "{words}");
    }
    assert!(!world.files_hold("Zinnia"), "what is about no trip goes in its time");
}

/// INC-4: closed, it is kept for 25 years; its trip's records go in theirs.
#[tokio::test]
async fn a_closed_incident_is_kept_for_25_years_and_its_trip_is_not() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(Some("2027-01-10T12:00:00Z")).await;
    after(&world, MUCH_LATER).await;
    assert!(world.files_hold("Hellebore") && !world.files_hold("Rowanberry"));
    let closed = at("2027-01-10T12:00:00Z");
    for (days, kept) in [(9_130, true), (9_132, false)] {
        after(&world, &days_after(closed, days).to_string()).await;
        assert_eq!(world.files_hold("Hellebore"), kept, "after {days} days");
    }
}

/// Issue 5, privacy: a hold keeps what it names, and itself, until it is lifted.
#[tokio::test]
async fn what_is_held_stays_until_the_hold_is_lifted() {
    for of in [Held::Everything {}, Held::Trip { trip: museum() }, Held::Person { person: okafor() }] {
        let mut world = World::new().await;
        world.museum_trip().await;
        world.held(of).await;
        after(&world, MUCH_LATER).await;
        assert!(world.files_hold("Rowanberry") && world.files_hold("Ironwood"), "{of:?}");
        world.lifted("2029-12-02T09:00:00Z").await;
        after(&world, "2029-12-03T03:30:00Z").await;
        assert!(!world.files_hold("Rowanberry"), "{of:?}");
    }
}

/// Issue 5, privacy: a hold on an incident keeps it past its 25 years.
#[tokio::test]
async fn a_held_incident_outlives_its_time() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(Some("2027-01-10T12:00:00Z")).await;
    world.held(Held::Incident { incident: incident() }).await;
    after(&world, "2060-01-01T03:30:00Z").await;
    assert!(world.files_hold("Hellebore") && !world.files_hold("Rowanberry"));
}

/// CHECK-1: a trip that isn't closed keeps all of its own.
#[tokio::test]
async fn a_trip_that_is_not_closed_keeps_its_records() {
    use proto::v1::trips::Event;
    let mut world = World::new().await;
    world.museum_trip().await;
    let other = proto::ids::TripId(crate::cast::id(40));
    let form = Box::new(crate::cast::form());
    let form_hash = trips::form::form_hash(&form);
    world
        .writes::<trips::Trips>("2026-11-10T09:00:00Z", Event::DraftSaved { trip: other, form, form_hash })
        .await;
    let reason = proto::values::Note::parse("Yarrow: it is snowing").expect("a note");
    let party = Box::new(crate::cast::party());
    let left = Event::LeftWithoutClearance {
        trip: other,
        at: at("2026-11-20T09:00:00Z"),
        party,
        reason,
        missing: Vec::new(),
    };
    world.writes::<trips::Trips>("2026-11-20T09:00:00Z", left).await;
    after(&world, MUCH_LATER).await;
    assert!(world.files_hold("Yarrow"));
}
