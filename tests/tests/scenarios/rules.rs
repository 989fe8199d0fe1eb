//! Every rule that a school may set, in one table: what its switch does on, and what off. [REV-1]

use end_to_end::{Fix, Locator, Outing, World, half_hourly, take_in};
use homeward::demo::museum_form;
use jiff::SignedDuration;
use jiff::civil::date;
use proto::ids::{ArrangementId, DeviceId, GroupId, TripId, UseId};
use proto::refusal::RefusalBody;
use proto::rules::Rule;
use proto::v1::policy::Settings;
use proto::v1::safeguarding::{
    AgreedWith, Command as Safeguarding, HandIn, Purpose, PutAway, Terms, UseWay, Whose,
};
use proto::v1::trips::{
    Command as Trips, DirectTraveller, HostContact, Refusal, TourNumbers, TripForm, TripKind, VolunteerOnForm,
};
use proto::v1::{devices, people};
use proto::values::Personal;
use serde_json::{Value, json};

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    /// It is refused, or stands in red on the list, under the row's rule.
    Asked,
    /// Nothing under that rule stands against it.
    NotAsked,
    /// Something is printed, told or shown.
    Told,
    /// It isn't.
    NotTold,
}

use Seen::{Asked, NotAsked, NotTold, Told};

/// A rule with a switch: how it is switched on, and off, and what happens then.
struct Row {
    rule: Rule,
    on: (&'static str, Seen),
    off: (&'static str, Seen),
}

const fn row(rule: Rule, on: (&'static str, Seen), off: (&'static str, Seen)) -> Row {
    Row { rule, on, off }
}

/// Settings as JSON, and what is seen of the probe of that rule.
const TABLE: &[Row] = &[
    row(Rule::Form5, (r#"{"host_informed":true}"#, Asked), (r#"{"host_informed":false}"#, NotAsked)),
    row(Rule::Form6, (r#"{"direct_travellers":true}"#, Asked), (r#"{"direct_travellers":false}"#, NotAsked)),
    row(Rule::Form7, (r#"{"placement_rules":true}"#, Asked), (r#"{"placement_rules":false}"#, NotAsked)),
    row(
        Rule::Dev6,
        (r#"{"supply_forecast":true,"base_reserve_phones":50}"#, Told),
        (r#"{"supply_forecast":false,"base_reserve_phones":50}"#, NotTold),
    ),
    row(Rule::Dev10, (r#"{"toolkit":["First aid kit"]}"#, Asked), (r#"{"toolkit":[]}"#, NotAsked)),
    row(
        Rule::Pers1,
        (r#"{"pupil_devices_stay":true}"#, Asked),
        (r#"{"pupil_devices_stay":false}"#, NotAsked),
    ),
    // Where the school has room for an arrangement it is agreed; where it has none, it is refused.
    row(Rule::Pers2, (r#"{"pupil_exceptions":true}"#, NotAsked), (r#"{"pupil_exceptions":false}"#, Asked)),
    row(Rule::Pers3, (r#"{"signed_approach":true}"#, NotAsked), (r#"{"signed_approach":false}"#, Asked)),
    row(Rule::Pers4, (r#"{"own_phone_years":[6]}"#, Asked), (r#"{"own_phone_years":[]}"#, NotAsked)),
    row(
        Rule::Pers5,
        (r#"{"staff_arrangements":true}"#, NotAsked),
        (r#"{"staff_arrangements":false}"#, Asked),
    ),
    row(Rule::Pers6, (r#"{"own_phones":"off"}"#, Told), (r#"{"own_phones":"as-they-like"}"#, NotTold)),
    row(Rule::Pers7, (r#"{"volunteers_accept":true}"#, Asked), (r#"{"volunteers_accept":false}"#, NotAsked)),
    // Given the numbers, a tour's form is authorised; where the school gives none, it isn't.
    row(Rule::Cont5, (r#"{"tour_numbers":true}"#, NotAsked), (r#"{"tour_numbers":false}"#, Asked)),
    row(
        Rule::Cont7,
        (r#"{"personal_use_by_agreement":true}"#, Asked),
        (r#"{"personal_use_by_agreement":false}"#, NotAsked),
    ),
    row(
        Rule::Check7,
        (r#"{"staff_phones_located":true}"#, Told),
        (r#"{"staff_phones_located":false}"#, NotTold),
    ),
    row(
        Rule::Media2,
        (r#"{"recordings_same_day":true}"#, Told),
        (r#"{"recordings_same_day":false}"#, NotTold),
    ),
];

/// The world, and the trip that is out in it.
struct Probe {
    world: World,
    out: Outing,
    /// How many forms there were: each has its own trip, a day of its own, and groups of its own.
    forms: u64,
    cookie: String,
}

impl Probe {
    async fn sets(&mut self, settings: &str) {
        let set: Settings = serde_json::from_str(settings).expect("settings");
        let reason = "For the table of rules".parse().expect("a note");
        self.world.as_("Ruth").does(people::Command::ChangePolicy { set, reason, agreed_by: None }).await;
        self.world.quiet().await;
    }

    fn form(&mut self) -> (TripId, TripForm) {
        self.forms += 1;
        let ahead = SignedDuration::from_hours(24 * self.forms as i64);
        let at = self.world.instant("10:00").checked_add(ahead).expect("a day ahead");
        let trip = TripId::derived(self.out.trip.0, self.forms);
        let mut form = museum_form(&self.world.cast, at, half_hourly());
        form.groups[0].group = GroupId::derived(trip.0, 1);
        (trip, form)
    }

    async fn drafts(&mut self, change: impl FnOnce(&mut TripForm, &World)) -> (TripId, TripForm) {
        let (trip, mut form) = self.form();
        change(&mut form, &self.world);
        let draft = Trips::SaveDraft { trip, base: None, form: Box::new(form.clone()) };
        self.world.as_("Ines").does(draft).await;
        self.world.quiet().await;
        (trip, form)
    }

    /// Whether a form is stopped by that rule as it is submitted.
    async fn submitting(&mut self, rule: Rule, change: impl FnOnce(&mut TripForm, &World)) -> Seen {
        let (trip, form) = self.drafts(change).await;
        let form_hash = trips::form::form_hash(&form);
        asked(rule, self.world.as_("Ines").asks(Trips::SubmitForm { trip, form_hash }).await)
    }

    /// Whether leaving is stopped by that rule, among whatever else.
    async fn leaving(&mut self, rule: Rule) -> Seen {
        let (trip, form) = self.drafts(|_, _| ()).await;
        let form_hash = trips::form::form_hash(&form);
        let counts =
            form.groups.iter().map(|g| proto::v1::trips::GroupCount { group: g.group, pupils: g.expected });
        let leave = Trips::Depart {
            trip,
            form_hash,
            counts: counts.collect(),
            stand_ins: Vec::new(),
            duress: None,
            toolkit: Vec::new(),
            own_phones_in: false,
        };
        asked(rule, self.world.as_("Ines").asks(leave).await)
    }

    async fn agreeing(&mut self, rule: Rule, whose: Whose, agreed_with: AgreedWith) -> Seen {
        let words = |text: &str| Personal::known(text.parse().expect("words"));
        let terms = Terms {
            whose,
            device: Personal::known("A phone".parse().expect("a label")),
            medical: false,
            reason: words("A sensor"),
            advice: words("The school nurse: keep it near"),
            agreed_by: self.world.cast.person("Ruth"),
            signature: Some("RD-2026-11".parse().expect("a label")),
            agreed_with,
            from: date(2026, 11, 20),
            until: date(2026, 12, 18),
            conditions: words("In the inside pocket"),
        };
        let agree =
            Safeguarding::AgreeArrangement { arrangement: ArrangementId::new(), terms: Box::new(terms) };
        asked(rule, self.world.as_("Ruth").asks(agree).await)
    }

    /// How often something was told.
    fn count(&self, service: &str, event: &str) -> usize {
        self.world.told(service, event).len()
    }

    async fn page(&self, path: &str) -> String {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client can be made");
        let asked = client.get(format!("{}{path}", self.world.web())).header("cookie", &self.cookie);
        let answer = asked.send().await.expect("the board answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("a page")
    }

    async fn seen(&mut self, rule: Rule) -> Seen {
        let name = |text: &str| Personal::known(text.parse().expect("a name"));
        match rule {
            Rule::Form5 => {
                let host = HostContact {
                    organisation: "City museum".parse().expect("a label"),
                    contact: None,
                    number: None,
                    informed_on: None,
                };
                self.submitting(rule, |form, _| form.host = Some(host)).await
            }
            Rule::Form6 => {
                self.submitting(rule, |form, _| {
                    form.direct = vec![DirectTraveller {
                        pupil: proto::ids::PupilId::new(),
                        name: Personal::known("Kit".parse().expect("a label")),
                        provider: "Oakfield Stables".parse().expect("a label"),
                        contact: None,
                        number: None,
                        due_at: Some(form.window.from),
                        devices: None,
                    }];
                })
                .await
            }
            Rule::Form7 => self.submitting(rule, |form, _| form.kind = TripKind::WorkPlacement).await,
            Rule::Pers7 => {
                let volunteer = VolunteerOnForm { name: name("Sam Field"), accepted_rules: false };
                self.submitting(rule, |form, _| form.volunteers = vec![volunteer]).await
            }
            Rule::Dev10 | Rule::Pers1 => self.leaving(rule).await,
            Rule::Dev6 => {
                let before = self.count("devices", "SupplyShort");
                self.drafts(|_, _| ()).await;
                told(self.count("devices", "SupplyShort") > before)
            }
            Rule::Pers2 => {
                let pupil = Whose::Pupil { name: Personal::known("K.B.".parse().expect("a label")) };
                self.agreeing(rule, pupil, AgreedWith::Parent).await
            }
            Rule::Pers3 => {
                let group = Whose::Post16 { group: "Year 12".parse().expect("a label") };
                self.agreeing(rule, group, AgreedWith::Pupil).await
            }
            Rule::Pers5 => {
                let person = self.world.cast.person("Tom");
                self.agreeing(rule, Whose::Staff { person }, AgreedWith::Staff).await
            }
            Rule::Pers4 => {
                self.forms += 1;
                let phone = HandIn {
                    trip: None,
                    pupil: Personal::known("3B-01".parse().expect("a label")),
                    year: 3,
                    put_away: PutAway::Off,
                    place: "Office cupboard".parse().expect("a label"),
                    allowed_by: None,
                };
                let pouch = self.forms as u16;
                asked(rule, self.world.as_("Pat").asks(Safeguarding::HandInPhone { pouch, phone }).await)
            }
            Rule::Pers6 => {
                let cards = self.page(&format!("/trips/{}/cards", self.out.trip)).await;
                let landline = "In the daytime your family ring the school";
                let said = cards.contains("Own phones are away, and off") && cards.contains(landline);
                assert_eq!(
                    said,
                    cards.contains("Families of staff"),
                    "the office's number on a card of its own"
                );
                told(said)
            }
            Rule::Cont5 => {
                let (trip, form) = self
                    .drafts(|form, world| {
                        form.kind = TripKind::Tour;
                        let (agreed_by, whose) =
                            (world.cast.person("Marcus"), vec![world.cast.person("Ines")]);
                        form.emergency.tour_numbers = Some(TourNumbers { agreed_by, whose });
                    })
                    .await;
                let form_hash = trips::form::form_hash(&form);
                self.world.as_("Ines").does(Trips::SubmitForm { trip, form_hash }).await;
                self.world.quiet().await;
                let authorise = Trips::AuthoriseForm { trip, form_hash, also_on: Vec::new() };
                asked(rule, self.world.as_("Marcus").asks(authorise).await)
            }
            Rule::Cont7 => {
                let by = self.world.cast.person("Ines");
                let use_of = Safeguarding::LogUse {
                    entry: UseId::new(),
                    device: self.phone("WM-001"),
                    at: self.world.now(),
                    way: UseWay::Call,
                    purpose: Purpose::PersonalAgreed { by },
                    reason: Personal::known("Rang home".parse().expect("a note")),
                };
                asked(rule, self.world.as_("Ines").asks(use_of).await)
            }
            Rule::Check7 => {
                let before = self.count("checkins", "PositionNoted");
                let (place, at) = ((51.4545, -2.6033), self.world.now());
                let fix = Fix { place, accuracy_m: 12.0, at, battery: 80 };
                Locator::of(&self.world, "WM-002").is_at(fix).await;
                self.world.quiet().await;
                told(self.count("checkins", "PositionNoted") > before)
            }
            // Told the same evening; or on the next.
            Rule::Media2 => {
                let tag =
                    ["WM-001", "WM-002"][usize::from(self.count("safeguarding", "RecordingsNoted") > 0)];
                let devices::Command::ReturnDevice { mut returned } = take_in(&self.world, tag) else {
                    panic!("a phone comes in")
                };
                returned.recordings = devices::Recordings::Kept;
                self.world.as_("Pat").does(devices::Command::ReturnDevice { returned }).await;
                self.world.quiet().await;
                let noted = self.world.told("safeguarding", "RecordingsNoted").pop().expect("it was noted");
                told(noted["evening"].as_str().is_some_and(|at| at.starts_with("2026-11-20")))
            }
            other => panic!("{other} has no probe: every rule with a switch is in the table"),
        }
    }

    fn phone(&self, tag: &str) -> DeviceId {
        self.world.cast.phone(tag).id
    }
}

fn told(is: bool) -> Seen {
    if is { Told } else { NotTold }
}

/// Whether it was refused under that rule, by its own name or on the list that came with it.
fn asked(rule: Rule, answer: Result<u64, Box<RefusalBody>>) -> Seen {
    let Err(no) = answer else { return NotAsked };
    let listed = match serde_json::from_value::<Refusal>(no.details.clone()) {
        Ok(Refusal::NotReady { items }) => items.iter().any(|item| !item.ok && item.rule == rule),
        Ok(_) | Err(_) => no.rule == Some(rule),
    };
    if listed { Asked } else { NotAsked }
}

/// Somebody who logs in as others do.
async fn logs_in(world: &World) -> String {
    world.gives_log_in("Pat", "table", "a long enough password").await;
    let policy = reqwest::redirect::Policy::none();
    let client =
        reqwest::Client::builder().no_proxy().redirect(policy).build().expect("a client can be made");
    let form = [("login", "table"), ("password", "a long enough password")];
    let post =
        client.post(format!("{}/login", world.web())).header("sec-fetch-site", "same-origin").form(&form);
    let answer = post.send().await.expect("the board answers");
    let cookie = answer.headers().get("set-cookie").expect("a session").to_str().expect("text");
    cookie.split(';').next().expect("a pair").to_owned()
}

/// FORM-5, FORM-6, FORM-7, DEV-6, DEV-10, PERS-1, PERS-2, PERS-3, PERS-4, PERS-5, PERS-6, PERS-7, CONT-5, CONT-7, CHECK-7,
/// MEDIA-2: each does one thing where its switch is on, and another where it is off; each rule with a switch is here.
#[tokio::test(flavor = "multi_thread")]
async fn every_rule_with_a_switch_does_something_on_and_something_else_off() {
    let with_a_switch: Vec<Rule> = Rule::ALL.iter().copied().filter(|rule| !rule.always_holds()).collect();
    let tabled: Vec<Rule> = TABLE.iter().map(|row| row.rule).collect();
    assert_eq!(tabled, with_a_switch, "the table has every one, in the order of RULES.md");
    let mut world = World::start().await;
    let out = Outing::under_way(&mut world).await;
    let cookie = logs_in(&world).await;
    let mut probe = Probe { world, out, forms: 0, cookie };
    for Row { rule, on, off } in TABLE {
        assert_ne!(on.1, off.1, "{rule}: the switch does nothing");
        for (settings, expected) in [on, off] {
            probe.sets(settings).await;
            assert_eq!(probe.seen(*rule).await, *expected, "{rule} with {settings}");
            let kept = probe.world.as_("Ruth").gets("policy").await.1;
            let set: Value = serde_json::from_str(settings).expect("settings");
            for (key, value) in set.as_object().expect("an object") {
                let is = kept["settings"].as_array().into_iter().flatten().find(|s| s["key"] == json!(key));
                assert_eq!(is.map(|setting| &setting["value"]), Some(value), "{rule}: the policy shows it");
            }
        }
    }
    probe.world.closes().await;
}
