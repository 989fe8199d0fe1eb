//! In which browsers the link to a phone page opens.
//!
//! A link can be copied: forwarded, read over a shoulder, found in a backup of messages. So it opens in the first browser in
//! which somebody opens it, soon after it was sent, without a question; in any other only with a code that is texted to the
//! link's own phone. Whoever types the code has the phone in hand: where the page was merely opened first it closes then, so
//! that a thief who was faster is thrown out. A call for help needs nothing but the link. [CHECK-6]
//!
//! Opening takes a request of its own (the page sends it by itself): what fetches links for a preview opens nothing.

use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use jiff::SignedDuration;
use proto::ids::CommandId;
use proto::link::PageWord;
use proto::topics::ServiceName;
use proto::v1::{checkins, gateway};
use serde::Deserialize;

use crate::app::AppState;
use crate::asking;
use crate::auth::{Network, PhoneCookie, new_secret, stored};
use crate::db::{DbFault, PageOf};
use crate::pages::leader::{Asks, asks_for_the_code, gone};
use crate::phone::Phone;

/// For so long after it was sent a link opens in the first browser without a code: a school day, and the way there.
pub const FIRST_WITHIN: SignedDuration = SignedDuration::from_hours(12);

/// How a page stands to a browser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    /// It opens here.
    Open,
    /// Nobody opened it yet: it will open here.
    First,
    /// It opens elsewhere, or the link was sent long ago: the code is needed.
    Code,
}

impl Phone {
    fn page(&self) -> PageOf<'_> {
        PageOf { school: &self.school, trip: self.trip, device: self.device }
    }

    /// How its page stands to the browser that asks.
    pub(crate) async fn door(&self, state: &AppState, headers: &HeaderMap) -> Result<Door, DbFault> {
        let browser = PhoneCookie::secret(headers, state.is_secure());
        let known = state.db().page_opened(self.page(), browser.as_deref().map(stored)).await?;
        if known.here {
            return Ok(Door::Open);
        }
        let is_fresh = state.now().duration_since(self.sent_at) < FIRST_WITHIN;
        let is_closed = known.closed_at.is_some_and(|at| self.sent_at <= at);
        Ok(if is_fresh && !known.anywhere && !is_closed { Door::First } else { Door::Code })
    }
}

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/go/{token}/open", post(open))
        .route("/go/{token}/code", post(code))
        .route("/go/{token}/help", post(help))
}

/// The first browser.
async fn open(State(state): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let phone = match Phone::open(&state, &token) {
        Ok(phone) => phone,
        Err(why) => return gone(&state, why),
    };
    let opened = async {
        if phone.door(&state, &headers).await? != Door::First {
            return Ok(None);
        }
        let secret = browser_of(&state, &headers);
        let is_first = state.db().open_page_first(phone.page(), stored(&secret), state.now()).await?;
        Ok(is_first.then_some(secret))
    };
    match opened.await {
        Ok(secret) => to_page(&state, &token, secret.as_deref()),
        Err(fault) => failed(&fault),
    }
}

/// What the page that asks for the code sends.
#[derive(Deserialize)]
struct Typed {
    /// The code; none to have it texted.
    code: Option<String>,
}

async fn code(
    State(state): State<AppState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    from: Network,
    Form(Typed { code }): Form<Typed>,
) -> Response {
    let phone = match Phone::open(&state, &token) {
        Ok(phone) => phone,
        Err(why) => return gone(&state, why),
    };
    let Some(typed) = code else { return text_it(&state, &phone, &token).await };
    if !state.limits().allow_code_of_page(from) {
        return asks_for_the_code(&state, &phone, &token, Asks::TooOften);
    }
    let of = (&phone.school, phone.trip, phone.device);
    if !PageWord::opens(&state.keys().link, of, &typed, state.now()) {
        metrics::counter!("homeward_log_ins_refused_total").increment(1);
        return asks_for_the_code(&state, &phone, &token, Asks::Wrong);
    }
    let secret = browser_of(&state, &headers);
    match state.db().open_page_by_word(phone.page(), stored(&secret), state.now()).await {
        Ok(()) => to_page(&state, &token, Some(&secret)),
        Err(fault) => failed(&fault),
    }
}

async fn text_it(state: &AppState, phone: &Phone, token: &str) -> Response {
    let command = gateway::Command::SendPageWord { trip: phone.trip, device: phone.device };
    let asked = asks(state, phone, ServiceName::Gateway, CommandId::new(), &command).await;
    let how = match asked {
        Ok(()) => Asks::Texted,
        Err(why) => {
            tracing::warn!(school = %phone.school, trip = %phone.trip, %why, "the code of a page could not be texted");
            Asks::NotTexted
        }
    };
    asks_for_the_code(state, phone, token, how)
}

/// A call for help from the page that asks for the code.
#[derive(Deserialize)]
struct Pressed {
    /// Made with the page: pressed twice, it counts once.
    id: CommandId,
}

/// Nobody has to prove anything to call for help. [CHECK-6]
async fn help(
    State(state): State<AppState>,
    Path(token): Path<String>,
    Form(Pressed { id }): Form<Pressed>,
) -> Response {
    let phone = match Phone::open(&state, &token) {
        Ok(phone) => phone,
        Err(why) => return gone(&state, why),
    };
    let (trip, device, pressed_at) = (phone.trip, Some(phone.device), state.now());
    let command = checkins::Command::CallForHelp { trip, group: None, device, pressed_at, note: None };
    let how = match asks(&state, &phone, ServiceName::Checkins, id, &command).await {
        Ok(()) => Asks::HelpCalled,
        Err(why) => {
            tracing::error!(school = %phone.school, %trip, %why, "HW-B4 a call for help was not taken: its phone was told so");
            Asks::HelpNotCalled
        }
    };
    asks_for_the_code(&state, &phone, &token, how)
}

async fn asks<C: serde::Serialize>(
    state: &AppState,
    phone: &Phone,
    service: ServiceName,
    id: CommandId,
    command: &C,
) -> Result<(), String> {
    let (variant, data) = proto::wire::split(command);
    let asked = asking::ask_as(state, &phone.school, service, id, &variant, data, phone.actor()).await;
    asked.map(drop).map_err(|why| why.to_string())
}

/// The secret of a browser that has one, or a new one.
fn browser_of(state: &AppState, headers: &HeaderMap) -> String {
    PhoneCookie::secret(headers, state.is_secure()).unwrap_or_else(new_secret)
}

fn to_page(state: &AppState, token: &str, secret: Option<&str>) -> Response {
    let mut answer = Redirect::to(&format!("/go/{token}")).into_response();
    if let Some(secret) = secret {
        answer.headers_mut().append(header::SET_COOKIE, PhoneCookie::set(secret, state.is_secure()));
    }
    answer
}

pub(crate) fn failed(fault: &DbFault) -> Response {
    tracing::error!(%fault, "HW-D2 nobody can tell in which browser a page opens");
    let text = "Homeward can't look up this page just now: try again in a moment. You can check in by text: OK and your count. In danger dial 999.";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
