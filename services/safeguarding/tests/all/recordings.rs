//! Recordings, until they are off the phone. [MEDIA-1 to MEDIA-3]

use std::collections::BTreeSet;

use decider::kit::Story;
use proto::ids::{PersonId, RecordingId};
use proto::v1::devices::{self, Clearing, Condition, Holder, Recordings};
use proto::v1::safeguarding::{Command, Event, KnownTrip, Refusal, Seized, TripStands};
use safeguarding::Safeguarding;

use crate::cast::{
    at, day, everybody, incident, ines, karin, label, museum, name, note, noting, pat, phone, report, school,
};

fn clearing(witness: Option<PersonId>) -> Clearing {
    let sent_to = Some(note("K.B.'s family, as they asked on the consent form."));
    Clearing { computer: label("Library PC 3"), sent_to, witness }
}

fn came_back(recordings: Recordings) -> devices::Event {
    devices::Event::DeviceReturned {
        device: phone(),
        holder: Holder::Person(ines()),
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Safe"),
        recordings,
        at: at("2026-11-20T15:00:00Z"),
    }
}

/// The phone came back at three, with recordings on it, from a trip whose form names the consents.
fn waiting() -> (Story<Safeguarding>, RecordingId) {
    let mut found = None;
    let story = noting(school(), &trip(false, TripStands::Over, None)).at("2026-11-20T15:00:00Z");
    let story = story.hears(came_back(Recordings::Kept)).then_events(|events| {
        let [.., Event::RecordingsNoted { recording, consent, evening, clearing: None, .. }] = events else {
            panic!("{events:?}")
        };
        assert_eq!((consent, *evening), (&Some(label("REC-7")), at("2026-11-20T18:00:00Z")));
        found = Some(*recording);
    });
    (story.by_person(pat()), found.expect("it was noted"))
}

fn trip(tour: bool, stands: TripStands, evening: Option<&str>) -> Event {
    let (consent, evening) = (Some(label("REC-7")), evening.map(at));
    let known = KnownTrip { tour, records: true, consent, stands, fetch_by: None, evening };
    Event::TripNoted { trip: museum(), known }
}

/// MEDIA-1, MEDIA-3: recordings on a phone that came back are open, beside the consent that the form names, until it is said
/// which works computer has them, to whom they went, and who saw them deleted.
#[test]
fn recordings_are_cleared_with_word_of_where_they_went() {
    let (story, recording) = waiting();
    let cleared = Event::RecordingsCleared {
        recording,
        device: phone(),
        clearing: Some(clearing(Some(karin()))),
        last: false,
        by: Some(pat()),
        at: at("2026-11-20T15:00:00Z"),
    };
    let clear = |witness| Command::ClearRecordings { recording, clearing: clearing(witness) };
    let story = story.when(clear(Some(pat()))).refused(Refusal::WitnessDeleted { person: pat() });
    let story = story.when(clear(Some(karin()))).then([cleared]);
    let story = story.at("2026-11-20T18:00:00Z").time_passes().nothing_happens();
    story.when(clear(None)).refused(Refusal::NoRecordings { recording });
}

/// MEDIA-1: what was said at return is on record, and nothing is open.
#[test]
fn what_was_said_at_return_is_kept() {
    let said = devices::Event::RecordingsCleared {
        device: phone(),
        holder: Holder::Person(ines()),
        trip: Some(museum()),
        clearing: clearing(None),
        at: at("2026-11-20T15:00:00Z"),
    };
    let story = school().hears(came_back(Recordings::Cleared)).allowed().hears(said).allowed();
    assert_eq!(story.state.recordings().open().count(), 0);
    let kept = story.state.recordings().cleared().next().and_then(|one| one.cleared.clone());
    assert_eq!(kept.and_then(|(clearing, _, _)| clearing), Some(clearing(None)));
    school().hears(came_back(Recordings::None)).then_events(|events| {
        assert!(!events.iter().any(|event| matches!(event, Event::RecordingsNoted { .. })), "{events:?}");
    });
}

/// MEDIA-2: the evening's open ones go to the DSL, each evening until they are cleared.
#[test]
fn the_evenings_open_ones_go_to_the_dsl() {
    let (story, recording) = waiting();
    let story = story.at("2026-11-20T17:59:59Z").time_passes().nothing_happens();
    let left = |date: &str, when: &str, next: &str| Event::RecordingsLeftOpen {
        day: day(date),
        recordings: BTreeSet::from([recording]),
        tours: BTreeSet::new(),
        readers: everybody(),
        at: at(when),
        next_at: at(next),
    };
    let (friday, saturday, sunday) = ("2026-11-20T18:00:00Z", "2026-11-21T18:00:00Z", "2026-11-22T18:00:00Z");
    let story = story.at(friday).time_passes().then([left("2026-11-20", friday, saturday)]);
    let story = story.at(saturday).time_passes().then([left("2026-11-21", saturday, sunday)]);
    let story = story.when(Command::ClearRecordings { recording, clearing: clearing(None) });
    let story = story.then_events(|events| {
        assert!(matches!(events, [Event::RecordingsCleared { last: true, .. }]), "{events:?}");
    });
    story.at(sunday).time_passes().nothing_happens();
}

/// MEDIA-2: where a school doesn't ask for the same day, it is the evening of the next.
#[test]
fn a_school_may_leave_a_day_more() {
    let story = school().with_policy(|policy| policy.recordings_same_day = false);
    story.hears(came_back(Recordings::Kept)).then_events(|events| {
        let [.., Event::RecordingsNoted { evening, .. }] = events else { panic!("{events:?}") };
        assert_eq!(*evening, at("2026-11-21T18:00:00Z"));
    });
}

/// MEDIA-2: nothing that touches an incident is deleted: neither what was made on its trip, nor what is on a phone that was
/// taken away for it, until it is closed.
#[test]
fn nothing_that_touches_an_incident_is_deleted() {
    let (story, recording) = waiting();
    let clear = || Command::ClearRecordings { recording, clearing: clearing(None) };
    let on_trip = story.clone().by_person(ines()).when(report()).allowed().by_person(pat());
    on_trip.when(clear()).refused(Refusal::RecordingsKept {});

    let Command::ReportIncident { incident: id, kind, danger, happened_at, about, what, .. } = report()
    else {
        unreachable!("it is a report")
    };
    let elsewhere =
        Command::ReportIncident { incident: id, kind, danger, trip: None, happened_at, about, what };
    let story = story.by_person(ines()).when(elsewhere).allowed();
    let story = story.by_person(pat());
    story.clone().when(clear()).allowed();
    let seized = Seized::School { device: phone() };
    let storage = label("Head's safe");
    let seize = Command::SeizeDevice { incident: incident(), seized, evidence: false, storage };
    let story = story.by_person(karin()).when(seize).allowed().by_person(pat());
    let story = story.when(clear()).refused(Refusal::RecordingsKept {});
    let back = Command::GiveSeizedBack { incident: incident(), number: 1, to: name("The office") };
    story.by_person(karin()).when(back).allowed().by_person(pat()).when(clear()).allowed();
}

/// On tour, with the phone in Ines's hands.
fn on_tour() -> Story<Safeguarding> {
    noting(school(), &trip(true, TripStands::Out, Some("2026-11-20T18:00:00Z")))
}

fn tour_left_open(date: &str, when: &str, next: &str) -> Event {
    Event::RecordingsLeftOpen {
        day: day(date),
        recordings: BTreeSet::new(),
        tours: BTreeSet::from([(museum(), phone())]),
        readers: everybody(),
        at: at(when),
        next_at: at(next),
    }
}

/// MEDIA-2: on tour recordings are cleared nightly, in the holder's hands and by nobody else; the evening's open ones go to the DSL.
#[test]
fn a_tour_is_cleared_nightly_by_the_holder() {
    let tonight = || Command::ClearOnTour { device: phone(), clearing: Some(clearing(None)) };
    let story = on_tour().by_person(pat()).when(tonight()).refused(Refusal::NotOnTour { device: phone() });
    let story = story.by_person(ines()).at("2026-11-20T17:00:00Z").when(tonight()).allowed();
    let (friday, saturday) = ("2026-11-20T18:00:00Z", "2026-11-21T18:00:00Z");
    let story = story.at(friday).time_passes().then([trip(true, TripStands::Out, Some(saturday))]);
    let story = story.at(saturday).time_passes().then([
        tour_left_open("2026-11-21", saturday, "2026-11-22T18:00:00Z"),
        trip(true, TripStands::Out, Some("2026-11-22T18:00:00Z")),
    ]);
    let nothing = Command::ClearOnTour { device: phone(), clearing: None };
    story.when(nothing).then_events(|events| {
        assert!(matches!(events, [Event::TourCleared { last: true, clearing: None, .. }]), "{events:?}");
    });
}

#[test]
fn what_is_no_tour_is_not_cleared_on_the_way() {
    let story = noting(school(), &trip(false, TripStands::Out, None)).by_person(ines());
    let nothing = Command::ClearOnTour { device: phone(), clearing: None };
    story.when(nothing).refused(Refusal::NotOnTour { device: phone() });
}

/// MEDIA-2: a phone that devices let go of in another way is not open for ever.
#[test]
fn a_phone_that_was_let_go_of_is_not_open() {
    let (story, recording) = waiting();
    let ended = devices::Event::QuarantineEnded { device: phone(), storage: label("Safe") };
    let story = story.hears(ended.clone()).then_events(|events| {
        let [Event::RecordingsCleared { recording: which, clearing: None, by: None, .. }] = events else {
            panic!("{events:?}")
        };
        assert_eq!(*which, recording);
    });
    story.hears(ended).nothing_happens();
}

/// MEDIA-3: what the form plans is followed: its consents, and whether the trip is out.
#[test]
fn a_tours_form_is_followed() {
    use proto::v1::trips;
    let cancelled = trips::Event::TripCancelled {
        trip: museum(),
        reason: proto::values::Note::parse("Snow.").expect("a note"),
    };
    let story = on_tour().hears(cancelled.clone()).then([trip(true, TripStands::Over, None)]);
    story.hears(cancelled).nothing_happens();
}
