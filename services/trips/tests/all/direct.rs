//! Pupils who travel directly to a provider: what the form is asked of each, on and off, and what goes on to the watch. [FORM-6]

use decider::Policy;
use decider::kit::{Story, given};
use proto::rules::Rule;
use proto::v1::trips::{ArrivalDue, Command, DirectTraveller, Event, Refusal, TripForm};
use trips::Trips;
use trips::form::{changes_that_matter, form_hash, moved_to};

use crate::cast::*;

fn ali() -> DirectTraveller {
    DirectTraveller {
        pupil: proto::ids::PupilId::derived(museum().0, 1),
        name: label("AK").into(),
        provider: label("Oakfield Stables"),
        contact: Some("Jo Reed".parse::<proto::values::Name>().expect("a name").into()),
        number: Some(line("01632 960111")),
        due_at: Some(at("2026-11-20T09:30:00Z")),
        devices: Some(note("In the office drawer until home time")),
    }
}

fn line(number: &str) -> proto::values::PhoneNumber {
    proto::values::allow_drama_numbers();
    proto::values::PhoneNumber::parse(number).expect("a drama number")
}

fn form_of(travellers: Vec<DirectTraveller>) -> TripForm {
    form_with(|f| f.direct = travellers)
}

fn with(change: impl FnOnce(&mut DirectTraveller)) -> DirectTraveller {
    let mut one = ali();
    change(&mut one);
    one
}

type Change = fn(&mut DirectTraveller);

fn on(policy: &mut Policy) {
    policy.direct_travellers = true;
}

fn off(policy: &mut Policy) {
    policy.direct_travellers = false;
}

fn submitted(form: &TripForm) -> Story<Trips> {
    let form_hash = form_hash(form);
    let covered = Event::CoverageNoted { trip: museum(), form_hash, gaps: vec![] };
    let sent = Event::FormSubmitted { trip: museum(), form_hash, at: at(WEEK_BEFORE) };
    let events: Vec<Event> = the_school().into_iter().chain([saved(form.clone()), covered, sent]).collect();
    given::<Trips>(events).at(WEEK_BEFORE).by_person(pryce())
}

fn authorise(form: &TripForm) -> Command {
    Command::AuthoriseForm { trip: museum(), form_hash: form_hash(form), also_on: vec![] }
}

fn red(refusal: &Refusal) -> Vec<(Rule, String)> {
    let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
    let red = items.iter().filter(|item| !item.ok);
    red.map(|item| (item.rule, item.field.clone().unwrap_or_default())).collect()
}

fn due() -> ArrivalDue {
    ArrivalDue {
        pupil: ali().pupil,
        provider: label("Oakfield Stables"),
        due_at: at("2026-11-20T09:30:00Z"),
        missed_at: at("2026-11-20T09:40:00Z"),
    }
}

/// FORM-6: the provider's arrangement for devices, the time, who confirms it and by which line: what is missing is named, at
/// submitting and at authorising. Where the school lists nobody, nothing of it is asked.
#[test]
fn what_is_missing_of_a_direct_traveller_is_named() {
    let table: [(Change, &str); 4] = [
        (|one| one.devices = None, "direct[0].devices"),
        (|one| one.due_at = None, "direct[0].due_at"),
        (|one| one.contact = None, "direct[0].contact"),
        (|one| one.number = None, "direct[0].number"),
    ];
    for (without, field) in table {
        let form = form_of(vec![with(without)]);
        let missing = |refusal: &Refusal| assert_eq!(red(refusal), [(Rule::Form6, field.to_owned())]);
        submitted(&form).with_policy(on).when(authorise(&form)).refused_with(missing);
        submitted(&form).with_policy(off).when(authorise(&form)).allowed();
        let drafted = given::<Trips>(the_school().into_iter().chain([saved(form.clone())]));
        let submit = || Command::SubmitForm { trip: museum(), form_hash: form_hash(&form) };
        let drafted = drafted.at(WEEK_BEFORE).by_person(okafor());
        drafted.clone().with_policy(on).when(submit()).refused_with(missing);
        drafted.with_policy(off).when(submit()).allowed();
    }
}

/// FORM-6: on, the authorisation tells whose arrival is due and when it is missed; off, nobody's.
#[test]
fn the_authorisation_tells_which_arrivals_are_due() {
    let form = form_of(vec![ali()]);
    let arrivals = |told: Vec<ArrivalDue>| {
        move |events: &[Event]| {
            let [Event::FormAuthorised { arrivals, .. }] = events else { panic!("{events:?}") };
            assert_eq!(*arrivals, told);
        }
    };
    submitted(&form).with_policy(on).when(authorise(&form)).then_events(arrivals(vec![due()]));
    submitted(&form).with_policy(off).when(authorise(&form)).then_events(arrivals(vec![]));
}

/// FORM-6: they are in no group and not among the pupils who go: no count of the party has them.
#[test]
fn they_are_counted_apart_from_the_party() {
    let form = form_of(vec![ali()]);
    let story = submitted(&form).with_policy(on).when(authorise(&form)).allowed();
    let left = Command::RecordLeftWithoutClearance {
        trip: museum(),
        left_at: at(DEPARTURE),
        counts: counts(16, 14),
        staff: vec![],
        reason: note("The coach left"),
    };
    story.at(DEPARTURE).when(left).then_events(|events| {
        let [Event::LeftWithoutClearance { party, .. }] = events else { panic!("{events:?}") };
        let aboard: u32 = party.groups.iter().map(|group| group.expected.get()).sum();
        assert_eq!((aboard, &party.arrivals), (30, &vec![due()]));
    });
}

/// FORM-6: a form that lists a pupil twice, nameless, among those who go too, or for another day isn't kept.
#[test]
fn a_list_that_contradicts_itself_is_refused() {
    let table = [
        (form_of(vec![ali(), ali()]), "form.direct[1].pupil"),
        (form_of(vec![with(|one| one.name = proto::values::Personal::blanked())]), "form.direct[0].name"),
        (form_of(vec![with(|one| one.pupil = noor())]), "form.direct[0].pupil"),
        (form_of(vec![with(|one| one.due_at = Some(at("2026-11-21T09:30:00Z")))]), "form.direct[0].due_at"),
        (form_of(vec![with(|one| one.due_at = Some(at("2026-11-19T09:30:00Z")))]), "form.direct[0].due_at"),
    ];
    for (form, at_field) in table {
        let story = given::<Trips>(the_school()).at(WEEK_BEFORE).by_person(okafor());
        let save = Command::SaveDraft { trip: museum(), base: None, form: Box::new(form) };
        story.when(save).refused_with(|refusal| {
            let Refusal::FormInvalid { field, rule, .. } = refusal else { panic!("{refusal:?}") };
            assert_eq!((field.as_str(), *rule), (at_field, Some(Rule::Form6)));
        });
    }
}

/// FORM-4, FORM-6: another pupil, provider, arrangement or time voids an authorisation; a delay within the tolerance, another
/// spelling or another contact there doesn't. A form without any has the hash it always had.
#[test]
fn what_of_a_direct_traveller_matters_to_the_authorisation() {
    let authorised = form_of(vec![ali()]);
    let table: [(Change, bool); 8] = [
        (|one| one.provider = label("Hill Farm"), true),
        (|one| one.devices = Some(note("They keep them")), true),
        (|one| one.due_at = Some(at("2026-11-20T10:30:00Z")), true),
        (|one| one.due_at = Some(at("2026-11-20T09:20:00Z")), true),
        (|one| one.due_at = Some(at("2026-11-20T09:45:00Z")), false),
        (|one| one.name = label("A. K.").into(), false),
        (|one| one.contact = Some("Sam Hill".parse::<proto::values::Name>().expect("a name").into()), false),
        (|one| one.number = Some(line("01632 960112")), false),
    ];
    for (change, matters) in table {
        let new = form_of(vec![with(change)]);
        let changed = changes_that_matter(&authorised, &new);
        assert_eq!(changed == ["direct"], matters, "{changed:?}: {:?}", new.direct);
    }
    assert_eq!(changes_that_matter(&authorised, &form()), ["direct"]);
    assert!(!serde_json::to_string(&form()).expect("JSON").contains("direct"));
    let spelt = form_of(vec![with(|one| one.name = label("A. K.").into())]);
    assert_eq!(form_hash(&authorised), form_hash(&spelt), "no name is in the hash");
}

/// FORM-6: within the tolerance the arrival moves along: the authorisation that is carried over tells the new time.
#[test]
fn a_delay_that_is_carried_over_moves_the_arrival() {
    let form = form_of(vec![ali()]);
    let story = submitted(&form).with_policy(on).when(authorise(&form)).allowed();
    let late = form_of(vec![with(|one| one.due_at = Some(at("2026-11-20T09:45:00Z")))]);
    let save = Command::SaveDraft { trip: museum(), base: Some(form_hash(&form)), form: Box::new(late) };
    story.by_person(okafor()).when(save).then_events(|events| {
        let [Event::DraftSaved { .. }, Event::FormAuthorised { arrivals, .. }] = events else {
            panic!("{events:?}")
        };
        assert_eq!(arrivals[0].missed_at, at("2026-11-20T09:55:00Z"));
    });
}

/// FORM-6: the policy's switch, off on the way, takes nobody's watch away.
#[test]
fn a_party_that_is_out_keeps_its_arrivals() {
    let form = form_of(vec![ali()]);
    let story = submitted(&form).with_policy(on).when(authorise(&form)).allowed();
    let left = Command::RecordLeftWithoutClearance {
        trip: museum(),
        left_at: at(DEPARTURE),
        counts: counts(16, 14),
        staff: vec![],
        reason: note("The coach left"),
    };
    let story = story.at(DEPARTURE).when(left).allowed();
    let renamed = TripForm { title: label("The Romans"), ..form.clone() };
    let amend = Command::AmendTrip {
        trip: museum(),
        base: form_hash(&form),
        form: Box::new(renamed),
        reason: note("A better name"),
    };
    story.with_policy(off).by_person(okafor()).when(amend).then_events(|events| {
        let Some(Event::TripAmended { party, .. }) = events.first() else { panic!("{events:?}") };
        assert_eq!(party.arrivals, [due()]);
    });
}

/// FORM-6: a copy for next week has its arrivals next week, at the same time on the school's clocks.
#[test]
fn a_copy_has_its_arrivals_at_the_same_time_on_the_clock() {
    let form = form_of(vec![ali()]);
    let zone = proto::values::SchoolZone::london();
    let in_summer = window("2026-06-12T08:00:00Z", "2026-06-12T14:00:00Z");
    let copy = moved_to(&form, in_summer, &zone, |n| proto::ids::GroupId::derived(museum().0, n));
    assert_eq!(copy.direct[0].due_at, Some(at("2026-06-12T08:30:00Z")), "09:30 in London's summer");
}

/// PERS-1: where pupils' own devices stay at school, whoever leaves says that they were handed in; else it isn't asked, nor
/// of a trip without pupils.
#[test]
fn pupils_own_devices_stay_at_school_where_the_policy_says_so() {
    let leaves = |said: bool| match depart() {
        Command::Depart { trip, form_hash, counts, stand_ins, duress, toolkit, .. } => {
            Command::Depart { trip, form_hash, counts, stand_ins, duress, toolkit, own_phones_in: said }
        }
        other => other,
    };
    let stay = |policy: &mut Policy| policy.pupil_devices_stay = true;
    let keep = |policy: &mut Policy| policy.pupil_devices_stay = false;
    let story = given::<Trips>(ready()).at(DEPARTURE).with_policy(stay);
    let story = story.when(leaves(false)).refused_with(|refusal| {
        assert_eq!(red(refusal), [(Rule::Pers1, "depart.own_phones_in".to_owned())]);
    });
    story.when(leaves(true)).allowed();
    given::<Trips>(ready()).at(DEPARTURE).with_policy(keep).when(leaves(false)).allowed();
}
