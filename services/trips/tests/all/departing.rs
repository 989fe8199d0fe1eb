//! The departure gate.

use decider::kit::given;
use proto::rules::Rule;
use proto::v1::trips::Refusal;
use trips::Trips;

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
