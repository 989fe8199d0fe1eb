//! Basic phones and work mobiles: register, custody, supply.

mod refusals;

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, PersonId, PupilId, TripId};
use crate::values::{AssetTag, Charge, Imei, Label, Note, Personal, PhoneNumber, Window};

pub use refusals::Refusal;

/// The most devices that one tray issues or takes in.
pub const MAX_TRAY: usize = 60;

/// What a device is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Carried by staff.
    WorkMobile,
    /// Given to a pupil who needs a phone for safety.
    BasicPhone,
}

/// Whether apps can run on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Handset {
    /// Apps run on it.
    Smart,
    /// Calls and texts only.
    Button,
}

/// Whose it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// The school's own.
    School,
    /// Lent by the trust or council.
    Trust,
    /// Lent for the day by the host.
    Host,
}

/// In whose hands a device is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// A member of staff, or another adult of the trip.
    Person(PersonId),
    /// A pupil.
    Pupil(PupilId),
}

/// How a device came back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// As it went out.
    Good,
    /// Broken, cracked or not starting: it can't be issued until repaired.
    Damaged,
}

/// What became of recordings on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Recordings {
    /// None were made.
    None,
    /// Sent on and cleared.
    Cleared,
    /// Still on it: it goes into quarantine.
    Kept,
}

/// What became of recordings: on a works computer, sent on only as consented, off the phone. [MEDIA-1, MEDIA-2]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clearing {
    /// The works computer that has them now.
    pub computer: Label,
    /// To whom they were sent on, if to anybody.
    pub sent_to: Option<Personal<Note>>,
    /// Who saw that they were deleted, where somebody did.
    pub witness: Option<PersonId>,
}

/// How a device of a trip was settled. [DEV-9]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It is back.
    Returned,
    /// A named person declared it lost.
    Lost,
    /// The police have it.
    WithPolice,
    /// A senior agreed that it is kept overnight.
    KeptOvernight,
    /// On permanent issue: the holder's word is enough.
    PermanentIssue,
}

/// One device of a tray that goes out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Which device.
    pub device: DeviceId,
    /// To whom.
    pub holder: Holder,
    /// Why a pupil needs it. [DEV-7]
    pub reason: Option<Personal<Note>>,
    /// How full its battery is, if somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
}

/// One device of a tray that comes in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Which device.
    pub device: DeviceId,
    /// Its condition.
    pub condition: Condition,
    /// The locked place where it is now. [DEV-4]
    pub storage: Label,
    /// Recordings on it. [MEDIA-1]
    pub recordings: Recordings,
    /// What became of those that were cleared.
    #[serde(default)]
    pub clearing: Option<Clearing>,
    /// How full its battery is, if somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<Charge>,
}

/// What devices is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Puts a device on the register.
    RegisterDevice {
        /// Its id.
        device: DeviceId,
        /// What it is for.
        kind: DeviceKind,
        /// Whether apps run on it.
        handset: Handset,
        /// Whose it is.
        owner: Owner,
        /// Its tag: unique.
        tag: AssetTag,
        /// Its number: unique, a mobile.
        number: PhoneNumber,
        /// Its IMEI: unique.
        imei: Option<Imei>,
        /// The locked place where it is kept.
        storage: Label,
    },
    /// Confirms that it is protected by a passcode. [DEV-1]
    ConfirmPasscode {
        /// Which device.
        device: DeviceId,
    },
    /// Keeps a device for a trip.
    ReserveDevice {
        /// Which device.
        device: DeviceId,
        /// For which trip.
        trip: TripId,
        /// For whom.
        holder: Holder,
    },
    /// Gives a reservation up.
    ReleaseReservation {
        /// Which device.
        device: DeviceId,
        /// Of which trip.
        trip: TripId,
    },
    /// Hands devices out to a trip: all of them, or none.
    IssueDevices {
        /// For which trip.
        trip: TripId,
        /// The tray.
        #[schemars(length(min = 1, max = 60))]
        issues: Vec<Issue>,
    },
    /// Hands a device to a member of staff for good.
    IssuePermanently {
        /// Which device.
        device: DeviceId,
        /// To whom.
        person: PersonId,
    },
    /// The holder of a permanent issue says that it is in hand for a trip. [DEV-5]
    ConfirmInHand {
        /// Which device.
        device: DeviceId,
        /// For which trip.
        trip: TripId,
    },
    /// One device for another, in the same hands: the first comes in.
    SwapDevice {
        /// The one that comes in.
        returned: Return,
        /// The one that goes out instead.
        replacement: DeviceId,
    },
    /// A device changes hands on a trip.
    HandOverDevice {
        /// Which device.
        device: DeviceId,
        /// To whom.
        to: Holder,
    },
    /// Takes devices in: each stands for itself.
    ReturnDevice {
        /// Which, how and where.
        returned: Return,
    },
    /// A named person declares a device lost. [DEV-8, DEV-9]
    DeclareLost {
        /// Which device.
        device: DeviceId,
        /// What is known.
        note: Personal<Note>,
    },
    /// IT barred the SIM of a lost device.
    RecordSimBarred {
        /// Which device.
        device: DeviceId,
    },
    /// A lost device turned up.
    RecordFound {
        /// Which device.
        device: DeviceId,
        /// The locked place where it is now.
        storage: Label,
    },
    /// Puts a device in store out of use.
    QuarantineDevice {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: Personal<Note>,
    },
    /// It is cleared: back in use.
    ReleaseFromQuarantine {
        /// Which device.
        device: DeviceId,
        /// The locked place where it is now.
        storage: Label,
    },
    /// A damaged device works again.
    RecordRepaired {
        /// Which device.
        device: DeviceId,
        /// The locked place where it is now.
        storage: Label,
    },
    /// The police took it. [INC-3]
    HandToPolice {
        /// Which device.
        device: DeviceId,
        /// Their reference.
        reference: Label,
    },
    /// A senior agrees that a device is kept overnight. [DEV-9]
    AgreeOvernight {
        /// Which device.
        device: DeviceId,
        /// Until when it is due back.
        until: Timestamp,
    },
    /// Takes a device out of the register.
    RetireDevice {
        /// Which device.
        device: DeviceId,
    },
}

/// What devices records. Events that note what was heard of others end in `Noted`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A device is on the register.
    DeviceRegistered {
        /// Its id.
        device: DeviceId,
        /// What it is for.
        kind: DeviceKind,
        /// Whether apps run on it.
        handset: Handset,
        /// Whose it is.
        owner: Owner,
        /// Its tag.
        tag: AssetTag,
        /// Its number.
        number: PhoneNumber,
        /// Its IMEI.
        imei: Option<Imei>,
        /// Where it is kept.
        storage: Label,
    },
    /// Somebody at the desk read how full its battery is, as it went out or came in.
    ChargeNoted {
        /// Which device.
        device: DeviceId,
        /// How full.
        charge: Charge,
        /// When.
        at: Timestamp,
    },
    /// Its passcode was confirmed.
    PasscodeConfirmed {
        /// Which device.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// It is kept for a trip.
    DeviceReserved {
        /// Which device.
        device: DeviceId,
        /// For which trip.
        trip: TripId,
        /// For whom.
        holder: Holder,
    },
    /// It is no longer kept for a trip.
    ReservationReleased {
        /// Which device.
        device: DeviceId,
        /// Of which trip.
        trip: TripId,
    },
    /// It went out.
    DeviceIssued {
        /// Which device.
        device: DeviceId,
        /// To whom.
        holder: Holder,
        /// For which trip; none is a permanent issue.
        trip: Option<TripId>,
        /// Why a pupil needs it.
        reason: Option<Personal<Note>>,
        /// When.
        at: Timestamp,
    },
    /// A permanent issue is in hand for a trip, on the holder's word.
    InHandConfirmed {
        /// Which device.
        device: DeviceId,
        /// Whose it is.
        person: PersonId,
        /// For which trip.
        trip: TripId,
    },
    /// It changed hands.
    DeviceHandedOver {
        /// Which device.
        device: DeviceId,
        /// From whom.
        from: Holder,
        /// To whom.
        to: Holder,
        /// On which trip.
        trip: Option<TripId>,
    },
    /// It came back.
    DeviceReturned {
        /// Which device.
        device: DeviceId,
        /// From whom.
        holder: Holder,
        /// From which trip.
        trip: Option<TripId>,
        /// Its condition.
        condition: Condition,
        /// The locked place where it is now.
        storage: Label,
        /// Recordings on it.
        recordings: Recordings,
        /// When.
        at: Timestamp,
    },
    /// What had become of the recordings with which it came back. [MEDIA-1]
    RecordingsCleared {
        /// Which device.
        device: DeviceId,
        /// From whom.
        holder: Holder,
        /// From which trip.
        trip: Option<TripId>,
        /// What became of them.
        clearing: Clearing,
        /// When it came back.
        at: Timestamp,
    },
    /// Heard of safeguarding: it is kept for an incident, or no longer. While it is, it is not cleared. [INC-3]
    HoldNoted {
        /// Which device.
        device: DeviceId,
        /// Whether it is kept.
        held: bool,
    },
    /// Heard of safeguarding: the recordings are off it. [MEDIA-2]
    RecordingsOffNoted {
        /// Which device.
        device: DeviceId,
    },
    /// It is lost: IT is to bar the SIM.
    DeviceLost {
        /// Which device.
        device: DeviceId,
        /// Whose hands it was in.
        holder: Option<Holder>,
        /// Of which trip.
        trip: Option<TripId>,
        /// What is known.
        note: Personal<Note>,
    },
    /// Its SIM is barred.
    SimBarred {
        /// Which device.
        device: DeviceId,
    },
    /// It turned up.
    DeviceFound {
        /// Which device.
        device: DeviceId,
        /// Where it is now.
        storage: Label,
    },
    /// It is out of use until it is cleared.
    DeviceQuarantined {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: Personal<Note>,
    },
    /// It is cleared.
    QuarantineEnded {
        /// Which device.
        device: DeviceId,
        /// Where it is now.
        storage: Label,
    },
    /// It works again.
    DeviceRepaired {
        /// Which device.
        device: DeviceId,
        /// Where it is now.
        storage: Label,
    },
    /// The police have it.
    DeviceWithPolice {
        /// Which device.
        device: DeviceId,
        /// Of which trip.
        trip: Option<TripId>,
        /// Their reference.
        reference: Label,
    },
    /// It may be kept overnight.
    OvernightAgreed {
        /// Which device.
        device: DeviceId,
        /// Of which trip.
        trip: TripId,
        /// When it is due back.
        until: Timestamp,
        /// The senior who agreed.
        by: PersonId,
    },
    /// It is off the register.
    DeviceRetired {
        /// Which device.
        device: DeviceId,
    },
    /// Nothing more is issued to a trip: its return has begun, or it was called off.
    IssuingStopped {
        /// The trip.
        trip: TripId,
        /// The devices whose return (or holder's word) is awaited; those kept overnight as agreed are not among them.
        out: BTreeSet<DeviceId>,
    },
    /// Every device of a trip is in, or its absence settled. trips may close it. [DEV-9]
    TripDevicesSettled {
        /// The trip.
        trip: TripId,
        /// Each device and how.
        settled: Vec<(DeviceId, Settlement)>,
    },
    /// Devices of a trip are not back in time.
    ReturnOverdue {
        /// The trip; none for one kept overnight after its trip had closed.
        trip: Option<TripId>,
        /// The devices.
        devices: BTreeSet<DeviceId>,
        /// When they were due.
        due_at: Timestamp,
    },
    /// There are too few devices of a kind on a day. [DEV-6]
    SupplyShort {
        /// The day, in the school's zone.
        day: civil::Date,
        /// Of which kind.
        kind: DeviceKind,
        /// How many the registered trips need.
        needed: u16,
        /// How many there are, the reserve for base already taken off.
        available: u16,
        /// The trips of that day.
        trips: BTreeSet<TripId>,
    },
    /// There are enough again.
    SupplyMet {
        /// The day.
        day: civil::Date,
        /// Of which kind.
        kind: DeviceKind,
    },
    /// Heard of people: what matters for holding a device.
    PersonNoted {
        /// Who.
        person: PersonId,
        /// What is known now.
        standing: HolderStanding,
    },
    /// Heard of trips: what a trip needs.
    TripNoted {
        /// The trip.
        trip: TripId,
        /// What is known now.
        needs: TripNeeds,
    },
}

/// What devices knows of a person.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct HolderStanding {
    /// Still on the register.
    pub here: bool,
    /// Has the senior role (or head).
    pub senior: bool,
    /// May hold a device.
    pub authorised: bool,
    /// Until when, if not for good.
    pub until: Option<Timestamp>,
    /// The version of the agreement accepted.
    pub agreement: Option<u16>,
}

/// What devices knows of a trip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TripNeeds {
    /// When it is out.
    pub window: Window,
    /// The staff, each with the number that stands against them on the form.
    pub staff: Vec<(PersonId, Option<PhoneNumber>)>,
    /// Adults who may stand in: a device may be issued to them, none is set aside for them.
    #[serde(default)]
    pub reserves: Vec<PersonId>,
    /// Pupils who are to hold a basic phone.
    pub pupils: Vec<PupilId>,
    /// Work mobiles that go along as spares: somebody may carry one besides their own.
    #[serde(default)]
    pub spares: Vec<DeviceId>,
    /// Where it stands.
    pub phase: TripPhase,
    /// When its devices are due back, once it has returned.
    pub return_due: Option<Timestamp>,
}

/// Where a trip stands, as far as devices goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TripPhase {
    /// Registered: it counts in the supply forecast, devices may be issued.
    Planned,
    /// Out.
    Out,
    /// Its return has begun: nothing more is issued.
    Returning,
    /// Called off with devices out: they are expected back, nothing more is issued.
    Cancelled,
    /// Closed, or cancelled with every device in.
    Ended,
}

impl TripNeeds {
    /// Whether the person is on the form, among the staff or the reserves.
    pub fn names(&self, person: PersonId) -> bool {
        self.staff.iter().any(|(staff, _)| *staff == person) || self.reserves.contains(&person)
    }
}
