//! Copies of past trips: at another time, and perhaps under the same authorisation.

use decider::Service;
use decider::kit::{Story, given};
use proptest::prelude::*;
use proto::ids::GroupId;
use proto::v1::trips::*;
use proto::values::{Personal, SchoolZone};
use trips::form::moved_to;
use trips::{PhaseName, Trips};

use crate::cast::*;

fn a_week_before(events: Vec<Event>) -> Story<Trips> {
    given::<Trips>(events).at(WEEK_BEFORE).by_person(okafor())
}

fn save(form: TripForm) -> Command {
    Command::SaveDraft { trip: museum(), base: Some(hash()), form: Box::new(form) }
}

fn copy_to(from: &str, to: &str) -> Command {
    Command::CopyTrip { trip: next_week(), from: museum(), window: window(from, to) }
}

/// Copying keeps local times over a clock change, gives groups ids of their own, and takes no blanked part along.
#[test]
fn a_copy_keeps_its_times_on_the_wall_clock() {
    // 09:00 in winter to 09:00 in summer: an hour less in UTC.
    let moved = window("2027-04-16T08:00:00Z", "2027-04-16T14:00:00Z");
    let group = |n: u64| [red(), blue()][1 - n as usize];
    let mut old = form();
    old.volunteers[0].name = Personal::blanked();
    let copy = moved_to(&old, moved, &SchoolZone::london(), group);
    assert_eq!(copy.destinations[0].arrive_at, Some(at("2027-04-16T09:00:00Z")));
    assert_eq!(copy.quiet[0].window, window("2027-04-16T08:10:00Z", "2027-04-16T08:50:00Z"));
    assert_eq!(copy.groups.iter().map(|g| g.group).collect::<Vec<_>>(), [blue(), red()]);
    assert!(copy.volunteers.is_empty(), "a name that was erased doesn't come back");

    a_week_before(departed()).when(copy_to("2027-04-16T08:00:00Z", "2027-04-16T14:00:00Z")).then_events(
        |events| {
            let [Event::DraftSaved { trip, form, .. }] = events else { panic!("{events:?}") };
            assert_eq!((*trip, form.window), (next_week(), moved));
        },
    );
}

/// FORM-2: one authorising covers like visits: a copy into a covered window is authorised by it, once.
#[test]
fn a_copy_into_a_covered_window_is_authorised() {
    let (from, to) = ("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z");
    let authorise =
        Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on: vec![window(from, to)] };
    let story = a_week_before(submitted()).by_person(pryce()).when(authorise).allowed();
    let story = story.by_person(okafor()).when(copy_to(from, to)).then_events(|events| {
        let [
            Event::DraftSaved { form_hash: saved, .. },
            Event::FormSubmitted { .. },
            Event::FormAuthorised { form_hash, by, covers, .. },
        ] = events
        else {
            panic!("{events:?}")
        };
        assert_eq!((form_hash, *by), (saved, pryce()));
        assert_eq!(covers[..], [form().window, window(from, to)]);
    });
    assert_eq!(story.state.trip(next_week()).unwrap().phase_name(), PhaseName::Authorised);
    // The covered visit is used up; asked again for the same copy, nothing happens.
    let third = "00000000-0000-4000-8000-000000002003".parse().unwrap();
    let story = story.when(copy_to(from, to)).nothing_happens();
    story.when(Command::CopyTrip { trip: third, from: museum(), window: window(from, to) }).then_events(
        |events| {
            assert!(matches!(events, [Event::DraftSaved { .. }]), "{events:?}");
        },
    );
}

/// FORM-2: an authorisation covers nothing once its senior may not authorise, its form changed, or the window is another one.
#[test]
fn a_copy_that_no_standing_authorisation_covers_is_a_draft() {
    let (from, to) = ("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z");
    let authorise =
        || Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on: vec![window(from, to)] };
    let covered = || a_week_before(submitted()).by_person(pryce()).when(authorise()).allowed();
    let is_draft = |story: Story<Trips>, from: &str, to: &str| {
        story.when(copy_to(from, to)).then_events(|events| {
            assert!(matches!(events, [Event::DraftSaved { .. }]), "{events:?}");
        });
    };
    is_draft(covered(), "2026-11-27T09:30:00Z", "2026-11-27T15:30:00Z");
    let changed = covered().when(save(form_with(|f| f.transport = None))).allowed();
    is_draft(changed, from, to);
    let mut left = covered();
    Trips::evolve(
        &mut left.state,
        &Event::PersonNoted { person: pryce(), here: false, senior: false, head: false },
    );
    is_draft(left, from, to);
}

#[test]
fn a_copy_onto_another_trip_or_of_an_unknown_one_is_refused() {
    let other = Event::DraftSaved {
        trip: next_week(),
        form_hash: hash(),
        form: Box::new(form_with(|f| f.title = label("Swimming"))),
    };
    let story = a_week_before(drafted().into_iter().chain([other]).collect());
    story
        .when(copy_to("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"))
        .refused(Refusal::TripExists { trip: next_week() });
    a_week_before(the_school())
        .when(copy_to("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"))
        .refused(Refusal::UnknownTrip { trip: museum() });
}

/// FORM-3: a copy leaves phones behind that left the register since; the gates ask for them.
#[test]
fn a_copy_leaves_retired_phones_behind() {
    let retired = |number| Event::WorkMobileNoted {
        device: mobile(number),
        number: number_of(number),
        in_service: false,
        held_by: None,
        for_trip: None,
        permanent: false,
        retired: true,
    };
    let events = drafted().into_iter().chain([retired(3), retired(5)]).collect();
    a_week_before(events).when(copy_to("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z")).then_events(
        |events| {
            let [Event::DraftSaved { form, .. }] = events else { panic!("{events:?}") };
            assert_eq!(form.staff[2].work_mobile, None);
            assert!(form.spare_devices.is_empty());
        },
    );
}

proptest! {
    /// A copy moved to another day and back is the form it was.
    #[test]
    fn a_copy_moved_there_and_back_is_the_same(days in 1_i64..700) {
        let zone = SchoolZone::london();
        let ids = [red(), blue()];
        let group = |n: u64| -> GroupId { ids[n as usize] };
        let wall = |t| zone.local(t).datetime().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let there = proto::values::Window::new(
            zone.instant(wall(form().window.from)),
            zone.instant(wall(form().window.to)),
        ).unwrap();
        let back = moved_to(&moved_to(&form(), there, &zone, group), form().window, &zone, group);
        prop_assert_eq!(back, form());
    }
}
