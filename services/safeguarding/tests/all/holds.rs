//! Records that are kept past their time: a court, the police, an inquiry asked for them.

use proto::ids::{HoldId, derive_uuid};
use proto::v1::safeguarding::{Command, Event, Held, Refusal};
use uuid::Uuid;

use crate::cast::*;

fn hold(name: &str) -> HoldId {
    HoldId(derive_uuid(Uuid::nil(), name, 0))
}

fn held(id: HoldId, of: Held) -> Command {
    Command::HoldRecords { hold: id, of, reason: note("The court asked.") }
}

fn lift(id: HoldId) -> Command {
    Command::LiftHold { hold: id, reason: note("It is over.") }
}

/// Issue 5, privacy: a hold stands by name, with its reason, until somebody lifts it.
#[test]
fn a_hold_stands_until_it_is_lifted() {
    let (court, of) = (hold("court"), Held::Trip { trip: museum() });
    let story = school().by_person(karin()).when(held(court, of)).then_events(|events| {
        assert!(matches!(events, [Event::RecordsHeld { of: said, .. }] if *said == of), "{events:?}");
    });
    let story = story.when(held(court, of)).nothing_happens();
    assert_eq!(story.state.holds().standing().count(), 1);
    let story = story.when(lift(court)).allowed();
    assert_eq!(story.state.holds().standing().count(), 0);
    assert!(
        story.state.holds().get(court).is_some_and(|hold| hold.lifted.is_some()),
        "it stays in the register"
    );
}

/// Issue 5, privacy: an id is one hold's; what doesn't stand can't be lifted.
#[test]
fn another_hold_under_the_same_id_and_one_that_is_not_there_are_refused() {
    let court = hold("court");
    let story = school().by_person(karin()).when(lift(court)).refused(Refusal::NoHold { hold: court });
    let story = story.when(held(court, Held::Everything {})).allowed();
    let other = held(court, Held::Trip { trip: museum() });
    let story = story.when(other).refused(Refusal::HoldExists { hold: court });
    let story = story.when(lift(court)).allowed().when(lift(court)).refused(Refusal::NoHold { hold: court });
    story.when(held(court, Held::Everything {})).refused(Refusal::HoldExists { hold: court });
}
