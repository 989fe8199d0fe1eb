//! Which kind of record an event is, where it holds something personal. Every event is asked: a new one makes the compiler ask.

use decider::policy::retention::Record;
use proto::v1::{AnyEvent, alerts, checkins, devices, gateway, people, safeguarding, trips};

/// The kind of record that an event's personal part is; none where it never has one.
pub fn record_of(event: &AnyEvent) -> Option<Record> {
    match event {
        AnyEvent::People(event) => of_people(event),
        AnyEvent::Devices(event) => of_devices(event),
        AnyEvent::Trips(event) => of_trips(event),
        AnyEvent::Checkins(event) => of_checkins(event),
        AnyEvent::Alerts(event) => of_alerts(event),
        AnyEvent::Safeguarding(event) => of_safeguarding(event),
        AnyEvent::Gateway(event) => of_gateway(event),
        // Lines, hours, who holds base: no names, no words of people.
        AnyEvent::Contacts(_) => None,
    }
}

fn of_people(event: &people::Event) -> Option<Record> {
    use people::Event;
    match event {
        Event::PersonAdded { .. } | Event::PersonChanged { .. } => Some(Record::People),
        Event::AuthorisationWithdrawn { .. } => Some(Record::Custody),
        Event::PersonLeft { .. }
        | Event::HolderAuthorised { .. }
        | Event::AgreementAccepted { .. }
        | Event::DutyPlanned { .. }
        | Event::DutyRemoved { .. }
        | Event::DutyTested { .. }
        | Event::DutyConfirmed { .. }
        | Event::DutyTestUnanswered { .. }
        | Event::PolicyChanged { .. }
        | Event::PolicyReviewed { .. }
        | Event::PolicyReviewReminded { .. } => None,
    }
}

fn of_devices(event: &devices::Event) -> Option<Record> {
    use devices::Event;
    match event {
        Event::DeviceIssued { .. } | Event::DeviceLost { .. } | Event::DeviceQuarantined { .. } => {
            Some(Record::Custody)
        }
        Event::DeviceReturned { .. } | Event::RecordingsCleared { .. } => Some(Record::Recordings),
        Event::DeviceRegistered { .. }
        | Event::ChargeNoted { .. }
        | Event::PasscodeConfirmed { .. }
        | Event::DeviceReserved { .. }
        | Event::ReservationReleased { .. }
        | Event::InHandConfirmed { .. }
        | Event::DeviceHandedOver { .. }
        | Event::HoldNoted { .. }
        | Event::RecordingsOffNoted { .. }
        | Event::SimBarred { .. }
        | Event::DeviceFound { .. }
        | Event::QuarantineEnded { .. }
        | Event::DeviceRepaired { .. }
        | Event::DeviceWithPolice { .. }
        | Event::OvernightAgreed { .. }
        | Event::DeviceRetired { .. }
        | Event::IssuingStopped { .. }
        | Event::TripDevicesSettled { .. }
        | Event::ReturnOverdue { .. }
        | Event::SupplyShort { .. }
        | Event::SupplyMet { .. }
        | Event::PersonNoted { .. }
        | Event::TripNoted { .. } => None,
    }
}

fn of_trips(event: &trips::Event) -> Option<Record> {
    use trips::Event;
    match event {
        Event::DraftSaved { .. }
        | Event::SentBack { .. }
        | Event::TripAmended { .. }
        | Event::LeftWithoutClearance { .. }
        | Event::ClearanceSettled { .. }
        | Event::TripCancelled { .. } => Some(Record::TripForms),
        Event::Returned { .. } | Event::NoteAdded { .. } => Some(Record::TripNotes),
        Event::FormSubmitted { .. }
        | Event::FormAuthorised { .. }
        | Event::AuthorisationVoided { .. }
        | Event::Departed { .. }
        | Event::ReadinessLost { .. }
        | Event::TripClosed { .. }
        | Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::PupilPhoneNoted { .. }
        | Event::DevicesSettledNoted { .. }
        | Event::DrillDone { .. }
        | Event::DrillReviewed { .. }
        | Event::DrillReminded { .. }
        | Event::CoverageNoted { .. }
        | Event::ReleaseNoted { .. } => None,
    }
}

fn of_checkins(event: &checkins::Event) -> Option<Record> {
    use checkins::Event;
    match event {
        Event::PositionNoted { .. } => Some(Record::Positions),
        // Words that were said, to whom pupils were released, where a child was last seen.
        Event::CheckedIn { .. }
        | Event::ReleaseRecorded { .. }
        | Event::HelpCalled { .. }
        | Event::ChildLost { .. }
        | Event::ArrivalRecorded { .. } => Some(Record::TripNotes),
        Event::WatchStarted { .. }
        | Event::WatchChanged { .. }
        | Event::Reminded { .. }
        | Event::HeadcountDiffered { .. }
        | Event::HeadcountAgreed { .. }
        | Event::WordUnusual { .. }
        | Event::WordNotTaken { .. }
        | Event::CheckInMissed { .. }
        | Event::HeardAgain { .. }
        | Event::OutageTold { .. }
        | Event::OutageNoted { .. }
        | Event::PupilsMoved { .. }
        | Event::GroupSplit { .. }
        | Event::GroupsJoined { .. }
        | Event::DuressSignalled { .. }
        | Event::ArrivalsExpected { .. }
        | Event::ArrivalMissed { .. }
        | Event::ChildFound { .. }
        | Event::PoliceDue { .. }
        | Event::AreaEntered { .. }
        | Event::AreaLeft { .. }
        | Event::OffArea { .. }
        | Event::OffAreaEnded { .. }
        | Event::BatteryLow { .. }
        | Event::DeviceSilent { .. }
        | Event::AllDevicesSilent { .. }
        | Event::DeviceHeard { .. }
        | Event::DownToDevices { .. }
        | Event::WatchEnded { .. }
        | Event::TripDeviceNoted { .. } => None,
    }
}

/// Reasons and notes that people typed stand in what opens, changes and ends a case.
fn of_alerts(event: &alerts::Event) -> Option<Record> {
    use alerts::Event;
    match event {
        Event::CaseOpened { .. }
        | Event::ReasonAdded { .. }
        | Event::ReasonNarrowed { .. }
        | Event::ReasonGone { .. }
        | Event::RungToldAgain { .. }
        | Event::CaseResolved { .. }
        | Event::NoteAdded { .. } => Some(Record::Alerts),
        Event::RungReached { .. }
        | Event::RungCalled { .. }
        | Event::RungSkipped { .. }
        | Event::NobodyReached { .. }
        | Event::ChannelChanged { .. }
        | Event::NoticeFailed { .. }
        | Event::CaseOwned { .. }
        | Event::OwnershipLapsed { .. }
        | Event::CaseHandedBack { .. }
        | Event::CodeNotTaken { .. }
        | Event::ReplySetAside { .. }
        | Event::ReplyNotEnough { .. }
        | Event::LadderNoted { .. }
        | Event::BaseNoted { .. }
        | Event::LadderEndedNoted { .. }
        | Event::PersonNoted { .. }
        | Event::DutyNoted { .. }
        | Event::DutyEndedNoted { .. }
        | Event::ReachNoted { .. }
        | Event::LineNoted { .. }
        | Event::ClosedNoted { .. } => None,
    }
}

fn of_safeguarding(event: &safeguarding::Event) -> Option<Record> {
    use safeguarding::Event;
    match event {
        Event::UseRecorded { .. } | Event::WeekSignedOff { .. } => Some(Record::UsageLog),
        Event::PhoneHandedIn { .. } => Some(Record::HandIn),
        Event::ArrangementAgreed { .. }
        | Event::ArrangementRenewed { .. }
        | Event::ArrangementEnded { .. } => Some(Record::Arrangements),
        Event::RecordingsNoted { .. } | Event::RecordingsCleared { .. } | Event::TourCleared { .. } => {
            Some(Record::Recordings)
        }
        Event::IncidentReported { .. }
        | Event::IncidentAssessed { .. }
        | Event::IncidentWrittenUp { .. }
        | Event::ReferralRecorded { .. }
        | Event::DeviceSeized { .. }
        | Event::SeizedToPolice { .. }
        | Event::SeizedGivenBack { .. }
        | Event::SearchRecorded { .. }
        | Event::DisposalRecorded { .. }
        | Event::ParentsRecorded { .. }
        | Event::IncidentAddedTo { .. }
        | Event::IncidentDebriefed { .. }
        | Event::RecordsHeld { .. }
        | Event::HoldLifted { .. } => Some(Record::Incidents),
        Event::IncidentOpened { .. }
        | Event::IncidentTold { .. }
        | Event::IncidentClosed { .. }
        | Event::StepOverdue { .. }
        | Event::ReviewReminded { .. }
        | Event::PersonNoted { .. }
        | Event::PhoneGivenBack { .. }
        | Event::PhonesUncollected { .. }
        | Event::ArrangementOnTrip { .. }
        | Event::ArrangementReminded { .. }
        | Event::RecordingsLeftOpen { .. }
        | Event::TripNoted { .. } => None,
    }
}

fn of_gateway(event: &gateway::Event) -> Option<Record> {
    use gateway::Event;
    match event {
        Event::TextReceived { .. } => Some(Record::Texts),
        Event::CallReceived { .. } | Event::CallSaid { .. } => Some(Record::Calls),
        Event::PositionReceived { .. } => Some(Record::Positions),
        Event::KeyPressed { .. }
        | Event::CallCounts { .. }
        | Event::CallTold { .. }
        | Event::CallRouted { .. }
        | Event::CallStepTried { .. }
        | Event::CallBridged { .. }
        | Event::CallExhausted { .. }
        | Event::CallEnded { .. }
        | Event::CallRungBack { .. }
        | Event::LineTried { .. }
        | Event::ContactsNoted { .. }
        | Event::AttemptPlanned { .. }
        | Event::AttemptImpossible { .. }
        | Event::AttemptBegun { .. }
        | Event::AttemptProgressed { .. }
        | Event::AttemptPutOff { .. }
        | Event::AttemptHeldBack { .. }
        | Event::AttemptBundled { .. }
        | Event::AttemptWithdrawn { .. }
        | Event::AttemptFailed { .. }
        | Event::WaypointsSent { .. }
        | Event::SetUpShown { .. }
        | Event::OptedOut { .. }
        | Event::OptedIn { .. }
        | Event::ProvidersNoted { .. }
        | Event::ProviderFaulted { .. }
        | Event::ProviderProbed { .. }
        | Event::ProviderDown { .. }
        | Event::ProviderUp { .. }
        | Event::DeviceNoted { .. }
        | Event::CaseNoted { .. }
        | Event::LineNoted { .. }
        | Event::TripNoted { .. } => None,
    }
}
