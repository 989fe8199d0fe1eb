//! The one table of who may ask what. What isn't in it is refused.
//!
//! It is the outer gate: the deciders judge what depends on the case (the authoriser isn't on the trip, the holder has
//! the device). Here stands only which roles a command is for at all.

use std::collections::BTreeSet;

use proto::topics::ServiceName;
use proto::v1::people::Role;

/// Something that a person wants to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<'a> {
    /// A command of a service, by its variant's name.
    Command(ServiceName, &'a str),
    /// To see something.
    See(Seen),
    /// To make log-ins and set passwords of others.
    ManageLogins,
}

/// What can be seen. The rest is for everybody who logs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// Texts and calls with their words.
    Messages,
    /// The usage log. [USE-1]
    Usage,
    /// The register of arrangements, with their reasons. [PERS-2]
    Arrangements,
    /// All that is kept about a person; who opened which record.
    Records,
    /// The figures of a term, for governors.
    Report,
}

/// Whom something is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Everybody who logs in.
    Everyone,
    /// Whoever has one of these roles.
    OneOf(&'static [Role]),
    /// No person: services do it themselves.
    Nobody,
}

/// Somebody may not. `Display` is for whoever asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forbidden(pub Who);

impl std::fmt::Display for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Who::OneOf(roles) => {
                let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                write!(
                    f,
                    "You can't do this: it is for people with one of these roles: {}.",
                    roles.join(", ")
                )
            }
            Who::Everyone | Who::Nobody => {
                f.write_str("Nobody can do this by hand: Homeward does it by itself.")
            }
        }
    }
}

const fn one_of(roles: &'static [Role]) -> Who {
    Who::OneOf(roles)
}

/// Keeps registers, hands devices out, watches.
const DESK: Who = one_of(&[Role::Office, Role::Senior, Role::Head, Role::Admin]);
/// Holds base, keeps the rota.
const BASE: Who = one_of(&[Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin]);
/// Fills forms in and leads trips.
const TRIPS: Who = one_of(&[Role::Leader, Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin]);
/// Authorises.
const SENIOR: Who = one_of(&[Role::Senior, Role::Head]);
/// Reviews the usage log.
const DSL: Who = one_of(&[Role::Dsl]);
/// Handles incidents, each as far as it may be read; a senior may be the chair or the proprietor. [INC-7]
const SAFEGUARDING: Who = one_of(&[Role::Dsl, Role::Head, Role::Senior]);
/// Sets Homeward up.
const SETS_UP: Who = one_of(&[Role::Admin]);
/// Changes the policy, an administrator with a head's word. [REV-1]
const POLICY: Who = one_of(&[Role::Head, Role::Admin]);
/// Sees how phones are used, and keeps the arrangements.
const USAGE: Who = one_of(&[Role::Dsl, Role::Head]);
/// Answers for what is kept about people: holds, exports, erasure, who opened what.
const RECORDS: Who = one_of(&[Role::Dsl, Role::Head, Role::Admin]);
const EVERYONE: Who = Who::Everyone;
const NOBODY: Who = Who::Nobody;

use ServiceName::{Alerts, Checkins, Contacts, Devices, Gateway, People, Safeguarding, Trips};

#[rustfmt::skip]
const COMMANDS: &[(ServiceName, &str, Who)] = &[
    (People, "AddPerson", DESK),
    (People, "ChangePerson", DESK),
    (People, "RemovePerson", DESK),
    (People, "AuthoriseHolder", DESK),
    (People, "WithdrawAuthorisation", DESK),
    (People, "AcceptAgreement", EVERYONE),
    (People, "PlanDuty", BASE),
    (People, "RemoveDuty", BASE),
    (People, "ConfirmDuty", EVERYONE),
    (People, "ChoosePreset", POLICY),
    (People, "ChangePolicy", POLICY),
    (People, "ReviewPolicy", POLICY),

    (Devices, "RegisterDevice", DESK),
    (Devices, "ConfirmPasscode", DESK),
    (Devices, "ReserveDevice", DESK),
    (Devices, "ReleaseReservation", DESK),
    (Devices, "IssueDevices", DESK),
    (Devices, "IssuePermanently", DESK),
    (Devices, "ConfirmInHand", EVERYONE),
    (Devices, "SwapDevice", DESK),
    (Devices, "HandOverDevice", EVERYONE),
    (Devices, "ReturnDevice", BASE),
    (Devices, "DeclareLost", EVERYONE),
    (Devices, "RecordSimBarred", DESK),
    (Devices, "RecordFound", DESK),
    (Devices, "QuarantineDevice", BASE),
    (Devices, "ReleaseFromQuarantine", BASE),
    (Devices, "RecordRepaired", DESK),
    (Devices, "HandToPolice", BASE),
    (Devices, "AgreeOvernight", SENIOR),
    (Devices, "RetireDevice", DESK),

    (Trips, "SaveDraft", TRIPS),
    (Trips, "CopyTrip", TRIPS),
    (Trips, "SubmitForm", TRIPS),
    (Trips, "AuthoriseForm", SENIOR),
    (Trips, "SendBack", SENIOR),
    (Trips, "AmendTrip", TRIPS),
    (Trips, "Depart", TRIPS),
    (Trips, "RecordLeftWithoutClearance", TRIPS),
    (Trips, "SettleClearance", BASE),
    (Trips, "RecordReturn", TRIPS),
    (Trips, "CloseTrip", TRIPS),
    (Trips, "CancelTrip", TRIPS),
    (Trips, "ReviewDrill", BASE),
    (Trips, "AddNote", EVERYONE),

    (Checkins, "CheckIn", EVERYONE),
    (Checkins, "WriteDownCall", EVERYONE),
    (Checkins, "RecordRelease", TRIPS),
    (Checkins, "MovePupils", TRIPS),
    (Checkins, "SplitGroup", TRIPS),
    (Checkins, "JoinGroups", TRIPS),
    (Checkins, "CallForHelp", EVERYONE),
    (Checkins, "ReportLostChild", EVERYONE),
    (Checkins, "ReportChildFound", EVERYONE),
    (Checkins, "RecordArrival", TRIPS),

    (Contacts, "AddLine", DESK),
    (Contacts, "ChangeLine", DESK),
    (Contacts, "RemoveLine", DESK),
    (Contacts, "MarkLine", BASE),
    (Contacts, "TestLine", BASE),
    (Contacts, "CloseEarly", BASE),
    (Contacts, "HoldBase", EVERYONE),
    (Contacts, "HandOverBase", EVERYONE),

    (Alerts, "OwnCase", EVERYONE),
    (Alerts, "HandBackCase", EVERYONE),
    (Alerts, "ResolveCase", EVERYONE),
    (Alerts, "RaiseAlert", EVERYONE),
    (Alerts, "AddNote", EVERYONE),

    (Safeguarding, "LogUse", EVERYONE),
    (Safeguarding, "SignOffWeek", DSL),
    (Safeguarding, "ReportIncident", EVERYONE),
    (Safeguarding, "OpenIncident", SAFEGUARDING),
    (Safeguarding, "RecordTold", SAFEGUARDING),
    (Safeguarding, "AssessIncident", SAFEGUARDING),
    (Safeguarding, "WriteUp", SAFEGUARDING),
    (Safeguarding, "RecordReferral", SAFEGUARDING),
    (Safeguarding, "SeizeDevice", SAFEGUARDING),
    (Safeguarding, "HandSeizedToPolice", SAFEGUARDING),
    (Safeguarding, "GiveSeizedBack", SAFEGUARDING),
    (Safeguarding, "RecordSearch", SAFEGUARDING),
    (Safeguarding, "RecordDisposal", SAFEGUARDING),
    (Safeguarding, "RecordParents", SAFEGUARDING),
    (Safeguarding, "AddToIncident", SAFEGUARDING),
    (Safeguarding, "RecordDebrief", SAFEGUARDING),
    (Safeguarding, "CloseIncident", SAFEGUARDING),
    (Safeguarding, "HandInPhone", TRIPS),
    (Safeguarding, "GivePhoneBack", TRIPS),
    (Safeguarding, "AgreeArrangement", USAGE),
    (Safeguarding, "RenewArrangement", USAGE),
    (Safeguarding, "EndArrangement", USAGE),
    (Safeguarding, "PutArrangementOnTrip", USAGE),
    (Safeguarding, "HoldRecords", RECORDS),
    (Safeguarding, "LiftHold", RECORDS),
    (Safeguarding, "ClearRecordings", BASE),
    (Safeguarding, "ClearOnTour", EVERYONE),

    (Gateway, "TakeText", NOBODY),
    (Gateway, "TakeKey", NOBODY),
    (Gateway, "TakeCall", NOBODY),
    (Gateway, "TakeCallKeys", NOBODY),
    (Gateway, "AcceptCall", NOBODY),
    (Gateway, "RecordDial", NOBODY),
    (Gateway, "EndCall", NOBODY),
    (Gateway, "RecordRungBack", BASE),
    (Gateway, "RecordProgress", NOBODY),
    (Gateway, "BeginAttempt", NOBODY),
    (Gateway, "TakePosition", NOBODY),
    (Gateway, "RecordWaypointsSent", NOBODY),
    (Gateway, "ShowSetUp", DESK),
    (Gateway, "SendPageLink", TRIPS),
    // Asked by the phone page itself, for whoever has the phone; of the others only by whoever may send the link.
    (Gateway, "SendPageWord", TRIPS),
    (Gateway, "SendTestText", DESK),
    (Gateway, "SetUp", NOBODY),
    (Gateway, "BeginProbe", NOBODY),
    (Gateway, "RecordContact", NOBODY),
];

/// Whom an action is for.
pub fn who(action: Action<'_>) -> Who {
    match action {
        Action::Command(service, variant) => COMMANDS
            .iter()
            .find(|(of, name, _)| *of == service && *name == variant)
            .map_or(NOBODY, |(_, _, who)| *who),
        Action::See(Seen::Messages) => BASE,
        Action::See(Seen::Usage | Seen::Arrangements) => USAGE,
        Action::See(Seen::Records | Seen::Report) => RECORDS,
        Action::ManageLogins => SETS_UP,
    }
}

/// Whether somebody with these roles may.
pub fn may(roles: &BTreeSet<Role>, action: Action<'_>) -> Result<(), Forbidden> {
    let whom = who(action);
    match whom {
        Who::Everyone => Ok(()),
        Who::OneOf(any) if any.iter().any(|role| roles.contains(role)) => Ok(()),
        Who::OneOf(_) | Who::Nobody => Err(Forbidden(whom)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::openapi::variants;

    #[test]
    fn the_table_has_every_command_once_and_nothing_else() {
        let mut listed: Vec<(ServiceName, &str)> = COMMANDS.iter().map(|(s, v, _)| (*s, *v)).collect();
        listed.sort_unstable();
        let mut all: Vec<(ServiceName, String)> = variants();
        all.sort_unstable();
        let all: Vec<(ServiceName, &str)> = all.iter().map(|(s, v)| (*s, v.as_str())).collect();
        assert_eq!(listed, all);
    }

    #[test]
    fn somebody_without_the_role_reads_which_one_it_takes() {
        let leader = BTreeSet::from([Role::Leader]);
        let authorise = Action::Command(Trips, "AuthoriseForm");
        let refused = may(&leader, authorise).expect_err("a leader authorises nothing");
        assert_eq!(
            refused.to_string(),
            "You can't do this: it is for people with one of these roles: senior, head."
        );
        assert_eq!(may(&BTreeSet::from([Role::Senior]), authorise), Ok(()));
        assert_eq!(may(&BTreeSet::new(), Action::Command(Checkins, "CallForHelp")), Ok(()));
        let everything = BTreeSet::from([Role::Admin, Role::Head, Role::Senior, Role::Office]);
        assert!(may(&everything, Action::Command(Gateway, "TakeText")).is_err());
        assert!(may(&everything, Action::Command(Trips, "NoSuchCommand")).is_err());
    }
}
