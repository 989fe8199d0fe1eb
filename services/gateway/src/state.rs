//! What the gateway knows of a school, from its own journal alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{AttemptId, CaseId, DeviceId, InboundId, LineId, PersonId, PupilId, TripId};
use proto::v1::alerts::ReplyCode;
use proto::v1::alerts::Severity;
use proto::v1::contacts::LineKind;
use proto::v1::devices::{DeviceKind, Handset};
use proto::v1::gateway::{Caller, LocationApp, Progress, Reach, Waypoint};
use proto::values::{AssetTag, DuressHash, Label, PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::attempts::Attempts;
use crate::calls::Calls;
use crate::limits::{DOUBT_UNTIL_OTHER, MAX_POSITION_IDS, MAX_REMEMBERED, REMEMBERED_FOR};
use crate::providers::Providers;

/// A device, as devices told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Device {
    /// Work mobile or basic phone.
    pub kind: DeviceKind,
    /// Whether the phone page can be shown on it.
    pub handset: Handset,
    /// Its tag: also its OwnTracks account.
    pub tag: AssetTag,
    /// Its number.
    pub number: PhoneNumber,
    /// The adult who has it.
    pub person: Option<PersonId>,
    /// The pupil who has it.
    pub pupil: Option<PupilId>,
    /// The trip it is issued to.
    pub trip: Option<TripId>,
    /// Neither lost, damaged, in quarantine, with the police nor retired.
    pub in_service: bool,
}

/// A line, as contacts told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its number.
    pub number: PhoneNumber,
    /// Its name.
    pub name: Label,
}

impl Device {
    /// Whether it is one that is located at all: a work mobile in service, in no pupil's hands. [CHECK-7]
    pub fn may_be_located(&self) -> bool {
        self.kind == DeviceKind::WorkMobile && self.pupil.is_none() && self.in_service
    }

    /// Whether apps and pages run on it.
    pub fn is_smart(&self) -> bool {
        self.handset == Handset::Smart
    }
}

/// A trip, as trips told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trip {
    /// Its title.
    pub title: Label,
    /// Since when it is out, if it is.
    pub out_since: Option<Timestamp>,
    /// The keyed hash of its duress word.
    pub duress: Option<DuressHash>,
    /// Where it goes.
    pub places: Vec<Waypoint>,
    /// The host organisation's number.
    pub host: Option<PhoneNumber>,
    /// It is a drill: whatever goes out of it says so first. [REV-1]
    #[serde(default)]
    pub drill: bool,
}

/// The places that a phone was told.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct PlacesTold {
    pub(crate) trip: TripId,
    /// The message in whose answer they were.
    pub(crate) in_answer_to: Option<String>,
    pub(crate) places: Vec<Waypoint>,
}

/// An open case, as alerts told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Case {
    /// The trip it is about.
    pub trip: Option<TripId>,
    /// The code by which it is taken.
    pub code: ReplyCode,
    /// What happened, in a few words.
    pub headline: Label,
    /// Nothing of it is sent to a phone of the trip.
    pub base_only: bool,
    /// A person has it.
    pub owned: bool,
    /// How urgent it is; none as early journals tell it.
    pub severity: Option<Severity>,
}

/// All the gateway knows of one school.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// Every device that was ever registered.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Lines.
    pub lines: BTreeMap<LineId, Line>,
    /// Trips that have not ended.
    pub trips: BTreeMap<TripId, Trip>,
    /// Open cases.
    pub cases: BTreeMap<CaseId, Case>,
    /// Attempts.
    pub attempts: Attempts,
    /// Calls in.
    pub calls: Calls,
    /// Contacts' own state, as far as routes need it, from its events as they were heard.
    pub contacts: contacts::State,
    /// The number of the last of them.
    pub(crate) contacts_heard: u64,
    /// Who sends, and how they are.
    pub providers: Providers,
    pub(crate) opted_out: BTreeSet<DeviceId>,
    by_number: BTreeMap<PhoneNumber, DeviceId>,
    by_person: BTreeMap<PersonId, BTreeSet<DeviceId>>,
    texts: BTreeMap<InboundId, Text>,
    text_ids: BTreeMap<String, InboundId>,
    text_order: VecDeque<(InboundId, String)>,
    stranger_replies: VecDeque<(Timestamp, Option<String>)>,
    unclear_replies: BTreeMap<DeviceId, VecDeque<Timestamp>>,
    position_ids: BTreeMap<DeviceId, VecDeque<String>>,
    pub(crate) apps: BTreeMap<DeviceId, LocationApp>,
    pub(crate) places_told: BTreeMap<DeviceId, PlacesTold>,
}

/// A text that came in, as far as answers need it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) from: Sender,
    pub(crate) received_at: Timestamp,
}

/// Where an answer goes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sender {
    Device(DeviceId),
    /// None once it was blanked, or if it was withheld.
    Stranger(Option<String>),
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Whether what is about a case of that severity, or about none, is urgent.
pub(crate) fn is_urgent(severity: Option<Severity>) -> bool {
    severity.is_some_and(|severity| severity >= Severity::Urgent)
}

impl State {
    /// The device with that number; one in service before one that is not.
    pub fn device_of_number(&self, number: &PhoneNumber) -> Option<(DeviceId, &Device)> {
        let id = *self.by_number.get(number)?;
        Some((id, self.devices.get(&id)?))
    }

    /// The device with that tag.
    pub fn device_of_tag(&self, tag: &AssetTag) -> Option<(DeviceId, &Device)> {
        self.devices.iter().find(|(_, device)| device.tag == *tag).map(|(id, device)| (*id, device))
    }

    /// The phone by which a person is reached: one that is with a trip under way before any other.
    pub fn phone_of(&self, person: PersonId) -> Option<(DeviceId, &Device)> {
        let ids = self.by_person.get(&person)?;
        let held =
            ids.iter().filter_map(|id| Some((*id, self.devices.get(id)?))).filter(|(_, d)| d.in_service);
        held.max_by_key(|(_, device)| (self.is_out(device.trip), device.trip.is_some()))
    }

    fn is_out(&self, trip: Option<TripId>) -> bool {
        trip.and_then(|id| self.trips.get(&id)).is_some_and(|trip| trip.out_since.is_some())
    }

    /// The trip under way whose host organisation has that number.
    pub fn hosted_by(&self, number: &PhoneNumber) -> Option<TripId> {
        let out = self.trips.iter().filter(|(_, trip)| trip.out_since.is_some());
        out.filter(|(_, trip)| trip.host.as_ref() == Some(number)).map(|(id, _)| *id).next()
    }

    /// The open case with that reply code.
    pub fn case_of_code(&self, code: ReplyCode) -> Option<(CaseId, &Case)> {
        self.cases.iter().find(|(_, case)| case.code == code).map(|(id, case)| (*id, case))
    }

    /// Whether a device opted out of texts.
    pub fn has_opted_out(&self, device: DeviceId) -> bool {
        self.opted_out.contains(&device)
    }

    /// The number to send to, as known now. A stranger's may have been blanked meanwhile.
    pub fn number_of(&self, via: Reach) -> Option<PhoneNumber> {
        match via {
            Reach::Device(id) => self.devices.get(&id).filter(|d| d.in_service).map(|d| d.number.clone()),
            Reach::Line(id) => self.lines.get(&id).map(|line| line.number.clone()),
            Reach::Inbound(id) => match &self.texts.get(&id)?.from {
                Sender::Device(device) => self.devices.get(device).map(|d| d.number.clone()),
                Sender::Stranger(number) => PhoneNumber::parse(number.as_deref()?).ok(),
            },
            Reach::Mailbox(_) => None,
        }
    }

    /// The number of the office, for those who ring or text the wrong one.
    pub fn office_number(&self) -> Option<&PhoneNumber> {
        let best = |line: &&Line| match line.kind {
            LineKind::Office => 0,
            LineKind::Landline => 1,
            LineKind::BackUpMobile => 2,
        };
        self.lines.values().min_by_key(best).map(|line| &line.number)
    }

    /// Whether a text was taken before, under the provider's id.
    pub fn has_text(&self, provider_id: &str) -> bool {
        self.text_ids.contains_key(provider_id)
    }

    pub(crate) fn text(&self, inbound: InboundId) -> Option<&Text> {
        self.texts.get(&inbound)
    }

    /// How often strangers were answered in the hour before: this number, and all together.
    pub(crate) fn stranger_replies(&self, number: &str, now: Timestamp) -> (usize, usize) {
        let recent = || self.stranger_replies.iter().filter(|(at, _)| now.duration_since(*at) < HOUR);
        (recent().filter(|(_, n)| n.as_deref() == Some(number)).count(), recent().count())
    }

    /// How often a phone was told, in the hour before, that it was not understood.
    pub(crate) fn unclear_replies(&self, device: DeviceId, now: Timestamp) -> usize {
        let recent = self.unclear_replies.get(&device).into_iter().flatten();
        recent.filter(|at| now.duration_since(**at) < HOUR).count()
    }

    pub(crate) fn note_unclear_reply(&mut self, device: DeviceId, at: Timestamp) {
        let replies = self.unclear_replies.entry(device).or_default();
        replies.push_back(at);
        while replies.front().is_some_and(|then| at.duration_since(*then) >= HOUR) {
            replies.pop_front();
        }
    }

    /// Whether an attempt is so urgent that it may come twice rather than not at all.
    pub fn is_urgent(&self, attempt: &Attempt) -> bool {
        is_urgent(self.severity(attempt))
    }

    /// How urgent the open case is that it is about, if it is about one.
    pub fn severity(&self, attempt: &Attempt) -> Option<Severity> {
        attempt.case().and_then(|case| self.cases.get(&case)?.severity)
    }

    /// When another provider sends it too, if nobody can say by then whether it was sent.
    pub(crate) fn other_way_at(
        &self,
        id: AttemptId,
        progress: &Progress,
        at: Timestamp,
    ) -> Option<Timestamp> {
        let (Progress::Unknown { .. }, Some(attempt)) = (progress, self.attempts.get(id)) else {
            return None;
        };
        let failed: Vec<_> = attempt.failed_with.iter().chain(&attempt.provider).cloned().collect();
        let another = self.is_urgent(attempt) && self.providers.other(attempt.channel, &failed).is_some();
        another.then(|| at.saturating_add(DOUBT_UNTIL_OTHER).unwrap_or(Timestamp::MAX))
    }

    pub(crate) fn has_position(&self, device: DeviceId, id: &str) -> bool {
        self.position_ids.get(&device).is_some_and(|ids| ids.iter().any(|known| known == id))
    }

    /// The trip under way on which a device is located now, and since when. [CHECK-7]
    pub fn locates(&self, device: DeviceId) -> Option<(TripId, Timestamp)> {
        let trip = self.devices.get(&device).filter(|device| device.may_be_located())?.trip?;
        Some((trip, self.trips.get(&trip)?.out_since?))
    }

    /// By which app a device told last where it is, or was set up to.
    pub fn app_of(&self, device: DeviceId) -> Option<LocationApp> {
        self.apps.get(&device).copied()
    }

    /// Whether a located device was told its trip's places, as they stand.
    pub(crate) fn was_told_places(&self, device: DeviceId) -> bool {
        let Some((trip, _)) = self.locates(device) else { return false };
        let places = self.trips.get(&trip).map(|trip| &trip.places);
        self.places_told.get(&device).is_some_and(|told| told.trip == trip && Some(&told.places) == places)
    }

    /// The places that a device is to be told now: of its trip under way, once; again in the answer to the same message.
    pub(crate) fn places_to_tell(
        &self,
        device: DeviceId,
        in_answer_to: Option<&str>,
    ) -> Option<(TripId, &[Waypoint])> {
        let (trip, _) = self.locates(device)?;
        let places = &self.trips.get(&trip)?.places;
        let same = |told: &PlacesTold| in_answer_to.is_some() && told.in_answer_to.as_deref() == in_answer_to;
        let wanted = !self.was_told_places(device) || self.places_told.get(&device).is_some_and(same);
        (wanted && !places.is_empty()).then_some((trip, places.as_slice()))
    }

    pub(crate) fn note_device(&mut self, id: DeviceId, device: Device) {
        let before = self.devices.get(&id).and_then(|d| d.person);
        if let Some(held) = before.and_then(|person| self.by_person.get_mut(&person)) {
            held.remove(&id);
        }
        if let Some(person) = device.person {
            self.by_person.entry(person).or_default().insert(id);
        }
        if device.in_service || !self.by_number.contains_key(&device.number) {
            self.by_number.insert(device.number.clone(), id);
        }
        self.devices.insert(id, device);
    }

    pub(crate) fn note_text(
        &mut self,
        inbound: InboundId,
        provider_id: &str,
        from: &Caller,
        received_at: Timestamp,
    ) {
        let from = match from {
            Caller::Device { device, .. } => Sender::Device(*device),
            Caller::Stranger { number } => {
                Sender::Stranger(number.as_ref().and_then(|personal| personal.get().cloned()))
            }
        };
        self.texts.insert(inbound, Text { from, received_at });
        self.text_ids.insert(provider_id.to_owned(), inbound);
        self.text_order.push_back((inbound, provider_id.to_owned()));
        while self.text_order.len() > MAX_REMEMBERED || self.has_text_before(received_at) {
            if let Some((oldest, id)) = self.text_order.pop_front() {
                self.texts.remove(&oldest);
                self.text_ids.remove(&id);
            }
        }
    }

    /// Whether the oldest text came so long before that it is remembered no more.
    fn has_text_before(&self, at: Timestamp) -> bool {
        let oldest = self.text_order.front().and_then(|(oldest, _)| self.texts.get(oldest));
        oldest.is_some_and(|text| at.duration_since(text.received_at) > REMEMBERED_FOR)
    }

    pub(crate) fn note_stranger_reply(&mut self, inbound: Option<InboundId>, at: Timestamp) {
        let number = inbound.and_then(|id| self.texts.get(&id)).and_then(|text| match &text.from {
            Sender::Stranger(number) => number.clone(),
            Sender::Device(_) => None,
        });
        self.stranger_replies.push_back((at, number));
        while self.stranger_replies.front().is_some_and(|(then, _)| at.duration_since(*then) >= HOUR) {
            self.stranger_replies.pop_front();
        }
    }

    pub(crate) fn note_position(&mut self, device: DeviceId, id: String) {
        let ids = self.position_ids.entry(device).or_default();
        ids.push_back(id);
        while ids.len() > MAX_POSITION_IDS {
            ids.pop_front();
        }
    }
}

/// What tells a position message from another of the same device: its own id, or its times.
pub(crate) fn position_id(message_id: Option<&str>, fix_at: Timestamp, sent_at: Option<Timestamp>) -> String {
    match (message_id, sent_at) {
        (Some(id), _) => id.to_owned(),
        (None, Some(sent_at)) => format!("{fix_at}/{sent_at}"),
        (None, None) => fix_at.to_string(),
    }
}
