//! The trip form as it was typed: places, circles, windows, plans, people. What is wrong is told by the field it stands in; what
//! can be read is typed again and read as the same; the trips service takes it or says what stands against it, and what it
//! took is written and read as the same. The input: a form as a browser sends it.
#![no_main]

use std::sync::{Arc, LazyLock};

use board::fuzzing::{trip_fields, trip_form};
use board::view::View;
use checkins::{Side, side_of};
use chassis::school::School;
use decider::{Context, Policy, Service};
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{PersonId, SchoolId, TripId};
use proto::refusal::Refusal;
use proto::v1::trips::{Command, TripForm};
use proto::values::{Position, SchoolZone, allow_drama_numbers};
use uuid::Uuid;

static SCHOOL: LazyLock<Arc<School>> = LazyLock::new(|| {
    allow_drama_numbers();
    Arc::new(School {
        id: SchoolId::parse("elmfield").expect("a slug"),
        name: "Elmfield School".parse().expect("a label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
});

fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().expect("an instant")
}

static VIEW: LazyLock<View> = LazyLock::new(|| View::new(&[Arc::clone(&SCHOOL)], now()));

fn places_are_circles(form: &TripForm) {
    for destination in &form.destinations {
        let area = &destination.area;
        let exact = Position { point: area.centre, accuracy_m: 1.0 };
        assert_eq!(side_of(area, &exact), Some(Side::Inside), "{area:?}");
    }
}

fn is_decided(form: &TripForm) {
    let actor = Actor::Person(PersonId(Uuid::from_u128(1)));
    let (zone, policy) = (SchoolZone::london(), Policy::default());
    let context = Context { now: now(), actor: &actor, cause: Uuid::nil(), zone: &zone, policy: &policy };
    let save = Command::SaveDraft {
        trip: TripId(Uuid::from_u128(2)),
        base: None,
        form: Box::new(form.clone()),
    };
    let mut state = trips::State::default();
    match trips::Trips::decide(&state, save, &context) {
        Ok(events) => {
            for event in events {
                let (kind, data) = proto::wire::split(&event);
                let read: proto::v1::trips::Event = proto::wire::join(&kind, &data).expect("reads what it wrote");
                assert_eq!(read, event);
                trips::Trips::evolve(&mut state, &event);
            }
        }
        Err(refusal) => assert!(format!("{refusal} {}", refusal.remedy()).len() > 8, "{refusal:?}"),
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(typed) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(data) else { return };
    let view = VIEW.school(&SCHOOL.id).expect("it is served");
    let read = |fields| trip_form(fields, &view);
    let form = match read(typed) {
        Ok(form) => form,
        Err(wrong) => {
            assert!(!wrong.is_empty(), "it can't be read, and nobody says why");
            for (field, why) in &wrong {
                assert!(!field.is_empty() && why.len() > 5, "{field}: {why}");
            }
            return;
        }
    };
    places_are_circles(&form);
    is_decided(&form);
    // Typed as it stands it is the same form; ids that were made for rows without one stay.
    let fields = trip_fields(&form, &SCHOOL.zone);
    let again = read(fields.clone()).unwrap_or_else(|wrong| panic!("{wrong:?} of {form:?}"));
    assert_eq!(trip_fields(&again, &SCHOOL.zone), fields);
    let third = read(trip_fields(&again, &SCHOOL.zone)).expect("it was read before");
    assert_eq!(third, again);
});
