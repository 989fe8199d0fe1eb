//! The largest school: 5,000 staff, 2,000 devices, 300 trips today, 40 of them with an open alert. What each page of it weighs, and
//! how long it takes to draw. Weights are judged; times are printed (`-- --nocapture`): they are this machine's.
//!
//! No event is made up: the deciders themselves decide, hear each other and judge the time, without a broker between them.

use std::collections::VecDeque;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use board::view::View;
use decider::{Context, News, Policy, Service, Tick};
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{DeviceId, GroupId, LineId, PersonId, TripId};
use proto::v1::AnyEvent;
use proto::v1::contacts::{Command as Contacts, LineKind};
use proto::v1::devices::{Command as Devices, DeviceKind, Event as Device, Handset, Holder, Issue, Owner};
use proto::v1::people::{Event as Person, Role};
use proto::v1::trips::{Command as Trips, GroupCount, GroupPlan, StaffOnForm, TripForm};
use proto::values::{AssetTag, DailyHours, PhoneNumber, RingSecs, SchoolZone, Weekday, WeeklyHours, Window};
use uuid::Uuid;

use crate::cast::{NINE, added, admin, at, form, label, note, pupils};
use crate::stream::Events;
use crate::world::{Alone, school};

const STAFF: u64 = 5_000;
const PHONES: u64 = 2_000;
const TRIPS: u64 = 300;
/// So many of them don't check in.
const SILENT: u64 = 40;

/// No page sends more than so many bytes over the wire, compressed as browsers ask for it.
const MOST_SENT: usize = 60_000;
/// And none is more than so many to lay out.
const MOST_LAID_OUT: usize = 400_000;
/// One check-in sends no more than so many to each open board.
const MOST_CHANGED: usize = 20_000;

fn person(number: u64) -> PersonId {
    PersonId::derived(Uuid::from_u128(1), number)
}

fn phone(number: u64) -> DeviceId {
    DeviceId::derived(Uuid::from_u128(2), number)
}

fn trip(number: u64) -> TripId {
    TripId::derived(Uuid::from_u128(3), number)
}

fn group(number: u64) -> GroupId {
    GroupId::derived(Uuid::from_u128(4), number)
}

/// The first thousand are work mobiles, the others basic phones: there are a thousand drama numbers of each sort.
fn number_of(phone: u64) -> PhoneNumber {
    let text =
        if phone < 1_000 { format!("07700 900{phone:03}") } else { format!("01632 960{:03}", phone - 1_000) };
    PhoneNumber::parse(&text).expect("a drama number")
}

const FIRST: [&str; 20] = [
    "Amina", "Ben", "Chloe", "Dilys", "Emeka", "Farah", "Gareth", "Hana", "Ines", "Jonah", "Karin", "Lewis",
    "Marcus", "Nadia", "Owen", "Pat", "Ruth", "Sunil", "Tom", "Wei",
];
const LAST: [&str; 25] = [
    "Adeyemi",
    "Bell",
    "Carter",
    "Davies",
    "Evans",
    "Fraser",
    "Gupta",
    "Hughes",
    "Ibrahim",
    "Jones",
    "Khan",
    "Lindqvist",
    "Morgan",
    "Novak",
    "Okafor",
    "Pryce",
    "Quinn",
    "Rees",
    "Singh",
    "Tan",
    "Usman",
    "Vaughan",
    "Winterbourne",
    "Yusuf",
    "Zeller",
];

fn name_of(number: u64) -> String {
    let (first, last) = (FIRST[(number % 20) as usize], LAST[(number / 20 % 25) as usize]);
    match number / 500 {
        0 => format!("{first} {last}"),
        more => format!("{first} {}. {last}", char::from(b'A' + more as u8)),
    }
}

/// All services without a broker: what one decides the others hear at once.
struct Town<'a> {
    view: &'a View,
    zone: SchoolZone,
    policy: Policy,
    now: Timestamp,
}

macro_rules! each_service {
    ($town:expr, $view:expr, |$service:ident, $state:ident| $body:expr) => {{
        each_service!(@one $view, people::People, people, $service, $state, $body);
        each_service!(@one $view, devices::Devices, devices, $service, $state, $body);
        each_service!(@one $view, contacts::Contacts, contacts, $service, $state, $body);
        each_service!(@one $view, trips::Trips, trips, $service, $state, $body);
        each_service!(@one $view, checkins::Checkins, checkins, $service, $state, $body);
        each_service!(@one $view, alerts::Alerts, alerts, $service, $state, $body);
        each_service!(@one $view, gateway::Gateway, gateway, $service, $state, $body);
        each_service!(@one $view, safeguarding::Safeguarding, safeguarding, $service, $state, $body);
    }};
    (@one $view:expr, $type:ty, $field:ident, $service:ident, $state:ident, $body:expr) => {{
        type $service = $type;
        let $state = &$view.$field;
        $body
    }};
}

impl Town<'_> {
    /// Takes events in, and all that follows from them.
    fn tells(&self, events: impl IntoIterator<Item = AnyEvent>) {
        let mut waiting: VecDeque<AnyEvent> = events.into_iter().collect();
        while let Some(event) = waiting.pop_front() {
            let actor = Actor::Service(event.service());
            self.view.apply_next(&school().id, self.now, actor.clone(), event.clone());
            let view = self.view.school(&school().id).expect("served");
            let sequence = view.reached(event.service());
            let news = News { event: &event, recorded_at: self.now, sequence, history: false };
            let context = self.context(&actor);
            // What follows comes before what was told later, as each service takes in its own events at once.
            let mut follows: Vec<AnyEvent> = Vec::new();
            each_service!(self, view, |Of, state| if Of::HEARS.contains(&event.service()) {
                follows.extend(Of::hear(state, &news, &context).into_iter().map(AnyEvent::from));
            });
            follows.into_iter().rev().for_each(|event| waiting.push_front(event));
        }
    }

    fn context<'a>(&'a self, actor: &'a Actor) -> Context<'a> {
        Context { now: self.now, actor, cause: Uuid::now_v7(), zone: &self.zone, policy: &self.policy }
    }

    /// A command that is accepted.
    fn does<S: Service>(
        &self,
        by: PersonId,
        state: impl Fn(&board::view::SchoolView) -> &S::State,
        command: S::Command,
    ) where
        AnyEvent: From<S::Event>,
    {
        let actor = Actor::Person(by);
        let view = self.view.school(&school().id).expect("served");
        let decided = S::decide(state(&view), command, &self.context(&actor));
        drop(view);
        match decided {
            Ok(events) => self.tells(events.into_iter().map(AnyEvent::from)),
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    /// It is that late: what falls due does.
    fn at(&mut self, now: &str) {
        self.now = at(now);
        loop {
            let mut due: Vec<AnyEvent> = Vec::new();
            {
                let view = self.view.school(&school().id).expect("served");
                let tick = Tick {
                    now: self.now,
                    outage: None,
                    cause: Uuid::now_v7(),
                    zone: &self.zone,
                    policy: &self.policy,
                };
                each_service!(self, view, |Of, state| if due.is_empty()
                    && Of::next_due(state).is_some_and(|at| at <= self.now)
                {
                    due.extend(Of::due(state, &tick).into_iter().map(AnyEvent::from));
                });
            }
            if due.is_empty() {
                return;
            }
            self.tells(due);
        }
    }
}

fn the_form(number: u64) -> TripForm {
    let (leader, deputy) = (person(100 + number * 3), person(101 + number * 3));
    let staff = |who, n: u64| StaffOnForm { person: who, work_mobile: Some(number_of(n)) };
    let mut form = form();
    form.title = label(&format!(
        "Class {} to the {}",
        number + 1,
        ["museum", "canal", "farm", "beach"][(number % 4) as usize]
    ));
    form.leader = leader;
    form.deputy = Some(deputy);
    form.staff = vec![staff(leader, 100 + number * 3), staff(deputy, 101 + number * 3)];
    form.groups =
        vec![GroupPlan { group: group(number), name: label("All"), adult: leader, expected: pupils(24) }];
    form.emergency.base_contact = person(2);
    form.emergency.office = vec![person(2)];
    form.emergency.dsl = vec![person(3)];
    form.emergency.senior = vec![person(4)];
    form.window = Window::new(at(NINE), at("2026-11-20T15:00:00Z")).expect("a window");
    form
}

fn town(board: &Alone) -> Town<'_> {
    proto::values::allow_drama_numbers();
    let policy = Policy::default();
    let mut town = Town {
        view: board.board.state.view(),
        zone: SchoolZone::london(),
        policy,
        now: at("2026-11-20T08:00:00Z"),
    };
    let roles = |number: u64| match number {
        2 => vec![Role::Office],
        3 => vec![Role::Dsl],
        4 => vec![Role::Senior, Role::Head],
        _ => vec![Role::Leader],
    };
    town.tells([added(admin(), "Ada Admin", &[Role::Admin, Role::Office, Role::Dsl]).into()]);
    town.tells((1..=STAFF).map(|n| AnyEvent::from(added(person(n), &name_of(n), &roles(n)))));
    town.tells((1..=STAFF).flat_map(|n| {
        let (person, at) = (person(n), at("2026-11-20T08:00:00Z"));
        [
            AnyEvent::from(Person::HolderAuthorised { person, until: None }),
            AnyEvent::from(Person::AgreementAccepted { person, version: 1, at }),
        ]
    }));
    town.tells((0..PHONES).flat_map(|n| {
        let kind = if n < 1_000 { DeviceKind::WorkMobile } else { DeviceKind::BasicPhone };
        let tag = if n < 1_000 { format!("WM-{n:03}") } else { format!("BP-{:03}", n - 1_000) };
        let registered = Device::DeviceRegistered {
            device: phone(n),
            kind,
            handset: Handset::Smart,
            owner: Owner::School,
            tag: AssetTag::parse(&tag).expect("a tag"),
            number: number_of(n),
            imei: None,
            storage: label("Office safe"),
        };
        [
            AnyEvent::from(registered),
            AnyEvent::from(Device::PasscodeConfirmed { device: phone(n), at: at(NINE) }),
        ]
    }));
    let midnight = proto::values::ClockTime::new(0, 0).expect("a time");
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let hours = WeeklyHours(days.map(|day| DailyHours { day, from: midnight, to: midnight }).to_vec());
    let line = Contacts::AddLine {
        line: LineId::derived(Uuid::from_u128(5), 1),
        name: label("School landline"),
        kind: LineKind::Landline,
        number: PhoneNumber::parse("01632 960999").expect("a drama number"),
        hours,
        ring_secs: RingSecs::LINE,
    };
    town.does::<contacts::Contacts>(admin(), |view| &view.contacts, line);
    for n in [2, 3, 4] {
        let command = Devices::IssuePermanently { device: phone(n), person: person(n) };
        town.does::<devices::Devices>(admin(), |view| &view.devices, command);
    }
    town.now = at(NINE);
    for n in 0..TRIPS {
        leaves(&town, n);
    }
    town.at("2026-11-20T09:55:00Z");
    for n in SILENT..TRIPS {
        arrives(&town, n);
    }
    town.at("2026-11-20T10:20:00Z");
    town
}

/// Drafted, submitted, authorised, with its phones, and off at nine.
fn leaves(town: &Town<'_>, n: u64) {
    let (trip, form) = (trip(n), the_form(n));
    let (leader, form_hash) = (form.leader, trips::form::form_hash(&form));
    let does = |by, command| town.does::<trips::Trips>(by, |view| &view.trips, command);
    does(leader, Trips::SaveDraft { trip, base: None, form: Box::new(form.clone()) });
    does(leader, Trips::SubmitForm { trip, form_hash });
    does(person(4), Trips::AuthoriseForm { trip, form_hash, also_on: Vec::new() });
    let issue = |(staff, n): (&StaffOnForm, u64)| Issue {
        device: phone(n),
        holder: Holder::Person(staff.person),
        reason: None,
        charge: None,
    };
    let issues = form.staff.iter().zip([100 + n * 3, 101 + n * 3]).map(issue).collect();
    town.does::<devices::Devices>(admin(), |view| &view.devices, Devices::IssueDevices { trip, issues });
    let counts = vec![GroupCount { group: group(n), pupils: pupils(24) }];
    let stand_ins = Vec::new();
    does(
        leader,
        Trips::Depart {
            trip,
            form_hash,
            counts,
            stand_ins,
            duress: None,
            toolkit: Vec::new(),
            own_phones_in: true,
        },
    );
}

/// Base writes down that they have arrived.
fn arrives(town: &Town<'_>, n: u64) {
    let leader = the_form(n).leader;
    let said = proto::v1::checkins::Command::WriteDownCall {
        trip: trip(n),
        group: group(n),
        word: proto::v1::checkins::Word::Arrived,
        headcount: Some(pupils(24)),
        called_at: town.now,
        words: proto::values::Personal::known(note("All here")),
        from: leader,
        duress: None,
    };
    town.does::<checkins::Checkins>(person(2), |view| &view.checkins, said);
}

/// What a page is: its bytes as laid out, its bytes as sent, and the quickest of three drawings in milliseconds.
async fn measured(board: &Alone, cookie: &str, path: &str) -> (String, usize, f64) {
    let mut best = f64::MAX;
    let ask = |encoding: &'static str| {
        let request =
            Request::get(path).header(header::COOKIE, cookie).header(header::ACCEPT_ENCODING, encoding);
        board.send(request.body(Body::empty()).expect("a request"))
    };
    let mut page = String::new();
    for _ in 0..3 {
        let began = Instant::now();
        let answer = ask("identity").await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let bytes = axum::body::to_bytes(answer.into_body(), 64 << 20).await.expect("a page");
        best = best.min(began.elapsed().as_secs_f64() * 1_000.0);
        page = String::from_utf8(bytes.to_vec()).expect("text");
    }
    let sent = axum::body::to_bytes(ask("gzip").await.into_body(), 64 << 20).await.expect("a page").len();
    (page, sent, best)
}

#[tokio::test]
async fn no_page_of_the_largest_school_is_heavy_and_every_long_list_has_pages_and_a_search() {
    let board = Alone::new().await;
    let began = Instant::now();
    let town = town(&board);
    println!("the town stands after {:.1} s", began.elapsed().as_secs_f64());
    board.login_for(admin(), "admin").await;
    let cookie = board.cookie("admin").await;
    {
        let view = town.view.school(&school().id).expect("served");
        let (out, cases) =
            (view.trips.out().len() as u64, view.cases(board::view::SeenBy::Base).len() as u64);
        assert!(out == TRIPS && cases >= SILENT, "{out} trips out, {cases} cases open");
        println!("{out} trips out, {cases} cases open");
    }
    let (one_trip, one_phone, one_person) = (trip(7), phone(121), person(121));
    let pages = [
        "/".to_owned(),
        "/?kiosk=1".to_owned(),
        "/trips".to_owned(),
        "/trips?part=out&page=6".to_owned(),
        "/trips?q=class+17".to_owned(),
        "/trips/new".to_owned(),
        format!("/trips/{one_trip}"),
        format!("/trips/{one_trip}/edit"),
        format!("/trips/{one_trip}/log"),
        format!("/trips/{one_trip}/groups"),
        "/devices".to_owned(),
        "/devices?q=WM+017".to_owned(),
        "/devices/issue".to_owned(),
        format!("/devices/issue?trip={one_trip}"),
        "/devices/return".to_owned(),
        format!("/devices/{one_phone}"),
        "/devices/labels".to_owned(),
        "/alerts".to_owned(),
        "/alerts?part=open".to_owned(),
        "/people".to_owned(),
        "/people?q=okafor".to_owned(),
        format!("/people/{one_person}"),
        "/lines".to_owned(),
        "/messages".to_owned(),
        "/calls".to_owned(),
        "/safeguarding".to_owned(),
        "/safeguarding/use".to_owned(),
        "/find/people?q=oka".to_owned(),
        "/find/phones?q=017".to_owned(),
    ];
    let mut heavy = Vec::new();
    println!("| page | ms | bytes | sent |\n|---|---|---|---|");
    for path in &pages {
        let (page, sent, took) = measured(&board, &cookie, path).await;
        println!("| {path} | {took:.1} | {} | {sent} |", page.len());
        if page.len() > MOST_LAID_OUT || sent > MOST_SENT {
            heavy.push(format!("{path}: {} bytes, {sent} sent", page.len()));
        }
        let rows = page.matches("<tr>").count();
        assert!(rows <= 330, "{path}: {rows} rows");
    }
    assert!(heavy.is_empty(), "{heavy:#?}");
    let (found, ..) = measured(&board, &cookie, "/alerts?q=class+17+museum").await;
    // 17 may stand in a reply code besides.
    let cards = found.matches("<b>Class ").count() + found.matches(">Class 17 to the museum<").count();
    assert!(cards > 0 && !found.contains("that are open</a>"), "few of the forty are found");
    let (last, ..) = measured(&board, &cookie, "/people?page=101").await;
    assert!(
        last.contains("aria-current=\"page\"><span class=\"unseen\">Page </span>101"),
        "the last page of 5,001"
    );
    let mut events = Events::open(&board, &cookie).await;
    let whole = events.next("board").await.expect("drawn at once");
    arrives(&town, 0);
    let mut change = events.next("change").await.expect("drawn again");
    while board::delta::patched(&whole, &change).expect("a change of what was sent") == whole {
        change = events.next("change").await.expect("drawn again");
    }
    println!("the live board: {} bytes whole, {} for one check-in", whole.len(), change.len());
    assert!(change.len() < MOST_CHANGED, "one check-in sends {} bytes", change.len());
}
