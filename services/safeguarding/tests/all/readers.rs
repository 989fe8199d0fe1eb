//! Who may read an incident: worked out for each. [INC-7]

use decider::kit::Story;
use proto::ids::PersonId;
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Event, Readers, Refusal};
use safeguarding::Safeguarding;

use crate::cast::{
    at, colin, dev, everybody, incident, ines, karin, noted, pat, people, report, ruth, school, with_incident,
};

fn report_about(adult: PersonId) -> Command {
    let Command::ReportIncident { incident, kind, danger, trip, happened_at, what, .. } = report() else {
        unreachable!("it is a report")
    };
    Command::ReportIncident { incident, kind, danger, trip, happened_at, about: Some(adult), what }
}

fn about(adult: PersonId) -> Story<Safeguarding> {
    school().by_person(ines()).when(report_about(adult)).allowed()
}

fn open() -> Command {
    Command::OpenIncident { incident: incident() }
}

/// INC-7: role by role, whom it is about by whom: who may read, and that nobody else learns that there is one.
#[test]
fn who_may_read_follows_from_whom_it_is_about() {
    let everyone = [karin(), dev(), ruth(), colin(), ines(), pat()];
    let table: [(Option<PersonId>, &[PersonId]); 5] = [
        (None, &[karin(), dev(), ruth()]),
        (Some(pat()), &[karin(), dev(), ruth()]),
        (Some(dev()), &[karin(), ruth()]),
        (Some(karin()), &[dev(), ruth()]),
        // About the head: the DSLs, and the chair.
        (Some(ruth()), &[karin(), dev(), colin()]),
    ];
    for (adult, readers) in table {
        for person in everyone {
            let story = adult.map_or_else(with_incident, about).by_person(person);
            if readers.contains(&person) {
                story.when(open()).then_events(|events| assert_eq!(events.len(), 1));
            } else {
                let story = story.when(open()).refused(Refusal::NotReadable { incident: incident() });
                assert!(story.state.incident_for(incident(), person).is_none());
                assert_eq!(story.state.incidents_for(person).count(), 0);
            }
        }
    }
}

/// INC-7: who is told is who may read: first the DSLs, then the head, or the chair where it is about the head.
#[test]
fn those_who_are_told_are_those_who_may_read() {
    let told = |story: Story<Safeguarding>, adult| {
        let mut readers = Readers::default();
        story.by_person(ines()).when(report_about(adult)).then_events(|events| {
            let [Event::IncidentReported { readers: told, .. }] = events else { panic!("{events:?}") };
            readers = told.clone();
        });
        readers
    };
    assert_eq!(told(school(), pat()), everybody());
    let chair = Readers { dsl: people(&[karin(), dev()]), head: people(&[colin()]) };
    assert_eq!(told(school(), ruth()), chair);
}

/// INC-7: a head who leaves, or is no longer one, doesn't open what concerns the head to the deputies.
#[test]
fn what_concerned_the_head_stays_with_the_chair() {
    let deputy = crate::cast::person("deputy");
    let mut story = about(ruth());
    for event in [noted(deputy, &[Role::Head], false), noted(ruth(), &[Role::Leader], false)] {
        <Safeguarding as decider::Service>::evolve(&mut story.state, &event);
    }
    let story = story.by_person(deputy).when(open()).refused(Refusal::NotReadable { incident: incident() });
    story.by_person(colin()).when(open()).allowed();
}

/// INC-7: a DSL who is the deputy head, too, does not read what concerns the head; whoever leaves reads nothing more.
#[test]
fn a_dsl_who_is_a_head_reads_nothing_about_the_head() {
    let mut story = about(ruth());
    let both = noted(dev(), &[Role::Dsl, Role::Head], false);
    let gone = Event::PersonNoted { person: karin(), here: false, roles: [Role::Dsl].into(), trust: false };
    for event in [both, gone] {
        <Safeguarding as decider::Service>::evolve(&mut story.state, &event);
    }
    let story = story.by_person(dev()).when(open()).refused(Refusal::NotReadable { incident: incident() });
    let story = story.by_person(karin()).when(open()).refused(Refusal::NotReadable { incident: incident() });
    story.by_person(colin()).when(open()).allowed();
}

/// INC-7: each reading is an event; the same page drawn again within ten minutes is the same reading.
#[test]
fn each_reading_is_recorded() {
    let opened = |by, when: &str| Event::IncidentOpened { incident: incident(), by, at: at(when) };
    let story =
        with_incident().by_person(karin()).when(open()).then([opened(karin(), "2026-11-20T09:00:00Z")]);
    let story = story.at("2026-11-20T09:09:59Z").when(open()).nothing_happens();
    let story = story.by_person(ruth()).when(open()).then([opened(ruth(), "2026-11-20T09:09:59Z")]);
    let story = story.by_person(karin()).at("2026-11-20T09:10:00Z");
    let story = story.when(open()).then([opened(karin(), "2026-11-20T09:10:00Z")]);
    let known = story.state.incident_for(incident(), karin()).expect("she may read it");
    assert_eq!(known.readings.len(), 3);
}

/// INC-7: every command on an incident is refused to whoever may not read it, as if there were none.
#[test]
fn to_others_an_incident_does_not_exist() {
    let close = Command::CloseIncident { incident: incident() };
    let none = Refusal::NotReadable { incident: incident() };
    let story = with_incident().by_person(pat()).when(close.clone()).refused(none.clone());
    story.by_person(ines()).when(close.clone()).refused(none.clone());
    school().by_person(karin()).when(close).refused(none);
}
