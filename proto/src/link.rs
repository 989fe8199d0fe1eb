//! The signed, expiring link to the phone page, texted to an issued work mobile.
//!
//! The token is base64url of `payload ‖ MAC`: the payload names the device, the trip, the end and the school; the MAC is
//! the first 16 bytes of BLAKE3, keyed with a secret of the installation. The gateway makes it when it sends the text, the
//! board verifies it. It never enters an event, and it opens one trip's page to one device only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
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

/// How long a link opens after it was sent.
pub const LINK_OPENS: SignedDuration = SignedDuration::from_hours(36);

/// The word that opens a link's page in a further browser: eight characters that can't be mistaken for one another, texted
/// to the link's own phone. It follows from the key, the phone, the trip and the half hour: nothing of it is kept anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct PageWord(String);

/// A word opens in the half hour that it was made in, and in the next.
const WORD_SECS: i64 = 30 * 60;
const WORD_CHARS: usize = 8;
/// No vowels, so that it is no word; nothing that looks like something else.
const WORD_ALPHABET: &[u8; 28] = b"23456789BCDFGHJKMNPQRSTVWXYZ";

impl PageWord {
    /// The word of now.
    pub fn of(key: &LinkKey, school: &SchoolId, trip: TripId, device: DeviceId, now: Timestamp) -> Self {
        Self::in_slot(key, school, trip, device, now.as_second().div_euclid(WORD_SECS))
    }

    /// Whether what somebody typed is the word of now, or of the half hour before.
    pub fn opens(
        key: &LinkKey,
        (school, trip, device): (&SchoolId, TripId, DeviceId),
        typed: &str,
        now: Timestamp,
    ) -> bool {
        let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
        let typed = typed.to_ascii_uppercase();
        let slot = now.as_second().div_euclid(WORD_SECS);
        let is = |slot| same(Self::in_slot(key, school, trip, device, slot).0.as_bytes(), typed.as_bytes());
        is(slot) | is(slot - 1)
    }

    /// As it is texted: `KXQT-7M4P`.
    pub fn shown(&self) -> String {
        let (first, rest) = self.0.split_at(WORD_CHARS / 2);
        format!("{first}-{rest}")
    }

    fn in_slot(key: &LinkKey, school: &SchoolId, trip: TripId, device: DeviceId, slot: i64) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(b"homeward page word v1");
        hasher.update(device.0.as_bytes());
        hasher.update(trip.0.as_bytes());
        hasher.update(&slot.to_be_bytes());
        hasher.update(school.as_str().as_bytes());
        let mut bytes = [0; 8 * WORD_CHARS];
        hasher.finalize_xof().fill(&mut bytes);
        // 64 bits for each character: none is likelier than another by more than can be counted.
        let chars = bytes.as_chunks::<8>().0.iter().map(|chunk| {
            let number = u64::from_be_bytes(*chunk) % WORD_ALPHABET.len() as u64;
            char::from(WORD_ALPHABET[usize::try_from(number).expect("less than 28")])
        });
        Self(chars.collect())
    }
}

impl std::fmt::Debug for PageWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageWord")
    }
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
    /// When it was sent.
    pub fn sent_at(&self) -> Timestamp {
        self.expires_at.saturating_sub(LINK_OPENS).unwrap_or(Timestamp::MIN)
    }

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

    #[test]
    fn a_word_opens_its_own_page_in_its_half_hour_and_the_next_however_it_is_typed() {
        let PageLink { school, trip, device, .. } = link();
        let of = |now| PageWord::of(&[7; 32], &school, trip, device, at(now)).shown();
        let opens = |typed: &str, now| PageWord::opens(&[7; 32], (&school, trip, device), typed, at(now));
        let word = of("2026-11-20T09:10:00Z");
        assert_eq!((word.len(), word.find('-')), (9, Some(4)), "{word}");
        for typed in [word.clone(), word.to_lowercase(), word.replace('-', " "), format!(" {word}. ")] {
            assert!(
                opens(&typed, "2026-11-20T09:00:00Z") && opens(&typed, "2026-11-20T09:59:59Z"),
                "{typed}"
            );
            assert!(
                !opens(&typed, "2026-11-20T10:00:00Z") && !opens(&typed, "2026-11-20T08:59:59Z"),
                "{typed}"
            );
        }
        assert!(!opens("", "2026-11-20T09:10:00Z") && !opens("2222-2222", "2026-11-20T09:10:00Z"));
        assert_ne!(of("2026-11-20T09:30:00Z"), word, "each half hour has its own");
        let other = |key: LinkKey, trip, device| {
            PageWord::of(&key, &school, trip, device, at("2026-11-20T09:10:00Z"))
        };
        let all = [
            other([7; 32], trip, device),
            other([8; 32], trip, device),
            other([7; 32], TripId::derived(Uuid::nil(), 3), device),
            other([7; 32], trip, DeviceId::derived(Uuid::nil(), 4)),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(
                all[n + 1..].iter().all(|two| one != two),
                "each phone, trip and installation has its own"
            );
        }
        assert_eq!(format!("{:?}", all[0]), "PageWord", "it is never printed by accident");
    }
}
