//! Texts, calls and e-mails: what came in, and how each that goes out fares. Every step stands apart: delivered is not
//! owned, and what waits, is held back or failed shows why.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use devices::Device;
use gateway::{Attempt, Gateway, Phase};
use proto::Timestamp;
use proto::ids::DeviceId;
use proto::topics::ServiceName;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Caller, Command, Meaning, Message, MessageClass, News, Prompt};

use super::act::{ask, onward};
use super::html::page;
use super::paging::{Paging, Part, Wanted};
use super::shell::{Looking, Place, Shell, not_for};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FormView, Reader};
use crate::view::TextIn;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/messages", get(show)).route("/messages/test", post(send_test))
}

#[derive(Template)]
#[template(path = "messages/list.html")]
struct MessagesPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    /// The phones that a test text can go to; none: whoever looks sends none.
    phones: Vec<Choice>,
    ways: Vec<WayRow>,
    received: Part<TextRow>,
    sent: Part<SentRow>,
    paging: Paging,
}

/// Who sends by a channel.
struct WayRow {
    channel: &'static str,
    provider: String,
    word: &'static str,
    class: &'static str,
    why: String,
}

struct TextRow {
    at: String,
    from: String,
    words: String,
    meaning: (&'static str, &'static str),
    duress: bool,
}

struct SentRow {
    at: String,
    to: String,
    what: &'static str,
    by: String,
    now: (&'static str, &'static str),
    steps: Vec<(&'static str, String)>,
    twice: bool,
    troubles: Vec<String>,
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    show_list(&Looking::new(&state, &view, &session), &wanted, FormView::default(), None)
}

fn show_list(look: &Looking<'_>, wanted: &Wanted, form: FormView, trouble: Option<Trouble>) -> Response {
    if !look.session.may(Action::See(Seen::Messages)) {
        return not_for(
            look,
            Place::Messages,
            "Messages are shown to base: the office, seniors, the head and the DSL.",
        );
    }
    let (all, mut paging) = (!wanted.is_search(), wanted.lists());
    let texts = look.view.texts(look.session.seen_by);
    let texts = texts.filter(|text| all || wanted.finds(&[&from(look, text), &text.body.shown()])).collect();
    let received = wanted.part("in", texts, &mut paging).map(|text| text_row(look, text));
    let mut sent: Vec<_> = look.view.attempts(look.session.seen_by).collect();
    sent.retain(|(_, attempt)| all || finds(look, wanted, attempt));
    sent.sort_by_key(|(id, attempt)| std::cmp::Reverse((attempt.planned_at, *id)));
    let sent = wanted.part("out", sent, &mut paging).map(|(_, attempt)| sent_row(look, attempt));
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let (shell, ways, phones) = (look.shell(Place::Messages), ways(look), phones_to_try(look));
    page(status, &MessagesPage { shell, trouble, form, phones, ways, received, sent, paging })
}

fn ways(look: &Looking<'_>) -> Vec<WayRow> {
    let known = &look.view.gateway.providers;
    let row = |(channel, way): (Channel, &gateway::providers::Way)| {
        let in_force = known.in_force(channel).is_some_and(|first| first.provider == way.provider);
        let (word, class) = match (way.breaker.is_closed(), in_force) {
            (true, true) => ("in force", "good"),
            (true, false) => ("stands by", ""),
            (false, true) => ("fails, and is tried all the same", "bad"),
            (false, false) => ("fails", "bad"),
        };
        let why = way.breaker.down().map(|(since, why)| format!("since {}: {why}", look.when().at(since)));
        WayRow {
            channel: words::channels(channel),
            provider: way.provider.to_string(),
            word,
            class,
            why: why.unwrap_or_default(),
        }
    };
    known.all().map(row).collect()
}

/// The phones that a test text can go to, where whoever looks may send one.
pub(super) fn phones_to_try(look: &Looking<'_>) -> Vec<Choice> {
    if !look.may(ServiceName::Gateway, "SendTestText") {
        return Vec::new();
    }
    let phones = look.view.devices.devices().filter(|(_, device)| device.custody.is_in_service());
    let phone = |(id, device): (DeviceId, &Device)| Choice::new(id, device.tag.to_string());
    phones.map(phone).collect()
}

/// How the last test text fared that went to any phone: to which, and how it stands.
pub(super) fn last_test(look: &Looking<'_>) -> Option<(String, (&'static str, &'static str))> {
    let tests = look.view.attempts(look.session.seen_by);
    let tests = tests.filter(|(_, attempt)| attempt.message == Message::TestText {});
    let (_, last) = tests.max_by_key(|(id, attempt)| (attempt.planned_at, *id))?;
    Some((look.view.reached_name(last.to, last.via), stands(look, last)))
}

async fn send_test(State(state): State<AppState>, posted: Posted) -> Response {
    let device = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let device = reader.id::<DeviceId>("device", "Choose the phone.");
        reader.finish(device)
    };
    let sent = match device {
        Ok(device) => ask::<Gateway>(&state, &posted, "test", Command::SendTestText { device }).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match sent {
        Ok(()) => onward(&posted, "/messages"),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            let form = FormView::new(posted.fields.clone(), Vec::new());
            show_list(&Looking::new(&state, &view, &posted.session), &Wanted::default(), form, Some(trouble))
        }
    }
}

/// Whether it is looked for: by whom it goes to, what it is, how it goes and how it stands.
fn finds(look: &Looking<'_>, wanted: &Wanted, attempt: &Attempt) -> bool {
    let to = look.view.reached_name(attempt.to, attempt.via);
    wanted.finds(&[&to, what(&attempt.message), words::channel(attempt.channel), stands(look, attempt).0])
}

fn from(look: &Looking<'_>, text: &TextIn) -> String {
    match &text.from {
        Caller::Device { device, person: Some(person), .. } => {
            format!("{} ({})", look.view.person_name(*person), look.view.device_tag(*device))
        }
        Caller::Device { device, .. } => format!("phone {}", look.view.device_tag(*device)),
        Caller::Stranger { number } => words::stranger(number.as_ref().and_then(|number| number.get())),
    }
}

fn text_row(look: &Looking<'_>, text: &TextIn) -> TextRow {
    TextRow {
        at: look.when().at(text.received_at),
        from: from(look, text),
        words: text.body.shown(),
        meaning: meaning(&text.meaning, matches!(text.from, Caller::Stranger { .. })),
        duress: text.duress,
    }
}

fn meaning(meaning: &Meaning, is_stranger: bool) -> (&'static str, &'static str) {
    match meaning {
        _ if is_stranger => ("not from a school phone", "soon"),
        Meaning::Says { .. } => ("a check-in", "good"),
        Meaning::Help {} => ("a call for help", "bad"),
        Meaning::Lost {} => ("a child is lost", "bad"),
        Meaning::Owns { .. } => ("takes an alert", "good"),
        Meaning::Either { .. } => ("a check-in, or takes an alert", "soon"),
        Meaning::OptOut {} => ("STOP: no more texts", "bad"),
        Meaning::OptIn {} => ("START", "good"),
        Meaning::Miscounted { .. } => ("a check-in, its count not understood", "soon"),
        Meaning::Unclear {} => ("not understood", "soon"),
    }
}

fn sent_row(look: &Looking<'_>, attempt: &Attempt) -> SentRow {
    let by = words::channel(attempt.channel);
    let by = match &attempt.provider {
        Some(provider) => format!("{by} by {provider}"),
        None => by.to_owned(),
    };
    let troubles = attempt.troubles.iter();
    SentRow {
        at: look.when().at(attempt.planned_at),
        to: look.view.reached_name(attempt.to, attempt.via),
        what: what(&attempt.message),
        by,
        now: stands(look, attempt),
        steps: steps(look, attempt),
        twice: attempt.may_come_twice,
        troubles: troubles
            .map(|trouble| format!("{}: {}", look.when().at(trouble.at), trouble.what))
            .collect(),
    }
}

fn steps(look: &Looking<'_>, attempt: &Attempt) -> Vec<(&'static str, String)> {
    let gateway::attempt::Times { begun: _, accepted, sent, delivered, failed, owned } = attempt.times;
    let is_call = attempt.channel == Channel::Voice;
    let steps: [(&'static str, Option<Timestamp>); 6] = [
        ("queued", Some(attempt.planned_at)),
        ("accepted", accepted),
        (if is_call { "rang" } else { "sent" }, sent),
        (if is_call { "answered" } else { "delivered" }, delivered),
        ("failed", failed),
        ("owned", owned),
    ];
    steps.into_iter().filter_map(|(step, at)| Some((step, look.when().at(at?)))).collect()
}

fn stands(look: &Looking<'_>, attempt: &Attempt) -> (&'static str, &'static str) {
    if attempt.times.owned.is_some() {
        return ("owned", "good");
    }
    match attempt.phase {
        Phase::Planned { not_before: Some(at) } if at > look.now => ("waits", "soon"),
        Phase::Planned { .. } => ("queued", ""),
        Phase::Begun { .. } => ("being sent", ""),
        Phase::Unknown { .. } => ("in doubt", "soon"),
        Phase::Accepted { .. } => ("accepted", ""),
        Phase::Sent {} => ("sent", ""),
        Phase::Ringing { .. } => ("rings", ""),
        Phase::Answered { .. } => ("answered", ""),
        Phase::Delivered {} => ("delivered", ""),
        Phase::Completed {} => ("over", ""),
        Phase::Failed {} => ("failed", "bad"),
        Phase::Withdrawn {} => ("withdrawn", ""),
        Phase::Bundled { .. } => ("said by another one", ""),
    }
}

fn what(message: &Message) -> &'static str {
    match message.class() {
        MessageClass::Alert { .. } => "alert",
        MessageClass::Prompt(Prompt::CheckIn { .. }) => "check-in reminder",
        MessageClass::Prompt(Prompt::Duty { .. }) => "test of a duty",
        MessageClass::News(News::PageLink { .. }) => "link to the phone page",
        MessageClass::News(News::PageWord { .. }) => "word for a further browser",
        MessageClass::News(News::TestText) => "test text",
        MessageClass::News(News::LineBack { .. }) => "a line is back",
        MessageClass::LineTest { .. } => "test of a line",
        MessageClass::Word(_) | MessageClass::Answer => "answer",
    }
}
