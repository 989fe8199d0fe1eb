//! QR codes: a phone's set-up, a tag on its label.

use fast_qr::{ECL, QRBuilder};

use super::html::Html;

/// A QR code as SVG, with the quiet zone around it that readers need. None for a text that is too long for one.
pub(super) fn qr_code(text: &str, label: &'static str) -> Option<Html> {
    const QUIET: usize = 4;
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let dark = (0..code.size).flat_map(|y| (0..code.size).map(move |x| (x, y)));
    let path: String = dark
        .filter(|(x, y)| code[*y][*x].value())
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET))
        .collect();
    let side = code.size + 2 * QUIET;
    Some(Html::trusted(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{label}\" shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_three_corners_and_nothing_that_runs() {
        let svg = qr_code("owntracks:///config?inline=abc", "The set-up").expect("fits").to_string();
        for corner in ["M4 4h1", "M10 10h1"] {
            assert!(svg.contains(corner), "{svg}");
        }
        assert!(
            !svg.contains("style") && !svg.contains("script"),
            "the policy of the pages allows neither inline"
        );
        assert!(qr_code(&"x".repeat(1_500), "").is_some(), "a set-up with all its settings fits");
        assert!(qr_code(&"x".repeat(8_000), "").is_none());
    }
}
