//! Cases, texts and calls.

use axum::Json;
use axum::extract::State;
use proto::Timestamp;
use proto::ids::{AttemptId, InboundId, ProviderName, TripId};
use proto::v1::alerts::{Channel, Resolution};
use proto::v1::gateway::{Caller, Meaning};
use schemars::JsonSchema;
use serde::Serialize;

use super::bodies::CaseBody;
use crate::api::ApiError;
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::auth::roles::{self, Action, Seen};
use crate::view::{SchoolView, SeenBy, TextIn};

/// The most messages of either kind that are shown.
const MOST: usize = 500;

/// Cases.
#[derive(Serialize, JsonSchema)]
pub(super) struct CasesBody {
    open: Vec<CaseBody>,
    resolved: Vec<ResolvedBody>,
}

/// A case that is over.
#[derive(Serialize, JsonSchema)]
pub(super) struct ResolvedBody {
    #[serde(flatten)]
    case: CaseBody,
    resolved_at: Timestamp,
    how: Resolution,
}

/// Texts and calls.
#[derive(Serialize, JsonSchema)]
pub(super) struct MessagesBody {
    received: Vec<Received>,
    sent: Vec<Sent>,
}

/// A text that came in.
#[derive(Serialize, JsonSchema)]
pub(super) struct Received {
    inbound: InboundId,
    received_at: Timestamp,
    /// A person, a phone, or a number that is not ours.
    from: String,
    trip: Option<TripId>,
    words: String,
    meaning: Meaning,
    duress: bool,
}

/// A text or call that went out, or will.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sent {
    attempt: AttemptId,
    planned_at: Timestamp,
    to: Option<String>,
    channel: Channel,
    message: proto::v1::gateway::Message,
    /// planned, begun, unknown, accepted, sent, ringing, answered, delivered, completed, failed, withdrawn or bundled.
    /// Delivery is not acknowledgement.
    phase: &'static str,
    tries: u16,
    /// Who sends it, or sent it last.
    provider: Option<ProviderName>,
    /// When it came how far; each stands for itself.
    times: TimesBody,
    /// An earlier try may have sent it too.
    may_come_twice: bool,
    /// What went wrong on its way.
    troubles: Vec<TroubleBody>,
}

/// When a message came how far.
#[derive(Serialize, JsonSchema)]
pub(super) struct TimesBody {
    queued: Timestamp,
    begun: Option<Timestamp>,
    accepted: Option<Timestamp>,
    sent: Option<Timestamp>,
    delivered: Option<Timestamp>,
    failed: Option<Timestamp>,
    owned: Option<Timestamp>,
}

/// Something that went wrong on a message's way.
#[derive(Serialize, JsonSchema)]
pub(super) struct TroubleBody {
    at: Timestamp,
    what: String,
    provider: Option<ProviderName>,
}

impl TimesBody {
    fn of(attempt: &gateway::Attempt) -> Self {
        let gateway::attempt::Times { begun, accepted, sent, delivered, failed, owned } = attempt.times;
        Self { queued: attempt.planned_at, begun, accepted, sent, delivered, failed, owned }
    }
}

pub(super) async fn cases(State(state): State<AppState>, ApiReader(session): ApiReader) -> Json<CasesBody> {
    let view = state.view_of(&session);
    let resolved = view.resolved(session.seen_by).map(|resolved| ResolvedBody {
        case: CaseBody::of(&view, &resolved.case),
        resolved_at: resolved.at,
        how: resolved.how.clone(),
    });
    Json(CasesBody {
        open: view.cases(session.seen_by).iter().map(|case| CaseBody::of(&view, case)).collect(),
        resolved: resolved.collect(),
    })
}

pub(super) async fn messages(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Result<Json<MessagesBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Messages))?;
    let view = state.view_of(&session);
    let received = view.texts(session.seen_by).take(MOST).map(|text| received(&view, text)).collect();
    Ok(Json(MessagesBody { received, sent: sent(&view, session.seen_by) }))
}

fn received(view: &SchoolView, text: &TextIn) -> Received {
    let from = match &text.from {
        Caller::Device { person: Some(person), .. } => view.person_name(*person),
        Caller::Device { device, .. } => format!("phone {}", view.device_tag(*device)),
        Caller::Stranger { .. } => "a number that is not ours".to_owned(),
    };
    Received {
        inbound: text.inbound,
        received_at: text.received_at,
        from,
        trip: text.trip(),
        words: text.body.shown(),
        meaning: text.meaning.clone(),
        duress: text.duress,
    }
}

/// What went out about a case is shown to those who may see the case, and might have while it was open.
fn sent(view: &SchoolView, seen_by: SeenBy) -> Vec<Sent> {
    let shown = view.attempts(seen_by);
    let mut sent: Vec<Sent> = shown
        .map(|(id, attempt)| Sent {
            attempt: id,
            planned_at: attempt.planned_at,
            to: Some(view.reached_name(attempt.to, attempt.via)),
            channel: attempt.channel,
            message: attempt.message.clone(),
            phase: phase(attempt.phase),
            tries: attempt.tries,
            provider: attempt.provider.clone(),
            times: TimesBody::of(attempt),
            may_come_twice: attempt.may_come_twice,
            troubles: attempt.troubles.iter().map(trouble).collect(),
        })
        .collect();
    sent.sort_by_key(|sent| std::cmp::Reverse((sent.planned_at, sent.attempt)));
    sent.truncate(MOST);
    sent
}

fn trouble(trouble: &gateway::attempt::Trouble) -> TroubleBody {
    let gateway::attempt::Trouble { at, what, provider } = trouble.clone();
    TroubleBody { at, what, provider }
}

fn phase(phase: gateway::Phase) -> &'static str {
    use gateway::Phase;
    match phase {
        Phase::Planned { .. } => "planned",
        Phase::Begun { .. } => "begun",
        Phase::Unknown { .. } => "unknown",
        Phase::Accepted { .. } => "accepted",
        Phase::Sent {} => "sent",
        Phase::Ringing { .. } => "ringing",
        Phase::Answered { .. } => "answered",
        Phase::Delivered {} => "delivered",
        Phase::Completed {} => "completed",
        Phase::Failed {} => "failed",
        Phase::Withdrawn {} => "withdrawn",
        Phase::Bundled { .. } => "bundled",
    }
}
