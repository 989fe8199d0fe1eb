//! Headcounts: the number expected of a group changes only by what is recorded.

use end_to_end::{Outing, World, heads};
use proto::ids::GroupId;
use proto::v1::checkins::{Command, Word};
use proto::v1::devices::{self, Holder, Issue};

const DIFFERS: &str = "ALERT Count 23, expected 24";

/// CHECK-5: a count that differs is told to the office at once, the repeated one too; when it fits again it is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_headcount_that_differs_twice_running_alerts_the_office_twice() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 23").await;
    world.texted("WM-001", "23, but 24 expected: count again. The office knows").await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, DIFFERS).await;
    }
    world.landline().expects_call().await;
    // Pat has it: what comes next is news to her, and it comes back to the office.
    let case = world.told("alerts", "CaseOpened")[0]["case"].as_str().expect("an id").parse().expect("an id");
    world.as_("Pat").does(proto::v1::alerts::Command::OwnCase { case }).await;
    world.at("09:27").await;
    world.sends("WM-001", "OK 23").await;
    world.texted("WM-001", "23, but 24 expected").await;
    assert_eq!(world.told("checkins", "HeadcountDiffered").len(), 2);
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, DIFFERS).await;
    }
    world.landline().expects_call().await;
    world.at("09:28").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert_eq!(world.told("checkins", "HeadcountAgreed").len(), 1);
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.at("09:40").await;
    world.ends().await;
}

/// CHECK-5: a child who is released to a parent, checked and agreed by base, is no longer expected; nobody is alerted.
#[tokio::test(flavor = "multi_thread")]
async fn a_child_released_to_a_parent_is_no_longer_expected() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    let release = |agreed_by| Command::RecordRelease {
        trip: outing.trip,
        group: outing.group(),
        pupils: heads(1),
        to_whom: proto::values::Personal::known("The mother, at the museum's door".parse().expect("a note")),
        checked_how: "Password on the consent form".parse().expect("a label"),
        agreed_by,
    };
    let no = world.as_("Ines").is_refused(release(world.cast.person("Tom"))).await;
    assert_eq!((no.code.as_str(), no.field.as_deref()), ("AgreedOnTrip", Some("agreed_by")), "base agrees");
    world.as_("Ines").does(release(world.cast.person("Pat"))).await;
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 23").await;
    world.texted("WM-001", "OK 23, all counted").await;
    assert!(world.told("alerts", "CaseOpened").is_empty());
    let all_back = proto::v1::trips::Accounted { back: heads(24), released: heads(0), in_hospital: heads(0) };
    let back =
        |accounted| proto::v1::trips::Command::RecordReturn { trip: outing.trip, accounted, note: None };
    let no = world.as_("Ines").is_refused(back(all_back)).await;
    assert_eq!(no.code, "ReleasedDiffers");
    let accounted = proto::v1::trips::Accounted { back: heads(23), released: heads(1), ..all_back };
    world.as_("Ines").does(back(accounted)).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "DownToDevices").len(), 1);
    world.ends().await;
}

/// CHECK-5: a group that splits has its own adult, of the trip, with a phone and a watch; joined again it is one watch.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_splits_and_joins() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    let (trip, new_group) = (outing.trip, GroupId::new());
    let split = |who: &str| Command::SplitGroup {
        trip,
        group: outing.group(),
        new_group,
        name: "Lift party".parse().expect("a label"),
        adult: world.cast.person(who),
        pupils: heads(4),
    };
    let (by_dilys, by_tom) = (split("Dilys"), split("Tom"));
    let no = world.as_("Ines").is_refused(by_dilys).await;
    assert_eq!((no.code.as_str(), no.field.as_deref()), ("NotOnTrip", Some("adult")), "Dilys is at school");
    world.as_("Ines").does(by_tom).await;
    world.at("09:26").await;
    for tag in ["WM-001", "WM-002"] {
        world.texted(tag, "check-in due 09:30").await;
    }
    world.sends("WM-001", "OK 20").await;
    world.texted("WM-001", "OK 20, all counted").await;
    world.sends("WM-002", "ok 4").await;
    world.texted("WM-002", "OK 4, all counted").await;
    world.as_("Ines").does(Command::JoinGroups { trip, group: new_group, into: outing.group() }).await;
    world.at("09:56").await;
    world.texted("WM-001", "check-in due 10:00").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.at("10:20").await;
    assert!(world.told("alerts", "CaseOpened").is_empty());
    world.ends().await;
}

/// CHECK-5: boarding, arrival, hand-over and leaving need a count.
#[tokio::test(flavor = "multi_thread")]
async fn arriving_needs_a_count() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.sends("WM-001", "ARRIVED").await;
    world.texted("WM-001", "The count is missing or unclear").await;
    let no = world.as_("Ines").is_refused(outing.word(&world, Word::Arrived, None)).await;
    assert_eq!((no.code.as_str(), no.field.as_deref()), ("CountNeeded", Some("headcount")));
    assert!(world.told("checkins", "CheckedIn").is_empty());
    world.sends("WM-001", "arrived24").await;
    world.texted("WM-001", "ARRIVED 24, all counted").await;
    world.ends().await;
}

/// DEV-7: a pupil's phone never checks a group in, and is answered kindly.
#[tokio::test(flavor = "multi_thread")]
async fn a_pupils_phone_checks_nobody_in() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.sends("BP-001", "OK 24").await;
    world.texted("BP-001", "Only your teacher's phone checks in").await;
    assert!(world.told("checkins", "CheckedIn").is_empty());
    let pupil = Holder::Pupil(world.cast.asha);
    let issues =
        vec![Issue { device: world.cast.phone("WM-008").id, holder: pupil, reason: None, charge: None }];
    let no =
        world.as_("Pat").is_refused(devices::Command::IssueDevices { trip: world.cast.museum, issues }).await;
    assert_eq!(no.rule.map(|rule| rule.to_string()).as_deref(), Some("DEV-7"), "{no:?}");
    world.ends().await;
}
