//! Takes a duress word out of what was typed, before anything is kept: only its keyed hash goes on. [CHECK-6]

use proto::ids::TripId;
use proto::values::{DuressHash, Label, Note};

use crate::app::AppState;
use crate::view::SchoolView;

/// What stands where the duress word was all that was said.
const NOTHING_MORE: &str = "All well.";

/// The word that was set for a trip that is out.
pub(crate) fn set_for(view: &SchoolView, trip: TripId) -> Option<DuressHash> {
    view.trips.trip(trip)?.party()?.duress
}

/// What is left of a call's words without the duress word of the trip, and the word's hash if it was there.
pub(crate) fn out_of_words(
    state: &AppState,
    view: &SchoolView,
    trip: TripId,
    words: Option<Note>,
) -> (Option<Note>, Option<DuressHash>) {
    let given = words.is_some();
    let (left, duress) = take_out(&state.keys().duress, trip, set_for(view, trip), words, None);
    let nothing_more = || Note::parse(NOTHING_MORE).expect("a short text is a note");
    (left.or_else(|| given.then(nothing_more)), duress)
}

/// What is left of a note without the duress word of the trip, and the word's hash if it was there: in the note, or in a
/// field of its own. Another word in that field is passed over; without a duress word set nothing is looked for.
pub(crate) fn take_out(
    key: &[u8; 32],
    trip: TripId,
    set: Option<DuressHash>,
    note: Option<Note>,
    own_field: Option<&Label>,
) -> (Option<Note>, Option<DuressHash>) {
    let Some(set) = set else { return (note, None) };
    let is_it = |word: &str| DuressHash::of(key, trip, word) == Some(set);
    let words = note.as_ref().map(|note| note.as_str().split_whitespace()).into_iter().flatten();
    let (found, kept): (Vec<&str>, Vec<&str>) = words.partition(|word| is_it(word));
    if found.is_empty() {
        let typed = own_field.is_some_and(|word| is_it(word.as_str()));
        return (note, typed.then_some(set));
    }
    (Note::parse(&kept.join(" ")).ok(), Some(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [1; 32];

    fn taken(note: Option<&str>, own_field: Option<&str>) -> (Option<String>, bool) {
        let trip = TripId::derived(uuid::Uuid::nil(), 1);
        let set = DuressHash::of(&KEY, trip, "marigold");
        let note = note.map(|note| Note::parse(note).expect("a note"));
        let field = own_field.map(|word| Label::parse(word).expect("a label"));
        let (note, duress) = take_out(&KEY, trip, set, note, field.as_ref());
        assert!(duress.is_none() || duress == set);
        (note.map(|note| note.to_string()), duress.is_some())
    }

    /// CHECK-6: the word itself goes nowhere.
    #[test]
    fn the_duress_word_is_taken_out_wherever_it_was_typed() {
        assert_eq!(taken(Some("all fine, Marigold!"), None), (Some("all fine,".to_owned()), true));
        assert_eq!(taken(Some("marigold"), None), (None, true));
        assert_eq!(taken(None, Some("MARIGOLD")), (None, true));
        assert_eq!(taken(Some("all fine"), Some("marigold")), (Some("all fine".to_owned()), true));
        assert_eq!(taken(Some("all  fine"), Some("daisy")), (Some("all  fine".to_owned()), false));
        assert_eq!(taken(None, None), (None, false));
    }

    #[test]
    fn without_a_word_set_a_note_stays_as_it_is() {
        let note = Note::parse("marigold").expect("a note");
        let trip = TripId::derived(uuid::Uuid::nil(), 1);
        assert_eq!(take_out(&KEY, trip, None, Some(note.clone()), None), (Some(note), None));
    }
}
