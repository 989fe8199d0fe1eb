//! Why gateway says no: for each refusal its sentence, its rule, and what would satisfy it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AttemptId, DeviceId, InboundId, ProviderName, TripId};
use crate::rules::Rule;

/// Why gateway says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such attempt")]
    UnknownAttempt { attempt: AttemptId },
    #[error("there is no such device on the register")]
    UnknownDevice { device: DeviceId },
    #[error("the attempt is not to be sent now: it is under way, over, or put off")]
    NotToBeSent { attempt: AttemptId },
    #[error("the device is not in the hands of staff on that trip")]
    NotOnTrip { device: DeviceId, trip: TripId },
    #[error("a button phone can't show the phone page")]
    ButtonPhone { device: DeviceId },
    #[error("the phone is not in service: it is lost, damaged, in quarantine, with the police or retired")]
    NotInService { device: DeviceId },
    #[error("this phone opted out of texts")]
    HasOptedOut { device: DeviceId },
    #[error("there is no such call, or it is long over")]
    UnknownCall { call: InboundId },
    #[error("somebody took this call, or it is not over: there is nobody to ring back")]
    NobodyToRingBack { call: InboundId },
    #[error("only a named person rings back")]
    NoNamedPerson {},
    #[error("no provider for texts and calls is set up")]
    NoProvider {},
    #[error("the device is with a trip under way: new settings would wipe what it has queued")]
    OutWithTrip { device: DeviceId, trip: TripId },
    #[error("only work mobiles in service are located: pupils' phones never are")]
    NotLocated { device: DeviceId },
    #[error("the provider is not to be asked now: it is up, it is being asked, or it is none of ours")]
    NotToBeProbed { provider: ProviderName },
    #[error("a text's sender can't be longer than {max} characters, nor its id")]
    TooLong { max: usize },
}

crate::refusals!(Refusal {
    UnknownAttempt => None, Some("attempt"), "Check the id; what was finished long ago is forgotten.";
    UnknownDevice => None, Some("device"), "Register the device first.";
    NotToBeSent => None, Some("attempt"), "Nothing is to be done: it is planned anew if it has to be.";
    NotOnTrip => Some(Rule::Dev5), Some("device"), "Issue the device to a member of staff for that trip first.";
    ButtonPhone => None, Some("device"), "Its holder checks in by text or call: the card says how.";
    NotInService => None, Some("device"), "Choose a phone that can be given out.";
    HasOptedOut => None, Some("device"), "Text START from the phone to the school's number.";
    UnknownCall => None, Some("call"), "Check the id; what was over long ago is forgotten.";
    NobodyToRingBack => None, Some("call"), "Look at the list of calls to ring back again: it may have changed.";
    NoNamedPerson => None, None, "Log in, and say so in your own name.";
    NoProvider => None, None, "Set the provider's account up in the configuration.";
    OutWithTrip => Some(Rule::Check7), Some("device"), "Wait until the trip is back; set another phone up if it can't wait.";
    NotLocated => Some(Rule::Check7), Some("device"), "Pick a work mobile that is in service and in no pupil's hands.";
    NotToBeProbed => None, Some("provider"), "Nothing is to be done: it is asked again in its time.";
    TooLong => None, None, "Check what sent it: no provider's sender or id is that long.";
});
