//! What runs: Homeward itself, the broker, the providers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use chassis::bus::{BrokerAddress, Bus, BusConfig, BusEvent, Lost, Password, Tls};
use proto::topics::filters;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Finding;
use crate::accounts::{SETUP_CLIENT, client};
use crate::config::{BrokerConfig, Config};

/// How long anybody may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// What the process at our own address says of its services.
pub(super) async fn at_work(config: &Config) -> Finding {
    let address = here(config.listen);
    // Installed already is as good: the whole process needs one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let asked = async {
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER).build()?;
        http.get(format!("http://{address}/healthz")).send().await?.json::<Value>().await
    };
    match asked.await {
        Ok(told) => judged(&told),
        Err(_) => {
            let remedy = "start it; if it ends by itself its log says why";
            Finding::look(
                "at work",
                "HW-B4",
                format!("nobody answers at {address}: Homeward does not run here"),
                remedy,
            )
        }
    }
}

/// Where a process that listens there is reached from its own machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Homeward speaks HTTP alone: where the world reaches it by https, a proxy stands in front.
pub(super) fn proxies(config: &Config) -> Option<Finding> {
    let is_behind = config.public_base.as_deref().is_some_and(|base| base.starts_with("https://"));
    if !is_behind || !config.web.proxies.is_empty() {
        return None;
    }
    let found = "server.public_base is an https address, so a proxy stands in front, and server.proxies doesn't name it: all visitors count as \
                 one network, and whoever guesses at a log-in slows down everybody's from a new browser";
    let remedy = "name in server.proxies the address that the proxy's connections come from, and have it set X-Real-IP, as infra/nginx does";
    Some(Finding::look("proxies", "HW-F1", found, remedy))
}

/// The first thing that is not well, with the code that it goes by.
pub(super) fn judged(told: &Value) -> Finding {
    let services = told["services"].as_object();
    let lacking = |field: &str| {
        let named = services.into_iter().flatten().filter(|(_, service)| service[field] == false);
        named.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let troubles = [
        (
            "journal",
            "HW-D1",
            "can't use their journals",
            "the log says whether the database (HW-D1) or an entry (HW-J2) is the cause",
        ),
        ("bus", "HW-B3", "have no broker", "see below, and its log"),
        (
            "following",
            "HW-J1",
            "no longer follow a service, or lost entries",
            "a journal is not the one it was",
        ),
        ("ready", "HW-B4", "are not ready", "wait half a minute; then the log says for what they wait"),
    ];
    for (field, code, what, remedy) in troubles {
        let who = lacking(field);
        if !who.is_empty() {
            return Finding::wrong("at work", code, format!("{who}: {what}"), remedy);
        }
    }
    match services {
        Some(services) if !services.is_empty() => {
            Finding::well("at work", format!("all {} services of this process are ready", services.len()))
        }
        Some(_) | None => {
            let found = "something else answers at Homeward's address";
            Finding::wrong(
                "at work",
                "HW-B4",
                found,
                "another program listens there: give one of them another address",
            )
        }
    }
}

/// Each node of a broker outside is greeted by an account of this instance that nobody uses at work.
pub(super) async fn broker(config: &Config) -> Vec<Finding> {
    let (host, port, others, tls, password) = match &config.broker {
        BrokerConfig::Embedded { .. } => {
            return vec![Finding::well("broker", "is Homeward's own, within its process")];
        }
        BrokerConfig::Outside { host, port, others, tls, delivery: _, instance: _, password } => {
            (host, *port, others, tls, password)
        }
    };
    let mut findings = Vec::new();
    let first = BrokerAddress { host: host.clone(), port };
    let elsewhere = |node: &&BrokerAddress| {
        node.host != "localhost" && node.host.parse::<IpAddr>().is_ok_and(|ip| !ip.is_loopback())
    };
    if let (None, Some(node)) = (tls, std::iter::once(&first).chain(others).find(elsewhere)) {
        let found = format!("the one at {node} is on another machine, and spoken to in the clear");
        findings.push(Finding::look(
            "broker",
            "HW-B3",
            found,
            "set broker.tls, unless nobody else is on that network",
        ));
    }
    for node in std::iter::once(&first).chain(others) {
        findings.push(greet(node, tls.clone(), password.clone()).await);
    }
    findings
}

async fn greet(node: &BrokerAddress, tls: Option<Tls>, password: Password) -> Finding {
    let account = client(SETUP_CLIENT);
    let filter = filters::replies(&account);
    let stop = CancellationToken::new();
    let bus = BusConfig::new(&node.host, node.port, account, password).with_tls(tls);
    let (_bus, mut told) = Bus::start(bus, vec![filter], stop.clone());
    let first = tokio::time::timeout(ANSWER, told.recv()).await;
    stop.cancel();
    let of = format!("the one at {node}");
    match first {
        Ok(Some(BusEvent::Connected | BusEvent::Message { .. })) => {
            Finding::well("broker", format!("{of} takes our account"))
        }
        Ok(Some(BusEvent::Disconnected {
            why: why @ (Lost::LoginRefused(_) | Lost::FilterRefused { .. }),
        })) => {
            let remedy = "its password file and rules must be those of `homeward broker-acl`, and broker.password the accounts'";
            Finding::wrong("broker", "HW-B3", format!("{of}: {why}"), remedy)
        }
        Ok(Some(BusEvent::Disconnected { why })) => {
            Finding::wrong("broker", "HW-B3", format!("{of}: {why}"), "is it up? May this machine reach it?")
        }
        Ok(None) | Err(_) => Finding::wrong(
            "broker",
            "HW-B3",
            format!("{of} does not answer"),
            "is it up? May this machine reach it?",
        ),
    }
}

/// Providers are asked whether they answer: nothing is sent.
pub(super) async fn providers(config: &Config) -> Vec<Finding> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    if config.channels.providers.is_empty() {
        let remedy = "set up [twilio] or another one: infra/homeward.toml says how";
        return vec![Finding::wrong(
            "provider",
            "HW-P1",
            "none is set up: nobody can be texted or called",
            remedy,
        )];
    }
    let answers = gateway::channels::ask_each(&config.channels).await;
    let finding = |(name, answer): (proto::ids::ProviderName, Result<(), String>)| match answer {
        Ok(()) => Finding::well("provider", format!("{name} answers, and takes our credentials")),
        Err(why) => {
            let remedy = "look at its status page, its address and credentials here, and whether this machine reaches the world";
            Finding::wrong("provider", "HW-P1", format!("{name}: {why}"), remedy)
        }
    };
    let mut findings: Vec<_> = answers.into_iter().map(finding).collect();
    if config.public_base.as_deref().is_none_or(|base| !base.starts_with("https://")) {
        let found =
            "server.public_base is no https address: providers can't reach us, nor phones the links in texts";
        findings.push(Finding::look(
            "public base",
            "HW-P1",
            found,
            "set it to how the world reaches this machine",
        ));
    }
    findings
}
