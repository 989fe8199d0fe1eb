//! One device: what it is, whose hands it is in, and how it got there. [DEV-8]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proto::Timestamp;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{Condition, DeviceKind, Event, Handset, Holder, Owner, Recordings};
use proto::values::{AssetTag, Charge, Imei, Label, Note, Personal, PhoneNumber};
use serde::{Deserialize, Serialize};

/// The most steps of its history that a device keeps at hand; the journal has all of them.
pub const MAX_HISTORY: usize = 40;

/// A device of the register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// What it is for.
    pub kind: DeviceKind,
    /// Whether apps run on it.
    pub handset: Handset,
    /// Whose it is.
    pub owner: Owner,
    /// Its tag.
    pub tag: AssetTag,
    /// Its number.
    pub number: PhoneNumber,
    /// Its IMEI.
    pub imei: Option<Imei>,
    /// When its passcode was last confirmed. [DEV-1]
    pub passcode_confirmed_at: Option<Timestamp>,
    /// How full its battery was when somebody at the desk last looked, and when.
    #[serde(default)]
    pub charge: Option<(Charge, Timestamp)>,
    /// Whose hands it is in.
    pub custody: Custody,
    /// The trips it is kept for, and for whom.
    pub reservations: BTreeMap<TripId, Holder>,
    /// Recordings are on it: it stays in quarantine until they are off it. [MEDIA-2]
    #[serde(default)]
    pub recordings_on: bool,
    /// Safeguarding keeps it for an incident. [INC-3]
    #[serde(default)]
    pub held: bool,
    /// How it got where it is, the newest last.
    pub history: VecDeque<Step>,
}

/// Where a device is: one value, so that two holders can't be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Custody {
    /// In its locked place.
    InStore {
        /// The place. [DEV-4]
        storage: Label,
    },
    /// In somebody's hands.
    Issued(Issued),
    /// In its locked place, broken.
    Damaged {
        /// The place.
        storage: Label,
    },
    /// Out of use until cleared.
    Quarantined {
        /// The place.
        storage: Label,
        /// Whether it is broken, too.
        damaged: bool,
    },
    /// Lost.
    Lost {
        /// Whether IT has barred its SIM.
        sim_barred: bool,
    },
    /// With the police. [INC-3]
    WithPolice {
        /// Their reference.
        reference: Label,
    },
    /// Off the register.
    Retired,
}

impl Custody {
    /// In its locked place, or in somebody's hands: it works, and is ours to use.
    pub fn is_in_service(&self) -> bool {
        match self {
            Self::InStore { .. } | Self::Issued(_) => true,
            Self::Damaged { .. }
            | Self::Quarantined { .. }
            | Self::Lost { .. }
            | Self::WithPolice { .. }
            | Self::Retired => false,
        }
    }
}

/// In whose hands, and what for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Issued {
    /// For a trip.
    ToTrip {
        /// Who holds it.
        holder: Holder,
        /// The trip.
        trip: TripId,
        /// Why a pupil needs it.
        reason: Option<Personal<Note>>,
        /// A senior agreed that it is kept until then.
        overnight: Option<Timestamp>,
    },
    /// For good.
    Permanently {
        /// Who holds it.
        person: PersonId,
        /// The trips for which it is in hand, on the holder's word.
        in_hand: BTreeSet<TripId>,
    },
}

impl Issued {
    /// Who holds it.
    pub fn holder(&self) -> Holder {
        match self {
            Self::ToTrip { holder, .. } => *holder,
            Self::Permanently { person, .. } => Holder::Person(*person),
        }
    }

    /// The trip it was issued to.
    pub fn trip(&self) -> Option<TripId> {
        match self {
            Self::ToTrip { trip, .. } => Some(*trip),
            Self::Permanently { .. } => None,
        }
    }

    /// Every trip that counts on it: that of a permanent issue, too.
    pub fn trips(&self) -> BTreeSet<TripId> {
        match self {
            Self::ToTrip { trip, .. } => BTreeSet::from([*trip]),
            Self::Permanently { in_hand, .. } => in_hand.clone(),
        }
    }
}

/// One step of a device's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the event of that name without the device")]
pub enum Step {
    Registered { storage: Label },
    Issued { holder: Holder, trip: Option<TripId>, at: Timestamp },
    InHandConfirmed { person: PersonId, trip: TripId },
    HandedOver { from: Holder, to: Holder },
    Returned { holder: Holder, trip: Option<TripId>, back: Back, at: Timestamp },
    Lost { holder: Option<Holder>, trip: Option<TripId> },
    SimBarred,
    Found { storage: Label },
    Quarantined,
    QuarantineEnded { storage: Label },
    Repaired { storage: Label },
    WithPolice { reference: Label },
    OvernightAgreed { trip: TripId, until: Timestamp, by: PersonId },
    Retired,
}

/// How a device came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields of a return")]
pub struct Back {
    pub condition: Condition,
    pub storage: Label,
    pub recordings: Recordings,
}

impl Device {
    /// A device as it was registered.
    pub(crate) fn registered(event: &Event) -> Option<(DeviceId, Self)> {
        let Event::DeviceRegistered { device, kind, handset, owner, tag, number, imei, storage } = event
        else {
            return None;
        };
        let new = Self {
            kind: *kind,
            handset: *handset,
            owner: *owner,
            tag: tag.clone(),
            number: number.clone(),
            imei: imei.clone(),
            passcode_confirmed_at: None,
            charge: None,
            custody: Custody::InStore { storage: storage.clone() },
            reservations: BTreeMap::new(),
            recordings_on: false,
            held: false,
            history: VecDeque::from([Step::Registered { storage: storage.clone() }]),
        };
        Some((*device, new))
    }

    /// In whose hands it is, if in anybody's.
    pub fn issued(&self) -> Option<&Issued> {
        match &self.custody {
            Custody::Issued(issued) => Some(issued),
            Custody::InStore { .. }
            | Custody::Damaged { .. }
            | Custody::Quarantined { .. }
            | Custody::Lost { .. }
            | Custody::WithPolice { .. }
            | Custody::Retired => None,
        }
    }

    /// Who holds it.
    pub fn holder(&self) -> Option<Holder> {
        self.issued().map(Issued::holder)
    }

    /// The trip to name when something becomes of it: that it was issued to, or one for which it is in hand.
    pub fn trip(&self) -> Option<TripId> {
        self.issued().and_then(|issued| issued.trips().first().copied())
    }

    /// The last thing that became of it.
    pub(crate) fn last_step(&self) -> Option<&Step> {
        self.history.back()
    }

    fn note(&mut self, step: Step) {
        if self.history.len() == MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(step);
    }

    /// Takes an event that is about this device.
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PasscodeConfirmed { at, .. } => self.passcode_confirmed_at = Some(*at),
            Event::ChargeNoted { charge, at, .. } => self.charge = Some((*charge, *at)),
            Event::DeviceReserved { trip, holder, .. } => {
                self.reservations.insert(*trip, *holder);
            }
            Event::ReservationReleased { trip, .. } => {
                self.reservations.remove(trip);
            }
            Event::DeviceIssued { holder, trip, reason, at, .. } => {
                self.issue(*holder, *trip, reason.clone());
                self.note(Step::Issued { holder: *holder, trip: *trip, at: *at });
            }
            Event::InHandConfirmed { person, trip, .. } => {
                if let Custody::Issued(Issued::Permanently { in_hand, .. }) = &mut self.custody {
                    in_hand.insert(*trip);
                }
                self.note(Step::InHandConfirmed { person: *person, trip: *trip });
            }
            Event::DeviceHandedOver { from, to, .. } => {
                self.hand_over(*to);
                self.note(Step::HandedOver { from: *from, to: *to });
            }
            Event::DeviceReturned { holder, trip, condition, storage, recordings, at, .. } => {
                self.custody = stored(storage, *condition == Condition::Damaged);
                self.recordings_on = *recordings == Recordings::Kept;
                let back = Back { condition: *condition, storage: storage.clone(), recordings: *recordings };
                self.note(Step::Returned { holder: *holder, trip: *trip, back, at: *at });
            }
            Event::RecordingsOffNoted { .. } => self.recordings_on = false,
            Event::HoldNoted { held, .. } => self.held = *held,
            Event::OvernightAgreed { trip, until, by, .. } => {
                if let Custody::Issued(Issued::ToTrip { overnight, .. }) = &mut self.custody {
                    *overnight = Some(*until);
                }
                self.note(Step::OvernightAgreed { trip: *trip, until: *until, by: *by });
            }
            Event::DeviceLost { .. }
            | Event::SimBarred { .. }
            | Event::DeviceFound { .. }
            | Event::DeviceQuarantined { .. }
            | Event::QuarantineEnded { .. }
            | Event::DeviceRepaired { .. }
            | Event::DeviceWithPolice { .. }
            | Event::DeviceRetired { .. } => self.evolve_out_of_use(event),
            Event::DeviceRegistered { .. }
            | Event::RecordingsCleared { .. }
            | Event::IssuingStopped { .. }
            | Event::TripDevicesSettled { .. }
            | Event::ReturnOverdue { .. }
            | Event::SupplyShort { .. }
            | Event::SupplyMet { .. }
            | Event::PersonNoted { .. }
            | Event::TripNoted { .. } => {}
        }
    }

    fn evolve_out_of_use(&mut self, event: &Event) {
        let (custody, step) = match event {
            Event::DeviceLost { holder, trip, .. } => {
                self.passcode_confirmed_at = None;
                (Custody::Lost { sim_barred: false }, Step::Lost { holder: *holder, trip: *trip })
            }
            Event::SimBarred { .. } => (Custody::Lost { sim_barred: true }, Step::SimBarred),
            Event::DeviceFound { storage, .. } => {
                (stored(storage, false), Step::Found { storage: storage.clone() })
            }
            Event::DeviceQuarantined { .. } => (self.quarantined(), Step::Quarantined),
            Event::QuarantineEnded { storage, .. } => {
                self.recordings_on = false;
                (stored(storage, false), Step::QuarantineEnded { storage: storage.clone() })
            }
            Event::DeviceRepaired { storage, .. } => {
                (stored(storage, false), Step::Repaired { storage: storage.clone() })
            }
            Event::DeviceWithPolice { reference, .. } => (
                Custody::WithPolice { reference: reference.clone() },
                Step::WithPolice { reference: reference.clone() },
            ),
            Event::DeviceRetired { .. } => (Custody::Retired, Step::Retired),
            Event::DeviceRegistered { .. }
            | Event::PasscodeConfirmed { .. }
            | Event::ChargeNoted { .. }
            | Event::DeviceReserved { .. }
            | Event::ReservationReleased { .. }
            | Event::DeviceIssued { .. }
            | Event::InHandConfirmed { .. }
            | Event::DeviceHandedOver { .. }
            | Event::DeviceReturned { .. }
            | Event::RecordingsCleared { .. }
            | Event::RecordingsOffNoted { .. }
            | Event::HoldNoted { .. }
            | Event::OvernightAgreed { .. }
            | Event::IssuingStopped { .. }
            | Event::TripDevicesSettled { .. }
            | Event::ReturnOverdue { .. }
            | Event::SupplyShort { .. }
            | Event::SupplyMet { .. }
            | Event::PersonNoted { .. }
            | Event::TripNoted { .. } => return,
        };
        self.custody = custody;
        self.note(step);
    }

    fn issue(&mut self, holder: Holder, trip: Option<TripId>, reason: Option<Personal<Note>>) {
        self.custody = Custody::Issued(match (trip, holder) {
            (Some(trip), holder) => Issued::ToTrip { holder, trip, reason, overnight: None },
            (None, Holder::Person(person)) => Issued::Permanently { person, in_hand: BTreeSet::new() },
            // Never decided: a pupil's phone is always issued for a trip.
            (None, Holder::Pupil(_)) => return,
        });
        if let Some(trip) = trip {
            self.reservations.remove(&trip);
        }
    }

    fn hand_over(&mut self, to: Holder) {
        match (&mut self.custody, to) {
            (Custody::Issued(Issued::ToTrip { holder, .. }), to) => *holder = to,
            (Custody::Issued(Issued::Permanently { person, .. }), Holder::Person(to)) => *person = to,
            (Custody::Issued(Issued::Permanently { .. }), Holder::Pupil(_))
            | (
                Custody::InStore { .. }
                | Custody::Damaged { .. }
                | Custody::Quarantined { .. }
                | Custody::Lost { .. }
                | Custody::WithPolice { .. }
                | Custody::Retired,
                _,
            ) => {}
        }
    }

    fn quarantined(&self) -> Custody {
        match &self.custody {
            Custody::InStore { storage } => Custody::Quarantined { storage: storage.clone(), damaged: false },
            Custody::Damaged { storage } => Custody::Quarantined { storage: storage.clone(), damaged: true },
            other @ (Custody::Issued(_)
            | Custody::Quarantined { .. }
            | Custody::Lost { .. }
            | Custody::WithPolice { .. }
            | Custody::Retired) => other.clone(),
        }
    }
}

fn stored(storage: &Label, damaged: bool) -> Custody {
    let storage = storage.clone();
    if damaged { Custody::Damaged { storage } } else { Custody::InStore { storage } }
}
