//! A day on which all goes well.

use end_to_end::{Outing, World, take_in};
use proto::v1::checkins::Word;

/// FORM-1, FORM-2, DEV-5, CHECK-1, DEV-9: from the form to the last device back, with check-ins by text and by button.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_from_the_form_to_the_last_device_back() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.at("09:25").await;
    let leader = world.handset("WM-001");
    leader.expects_text("check-in due 09:30").await;
    leader.sends("OK 24").await;
    world.quiet().await;
    leader.expects_text("OK 24, all counted. Thank you. Next check-in 10:00").await;
    world.at("09:55").await;
    leader.expects_text("check-in due 10:00").await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.at("10:20").await;
    outing.returned(&mut world).await;
    for tag in ["WM-001", "WM-002"] {
        outing.takes_in(&mut world, tag).await;
    }
    assert!(world.told("trips", "TripClosed").is_empty(), "Asha's phone is still out");
    world.as_("Pat").does(take_in(&world, "BP-001")).await;
    world.quiet().await;
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    assert_eq!(world.told("checkins", "WatchEnded").len(), 1);
    world.ends().await;
}
