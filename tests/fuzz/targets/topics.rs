//! Topics: what was read is written as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto::topics::Topic;

fuzz_target!(|text: &str| {
    if let Ok(topic) = text.parse::<Topic>() {
        let written = topic.to_string();
        assert_eq!(written.parse::<Topic>().expect("reads what it wrote"), topic);
    }
});
