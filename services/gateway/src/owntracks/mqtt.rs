//! OwnTracks' MQTT mode: `owntracks/{school}/{asset tag}` and `…/event`, acknowledged after the commit. The broker holds
//! each device's account to its own topic, so the topic says whose position it is.

use std::sync::Arc;

use chassis::bus::{Acks, Bus, BusConfig, BusEvent};
use proto::ids::{DeviceId, SchoolId};
use proto::values::AssetTag;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Taken, quarantine, take};
use crate::door::{Door, Inner};

/// What is subscribed to.
const FILTERS: [&str; 2] = ["owntracks/+/+", "owntracks/+/+/event"];

/// Takes positions from the broker until `stop`. The session is kept, so that nothing is lost while we are away.
pub fn start(door: &Door, bus: BusConfig, stop: CancellationToken) -> JoinHandle<()> {
    let config = BusConfig { acks: Acks::Manual, clean_session: false, ..bus };
    let filters = FILTERS.map(str::to_owned).to_vec();
    // Nothing is published; the sender may go.
    let (_, mut inbox) = Bus::start(config, filters, stop);
    let inner = Arc::clone(&door.inner);
    tokio::spawn(async move {
        while let Some(event) = inbox.recv().await {
            let BusEvent::Message { topic, payload, ack, .. } = event else { continue };
            let settled = settle(&inner, &topic, &payload).await;
            // Unconfirmed, the broker sends it again after the next connect.
            if let (Some(ack), true) = (ack, settled) {
                ack.confirm();
            }
        }
    })
}

/// Whether the broker may forget it.
async fn settle(inner: &Inner, topic: &str, payload: &[u8]) -> bool {
    let Some((school, device)) = device_of_topic(inner, topic) else {
        tracing::warn!(topic, "a position of a phone that is on no register");
        return true;
    };
    match take(inner, &school, device, payload).await {
        Taken::Done => true,
        Taken::Unreadable(why) => {
            quarantine(&school, device, &why, payload);
            true
        }
        Taken::Again => false,
    }
}

fn device_of_topic(inner: &Inner, topic: &str) -> Option<(SchoolId, DeviceId)> {
    let mut parts = topic.strip_prefix("owntracks/")?.split('/');
    let school = SchoolId::parse(parts.next()?).ok()?;
    let tag = AssetTag::parse(parts.next()?).ok()?;
    let device =
        inner.view.read(&school, |_, state| state.device_of_tag(&tag).map(|(id, _)| id)).flatten()?;
    Some((school, device))
}
