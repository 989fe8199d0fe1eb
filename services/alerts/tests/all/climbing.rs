//! The ladder: who is told when.

use proto::v1::alerts::*;
use proto::v1::checkins;
use proto::v1::contacts::LineKind;
use proto::v1::people::{DutyRole, Role};

use crate::cast::*;

/// CHECK-2: a missed check-in opens a case by itself, and its first rung is due at once.
#[test]
fn a_missed_check_in_opens_a_case_and_texts_the_leader() {
    let (story, opened) = out().hears(missed()).events_of();
    let [Event::CaseOpened { trip, severity, reason, start, at: when, .. }] = opened.as_slice() else {
        panic!("one case opens: {opened:?}");
    };
    assert_eq!((*trip, *severity, *start), (Some(museum()), Severity::Urgent, LadderStart::Bottom));
    assert_eq!(*reason, Reason::MissedCheckIn { group: red(), due_at: at("10:00") });
    assert_eq!(*when, at("10:10"));
    let (story, events) = story.events_now();
    assert_eq!(rungs(&events), [(Rung::Leader, 1, 10)]);
    assert_eq!(told(&events), [texted(okafor())]);
    let [Event::RungReached { calls_at, next_at, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((*calls_at, *next_at), (Some(at("10:11")), at("10:12")));
    story.time_passes().nothing_happens();
}

/// CHECK-2: once. The same news again brings nothing, nor does it after the case is resolved.
#[test]
fn the_same_miss_alerts_once() {
    let story = missed_and_told().hears(missed()).nothing_happens();
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    story.hears(missed()).nothing_happens();
}

/// CHECK-2: the whole ladder, with its waits, and again until a person owns it.
#[test]
fn a_ladder_that_nobody_takes_climbs_to_the_top_and_begins_again() {
    let (story, events) = missed_and_told().passes_to("10:34");
    assert_eq!(
        rungs(&events),
        [
            (Rung::Deputy, 1, 12),
            (Rung::OtherStaff, 1, 14),
            (Rung::Office, 1, 16),
            (Rung::Dsl, 1, 19),
            (Rung::Senior, 1, 24),
            (Rung::Leader, 2, 29),
            (Rung::Deputy, 2, 31),
            (Rung::OtherStaff, 2, 33),
        ]
    );
    let (_, events) = story.passes_to("12:00");
    assert!(rungs(&events).iter().any(|(_, round, _)| *round == 6), "it never ends: {:?}", rungs(&events));
}

/// CHECK-2: text first, then call: whoever did not take it by half the wait is called.
#[test]
fn those_who_were_texted_are_called_after_half_the_wait() {
    let (story, events) = missed_and_told().passes_to("10:11");
    let [Event::RungCalled { rung: Rung::Leader, round: 1, notices, .. }] = events.as_slice() else {
        panic!("the leader is called: {events:?}");
    };
    assert_eq!((notices[0].to, notices[0].channel), called(okafor()));
    let (_, events) = story.passes_to("10:15");
    assert_eq!(told(&events), [texted(lind()), called(lind()), texted(abara()), called(abara())]);
}

/// CHECK-2: at the office the landline rings at once; whoever holds base is told with the office's people.
#[test]
fn the_office_is_rung_on_its_landline_and_its_people_are_texted() {
    let story = out().hears(duty(DutyRole::Office, ito())).allowed();
    let story = story.hears(missed()).allowed();
    let (_, events) = story.passes_to("10:18");
    let office: Vec<_> = told(&events).into_iter().skip(6).collect();
    assert_eq!(
        office,
        [rung_up(landline()), texted(tan()), texted(ito()), called(tan()), called(ito())],
        "text first, and no second call on the landline"
    );
}

/// CHECK-1, CHECK-2: a miss after a quiet window starts at the office; the next round is the whole ladder.
#[test]
fn a_miss_after_a_quiet_window_starts_at_the_office() {
    let mut news = missed();
    if let checkins::Event::CheckInMissed { start_at_office, .. } = &mut news {
        *start_at_office = true;
    }
    let (_, events) = out().hears(news).allowed().passes_to("10:24");
    assert_eq!(
        rungs(&events),
        [(Rung::Office, 1, 10), (Rung::Dsl, 1, 13), (Rung::Senior, 1, 18), (Rung::Leader, 2, 23)]
    );
}

/// CHECK-2: a rung with nobody on it who can be reached is skipped at once, and reported.
#[test]
fn an_empty_rung_is_skipped_at_once_and_reported() {
    let story = out().hears(returned(phone_of(okafor()), okafor())).allowed();
    let (_, events) = story.hears(missed()).allowed().events_now();
    assert_eq!(skipped(&events), [Rung::Leader], "the leader has no phone in hand");
    assert_eq!(rungs(&events), [(Rung::Deputy, 1, 10)]);
}

/// CHECK-2: where nobody at all can be reached the board hears of it, and it is tried again after a minute.
#[test]
fn a_ladder_without_anybody_says_so_and_tries_again() {
    let mut story = out().hears(contacts_line_down()).allowed();
    for person in EVERYONE {
        story = story.hears(returned(phone_of(person()), person())).allowed();
    }
    let (story, events) = story.hears(missed()).allowed().passes_to("10:10");
    assert_eq!(
        skipped(&events).len(),
        6 + 3,
        "the whole ladder of the trip, and base for the line that is down"
    );
    assert!(
        events.iter().any(|e| matches!(e, Event::NobodyReached { next_at, .. } if *next_at == at("10:11")))
    );
    let story = story.hears(issued(spare(), okafor())).allowed();
    let (_, events) = story.passes_to("10:11");
    assert!(rungs(&events).contains(&(Rung::Leader, 2, 11)), "{events:?}");
}

fn contacts_line_down() -> proto::v1::contacts::Event {
    crate::school::line_health(landline(), proto::v1::contacts::LineHealth::Down, "09:30")
}

/// FORM-8: a step whose people can't be reached falls back on whoever has that role; never on somebody of the trip.
#[test]
fn a_step_without_a_phone_falls_back_on_the_role() {
    let story = out().hears(returned(phone_of(pryce()), pryce())).allowed();
    let story = story.hears(added(okafor(), &[Role::Senior])).allowed();
    let (_, events) = story.hears(missed()).allowed().passes_to("10:24");
    let last = told(&events);
    assert_eq!(
        last.last(),
        Some(&texted(whitlock())),
        "the head stands in; the leader, a senior, is on the trip"
    );
}

/// A person who left the school is told nothing.
#[test]
fn who_has_left_the_school_is_not_told() {
    let story = out().hears(proto::v1::people::Event::PersonLeft { person: lind() }).allowed();
    let (_, events) = story.hears(missed()).allowed().passes_to("10:12");
    assert_eq!(skipped(&events), [Rung::Deputy]);
    assert_eq!(told(&events).last(), Some(&texted(abara())));
}

/// CONT-2: out of the landline's hours base's back-up mobile is rung instead, and no line that nobody staffs.
#[test]
fn the_back_up_mobile_is_rung_while_the_landline_is_not_staffed() {
    let story = out().hears(line(back_up(), LineKind::BackUpMobile)).allowed();
    let mut by_day = story.clone().hears(differs("10:10")).allowed();
    by_day = by_day.time_passes().then_events(|e| assert_eq!(told(e), [rung_up(landline()), texted(tan())]));
    drop(by_day);
    let evening = story.clone().at_time("18:30").hears(differs("18:30")).allowed();
    evening.time_passes().then_events(|e| assert_eq!(told(e), [rung_up(back_up()), texted(tan())]));
    let snow = proto::v1::contacts::Event::ClosedEarly {
        window: window("10:00", "17:00"),
        reason: note("Snow"),
        at: at("10:00"),
    };
    let closed = story.hears(snow).allowed().hears(differs("10:10")).allowed();
    closed.time_passes().then_events(|e| assert_eq!(told(e), [rung_up(back_up()), texted(tan())]));
}

/// CHECK-3: a ladder that stood still for hours takes one step now, not all that it missed.
#[test]
fn after_an_outage_a_ladder_takes_one_step() {
    let story = missed_and_told().at_time("13:00");
    let story = story.time_passes_after_an_outage("2026-11-20T10:11:00Z");
    story.then_events(|events| assert_eq!(rungs(events), [(Rung::Deputy, 1, 180)]));
}

/// CHECK-3: what was missed and answered while alerts was down rings nobody.
#[test]
fn a_miss_that_was_answered_before_time_is_judged_rings_nobody() {
    let story = out().hears(missed()).allowed().hears(heard_again(red(), "10:00")).allowed();
    story.time_passes().nothing_happens();
}

/// One open case for each trip gathers further reasons; an equal one doesn't set the ladder back.
#[test]
fn a_second_group_that_is_missed_joins_the_case() {
    let (story, events) = missed_and_told().hears(missed_at(blue(), "10:00")).events_of();
    let [Event::ReasonAdded { restart: None, severity: Severity::Urgent, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(story.case().reasons.len(), 2);
    let (_, events) = story.passes_to("10:12");
    assert_eq!(rungs(&events), [(Rung::Deputy, 1, 12)]);
}

/// A warning starts at the office and takes its time; it rings nobody on the trip.
#[test]
fn a_warning_climbs_slowly_and_beyond_the_trip_only() {
    let (_, events) = out().hears(lost(spare())).allowed().passes_to("10:52");
    assert_eq!(
        rungs(&events),
        [(Rung::Office, 1, 10), (Rung::Dsl, 1, 20), (Rung::Senior, 1, 35), (Rung::Office, 2, 50)]
    );
}

/// A graver reason begins the ladder again.
#[test]
fn a_graver_reason_begins_the_ladder_again() {
    let (story, _) = out().hears(lost(spare())).allowed().passes_to("10:21");
    let (_, events) = story.hears(missed()).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Leader, 2, 21)]);
}

/// What is only to be seen on the board rings nobody.
#[test]
fn a_notice_has_no_ladder() {
    let short = proto::v1::devices::Event::SupplyShort {
        day: proto::values::SchoolZone::london().local(at("09:00")).date(),
        kind: proto::v1::devices::DeviceKind::WorkMobile,
        needed: 5,
        available: 3,
        trips: [museum()].into(),
    };
    let story = school().hears(short).allowed();
    assert_eq!(story.state.open_cases().count(), 1);
    story.time_passes().nothing_happens();
}

/// A ladder that was taken to the office calls nobody of the rungs it left.
#[test]
fn a_ladder_that_begins_again_calls_nobody_of_the_rung_it_left() {
    let (_, events) = missed_and_told().hears(differs("10:10")).allowed().passes_to("10:12");
    assert!(!told(&events).contains(&called(okafor())), "{events:?}");
}

/// CHECK-3: a ladder that stood still past its calls goes on with the next rung: it calls those of that one, and no longer
/// those whose turn it was before.
#[test]
fn a_ladder_that_stood_still_calls_nobody_whose_turn_is_over() {
    let (story, events) = missed_and_told().at_time("10:13").events_now();
    assert_eq!(told(&events), [texted(lind())], "the deputy's turn; the leader was never called");
    let (_, events) = story.passes_to("10:14");
    assert_eq!(told(&events), [called(lind())]);
}
