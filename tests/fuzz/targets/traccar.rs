//! Traccar Client's messages: the address's parameters, a line feed, the body.
#![no_main]

use gateway::positions::Parsed;
use gateway::positions::traccar::parse::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (query, body) = (String::from_utf8_lossy(&data[..at]), data.get(at + 1..).unwrap_or_default());
    let Some(message) = parse(&query, body) else { return };
    if let Parsed::Location(location) = message.parsed {
        let point = location.position.point;
        assert!((-90.0..=90.0).contains(&point.lat) && (-180.0..=180.0).contains(&point.lon));
        assert!(location.position.accuracy_m.is_finite() && location.position.accuracy_m > 0.0);
        assert!(location.battery_percent.is_none_or(|percent| percent <= 100));
    }
});
