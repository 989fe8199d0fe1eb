//! What a text says: it is read without a panic, the same each time, and a headcount is never guessed. [CHECK-5]
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto::v1::gateway::Meaning;

fuzz_target!(|text: &str| {
    let open = |code: proto::v1::alerts::ReplyCode| code.0 % 2 == 0;
    let meaning = gateway::grammar::read(text, open);
    assert_eq!(gateway::grammar::read(text, open), meaning);
    if let Meaning::Says { headcount: Some(count), .. } = meaning {
        let digits: String = text.chars().filter_map(|c| c.to_digit(10)).map(|d| d.to_string()).collect();
        assert!(digits.contains(&count.get().to_string()) || digits.is_empty(), "{text:?}: {count} was not said");
    }
});
