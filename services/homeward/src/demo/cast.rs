//! Who and what there is at Elmfield School. All of it is fictional; the numbers are Ofcom's for drama.

use proto::ids::{DeviceId, DutyId, LineId, PersonId, PupilId, TripId, derive_uuid};
use proto::v1::devices::{DeviceKind, Handset};
use proto::v1::people::{Role, Standing};
use uuid::Uuid;

/// The same ids in every demonstration and test.
fn id(label: &str) -> Uuid {
    derive_uuid(Uuid::nil(), label, 0)
}

/// A person of the cast.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: &'static str,
    /// How they stand to the school.
    pub standing: Standing,
    /// What they may do.
    pub roles: &'static [Role],
    /// The work mobile that they hold for good, if they do.
    pub permanent: Option<&'static str>,
}

/// A phone of the cast.
#[derive(Clone, Copy, Debug)]
pub struct Phone {
    /// Its id.
    pub id: DeviceId,
    /// Its tag.
    pub tag: &'static str,
    /// Its number.
    pub number: &'static str,
    /// What it is for.
    pub kind: DeviceKind,
    /// Whether apps run on it.
    pub handset: Handset,
}

/// Elmfield School.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Its people.
    pub people: Vec<Member>,
    /// Its phones.
    pub phones: Vec<Phone>,
    /// Its landline.
    pub landline: LineId,
    /// Its number.
    pub landline_number: &'static str,
    /// Base's back-up mobile, as a line.
    pub back_up: LineId,
    /// The head on call.
    pub duty: DutyId,
    /// A pupil who holds a basic phone.
    pub asha: PupilId,
    /// The trip that is under way in the demonstration.
    pub museum: TripId,
}

/// The landline's number.
pub const LANDLINE: &str = "01632 960001";

impl Cast {
    /// The cast.
    pub fn new() -> Self {
        Self {
            people: people(),
            phones: phones(),
            landline: LineId(id("landline")),
            landline_number: LANDLINE,
            back_up: LineId(id("back-up")),
            duty: DutyId(id("duty")),
            asha: PupilId(id("asha")),
            museum: TripId(id("museum")),
        }
    }

    /// A person, by the first word of their name.
    ///
    /// # Panics
    /// If nobody is called that: a bug of the caller.
    pub fn person(&self, first: &str) -> PersonId {
        let found = self.people.iter().find(|p| p.name.starts_with(first));
        found.unwrap_or_else(|| panic!("nobody in the cast is called {first}")).id
    }

    /// A phone, by its tag.
    ///
    /// # Panics
    /// If there is none: a bug of the caller.
    pub fn phone(&self, tag: &str) -> Phone {
        *self.phones.iter().find(|p| p.tag == tag).unwrap_or_else(|| panic!("no phone is tagged {tag}"))
    }
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

fn people() -> Vec<Member> {
    let member = |name, roles, permanent| Member {
        id: PersonId(id(name)),
        name,
        standing: Standing::Staff,
        roles,
        permanent,
    };
    vec![
        member("Ruth Adeyemi", &[Role::Head, Role::Senior, Role::Admin], Some("WM-005")),
        member("Marcus Bell", &[Role::Senior], Some("WM-006")),
        member("Karin Lindqvist", &[Role::Dsl], Some("WM-003")),
        member("Pat Winterbourne", &[Role::Office], Some("WM-004")),
        member("Ines Okafor", &[Role::Leader], None),
        member("Tom Hughes", &[Role::Leader], None),
        member("Dilys Pryce", &[Role::Leader], None),
    ]
}

fn phones() -> Vec<Phone> {
    let phone = |tag: &'static str, number, kind, handset| Phone {
        id: DeviceId(id(tag)),
        tag,
        number,
        kind,
        handset,
    };
    let mobile = |tag, number| phone(tag, number, DeviceKind::WorkMobile, Handset::Smart);
    vec![
        mobile("WM-001", "07700 900101"),
        phone("WM-002", "07700 900102", DeviceKind::WorkMobile, Handset::Button),
        mobile("WM-003", "07700 900103"),
        mobile("WM-004", "07700 900104"),
        mobile("WM-005", "07700 900105"),
        mobile("WM-006", "07700 900106"),
        mobile("WM-007", "07700 900107"),
        mobile("WM-008", "07700 900108"),
        mobile("WM-009", "07700 900109"),
        phone("BP-001", "07700 900201", DeviceKind::BasicPhone, Handset::Button),
        phone("BP-002", "07700 900202", DeviceKind::BasicPhone, Handset::Button),
    ]
}
