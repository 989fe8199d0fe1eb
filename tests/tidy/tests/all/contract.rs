//! The AsyncAPI document is complete.

use serde_json::Value;
use tidy::files;

#[test]
fn every_event_type_is_in_the_asyncapi_document() {
    let file = files("proto/schemas", "json").into_iter().find(|f| f.path.ends_with("/asyncapi.json"));
    let document: Value = serde_json::from_str(&file.expect("asyncapi.json").text).expect("JSON");
    let messages = document["components"]["messages"].as_object().expect("messages");
    let names: Vec<&str> = messages.values().filter_map(|message| message["name"].as_str()).collect();
    let types = proto::schemas::event_types();
    assert!(types.len() > 100, "the events were not found");
    for kind in types {
        assert!(names.contains(&kind.as_str()), "{kind} is not in asyncapi.json: run make schemas");
    }
}
