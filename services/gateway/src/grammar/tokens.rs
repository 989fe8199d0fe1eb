//! A text as words and numbers; everything else only parts them.

/// The most tokens that are looked at.
const MAX_TOKENS: usize = 120;

/// A word in lower case, or a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    Word(String),
    Number(u32),
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Number(_) => None,
        }
    }

    pub(super) fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Word(_) => None,
        }
    }
}

/// Splits a text; "ok31" is a word and a number, "isn't" is "isnt", "S.O.S" is "sos", "0k" is "ok".
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let clean: String = text.chars().filter(|c| !matches!(c, '\'' | '\u{2019}' | '`')).collect();
    let mut found = Vec::new();
    let mut open = String::new();
    for c in clean.chars().chain(std::iter::once(' ')) {
        let is_digit = c.is_ascii_digit();
        let goes_on = if open.ends_with(|l: char| l.is_ascii_digit()) { is_digit } else { c.is_alphabetic() };
        if !open.is_empty() && !goes_on {
            found.push(token(&std::mem::take(&mut open)));
        }
        if is_digit || c.is_alphabetic() {
            open.extend(c.to_lowercase());
        }
    }
    found.truncate(MAX_TOKENS);
    join_letters(zero_as_letter(found))
}

fn token(text: &str) -> Token {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Token::Word(text.to_owned());
    }
    // Digits beyond any number are one that is too large for anything.
    Token::Number(text.parse().unwrap_or(u32::MAX))
}

/// A nought typed for an O: "0k".
fn zero_as_letter(all: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(all.len());
    for token in all {
        match (joined.last(), &token) {
            (Some(Token::Number(0)), Token::Word(word)) if matches!(word.as_str(), "k" | "kay") => {
                joined.pop();
                joined.push(Token::Word(format!("o{word}")));
            }
            _ => joined.push(token),
        }
    }
    joined
}

/// Single letters next to each other are one word.
fn join_letters(all: Vec<Token>) -> Vec<Token> {
    let is_letter = |token: &Token| token.word().is_some_and(|w| w.chars().count() == 1);
    let mut joined: Vec<Token> = Vec::with_capacity(all.len());
    let mut last_was_letter = false;
    for token in all {
        let letter = is_letter(&token);
        match (joined.last_mut(), &token) {
            (Some(Token::Word(open)), Token::Word(more)) if letter && last_was_letter => open.push_str(more),
            _ => joined.push(token),
        }
        last_was_letter = letter;
    }
    joined
}
