//! Who appears in the stories. All are fictional.

use std::collections::BTreeSet;

use decider::kit::{Story, given};
use people::People;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{ClientId, DeviceId, DutyId, InboundId, PersonId, TripId, derive_uuid};
use proto::v1::checkins::Word;
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::people::{Command, DutyNight, DutyRole, Event, Role, Standing};
use proto::values::{Name, Note, Personal, Window};
use uuid::Uuid;

/// Priya Shah sets Homeward up.
pub(crate) fn priya() -> PersonId {
    PersonId(id("priya"))
}

/// Owen Blake works in the office.
pub(crate) fn owen() -> PersonId {
    PersonId(id("owen"))
}

/// Dana Okafor is the safeguarding lead.
pub(crate) fn dana() -> PersonId {
    PersonId(id("dana"))
}

/// Lena Marsh leads trips.
pub(crate) fn lena() -> PersonId {
    PersonId(id("lena"))
}

/// Sam Reed is supply staff.
pub(crate) fn sam() -> PersonId {
    PersonId(id("sam"))
}

pub(crate) fn duty(number: u64) -> DutyId {
    DutyId(derive_uuid(Uuid::nil(), "duty", number))
}

pub(crate) fn inbound(number: u64) -> InboundId {
    InboundId(derive_uuid(Uuid::nil(), "inbound", number))
}

fn id(name: &str) -> Uuid {
    derive_uuid(Uuid::nil(), name, 0)
}

pub(crate) fn roles(roles: &[Role]) -> BTreeSet<Role> {
    roles.iter().copied().collect()
}

pub(crate) fn name(text: &str) -> Personal<Name> {
    Name::parse(text).expect("a valid value").into()
}

pub(crate) fn note(text: &str) -> Personal<Note> {
    Note::parse(text).expect("a valid value").into()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a valid value")
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).expect("a valid value")
}

pub(crate) fn added(person: PersonId, called: &str, standing: Standing, may: &[Role]) -> Event {
    Event::PersonAdded { person, name: name(called), standing, roles: roles(may) }
}

pub(crate) fn add(person: PersonId, called: &str, standing: Standing, may: &[Role]) -> Command {
    Command::AddPerson { person, name: name(called), standing, roles: roles(may) }
}

pub(crate) fn change(person: PersonId, called: &str, standing: Standing, may: &[Role]) -> Command {
    Command::ChangePerson { person, name: name(called), standing, roles: roles(may) }
}

/// The five of the cast on the register, and what else happened; Owen acts, on Friday 20 November 2026, 09:00.
pub(crate) fn school(more: impl IntoIterator<Item = Event>) -> Story<People> {
    let cast = [
        added(priya(), "Priya Shah", Standing::Staff, &[Role::Admin]),
        added(owen(), "Owen Blake", Standing::Staff, &[Role::Office]),
        added(dana(), "Dana Okafor", Standing::Staff, &[Role::Dsl]),
        added(lena(), "Lena Marsh", Standing::Staff, &[Role::Leader]),
        added(sam(), "Sam Reed", Standing::Supply, &[]),
    ];
    given::<People>(cast.into_iter().chain(more)).by_person(owen())
}

pub(crate) fn a_client() -> Actor {
    Actor::Client(ClientId::parse("mis-import").expect("a valid value"))
}

pub(crate) fn a_phone() -> Actor {
    Actor::Device(DeviceId(id("phone")))
}

/// Dana is on call as the safeguarding lead, from Friday 16:00 to Saturday 08:00.
pub(crate) fn friday_night() -> Window {
    window("2026-11-20T16:00:00Z", "2026-11-21T08:00:00Z")
}

/// The night within it.
pub(crate) fn that_night() -> Window {
    window("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z")
}

pub(crate) fn plan(duty: DutyId, person: PersonId, role: DutyRole, window: Window) -> Command {
    Command::PlanDuty { duty, person, role, window }
}

pub(crate) fn danas_duty() -> Event {
    let night = DutyNight {
        night: that_night(),
        test_at: at("2026-11-20T18:00:00Z"),
        answer_by: at("2026-11-20T20:00:00Z"),
    };
    Event::DutyPlanned {
        duty: duty(1),
        person: dana(),
        role: DutyRole::Dsl,
        window: friday_night(),
        nights: vec![night],
    }
}

pub(crate) fn dana_was_asked() -> Event {
    Event::DutyTested {
        duty: duty(1),
        person: dana(),
        answer_by: at("2026-11-20T20:00:00Z"),
        night: that_night(),
    }
}

pub(crate) fn dana_did_not_answer() -> Event {
    Event::DutyTestUnanswered { duty: duty(1), person: dana(), night: that_night(), asked: true }
}

pub(crate) fn dana_confirmed(when: &str, inbound: Option<InboundId>) -> Event {
    Event::DutyConfirmed { duty: duty(1), at: at(when), inbound, night: that_night() }
}

/// A text from the phone in somebody's hands.
pub(crate) fn text_from(person: Option<PersonId>, trip: Option<TripId>, meaning: Meaning) -> gateway::Event {
    let device = DeviceId(id("phone"));
    text(Caller::Device { device, person, pupil: None, trip }, meaning, "2026-11-20T18:20:00Z")
}

pub(crate) fn text(from: Caller, meaning: Meaning, received_at: &str) -> gateway::Event {
    gateway::Event::TextReceived {
        inbound: inbound(1),
        provider_id: "SM1".to_owned(),
        from,
        body: Personal::blanked(),
        meaning,
        duress: false,
        received_at: at(received_at),
    }
}

pub(crate) fn ok() -> Meaning {
    Meaning::Says { word: Word::Ok, headcount: None }
}
