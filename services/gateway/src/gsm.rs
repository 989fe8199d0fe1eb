//! GSM 03.38: what one text holds. A single character outside it makes the whole text UCS-2, and halves what it holds.

/// The septets of one text.
pub const ONE_TEXT: usize = 160;

const SEPTETS_OF_PART: usize = 153;
const UCS2_OF_ONE: usize = 70;
const UCS2_OF_PART: usize = 67;

/// The basic set; those of the extension count twice.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// How a text travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Seven bits a character.
    Gsm7,
    /// Sixteen.
    Ucs2,
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) { Some(1) } else { EXTENSION.contains(c).then_some(2) }
}

/// How a text travels, and in how many parts. A character is never cut between two parts.
pub fn parts(text: &str) -> (Encoding, usize) {
    let sizes: Option<Vec<usize>> = text.chars().map(septets).collect();
    match sizes {
        Some(sizes) => (Encoding::Gsm7, count(&sizes, ONE_TEXT, SEPTETS_OF_PART)),
        None => {
            let sizes: Vec<usize> = text.chars().map(char::len_utf16).collect();
            (Encoding::Ucs2, count(&sizes, UCS2_OF_ONE, UCS2_OF_PART))
        }
    }
}

fn count(sizes: &[usize], one: usize, part: usize) -> usize {
    if sizes.iter().sum::<usize>() <= one {
        return 1;
    }
    let filled =
        sizes.iter().fold(
            (1, 0),
            |(parts, used), size| {
                if used + size > part { (parts + 1, *size) } else { (parts, used + size) }
            },
        );
    filled.0
}

/// The text in GSM-7 alone: letters lose what the set does not know, quotes and dashes become plain, the rest goes.
pub fn plain(text: &str) -> String {
    text.chars().filter_map(|c| if septets(c).is_some() { Some(c) } else { plain_char(c) }).collect()
}

fn plain_char(c: char) -> Option<char> {
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '`' | '\u{B4}' => '\'',
        '\u{201C}' | '\u{201D}' | '\u{AB}' | '\u{BB}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\t' | '\u{A0}' | '\u{2009}' | '\u{202F}' => ' ',
        '\u{2026}' => '.',
        'á' | 'â' | 'ã' => 'a',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'ê' | 'ë' => 'e',
        'È' | 'Ê' | 'Ë' => 'E',
        'í' | 'î' | 'ï' => 'i',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'ó' | 'ô' | 'õ' => 'o',
        'Ó' | 'Ò' | 'Ô' | 'Õ' => 'O',
        'ú' | 'û' => 'u',
        'Ú' | 'Ù' | 'Û' => 'U',
        'ç' => 'c',
        'ŵ' => 'w',
        'Ŵ' => 'W',
        'ŷ' | 'ý' | 'ÿ' => 'y',
        'Ŷ' | 'Ý' => 'Y',
        _ => return None,
    })
}

/// What stands where a name was cut.
const CUT: &str = "...";

/// A name in GSM-7, within so many septets: cut after a word if it has to be, and marked as cut.
pub fn shortened(text: &str, most: usize) -> String {
    let whole = plain(text);
    let whole = whole.trim();
    if whole.chars().filter_map(septets).sum::<usize>() <= most {
        return whole.to_owned();
    }
    let room = most.saturating_sub(CUT.len());
    let fits = clipped(whole, room);
    // A first word that is too long for itself is cut within.
    let in_a_word = whole[fits.len()..].chars().next().is_some_and(|c| !c.is_whitespace());
    let kept = if in_a_word {
        fits.rsplit_once(char::is_whitespace).map_or(&*fits, |(words, _)| words)
    } else {
        &fits
    };
    let kept =
        kept.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '&' | '('));
    format!("{kept}{CUT}")
}

/// As much of a text, in GSM-7, as fits into so many septets.
pub fn clipped(text: &str, most: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += septets(*c).unwrap_or(0);
        used <= most
    };
    plain(text).chars().take_while(fits).collect::<String>().trim_end().to_owned()
}
