//! Instances that divide the slots, as PostgreSQL's own locks tell of them: each has its number to itself, and each slot one holder.

use chassis::lease::members::{Membership, look_from_outside};
use chassis::lease::{LeaseFault, Slot};
use chassis::testing::postgres::Postgres;
use proto::topics::ServiceName;
use sqlx::{Connection, PgConnection};

const SERVICES: [ServiceName; 2] = [ServiceName::Checkins, ServiceName::People];

async fn joins(url: &str, number: u16) -> Result<Membership, LeaseFault> {
    Membership::join(url, number, &format!("10.0.0.{number}:8080"), &SERVICES).await
}

/// CHECK-3: nobody comes under a number that somebody has, and nobody has a slot that another one holds. Whoever's connection the database ends
/// has lost both, and knows it at the next look. [HW-D3]
#[tokio::test]
async fn each_number_and_each_slot_has_one_instance_for_as_long_as_its_connection() {
    let postgres = Postgres::start();
    let url = postgres.database("homeward");
    let mut first = joins(&url, 1).await.expect("its number is free");
    let taken = joins(&url, 1).await.expect_err("it is at work");
    assert!(matches!(taken, LeaseFault::NumberTaken { number: 1, .. }), "{taken}");
    let mut second = joins(&url, 2).await.expect("its number is free");
    let slots: Vec<Slot> = Slot::all().take(3).collect();
    let checkins = ServiceName::Checkins;
    assert_eq!(first.take(checkins, &slots).await.expect("asked"), slots);
    assert_eq!(second.take(checkins, &slots).await.expect("asked"), [], "they are held");
    assert_eq!(
        second.take(ServiceName::People, &slots).await.expect("asked"),
        slots,
        "of each service for itself"
    );
    let seen = look_from_outside(&url, &SERVICES).await.expect("seen");
    assert_eq!(seen.services[&checkins].held_by(1).collect::<Vec<_>>(), slots);
    assert_eq!(seen.addresses[&2], "10.0.0.2:8080");

    let mut by_hand = PgConnection::connect(&url).await.expect("it can be reached");
    let ends = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name LIKE 'homeward 1 at %'";
    assert!(
        sqlx::query_scalar::<_, bool>(ends).fetch_one(&mut by_hand).await.expect("it runs"),
        "it has ended"
    );
    assert!(first.look().await.is_err(), "its connection is lost");
    assert_eq!(second.take(checkins, &slots).await.expect("asked"), slots, "and what it held is free");
    joins(&url, 1).await.expect("and so is its number");
}
