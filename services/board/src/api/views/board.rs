//! The live board, and how everything is.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{DeviceId, ProviderName};
use proto::topics::ServiceName;
use proto::v1::alerts::Channel;
use proto::v1::public::Health;
use schemars::JsonSchema;
use serde::Serialize;

use super::bodies::{CaseBody, LineBody, TripLine};
use crate::app::AppState;
use crate::auth::{ApiReader, Session};
use crate::view::SchoolView;

/// A trip leaves soon if it leaves within so long.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// The live board.
#[derive(Serialize, JsonSchema)]
pub(super) struct BoardBody {
    now: Timestamp,
    health: HealthBody,
    /// Out now, the most urgent first: an open case by its severity, then what is due first.
    out: Vec<TripLine>,
    /// Leaving within a day.
    soon: Vec<TripLine>,
    /// Back, with phones still to come in.
    coming_home: Vec<TripLine>,
    cases: Vec<CaseBody>,
    overdue: Vec<OverdueBody>,
    lines: Vec<LineBody>,
}

/// A phone that is not back in time.
#[derive(Serialize, JsonSchema)]
pub(super) struct OverdueBody {
    device: DeviceId,
    tag: String,
    holder: Option<String>,
    due_at: Timestamp,
}

/// How everything is.
#[derive(Serialize, JsonSchema)]
pub(super) struct HealthBody {
    /// Whether what is known is live.
    live: bool,
    /// Since when it isn't.
    stale_since: Option<Timestamp>,
    /// Services that are no longer followed, and why: an operator must look.
    lost: BTreeMap<ServiceName, String>,
    services: Vec<InstanceBody>,
    provider: ProviderBody,
    /// Each way to reach somebody, and who sends by it.
    channels: Vec<ChannelBody>,
}

/// An instance of a service.
#[derive(Serialize, JsonSchema)]
pub(super) struct InstanceBody {
    service: ServiceName,
    instance: String,
    up: bool,
    /// The operator's codes of what is wrong with it, though it is up.
    codes: BTreeSet<String>,
}

/// The provider of texts and calls.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProviderBody {
    /// False where none is set up: nothing can be sent at all.
    configured: bool,
    up: bool,
    since: Option<Timestamp>,
    why: Option<String>,
}

const CHANNELS: [Channel; 3] = [Channel::Text, Channel::Voice, Channel::Email];

/// A way to reach somebody.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChannelBody {
    channel: Channel,
    /// Who sends by it now; none where nobody is set up.
    in_force: Option<ProviderName>,
    /// The providers, the one to be used first in front.
    providers: Vec<WayBody>,
}

/// A provider of a channel.
#[derive(Serialize, JsonSchema)]
pub(super) struct WayBody {
    provider: ProviderName,
    up: bool,
    since: Option<Timestamp>,
    why: Option<String>,
}

impl ChannelBody {
    fn of(view: &SchoolView, channel: Channel) -> Self {
        let known = &view.gateway.providers;
        let way = |way: &gateway::providers::Way| {
            let down = way.breaker.down();
            WayBody {
                provider: way.provider.clone(),
                up: way.breaker.is_closed(),
                since: down.map(|(since, _)| since),
                why: down.map(|(_, why)| why.to_owned()),
            }
        };
        Self {
            channel,
            in_force: known.in_force(channel).map(|way| way.provider.clone()),
            providers: known.of(channel).iter().map(way).collect(),
        }
    }
}

pub(super) async fn board(State(state): State<AppState>, ApiReader(session): ApiReader) -> Json<BoardBody> {
    let now = state.now();
    let view = state.view_of(&session);
    let lines = |wanted: &dyn Fn(&trips::Trip) -> bool| -> Vec<TripLine> {
        let mut found: Vec<_> = view.trips.trips().filter(|(_, trip)| wanted(trip)).collect();
        found.sort_by_key(|(id, trip)| (urgency(&view, &session, *id), trip.form.window.from, *id));
        found.into_iter().map(|(id, trip)| TripLine::of(&view, session.seen_by, id, trip)).collect()
    };
    let soon = |trip: &trips::Trip| leaves_soon(trip, now);
    let overdue = devices::overdue(&view.devices, now).into_iter();
    Json(BoardBody {
        now,
        health: health_of(&state, &view),
        out: lines(&|trip| trip.phase_name() == trips::PhaseName::Out),
        soon: lines(&soon),
        coming_home: lines(&|trip| trip.phase_name() == trips::PhaseName::Returned),
        cases: view.cases(session.seen_by).iter().map(|case| CaseBody::of(&view, case)).collect(),
        overdue: overdue.map(|(device, due_at)| overdue_body(&view, device, due_at)).collect(),
        lines: view.contacts.lines().map(|(id, line)| LineBody::of(id, line)).collect(),
    })
}

pub(super) async fn health(State(state): State<AppState>, ApiReader(session): ApiReader) -> Json<HealthBody> {
    Json(health_of(&state, &state.view_of(&session)))
}

/// The most urgent first.
fn urgency(
    view: &SchoolView,
    session: &Session,
    trip: proto::ids::TripId,
) -> (std::cmp::Reverse<Option<proto::v1::alerts::Severity>>, Timestamp) {
    let severity = view.case_of_trip(session.seen_by, trip).map(|case| case.severity);
    let due = view.checkins.watch(trip).and_then(checkins::Watch::first_due);
    (std::cmp::Reverse(severity), due.unwrap_or(Timestamp::MAX))
}

fn leaves_soon(trip: &trips::Trip, now: Timestamp) -> bool {
    use trips::PhaseName::{Authorised, Cancelled, Closed, Draft, Out, Returned, Submitted};
    let planned = match trip.phase_name() {
        Draft | Submitted | Authorised => true,
        Out | Returned | Closed | Cancelled => false,
    };
    planned && trip.form.window.to > now && trip.form.window.from <= now.saturating_add(SOON).unwrap_or(now)
}

fn overdue_body(view: &SchoolView, device: DeviceId, due_at: Timestamp) -> OverdueBody {
    let holder = view.devices.device(device).and_then(devices::Device::holder);
    OverdueBody {
        device,
        tag: view.device_tag(device),
        holder: holder.map(|holder| view.holder_name(holder)),
        due_at,
    }
}

fn health_of(state: &AppState, view: &SchoolView) -> HealthBody {
    let instance = |((service, instance), health): ((ServiceName, proto::ids::ClientId), Health)| {
        InstanceBody { service, instance: instance.to_string(), up: health.up, codes: health.codes }
    };
    let known = &view.gateway.providers;
    let missing = known.is_missing(Channel::Text) && known.is_missing(Channel::Voice);
    let first = known.all().find_map(|(_, way)| way.breaker.down());
    let (configured, up, since, why) = match (missing, first) {
        (true, _) => (false, false, None, Some("no provider is configured".to_owned())),
        (false, Some((since, why))) => (true, false, Some(since), Some(why.to_owned())),
        (false, None) => (true, true, None, None),
    };
    HealthBody {
        live: view.freshness.live,
        stale_since: view.freshness.stale_since,
        lost: view.freshness.lost.clone(),
        services: state.view().services().into_iter().map(instance).collect(),
        provider: ProviderBody { configured, up, since, why },
        channels: CHANNELS.map(|channel| ChannelBody::of(view, channel)).into(),
    }
}
