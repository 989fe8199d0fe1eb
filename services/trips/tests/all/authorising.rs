//! Submitting, authorising, sending back.

use decider::Service;
use decider::kit::{Story, given};
use proto::envelope::{Actor, Hash};
use proto::ids::{ClientId, PersonId};
use proto::rules::Rule;
use proto::v1::contacts::{CoverageGap, LadderStep};
use proto::v1::trips::*;
use trips::form::form_hash;
use trips::{MAX_LIKE_VISITS, PhaseName, Trips};

use crate::cast::*;

fn submit() -> Command {
    Command::SubmitForm { trip: museum(), form_hash: hash() }
}

fn authorise() -> Command {
    Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on: vec![] }
}

fn a_week_before(events: impl IntoIterator<Item = Event>, person: PersonId) -> Story<Trips> {
    given::<Trips>(events).at(WEEK_BEFORE).by_person(person)
}

fn a_client() -> Actor {
    Actor::Client(ClientId::parse("siren").expect("a slug"))
}

/// The school, and this form as a draft, covered by the emergency route.
fn drafted_as(form: TripForm) -> Vec<Event> {
    let covered = Event::CoverageNoted { trip: museum(), form_hash: form_hash(&form), gaps: vec![] };
    the_school().into_iter().chain([saved(form), covered]).collect()
}

fn submitted_as(form: TripForm) -> Vec<Event> {
    let submitted = Event::FormSubmitted { trip: museum(), form_hash: form_hash(&form), at: at(WEEK_BEFORE) };
    drafted_as(form).into_iter().chain([submitted]).collect()
}

fn not_ready(refusal: &Refusal) -> &[ReadinessItem] {
    let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
    items
}

#[test]
fn a_form_is_submitted_once() {
    let submitted = Event::FormSubmitted { trip: museum(), form_hash: hash(), at: at(WEEK_BEFORE) };
    a_week_before(drafted(), okafor()).when(submit()).then([submitted]).when(submit()).nothing_happens();
}

#[test]
fn only_a_named_person_submits_a_form() {
    given::<Trips>(drafted()).by(a_client()).when(submit()).refused(Refusal::NamedPersonNeeded {});
}

#[test]
fn a_form_of_an_unknown_trip_is_not_submitted() {
    a_week_before(the_school(), okafor()).when(submit()).refused(Refusal::UnknownTrip { trip: museum() });
}

#[test]
fn a_trip_that_left_is_not_submitted() {
    let refusal = Refusal::WrongPhase { phase: "out".into(), possible: "a draft".into() };
    a_week_before(departed(), okafor()).when(submit()).refused(refusal);
}

/// FORM-1: submitting is refused, naming each person without a number; a group of theirs has no phone either (DEV-5).
#[test]
fn a_form_without_a_staff_number_is_refused_naming_each_person() {
    let form = form_with(|f| {
        f.staff[1].work_mobile = None;
        f.staff[2].work_mobile = None;
    });
    let submit = Command::SubmitForm { trip: museum(), form_hash: form_hash(&form) };
    a_week_before(drafted_as(form.clone()), okafor()).when(submit).refused_with(|refusal| {
        let expected =
            [(Rule::Form1, Some(lind())), (Rule::Form1, Some(abara())), (Rule::Dev5, Some(lind()))];
        assert_eq!(reds(not_ready(refusal)), expected);
        let field = not_ready(refusal).iter().find(|i| i.person == Some(abara())).unwrap().field.clone();
        assert_eq!(field.as_deref(), Some("staff[2].work_mobile"));
    });
    // FORM-1: and so is authorising.
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: form_hash(&form), also_on: vec![] };
    a_week_before(submitted_as(form), pryce()).when(authorise).refused_with(|refusal| {
        assert!(reds(not_ready(refusal)).contains(&(Rule::Form1, Some(abara()))));
    });
}

/// FORM-3: a work mobile that is out of service can't stand on the form: staff's, reserves' and spares' alike.
#[test]
fn a_form_with_a_phone_out_of_service_is_refused() {
    for (number, person) in [(3, Some(abara())), (4, Some(ferreira())), (5, None)] {
        let lost = Event::WorkMobileNoted {
            device: mobile(number),
            number: number_of(number),
            in_service: false,
            held_by: None,
            for_trip: None,
            permanent: false,
            retired: false,
        };
        a_week_before(drafted().into_iter().chain([lost]), okafor()).when(submit()).refused_with(|refusal| {
            assert_eq!(reds(not_ready(refusal)), [(Rule::Form3, person)]);
            assert!(not_ready(refusal).iter().any(|i| !i.ok && i.device == Some(mobile(number))));
        });
    }
}

/// DEV-2: somebody who left the register can't go.
#[test]
fn a_form_with_somebody_who_left_is_refused() {
    let left = Event::PersonNoted { person: abara(), here: false, senior: false, head: false };
    a_week_before(drafted().into_iter().chain([left]), okafor())
        .when(submit())
        .refused_with(|refusal| assert_eq!(reds(not_ready(refusal)), [(Rule::Dev2, Some(abara()))]));
}

/// FORM-2: a senior authorises on a risk assessment and on consents, where pupils go.
#[test]
fn a_form_without_risk_assessment_or_consents_is_refused() {
    let form = form_with(|f| (f.risk_assessment, f.consent) = (None, None));
    let submit = Command::SubmitForm { trip: museum(), form_hash: form_hash(&form) };
    a_week_before(drafted_as(form), okafor()).when(submit).refused_with(|refusal| {
        let red: Vec<_> =
            not_ready(refusal).iter().filter(|i| !i.ok).map(|i| (i.rule, i.field.as_deref())).collect();
        assert_eq!(red, [(Rule::Form2, Some("risk_assessment")), (Rule::Form2, Some("consent"))]);
    });
}

/// CHECK-1: a plan that time has overtaken is no plan.
#[test]
fn a_form_whose_time_is_over_is_refused() {
    given::<Trips>(drafted()).at("2026-11-20T15:00:00Z").by_person(okafor()).when(submit()).refused_with(
        |refusal| {
            assert_eq!(reds(not_ready(refusal)), [(Rule::Check1, None)]);
        },
    );
}

/// FORM-4: what is submitted, authorised or left by is the form as it is.
#[test]
fn a_stale_form_is_neither_submitted_nor_authorised_nor_left_by() {
    let stale = Hash::of(b"another form");
    let refusal =
        || Refusal::StaleForm { trip: museum(), expected: Some(hash()), found: Some(stale), changed: vec![] };
    let submit = || Command::SubmitForm { trip: museum(), form_hash: stale };
    a_week_before(drafted(), okafor()).when(submit()).refused(refusal());
    a_week_before(submitted(), okafor()).when(submit()).refused(refusal());
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: stale, also_on: vec![] };
    a_week_before(submitted(), pryce()).when(authorise).refused(refusal());
    let depart = Command::Depart {
        trip: museum(),
        form_hash: stale,
        counts: counts(16, 14),
        stand_ins: vec![],
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    given::<Trips>(ready()).at(DEPARTURE).when(depart).refused(refusal());
}

/// FORM-2: a senior who is not on the trip authorises the form.
#[test]
fn a_senior_authorises_the_form_once() {
    let story = a_week_before(submitted(), pryce()).when(authorise()).then([authorisation()]);
    let trip = story.state.trip(museum()).unwrap();
    assert_eq!(trip.standing_authorisation().unwrap().by, pryce());
    story.by_person(whitlock()).when(authorise()).nothing_happens();
}

/// FORM-2: nobody else does.
#[test]
fn nobody_but_a_senior_authorises_a_form() {
    a_week_before(submitted(), tan()).when(authorise()).refused(Refusal::NotSenior {});
    a_week_before(submitted(), stranger()).when(authorise()).refused(Refusal::NotSenior {});
    given::<Trips>(submitted()).by(a_client()).when(authorise()).refused(Refusal::NamedPersonNeeded {});
    let left = Event::PersonNoted { person: pryce(), here: false, senior: true, head: false };
    a_week_before(submitted().into_iter().chain([left]), pryce())
        .when(authorise())
        .refused(Refusal::NotSenior {});
}

/// FORM-2: whoever authorises stays.
#[test]
fn a_senior_on_the_trip_does_not_authorise_it() {
    let promoted = Event::PersonNoted { person: abara(), here: true, senior: true, head: false };
    a_week_before(submitted().into_iter().chain([promoted]), abara())
        .when(authorise())
        .refused(Refusal::AuthoriserOnTrip { person: abara() });
}

#[test]
fn a_draft_is_not_authorised() {
    let refusal = Refusal::WrongPhase {
        phase: "draft".into(),
        possible: "submitted, or out and changed on the way".into(),
    };
    a_week_before(drafted(), pryce()).when(authorise()).refused(refusal);
}

/// FORM-8: authorising is refused naming the uncovered hours, on the school's clocks, and the empty step.
#[test]
fn a_form_whose_route_has_gaps_is_refused_naming_hours_and_step() {
    let hours = window("2026-11-20T14:00:00Z", "2026-11-20T15:00:00Z");
    let gaps = vec![
        CoverageGap::NoLine { window: hours },
        CoverageGap::EmptyStep { step: LadderStep::Dsl, window: hours },
        CoverageGap::TooFewPeople { named: 1, needed: 2 },
        CoverageGap::OnTheTrip { person: lind() },
    ];
    let noted = Event::CoverageNoted { trip: museum(), form_hash: hash(), gaps };
    a_week_before(submitted().into_iter().chain([noted]), pryce()).when(authorise()).refused_with(
        |refusal| {
            let red: Vec<_> = not_ready(refusal).iter().filter(|i| !i.ok).collect();
            assert!(red.iter().all(|item| item.rule == Rule::Form8 && !item.remedy.is_empty()));
            let texts: Vec<_> = red.iter().map(|item| item.text.as_str()).collect();
            assert_eq!(
                texts,
                [
                    "No line is open and staffed from 20 Nov 14:00 to 20 Nov 15:00.",
                    "Nobody of the safeguarding step can be reached from 20 Nov 14:00 to 20 Nov 15:00.",
                    "Only 1 of at least 2 people of the ladder can be reached.",
                    "Somebody of the ladder is on the trip.",
                ]
            );
        },
    );
}

/// FORM-8: as long as contacts hasn't worked it out for this very form, nobody knows.
#[test]
fn a_form_whose_route_was_not_assessed_is_refused() {
    let submitted = Event::FormSubmitted { trip: museum(), form_hash: hash(), at: at(WEEK_BEFORE) };
    let events = drafted().into_iter().chain([submitted]);
    a_week_before(events, pryce())
        .when(authorise())
        .refused_with(|refusal| assert_eq!(reds(not_ready(refusal)), [(Rule::Form8, None)]));
}

/// FORM-8, CONT-6: base and ladder are people who are here and stay; no step is empty; at least two people are named.
#[test]
fn a_form_whose_ladder_is_on_the_trip_gone_or_empty_is_refused() {
    type Change = fn(&mut TripForm);
    type Reds = Vec<(Rule, Option<PersonId>)>;
    let cases: [(Change, Reds); 6] = [
        (|f| f.emergency.base_contact = lind(), vec![(Rule::Cont6, Some(lind()))]),
        (|f| f.emergency.base_contact = stranger(), vec![(Rule::Cont6, Some(stranger()))]),
        (|f| f.emergency.dsl = vec![rahman(), abara()], vec![(Rule::Form8, Some(abara()))]),
        (|f| f.emergency.senior = vec![stranger()], vec![(Rule::Form8, Some(stranger()))]),
        (|f| f.emergency.senior.clear(), vec![(Rule::Form8, None)]),
        (
            |f| {
                f.emergency.dsl = vec![tan()];
                f.emergency.senior = vec![tan()];
            },
            vec![(Rule::Form8, None)],
        ),
    ];
    for (change, expected) in cases {
        let form = form_with(change);
        let authorise =
            Command::AuthoriseForm { trip: museum(), form_hash: form_hash(&form), also_on: vec![] };
        a_week_before(submitted_as(form), pryce())
            .when(authorise)
            .refused_with(|refusal| assert_eq!(reds(not_ready(refusal)), expected));
    }
}

/// FORM-2: one authorising may cover a half-term's like visits.
#[test]
fn one_authorising_covers_like_visits() {
    let swims = vec![
        window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"),
        window("2026-12-04T09:00:00Z", "2026-12-04T15:00:00Z"),
    ];
    let also = |on: &[proto::values::Window]| Command::AuthoriseForm {
        trip: museum(),
        form_hash: hash(),
        also_on: on.to_vec(),
    };
    let story = a_week_before(submitted(), pryce()).when(also(&swims[..1])).then_events(|events| {
        let [Event::FormAuthorised { covers, .. }] = events else { panic!("{events:?}") };
        assert_eq!(covers[..], [form().window, swims[0]]);
    });
    let story = story.when(also(&swims[..1])).nothing_happens();
    story.when(also(&swims)).then_events(|events| {
        let [Event::FormAuthorised { covers, .. }] = events else { panic!("{events:?}") };
        assert_eq!(covers[..], [form().window, swims[0], swims[1]], "one more visit, one more authorising");
    });
}

/// FORM-2: visits that are not alike need forms of their own.
#[test]
fn visits_that_are_not_alike_are_not_covered() {
    let one = window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z");
    let overlapping = window("2026-11-27T10:00:00Z", "2026-11-27T16:00:00Z");
    let longer = window("2026-11-27T09:00:00Z", "2026-11-27T16:00:00Z");
    let earlier = window("2026-11-19T09:00:00Z", "2026-11-19T15:00:00Z");
    let next_term = window("2027-01-22T09:00:00Z", "2027-01-22T15:00:00Z");
    for (also_on, place) in [
        (vec![longer], 0),
        (vec![earlier], 0),
        (vec![one, next_term], 1),
        (vec![one, overlapping], 1),
        (vec![one; MAX_LIKE_VISITS + 1], MAX_LIKE_VISITS),
    ] {
        let command = Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on };
        a_week_before(submitted(), pryce()).when(command).refused_with(|refusal| {
            let Refusal::FormInvalid { field, rule, .. } = refusal else { panic!("{refusal:?}") };
            assert_eq!((field.as_str(), *rule), (format!("also_on[{place}]").as_str(), Some(Rule::Form2)));
        });
    }
}

/// A senior sends a form back with a reason; what was authorised no longer is.
#[test]
fn a_senior_sends_a_form_back() {
    let send_back = || Command::SendBack { trip: museum(), reason: note("Two adults are too few") };
    let sent = Event::SentBack { trip: museum(), reason: note("Two adults are too few"), by: pryce() };
    for events in [submitted(), authorised()] {
        let story = a_week_before(events, pryce()).when(send_back()).then([sent.clone()]);
        assert_eq!(story.state.trip(museum()).unwrap().phase_name(), PhaseName::Draft);
        story.when(send_back()).nothing_happens().by_person(okafor()).when(submit()).allowed();
    }
    a_week_before(submitted(), okafor()).when(send_back()).refused(Refusal::NotSenior {});
    let refusal = Refusal::WrongPhase { phase: "out".into(), possible: "submitted or authorised".into() };
    a_week_before(departed(), pryce()).when(send_back()).refused(refusal);
}

/// A form authorised again after a change is measured against the form as it was seen then, at the same moment too.
#[test]
fn a_form_authorised_again_is_measured_against_what_was_seen_then() {
    let changed = form_with(|f| f.transport = Some(label("Train")));
    let new = form_hash(&changed);
    let save = Command::SaveDraft { trip: museum(), base: Some(hash()), form: Box::new(changed) };
    let mut story = a_week_before(authorised(), okafor()).when(save).allowed();
    Trips::evolve(&mut story.state, &Event::CoverageNoted { trip: museum(), form_hash: new, gaps: vec![] });
    let story = story.when(Command::SubmitForm { trip: museum(), form_hash: new }).allowed();
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: new, also_on: vec![] };
    let story = story.by_person(pryce()).when(authorise).allowed();
    let changes = story.state.trip(museum()).unwrap().changed_since_authorised().unwrap();
    assert!(changes.all.is_empty(), "{changes:?}");
}

/// MEDIA-3: a form on which recording is planned names the prior written consents, or isn't submitted.
#[test]
fn planned_recording_names_its_consents() {
    let planned = |consent: Option<&str>| {
        form_with(|f| f.recording = Some(PlannedRecording { consent: consent.map(label) }))
    };
    let submit = |form: &TripForm| Command::SubmitForm { trip: museum(), form_hash: form_hash(form) };
    let (with, without) = (planned(Some("REC-7")), planned(None));
    a_week_before(drafted_as(with.clone()), okafor()).when(submit(&with)).allowed();
    let story = a_week_before(drafted_as(without.clone()), okafor());
    story.when(submit(&without)).refused_with(|refusal| {
        assert_eq!(reds(not_ready(refusal)), [(Rule::Media3, None)]);
        let field = not_ready(refusal).iter().find(|item| !item.ok).and_then(|item| item.field.clone());
        assert_eq!(field.as_deref(), Some("recording.consent"));
    });
}
