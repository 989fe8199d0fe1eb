//! A random school: its people, its phones, its lines.

use std::collections::BTreeSet;

use proto::envelope::Actor;
use proto::ids::{DeviceId, LineId, PersonId, PupilId};
use proto::topics::ServiceName;
use proto::v1::contacts::{Command as Contacts, LineKind};
use proto::v1::devices::{Command as Devices, DeviceKind, Handset, Owner};
use proto::v1::people::{Command as People, Role, Standing};
use proto::values::{
    AssetTag, ClockTime, DailyHours, Label, Name, PhoneNumber, RingSecs, Weekday, WeeklyHours,
    allow_drama_numbers,
};

use crate::story::Act;
use crate::world::World;

/// How many of the staff stay at school: office, head, two seniors, the safeguarding lead.
const AT_SCHOOL: usize = 5;

/// Who and what a school has.
#[derive(Clone, Debug, Default)]
pub(crate) struct School {
    pub(crate) people: Vec<PersonId>,
    /// One work mobile for each person, in the same order; then spares.
    pub(crate) mobiles: Vec<DeviceId>,
    pub(crate) basic_phones: Vec<DeviceId>,
    pub(crate) pupils: Vec<PupilId>,
}

impl School {
    pub(crate) fn office(&self) -> PersonId {
        self.people[0]
    }
    pub(crate) fn head(&self) -> PersonId {
        self.people[1]
    }
    pub(crate) fn senior(&self) -> PersonId {
        self.people[2]
    }
    pub(crate) fn other_senior(&self) -> PersonId {
        self.people[3]
    }
    pub(crate) fn dsl(&self) -> PersonId {
        self.people[4]
    }
    /// Those who go on trips.
    pub(crate) fn leaders(&self) -> &[PersonId] {
        &self.people[AT_SCHOOL..]
    }
    pub(crate) fn place_of(&self, person: PersonId) -> usize {
        self.people.iter().position(|p| *p == person).expect("a person of the school")
    }
    pub(crate) fn mobile_of(&self, person: PersonId) -> DeviceId {
        self.mobiles[self.place_of(person)]
    }
    pub(crate) fn spares(&self) -> &[DeviceId] {
        &self.mobiles[self.people.len()..]
    }
    /// The number of a work mobile, by its place.
    pub(crate) fn number_of(&self, device: DeviceId) -> PhoneNumber {
        let mobile = self.mobiles.iter().position(|d| *d == device);
        let basic = self.basic_phones.iter().position(|d| *d == device);
        number(mobile.map(|n| 100 + n).or(basic.map(|n| 300 + n)).expect("a phone of the school"))
    }
}

pub(crate) fn number(last: usize) -> PhoneNumber {
    PhoneNumber::parse(&format!("07700 900{last:03}")).expect("a drama number")
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

fn roles(place: usize) -> BTreeSet<Role> {
    match place {
        0 => [Role::Office, Role::Admin].into(),
        1 => [Role::Head, Role::Senior].into(),
        2 | 3 => [Role::Senior].into(),
        4 => [Role::Dsl].into(),
        _ => [Role::Leader].into(),
    }
}

/// Makes a school and has the office enter it; a few things are forgotten.
pub(crate) fn enter(world: &mut World) -> School {
    allow_drama_numbers();
    let leaders = 6 + world.dice.below(9);
    let dice = &mut world.dice;
    let school = School {
        people: (0..AT_SCHOOL + leaders).map(|_| PersonId(dice.uuid())).collect(),
        mobiles: (0..AT_SCHOOL + leaders + 3).map(|_| DeviceId(dice.uuid())).collect(),
        basic_phones: (0..3).map(|_| DeviceId(dice.uuid())).collect(),
        pupils: (0..3).map(|_| PupilId(dice.uuid())).collect(),
    };
    for (place, person) in school.people.iter().enumerate() {
        enter_person(world, place, *person);
    }
    for (place, device) in school.mobiles.iter().enumerate() {
        register(world, *device, DeviceKind::WorkMobile, 100 + place);
    }
    for (place, device) in school.basic_phones.iter().enumerate() {
        register(world, *device, DeviceKind::BasicPhone, 300 + place);
    }
    landline(world);
    for place in 0..AT_SCHOOL {
        let (device, person) = (school.mobiles[place], school.people[place]);
        let command = Devices::IssuePermanently { device, person };
        let wait = world.dice.minutes(15, 25);
        world.act_in(wait, Act::Devices(command, None));
    }
    school
}

fn enter_person(world: &mut World, place: usize, person: PersonId) {
    let name: Name = format!("Person {place}").parse().expect("a name");
    let add = People::AddPerson { person, name: name.into(), standing: Standing::Staff, roles: roles(place) };
    world.ask(ServiceName::People, &add, None);
    let wait = world.dice.minutes(3, 8);
    if place < AT_SCHOOL || !world.dice.per_mille(30) {
        world.act_in(wait, Act::People(People::AuthoriseHolder { person, until: None }));
    }
    if place < AT_SCHOOL || !world.dice.per_mille(30) {
        let accept = People::AcceptAgreement { person, version: world.school.policy.agreement_version };
        world.act_in(wait, Act::People(accept));
    }
}

fn register(world: &mut World, device: DeviceId, kind: DeviceKind, place: usize) {
    let register = Devices::RegisterDevice {
        device,
        kind,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: AssetTag::parse(&format!("WM-{place}")).expect("a tag"),
        number: number(place),
        imei: None,
        storage: label("Office safe"),
    };
    world.ask(ServiceName::Devices, &register, None);
    if !world.dice.per_mille(20) {
        let wait = world.dice.minutes(3, 8);
        world.act_in(wait, Act::Devices(Devices::ConfirmPasscode { device }, None));
    }
}

fn landline(world: &mut World) {
    let days = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let hours = |day| DailyHours {
        day,
        from: ClockTime::new(6, 0).expect("a time"),
        to: ClockTime::new(23, 0).expect("a time"),
    };
    let line = Contacts::AddLine {
        line: LineId(world.dice.uuid()),
        name: label("School office"),
        kind: LineKind::Landline,
        number: PhoneNumber::parse("01632 960001").expect("a drama number"),
        hours: WeeklyHours(days.map(hours).into()),
        ring_secs: RingSecs::LINE,
    };
    world.ask(ServiceName::Contacts, &line, None);
}

/// The office.
pub(crate) fn by(person: PersonId) -> Option<Actor> {
    Some(Actor::Person(person))
}
