//! The museum trip, told step by step: the form, the senior's word, the tray of phones, the coach leaves, and back.

use homeward::demo::{self, Cast, museum_form};
use jiff::Timestamp;
use proto::envelope::Hash;
use proto::ids::{GroupId, TripId};
use proto::v1::checkins::{self, Via, Word};
use proto::v1::devices::{self, Condition, Holder, Issue, Recordings, Return};
use proto::v1::trips::{self, Accounted, CheckInPlan, GroupCount, TripForm};
use proto::values::{Headcount, Personal};

use crate::world::World;

/// Every half hour from departure; a reminder five minutes before, ten minutes of grace.
pub fn half_hourly() -> CheckInPlan {
    CheckInPlan {
        every_minutes: Some(30),
        at: None,
        points: Default::default(),
        remind_before_secs: 300,
        grace_secs: 600,
    }
}

/// A trip and its form. Its steps wait until all is quiet.
#[derive(Clone)]
pub struct Outing {
    /// The trip.
    pub trip: TripId,
    /// Its form.
    pub form: TripForm,
}

impl Outing {
    /// The museum trip, from nine to one, with the half-hourly plan.
    pub fn museum(world: &World) -> Self {
        let form = museum_form(&world.cast, world.instant("09:00"), half_hourly());
        Self { trip: world.cast.museum, form }
    }

    /// What an authorisation is bound to.
    pub fn form_hash(&self) -> Hash {
        ::trips::form::form_hash(&self.form)
    }

    /// The first group.
    pub fn group(&self) -> GroupId {
        self.form.groups[0].group
    }

    /// Ines saves the form.
    pub async fn drafted(&self, world: &mut World) {
        let (trip, form) = (self.trip, Box::new(self.form.clone()));
        world.as_("Ines").does(trips::Command::SaveDraft { trip, base: None, form }).await;
        world.quiet().await;
    }

    /// Ines submits what she saved.
    pub async fn submits(&self, world: &mut World) {
        let (trip, form_hash) = (self.trip, self.form_hash());
        world.as_("Ines").does(trips::Command::SubmitForm { trip, form_hash }).await;
        world.quiet().await;
    }

    /// Ines saves the form and submits it.
    pub async fn submitted(&self, world: &mut World) {
        self.drafted(world).await;
        self.submits(world).await;
    }

    /// Marcus authorises it.
    pub async fn authorised(&self, world: &mut World) {
        let (trip, form_hash) = (self.trip, self.form_hash());
        let authorise = trips::Command::AuthoriseForm { trip, form_hash, also_on: Vec::new() };
        world.as_("Marcus").does(authorise).await;
        world.quiet().await;
    }

    /// Pat hands the phones out: one to Ines, one to Tom, a basic phone to Asha.
    pub async fn issued(&self, world: &mut World) {
        world.as_("Pat").does(self.tray(world)).await;
        world.quiet().await;
    }

    /// The tray of phones.
    pub fn tray(&self, world: &World) -> devices::Command {
        self.tray_of(&world.cast)
    }

    /// The tray of phones of another cast.
    pub(crate) fn tray_of(&self, cast: &Cast) -> devices::Command {
        let issue = |tag, holder| Issue { device: cast.phone(tag).id, holder, reason: None, charge: None };
        let issues = vec![
            issue("WM-001", Holder::Person(cast.person("Ines"))),
            issue("WM-002", Holder::Person(cast.person("Tom"))),
            Issue {
                reason: Some(Personal::known("Type 1 diabetes".parse().expect("a note"))),
                ..issue("BP-001", Holder::Pupil(cast.asha))
            },
        ];
        devices::Command::IssueDevices { trip: self.trip, issues }
    }

    /// Registered, authorised, supplied: ready to leave.
    pub async fn ready(&self, world: &mut World) {
        self.submitted(world).await;
        self.authorised(world).await;
        self.issued(world).await;
    }

    /// How many get on: all of every group.
    pub fn everybody(&self) -> Vec<GroupCount> {
        demo::everybody(&self.form)
    }

    /// What Ines says when the party leaves.
    pub fn depart(&self) -> trips::Command {
        demo::depart(self.trip, &self.form)
    }

    /// Ready, and gone at nine.
    pub async fn departed(&self, world: &mut World) {
        self.ready(world).await;
        world.at("09:00").await;
        world.as_("Ines").does(self.depart()).await;
        world.quiet().await;
    }

    /// The museum trip on its way at nine; what the phones were told at departure is taken.
    pub async fn under_way(world: &mut World) -> Self {
        let outing = Self::museum(world);
        outing.departed(world).await;
        outing.takes_links(world).await;
        outing
    }

    /// The leader's smartphone gets the link to the phone page.
    pub async fn takes_links(&self, world: &World) {
        world.handset("WM-001").expects_text("your trip page").await;
    }

    /// A check-in by the phone page, pressed now.
    pub fn word(&self, world: &World, word: Word, count: Option<u32>) -> checkins::Command {
        self.pressed(world, "WM-001", word, count, world.now())
    }

    /// A check-in from a phone, pressed then.
    pub fn pressed(
        &self,
        world: &World,
        tag: &str,
        word: Word,
        count: Option<u32>,
        pressed_at: Timestamp,
    ) -> checkins::Command {
        self.pressed_on(&world.cast, tag, word, count, pressed_at)
    }

    /// A check-in from a phone of another cast.
    pub(crate) fn pressed_on(
        &self,
        cast: &Cast,
        tag: &str,
        word: Word,
        count: Option<u32>,
        pressed_at: Timestamp,
    ) -> checkins::Command {
        checkins::Command::CheckIn {
            trip: self.trip,
            group: Some(self.group()),
            device: Some(cast.phone(tag).id),
            word,
            headcount: count.map(heads),
            pressed_at,
            note: None,
            duress: None,
            via: Via::PhonePage,
        }
    }

    /// Everyone is back, and Ines says so.
    pub async fn returned(&self, world: &mut World) {
        world.as_("Ines").does(self.back()).await;
        world.quiet().await;
    }

    /// What Ines says when everyone is back.
    pub(crate) fn back(&self) -> trips::Command {
        let accounted = Accounted { back: self.form.pupils, released: heads(0), in_hospital: heads(0) };
        trips::Command::RecordReturn { trip: self.trip, accounted, note: None }
    }

    /// A phone comes in.
    pub async fn takes_in(&self, world: &mut World, tag: &str) {
        world.as_("Pat").does(take_in(world, tag)).await;
        world.quiet().await;
    }
}

/// So many.
pub fn heads(people: u32) -> Headcount {
    Headcount::new(people).expect("a headcount")
}

/// A phone for somebody.
pub fn issue(world: &World, tag: &str, holder: Holder) -> Issue {
    Issue { device: world.cast.phone(tag).id, holder, reason: None, charge: None }
}

/// What the office says when a phone comes in.
pub fn take_in(world: &World, tag: &str) -> devices::Command {
    take_in_of(&world.cast, tag)
}

/// The same of another cast's phone.
pub(crate) fn take_in_of(cast: &Cast, tag: &str) -> devices::Command {
    devices::Command::ReturnDevice {
        returned: Return {
            device: cast.phone(tag).id,
            condition: Condition::Good,
            storage: "Office safe, shelf 2".parse().expect("a label"),
            recordings: Recordings::None,
            clearing: None,
            charge: None,
        },
    }
}
