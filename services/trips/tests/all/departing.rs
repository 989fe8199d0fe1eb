//! The departure gate.

use std::collections::BTreeSet;

use decider::Policy;
use decider::kit::given;
use proto::ids::PersonId;
use proto::refusal::Refusal as _;
use proto::rules::Rule;
use proto::v1::contacts::CoverageGap;
use proto::v1::trips::*;
use proto::values::{DuressHash, SchoolZone};
use trips::form::form_hash;
use trips::{Gate, Trips, readiness};

use crate::cast::*;

/// FORM-2, DEV-5: an authorised party with every phone in hand leaves; the counts become the numbers expected.
#[test]
fn a_party_that_is_ready_leaves() {
    given::<Trips>(ready()).at(DEPARTURE).when(depart()).then([departure()]).when(depart()).nothing_happens();
}

/// The gate shows its whole list at once, not one error after another.
#[test]
fn a_party_that_is_not_ready_is_shown_the_whole_list() {
    given::<Trips>(drafted()).at(DEPARTURE).when(depart()).refused_with(|refusal| {
        let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
        let expected = [
            (Rule::Form2, None),
            (Rule::Form8, None),
            (Rule::Dev5, Some(okafor())),
            (Rule::Dev5, Some(lind())),
            (Rule::Dev5, Some(abara())),
            (Rule::Dev7, None),
        ];
        assert_eq!(reds(items), expected);
        assert!(items.iter().any(|item| item.ok), "green ones too");
    });
}

#[test]
fn an_unknown_trip_does_not_leave() {
    given::<Trips>(the_school()).when(depart()).refused(Refusal::UnknownTrip { trip: museum() });
}

fn leaving(counts: Vec<GroupCount>, stand_ins: Vec<(PersonId, PersonId)>) -> Command {
    Command::Depart {
        trip: museum(),
        form_hash: hash(),
        counts,
        stand_ins,
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    }
}

fn not_ready(refusal: &Refusal) -> &[ReadinessItem] {
    let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
    items
}

fn ready_and(more: impl IntoIterator<Item = Event>) -> Vec<Event> {
    ready().into_iter().chain(more).collect()
}

fn red_at_departure(events: Vec<Event>, expected: &[(Rule, Option<PersonId>)]) {
    given::<Trips>(events)
        .at(DEPARTURE)
        .when(depart())
        .refused_with(|refusal| assert_eq!(reds(not_ready(refusal)), expected));
}

/// FORM-2: without a standing authorisation nobody leaves; the list says why there is none.
#[test]
fn a_party_without_a_standing_authorisation_does_not_leave() {
    let phones = || [issued(1, okafor()), issued(2, lind()), issued(3, abara()), pupil_phone(true)];
    let submitted: Vec<_> = submitted().into_iter().chain(phones()).collect();
    red_at_departure(submitted, &[(Rule::Form2, None)]);
    let changed = form_with(|f| f.transport = None);
    let new = form_hash(&changed);
    let covered = Event::CoverageNoted { trip: museum(), form_hash: new, gaps: vec![] };
    let depart = Command::Depart {
        trip: museum(),
        form_hash: new,
        counts: counts(16, 14),
        stand_ins: vec![],
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    given::<Trips>(ready_and([saved(changed), covered])).at(DEPARTURE).when(depart).refused_with(|refusal| {
        let red = not_ready(refusal).iter().find(|item| !item.ok).unwrap();
        assert_eq!(red.text, "The authorisation was voided by a change to transport.");
    });
}

/// FORM-2: an authorisation lapses with its senior's standing.
#[test]
fn an_authorisation_of_somebody_who_is_no_longer_senior_does_not_stand() {
    let demoted = Event::PersonNoted { person: pryce(), here: true, senior: false, head: false };
    red_at_departure(ready_and([demoted]), &[(Rule::Form2, Some(pryce()))]);
}

/// FORM-3: what changed since authorising is checked once more.
#[test]
fn a_phone_that_went_out_of_service_holds_the_party_up() {
    let quarantined = Event::WorkMobileNoted {
        device: mobile(3),
        number: number_of(3),
        in_service: false,
        held_by: Some(abara()),
        for_trip: Some(museum()),
        permanent: false,
        retired: false,
    };
    red_at_departure(ready_and([quarantined]), &[(Rule::Form3, Some(abara())), (Rule::Dev5, Some(abara()))]);
}

/// DEV-5: each phone is issued to the person it stands against, for this trip.
#[test]
fn a_phone_in_other_hands_or_for_another_trip_does_not_count() {
    red_at_departure(ready_and([issued(3, lind())]), &[(Rule::Dev5, Some(abara()))]);
    red_at_departure(ready_and([in_store(3)]), &[(Rule::Dev5, Some(abara()))]);
    red_at_departure(ready_and([in_store(3), issued(6, abara())]), &[(Rule::Dev5, Some(abara()))]);
    let elsewhere = Event::WorkMobileNoted {
        device: mobile(3),
        number: number_of(3),
        in_service: true,
        held_by: Some(abara()),
        for_trip: Some(next_week()),
        permanent: false,
        retired: false,
    };
    red_at_departure(ready_and([elsewhere]), &[(Rule::Dev5, Some(abara()))]);
}

/// DEV-5: a device on permanent issue counts as in hand on the holder's word.
#[test]
fn a_permanent_phone_counts_on_the_holders_word() {
    let permanent = |trip| Event::WorkMobileNoted {
        device: mobile(3),
        number: number_of(3),
        in_service: true,
        held_by: Some(abara()),
        for_trip: trip,
        permanent: true,
        retired: false,
    };
    red_at_departure(ready_and([permanent(None)]), &[(Rule::Dev5, Some(abara()))]);
    let events = ready_and([permanent(Some(museum()))]);
    given::<Trips>(events.clone()).at(DEPARTURE).when(depart()).then([departure()]);
    // The word for a second trip of the day doesn't take back the first.
    let twice = events.into_iter().chain([permanent(Some(next_week()))]);
    given::<Trips>(twice).at(DEPARTURE).when(depart()).then([departure()]);
}

/// FORM-4, DEV-5: a listed spare in hand is as good as the phone on the form.
#[test]
fn a_listed_spare_stands_in_for_a_phone() {
    given::<Trips>(ready_and([in_store(3), issued(5, abara())])).at(DEPARTURE).when(depart()).then_events(
        |events| {
            let [Event::Departed { party, .. }] = events else { panic!("{events:?}") };
            assert_eq!(party.staff[2], PartyMember { person: abara(), device: Some(mobile(5)) });
        },
    );
}

/// FORM-4: a listed reserve stands in without a new authorisation: as leader, and with a group, too.
#[test]
fn a_listed_reserve_stands_in() {
    let story = given::<Trips>(ready_and([in_store(1), issued(4, ferreira())])).at(DEPARTURE);
    let story = story.when(leaving(counts(16, 14), vec![(okafor(), ferreira())])).then_events(|events| {
        let [Event::Departed { party, .. }] = events else { panic!("{events:?}") };
        assert_eq!((party.leader, party.groups[0].adult), (ferreira(), ferreira()));
        assert_eq!(party.groups[0].device, Some(mobile(4)));
        assert!(party.staff.iter().all(|m| m.person != okafor()));
    });
    let outing = story.state.trip(museum()).unwrap().outing().unwrap();
    assert_eq!(outing.stand_ins, [(okafor(), ferreira())]);
}

/// FORM-2: a senior who stands in didn't authorise from outside.
#[test]
fn a_senior_who_stands_in_did_not_authorise_the_trip() {
    let form = form_with(|f| f.reserves[0].person = pryce());
    let new = form_hash(&form);
    let authorised = Event::FormAuthorised {
        trip: museum(),
        form_hash: new,
        by: pryce(),
        at: at(WEEK_BEFORE),
        covers: vec![form.window],
        arrivals: Vec::new(),
    };
    let coverage = Event::CoverageNoted { trip: museum(), form_hash: new, gaps: vec![] };
    let phones = [issued(1, okafor()), issued(2, lind()), issued(4, pryce()), pupil_phone(true)];
    let events = the_school().into_iter().chain([saved(form), coverage, authorised]).chain(phones);
    let depart = Command::Depart {
        trip: museum(),
        form_hash: new,
        counts: counts(16, 14),
        stand_ins: vec![(abara(), pryce())],
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    given::<Trips>(events).at(DEPARTURE).when(depart).refused_with(|refusal| {
        // The ladder names her too.
        assert_eq!(reds(not_ready(refusal)), [(Rule::Form2, Some(pryce())), (Rule::Form8, Some(pryce()))]);
    });
}

#[test]
fn a_stand_in_is_a_reserve_of_the_form_for_somebody_of_its_staff() {
    let refused = |stand_ins: Vec<(PersonId, PersonId)>, refusal: Refusal| {
        given::<Trips>(ready()).at(DEPARTURE).when(leaving(counts(16, 14), stand_ins)).refused(refusal);
    };
    refused(vec![(tan(), ferreira())], Refusal::StandInForNobody { person: tan() });
    refused(vec![(lind(), ferreira()), (lind(), ferreira())], Refusal::StandInForNobody { person: lind() });
    refused(vec![(lind(), tan())], Refusal::StandInNotListed { person: tan() });
    refused(
        vec![(lind(), ferreira()), (abara(), ferreira())],
        Refusal::StandInNotListed { person: ferreira() },
    );
}

/// DEV-7: the pupil who may need a phone has it.
#[test]
fn a_pupil_without_their_basic_phone_holds_the_party_up() {
    red_at_departure(ready_and([pupil_phone(false)]), &[(Rule::Dev7, None)]);
}

/// FORM-4: within the tolerance of the departure that was authorised.
#[test]
fn a_departure_outside_the_tolerance_needs_a_new_authorisation() {
    for (now, leaves) in [
        ("2026-11-20T08:30:00Z", true),
        ("2026-11-20T08:29:59Z", false),
        ("2026-11-20T09:30:00Z", true),
        ("2026-11-20T09:30:01Z", false),
    ] {
        let told = given::<Trips>(ready()).at(now).when(depart());
        if leaves {
            told.allowed();
        } else {
            told.refused_with(|refusal| {
                assert_eq!(reds(not_ready(refusal)), [(Rule::Form4, None)]);
                assert!(refusal.rule() == Some(Rule::Form4) && !refusal.remedy().is_empty());
            });
        }
    }
}

/// FORM-8: gaps that opened since authorising hold the party up.
#[test]
fn a_route_that_lost_its_cover_holds_the_party_up() {
    let gaps = vec![CoverageGap::NoLine { window: form().window }];
    red_at_departure(
        ready_and([Event::CoverageNoted { trip: museum(), form_hash: hash(), gaps }]),
        &[(Rule::Form8, None)],
    );
}

/// CHECK-5: leaving needs a count of each group, of groups of the form.
#[test]
fn each_group_is_counted_as_it_gets_on() {
    let refused = |counts: Vec<GroupCount>, refusal: Refusal| {
        given::<Trips>(ready()).at(DEPARTURE).when(leaving(counts, vec![])).refused(refusal);
    };
    refused(vec![], Refusal::CountMissing { groups: vec![red(), blue()] });
    refused(counts(16, 14)[..1].to_vec(), Refusal::CountMissing { groups: vec![blue()] });
    let elsewhere = "00000000-0000-4000-8000-000000003009".parse().unwrap();
    refused(
        vec![GroupCount { group: elsewhere, pupils: pupils(3) }],
        Refusal::CountOfUnknownGroup { group: elsewhere },
    );
    refused(
        counts(16, 14).into_iter().chain(counts(1, 1)).collect(),
        Refusal::CountOfUnknownGroup { group: red() },
    );
}

/// CHECK-5: who got on is who is expected from then on; nobody more than was authorised (FORM-4).
#[test]
fn fewer_pupils_may_leave_but_not_more() {
    given::<Trips>(ready()).at(DEPARTURE).when(leaving(counts(15, 14), vec![])).then_events(|events| {
        let [Event::Departed { party, .. }] = events else { panic!("{events:?}") };
        assert_eq!(party.groups.iter().map(|g| g.expected).collect::<Vec<_>>(), [pupils(15), pupils(14)]);
    });
    given::<Trips>(ready())
        .at(DEPARTURE)
        .when(leaving(counts(16, 15), vec![]))
        .refused_with(|refusal| assert_eq!(reds(not_ready(refusal)), [(Rule::Form4, None)]));
}

/// The duress word's hash goes with the party.
#[test]
fn the_duress_word_goes_with_the_party() {
    let word = DuressHash::of(&[7; 32], museum(), "heron");
    let depart = Command::Depart {
        trip: museum(),
        form_hash: hash(),
        counts: counts(16, 14),
        stand_ins: vec![],
        duress: word,
        toolkit: Vec::new(),
        own_phones_in: true,
    };
    given::<Trips>(ready()).at(DEPARTURE).when(depart).then_events(|events| {
        let [Event::Departed { party, .. }] = events else { panic!("{events:?}") };
        assert_eq!(party.duress, word);
        assert!(word.is_some());
    });
}

#[test]
fn a_trip_that_was_cancelled_or_is_back_does_not_leave() {
    let cancelled = Event::TripCancelled { trip: museum(), reason: note("Snow") };
    let refusal = Refusal::WrongPhase { phase: "cancelled".into(), possible: "authorised".into() };
    given::<Trips>(ready_and([cancelled])).at(DEPARTURE).when(depart()).refused(refusal);
}

/// The same list is there for the board at any time, at each gate.
#[test]
fn the_readiness_list_is_there_for_the_board() {
    let story = given::<Trips>(ready());
    let list = |gate| {
        readiness(&story.state, museum(), gate, at(DEPARTURE), &SchoolZone::london(), &Policy::default())
    };
    for gate in [Gate::Submit, Gate::Authorise, Gate::Depart] {
        assert!(reds(&list(gate)).is_empty(), "{gate:?}");
    }
    let rules = |gate| list(gate).iter().map(|item| item.rule).collect::<BTreeSet<_>>();
    assert!(!rules(Gate::Submit).contains(&Rule::Form8));
    assert!(rules(Gate::Authorise).contains(&Rule::Form8));
    assert!(rules(Gate::Depart).is_superset(&[Rule::Form2, Rule::Form4, Rule::Dev5, Rule::Dev7].into()));
    let unknown = readiness(
        &story.state,
        next_week(),
        Gate::Submit,
        at(DEPARTURE),
        &SchoolZone::london(),
        &Policy::default(),
    );
    assert!(unknown.is_empty());
}
