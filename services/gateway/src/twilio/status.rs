//! The provider's status words, as progress.

use proto::v1::gateway::Progress;

use crate::twilio_codes;

/// The progress that a text's status tells; none for words that tell nothing about one of ours.
pub fn of_text(status: &str, sid: &str, code: Option<u32>) -> Option<Progress> {
    Some(match status {
        "accepted" | "scheduled" | "queued" | "sending" => Progress::Accepted { provider_id: sid.to_owned() },
        "sent" => Progress::Sent {},
        "delivered" | "read" => Progress::Delivered {},
        // Undelivered is a failure.
        "undelivered" | "failed" | "canceled" => failed(status, code),
        _ => return None,
    })
}

/// The progress that a call's status tells.
pub fn of_call(status: &str, sid: &str, code: Option<u32>) -> Option<Progress> {
    Some(match status {
        "queued" | "initiated" => Progress::Accepted { provider_id: sid.to_owned() },
        "ringing" => Progress::Ringing {},
        "in-progress" | "answered" => Progress::Answered {},
        "completed" => Progress::Completed {},
        "busy" | "no-answer" | "failed" | "canceled" => failed(status, code),
        _ => return None,
    })
}

fn failed(status: &str, code: Option<u32>) -> Progress {
    let why = match (code, status) {
        (Some(code), _) => twilio_codes::meaning(code),
        (None, "busy") => "the line is engaged",
        (None, "no-answer") => "nobody answered",
        (None, "canceled") => "it was taken back",
        (None, _) => "it could not be delivered",
    };
    Progress::Failed { code, why: why.to_owned(), permanent: twilio_codes::is_permanent(code) }
}
