//! What travels on the bus: envelopes, batches and heads, and the command or event in them. What was read is written and
//! read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto::envelope::{CommandEnvelope, EventEnvelope, Head, ReplayRequest, Reply};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::wire::{join_with_path, variant};

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<Head>(data);
    let _ = serde_json::from_slice::<ReplayRequest>(data);
    let _ = serde_json::from_slice::<Vec<Reply>>(data);
    if let Ok(batch) = serde_json::from_slice::<Vec<EventEnvelope>>(data) {
        for envelope in batch {
            let written = serde_json::to_vec(&envelope).expect("an envelope is JSON");
            let again: EventEnvelope = serde_json::from_slice(&written).expect("reads what it wrote");
            assert_eq!((again.sequence, again.kind.as_str()), (envelope.sequence, envelope.kind.as_str()));
            let service = envelope.source.service;
            if let Some(name) = variant(&envelope.kind, service) {
                let _ = AnyEvent::parse(service, name, &envelope.data);
            }
        }
    }
    let Ok(envelope) = serde_json::from_slice::<CommandEnvelope>(data) else { return };
    for service in ServiceName::ALL {
        let Some(name) = variant(&envelope.kind, service) else { continue };
        let read = match service {
            ServiceName::People => join_with_path::<proto::v1::people::Command>(name, &envelope.data).map(drop),
            ServiceName::Devices => join_with_path::<proto::v1::devices::Command>(name, &envelope.data).map(drop),
            ServiceName::Trips => join_with_path::<proto::v1::trips::Command>(name, &envelope.data).map(drop),
            ServiceName::Checkins => join_with_path::<proto::v1::checkins::Command>(name, &envelope.data).map(drop),
            ServiceName::Contacts => join_with_path::<proto::v1::contacts::Command>(name, &envelope.data).map(drop),
            ServiceName::Alerts => join_with_path::<proto::v1::alerts::Command>(name, &envelope.data).map(drop),
            ServiceName::Gateway => join_with_path::<proto::v1::gateway::Command>(name, &envelope.data).map(drop),
            ServiceName::Safeguarding => {
                join_with_path::<proto::v1::safeguarding::Command>(name, &envelope.data).map(drop)
            }
            ServiceName::Board => Ok(()),
        };
        // What can't be read names the field, or the whole.
        drop(read);
    }
});
