//! What of Homeward itself is not well, as its services tell: in plain words, with what it means for those who are out, and the
//! operator's code. (That the board itself hears nothing stands across the whole screen: see `ui/src/board.ts`.)

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::ClientId;
use proto::topics::ServiceName;
use proto::v1::public::Health;

/// A sentence for each thing that is wrong.
pub(super) fn sentences(services: &BTreeMap<(ServiceName, ClientId), Health>) -> Vec<String> {
    let mut instances: BTreeMap<ServiceName, Vec<&Health>> = BTreeMap::new();
    // Whoever shows this is a board.
    for ((service, _), health) in services.iter().filter(|((service, _), _)| *service != ServiceName::Board) {
        instances.entry(*service).or_default().push(health);
    }
    let mut sentences = Vec::new();
    for (service, instances) in instances {
        if instances.iter().all(|health| !health.up) {
            sentences.push(sentence(service, "is not running", "HW-B4"));
        }
        let up = instances.into_iter().filter(|health| health.up);
        let codes: BTreeSet<&str> = up.flat_map(|health| &health.codes).map(String::as_str).collect();
        let of_its_own = codes.into_iter().filter(|code| of_the_machine(code).is_none());
        sentences.extend(of_its_own.map(|code| sentence(service, ailment(code), code)));
    }
    let up = services.values().filter(|health| health.up);
    let codes: BTreeSet<&str> = up.flat_map(|health| &health.codes).map(String::as_str).collect();
    sentences.extend(codes.into_iter().filter_map(|code| {
        let what = of_the_machine(code)?;
        Some(format!("Homeward is not well: {what} For the operator: {code}."))
    }));
    sentences
}

/// What is wrong with the machine: said once, though each service tells it.
fn of_the_machine(code: &str) -> Option<&'static str> {
    match code {
        "HW-C1" => Some(
            "its clock was moved within the hour. What fell due in between comes in one digest for each trip.",
        ),
        "HW-C2" => Some(
            "its clock is wrong, so what is due is reminded of, and missed, too early or too late. Compare it with another clock, and watch trips by telephone until it is right.",
        ),
        _ => None,
    }
}

fn sentence(service: ServiceName, what: &str, code: &str) -> String {
    let (meaning, by_phone) = meaning(service);
    let meanwhile = if by_phone { " Watch trips by telephone until it is settled." } else { "" };
    format!("Homeward is not well: {service} {what}, so {meaning}.{meanwhile} For the operator: {code}.")
}

fn ailment(code: &str) -> &'static str {
    match code {
        "HW-D1" => "can't store anything just now",
        "HW-J1" => "has lost entries, or no longer follows another service",
        "HW-J2" => "can't read its journal",
        "HW-B5" => "is slow",
        _ => "is not well",
    }
}

/// What can't be relied on, and whether base has to watch in its place.
fn meaning(service: ServiceName) -> (&'static str, bool) {
    match service {
        ServiceName::Checkins => ("check-ins may not be taken, and a missed one not be noticed", true),
        ServiceName::Alerts => ("alerts may not go out, or late", true),
        ServiceName::Gateway => ("texts and calls may not go out or come in", true),
        ServiceName::Trips => ("forms, departures and returns may not be taken", true),
        ServiceName::Devices => ("phones may not be handed out or taken in", false),
        ServiceName::Contacts => ("who answers a call may be out of date", false),
        ServiceName::People => ("the register and the rota may be out of date", false),
        ServiceName::Safeguarding => ("use and incidents may not be recorded", false),
        ServiceName::Board => ("another board may be down", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: &[(ServiceName, &str, bool, &[&str])]) -> Vec<String> {
        let one = |(service, instance, up, codes): &(ServiceName, &str, bool, &[&str])| {
            let codes = codes.iter().map(|code| (*code).to_owned()).collect();
            ((*service, ClientId::parse(instance).expect("slug")), Health { up: *up, codes })
        };
        sentences(&all.iter().map(one).collect())
    }

    #[test]
    fn nothing_is_said_while_all_is_well_and_one_instance_is_enough() {
        assert!(told(&[(ServiceName::Alerts, "alerts-1", true, &[])]).is_empty());
        let two = [
            (ServiceName::Alerts, "alerts-1", false, &[] as &[&str]),
            (ServiceName::Alerts, "alerts-2", true, &[]),
        ];
        assert!(told(&two).is_empty(), "the other one works");
    }

    #[test]
    fn each_ailment_is_said_with_what_it_means_and_its_code() {
        let all = told(&[
            (ServiceName::Alerts, "alerts-1", false, &["HW-D1"]),
            (ServiceName::Checkins, "checkins-1", true, &["HW-C1", "HW-D1"]),
            (ServiceName::Gateway, "gateway-1", true, &["HW-C1", "HW-C2"]),
            (ServiceName::People, "people-1", true, &["ZZ-1"]),
        ]);
        assert_eq!(all.len(), 5, "the clock is everybody's: {all:#?}");
        let said = |words: &str, code: &str| all.iter().any(|one| one.contains(words) && one.contains(code));
        assert!(said("alerts is not running", "HW-B4") && said("checkins can't store", "HW-D1"), "{all:#?}");
        assert!(said("clock was moved", "HW-C1") && said("clock is wrong", "HW-C2"), "{all:#?}");
        assert!(said("people is not well", "ZZ-1"), "{all:#?}");
        let by_phone = all.iter().filter(|one| one.contains("by telephone")).count();
        assert_eq!(by_phone, 3, "the register can wait, and so can the digest: {all:#?}");
    }
}
