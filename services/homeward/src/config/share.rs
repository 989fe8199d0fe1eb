//! Which part of the schools a process decides for.

use chassis::lease::members::address_fits;
use chassis::lease::{SLOTS, Slot};

use super::check::Findings;
use super::raw::RawShare;
use super::{ByLease, Share};

pub(super) fn share(findings: &mut Findings, raw: &RawShare, listen: &str, is_shared: bool) -> Share {
    let by_lease = match raw.by.as_str() {
        "lease" => by_lease(findings, raw, listen, is_shared),
        "slots" => None,
        other => {
            findings.wrong("share.by", format!("{other:?}"), "slots or lease");
            None
        }
    };
    let number = |text: &str| text.trim().parse::<u8>().ok().filter(|number| *number < SLOTS);
    let (first, last) = raw.slots.split_once('-').unwrap_or((&raw.slots, &raw.slots));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => {
            let slots = Slot::all().filter(|slot| (first..=last).contains(&slot.number())).collect();
            Share { slots, stand_by: raw.stand_by, by_lease }
        }
        _ => {
            findings.wrong("share.slots", format!("{:?}", raw.slots), "slots from 0 to 63, such as 0-31");
            Share::all()
        }
    }
}

fn by_lease(findings: &mut Findings, raw: &RawShare, listen: &str, is_shared: bool) -> Option<ByLease> {
    if !is_shared {
        findings.wrong("share.by", "\"lease\"", "a broker outside and PostgreSQL, which all instances reach");
    }
    if raw.stand_by || raw.slots != RawShare::default().slots {
        findings.wrong(
            "share.by",
            "\"lease\"",
            "it divides all slots by itself: leave share.slots and share.stand_by out",
        );
    }
    let reached_at = raw.reached_at.clone().unwrap_or_else(|| listen.to_owned());
    let port = reached_at.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    if port.is_none_or(|port| port == 0) || !address_fits(&reached_at) {
        findings.wrong(
            "share.reached_at",
            format!("{reached_at:?}"),
            "a host and port such as 10.0.0.2:8080, of at most 44 characters",
        );
    }
    Some(ByLease { reached_at })
}
