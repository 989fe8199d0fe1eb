//! CONT-3, CONT-5: what a card prints follows who may have which number.

use contacts::{Card, NumberOf, Printed, State, card};
use decider::Policy;
use decider::policy::OwnPhones;
use proto::v1::contacts::{Audience, Event, TripPhase};
use proto::v1::trips::{StaffOnForm, TourNumbers, TripForm, TripKind};

use crate::cast::*;

/// Every audience but staff and base.
const OTHERS: [Audience; 4] =
    [Audience::Pupil, Audience::Parent, Audience::HostOrganisation, Audience::StaffFamily];

/// The school, with that form as contacts has heard it.
fn heard(form: &TripForm, more: impl IntoIterator<Item = Event>) -> State {
    school([office_added(), trip_noted(form, 1)].into_iter().chain(more)).state
}

fn for_(state: &State, audience: Audience, form: &TripForm, policy: &Policy) -> Card {
    card(state, audience, &Printed { trip: trip(), form, authorised: true, policy })
}

fn printed(card: &Card) -> Vec<NumberOf> {
    card.numbers.iter().map(|n| n.of).collect()
}

fn mobiles(card: &Card) -> Vec<NumberOf> {
    printed(card).into_iter().filter(|of| matches!(of, NumberOf::Person(_))).collect()
}

fn school_lines() -> Vec<NumberOf> {
    vec![NumberOf::Line(landline()), NumberOf::Line(office_line())]
}

fn tour() -> TripForm {
    let mut form = form(overnight());
    form.kind = TripKind::Tour;
    form.emergency.tour_numbers = Some(TourNumbers { agreed_by: helen(), whose: vec![ravi(), lena()] });
    form
}

/// CONT-3: by its own, nobody outside is given anything but the school's landline and office.
#[test]
fn pupils_families_and_hosts_are_given_the_schools_lines_only() {
    let form = form(friday());
    let state = heard(&form, []);
    for audience in OTHERS {
        let card = for_(&state, audience, &form, &Policy::default());
        assert_eq!(printed(&card), school_lines(), "{audience:?}: no back-up mobile, no work mobile");
        let told = card.left_out.iter().any(|why| why.contains("CONT-5"));
        assert_eq!(told, audience != Audience::StaffFamily, "{:?}", card.left_out);
    }
}

/// PERS-6: where staff's own phones are away, their families are given the school's own numbers for the day, whatever else
/// the settings open; where the school asks nothing, no number.
#[test]
fn families_of_staff_ring_the_office_where_own_phones_are_away() {
    let form = form(friday());
    let state = heard(&form, []);
    let family = |own_phones| {
        let open = Policy { work_mobiles_to_parents: true, work_mobiles_to_hosts: true, ..Policy::default() };
        for_(&state, Audience::StaffFamily, &form, &Policy { own_phones, ..open })
    };
    for away in [OwnPhones::Silent, OwnPhones::Off] {
        assert_eq!(printed(&family(away)), school_lines(), "{away:?}");
    }
    let asked_nothing = family(OwnPhones::AsTheyLike);
    assert_eq!(printed(&asked_nothing), []);
    assert!(asked_nothing.left_out[0].contains("PERS-6"), "{:?}", asked_nothing.left_out);
}

/// CONT-5: the setting opens leader's and deputy's numbers for parents, or for hosts, each by a switch of its own; for
/// pupils none does.
#[test]
fn parents_and_hosts_are_given_work_mobiles_where_the_setting_allows() {
    let form = form(friday());
    let state = heard(&form, []);
    let pair = vec![NumberOf::Person(lena()), NumberOf::Person(ravi())];
    let (parents, hosts) = (
        Policy { work_mobiles_to_parents: true, ..Policy::default() },
        Policy { work_mobiles_to_hosts: true, ..Policy::default() },
    );
    for (policy, opened) in [(&parents, Audience::Parent), (&hosts, Audience::HostOrganisation)] {
        for audience in OTHERS {
            let card = for_(&state, audience, &form, policy);
            let expected = if audience == opened { pair.clone() } else { vec![] };
            assert_eq!(mobiles(&card), expected, "{audience:?}");
            assert_eq!(printed(&card)[..2], school_lines(), "the school comes first [CONT-3]");
        }
    }
}

/// CONT-5: a pupil's card prints what was agreed for the tour, in that order, after the school's own lines.
#[test]
fn a_pupils_card_prints_what_was_agreed_for_the_tour() {
    let form = tour();
    let state = heard(&form, []);
    let card = for_(&state, Audience::Pupil, &form, &Policy::default());
    let agreed = [NumberOf::Person(ravi()), NumberOf::Person(lena())];
    assert_eq!(printed(&card), [school_lines(), agreed.to_vec()].concat());
    assert_eq!(card.numbers[2].number, number("07700 900002"));
    assert!(card.left_out.is_empty(), "{:?}", card.left_out);
    for audience in [Audience::Parent, Audience::HostOrganisation, Audience::StaffFamily] {
        assert_eq!(mobiles(&for_(&state, audience, &form, &Policy::default())), [], "{audience:?}");
    }
}

/// CONT-5: not before the form is authorised, not without an agreement, not on another outing, whatever the form says.
#[test]
fn a_pupils_card_prints_no_work_mobile_that_was_not_agreed() {
    let both = Policy { work_mobiles_to_parents: true, work_mobiles_to_hosts: true, ..Policy::default() };
    let mut without = tour();
    without.emergency.tour_numbers = None;
    let mut no_tour = tour();
    no_tour.kind = TripKind::Residential;
    for form in [without, no_tour] {
        let card = for_(&heard(&form, []), Audience::Pupil, &form, &both);
        assert_eq!(printed(&card), school_lines());
        assert!(card.left_out[0].ends_with("[CONT-5]"), "{:?}", card.left_out);
    }
    let form = tour();
    let waiting = Printed { trip: trip(), form: &form, authorised: false, policy: &both };
    let card = card(&heard(&form, []), Audience::Pupil, &waiting);
    assert_eq!(printed(&card), school_lines());
    assert!(card.left_out[0].contains("not authorised"), "{:?}", card.left_out);
}

/// CONT-6: staff carry every number of base, in the order in which their phone page has them, and of one another; base has those of the party.
#[test]
fn staff_and_base_are_given_the_partys_work_mobiles() {
    let form = form(friday());
    let state = heard(&form, []);
    let party = [lena(), ravi(), mia()].map(NumberOf::Person).to_vec();
    let base = vec![NumberOf::Person(owen())];
    let staff = [base, school_lines(), vec![NumberOf::Line(back_up())], party.clone()];
    assert_eq!(printed(&for_(&state, Audience::StaffOffSite, &form, &Policy::default())), staff.concat());
    assert_eq!(printed(&for_(&state, Audience::Base, &form, &Policy::default())), party);
}

/// CONT-4, FORM-3: a card prints the work mobile in somebody's hands; before it is issued the form's; and none that is out
/// of service or in other hands.
#[test]
fn a_card_prints_work_mobiles_that_are_theirs_and_no_other_number() {
    let form = form(friday());
    let base = |more: Vec<Event>| for_(&heard(&form, more), Audience::Base, &form, &Policy::default());
    let first = |card: &Card| card.numbers.first().map(|n| (n.of, n.number.clone()));
    let lenas = |last: &str| Some((NumberOf::Person(lena()), number(last)));
    assert_eq!(first(&base(vec![put_away(lena())])), lenas("07700 900001"), "not issued yet");
    let swapped = vec![put_away(lena()), work_mobile(back_up_phone(), 20, Some(lena()))];
    assert_eq!(first(&base(swapped)), lenas("07700 900020"), "another one was handed out");
    let lost = Event::WorkMobileNoted {
        device: phone_of(lena()),
        number: number("07700 900001"),
        person: None,
        in_service: false,
    };
    let elsewhere = work_mobile(phone_of(lena()), last_digits(lena()), Some(dana()));
    for gone in [lost, elsewhere] {
        let card = base(vec![gone]);
        assert_eq!(first(&card).map(|(of, _)| of), Some(NumberOf::Person(ravi())));
        assert_eq!(card.left_out.len(), 1);
    }
}

/// CONT-5: somebody whose number was agreed, and who stays, is not on the pupils' card; who stands in is not either.
#[test]
fn who_stays_behind_is_not_on_the_card() {
    let form = tour();
    let mut left = form.clone();
    left.deputy = None;
    left.staff = vec![form.staff[0].clone(), StaffOnForm { person: mia(), work_mobile: None }];
    let state = heard(&left, [phase(TripPhase::Out)]);
    let card = for_(&state, Audience::Pupil, &form, &Policy::default());
    assert_eq!(mobiles(&card), [NumberOf::Person(lena())]);
    assert!(card.left_out[0].contains("not along"), "{:?}", card.left_out);
}

/// CONT-3: of a trip that has ended nothing but the school's lines is printed.
#[test]
fn a_trip_that_has_ended_has_the_schools_lines_only() {
    let form = tour();
    let state = heard(&form, [phase(TripPhase::Out), phase(TripPhase::Returned), phase(TripPhase::Ended)]);
    let card = for_(&state, Audience::StaffOffSite, &form, &Policy::default());
    assert_eq!(printed(&card), school_lines());
}
