//! A tray for a trip: all of it or none, and every fault of it is named.

use proto::refusal::Refusal as _;
use proto::rules::Rule;
use proto::v1::devices::*;
use proto::values::Personal;

use crate::cast::*;

fn basic_for(who: proto::ids::PupilId, reason: Option<&str>) -> Issue {
    Issue { device: basic(1), holder: pupil(who), reason: reason.map(|text| note(text).into()), charge: None }
}

/// DEV-5: each one on the form is issued a device, the pupil a basic phone with the reason.
#[test]
fn a_tray_goes_out_whole() {
    let issues = || [issue(1, okafor()), issue(2, lind()), basic_for(noor(), Some("Diabetes"))];
    let story = after([])
        .when(tray(issues()))
        .then([out(1, okafor()), out(2, lind()), out_to_noor()])
        .when(tray(issues()))
        .nothing_happens();
    let holder = devices::number_holder(&story.state, &number_of(1)).expect("it is out");
    assert_eq!(holder, (mobile(1), adult(okafor()), [museum()].into()));
    assert_eq!(devices::out_of_trip(&story.state, museum()).len(), 3);
}

/// DEV-5: what is out already, just so, is passed over.
#[test]
fn a_tray_scanned_again_with_one_more_issues_that_one() {
    after([out(1, okafor())]).when(tray([issue(1, okafor()), issue(2, lind())])).then([out(2, lind())]);
}

/// DEV-8: one fault holds the whole tray back, and every fault is told with its device.
#[test]
fn every_fault_of_a_tray_is_named_and_nothing_goes_out() {
    let not_locked = Event::PasscodeConfirmed { device: mobile(2), at: at("2026-06-01T09:00:00Z") };
    let story = after([not_locked, lost(3, None, None)]).when(tray([
        issue(1, okafor()),
        issue(2, stranger()),
        issue(3, abara()),
        issue(9, lind()),
    ]));
    let story = story.refused_with(|refusal| {
        let Refusal::TrayRefused { faults } = refusal else { panic!("not a list: {refusal:?}") };
        let expected = [
            (
                mobile(2),
                Refusal::PasscodeNotConfirmed {
                    device: mobile(2),
                    tag: wm(2),
                    max_days: 90,
                    confirmed_at: Some(at("2026-06-01T09:00:00Z")),
                },
            ),
            (mobile(2), Refusal::NotOnForm { person: stranger() }),
            (mobile(2), Refusal::UnknownPerson { person: stranger() }),
            (mobile(3), Refusal::IsLost { device: mobile(3), tag: wm(3) }),
            (mobile(9), Refusal::UnknownDevice { device: mobile(9) }),
        ];
        assert_eq!(*faults, expected.map(|(device, fault)| (device, Box::new(fault))));
        assert_eq!(refusal.rule(), Some(Rule::Dev1));
        assert_eq!(
            refusal.to_string(),
            "nothing was handed out; 5 faults found: the passcode of WM-2 was not confirmed within 90 days; the \
             person is not on the form; there is no such person on the register; WM-3 is lost; there is no such device on the register"
        );
        assert!(refusal.remedy().contains("Put the person on the trip form first."));
    });
    assert!(story.state.device(mobile(1)).is_some_and(|device| device.holder().is_none()));
}

/// DEV-8
#[test]
fn a_tray_is_bounded_and_holds_each_device_once() {
    after([]).when(tray([])).refused(Refusal::TraySize { max: MAX_TRAY, found: 0 });
    let too_many = (0..=MAX_TRAY).map(|_| issue(1, okafor()));
    after([]).when(tray(too_many)).refused(Refusal::TraySize { max: MAX_TRAY, found: MAX_TRAY + 1 });
    after([])
        .when(tray([issue(1, okafor()), issue(1, okafor())]))
        .refused(Refusal::TwiceInTray { device: mobile(1) });
}

#[test]
fn a_full_tray_fits() {
    let many: Vec<u8> = (10..10 + MAX_TRAY as u8).collect();
    let staff: Vec<_> = many.iter().map(|_| proto::ids::PersonId::new()).collect();
    let mut events: Vec<Event> = many.iter().copied().map(registered).collect();
    events.extend(many.iter().map(|n| locked(mobile(*n))));
    events.extend(staff.iter().map(|who| person(*who, trusted())));
    events.push(noted(museum(), needs_with(|n| n.staff = staff.iter().map(|who| (*who, None)).collect())));
    let issues = many.iter().zip(&staff).map(|(n, who)| issue(*n, *who));
    after(events).when(tray(issues)).then_events(|events| assert_eq!(events.len(), MAX_TRAY));
}

/// DEV-1: a confirmation counts up to its age, not a second longer.
#[test]
fn a_passcode_confirmed_too_long_ago_is_refused() {
    let story = |now: &str| after([]).at(now).with_policy(|policy| policy.passcode_max_age_days = 10);
    story("2026-11-12T09:00:00Z").when(tray([issue(1, okafor())])).allowed();
    story("2026-11-12T09:00:01Z").when(tray([issue(1, okafor())])).refused(Refusal::PasscodeNotConfirmed {
        device: mobile(1),
        tag: wm(1),
        max_days: 10,
        confirmed_at: Some(at("2026-11-02T09:00:00Z")),
    });
}

/// DEV-2: authorised now; supply staff until their time.
#[test]
fn only_authorised_people_are_issued_a_work_mobile() {
    let with = |standing| {
        let on_form = needs_with(|needs| needs.staff.push((day(), None)));
        after([noted(museum(), on_form), person(day(), standing)]).when(tray([issue(1, day())]))
    };
    let refusal = || Refusal::NotAuthorised { person: day() };
    with(HolderStanding { authorised: false, ..trusted() }).refused(refusal());
    with(HolderStanding { until: Some(at(MORNING)), ..trusted() }).refused(refusal());
    with(HolderStanding { until: Some(at("2026-11-20T16:00:00Z")), ..trusted() }).allowed();
    with(HolderStanding { here: false, ..trusted() }).refused(Refusal::UnknownPerson { person: day() });
}

/// DEV-3: the agreement in force.
#[test]
fn nobody_is_issued_a_device_without_the_agreement_in_force() {
    let refusal = |version| Refusal::AgreementNotAccepted { person: okafor(), version };
    let not_accepted = person(okafor(), HolderStanding { agreement: None, ..trusted() });
    after([not_accepted]).when(tray([issue(1, okafor())])).refused(refusal(1));
    after([])
        .with_policy(|policy| policy.agreement_version = 2)
        .when(tray([issue(1, okafor())]))
        .refused(refusal(2));
}

/// DEV-5: a device of a trip goes to people on its form, the reserves among them.
#[test]
fn only_people_on_the_form_are_issued_a_device_of_the_trip() {
    after([]).when(tray([issue(1, tan())])).refused(Refusal::NotOnForm { person: tan() });
    after([]).when(tray([issue(1, ferreira())])).then([out(1, ferreira())]);
}

/// DEV-7: pupils get a basic phone, with the reason, and only those on the form.
#[test]
fn a_pupil_gets_a_basic_phone_with_a_reason() {
    let story = || after([]);
    let work_mobile = Issue {
        device: mobile(1),
        holder: pupil(noor()),
        reason: Some(note("Diabetes").into()),
        charge: None,
    };
    story().when(tray([work_mobile])).refused(Refusal::WorkMobileForPupil { device: mobile(1) });
    story().when(tray([basic_for(noor(), None)])).refused(Refusal::ReasonMissing { device: basic(1) });
    let erased =
        Issue { device: basic(1), holder: pupil(noor()), reason: Some(Personal::blanked()), charge: None };
    story().when(tray([erased])).refused(Refusal::ReasonMissing { device: basic(1) });
    story().when(tray([basic_for(sol(), Some("Asthma"))])).refused(Refusal::PupilNotOnForm { pupil: sol() });
    let to_staff = Issue { device: basic(1), holder: adult(okafor()), reason: None, charge: None };
    story()
        .when(tray([to_staff]))
        .refused(Refusal::BasicPhoneForStaff { device: basic(1), person: okafor() });
}

/// DEV-8: one holder at a time, in this trip's hands, another's, or on permanent issue.
#[test]
fn a_device_in_somebodys_hands_is_refused() {
    let refusal = |who| Refusal::InSomebodysHands { device: mobile(1), tag: wm(1), holder: adult(who) };
    after([out(1, lind())]).when(tray([issue(1, okafor())])).refused(refusal(lind()));
    after([for_good(1, tan())]).when(tray([issue(1, okafor())])).refused(refusal(tan()));
    let at_the_farm = Event::DeviceIssued {
        device: mobile(1),
        holder: adult(okafor()),
        trip: Some(farm()),
        reason: None,
        at: at(MORNING),
    };
    after([farm_noted(), at_the_farm]).when(tray([issue(1, okafor())])).refused(refusal(okafor()));
}

/// DEV-8: what is damaged, in quarantine, with the police or retired can't be slipped into a tray.
#[test]
fn a_device_out_of_use_is_refused() {
    let (device, tag) = (mobile(1), wm(1));
    after(broken(1)).when(tray([issue(1, lind())])).refused(Refusal::IsDamaged { device, tag: tag.clone() });
    after([quarantined(1)])
        .when(tray([issue(1, lind())]))
        .refused(Refusal::InQuarantine { device, tag: tag.clone() });
    after([police_have(1)])
        .when(tray([issue(1, lind())]))
        .refused(Refusal::IsWithPolice { device, tag: tag.clone() });
    after([Event::DeviceRetired { device }])
        .when(tray([issue(1, lind())]))
        .refused(Refusal::IsRetired { device, tag });
}

/// DEV-8: one work mobile for each person on a trip, in one tray as in two; spares of the form besides.
#[test]
fn a_second_work_mobile_is_refused_unless_it_is_a_spare() {
    let refusal = || Refusal::HoldsAnother { holder: adult(okafor()), device: mobile(1) };
    after([out(1, okafor())]).when(tray([issue(2, okafor())])).refused(refusal());
    after([]).when(tray([issue(1, okafor()), issue(2, okafor())])).refused(refusal());
    after([out(1, okafor())]).when(tray([issue(5, okafor())])).then([out(5, okafor())]);
    after([out(1, okafor()), came_in(1, okafor(), MORNING)]).when(tray([issue(2, okafor())])).allowed();
}

/// DEV-9
#[test]
fn nothing_is_issued_to_a_trip_that_is_unknown_back_or_over() {
    let ended = noted(museum(), needs_with(|needs| needs.phase = TripPhase::Ended));
    after([ended]).when(tray([issue(1, okafor())])).refused(Refusal::UnknownTrip { trip: museum() });
    after(back([])).when(tray([issue(1, okafor())])).refused(Refusal::IssuingHasStopped { trip: museum() });
    let on_its_way = noted(museum(), needs_with(|needs| needs.phase = TripPhase::Out));
    after([on_its_way]).when(tray([issue(1, okafor())])).allowed();
}
