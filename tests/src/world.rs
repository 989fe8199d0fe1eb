//! Homeward, on a clock that tests set, with the simulated handsets as its provider: within the test's own process, or as
//! processes of the real binary.

use std::path::PathBuf;
use std::sync::Arc;

use chassis::bus::BusConfig;
use chassis::clock::SettableClock;
use handsets::{Handset, Handsets, LiveCall, Unexpected};
use homeward::accounts::LOCAL_CLIENT;
use homeward::compose::{self, Running};
use homeward::config;
use homeward::demo::{self, Asking, Cast};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proto::ids::{ClientId, PersonId, SchoolId};
use proto::values::PhoneNumber;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::books::Counts;
use crate::home::{Extras, Home, Plan, Second, Time};
use crate::outing::{Outing, take_in};
use crate::process::Process;
use crate::someone::{Door, Someone};
use crate::watch::Watch;

/// When every story begins, unless it says otherwise: a Friday in November, at half past eight in London.
pub const MORNING: &str = "2026-11-20T08:30:00Z";

/// Who acts in stories, by first name: they have logged in before Homeward goes on as processes.
const ACT: [&str; 6] = ["Ines", "Tom", "Marcus", "Pat", "Ruth", "Karin"];

/// Homeward under test.
pub struct World {
    /// The clock.
    pub clock: Time,
    /// The simulated handsets.
    pub handsets: Handsets,
    pub(crate) second: Option<Second>,
    /// Who and what there is at school.
    pub cast: Cast,
    /// The school.
    pub school: SchoolId,
    /// Further schools that the story is about.
    pub(crate) neighbours: Vec<(SchoolId, Cast)>,
    /// Hears everything.
    pub watch: Watch,
    pub(crate) door: Door,
    pub(crate) home: Home,
    pub(crate) runs: Runs,
    pub(crate) hears_from_outside: bool,
}

/// How it runs just now.
pub(crate) enum Runs {
    /// It is down.
    Not,
    /// Within the test's process.
    Within(Box<Running>, CancellationToken),
    /// As processes of its own, some of which may be down; the token ends what the test hears.
    Processes(Vec<Process>, CancellationToken),
}

impl World {
    /// A school in the morning, seeded, all quiet.
    pub async fn start() -> Self {
        Self::start_at(MORNING).await
    }

    /// As [`World::start`], at that instant.
    pub async fn start_at(now: &str) -> Self {
        Self::start_as(now, Plan::Within).await
    }

    /// As [`World::start_at`], running by that plan.
    pub async fn start_as(now: &str, plan: Plan) -> Self {
        Self::start_with(now, plan, Extras::default()).await
    }

    /// As [`World::start_as`], with something set up besides.
    pub async fn start_with(now: &str, plan: Plan, extras: Extras) -> Self {
        let clock = SettableClock::at(now.parse().expect("an instant"));
        let shown = Arc::clone(&clock);
        let handsets = Handsets::start(handsets::Config {
            clock: Arc::new(move || chassis::clock::Clock::now(&*shown)),
            patience: crate::watch::PATIENCE,
            ..handsets::Config::default()
        });
        let handsets = handsets.await.expect("the simulated handsets start");
        let second = if extras.second {
            let shown = Arc::clone(&clock);
            Some(Second::start(Arc::new(move || chassis::clock::Clock::now(&*shown)), &handsets).await)
        } else {
            None
        };
        let (cast, neighbours) = (extras.cast.clone().unwrap_or_default(), extras.neighbours.clone());
        let old_journal = extras.old_journal.clone();
        let mut home = Home::new(plan, &handsets, extras, second.as_ref()).await;
        if let Some(file) = &old_journal {
            home.inherits(file).await;
        }
        let voice = format!("{}/twilio/voice", home.gateway);
        for account in std::iter::once(&handsets).chain(second.as_ref().map(|second| &second.handsets)) {
            account.set_webhooks(&format!("{}/twilio/text", home.gateway), &voice);
            account.set_hang_up_webhook(&format!("{voice}/ended"));
        }
        let (running, watch, stop) = within(&home, &clock).await;
        let school = home.config.schools[0].id.clone();
        let door = Door::new(&home.config, &home.web);
        let time = Time::new(clock, home.clock());
        let runs = Runs::Within(Box::new(running), stop);
        let hears_from_outside = false;
        let mut world = Self {
            clock: time,
            handsets,
            second,
            cast,
            school,
            neighbours,
            watch,
            door,
            home,
            runs,
            hears_from_outside,
        };
        world.seed().await;
        world.moves_out().await;
        world
    }

    /// Seeded, Homeward goes on as the plan says.
    async fn moves_out(&mut self) {
        if self.home.plan == Plan::Within {
            return;
        }
        let schools = std::iter::once((&self.school, &self.cast))
            .chain(self.neighbours.iter().map(|(school, cast)| (school, cast)));
        for (school, cast) in schools {
            let act = |name: &str| ACT.iter().any(|first| name.starts_with(first));
            for member in cast.people.iter().filter(|member| act(member.name)) {
                self.somebody(school, member.id).logs_in().await;
            }
        }
        self.goes_down().await;
        self.runs = Runs::Processes(self.home.processes(), CancellationToken::new());
        self.comes_back().await;
    }

    async fn seed(&mut self) {
        let client = self.watch.client();
        let asking = Asking::new(&client, self.school.clone(), self.cast.person("Ruth"));
        let now = self.now();
        let seeded = if !self.home.inherited.is_empty() {
            self.takes_over(&asking).await
        } else if self.home.is_from_nothing() {
            demo::seed_administrator(&asking, &self.cast).await
        } else {
            demo::seed_school(&asking, &self.cast, now).await
        };
        seeded.expect("the school is seeded");
        let others = self.neighbours.iter().map(async |(school, cast)| {
            let asking = Asking::new(&client, school.clone(), cast.person("Ruth"));
            demo::seed_school(&asking, cast, now).await.expect("a further school is seeded");
        });
        self.watch.hears_during(futures::future::join_all(others)).await;
        self.quiet().await;
    }

    /// On the journals of an earlier release: the party that is out comes home, and who has come to school since is put on the registers.
    async fn takes_over(&self, asking: &Asking<'_>) -> Result<(), demo::SeedFault> {
        let (pat, known) = (asking.by(self.cast.person("Pat")), Cast::new());
        let back = Outing::museum(self).back();
        asking.by(self.cast.person("Ines")).ask::<trips::Trips>("the return", back).await?;
        for tag in ["WM-001", "WM-002", "BP-001"] {
            pat.ask::<devices::Devices>(tag, take_in(self, tag)).await?;
        }
        let mut others = self.cast.clone();
        others.people.retain(|member| !known.people.iter().any(|old| old.id == member.id));
        others.phones.retain(|phone| !known.phones.iter().any(|old| old.id == phone.id));
        demo::seed_people_and_phones(asking, &others).await
    }

    /// All that its processes printed and logged.
    pub fn logged(&self) -> Vec<String> {
        match &self.runs {
            Runs::Processes(processes, _) => processes.iter().flat_map(Process::logged).collect(),
            Runs::Not | Runs::Within(..) => Vec::new(),
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the web listens: `http://127.0.0.1:…`.
    pub fn web(&self) -> &str {
        &self.home.web
    }

    /// Where the gateway is reached.
    pub fn gateway(&self) -> &str {
        &self.home.gateway
    }

    /// The address of the journal.
    pub fn journal_url(&self) -> &str {
        &self.home.config.journal_url
    }

    /// Where its files are.
    pub fn dir(&self) -> PathBuf {
        self.home.dir.path().to_owned()
    }

    /// Waits until nothing is under way.
    pub async fn quiet(&mut self) {
        loop {
            let now = self.now();
            self.all_caught_up().await;
            self.watch.quiet(now).await;
            self.handsets.settled().await;
            if let Some(second) = &self.second {
                second.handsets.settled().await;
            }
            let heard = self.watch.heard;
            self.all_caught_up().await;
            self.watch.quiet(now).await;
            if self.watch.heard == heard {
                break;
            }
        }
        if let Runs::Processes(processes, _) = &mut self.runs {
            processes.iter_mut().for_each(Process::has_seen);
        }
    }

    /// An instant of today, by the school's clocks.
    pub fn instant(&self, time: &str) -> Timestamp {
        self.instant_after(0, time)
    }

    /// An instant some days from today, by the school's clocks.
    pub fn instant_after(&self, days: i64, time: &str) -> Timestamp {
        let time: jiff::civil::Time = time.parse().expect("a time such as 10:05");
        let day = self.today().saturating_add(jiff::Span::new().days(days));
        day.to_datetime(time).to_zoned(london()).expect("a local time").timestamp()
    }

    /// The Monday of this week.
    pub fn monday(&self) -> Date {
        let today = self.today();
        let since = i64::from(today.weekday().to_monday_zero_offset());
        today.saturating_sub(jiff::Span::new().days(since))
    }

    fn today(&self) -> Date {
        self.now().to_zoned(london()).date()
    }

    /// Sets the clock to that time of today, step by step through all that falls due, and waits until all is quiet.
    pub async fn at(&mut self, time: &str) {
        let target = self.instant(time);
        self.to(target).await;
    }

    /// Sets the clock to an instant, step by step.
    pub async fn to(&mut self, target: Timestamp) {
        assert!(target >= self.now(), "time goes forward");
        loop {
            self.quiet().await;
            match self.watch.next_due() {
                Some((due, _)) if due <= target => self.clock.set(due),
                Some(_) | None => break,
            }
        }
        self.clock.set(target);
        self.quiet().await;
    }

    /// A person of the cast, by first name.
    pub fn as_(&self, first: &str) -> Someone {
        self.somebody(&self.school, self.cast.person(first))
    }

    /// A person of that school.
    pub(crate) fn somebody(&self, school: &SchoolId, person: PersonId) -> Someone {
        Someone::new(self.door.clone(), school.clone(), person)
    }

    /// A phone of the cast, by its tag, as a simulated handset.
    pub fn handset(&self, tag: &str) -> Handset {
        self.handset_of(self.cast.phone(tag).number)
    }

    /// The landline.
    pub fn landline(&self) -> Handset {
        self.handset_of(demo::LANDLINE)
    }

    /// From now on every phone of the cast rings, and nobody takes it.
    pub fn nobody_answers(&self) {
        let casts = std::iter::once(&self.cast).chain(self.neighbours.iter().map(|(_, cast)| cast));
        for cast in casts {
            let numbers = cast.phones.iter().map(|phone| phone.number);
            numbers.chain([cast.landline_number]).for_each(|number| self.rings_out(number));
        }
    }

    /// From now on that phone rings, and nobody takes it.
    pub fn rings_out(&self, number: &str) {
        let handset = self.handset_of(number);
        self.handsets.set_behaviour(handset.number(), handsets::CallBehaviour::NoAnswer);
    }

    /// The second account's handsets.
    ///
    /// # Panics
    /// If the story set none up.
    pub fn second(&self) -> &Handsets {
        &self.second.as_ref().expect("a second account was set up").handsets
    }

    /// Nobody answers any more where the first account is.
    pub async fn loses_the_provider(&self) {
        self.second.as_ref().expect("a second account was set up").way_to_first.closes().await;
    }

    /// The first account answers again.
    pub async fn finds_the_provider(&self) {
        self.second.as_ref().expect("a second account was set up").way_to_first.opens().await;
    }

    /// Any number's handset.
    pub fn handset_of(&self, number: &str) -> Handset {
        self.handsets.handset(PhoneNumber::parse(number).expect("a number of the cast").e164())
    }

    /// What every event of that name says so far: `told("alerts", "CaseOpened")`.
    pub fn told(&self, service: &str, variant: &str) -> Vec<Value> {
        let read = |data: &serde_json::value::RawValue| serde_json::from_str(data.get()).expect("JSON");
        self.watch.told(service, variant).into_iter().map(read).collect()
    }

    /// The broker for MQTT clients: address, user, password.
    ///
    /// # Panics
    /// If Homeward doesn't run within the test's process.
    pub fn mqtt(&self) -> BusConfig {
        match &self.runs {
            Runs::Within(running, _) => local(running),
            Runs::Not | Runs::Processes(..) => panic!("there the test's own client is the only one"),
        }
    }

    /// Homeward stops in order; the clock may move before [`World::comes_back`].
    pub async fn goes_down(&mut self) {
        match std::mem::replace(&mut self.runs, Runs::Not) {
            Runs::Within(running, stop) => {
                stop.cancel();
                running.ended().await.expect("it ends in order");
            }
            Runs::Processes(mut processes, stop) => {
                futures::future::join_all(processes.iter_mut().map(Process::stop)).await;
                self.runs = Runs::Processes(processes, stop);
            }
            Runs::Not => {}
        }
    }

    /// Homeward, or what of it is down, starts again on the same files.
    pub async fn comes_back(&mut self) {
        if let Runs::Processes(..) = self.runs {
            self.processes_come_back().await;
        } else {
            let shown = self.clock.shown();
            let (running, watch, stop) = within(&self.home, &shown).await;
            self.runs = Runs::Within(Box::new(running), stop);
            self.watch = watch;
        }
        self.quiet().await;
    }

    /// Nobody got anything so far that the story didn't expect, and the provider's contract was kept.
    pub async fn nothing_more(&mut self) {
        self.quiet().await;
        let accounts = std::iter::once(&self.handsets).chain(self.second.as_ref().map(|s| &s.handsets));
        for account in accounts {
            let unexpected: Vec<_> = account.unexpected().iter().map(in_a_line).collect();
            assert!(unexpected.is_empty(), "nobody expected {unexpected:#?}");
            account.expect_nothing_more().await;
        }
    }

    /// The phone with that tag gets a text with these words.
    pub async fn texted(&self, tag: &str, words: &str) -> String {
        self.handset(tag).expects_text(words).await.body
    }

    /// The phone with that tag is called (and rings out, if it was told to).
    pub async fn called(&self, tag: &str) -> LiveCall {
        self.handset(tag).expects_call().await
    }

    /// The phone with that tag is texted and called about it.
    pub async fn texted_and_called(&self, tag: &str, words: &str) {
        self.texted(tag, words).await;
        self.called(tag).await;
    }

    /// Somebody texts from the phone with that tag, and all that follows is done.
    pub async fn sends(&mut self, tag: &str, body: &str) {
        let sent = self.handset(tag).sends(body).await;
        assert!(
            sent.answers.iter().all(|answer| matches!(answer, Ok(200 | 204))),
            "{body}: {:?}",
            sent.answers
        );
        self.door.text_was_taken(sent.sid);
        self.quiet().await;
    }

    /// A person of the cast may log in by that name, with that password.
    pub async fn gives_log_in(&self, first: &str, login: &str, password: &str) {
        self.gives_log_in_at(&self.school, self.cast.person(first), login, password).await;
    }

    /// A person of that school may log in by that name, with that password.
    pub async fn gives_log_in_at(&self, school: &SchoolId, person: PersonId, login: &str, password: &str) {
        let made = compose::create_login(&self.home.config, school, person, login, password).await;
        made.expect("a log-in is made");
    }

    /// The end of a day on which much died: every journal holds, and the books are whole. What exactly was said to whom is the
    /// story's own affair.
    pub async fn closes_the_books(mut self) -> Counts {
        self.quiet().await;
        let violations = self.handsets.contract_violations();
        assert!(violations.is_empty(), "the provider's contract was broken: {violations:#?}");
        self.goes_down().await;
        let counts = self.books_hold().await;
        self.runs = Runs::Not;
        counts
    }

    /// The end of a good story: nobody got anything that it didn't expect, and every journal holds.
    pub async fn ends(mut self) {
        self.nothing_more().await;
        self.closes().await;
    }

    /// The end, where texts and calls were not the story: every journal holds.
    pub async fn closes(mut self) {
        self.goes_down().await;
        self.books_hold().await;
    }
}

/// The school's zone.
fn london() -> TimeZone {
    TimeZone::get("Europe/London").expect("London's zone is known")
}

fn in_a_line(unexpected: &Unexpected) -> String {
    match unexpected {
        Unexpected::Text(text) => format!("{} text to {}: {}", text.created, text.to, text.body),
        Unexpected::Call { to, status, .. } => format!("call to {to}, {status:?}"),
    }
}

fn local(running: &Running) -> BusConfig {
    let (address, password) = running.broker.clone().expect("the broker is embedded");
    let client = ClientId::parse(LOCAL_CLIENT).expect("a slug");
    BusConfig::new(address.ip().to_string(), address.port(), client, password)
}

/// Starts Homeward within this process.
async fn within(home: &Home, clock: &Arc<SettableClock>) -> (Running, Watch, CancellationToken) {
    let stop = CancellationToken::new();
    let clock = Arc::clone(clock) as chassis::clock::SharedClock;
    let services = config::all_services();
    let started = compose::start(&home.config, &services, clock, stop.clone()).await;
    let mut running = started.unwrap_or_else(|fault| panic!("Homeward does not start: {fault}"));
    let ready = tokio::time::timeout(crate::watch::PATIENCE, running.ready()).await;
    ready.expect("every service becomes ready");
    let watch = Watch::start(running.setup_account(), &home.schools(), stop.clone());
    (running, watch, stop)
}
