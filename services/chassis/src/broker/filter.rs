//! MQTT topic filters: what lies within what.

/// Whether everything that `filter` matches is also matched by `pattern`. A topic is a filter without wildcards.
///
/// Source: MQTT 3.1.1, section 4.7. Shared subscriptions and `$` topics are contained in no pattern of ours, since none
/// begins with a wildcard.
pub(super) fn contains(pattern: &str, filter: &str) -> bool {
    let mut wanted = filter.split('/');
    let mut allowed = pattern.split('/');
    loop {
        match (allowed.next(), wanted.next()) {
            (Some("#"), Some(_)) | (None, None) => return true,
            // `a/#` matches `a` too.
            (Some("#"), None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(literal), Some(level)) if literal == level && level != "+" && level != "#" => {}
            (Some(_), Some(_) | None) | (None, Some(_)) => return false,
        }
    }
}

/// Whether it is a name one can publish to: no wildcards, and not the broker's own.
pub(super) fn is_topic(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('$') && !text.contains(['+', '#', '\0'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_filter_lies_within_a_pattern_that_matches_all_it_matches() {
        for (pattern, filter) in [
            ("a/b", "a/b"),
            ("a/+", "a/b"),
            ("a/+", "a/+"),
            ("a/#", "a"),
            ("a/#", "a/b/c"),
            ("a/#", "a/+/c"),
            ("a/#", "a/#"),
            ("+/b", "+/b"),
        ] {
            assert!(contains(pattern, filter), "{pattern} contains {filter}");
        }
    }

    #[test]
    fn a_filter_that_matches_more_lies_without() {
        for (pattern, filter) in [
            ("a/b", "a/+"),
            ("a/b", "a/#"),
            ("a/+", "a/#"),
            ("a/+", "a"),
            ("a/+", "a/b/c"),
            ("a/b", "#"),
            ("a/#", "#"),
            ("a/#", "+/b"),
            ("a/b", "a"),
            ("a", "a/b"),
            ("a/#", "$share/g/a/b"),
            ("a/b", ""),
        ] {
            assert!(!contains(pattern, filter), "{pattern} must not contain {filter}");
        }
    }

    /// The plain definition of matching, to test against.
    fn matches(filter: &[&str], topic: &[&str]) -> bool {
        match (filter.first(), topic.first()) {
            (Some(&"#"), _) | (None, None) => true,
            (Some(&level), Some(&name)) => {
                (level == "+" || level == name) && matches(&filter[1..], &topic[1..])
            }
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn filter() -> impl Strategy<Value = String> {
        (prop::collection::vec(prop::sample::select(vec!["a", "b", "+"]), 1..4), any::<bool>())
            .prop_map(|(levels, tail)| levels.join("/") + if tail { "/#" } else { "" })
    }

    proptest! {
        #[test]
        fn containment_agrees_with_matching(pattern in filter(), wanted in filter(),
            topic in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..5)) {
            let p: Vec<&str> = pattern.split('/').collect();
            let w: Vec<&str> = wanted.split('/').collect();
            if contains(&pattern, &wanted) && matches(&w, &topic) {
                prop_assert!(matches(&p, &topic), "{} contains {} but not {:?}", pattern, wanted, topic);
            }
            prop_assert_eq!(contains(&pattern, &topic.join("/")), matches(&p, &topic));
        }
    }
}
