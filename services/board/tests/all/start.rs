//! The first run, from nothing: each step's form leads back to the page of steps, until only the first trip is left.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::world::{ORIGIN, World};

struct Typing<'a> {
    world: &'a World,
    cookie: String,
}

impl Typing<'_> {
    async fn page(&self) -> String {
        let (status, page) = self.world.board.get("/start", &[("cookie", &self.cookie)]).await;
        assert_eq!(status, StatusCode::OK);
        page.as_str().expect("a page").to_owned()
    }

    /// Sends a form of the page of steps: where it leads.
    async fn sends(&self, path: &str, fields: &str) -> (StatusCode, String, String) {
        let page = self.page().await;
        let token = page.split("name=\"form_token\" value=\"").nth(1).expect("a form");
        let token = token.split('"').next().expect("its token");
        let once = uuid::Uuid::now_v7();
        let body = format!("back=%2Fstart&form_token={token}&once={once}&{fields}");
        let request = Request::post(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.world.board.send(request.body(Body::from(body)).expect("a request")).await;
        let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
        let (status, to) = (answer.status(), to.to_owned());
        let bytes = axum::body::to_bytes(answer.into_body(), 4 << 20).await.expect("a body");
        (status, to, String::from_utf8(bytes.to_vec()).expect("text"))
    }

    async fn leads_back(&self, path: &str, fields: &str) {
        let (status, to, page) = self.sends(path, fields).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/start"), "{path}: {page}");
    }
}

#[tokio::test]
async fn from_nothing_each_step_leads_to_the_next_until_only_the_first_trip_is_left() {
    proto::values::allow_drama_numbers();
    let world = World::new().await;
    let cookie = world.board.cookie("admin").await;
    let typing = Typing { world: &world, cookie };
    let page = typing.page().await;
    assert!(
        page.contains("0 of 6 steps done") && page.contains("Kind of setting"),
        "the policy is chosen first"
    );
    assert!(page.contains("No provider is configured") && page.contains("Missing:"));
    let (status, _, refused) = typing.sends("/policy/preset", "start.reason=As+it+was+set+up.").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.contains("Choose the preset to start from."));
    typing.leads_back("/policy/preset", "preset=primary&start.reason=As+it+was+set+up.").await;
    assert!(typing.page().await.contains("1 of 6 steps done"));

    // A landline with a mobile's number is refused beside its field, and what was typed still leads back here. [CONT-1]
    let line = "name=School+landline&kind=landline&ring_secs=20&from=08:00&to=16:30&days=monday&days=friday";
    let (status, _, refused) = typing.sends("/lines", &format!("{line}&number=07700+900001")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.contains("name=\"back\" value=\"/start\""));
    typing.leads_back("/lines", &format!("{line}&number=01632+960001")).await;
    assert!(typing.page().await.contains("2 of 6 steps done"));

    for (name, role) in [("Ines", "leader"), ("Pat", "office"), ("Marcus", "senior"), ("Karin", "dsl")] {
        typing.leads_back("/people", &format!("name={name}&standing=staff&roles={role}")).await;
    }
    let page = typing.page().await;
    assert!(
        page.contains("3 of 6 steps done") && !page.contains("Missing:"),
        "everybody who is needed is there"
    );

    for number in [1, 2] {
        let phone = format!("kind=work_mobile&handset=smart&owner=school&tag=WM-00{number}&storage=Safe");
        typing.leads_back("/devices", &format!("{phone}&number=07700+90010{number}")).await;
    }
    let page = typing.page().await;
    assert!(page.contains("2 whose passcode nobody confirmed yet"), "[DEV-1]");
    let first =
        page.split("action=\"/devices/").nth(1).and_then(|rest| rest.split('"').next()).expect("a phone");
    typing.leads_back(&format!("/devices/{first}"), "do=passcode").await;
    let page = typing.page().await;
    assert!(
        page.contains("1 whose passcode nobody confirmed yet") && page.contains("4 of 6 steps done"),
        "[DEV-1]"
    );
    world.end().await;
}
