//! What the school's policy asks of a form: each rule with a switch, on and off.

use decider::Policy;
use decider::kit::{Story, given};
use jiff::civil::date;
use proto::rules::Rule;
use proto::v1::trips::{
    Command, Event, HostContact, Placement, ReadinessItem, Refusal, TourNumbers, TripForm, TripKind,
};
use proto::values::{DuressHash, Label, Personal};
use trips::Trips;
use trips::form::form_hash;

use crate::cast::*;

/// As it was drafted, and as it is told by contacts to be covered.
fn drafted(form: &TripForm) -> Story<Trips> {
    let covered = Event::CoverageNoted { trip: museum(), form_hash: form_hash(form), gaps: vec![] };
    let events: Vec<Event> = the_school().into_iter().chain([saved(form.clone()), covered]).collect();
    given::<Trips>(events).at(WEEK_BEFORE).by_person(okafor())
}

fn submit(form: &TripForm) -> Command {
    Command::SubmitForm { trip: museum(), form_hash: form_hash(form) }
}

fn red_rules(items: &[ReadinessItem]) -> Vec<Rule> {
    items.iter().filter(|item| !item.ok).map(|item| item.rule).collect()
}

fn not_ready(refusal: &Refusal) -> &[ReadinessItem] {
    let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
    items
}

fn host(told: bool) -> Option<HostContact> {
    Some(HostContact {
        organisation: label("City museum"),
        contact: told.then(|| Personal::known("Bea Holt".parse().expect("a name"))),
        number: None,
        informed_on: told.then(|| date(2026, 11, 9)),
    })
}

fn placement(whole: bool) -> TripForm {
    form_with(|f| {
        f.kind = TripKind::WorkPlacement;
        f.placement = whole.then(|| Placement {
            rules_on_file: Some(label("Shared drive, placements")),
            inducted_on: Some(date(2026, 11, 9)),
        });
    })
}

type Switch = fn(&mut Policy);

/// FORM-5, FORM-7, PERS-7: on, a form without it isn't submitted, and one with it is; off, it isn't asked.
#[test]
fn what_a_form_is_asked_follows_the_switch() {
    let table: [(Rule, TripForm, TripForm, Switch, Switch); 3] = [
        (
            Rule::Form5,
            form_with(|f| f.host = host(false)),
            form_with(|f| f.host = host(true)),
            |policy| policy.host_informed = true,
            |policy| policy.host_informed = false,
        ),
        (
            Rule::Form7,
            placement(false),
            placement(true),
            |policy| policy.placement_rules = true,
            |policy| policy.placement_rules = false,
        ),
        (
            Rule::Pers7,
            form_with(|f| f.volunteers[0].accepted_rules = false),
            form_with(|f| f.volunteers[0].accepted_rules = true),
            |policy| policy.volunteers_accept = true,
            |policy| policy.volunteers_accept = false,
        ),
    ];
    for (rule, without, with, on, off) in table {
        drafted(&without).with_policy(on).when(submit(&without)).refused_with(|refusal| {
            assert!(red_rules(not_ready(refusal)).iter().all(|red| *red == rule), "{rule}: {refusal:?}");
        });
        drafted(&with).with_policy(on).when(submit(&with)).allowed();
        drafted(&without).with_policy(off).when(submit(&without)).allowed();
    }
}

/// FORM-5: who was told, without the day, isn't enough; a trip to nobody's site isn't asked.
#[test]
fn a_host_is_told_by_name_and_on_a_day() {
    let half = form_with(|f| {
        f.host = host(true).map(|told| HostContact { informed_on: None, ..told });
    });
    let on = |policy: &mut Policy| policy.host_informed = true;
    drafted(&half).with_policy(on).when(submit(&half)).refused_with(|refusal| {
        let field = not_ready(refusal).iter().find(|item| !item.ok).and_then(|item| item.field.clone());
        assert_eq!(field.as_deref(), Some("host.informed_on"));
    });
    let nowhere = form_with(|f| f.host = None);
    drafted(&nowhere).with_policy(on).when(submit(&nowhere)).allowed();
}

/// CONT-5: where the school gives pupils no numbers, a tour's form with some isn't authorised.
#[test]
fn numbers_for_pupils_of_a_tour_follow_the_switch() {
    let form = form_with(|f| {
        f.kind = TripKind::Tour;
        f.emergency.tour_numbers = Some(TourNumbers { agreed_by: pryce(), whose: vec![okafor()] });
    });
    let submitted = Event::FormSubmitted { trip: museum(), form_hash: form_hash(&form), at: at(WEEK_BEFORE) };
    let mut story = drafted(&form).by_person(pryce());
    <Trips as decider::Service>::evolve(&mut story.state, &submitted);
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: form_hash(&form), also_on: vec![] };
    let story = story.with_policy(|policy| policy.tour_numbers = false);
    let story = story.when(authorise.clone()).refused_with(|refusal| {
        assert_eq!(red_rules(not_ready(refusal)), [Rule::Cont5]);
    });
    story.with_policy(|policy| policy.tour_numbers = true).when(authorise).allowed();
}

fn leaves(ticked: &[&str]) -> Command {
    let Command::Depart { trip, form_hash, counts, stand_ins, duress, own_phones_in, toolkit: _ } = depart()
    else {
        panic!("the cast departs")
    };
    let toolkit = ticked.iter().map(|item| label(item)).collect();
    Command::Depart { trip, form_hash, counts, stand_ins, duress, toolkit, own_phones_in }
}

/// DEV-10: each thing of the toolkit is ticked as the party leaves; where the school has no list, nothing is asked.
#[test]
fn the_toolkit_is_ticked_at_departure() {
    let list: Vec<Label> = vec![label("Work mobile, charged"), label("First aid kit")];
    let story = given::<Trips>(ready()).at(DEPARTURE).with_policy(|policy| policy.toolkit = list);
    let story = story.when(leaves(&["Work mobile, charged"])).refused_with(|refusal| {
        let red: Vec<&str> = not_ready(refusal).iter().filter(|i| !i.ok).map(|i| i.text.as_str()).collect();
        assert_eq!(red, ["Not ticked as carried: First aid kit."]);
    });
    story.when(leaves(&["First aid kit", "Work mobile, charged"])).allowed();
    given::<Trips>(ready()).at(DEPARTURE).when(leaves(&[])).allowed();
}

/// CHECK-1: who visits a home alone checks in as often as the school says; two of them needn't.
#[test]
fn a_lone_worker_at_a_home_checks_in_often() {
    let visit = |minutes: u16, alone: bool| {
        form_with(|f| {
            f.kind = TripKind::HomeVisit;
            f.plan.every_minutes = Some(minutes);
            f.deputy = None;
            if alone {
                let leader = f.leader;
                f.staff.retain(|staff| staff.person == leader);
                f.groups.iter_mut().for_each(|group| group.adult = leader);
            }
        })
    };
    let (seldom, often, together) = (visit(45, true), visit(20, true), visit(45, false));
    let twenty = |policy: &mut Policy| policy.lone_check_secs = 20 * 60;
    drafted(&seldom).with_policy(twenty).when(submit(&seldom)).refused_with(|refusal| {
        assert_eq!(red_rules(not_ready(refusal)), [Rule::Check1]);
    });
    drafted(&often).with_policy(twenty).when(submit(&often)).allowed();
    drafted(&together).with_policy(twenty).when(submit(&together)).allowed();
}

/// CHECK-6: who visits a home alone gives a duress word as they leave.
#[test]
fn a_lone_worker_at_a_home_gives_a_duress_word() {
    let form = form_with(|f| {
        let leader = f.leader;
        f.kind = TripKind::HomeVisit;
        f.deputy = None;
        f.staff.retain(|staff| staff.person == leader);
        f.groups.iter_mut().for_each(|group| group.adult = leader);
    });
    let story = given::<Trips>(the_school().into_iter().chain([saved(form.clone())])).at(DEPARTURE);
    let word = DuressHash::of(&[1; 32], museum(), "marmalade").expect("a word");
    let leaves = |duress| match depart() {
        Command::Depart { trip, form_hash: _, counts, stand_ins, toolkit, own_phones_in, .. } => {
            let form_hash = form_hash(&form);
            Command::Depart { trip, form_hash, counts, stand_ins, duress, toolkit, own_phones_in }
        }
        other => other,
    };
    let asked = |refusal: &Refusal| red_rules(not_ready(refusal)).contains(&Rule::Check6);
    let story = story.when(leaves(None)).refused_with(|refusal| assert!(asked(refusal), "{refusal:?}"));
    story.when(leaves(Some(word))).refused_with(|refusal| assert!(!asked(refusal), "{refusal:?}"));
}
