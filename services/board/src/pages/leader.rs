//! The leader's page, `/go/{token}`: big buttons, working without signal. What is pressed goes to `/go/{token}/words`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proto::ids::{CommandId, SchoolId};
use proto::v1::contacts::Audience;

use super::cards::{GroupCard, groups, lost};
use super::html::page;
use super::rings::{Rings, rings};
use super::shell::Looking;
use super::words::trip_kind;
use crate::app::AppState;
use crate::auth::Session;
use crate::forms::Choice;
use crate::phone::{NotOpen, Phone};
use crate::phone_door::{Door, failed};
use crate::view::SeenBy;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/go/{token}", get(show)).route("/go/{token}/app.webmanifest", get(manifest))
}

#[derive(Template)]
#[template(path = "leader.html")]
struct LeaderPage {
    /// What makes it an app on the phone.
    manifest: String,
    now: String,
    zone: String,
    school: String,
    title: String,
    kind: &'static str,
    out: bool,
    back: String,
    pupils: u32,
    groups: Vec<GroupCard>,
    /// The groups to choose from, the holder's own first; one alone needs no choice.
    choices: Vec<Choice>,
    lost: Option<(String, String)>,
    rings: Rings,
    /// What the lost child's card says of the police.
    police_minutes: u16,
}

#[derive(Template)]
#[template(path = "leader_gone.html")]
struct Gone {
    why: String,
    /// The office's numbers, as they are dialled and as they are read: where Homeward keeps one school alone, which it then is.
    office: Vec<(String, String)>,
}

impl Gone {
    fn new(state: &AppState, why: String) -> Self {
        let mut schools = state.view().schools();
        let only = schools.next().filter(|_| schools.next().is_none());
        Self { why, office: only.map(|school| office_of(state, school)).unwrap_or_default() }
    }
}

/// The office's numbers, as they are dialled and as they are read.
fn office_of(state: &AppState, school: &SchoolId) -> Vec<(String, String)> {
    let numbers = state.view().school(school).map(|view| view.office_numbers()).unwrap_or_default();
    numbers.iter().map(|number| (number.to_string(), number.national())).collect()
}

#[derive(Template)]
#[template(path = "leader_open.html")]
struct Opens<'a> {
    token: &'a str,
}

#[derive(Template)]
#[template(path = "leader_code.html")]
struct Code<'a> {
    token: &'a str,
    /// What became of what was asked, and its colour.
    said: Option<(String, &'static str)>,
    /// A code is on its way, or was typed.
    texted: bool,
    /// The office's numbers, as they are dialled and as they are read.
    office: Vec<(String, String)>,
    /// The id of a call for help.
    press: String,
}

/// Why the page that asks for the code is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asks {
    /// The link was opened.
    Opened,
    /// The code was texted.
    Texted,
    /// It can't be.
    NotTexted,
    /// What was typed is not the code.
    Wrong,
    /// Too many codes were typed in that second.
    TooOften,
    /// Help was called.
    HelpCalled,
    /// Help could not be called this way.
    HelpNotCalled,
}

/// A link that is no good any more.
pub(crate) fn gone(state: &AppState, why: NotOpen) -> Response {
    page(StatusCode::GONE, &Gone::new(state, super::words::sentence(&why.to_string())))
}

/// The page that asks for the code. It tells nothing of the trip.
pub(crate) fn asks_for_the_code(state: &AppState, phone: &Phone, token: &str, why: Asks) -> Response {
    let (said, status) = match why {
        Asks::Opened => (None, StatusCode::UNAUTHORIZED),
        Asks::Texted => {
            let at =
                state.school(&phone.school).map(|school| school.zone.clock(state.now())).unwrap_or_default();
            let words = format!(
                "Asked for at {at}. One that was texted within the last ten minutes still holds; each holds for half an hour."
            );
            (Some((words, "")), StatusCode::OK)
        }
        Asks::NotTexted => {
            let words = "The code can't be texted just now. Check in by text, or ring the office.";
            (Some((words.to_owned(), "bad")), StatusCode::SERVICE_UNAVAILABLE)
        }
        Asks::Wrong => {
            let words = "That is not the code. It may have run out: look for the newest text, or have it texted again.";
            (Some((words.to_owned(), "bad")), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Asks::TooOften => {
            let words = "Too many codes are being typed just now. Try again in a few seconds.";
            (Some((words.to_owned(), "bad")), StatusCode::TOO_MANY_REQUESTS)
        }
        Asks::HelpCalled => {
            let words = "Help was called: everyone at base is being told now. In danger dial 999. Keep the work mobile free and on.";
            (Some((words.to_owned(), "")), StatusCode::OK)
        }
        Asks::HelpNotCalled => {
            let words = "This could not be sent. Dial 999 if there is danger, text SOS from the work mobile, or ring the office.";
            (Some((words.to_owned(), "bad")), StatusCode::SERVICE_UNAVAILABLE)
        }
    };
    let texted = matches!(why, Asks::Texted | Asks::Wrong | Asks::TooOften);
    let office = office_of(state, &phone.school);
    page(status, &Code { token, said, texted, office, press: CommandId::new().to_string() })
}

async fn show(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let phone = match Phone::open(&state, &token) {
        Ok(phone) => phone,
        Err(why) => return gone(&state, why),
    };
    match phone.door(&state, &headers).await {
        Ok(Door::Open) => {}
        Ok(Door::First) => return page(StatusCode::UNAUTHORIZED, &Opens { token: &token }),
        Ok(Door::Code) => return asks_for_the_code(&state, &phone, &token, Asks::Opened),
        Err(fault) => return failed(&fault),
    }
    // Nobody logged in: whoever holds the phone sees what the trip's own staff may see.
    let holder = Session {
        school: phone.school.clone(),
        person: phone.person.unwrap_or_default(),
        roles: Default::default(),
        login: String::new(),
        form_token: String::new(),
        seen_by: SeenBy::Person(phone.person.unwrap_or_default()),
    };
    let view = state.view_of(&holder);
    let look = Looking::new(&state, &view, &holder);
    let Some(trip) = view.trips.trip(phone.trip) else {
        return page(StatusCode::GONE, &Gone::new(&state, "There is no such trip any more.".to_owned()));
    };
    let watch = view.checkins.watch(phone.trip);
    let mut groups = groups(&look, phone.trip);
    let mine = phone.person.map(|person| view.person_name(person));
    groups.sort_by_key(|group| Some(&group.adult) != mine.as_ref());
    let choices = groups.iter().map(|group| Choice::new(&group.id, group.name.clone())).collect();
    let shown = LeaderPage {
        manifest: format!("/go/{token}/app.webmanifest"),
        now: look.now.to_string(),
        zone: String::from(view.school.zone.clone()),
        school: view.school.name.to_string(),
        title: trip.shown_title(),
        kind: trip_kind(trip.form.kind),
        out: watch.is_some_and(checkins::Watch::is_out),
        back: look.when().at(trip.form.window.to),
        pupils: groups.iter().map(|group| group.expected).sum(),
        groups,
        choices,
        lost: lost(&look, phone.trip),
        rings: rings(&look, Audience::StaffOffSite, Some(phone.trip)),
        police_minutes: trip.form.emergency.lost_child_police_minutes,
    };
    page(StatusCode::OK, &shown)
}

/// The page as an app on the phone's home screen. It names the trip, so that two trips are two apps; it opens with the link
/// that it was installed by, without a signal too.
async fn manifest(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(phone) = Phone::open(&state, &token) else { return StatusCode::GONE.into_response() };
    if !matches!(phone.door(&state, &headers).await, Ok(Door::Open)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let view = state.view().school(&phone.school);
    let title = view.and_then(|view| Some(view.trips.trip(phone.trip)?.shown_title()));
    let Some(title) = title else { return StatusCode::GONE.into_response() };
    let icon = |name: &str, size: &str, purpose: &str| serde_json::json!({ "src": format!("/assets/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose });
    let manifest = serde_json::json!({
        "name": title,
        "short_name": "Homeward",
        "id": format!("/go/{}", phone.trip),
        "start_url": format!("/go/{token}"),
        "scope": "/go/",
        "display": "standalone",
        "orientation": "portrait",
        "lang": "en-GB",
        "background_color": "#f2f5f6",
        "theme_color": "#0b3c4e",
        "icons": [
            icon("icon-192", "192x192", "any"),
            icon("icon-512", "512x512", "any"),
            icon("icon-maskable-512", "512x512", "maskable"),
        ],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}
