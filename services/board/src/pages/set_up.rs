//! How a phone is set up to say where it is: a QR code, a link and a file, made for that phone. Its password shows here to
//! those who may see it, and each showing is recorded first. Never while the phone is out: new settings wipe what it has
//! queued. [CHECK-7]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gateway::Gateway;
use gateway::positions::set_up::{Phone, SetUp, set_up};
use proto::ids::{CommandId, DeviceId};
use proto::topics::ServiceName;
use proto::v1::gateway::{Command, LocationApp};

use super::act::trouble;
use super::html::{Html, page};
use super::qr::qr_code;
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::asking;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/devices/{device}/set-up", get(show).post(make))
}

#[derive(Template)]
#[template(path = "devices/set_up.html")]
struct SetUpPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: DeviceId,
    tag: String,
    /// The app by which it told last where it is, or was set up to.
    uses: Option<&'static str>,
    may: bool,
    /// It is with a trip under way: its title.
    out: Option<String>,
    apps: Vec<Choice>,
    made: Option<Made>,
}

/// A set-up that is shown.
struct Made {
    app: &'static str,
    qr: Option<Html>,
    link: String,
    has_file: bool,
    by_hand: Vec<(&'static str, String)>,
}

const APPS: [LocationApp; 3] = [LocationApp::OwntracksHttp, LocationApp::OwntracksMqtt, LocationApp::Traccar];

/// As a form writes it.
fn value_of(app: LocationApp) -> &'static str {
    match app {
        LocationApp::OwntracksHttp => "owntracks_http",
        LocationApp::OwntracksMqtt => "owntracks_mqtt",
        LocationApp::Traccar => "traccar",
    }
}

pub(super) fn app_words(app: LocationApp) -> &'static str {
    match app {
        LocationApp::OwntracksHttp => "OwnTracks, over the web",
        LocationApp::OwntracksMqtt => "OwnTracks, over the school's MQTT broker",
        LocationApp::Traccar => "Traccar Client",
    }
}

fn show_page(
    state: &AppState,
    look: &Looking<'_>,
    id: DeviceId,
    form: FormView,
    trouble: Option<Trouble>,
    made: Option<Made>,
) -> Response {
    let Some(device) = look.view.gateway.devices.get(&id) else {
        return missing(look, Place::Devices, "phone");
    };
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let shown = SetUpPage {
        shell: look.shell(Place::Devices),
        trouble,
        form,
        id,
        tag: device.tag.to_string(),
        uses: look.view.gateway.app_of(id).map(app_words),
        may: look.may(ServiceName::Gateway, "ShowSetUp") && device.may_be_located() && device.is_smart(),
        out: look.view.gateway.locates(id).map(|(trip, _)| look.view.trip_title(trip)),
        apps: apps_offered(state),
        made,
    };
    page(status, &shown)
}

/// The apps that there are: without a broker that phones reach, not by MQTT.
pub(super) fn apps_offered(state: &AppState) -> Vec<Choice> {
    let offered =
        APPS.into_iter().filter(|app| *app != LocationApp::OwntracksMqtt || state.phones_broker().is_some());
    offered.map(|app| Choice::new(value_of(app), app_words(app).to_owned())).collect()
}

async fn show(State(state): State<AppState>, session: Session, Path(device): Path<DeviceId>) -> Response {
    let view = state.view_of(&session);
    show_page(&state, &Looking::new(&state, &view, &session), device, FormView::default(), None, None)
}

/// Recorded, then shown: a page that is shown again was asked for again, and is recorded again.
async fn make(State(state): State<AppState>, Path(device): Path<DeviceId>, posted: Posted) -> Response {
    let asked = match chosen(&state, &posted) {
        Ok(app) => {
            let command = Command::ShowSetUp { device, app };
            let asked = asking::ask::<Gateway>(&state, &posted.session, CommandId::new(), command).await;
            asked.map(|_| app).map_err(|why| trouble(&state, &posted, why))
        }
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    let form = || FormView::new(posted.fields.clone(), Vec::new());
    let made = asked.map(|app| (app, made_for(&state, &look, device, app)));
    match made {
        Ok((_, Some(made))) if posted.fields.get("do") == Some("file") && made.file.is_some() => {
            made.file.map(download).unwrap_or_default()
        }
        Ok((app, Some(made))) => show_page(&state, &look, device, form(), None, Some(Made::of(app, made))),
        Ok((_, None)) => missing(&look, Place::Devices, "phone"),
        Err(trouble) => show_page(&state, &look, device, form(), Some(trouble), None),
    }
}

pub(super) fn chosen(state: &AppState, posted: &Posted) -> Result<LocationApp, Vec<FieldError>> {
    let zone = state.view_of(&posted.session).school.zone.clone();
    let mut reader = Reader::new(&posted.fields, &zone);
    let typed = posted.fields.get("app").unwrap_or_default();
    let app = APPS.into_iter().find(|app| value_of(*app) == typed);
    let offered = app.filter(|app| *app != LocationApp::OwntracksMqtt || state.phones_broker().is_some());
    if offered.is_none() {
        reader.error("app", "Choose the app.");
    }
    reader.finish(offered)
}

pub(super) fn made_for(
    state: &AppState,
    look: &Looking<'_>,
    id: DeviceId,
    app: LocationApp,
) -> Option<SetUp> {
    let device = look.view.gateway.devices.get(&id)?;
    let phone = Phone { school: &look.view.school.id, device: id, tag: &device.tag };
    set_up(app, phone, &state.keys().owntracks, state.public_origin(), state.phones_broker())
}

fn download((name, text): (String, String)) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}

impl Made {
    fn of(app: LocationApp, made: SetUp) -> Self {
        let SetUp { link, file, by_hand } = made;
        Self {
            app: app_words(app),
            qr: qr_code(&link, "QR code with the set-up"),
            link,
            has_file: file.is_some(),
            by_hand,
        }
    }
}
