//! Phones that safeguarding keeps, and recordings that are off one. [INC-3, MEDIA-2]

use devices::Custody;
use proto::ids::IncidentId;
use proto::v1::devices::*;
use proto::v1::safeguarding::{self, Seized};
use proto::values::Personal;

use crate::cast::*;

fn incident() -> IncidentId {
    "00000000-0000-4000-8000-000000012001".parse().expect("an id")
}

fn seized(device: u8) -> safeguarding::Event {
    safeguarding::Event::DeviceSeized {
        incident: incident(),
        number: 1,
        seized: Seized::School { device: mobile(device) },
        evidence: true,
        storage: label("Head's safe"),
        by: pryce(),
        at: at(MORNING),
    }
}

fn to_police() -> safeguarding::Event {
    safeguarding::Event::SeizedToPolice {
        incident: incident(),
        number: 1,
        device: Some(mobile(1)),
        reference: label("CAD 4711"),
        officer: Personal::blanked(),
        by: pryce(),
        at: at(MORNING),
    }
}

fn given_back() -> safeguarding::Event {
    safeguarding::Event::SeizedGivenBack {
        incident: incident(),
        number: 1,
        device: Some(mobile(1)),
        to: Personal::blanked(),
        by: pryce(),
        at: at(MORNING),
    }
}

pub(crate) fn recordings_cleared() -> safeguarding::Event {
    safeguarding::Event::RecordingsCleared {
        recording: "00000000-0000-4000-8000-000000013001".parse().expect("an id"),
        device: mobile(1),
        clearing: Some(clearing()),
        last: false,
        by: Some(tan()),
        at: at(MORNING),
    }
}

fn clear() -> Command {
    Command::ReleaseFromQuarantine { device: mobile(1), storage: label("Office safe") }
}

fn held(held: bool) -> Event {
    Event::HoldNoted { device: mobile(1), held }
}

/// INC-3: a phone that was taken away in an incident is out of whosever hands it was in, and nobody issues or clears it; given
/// back by the DSL, it is cleared as any other.
#[test]
fn a_phone_taken_away_in_an_incident_is_kept_as_it_is() {
    let story = after([out(1, okafor())]).hears(seized(1)).then_events(|events| {
        let [
            Event::HoldNoted { held: true, .. },
            Event::DeviceReturned { storage, recordings, .. },
            Event::DeviceQuarantined { .. },
        ] = events
        else {
            panic!("{events:?}")
        };
        assert_eq!((storage, *recordings), (&label("Head's safe"), Recordings::Kept));
    });
    let story = story.hears(seized(1)).nothing_happens();
    let kept = Refusal::KeptByDsl { device: mobile(1), tag: wm(1) };
    let story = story.when(clear()).refused(kept.clone());
    // Recordings that were cleared don't let go of it.
    let story = story.hears(recordings_cleared()).then([Event::RecordingsOffNoted { device: mobile(1) }]);
    let story = story.when(clear()).refused(kept);
    let story =
        story.when(tray([issue(1, lind())])).refused(Refusal::InQuarantine { device: mobile(1), tag: wm(1) });
    story.hears(given_back()).then([held(false)]).when(clear()).allowed();
}

/// INC-3: one in its locked place is out of use at once; why is nobody's to read there.
#[test]
fn a_phone_in_store_is_kept_too() {
    after([]).hears(seized(1)).then([
        held(true),
        Event::DeviceQuarantined { device: mobile(1), reason: note("The DSL keeps it as it is.").into() },
    ]);
}

/// INC-3: what the police took in an incident is with the police here, too, with their reference, once.
#[test]
fn a_phone_handed_to_the_police_in_an_incident_is_with_the_police() {
    let story = after([]).hears(seized(1)).allowed().hears(to_police()).allowed();
    let custody = story.state.device(mobile(1)).map(|device| device.custody.clone());
    assert_eq!(custody, Some(Custody::WithPolice { reference: label("CAD 4711") }));
    story.hears(to_police()).nothing_happens();
}

/// MEDIA-2: a phone with recordings on it leaves quarantine when they are off it, and by no other way.
#[test]
fn recordings_that_are_off_end_the_quarantine() {
    let returned = Return { recordings: Recordings::Kept, ..coming_in(mobile(1)) };
    let story = after([out(1, okafor())]).when(Command::ReturnDevice { returned }).allowed();
    let refusal = Refusal::RecordingsStillOn { device: mobile(1), tag: wm(1) };
    let story = story.when(clear()).refused(refusal);
    let story = story.hears(recordings_cleared()).then([
        Event::RecordingsOffNoted { device: mobile(1) },
        Event::QuarantineEnded { device: mobile(1), storage: label("Office safe") },
    ]);
    story.hears(recordings_cleared()).nothing_happens().when(tray([issue(1, lind())])).allowed();
}

/// MEDIA-2: one that was lost with recordings on it goes back into quarantine when it turns up.
#[test]
fn a_phone_that_is_found_still_has_its_recordings() {
    let returned = Return { recordings: Recordings::Kept, ..coming_in(mobile(1)) };
    let story = after([out(1, okafor())]).when(Command::ReturnDevice { returned }).allowed();
    let story = story.when(Command::DeclareLost { device: mobile(1), note: note("Gone").into() }).allowed();
    let found = Command::RecordFound { device: mobile(1), storage: label("Office safe") };
    story.when(found).then_events(|events| {
        assert!(matches!(events, [Event::DeviceFound { .. }, Event::DeviceQuarantined { .. }]), "{events:?}");
    });
}
