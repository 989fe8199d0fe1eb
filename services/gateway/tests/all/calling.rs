//! Whole calls in, through the door, with the simulated handsets at both ends.

use std::sync::atomic::Ordering;

use handsets::{CallBehaviour, CallStatus};
use proto::v1::checkins::{self, Punctuality, Via, Word};
use proto::v1::gateway::{DialOutcome, Event, Meaning};
use proto::values::Headcount;

use super::cast::*;
use super::desk::World;
use super::roads::*;

fn is_told(events: &[Event], what: impl Fn(&Event) -> bool) -> Option<()> {
    events.iter().any(what).then_some(())
}

/// CONT-1, CONT-2, CONT-3: engaged, then a machine, then a person who presses 1: joined, with nobody's number shown.
#[tokio::test]
async fn a_caller_is_put_through_to_the_first_person_who_presses_1() {
    let world = World::start(roads()).await;
    world.handsets.set_behaviour(LANDLINE, CallBehaviour::Busy);
    world.handsets.set_behaviour(BACK_UP, CallBehaviour::Voicemail);
    let caller = world.handsets.handset(STRANGER).rings_school().await;
    caller.hears("Elmfield School. Please hold, you are put through").await;
    assert_eq!(world.handsets.handset(LANDLINE).expects_call().await.status(), CallStatus::Busy);
    world.handsets.handset(BACK_UP).expects_call().await.ended().await;
    let base = world.handsets.handset(BASE).answers().await;
    base.hears("A caller from outside. Press 1 to take it.").await;
    base.press("1").await;
    let through =
        |_: &_, events: &[Event]| is_told(events, |e| matches!(e, Event::CallBridged { step: 2, .. }));
    world.desk.until("somebody takes it", through).await;
    caller.hears("Nobody could answer there. Please hold").await;
    base.hang_up().await;
    assert_eq!(caller.ended().await, CallStatus::Completed);
    let outcomes: Vec<_> = world.desk.events().iter().filter_map(dialled).collect();
    assert_eq!(outcomes, [DialOutcome::Busy, DialOutcome::NotTaken, DialOutcome::Taken]);
    // Nothing tells of trips, people or numbers.
    let heard = caller.heard();
    for secret in ["Museum", "0 7 7 0 0", "01632", "07700", "Hale", "Okafor"] {
        assert!(!heard.contains(secret), "{heard}");
    }
    world.end().await;
}

fn dialled(event: &Event) -> Option<DialOutcome> {
    if let Event::CallStepTried { outcome, .. } = event { Some(*outcome) } else { None }
}

/// CONT-1: at the end of a route that nobody took, a recorded instruction, and the office is alerted.
#[tokio::test]
async fn a_caller_whom_nobody_takes_hears_what_to_do() {
    let world = World::start(roads()).await;
    world.handsets.set_behaviour(LANDLINE, CallBehaviour::Fails);
    for number in [BACK_UP, BASE] {
        world.handsets.set_behaviour(number, CallBehaviour::NoAnswer);
    }
    let caller = world.handsets.handset("+266696687").rings_school().await;
    caller.hears("We are sorry, nobody could take your call. The school is being alerted.").await;
    caller.hears("dial 9 9 9").await;
    caller.ended().await;
    for number in [LANDLINE, BACK_UP, BASE] {
        world.handsets.handset(number).expects_call().await;
    }
    let outcomes: Vec<_> = world.desk.events().iter().filter_map(dialled).collect();
    assert_eq!(outcomes, [DialOutcome::Failed, DialOutcome::NoAnswer, DialOutcome::NoAnswer]);
    let exhausted = |_: &_, events: &[Event]| is_told(events, |e| matches!(e, Event::CallExhausted { .. }));
    world.desk.until("the alert", exhausted).await;
    world.end().await;
}

/// CHECK-1, CHECK-5: a check-in by keys: the count keyed, read back, and corrected.
#[tokio::test]
async fn a_leader_checks_in_by_keys() {
    let world = World::start(roads()).await;
    let desk = std::sync::Arc::clone(&world.desk);
    let checkins = tokio::spawn(async move {
        for (number, count) in [(1, 23_u32), (2, 24)] {
            let said = |_: &_, events: &[Event]| {
                let words = events.iter().filter_map(|event| match event {
                    Event::CallSaid { inbound, meaning, .. } => Some((*inbound, meaning.clone())),
                    _ => None,
                });
                words.collect::<Vec<_>>().get(number - 1).cloned()
            };
            let (inbound, meaning) = desk.until("a word", said).await;
            let headcount = Some(Headcount::new(count).unwrap());
            assert_eq!(meaning, Meaning::Says { word: Word::Ok, headcount });
            desk.hears(checkins::Event::CheckedIn {
                trip: museum(),
                group: group(),
                word: Word::Ok,
                headcount,
                expected: Headcount::new(24).unwrap(),
                said_at: at(NOW),
                received_at: at(NOW),
                counts_at: None,
                punctuality: Punctuality::InTime,
                via: Via::Call,
                device: Some(wm_001()),
                person: Some(okafor()),
                note: None,
                inbound: Some(inbound),
                next: None,
            });
        }
    });
    let leader = world.handsets.handset(LEADER).rings_school().await;
    leader.hears("To check in, press 1").await;
    leader.press("1").await;
    leader.hears("Key in how many pupils you counted").await;
    leader.press("23#").await;
    leader.hears("You have checked in with 23, but 24 are expected. Count again").await;
    leader.press("1").await;
    leader.press("24").await;
    // No hash: silence ends the count.
    leader.stays_silent().await;
    leader.hears("You have checked in with 24. All are counted.").await;
    leader.stays_silent().await;
    leader.ended().await;
    checkins.await.unwrap();
    world.end().await;
}

/// CHECK-6, CONT-6: 9 calls for help, and connects with base, who hears whose call it is.
#[tokio::test]
async fn a_leader_calls_for_help_by_a_key() {
    let world = World::start(roads()).await;
    let leader = world.handsets.handset(LEADER).rings_school().await;
    leader.press("9").await;
    leader.hears("Help is being called, and you are put through now").await;
    let base = world.handsets.handset(BASE).answers().await;
    base.hears("A call for help from staff of the trip Museum walk. Press 1").await;
    base.press("1").await;
    leader.hang_up().await;
    base.ended().await;
    let help = |_: &_, events: &[Event]| {
        is_told(events, |e| matches!(e, Event::CallSaid { meaning: Meaning::Help {}, .. }))
    };
    world.desk.until("help", help).await;
    world.end().await;
}

/// CONT-6: silence leads to base, and so does a pupil's basic phone, without any menu.
#[tokio::test]
async fn silence_and_a_pupils_phone_lead_to_base() {
    let world = World::start(roads()).await;
    let leader = world.handsets.handset(LEADER).rings_school().await;
    leader.stays_silent().await;
    let base = world.handsets.handset(BASE).ringing_call().await;
    leader.hang_up().await;
    base.ended().await;
    let pupil = world.handsets.handset(PUPIL).rings_school().await;
    assert!(!pupil.heard().contains("press 1"), "{}", pupil.heard());
    let landline = world.handsets.handset(LANDLINE).answers().await;
    landline.hears("A call from a pupil's phone of the trip Museum walk.").await;
    landline.press("1").await;
    pupil.hang_up().await;
    landline.ended().await;
    world.end().await;
}

/// Homeward's own fault must not cost a caller their call: the office's line rings, though nothing can be journalled.
#[tokio::test]
async fn a_caller_is_put_through_though_nothing_can_be_journalled() {
    let world = World::start(roads()).await;
    world.desk.broken.store(true, Ordering::SeqCst);
    let caller = world.handsets.handset(STRANGER).rings_school().await;
    let landline = world.handsets.handset(LANDLINE).answers().await;
    caller.hears("Please hold, you are put through.").await;
    caller.hang_up().await;
    landline.ended().await;
    assert_eq!(world.desk.events(), []);
    world.end().await;
}
