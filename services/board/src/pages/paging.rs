//! Long lists: a page of them at a time, and a search. `?q=okafor&page=2`

use serde::Deserialize;

/// So many stand on one page.
pub(crate) const PER_PAGE: usize = 50;

/// What of a list is wanted.
#[derive(Deserialize, Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// What is looked for.
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    page: Option<usize>,
}

/// Which page of a list this is.
#[derive(Clone, Debug)]
pub(crate) struct Paging {
    /// What is looked for.
    pub(crate) q: String,
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// How many there are, of those that are looked for.
    pub(crate) total: usize,
    /// A further part of the address that stays: `part=over&`.
    pub(crate) also: String,
}

impl Wanted {
    /// Whether something is looked for.
    pub(crate) fn is_search(&self) -> bool {
        !self.q.trim().is_empty()
    }

    /// Whether one of these texts has every word that is looked for; case and blanks in numbers don't matter.
    pub(crate) fn finds(&self, texts: &[&str]) -> bool {
        let all = texts.join(" ").to_lowercase();
        let close: String = all.chars().filter(|c| !c.is_whitespace()).collect();
        self.q.to_lowercase().split_whitespace().all(|word| all.contains(word) || close.contains(word))
    }

    /// The page that is wanted, and which one it is: the last one, if there are fewer.
    pub(crate) fn page<T>(&self, mut items: Vec<T>) -> (Vec<T>, Paging) {
        let total = items.len();
        let pages = total.div_ceil(PER_PAGE).max(1);
        let page = self.page.unwrap_or(1).clamp(1, pages);
        let shown = items.drain((page - 1) * PER_PAGE..total.min(page * PER_PAGE)).collect();
        (shown, Paging { q: self.q.trim().to_owned(), page, pages, total, also: String::new() })
    }
}

impl Paging {
    /// The address of another page.
    pub(crate) fn to(&self, page: impl std::borrow::Borrow<usize>) -> String {
        let page = page.borrow();
        format!("?{}q={}&page={page}", self.also, escaped(&self.q))
    }

    /// The pages that are offered: the first, the last, and those around this one.
    pub(crate) fn offered(&self) -> Vec<usize> {
        let near = |page: &usize| *page == 1 || *page == self.pages || page.abs_diff(self.page) <= 2;
        (1..=self.pages).filter(near).collect()
    }
}

/// As it stands in an address.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_the_rest_and_one_beyond_it_is_the_last() {
        let wanted = |page| Wanted { q: String::new(), page: Some(page) };
        let items: Vec<usize> = (0..PER_PAGE * 2 + 3).collect();
        let (shown, paging) = wanted(3).page(items.clone());
        assert_eq!((shown, paging.pages, paging.total), (vec![100, 101, 102], 3, 103));
        assert_eq!(wanted(9).page(items.clone()).1.page, 3);
        assert_eq!(wanted(0).page(items).0.len(), PER_PAGE);
        assert_eq!(wanted(1).page(Vec::<u8>::new()).1.pages, 1);
    }

    #[test]
    fn every_word_is_looked_for_and_numbers_are_found_without_blanks() {
        let looks = |q: &str| Wanted { q: q.to_owned(), page: None };
        assert!(looks("WM 9001").finds(&["WM-001", "07700 900101"]));
        assert!(looks("  ").finds(&["anything"]));
        assert!(!looks("ines tom").finds(&["Ines Okafor"]));
        let (_, paging) = looks("a&b é").page(vec![1]);
        assert_eq!(paging.to(2), "?q=a%26b%20%C3%A9&page=2");
    }
}
