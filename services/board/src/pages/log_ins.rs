//! The log-ins of all field devices on one print-out: for whoever sets phones up, and for whoever keeps the broker. Each phone's
//! password shows here as on its own page: recorded first, with who saw it, and never while the phone is out. [CHECK-7]

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use gateway::Gateway;
use gateway::positions::set_up::SetUp;
use proto::ids::{CommandId, DeviceId};
use proto::topics::ServiceName;
use proto::v1::gateway::{Command, LocationApp};

use super::html::page;
use super::set_up::{app_words, apps_offered, chosen, made_for};
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::asking;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FormView};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/devices/log-ins", get(show).post(make))
}

#[derive(Template)]
#[template(path = "devices/log_ins.html")]
struct LogInsPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may: bool,
    apps: Vec<Choice>,
    /// How many phones there are to print.
    count: usize,
    sheet: Option<Sheet>,
}

/// What is printed.
struct Sheet {
    app: &'static str,
    made: String,
    phones: Vec<PhoneRow>,
    /// Those that aren't on it, each with why.
    left_out: Vec<(String, String)>,
    /// For the broker's own files.
    broker: Option<BrokerLines>,
}

struct PhoneRow {
    id: DeviceId,
    tag: String,
    place: String,
    by_hand: Vec<(&'static str, String)>,
}

/// What whoever keeps the broker types.
struct BrokerLines {
    rules: String,
    passwords: Vec<String>,
}

/// The phones that have an account of their own: work mobiles in service with apps, by tag.
fn phones(look: &Looking<'_>) -> Vec<(DeviceId, String)> {
    let of = look.view.gateway.devices.iter().filter(|(_, d)| d.may_be_located() && d.is_smart());
    let mut phones: Vec<_> = of.map(|(id, device)| (*id, device.tag.to_string())).collect();
    phones.sort_by(|one, other| one.1.cmp(&other.1));
    phones
}

fn show_page(
    state: &AppState,
    look: &Looking<'_>,
    form: FormView,
    trouble: Option<Trouble>,
    sheet: Option<Sheet>,
) -> Response {
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let shown = LogInsPage {
        shell: look.shell(Place::Devices),
        trouble,
        form,
        may: look.may(ServiceName::Gateway, "ShowSetUp"),
        apps: apps_offered(state),
        count: phones(look).len(),
        sheet,
    };
    page(status, &shown)
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    show_page(&state, &Looking::new(&state, &view, &session), FormView::default(), None, None)
}

/// One after another: recorded, then shown.
async fn make(State(state): State<AppState>, posted: Posted) -> Response {
    let form = || FormView::new(posted.fields.clone(), Vec::new());
    let app = match chosen(&state, &posted) {
        Ok(app) => app,
        Err(errors) => {
            let view = state.view_of(&posted.session);
            let look = Looking::new(&state, &view, &posted.session);
            return show_page(&state, &look, form(), Some(Trouble::unreadable(errors)), None);
        }
    };
    let all = {
        let view = state.view_of(&posted.session);
        phones(&Looking::new(&state, &view, &posted.session))
    };
    let (mut recorded, mut left_out) = (Vec::new(), Vec::new());
    for (device, tag) in all {
        let command = Command::ShowSetUp { device, app };
        match asking::ask::<Gateway>(&state, &posted.session, CommandId::new(), command).await {
            Ok(_) => recorded.push((device, tag)),
            Err(why) => left_out.push((tag, why.to_string())),
        }
    }
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    let made = recorded.into_iter().filter_map(|(id, tag)| {
        let set_up = made_for(&state, &look, id, app)?;
        Some((id, tag, set_up))
    });
    let sheet = sheet(&look, app, made.collect(), left_out);
    show_page(&state, &look, form(), None, Some(sheet))
}

fn sheet(
    look: &Looking<'_>,
    app: LocationApp,
    made: Vec<(DeviceId, String, SetUp)>,
    left_out: Vec<(String, String)>,
) -> Sheet {
    let school = &look.view.school.id;
    let broker = (app == LocationApp::OwntracksMqtt).then(|| BrokerLines {
        rules: made.iter().map(|(_, tag, _)| format!(" --phone {school}/{tag}")).collect(),
        passwords: made.iter().filter_map(|(_, _, set_up)| account_line(set_up)).collect(),
    });
    let phones = made.into_iter().map(|(id, tag, set_up)| {
        let place = look.view.devices.device(id).map(|device| super::device::place(look, device));
        PhoneRow { id, tag, place: place.unwrap_or_default(), by_hand: set_up.by_hand }
    });
    let who = look.view.person_name(look.session.person);
    let made = format!("{}, {who}", look.when().at(look.now));
    Sheet { app: app_words(app), made, phones: phones.collect(), left_out, broker }
}

/// The phone's line for the broker's password file.
fn account_line(set_up: &SetUp) -> Option<String> {
    let value =
        |name: &str| set_up.by_hand.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str());
    let (user, password) = (value("Username")?, value("Password")?);
    Some(format!("mosquitto_passwd -b /etc/mosquitto/homeward/passwords {user} {password}"))
}
