//! What is heard of people, devices and trips; twice told, nothing happens.

use contacts::Contacts;
use decider::kit::Story;
use proto::v1::AnyEvent;
use proto::v1::contacts::{Event, TripPhase};
use proto::v1::devices::{self, Condition, DeviceKind, Handset, Holder, Owner, Recordings};
use proto::v1::people::{self, Role, Standing};
use proto::v1::trips::{self, Accounted};
use proto::values::{AssetTag, Headcount, Name, Personal};

use crate::cast::*;

/// Hears it, and a second time in vain.
#[track_caller]
fn hears_once(story: Story<Contacts>, news: impl Into<AnyEvent>, expected: Event) -> Story<Contacts> {
    let news = news.into();
    story.hears(news.clone()).tells([expected]).hears(news).nothing_happens()
}

#[track_caller]
fn passes_over(story: Story<Contacts>, news: impl Into<AnyEvent>) -> Story<Contacts> {
    story.hears(news).nothing_happens()
}

fn added(roles: &[Role]) -> people::Event {
    people::Event::PersonAdded {
        person: stranger(),
        name: Personal::<Name>::blanked(),
        standing: Standing::Staff,
        roles: roles.iter().copied().collect(),
    }
}

#[test]
fn people_who_come_change_and_leave_are_noted() {
    let changed = people::Event::PersonChanged {
        person: stranger(),
        name: Name::parse("Nia Price").unwrap().into(),
        standing: Standing::Staff,
        roles: [Role::Senior].into_iter().collect(),
    };
    let renamed = people::Event::PersonChanged {
        person: stranger(),
        name: Name::parse("Nia Hill").unwrap().into(),
        standing: Standing::Supply,
        roles: [Role::Senior].into_iter().collect(),
    };
    let story = hears_once(school([]), added(&[Role::Leader]), here(stranger(), &[Role::Leader]));
    let story = hears_once(story, changed, here(stranger(), &[Role::Senior]));
    let story = passes_over(story, renamed);
    hears_once(story, people::Event::PersonLeft { person: stranger() }, gone(stranger()));
}

#[test]
fn rights_to_hold_a_device_are_passed_over() {
    let story = passes_over(school([]), people::Event::HolderAuthorised { person: bea(), until: None });
    let withdrawn = people::Event::AuthorisationWithdrawn { person: bea(), reason: Personal::blanked() };
    let story = passes_over(story, withdrawn);
    passes_over(
        story,
        people::Event::AgreementAccepted { person: bea(), version: 1, at: at("2026-11-20T09:00:00Z") },
    );
}

#[test]
fn news_of_a_duty_nobody_planned_is_passed_over() {
    let night = window("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z");
    let story = passes_over(school([]), people::Event::DutyRemoved { duty: duty(9) });
    let tested = people::Event::DutyTested {
        duty: duty(9),
        person: bea(),
        answer_by: at("2026-11-20T20:00:00Z"),
        night,
    };
    let story = passes_over(story, tested);
    passes_over(
        story,
        people::Event::DutyTestUnanswered { duty: duty(9), person: bea(), night, asked: true },
    );
}

fn registered(kind: DeviceKind) -> devices::Event {
    devices::Event::DeviceRegistered {
        device: proto::ids::DeviceId::derived(uuid::Uuid::nil(), 77),
        kind,
        handset: Handset::Button,
        owner: Owner::School,
        tag: AssetTag::parse("WM-077").expect("a tag"),
        number: number("07700 900077"),
        imei: None,
        storage: label("Safe"),
    }
}

#[test]
fn a_work_mobile_is_followed_through_its_life() {
    let device = proto::ids::DeviceId::derived(uuid::Uuid::nil(), 77);
    let noted = |person, in_service| Event::WorkMobileNoted {
        device,
        number: number("07700 900077"),
        person,
        in_service,
    };
    let when = at("2026-11-20T09:00:00Z");
    let issued = |person| devices::Event::DeviceIssued {
        device,
        holder: Holder::Person(person),
        trip: None,
        reason: None,
        at: when,
    };
    let returned = |condition, recordings| devices::Event::DeviceReturned {
        device,
        holder: Holder::Person(bea()),
        trip: None,
        condition,
        storage: label("Safe"),
        recordings,
        at: when,
    };
    let handed = devices::Event::DeviceHandedOver {
        device,
        from: Holder::Person(mia()),
        to: Holder::Person(bea()),
        trip: None,
    };
    let lost = devices::Event::DeviceLost {
        device,
        holder: Some(Holder::Person(bea())),
        trip: None,
        note: Personal::blanked(),
    };
    let found = || devices::Event::DeviceFound { device, storage: label("Safe") };
    let story = hears_once(school([]), registered(DeviceKind::WorkMobile), noted(None, true));
    let story = hears_once(story, issued(mia()), noted(Some(mia()), true));
    let story = hears_once(story, handed, noted(Some(bea()), true));
    let story = hears_once(story, returned(Condition::Good, Recordings::Cleared), noted(None, true));
    let story = hears_once(story, issued(bea()), noted(Some(bea()), true));
    let story = hears_once(story, returned(Condition::Damaged, Recordings::None), noted(None, false));
    let repaired = devices::Event::DeviceRepaired { device, storage: label("Safe") };
    let story = hears_once(story, repaired, noted(None, true));
    let story = hears_once(story, returned(Condition::Good, Recordings::Kept), noted(None, false));
    let cleared = devices::Event::QuarantineEnded { device, storage: label("Safe") };
    let story = hears_once(story, cleared, noted(None, true));
    let quarantined = devices::Event::DeviceQuarantined { device, reason: Personal::blanked() };
    let story = hears_once(story, quarantined, noted(None, false));
    let story = hears_once(story, found(), noted(None, true));
    let story = hears_once(story, issued(bea()), noted(Some(bea()), true));
    let story = hears_once(story, lost, noted(None, false));
    let story = hears_once(story, found(), noted(None, true));
    let police = devices::Event::DeviceWithPolice { device, trip: None, reference: label("CR/1") };
    let story = hears_once(story, police, noted(None, false));
    let story = hears_once(story, found(), noted(None, true));
    hears_once(story, devices::Event::DeviceRetired { device }, noted(None, false));
}

#[test]
fn basic_phones_and_the_rest_of_the_register_are_passed_over() {
    let device = proto::ids::DeviceId::derived(uuid::Uuid::nil(), 77);
    let story = passes_over(school([]), registered(DeviceKind::BasicPhone));
    let issued = devices::Event::DeviceIssued {
        device,
        holder: Holder::Person(bea()),
        trip: None,
        reason: None,
        at: at("2026-11-20T09:00:00Z"),
    };
    let story = passes_over(story, issued);
    let story = passes_over(story, devices::Event::SimBarred { device });
    passes_over(story, devices::Event::PasscodeConfirmed { device, at: at("2026-11-20T09:00:00Z") });
}

fn returned() -> trips::Event {
    let all = Headcount::new(24).expect("a headcount");
    trips::Event::Returned {
        trip: trip(),
        at: at("2026-11-20T15:00:00Z"),
        accounted: Accounted { back: all, released: Headcount::ZERO, in_hospital: Headcount::ZERO },
        by: owen(),
        note: None,
        devices_due_at: at("2026-11-20T17:00:00Z"),
    }
}

#[test]
fn a_trip_that_returns_and_closes_is_noted_and_then_forgotten() {
    let story = hears_once(school(out()), returned(), phase(TripPhase::Returned));
    let closed = trips::Event::TripClosed { trip: trip(), at: at("2026-11-20T16:00:00Z") };
    let story = hears_once(story, closed, phase(TripPhase::Ended));
    assert!(story.state.trip(trip()).is_none());
}

#[test]
fn a_trip_that_is_cancelled_is_forgotten() {
    let cancelled = trips::Event::TripCancelled { trip: trip(), reason: note("Snow") };
    let story = hears_once(school([trip_noted(&form(friday()), 1)]), cancelled, phase(TripPhase::Ended));
    assert!(story.state.trip(trip()).is_none());
}

#[test]
fn stand_ins_are_noted_at_departure() {
    let mut left = form(friday());
    left.staff.retain(|s| s.person != mia());
    left.staff.push(trips::StaffOnForm { person: bea(), work_mobile: None });
    school([trip_noted(&form(friday()), 1), assessed(1, "2026-11-19T09:00:00Z", vec![])])
        .hears(departed(&left))
        .tells([trip_noted(&left, 1), phase(TripPhase::Out), held(owen(), None, "2026-11-20T09:30:00Z")]);
}

#[test]
fn the_rest_of_a_forms_way_is_passed_over() {
    let when = at("2026-11-20T09:00:00Z");
    let news = [
        trips::Event::FormSubmitted { trip: trip(), form_hash: hash(1), at: when },
        trips::Event::SentBack { trip: trip(), reason: note("Add a deputy"), by: helen() },
        trips::Event::AuthorisationVoided { trip: trip(), changed: vec![] },
        trips::Event::ReadinessLost { trip: trip(), items: vec![] },
        trips::Event::CoverageNoted { trip: trip(), form_hash: hash(1), gaps: vec![] },
    ];
    let mut story = school(out());
    for event in news {
        story = passes_over(story, event);
    }
}

/// History heard again is noted; nobody is told that base is unheld, or of gaps, for days long past.
#[test]
fn history_is_noted_and_tells_nobody() {
    let mut along = form(window("2026-11-20T14:00:00Z", "2026-11-20T19:00:00Z"));
    along.emergency.base_contact = owen();
    school([])
        .hears_history(draft(along.clone(), 1))
        .tells([trip_noted(&along, 1)])
        .hears_history(people::Event::PersonLeft { person: dana() })
        .tells([gone(dana())]);
}

/// News of the others isn't listened to.
#[test]
fn what_contacts_itself_said_is_passed_over() {
    passes_over(school([]), held(owen(), None, "2026-11-20T09:30:00Z"));
}
