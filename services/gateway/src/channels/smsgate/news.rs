//! What the phone posts, read: a text that came in, or how one of ours fares. Anything else is none of ours.

use proto::v1::gateway::Progress;
use serde::Deserialize;

use crate::channels::MessageId;

/// What a post says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// A text came in.
    Text {
        /// What names it, however often, and by whichever of the app's webhooks, it is posted.
        provider_id: String,
        /// Who sent it.
        from: String,
        /// Its words.
        body: String,
    },
    /// One of ours came further.
    Progress {
        /// Which.
        id: MessageId,
        /// In the app's own word.
        event: &'static str,
        /// How far.
        progress: Progress,
    },
    /// Another app's texts, ones written on the phone by hand, or news that we don't ask for.
    NotOurs,
}

#[derive(Deserialize)]
struct Posted {
    event: String,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    message_id: String,
    message: Option<String>,
    /// Of later versions of the app; before, `phoneNumber` says it.
    sender: Option<String>,
    phone_number: Option<String>,
    received_at: Option<String>,
    reason: Option<String>,
}

/// Reads a post. None: it can't be read.
pub fn read(body: &[u8]) -> Option<News> {
    let Posted { event, payload } = serde_json::from_slice(body).ok()?;
    let (event, progress) = match event.as_str() {
        "sms:received" => return Some(text(payload)),
        "sms:sent" => ("sms:sent", Progress::Sent {}),
        "sms:delivered" => ("sms:delivered", Progress::Delivered {}),
        "sms:failed" => ("sms:failed", super::failed(payload.reason.as_deref())),
        _ => return Some(News::NotOurs),
    };
    let id = MessageId::parse(&payload.message_id);
    Some(id.map_or(News::NotOurs, |id| News::Progress { id, event, progress }))
}

/// The app joins the parts of a long text, and its `messageId` comes from the text's content: with the sender and the time
/// of receipt it names the text.
fn text(payload: Payload) -> News {
    let from = payload.sender.or(payload.phone_number).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    for part in [&from, &payload.message_id, payload.received_at.as_ref().unwrap_or(&String::new())] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    let provider_id = format!("smsgate-{}", &hasher.finalize().to_hex()[..32]);
    News::Text { provider_id, from, body: payload.message.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_named_by_its_content_sender_and_time() {
        let post = |sender: &str, at: &str| {
            let body = format!(
                "{{\"event\":\"sms:received\",\"payload\":{{\"messageId\":\"abc\",\"message\":\"OK 24\",\"{sender}\":\"+447700900101\",\"receivedAt\":\"{at}\"}}}}"
            );
            read(body.as_bytes()).expect("it can be read")
        };
        let News::Text { provider_id, from, body } = post("sender", "1") else { panic!("a text") };
        assert_eq!((from.as_str(), body.as_str()), ("+447700900101", "OK 24"));
        assert_eq!(post("phoneNumber", "1"), post("sender", "1"), "of earlier versions");
        let News::Text { provider_id: later, .. } = post("sender", "2") else { panic!("a text") };
        assert_ne!(provider_id, later);
    }

    #[test]
    fn what_is_not_ours_is_told_from_what_cant_be_read() {
        let by_hand = br#"{"event":"sms:sent","payload":{"messageId":"written by hand"}}"#;
        assert_eq!(read(by_hand), Some(News::NotOurs));
        let other = br#"{"event":"system:ping","payload":{}}"#;
        assert_eq!(read(other), Some(News::NotOurs));
        for bad in [&b"OK 24"[..], b"{}", br#"{"event":"sms:sent"}"#, br#"{"event":7,"payload":{}}"#] {
            assert_eq!(read(bad), None);
        }
    }
}
