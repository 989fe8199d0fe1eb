//! The signed, expiring link to the phone page, texted to an issued work mobile.
//!
//! The token is base64url of `payload ‖ MAC`: the payload names the device, the trip, the end and the school; the MAC is
//! the first 16 bytes of BLAKE3, keyed with a secret of the installation. The gateway makes it when it sends the text, the
//! board verifies it. It never enters an event, and it opens one trip's page to one device only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::ids::{DeviceId, SchoolId, TripId};

/// The key that signs links.
pub type LinkKey = [u8; 32];

const MAC_BYTES: usize = 16;
const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 4;
const HEAD_BYTES: usize = 2 * ID_BYTES + TIME_BYTES;

/// What a link opens, and until when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageLink {
    /// The school.
    pub school: SchoolId,
    /// The trip whose page it is.
    pub trip: TripId,
    /// The device it was sent to.
    pub device: DeviceId,
    /// Until when it opens; whole seconds count.
    pub expires_at: Timestamp,
}

/// Why a link does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadLink {
    /// Not one of ours, or changed on its way.
    #[error("this link is not complete, or not one of ours")]
    NotOurs,
    /// Its time is over.
    #[error("this link has expired: ask the office to send a new one")]
    Expired,
}

impl PageLink {
    /// The token that stands in the link.
    pub fn sign(&self, key: &LinkKey) -> String {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.school.as_str().len() + MAC_BYTES);
        bytes.extend_from_slice(self.device.0.as_bytes());
        bytes.extend_from_slice(self.trip.0.as_bytes());
        let seconds = u32::try_from(self.expires_at.as_second().max(0)).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&seconds.to_be_bytes());
        bytes.extend_from_slice(self.school.as_str().as_bytes());
        let mac = mac(key, &bytes);
        bytes.extend_from_slice(&mac.as_bytes()[..MAC_BYTES]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token, if it was signed with this key and has not expired.
    pub fn verify(key: &LinkKey, token: &str, now: Timestamp) -> Result<Self, BadLink> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| BadLink::NotOurs)?;
        let payload_bytes = bytes.len().checked_sub(MAC_BYTES).ok_or(BadLink::NotOurs)?;
        let (payload, found) = bytes.split_at(payload_bytes);
        if !same(&mac(key, payload).as_bytes()[..MAC_BYTES], found) {
            return Err(BadLink::NotOurs);
        }
        let link = Self::read(payload).ok_or(BadLink::NotOurs)?;
        if now < link.expires_at { Ok(link) } else { Err(BadLink::Expired) }
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let (device, rest) = payload.split_at_checked(ID_BYTES)?;
        let (trip, rest) = rest.split_at_checked(ID_BYTES)?;
        let (seconds, school) = rest.split_at_checked(TIME_BYTES)?;
        let seconds = u32::from_be_bytes(seconds.try_into().ok()?);
        Some(Self {
            device: DeviceId(Uuid::from_slice(device).ok()?),
            trip: TripId(Uuid::from_slice(trip).ok()?),
            expires_at: Timestamp::from_second(i64::from(seconds)).ok()?,
            school: SchoolId::parse(std::str::from_utf8(school).ok()?).ok()?,
        })
    }
}

fn mac(key: &LinkKey, payload: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"homeward page link v1");
    hasher.update(payload);
    hasher.finalize()
}

/// Compares without telling by its time where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn link() -> PageLink {
        PageLink {
            school: SchoolId::parse("elmfield").expect("a slug"),
            trip: TripId::derived(Uuid::nil(), 1),
            device: DeviceId::derived(Uuid::nil(), 2),
            expires_at: at("2026-11-20T18:00:00Z"),
        }
    }

    #[test]
    fn a_link_opens_what_it_was_made_for_until_its_end() {
        let token = link().sign(&[7; 32]);
        assert!(token.len() <= 90, "it fits a text: {}", token.len());
        assert_eq!(PageLink::verify(&[7; 32], &token, at("2026-11-20T17:59:59Z")), Ok(link()));
        assert_eq!(PageLink::verify(&[7; 32], &token, at("2026-11-20T18:00:00Z")), Err(BadLink::Expired));
    }

    #[test]
    fn a_link_of_another_key_or_with_any_character_changed_is_none_of_ours() {
        let token = link().sign(&[7; 32]);
        let now = at("2026-11-20T09:00:00Z");
        assert_eq!(PageLink::verify(&[8; 32], &token, now), Err(BadLink::NotOurs));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(PageLink::verify(&[7; 32], &changed, now), Err(BadLink::NotOurs), "{changed}");
        }
        for short in ["", "AAAA", &token[..40]] {
            assert_eq!(PageLink::verify(&[7; 32], short, now), Err(BadLink::NotOurs));
        }
    }
}
