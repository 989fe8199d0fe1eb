//! HTML pages.

use std::collections::BTreeMap;

use axum::Router;
use proto::Timestamp;
use proto::ids::ClientId;
use proto::topics::ServiceName;

use crate::app::AppState;
use crate::view::{SchoolView, SeenBy};

/// The routes of all pages.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
}

/// The live board's main part, as the stream sends it. In place of each form's token stands
/// [`crate::stream::FORM_TOKEN_MARK`]: the drawing is shared by all who see the same.
pub(crate) fn board_html(
    view: &SchoolView,
    services: &BTreeMap<(ServiceName, ClientId), bool>,
    seen_by: SeenBy,
    _kiosk: bool,
    now: Timestamp,
) -> String {
    let (out, cases) = (view.trips.out().len(), view.cases(seen_by).len());
    let down = services.values().filter(|up| !**up).count();
    format!(
        "<p>{out} trips out, {cases} open cases, {down} services down at {}</p>",
        view.school.zone.clock(now)
    )
}
