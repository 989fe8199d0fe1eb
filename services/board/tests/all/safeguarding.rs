//! Safeguarding on the web: reported by anybody, read by whom it concerns, each reading recorded; the usage log.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use board::view::SeenBy;
use proto::envelope::Actor;
use proto::ids::{DeviceId, PersonId};
use proto::v1::devices::{Command as Devices, DeviceKind, Handset, Owner};
use proto::v1::people::{Command as People, Role};
use serde_json::json;

use crate::cast::{admin, at, number};
use crate::world::{ORIGIN, World};

/// A browser of somebody who logged in.
struct Browser<'a> {
    world: &'a World,
    cookie: String,
}

impl Browser<'_> {
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, body) = self.world.board.get(path, &[("cookie", &self.cookie)]).await;
        (status, body.as_str().map_or_else(|| body.to_string(), str::to_owned))
    }

    /// Sends a form that stands on a page: where it leads, or the page that comes back.
    async fn send(
        &self,
        from: &str,
        to: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, (StatusCode, String)> {
        let (status, html) = self.get(from).await;
        assert_eq!(status, StatusCode::OK, "{from}: {html}");
        let token = html.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let mut pairs = vec![("form_token", token.expect("a form"))];
        pairs.extend(fields);
        let body = serde_urlencoded::to_string(&pairs).expect("a form");
        let request = Request::builder()
            .method(Method::POST)
            .uri(to)
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        let answer = self.world.board.send(request).await;
        let status = answer.status();
        if let Some(to) = answer.headers().get(header::LOCATION) {
            return Ok(to.to_str().expect("a path").to_owned());
        }
        let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
        Err((status, String::from_utf8(bytes.to_vec()).expect("text")))
    }
}

async fn somebody<'a>(
    world: &'a World,
    called: &str,
    login: &str,
    roles: &[Role],
) -> (PersonId, Browser<'a>) {
    let person = PersonId::new();
    world.person(person, called, roles).await;
    world.board.login_for(person, login).await;
    world.board.until(|view| view.safeguarding.is_here(person)).await;
    (person, Browser { world, cookie: world.board.cookie(login).await })
}

const REPORT: [(&str, &str); 6] = [
    ("danger", "now"),
    ("kind", "contact"),
    ("happened_at", "2026-11-20T08:50"),
    ("what", "A stranger asked for a photograph."),
    ("trip", ""),
    ("adult", "no"),
];

/// INC-1, INC-6, INC-7: anybody reports in a minute, beginning with danger and 999; the DSL reads it, which is recorded; to the
/// office there is none, on any page, nor in the API.
#[tokio::test]
async fn an_incident_is_reported_by_anybody_and_read_by_whom_it_concerns() {
    let world = World::new().await;
    let (_, ines) = somebody(&world, "Ines Okafor", "ines", &[Role::Leader]).await;
    let (dsl, karin) = somebody(&world, "Karin Lindqvist", "karin", &[Role::Dsl]).await;
    let (office, pat) = somebody(&world, "Pat Winterbourne", "pat", &[Role::Office]).await;
    let (_, html) = ines.get("/safeguarding").await;
    let (danger, form) = (html.find("Dial 999 first"), html.find("Report an incident"));
    assert!(danger.is_some() && danger < form, "it begins with danger and 999");

    let to = ines.send("/safeguarding", "/safeguarding/report", &REPORT).await.expect("it is reported");
    let (status, html) = ines.get(&to).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("Karin Lindqvist") && html.contains("dial 999 now"), "{html}");
    assert_eq!(pat.get(&to).await.0, StatusCode::NOT_FOUND);

    let id = to.rsplit('/').next().expect("an id").to_owned();
    let page = format!("/incidents/{id}");
    for other in [&pat, &ines] {
        let (status, html) = other.get(&page).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!html.contains("A stranger asked"));
    }
    let (status, html) = karin.get(&page).await;
    assert_eq!(status, StatusCode::OK, "{html}");
    assert!(html.contains("A stranger asked for a photograph."));
    assert!(html.contains("999 NOT DIALLED"));
    let incident = id.parse().expect("an id");
    world
        .board
        .until(|view| {
            let known = view.safeguarding.incident_for(incident, dsl);
            known.is_some_and(|known| known.readings.iter().any(|(who, _)| *who == dsl))
        })
        .await;

    // The case: on the DSL's board, on nobody else's, nor on a screen for many.
    world.board.until(|view| view.alerts.open_cases().count() == 1).await;
    {
        let view = world.board.board.state.view().school(&crate::world::school().id).expect("served");
        let seen = |by| view.cases(by).len();
        assert_eq!([seen(SeenBy::Base), seen(SeenBy::Person(office)), seen(SeenBy::Person(dsl))], [0, 0, 1]);
        assert!(!view.sees_all(dsl) && view.sees_all(office));
    }
    let token = world.board.token("pat").await;
    let command = json!({ "incident": id });
    let (status, _) = world.board.command(&token, "safeguarding/OpenIncident", &command).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(world.board.get_as(&token, "/api/v1/cases").await["open"], json!([]));
    world.end().await;
}

/// INC-1, INC-4: on its page the DSL says that she was told, and reads what still stands against closing it.
#[tokio::test]
async fn an_incident_is_worked_through_on_its_page() {
    let world = World::new().await;
    let (told_by, ines) = somebody(&world, "Ines Okafor", "ines", &[Role::Leader]).await;
    let (_, karin) = somebody(&world, "Karin Lindqvist", "karin", &[Role::Dsl]).await;
    let to = ines.send("/safeguarding", "/safeguarding/report", &REPORT).await.expect("it is reported");
    let page = format!("/incidents/{}", to.rsplit('/').next().expect("an id"));
    let by = told_by.to_string();
    let body = "The council's safeguarding team";
    let at_nine = "2026-11-20T09:00";
    let steps: [&[(&str, &str)]; 6] = [
        &[("do", "told"), ("told.by", &by), ("told.at", at_nine)],
        &[("do", "write-up"), ("account", "At ten to nine."), ("reference", "CP-118")],
        &[("do", "serious"), ("judged.reason", "A stranger.")],
        &[("do", "body-told"), ("body", body), ("body.reference", "MASH 4711")],
        &[("do", "parents-told"), ("parents.at", at_nine)],
        &[("do", "debrief"), ("lessons", "Too near the door."), ("changes", "Groups meet inside.")],
    ];
    for fields in steps {
        let (status, html) = karin.send(&page, &page, &[("do", "close")]).await.expect_err("too early");
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(html.contains("can't be closed yet") || html.contains("can&#39;t be closed yet"), "{html}");
        let there = karin.send(&page, &page, fields).await;
        assert_eq!(there.as_deref(), Ok(page.as_str()), "{fields:?}");
    }
    assert_eq!(karin.send(&page, &page, &[("do", "close")]).await.as_deref(), Ok(page.as_str()));
    let (_, html) = karin.get(&page).await;
    assert!(html.contains("closed") && html.contains("MASH 4711") && html.contains("CP-118"), "{html}");
    world.end().await;
}

/// USE-1, CONT-7: the log fills itself, takes entries by hand, shows what is to be asked, and is the DSL's; it can be had as CSV.
#[tokio::test]
async fn the_usage_log_fills_itself_and_is_the_dsls() {
    let world = World::new().await;
    let (holder, ines) = somebody(&world, "Ines Okafor", "ines", &[Role::Leader]).await;
    let (_, karin) = somebody(&world, "Karin Lindqvist", "karin", &[Role::Dsl]).await;
    let (_, pat) = somebody(&world, "Pat Winterbourne", "pat", &[Role::Office]).await;
    let device = DeviceId::new();
    let boss = || Some(Actor::Person(admin()));
    let register = Devices::RegisterDevice {
        device,
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: "WM-077".to_owned().try_into().expect("a tag"),
        number: number(),
        imei: None,
        storage: "Safe".parse().expect("a label"),
    };
    world.does::<devices::Devices>(register, boss()).await;
    world.does::<devices::Devices>(Devices::ConfirmPasscode { device }, boss()).await;
    let authorise = People::AuthoriseHolder { person: holder, until: None };
    world.does::<people::People>(authorise, boss()).await;
    world.does::<people::People>(People::AcceptAgreement { person: holder, version: 1 }, boss()).await;
    world.board.until(|view| view.devices.person(holder).is_some_and(|p| p.agreement == Some(1))).await;
    world.does::<devices::Devices>(Devices::IssuePermanently { device, person: holder }, boss()).await;
    world.board.until(|view| view.safeguarding.usage().devices().count() == 1).await;

    let id = device.to_string();
    let log = [
        ("use.device", id.as_str()),
        ("use.at", "2026-11-20T08:55"),
        ("use.way", "call"),
        ("use.purpose", "other"),
        ("use.reason", "Rang home."),
    ];
    let there = ines.send("/safeguarding", "/safeguarding/log", &log).await;
    assert_eq!(there.as_deref(), Ok("/safeguarding?logged=yes"));
    let with_number = [log[0], log[1], log[2], log[3], ("use.reason", "Rang 07700 900123.")];
    let (_, html) =
        ines.send("/safeguarding", "/safeguarding/log", &with_number).await.expect_err("a number");
    assert!(html.contains("CONT-4"), "{html}");

    let (status, html) = karin.get("/safeguarding/use").await;
    assert_eq!(status, StatusCode::OK);
    for words in ["Handed out.", "WM-077", "Ines Okafor", "Rang home.", "to ask about"] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let (_, html) = karin.get("/safeguarding/use?only=hands").await;
    assert!(html.contains("Handed out.") && !html.contains("Rang home."), "{html}");
    let (_, csv) = karin.get("/safeguarding/use.csv?only=questions").await;
    let lines: Vec<&str> = csv.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[1].contains("Rang home.") && lines[1].contains("\"yes\""), "{csv}");
    for path in ["/safeguarding/use", "/safeguarding/use.csv"] {
        assert_eq!(pat.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    // It is Friday: the week is signed off when it is over.
    let week = [("week", "2026-11-16")];
    let refused = karin.send("/safeguarding", "/safeguarding/use", &week).await.expect_err("not over");
    assert!(refused.1.contains("USE-1"), "{}", refused.1);
    world.board.clock.set(at("2026-11-23T08:00:00Z"));
    let there = karin.send("/safeguarding/use", "/safeguarding/use", &week).await;
    assert_eq!(there.as_deref(), Ok("/safeguarding/use?week=2026-11-16"));
    let (_, html) = karin.get("/safeguarding/use?week=2026-11-16").await;
    assert!(html.contains("signed off"), "{html}");
    world.end().await;
}
