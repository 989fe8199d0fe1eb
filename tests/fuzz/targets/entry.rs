//! A journal's entry: its personal values are taken out and put back, and the same is read; facts that point nowhere are
//! refused, and don't panic. Events of JSON that stands in it are read, or not.
#![no_main]

use chassis::entry::{join, split};
use libfuzzer_sys::fuzz_target;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let Ok(first) = std::str::from_utf8(&data[..at]) else { return };
    let second = data.get(at + 1..).and_then(|rest| std::str::from_utf8(rest).ok());
    // As they may stand in a database that somebody changed.
    let _ = join(first, second);
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(first) else { return };
    for service in ServiceName::ALL {
        for kind in
            ["PersonAdded", "DraftSaved", "TextReceived", "CheckedIn", "CaseOpened", "IncidentReported"]
        {
            let raw: &RawValue = serde_json::from_str(first).expect("it was JSON");
            let _ = AnyEvent::parse(service, kind, raw);
        }
    }
    // As an event writes it: compact.
    let written = Value::Object(fields).to_string();
    let (facts, personal) = split(written.clone());
    if let Ok(back) = join(&facts, personal.as_deref()) {
        let [back, written] =
            [&back, &written].map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
        assert_eq!(back, written);
    }
});
