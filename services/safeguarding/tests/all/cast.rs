//! Who appears in the stories. All are fictional.

use std::collections::BTreeSet;

use decider::kit::{Story, given};
use jiff::Timestamp;
use jiff::civil::Date;
use proto::ids::{DeviceId, IncidentId, PersonId, TripId, UseId, derive_uuid};
use proto::v1::devices::Holder;
use proto::v1::people::Role;
use proto::v1::safeguarding::{
    Command, Danger, Deadlines, Event, IncidentKind, Readers, Use, UseKind, UseSource,
};
use proto::values::{BoundedText, Label, Name, Note, Personal};
use safeguarding::Safeguarding;
use uuid::Uuid;

fn id(name: &str) -> Uuid {
    derive_uuid(Uuid::nil(), name, 0)
}

pub(crate) fn person(name: &str) -> PersonId {
    PersonId(id(name))
}

/// Karin Lindqvist is the DSL, Dev Rao her deputy.
pub(crate) fn karin() -> PersonId {
    person("karin")
}

pub(crate) fn dev() -> PersonId {
    person("dev")
}

/// Ruth Adeyemi is the head.
pub(crate) fn ruth() -> PersonId {
    person("ruth")
}

/// Colin Marsh chairs the trust.
pub(crate) fn colin() -> PersonId {
    person("colin")
}

/// Ines Okafor leads trips; Pat Winterbourne works in the office.
pub(crate) fn ines() -> PersonId {
    person("ines")
}

pub(crate) fn pat() -> PersonId {
    person("pat")
}

pub(crate) fn phone() -> DeviceId {
    DeviceId(id("WM-001"))
}

pub(crate) fn museum() -> TripId {
    TripId(id("museum"))
}

pub(crate) fn incident() -> IncidentId {
    IncidentId(id("incident"))
}

pub(crate) fn entry(number: u64) -> UseId {
    UseId(derive_uuid(Uuid::nil(), "entry", number))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

pub(crate) fn text<const MAX: usize>(text: &str) -> BoundedText<MAX> {
    BoundedText::parse(text).expect("a text that fits")
}

pub(crate) fn note(words: &str) -> Personal<Note> {
    Personal::known(text(words))
}

pub(crate) fn name(words: &str) -> Personal<Name> {
    Personal::known(text(words))
}

pub(crate) fn label(words: &str) -> Label {
    text(words)
}

pub(crate) fn noted(person: PersonId, roles: &[Role], trust: bool) -> Event {
    Event::PersonNoted { person, here: true, roles: roles.iter().copied().collect(), trust }
}

/// The register.
pub(crate) fn register() -> Vec<Event> {
    vec![
        noted(karin(), &[Role::Dsl], false),
        noted(dev(), &[Role::Dsl, Role::Leader], false),
        noted(ruth(), &[Role::Head, Role::Senior], false),
        noted(colin(), &[Role::Senior], true),
        noted(ines(), &[Role::Leader], false),
        noted(pat(), &[Role::Office], false),
    ]
}

/// Friday, 20 November 2026, at nine; the phone is in Ines's hands, for the museum.
pub(crate) fn school() -> Story<Safeguarding> {
    let issued = used(entry(0), "2026-11-20T08:30:00Z", UseKind::Issued {}, 1);
    given::<Safeguarding>(register().into_iter().chain([issued])).at("2026-11-20T09:00:00Z")
}

/// A school whose phones were never handed out: no week of the log waits for review.
pub(crate) fn without_a_log() -> Story<Safeguarding> {
    given::<Safeguarding>(register()).at("2026-03-20T09:00:00Z")
}

/// The same story, with one more event behind it.
pub(crate) fn noting(mut story: Story<Safeguarding>, event: &Event) -> Story<Safeguarding> {
    <Safeguarding as decider::Service>::evolve(&mut story.state, event);
    story
}

pub(crate) fn people(of: &[PersonId]) -> BTreeSet<PersonId> {
    of.iter().copied().collect()
}

/// Those who read what concerns no adult.
pub(crate) fn everybody() -> Readers {
    Readers { dsl: people(&[karin(), dev()]), head: people(&[ruth()]) }
}

/// A line that devices' journal told, in the week of 16 November.
pub(crate) fn used(entry: UseId, when: &str, kind: UseKind, sequence: u64) -> Event {
    let source = UseSource { service: proto::topics::ServiceName::Devices, sequence };
    Event::UseRecorded {
        entry,
        week: day("2026-11-16"),
        used: Use {
            at: at(when),
            device: phone(),
            holder: Some(Holder::Person(ines())),
            trip: Some(museum()),
            kind,
            questioned: false,
            source: Some(source),
        },
        ends_at: at("2026-11-23T00:00:00Z"),
        review_by: at("2026-11-27T12:00:00Z"),
    }
}

pub(crate) fn report() -> Command {
    Command::ReportIncident {
        incident: incident(),
        kind: IncidentKind::Contact,
        danger: Danger::Over {},
        trip: Some(museum()),
        happened_at: at("2026-11-20T08:50:00Z"),
        about: None,
        what: note("A stranger asked a pupil for a photograph at the museum."),
    }
}

pub(crate) fn reported(readers: Readers) -> Event {
    Event::IncidentReported {
        incident: incident(),
        kind: IncidentKind::Contact,
        danger: Danger::Over {},
        trip: Some(museum()),
        happened_at: at("2026-11-20T08:50:00Z"),
        about: None,
        what: note("A stranger asked a pupil for a photograph at the museum."),
        by: ines(),
        at: at("2026-11-20T09:00:00Z"),
        deadlines: Deadlines {
            told_in_person: at("2026-11-20T10:00:00Z"),
            written_up: at("2026-11-21T00:00:00Z"),
            bodies_told: at("2026-11-23T09:00:00Z"),
        },
        bodies: vec![label("The council's safeguarding team")],
        readers,
    }
}

/// It was reported at nine.
pub(crate) fn with_incident() -> Story<Safeguarding> {
    school().by_person(ines()).when(report()).then([reported(everybody())])
}
