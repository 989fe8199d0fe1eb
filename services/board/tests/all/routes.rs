//! Each role at each route of the pages: allowed, or refused with the roles that it takes. A route that isn't in the table
//! fails the test: nobody adds a page without saying whom it is for.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use proto::envelope::{Actor, Hash};
use proto::topics::ServiceName;
use proto::v1::people::Role;
use proto::v1::trips::Event as TripEvent;

use crate::cast::{NINE, added, at, form, mobile, museum, okafor, red, tan};
use crate::world::{Alone, ORIGIN, school};

/// Whom a route is for.
#[derive(Clone, Copy)]
enum For {
    /// Whoever comes, without a log-in.
    Anybody,
    /// Everybody who logs in.
    All,
    /// Whoever has one of these roles.
    Roles(&'static [Role]),
}

use For::{All, Anybody, Roles};
use Role::{Admin, Dsl, Head, Leader, Office, Senior};

const DESK: For = Roles(&[Office, Senior, Head, Admin]);
const BASE: For = Roles(&[Office, Senior, Head, Dsl, Admin]);
const TRIPS: For = Roles(&[Leader, Office, Senior, Head, Dsl, Admin]);
const SENIORS: For = Roles(&[Senior, Head]);
const USAGE: For = Roles(&[Dsl, Head]);
const INCIDENTS: For = Roles(&[Dsl, Head, Senior]);
const RECORDS: For = Roles(&[Dsl, Head, Admin]);
const ADMIN: For = Roles(&[Admin]);
const POLICY: For = Roles(&[Head, Admin]);

/// (method, route as the router has it, what is sent: enough of it to be read, whom it is for).
/// `T`, `P`, `D`, `G` stand for the trip, a person, a phone, a group.
const TABLE: &[(&str, &str, &str, For)] = &[
    ("GET", "/", "", All),
    ("GET", "/stream", "", All),
    ("GET", "/login", "", Anybody),
    ("POST", "/login", "login=x&password=y", Anybody),
    ("GET", "/login/code", "", Anybody),
    ("POST", "/login/code", "code=000000", Anybody),
    ("GET", "/login/with/{provider}", "", Anybody),
    ("GET", "/login/with/{provider}/back", "", Anybody),
    ("POST", "/logout", "", All),
    ("GET", "/me", "", All),
    ("POST", "/me/password", "current=a+long+enough+password&password=short", All),
    ("POST", "/me/second-factor", "do=nothing", All),
    ("POST", "/me/elsewhere", "", All),
    ("GET", "/assets/{name}", "", Anybody),
    ("GET", "/favicon.ico", "", Anybody),
    ("GET", "/phone-worker.js", "", Anybody),
    ("GET", "/go/{token}", "", Anybody),
    ("GET", "/go/{token}/app.webmanifest", "", Anybody),
    ("GET", "/go/{token}/now", "", Anybody),
    ("POST", "/go/{token}/open", "", Anybody),
    ("POST", "/go/{token}/code", "", Anybody),
    ("POST", "/go/{token}/help", "", Anybody),
    ("POST", "/go/{token}/words", "[]", Anybody),
    ("GET", "/trips", "", All),
    ("GET", "/trips/new", "", All),
    ("POST", "/trips/check", "title=A", All),
    ("POST", "/trips/draft", "draft_of=new&title=A", All),
    ("POST", "/trips/draft/drop", "draft_of=new", All),
    ("GET", "/trips/{trip}", "", All),
    ("GET", "/trips/{trip}/edit", "", All),
    ("GET", "/trips/{trip}/copy", "", All),
    ("POST", "/trips/{trip}/copy", "window.from=2026-11-27T09:00&window.to=2026-11-27T15:00&copy=T", TRIPS),
    ("GET", "/trips/{trip}/log", "", All),
    ("POST", "/trips/{trip}/log", "note=A", All),
    ("GET", "/trips/{trip}/log.csv", "", All),
    ("GET", "/trips/{trip}/cards", "", All),
    ("GET", "/trips/{trip}/groups", "", All),
    (
        "POST",
        "/trips/{trip}/groups",
        "do=release&release.group=G&release.pupils=1&release.to_whom=A&release.checked_how=B&release.agreed_by=P",
        TRIPS,
    ),
    ("GET", "/trips/{trip}/write-down", "", All),
    (
        "POST",
        "/trips/{trip}/write-down",
        "group=G&from=P&word=ok&called_at=2026-11-20T09:00&words=all+well",
        All,
    ),
    ("POST", "/trips/{trip}/arrivals", "arrival.pupil=P&arrival.word=arrived", TRIPS),
    ("POST", "/trips/{trip}/submit", "hash=H", TRIPS),
    ("POST", "/trips/{trip}/authorise", "hash=H", SENIORS),
    ("POST", "/trips/{trip}/send-back", "send_back.reason=A", SENIORS),
    ("POST", "/trips/{trip}/depart", "hash=H&count.G=24", TRIPS),
    ("POST", "/trips/{trip}/left", "left.at=2026-11-20T09:00&left.reason=A&left.staff=P", TRIPS),
    ("POST", "/trips/{trip}/settle", "settle.decision=accept&settle.decided_by=P&settle.reason=A", BASE),
    ("POST", "/trips/{trip}/return", "return.back=24&return.released=0&return.in_hospital=0", TRIPS),
    ("POST", "/trips/{trip}/close", "", TRIPS),
    ("POST", "/trips/{trip}/cancel", "cancel.reason=A", TRIPS),
    ("POST", "/trips/{trip}/drill", "drill.learnt=A", BASE),
    ("POST", "/trips/{trip}/base", "base.person=P", All),
    ("POST", "/trips/{trip}/link", "device=D", TRIPS),
    ("POST", "/trips/{trip}/close-pages", "device=D", TRIPS),
    ("POST", "/trips/{trip}/in-hand", "device=D", All),
    ("GET", "/devices", "", All),
    ("POST", "/devices", "tag=WM-9&number=07700900123&storage=Safe&kind=work_mobile", DESK),
    ("GET", "/devices/labels", "", All),
    ("GET", "/devices/issue", "", All),
    ("POST", "/devices/issue", "trip=T&person.P=D", DESK),
    ("POST", "/devices/issue/ready", "trip=T&ready=passcode+D", DESK),
    ("POST", "/devices/passcodes", "device=D", DESK),
    ("GET", "/devices/return", "", All),
    ("POST", "/devices/return", "tag=WM-1&storage=Safe&condition=good&recordings=none", BASE),
    ("GET", "/devices/sheet", "", DESK),
    ("POST", "/devices/sheet/take", "", All),
    ("GET", "/devices/phones.csv", "", DESK),
    ("GET", "/devices/phones.xlsx", "", DESK),
    ("GET", "/devices/{device}", "", All),
    ("POST", "/devices/{device}", "do=passcode", DESK),
    ("GET", "/devices/{device}/set-up", "", All),
    ("POST", "/devices/{device}/set-up", "app=owntracks_http", DESK),
    ("GET", "/people", "", All),
    ("POST", "/people", "name=Somebody+New&standing=staff", DESK),
    (
        "POST",
        "/people/duties",
        "duty.person=P&duty.role=base&window.from=2026-11-20T18:00&window.to=2026-11-20T22:00",
        BASE,
    ),
    ("POST", "/people/duties/act", "do=remove&duty=D", BASE),
    ("GET", "/people/sheet", "", DESK),
    ("POST", "/people/sheet/take", "", All),
    ("GET", "/people/people.csv", "", DESK),
    ("GET", "/people/people.xlsx", "", DESK),
    ("GET", "/people/{person}", "", All),
    ("POST", "/people/{person}", "do=authorise", DESK),
    ("POST", "/people/{person}/login", "login=somebody&password=long+enough+for+it", ADMIN),
    ("GET", "/messages", "", BASE),
    ("POST", "/messages/test", "device=D", DESK),
    ("GET", "/tiles/{z}/{x}/{y}", "", All),
    ("GET", "/calls", "", BASE),
    ("POST", "/calls/{call}", "", BASE),
    ("GET", "/lines", "", All),
    (
        "POST",
        "/lines",
        "name=Landline&number=01632960000&kind=landline&ring_secs=20&from=08:00&to=16:00&days=mon",
        DESK,
    ),
    (
        "POST",
        "/lines/close-early",
        "window.from=2026-11-20T13:00&window.to=2026-11-20T16:00&close.reason=snow",
        BASE,
    ),
    ("GET", "/policy", "", All),
    ("POST", "/policy", "set.host_informed=on&change.reason=A", POLICY),
    ("POST", "/policy/preset", "preset=primary&start.reason=A", POLICY),
    ("POST", "/policy/wording", "words.rule=FORM-2&words.text=A&words.reason=B", POLICY),
    ("POST", "/policy/review", "review.reason=A", POLICY),
    ("GET", "/alerts", "", All),
    ("POST", "/alerts", "note=A&severity=warning", All),
    ("GET", "/alerts/{case}", "", All),
    ("POST", "/alerts/{case}", "do=note&note.note=A", All),
    ("POST", "/alerts/{case}/own", "", All),
    ("GET", "/find/{what}", "", All),
    ("GET", "/start", "", All),
    ("GET", "/safeguarding", "", All),
    ("POST", "/safeguarding/report", "danger=over&kind=other&adult=no&what=A", All),
    ("GET", "/safeguarding/reported/{incident}", "", All),
    ("POST", "/safeguarding/log", "use.device=D&use.what=A", All),
    ("GET", "/safeguarding/use", "", USAGE),
    ("POST", "/safeguarding/use", "week=2026-11-09", Roles(&[Dsl])),
    ("GET", "/safeguarding/arrangements", "", USAGE),
    (
        "POST",
        "/safeguarding/arrangements",
        "whose=pupil&name=A&device=A&reason=A&advice=A&agreed_by=P&agreed_with=parent&from=2026-11-20&until=2026-12-18&conditions=A",
        USAGE,
    ),
    ("GET", "/safeguarding/recordings", "", All),
    ("POST", "/safeguarding/recordings", "device=D&nothing=yes", All),
    ("GET", "/safeguarding/phones", "", TRIPS),
    ("GET", "/safeguarding/phones.csv", "", TRIPS),
    ("GET", "/safeguarding/arrangements.csv", "", USAGE),
    ("GET", "/safeguarding/recordings.csv", "", BASE),
    // Of those alone that whoever asks may read: to others a list of none (tests/all/lists.rs).
    ("GET", "/safeguarding/incidents.csv", "", All),
    ("POST", "/safeguarding/phones", "pupil=A&pouch=101&year=6&place=A&put_away=off", TRIPS),
    ("POST", "/safeguarding/phones/back", "back=101", TRIPS),
    ("GET", "/records", "", RECORDS),
    ("POST", "/records", "do=hold&hold.of=everything&hold.reason=A", RECORDS),
    ("GET", "/records/readings", "", RECORDS),
    ("GET", "/records/readings.csv", "", RECORDS),
    ("POST", "/records/person/erase", "person=P&sure=yes", RECORDS),
    ("GET", "/records/holds.csv", "", RECORDS),
    ("GET", "/data-protection", "", All),
    ("GET", "/data-protection.csv", "", All),
    ("GET", "/policy/drills.csv", "", All),
    ("GET", "/governors", "", RECORDS),
    ("GET", "/governors.csv", "", RECORDS),
    ("GET", "/incidents/{incident}", "", INCIDENTS),
    ("POST", "/incidents/{incident}", "do=note&note=A", INCIDENTS),
];

/// Tried by stories of their own: they take a file, or an id that only a running service makes.
const ELSEWHERE: &[&str] = &[
    // Without a week there is nothing to send; who may is asked by stories of the log.
    "GET /safeguarding/use.csv",
    // Which arrangement it is only a running service says; who may read one: tests/all/access.rs.
    "GET /safeguarding/arrangements/{arrangement}",
    "POST /safeguarding/arrangements/{arrangement}",
    // Whom to look for stands in the address: tests/all/records.rs.
    "GET /records/person",
    "GET /records/person.zip",
    "GET /devices/log-ins",
    "POST /devices/log-ins",
    "POST /devices/sheet",
    "POST /people/sheet",
    "POST /lines/{line}",
    "GET /lines/{line}/change",
    "POST /lines/{line}/change",
    "POST /trips/new",
    "POST /trips/{trip}/edit",
];

const EVERY_ROLE: [Option<Role>; 7] =
    [None, Some(Leader), Some(Office), Some(Senior), Some(Head), Some(Dsl), Some(Admin)];

/// A board that knows a trip, a phone and two people, and commands nobody.
async fn board() -> Alone {
    let board = Alone::new().await;
    let view = board.board.state.view();
    let by = |service| Actor::Service(service);
    view.apply_next(&school().id, at(NINE), by(ServiceName::People), added(tan(), "Wei Tan", &[Office]));
    let (trip, form) = (museum(), form());
    let form_hash = trips::form::form_hash(&form);
    let saved = TripEvent::DraftSaved { trip, form: Box::new(form), form_hash };
    view.apply_next(&school().id, at(NINE), by(ServiceName::Trips), saved);
    view.apply_next(&school().id, at(NINE), by(ServiceName::Devices), registered());
    view.apply_next(&school().id, at(NINE), by(ServiceName::Gateway), noted());
    board
}

fn registered() -> proto::v1::devices::Event {
    use proto::v1::devices::{DeviceKind, Event, Handset, Owner};
    Event::DeviceRegistered {
        device: mobile(),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: "WM-1".to_owned().try_into().expect("a tag"),
        number: crate::cast::number(),
        imei: None,
        storage: crate::cast::label("Safe"),
    }
}

fn noted() -> proto::v1::gateway::Event {
    use proto::v1::devices::{DeviceKind, Handset};
    proto::v1::gateway::Event::DeviceNoted {
        device: mobile(),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        tag: "WM-1".to_owned().try_into().expect("a tag"),
        number: crate::cast::number(),
        person: None,
        pupil: None,
        trip: None,
        in_service: true,
    }
}

fn filled(text: &str) -> String {
    let hash: Hash = trips::form::form_hash(&form());
    let one = |word: &str| match word {
        "T" | "{trip}" => museum().to_string(),
        "P" | "{person}" => tan().to_string(),
        "D" | "{device}" => mobile().to_string(),
        "G" => red().to_string(),
        "H" => hash.to_string(),
        "{case}" => uuid::Uuid::nil().to_string(),
        "{token}" => "none".to_owned(),
        "{call}" => uuid::Uuid::nil().to_string(),
        "{name}" => "app.css".to_owned(),
        "{what}" => "people".to_owned(),
        "{incident}" => uuid::Uuid::nil().to_string(),
        other => other.to_owned(),
    };
    let mut whole = String::new();
    let mut word = String::new();
    for letter in text.chars() {
        if "/=&.+".contains(letter) {
            whole.push_str(&one(&word));
            word.clear();
            whole.push(letter);
        } else {
            word.push(letter);
        }
    }
    whole + &one(&word)
}

/// A person of that role alone, and their cookie.
async fn somebody(role: Option<Role>) -> (Alone, String) {
    let board = board().await;
    let roles: Vec<Role> = role.into_iter().collect();
    let actor = Actor::Service(ServiceName::People);
    board.board.state.view().apply_next(
        &school().id,
        at(NINE),
        actor,
        added(okafor(), "Ines Okafor", &roles),
    );
    board.login_for(okafor(), "ines").await;
    let cookie = board.cookie("ines").await;
    (board, cookie)
}

async fn token_of(board: &Alone, cookie: &str) -> String {
    let (_, page) = board.get("/trips", &[("cookie", cookie)]).await;
    let page = page.as_str().expect("a page").to_owned();
    let after = page.split("name=\"form_token\" value=\"").nth(1).expect("a form");
    after.split('"').next().expect("its token").to_owned()
}

/// The status, or 401 where a browser is sent to log in.
async fn asks(board: &Alone, method: &str, path: &str, body: &str, as_: Option<(&str, &str)>) -> StatusCode {
    let mut body = filled(body);
    let mut request = Request::builder().method(method).uri(filled(path)).header(header::ORIGIN, ORIGIN);
    let kind = if body.starts_with('[') { "application/json" } else { "application/x-www-form-urlencoded" };
    request = request.header(header::CONTENT_TYPE, kind);
    if let Some((cookie, token)) = as_ {
        request = request.header(header::COOKIE, cookie);
        if method == Method::POST.as_str() && !body.starts_with('[') {
            body = format!("{body}&form_token={token}&once=00000000-0000-7000-8000-000000000000");
        }
    }
    let answer = board.send(request.body(Body::from(body)).expect("a request")).await;
    let to_log_in =
        answer.headers().get(header::LOCATION).is_some_and(|to| to.as_bytes().starts_with(b"/login?"));
    if to_log_in { StatusCode::UNAUTHORIZED } else { answer.status() }
}

#[tokio::test]
async fn each_role_is_let_in_or_refused_at_each_route_as_the_table_says() {
    let mut wrong = Vec::new();
    for role in EVERY_ROLE {
        let (board, cookie) = somebody(role).await;
        let token = token_of(&board, &cookie).await;
        for (method, path, body, whom) in TABLE {
            if *path == "/logout" {
                continue;
            }
            let status = asks(&board, method, path, body, Some((&cookie, &token))).await;
            let may = match whom {
                Anybody | All => true,
                Roles(any) => role.is_some_and(|role| any.contains(&role)),
            };
            // Messages are as if they weren't there.
            let is_refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
            let is_read =
                ![StatusCode::METHOD_NOT_ALLOWED, StatusCode::UNPROCESSABLE_ENTITY].contains(&status);
            let wrongly = match whom {
                Roles(_) => is_refused == may || !is_read,
                Anybody | All => status == StatusCode::FORBIDDEN,
            };
            if wrongly {
                wrong.push(format!("{role:?} {method} {path}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn whoever_is_not_logged_in_gets_nowhere_but_to_the_log_in() {
    let board = board().await;
    let mut wrong = Vec::new();
    for (method, path, body, whom) in TABLE {
        let status = asks(&board, method, path, body, None).await;
        let is_out = status == StatusCode::UNAUTHORIZED;
        if is_out == matches!(whom, Anybody) && !path.starts_with("/go/") && !path.starts_with("/login") {
            wrong.push(format!("{method} {path}: {status}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The files of a folder, and of the folders in it.
fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let inside = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    inside.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// What the sources route, against the table: a new page says whom it is for.
#[test]
fn every_route_of_the_pages_is_in_the_table() {
    let known: BTreeSet<String> = TABLE
        .iter()
        .map(|(method, path, _, _)| format!("{method} {path}"))
        .chain(ELSEWHERE.iter().map(|route| (*route).to_owned()))
        .collect();
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = files_below(&sources.join("pages"));
    files.extend(["stream.rs", "phone.rs"].map(|name| sources.join(name)));
    let mut missing = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let text = std::fs::read_to_string(file).expect("text");
        for part in text.split(".route(").skip(1) {
            let Some(path) = part.split('"').nth(1) else { continue };
            // Up to the next statement: what is routed there.
            let methods =
                part.split(".route(").next().and_then(|rest| rest.split("\n}").next()).unwrap_or(part);
            for (method, sign) in [("GET", "get("), ("POST", "post(")] {
                let is = methods.contains(&format!(" {sign}"))
                    || methods.contains(&format!(".{sign}"))
                    || methods.contains(&format!("\n{sign}"));
                let route = format!("{method} {path}");
                if is && path.starts_with('/') && !known.contains(&route) {
                    missing.push(format!("{route} ({})", file.file_name().unwrap_or_default().display()));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "say in TABLE of tests/all/routes.rs whom these are for, with a body that can be read: {missing:#?}"
    );
}
