//! Who keeps a device of their own, agreed by whom, until when. [PERS-2, PERS-3, PERS-5]

use decider::kit::{Story, given};
use jiff::civil::Date;
use proto::ids::{ArrangementId, PersonId};
use proto::rules::Rule;
use proto::v1::safeguarding::{AgreedWith, Command, Event, Refusal, Terms, Whose};
use proto::values::Personal;
use safeguarding::{Safeguarding, Standing};

use crate::cast::{at, colin, day, everybody, ines, karin, label, museum, note, pat, register, ruth};

fn arrangement() -> ArrangementId {
    "00000000-0000-4000-8000-000000014001".parse().expect("an id")
}

fn pupil() -> Terms {
    Terms {
        whose: Whose::Pupil { name: Personal::known(label("K.B.")) },
        device: Personal::known(label("Glucose sensor's phone")),
        medical: true,
        reason: note("It alarms when glucose is low."),
        advice: note("School nurse, 2 November: keep it on and near."),
        agreed_by: ruth(),
        signature: None,
        agreed_with: AgreedWith::Parent,
        from: day("2026-11-20"),
        until: day("2026-12-18"),
        conditions: note("In the inside pocket; no photographs."),
    }
}

fn staff() -> Terms {
    Terms {
        whose: Whose::Staff { person: ines() },
        medical: false,
        agreed_with: AgreedWith::Staff,
        agreed_by: colin(),
        ..pupil()
    }
}

fn post_16() -> Terms {
    Terms {
        whose: Whose::Post16 { group: label("Post-16 travel training") },
        medical: false,
        signature: Some(label("RD-2026-09")),
        ..pupil()
    }
}

fn agree(terms: Terms) -> Command {
    Command::AgreeArrangement { arrangement: arrangement(), terms: Box::new(terms) }
}

fn desk() -> Story<Safeguarding> {
    given::<Safeguarding>(register()).at("2026-11-20T09:00:00Z").by_person(karin())
}

/// PERS-2, PERS-3, PERS-5: what the school's policy has no room for isn't agreed; on, it is.
#[test]
fn each_kind_of_arrangement_follows_its_switch() {
    type Switch = fn(&mut decider::Policy);
    let table: [(Terms, Rule, Switch); 3] = [
        (pupil(), Rule::Pers2, |policy| policy.pupil_exceptions = false),
        (post_16(), Rule::Pers3, |policy| policy.signed_approach = false),
        (staff(), Rule::Pers5, |policy| policy.staff_arrangements = false),
    ];
    for (terms, rule, off) in table {
        desk().with_policy(off).when(agree(terms.clone())).refused(Refusal::NotInPolicy { rule });
        desk().when(agree(terms)).allowed();
    }
}

/// PERS-2: agreed beforehand by the headteacher, with advice noted and an end date; asked twice, it is one.
#[test]
fn a_pupils_arrangement_is_agreed_by_the_headteacher() {
    let agreed = Event::ArrangementAgreed {
        arrangement: arrangement(),
        terms: Box::new(pupil()),
        remind_at: at("2026-12-04T09:00:00Z"),
        ends_at: at("2026-12-19T00:00:00Z"),
        by: karin(),
        at: at("2026-11-20T09:00:00Z"),
    };
    let story = desk().when(agree(pupil())).then([agreed]).when(agree(pupil())).nothing_happens();
    let other = Terms { medical: false, ..pupil() };
    story.when(agree(other)).refused(Refusal::ArrangementExists { arrangement: arrangement() });
}

/// PERS-2, PERS-3, PERS-5: who may agree to which, refusals included.
#[test]
fn each_kind_is_agreed_by_whom_its_rule_names() {
    let by = |agreed_by: PersonId, terms: Terms| agree(Terms { agreed_by, ..terms });
    let head = |by| Some(Refusal::HeadNeeded { by });
    let line = |by| Some(Refusal::LineManagerNeeded { by });
    let table = [
        (by(ruth(), pupil()), None),
        (by(karin(), pupil()), head(karin())),
        (by(colin(), pupil()), head(colin())),
        (by(pat(), pupil()), head(pat())),
        (by(ruth(), post_16()), None),
        (by(colin(), post_16()), head(colin())),
        (by(ruth(), Terms { signature: None, ..post_16() }), Some(Refusal::SignatureNeeded {})),
        (by(ruth(), staff()), None),
        (by(colin(), staff()), None),
        (by(karin(), staff()), line(karin())),
        (by(ines(), staff()), line(ines())),
        (by(ruth(), Terms { whose: Whose::Staff { person: ruth() }, ..staff() }), line(ruth())),
    ];
    for (command, refusal) in table {
        match refusal {
            None => desk().when(command).allowed(),
            Some(refusal) => desk().when(command).refused(refusal),
        };
    }
}

/// PERS-2, PERS-5: a pupil's is agreed with the pupil or a parent, a member of staff's with themselves.
#[test]
fn the_other_side_agrees_too() {
    for agreed_with in [AgreedWith::Pupil, AgreedWith::Parent] {
        desk().when(agree(Terms { agreed_with, ..pupil() })).allowed();
        desk().when(agree(Terms { agreed_with, ..staff() })).refused(Refusal::WrongSide {});
    }
    let agreed_with = AgreedWith::Staff;
    desk().when(agree(Terms { agreed_with, ..pupil() })).refused(Refusal::WrongSide {});
}

/// PERS-2: every arrangement has an end date, that lies ahead.
#[test]
fn an_arrangement_has_an_end() {
    let until = |until: &str| agree(Terms { until: day(until), ..pupil() });
    for bad in ["2026-11-19", "2029-01-01"] {
        let refusal = Refusal::BadEnd { until: day(bad), max_days: 400 };
        desk().when(until(bad)).refused(refusal);
    }
    desk().when(until("2026-11-20")).allowed();
}

fn reminded(over: bool, medical: bool, when: &str, next: Option<&str>) -> Event {
    Event::ArrangementReminded {
        arrangement: arrangement(),
        until: day("2026-12-18"),
        over,
        medical,
        readers: everybody(),
        at: at(when),
        next_at: next.map(at),
    }
}

fn standing(story: &Story<Safeguarding>, now: &str, today: Date) -> Standing {
    let known = story.state.arrangements().get(arrangement()).expect("it was agreed");
    known.standing(at(now), today)
}

/// PERS-2: before its end it is reminded of, and at its end; then it is no longer in force.
#[test]
fn an_arrangement_that_ends_is_reminded_of_and_expires() {
    let terms = Terms { medical: false, ..pupil() };
    let story = desk().when(agree(terms)).allowed();
    assert_eq!(standing(&story, "2026-11-20T09:00:00Z", day("2026-11-20")), Standing::InForce);
    let story = story.at("2026-12-04T08:59:59Z").time_passes().nothing_happens();
    let (first, end) = ("2026-12-04T09:00:00Z", "2026-12-19T00:00:00Z");
    let story = story.at(first).time_passes().then([reminded(false, false, first, Some(end))]);
    let story = story.at(end).time_passes().then([reminded(true, false, end, None)]);
    let after = standing(&story, end, day("2026-12-19"));
    assert_eq!((after, after.keeps()), (Standing::Expired, false));
    story.at("2027-01-19T00:00:00Z").time_passes().nothing_happens();
}

/// PERS-2: its expiry never takes a medical device away: the device stays, and the DSL is reminded each week until somebody
/// has looked at it again; only the headteacher ends it.
#[test]
fn expiry_never_takes_a_medical_device_away() {
    let story = desk().when(agree(pupil())).allowed();
    let (end, next) = ("2026-12-19T00:00:00Z", "2026-12-26T00:00:00Z");
    let story = story.at("2026-12-04T09:00:00Z").time_passes().allowed();
    let story = story.at(end).time_passes().then([reminded(true, true, end, Some(next))]);
    let after = standing(&story, "2027-03-01T09:00:00Z", day("2027-03-01"));
    assert_eq!((after, after.keeps()), (Standing::MedicalPastEnd, true));
    let again = reminded(true, true, next, Some("2027-01-02T00:00:00Z"));
    let story = story.at(next).time_passes().then([again]);
    let end = || Command::EndArrangement { arrangement: arrangement(), reason: note("No longer needed.") };
    let refusal = Refusal::MedicalEndedByHead { arrangement: arrangement() };
    let story = story.when(end()).refused(refusal);
    let story = story.by_person(ruth()).when(end()).allowed();
    let story = story.at("2027-01-09T00:00:00Z").time_passes().nothing_happens();
    story.when(end()).refused(Refusal::NoArrangement { arrangement: arrangement() });
}

/// PERS-2: renewed, it runs on, agreed as at first.
#[test]
fn an_arrangement_is_renewed_by_whom_it_was_agreed() {
    let renew = |agreed_by| Command::RenewArrangement {
        arrangement: arrangement(),
        until: day("2027-02-12"),
        agreed_by,
        agreed_with: AgreedWith::Parent,
        advice: note("School nurse, 16 December: unchanged."),
        signature: None,
    };
    let story = desk().when(agree(pupil())).allowed();
    let story = story.when(renew(karin())).refused(Refusal::HeadNeeded { by: karin() });
    let story = story.when(renew(ruth())).allowed().when(renew(ruth())).nothing_happens();
    let story = story.at("2026-12-19T00:00:00Z").time_passes().nothing_happens();
    assert_eq!(standing(&story, "2027-01-10T09:00:00Z", day("2027-01-10")), Standing::InForce);
    let remind = "2027-01-29T09:00:00Z";
    story.at(remind).time_passes().then_events(|events| {
        assert!(matches!(events, [Event::ArrangementReminded { over: false, .. }]), "{events:?}");
    });
}

/// PERS-2: it is shown on the trips on which it goes along, and on no other.
#[test]
fn an_arrangement_goes_along_on_a_trip() {
    let put = |on| Command::PutArrangementOnTrip { arrangement: arrangement(), trip: museum(), on };
    let story = desk().when(agree(pupil())).allowed();
    assert_eq!(story.state.arrangements().on_trip(museum()).count(), 0);
    let story = story.when(put(true)).allowed().when(put(true)).nothing_happens();
    assert_eq!(story.state.arrangements().on_trip(museum()).count(), 1);
    let story = story.when(put(false)).allowed();
    assert_eq!(story.state.arrangements().on_trip(museum()).count(), 0);
}
