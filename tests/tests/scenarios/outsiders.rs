//! Texts of those who are not at school, and of staff who don't want texts any more.

use end_to_end::{Outing, World};

/// CONT-3: a family who texts the number gets the office's number, twice an hour at most, and nothing of any trip; the office
/// sees each text.
#[tokio::test(flavor = "multi_thread")]
async fn a_family_who_texts_gets_the_offices_number_and_the_office_sees_it() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let mother = world.handset_of("07700 900321");
    for words in ["Is Asha back yet?", "Hello? Is the museum trip back", "OK 24"] {
        mother.sends(words).await;
        world.quiet().await;
    }
    for _ in 0..2 {
        let answer = mother.expects_text("This number is for school phones only").await.body;
        assert!(answer.contains("01632 960001") && answer.contains("dial 999"), "{answer}");
        assert!(!answer.contains("useum") && !answer.contains("07700"), "{answer}");
    }
    assert!(world.told("checkins", "CheckedIn").is_empty(), "a stranger checks nobody in");
    let page = world.browser("Pat").await.opens("/messages").await;
    for seen in ["Is Asha back yet?", "OK 24", "ending in 321", "not from a school phone"] {
        assert!(page.contains(seen), "{seen}: {page}");
    }
    let landline = world.handset_of(super::calls_in::PARENT);
    assert!(landline.texts().is_empty(), "landlines are never texted");
    world.ends().await;
}

/// CHECK-2: STOP from a staff phone: the carrier blocks us, so the office is alerted at once, and what must be said is said by a
/// call instead; START ends it.
#[tokio::test(flavor = "multi_thread")]
async fn stop_from_a_staff_phone_alerts_the_office_and_its_holder_is_called() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.at("09:10").await;
    world.sends("WM-001", "Stop").await;
    world.handset("WM-001").texts().iter().for_each(|text| assert!(!text.body.contains("Not understood")));
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT").await;
    }
    let rung = world.landline().answers().await;
    rung.press("1").await;
    rung.ended().await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "OptedOut").len(), 1);
    world.at("09:25").await;
    let reminder = world.handset("WM-001").answers().await;
    reminder.hears("Your check-in is due at 09:30").await;
    reminder.hears("send START to this number").await;
    reminder.ended().await;
    world.nobody_answers();
    world.at("09:40").await;
    // Missed: the leader can't be texted, and is called at once.
    world.called("WM-001").await;
    world.sends("WM-001", "START").await;
    assert_eq!(world.told("gateway", "OptedIn").len(), 1);
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1, "one case of the trip had it all");
    world.closes().await;
}
