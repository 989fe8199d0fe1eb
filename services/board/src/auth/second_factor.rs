//! The second factor: codes of an app on somebody's phone (TOTP, RFC 6238: six digits, a new one each thirty seconds), and
//! ten codes on paper for the day on which that phone is lost.
//!
//! The app's secret is kept nowhere: it follows from a salt in the database and a key of the installation's. Whoever has a
//! copy of the one has no code without the other.

use proto::Timestamp;
use proto::envelope::Hash;
use totp_rs::{Builder, Totp};

use crate::db::{LoginId, StoredFactor};

/// The digits of a code of the app.
const DIGITS: usize = 6;

/// How many codes there are on paper.
pub(crate) const ON_PAPER: usize = 10;

/// An app that tells codes, as it is set up.
pub(crate) struct App(Totp);

impl App {
    /// The app of a log-in. `name` and `school` are what it shows its codes under.
    pub(crate) fn new(key: &[u8; 32], login: LoginId, salt: &[u8; 16], name: &str, school: &str) -> Self {
        let material = [&login.0.as_bytes()[..], &salt[..]].concat();
        let secret = blake3::keyed_hash(key, &material).as_bytes()[..20].to_vec();
        // A colon parts the two in the address that the app reads.
        let plain = |text: &str| text.replace(':', " ");
        let issuer = Some(format!("Homeward, {}", plain(school)));
        let totp = Builder::new().with_secret(secret).with_account_name(plain(name)).with_issuer(issuer);
        Self(totp.build().expect("twenty bytes, no colons, and the standard's other values"))
    }

    /// What its QR code says.
    pub(crate) fn address(&self) -> String {
        self.0.to_url().expect("it was built with a name")
    }

    /// The secret, to be typed where no camera is: groups of four.
    pub(crate) fn typed(&self) -> String {
        let secret = self.0.secret().to_base32();
        let groups: Vec<String> =
            secret.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned()).collect();
        groups.join(" ")
    }

    /// The step whose six digits these are: this half minute's, the one before or the one after, for clocks that differ.
    /// None for any other, and for one that was taken before.
    pub(crate) fn step_of(&self, digits: &str, stored: &StoredFactor, now: Timestamp) -> Option<u64> {
        let now = u64::try_from(now.as_second()).ok()?;
        self.0.check(digits, now).filter(|step| *step > stored.last_step)
    }

    /// The code at that time: what the app shows.
    #[cfg(test)]
    fn code_at(&self, now: Timestamp) -> String {
        self.0.generate(now.as_second().unsigned_abs()).to_string()
    }
}

/// Letters and digits that nobody mistakes for another on paper.
const PAPER_LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// New codes on paper: `abcd-efgh-jkmn`, 59 random bits each.
pub(crate) fn new_codes() -> Vec<String> {
    (0..ON_PAPER).map(|_| new_code()).collect()
}

fn new_code() -> String {
    use rand::seq::IndexedRandom;
    let mut rng = rand::rng();
    let group = |rng: &mut rand::rngs::ThreadRng| -> String {
        (0..4).map(|_| char::from(*PAPER_LETTERS.choose(rng).expect("there are letters"))).collect()
    };
    (0..3).map(|_| group(&mut rng)).collect::<Vec<_>>().join("-")
}

/// What is kept of a code on paper. Case, spaces and hyphens don't count.
pub(crate) fn paper_hash(code: &str) -> Hash {
    Hash::of(plain(code).as_bytes())
}

fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A code, as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Six digits: the app's. These can be guessed at, and are never looked for in anything longer.
    OfTheApp(String),
    /// Anything else: one on paper, or none.
    OnPaper(Hash),
}

impl Typed {
    /// Case, spaces and hyphens don't count.
    pub(crate) fn read(code: &str) -> Self {
        let plain = plain(code);
        if plain.len() == DIGITS && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::OfTheApp(plain);
        }
        Self::OnPaper(paper_hash(code))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const KEY: [u8; 32] = [9; 32];

    fn app(salt: u8) -> App {
        App::new(&KEY, LoginId(Uuid::nil()), &[salt; 16], "ruth", "Elmfield: the school")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    const fn fresh(last_step: u64) -> StoredFactor {
        StoredFactor { salt: [1; 16], confirmed_at: None, last_step }
    }

    #[test]
    fn a_code_holds_for_its_half_minute_and_one_on_either_side_and_is_taken_once() {
        let (app, now) = (app(1), at("2026-11-20T09:00:10Z"));
        let code = app.code_at(now);
        let step = app.step_of(&code, &fresh(0), now).expect("its own half minute");
        for near in ["2026-11-20T08:59:40Z", "2026-11-20T09:00:40Z"] {
            assert_eq!(app.step_of(&code, &fresh(0), at(near)), Some(step), "{near}");
        }
        for far in ["2026-11-20T08:59:20Z", "2026-11-20T09:01:05Z"] {
            assert_eq!(app.step_of(&code, &fresh(0), at(far)), None, "{far}");
        }
        assert_eq!(app.step_of(&code, &fresh(step), now), None, "taken before");
        assert_eq!(app.step_of("", &fresh(0), now), None);
    }

    #[test]
    fn each_salt_and_each_installation_has_codes_of_its_own() {
        let now = at("2026-11-20T09:00:10Z");
        let other = App::new(&[8; 32], LoginId(Uuid::nil()), &[1; 16], "ruth", "Elmfield");
        assert_ne!(app(1).typed(), app(2).typed());
        assert_ne!(app(1).typed(), other.typed());
        assert_eq!(app(1).code_at(now), app(1).code_at(now));
        let address = app(1).address();
        assert!(address.starts_with("otpauth://totp/"), "{address}");
        assert!(address.contains("issuer=Homeward"), "{address}");
    }

    /// Codes on paper have no limit to all of them together: no code of the app is guessed by way of them. Decision 37.
    #[test]
    fn only_six_digits_alone_are_a_code_of_the_app() {
        for of_the_app in ["123456", " 123 456 ", "123-456"] {
            assert!(Typed::read(of_the_app) == Typed::OfTheApp("123456".to_owned()), "{of_the_app}");
        }
        for other in ["", "12345", "1234567", "123456a", "a1b2-c3d4-e5f6", "1234-5612-3456", "١٢٣٤٥٦"] {
            assert!(Typed::read(other) == Typed::OnPaper(paper_hash(other)), "{other}");
        }
    }

    #[test]
    fn codes_on_paper_differ_and_are_read_however_they_are_typed() {
        let codes = new_codes();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!((codes.len(), distinct.len()), (ON_PAPER, ON_PAPER));
        let shouted = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(paper_hash(&shouted), paper_hash(&codes[0]));
        assert_ne!(paper_hash(&codes[0]), paper_hash(&codes[1]));
    }
}
