//! A duress word is found, and taken out, at the door: it never gets into a command or an event. [CHECK-6]

use proto::ids::TripId;
use proto::values::DuressHash;

/// The most words of a text in which it is looked for.
const MAX_WORDS: usize = 200;

/// Takes the duress word of a trip out of a text, wherever it stands and however it is written (a phrase may be written
/// in several words); says whether it was there.
pub(crate) fn taken_out(key: &[u8; 32], trip: TripId, expected: DuressHash, text: &str) -> (String, bool) {
    let mut words: Vec<&str> = text.split_whitespace().take(MAX_WORDS).collect();
    let mut found = false;
    while let Some((from, to)) = phrase(key, trip, expected, &words) {
        words.drain(from..to);
        found = true;
    }
    if found { (words.join(" "), true) } else { (text.to_owned(), false) }
}

/// Where it stands among the words.
fn phrase(key: &[u8; 32], trip: TripId, expected: DuressHash, words: &[&str]) -> Option<(usize, usize)> {
    let letters = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).count();
    (0..words.len()).find_map(|from| {
        let mut joined = String::new();
        let mut count = 0;
        for (to, word) in words.iter().enumerate().skip(from) {
            joined.push_str(word);
            count += letters(word);
            if count > DuressHash::MAX_LETTERS {
                return None;
            }
            if DuressHash::of(key, trip, &joined) == Some(expected) {
                return Some((from, to + 1));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CHECK-6: the word is gone from what is kept, in whatever dress it came.
    #[test]
    fn a_duress_word_is_taken_out_and_told() {
        let trip = TripId::derived(uuid::Uuid::nil(), 1);
        let hash = DuressHash::of(&[1; 32], trip, "bluebird").expect("a word");
        for (text, rest) in [
            ("OK 31 bluebird", "OK 31"),
            ("Bluebird! ok 31", "ok 31"),
            ("ok, BLUE bird, 31", "ok, 31"),
            ("bluebird", ""),
            ("bluebird ok bluebird", "ok"),
        ] {
            assert_eq!(taken_out(&[1; 32], trip, hash, text), (rest.to_owned(), true), "{text}");
        }
        for text in ["OK 31", "ok blue 31", "bluebirds ok", ""] {
            assert_eq!(taken_out(&[1; 32], trip, hash, text), (text.to_owned(), false), "{text}");
        }
        assert!(!taken_out(&[2; 32], trip, hash, "bluebird").1, "another installation's key");
        assert!(
            !taken_out(&[1; 32], TripId::derived(uuid::Uuid::nil(), 2), hash, "bluebird").1,
            "another trip"
        );
    }
}
