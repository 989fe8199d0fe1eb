//! Who opened which record about people: noted for each page, file and view of the API that shows one, by one table of
//! addresses. The leader's phone page and the live board are none: they show a party that is out to whoever watches over it.
//!
//! What can't be noted is told to the operator, and is shown all the same: nobody waits for a child's record because a disk is
//! full. An incident is the exception: that it is opened is an event of its own. [INC-7]

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::AppState;
use crate::auth::{Session, bearer};
use crate::db::{Reading, SessionKind};

/// Each address that shows a record, and the kind of record. What stands in braces says which one.
pub(crate) const RECORDS: &[(&str, &str)] = &[
    ("/people", "register"),
    ("/people/people.csv", "register"),
    ("/people/people.xlsx", "register"),
    ("/people/{person}", "person"),
    ("/trips/{trip}", "trip"),
    ("/trips/{trip}/edit", "trip"),
    ("/trips/{trip}/copy", "trip"),
    ("/trips/{trip}/log", "trip log"),
    ("/trips/{trip}/log.csv", "trip log"),
    ("/alerts/{case}", "alert"),
    ("/devices/{device}", "custody"),
    ("/devices/log-ins", "log-ins"),
    ("/messages", "messages"),
    ("/calls", "calls"),
    ("/safeguarding/use", "usage log"),
    ("/safeguarding/use.csv", "usage log"),
    ("/safeguarding/phones", "hand-in register"),
    ("/safeguarding/phones.csv", "hand-in register"),
    ("/safeguarding/arrangements", "arrangements"),
    ("/safeguarding/arrangements.csv", "arrangements"),
    ("/safeguarding/arrangements/{arrangement}", "arrangement"),
    ("/safeguarding/recordings", "recordings"),
    ("/safeguarding/recordings.csv", "recordings"),
    ("/safeguarding/incidents.csv", "incidents"),
    ("/incidents/{incident}", "incident"),
    ("/records/person", "all of a person"),
    ("/records/person.zip", "all of a person, given out"),
    ("/governors", "governors' report"),
    ("/governors.csv", "governors' report"),
    ("/records/readings", "readings"),
    ("/records/readings.csv", "readings"),
    ("/api/v1/records/person", "all of a person"),
    ("/api/v1/records/person/export", "all of a person, given out"),
    ("/api/v1/records/readings", "readings"),
    ("/api/v1/governors", "governors' report"),
    ("/api/v1/people", "register"),
    ("/api/v1/trips/{id}", "trip"),
    ("/api/v1/devices/{id}", "custody"),
    ("/api/v1/cases", "alerts"),
    ("/api/v1/messages", "messages"),
    ("/api/v1/usage", "usage log"),
    ("/api/v1/calls", "calls"),
    ("/api/v1/pouches", "hand-in register"),
    ("/api/v1/arrangements", "arrangements"),
    ("/api/v1/recordings", "recordings"),
    ("/api/v1/incidents/{id}", "incident"),
];

/// That what is kept about somebody was erased on request is noted as a reading is.
pub(crate) const ERASED: &str = "erased on request";

/// Notes who opened a record, once it was shown.
pub(crate) async fn note(
    State(state): State<AppState>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let found = matched.as_ref().filter(|_| request.method() == Method::GET).and_then(|matched| {
        let (route, what) = RECORDS.iter().find(|(route, _)| *route == matched.as_str())?;
        Some((*what, subject(route, request.uri())))
    });
    let Some((what, subject)) = found else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let session = match bearer::token(&parts) {
        Some(token) => Session::of_secret(&state, token, SessionKind::Bearer).await,
        None => Session::of_cookie(&state, &parts.headers).await,
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    if let (true, Ok(session)) = (response.status().is_success(), session) {
        let reading = Reading { at: state.now(), person: session.person, what: what.to_owned(), subject };
        if let Err(fault) = state.db().note_reading(&session.school, &reading).await {
            tracing::error!(%fault, what, "HW-D2 that a record was opened could not be noted");
        }
    }
    response
}

/// Which record: what stands in the braces of its address; of a whole list, which part of it was asked for.
fn subject(route: &str, uri: &axum::http::Uri) -> String {
    let parts = route.split('/').zip(uri.path().split('/'));
    let named: Vec<&str> = parts.filter(|(part, _)| part.starts_with('{')).map(|(_, found)| found).collect();
    if !named.is_empty() {
        return named.join(" ");
    }
    let kept = ["person=", "name=", "week=", "phone=", "q=", "by="];
    let asked = uri.query().unwrap_or_default().split('&');
    let asked =
        asked.filter(|pair| kept.iter().any(|name| pair.starts_with(name) && pair.len() > name.len()));
    asked.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_record_it_was_is_told_by_its_address() {
        let of = |route: &str, uri: &str| subject(route, &uri.parse().expect("an address"));
        assert_eq!(of("/people/{person}", "/people/7?page=2"), "7");
        assert_eq!(
            of("/safeguarding/use", "/safeguarding/use?week=2026-11-16&only=all&phone="),
            "week=2026-11-16"
        );
        assert_eq!(of("/people", "/people"), "");
    }
}
