//! Why devices says no: for each refusal its sentence, its rule, and what would satisfy it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Holder;
use crate::ids::{DeviceId, PersonId, PupilId, TripId};
use crate::refusal::Refusal as _;
use crate::rules::Rule;
use crate::values::AssetTag;

/// Why devices says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence above each variant says what its fields are")]
pub enum Refusal {
    #[error("there is no such device on the register")]
    UnknownDevice { device: DeviceId },
    #[error("another device is on the register under this id")]
    DeviceExists { device: DeviceId },
    #[error("the tag {tag} is on another device")]
    TagTaken { tag: AssetTag, by: DeviceId },
    #[error("the number is another device's")]
    NumberTaken { by: DeviceId },
    #[error("the IMEI is another device's")]
    ImeiTaken { by: DeviceId },
    #[error("a device's number is a mobile number; this is a landline")]
    NotAMobile {},
    #[error("there is no such trip, or it has ended")]
    UnknownTrip { trip: TripId },
    #[error("the trip's return has begun: nothing more is issued to it")]
    IssuingHasStopped { trip: TripId },
    #[error("there is no such person on the register")]
    UnknownPerson { person: PersonId },
    #[error("the passcode of {tag} was not confirmed within {max_days} days")]
    PasscodeNotConfirmed { device: DeviceId, tag: AssetTag, max_days: u16, confirmed_at: Option<Timestamp> },
    #[error("this person is not authorised to hold a work mobile")]
    NotAuthorised { person: PersonId },
    #[error("this person has not accepted version {version} of the user agreement")]
    AgreementNotAccepted { person: PersonId, version: u16 },
    #[error("a pupil is given a basic phone, never a work mobile")]
    WorkMobileForPupil { device: DeviceId },
    #[error("a basic phone is for pupils; staff carry a work mobile")]
    BasicPhoneForStaff { device: DeviceId, person: PersonId },
    #[error("why the pupil needs a phone must be stated")]
    ReasonMissing { device: DeviceId },
    #[error("the pupil is not on the form as one who holds a phone")]
    PupilNotOnForm { pupil: PupilId },
    #[error("the person is not on the form")]
    NotOnForm { person: PersonId },
    #[error("{tag} is in somebody's hands")]
    InSomebodysHands { device: DeviceId, tag: AssetTag, holder: Holder },
    #[error("{tag} is not in anybody's hands")]
    NotIssued { device: DeviceId, tag: AssetTag },
    #[error("{tag} is lost")]
    IsLost { device: DeviceId, tag: AssetTag },
    #[error("{tag} is not lost")]
    NotLost { device: DeviceId, tag: AssetTag },
    #[error("{tag} is damaged")]
    IsDamaged { device: DeviceId, tag: AssetTag },
    #[error("{tag} is not damaged")]
    NotDamaged { device: DeviceId, tag: AssetTag },
    #[error("{tag} is in quarantine")]
    InQuarantine { device: DeviceId, tag: AssetTag },
    #[error("{tag} is not in quarantine")]
    NotInQuarantine { device: DeviceId, tag: AssetTag },
    #[error("recordings are still on {tag}")]
    RecordingsStillOn { device: DeviceId, tag: AssetTag },
    #[error("{tag} is kept by the DSL")]
    KeptByDsl { device: DeviceId, tag: AssetTag },
    #[error("nothing says what became of the recordings on {tag}")]
    NoClearing { device: DeviceId, tag: AssetTag },
    #[error("{tag} is with the police")]
    IsWithPolice { device: DeviceId, tag: AssetTag },
    #[error("{tag} is retired")]
    IsRetired { device: DeviceId, tag: AssetTag },
    #[error("{tag} is kept for another trip")]
    ReservedForAnother { device: DeviceId, tag: AssetTag, trip: TripId },
    #[error("{tag} is not kept for that trip")]
    NotReserved { device: DeviceId, tag: AssetTag },
    #[error("the device stands twice in the tray")]
    TwiceInTray { device: DeviceId },
    #[error("a tray holds 1 to {max} devices, not {found}")]
    TraySize { max: usize, found: usize },
    #[error("there is another device of this kind in the same hands already")]
    HoldsAnother { holder: Holder, device: DeviceId },
    #[error("another device is kept for the same person on this trip")]
    KeptAnother { holder: Holder, device: DeviceId },
    #[error("this person may hold a device until {until} only, which is too short for a permanent issue")]
    AuthorisedForATimeOnly { person: PersonId, until: Timestamp },
    #[error("{tag} is on permanent issue: it is not due back")]
    OnPermanentIssue { device: DeviceId, tag: AssetTag },
    #[error("nothing was handed out; {} found: {}", count_of(.faults), sentences(.faults))]
    TrayRefused { faults: Vec<(DeviceId, Box<Refusal>)> },
    #[error("only a device on permanent issue is confirmed in hand; this one is not")]
    NotOnPermanentIssue { device: DeviceId },
    #[error("a senior member of staff agrees that a device is kept overnight")]
    NotSenior {},
    #[error("the time until which it is kept must lie ahead")]
    UntilInThePast { until: Timestamp },
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("a device on a trip is reached by its number; it can't be retired")]
    OutOnATrip { device: DeviceId, trip: TripId },
}

crate::refusals!(Refusal {
    UnknownDevice => None, Some("device"), "Register the device first, or check its tag.";
    DeviceExists => None, Some("device"), "Use a new id.";
    TagTaken { tag } => Some(Rule::Dev8), Some("tag"), format!("Give the device a tag of its own; {tag} is taken.");
    NumberTaken => Some(Rule::Dev8), Some("number"), "Check the number: each SIM has its own.";
    ImeiTaken => Some(Rule::Dev8), Some("imei"), "Check the IMEI: dial *#06# on the device.";
    NotAMobile => Some(Rule::Form3), Some("number"), "Give the number of the SIM in it. Landlines are registered as lines.";
    UnknownTrip => None, Some("trip"), "Register the trip first.";
    IssuingHasStopped => Some(Rule::Dev9), Some("trip"), "Issue the device to another trip.";
    UnknownPerson => Some(Rule::Dev2), Some("holder"), "Add the person to the register first.";
    PasscodeNotConfirmed => Some(Rule::Dev1), Some("device"), "Lock the phone, see that it asks for its passcode, and confirm it here.";
    NotAuthorised => Some(Rule::Dev2), Some("holder"), "Authorise the person at the desk: it takes a minute, for supply staff until the end of their day.";
    AgreementNotAccepted => Some(Rule::Dev3), Some("holder"), "Have the person read and accept the agreement, and record it under People.";
    WorkMobileForPupil => Some(Rule::Dev7), Some("device"), "Give the pupil a basic phone.";
    BasicPhoneForStaff => Some(Rule::Dev5), Some("device"), "Give the member of staff a work mobile; it may be a button phone.";
    ReasonMissing => Some(Rule::Dev7), Some("reason"), "State why the pupil may need a phone for safety.";
    PupilNotOnForm => Some(Rule::Dev7), Some("holder"), "Put the pupil and the reason on the trip form.";
    NotOnForm => Some(Rule::Dev5), Some("holder"), "Put the person on the trip form first.";
    InSomebodysHands => Some(Rule::Dev8), Some("device"), "Take it in first, or hand it over.";
    NotIssued => Some(Rule::Dev8), Some("device"), "Check the tag: the register says that it is in store.";
    IsLost => Some(Rule::Dev8), Some("device"), "Record it as found first, or take another one.";
    NotLost => Some(Rule::Dev8), Some("device"), "Check the tag.";
    IsDamaged => Some(Rule::Dev8), Some("device"), "Record its repair first, or take another one.";
    NotDamaged => Some(Rule::Dev8), Some("device"), "Check the tag.";
    InQuarantine => Some(Rule::Dev8), Some("device"), "Clear it and end its quarantine first, or take another one.";
    NotInQuarantine => Some(Rule::Dev8), Some("device"), "Check the tag.";
    RecordingsStillOn => Some(Rule::Media2), Some("device"), "Record under Safeguarding, Recordings, which works computer has them, to whom they went, and who saw them deleted: the phone is then cleared by itself.";
    KeptByDsl => Some(Rule::Inc3), Some("device"), "Ask the DSL: it is cleared once they have given it back.";
    NoClearing => Some(Rule::Media1), Some("recordings"), "Say which works computer has them; or take the phone in with the recordings on it: it goes into quarantine.";
    IsWithPolice => Some(Rule::Inc3), Some("device"), "Take another one: the police have it.";
    IsRetired => Some(Rule::Dev8), Some("device"), "Take another one.";
    ReservedForAnother => Some(Rule::Dev6), Some("device"), "Take another one, or release the reservation first.";
    NotReserved => None, Some("device"), "Nothing needs to be released.";
    TwiceInTray => Some(Rule::Dev8), Some("issues"), "Scan each device once.";
    TraySize { max } => None, Some("issues"), format!("Issue up to {max} devices at a time.");
    HoldsAnother => Some(Rule::Dev8), Some("holder"), "Swap the device, take the other one in first, or list it on the form as a spare.";
    KeptAnother => Some(Rule::Dev6), Some("holder"), "Release the other reservation first.";
    AuthorisedForATimeOnly => Some(Rule::Dev2), Some("person"), "Issue the device for a trip, or authorise the person for good.";
    OnPermanentIssue => Some(Rule::Dev9), Some("device"), "Nothing needs to be agreed: the holder's word that it is in hand is enough.";
    TrayRefused { faults } => faults.first().and_then(|(_, fault)| fault.rule()), Some("issues"), remedies(faults);
    NotOnPermanentIssue => Some(Rule::Dev5), Some("device"), "Issue the device to the person for this trip.";
    NotSenior => Some(Rule::Dev9), None, "Ask a senior member of staff to agree.";
    UntilInThePast => Some(Rule::Dev9), Some("until"), "Give a time that lies ahead, such as tomorrow at 09:00.";
    NamedPersonNeeded => Some(Rule::Dev9), None, "Log in as the person who says so.";
    OutOnATrip => Some(Rule::Dev8), Some("device"), "Take it in first.";
});

/// `1 fault`, `3 faults`.
fn count_of(faults: &[(DeviceId, Box<Refusal>)]) -> String {
    match faults.len() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    }
}

/// What is wrong with a tray, each thing once.
fn sentences(faults: &[(DeviceId, Box<Refusal>)]) -> String {
    each_once(faults.iter().map(|(_, fault)| fault.to_string())).join("; ")
}

/// What would put a tray right, each thing once.
fn remedies(faults: &[(DeviceId, Box<Refusal>)]) -> String {
    each_once(faults.iter().map(|(_, fault)| fault.remedy())).join(" ")
}

fn each_once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}
