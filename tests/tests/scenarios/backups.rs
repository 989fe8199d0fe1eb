//! Back-ups: taken while a party is out, restored into an empty place; and journals that lack what others have heard.

use chassis::entry::Draft;
use chassis::journal::{Append, Journal};
use end_to_end::{Extras, MORNING, Outing, Plan, Watchdog, World};
use proto::envelope::Actor;
use proto::ids::CommandId;
use proto::topics::ServiceName::{Alerts, Board, Checkins, Contacts, Devices, Gateway, Safeguarding, Trips};
use proto::v1::checkins::Word;
use reqwest::StatusCode;
use uuid::Uuid;

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
    the_watch_goes_on(world).await;
}

/// The next check-in is missed when it was due, and alerted once; then every journal holds.
async fn the_watch_goes_on(mut world: World) {
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
    world.until_told_by(Board, "HW-V1").await;
    world.kills(Board).await;
    world.begins_anew().await;
    world.comes_back().await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    world.goes_down().await;
    world.does_errand(&["verify"]).await;
}

/// CHECK-1, CHECK-3, HW-J1: the database's machine is lost, and a streaming replica is promoted in its place, without the party's last check-in.
/// Nobody has told Homeward, which goes on. Each service that had recorded, or heard, what is gone notices and says so, the board too, and
/// nothing is built upon it: the watch goes by what is there. Started anew, as the runbook says, all is well.
#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_replica_without_the_last_entries_is_noticed_and_the_runbook_mends_it() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let outing = Outing::under_way(&mut world).await;
    let mut replica = world.outside().postgres.replica();
    replica.is_cut_off();
    world.at("09:28").await;
    let ok = outing.word(&world, Word::Ok, Some(24));
    world.as_("Ines").does(ok.clone()).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    assert_eq!(world.entries_at(world.journal_url(), Checkins, "CheckedIn").await, 1);
    let there = world.journal_url_at(&replica);
    assert_eq!(world.entries_at(&there, Checkins, "CheckedIn").await, 0, "the replica never has it");

    world.is_failed_over_to(replica);
    world.until_unfollowing(&[Alerts, Board, Checkins, Gateway, Trips]).await;
    let page = world.browser("Pat").await.opens("/").await;
    assert!(page.contains("HW-J1") && page.contains("Watch trips by telephone"), "{page}");
    world.as_("Ines").insists(ok).await;
    world.does_errand(&["verify"]).await;

    world.goes_down().await;
    let doctor = world.runs_errand(&["doctor"]).await;
    assert!(!doctor.said.contains("HW-J"), "journals and cursors fit each other: {}", doctor.said);
    world.begins_anew().await;
    world.comes_back().await;
    world.until_unfollowing(&[]).await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1, "the one that was given again");
    the_watch_goes_on(world).await;
}

/// HW-J2: a newer release wrote an entry, and then somebody went back to this one. The school whose journal it stands in is out of service, which
/// its board and the watchdog outside say; the other school is served, and nothing is lost. With the back-up of before the upgrade it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_newer_release_stops_its_school_alone_and_the_back_up_of_before_mends_it() {
    let watchdog = Watchdog::start().await;
    let other = "[schools.westbrook]\nname = \"Westbrook Academy\"\n";
    let extras = Extras { tables: format!("{}{other}", watchdog.table()), ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Alone(HOMEWARD), extras).await;
    let outing = Outing::under_way(&mut world).await;
    let before = world.is_backed_up().await;
    let then = world.replayed().await;
    let pat = world.browser("Pat").await;
    world.goes_down().await;
    a_newer_release_writes(&world).await;

    world.starts_what_is_down();
    world.until_health("connected", |service| service["bus"] != false).await;
    let page = pat.until("/", "checkins can&#39;t read its journal", true).await;
    assert!(page.contains("HW-J2") && page.contains("Watch trips by telephone"), "{page}");
    let (kind, data) = proto::wire::split(&outing.word(&world, Word::Ok, Some(24)));
    let id = CommandId::new();
    let (status, body) = world.as_("Ines").posts(id, Checkins.as_str(), &kind, data.get().to_owned()).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.to_string().contains("HW-J2"), "{body}");
    let figures = pat.opens("/metrics").await;
    assert!(figures.contains("homeward_unreadable_journals{service=\"checkins\"} 1"), "of two: {figures}");
    world.is_missed_by(&watchdog, "checkins tells HW-J2").await;
    let doctor = world.runs_errand(&["doctor"]).await;
    assert!(!doctor.done && doctor.said.contains("HW-J2"), "{}", doctor.said);
    world.goes_down().await;
    world.does_errand(&["verify"]).await;

    world.loses_its_databases().await;
    world.does_errand(&["restore", &before.display().to_string()]).await;
    assert_eq!(world.replayed().await, then);
    world.begins_anew().await;
    world.comes_back().await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.is_watched_by(&watchdog).await;
    world.goes_down().await;
    world.does_errand(&["verify"]).await;
}

/// With Homeward down: the journal of checkins has an entry that nobody knows here.
async fn a_newer_release_writes(world: &World) {
    let journal = Journal::open(world.journal_url()).await.expect("opens");
    let mut chain = journal.begin(Checkins, &world.school).await.expect("is there");
    let after = chain.seq;
    let draft = Draft {
        recorded_at: world.now(),
        kind: "PartyPhotographed".to_owned(),
        data: "{}".to_owned(),
        cause: Uuid::from_u128(1),
        correlation: Uuid::from_u128(2),
        actor: Actor::Service(Checkins),
        trip: None,
        traceparent: None,
    };
    let entries = vec![chain.next(draft, [7; 16])].into();
    let append =
        Append { service: Checkins, school: world.school.clone(), after, entries, cursors: Vec::new() };
    journal.append(vec![append]).await.expect("stored");
    journal.close().await;
}
