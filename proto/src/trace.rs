//! Which of all that happens belongs together: one trace id for whatever one cause led to, in each service's events and logs.
//!
//! It travels as W3C trace context (<https://www.w3.org/TR/trace-context/>, version 00). A cause that brings none has one by itself:
//! the id of the command, or of the deadline, is its trace id. So nothing is made up, stored or forgotten for it.

use std::fmt;

use uuid::Uuid;

/// The length of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// 16 bytes, shown as 32 hex digits; never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(Uuid);

impl TraceId {
    /// Of a cause that brings none: its own id. None for the nil id.
    pub fn of_cause(id: Uuid) -> Option<Self> {
        (!id.is_nil()).then_some(Self(id))
    }

    /// The one in a `traceparent`. None where that is not one of version 00: `00-{trace id}-{parent id}-{flags}`, in lower-case hex, neither
    /// id all zero.
    pub fn of_traceparent(text: &str) -> Option<Self> {
        let bytes: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let is_hex = |part: &[u8]| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (trace, parent, flags) = (&bytes[3..35], &bytes[36..52], &bytes[53..]);
        let is_split = bytes.starts_with(b"00-") && bytes[35] == b'-' && bytes[52] == b'-';
        let are_hex = is_hex(trace) && is_hex(parent) && is_hex(flags);
        if !is_split || !are_hex || parent.iter().all(|byte| *byte == b'0') {
            return None;
        }
        Self::of_cause(Uuid::try_parse_ascii(trace).ok()?)
    }

    /// The `traceparent` of what the event or command of that id leads to: its parent id is the second half of that id.
    pub fn traceparent(self, of: Uuid) -> String {
        let (_, parent) = of.as_u64_pair();
        format!("00-{self}-{:016x}-01", parent.max(1))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_read_as_the_standard_has_it() {
        let read = |text: &str| TraceId::of_traceparent(text).map(|trace| trace.to_string());
        assert_eq!(read(GIVEN).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        let none = "0".repeat(32);
        for bad in [
            GIVEN.replace("4bf92f3577b34da6a3ce929d0e0e4736", &none),
            GIVEN.replace("00f067aa0ba902b7", "0000000000000000"),
            GIVEN.replace("4bf9", "4BF9"),
            GIVEN.replacen("00-", "01-", 1),
            GIVEN.replace("-01", ""),
            GIVEN.replace("-01", "-01-02"),
            GIVEN.replace("4bf9", "4bé"),
            String::new(),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let id = Uuid::now_v7();
        let trace = TraceId::of_cause(id).expect("it is not nil");
        let written = trace.traceparent(Uuid::now_v7());
        assert_eq!(TraceId::of_traceparent(&written), Some(trace));
        assert_eq!(TraceId::of_traceparent(&trace.traceparent(Uuid::nil())), Some(trace));
        assert_eq!(trace.to_string(), id.simple().to_string());
        assert_eq!(TraceId::of_cause(Uuid::nil()), None);
    }
}
