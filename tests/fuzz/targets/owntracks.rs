//! OwnTracks' messages, plain and encrypted: an encrypted one says the same as a plain one, and a place that was read is on
//! the earth.
#![no_main]

use gateway::positions::Parsed;
use gateway::positions::owntracks::parse::{MAX_BYTES, parse};
use gateway::positions::owntracks::sealed::{open, seal};
use libfuzzer_sys::fuzz_target;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fuzz_target!(|data: &[u8]| {
    let plain = parse(data, KEY);
    if let Parsed::Location(location) = &plain {
        let point = location.position.point;
        assert!((-90.0..=90.0).contains(&point.lat) && (-180.0..=180.0).contains(&point.lon));
        assert!(location.position.accuracy_m.is_finite() && location.position.accuracy_m > 0.0);
        assert!(location.battery_percent.is_none_or(|percent| percent <= 100));
    }
    let sealed = seal(data, KEY, [7; 24]);
    // What is encrypted twice, or too large once it is sealed, is not read.
    let is_sealed = String::from_utf8_lossy(data).contains("encrypted") || data.escape_ascii().any(|c| c == b'\\');
    if sealed.len() <= MAX_BYTES && !is_sealed {
        assert_eq!(parse(sealed.as_bytes(), KEY), plain);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        // Nobody seals with our key but us.
        let _ = open(text, KEY);
    }
});
