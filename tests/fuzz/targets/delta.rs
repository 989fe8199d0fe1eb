//! What the live board's stream sends of a change: the new drawing is made of the old one and it, whatever they are; a
//! drawing that didn't change costs nothing; what each session puts in the place of the form's token may be put in after.
//!
//! The input: the old drawing; after a zero byte how the new one is made of it, four bytes a step. What is left is a new
//! line.
#![no_main]

use board::delta::{delta, patched};
use board::stream::FORM_TOKEN_MARK;
use libfuzzer_sys::fuzz_target;

fn newer(old: &str, steps: &[u8]) -> String {
    let mut lines: Vec<String> = old.split('\n').map(str::to_owned).collect();
    for four in steps.chunks_exact(4).take(64) {
        let (op, from, to, letter) = (four[0], usize::from(four[1]), usize::from(four[2]), four[3]);
        let count = lines.len().max(1);
        let (from, to) = (from % count, to % count);
        match op % 8 {
            0 if !lines.is_empty() => lines.swap(from, to),
            1 if !lines.is_empty() => drop(lines.remove(from)),
            2 if !lines.is_empty() => lines.insert(to, lines[from].clone()),
            3 => lines.insert(to.min(lines.len()), char::from(letter).to_string()),
            4 if !lines.is_empty() => lines[from].push(char::from(letter)),
            5 if !lines.is_empty() => lines[from].push_str(FORM_TOKEN_MARK),
            6 if !lines.is_empty() => lines.rotate_left(from),
            _ => lines.truncate(from),
        }
    }
    lines.join("\n")
}

fn holds(old: &str, new: &str) {
    let sent = delta(old, new);
    assert_eq!(patched(old, &sent).as_deref(), Some(new), "{old:?} to {new:?} by {sent}");
    assert!(!sent.contains(['\n', '\r']), "an event's data is one line");
    // A kept line takes twenty characters or so more than the line itself, in the worst case.
    let whole = serde_json::to_string(new).expect("a text").len();
    assert!(sent.len() <= whole + 48 * (new.matches('\n').count() + 1), "{} of {whole}", sent.len());
    let token = "T0k-en_of~this";
    let own = |text: &str| text.replace(FORM_TOKEN_MARK, token);
    assert_eq!(patched(&own(old), &own(&sent)), Some(own(new)));
}

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let Ok(old) = std::str::from_utf8(&data[..at]) else { return };
    let steps = data.get(at + 1..).unwrap_or_default();
    let new = newer(old, steps);
    holds(old, &new);
    holds(&new, old);
    holds("", old);
    let same = delta(old, old);
    assert_eq!(same, format!("[[0,{}]]", old.split('\n').count()), "nothing changed");
    if let Ok(sent) = std::str::from_utf8(steps) {
        // A change that isn't ours is followed or isn't.
        let _ = patched(old, sent);
    }
});
