//! Incidents: what is due by when, what is done, when one can be closed. [INC-1, INC-2, INC-4]

use proto::envelope::Actor;
use proto::ids::ClientId;
use proto::v1::safeguarding::{Command, Danger, Event, Missing, Parents, Referral, Refusal, Step};

use crate::cast::{
    at, everybody, incident, ines, karin, label, note, report, reported, ruth, school, with_incident,
};

const TEN: &str = "2026-11-20T10:00:00Z";

/// INC-1: anybody who logs in can report one; what is due when follows from the moment of the report.
#[test]
fn anybody_reports_an_incident() {
    let story = school().by_person(ines()).when(report()).then([reported(everybody())]);
    story.when(report()).refused(Refusal::IncidentExists { incident: incident() });
    let lamp = Actor::Client(ClientId::parse("lamp").expect("a slug"));
    school().by(lamp).when(report()).refused(Refusal::NamedPersonNeeded {});
}

/// INC-6: whether somebody is in danger, and 999 was dialled, is the first thing asked; a report is never refused for it.
#[test]
fn a_report_in_danger_is_taken_whether_999_was_dialled_or_not() {
    for dialled_999 in [true, false] {
        let Command::ReportIncident { incident, kind, trip, happened_at, about, what, .. } = report() else {
            unreachable!("it is a report")
        };
        let danger = Danger::Now { dialled_999 };
        let report = Command::ReportIncident { incident, kind, danger, trip, happened_at, about, what };
        school().by_person(ines()).when(report).then_events(|events| {
            assert!(matches!(events, [Event::IncidentReported { danger: told, .. }] if *told == danger));
        });
    }
}

fn overdue(step: Step, due: &str) -> Event {
    Event::StepOverdue { incident: incident(), step, due_at: at(due), readers: everybody(), at: at(due) }
}

/// INC-1, INC-2: told in person within the hour, written up the same day, outside bodies within one working day: each that
/// isn't is told, once.
#[test]
fn what_is_not_done_in_time_is_told_once() {
    let story = with_incident().at("2026-11-20T09:59:59Z").time_passes().nothing_happens();
    let story = story.at(TEN).time_passes().then([overdue(Step::ToldInPerson, TEN)]);
    let story = story.at("2026-11-20T23:00:00Z").time_passes().nothing_happens();
    let midnight = "2026-11-21T00:00:00Z";
    let story = story.at(midnight).time_passes().then([overdue(Step::WrittenUp, midnight)]);
    let monday = "2026-11-23T09:00:00Z";
    let story = story.at(monday).time_passes().then([overdue(Step::BodiesTold, monday)]);
    story.at("2026-11-26T09:00:00Z").time_passes().nothing_happens();
}

fn told() -> Command {
    Command::RecordTold { incident: incident(), by: ines(), at: at("2026-11-20T09:05:00Z") }
}

fn assess(serious: bool) -> Command {
    Command::AssessIncident { incident: incident(), serious, reason: note("A stranger, and a photograph.") }
}

fn write_up() -> Command {
    let (account, reference) = (note("At ten to nine a man asked for a photograph."), label("CP-2026-118"));
    Command::WriteUp { incident: incident(), account, reference }
}

fn refer() -> Command {
    let referral = Referral::Told { reference: Some(label("MASH 4711")) };
    let body = label("The council's safeguarding team");
    Command::RecordReferral { incident: incident(), body, referral }
}

/// INC-1: an alert isn't telling: who was told in person says so themselves.
#[test]
fn the_dsl_records_that_they_were_told_in_person() {
    let told_event = Event::IncidentTold {
        incident: incident(),
        dsl: karin(),
        by: ines(),
        at: at("2026-11-20T09:05:00Z"),
    };
    let story = with_incident().at("2026-11-20T09:10:00Z").by_person(ines());
    let story = story.when(told()).refused(Refusal::NotReadable { incident: incident() });
    let story = story.by_person(karin()).when(told()).then([told_event]);
    let story = story.by_person(ruth()).when(told()).nothing_happens();
    story.at(TEN).time_passes().nothing_happens();
}

#[test]
fn nobody_is_told_in_the_future() {
    let ahead = at("2026-11-20T09:30:00Z");
    let command = Command::RecordTold { incident: incident(), by: ines(), at: ahead };
    with_incident().by_person(karin()).when(command).refused(Refusal::InTheFuture { at: ahead });
}

/// INC-2: until it is judged an incident counts as serious; one that isn't goes to nobody outside.
#[test]
fn an_incident_counts_as_serious_until_it_is_judged() {
    let story = with_incident().by_person(karin());
    let known = story.state.incident_for(incident(), karin()).expect("she may read it");
    assert!(known.is_serious() && known.waits_for(Step::BodiesTold));
    let story = story.when(assess(false)).allowed();
    let story = story.when(assess(false)).nothing_happens();
    let known = story.state.incident_for(incident(), karin()).expect("she may read it");
    assert!(!known.is_serious() && !known.waits_for(Step::BodiesTold));
    let story = story.when(told()).allowed().when(write_up()).allowed();
    let story = story.at("2026-11-23T09:00:00Z").time_passes().nothing_happens();
    // She judges anew, after the time was over: it is overdue at once.
    let story = story.when(assess(true)).allowed();
    story.time_passes().then_events(|events| {
        assert!(matches!(events, [Event::StepOverdue { step: Step::BodiesTold, .. }]), "{events:?}");
    });
}

/// INC-2: every body that the setting names is told, or it is said why not.
#[test]
fn every_outside_body_is_told_or_it_is_said_why_not() {
    let story = school().with_policy(|policy| policy.outside_bodies.push(label("The police's team")));
    let story = story.by_person(ines()).when(report()).allowed().by_person(karin());
    let refused = Command::RecordReferral {
        incident: incident(),
        body: label("The governors"),
        referral: Referral::Told { reference: None },
    };
    let story = story.when(refused).refused(Refusal::UnknownBody { incident: incident() });
    let complete = |events: &[Event]| {
        let [Event::ReferralRecorded { complete, .. }] = events else { panic!("{events:?}") };
        *complete
    };
    let story = story.when(refer()).then_events(|events| assert!(!complete(events)));
    let story = story.when(refer()).nothing_happens();
    let none = Command::RecordReferral {
        incident: incident(),
        body: label("The police's team"),
        referral: Referral::NotNeeded { reason: note("No offence, the council says.") },
    };
    story.when(none).then_events(|events| assert!(complete(events)));
}

fn debrief() -> Command {
    let (lessons, changes) = (note("We stood too near the door."), note("Groups meet inside."));
    Command::RecordDebrief { incident: incident(), lessons, changes }
}

fn parents() -> Command {
    let parents = Parents::Told { at: at("2026-11-20T09:00:00Z") };
    Command::RecordParents { incident: incident(), parents }
}

/// INC-4: no incident is closed without what the rules ask, the debrief with its lessons and changes among it.
#[test]
fn an_incident_is_closed_when_nothing_is_missing() {
    let close = || Command::CloseIncident { incident: incident() };
    let mut story = with_incident().at("2026-11-20T09:10:00Z").by_person(karin());
    let mut missing = vec![
        Missing::ToldInPerson,
        Missing::WrittenUp,
        Missing::BodiesTold,
        Missing::Parents,
        Missing::Debrief,
    ];
    let steps: [(Missing, Vec<Command>); 5] = [
        (Missing::ToldInPerson, vec![told()]),
        (Missing::WrittenUp, vec![write_up()]),
        (Missing::BodiesTold, vec![assess(true), refer()]),
        (Missing::Parents, vec![parents()]),
        (Missing::Debrief, vec![debrief()]),
    ];
    for (done, commands) in steps {
        let refusal = Refusal::NotReadyToClose { incident: incident(), missing: missing.clone() };
        story = story.when(close()).refused(refusal);
        for command in commands {
            story = story.when(command).allowed();
        }
        missing.retain(|one| *one != done);
    }
    let closed = Event::IncidentClosed { incident: incident(), by: karin(), at: at("2026-11-20T09:10:00Z") };
    let story = story.when(close()).then([closed]).when(close()).nothing_happens();
    let story = story.when(write_up()).refused(Refusal::IsClosed { incident: incident() });
    let story = story.at("2026-11-26T09:00:00Z").time_passes().nothing_happens();
    let more = Command::AddToIncident { incident: incident(), note: note("The council has closed it, too.") };
    story.when(more).allowed();
}

#[test]
fn why_parents_were_not_told_is_enough() {
    let why = Parents::NotTold { reason: note("The council asked us to wait.") };
    let command = Command::RecordParents { incident: incident(), parents: why };
    let story = with_incident().by_person(karin()).when(command.clone()).allowed();
    story.when(command).nothing_happens();
}

#[test]
fn an_incident_takes_a_hundred_notes() {
    let add =
        |number: usize| Command::AddToIncident { incident: incident(), note: note(&format!("{number}")) };
    let mut story = with_incident().by_person(karin());
    for number in 0..safeguarding::incident::MAX_OF_EACH {
        story = story.when(add(number)).allowed();
    }
    story.when(add(100)).refused(Refusal::TooMany { max: 100 });
}
