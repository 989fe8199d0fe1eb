//! Instances that divide the schools by themselves: one more comes, one dies, one hangs and wakes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chassis::client::BusClient;
use chassis::journal::Journal;
use chassis::lease::Slot;
use chassis::lease::members::look_from_outside;
use decider::Service;
use end_to_end::instances::divided_among_instances;
use end_to_end::{Outing, PATIENCE, World, campaign};
use proto::envelope::{Actor, Outcome};
use proto::ids::{CommandId, DeviceId, PersonId, SchoolId};
use proto::topics::ServiceName::{Alerts, Checkins, Gateway, People};
use proto::v1::checkins::Word;
use proto::v1::devices::{self, DeviceKind, Handset, Owner};
use proto::v1::people::{Command, Role, Standing};
use proto::values::{AssetTag, Name, Personal, PhoneNumber};

use super::out_apart;

/// What is logged of an append that another writer was before.
const REFUSED: &str = "another writer has taken over";

/// Besides the story's own.
const OTHERS: usize = 24;

/// A party of one of the schools is out.
async fn shared() -> (World, Outing, Vec<SchoolId>) {
    let others: Vec<String> = (0..OTHERS).map(|number| format!("oakdale-{number}")).collect();
    let (world, outing) = out_apart(divided_among_instances(&others)).await;
    (world, outing, others.iter().map(|id| SchoolId::parse(id).expect("a slug")).collect())
}

/// The same, and a second instance has its share, the story's own school among it. Words come in all the while.
async fn shared_by_two() -> (World, Outing, Registering) {
    let (mut world, outing, others) = shared().await;
    world.joins(2, &[People, Checkins]);
    world.until_even(Checkins, 2).await;
    world.until_even(People, 2).await;
    world.at("09:28").await;
    let registering = Registering::begins(world.mqtt_client(), others);
    (world, outing, registering)
}

/// Many schools, in each of which people are registered in turn, until it is enough.
struct Registering {
    enough: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<(Answered, Duration)>,
}

/// The numbers that were answered, by school.
type Answered = BTreeMap<SchoolId, Vec<u64>>;

impl Registering {
    fn begins(client: BusClient, schools: Vec<SchoolId>) -> Self {
        let enough = Arc::<AtomicBool>::default();
        let is_enough = Arc::clone(&enough);
        let task = tokio::spawn(async move {
            let (head, mut longest) = (PersonId::new(), Duration::ZERO);
            let mut answered: Answered = schools.into_iter().map(|school| (school, Vec::new())).collect();
            while !is_enough.load(Ordering::Relaxed) {
                for (school, numbers) in &mut answered {
                    let person = if numbers.is_empty() { head } else { PersonId::new() };
                    let began = Instant::now();
                    numbers.push(registered(&client, school, head, person).await);
                    longest = longest.max(began.elapsed());
                }
            }
            (answered, longest)
        });
        Self { enough, task }
    }

    /// What was answered, and how long the slowest answer took.
    async fn ends(self) -> (Answered, Duration) {
        self.enough.store(true, Ordering::Relaxed);
        self.task.await.expect("every one is answered")
    }
}

/// Asked until it is answered, with one id.
async fn registered(client: &BusClient, school: &SchoolId, by: PersonId, person: PersonId) -> u64 {
    let command = Command::AddPerson {
        person,
        name: Personal::known(Name::parse("Robin Underwood").expect("a name")),
        standing: Standing::Staff,
        roles: [Role::Admin].into(),
    };
    asked::<people::People>(client, school, by, &command).await
}

/// As [`registered`], of any service.
async fn asked<S: Service>(client: &BusClient, school: &SchoolId, by: PersonId, command: &S::Command) -> u64 {
    let (id, actor) = (CommandId::new(), Some(Actor::Person(by)));
    let began = Instant::now();
    loop {
        match client.ask::<S>(school, id, command, actor.clone()).await {
            Outcome::Accepted { sequence } => return sequence,
            Outcome::Refused { refusal } => panic!("{school}: {refusal:?}"),
            Outcome::Faulted { message } => {
                assert!(began.elapsed() < Duration::from_secs(60), "{school} never answers: {message}");
            }
        }
    }
}

/// Each answer is one entry of its school's journal, and there is no other: there was one writer at any time.
async fn all_answered_once(url: &str, answered: &Answered) {
    let journal = Journal::open(url).await.expect("opens");
    for (school, numbers) in answered {
        let held = journal.verify(People, school).await.expect("the chain holds");
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), numbers.len(), "{school}: two answers tell of the same entry");
        assert_eq!(held.head.seq, numbers.len() as u64, "{school}: entries that nobody was told of");
    }
    journal.close().await;
}

/// CHECK-1, CHECK-3: one more instance comes while parties are out: within seconds the schools are divided evenly, without a restart; all
/// that is asked meanwhile is answered, once. It is killed, and the others answer for its schools within seconds.
#[tokio::test(flavor = "multi_thread")]
async fn one_more_instance_takes_its_share_and_a_dead_ones_is_taken_over() {
    let (mut world, outing, others) = shared().await;
    let ines = world.as_("Ines");
    let registering = Registering::begins(world.mqtt_client(), others);
    world.at("09:28").await;
    world.joins(2, &[People, Checkins, Alerts]);
    let began = Instant::now();
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    world.until_even(Checkins, 2).await;
    world.until_even(People, 2).await;
    campaign::say(&format!(
        "one more came, and all was even {} ms after its start",
        began.elapsed().as_millis()
    ));
    ines.insists(outing.word(&world, Word::Late { minutes: 10 }, None)).await;
    world.joins(3, &[People, Checkins, Alerts]);
    world.until_even(Checkins, 3).await;
    world.until_even(People, 3).await;
    let (answered, longest) = registering.ends().await;
    let count: usize = answered.values().map(Vec::len).sum();
    campaign::say(&format!(
        "{count} commands meanwhile, the slowest answered after {} ms",
        longest.as_millis()
    ));
    all_answered_once(world.journal_url(), &answered).await;
    world.at("09:29").await;
    // The story's own school is in slot 8: whoever came last was given the lowest ones.
    world.loses(3).await;
    let died = Instant::now();
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    campaign::say(&format!(
        "killed, and a check-in of its school answered after {} ms",
        died.elapsed().as_millis()
    ));
    world.until_even(Checkins, 2).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 3, "each word once");
    world.nobody_answers();
    world.at("10:25").await;
    assert_eq!(world.told("checkins", "CheckInMissed").len(), 1, "the watch goes on");
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1);
    let counts = world.closes_the_books().await;
    assert_eq!(counts.missed.len(), 1, "{counts:?}");
}

/// CHECK-3: an instance hangs. The database gives it up after ten seconds, and another one takes its schools. When it goes on it leaves them at
/// once, is fenced off where it still wrote, and takes part again. [HW-D3]
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_hung_leaves_its_schools_and_takes_part_again() {
    let (mut world, outing, registering) = shared_by_two().await;
    let ines = world.as_("Ines");
    let hung = world.hangs(2).await;
    let began = Instant::now();
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    campaign::say(&format!(
        "hung, and a check-in of its school answered after {} ms",
        began.elapsed().as_millis()
    ));
    world.until_even(Checkins, 1).await;
    world.goes_on(hung).await;
    ines.insists(outing.word(&world, Word::Late { minutes: 10 }, None)).await;
    world.instance_says(2, "HW-D3 other instances took these slots").await;
    let woke = Instant::now();
    world.until_even(Checkins, 2).await;
    world.until_even(People, 2).await;
    campaign::say(&format!("it woke, and had its share again after {} ms", woke.elapsed().as_millis()));
    let (answered, _) = registering.ends().await;
    all_answered_once(world.journal_url(), &answered).await;
    world.at("09:29").await;
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 3, "each word once");
    assert!(world.told("checkins", "CheckInMissed").is_empty());
    world.closes_the_books().await;
}

/// CHECK-3: an instance hangs for less than its own word is good for, and its slots are another's when it goes on, with commands in its inbox and a
/// state of before: nobody has told it, so that it decides, and its append is refused by the key. Nothing is done twice, and it leaves its schools.
/// [HW-D3]
#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_an_instance_that_was_replaced_unawares_is_refused() {
    let (mut world, outing, registering) = shared_by_two().await;
    let ines = world.as_("Ines");
    let began = Instant::now();
    let mut words = 0;
    // On a machine that is slow it asks before it decides, which is the other story: then once more.
    loop {
        let hung = world.hangs(2).await;
        world.is_given_up(2).await;
        world.until_even(People, 1).await;
        words += 1;
        ines.insists(outing.word(&world, Word::Late { minutes: words }, None)).await;
        world.goes_on(hung).await;
        world.instance_says(2, "HW-D3 other instances took these slots").await;
        world.until_even(People, 2).await;
        world.until_even(Checkins, 2).await;
        if world.instance_said(2, REFUSED) {
            break;
        }
        assert!(began.elapsed() < PATIENCE * 6, "its appends are never refused");
    }
    let (answered, _) = registering.ends().await;
    all_answered_once(world.journal_url(), &answered).await;
    world.at("09:29").await;
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), usize::from(words) + 1, "each word once");
    world.closes_the_books().await;
}

/// CHECK-1: texts reach the first instance, whoever serves the school: they are passed on, and one that comes while the school is on its way
/// waits for whoever takes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_reaches_the_wrong_instance_is_passed_on() {
    let (mut world, _, _) = shared().await;
    world.joins(2, &[Gateway]);
    world.until_even(Gateway, 2).await;
    world.at("09:28").await;
    let sent = world.handset("WM-001").sends("OK 24").await;
    assert!(sent.answers.iter().all(|answer| matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    world.texted("WM-001", "24").await;
    world.loses(2).await;
    let died = Instant::now();
    let sent = world.handset("WM-001").sends("OK 24").await;
    assert!(sent.answers.iter().all(|answer| matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    campaign::say(&format!("killed, and a text to its school taken after {} ms", died.elapsed().as_millis()));
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 2);
    world.closes_the_books().await;
}

/// CHECK-1, CHECK-3: an instance dies with its schools, and at that moment a phone of one of them texts. Nobody who is asked knows the sender, the
/// story's own school stands elsewhere, and is the one that strangers' texts are for: it does not get this one, which waits for its own school.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_school_that_nobody_serves_is_not_taken_for_a_strangers() {
    let (mut world, _, others) = shared().await;
    for number in [2, 3] {
        world.joins(number, &[Gateway]);
        world.until_even(Gateway, number.into()).await;
    }
    let (dies, school) = served_apart_from(&world, &others).await;
    let (head, client, phone) = (PersonId::new(), world.mqtt_client(), "07700 900399");
    registered(&client, &school, head, head).await;
    let register = devices::Command::RegisterDevice {
        device: DeviceId::new(),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Button,
        owner: Owner::School,
        tag: AssetTag::parse("WM-399").expect("a tag"),
        number: PhoneNumber::parse(phone).expect("a number"),
        imei: None,
        storage: "Safe".parse().expect("a label"),
    };
    asked::<::devices::Devices>(&client, &school, head, &register).await;
    world.quiet().await;

    world.loses(dies).await;
    let sent = world.handset_of(phone).sends("OK").await;
    assert!(sent.answers.iter().all(|answer| matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    world.until_even(Gateway, 2).await;
    world.quiet().await;
    assert_eq!(texts_of(&world, &school).await, 1);
    assert_eq!(texts_of(&world, &world.school).await, 0);
    world.closes_the_books().await;
}

/// An instance that joined, and a school of its own that does not share it with the story's.
async fn served_apart_from(world: &World, schools: &[SchoolId]) -> (u16, SchoolId) {
    let seen = look_from_outside(world.journal_url(), &[Gateway]).await.expect("it can be looked at");
    for number in [2, 3] {
        let held: BTreeSet<Slot> = seen.services[&Gateway].held_by(number).collect();
        if held.contains(&Slot::of(&world.school)) {
            continue;
        }
        if let Some(school) = schools.iter().find(|school| held.contains(&Slot::of(school))) {
            return (number, school.clone());
        }
    }
    panic!("all of them are with the story's own")
}

/// How many texts a school received.
async fn texts_of(world: &World, school: &SchoolId) -> usize {
    let journal = Journal::open(world.journal_url()).await.expect("opens");
    let entries = journal.read(Gateway, school, 1, usize::MAX).await.expect("it is read");
    journal.close().await;
    entries.iter().filter(|entry| entry.kind == "TextReceived").count()
}
