//! Nobody takes a drill for real: each call of it says so first, in and out, and whoever only happens to ring meanwhile hears
//! nothing of it. [REV-1]

use proto::v1::alerts::{Channel, Recipient};
use proto::v1::checkins::{self, Punctuality, Via, Word};
use proto::v1::gateway::{Event, Message};
use proto::values::Headcount;

use super::cast::*;
use super::desk::{Desk, World};
use super::roads::*;

/// The same day, on which the museum trip is a drill.
pub fn drilled(events: Vec<Event>) -> Vec<Event> {
    let one = |event| match event {
        Event::TripNoted { trip, title, out_since, duress, ended, places, host, drill: _ } => {
            Event::TripNoted { trip, title, out_since, duress, ended, places, host, drill: true }
        }
        other => other,
    };
    events.into_iter().map(one).collect()
}

/// What checkins makes of the word that is said in a call: all are counted.
async fn checks_in(desk: std::sync::Arc<Desk>) {
    let said = |_: &_, events: &[Event]| {
        events.iter().find_map(|event| match event {
            Event::CallSaid { inbound, .. } => Some(*inbound),
            _ => None,
        })
    };
    let inbound = Some(desk.until("a word", said).await);
    let expected = Headcount::new(24).unwrap();
    desk.hears(checkins::Event::CheckedIn {
        trip: museum(),
        group: group(),
        word: Word::Ok,
        headcount: Some(expected),
        expected,
        said_at: at(NOW),
        received_at: at(NOW),
        counts_at: None,
        punctuality: Punctuality::InTime,
        via: Via::Call,
        device: Some(wm_001()),
        person: Some(okafor()),
        note: None,
        inbound,
        next: None,
    });
}

/// REV-1: a leader on a drill who rings the school's number hears it in the menu and in each answer; whoever at base is put
/// through hears it before they press 1.
#[tokio::test]
async fn a_call_in_of_a_drill_says_so_in_the_menu_in_each_answer_and_to_whom_it_is_put_through() {
    let world = World::start(drilled(roads())).await;
    let checkins = tokio::spawn(checks_in(std::sync::Arc::clone(&world.desk)));
    let leader = world.handsets.handset(LEADER).rings_school().await;
    leader.hears("DRILL. Elmfield School. To check in, press 1").await;
    leader.press("1").await;
    leader.hears("DRILL. Key in how many pupils you counted").await;
    leader.press("24#").await;
    leader.hears("DRILL. You have checked in with 24. All are counted.").await;
    checkins.await.unwrap();
    leader.press("2").await;
    leader.hears("DRILL. You are put through to base.").await;
    let base = world.handsets.handset(BASE).answers().await;
    base.hears("DRILL. Elmfield School. A call from staff of the trip Museum walk. Press 1").await;
    base.press("1").await;
    leader.hang_up().await;
    base.ended().await;
    world.end().await;
}

/// REV-1: help in a drill is marked to both; CHECK-6: it goes out like any other.
#[tokio::test]
async fn help_in_a_drill_is_marked_to_both_ends() {
    let world = World::start(drilled(roads())).await;
    let leader = world.handsets.handset(LEADER).rings_school().await;
    leader.press("9").await;
    leader.hears("DRILL. Help is being called").await;
    let base = world.handsets.handset(BASE).answers().await;
    base.hears("DRILL. Elmfield School. A call for help from staff of the trip Museum walk.").await;
    base.press("1").await;
    leader.hang_up().await;
    base.ended().await;
    world.end().await;
}

/// REV-1: who has nothing to do with the drill hears nothing of it.
#[tokio::test]
async fn a_caller_from_outside_hears_nothing_of_a_drill() {
    let world = World::start(drilled(roads())).await;
    let caller = world.handsets.handset(STRANGER).rings_school().await;
    let landline = world.handsets.handset(LANDLINE).answers().await;
    landline.hears("A caller from outside. Press 1").await;
    for call in [&caller, &landline] {
        assert!(!call.heard().contains("DRILL"), "{}", call.heard());
    }
    caller.hang_up().await;
    landline.ended().await;
    world.end().await;
}

/// REV-1: the call that reminds somebody whose phone can't be texted, and an alert's call, the answer to whoever comes late
/// to it too.
#[tokio::test]
async fn a_reminders_call_and_an_alerts_call_of_a_drill_say_so_first() {
    let reminder = Message::Reminder { trip: museum(), due_at: at(NOW) };
    let events = [drilled(alarm()), vec![planned(first(), Channel::Voice, reminder)]].concat();
    let world = World::start(events).await;
    let call = world.handsets.handset(LEADER).answers().await;
    call.hears("DRILL. This is Elmfield School. Museum walk. Your check-in is due").await;
    call.ended().await;
    world.desk.hears(rung(vec![notice(second(), Recipient::Line(landline()), Channel::Voice)]));
    let call = world.handsets.handset(LANDLINE).answers().await;
    call.hears("DRILL. This is Elmfield School").await;
    call.press("1").await;
    call.hears("The alert is yours").await;
    call.ended().await;
    world.end().await;
}
