//! The channels: each topic of `proto/src/topics.rs`, and OwnTracks' own.

use serde_json::{Value, json};

use super::asyncapi::{Does, Parts, reference};
use crate::topics::ServiceName;

/// Commands, events, heads and replays of one service.
pub(super) fn service_channels(parts: &mut Parts, service: ServiceName) {
    let at = |rest: &str| format!("homeward/v1/{{school}}/{service}/{rest}");
    let commands = parts.messages_of(&format!("{service}.command."));
    let events = parts.messages_of(&format!("{service}.event."));
    let batch = [format!("{service}.event.batch")];
    let head = ["head".to_owned()];
    let replay = ["replay-request".to_owned()];
    parts.message(
        "head",
        "Head",
        "The newest number of a journal: who has heard less asks for the rest.",
        &reference("schemas", "Head"),
    );
    parts.message(
        "replay-request",
        "ReplayRequest",
        "Asks for the numbers from one on.",
        &reference("schemas", "ReplayRequest"),
    );

    let id = |what: &str| format!("{service}-{what}");
    parts.channel(
        &id("command"),
        &at("command/{client}"),
        "Commands to the service, each answered on the client's reply topic.",
        &commands,
    );
    parts.channel(
        &id("event"),
        &at("event"),
        "What the service recorded. Each MQTT message is a batch, a JSON array; the other messages here are what stands in it.",
        &events,
    );
    parts.channel(
        &id("head"),
        &at("head"),
        "Retained: newest number, epoch and hash of the service's journal.",
        &head,
    );
    parts.channel(
        &id("replay"),
        &at("replay/{client}"),
        "Asks the service for missed numbers; pages come on the client's reply topic.",
        &replay,
    );

    let does = [
        (
            "command",
            "receive",
            commands.as_slice(),
            false,
            "Decide a command, and answer it once it is durable.",
            Some("answer"),
        ),
        ("event", "send", &batch[..], false, "Tell what was committed.", None),
        ("head", "send", &head[..], true, "Tell the newest number, at each commit and each minute.", None),
        ("replay", "receive", &replay[..], false, "Send missed numbers again, page by page.", Some("replay")),
    ];
    for (what, action, messages, retain, summary, reply) in does {
        let channel = id(what);
        parts.operation(&channel, &Does { action, channel: &channel, messages, retain, summary, reply });
    }
}

/// The board keeps no journal: asked for a replay, it answers with an empty page once it has sent on all that it held.
pub(super) fn board(parts: &mut Parts) {
    let (id, messages) = ("board-replay", ["replay-request".to_owned()]);
    let summary = "Asks the board whether all it held has been answered: its page is empty, and its head 0.";
    parts.channel(id, "homeward/v1/{school}/board/replay/{client}", summary, &messages);
    let reply = Some("replay");
    parts.operation(
        id,
        &Does { action: "receive", channel: id, messages: &messages, retain: false, summary, reply },
    );
}

/// A channel on which Homeward sends one kind of message.
fn sends(parts: &mut Parts, id: &str, address: &str, message: &str, retain: bool, summary: &str) {
    let messages = [message.to_owned()];
    parts.channel(id, address, summary, &messages);
    parts.operation(
        id,
        &Does { action: "send", channel: id, messages: &messages, retain, summary, reply: None },
    );
}

/// Answers and replays for one client.
pub(super) fn reply(parts: &mut Parts) {
    parts.message(
        "answer",
        "Answer",
        "How a command went: accepted, refused (which rule, what would satisfy it), or to be asked again.",
        &tagged("homeward.answer.v1", "Answer"),
    );
    parts.messages["answer"]["correlationId"] = reference("correlationIds", "answered");
    parts.message("replay", "ReplayPage", "A page of a replay.", &tagged("homeward.replay.v1", "ReplayPage"));
    let any = json!({ "type": "array", "minItems": 1, "items": reference("schemas", "Reply") });
    parts.message(
        "replies",
        "Replies",
        "Answers and replay pages for one client: what is ready at one moment travels together.",
        &any,
    );
    let all = ["replies", "answer", "replay"].map(str::to_owned);
    let summary = "Answers and replays for one client. Each MQTT message is an array of replies; the other messages here are what stands in it.";
    parts.channel("reply", "homeward/v1/{school}/reply/{client}", summary, &all);
    let does = Does {
        action: "send",
        channel: "reply",
        messages: &all[..1],
        retain: false,
        summary: "Answer a client.",
        reply: None,
    };
    parts.operation("reply", &does);
}

fn tagged(kind: &str, schema: &str) -> Value {
    json!({
        "type": "object", "required": ["type", "data"],
        "properties": { "type": { "const": kind }, "data": reference("schemas", schema) },
    })
}

/// A trip's public summary.
pub(super) fn status(parts: &mut Parts) {
    parts.message(
        "trip-status",
        "TripStatus",
        "Times and states; no names, no counts, no places. Empty once the watch has ended.",
        &reference("schemas", "TripStatus"),
    );
    sends(
        parts,
        "trip-status",
        "homeward/v1/{school}/status/trip/{trip}",
        "trip-status",
        true,
        "Retained: the public summary of a trip that is out.",
    );
}

/// The lamp's topic.
pub(super) fn alarm(parts: &mut Parts) {
    parts.message(
        "alarm",
        "Alarm",
        "Whether a case of a warning or more is open that nobody owns, and how grave it is.",
        &reference("schemas", "Alarm"),
    );
    sends(
        parts,
        "alarm",
        "homeward/v1/{school}/alarm",
        "alarm",
        true,
        "Retained: on or off, and the severity. Any lamp or siren can follow it.",
    );
}

/// Life signs of an instance.
pub(super) fn health(parts: &mut Parts) {
    parts.message(
        "health",
        "Health",
        "Whether an instance is up; its last will says that it isn't.",
        &reference("schemas", "Health"),
    );
    sends(
        parts,
        "health",
        "homeward/v1/health/{service}/{instance}",
        "health",
        true,
        "Retained, with a last will: whether an instance is up.",
    );
}

/// Positions of work mobiles, by the OwnTracks app.
pub(super) fn owntracks(parts: &mut Parts) {
    let payload = json!({
        "type": "object", "required": ["_type"],
        "description": "OwnTracks' own JSON; Homeward reads `location` and passes over the rest.",
        "properties": {
            "_type": { "type": "string" },
            "lat": { "type": "number", "minimum": -90, "maximum": 90 },
            "lon": { "type": "number", "minimum": -180, "maximum": 180 },
            "acc": { "type": "number", "minimum": 0, "description": "Accuracy in metres." },
            "tst": { "type": "integer", "description": "When the fix was taken, in seconds since 1970." },
            "batt": { "type": "integer", "minimum": 0, "maximum": 100 },
        },
    });
    parts.message(
        "owntracks",
        "OwnTracks",
        "A message of the OwnTracks app: evidence of a device, never a check-in.",
        &payload,
    );
    let messages = ["owntracks".to_owned()];
    for (id, address) in
        [("owntracks", "owntracks/{school}/{tag}"), ("owntracks-event", "owntracks/{school}/{tag}/event")]
    {
        let summary = "Positions of a work mobile that carries OwnTracks; acknowledged after the commit, kept by the broker meanwhile.";
        parts.channel(id, address, summary, &messages);
        parts.operation(
            id,
            &Does {
                action: "receive",
                channel: id,
                messages: &messages,
                retain: false,
                summary,
                reply: None,
            },
        );
    }
}
