//! What the board shows.

use alerts::view::{RungStands, board};
use proto::v1::alerts::*;

use crate::cast::*;

/// The ladder as one line: told, now, skipped, ahead; when next; who owns it.
#[test]
fn the_ladder_is_shown_as_a_line() {
    let story = out().hears(returned(phone_of(lind()), lind())).allowed();
    let (story, _) = story.hears(missed()).allowed().passes_to("10:12");
    let views = board(&story.state);
    let [view] = views.as_slice() else { panic!("{views:?}") };
    let line: Vec<_> = view.ladder.iter().map(|r| (r.rung, r.stands)).collect();
    assert_eq!(
        line,
        [
            (Rung::Leader, RungStands::Told),
            (Rung::Deputy, RungStands::Skipped),
            (Rung::OtherStaff, RungStands::Now),
            (Rung::Office, RungStands::Ahead),
            (Rung::Dsl, RungStands::Ahead),
            (Rung::Senior, RungStands::Ahead),
        ]
    );
    assert_eq!((view.round, view.next_at, view.owner), (1, Some(at("10:13")), None));
    assert_eq!(view.title, Some(label("Year 6 to the museum")));
    let channels: Vec<_> = view.ladder[0].told.iter().map(|t| t.channel).collect();
    assert_eq!(channels, [Channel::Text, Channel::Voice]);
    let case = view.case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    let owner = board(&story.state)[0].owner.expect("it is owned");
    assert_eq!((owner.person, owner.via, owner.until), (tan(), OwnedVia::Click, at("10:27")));
}

/// In a further round a rung that isn't reached again yet says when it was told before.
#[test]
fn a_further_round_remembers_who_was_told_before() {
    let (story, _) = missed_and_told().passes_to("10:30");
    let view = board(&story.state).remove(0);
    assert!(view.round > 1, "{view:?}");
    let ahead: Vec<_> = view.ladder.iter().filter(|r| r.stands == RungStands::Ahead).collect();
    assert!(!ahead.is_empty() && ahead.iter().all(|r| r.told_before.is_some()), "{ahead:?}");
}

/// The gravest case is first; one beside a duress word is marked for base alone, and shows base's rungs alone.
#[test]
fn the_gravest_case_is_first() {
    let down = crate::school::line_health(landline(), proto::v1::contacts::LineHealth::Down, "09:00");
    let story = out().hears(down).allowed().hears(duress()).allowed();
    let views = board(&story.state);
    let severities: Vec<_> = views.iter().map(|v| v.severity).collect();
    assert_eq!(severities, [Severity::Emergency, Severity::Warning]);
    assert!(views[0].base_only && !views[1].base_only);
    assert_eq!(views[0].ladder.len(), 3);
}

/// The state can be printed whole.
#[test]
fn the_state_can_be_written_as_json() {
    let story = missed_and_told();
    let json = serde_json::to_value(&story.state).expect("it is JSON");
    assert_eq!(json["cases"].as_object().map(serde_json::Map::len), Some(1));
}
