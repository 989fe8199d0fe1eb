//! OwnTracks' MQTT mode: `owntracks/{school}/{asset tag}` and `…/event`, acknowledged after the commit, the places of a
//! trip on `…/cmd`. The broker holds each device's account to its own topic, so the topic says whose position it is.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chassis::bus::{Ack, Bus, BusConfig, BusEvent, BusSender};
use proto::ids::{DeviceId, SchoolId};
use proto::v1::gateway::LocationApp;
use proto::values::AssetTag;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::parse::parse;
use super::waypoints;
use crate::door::{Door, Inner, Whose};
use crate::positions::account::encryption_key;
use crate::positions::{Taken, take};

/// What is subscribed to.
const FILTERS: [&str; 2] = ["owntracks/+/+", "owntracks/+/+/event"];

/// Schools are parted into so many lanes.
const LANES: usize = 16;

/// How long a message that could not be stored waits before it is tried again: first, and at most.
const WAITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(15)];

/// Positions that wait for the one before, in one lane.
const WAITING: usize = 64;

/// Takes positions from the broker until `stop`. The session is kept, so that nothing is lost while we are away.
pub fn start(door: &Door, bus: BusConfig, stop: CancellationToken) -> JoinHandle<()> {
    let filters = FILTERS.map(str::to_owned).to_vec();
    let (sender, mut inbox) = Bus::start(bus.persistent(), filters, stop.clone());
    let inner = Arc::clone(&door.inner);
    tokio::spawn(async move {
        let mut settling = JoinSet::new();
        let lanes = [(); LANES].map(|()| {
            let (lane, waiting) = mpsc::channel(WAITING);
            settling.spawn(settle_all(Arc::clone(&inner), sender.clone(), waiting, stop.clone()));
            lane
        });
        loop {
            let event = tokio::select! {
                event = inbox.recv() => event,
                () = inner.whereabouts.notified() => {
                    tell_places(&inner, &sender).await;
                    continue;
                }
            };
            match event {
                Some(BusEvent::Message { topic, payload, ack, .. }) => {
                    let lane = &lanes[lane_of(&topic)];
                    // A lane ends with us.
                    let _ = lane.send(Told { topic, payload, ack }).await;
                }
                Some(BusEvent::Connected) => tell_places(&inner, &sender).await,
                Some(BusEvent::Disconnected { .. }) => {}
                None => break,
            }
        }
        drop(lanes);
        settling.join_all().await;
    })
}

/// A phone's message.
struct Told {
    topic: String,
    payload: Bytes,
    ack: Option<Ack>,
}

/// A school's phones are served one after another, in one lane; other lanes go on meanwhile, so that many are stored together, and a school
/// that is on its way to another instance holds up few.
fn lane_of(topic: &str) -> usize {
    let school = topic.split('/').nth(1).unwrap_or_default();
    usize::from(blake3::hash(school.as_bytes()).as_bytes()[0]) % LANES
}

async fn settle_all(
    inner: Arc<Inner>,
    sender: BusSender,
    mut waiting: mpsc::Receiver<Told>,
    stop: CancellationToken,
) {
    while let Some(Told { topic, payload, ack }) = waiting.recv().await {
        let settled = settle(&inner, &sender, &topic, &payload, &stop).await;
        // Unconfirmed, the broker sends it again after the next connect.
        if let (Some(ack), true) = (ack, settled) {
            ack.confirm();
        }
    }
}

/// Whether the broker may forget it. While it can't be stored it is tried again: those behind it wait in its lane, and then with the broker.
async fn settle(
    inner: &Inner,
    sender: &BusSender,
    topic: &str,
    payload: &[u8],
    stop: &CancellationToken,
) -> bool {
    if !is_for_us(inner, topic, stop).await {
        return true;
    }
    let Some((school, device)) = device_of_topic(inner, topic) else {
        tracing::warn!(topic, "a position of a phone that is on no register");
        return true;
    };
    let key = encryption_key(&inner.config.owntracks_key, &school, device);
    let [mut wait, longest] = WAITS;
    loop {
        let parsed = parse(payload, &key);
        match take(inner, &school, device, LocationApp::OwntracksMqtt, parsed, payload).await {
            Taken::Position(_) => {
                tell(inner, sender, &school, device).await;
                return true;
            }
            Taken::Nothing => return true,
            Taken::Again => {}
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(longest),
            () = stop.cancelled() => return false,
        }
    }
}

/// Whether the phone's school is served here. Each instance has a session of its own: what is for another's is in that one's, too. While
/// a school is on its way it is waited for.
async fn is_for_us(inner: &Inner, topic: &str, stop: &CancellationToken) -> bool {
    let Some(several) = inner.several.get() else { return true };
    let Some(school) = topic.split('/').nth(1).and_then(|school| SchoolId::parse(school).ok()) else {
        return true;
    };
    while inner.view.read(&school, |_, _| ()).is_none() {
        if let Whose::At(_) = several.instances.whose(&school) {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(WAITS[0]) => {}
            () = stop.cancelled() => return true,
        }
    }
    true
}

fn device_of_topic(inner: &Inner, topic: &str) -> Option<(SchoolId, DeviceId)> {
    let mut parts = topic.strip_prefix("owntracks/")?.split('/');
    let school = SchoolId::parse(parts.next()?).ok()?;
    let tag = AssetTag::parse(parts.next()?).ok()?;
    let device =
        inner.view.read(&school, |_, state| state.device_of_tag(&tag).map(|(id, _)| id)).flatten()?;
    Some((school, device))
}

/// A party has left, or a phone changed hands: every phone that speaks MQTT and doesn't know its trip's places is told.
async fn tell_places(inner: &Inner, sender: &BusSender) {
    let by_mqtt = inner.view.each(|school, state| {
        let devices = state.devices.keys().copied();
        let due = devices.filter(|device| {
            state.app_of(*device) == Some(LocationApp::OwntracksMqtt)
                && state.places_to_tell(*device, None).is_some()
        });
        due.map(|device| (school.id.clone(), device)).collect::<Vec<_>>()
    });
    for (school, device) in by_mqtt.into_iter().flatten() {
        tell(inner, sender, &school, device).await;
    }
}

/// Tells a phone its trip's places, if it is to be told. Its session waits at the broker while it has no signal.
async fn tell(inner: &Inner, sender: &BusSender, school: &SchoolId, device: DeviceId) {
    let tag = inner.view.read(school, |_, state| state.devices.get(&device).map(|d| d.tag.clone())).flatten();
    // Without a connection nothing is recorded: it is told after the next connect.
    let (Some(tag), true) = (tag, sender.is_connected()) else { return };
    let Some(command) = waypoints::to_tell(inner, school, device, None).await else { return };
    let topic = format!("owntracks/{school}/{}/cmd", tag.as_str());
    if let Err(error) = sender.publish(topic, Bytes::from(command.to_string()), false).await {
        tracing::info!(%error, "a phone was not told the places of its trip");
    }
}
