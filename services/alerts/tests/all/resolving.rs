//! How reasons end, and cases with them.

use proto::v1::alerts::*;
use proto::v1::checkins;
use proto::v1::trips::{self, Accounted};

use crate::cast::*;

fn resolved_by_itself(events: &[Event]) -> bool {
    matches!(events.last(), Some(Event::CaseResolved { how: Resolution::ByItself {}, .. }))
}

/// CHECK-2: a party that is heard of again resolves what was missed; nothing alerts afterwards.
#[test]
fn a_check_in_resolves_a_miss() {
    let (story, events) = missed_and_told().hears(heard_again(red(), "10:00")).events_of();
    let gone = Reason::MissedCheckIn { group: red(), due_at: at("10:00") };
    assert!(matches!(&events[0], Event::ReasonGone { reason, .. } if *reason == gone));
    assert!(resolved_by_itself(&events) && events.len() == 2);
    let story = story.at_time("14:00").time_passes().nothing_happens();
    story.hears(heard_again(red(), "10:00")).nothing_happens();
}

/// CHECK-2: each miss ends by its own: another group, or another due time, still stands.
#[test]
fn one_group_heard_of_leaves_the_other_missed() {
    let story = missed_and_told().hears(missed_at(blue(), "10:00")).allowed();
    let story = story.hears(missed_at(red(), "09:00")).allowed();
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    assert_eq!(story.case().reasons.len(), 2);
    let story = story.hears(heard_again(blue(), "10:00")).allowed();
    let (_, events) = story.hears(heard_again(red(), "09:00")).events_of();
    assert!(resolved_by_itself(&events));
}

/// CHECK-5: a count that fits again resolves every count of that group that differed.
#[test]
fn a_count_that_fits_resolves_those_that_differed() {
    let story = out().hears(differs("10:10")).allowed().hears(differs("10:20")).allowed();
    let agreed = |group| checkins::Event::HeadcountAgreed { trip: museum(), group, at: at("10:30") };
    let story = story.hears(agreed(blue())).nothing_happens();
    let (_, events) = story.hears(agreed(red())).events_of();
    assert!(resolved_by_itself(&events) && events.len() == 3);
}

/// CHECK-6: help is resolved by a person with a reason, never by a check-in, nor by the trip's end.
#[test]
fn help_is_resolved_by_a_person_alone() {
    let story = missed_and_told().hears(help()).allowed();
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    let story = story.at_time("16:00").hears(closed()).allowed();
    let case = story.case().case;
    let why = note("Paramedics have left, all well");
    let resolved = Event::CaseResolved {
        case,
        trip: Some(museum()),
        how: Resolution::ByPerson { person: pryce(), reason: why.clone().into() },
        at: at("16:00"),
    };
    let resolve = || Command::ResolveCase { case, reason: why.clone() };
    let story = story.by_person(pryce()).when(resolve()).then([resolved]);
    let story = story.when(resolve()).nothing_happens();
    assert!(!story.state.is_out(museum()));
    story.at_time("18:00").time_passes().nothing_happens();
}

/// CHECK-3: after an outage one digest for each trip; it shrinks as its groups are heard of.
#[test]
fn an_outage_is_one_reason_that_shrinks() {
    let outage = window("09:30", "10:30");
    let missed = vec![(red(), at("10:00")), (blue(), at("10:00"))];
    let told =
        checkins::Event::OutageTold { trip: museum(), outage, missed: missed.clone(), next: Vec::new() };
    let story = out().at_time("10:30").hears(told.clone()).allowed();
    let whole = Reason::MissedInOutage { outage, missed };
    assert!(story.case().has(&whole));
    let story = story.hears(told).nothing_happens();
    let left = Reason::MissedInOutage { outage, missed: vec![(blue(), at("10:00"))] };
    let case = story.case().case;
    let story = story.hears(heard_again(red(), "10:00")).then([Event::ReasonNarrowed {
        case,
        trip: Some(museum()),
        was: whole,
        now: left,
        at: at("10:30"),
    }]);
    let (_, events) = story.hears(heard_again(blue(), "10:00")).events_of();
    assert!(resolved_by_itself(&events));
}

/// CHECK-3: an outage in which nothing was missed is no alert.
#[test]
fn an_outage_without_a_miss_is_no_alert() {
    let outage = window("09:30", "10:30");
    let told = checkins::Event::OutageTold { trip: museum(), outage, missed: Vec::new(), next: Vec::new() };
    let story = out().hears(told).nothing_happens();
    story.hears(checkins::Event::OutageNoted { trip: museum(), outage }).nothing_happens();
}

/// DEV-9: once a person has accounted for everyone, misses and counts are over; a lost phone is not.
#[test]
fn everyone_accounted_for_ends_what_was_missed() {
    let story = missed_and_told().hears(differs("10:10")).allowed().hears(lost(spare())).allowed();
    let back = trips::Event::Returned {
        trip: museum(),
        at: at("15:00"),
        accounted: Accounted { back: pupils(30), released: pupils(0), in_hospital: pupils(0) },
        by: okafor(),
        note: None,
        devices_due_at: at("17:00"),
    };
    let story = story.hears(back).allowed();
    let left: Vec<_> = story.case().reasons.iter().map(|(r, _)| r.clone()).collect();
    assert_eq!(left, [Reason::DeviceLost { device: spare() }]);
    let down = checkins::Event::DownToDevices { trip: museum(), due_at: at("17:00") };
    story.hears(down).nothing_happens();
}

/// DEV-9: the trip's closing ends what remains, by itself.
#[test]
fn a_closed_trip_resolves_what_remains() {
    let story = missed_and_told().hears(lost(spare())).allowed();
    let (story, events) = story.at_time("16:00").hears(closed()).events_of();
    assert!(events.contains(&Event::LadderEndedNoted { trip: museum() }));
    assert!(resolved_by_itself(&events));
    assert_eq!(story.state.ladder_of(museum()), None, "its people are forgotten");
    let story = story.hears(closed()).nothing_happens();
    story.hears(missed_at(blue(), "14:00")).nothing_happens();
}

/// CHECK-5: a group that joined another one is watched there: what it had missed is over.
#[test]
fn a_group_that_joined_another_is_no_longer_missed() {
    let joined = checkins::Event::GroupsJoined { trip: museum(), group: red(), into: blue() };
    let (_, events) = missed_and_told().hears(joined).events_of();
    assert!(resolved_by_itself(&events));
}

/// A person raises an alert by hand; it joins the trip's open case, and ends by a person.
#[test]
fn an_alert_raised_by_hand_joins_the_trips_case() {
    let raise = |case| Command::RaiseAlert {
        case,
        trip: Some(museum()),
        severity: Severity::Urgent,
        note: note("A parent rang: the coach has broken down"),
    };
    let story = out().by_person(tan()).when(raise(new_case(1))).allowed();
    assert_eq!(story.case().case, new_case(1));
    let story = story.when(raise(new_case(1))).nothing_happens();
    let story = story.when(raise(new_case(2))).nothing_happens();
    let (story, events) = story.events_now();
    assert_eq!(rungs(&events), [(Rung::Leader, 1, 10)]);
    let other = Command::RaiseAlert {
        case: new_case(1),
        trip: None,
        severity: Severity::Notice,
        note: note("Something else"),
    };
    let story = story.when(other).refused(Refusal::CaseExists { case: new_case(1) });
    let story = story.hears(closed()).allowed();
    let case = new_case(1);
    let story = story.when(Command::ResolveCase { case, reason: note("It came") }).allowed();
    let again = story.when(raise(new_case(1)));
    again.refused(Refusal::AlreadyResolved { case: new_case(1), at: at("10:10") });
}

/// Notes are kept with who wrote them; the same one twice is one; there is a limit.
#[test]
fn notes_are_kept_up_to_a_limit() {
    let story = missed_and_told().by_person(tan());
    let case = story.case().case;
    let add = |n: usize| Command::AddNote { case, note: note(&format!("Rang the museum, try {n}")) };
    let mut story = story.when(add(0)).allowed().when(add(0)).nothing_happens();
    for n in 1..MAX_NOTES {
        story = story.when(add(n)).allowed();
    }
    story.when(add(MAX_NOTES)).refused(Refusal::TooManyNotes { case, max: MAX_NOTES });
}

/// A case that is not there is not resolved.
#[test]
fn an_unknown_case_is_not_resolved() {
    let case = new_case(1);
    let resolve = Command::ResolveCase { case, reason: note("Settled") };
    out().by_person(tan()).when(resolve).refused(Refusal::UnknownCase { case });
}
