//! A watch begins with a departure, follows the form, and ends with the last device.

use checkins::{Checkins, Watch};
use decider::Service;
use decider::kit::given;
use proto::envelope::Hash;
use proto::v1::checkins::{DueFor, Event, Refusal, Word};
use proto::v1::trips;
use proto::values::Note;

use crate::cast::*;

fn started(party: &trips::Party) -> Event {
    let due = party.groups.iter().map(|g| (g.group, due("09:30"))).collect();
    Event::WatchStarted {
        trip: museum(),
        at: t("09:00"),
        party: Box::new(party.clone()),
        due,
        silent_after_secs: 1800,
    }
}

/// CHECK-1: from departure on, each group has something due at a known time.
#[test]
fn a_departure_starts_the_watch_of_each_group() {
    let story = given::<Checkins>([]).at_clock("09:00").hears(departed(&party())).then([started(&party())]);
    assert_eq!(Checkins::next_due(&story.state), Some(t("09:25")), "the first reminder");
    let story = story.hears(departed(&party())).nothing_happens();
    assert_eq!(story.state.armed(), 2);
}

/// FORM-9: a party that left without clearance is watched the same; its first check-in lies after base has said that it left.
#[test]
fn a_party_that_left_without_clearance_is_watched_the_same() {
    let left = trips::Event::LeftWithoutClearance {
        trip: museum(),
        at: t("09:00"),
        party: Box::new(party()),
        reason: Note::parse("The coach would not wait").unwrap(),
        missing: vec![],
    };
    let story = given::<Checkins>([]).at_clock("09:00").hears(left.clone()).then([started(&party())]);
    drop(story);
    let story = given::<Checkins>([]).at_clock("10:07").hears(left).allowed();
    let watch = story.state.watch(museum()).unwrap();
    assert_eq!(watch.first_due(), Some(t("10:30")), "on the grid from 09:00, after 10:07");
}

/// CHECK-1, FORM-9: a party whose form had no groups is watched as one; a trip under way with nothing due can't exist.
#[test]
fn a_party_without_groups_is_watched_as_one() {
    let party = with(party(), |p| p.groups.clear());
    let story = out(&party);
    let groups = story.state.watch(museum()).unwrap().groups();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].details.adult, groups[0].next.at), (ann(), t("09:30")));
}

/// CHECK-3: news heard again because the listener grew begins no watch anew, and nothing is due in the past.
#[test]
fn history_begins_no_watch_twice_and_asks_for_nothing_that_is_past() {
    let story = given::<Checkins>([]).at_clock("13:10").hears_history(departed(&party())).allowed();
    assert_eq!(story.state.watch(museum()).unwrap().first_due(), Some(t("13:30")));
    let closed = trips::Event::TripClosed { trip: museum(), at: t("16:00") };
    let story = story.at_clock("16:00").hears_history(closed).allowed();
    story.hears_history(departed(&party())).nothing_happens();
}

/// CHECK-1: when everyone is accounted for only the devices' return is due, to the office; nothing alerts any more.
#[test]
fn a_return_leaves_only_the_devices_due() {
    let down = Event::DownToDevices { trip: museum(), due_at: t("17:00") };
    let story =
        out(&otters_alone()).passes_to("09:40").then([reminded("09:30"), missed("09:30", due("10:00"))]);
    let story = story
        .at_clock("09:50")
        .hears(returned("09:50"))
        .then([heard_again("09:30", "09:50"), down])
        .hears(returned("09:50"))
        .nothing_happens();
    assert_eq!(Checkins::next_due(&story.state), None);
    let story = story.passes_to("23:00").nothing_happens();
    // A word that was queued on a phone is recorded; it arms nothing.
    let queued = press("09:45", Word::Ok).counted(13);
    let recorded = taken("09:45", Word::Ok, due("10:00")).but(|c| {
        c.received_at = t("23:00");
        c.headcount = Some(13);
        c.punctuality = proto::v1::checkins::Punctuality::Unasked;
        c.next = None;
    });
    let story = story.by(by_ann()).when(queued.command()).then([recorded.event()]);
    assert!(matches!(story.state.watch(museum()), Some(Watch::Returned(_))));
}

/// CHECK-1: the watch ends with the last device.
#[test]
fn a_closed_trip_ends_the_watch() {
    let closed = trips::Event::TripClosed { trip: museum(), at: t("16:00") };
    let story = out(&party()).at_clock("15:10").hears(returned("15:10")).allowed();
    let story = story
        .at_clock("16:00")
        .hears(closed.clone())
        .then([Event::WatchEnded { trip: museum(), at: t("16:00") }])
        .hears(closed)
        .nothing_happens();
    assert_eq!((story.state.watch(museum()), story.state.armed()), (None, 0));
    story.by(by_ann()).when(press("16:00", Word::Ok).command()).refused(Refusal::NotOut { trip: museum() });
}

/// A trip that is cancelled leaves nothing behind; one that wasn't known yields nothing.
#[test]
fn a_cancelled_trip_leaves_nothing_behind() {
    let cancelled = trips::Event::TripCancelled { trip: museum(), reason: Note::parse("Snow").unwrap() };
    given::<Checkins>([]).hears(cancelled.clone()).nothing_happens();
    let issued = Event::TripDeviceNoted {
        trip: museum(),
        device: anns_phone(),
        person: Some(ann()),
        pupil: false,
        with_trip: true,
    };
    let story = given::<Checkins>([issued]).at_clock("08:30").hears(cancelled);
    let story = story.then([Event::WatchEnded { trip: museum(), at: t("08:30") }]);
    assert!(story.state.watch(museum()).is_none());
}

/// FORM-4: an amended plan is followed from then on; a due that is open already stays due.
#[test]
fn an_amended_plan_is_followed_and_what_was_due_stays_due() {
    let hourly = with(otters_alone(), |p| p.plan.every_minutes = Some(60));
    let change = amended(&hourly, form(&hourly));
    let changed = |at, due| Event::WatchChanged {
        trip: museum(),
        at: t(at),
        party: Box::new(hourly.clone()),
        due: vec![(otters(), due)],
    };
    let story = out(&otters_alone()).at_clock("09:10").hears(change.clone());
    let story = story.then([changed("09:10", due("10:00"))]).hears(change.clone()).nothing_happens();
    assert_eq!(story.state.armed(), 1);

    let story = out(&otters_alone()).passes_to("09:25").then([reminded("09:30")]);
    let story = story.at_clock("09:35").hears(change).then([changed("09:35", due("09:30"))]);
    story.passes_to("09:40").then([missed("09:30", due("10:00"))]);
}

/// FORM-4: a change that isn't about the watch changes nothing here.
#[test]
fn an_amendment_that_changes_nothing_for_the_watch_yields_nothing() {
    let change = amended(&party(), form(&party()));
    out(&party()).at_clock("09:10").hears(change.clone()).nothing_happens();
    given::<Checkins>([]).hears(change).nothing_happens();
}

/// CHECK-5: an amended form adds groups and drops them; the number expected follows the change of the form's number, and
/// releases stay counted.
#[test]
fn an_amended_form_changes_groups_by_what_it_changed() {
    let released = Event::ReleaseRecorded {
        trip: museum(),
        group: otters(),
        pupils: n(1),
        to_whom: note("Her mother"),
        checked_how: label("Password"),
        agreed_by: dee(),
        expected: n(13),
    };
    let mut story = out(&party());
    Checkins::evolve(&mut story.state, &released);
    let changed = with(party(), |p| {
        p.groups.remove(1);
        p.groups[0].expected = n(12);
        let weasels =
            trips::PartyGroup { group: weasels(), expected: n(12), adult: cat(), ..p.groups[0].clone() };
        p.groups.push(weasels);
    });
    let story = story.at_clock("09:10").hears(amended(&changed, form(&changed))).allowed();
    let groups = story.state.watch(museum()).unwrap().groups();
    let numbers: Vec<_> = groups.iter().map(|g| (g.group, g.details.expected, g.next.at)).collect();
    assert_eq!(numbers, [(otters(), n(11), t("09:30")), (weasels(), n(12), t("09:30"))]);
}

/// FORM-4: a lateness is kept while the form's times stay, and over when the form gives new ones.
#[test]
fn new_times_on_the_form_end_a_lateness() {
    let points = with(otters_alone(), |p| {
        p.plan.every_minutes = None;
        p.plan.points = [trips::NamedPoint::Return].into();
    });
    let late = out(&points)
        .at_clock("12:00")
        .by(by_ann())
        .when(press("12:00", Word::Late { minutes: 20 }).command());
    let late = late.allowed();
    let of = |story: &Watched| story.state.watch(museum()).unwrap().groups()[0].next.clone();
    assert_eq!(of(&late), due_for("15:20", DueFor::Return {}));

    let deputy = with(points.clone(), |p| p.deputy = Some(cat()));
    let same = late.clone().at_clock("12:05").hears(amended(&deputy, form(&deputy))).allowed();
    assert_eq!(of(&same), due_for("15:20", DueFor::Return {}), "the staff changed, the times did not");

    let later = with(points, |p| p.window = window("09:00", "16:00"));
    let new = late.at_clock("12:05").hears(amended(&later, form(&later))).allowed();
    assert_eq!(of(&new), due_for("16:00", DueFor::Return {}));
}

/// News that the watch doesn't turn on yields nothing.
#[test]
fn other_news_of_trips_yields_nothing() {
    let story = out(&party());
    let trip = museum();
    let reason = Note::parse("Fine").unwrap();
    let others = [
        trips::Event::DraftSaved { trip, form: Box::new(form(&party())), form_hash: Hash::ZERO },
        trips::Event::FormSubmitted { trip, form_hash: Hash::ZERO, at: t("09:00") },
        trips::Event::ClearanceSettled {
            trip,
            decision: trips::ClearanceDecision::Accept,
            reason,
            by: dee(),
            heard_by: None,
        },
        trips::Event::ReleaseNoted { trip, pupils: n(1), heard: 1 },
    ];
    others.into_iter().fold(story, |story, event| story.hears(event).nothing_happens());
}
