//! Sets of instants as stretches: union, intersection, difference, each in one pass.

use proto::Timestamp;
use proto::values::Window;

/// Stretches in order, none touching another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Spans(Vec<Window>);

impl Spans {
    /// One stretch.
    pub(crate) fn of(window: Window) -> Self {
        Self(vec![window])
    }

    /// One stretch, or nothing if it would end before it begins.
    pub(crate) fn between(from: Timestamp, to: Timestamp) -> Self {
        Self(Window::new(from, to).into_iter().collect())
    }

    /// Any stretches, in any order, overlapping or not.
    pub(crate) fn from_windows(windows: impl IntoIterator<Item = Window>) -> Self {
        let mut windows: Vec<Window> = windows.into_iter().collect();
        windows.sort_unstable();
        let mut joined: Vec<Window> = Vec::with_capacity(windows.len());
        for window in windows {
            match joined.last_mut() {
                Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
                Some(_) | None => joined.push(window),
            }
        }
        Self(joined)
    }

    /// What lies in either.
    pub(crate) fn or(self, other: Self) -> Self {
        Self::from_windows(self.0.into_iter().chain(other.0))
    }

    /// What lies in this, and not in the other.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut kept = Vec::new();
        let mut first = 0;
        for window in &self.0 {
            let mut from = window.from;
            while other.0.get(first).is_some_and(|hole| hole.to <= from) {
                first += 1;
            }
            for hole in other.0[first..].iter().take_while(|hole| hole.from < window.to) {
                kept.extend(Window::new(from, hole.from));
                from = from.max(hole.to);
            }
            kept.extend(Window::new(from, window.to));
        }
        Self(kept)
    }

    /// What lies in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        self.without(&self.without(other))
    }

    /// Whether an instant lies in it.
    pub(crate) fn contains(&self, at: Timestamp) -> bool {
        self.0.iter().any(|window| window.contains(at))
    }

    /// The stretches.
    pub(crate) fn windows(&self) -> &[Window] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(pairs: &[(i64, i64)]) -> Spans {
        let at = |second| Timestamp::from_second(second).expect("an instant");
        Spans::from_windows(pairs.iter().filter_map(|(from, to)| Window::new(at(*from), at(*to)).ok()))
    }

    fn contains(spans: &Spans, second: i64) -> bool {
        let at = Timestamp::from_second(second).expect("an instant");
        spans.windows().iter().any(|w| w.contains(at))
    }

    fn is_tidy(spans: &Spans) -> bool {
        spans.windows().windows(2).all(|pair| pair[0].to < pair[1].from)
    }

    proptest! {
        #[test]
        fn sets_of_instants_keep_their_laws(
            a in prop::collection::vec((0_i64..60, 0_i64..60), 0..8),
            b in prop::collection::vec((0_i64..60, 0_i64..60), 0..8),
        ) {
            let (a, b) = (spans(&a), spans(&b));
            let (or, and, without) = (a.clone().or(b.clone()), a.and(&b), a.without(&b));
            prop_assert!(is_tidy(&or) && is_tidy(&and) && is_tidy(&without));
            for second in 0..60 {
                let (in_a, in_b) = (contains(&a, second), contains(&b, second));
                prop_assert_eq!(contains(&or, second), in_a || in_b);
                prop_assert_eq!(contains(&and, second), in_a && in_b);
                prop_assert_eq!(contains(&without, second), in_a && !in_b);
            }
        }
    }
}
