//! FORM-8: whether the emergency route covers the whole trip.

use contacts::Contacts;
use decider::kit::Story;
use proto::v1::contacts::{CoverageGap, Event, LadderStep, LineHealth, MAX_GAPS, NightAnswer};
use proto::v1::people::{self, DutyNight, DutyRole};
use proto::v1::trips::TripForm;
use proto::values::{RingSecs, Window};

use crate::cast::*;

/// The gaps that are told when the form is first heard.
#[track_caller]
fn gaps(story: Story<Contacts>, form: TripForm) -> Vec<CoverageGap> {
    let story = story.hears(draft(form, 1)).allowed();
    story.state.coverage(trip()).expect("assessed").gaps.clone()
}

/// Exactly one gap.
#[track_caller]
fn only_gap(story: Story<Contacts>, form: TripForm, expected: &CoverageGap, what: &str) {
    assert_eq!(gaps(story, form), std::slice::from_ref(expected), "{what}");
}

fn base_on_call(answer: NightAnswer) -> Event {
    on_call(duty(1), bea(), DutyRole::Base, answer)
}

fn friday_evening() -> Window {
    window("2026-11-20T14:00:00Z", "2026-11-20T19:00:00Z")
}

/// FORM-8: a day within office hours is covered by the landline; told once, and again for another form.
#[test]
fn a_day_in_office_hours_is_covered() {
    let noted = |version| trip_noted(&form(friday()), version);
    school([])
        .hears(draft(form(friday()), 1))
        .then([noted(1), assessed(1, "2026-11-20T09:00:00Z", vec![])])
        .hears(draft(form(friday()), 1))
        .nothing_happens()
        .hears(draft(form(friday()), 2))
        .then([noted(2), assessed(2, "2026-11-20T09:00:00Z", vec![])]);
}

/// FORM-8: the uncovered hours are named.
#[test]
fn hours_after_the_office_closes_are_named() {
    assert_eq!(
        gaps(school([]), form(friday_evening())),
        [no_line("2026-11-20T16:30:00Z", "2026-11-20T19:00:00Z")]
    );
}

/// FORM-8: opening hours are local time: in summer 16:30 is 15:30 UTC.
#[test]
fn opening_hours_follow_the_schools_clocks() {
    let summer = form(window("2027-07-02T09:00:00Z", "2027-07-02T16:00:00Z"));
    assert_eq!(gaps(school([]), summer), [no_line("2027-07-02T15:30:00Z", "2027-07-02T16:00:00Z")]);
}

/// FORM-8, CONT-2: a line that is down, or closed early, covers nothing.
#[test]
fn a_line_that_is_down_or_closed_covers_nothing() {
    let down = marked(landline(), LineHealth::Down, "2026-11-20T09:00:00Z", None);
    let all_day = no_line("2026-11-20T09:30:00Z", "2026-11-20T15:00:00Z");
    only_gap(school([down.clone()]), form(friday()), &all_day, "the landline is down");
    assert_eq!(gaps(school([down, office_added()]), form(friday())), [], "the office line stands in");
    let doubtful = marked(landline(), LineHealth::Doubtful, "2026-11-20T09:00:00Z", None);
    assert_eq!(gaps(school([doubtful]), form(friday())), []);
    let until = marked(landline(), LineHealth::Down, "2026-11-20T09:00:00Z", Some("2026-11-20T10:30:00Z"));
    assert_eq!(
        gaps(school([until]), form(friday())),
        [no_line("2026-11-20T09:30:00Z", "2026-11-20T10:30:00Z")]
    );
    let snow = closed_early("2026-11-20T13:00:00Z", "2026-11-20T16:30:00Z", "2026-11-20T08:50:00Z");
    assert_eq!(
        gaps(school([snow, office_added()]), form(friday())),
        [no_line("2026-11-20T13:00:00Z", "2026-11-20T15:00:00Z")]
    );
}

/// FORM-8, CONT-2: by day the back-up mobile covers while it is in hand, within its hours.
#[test]
fn the_back_up_mobile_in_hand_covers_by_day() {
    let evening = window("2026-11-20T14:00:00Z", "2026-11-20T22:00:00Z");
    let in_hand = work_mobile(back_up_phone(), 20, Some(bea()));
    let night = no_line("2026-11-20T20:00:00Z", "2026-11-20T22:00:00Z");
    assert_eq!(gaps(school([in_hand.clone()]), form(evening)), [night], "nobody is on call");
    let dusk = no_line("2026-11-20T16:30:00Z", "2026-11-20T22:00:00Z");
    let cases = [
        ("with the trip", vec![work_mobile(back_up_phone(), 20, Some(mia()))]),
        ("in a drawer", vec![]),
        ("with somebody who left", vec![in_hand.clone(), gone(bea())]),
        ("down", vec![in_hand.clone(), marked(back_up(), LineHealth::Down, "2026-11-20T09:00:00Z", None)]),
        (
            "outside its hours",
            vec![
                in_hand,
                Event::LineChanged {
                    line: back_up(),
                    name: label("The back-up mobile"),
                    number: number("07700 900020"),
                    hours: office_hours(),
                    ring_secs: RingSecs::LINE,
                },
            ],
        ),
    ];
    for (what, events) in cases {
        only_gap(school(events), form(evening), &dusk, what);
    }
}

/// FORM-8: overnight, staffed means on call, having answered that evening's test; until then as planned.
#[test]
fn overnight_only_an_answered_test_counts() {
    let night = no_line("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z");
    let trip = || form(overnight());
    assert_eq!(gaps(school([base_on_call(NightAnswer::Awaited)]), trip()), [], "planned");
    assert_eq!(gaps(school([base_on_call(NightAnswer::Confirmed)]), trip()), []);
    assert_eq!(gaps(school([base_on_call(NightAnswer::Unanswered)]), trip()), [night]);
}

/// FORM-8: a test that leaves time into the night doesn't count until it is answered.
#[test]
fn a_late_test_counts_only_once_it_is_answered() {
    let late = |answer| match base_on_call(answer) {
        Event::DutyNoted { duty, person, role, window, mut nights } => {
            nights[0].answer_by = at("2026-11-20T20:15:00Z");
            Event::DutyNoted { duty, person, role, window, nights }
        }
        other => other,
    };
    let night = no_line("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z");
    assert_eq!(gaps(school([late(NightAnswer::Awaited)]), form(overnight())), [night]);
    assert_eq!(gaps(school([late(NightAnswer::Confirmed)]), form(overnight())), []);
}

/// FORM-8: whoever is on call for base needs a phone: their own, or the back-up; and is not on the trip.
#[test]
fn on_call_means_with_a_phone_and_not_on_the_trip() {
    let bare = || vec![base_on_call(NightAnswer::Confirmed), put_away(bea())];
    let dusk = no_line("2026-11-20T16:30:00Z", "2026-11-21T15:00:00Z");
    let story = |more: Vec<Event>| school(bare().into_iter().chain(more));
    assert_eq!(gaps(story(vec![]), form(overnight())), [], "the back-up mobile is in the drawer");
    let away = work_mobile(back_up_phone(), 20, Some(mia()));
    only_gap(story(vec![away]), form(overnight()), &dusk, "it is with the trip");
    let down = marked(back_up(), LineHealth::Down, "2026-11-20T09:00:00Z", None);
    only_gap(story(vec![down]), form(overnight()), &dusk, "it is down");
    let along = on_call(duty(1), mia(), DutyRole::Base, NightAnswer::Confirmed);
    only_gap(school([along]), form(overnight()), &dusk, "Mia goes along");
    let other_role = on_call(duty(1), bea(), DutyRole::Senior, NightAnswer::Confirmed);
    assert_eq!(gaps(school([other_role]), form(overnight())), [dusk], "a senior answers no line");
    let office = on_call(duty(1), bea(), DutyRole::Office, NightAnswer::Confirmed);
    assert_eq!(gaps(school([office]), form(overnight())), []);
}

/// FORM-8: every step of the ladder names someone reachable, on a work mobile, for the whole time.
#[test]
fn an_empty_step_is_named() {
    let day = |step| empty(step, "2026-11-20T09:30:00Z", "2026-11-20T15:00:00Z");
    assert_eq!(gaps(school([put_away(dana())]), form(friday())), [day(LadderStep::Dsl)]);
    assert_eq!(gaps(school([put_away(helen())]), form(friday())), [day(LadderStep::Senior)]);
    assert_eq!(gaps(school([gone(dana())]), form(friday())), [day(LadderStep::Dsl)]);
    let mut nobody = form(friday());
    nobody.emergency.senior = vec![];
    assert_eq!(gaps(school([]), nobody), [day(LadderStep::Senior)]);
    let lost = Event::WorkMobileNoted {
        device: phone_of(dana()),
        number: number("07700 900005"),
        person: Some(dana()),
        in_service: false,
    };
    assert_eq!(gaps(school([lost]), form(friday())), [day(LadderStep::Dsl)], "in hand, but not in service");
}

/// FORM-8: the office step is filled by an open line of the school too.
#[test]
fn the_office_step_is_filled_by_an_open_line() {
    assert_eq!(gaps(school([put_away(owen())]), form(friday())), []);
    assert_eq!(
        gaps(school([put_away(owen())]), form(friday_evening())),
        [
            no_line("2026-11-20T16:30:00Z", "2026-11-20T19:00:00Z"),
            empty(LadderStep::Office, "2026-11-20T16:30:00Z", "2026-11-20T19:00:00Z"),
        ]
    );
}

/// FORM-8: whoever is on call for a step's role fills it while the duty lasts.
#[test]
fn whoever_is_on_call_for_a_role_fills_its_step() {
    let dsl = on_call(duty(2), bea(), DutyRole::Dsl, NightAnswer::Unanswered);
    let base = on_call(duty(1), owen(), DutyRole::Base, NightAnswer::Confirmed);
    assert_eq!(
        gaps(school([dsl, base, put_away(dana())]), form(overnight())),
        [
            empty(LadderStep::Dsl, "2026-11-20T09:30:00Z", "2026-11-20T16:00:00Z"),
            empty(LadderStep::Dsl, "2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z"),
        ]
    );
}

/// FORM-8: at least two people; one may fill several steps.
#[test]
fn at_least_two_different_people_are_named() {
    let mut alone = form(friday());
    alone.emergency.office = vec![helen()];
    alone.emergency.dsl = vec![helen()];
    assert_eq!(gaps(school([]), alone.clone()), [CoverageGap::TooFewPeople { named: 1, needed: 2 }]);
    let on_call = on_call(duty(1), bea(), DutyRole::Base, NightAnswer::Awaited);
    let mut late = alone.clone();
    late.window = window("2026-11-20T09:30:00Z", "2026-11-20T17:00:00Z");
    assert_eq!(gaps(school([on_call]), late), [], "Bea is on call for base during the trip");
    let mut two = alone;
    two.emergency.dsl = vec![helen(), dana()];
    assert_eq!(gaps(school([]), two.clone()), []);
    let strict = school([]).with_policy(|p| p.min_ladder_people = 3);
    assert_eq!(gaps(strict, two), [CoverageGap::TooFewPeople { named: 2, needed: 3 }]);
}

/// FORM-8, CONT-6: nobody of the emergency route goes along, the base contact neither.
#[test]
fn whoever_goes_along_is_not_on_the_ladder() {
    let mut along = form(friday());
    along.emergency.base_contact = mia();
    along.emergency.dsl = vec![ravi(), dana()];
    let mut expected =
        vec![CoverageGap::OnTheTrip { person: mia() }, CoverageGap::OnTheTrip { person: ravi() }];
    let mut found = gaps(school([]), along);
    let key = |gap: &CoverageGap| format!("{gap:?}");
    expected.sort_by_key(key);
    found.sort_by_key(key);
    assert_eq!(found, expected);
}

/// Everything is bounded: of a year's gaps the first ones are told.
#[test]
fn only_so_many_gaps_are_told() {
    let year = form(window("2026-11-20T09:30:00Z", "2027-11-20T09:30:00Z"));
    assert_eq!(gaps(school([]), year).len(), MAX_GAPS);
}

/// FORM-8: whenever the answer changes it is told anew, with the event that changed it; else nothing is told.
#[test]
fn the_answer_is_told_anew_when_it_changes() {
    let night = no_line("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z");
    let hours = Window::new(at("2026-11-20T20:00:00Z"), at("2026-11-21T06:00:00Z")).unwrap();
    let planned = people::Event::DutyPlanned {
        duty: duty(1),
        person: bea(),
        role: DutyRole::Base,
        window: window("2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z"),
        nights: vec![DutyNight {
            night: hours,
            test_at: at("2026-11-20T18:00:00Z"),
            answer_by: at("2026-11-20T20:00:00Z"),
        }],
    };
    let tested = people::Event::DutyTested {
        duty: duty(1),
        person: bea(),
        answer_by: at("2026-11-20T20:00:00Z"),
        night: hours,
    };
    let unanswered =
        people::Event::DutyTestUnanswered { duty: duty(1), person: bea(), night: hours, asked: true };
    let confirmed = people::Event::DutyConfirmed {
        duty: duty(1),
        at: at("2026-11-20T21:00:00Z"),
        inbound: None,
        night: hours,
    };
    let removed = people::Event::DutyRemoved { duty: duty(1) };
    let dusk = no_line("2026-11-20T16:30:00Z", "2026-11-21T15:00:00Z");
    let told = |events: &[Event]| {
        events.iter().find_map(|e| match e {
            Event::CoverageAssessed { gaps, .. } => Some(gaps.clone()),
            _ => None,
        })
    };
    school([])
        .hears(draft(form(overnight()), 1))
        .then_events(|e| assert_eq!(told(e), Some(vec![dusk.clone()])))
        .hears(planned.clone())
        .then_events(|e| assert_eq!(told(e), Some(vec![])))
        .hears(planned)
        .nothing_happens()
        .hears(tested)
        .nothing_happens()
        .at("2026-11-20T20:00:00Z")
        .hears(unanswered)
        .then_events(|e| assert_eq!(told(e), Some(vec![night])))
        .at("2026-11-20T21:00:00Z")
        .hears(confirmed)
        .then_events(|e| assert_eq!(told(e), Some(vec![])))
        .hears(removed.clone())
        .then_events(|e| assert_eq!(told(e), Some(vec![dusk])))
        .hears(removed)
        .nothing_happens();
}

/// FORM-8: what doesn't touch a trip is not judged for it, and ended or past trips not at all.
#[test]
fn trips_that_nothing_leans_on_are_left_alone() {
    let covered = || vec![trip_noted(&form(friday()), 1), assessed(1, "2026-11-19T09:00:00Z", vec![])];
    let returned = |person| proto::v1::devices::Event::DeviceReturned {
        device: phone_of(person),
        holder: proto::v1::devices::Holder::Person(person),
        trip: None,
        condition: proto::v1::devices::Condition::Good,
        storage: label("Safe"),
        recordings: proto::v1::devices::Recordings::None,
        at: at("2026-11-20T09:00:00Z"),
    };
    let count = |expected: usize| move |events: &[Event]| assert_eq!(events.len(), expected, "{events:?}");
    school(covered()).hears(returned(bea())).then_events(count(1));
    school(covered()).hears(returned(dana())).then_events(count(2));
    school(covered()).at("2026-11-21T09:00:00Z").hears(returned(dana())).then_events(count(1));
    let ended = covered().into_iter().chain([phase(proto::v1::contacts::TripPhase::Ended)]);
    school(ended).hears(returned(dana())).then_events(count(1));
}
