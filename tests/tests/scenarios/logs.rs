//! What a day leaves in the logs: ids and facts, and nothing that is personal or secret.

use std::collections::{BTreeMap, BTreeSet};

use end_to_end::{DATABASE_PASSWORD, Extras, Fix, Locator, MORNING, Outing, PASSWORD, Plan, World};
use handsets::Failure;
use proto::v1::alerts::Command as Alerts;
use proto::v1::safeguarding;
use serde_json::json;

use super::HOMEWARD;

/// Who rings and texts from outside.
const PARENT: &str = "07700 900321";

/// Pupils whose names Homeward is told.
const PUPILS: [&str; 1] = ["Asha"];

const PROVIDERS_SECRET: &str = "spinnaker-and-jib";

/// A provider of accounts, whom nobody reaches.
const PROVIDER: &str = "[log_in]\nsecond_factor_for = []\n[log_in.oidc.work]\nlabel = \"Work account\"\nissuer = \"http://127.0.0.1:9/\"\n\
    client_id = \"homeward\"\nclient_secret = \"spinnaker-and-jib\"\n";

const WATCHDOGS_SECRET: &str = "topgallant-and-royal";

/// A watchdog outside, whom nobody reaches: each minute that is logged.
const WATCHDOG: &str = "[watchdog]\nurl = \"http://127.0.0.1:9/ping/topgallant-and-royal\"\n";

/// What must stand in no line, each with what it is.
#[derive(Default)]
struct Secrets(BTreeMap<String, String>, BTreeMap<String, String>);

impl Secrets {
    fn add(&mut self, what: &str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 4, "{what}: {secret:?} is too short to be looked for");
        self.0.insert(secret, what.to_owned());
    }

    /// A number as people write it, as machines do, and what both share.
    fn add_number(&mut self, what: &str, number: &str) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        self.add(what, number);
        self.add(what, &digits[1..]);
        self.add(what, format!("{} {}", &digits[..5], &digits[5..]));
    }

    /// A name that may be short: it is looked for as a word.
    fn add_word(&mut self, what: &str, word: &str) {
        self.1.insert(word.to_owned(), what.to_owned());
    }

    /// Where one of them stands.
    fn found_in(&self, lines: &[String]) -> Vec<String> {
        let found = |line: &String| {
            let words: BTreeSet<&str> = line.split(|c: char| !c.is_alphanumeric()).collect();
            let whole = self.1.iter().filter(|(word, _)| words.contains(word.as_str()));
            let of: Vec<_> =
                self.0.iter().filter(|(secret, _)| line.contains(*secret)).chain(whole).collect();
            (!of.is_empty()).then(|| format!("{of:?} in {line}"))
        };
        lines.iter().filter_map(found).collect()
    }
}

fn of_the_cast(world: &World) -> Secrets {
    let mut secrets = Secrets::default();
    for member in &world.cast.people {
        member.name.split(' ').for_each(|name| secrets.add_word("a member of staff", name));
        secrets.add("a password", format!("of {}", member.id));
    }
    for phone in &world.cast.phones {
        secrets.add_number("a school phone's number", phone.number);
        secrets.add("the password of a phone's app", Locator::of(world, phone.tag).password());
    }
    secrets.add_number("whoever rang", PARENT);
    secrets.add_number("the landline", "01632 960001");
    for pupil in PUPILS {
        secrets.add_word("a pupil", pupil);
    }
    secrets.add("the provider's secret", handsets::Config::default().auth_token);
    secrets.add("a password of the broker", PASSWORD);
    secrets.add("the database's password", DATABASE_PASSWORD);
    secrets.add("the secret of a provider of accounts", PROVIDERS_SECRET);
    secrets.add("the watchdog's address", WATCHDOGS_SECRET);
    secrets
}

/// What whoever is logged in carries: clients' tokens, a browser's cookie and its forms' token, the secret of an app that tells codes.
async fn of_log_ins(world: &World, secrets: &mut Secrets) {
    for first in ["Ines", "Pat", "Ruth", "Karin"] {
        let token = world.as_(first).token().await;
        secrets.add("a client's token", token);
    }
    let browser = world.browser("Pat").await;
    secrets.add("a session's cookie", browser.cookie().split_once('=').expect("a pair").1);
    secrets.add("the token of a session's forms", browser.form_token("/me").await);
    let (status, _, page) = browser.sends_from("/me", "/me/second-factor", &[("do", "offer")]).await;
    assert_eq!(status, 200, "{page}");
    let typed = page.split("<code class=\"nowrap-groups\">").nth(1).expect("a secret to type");
    let typed = typed.split('<').next().expect("it ends");
    secrets.add("the secret of an app that tells codes", typed);
    secrets.add("the secret of an app that tells codes", typed.replace(' ', ""));
    let (status, _, page) =
        browser.sends_from("/me", "/me/second-factor", &[("do", "confirm"), ("code", "wombat-tide")]).await;
    assert_ne!(status, 200, "{page}");
    secrets.add("a code that somebody typed", "wombat");
}

/// A whole day with everything that goes wrong, logged as finely as an operator may ask for: no number, name, place, word that somebody
/// said, password, link, code or token stands in any line.
#[tokio::test(flavor = "multi_thread")]
async fn a_days_logs_have_no_number_name_word_or_secret() {
    logs_nothing_personal(Plan::Alone(HOMEWARD)).await;
}

/// The same with each service as a process of its own, a broker and a database beside them.
#[tokio::test(flavor = "multi_thread")]
async fn a_days_logs_of_services_apart_have_no_number_name_word_or_secret() {
    logs_nothing_personal(Plan::Apart(HOMEWARD)).await;
}

async fn logs_nothing_personal(plan: Plan) {
    let extras = Extras { log: Some("debug"), tables: format!("{PROVIDER}{WATCHDOG}"), ..Extras::default() };
    let mut world = World::start_with(MORNING, plan, extras).await;
    let mut secrets = of_the_cast(&world);
    let outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    let link = world.handset("WM-001").expects_text("/go/").await.body;
    let token = link.rsplit("/go/").next().expect("a link").to_owned();
    secrets.add("the leader's link", &token[..40]);
    world.at("09:00").await;
    let (_, depart) = proto::wire::split(&outing.depart());
    let mut depart: serde_json::Value = serde_json::from_str(depart.get()).expect("JSON");
    depart.as_object_mut().expect("an object").remove("duress");
    depart["duress_word"] = json!("marmalade");
    secrets.add("the duress word", "marmalade");
    let id = proto::ids::CommandId::new();
    let (status, body) = world.as_("Ines").posts(id, "trips", "Depart", depart.to_string()).await;
    assert_eq!(status, 200, "{body}");
    world.quiet().await;
    opens_the_page(&mut world, &token, &mut secrets).await;
    says_where_it_is(&world, &mut secrets).await;
    goes_wrong(&mut world, &outing, &mut secrets).await;
    of_log_ins(&world, &mut secrets).await;
    let lines = world.logged();
    assert!(lines.len() > 200, "it is logged finely: {}", lines.len());
    let debugs = lines.iter().filter(|line| line.contains("DEBUG")).count();
    assert!(debugs > 100, "{debugs} fine lines");
    let trip = outing.trip.0.to_string();
    assert!(
        lines.iter().any(|line| line.contains(&trip)),
        "what is looked for would be found: ids are logged"
    );
    let found = secrets.found_in(&lines);
    assert!(found.is_empty(), "{} lines of {}: {found:#?}", found.len(), lines.len());
    world.goes_down().await;
}

/// The first browser, a copied link, the code for it, and presses with words.
async fn opens_the_page(world: &mut World, token: &str, secrets: &mut Secrets) {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("a client");
    let page = format!("{}/go/{token}", world.web());
    let opened = http.post(format!("{page}/open")).send().await.expect("an answer");
    let cookie = opened.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair");
    secrets.add("the browser's cookie", cookie.split_once('=').expect("a pair").1);
    assert_eq!(http.get(&page).send().await.expect("an answer").status(), 401, "a copy");
    let empty: [(&str, &str); 0] = [];
    http.post(format!("{page}/code")).form(&empty).send().await.expect("an answer");
    let text = world.texted("WM-001", "is the code that opens").await;
    let code = text.split(' ').find(|word| word.len() == 9 && word.contains('-')).expect("a code").to_owned();
    secrets.add("the code of a page", code.replace('-', ""));
    secrets.add("the code of a page", code);
    let press = json!([{
        "id": proto::ids::CommandId::new(), "kind": "check-in", "word": "ok", "headcount": 24,
        "pressed_at": world.now(), "note": "Beside the carousel",
    }]);
    secrets.add("a note", "carousel");
    let pressed =
        http.post(format!("{page}/words")).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    assert_eq!(pressed.json(&press).send().await.expect("an answer").status(), 200);
    let malformed =
        http.post(format!("{page}/words")).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    let malformed = malformed.json(&json!([{ "id": "carousel" }])).send().await.expect("an answer");
    assert_eq!(malformed.status(), 400);
    world.quiet().await;
}

/// Its app, plain and encrypted, and one message that can't be read.
async fn says_where_it_is(world: &World, secrets: &mut Secrets) {
    let phone = Locator::of(world, "WM-001");
    let fix = Fix { place: (51.46793, -2.61357), accuracy_m: 12.0, at: world.now(), battery: 80 };
    phone.is_at(fix).await;
    phone
        .posts(phone.encrypted(Fix {
            place: (51.46793, -2.61357),
            accuracy_m: 13.0,
            at: world.now(),
            battery: 79,
        }))
        .await;
    phone.posts("{\"_type\":\"location\",\"lat\":951.46793}".to_owned()).await;
    secrets.add("a place", "51.46793");
    secrets.add("a place", "2.61357");
}

/// Texts and calls of all kinds, a provider that fails, an incident, wrong log-ins, forged webhooks.
async fn goes_wrong(world: &mut World, outing: &Outing, secrets: &mut Secrets) {
    world.nobody_answers();
    let parent = world.handset_of(PARENT);
    parent.sends("Is Asha back yet? Her kestrel medicine is at home").await;
    secrets.add("a stranger's words", "kestrel");
    world.sends("WM-001", "Where is the aquarium entrance?").await;
    secrets.add("words that were not understood", "aquarium");
    world.sends("WM-001", "OK 24 marmalade").await;
    world.handsets.fail_next(2, Failure::ServerError);
    world.handsets.fail_next(1, Failure::Refuse(21610));
    world.at("09:12").await;
    world.sends("WM-002", "SOS the lighthouse").await;
    secrets.add("the words of a call for help", "lighthouse");
    world.at("09:16").await;
    let case = world.told("alerts", "CaseOpened")[0]["case"].as_str().expect("an id").parse();
    let case: proto::ids::CaseId = case.expect("an id");
    world.as_("Karin").does(Alerts::OwnCase { case }).await;
    let reason = "A sprained ankle by the velodrome".parse().expect("a note");
    secrets.add("a reason", "velodrome");
    world.as_("Karin").does(Alerts::ResolveCase { case, reason }).await;
    let call = parent.rings_school().await;
    call.ended().await;
    reports(world, outing, secrets).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for (path, form) in [
        ("/login", [("login", "pat.w"), ("password", "nightingale-7")]),
        ("/twilio/text", [("From", "+447700900321"), ("Body", "harbourmaster")]),
    ] {
        let door = if path == "/login" { world.web() } else { world.gateway() };
        let sent = http.post(format!("{door}{path}")).header("sec-fetch-site", "same-origin").form(&form);
        assert!(!sent.send().await.expect("an answer").status().is_success(), "{path}");
    }
    secrets.add("a password that somebody tried", "nightingale");
    secrets.add("a forged text", "harbourmaster");
    world.quiet().await;
}

/// An incident, with words that only its readers may know.
async fn reports(world: &mut World, outing: &Outing, secrets: &mut Secrets) {
    let report = safeguarding::Command::ReportIncident {
        incident: proto::ids::IncidentId::new(),
        kind: safeguarding::IncidentKind::Contact,
        danger: safeguarding::Danger::Over {},
        trip: Some(outing.trip),
        happened_at: world.now(),
        about: None,
        what: proto::values::Personal::known("Somebody waited at the observatory".parse().expect("a note")),
    };
    secrets.add("what was reported", "observatory");
    world.as_("Pat").does(report).await;
    world.quiet().await;
}
