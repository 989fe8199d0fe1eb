//! The words that are known, and those that make others unclear.

use super::tokens::Token;

/// Where a party says it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Boarded,
    Arrived,
    HandedOver,
    Leaving,
    Back,
}

/// All well.
pub(super) fn is_ok(word: &str) -> bool {
    matches!(word, "ok" | "okay" | "okey" | "oky" | "okk" | "ook" | "oke" | "oki" | "okie" | "kk" | "k")
}

pub(super) fn is_late(word: &str) -> bool {
    is_like(word, "late") || word == "delayed"
}

pub(super) fn is_own(word: &str) -> bool {
    matches!(word, "own" | "owns" | "owned" | "owning" | "onw" | "mine")
}

/// Turns what is said into its contrary.
pub(super) fn is_negation(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "no"
            | "never"
            | "nobody"
            | "none"
            | "cannot"
            | "cant"
            | "dont"
            | "isnt"
            | "arent"
            | "wont"
            | "havent"
            | "hasnt"
            | "wasnt"
            | "didnt"
            | "without"
    )
}

/// Says that something lies ahead, or may be.
pub(super) fn is_hedge(word: &str) -> bool {
    matches!(
        word,
        "will"
            | "shall"
            | "soon"
            | "if"
            | "when"
            | "until"
            | "till"
            | "before"
            | "after"
            | "eta"
            | "expect"
            | "expecting"
            | "should"
            | "might"
            | "may"
            | "maybe"
            | "almost"
            | "nearly"
            | "hope"
            | "hoping"
            | "going"
            | "due"
            | "waiting"
            | "ill"
            | "well"
    )
}

/// The place that the word there names.
pub(super) fn place_at(said: &[Token], at: usize) -> Option<Place> {
    let word = said[at].word()?;
    let next = said.get(at + 1).and_then(Token::word);
    let before = at.checked_sub(1).and_then(|i| said[i].word());
    if is_like(word, "boarded") {
        return Some(Place::Boarded);
    }
    if is_like(word, "arrived") && !matches!(next, Some("back")) {
        return Some(Place::Arrived);
    }
    if is_like(word, "leaving") {
        return Some(Place::Leaving);
    }
    if word == "handover" || (matches!(word, "handed" | "hand") && next == Some("over")) {
        return Some(Place::HandedOver);
    }
    // "Back on the coach", "on our way back", "call me back" are not back at school.
    let elsewhere = matches!(next, Some("on" | "onto" | "in" | "to" | "up" | "seat" | "soon" | "by"))
        && !said[at + 1..].iter().take(3).any(|t| t.word() == Some("school"));
    let on_its_way = matches!(
        before,
        Some(
            "way"
                | "heading"
                | "headed"
                | "coming"
                | "come"
                | "be"
                | "call"
                | "ring"
                | "text"
                | "get"
                | "me"
                | "walking"
                | "driving"
                | "turning"
                | "turn"
                | "the"
                | "at"
        )
    );
    (is_like(word, "back") && !elsewhere && !on_its_way).then_some(Place::Back)
}

/// Stands before a time of day: "at 3", "by 10:30".
pub(super) fn is_before_a_time(word: &str) -> bool {
    matches!(
        word,
        "at" | "by"
            | "til"
            | "till"
            | "until"
            | "around"
            | "about"
            | "from"
            | "since"
            | "room"
            | "gate"
            | "platform"
            | "bay"
            | "year"
            | "yr"
            | "class"
            | "junction"
            | "j"
            | "m"
            | "a"
    )
}

/// Stands after a number that is no headcount.
pub(super) fn is_a_unit(word: &str) -> bool {
    matches!(
        word,
        "min"
            | "mins"
            | "minute"
            | "minutes"
            | "hour"
            | "hours"
            | "hr"
            | "hrs"
            | "h"
            | "pm"
            | "am"
            | "oclock"
            | "th"
            | "st"
            | "nd"
            | "rd"
            | "percent"
            | "mile"
            | "miles"
            | "km"
            | "m"
            | "sick"
            | "missing"
            | "ill"
            | "hurt"
            | "injured"
            | "late"
            | "away"
            | "short"
            | "left"
            | "absent"
            | "down"
            | "adult"
            | "adults"
            | "staff"
            | "teacher"
            | "teachers"
            | "coach"
            | "coaches"
            | "group"
            | "groups"
            | "bus"
            | "buses"
    )
}

/// What can be lost that is no child.
pub(super) fn is_a_thing(word: &str) -> bool {
    matches!(
        word,
        "signal"
            | "phone"
            | "phones"
            | "property"
            | "reception"
            | "way"
            | "time"
            | "connection"
            | "bag"
            | "bags"
            | "coat"
            | "coats"
            | "wifi"
            | "match"
            | "game"
            | "ticket"
            | "tickets"
            | "key"
            | "keys"
            | "purse"
            | "wallet"
    )
}

/// HELP with one slip.
pub(super) fn is_misspelt_help(word: &str) -> bool {
    matches!(
        word,
        "hlep" | "hepl" | "ehlp" | "helpp" | "hellp" | "heelp" | "hhelp" | "hel" | "hlp" | "halp" | "jelp"
    )
}

/// Words that are one letter from ours and mean something else.
const OTHERS: [&str; 9] =
    ["later", "black", "leading", "boarder", "arrives", "backs", "backed", "plate", "lathe"];

/// Whether a word is the one that is meant, but for one slip: of a long word (five letters or more) any one letter, of a
/// short one only a letter left out, doubled in or swapped. The first letter is always right.
pub(super) fn is_like(word: &str, meant: &str) -> bool {
    if word == meant {
        return true;
    }
    if word.chars().next() != meant.chars().next() || OTHERS.contains(&word) {
        return false;
    }
    let (word, meant): (Vec<char>, Vec<char>) = (word.chars().collect(), meant.chars().collect());
    match word.len().cmp(&meant.len()) {
        std::cmp::Ordering::Less => is_without_one(&meant, &word),
        std::cmp::Ordering::Greater => is_without_one(&word, &meant),
        std::cmp::Ordering::Equal => {
            is_swapped(&word, &meant) || (meant.len() >= 5 && differs_once(&word, &meant))
        }
    }
}

fn is_without_one(long: &[char], short: &[char]) -> bool {
    long.len() == short.len() + 1
        && (0..long.len()).any(|at| long[..at] == short[..at] && long[at + 1..] == short[at..])
}

fn differs_once(a: &[char], b: &[char]) -> bool {
    a.iter().zip(b).filter(|(x, y)| x != y).count() == 1
}

fn is_swapped(a: &[char], b: &[char]) -> bool {
    let at: Vec<usize> = (0..a.len()).filter(|i| a[*i] != b[*i]).collect();
    matches!(at[..], [i, j] if j == i + 1 && a[i] == b[j] && a[j] == b[i])
}
