//! Changes on the way, and facts that no longer hold.

use decider::kit::given;
use proto::ids::PersonId;
use proto::refusal::Refusal as _;
use proto::rules::Rule;
use proto::v1::trips::*;
use proto::v1::{devices, people};
use proto::values::Note;
use trips::Trips;
use trips::form::form_hash;

use crate::cast::*;

const NOON: &str = "2026-11-20T12:00:00Z";

fn amend(form: TripForm) -> Command {
    Command::AmendTrip {
        trip: museum(),
        base: hash(),
        form: Box::new(form),
        reason: note("The museum closes early"),
    }
}

fn castle() -> TripForm {
    form_with(|f| f.destinations[0].name = label("Castle"))
}

/// FORM-4: a change on the way waits for remote re-authorising; the party goes by it at once.
#[test]
fn a_change_on_the_way_waits_for_remote_authorising() {
    let new = form_hash(&castle());
    let story =
        given::<Trips>(departed()).at(NOON).by_person(okafor()).when(amend(castle())).then_events(|events| {
            let [Event::TripAmended { party, changed, .. }] = events else { panic!("{events:?}") };
            assert_eq!(changed, &["destinations"]);
            assert_eq!(party.destinations[0].name, label("Castle"));
        });
    assert!(story.state.trip(museum()).unwrap().standing_authorisation().is_none());

    let authorise = || Command::AuthoriseForm { trip: museum(), form_hash: new, also_on: vec![] };
    // Whether the route covers the change is worked out first. [FORM-8]
    let story = story.by_person(pryce()).when(authorise()).refused_with(|refusal| {
        assert_eq!(refusal.rule(), Some(Rule::Form8));
    });
    let assessed = proto::v1::contacts::Event::CoverageAssessed {
        trip: museum(),
        form_hash: new,
        gaps: vec![],
        at: at(NOON),
    };
    let story = story.hears(assessed).allowed();
    let story = story.when(authorise()).then([Event::FormAuthorised {
        trip: museum(),
        form_hash: new,
        by: pryce(),
        at: at(NOON),
        covers: vec![form().window],
        arrivals: Vec::new(),
    }]);
    assert!(story.state.trip(museum()).unwrap().standing_authorisation().is_some());
    story.when(authorise()).nothing_happens();
}

/// FORM-2: nobody on the trip authorises its change, stand-ins among them.
#[test]
fn a_senior_on_the_trip_does_not_authorise_its_change() {
    let promoted = Event::PersonNoted { person: lind(), here: true, senior: true, head: false };
    let story =
        given::<Trips>(departed().into_iter().chain([promoted])).at(NOON).when(amend(castle())).allowed();
    let authorise =
        Command::AuthoriseForm { trip: museum(), form_hash: form_hash(&castle()), also_on: vec![] };
    story.by_person(lind()).when(authorise).refused(Refusal::AuthoriserOnTrip { person: lind() });
}

/// FORM-2: a change on the way is authorised for this trip alone.
#[test]
fn a_change_on_the_way_covers_no_other_visits() {
    let story = given::<Trips>(departed()).at(NOON).when(amend(castle())).allowed().by_person(pryce());
    let also_on = vec![window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z")];
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: form_hash(&castle()), also_on };
    story.when(authorise).refused_with(|refusal| {
        assert_eq!((refusal.code(), refusal.field().as_deref()), ("FormInvalid", Some("also_on[0]")));
    });
}

/// FORM-4: a delay within the tolerance leaves the authorisation standing, and so does going back to what was authorised.
#[test]
fn a_change_that_does_not_matter_on_the_way_waits_for_nobody() {
    let delayed = form_with(|f| f.window.to = at("2026-11-20T15:30:00Z"));
    let carried = |form: &TripForm| Event::FormAuthorised {
        trip: museum(),
        form_hash: form_hash(form),
        by: pryce(),
        at: at(WEEK_BEFORE),
        covers: vec![crate::cast::form().window],
        arrivals: Vec::new(),
    };
    given::<Trips>(departed()).at(NOON).when(amend(delayed.clone())).then_events(|events| {
        assert!(matches!(&events[0], Event::TripAmended { changed, .. } if changed.is_empty()));
        assert_eq!(events[1..], [carried(&delayed)]);
    });
    let back = Command::AmendTrip {
        trip: museum(),
        base: form_hash(&castle()),
        form: Box::new(form()),
        reason: note("It is open after all"),
    };
    let story = given::<Trips>(departed()).at(NOON).when(amend(castle())).allowed();
    let story = story.when(back).then_events(|events| assert_eq!(events[1..], [carried(&form())]));
    assert!(story.state.trip(museum()).unwrap().standing_authorisation().is_some());
}

/// CHECK-5: groups that a change leaves alone keep the number that got on; stand-ins stay.
#[test]
fn a_change_on_the_way_keeps_the_numbers_that_got_on_and_who_stood_in() {
    let depart = Command::Depart {
        trip: museum(),
        form_hash: hash(),
        counts: counts(15, 13),
        stand_ins: vec![(abara(), ferreira())],
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    let changed = form_with(|f| {
        f.pupils = pupils(31);
        f.groups[1].expected = pupils(15);
    });
    let events = ready().into_iter().chain([in_store(3), issued(4, ferreira())]);
    given::<Trips>(events).at(DEPARTURE).when(depart).allowed().when(amend(changed)).then_events(|events| {
        let [Event::TripAmended { party, changed, .. }] = events else { panic!("{events:?}") };
        assert_eq!(changed, &["pupils", "groups"]);
        assert_eq!(party.groups.iter().map(|g| g.expected).collect::<Vec<_>>(), [pupils(15), pupils(15)]);
        assert_eq!(party.staff[2], PartyMember { person: ferreira(), device: Some(mobile(4)) });
    });
}

#[test]
fn a_stale_unsound_or_repeated_change_and_one_of_a_trip_that_is_not_out() {
    let stale = Command::AmendTrip {
        trip: museum(),
        base: form_hash(&castle()),
        form: Box::new(castle()),
        reason: note("…"),
    };
    given::<Trips>(departed()).at(NOON).when(stale).refused_with(|r| assert_eq!(r.code(), "StaleForm"));
    let unsound = form_with(|f| f.pupils = pupils(5));
    given::<Trips>(departed())
        .at(NOON)
        .when(amend(unsound))
        .refused_with(|r| assert_eq!(r.code(), "FormInvalid"));
    let personal = form_with(|f| f.staff[0].work_mobile = Some(number_of(99)));
    given::<Trips>(departed())
        .at(NOON)
        .when(amend(personal))
        .refused_with(|r| assert_eq!(r.code(), "NotAWorkMobile"));
    given::<Trips>(departed()).at(NOON).when(amend(form())).nothing_happens();
    let refusal = Refusal::WrongPhase { phase: "authorised".into(), possible: "out".into() };
    given::<Trips>(ready()).at(WEEK_BEFORE).when(amend(castle())).refused(refusal);
}

/// FORM-9, FORM-4: a party without authorisation that changes its form on the way waits for one from then on.
#[test]
fn a_change_after_leaving_without_clearance_is_measured_against_the_form_it_left_with() {
    let record = Command::RecordLeftWithoutClearance {
        trip: museum(),
        left_at: at(DEPARTURE),
        counts: vec![],
        staff: vec![],
        reason: note("Fire alarm"),
    };
    let story = given::<Trips>(drafted()).at(DEPARTURE).when(record).allowed();
    let story = story.when(amend(castle())).allowed();
    let renamed = TripForm { title: label("Castle"), ..castle() };
    let again = Command::AmendTrip {
        trip: museum(),
        base: form_hash(&castle()),
        form: Box::new(renamed),
        reason: note("…"),
    };
    story.when(again).then_events(|events| {
        let [Event::TripAmended { changed, .. }] = events else { panic!("{events:?}") };
        assert_eq!(changed, &["destinations"], "what waits goes on waiting");
    });
}

fn lost(rule: Rule, person: PersonId) -> impl Fn(&[Event]) {
    move |events| {
        let Some(Event::ReadinessLost { items, .. }) = events.last() else { panic!("{events:?}") };
        assert_eq!(reds(items), [(rule, Some(person))]);
    }
}

fn device_lost(number: u8) -> devices::Event {
    devices::Event::DeviceLost {
        device: mobile(number),
        holder: None,
        trip: Some(museum()),
        note: note("On the bus").into(),
    }
}

/// FORM-3: contrary news after departure alerts the office, once for each fact.
#[test]
fn a_phone_of_the_party_that_is_lost_is_told_once() {
    let story = given::<Trips>(departed()).hears(device_lost(3)).then_events(lost(Rule::Form3, abara()));
    story.hears(device_lost(3)).nothing_happens();
    let quarantined =
        devices::Event::DeviceQuarantined { device: mobile(2), reason: Note::parse("Wet").unwrap().into() };
    let story = given::<Trips>(departed()).hears(quarantined.clone()).then_events(lost(Rule::Form3, lind()));
    let story = story.hears(quarantined).nothing_happens();
    let losses = |story: &decider::kit::Story<Trips>| {
        story.state.trip(museum()).unwrap().outing().unwrap().losses.len()
    };
    assert_eq!(losses(&story), 1, "the board goes on showing it");
    // In service again, and lost again: a new fact.
    let story =
        story.hears(devices::Event::DeviceFound { device: mobile(2), storage: label("Safe") }).allowed();
    assert_eq!(losses(&story), 0);
    let issued = devices::Event::DeviceIssued {
        device: mobile(2),
        holder: devices::Holder::Person(lind()),
        trip: Some(museum()),
        reason: None,
        at: at(NOON),
    };
    story.hears(issued).allowed().hears(device_lost(2)).then_events(lost(Rule::Form3, lind()));
}

/// A phone that nobody of the party carries, or that came back, is no loss; nor is history.
#[test]
fn news_that_no_party_leaned_on_tells_nobody() {
    let only_noted =
        |events: &[Event]| assert!(matches!(events, [Event::WorkMobileNoted { .. }]), "{events:?}");
    given::<Trips>(departed()).hears(device_lost(6)).then_events(only_noted);
    given::<Trips>(departed()).hears_history(device_lost(3)).then_events(only_noted);
    given::<Trips>(ready()).hears(device_lost(3)).then_events(only_noted);
    let swapped = devices::Event::DeviceReturned {
        device: mobile(3),
        holder: devices::Holder::Person(abara()),
        trip: Some(museum()),
        condition: devices::Condition::Damaged,
        storage: label("Safe"),
        recordings: devices::Recordings::None,
        at: at(NOON),
    };
    given::<Trips>(departed()).hears(swapped).then_events(only_noted);
}

/// FORM-2, FORM-8, CONT-6: people who were leaned on and are gone.
#[test]
fn people_the_gate_leaned_on_who_leave_are_told() {
    let left = |person| people::Event::PersonLeft { person };
    let story = given::<Trips>(departed()).hears(left(abara())).then_events(lost(Rule::Dev2, abara()));
    let story = story.hears(left(abara())).nothing_happens();
    story.hears(left(rahman())).then_events(lost(Rule::Form8, rahman()));
    given::<Trips>(departed()).hears(left(tan())).then_events(|events| {
        let Some(Event::ReadinessLost { items, .. }) = events.last() else { panic!("{events:?}") };
        assert_eq!(reds(items), [(Rule::Cont6, Some(tan())), (Rule::Form8, Some(tan()))]);
    });
    let demoted = people::Event::PersonChanged {
        person: pryce(),
        name: "Ms Pryce".parse::<proto::values::Name>().unwrap().into(),
        standing: people::Standing::Staff,
        roles: [people::Role::Leader].into(),
    };
    given::<Trips>(departed()).hears(demoted).then_events(lost(Rule::Form2, pryce()));
}
