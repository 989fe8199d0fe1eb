//! Schools with more than one party: who goes with whom, and on which phones. First names and tags are those of the cast: in each
//! party Ines leads, and Tom is her deputy.

use homeward::demo::{Cast, museum_form};
use jiff::Timestamp;
use proto::ids::{DeviceId, DutyId, GroupId, LineId, PersonId, PupilId, SchoolId, TripId, derive_uuid};
use proto::v1::trips::CheckInPlan;
use uuid::Uuid;

use crate::home::{Extras, OWN};
use crate::outing::Outing;

/// Who of a party is its own.
const PEOPLE: [&str; 2] = ["Ines", "Tom"];

/// Which phones of a party are its own.
const PHONES: [&str; 3] = ["WM-001", "WM-002", "BP-001"];

/// Numbers for drama that a school may have, beginning with this one.
const NUMBERS: usize = 300;

/// How many numbers a school may have.
const NUMBERS_EACH: usize = 100;

/// How many schools, how many parties of each go out at once, for how many half hours, and how many of all parties do a thing at the same
/// time (then the next ones do it).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Size {
    pub(crate) schools: usize,
    pub(crate) parties: usize,
    pub(crate) half_hours: i64,
    pub(crate) together: usize,
}

impl Size {
    /// The story's own school, with one party.
    pub(crate) const ONE: Self = Self { schools: 1, parties: 1, half_hours: 5, together: 1 };
}

/// Who goes out together.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) school: SchoolId,
    /// As this party knows them: its own leader, deputy and phones, and all at school.
    pub(crate) cast: Cast,
}

impl Party {
    /// A trip of theirs, from then on.
    pub(crate) fn outing(&self, leaves: Timestamp, plan: CheckInPlan) -> Outing {
        let mut form = museum_form(&self.cast, leaves, plan);
        let trip = TripId::new();
        form.groups[0].group = GroupId::derived(trip.0, 0);
        form.spare_devices.clear();
        Outing { trip, form }
    }
}

/// The name of a school besides the story's own.
pub(crate) fn name_of(number: usize) -> String {
    format!("oakdale-{number}")
}

/// What a world with so many parties is set up with; and those parties, in turn of each school.
pub(crate) fn with_parties(size: Size) -> (Extras, Vec<Party>) {
    let (mut schools, mut parties) = (Vec::new(), Vec::new());
    for number in 0..size.schools {
        let name = if number == 0 { OWN.to_owned() } else { name_of(number) };
        let id = SchoolId::parse(&name).expect("a slug");
        let (cast, casts) = casts(number, size.parties);
        parties.extend(casts.into_iter().enumerate().map(|(place, cast)| (place, id.clone(), cast)));
        schools.push((id, cast));
    }
    parties.sort_by_key(|(place, ..)| *place);
    let cast = Some(schools.remove(0).1);
    let parties = parties.into_iter().map(|(_, school, cast)| Party { school, cast }).collect();
    (Extras { cast, neighbours: schools, proxied: true, ..Extras::default() }, parties)
}

/// All of a school, and the casts of its parties.
fn casts(school: usize, parties: usize) -> (Cast, Vec<Cast>) {
    let id = |label: &str| derive_uuid(Uuid::nil(), &format!("{school} {label}"), 0);
    let first = NUMBERS + school * NUMBERS_EACH;
    let mut free = (first..first + NUMBERS_EACH).map(|last| leaked(format!("07700 900{last}")));
    let mut free = || free.next().expect("a school has few phones");
    let mut cast = Cast::new();
    if school > 0 {
        for member in &mut cast.people {
            member.id = PersonId(id(member.name));
        }
        for phone in &mut cast.phones {
            (phone.id, phone.number) = (DeviceId(id(phone.tag)), free());
        }
        cast = Cast {
            landline: LineId(id("landline")),
            landline_number: leaked(format!("01632 960{first}")),
            back_up: LineId(id("back-up")),
            duty: DutyId(id("duty")),
            asha: PupilId(id("asha")),
            museum: TripId(id("museum")),
            ..cast
        };
    }
    let (mut all, mut each) = (cast.clone(), vec![cast.clone()]);
    for place in 1..parties {
        let mut party = Cast { asha: PupilId(id(&format!("asha {place}"))), ..cast.clone() };
        for first in PEOPLE {
            let found = party.people.iter_mut().find(|member| member.name.starts_with(first));
            let member = found.expect("of the cast");
            let name = format!("{} {place}", member.name);
            member.id = PersonId(id(&name));
            let mut on_the_register = *member;
            on_the_register.name = leaked(name);
            all.people.push(on_the_register);
        }
        for tag in PHONES {
            let phone = party.phones.iter_mut().find(|phone| phone.tag == tag).expect("of the cast");
            let tag = format!("{tag}-{place}");
            (phone.id, phone.number) = (DeviceId(id(&tag)), free());
            let mut on_the_register = *phone;
            on_the_register.tag = leaked(tag);
            all.phones.push(on_the_register);
        }
        each.push(party);
    }
    (all, each)
}

/// A cast's texts live as long as the test does.
fn leaked(text: String) -> &'static str {
    text.leak()
}
