//! `broker-acl`: the rules of every account, for Mosquitto's `acl_file`. The embedded broker asks the same rules.

use chassis::broker::acl::{Account, AccountKind, mosquitto_acl};
use clap::Args;
use gateway::positions::account::broker_account;
use proto::ids::{ClientId, SchoolId};
use proto::topics::ServiceName;
use proto::values::AssetTag;

use crate::accounts::{account_of, beside_services};

#[derive(Args, Debug)]
pub(super) struct BrokerAcl {
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
        accounts.extend(beside_services());
        for phone in &self.phones {
            accounts.push(phone_account(phone)?);
        }
        for (names, reads_events) in [(&self.lamps, false), (&self.readers, true)] {
            for name in names {
                accounts.push(client_account(name, reads_events)?);
            }
        }
        Ok(mosquitto_acl(&accounts))
    }
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
        BrokerAcl { instances: 2, phones: texts(phones), lamps: texts(lamps), readers: Vec::new() }.text()
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
