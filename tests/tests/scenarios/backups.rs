//! Back-ups: taken while a party is out, restored into an empty place; and journals that lack what others have heard.

use end_to_end::{MORNING, Outing, Plan, World};
use proto::topics::ServiceName::{Alerts, Board, Checkins, Contacts, Devices, Gateway, Safeguarding};
use proto::v1::checkins::Word;

use super::HOMEWARD;

/// CHECK-1, CHECK-3: a back-up is taken on line; the disk is lost; what is restored into an empty place is in the very states of the
/// back-up, and the watch over the party that is out goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_back_up_taken_while_a_party_is_out_is_restored_into_an_empty_place() {
    let mut world = World::start_as(MORNING, Plan::Alone(HOMEWARD)).await;
    let outing = Outing::under_way(&mut world).await;
    world.at("09:28").await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    let file = world.is_backed_up().await;
    let before = world.replayed().await;
    let refused = world.runs_errand(&["restore", &file.display().to_string()]).await;
    assert!(!refused.done && refused.said.contains("stop Homeward first"), "{}", refused.said);

    world.at("09:40").await;
    let late = outing.word(&world, Word::Late { minutes: 20 }, None);
    world.as_("Ines").does(late).await;
    world.quiet().await;
    assert_ne!(world.replayed().await, before, "something was recorded since");

    world.goes_down().await;
    let refused = world.runs_errand(&["restore", &file.display().to_string()]).await;
    assert!(!refused.done && refused.said.contains("empty place"), "{}", refused.said);
    world.loses_its_databases().await;
    let said = world.does_errand(&["restore", &file.display().to_string()]).await;
    assert!(said.contains("they hold"), "{said}");
    assert_eq!(world.replayed().await, before, "each service is in the state of the back-up");
    world.does_errand(&["verify"]).await;

    world.begins_anew().await;
    world.comes_back().await;
    // What was recorded after the back-up is recorded again, and the next one is due when it was.
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.nobody_answers();
    world.at("10:11").await;
    assert_eq!(world.told("checkins", "CheckInMissed").len(), 1, "the watch goes on");
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1);
    world.goes_down().await;
    world.does_errand(&["verify"]).await;
}

/// CHECK-3: trips loses its newest entries (a replica was promoted without them, and has written others since). Each service that had
/// heard more stops at it and says so, and the board too; nobody takes new numbers for old ones. Restored from one back-up, as the
/// runbook says, all of them follow again.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_without_its_last_entries_is_noticed_by_every_consumer_and_the_runbook_mends_it() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let outing = Outing::museum(&world);
    outing.submitted(&mut world).await;
    let file = world.is_backed_up().await;
    outing.authorised(&mut world).await;
    world.goes_down().await;
    world.by_hand("DELETE FROM trips.snapshot").await;
    let lost = "seq >= (SELECT MAX(seq) FROM trips.entry WHERE kind = 'FormAuthorised')";
    world.by_hand(&format!("DELETE FROM trips.entry WHERE {lost}")).await;
    world.starts_what_is_down();
    // The board keeps no journal: started anew, it reads what there is.
    let consumers = [Alerts, Checkins, Contacts, Devices, Gateway, Safeguarding];
    world.until_unfollowing(&consumers).await;
    let doctor = world.runs_errand(&["doctor"]).await;
    assert!(!doctor.done && doctor.said.contains("HW-J1"), "{}", doctor.said);

    world.goes_down().await;
    world.loses_its_databases().await;
    world.does_errand(&["restore", &file.display().to_string()]).await;
    world.begins_anew().await;
    world.comes_back().await;
    outing.authorised(&mut world).await;
    outing.issued(&mut world).await;
    world.at("09:00").await;
    world.as_("Ines").does(outing.depart()).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "WatchStarted").len(), 1);
    assert_eq!(world.told("trips", "FormAuthorised").len(), 1, "the one that was lost was given again");

    // Somebody restores behind the back of a board that goes on.
    world.stops_all_but(Board).await;
    let later = world.is_backed_up().await;
    world.loses_its_databases().await;
    world.does_errand(&["restore", &later.display().to_string()]).await;
    world.starts_what_is_down();
    world.until_unfollowing(&[Board]).await;
    world.kills(Board).await;
    world.begins_anew().await;
    world.comes_back().await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    world.goes_down().await;
    world.does_errand(&["verify"]).await;
}
