//! CONT-5: pupils are given numbers of work mobiles where that was agreed as the emergency arrangement of a tour.

use decider::kit::given;
use proto::ids::PersonId;
use proto::rules::Rule;
use proto::v1::trips::*;
use trips::Trips;
use trips::form::form_hash;

use crate::cast::*;

type Change = fn(&mut TripForm);

/// The tour's form: its leader's and deputy's numbers for pupils, as that person agreed.
fn tour(agreed_by: PersonId) -> TripForm {
    form_with(|f| {
        f.kind = TripKind::Tour;
        f.emergency.tour_numbers = Some(TourNumbers { agreed_by, whose: vec![okafor(), lind()] });
    })
}

fn save(form: TripForm, base: Option<proto::envelope::Hash>) -> Command {
    Command::SaveDraft { trip: museum(), base, form: Box::new(form) }
}

fn submitted(form: &TripForm) -> Vec<Event> {
    let form_hash = form_hash(form);
    let events = [
        saved(form.clone()),
        Event::CoverageNoted { trip: museum(), form_hash, gaps: vec![] },
        Event::FormSubmitted { trip: museum(), form_hash, at: at(WEEK_BEFORE) },
    ];
    the_school().into_iter().chain(events).collect()
}

fn authorise(form: &TripForm) -> Command {
    Command::AuthoriseForm { trip: museum(), form_hash: form_hash(form), also_on: vec![] }
}

/// CONT-5: it stands on the form of a tour, and names who agreed and whose numbers.
#[test]
fn a_tours_form_says_whose_numbers_pupils_are_given_and_who_agreed() {
    let form = tour(pryce());
    given::<Trips>(the_school())
        .at(WEEK_BEFORE)
        .by_person(okafor())
        .when(save(form.clone(), None))
        .then_events(|events| {
            assert!(matches!(events, [Event::DraftSaved { form: kept, .. }] if **kept == form))
        });
}

/// CONT-5: on any other outing it is refused; so is one that names nobody, or somebody who stays.
#[test]
fn pupils_are_given_no_work_mobiles_numbers_but_on_a_tour_and_of_its_staff() {
    let cases: [(&str, Change); 4] = [
        ("emergency.tour_numbers", |f| f.kind = TripKind::Residential),
        ("emergency.tour_numbers.whose", |f| f.emergency.tour_numbers.as_mut().unwrap().whose.clear()),
        ("emergency.tour_numbers.whose[1]", |f| {
            f.emergency.tour_numbers.as_mut().unwrap().whose[1] = tan();
        }),
        ("emergency.tour_numbers.whose[1]", |f| {
            f.emergency.tour_numbers.as_mut().unwrap().whose[1] = okafor();
        }),
    ];
    for (field, change) in cases {
        let mut form = tour(pryce());
        change(&mut form);
        let story = given::<Trips>(the_school()).at(WEEK_BEFORE).by_person(okafor());
        story.when(save(form, None)).refused_with(|refusal| {
            let Refusal::FormInvalid { field: found, rule, .. } = refusal else { panic!("{refusal:?}") };
            assert_eq!((found.as_str(), *rule), (format!("form.{field}").as_str(), Some(Rule::Cont5)));
        });
    }
}

/// CONT-5: a senior who is not on the tour agreed to it, or the form isn't authorised.
#[test]
fn whoever_agreed_is_a_senior_who_is_not_on_the_tour() {
    let form = tour(pryce());
    given::<Trips>(submitted(&form)).at(WEEK_BEFORE).by_person(pryce()).when(authorise(&form)).allowed();
    for agreed_by in [tan(), okafor()] {
        let form = tour(agreed_by);
        let senior = Event::PersonNoted { person: okafor(), here: true, senior: true, head: false };
        let known = submitted(&form).into_iter().chain([senior]);
        given::<Trips>(known).at(WEEK_BEFORE).by_person(pryce()).when(authorise(&form)).refused_with(
            |refusal| {
                let Refusal::NotReady { items } = refusal else { panic!("{refusal:?}") };
                assert_eq!(reds(items), [(Rule::Cont5, Some(agreed_by))]);
            },
        );
    }
}

/// CONT-5, FORM-4: it is part of the emergency route: agreed after authorising, it voids it.
#[test]
fn an_agreement_that_comes_after_authorising_voids_it() {
    let without = form_with(|f| f.kind = TripKind::Tour);
    let (hash, window) = (form_hash(&without), without.window);
    let authorised = Event::FormAuthorised {
        trip: museum(),
        form_hash: hash,
        by: pryce(),
        at: at(WEEK_BEFORE),
        covers: vec![window],
        arrivals: Vec::new(),
    };
    let known = submitted(&without).into_iter().chain([authorised]);
    given::<Trips>(known)
        .at(WEEK_BEFORE)
        .by_person(okafor())
        .when(save(tour(pryce()), Some(hash)))
        .then_events(|events| {
            let [Event::DraftSaved { .. }, Event::AuthorisationVoided { changed, .. }] = events else {
                panic!("{events:?}")
            };
            assert_eq!(changed, &["emergency"]);
        });
}

/// FORM-4: a form in which nothing was agreed is written as it always was: authorisations of older forms stand.
#[test]
fn a_form_without_an_agreement_has_the_hash_it_always_had() {
    let written = serde_json::to_value(form()).unwrap();
    assert_eq!(written["emergency"].get("tour_numbers"), None);
    let read: TripForm = serde_json::from_value(written).unwrap();
    assert_eq!(form_hash(&read), hash());
}
