//! Charts as SVG, drawn here: bars for weeks. Each has a title and says in words what it shows; a table with the same figures
//! stands beside it. Colour is never the only sign: parts differ in shade, and print in black and white.
//!
//! Across, everything is in per cent, so that it fits any width without making letters smaller.

use std::fmt::Write;

use super::html::Html;

/// A bar: what stands below it, and its parts from the ground up.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) parts: Vec<u32>,
}

/// What a chart is about: an id of its own, its title, what its parts are called, from the ground up.
pub(super) struct About<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) parts: &'a [&'a str],
}

const HEIGHT: f64 = 168.0;
/// Where bars stand, and how high they go.
const GROUND: f64 = 142.0;
const CEILING: f64 = 18.0;
/// What the scale takes on the left, in per cent.
const LEFT: f64 = 7.0;
/// The most labels below the bars: more don't fit on a phone.
const MOST_LABELS: usize = 6;

/// The shades of a bar's parts, as the style sheet has them.
const SHADES: [&str; 2] = ["first", "second"];

/// A round number that is not below the largest bar.
fn top(most: u32) -> u32 {
    let step = match most {
        ..=4 => 2,
        5..=20 => 4,
        21..=100 => 20,
        101..=500 => 100,
        _ => 500,
    };
    most.div_ceil(step).max(1) * step
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Bars side by side.
pub(super) fn bars(about: &About<'_>, all: &[Bar]) -> Html {
    let About { id, title, parts } = about;
    let most = all.iter().map(|bar| bar.parts.iter().sum::<u32>()).max().unwrap_or(0);
    let top = top(most);
    let mut svg = format!(
        "<figure class=\"chart\"><svg role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" width=\"100%\" height=\"{HEIGHT}\">\
         <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
        escaped(title),
        escaped(&said(parts, all))
    );
    for value in [0, top / 2, top] {
        let y = GROUND - (GROUND - CEILING) * f64::from(value) / f64::from(top);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"0\" y=\"{:.1}\">{value}</text>",
            y - 4.0
        );
    }
    let place = (100.0 - LEFT) / all.len().max(1) as f64;
    let every = all.len().div_ceil(MOST_LABELS).max(1);
    for (number, bar) in all.iter().enumerate() {
        let x = LEFT + place * number as f64;
        draw(&mut svg, bar, (x + place * 0.16, place * 0.68), top);
        if number.is_multiple_of(every) {
            let (middle, y) = (x + place * 0.5, GROUND + 18.0);
            let label = escaped(&bar.label);
            let _ = write!(svg, "<text class=\"below\" x=\"{middle:.2}%\" y=\"{y}\">{label}</text>");
        }
    }
    svg.push_str("</svg>");
    if parts.len() > 1 {
        let key = SHADES.iter().zip(*parts).map(|(shade, name)| {
            format!("<span><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect class=\"{shade}\" width=\"12\" height=\"12\"/></svg> {}</span>", escaped(name))
        });
        svg.push_str(&format!("<figcaption>{}</figcaption>", key.collect::<String>()));
    }
    Html::trusted(svg + "</figure>")
}

/// The parts of one bar, one on the other.
fn draw(svg: &mut String, bar: &Bar, (x, width): (f64, f64), top: u32) {
    let mut foot = GROUND;
    for (shade, part) in SHADES.iter().zip(&bar.parts).filter(|(_, part)| **part > 0) {
        let height = (GROUND - CEILING) * f64::from(*part) / f64::from(top);
        foot -= height;
        let _ = write!(
            svg,
            "<rect class=\"{shade}\" x=\"{x:.2}%\" y=\"{foot:.1}\" width=\"{width:.2}%\" height=\"{height:.1}\"/>"
        );
    }
}

/// What it shows, in words.
fn said(parts: &[&str], all: &[Bar]) -> String {
    let sums = parts.iter().enumerate().map(|(index, name)| {
        let sum: u32 = all.iter().filter_map(|bar| bar.parts.get(index)).sum();
        format!("{sum} {name}")
    });
    let mut said = format!("{} in {} weeks.", sums.collect::<Vec<_>>().join(", "), all.len());
    let full = all.iter().max_by_key(|bar| bar.parts.iter().sum::<u32>());
    if let Some(bar) = full.filter(|bar| bar.parts.iter().any(|part| *part > 0)) {
        let most: u32 = bar.parts.iter().sum();
        let _ = write!(said, " Most in the week of {}: {most}.", bar.label);
    }
    said
}

/// How long a line is, in per cent of the longest.
pub(super) fn share(of: u32, most: u32) -> String {
    format!("{:.1}%", 100.0 * f64::from(of) / f64::from(most.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_says_in_words_what_it_shows_and_survives_nothing_at_all() {
        let one = |parts: &[u32]| Bar { label: "7 <Sep>".to_owned(), parts: parts.to_vec() };
        let about = About { id: "checkins", title: "Check-ins & misses", parts: &["in time", "missed"] };
        let shown = bars(&about, &[one(&[7, 1]), one(&[0, 0])]).into_string();
        assert!(shown.contains("<title id=\"checkins-title\">Check-ins &amp; misses</title>"), "{shown}");
        let words = "7 in time, 1 missed in 2 weeks. Most in the week of 7 &lt;Sep&gt;: 8.</desc>";
        assert!(shown.contains(words), "{shown}");
        // A part of a bar, and one in the key.
        assert!(shown.matches("class=\"second\"").count() == 2 && !shown.contains("<Sep>"), "{shown}");
        let trips = About { id: "trips", title: "Trips", parts: &["trips"] };
        let none = bars(&trips, &[]).into_string();
        assert!(none.contains("0 trips in 0 weeks.</desc>") && !none.contains("NaN"), "{none}");
        assert_eq!([0, 4, 5, 21, 100, 101].map(top), [2, 4, 8, 40, 100, 200]);
        assert_eq!([share(0, 0), share(3, 4)], ["0.0%", "75.0%"]);
    }
}
