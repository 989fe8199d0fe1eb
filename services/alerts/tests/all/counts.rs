//! CHECK-5: every count that differs is told to the office at once.

use alerts::Alerts;
use decider::kit::Story;
use proto::v1::alerts::*;
use proto::v1::checkins;

use crate::cast::*;

/// On which rung, who, by which channel.
type Whom = (Rung, (Recipient, Channel));

fn count(group: proto::ids::GroupId, reported: u32, when: &str) -> checkins::Event {
    let (trip, expected) = (museum(), pupils(16));
    checkins::Event::HeadcountDiffered { trip, group, expected, reported: pupils(reported), at: at(when) }
}

/// What time brings now: whom a count is told to again.
fn told_again(story: Story<Alerts>) -> (Story<Alerts>, Vec<Whom>) {
    let (story, events) = story.events_now();
    let again = |event: &Event| match event {
        Event::RungToldAgain { rung, notices, .. } => {
            notices.iter().map(|n| (*rung, (n.to, n.channel))).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    (story, events.iter().flat_map(again).collect())
}

fn office_told() -> [Whom; 2] {
    [(Rung::Office, rung_up(landline())), (Rung::Office, texted(tan()))]
}

/// CHECK-5: the office knows at once, though the ladder had only come to the leader.
#[test]
fn a_count_that_differs_takes_the_ladder_to_the_office() {
    let (_, events) = missed_and_told().hears(differs("10:10")).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 2, 10)]);
}

/// CHECK-5: alert at every count that differs, the repeated one too; the office is not set back to its beginning.
#[test]
fn a_count_that_differs_twice_is_two_reasons() {
    let (story, events) = out().hears(differs("10:10")).allowed().passes_to("10:11");
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)]);
    let story = story.hears(differs("10:11")).allowed();
    assert_eq!(story.case().reasons.len(), 2);
    let (_, events) = story.passes_to("10:13");
    assert_eq!(rungs(&events), [(Rung::Dsl, 1, 13)]);
}

/// CHECK-5: the second count that differs reaches the office at once, too: those who were told are told again, of that count.
#[test]
fn a_second_count_that_differs_is_told_to_the_office_at_once() {
    let (story, _) = out().hears(count(red(), 15, "10:10")).allowed().passes_to("10:11");
    let (story, added) = story.hears(count(red(), 14, "10:11")).events_of();
    assert!(
        matches!(added.as_slice(), [Event::ReasonAdded { restart: None, tell_again: true, .. }]),
        "the ladder goes on as it was: {added:?}"
    );
    let (story, events) = story.events_now();
    let [Event::RungToldAgain { rung: Rung::Office, round: 1, reason, notices, .. }] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert!(matches!(reason, Reason::HeadcountDiffers { reported, .. } if *reported == pupils(14)));
    assert_eq!(
        notices.iter().map(|n| (n.to, n.channel)).collect::<Vec<_>>(),
        [rung_up(landline()), texted(tan())]
    );
    let story = story.time_passes().nothing_happens();
    let (_, events) = story.passes_to("10:13");
    assert_eq!(rungs(&events), [(Rung::Dsl, 1, 13)], "and is not set back");
}

/// CHECK-5: once the DSL was told, the DSL is told again, too; the trip's own staff, who counted, are not.
#[test]
fn whoever_at_base_was_told_is_told_again() {
    let (story, _) = missed_and_told().passes_to("10:19");
    let (_, again) = told_again(story.hears(count(red(), 15, "10:19")).allowed());
    let [office, tan] = office_told();
    assert_eq!(again, [office, tan, (Rung::Dsl, texted(rahman()))]);
}

/// CHECK-5: each of two groups that differ in the same moment is told.
#[test]
fn two_groups_that_differ_at_once_are_both_told() {
    let story = out().hears(count(red(), 15, "10:10")).allowed().hears(count(blue(), 12, "10:10")).allowed();
    let (_, events) = story.events_now();
    let [first @ Event::RungReached { rung: Rung::Office, .. }, then @ Event::RungToldAgain { reason, .. }] =
        events.as_slice()
    else {
        panic!("the case, by its first reason; then the other group's: {events:?}")
    };
    let office = office_told().map(|(_, told)| told);
    assert_eq!(told(std::slice::from_ref(first)), office);
    assert_eq!(told(std::slice::from_ref(then)), office);
    assert!(matches!(reason, Reason::HeadcountDiffers { group, .. } if *group == blue()));
}

/// CHECK-5: the very same count within a minute is the same text twice: it cries no wolf. After that it is told.
#[test]
fn the_same_count_within_a_minute_is_not_told_twice() {
    let (story, _) = out().hears(count(red(), 15, "10:10")).allowed().events_now();
    let story = story.at_instant(at("10:10") + jiff::SignedDuration::from_secs(50));
    let story = story.hears(count(red(), 15, "10:11")).allowed();
    assert_eq!(story.case().reasons.len(), 2, "the board has it");
    let story = story.time_passes().nothing_happens();
    let (story, _) = story.passes_to("10:12");
    let (_, again) = told_again(story.hears(count(red(), 15, "10:12")).allowed());
    assert_eq!(again, office_told());
}

/// CHECK-5: a count that fits again before anybody was told of the second one leaves nothing to tell.
#[test]
fn a_count_that_fits_again_is_not_told_as_one_that_differs() {
    let (story, _) = out().hears(missed()).allowed().passes_to("10:16");
    let story = story.hears(count(red(), 15, "10:16")).allowed();
    let agreed = checkins::Event::HeadcountAgreed { trip: museum(), group: red(), at: at("10:16") };
    let story = story.hears(agreed).allowed();
    story.time_passes().nothing_happens();
}

/// CHECK-5, CHECK-6: in an emergency, too, the office hears of a count that differs.
#[test]
fn a_count_that_differs_in_an_emergency_is_told_too() {
    let (story, _) = out().hears(help()).allowed().events_now();
    let (_, again) = told_again(story.hears(count(red(), 15, "10:10")).allowed());
    assert!(again.starts_with(&[office_told()[0], office_told()[1]]), "{again:?}");
    assert!(again.iter().all(|(rung, _)| *rung >= Rung::Office), "{again:?}");
}
