//! The day on three nodes of NATS, of which one is killed while check-ins flow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chassis::client::BusClient;
use end_to_end::{MORNING, Outing, Plan, World};
use jiff::SignedDuration;
use proto::ids::{CommandId, SchoolId};
use proto::topics::ServiceName::Checkins;
use proto::v1::checkins::{Command, Word};

use super::HOMEWARD;
use super::apart::until_answered;
use super::killed::coming_home;

/// Check-ins that are asked for one after another, and how many are answered when the node dies.
const CHECK_INS: usize = 40;
const BEFORE: usize = 15;

/// The node that checkins is connected to, and contacts, and the gateway: each begins with another.
const DIES: usize = 1;

/// FORM-1, DEV-5, CHECK-1, CHECK-2, CHECK-3, DEV-9: from the form to the last device back on a cluster. A node is killed (kill -9) while
/// check-ins flow: each is answered by way of the others, and counts once; a check-in that is missed with two nodes left is alerted once.
/// The node comes back, and the books close.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_three_nodes_of_which_one_dies_while_check_ins_flow() {
    let mut world = World::start_as(MORNING, Plan::Clustered(HOMEWARD)).await;
    let outing = Outing::under_way(&mut world).await;
    world.at("09:25").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted. Thank you. Next check-in 10:00").await;

    world.at("09:55").await;
    check_ins_flow_and_a_node_dies(&mut world, &outing).await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1 + CHECK_INS, "each counts once");

    world.nobody_answers();
    world.at("10:41").await;
    world.texted("WM-001", "ALERT").await;
    world.sends("WM-001", "OK 24").await;
    for once in ["CaseOpened", "CaseResolved"] {
        assert_eq!(world.told("alerts", once).len(), 1, "{once}");
    }

    world.outside().nats().restart(DIES).await;
    coming_home(&mut world, &outing, "10:59").await;
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    let counts = world.closes_the_books().await;
    assert_eq!(counts.missed.len(), 1, "{counts:?}");
    assert!(counts.acknowledged > CHECK_INS, "{counts:?}");
}

async fn check_ins_flow_and_a_node_dies(world: &mut World, outing: &Outing) {
    // Pressed one after the other: a word that was pressed at the same moment would be the same one.
    let pressed = |ago: i64| world.now().saturating_add(SignedDuration::from_secs(-ago)).expect("an instant");
    let words = (1..=CHECK_INS as i64).rev();
    let words = words.map(|ago| outing.pressed(world, "WM-001", Word::Ok, Some(24), pressed(ago))).collect();
    let answered = Arc::<AtomicUsize>::default();
    let flow = tokio::spawn(flow(world.mqtt_client(), world.school.clone(), words, Arc::clone(&answered)));
    while answered.load(Ordering::Relaxed) < BEFORE {
        tokio::task::yield_now().await;
    }
    world.outside().nats().kill(DIES).await;
    for (id, sequence) in flow.await.expect("all are answered") {
        world.acknowledged(Checkins, id, sequence);
    }
    world.quiet().await;
}

/// One after another, each with an id of its own; what each was answered.
async fn flow(
    client: BusClient,
    school: SchoolId,
    words: Vec<Command>,
    answered: Arc<AtomicUsize>,
) -> Vec<(CommandId, u64)> {
    let mut all = Vec::with_capacity(CHECK_INS);
    for word in words {
        let id = CommandId::new();
        all.push((id, until_answered(&client, &school, id, &word).await));
        answered.store(all.len(), Ordering::Relaxed);
    }
    all
}
