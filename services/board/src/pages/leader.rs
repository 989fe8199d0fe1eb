//! The leader's page, `/go/{token}`: big buttons, working without signal. What is pressed goes to `/go/{token}/words`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proto::v1::contacts::Audience;

use super::cards::{GroupCard, groups, lost};
use super::html::page;
use super::rings::{Rings, rings};
use super::shell::Looking;
use super::words::trip_kind;
use crate::app::AppState;
use crate::auth::Session;
use crate::forms::Choice;
use crate::phone::Phone;
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
}

async fn show(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    let phone = match Phone::open(&state, &token) {
        Ok(phone) => phone,
        Err(why) => return page(StatusCode::GONE, &Gone { why: super::words::sentence(&why.to_string()) }),
    };
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
        return page(StatusCode::GONE, &Gone { why: "There is no such trip any more.".to_owned() });
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
async fn manifest(State(state): State<AppState>, Path(token): Path<String>) -> Response {
    let Ok(phone) = Phone::open(&state, &token) else { return StatusCode::GONE.into_response() };
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
