//! Calls as a REST resource. What happens on the line is in `line.rs`.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    contract::Operation,
    failures::TextBehaviour,
    line::{self, NewCall, Signal},
    pace::Busy,
    server::{
        App, Pairs, Refused, Values, after_accepting, answer, failing, in_range, keeps_contract, page_of,
        rfc2822, text_of, texts_of,
    },
    twiml::Source,
    world::{Call, CallStatus, Direction, Progress, Shared, World},
};

const RING_SECS: u64 = 60;

pub(crate) async fn create(State(shared): App, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::CreateCall, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let failure = match failing(&shared) {
        Ok(failure) => failure,
        Err(refusal) => return refusal,
    };
    let new = match new_call(&shared, &values) {
        Ok(new) => new,
        Err(refused) => return refused.into_response(),
    };
    let call = line::place(&shared, new);
    let accepted = answer(&shared, Operation::CreateCall, StatusCode::CREATED, resource(&shared, &call));
    after_accepting(&shared, failure, accepted).await
}

fn new_call(shared: &Shared, values: &Values) -> Result<NewCall, Refused> {
    let to = text_of(values, "To").unwrap_or_default();
    let from = text_of(values, "From").unwrap_or_default();
    if from != shared.config.school_number {
        return Err(Refused::code(21606));
    }
    // A number that doesn't exist can't be called either.
    if shared.change(|world| world.phone(&to).texts) == TextBehaviour::Refused(21211) {
        return Err(Refused::code(21211));
    }
    Ok(NewCall {
        parent: None,
        direction: Direction::OutboundApi,
        from,
        to,
        withheld: false,
        script: source(values),
        fallback: text_of(values, "FallbackUrl"),
        progress: Progress {
            url: text_of(values, "StatusCallback"),
            events: texts_of(values, "StatusCallbackEvent"),
        },
        ring_secs: values.get("Timeout").and_then(Value::as_u64).unwrap_or(RING_SECS),
        detects_machines: values.contains_key("MachineDetection"),
    })
}

fn source(values: &Values) -> Option<Source> {
    let get = text_of(values, "Method").as_deref() == Some("GET");
    text_of(values, "Twiml")
        .map(Source::Inline)
        .or(text_of(values, "Url").map(|url| Source::Url { url, get }))
}

pub(crate) async fn list(State(shared): App, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::ListCall, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let passes = |key: &str, is: &str| text_of(&values, key).is_none_or(|wanted| wanted == is);
    let found = shared.see(|world| {
        let matching = |call: &&Call| {
            passes("To", &call.to)
                && passes("From", &call.from)
                && passes("Status", call.status.word())
                && passes("ParentCallSid", call.parent.as_deref().unwrap_or_default())
                && in_range(&values, "StartTime", call.started.or(Some(call.created)))
                && in_range(&values, "EndTime", call.ended)
        };
        world.calls.iter().rev().filter(matching).map(|call| resource(&shared, call)).collect()
    });
    let page = page_of(&shared, "calls", &values, found);
    answer(&shared, Operation::ListCall, StatusCode::OK, page)
}

pub(crate) async fn fetch(State(shared): App, Path(file): Path<String>) -> Response {
    let found =
        shared.see(|world| world.call(file.trim_end_matches(".json")).map(|call| resource(&shared, call)));
    match found {
        Some(call) => answer(&shared, Operation::FetchCall, StatusCode::OK, call),
        None => Refused::not_found().into_response(),
    }
}

/// Takes a call back, ends it, or gives it new instructions.
pub(crate) async fn update(State(shared): App, Path(file): Path<String>, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::UpdateCall, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let sid = file.trim_end_matches(".json");
    let signal = match text_of(&values, "Status").as_deref() {
        Some("canceled") => Some(Signal::Cancel),
        Some(_) => Some(Signal::Complete),
        None => source(&values).map(Signal::Redirect),
    };
    let busy = Busy::new(&shared);
    let now = shared.now();
    let updated = shared.change(|world| change_state(world, sid, signal.as_ref(), now));
    match updated {
        Ok(call) => {
            if let Some(signal) = signal {
                // A call that ended meanwhile no longer listens.
                let _ = call.signals.try_send((signal, busy));
            }
            answer(&shared, Operation::UpdateCall, StatusCode::OK, resource(&shared, &call))
        }
        Err(refused) => refused.into_response(),
    }
}

/// The state shows at once what was asked for, as Twilio's does; the line follows by the signal.
fn change_state(
    world: &mut World,
    sid: &str,
    signal: Option<&Signal>,
    now: jiff::Timestamp,
) -> Result<Call, Refused> {
    let call = world.call_mut(sid).ok_or(Refused::not_found())?;
    let asked = signal.ok_or(Refused::code(21220))?;
    call.status = match (call.status, asked) {
        (CallStatus::Queued | CallStatus::Ringing, Signal::Cancel | Signal::Complete) => CallStatus::Canceled,
        (CallStatus::InProgress, Signal::Complete) => CallStatus::Completed,
        (CallStatus::InProgress, Signal::Redirect(_)) => CallStatus::InProgress,
        (_, _) => return Err(Refused::code(21220)),
    };
    if call.status.is_over() {
        call.ended = Some(now);
    }
    call.updated = now;
    Ok(call.clone())
}

/// The call as the document describes it.
fn resource(shared: &Shared, call: &Call) -> Value {
    let account = &shared.config.account_sid;
    let uri = format!("/2010-04-01/Accounts/{account}/Calls/{}", call.sid);
    json!({
        "account_sid": account,
        "answered_by": call.answered_by.filter(|_| call.detects_machines),
        "api_version": "2010-04-01",
        "caller_name": null,
        "date_created": rfc2822(call.created),
        "date_updated": rfc2822(call.updated),
        "direction": call.direction.word(),
        "duration": call.seconds().map(|secs| secs.to_string()),
        "end_time": call.ended.map(rfc2822),
        "forwarded_from": null,
        "from": call.from,
        "from_formatted": call.from,
        "group_sid": null,
        "parent_call_sid": call.parent,
        "phone_number_sid": null,
        "price": null,
        "price_unit": "GBP",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": call.started.map(rfc2822),
        "status": call.status.word(),
        "subresource_uris": {"recordings": format!("{uri}/Recordings.json")},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": null,
        "uri": format!("{uri}.json"),
    })
}
