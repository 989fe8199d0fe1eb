//! What the phone page sends: presses that waited for a signal, many at once. Each is read or the whole is refused; the duress word goes
//! nowhere, and nothing else is taken for it; what is asked can be written and read again. [CHECK-6] The input: the body.
#![no_main]

use board::fuzzing::presses;
use libfuzzer_sys::fuzz_target;
use proto::ids::TripId;
use proto::v1::checkins::Command;
use proto::values::{DuressHash, Note};
use serde_json::Value;
use uuid::Uuid;

const KEY: [u8; 32] = [7; 32];
const TRIP: TripId = TripId(Uuid::from_u128(2));

/// Every text that stands in it.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// What was typed along, in the note and in the field of its own.
fn typed(press: &Value) -> Vec<String> {
    let note = press["note"].as_str().and_then(|text| Note::parse(text).ok());
    let words = note.iter().flat_map(|note| note.as_str().split_whitespace()).map(str::to_owned);
    words.chain(press["duress_word"].as_str().map(str::to_owned)).collect()
}

fuzz_target!(|data: &[u8]| {
    let set = DuressHash::of(&KEY, TRIP, "marigold");
    assert!(set.is_some());
    let is_it = |word: &str| DuressHash::of(&KEY, TRIP, word) == set;
    let read = match presses(data, &KEY, TRIP, set) {
        Ok(read) => read,
        Err(why) => return assert!(why.len() > 5, "{why:?}"),
    };
    let sent: Vec<Value> = serde_json::from_slice(data).expect("it was read");
    assert_eq!(sent.len(), read.len());
    let without = presses(data, &KEY, TRIP, None).expect("it was read");
    for ((press, (command, is_a_cry)), (plain, _)) in sent.iter().zip(&read).zip(&without) {
        let (kind, data) = proto::wire::split(command);
        let again: Command = proto::wire::join(&kind, &data).expect("reads what it wrote");
        assert_eq!(&again, command);
        let said: Value = serde_json::from_str(data.get()).expect("JSON");
        let left =
            texts(&said).into_iter().flat_map(str::split_whitespace).filter(|word| is_it(word)).count();
        assert_eq!(left, 0, "{said} has the duress word");
        let was_typed = typed(press).iter().any(|word| is_it(word));
        match command {
            Command::CheckIn { duress, .. } => assert_eq!(*duress, set.filter(|_| was_typed), "{press}"),
            Command::CallForHelp { .. } | Command::ReportLostChild { .. } => assert!(is_a_cry),
            Command::ReportChildFound { .. } => assert!(!is_a_cry),
            other => panic!("a phone page asks for {other:?}"),
        }
        if !was_typed {
            assert_eq!(command, plain, "nothing else is touched");
        }
    }
});
