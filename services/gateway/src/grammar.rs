//! What a text says. Tolerant of case, punctuation, spaces, emoji, words around and one slipped letter; it never
//! guesses: a question, a 'not', a 'when' make a word unclear, and a headcount is the one number that stands with the word. One
//! that can be no headcount ("ok 99999") makes the whole a miscount: the count is asked for.
//!
//! Calls for help come first and are the most easily believed; LOST comes next; then reply codes; then check-in words.

mod tokens;
mod words;

use proto::v1::alerts::ReplyCode;
use proto::v1::checkins::Word;
use proto::v1::gateway::Meaning;
use proto::values::Headcount;

use self::tokens::{Token, tokens};
use self::words::{Place, is_hedge, is_negation, is_ok, place_at};

/// The range of reply codes.
const CODES: std::ops::RangeInclusive<u32> = 100..=999;

/// The most minutes that LATE takes.
const MAX_LATE_MINUTES: u32 = 600;

/// The most words between a check-in word and its number.
const MAX_WORDS_BETWEEN: usize = 3;

/// The most words of a text in which a misspelt HELP is still taken for one.
const MAX_WORDS_OF_MISSPELT_HELP: usize = 3;

/// Reads a text. `is_open` tells whether a code is that of an open case.
pub fn read(body: &str, is_open: impl Fn(ReplyCode) -> bool) -> Meaning {
    let said = tokens(body);
    if is_help(&said, &is_open) {
        return Meaning::Help {};
    }
    if is_lost(&said) {
        return Meaning::Lost {};
    }
    carrier_word(&said)
        .or_else(|| owning(&said))
        .or_else(|| (!body.contains('?')).then(|| check_in(&said, &is_open)).flatten())
        .unwrap_or(Meaning::Unclear {})
}

fn words(said: &[Token]) -> impl Iterator<Item = &str> {
    said.iter().filter_map(Token::word)
}

fn numbers(said: &[Token]) -> impl Iterator<Item = u32> + '_ {
    said.iter().filter_map(Token::number)
}

/// CHECK-6: believed wherever it stands, but in thanks for help.
fn is_help(said: &[Token], is_open: &impl Fn(ReplyCode) -> bool) -> bool {
    let thanks = words(said).any(|w| matches!(w, "thanks" | "thank" | "thx" | "ta" | "cheers"));
    let certain = |w: &str| matches!(w, "sos" | "emergency" | "ambulance" | "mayday");
    let dials = |n| n == 999 && !is_open(ReplyCode(999)) && !words(said).any(words::is_own);
    let short = said.len() <= MAX_WORDS_OF_MISSPELT_HELP;
    let asks = |w: &str| w == "help" && !thanks;
    let misspelt = |w: &str| short && !thanks && words::is_misspelt_help(w);
    words(said).any(|w| certain(w) || asks(w) || misspelt(w)) || numbers(said).any(dials)
}

/// CHECK-8: LOST, unless a thing is said to be lost.
fn is_lost(said: &[Token]) -> bool {
    said.iter().enumerate().any(|(at, token)| {
        let next = said[at + 1..].iter().take(2).filter_map(Token::word);
        token.word() == Some("lost") && !next.into_iter().any(words::is_a_thing)
    })
}

/// The carrier's own words stand alone.
fn carrier_word(said: &[Token]) -> Option<Meaning> {
    let [Token::Word(word)] = said else { return None };
    match word.as_str() {
        "stop" | "stopall" | "unsubscribe" | "cancel" | "end" | "quit" => Some(Meaning::OptOut {}),
        "start" | "unstop" | "yes" => Some(Meaning::OptIn {}),
        _ => None,
    }
}

/// "417", "own 417", "I'll own 417 thanks".
fn owning(said: &[Token]) -> Option<Meaning> {
    let owns = words(said).any(words::is_own);
    let all: Vec<u32> = numbers(said).collect();
    let [number] = all[..] else { return None };
    let code = CODES.contains(&number).then(|| u16::try_from(number).ok().map(ReplyCode)).flatten();
    match (code, owns, said.len()) {
        (Some(_), true, _) if words(said).any(is_negation) => Some(Meaning::Unclear {}),
        (Some(code), true, _) | (Some(code), false, 1) => Some(Meaning::Owns { code }),
        (None, true, _) | (Some(_) | None, false, _) => None,
    }
}

fn check_in(said: &[Token], is_open: &impl Fn(ReplyCode) -> bool) -> Option<Meaning> {
    if words(said).any(is_negation) {
        return None;
    }
    let (word, at) = the_word(said)?;
    if word == Spoken::Late {
        return late(said);
    }
    let word = word.word()?;
    let alone = numbers(said).count() == 1;
    let number = number_of(said, at).filter(|_| alone);
    let code = number.filter(|n| CODES.contains(n)).and_then(|n| u16::try_from(n).ok()).map(ReplyCode);
    Some(match (code.filter(|code| is_open(*code)), number.map(Headcount::new)) {
        (Some(code), _) => Meaning::Either { word, code },
        (None, None) => Meaning::Says { word, headcount: None },
        (None, Some(Ok(count))) => Meaning::Says { word, headcount: Some(count) },
        // Somebody counted, and slipped: asked again, the count is right; dropped, nobody would notice.
        (None, Some(Err(_))) => Meaning::Miscounted { word },
    })
}

/// A word as it is spoken: LATE has its minutes elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Ok,
    Late,
    At(Place),
}

impl Spoken {
    fn word(self) -> Option<Word> {
        match self {
            Self::Ok => Some(Word::Ok),
            Self::Late => None,
            Self::At(Place::Boarded) => Some(Word::Boarded),
            Self::At(Place::Arrived) => Some(Word::Arrived),
            Self::At(Place::HandedOver) => Some(Word::HandedOver),
            Self::At(Place::Leaving) => Some(Word::Leaving),
            Self::At(Place::Back) => Some(Word::Back),
        }
    }
}

/// The one word that is meant, and where it stands: OK gives way to any other; two others are unclear.
fn the_word(said: &[Token]) -> Option<(Spoken, usize)> {
    let hedged = words(said).any(is_hedge);
    let mut ok = None;
    let mut found: Option<(Spoken, usize)> = None;
    for (at, token) in said.iter().enumerate() {
        let Some(word) = token.word() else { continue };
        let spoken = match place_at(said, at) {
            Some(place) if !hedged => Spoken::At(place),
            _ if words::is_late(word) => Spoken::Late,
            _ => {
                if is_ok(word) && ok.is_none() {
                    ok = Some((Spoken::Ok, at));
                }
                continue;
            }
        };
        match found {
            Some((other, _)) if other != spoken => return None,
            Some(_) => {}
            None => found = Some((spoken, at)),
        }
    }
    found.or(ok)
}

/// The number that stands with the word: near it, not a time of day, not so many minutes, miles or missing.
fn number_of(said: &[Token], word_at: usize) -> Option<u32> {
    let near = |at: usize| at.abs_diff(word_at) <= MAX_WORDS_BETWEEN + 1;
    let before = |at: usize| at.checked_sub(1).and_then(|i| said[i].word());
    let after = |at: usize| said.get(at + 1).and_then(Token::word);
    said.iter().enumerate().find_map(|(at, token)| {
        let number = token.number()?;
        let is_time = before(at).is_some_and(words::is_before_a_time);
        let is_other = after(at).is_some_and(words::is_a_unit);
        (near(at) && !is_time && !is_other).then_some(number)
    })
}

/// "late 20", "20 mins late", "running late, 1 hour". Without exactly one number nobody knows how late.
fn late(said: &[Token]) -> Option<Meaning> {
    let all: Vec<usize> =
        said.iter().enumerate().filter(|(_, t)| t.number().is_some()).map(|(i, _)| i).collect();
    let [at] = all[..] else { return None };
    if at.checked_sub(1).and_then(|i| said[i].word()).is_some_and(words::is_before_a_time) {
        return None;
    }
    let number = said[at].number()?;
    let minutes = match said.get(at + 1).and_then(Token::word) {
        Some("hour" | "hours" | "hr" | "hrs" | "h") => number.checked_mul(60)?,
        _ => number,
    };
    let minutes = u16::try_from(minutes).ok().filter(|m| (1..=MAX_LATE_MINUTES).contains(&u32::from(*m)))?;
    Some(Meaning::Says { word: Word::Late { minutes }, headcount: None })
}
