//! The school itself: people, phones, lines, duty. Commanded over the bus, by the head.

use chassis::client::BusClient;
use decider::Service;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Actor, Outcome};
use proto::ids::{ArrangementId, CommandId, PersonId, SchoolId};
use proto::v1::contacts::{self, LineKind};
use proto::v1::devices::{self, Owner};
use proto::v1::people::{self, DutyRole};
use proto::v1::safeguarding::{AgreedWith, Command as Care, HandIn, PutAway, Terms, Whose};
use proto::values::{AssetTag, BadText, BoundedText, Label, Name, Note, Personal, PhoneNumber, Window};
use proto::values::{ClockTime, DailyHours, RingSecs, Weekday, WeeklyHours};

use super::cast::Cast;

/// A step of the seeding that was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("seeding: {what}: {why}")]
pub struct SeedFault {
    what: String,
    why: String,
}

/// Asks services in a person's name until they have done it.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    client: &'a BusClient,
    school: SchoolId,
    person: PersonId,
}

/// News travels while we ask: a refusal that it explains is asked again this often, this far apart.
const TRIES: u32 = 200;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(50);

impl<'a> Asking<'a> {
    /// As that person.
    pub fn new(client: &'a BusClient, school: SchoolId, person: PersonId) -> Self {
        Self { client, school, person }
    }

    /// As somebody else.
    pub fn by(&self, person: PersonId) -> Self {
        Self { person, ..self.clone() }
    }

    /// Asks, and asks again while what a service needs to have heard is still on its way.
    pub async fn ask<S: Service>(&self, what: &str, command: S::Command) -> Result<u64, SeedFault> {
        let mut why = String::new();
        for _ in 0..TRIES {
            let actor = Some(Actor::Person(self.person));
            match self.client.ask::<S>(&self.school, CommandId::new(), &command, actor).await {
                Outcome::Accepted { sequence } => return Ok(sequence),
                Outcome::Refused { refusal } => why = format!("{} {}", refusal.message, refusal.remedy),
                Outcome::Faulted { message } => why = message,
            }
            tokio::time::sleep(BETWEEN).await;
        }
        Err(SeedFault { what: what.to_owned(), why })
    }
}

/// A text of the cast, which fits.
pub(super) fn text<const MAX: usize>(text: &str) -> BoundedText<MAX> {
    let fits: Result<BoundedText<MAX>, BadText> = BoundedText::parse(text);
    fits.expect("the cast's texts fit")
}

/// A number of the cast: drama numbers are allowed in the demonstration and in tests.
pub(super) fn number(digits: &str) -> PhoneNumber {
    PhoneNumber::parse(digits).expect("drama numbers are allowed here")
}

/// Puts people, phones, lines and the head's duty on the registers.
pub async fn seed_school(asking: &Asking<'_>, cast: &Cast, now: Timestamp) -> Result<(), SeedFault> {
    seed_people_and_phones(asking, cast).await?;
    add_lines(asking, cast).await?;
    plan_duty(asking, cast, now).await
}

/// Puts people and their phones on the registers.
pub async fn seed_people_and_phones(asking: &Asking<'_>, cast: &Cast) -> Result<(), SeedFault> {
    add_people(asking, cast).await?;
    register_phones(asking, cast).await
}

/// Only the head, as the administrator with whom a school begins.
pub async fn seed_administrator(asking: &Asking<'_>, cast: &Cast) -> Result<(), SeedFault> {
    let person = cast.person("Ruth");
    let ruth = cast.people.iter().find(|member| member.id == person).expect("Ruth is of the cast");
    let add = people::Command::AddPerson {
        person,
        name: Personal::known(text(ruth.name)),
        standing: ruth.standing,
        roles: [people::Role::Admin].into(),
    };
    asking.ask::<people_service::People>(ruth.name, add).await.map(drop)
}

/// What safeguarding keeps of a school day: Year 6's phones in their pouches, an arrangement that goes along on the trip.
pub async fn seed_care(
    asking: &Asking<'_>,
    cast: &Cast,
    trip: proto::ids::TripId,
    today: jiff::civil::Date,
) -> Result<(), SeedFault> {
    let pat = asking.by(cast.person("Pat"));
    for (place, pupil) in ["A.O.", "B.K.", "C.D.", "E.F.", "J.S.", "M.T."].into_iter().enumerate() {
        let phone = HandIn {
            trip: Some(trip),
            pupil: Personal::known(text(pupil)),
            year: 6,
            put_away: PutAway::Off,
            place: text("Office cupboard, tray 1"),
            allowed_by: None,
        };
        let pouch = u16::try_from(place + 1).unwrap_or(u16::MAX);
        pat.ask::<::safeguarding::Safeguarding>(pupil, Care::HandInPhone { pouch, phone }).await?;
    }
    let arrangement = ArrangementId::new();
    let terms = Terms {
        whose: Whose::Pupil { name: Personal::known(text("A.O.")) },
        device: Personal::known(text("Glucose sensor's phone")),
        medical: true,
        reason: Personal::known(text("It alarms when glucose is low.")),
        advice: Personal::known(text("School nurse, at the start of term: keep it on and near.")),
        agreed_by: cast.person("Ruth"),
        signature: None,
        agreed_with: AgreedWith::Parent,
        from: today,
        until: today.saturating_add(jiff::Span::new().weeks(6)),
        conditions: Personal::known(text("In the inside pocket; no photographs.")),
    };
    let dsl = asking.by(cast.person("Karin"));
    let agree = Care::AgreeArrangement { arrangement, terms: Box::new(terms) };
    dsl.ask::<::safeguarding::Safeguarding>("arrangement", agree).await?;
    let along = Care::PutArrangementOnTrip { arrangement, trip, on: true };
    dsl.ask::<::safeguarding::Safeguarding>("arrangement on the trip", along).await?;
    Ok(())
}

async fn add_people(asking: &Asking<'_>, cast: &Cast) -> Result<(), SeedFault> {
    for member in &cast.people {
        let person = member.id;
        let name: Name = text(member.name);
        let add = people::Command::AddPerson {
            person,
            name: Personal::known(name),
            standing: member.standing,
            roles: member.roles.iter().copied().collect(),
        };
        asking.ask::<people_service::People>(member.name, add).await?;
        let authorise = people::Command::AuthoriseHolder { person, until: None };
        asking.ask::<people_service::People>("authorise", authorise).await?;
        let accept = people::Command::AcceptAgreement { person, version: 1 };
        asking.ask::<people_service::People>("agreement", accept).await?;
    }
    Ok(())
}

use ::devices as devices_service;
use ::people as people_service;

async fn register_phones(asking: &Asking<'_>, cast: &Cast) -> Result<(), SeedFault> {
    for phone in &cast.phones {
        let device = phone.id;
        let register = devices::Command::RegisterDevice {
            device,
            kind: phone.kind,
            handset: phone.handset,
            owner: Owner::School,
            tag: AssetTag::parse(phone.tag).expect("the cast's tags fit"),
            number: number(phone.number),
            imei: None,
            storage: storage(),
        };
        asking.ask::<devices_service::Devices>(phone.tag, register).await?;
        asking
            .ask::<devices_service::Devices>("passcode", devices::Command::ConfirmPasscode { device })
            .await?;
    }
    for member in &cast.people {
        if let Some(tag) = member.permanent {
            let issue = devices::Command::IssuePermanently { device: cast.phone(tag).id, person: member.id };
            asking.ask::<devices_service::Devices>(tag, issue).await?;
        }
    }
    Ok(())
}

/// The locked place of the demonstration.
pub(super) fn storage() -> Label {
    text("Office safe, shelf 2")
}

async fn add_lines(asking: &Asking<'_>, cast: &Cast) -> Result<(), SeedFault> {
    let landline = contacts::Command::AddLine {
        line: cast.landline,
        name: text("School landline"),
        kind: LineKind::Landline,
        number: number(cast.landline_number),
        hours: round_the_clock(),
        ring_secs: RingSecs::LINE,
    };
    asking.ask::<::contacts::Contacts>("landline", landline).await?;
    let back_up = contacts::Command::AddLine {
        line: cast.back_up,
        name: text("Base's back-up mobile"),
        kind: LineKind::BackUpMobile,
        number: number(cast.phone("WM-009").number),
        hours: round_the_clock(),
        ring_secs: RingSecs::LINE,
    };
    asking.ask::<::contacts::Contacts>("back-up mobile", back_up).await?;
    Ok(())
}

/// The demonstration may be started at night.
fn round_the_clock() -> WeeklyHours {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let midnight = ClockTime::new(0, 0).expect("midnight is a time of day");
    let day = |day| DailyHours { day, from: midnight, to: midnight };
    WeeklyHours([Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday].map(day).to_vec())
}

async fn plan_duty(asking: &Asking<'_>, cast: &Cast, now: Timestamp) -> Result<(), SeedFault> {
    let window =
        Window::new(now, now.saturating_add(SignedDuration::from_hours(48)).unwrap_or(Timestamp::MAX));
    let window = window.expect("two days are not empty");
    let (duty, person) = (cast.duty, cast.person("Ruth"));
    let plan = people::Command::PlanDuty { duty, person, role: DutyRole::Base, window };
    asking.ask::<people_service::People>("duty", plan).await?;
    Ok(())
}

/// A note of the demonstration.
pub(super) fn note(of: &str) -> Note {
    text(of)
}
