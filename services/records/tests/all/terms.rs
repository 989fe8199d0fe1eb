//! A term in figures: given what happened, counted so.

use jiff::Timestamp;
use proto::ids::{ArrangementId, CaseId, DeviceId, GroupId, IncidentId, PersonId, TripId};
use proto::v1::checkins::{DueFor, NextDue, Punctuality, Via, Word};
use proto::v1::safeguarding::{AgreedWith, Danger, Deadlines, IncidentKind, Readers, Terms, Whose};
use proto::v1::trips::TripKind;
use proto::v1::{AnyEvent, alerts, checkins, devices, safeguarding, trips};
use proto::values::{Headcount, Personal, SchoolZone};
use records::term::{Counting, Owned, Stretch, Term, Told, Week};

use crate::cast::{World, at, form, id, museum, note, okafor, party, tan};

fn stretch() -> Stretch {
    let day = |text: &str| text.parse().expect("a day");
    Stretch {
        zone: SchoolZone::london(),
        from: day("2026-09-01"),
        to: day("2026-12-31"),
        today: day("2026-11-22"),
        reader: None,
    }
}

/// The figures of what happened, each recorded when it did.
fn counted(stretch: Stretch, events: Vec<(Timestamp, AnyEvent)>) -> Term {
    let mut counting = Counting::new(stretch);
    events.iter().for_each(|(at, event)| counting.take(event, *at));
    counting.done()
}

fn week(of: &str, term: &Term) -> Week {
    term.weeks[&of.parse().expect("a Monday")]
}

fn group() -> GroupId {
    GroupId(id(7))
}
fn walk() -> TripId {
    TripId(id(300))
}

/// A form that is saved, and its party that leaves.
fn leaves(trip: TripId, when: &str, drill: bool, cleared: bool) -> Vec<(Timestamp, AnyEvent)> {
    let mut form = form();
    form.drill = drill;
    let party = Box::new(trips::Party { drill, ..party() });
    let form_hash = ::trips::form::form_hash(&form);
    let saved = trips::Event::DraftSaved { trip, form: Box::new(form), form_hash };
    let left = if cleared {
        trips::Event::Departed { trip, at: at(when), form_hash, party }
    } else {
        let reason = note("The coach was early").get().expect("known").clone();
        trips::Event::LeftWithoutClearance { trip, at: at(when), party, reason, missing: vec![] }
    };
    vec![(at(when), AnyEvent::Trips(saved)), (at(when), AnyEvent::Trips(left))]
}

fn next() -> NextDue {
    let at = at("2026-11-20T12:00:00Z");
    NextDue { at, what: DueFor::Routine {}, remind_at: None, missed_at: at }
}

fn said(trip: TripId, when: &str, punctuality: Punctuality) -> (Timestamp, AnyEvent) {
    let expected = Headcount::new(24).expect("a count");
    let event = checkins::Event::CheckedIn {
        trip,
        group: group(),
        word: Word::Ok,
        headcount: None,
        expected,
        said_at: at(when),
        received_at: at(when),
        counts_at: None,
        punctuality,
        via: Via::Text,
        device: None,
        person: None,
        note: None,
        inbound: None,
        next: None,
    };
    (at(when), AnyEvent::Checkins(event))
}

fn missed(trip: TripId, due_at: &str) -> (Timestamp, AnyEvent) {
    let due_at = at(due_at);
    let event = checkins::Event::CheckInMissed {
        trip,
        group: group(),
        due_at,
        missed_at: due_at,
        start_at_office: false,
        next: next(),
    };
    (due_at, AnyEvent::Checkins(event))
}

fn heard_again(trip: TripId, due_at: &str) -> (Timestamp, AnyEvent) {
    let missed_due_at = at(due_at);
    let event =
        checkins::Event::HeardAgain { trip, group: group(), missed_due_at, at: at("2026-11-20T15:00:00Z") };
    (at("2026-11-20T15:00:00Z"), AnyEvent::Checkins(event))
}

/// A case that is opened at ten, owned so many seconds later, and over.
fn case(
    n: u128,
    trip: Option<TripId>,
    reason: alerts::Reason,
    owned: Option<i64>,
) -> Vec<(Timestamp, AnyEvent)> {
    let (case, opened_at) = (CaseId(id(n)), at("2026-11-20T10:00:00Z"));
    let opened = alerts::Event::CaseOpened {
        case,
        trip,
        severity: alerts::Severity::Urgent,
        reason,
        code: alerts::ReplyCode(417),
        start: alerts::LadderStart::Office,
        at: opened_at,
    };
    let taken = |secs| alerts::Event::CaseOwned {
        case,
        trip,
        by: tan(),
        via: alerts::OwnedVia::Click,
        at: opened_at + jiff::SignedDuration::from_secs(secs),
        until: opened_at,
        inbound: None,
    };
    let how = alerts::Resolution::ByItself {};
    let over = alerts::Event::CaseResolved { case, trip, how, at: at("2026-11-20T16:00:00Z") };
    let events = std::iter::once(opened).chain(owned.map(taken)).chain(std::iter::once(over));
    events.map(|event| (opened_at, AnyEvent::Alerts(event))).collect()
}

fn miss() -> alerts::Reason {
    alerts::Reason::MissedCheckIn { group: group(), due_at: at("2026-11-20T10:00:00Z") }
}

fn incident(n: u128, kind: IncidentKind, about: Option<PersonId>) -> (Timestamp, AnyEvent) {
    let now = at("2026-11-20T17:00:00Z");
    let event = safeguarding::Event::IncidentReported {
        incident: IncidentId(id(n)),
        kind,
        danger: Danger::Over {},
        trip: None,
        happened_at: now,
        about,
        what: note("Hellebore"),
        by: okafor(),
        at: now,
        deadlines: Deadlines { told_in_person: now, written_up: now, bodies_told: now },
        bodies: vec![],
        readers: Readers { dsl: [tan()].into(), head: Default::default() },
    };
    (now, AnyEvent::Safeguarding(event))
}

fn arranged(n: u128, whose: Whose, until: &str, medical: bool) -> (Timestamp, AnyEvent) {
    let now = at("2026-09-02T09:00:00Z");
    let terms = Terms {
        whose,
        device: note_label("A sensor"),
        medical,
        reason: note("It alarms"),
        advice: note("The nurse"),
        agreed_by: tan(),
        signature: None,
        agreed_with: AgreedWith::Parent,
        from: "2026-09-02".parse().expect("a day"),
        until: until.parse().expect("a day"),
        conditions: note("In the pocket"),
    };
    let event = safeguarding::Event::ArrangementAgreed {
        arrangement: ArrangementId(id(n)),
        terms: Box::new(terms),
        remind_at: now,
        ends_at: now,
        by: tan(),
        at: now,
    };
    (now, AnyEvent::Safeguarding(event))
}

fn pupil() -> Whose {
    Whose::Pupil { name: note_label("A.O.") }
}

fn lost(trip: Option<TripId>) -> (Timestamp, AnyEvent) {
    let event = devices::Event::DeviceLost {
        device: DeviceId(id(4)),
        holder: None,
        trip,
        note: note("In the canal"),
    };
    (at("2026-11-20T12:00:00Z"), AnyEvent::Devices(event))
}

fn post16() -> proto::values::Label {
    proto::values::Label::parse("Sixth form").expect("a label")
}

fn note_label<const MAX: usize>(text: &str) -> Personal<proto::values::BoundedText<MAX>> {
    Personal::known(proto::values::BoundedText::parse(text).expect("it fits"))
}

/// Issue 5, reports: trips by week and kind, pupils, and those without clearance [FORM-9]; what left before or after isn't
/// counted, by the school's clocks: a quarter past midnight on 1 September is 31 August by UTC.
#[test]
fn trips_are_counted_by_week_and_kind() {
    let mut events = leaves(museum(), "2026-11-20T09:00:00Z", false, true);
    events.extend(leaves(walk(), "2026-08-31T23:15:00Z", false, false));
    events.extend(leaves(TripId(id(301)), "2026-08-31T22:45:00Z", false, true));
    events.extend(leaves(TripId(id(302)), "2027-01-01T00:00:00Z", false, true));
    let term = counted(stretch(), events);
    assert_eq!((term.trips(), term.pupils, term.uncleared), (2, 48, 1));
    assert_eq!(term.kinds.into_iter().collect::<Vec<_>>(), [(TripKind::LocalVisit, 2)]);
    assert_eq!(term.weeks.len(), 18, "every week of it, also those without a trip");
}

/// CHECK-2: a check-in in time is one; a miss is one once, in the outage too, and says whether the group was heard of again; a
/// word that was pressed in time and came late makes no miss; a word that nobody asked for is none.
#[test]
fn check_ins_are_counted_in_time_or_missed() {
    let trip = museum();
    let outage = checkins::Event::OutageTold {
        trip,
        outage: proto::values::Window::new(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z"))
            .expect("a window"),
        missed: vec![(group(), at("2026-11-23T10:30:00Z"))],
        next: vec![],
    };
    let term = counted(
        stretch(),
        vec![
            said(trip, "2026-11-20T10:00:00Z", Punctuality::InTime),
            said(trip, "2026-11-20T10:10:00Z", Punctuality::Unasked),
            missed(trip, "2026-11-20T11:00:00Z"),
            said(trip, "2026-11-20T11:30:00Z", Punctuality::Late),
            heard_again(trip, "2026-11-20T11:00:00Z"),
            missed(trip, "2026-11-20T12:00:00Z"),
            said(trip, "2026-11-20T11:55:00Z", Punctuality::QueuedInTime),
            heard_again(trip, "2026-11-20T12:00:00Z"),
            missed(trip, "2026-11-20T13:00:00Z"),
            (at("2026-11-23T11:00:00Z"), AnyEvent::Checkins(outage)),
        ],
    );
    assert_eq!(week("2026-11-16", &term), Week { trips: 0, in_time: 2, missed: 2 });
    assert_eq!(week("2026-11-23", &term), Week { trips: 0, in_time: 0, missed: 1 });
    assert_eq!((term.checkins(), term.heard_again), ((2, 3), 1));
}

/// CHECK-2: how soon somebody had an alert, half of them within how long; what is told to its readers alone is none of them.
/// [INC-7]
#[test]
fn alerts_are_counted_by_how_soon_somebody_had_them() {
    let readers = Readers { dsl: [tan()].into(), head: Default::default() };
    let hidden = alerts::Reason::Incident {
        incident: IncidentId(id(5)),
        at: at("2026-11-20T10:00:00Z"),
        danger: false,
        readers,
    };
    let waits = [Some(60), Some(61), Some(900), Some(901), None];
    let mut events: Vec<_> =
        waits.into_iter().zip(400..).flat_map(|(owned, n)| case(n, None, miss(), owned)).collect();
    events.extend(case(500, None, hidden, Some(5)));
    let term = counted(stretch(), events);
    assert_eq!(term.owned, Owned { minute: 1, five: 1, quarter: 1, later: 1, never: 1, open: 0 });
    assert_eq!(term.median_secs, Some(61), "of those that somebody took");
    assert_eq!(term.alerts.into_iter().collect::<Vec<_>>(), [(alerts::Severity::Urgent, 5)]);
}

/// REV-1: a drill is in no figure but its own: its trip, its check-ins, its alerts, its lost phone.
#[test]
fn a_drill_is_in_no_figure_of_real_trips() {
    let mut events = leaves(walk(), "2026-11-21T09:00:00Z", true, false);
    events.push(said(walk(), "2026-11-21T10:00:00Z", Punctuality::InTime));
    events.push(missed(walk(), "2026-11-21T11:00:00Z"));
    events.push(lost(Some(walk())));
    events.extend(case(400, Some(walk()), miss(), Some(5)));
    let term = counted(stretch(), events);
    let nothing = counted(stretch(), vec![]);
    assert_eq!(Term { drills: 0, ..term.clone() }, nothing);
    assert_eq!(term.drills, 1);
    assert_eq!(counted(stretch(), vec![lost(Some(museum())), lost(None)]).lost, 2);
}

/// INC-7: an incident about an adult isn't counted for that adult; for others it is.
#[test]
fn incidents_are_counted_by_kind_but_not_for_whom_they_are_about() {
    let events = || {
        vec![
            incident(1, IncidentKind::Adult, Some(tan())),
            incident(2, IncidentKind::Adult, Some(okafor())),
            incident(3, IncidentKind::Image, None),
        ]
    };
    let of = |reader| {
        let term = counted(Stretch { reader, ..stretch() }, events());
        term.incidents.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(of(None), [(IncidentKind::Image, 1), (IncidentKind::Adult, 2)]);
    assert_eq!(of(Some(tan())), [(IncidentKind::Image, 1), (IncidentKind::Adult, 1)]);
}

/// PERS-2, PERS-3, PERS-5: exceptions in force on the day; past its end one isn't, unless it is for a medical device; one that
/// somebody ended isn't either.
#[test]
fn exceptions_are_those_in_force_on_the_day() {
    let mut events = vec![
        arranged(1, pupil(), "2026-12-18", false),
        arranged(2, pupil(), "2026-10-30", false),
        arranged(3, pupil(), "2026-10-30", true),
        arranged(4, Whose::Staff { person: okafor() }, "2026-12-18", false),
        arranged(5, Whose::Post16 { group: post16() }, "2026-12-18", false),
    ];
    assert_eq!(counted(stretch(), events.clone()).arrangements, [2, 1, 1]);
    for n in [3, 4] {
        let (arrangement, at) = (ArrangementId(id(n)), at("2026-11-05T09:00:00Z"));
        let ended =
            safeguarding::Event::ArrangementEnded { arrangement, reason: note("Over"), by: tan(), at };
        events.push((at, AnyEvent::Safeguarding(ended)));
    }
    assert_eq!(counted(stretch(), events.clone()).arrangements, [1, 1, 0]);
    let october = Stretch { to: "2026-10-15".parse().expect("a day"), ..stretch() };
    assert_eq!(counted(october, events).arrangements[0], 3, "of its last day, where that is over");
}

/// A number that could tell who it was is told as a range; a sum is no more exact than its parts.
#[test]
fn small_numbers_are_told_as_a_range() {
    let told = [0, 1, 4, 5].map(|number| Told::of(number).to_string());
    assert_eq!(told, ["0", "1 to 4", "1 to 4", "5"]);
    assert_eq!(Told::sum([Told::of(7), Told::of(2)]).to_string(), "8 to 11");
    assert_eq!(Told::sum([Told::of(7), Told::of(0)]).to_string(), "7");
}

/// The same from the journals as services write them, and still so once names and words are erased.
#[tokio::test]
async fn a_term_is_counted_from_the_journals_also_when_records_are_erased() {
    let mut world = World::new().await;
    let when = "2026-11-20T09:00:00Z";
    let form_hash = ::trips::form::form_hash(&form());
    let left = trips::Event::Departed { trip: museum(), at: at(when), form_hash, party: Box::new(party()) };
    world.writes::<::trips::Trips>(when, left).await;
    world.museum_trip().await;
    world.incident(Some("2026-11-25T10:00:00Z")).await;
    let before = records::term::report(&world.journal, &world.school, stretch()).await.expect("read");
    assert_eq!((before.trips(), before.owned.never, before.lost), (1, 1, 0));
    assert_eq!(before.incidents.get(&IncidentKind::Other), Some(&1));
    let later = at("2060-01-01T00:00:00Z");
    let (_, done) = records::retain::retain(&world.journal, &world.school, later).await.expect("done");
    assert!(done.blanked > 5, "{done:?}");
    let after = records::term::report(&world.journal, &world.school, stretch()).await.expect("read");
    assert_eq!(after, before);
}
