//! Lists in forms: `staff[2].person`. Rows that were left empty are dropped and the others moved up, so that the place a
//! refusal names is the place that is shown.

use std::collections::BTreeMap;

use crate::auth::Fields;

/// A list of a form: its name, and the parts that a person fills in. Hidden ids and boxes alone don't make a row.
pub(crate) type List = (&'static str, &'static [&'static str]);

/// The most rows of a list: a page shows every one up to the last.
const MAX_ROWS: usize = 2_000;

/// `staff[2].person` as (`staff`, 2, `person`); the part is empty for `spare_devices[0]`.
fn split(name: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = name.split_once('[')?;
    let (place, part) = rest.split_once(']')?;
    let place = place.parse().ok().filter(|place| *place < MAX_ROWS)?;
    Some((list, place, part.strip_prefix('.').unwrap_or(part)))
}

fn joined(list: &str, place: usize, part: &str) -> String {
    if part.is_empty() { format!("{list}[{place}]") } else { format!("{list}[{place}].{part}") }
}

/// The fields with empty rows dropped and the others numbered from 0.
pub(crate) fn compacted(fields: &Fields, lists: &[List]) -> Fields {
    let mut places: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    for (list, parts) in lists {
        let filled = fields.iter().filter_map(|(name, value)| {
            let (of, place, part) = split(name)?;
            (of == *list && parts.contains(&part) && !value.trim().is_empty()).then_some(place)
        });
        let filled: std::collections::BTreeSet<usize> = filled.collect();
        places.extend(filled.into_iter().enumerate().map(|(new, old)| ((*list, old), new)));
    }
    let is_listed = |name: &str| lists.iter().any(|(list, _)| *list == name);
    let moved = fields.iter().filter_map(|(name, value)| {
        let name = match split(name).filter(|(list, _, _)| is_listed(list)) {
            Some((list, place, part)) => joined(list, *places.get(&(list, place))?, part),
            None => name.to_owned(),
        };
        Some((name, value.to_owned()))
    });
    Fields::new(moved.collect())
}

/// How many rows a list has.
pub(crate) fn rows(fields: &Fields, list: &str) -> usize {
    let places = fields.iter().filter_map(|(name, _)| split(name).filter(|(of, _, _)| *of == list));
    places.map(|(_, place, _)| place + 1).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of somebody's own making: a page of that many rows would take all memory.
    #[test]
    fn a_row_beyond_the_most_there_can_be_is_none() {
        let rows_of = |name: &str| {
            let fields = Fields::new(vec![(name.to_owned(), "x".to_owned())]);
            let compact = compacted(&fields, &[("also_on", &["from"])]);
            (rows(&fields, "also_on"), rows(&compact, "also_on"))
        };
        assert_eq!(rows_of("also_on[1999].from"), (MAX_ROWS, 1));
        for beyond in ["2000", "4000000000", "18446744073709551615", "-1", ""] {
            assert_eq!(rows_of(&format!("also_on[{beyond}].from")), (0, 0), "{beyond}");
        }
    }

    #[test]
    fn empty_rows_are_dropped_and_the_others_move_up() {
        let typed = [
            ("title", "Museum"),
            ("staff[0].person", " "),
            ("staff[1].person", "okafor"),
            ("staff[1].work_mobile", ""),
            ("staff[4].work_mobile", "WM-002"),
            ("groups[0].group", "an id alone"),
            ("spare_devices[2]", "WM-007"),
        ];
        let fields = Fields::new(typed.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec());
        let lists: [List; 3] =
            [("staff", &["person", "work_mobile"]), ("groups", &["name"]), ("spare_devices", &[""])];
        let compact = compacted(&fields, &lists);
        let found: Vec<_> = compact.iter().collect();
        assert_eq!(
            found,
            [
                ("title", "Museum"),
                ("staff[0].person", "okafor"),
                ("staff[0].work_mobile", ""),
                ("staff[1].work_mobile", "WM-002"),
                ("spare_devices[0]", "WM-007"),
            ]
        );
        assert_eq!((rows(&compact, "staff"), rows(&compact, "groups")), (2, 0));
    }
}
