//! A day on which Homeward's one process dies again and again.

use chassis::client::BusClient;
use end_to_end::{Asks, MORNING, Outing, Plan, Someone, World, heads, take_in};
use handsets::{Failure, Handset, Order, Post, Treatment};
use proto::envelope::Outcome;
use proto::ids::{CommandId, SchoolId};
use proto::topics::ServiceName::{Alerts, Checkins, Devices, Gateway, Trips};
use proto::v1::checkins::Word;
use proto::v1::{devices, trips};
use tokio::task::JoinHandle;

use super::HOMEWARD;

/// Insists, while the story goes on.
pub(crate) fn insists<C: Asks + Sync + 'static>(who: &Someone, command: C) -> JoinHandle<u64> {
    let who = who.clone();
    tokio::spawn(async move { who.insists(command).await })
}

/// Texts, while the story goes on; what was not taken is posted again until it is.
pub(crate) fn texts(handset: Handset, body: &'static str) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut sent = handset.sends(body).await;
        while !sent.answers.iter().any(|answer| matches!(answer, Ok(200..=299))) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            sent = handset.sends_again(&sent.sid).await;
        }
    })
}

/// A check-in over MQTT, with that id; none if no answer came.
pub(crate) async fn over_mqtt(
    client: &BusClient,
    school: &SchoolId,
    id: CommandId,
    word: &proto::v1::checkins::Command,
) -> Option<u64> {
    match client.ask::<checkins::Checkins>(school, id, word, None).await {
        Outcome::Accepted { sequence } => Some(sequence),
        Outcome::Refused { refusal } => panic!("{refusal:?}"),
        Outcome::Faulted { .. } => None,
    }
}

/// CHECK-3: kill -9 of the process at eleven moments of a day, from the form to the last device back: with commands
/// unanswered, a text just taken, a miss, a rung and a send under way, an owner not yet told, the trip closing. Nothing that
/// was answered is lost, nothing happens twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_at_eleven_moments_loses_nothing_and_doubles_nothing() {
    let mut world = World::start_as(MORNING, Plan::Alone(HOMEWARD)).await;
    let outing = Outing::museum(&world);
    registering(&mut world, &outing).await;
    leaving(&mut world, &outing).await;
    checking_in(&mut world, &outing).await;
    missing_one(&mut world).await;
    coming_home(&mut world, &outing, "10:54").await;
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    assert_eq!(world.told("checkins", "CheckedIn").len(), 4);
    let counts = world.closes_the_books().await;
    assert_eq!(counts.missed.len(), 1, "{counts:?}");
    assert!(counts.acknowledged >= 14, "{counts:?}");
}

/// Killed while the form is stored, and once it is authorised.
async fn registering(world: &mut World, outing: &Outing) {
    let (trip, form_hash) = (outing.trip, outing.form_hash());
    let (ines, marcus) = (world.as_("Ines"), world.as_("Marcus"));
    let save = trips::Command::SaveDraft { trip, base: None, form: Box::new(outing.form.clone()) };
    let saving = insists(&ines, save);
    world.kills_storing(Trips, "DraftSaved").await;
    world.comes_back().await;
    saving.await.expect("it is answered");
    ines.insists(trips::Command::SubmitForm { trip, form_hash }).await;
    world.quiet().await;
    let authorising =
        insists(&marcus, trips::Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() });
    world.kills_having_stored(Trips, "FormAuthorised").await;
    world.comes_back().await;
    authorising.await.expect("it is answered");
    assert_eq!(world.told("trips", "DraftSaved").len(), 1);
    assert_eq!(world.told("trips", "FormAuthorised").len(), 1);
}

/// Killed while the tray is stored, and when the trip has left and nobody has heard of it.
async fn leaving(world: &mut World, outing: &Outing) {
    let issuing = insists(&world.as_("Pat"), outing.tray(world));
    world.kills_storing(Devices, "DeviceIssued").await;
    world.comes_back().await;
    issuing.await.expect("it is answered");
    world.at("09:00").await;
    let leaving = insists(&world.as_("Ines"), outing.depart());
    world.kills_having_stored(Trips, "Departed").await;
    world.comes_back().await;
    leaving.await.expect("it is answered");
    outing.takes_links(world).await;
    assert_eq!(world.told("checkins", "WatchStarted").len(), 1);
}

/// Killed when a text was just taken, and with commands by web and MQTT unanswered.
async fn checking_in(world: &mut World, outing: &Outing) {
    world.at("09:25").await;
    world.texted("WM-001", "check-in due 09:30").await;
    let texting = texts(world.handset("WM-001"), "OK 24");
    world.kills_having_stored(Gateway, "TextReceived").await;
    world.comes_back().await;
    texting.await.expect("it is taken");
    world.quiet().await;
    world.texted("WM-001", "OK 24, all counted. Thank you. Next check-in 10:00").await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);

    world.at("09:55").await;
    world.texted("WM-001", "check-in due 10:00").await;
    let (word, again) = (outing.pressed(world, "WM-002", Word::Ok, Some(24), world.now()), CommandId::new());
    let (client, school, pat) = (world.mqtt_client(), world.school.clone(), world.as_("Pat"));
    let asking = insists(&world.as_("Ines"), outing.word(world, Word::Ok, Some(24)));
    let confirm = |tag| devices::Command::ConfirmPasscode { device: world.cast.phone(tag).id };
    let others: Vec<_> = ["WM-007", "WM-008", "WM-009"].map(|tag| insists(&pat, confirm(tag))).into();
    // Killed as soon as the first of them is being stored; the answer over MQTT is then lost with its broker.
    let first = tokio::select! {
        answer = over_mqtt(&client, &school, again, &word) => answer,
        () = world.until_storing(Checkins, "CheckedIn") => None,
    };
    world.kills(Checkins).await;
    world.comes_back().await;
    asking.await.expect("it is answered");
    for other in others {
        other.await.expect("it is answered");
    }
    let answer = over_mqtt(&world.mqtt_client(), &world.school, again, &word).await.expect("it is answered");
    assert!(first.is_none_or(|first| first == answer), "the first answer is given again");
    world.acknowledged(Checkins, again, answer);
    world.quiet().await;
}

/// Killed while the miss is stored, while a rung's texts are sent, when somebody owns it, and while it is resolved.
async fn missing_one(world: &mut World) {
    world.nobody_answers();
    world.at("10:39").await;
    world.clock.set(world.instant("10:40"));
    world.kills_storing(Checkins, "").await;
    world.comes_back().await;
    world.at("10:42").await;
    let rung = world.watch.states.next_due().expect("the ladder goes on").0;
    // The provider takes it, and Homeward dies before it knows: it is looked up, and not sent again.
    world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    world.handsets.fail_next(1, Failure::AcceptThenHang);
    let made = world.handsets.made().len();
    world.clock.set(rung);
    world.until_made_more_than(made).await;
    world.kills(Gateway).await;
    world.comes_back().await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Normal);
    world.handsets.release_held(Order::AsSent).await;
    world.at("10:50").await;
    let alert = world.texted("WM-004", "ALERT").await;
    let code =
        alert.split("Reply ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code").to_owned();
    let owning = texts(world.handset("WM-004"), code.leak());
    world.kills_having_stored(Alerts, "CaseOwned").await;
    world.comes_back().await;
    owning.await.expect("it is taken");
    world.quiet().await;
    world.texted("WM-004", "You have alert").await;
    let texting = texts(world.handset("WM-001"), "OK 24");
    world.kills_storing(Alerts, "CaseResolved").await;
    world.comes_back().await;
    texting.await.expect("it is taken");
    world.quiet().await;
    for once in ["CaseOpened", "CaseOwned", "CaseResolved"] {
        assert_eq!(world.told("alerts", once).len(), 1, "{once}");
    }
}

/// Killed while the trip closes: the last device is in, and trips has not heard of it. (Apart, it is devices that dies.)
pub(crate) async fn coming_home(world: &mut World, outing: &Outing, at: &str) {
    world.at(at).await;
    let accounted = trips::Accounted { back: outing.form.pupils, released: heads(0), in_hospital: heads(0) };
    let returned = trips::Command::RecordReturn { trip: outing.trip, accounted, note: None };
    world.as_("Ines").insists(returned).await;
    world.quiet().await;
    let pat = world.as_("Pat");
    for tag in ["WM-001", "WM-002"] {
        pat.insists(take_in(world, tag)).await;
    }
    world.quiet().await;
    let last = insists(&pat, take_in(world, "BP-001"));
    world.kills_having_stored(Devices, "TripDevicesSettled").await;
    world.comes_back().await;
    last.await.expect("it is answered");
    world.quiet().await;
}
