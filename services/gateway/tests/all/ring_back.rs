//! Callers whom nobody took: who they were, who rang them back. And the host, told from the public by the form's number.

use decider::kit::Story;
use gateway::Gateway;
use gateway::calls::RungBack;
use proto::envelope::Actor;
use proto::ids::InboundId;
use proto::topics::ServiceName;
use proto::v1::contacts::Audience;
use proto::v1::gateway::{Caller, Command, DialOutcome, Event, Refusal};
use uuid::Uuid;

use super::cast::*;
use super::roads::*;

fn call(number: u64) -> InboundId {
    InboundId::derived(Uuid::nil(), 90 + number)
}

fn rings(number: u64, from: &str) -> Command {
    Command::TakeCall {
        call: call(number),
        provider_id: format!("CA{number}"),
        from: from.into(),
        received_at: at(NOW),
    }
}

fn rung_back(number: u64) -> Command {
    Command::RecordRungBack { call: call(number) }
}

/// Somebody rings, and each step of the route is not taken.
fn nobody_takes(story: Story<Gateway>, number: u64, from: &str) -> Story<Gateway> {
    let mut story = story.when(rings(number, from)).allowed();
    for step in 0..3 {
        let outcome = DialOutcome::NoAnswer;
        story = story.when(Command::RecordDial { call: call(number), step, outcome }).allowed();
    }
    story
}

fn not_taken(story: &Story<Gateway>) -> Vec<(InboundId, Option<RungBack>)> {
    story.state.calls.not_taken().map(|(id, call)| (id, call.rung_back)).collect()
}

/// CONT-3: who reached nobody is listed until a person of the school says that they rang back; said twice, it was done once.
#[test]
fn a_caller_whom_nobody_took_is_rung_back_once() {
    let story = nobody_takes(story(roads()), 1, STRANGER);
    assert_eq!(not_taken(&story), [(call(1), None)]);
    let story = story.when(Command::EndCall { call: call(1) }).allowed();
    assert_eq!(not_taken(&story), [(call(1), None)], "that they hung up changes nothing");
    let done = Event::CallRungBack { call: call(1), trip: None, by: hale(), at: at(NOW) };
    let story = story.by_person(hale()).when(rung_back(1)).then([done]);
    assert_eq!(not_taken(&story), [(call(1), Some(RungBack { by: hale(), at: at(NOW) }))]);
    story.by_person(okafor()).when(rung_back(1)).nothing_happens();
}

/// Who gives up while it rings was taken by nobody, too; who talked with somebody is not on the list.
#[test]
fn who_gave_up_is_listed_and_who_was_taken_is_not() {
    let story = story(roads()).when(rings(1, STRANGER)).allowed();
    let story = story.when(Command::EndCall { call: call(1) }).allowed();
    assert_eq!(not_taken(&story), [(call(1), None)]);
    let story = story.when(rings(2, STRANGER)).allowed();
    let no = Refusal::NobodyToRingBack { call: call(2) };
    let story = story.by_person(hale()).when(rung_back(2)).refused(no.clone());
    let story = story.when(Command::AcceptCall { call: call(2), step: 0 }).allowed();
    let story = story.when(Command::EndCall { call: call(2) }).allowed();
    assert_eq!(not_taken(&story).len(), 1, "the newer one was taken");
    story.when(rung_back(2)).refused(no);
}

/// Staff of a trip who hang up in the menu wanted nobody.
#[test]
fn who_hangs_up_in_the_menu_is_not_listed() {
    let story = story(roads()).when(rings(1, LEADER)).allowed();
    let story = story.when(Command::EndCall { call: call(1) }).allowed();
    assert_eq!(not_taken(&story), []);
}

#[test]
fn only_a_named_person_rings_back() {
    let story = nobody_takes(story(roads()), 1, STRANGER);
    let story = story.by(Actor::Service(ServiceName::Gateway)).when(rung_back(1));
    let story = story.refused(Refusal::NoNamedPerson {});
    story.by_person(hale()).when(rung_back(7)).refused(Refusal::UnknownCall { call: call(7) });
}

/// CONT-4, CONT-5: who rings from the number that the form gives for the host is the host, while that trip is out: put through
/// as the host, and to staff of the trip only where the school's setting allows that audience.
#[test]
fn the_host_is_told_by_the_forms_number() {
    let hosted = |out_since: Option<&str>| {
        let Event::TripNoted { trip, title, duress, ended, places, drill, .. } = out() else {
            panic!("a trip")
        };
        let (host, out_since) = (Some(number(STRANGER)), out_since.map(at));
        Event::TripNoted { trip, title, out_since, duress, ended, places, host, drill }
    };
    let routed = |story: Story<Gateway>| {
        let mut found = None;
        story.when(rings(1, STRANGER)).then_events(|events| {
            let Event::CallRouted { audience, trip, steps, .. } = &events[1] else { panic!("{events:?}") };
            found = Some((*audience, *trip, steps.clone()));
        });
        found.expect("it was routed")
    };
    let base = vec![by_line(landline(), 20), by_line(back_up(), 30), by_phone(wm_002())];
    let known = |out_since| story(roads().into_iter().chain([hosted(out_since)]));
    let out_since = Some("2026-11-20T08:30:00Z");
    assert_eq!(
        routed(known(out_since)),
        (Audience::HostOrganisation, Some(museum()), base.clone()),
        "never the leader, unless the setting says so"
    );
    assert_eq!(routed(known(None)), (Audience::Parent, None, base.clone()), "it is not out");
    let allowed = known(out_since).with_policy(|policy| policy.work_mobiles_to_hosts = true);
    let with_leader = base.into_iter().chain([by_phone(wm_001())]).collect();
    assert_eq!(routed(allowed), (Audience::HostOrganisation, Some(museum()), with_leader));
    // A withheld number is the public's, whoever rings.
    let from = Caller::Stranger { number: None };
    known(out_since).when(rings(1, "+266696687")).then_events(|events| {
        assert!(matches!(&events[0], Event::CallReceived { from: of, .. } if *of == from), "{events:?}");
        assert!(matches!(events[1], Event::CallRouted { audience: Audience::Parent, .. }), "{events:?}");
    });
}
