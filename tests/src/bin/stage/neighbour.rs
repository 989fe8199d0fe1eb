//! Another school on the same Homeward: people, phones, a landline and a trip of its own, out since the story began. Tags,
//! first names and roles are those of the first school; surnames, numbers and ids are its own.

use end_to_end::World;
use homeward::demo::{self, Asking, Cast, LOGINS, museum_form, seed_school};
use proto::ids::{DeviceId, DutyId, LineId, PersonId, PupilId, SchoolId, TripId, derive_uuid};
use proto::v1::trips::CheckInPlan;
use proto::values::PhoneNumber;
use serde_json::{Value, json};
use uuid::Uuid;

/// Its short name: after the first school's, which the world is about.
const SHORT: &str = "westbrook";

/// Its table in the configuration.
pub(crate) const TABLE: &str =
    "[schools.westbrook]\nname = \"Westbrook Academy\"\n[schools.westbrook.policy]\nline_tests = \"off\"\n";

/// In the order of the first school's people.
const NAMES: [&str; 7] = [
    "Ruth Xanthopoulou",
    "Marcus Quillfeather",
    "Karin Zwolinski",
    "Pat Vandersloot",
    "Ines Yarborough",
    "Tom Umfreville",
    "Dilys Jankowska",
];

/// In the order of the first school's phones.
const NUMBERS: [&str; 11] = [
    "07700 900501",
    "07700 900502",
    "07700 900503",
    "07700 900504",
    "07700 900505",
    "07700 900506",
    "07700 900507",
    "07700 900508",
    "07700 900509",
    "07700 900601",
    "07700 900602",
];

const LANDLINE: &str = "01632 960500";

const TITLE: &str = "Year 5 to the Lighthouse";

fn id(label: &str) -> Uuid {
    derive_uuid(Uuid::nil(), &format!("{SHORT} {label}"), 0)
}

fn cast() -> Cast {
    let mut cast = Cast::new();
    for (member, name) in cast.people.iter_mut().zip(NAMES) {
        (member.id, member.name) = (PersonId(id(name)), name);
    }
    for (phone, number) in cast.phones.iter_mut().zip(NUMBERS) {
        (phone.id, phone.number) = (DeviceId(id(phone.tag)), number);
    }
    Cast {
        landline: LineId(id("landline")),
        landline_number: LANDLINE,
        back_up: LineId(id("back-up")),
        duty: DutyId(id("duty")),
        asha: PupilId(id("a pupil")),
        museum: TripId(id("lighthouse")),
        ..cast
    }
}

/// It moves in: its people log in by the first school's names with `west-` before them, and the same passwords.
pub(crate) async fn moves_in(world: &World) -> Value {
    let (cast, school) = (cast(), SchoolId::parse(SHORT).expect("a slug"));
    let client = world.watch.client();
    let asking = Asking::new(&client, school.clone(), cast.person("Ruth"));
    seed_school(&asking, &cast, world.now()).await.expect("the other school is seeded");
    goes_out(&asking, &cast, world).await;
    for (login, password, who) in LOGINS {
        let person = cast.person(who.split(' ').next().expect("a name"));
        world.gives_log_in_at(&school, person, &format!("west-{login}"), password).await;
    }
    let numbers = NUMBERS.into_iter().chain([LANDLINE]);
    let numbers: Vec<String> = numbers
        .map(|number| {
            PhoneNumber::parse(number).expect("a drama number").e164().trim_start_matches("+44").to_owned()
        })
        .collect();
    let surnames: Vec<_> = NAMES.iter().filter_map(|name| name.split(' ').nth(1)).collect();
    json!({ "trip": cast.museum, "numbers": numbers, "surnames": surnames, "title": TITLE, "name": "Westbrook" })
}

/// A trip by its own people, on its own phones.
async fn goes_out(asking: &Asking<'_>, cast: &Cast, world: &World) {
    let plan = CheckInPlan {
        every_minutes: Some(30),
        at: None,
        points: Default::default(),
        remind_before_secs: 300,
        grace_secs: 300,
    };
    let mut form = museum_form(cast, world.now(), plan);
    form.title = TITLE.parse().expect("a label");
    form.destinations[0].name = "Westbrook Lighthouse".parse().expect("a label");
    form.pupil_phones.clear();
    let issue = |tag: &str, who: &str| proto::v1::devices::Issue {
        device: cast.phone(tag).id,
        holder: proto::v1::devices::Holder::Person(cast.person(who)),
        reason: None,
        charge: None,
    };
    let issues = vec![issue("WM-001", "Ines"), issue("WM-002", "Tom")];
    demo::goes_out(asking, cast, cast.museum, form, issues).await.expect("it leaves");
}
