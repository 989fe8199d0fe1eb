//! The day with each service as a process of its own, Mosquitto and PostgreSQL beside them; each of them dies once.

use chassis::client::BusClient;
use end_to_end::{MORNING, Outing, Plan, World};
use proto::ids::{CommandId, PersonId, SchoolId};
use proto::topics::ServiceName::{Alerts, Board, Checkins, Contacts, Devices, Gateway, People, Trips};
use proto::v1::checkins::{Command, Word};
use proto::v1::{people, trips};
use proto::values::Personal;

use super::HOMEWARD;
use super::killed::{coming_home, insists, over_mqtt, texts};

/// FORM-1, DEV-5, CHECK-1, CHECK-2, CHECK-3, DEV-9: the day from the form to the last device back, a missed check-in up the
/// whole ladder on it. Every service is killed (kill -9) once, and so are broker and database.
#[tokio::test(flavor = "multi_thread")]
async fn services_apart_die_each_once_and_so_do_broker_and_database() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let outing = Outing::museum(&world);
    registering(&mut world, &outing).await;
    leaving(&mut world, &outing).await;
    checking_in(&mut world, &outing).await;
    missing_one(&mut world).await;
    coming_home(&mut world, &outing, "11:59").await;
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    let counts = world.closes_the_books().await;
    assert_eq!(counts.missed.len(), 1, "{counts:?}");
    assert!(counts.acknowledged >= 13, "{counts:?}");
}

/// Trips and people die while they store.
async fn registering(world: &mut World, outing: &Outing) {
    let (trip, form_hash) = (outing.trip, outing.form_hash());
    let (ines, marcus, ruth) = (world.as_("Ines"), world.as_("Marcus"), world.as_("Ruth"));
    let save = trips::Command::SaveDraft { trip, base: None, form: Box::new(outing.form.clone()) };
    let saving = insists(&ines, save);
    world.kills_storing(Trips, "DraftSaved").await;
    world.comes_back().await;
    saving.await.expect("it is answered");
    ines.insists(trips::Command::SubmitForm { trip, form_hash }).await;
    // Contacts has worked out who answers while they are away. [FORM-8]
    world.quiet().await;
    marcus.insists(trips::Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() }).await;
    let add = people::Command::AddPerson {
        person: PersonId::new(),
        name: Personal::known("Gwen Parry".parse().expect("a name")),
        standing: people::Standing::Staff,
        roles: [people::Role::Office].into(),
    };
    let adding = insists(&ruth, add);
    world.kills_having_stored(People, "PersonAdded").await;
    world.comes_back().await;
    adding.await.expect("it is answered");
}

/// Devices dies with the tray half done, trips when the party has left, contacts while it hears of it.
async fn leaving(world: &mut World, outing: &Outing) {
    let issuing = insists(&world.as_("Pat"), outing.tray(world));
    world.kills_storing(Devices, "DeviceIssued").await;
    world.comes_back().await;
    issuing.await.expect("it is answered");
    world.at("09:00").await;
    let leaving = insists(&world.as_("Ines"), outing.depart());
    world.kills_storing(Contacts, "").await;
    world.comes_back().await;
    leaving.await.expect("it is answered");
    outing.takes_links(world).await;
}

/// The gateway dies with a text just taken; the board with commands unanswered; broker and database with a check-in on its
/// way by MQTT, and by web.
async fn checking_in(world: &mut World, outing: &Outing) {
    world.at("09:25").await;
    world.texted("WM-001", "check-in due 09:30").await;
    let texting = texts(world.handset("WM-001"), "OK 24");
    world.kills_having_stored(Gateway, "TextReceived").await;
    world.comes_back().await;
    texting.await.expect("it is taken");
    world.quiet().await;
    world.texted("WM-001", "OK 24, all counted. Thank you. Next check-in 10:00").await;

    world.at("09:55").await;
    let asking = insists(&world.as_("Ines"), outing.word(world, Word::Ok, Some(24)));
    world.until_storing(Checkins, "CheckedIn").await;
    world.kills(Board).await;
    world.comes_back().await;
    asking.await.expect("it is answered");

    world.at("10:25").await;
    let (word, id) = (outing.word(world, Word::Ok, Some(24)), CommandId::new());
    world.outside().mosquitto().kill().await;
    world.until_health("without its broker", |service| service["bus"] != true).await;
    let client = world.mqtt_client();
    // Asked while there is no broker: it goes out when there is one again.
    let school = world.school.clone();
    let asking = tokio::spawn(async move { until_answered(&client, &school, id, &word).await });
    world.outside().mosquitto().restart().await;
    let answer = asking.await.expect("it is answered");
    world.acknowledged(Checkins, id, answer);
    world.quiet().await;

    world.at("10:55").await;
    world.outside().postgres.kill();
    let (word, id) = (outing.word(world, Word::Ok, Some(24)), CommandId::new());
    let (school, client) = (world.school.clone(), world.mqtt_client());
    let asking = tokio::spawn(async move { until_answered(&client, &school, id, &word).await });
    world.until_storing(Checkins, "CheckedIn").await;
    world.outside().postgres.restart();
    let answer = asking.await.expect("it is answered");
    world.acknowledged(Checkins, id, answer);
    world.quiet().await;
}

/// Asks with the same id until it is answered: a client gives up after a while, and whoever asked asks again.
pub(crate) async fn until_answered(
    client: &BusClient,
    school: &SchoolId,
    id: CommandId,
    word: &Command,
) -> u64 {
    for _ in 0..4 {
        if let Some(sequence) = over_mqtt(client, school, id, word).await {
            return sequence;
        }
    }
    panic!("nobody answers");
}

/// Checkins dies while the miss is stored, alerts while a rung is, the gateway while it sends; nobody answers all the way up.
async fn missing_one(world: &mut World) {
    world.nobody_answers();
    world.at("11:39").await;
    world.clock.set(world.instant("11:40"));
    world.kills_storing(Checkins, "").await;
    world.comes_back().await;
    let rung = world.watch.states.next_due().expect("the ladder goes on").0;
    world.clock.set(rung);
    world.kills_storing(Alerts, "").await;
    world.comes_back().await;
    let rung = world.watch.states.next_due().expect("the ladder goes on").0;
    world.clock.set(rung);
    world.kills_storing(Gateway, "AttemptBegun").await;
    world.comes_back().await;
    world.at("11:58").await;
    for tag in ["WM-001", "WM-002", "WM-004", "WM-005", "WM-003", "WM-006"] {
        world.texted(tag, "ALERT").await;
    }
    world.landline().expects_call().await;
    let texting = texts(world.handset("WM-001"), "OK 24");
    texting.await.expect("it is taken");
    world.quiet().await;
    for once in ["CaseOpened", "CaseResolved"] {
        assert_eq!(world.told("alerts", once).len(), 1, "{once}");
    }
}
