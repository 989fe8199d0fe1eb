//! Records about people after their time: erased while Homeward runs, and nobody shows them any more.

use std::time::Duration;

use chassis::journal::Journal;
use chassis::school::School;
use end_to_end::{Outing, World, take_in};
use jiff::SignedDuration;
use proto::topics::ServiceName;
use proto::v1::trips::Command;
use proto::values::{Note, SchoolZone};
use records::retain;

fn note(words: &str) -> Note {
    Note::parse(words).expect("a note")
}

/// Whether any file of the installation has that text.
fn files_hold(world: &World, text: &str) -> bool {
    let files = std::fs::read_dir(world.dir()).expect("lists").map(|file| file.expect("a file").path());
    files.filter(|path| path.is_file()).any(|path| {
        let bytes = std::fs::read(path).expect("reads");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

/// Issue 5, privacy: a trip is over for more than a year. What was written about it is erased while Homeward runs: no file has it,
/// the pages forget it, every journal holds, and the services go on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_erased_while_homeward_runs_and_nobody_shows_it_any_more() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.as_("Pat").does(Command::AddNote { trip: outing.trip, note: note("Wolfsbane: car sick") }).await;
    world.at("10:20").await;
    outing.returned(&mut world).await;
    for tag in ["WM-001", "WM-002"] {
        outing.takes_in(&mut world, tag).await;
    }
    world.as_("Pat").does(take_in(&world, "BP-001")).await;
    world.quiet().await;
    let log = format!("trips/{}", outing.trip);
    let shows = async |words: &str| world.as_("Pat").gets(&log).await.1.to_string().contains(words);
    world.as_("Pat").logs_in().await;
    assert!(shows("Wolfsbane").await && files_hold(&world, "Wolfsbane"));

    let school = School {
        id: world.school.clone(),
        name: "Elmfield".parse().expect("a label"),
        zone: SchoolZone::london(),
        policy: Default::default(),
    };
    let journal = Journal::open(world.journal_url()).await.expect("opens");
    let later = world.now() + SignedDuration::from_hours(24 * 401);
    let (_, done) = retain::retain(&journal, &school, later).await.expect("done");
    assert!(done.blanked > 0 && done.plan.strange.is_empty(), "{done:?}");
    for service in records::services() {
        journal.verify(service, &school.id).await.expect("the chain holds");
    }
    assert!(!files_hold(&world, "Wolfsbane"), "no file has it");
    // The pages hear the school again from the start: that something was written stays.
    let forgotten = async { while shows("Wolfsbane").await || !shows("(erased)").await {} };
    tokio::time::timeout(Duration::from_secs(60), forgotten).await.expect("the pages forget it");

    let after = Outing::museum(&world);
    let mut form = after.form.clone();
    form.title = "The museum again".parse().expect("a label");
    let trip = proto::ids::TripId::new();
    world.as_("Ines").insists(Command::SaveDraft { trip, base: None, form: Box::new(form) }).await;
    journal.verify(ServiceName::Trips, &school.id).await.expect("it goes on and holds");
    journal.close().await;
    // Nobody checked in, on purpose: who was texted meanwhile is no affair of this story.
    world.closes_the_books().await;
}
