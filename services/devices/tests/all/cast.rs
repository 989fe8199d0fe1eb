//! A recurring cast: the Year 6 walk to the museum, and the phones of a school that doesn't exist.

use std::collections::BTreeSet;

use decider::kit::{Story, given};
use devices::Devices;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{ClientId, DeviceId, PersonId, PupilId, TripId};
use proto::v1::devices::*;
use proto::values::{AssetTag, Imei, Label, Note, PhoneNumber, Window, allow_drama_numbers};

fn id(kind: u8, number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000{kind:02}{number:03}")
}

macro_rules! cast {
    ($kind:literal, $type:ty: $($name:ident = $number:literal),* $(,)?) => {$(
        pub(crate) fn $name() -> $type {
            id($kind, $number).parse().expect("an id")
        }
    )*};
}

// Ms Okafor leads, Mr Lind and Ms Abara come along; Mr Ferreira may stand in. Ms Pryce is a senior leader, Mr Tan works in
// the office, Ms Day is supply staff. Nobody knows the stranger.
cast! { 1, PersonId: okafor = 1, lind = 2, abara = 3, ferreira = 4, pryce = 5, tan = 6, day = 7, stranger = 9 }
cast! { 2, TripId: museum = 1, farm = 2, nowhere = 9 }
cast! { 6, PupilId: noor = 1, sol = 2 }

/// WM-1 to WM-6 are on the register; WM-5 is the museum's spare.
pub(crate) fn mobile(number: u8) -> DeviceId {
    id(4, number).parse().expect("an id")
}

/// BP-1 and BP-2 are on the register.
pub(crate) fn basic(number: u8) -> DeviceId {
    id(5, number).parse().expect("an id")
}

pub(crate) fn number_of(last: u8) -> PhoneNumber {
    allow_drama_numbers();
    PhoneNumber::parse(&format!("07700 9000{last:02}")).expect("a drama number")
}

pub(crate) fn tag(text: &str) -> AssetTag {
    AssetTag::parse(text).expect("a tag")
}

pub(crate) fn wm(number: u8) -> AssetTag {
    tag(&format!("WM-{number}"))
}

pub(crate) fn imei() -> Imei {
    Imei::parse("490154203237518").expect("an IMEI")
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().expect("a note")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).expect("a window")
}

pub(crate) fn adult(person: PersonId) -> Holder {
    Holder::Person(person)
}

pub(crate) fn pupil(pupil: PupilId) -> Holder {
    Holder::Pupil(pupil)
}

pub(crate) const MORNING: &str = "2026-11-20T08:30:00Z";
pub(crate) const BACK: &str = "2026-11-20T15:00:00Z";
pub(crate) const RETURN_DUE: &str = "2026-11-20T17:00:00Z";
pub(crate) const TOMORROW: &str = "2026-11-21T09:00:00Z";

fn registered_as(device: DeviceId, kind: DeviceKind, tag: AssetTag, number: PhoneNumber) -> Event {
    let (handset, owner, storage) = (Handset::Smart, Owner::School, label("Office safe"));
    Event::DeviceRegistered { device, kind, handset, owner, tag, number, imei: None, storage }
}

pub(crate) fn registered(number: u8) -> Event {
    registered_as(mobile(number), DeviceKind::WorkMobile, wm(number), number_of(number))
}

pub(crate) fn basic_registered(number: u8) -> Event {
    let tag = tag(&format!("BP-{number}"));
    registered_as(basic(number), DeviceKind::BasicPhone, tag, number_of(50 + number))
}

pub(crate) fn locked(device: DeviceId) -> Event {
    Event::PasscodeConfirmed { device, at: at("2026-11-02T09:00:00Z") }
}

/// On the register, may hold a device, accepted the agreement.
pub(crate) fn trusted() -> HolderStanding {
    HolderStanding { here: true, senior: false, authorised: true, until: None, agreement: Some(1) }
}

pub(crate) fn person(person: PersonId, standing: HolderStanding) -> Event {
    Event::PersonNoted { person, standing }
}

/// What the museum trip needs: three members of staff, a reserve, a pupil with a phone.
pub(crate) fn needs() -> TripNeeds {
    TripNeeds {
        window: window("2026-11-20T09:00:00Z", "2026-11-20T15:00:00Z"),
        staff: vec![
            (okafor(), Some(number_of(1))),
            (lind(), Some(number_of(2))),
            (abara(), Some(number_of(3))),
        ],
        reserves: vec![ferreira()],
        pupils: vec![noor()],
        spares: vec![mobile(5)],
        phase: TripPhase::Planned,
        return_due: None,
    }
}

pub(crate) fn needs_with(change: impl FnOnce(&mut TripNeeds)) -> TripNeeds {
    let mut needs = needs();
    change(&mut needs);
    needs
}

pub(crate) fn noted(trip: TripId, needs: TripNeeds) -> Event {
    Event::TripNoted { trip, needs }
}

/// The farm trip is at the same time as the museum's.
pub(crate) fn farm_noted() -> Event {
    noted(
        farm(),
        needs_with(|needs| {
            needs.staff = vec![(tan(), None)];
            needs.reserves = vec![okafor()];
            needs.pupils = vec![sol()];
            needs.spares = vec![];
        }),
    )
}

/// Six work mobiles and two basic phones, all locked and in the safe; everyone; the museum trip.
pub(crate) fn school() -> Vec<Event> {
    let mut events: Vec<Event> = (1..=6).map(registered).chain((1..=2).map(basic_registered)).collect();
    events.extend((1..=6).map(mobile).chain((1..=2).map(basic)).map(locked));
    events.extend([okafor(), lind(), abara(), ferreira(), tan()].map(|who| person(who, trusted())));
    events.push(person(pryce(), HolderStanding { senior: true, ..trusted() }));
    events.push(noted(museum(), needs()));
    events
}

/// The school, and what else has happened, on the morning of the trip; the office acts.
pub(crate) fn after(more: impl IntoIterator<Item = Event>) -> Story<Devices> {
    given::<Devices>(school().into_iter().chain(more)).at(MORNING).by_person(tan())
}

pub(crate) fn client() -> Actor {
    Actor::Client(ClientId::parse("lamp").expect("a slug"))
}

/// A work mobile in somebody's hands for the museum trip.
pub(crate) fn out(number: u8, who: PersonId) -> Event {
    Event::DeviceIssued {
        device: mobile(number),
        holder: adult(who),
        trip: Some(museum()),
        reason: None,
        at: at(MORNING),
    }
}

/// BP-1 in Noor's hands.
pub(crate) fn out_to_noor() -> Event {
    Event::DeviceIssued {
        device: basic(1),
        holder: pupil(noor()),
        trip: Some(museum()),
        reason: Some(note("Diabetes").into()),
        at: at(MORNING),
    }
}

/// A work mobile that somebody has for good.
pub(crate) fn for_good(number: u8, who: PersonId) -> Event {
    let holder = adult(who);
    Event::DeviceIssued { device: mobile(number), holder, trip: None, reason: None, at: at(MORNING) }
}

pub(crate) fn issue(number: u8, who: PersonId) -> Issue {
    Issue { device: mobile(number), holder: adult(who), reason: None, charge: None }
}

pub(crate) fn tray(issues: impl IntoIterator<Item = Issue>) -> Command {
    Command::IssueDevices { trip: museum(), issues: issues.into_iter().collect() }
}

pub(crate) fn coming_in(device: DeviceId) -> Return {
    let (condition, recordings) = (Condition::Good, Recordings::None);
    Return { device, condition, storage: label("Office safe"), recordings, clearing: None, charge: None }
}

pub(crate) fn clearing() -> Clearing {
    Clearing { computer: label("Library PC 3"), sent_to: None, witness: Some(tan()) }
}

pub(crate) fn take_in(device: DeviceId) -> Command {
    Command::ReturnDevice { returned: coming_in(device) }
}

pub(crate) fn came_in(number: u8, who: PersonId, now: &str) -> Event {
    Event::DeviceReturned {
        device: mobile(number),
        holder: adult(who),
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Office safe"),
        recordings: Recordings::None,
        at: at(now),
    }
}

pub(crate) fn lost(number: u8, who: Option<PersonId>, trip: Option<TripId>) -> Event {
    let holder = who.map(adult);
    Event::DeviceLost { device: mobile(number), holder, trip, note: note("On the coach").into() }
}

pub(crate) fn quarantined(number: u8) -> Event {
    Event::DeviceQuarantined { device: mobile(number), reason: note("Recordings").into() }
}

/// Damaged: it came back broken from the museum.
pub(crate) fn broken(number: u8) -> [Event; 2] {
    let back = Event::DeviceReturned {
        device: mobile(number),
        holder: adult(okafor()),
        trip: Some(museum()),
        condition: Condition::Damaged,
        storage: label("Repairs"),
        recordings: Recordings::None,
        at: at(MORNING),
    };
    [out(number, okafor()), back]
}

pub(crate) fn police_have(number: u8) -> Event {
    Event::DeviceWithPolice { device: mobile(number), trip: None, reference: label("CR/1") }
}

pub(crate) fn returning() -> TripNeeds {
    needs_with(|needs| {
        needs.phase = TripPhase::Returning;
        needs.return_due = Some(at(RETURN_DUE));
    })
}

/// The museum trip is back; these devices are awaited.
pub(crate) fn back(awaited: impl IntoIterator<Item = DeviceId>) -> [Event; 2] {
    let out: BTreeSet<DeviceId> = awaited.into_iter().collect();
    [noted(museum(), returning()), Event::IssuingStopped { trip: museum(), out }]
}

pub(crate) fn settled(settled: impl IntoIterator<Item = (DeviceId, Settlement)>) -> Event {
    Event::TripDevicesSettled { trip: museum(), settled: settled.into_iter().collect() }
}
