//! Ids as people know them. Every name on a page, in the API and in a timeline is found here.

use devices::{Device, Issued};
use proto::envelope::Actor;
use proto::ids::{DeviceId, GroupId, LineId, PersonId, PupilId, TripId};
use proto::topics::ServiceName;
use proto::v1::alerts::Recipient;
use proto::v1::contacts::LineKind;
use proto::v1::devices::Holder;
use proto::v1::gateway::{Mailbox, Reach};
use proto::v1::trips::DirectTraveller;
use proto::values::PhoneNumber;

use super::SchoolView;

impl SchoolView {
    /// A person's name.
    pub fn person_name(&self, person: PersonId) -> String {
        self.people.name(person).map_or_else(|| "somebody unknown".to_owned(), |name| name.shown())
    }

    /// Several people's names: `A, B and C`.
    pub fn person_names<'a>(&self, people: impl IntoIterator<Item = &'a PersonId>) -> String {
        listed(people.into_iter().map(|person| self.person_name(*person)).collect())
    }

    /// The numbers by which the school itself is rung.
    pub fn office_numbers(&self) -> Vec<PhoneNumber> {
        let is_office = |line: &contacts::Line| match line.kind {
            LineKind::Landline | LineKind::Office => true,
            LineKind::BackUpMobile => false,
        };
        let lines = self.contacts.lines().filter(|(_, line)| is_office(line));
        lines.map(|(_, line)| line.number.clone()).collect()
    }

    /// The work mobile that is theirs for good, if one is.
    pub fn own_mobile(&self, person: PersonId) -> Option<(DeviceId, &Device)> {
        let theirs = |device: &Device| matches!(device.issued(), Some(Issued::Permanently { person: of, .. }) if *of == person);
        self.devices.devices().find(|(_, device)| theirs(device))
    }

    /// People's names, each with the number of their own work mobile: `Ruth Adeyemi 07700 900105 and Pat Winterbourne`.
    pub fn persons_reached<'a>(&self, people: impl IntoIterator<Item = &'a PersonId>) -> String {
        let reached = |person: &PersonId| match self.own_mobile(*person) {
            Some((_, device)) => format!("{} {}", self.person_name(*person), device.number.national()),
            None => self.person_name(*person),
        };
        listed(people.into_iter().map(reached).collect())
    }

    /// A device's tag.
    pub fn device_tag(&self, device: DeviceId) -> String {
        self.devices
            .device(device)
            .map_or_else(|| "an unknown phone".to_owned(), |d| d.tag.as_str().to_owned())
    }

    /// Several devices' tags.
    pub fn device_tags<'a>(&self, devices: impl IntoIterator<Item = &'a DeviceId>) -> String {
        listed(devices.into_iter().map(|device| self.device_tag(*device)).collect())
    }

    /// A trip's title.
    pub fn trip_title(&self, trip: TripId) -> String {
        self.trips.trip(trip).map_or_else(|| "an unknown trip".to_owned(), |t| t.shown_title())
    }

    /// A line's name.
    pub fn line_name(&self, line: LineId) -> String {
        self.contacts.line(line).map_or_else(|| "a line that was removed".to_owned(), |l| l.name.to_string())
    }

    /// In whose hands: a person's name, or a pupil's as the form has it.
    pub fn holder_name(&self, holder: Holder) -> String {
        match holder {
            Holder::Person(person) => self.person_name(person),
            Holder::Pupil(pupil) => self
                .trips
                .trips()
                .find_map(|(_, trip)| trip.form.pupil_phones.iter().find(|p| p.pupil == pupil))
                .map_or_else(|| "a pupil".to_owned(), |p| p.name.shown()),
        }
    }

    /// A group's name on a trip.
    pub fn group_name(&self, trip: TripId, group: GroupId) -> String {
        let party = self.checkins.watch(trip).and_then(checkins::Watch::party);
        if let Some(now) = party.and_then(|party| party.groups.get(group)) {
            return now.name.to_string();
        }
        let known = self.trips.trip(trip);
        let of_form = known.and_then(|t| t.form.groups.iter().find(|g| g.group == group).map(|g| &g.name));
        of_form.map_or_else(|| "a group".to_owned(), ToString::to_string)
    }

    /// A pupil who travels directly, as the form has it. [FORM-6]
    pub fn traveller(&self, trip: TripId, pupil: PupilId) -> Option<&DirectTraveller> {
        self.trips.trip(trip)?.form.direct.iter().find(|one| one.pupil == pupil)
    }

    /// What such a pupil is called on the form.
    pub fn traveller_name(&self, trip: TripId, pupil: PupilId) -> String {
        self.traveller(trip, pupil).map_or_else(|| "a pupil".to_owned(), |one| one.name.shown())
    }

    /// Whom a notice is for.
    pub fn recipient_name(&self, recipient: Recipient) -> String {
        match recipient {
            Recipient::Person(person) => self.person_name(person),
            Recipient::Line(line) => self.line_name(line),
        }
    }

    /// To whom a message goes: a person or line, else the phone or mailbox.
    pub fn reached_name(&self, to: Option<Recipient>, via: Reach) -> String {
        match (to, via) {
            (Some(to), _) => self.recipient_name(to),
            (None, Reach::Device(device)) => format!("phone {}", self.device_tag(device)),
            (None, Reach::Line(line)) => self.line_name(line),
            (None, Reach::Inbound(_)) => "whoever texted".to_owned(),
            (None, Reach::Mailbox(Mailbox::Office)) => "the office's mailbox".to_owned(),
            (None, Reach::Mailbox(Mailbox::Dsl)) => "the DSL's mailbox".to_owned(),
            (None, Reach::Mailbox(Mailbox::Head)) => "the head's mailbox".to_owned(),
            (None, Reach::Mailbox(Mailbox::Safeguarding)) => "the safeguarding director's mailbox".to_owned(),
        }
    }

    /// Who acted: none where time passed, or a service heard of something.
    pub fn actor_name(&self, actor: &Actor) -> Option<String> {
        match actor {
            Actor::Person(person) => Some(self.person_name(*person)),
            Actor::Device(device) => Some(format!("phone {}", self.device_tag(*device))),
            Actor::Client(client) => Some(format!("account {client}")),
            Actor::Service(ServiceName::Gateway) => Some("a text or call".to_owned()),
            Actor::Service(_) => None,
        }
    }
}

/// `A, B and C`.
pub(super) fn listed(mut names: Vec<String>) -> String {
    match names.pop() {
        None => "nobody".to_owned(),
        Some(only) if names.is_empty() => only,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}
