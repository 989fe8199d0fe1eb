//! What was written before a field was added still reads.

use proto::v1::{devices, safeguarding, trips};
use serde_json::{Value, json};

const ID: &str = "00000000-0000-4000-8000-000000000001";

/// INC-3: a phone that went to the police, or back, before the event named it.
#[test]
fn devices_taken_away_before_they_were_named_still_read() {
    let common = json!({ "incident": ID, "number": 1, "by": ID, "at": "2026-11-20T09:00:00Z" });
    let with = |more: Value| {
        let mut all = common.clone();
        let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) else {
            unreachable!("objects")
        };
        all.extend(more.clone());
        Value::from(all.clone())
    };
    let police = json!({ "SeizedToPolice": with(json!({ "reference": "CAD 1", "officer": { "$personal": "PC Nwosu" } })) });
    let back = json!({ "SeizedGivenBack": with(json!({ "to": { "$personal": "Their mother" } })) });
    for old in [police, back] {
        let read: safeguarding::Event = serde_json::from_value(old.clone()).expect("it reads");
        let device = match read {
            safeguarding::Event::SeizedToPolice { device, .. }
            | safeguarding::Event::SeizedGivenBack { device, .. } => device,
            other => panic!("{other:?}"),
        };
        assert_eq!(device, None, "{old}");
    }
}

/// MEDIA-1: a return as clients sent it before they could say what became of recordings.
#[test]
fn a_return_without_word_of_recordings_still_reads() {
    let old = json!({ "device": ID, "condition": "good", "storage": "Safe", "recordings": "none" });
    let read: devices::Return = serde_json::from_value(old).expect("it reads");
    assert_eq!(read.clearing, None);
}

/// FORM-4, MEDIA-3: a form without recording is written as it always was, so that its hash stays.
#[test]
fn planned_recording_is_left_out_where_there_is_none() {
    let planned = trips::PlannedRecording { consent: None };
    assert_eq!(serde_json::to_value(planned).expect("it writes"), json!({ "consent": null }));
    let schema = schemars::schema_for!(trips::TripForm).to_value();
    let required = schema["required"].as_array().expect("a list");
    assert!(!required.contains(&json!("recording")), "{required:?}");
}
