//! A pupil travels directly to a provider, and nobody confirms that they are there. [FORM-6]

use end_to_end::{Outing, World};
use jiff::SignedDuration;
use proto::ids::PupilId;
use proto::v1::checkins::{ArrivalWord, Command};
use proto::v1::trips::DirectTraveller;
use proto::values::{Label, Note, Personal};

const NOT_THERE: &str = "ALERT A pupil did not arrive, due 09:30";

/// The museum trip, and Kit who is taken to the stables by taxi: due at half past nine, ten minutes of grace.
fn outing(world: &World) -> (Outing, PupilId) {
    let mut outing = Outing::museum(world);
    let pupil = PupilId::derived(outing.trip.0, 7);
    outing.form.direct = vec![DirectTraveller {
        pupil,
        name: Personal::known("Kit".parse::<Label>().expect("a label")),
        provider: "Oakfield Stables".parse().expect("a label"),
        contact: Some(Personal::known("Jo Reed".parse().expect("a name"))),
        number: Some(proto::values::PhoneNumber::parse("01632 960111").expect("a drama number")),
        due_at: Some(world.instant("09:30")),
        devices: Some("In the tack room's drawer, off".parse::<Note>().expect("a note")),
    }];
    (outing, pupil)
}

fn arrived(world: &World, outing: &Outing, pupil: PupilId) -> Command {
    let (trip, at) = (outing.trip, world.now());
    Command::RecordArrival { trip, pupil, word: ArrivalWord::Arrived, said_by: None, at, note: None }
}

/// FORM-6, CHECK-2: though the party hasn't left yet, the arrival is missed once, and alerts the office first (its landline,
/// and those at base whom the form names); the provider's word, written down by the office, ends it. The party's own watch is another.
#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_nobody_confirms_alerts_the_office_once_and_the_word_ends_it() {
    let mut world = World::start().await;
    let (outing, pupil) = outing(&world);
    outing.submitted(&mut world).await;
    outing.authorised(&mut world).await;
    world.nobody_answers();
    world.at("09:39:59").await;
    world.nothing_more().await;
    assert!(world.told("checkins", "ArrivalMissed").is_empty(), "the grace is not over");
    world.at("09:40").await;
    world.landline().expects_call().await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, NOT_THERE).await;
    }
    world.at("09:41").await;
    world.as_("Pat").does(arrived(&world, &outing, pupil)).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "ArrivalMissed").len(), 1, "once");
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1, "once");
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1, "by the provider's word");
    world.at("10:30").await;
    world.ends().await;
}

/// FORM-6, CHECK-3: it fell due while Homeward was down: missed once as it comes back, and told once.
#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_fell_due_in_an_outage_is_told_once() {
    let mut world = World::start().await;
    let (outing, pupil) = outing(&world);
    outing.submitted(&mut world).await;
    outing.authorised(&mut world).await;
    world.nobody_answers();
    world.at("09:20").await;
    world.goes_down().await;
    world.clock.advance(SignedDuration::from_mins(30));
    world.comes_back().await;
    world.at("09:51").await;
    world.landline().expects_call().await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, NOT_THERE).await;
    }
    world.as_("Pat").does(arrived(&world, &outing, pupil)).await;
    world.quiet().await;
    world.at("11:00").await;
    world.ends().await;
}
