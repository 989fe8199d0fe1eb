//! What the stage can be told.

use std::collections::BTreeMap;

use end_to_end::{Fix, Locator, Outing, World};
use homeward::demo::LOGINS;
use proto::ids::CommandId;
use serde::Deserialize;
use serde_json::{Value, json};

/// An order, with the number under which it is answered.
#[derive(Deserialize)]
pub(crate) struct Numbered {
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) order: Order,
}

/// One order.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub(crate) enum Order {
    /// The clock is set to that time of today, through all that falls due.
    At { time: String },
    /// The same, to an instant: another day.
    To { instant: String },
    /// The museum trip gets that far: drafted, submitted, authorised, ready, departed.
    Outing { step: Step },
    /// Somebody of the cast asks a service something, by the API.
    Asks { who: String, service: String, command: String, body: Value },
    /// A text from the phone with that tag.
    Sends { tag: String, body: String },
    /// The location app of the phone with that tag says where it is.
    IsAt { tag: String, lat: f64, lon: f64, accuracy: f64 },
    /// The text with these words that the phone with that tag got.
    Texted { tag: String, words: String },
    /// From now on phones ring, and nobody takes them.
    NobodyAnswers,
    /// From now on the phone with that number rings, and nobody takes it.
    RingsOut { number: String },
    /// Somebody outside rings the school from that number, or withholds theirs. Whoever has the phone with the other number
    /// takes it, and they speak; or nobody does. Their call ends.
    #[serde(rename_all = "camelCase")]
    RingsSchool { from: String, withheld: bool, taken_by: Option<String> },
    /// The broker outside is killed.
    LosesBroker,
    /// It is started again.
    FindsBroker,
    /// How many events of that name a service has told.
    Told { service: String, event: String },
    /// Homeward stops.
    GoesDown,
    /// Homeward starts again, on the same files.
    ComesBack,
    /// Waits until nothing is under way.
    Quiet,
}

/// How far the museum trip gets.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    Drafted,
    Submitted,
    Authorised,
    Ready,
    Departed,
    Returned,
}

/// A world, and the trip in it.
pub(crate) struct Stage {
    pub(crate) world: World,
    outing: Option<(Outing, Step)>,
    locators: BTreeMap<String, Locator>,
}

impl Stage {
    pub(crate) fn new(world: World) -> Self {
        Self { world, outing: None, locators: BTreeMap::new() }
    }

    /// The demonstration's log-ins hold here too; from nothing there is that of the head alone, who administers.
    pub(crate) async fn give_log_ins(&self, from_nothing: bool) {
        for (login, password, who) in
            LOGINS.into_iter().filter(|(login, ..)| !from_nothing || *login == "head")
        {
            let first = who.split(' ').next().expect("a name");
            self.world.gives_log_in(first, login, password).await;
        }
    }

    /// Where the web is, and who and what there is.
    pub(crate) fn program(&self) -> Value {
        let cast = &self.world.cast;
        let people: Value = cast.people.iter().map(|p| (p.name.to_owned(), json!(p.id))).collect();
        let phones: Value = cast
            .phones
            .iter()
            .map(|p| (p.tag.to_owned(), json!({ "id": p.id, "number": p.number })))
            .collect();
        json!({ "web": self.world.web(), "people": people, "phones": phones, "museum": cast.museum })
    }

    pub(crate) async fn does(&mut self, order: Order) -> Value {
        match order {
            Order::At { time } => self.world.at(&time).await,
            Order::To { instant } => self.world.to(instant.parse().expect("an instant")).await,
            Order::Outing { step } => self.outing(step).await,
            Order::Asks { who, service, command, body } => {
                return self.asks(&who, &service, &command, body).await;
            }
            Order::Sends { tag, body } => self.world.sends(&tag, &body).await,
            Order::IsAt { tag, lat, lon, accuracy } => self.is_at(&tag, (lat, lon), accuracy).await,
            Order::Texted { tag, words } => return json!(self.world.texted(&tag, &words).await),
            Order::NobodyAnswers => self.world.nobody_answers(),
            Order::RingsOut { number } => self.world.rings_out(&number),
            Order::RingsSchool { from, withheld, taken_by } => {
                self.rings_school(&from, withheld, taken_by.as_deref()).await;
            }
            Order::LosesBroker => self.world.outside().mosquitto().kill().await,
            Order::FindsBroker => self.world.outside().mosquitto().restart().await,
            Order::Told { service, event } => return json!(self.world.told(&service, &event).len()),
            Order::GoesDown => self.world.goes_down().await,
            Order::ComesBack => self.world.comes_back().await,
            Order::Quiet => self.world.quiet().await,
        }
        Value::Null
    }

    async fn asks(&mut self, who: &str, service: &str, command: &str, body: Value) -> Value {
        let somebody = self.world.as_(who);
        let (status, answer) = somebody.posts(CommandId::new(), service, command, body.to_string()).await;
        self.world.quiet().await;
        json!({ "status": status.as_u16(), "answer": answer })
    }

    async fn rings_school(&mut self, from: &str, withheld: bool, taken_by: Option<&str>) {
        let caller = self.world.handset_of(from);
        let call = if withheld { caller.rings_school_withheld().await } else { caller.rings_school().await };
        if let Some(number) = taken_by {
            let taken = self.world.handset_of(number).answers().await;
            taken.press("1").await;
            self.world.quiet().await;
            call.hang_up().await;
        }
        call.ended().await;
        self.world.quiet().await;
    }

    async fn is_at(&mut self, tag: &str, place: (f64, f64), accuracy_m: f64) {
        let fix = Fix { place, accuracy_m, at: self.world.now(), battery: 82 };
        let world = &self.world;
        let locator = self.locators.entry(tag.to_owned()).or_insert_with(|| Locator::of(world, tag));
        locator.is_at(fix).await;
        self.world.quiet().await;
    }

    async fn outing(&mut self, wanted: Step) {
        let (outing, so_far) = match self.outing.take() {
            Some((outing, so_far)) => (outing, Some(so_far)),
            None => (Outing::museum(&self.world), None),
        };
        let world = &mut self.world;
        for step in
            [Step::Drafted, Step::Submitted, Step::Authorised, Step::Ready, Step::Departed, Step::Returned]
        {
            if step > wanted || so_far.is_some_and(|done| step <= done) {
                continue;
            }
            match step {
                Step::Drafted => outing.drafted(world).await,
                Step::Submitted => outing.submits(world).await,
                Step::Authorised => outing.authorised(world).await,
                Step::Ready => outing.issued(world).await,
                Step::Departed => {
                    world.at("09:00").await;
                    world.as_("Ines").does(outing.depart()).await;
                    world.quiet().await;
                }
                Step::Returned => outing.returned(world).await,
            }
        }
        self.outing = Some((outing, wanted));
    }
}
