//! For those who run it: `/healthz` (each service ready or not) and `/metrics` (Prometheus).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use board::View;
use board::view::Freshness;
use chassis::host::Health;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use proto::topics::ServiceName;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::command::backup;
use crate::doctor::machine;
use crate::sharing::Known;

/// What each service counts and a rule of `infra/prometheus` looks at. Prometheus sees an increase of what was there before alone: a counter that
/// began with its first fault would page nobody for it.
const COUNTED_BY_EACH: [&str; 5] = [
    "homeward_commit_faults_total",
    "homeward_entries_total",
    "homeward_quarantined_total",
    "homeward_schools_fenced_total",
    "homeward_troubles_total",
];

/// What a process counts and a rule looks at.
const COUNTED: [&str; 7] = [
    "homeward_bus_losses_total",
    "homeward_gateway_unsigned_posts_total",
    "homeward_log_ins_refused_total",
    "homeward_publish_dropped_total",
    "homeward_retain_faults_total",
    "homeward_watchdog_unreached_total",
    "homeward_watchdog_withheld_total",
];

static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// What operators look at.
#[derive(Clone, Debug)]
pub struct Ops {
    health: BTreeMap<ServiceName, watch::Receiver<Health>>,
    known: Option<watch::Receiver<Arc<Known>>>,
    board: Option<Arc<View>>,
    data_dir: PathBuf,
}

/// Figures are recorded from now on: before any service runs, since one that told something before would not tell it again.
pub fn records() {
    METRICS.get_or_init(|| {
        PrometheusBuilder::new()
            .install_recorder()
            .inspect_err(|error| tracing::warn!(%error, "figures are not recorded"))
            .ok()
    });
}

impl Ops {
    /// Of these services, and of the board if it runs here. Figures are recorded from now on.
    pub(crate) fn new(
        health: BTreeMap<ServiceName, watch::Receiver<Health>>,
        known: Option<watch::Receiver<Arc<Known>>>,
        board: Option<Arc<View>>,
        data_dir: PathBuf,
    ) -> Self {
        COUNTED.into_iter().for_each(|name| metrics::counter!(name).increment(0));
        health.keys().for_each(|service| begins_at_nothing(*service));
        Self { health, known, board, data_dir }
    }

    /// Its routes.
    pub fn router(self) -> Router {
        Router::new().route("/healthz", get(healthz)).route("/metrics", get(metrics)).with_state(self)
    }
}

/// What was counted by now stays.
fn begins_at_nothing(service: ServiceName) {
    for name in COUNTED_BY_EACH {
        metrics::counter!(name, "service" => service.as_str()).increment(0);
    }
    if service == ServiceName::Gateway {
        for ok in ["yes", "no"] {
            metrics::counter!("homeward_gateway_requests_total", "ok" => ok).increment(0);
        }
    }
}

/// 200 when every service is ready, else 503; each service by name either way.
async fn healthz(State(ops): State<Ops>) -> (StatusCode, Json<Value>) {
    let mut each: BTreeMap<String, Value> = ops
        .health
        .iter()
        .map(|(name, health)| {
            let Health { journal, bus, judging, caught_up, following, next_due: _ } = *health.borrow();
            let ready = journal && bus && judging && following;
            let told = json!({
                "ready": ready, "journal": journal, "bus": bus, "judging": judging, "caught_up": caught_up,
                "following": following,
            });
            (name.to_string(), told)
        })
        .collect();
    if let Some(view) = &ops.board {
        let all = |is_so: fn(&Freshness) -> bool| {
            view.schools().all(|id| view.school(id).is_some_and(|school| is_so(&school.freshness)))
        };
        let (live, following) = (all(|fresh| fresh.live), all(|fresh| fresh.lost.is_empty()));
        let told = json!({ "ready": live && following, "caught_up": live, "following": following });
        each.insert(ServiceName::Board.to_string(), told);
    }
    if let Some(known) = &ops.known {
        tell_slots(&mut each, &known.borrow());
    }
    let ready = each.values().all(|service| service["ready"] == true);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": ready, "services": each })))
}

/// Who holds how many slots. A school that nobody serves, or that is just on its way, is not well.
fn tell_slots(each: &mut BTreeMap<String, Value>, known: &Known) {
    for (service, sight) in &known.seen.services {
        let Some(told) = each.get_mut(service.as_str()) else { continue };
        let (held, moving) = known.here.get(service).copied().unwrap_or_default();
        let instances: BTreeMap<String, usize> =
            sight.members.keys().map(|number| (number.to_string(), sight.held_by(*number).count())).collect();
        let free = sight.free().count();
        told["slots"] = json!({ "held": held, "free": free, "moving": moving, "instances": instances });
        if free > 0 || moving {
            told["ready"] = json!(false);
        }
    }
    if known.here.is_empty() {
        // It has not looked yet.
        for told in each.values_mut() {
            told["ready"] = json!(false);
        }
    }
}

async fn metrics(State(ops): State<Ops>) -> String {
    // What is cheap to look at is looked at when it is asked for.
    if let Ok(bytes) = machine::free(&ops.data_dir) {
        metrics::gauge!("homeward_disk_free_bytes").set(bytes as f64);
    }
    if let Some(at) = backup::last(&ops.data_dir) {
        metrics::gauge!("homeward_backup_made_seconds").set(at.as_second() as f64);
    }
    METRICS.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}
