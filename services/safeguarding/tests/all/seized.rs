//! Devices that were taken away: to the police unsearched, searched by leave, or given back. [INC-3, INC-5]

use decider::kit::Story;
use proto::v1::safeguarding::{Command, Consent, Event, Missing, Refusal, Seized};
use safeguarding::Safeguarding;

use crate::cast::{at, colin, dev, incident, ines, karin, label, name, note, pat, ruth, with_incident};

fn seize(evidence: bool) -> Command {
    let seized = Seized::Personal { owner: name("A pupil of 9B"), description: name("Black phone, cracked") };
    Command::SeizeDevice {
        incident: incident(),
        seized,
        evidence,
        storage: label("Safe in the head's office"),
    }
}

fn taken(evidence: bool) -> Story<Safeguarding> {
    with_incident().by_person(karin()).when(seize(evidence)).then_events(|events| {
        assert!(matches!(events, [Event::DeviceSeized { number: 1, .. }]), "{events:?}");
    })
}

fn police() -> Command {
    let (reference, officer) = (label("CAD 1187"), name("PC Amara Nwosu"));
    Command::HandSeizedToPolice { incident: incident(), number: 1, reference, officer }
}

fn search() -> Command {
    Command::RecordSearch {
        incident: incident(),
        number: 1,
        by: pat(),
        authorised_by: ruth(),
        consent: Consent::Parent,
        witness: ines(),
        told_dsl: karin(),
        reason: note("To see whether the photograph is on it."),
    }
}

fn dispose() -> Command {
    Command::RecordDisposal {
        incident: incident(),
        number: 1,
        by: pat(),
        permitted_by: ruth(),
        witness: ines(),
        reason: note("A picture of nobody's harm."),
    }
}

/// INC-3: what may hold evidence is not searched, cleared or given back: it goes to the police, with reference and officer.
#[test]
fn evidence_goes_to_the_police_unsearched() {
    let refusal = Refusal::HoldsEvidence { incident: incident(), number: 1 };
    let back = Command::GiveSeizedBack { incident: incident(), number: 1, to: name("Their mother") };
    let mut story = taken(true);
    for command in [search(), dispose(), back] {
        story = story.when(command).refused(refusal.clone());
    }
    let known = story.state.incident_for(incident(), karin()).expect("she may read it");
    assert!(known.missing().contains(&Missing::Evidence));
    let story = story.when(police()).then([Event::SeizedToPolice {
        incident: incident(),
        number: 1,
        device: None,
        reference: label("CAD 1187"),
        officer: name("PC Amara Nwosu"),
        by: karin(),
        at: at("2026-11-20T09:00:00Z"),
    }]);
    let known = story.state.incident_for(incident(), karin()).expect("she may read it");
    assert!(!known.missing().contains(&Missing::Evidence));
    story.when(police()).refused(Refusal::SeizedIsGone { incident: incident(), number: 1 });
}

/// INC-5: a search is the headteacher's, or authorised by the headteacher, witnessed, and the DSL is told.
#[test]
fn a_search_is_authorised_by_the_head_witnessed_and_told() {
    taken(false).when(search()).then_events(|events| {
        assert!(matches!(events, [Event::SearchRecorded { consent: Consent::Parent, .. }]), "{events:?}");
    });
    let Command::RecordSearch { incident, number, by, consent, reason, .. } = search() else {
        unreachable!("it is a search")
    };
    let with = |authorised_by, witness, told_dsl| Command::RecordSearch {
        incident,
        number,
        by,
        authorised_by,
        consent,
        witness,
        told_dsl,
        reason: reason.clone(),
    };
    let table = [
        (with(karin(), ines(), karin()), Refusal::SearchNotAuthorised { by: karin() }),
        (with(colin(), ines(), karin()), Refusal::SearchNotAuthorised { by: colin() }),
        (with(ruth(), pat(), karin()), Refusal::WitnessIsTheSame { person: pat() }),
        (with(ruth(), ines(), ruth()), Refusal::NotTheDsl { person: ruth() }),
    ];
    for (command, refusal) in table {
        taken(false).when(command).refused(refusal);
    }
    taken(false).when(with(ruth(), ines(), dev())).allowed();
}

/// INC-5: an image is disposed of with the headteacher's permission alone, witnessed by somebody else.
#[test]
fn an_image_is_disposed_of_with_the_heads_permission() {
    taken(false).when(dispose()).allowed();
    let Command::RecordDisposal { incident, number, by, reason, .. } = dispose() else {
        unreachable!("it is a disposal")
    };
    let with = |permitted_by, witness| Command::RecordDisposal {
        incident,
        number,
        by,
        permitted_by,
        witness,
        reason: reason.clone(),
    };
    taken(false).when(with(karin(), ines())).refused(Refusal::NoPermission { by: karin() });
    taken(false).when(with(ruth(), pat())).refused(Refusal::WitnessIsTheSame { person: pat() });
}

#[test]
fn what_was_given_back_is_gone() {
    let back = || Command::GiveSeizedBack { incident: incident(), number: 1, to: name("Their mother") };
    let story = taken(false).when(seize(false)).nothing_happens().when(back()).allowed();
    let story = story.when(search()).refused(Refusal::SeizedIsGone { incident: incident(), number: 1 });
    let unknown = Command::GiveSeizedBack { incident: incident(), number: 2, to: name("Their mother") };
    story.when(unknown).refused(Refusal::UnknownSeized { incident: incident(), number: 2 });
}
