//! Small plots as SVG: a few lines over sizes that grow tenfold.

use std::fmt::Write as _;

use crate::thousands;

/// One plot.
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// One line of it.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Told apart by colour and by dashes.
const STROKES: [(&str, &str); 3] = [("#1d5b8f", ""), ("#b0501c", "7 4"), ("#3d7a3a", "2 3")];

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 66.0;
const TOP: f64 = 84.0;
const STEP: f64 = 404.0;

/// The plots beside each other, below one title.
pub(crate) fn svg(title: &str, across: &str, charts: &[Chart]) -> String {
    let (width, height) = (STEP * charts.len() as f64, TOP + HEIGHT + 86.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\"><title>{title}</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"24\" y=\"32\" font-size=\"17\" font-weight=\"600\">{title}</text>\n"
    );
    for (place, chart) in charts.iter().enumerate() {
        one(&mut out, STEP * place as f64 + LEFT, across, chart);
    }
    legend(&mut out, height - 16.0, charts);
    out.push_str("</svg>\n");
    out
}

fn one(out: &mut String, left: f64, across: &str, chart: &Chart) {
    let points = || chart.lines.iter().flat_map(|line| &line.points);
    let top = round_up(points().map(|(_, y)| *y).fold(0.0, f64::max));
    let (least, most) = points().fold((f64::MAX, f64::MIN), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
    let x_of = |x: f64| left + 34.0 + (WIDTH - 68.0) * (x / least).log10() / (most / least).log10();
    let y_of = |y: f64| TOP + HEIGHT * (1.0 - y / top);
    let _ =
        writeln!(out, "<text x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>", left, TOP - 16.0, chart.title);
    for quarter in 0..=4 {
        let value = top * f64::from(quarter) / 4.0;
        let y = y_of(value);
        let stroke = if quarter == 0 { "#555" } else { "#ddd" };
        let _ = writeln!(
            out,
            "<path d=\"M{left} {y:.1}h{WIDTH}\" stroke=\"{stroke}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" \
             fill=\"#555\">{}</text>",
            left - 8.0,
            y + 4.5,
            if top < 10.0 { format!("{value:.1}") } else { thousands(value) }
        );
    }
    for (place, line) in chart.lines.iter().enumerate() {
        let (colour, dashes) = STROKES[place % STROKES.len()];
        let at: Vec<(f64, f64, f64)> = line.points.iter().map(|(x, y)| (x_of(*x), y_of(*y), *y)).collect();
        let path: Vec<String> = at.iter().map(|(x, y, _)| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(
            out,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dashes}\"/>",
            path.join("L")
        );
        for (nth, (x, y, value)) in at.into_iter().enumerate() {
            // The highest figure stands above its point, any other below.
            let others = chart.lines.iter().filter_map(|line| line.points.get(nth));
            let aside = if others.into_iter().all(|(_, other)| *other <= value) { -10.0 } else { 20.0 };
            let shown = if value < 100.0 { format!("{value:.1}") } else { thousands(value) };
            let _ = writeln!(
                out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" \
                 font-size=\"12\" fill=\"{colour}\" paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"3\">{shown}{}</text>",
                y + aside,
                chart.unit
            );
        }
    }
    let mut sizes: Vec<f64> = points().map(|(x, _)| *x).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    for size in sizes {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
            x_of(size),
            TOP + HEIGHT + 20.0,
            thousands(size)
        );
    }
    let middle = left + WIDTH / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{across}</text>",
        TOP + HEIGHT + 38.0
    );
}

fn legend(out: &mut String, y: f64, charts: &[Chart]) {
    let mut x = 24.0;
    for (place, line) in charts.first().map(|chart| &chart.lines).into_iter().flatten().enumerate() {
        let (colour, dashes) = STROKES[place % STROKES.len()];
        let _ = writeln!(
            out,
            "<path d=\"M{x} {}h34\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dashes}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
            y - 4.5,
            x + 42.0,
            line.name
        );
        x += 70.0 + 7.5 * line.name.len() as f64;
    }
}

/// The next number of the kind 1, 2, 4, 6, 8 times a power of ten.
fn round_up(value: f64) -> f64 {
    let tens = 10_f64.powf(value.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    // Room for the figure above the highest point.
    let wanted = value * 1.1;
    steps.into_iter().map(|step| step * tens).find(|round| *round >= wanted).unwrap_or(20.0 * tens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_above_the_highest_point() {
        for (highest, end) in [(0.8, 1.0), (43_000.0, 60_000.0), (95.0, 200.0), (190.0, 400.0)] {
            assert!((round_up(highest) - end).abs() < 1e-9, "{highest}: {}", round_up(highest));
        }
    }

    #[test]
    fn each_line_is_drawn_with_its_figures() {
        let line = |name: &str, y| Line { name: name.into(), points: vec![(20.0, y), (200.0, 2.0 * y)] };
        let lines = vec![line("one", 1_000.0), line("two", 400.0)];
        let text = svg("Title", "schools", &[Chart { title: "Rate", unit: "/s", lines }]);
        for part in ["Title", "Rate", "schools", ">1,000/s<", ">2,000/s<", ">800/s<", ">one<", ">two<"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
