//! Messages a second and round trips over the bus, QoS 1, through each broker: one publisher, one subscriber.
//!
//! `cargo run --release -p chassis --example bus_speed`

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{Bus, BusConfig, BusEvent, BusSender};
use chassis::testing::mosquitto::Mosquitto;
use proto::topics::ServiceName;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const MESSAGES: usize = 200_000;
const ROUND_TRIPS: usize = 5_000;
const PAYLOAD_BYTES: usize = 200;
/// As many as may be on their way at once: below every broker's queue for one client, so that none is dropped.
const WINDOW: usize = 4_000;
const EVENT: &str = "homeward/v1/elmfield/trips/event";
const COMMAND: &str = "homeward/v1/elmfield/trips/command/board-1";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut accounts = Accounts::new();
    for (name, kind) in
        [("trips-1", AccountKind::Service(ServiceName::Trips)), ("board-1", AccountKind::Board)]
    {
        accounts.add(Account { name: name.parse()?, kind });
    }
    let mut embedded = Embedded::new(accounts.clone(), 0);
    measure("embedded", embedded.start().await?, &accounts).await?;
    embedded.stop().await;
    let mut mosquitto = Mosquitto::start(&accounts).await;
    measure("mosquitto", mosquitto.address(), &accounts).await?;
    mosquitto.stop().await;
    Ok(())
}

async fn measure(
    broker: &str,
    at: SocketAddr,
    accounts: &Accounts,
) -> Result<(), Box<dyn std::error::Error>> {
    let (trips, mut commands) = join(at, accounts, "trips-1", "homeward/v1/+/trips/command/+").await?;
    let (board, mut events) = join(at, accounts, "board-1", "homeward/v1/+/trips/event").await?;

    let began = Instant::now();
    flood(trips.clone(), &mut events).await?;
    let rate = MESSAGES as f64 / began.elapsed().as_secs_f64();

    // A command and its event, as a check-in would go; nothing is journalled here.
    let answers = tokio::spawn(async move {
        while let Some(message) = commands.recv().await {
            if let BusEvent::Message { payload, .. } = message
                && trips.publish(EVENT, payload, false).await.is_err()
            {
                return;
            }
        }
    });
    let mut took = Vec::with_capacity(ROUND_TRIPS);
    for _ in 0..ROUND_TRIPS {
        let asked = Instant::now();
        board.publish(COMMAND, Bytes::from(vec![b'x'; PAYLOAD_BYTES]), false).await?;
        events.recv().await.ok_or("the bus ended")?;
        took.push(asked.elapsed());
    }
    answers.abort();
    took.sort_unstable();
    println!(
        "{broker:>10}: {rate:>9.0} messages/s, command to event p50 {:>6.3} ms, p99 {:>6.3} ms",
        millis(took[ROUND_TRIPS / 2]),
        millis(took[ROUND_TRIPS * 99 / 100]),
    );
    Ok(())
}

/// Publishes all messages and receives them, never more than the window ahead.
async fn flood(
    sender: BusSender,
    events: &mut mpsc::Receiver<BusEvent>,
) -> Result<(), Box<dyn std::error::Error>> {
    let window = std::sync::Arc::new(tokio::sync::Semaphore::new(WINDOW));
    let gate = window.clone();
    let publishing = tokio::spawn(async move {
        let payload = Bytes::from(vec![b'x'; PAYLOAD_BYTES]);
        for _ in 0..MESSAGES {
            gate.acquire().await.expect("never closed").forget();
            sender.publish(EVENT, payload.clone(), false).await?;
        }
        Ok::<(), chassis::bus::PublishError>(())
    });
    let mut seen = 0;
    let mut batch = Vec::with_capacity(256);
    while seen < MESSAGES {
        let some = events.recv_many(&mut batch, 256).await;
        if some == 0 || batch.iter().any(|event| !matches!(event, BusEvent::Message { .. })) {
            return Err("the bus did not hold".into());
        }
        batch.clear();
        seen += some;
        window.add_permits(some);
    }
    publishing.await??;
    Ok(())
}

async fn join(
    at: SocketAddr,
    accounts: &Accounts,
    name: &str,
    filter: &str,
) -> Result<(BusSender, mpsc::Receiver<BusEvent>), Box<dyn std::error::Error>> {
    let client = name.parse()?;
    let password = accounts.password(&client).ok_or("an account")?.clone();
    let config = BusConfig::new(at.ip().to_string(), at.port(), client, password);
    let (sender, mut events) = Bus::start(config, vec![filter.to_owned()], CancellationToken::new());
    match events.recv().await {
        Some(BusEvent::Connected) => Ok((sender, events)),
        other => Err(format!("{name} could not connect: {other:?}").into()),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
