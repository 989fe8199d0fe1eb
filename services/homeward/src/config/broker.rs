//! Which broker, how it is trusted, and where phones reach it.

use std::path::Path;

use chassis::bus::{BrokerAddress, Delivery, Password, Tls};
use gateway::positions::set_up::PhonesBroker;

use super::BrokerConfig;
use super::check::Findings;
use super::raw::RawBroker;
use super::secret::secret;

/// Our own broker, or one outside.
pub(super) fn broker(findings: &mut Findings, raw: RawBroker) -> Option<BrokerConfig> {
    match raw.kind.as_str() {
        "embedded" => Some(BrokerConfig::Embedded { port: raw.port.unwrap_or(0) }),
        "outside" => {
            let password = secret(findings, "broker.password", raw.password, raw.password_file.as_deref());
            let Some(host) = raw.host else {
                findings.wrong("broker.host", "nothing", "the host of the broker outside");
                return None;
            };
            let port = raw.port.unwrap_or(if raw.tls { 8883 } else { 1883 });
            let tls = broker_tls(findings, raw.tls, raw.ca_file.as_deref());
            let others = other_nodes(findings, &raw.others);
            let delivery = match raw.qos {
                0 => Delivery::AtMostOnce,
                1 => Delivery::AtLeastOnce,
                other => {
                    findings.wrong("broker.qos", other.to_string(), "0 or 1");
                    return None;
                }
            };
            Some(BrokerConfig::Outside {
                host,
                port,
                others,
                tls,
                delivery,
                instance: raw.instance,
                password: Password::new(password?),
            })
        }
        other => {
            findings.wrong("broker.kind", format!("{other:?}"), "embedded or outside");
            None
        }
    }
}

/// Whose word is taken for who the broker is.
fn broker_tls(findings: &mut Findings, wanted: bool, ca_file: Option<&Path>) -> Option<Tls> {
    let tls = match (wanted, ca_file) {
        (false, None) => return None,
        (false, Some(_)) => {
            findings.wrong("broker.ca_file", "a file, without broker.tls", "tls = true beside it");
            return None;
        }
        (true, None) => Tls::of_this_machine().map_err(|fault| fault.to_string()),
        (true, Some(file)) => match std::fs::read(file) {
            Ok(pem) => Tls::trusting(&pem).map_err(|fault| format!("{}: {fault}", file.display())),
            Err(error) => Err(format!("{}: {error}", file.display())),
        },
    };
    let wrong = |found: String| {
        findings.wrong("broker.ca_file", found, "the certificate of whoever vouches for the broker")
    };
    tls.map_err(wrong).ok()
}

fn other_nodes(findings: &mut Findings, given: &[String]) -> Vec<BrokerAddress> {
    let mut node = |text: &String| match host_and_port(text) {
        Some((host, port)) => Some(BrokerAddress { host, port }),
        None => {
            findings.wrong(
                "broker.others",
                format!("{text:?}"),
                "hosts and ports such as \"10.0.0.12:1883\"",
            );
            None
        }
    };
    given.iter().filter_map(&mut node).collect()
}

/// HOST:PORT.
fn host_and_port(given: &str) -> Option<(String, u16)> {
    let (host, port) = given.rsplit_once(':')?;
    let port = port.parse::<u16>().ok().filter(|port| *port > 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

pub(super) fn phones(findings: &mut Findings, given: &str) -> Option<PhonesBroker> {
    match host_and_port(given) {
        Some((host, port)) => Some(PhonesBroker { host, port }),
        None => {
            findings.wrong(
                "broker.phones",
                format!("{given:?}"),
                "a host and port such as mqtt.school.example:8883",
            );
            None
        }
    }
}
