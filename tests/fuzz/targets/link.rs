//! The leader's link, and the word of a further browser: what was signed is read as it was, until its end, by its own key alone; whatever
//! differs from it by a byte is none of ours; and no text but the word opens. The input: what somebody sent as the token and as the word;
//! its first bytes also make a link.
#![no_main]

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::ids::{DeviceId, SchoolId, TripId};
use proto::link::{BadLink, PageLink, PageWord};
use uuid::Uuid;

const KEY: [u8; 32] = [7; 32];

fn made(data: &[u8; 21]) -> PageLink {
    let [end @ .., a, b, c, d, school] = *data;
    let id: [u8; 16] = end;
    let names = ["elmfield", "st-marys", "a", "hillside-primary-2"];
    PageLink {
        school: SchoolId::parse(names[usize::from(school) % names.len()]).expect("a slug"),
        trip: TripId(Uuid::from_bytes(id)),
        device: DeviceId(Uuid::from_bytes(id.map(|byte| !byte))),
        expires_at: Timestamp::from_second(i64::from(u32::from_be_bytes([a, b, c, d]))).expect("an instant"),
    }
}

fn holds(link: &PageLink, changes: &[u8]) {
    let token = link.sign(&KEY);
    assert!(token.len() <= 140, "it fits a text: {}", token.len());
    let before = link.expires_at.saturating_sub(jiff::SignedDuration::from_secs(1)).expect("an instant");
    assert_eq!(PageLink::verify(&KEY, &token, before).as_ref(), Ok(link));
    assert_eq!(PageLink::verify(&KEY, &token, link.expires_at), Err(BadLink::Expired));
    assert_eq!(PageLink::verify(&[8; 32], &token, before), Err(BadLink::NotOurs));
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).expect("it is base64url");
    for two in changes.chunks_exact(2).take(16) {
        let mut changed = bytes.clone();
        let at = usize::from(two[0]) % changed.len();
        changed[at] ^= two[1];
        let found = PageLink::verify(&KEY, &BASE64_URL_SAFE_NO_PAD.encode(&changed), before);
        assert_eq!(found.is_ok(), two[1] == 0, "byte {at} was changed");
        let short = BASE64_URL_SAFE_NO_PAD.encode(&bytes[..at]);
        assert_eq!(PageLink::verify(&KEY, &short, before), Err(BadLink::NotOurs));
    }
}

fn opens_by_its_word_alone(link: &PageLink, typed: &str) {
    let (school, trip, device) = (&link.school, link.trip, link.device);
    let words = [0, 30].map(|minutes| {
        let then =
            link.expires_at.saturating_sub(jiff::SignedDuration::from_mins(minutes)).expect("an instant");
        PageWord::of(&KEY, school, trip, device, then).shown()
    });
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
    };
    for text in
        [typed.to_owned(), words[0].clone(), words[1].to_ascii_lowercase(), format!("{}{typed}", words[0])]
    {
        let is = words.iter().any(|word| plain(word) == plain(&text));
        assert_eq!(PageWord::opens(&KEY, (school, trip, device), &text, link.expires_at), is, "{text:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let now = Timestamp::from_second(1_795_000_000).expect("an instant");
    assert!(PageLink::verify(&KEY, &text, now).is_err(), "nobody signs with our key but us: {text:?}");
    let Some((first, rest)) = data.split_first_chunk::<21>() else { return };
    let link = made(first);
    if link.expires_at.as_second() > 4_000 {
        holds(&link, rest);
        opens_by_its_word_alone(&link, &String::from_utf8_lossy(rest));
    }
});
