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
    /// Which of a page's lists alone, where it has several.
    #[serde(default)]
    part: String,
}

/// One of several lists of a page: the first of it, or a page of it where it alone is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Part<T> {
    pub(crate) rows: Vec<T>,
    /// Another list alone is wanted.
    pub(crate) hidden: bool,
    /// There are more than stand here: how many in all, and where they are.
    pub(crate) more: Option<(usize, String)>,
}

/// So many of each list stand on a page with several.
const FIRST: usize = 20;

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
        matches(&self.q, texts)
    }

    /// One of a page's lists. The last one that is wanted alone says which page of it this is.
    pub(crate) fn part<T>(&self, name: &str, mut items: Vec<T>, paging: &mut Paging) -> Part<T> {
        if self.part == name {
            let (rows, mut own) = self.page(items);
            own.also = format!("part={name}&");
            *paging = own;
            return Part { rows, hidden: false, more: None };
        }
        if !self.part.is_empty() {
            return Part { rows: Vec::new(), hidden: true, more: None };
        }
        paging.total += items.len();
        let to = format!("?part={name}&q={}", escaped(&paging.q));
        let more = (items.len() > FIRST).then_some((items.len(), to));
        items.truncate(FIRST);
        Part { rows: items, hidden: false, more }
    }

    /// Nothing yet: the paging of a page with several lists.
    pub(crate) fn lists(&self) -> Paging {
        self.page(Vec::<()>::new()).1
    }

    /// The page that is wanted, and which one it is: the last one, if there are fewer.
    pub(crate) fn page<T>(&self, items: Vec<T>) -> (Vec<T>, Paging) {
        let (shown, paging) = Paging::of(items, self.page, PER_PAGE);
        (shown, Paging { q: self.q.trim().to_owned(), ..paging })
    }
}

/// Whether one of these texts has every word that is looked for; case and blanks in numbers don't matter.
pub(crate) fn matches(q: &str, texts: &[&str]) -> bool {
    let all = texts.join(" ").to_lowercase();
    let close: String = all.chars().filter(|c| !c.is_whitespace()).collect();
    q.to_lowercase().split_whitespace().all(|word| all.contains(word) || close.contains(word))
}

impl<T> Part<T> {
    /// The same, its rows drawn.
    pub(crate) fn map<U>(self, draw: impl FnMut(T) -> U) -> Part<U> {
        let Self { rows, hidden, more } = self;
        Part { rows: rows.into_iter().map(draw).collect(), hidden, more }
    }
}

impl Paging {
    /// The page that is wanted, so many on each.
    pub(crate) fn of<T>(mut items: Vec<T>, page: Option<usize>, most: usize) -> (Vec<T>, Self) {
        let total = items.len();
        let pages = total.div_ceil(most).max(1);
        let page = page.unwrap_or(1).clamp(1, pages);
        let shown = items.drain((page - 1) * most..total.min(page * most)).collect();
        (shown, Self { q: String::new(), page, pages, total, also: String::new() })
    }

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
        let wanted = |page| Wanted { page: Some(page), ..Wanted::default() };
        let items: Vec<usize> = (0..PER_PAGE * 2 + 3).collect();
        let (shown, paging) = wanted(3).page(items.clone());
        assert_eq!((shown, paging.pages, paging.total), (vec![100, 101, 102], 3, 103));
        assert_eq!(wanted(9).page(items.clone()).1.page, 3);
        assert_eq!(wanted(0).page(items).0.len(), PER_PAGE);
        assert_eq!(wanted(1).page(Vec::<u8>::new()).1.pages, 1);
    }

    #[test]
    fn of_several_lists_the_first_stand_there_or_one_alone_with_its_pages() {
        let items: Vec<usize> = (0..PER_PAGE + 1).collect();
        let all = Wanted { q: "a b".to_owned(), ..Wanted::default() };
        let mut paging = all.lists();
        let (one, two) = (all.part("one", items.clone(), &mut paging), all.part("two", vec![1], &mut paging));
        assert_eq!((one.rows.len(), one.more), (FIRST, Some((PER_PAGE + 1, "?part=one&q=a%20b".to_owned()))));
        assert_eq!((two.rows.len(), two.more, paging.total), (1, None, PER_PAGE + 2));
        let alone = Wanted { part: "one".to_owned(), page: Some(2), ..Wanted::default() };
        let mut paging = alone.lists();
        let (one, two) = (alone.part("one", items, &mut paging), alone.part("two", vec![1], &mut paging));
        assert_eq!(
            (one.rows, two.hidden, paging.to(1)),
            (vec![PER_PAGE], true, "?part=one&q=&page=1".to_owned())
        );
    }

    #[test]
    fn every_word_is_looked_for_and_numbers_are_found_without_blanks() {
        let looks = |q: &str| Wanted { q: q.to_owned(), ..Wanted::default() };
        assert!(looks("WM 9001").finds(&["WM-001", "07700 900101"]));
        assert!(looks("  ").finds(&["anything"]));
        assert!(!looks("ines tom").finds(&["Ines Okafor"]));
        let (_, paging) = looks("a&b é").page(vec![1]);
        assert_eq!(paging.to(2), "?q=a%26b%20%C3%A9&page=2");
    }
}
