//! `broker-acl`: the rules of every account, for Mosquitto, NATS or EMQX. The embedded broker asks the same rules.

use chassis::broker::acl::{Account, AccountKind, mosquitto_acl};
use chassis::broker::{emqx, nats};
use clap::{Args, ValueEnum};
use gateway::positions::account::broker_account;
use proto::ids::{ClientId, SchoolId};
use proto::topics::ServiceName;
use proto::values::AssetTag;

use crate::accounts::{POSITIONS_CLIENT, account_of, beside_services};

/// For which broker.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Format {
    /// Its `acl_file`.
    #[default]
    Mosquitto,
    /// The accounts of nats-server, to be included in its configuration.
    Nats,
    /// Its `acl.conf`.
    Emqx,
}

#[derive(Args, Debug)]
pub(super) struct BrokerAcl {
    /// For which broker.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How many instances of each service there are.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    instances: u16,
    /// A work mobile with OwnTracks: SCHOOL/TAG. Its account is SCHOOL-TAG in small letters. May be given again.
    #[arg(long = "phone", value_name = "SCHOOL/TAG")]
    phones: Vec<String>,
    /// A lamp, a siren, another system that follows the alarm and the trips' status: SCHOOL/NAME. May be given again.
    #[arg(long = "lamp", value_name = "SCHOOL/NAME")]
    lamps: Vec<String>,
    /// As a lamp, but sees events and heads too. May be given again.
    #[arg(long = "reader", value_name = "SCHOOL/NAME")]
    readers: Vec<String>,
}

impl BrokerAcl {
    /// The file's text.
    pub(super) fn text(&self) -> Result<String, String> {
        let instances = 1..=self.instances;
        let mut accounts: Vec<Account> =
            instances.flat_map(|n| ServiceName::ALL.map(|service| account_of(service, n))).collect();
        accounts.extend((1..=self.instances).flat_map(beside_services));
        for phone in &self.phones {
            accounts.push(phone_account(phone)?);
        }
        for (names, reads_events) in [(&self.lamps, false), (&self.readers, true)] {
            for name in names {
                accounts.push(client_account(name, reads_events)?);
            }
        }
        match self.format {
            Format::Mosquitto => Ok(mosquitto_acl(&accounts)),
            Format::Nats => for_nats(accounts),
            Format::Emqx => Ok(emqx::rules(&accounts)),
        }
    }
}

/// What the phones say, and who hears it, has an account of NATS of its own: there a session's id is nobody's in particular,
/// and whoever has a phone's password could end a service's session by taking its id.
fn for_nats(accounts: Vec<Account>) -> Result<String, String> {
    let is_phones = |account: &Account| match account.kind {
        AccountKind::Device { .. } => true,
        AccountKind::Service(_) => account.name.as_str() == POSITIONS_CLIENT,
        AccountKind::Board | AccountKind::Client { .. } => false,
    };
    let (phones, services): (Vec<_>, Vec<_>) = accounts.into_iter().partition(is_phones);
    nats::accounts(&[("HOMEWARD", &services), ("PHONES", &phones)])
        .map_err(|name| format!("{name}: NATS takes no dot in a topic, so none in the name of an account"))
}

fn phone_account(text: &str) -> Result<Account, String> {
    let (school, tag) = parts(text)?;
    let tag = AssetTag::parse(tag).map_err(|bad| format!("{text}: {bad}"))?;
    let name = ClientId::parse(&broker_account(&school, &tag)).map_err(|bad| format!("{text}: {bad}"))?;
    Ok(Account { name, kind: AccountKind::Device { school, tag } })
}

fn client_account(text: &str, reads_events: bool) -> Result<Account, String> {
    let (school, name) = parts(text)?;
    let name = ClientId::parse(name).map_err(|bad| format!("{text}: {bad}"))?;
    Ok(Account { name, kind: AccountKind::Client { school: Some(school), reads_events } })
}

fn parts(text: &str) -> Result<(SchoolId, &str), String> {
    let (school, rest) = text.split_once('/').ok_or_else(|| format!("{text}: write it as SCHOOL/NAME"))?;
    Ok((SchoolId::parse(school).map_err(|bad| format!("{text}: {bad}"))?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(phones: &[&str], lamps: &[&str]) -> Result<String, String> {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let (phones, lamps, readers) = (texts(phones), texts(lamps), Vec::new());
        BrokerAcl { format: Format::Mosquitto, instances: 2, phones, lamps, readers }.text()
    }

    /// DEV-7 by MQTT: a phone shares an account of NATS with nobody but the gateway's ear for positions.
    #[test]
    fn for_nats_phones_are_apart_from_the_services() {
        let (phones, lamps) = (vec!["elmfield/WM-014".into()], vec!["elmfield/hall-lamp".into()]);
        let of = BrokerAcl { format: Format::Nats, instances: 1, phones, lamps, readers: Vec::new() };
        let text = of.text().expect("is right");
        let (services, phones) = text.split_once("\n  PHONES {").expect("two accounts");
        for (user, is_phones) in
            [("trips-1", false), ("hall-lamp", false), ("gateway-positions", true), ("elmfield-wm-014", true)]
        {
            let user = format!("user: \"{user}\"");
            assert_eq!((services.contains(&user), phones.contains(&user)), (!is_phones, is_phones), "{user}");
        }
        let dotted = BrokerAcl { lamps: vec!["elmfield/hall.lamp".into()], ..of };
        assert!(dotted.text().is_err_and(|why| why.contains("no dot")));
    }

    #[test]
    fn every_account_has_its_rules_and_a_phone_its_own_topic_alone() {
        let acl = of(&["elmfield/WM-014"], &["elmfield/hall-lamp"]).expect("is right");
        for user in [
            "checkins-1",
            "checkins-2",
            "board-2",
            "board-setup",
            "gateway-positions",
            "gateway-positions-2",
            "alerts-discovery-2",
            "alerts-discovery",
            "elmfield-wm-014",
            "hall-lamp",
        ] {
            assert!(acl.contains(&format!("\nuser {user}\n")), "{user}: {acl}");
        }
        assert!(acl.contains("topic write owntracks/elmfield/WM-014\n"));
        let lamp = acl.split("user hall-lamp").nth(1).expect("is there");
        assert!(lamp.contains("topic read homeward/v1/elmfield/alarm") && !lamp.contains("/event"), "{lamp}");
    }

    #[test]
    fn what_names_no_school_or_tag_is_refused() {
        for phone in ["WM-014", "Elm field/WM-014", "elmfield/"] {
            assert!(of(&[phone], &[]).is_err(), "{phone}");
        }
    }
}
