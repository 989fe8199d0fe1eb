//! What changed of a drawing since the one before, line by line: a board of 300 trips is sent whole once, then only what is new
//! of it.

use std::collections::HashMap;

use serde::Serialize;

/// A part of the new drawing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
enum Part<'a> {
    /// So many lines of the old one, from that line on.
    Kept(usize, usize),
    /// A line that the old one had not.
    New(&'a str),
}

/// How the new drawing is made of the old one, as JSON: `[[0, 12], "<tr>…</tr>", [13, 200]]` is its lines 0 to 11, a new line,
/// its lines 13 to 212. Lines may come from anywhere: a trip that is more urgent now moves up. See `patched` in ui/src/stream.ts.
pub fn delta(old: &str, new: &str) -> String {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let old: Vec<&str> = old.split('\n').collect();
    for (place, line) in old.iter().enumerate() {
        places.entry(line).or_insert(place);
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    for line in new.split('\n') {
        // What goes on where the last part ended is taken first: a line may stand several times.
        if let Some(Part::Kept(from, count)) = parts.last_mut()
            && old.get(*from + *count) == Some(&line)
        {
            *count += 1;
            continue;
        }
        parts.push(places.get(line).map_or(Part::New(line), |place| Part::Kept(*place, 1)));
    }
    serde_json::to_string(&parts).expect("numbers and texts")
}

/// The new drawing, as a client makes it of the old one; `None` if the change is not of that one.
pub fn patched(old: &str, delta: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Read {
        Kept(usize, usize),
        New(String),
    }
    let old: Vec<&str> = old.split('\n').collect();
    let parts: Vec<Read> = serde_json::from_str(delta).ok()?;
    let mut lines: Vec<&str> = Vec::new();
    for part in &parts {
        match part {
            Read::New(line) => lines.push(line),
            Read::Kept(from, count) => lines.extend(old.get(*from..from.checked_add(*count)?)?),
        }
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_sent_wherever_the_rest_now_stands() {
        let old =
            "<ul>\n<li>Museum, due 10:30</li>\n<li>Beach, due 11:00</li>\n<li>Farm, due 11:10</li>\n</ul>";
        let new =
            "<ul>\n<li>Beach, due 11:00</li>\n<li>Farm, due 11:10</li>\n<li>Museum, due 11:30</li>\n</ul>";
        let sent = delta(old, new);
        assert_eq!(sent, r#"[[0,1],[2,2],"<li>Museum, due 11:30</li>",[4,1]]"#);
        assert_eq!(patched(old, &sent).as_deref(), Some(new));
    }

    #[test]
    fn every_drawing_is_made_of_the_one_before_it_whatever_they_are() {
        let all =
            ["", "a", "\n", "a\na", "a\nb\na\nb", "b\na\n\n", "c\nb\na\nb\nc", "a\nb\nc\nd\ne", "e\nd\nc"];
        for (old, new) in all.iter().flat_map(|old| all.map(|new| (*old, new))) {
            assert_eq!(patched(old, &delta(old, new)).as_deref(), Some(new), "{old:?} to {new:?}");
        }
        assert_eq!(patched("a", "[[0,2]]"), None, "not of this one");
    }
}
