//! Drafts: what can be kept, what can't; changes after authorising; copies.

use std::collections::BTreeSet;

use decider::kit::{Story, given};
use proptest::prelude::*;
use proto::refusal::Refusal as _;
use proto::rules::Rule;
use proto::v1::trips::*;
use proto::values::{Headcount, Personal};
use trips::form::{changed_fields, changes_that_matter, form_hash};
use trips::{EARLIER_FORMS_KEPT, PhaseName, Trips};

use crate::cast::*;

fn save(form: TripForm) -> Command {
    Command::SaveDraft { trip: museum(), base: Some(hash()), form: Box::new(form) }
}

fn save_new(form: TripForm) -> Command {
    Command::SaveDraft { trip: museum(), base: None, form: Box::new(form) }
}

fn a_week_before(events: Vec<Event>) -> Story<Trips> {
    given::<Trips>(events).at(WEEK_BEFORE).by_person(okafor())
}

/// The same draft saved again changes nothing.
#[test]
fn a_draft_is_saved_once() {
    a_week_before(the_school())
        .when(save_new(form()))
        .then([saved(form())])
        .when(save_new(form()))
        .nothing_happens();
}

/// FORM-1: a draft may lack what only the gates ask for.
#[test]
fn a_draft_may_be_incomplete() {
    let bare = form_with(|f| {
        f.staff.iter_mut().for_each(|s| s.work_mobile = None);
        f.risk_assessment = None;
        f.consent = None;
        f.deputy = None;
        f.destinations.clear();
        f.emergency.dsl.clear();
    });
    a_week_before(the_school()).when(save_new(bare.clone())).then([saved(bare)]);
}

/// CONT-4, FORM-3: a personal number is refused at once, and not kept, nor told in the refusal.
#[test]
fn a_number_that_is_no_registered_work_mobile_is_refused_and_not_kept() {
    let personal = form_with(|f| f.staff[1].work_mobile = Some(number_of(99)));
    let refusal = Refusal::NotAWorkMobile { person: lind(), field: "form.staff[1].work_mobile".into() };
    assert_eq!(refusal.rule(), Some(Rule::Form3));
    assert_eq!(refusal.field().as_deref(), Some("form.staff[1].work_mobile"));
    assert!(!serde_json::to_string(&refusal.body()).unwrap().contains("900099"));
    let story = a_week_before(the_school()).when(save_new(personal)).refused(refusal);
    assert!(story.state.trip(museum()).is_none());

    let of_reserve = form_with(|f| f.reserves[0].work_mobile = Some(number_of(99)));
    let refusal =
        Refusal::NotAWorkMobile { person: ferreira(), field: "form.reserves[0].work_mobile".into() };
    a_week_before(the_school()).when(save_new(of_reserve)).refused(refusal);
}

/// FORM-3: a number whose phone left the register is no work mobile's any more.
#[test]
fn the_number_of_a_retired_phone_is_refused() {
    let retired = Event::WorkMobileNoted {
        device: mobile(3),
        number: number_of(3),
        in_service: false,
        held_by: None,
        for_trip: None,
        permanent: false,
        retired: true,
    };
    let events = the_school().into_iter().chain([retired]).collect();
    let refusal = Refusal::NotAWorkMobile { person: abara(), field: "form.staff[2].work_mobile".into() };
    a_week_before(events).when(save_new(form())).refused(refusal);
}

type Change = fn(&mut TripForm);

/// CHECK-1, CHECK-5, DEV-5, DEV-7, FORM-1, FORM-3, FORM-4, FORM-8, CHECK-8: what contradicts itself can't be kept, even as a
/// draft; the refusal names field and rule.
#[test]
fn a_form_that_contradicts_itself_is_refused_naming_the_field() {
    let check1 = Some(Rule::Check1);
    let cases: Vec<(&str, Option<Rule>, Change)> = vec![
        // who
        ("staff", None, |f| f.staff.clear()),
        ("staff[3]", None, |f| f.staff.push(StaffOnForm { person: okafor(), work_mobile: None })),
        ("reserves[0]", None, |f| f.reserves[0].person = lind()),
        ("staff[1].work_mobile", Some(Rule::Form1), |f| f.staff[1].work_mobile = Some(number_of(1))),
        ("leader", None, |f| f.leader = ferreira()),
        ("deputy", None, |f| f.deputy = Some(ferreira())),
        ("deputy", None, |f| f.deputy = Some(okafor())),
        ("spare_devices[1]", None, |f| f.spare_devices.push(mobile(5))),
        ("spare_devices[0]", Some(Rule::Form3), |f| f.spare_devices[0] = mobile(77)),
        ("spare_devices[0]", None, |f| f.spare_devices[0] = mobile(2)),
        ("spare_devices", None, |f| f.spare_devices = (0..21).map(|_| mobile(5)).collect()),
        ("volunteers[0].name", Some(Rule::Pers7), |f| f.volunteers[0].name = Personal::blanked()),
        // groups
        ("groups", None, |f| f.groups.clear()),
        ("groups[1].group", None, |f| f.groups[1].group = red()),
        ("groups[1].name", None, |f| f.groups[1].name = label("RED")),
        ("groups[1].adult", Some(Rule::Dev5), |f| f.groups[1].adult = ferreira()),
        ("groups[1].adult", Some(Rule::Check5), |f| f.groups[1].adult = okafor()),
        ("groups", Some(Rule::Check5), |f| f.pupils = pupils(31)),
        // pupils with phones
        ("pupil_phones[1].pupil", Some(Rule::Dev8), |f| f.pupil_phones.push(f.pupil_phones[0].clone())),
        ("pupil_phones[0].name", None, |f| f.pupil_phones[0].name = Personal::blanked()),
        ("pupil_phones[0].reason", Some(Rule::Dev7), |f| f.pupil_phones[0].reason = Personal::blanked()),
        ("pupil_phones", None, |f| {
            f.pupils = Headcount::ZERO;
            f.groups.iter_mut().for_each(|g| g.expected = Headcount::ZERO);
        }),
        // the emergency route
        ("emergency.dsl", Some(Rule::Form8), |f| f.emergency.dsl = vec![rahman(), rahman()]),
        ("emergency.office", None, |f| f.emergency.office = (0..21).map(|_| tan()).collect()),
        ("emergency.lost_child_police_minutes", Some(Rule::Check8), |f| {
            f.emergency.lost_child_police_minutes = 0
        }),
        ("emergency.lost_child_police_minutes", Some(Rule::Check8), |f| {
            f.emergency.lost_child_police_minutes = 121
        }),
        // when
        ("window", None, |f| f.window = window("2026-11-12T09:00:00Z", "2026-11-12T15:00:00Z")),
        ("window", None, |f| f.window = window(DEPARTURE, "2027-01-20T09:00:00Z")),
        ("window", None, |f| f.window = window("2029-11-20T09:00:00Z", "2029-11-20T15:00:00Z")),
        ("delay_tolerance_secs", Some(Rule::Form4), |f| f.delay_tolerance_secs = 4 * 3600 + 1),
        ("destinations[1].name", None, |f| f.destinations.push(f.destinations[0].clone())),
        ("destinations[0].arrive_at", None, |f| {
            f.destinations[0].arrive_at = Some(at("2026-11-20T08:59:59Z"))
        }),
        ("destinations[0].leave_at", None, |f| f.destinations[0].leave_at = Some(at("2026-11-20T15:00:01Z"))),
        ("destinations[0].leave_at", None, |f| f.destinations[0].leave_at = f.destinations[0].arrive_at),
        // the plan
        ("plan", check1, |f| {
            f.plan.every_minutes = None;
            f.plan.points.clear();
        }),
        ("plan", check1, |f| {
            f.plan.every_minutes = None;
            f.plan.points = BTreeSet::from([NamedPoint::Arrival]);
            f.destinations[0].arrive_at = None;
        }),
        ("plan", check1, |f| {
            f.plan.every_minutes = Some(7 * 60);
            f.plan.points.clear();
        }),
        ("plan", check1, |f| {
            f.plan.every_minutes = None;
            f.plan.points.clear();
            f.plan.at = Some("0 0 20 * * *".parse_schedule());
        }),
        ("plan.every_minutes", check1, |f| f.plan.every_minutes = Some(4)),
        ("plan.every_minutes", check1, |f| f.plan.every_minutes = Some(1441)),
        ("plan.at", check1, |f| f.plan.at = Some("0 */4 * * * *".parse_schedule())),
        ("plan.grace_secs", check1, |f| f.plan.grace_secs = 59),
        ("plan.grace_secs", check1, |f| f.plan.grace_secs = 3601),
        ("plan.remind_before_secs", check1, |f| f.plan.remind_before_secs = 3601),
        // quiet windows
        ("quiet[0].window", check1, |f| {
            f.quiet[0].window = window("2026-11-20T08:00:00Z", "2026-11-20T09:30:00Z")
        }),
        ("quiet[0].window", check1, |f| {
            f.quiet[0].window = window("2026-11-20T14:00:00Z", "2026-11-20T15:00:01Z")
        }),
        ("quiet[1].window", check1, |f| f.quiet.push(f.quiet[0].clone())),
        ("quiet[0].window", check1, |f| {
            f.window = window(DEPARTURE, "2026-11-23T15:00:00Z");
            f.quiet[0].window = window("2026-11-20T10:00:00Z", "2026-11-21T10:00:01Z");
        }),
        ("quiet", check1, |f| f.quiet[0].window = f.window),
    ];
    for (field, rule, change) in cases {
        a_week_before(the_school()).when(save_new(form_with(change))).refused_with(|refusal| {
            assert_eq!(refusal.code(), "FormInvalid", "{field}");
            assert_eq!((refusal.field(), refusal.rule()), (Some(format!("form.{field}")), rule), "{refusal}");
            assert!(!refusal.remedy().is_empty());
        });
    }
}

trait ParseSchedule {
    fn parse_schedule(&self) -> proto::values::CronSchedule;
}

impl ParseSchedule for str {
    fn parse_schedule(&self) -> proto::values::CronSchedule {
        proto::values::CronSchedule::parse(self).expect("a schedule")
    }
}

/// CHECK-1: bounds hold at their limits.
#[test]
fn a_plan_at_its_limits_is_kept() {
    let limits: [Change; 4] = [
        |f| {
            f.plan = CheckInPlan {
                every_minutes: Some(5),
                grace_secs: 60,
                remind_before_secs: 0,
                ..f.plan.clone()
            }
        },
        |f| f.plan = CheckInPlan { grace_secs: 3600, remind_before_secs: 3600, ..f.plan.clone() },
        |f| {
            f.plan = CheckInPlan {
                every_minutes: None,
                at: Some("0 */5 * * * *".parse_schedule()),
                ..f.plan.clone()
            }
        },
        |f| f.emergency.lost_child_police_minutes = 120,
    ];
    for change in limits {
        let form = form_with(change);
        a_week_before(the_school()).when(save_new(form.clone())).then([saved(form)]);
    }
}

#[test]
fn an_edit_of_a_form_that_nobody_saved_is_refused() {
    a_week_before(the_school()).when(save(form())).refused(Refusal::UnknownTrip { trip: museum() });
}

/// FORM-4: a stale edit is refused, with what changed meanwhile.
#[test]
fn a_stale_edit_is_refused_and_told_what_changed_meanwhile() {
    let by_lind = form_with(|f| f.transport = Some(label("Train")));
    let by_abara = form_with(|f| f.title = label("Year 6 out"));
    a_week_before(drafted()).when(save(by_lind.clone())).allowed().when(save(by_abara.clone())).refused(
        Refusal::StaleForm {
            trip: museum(),
            expected: Some(form_hash(&by_lind)),
            found: Some(hash()),
            changed: vec!["transport".into()],
        },
    );
    let story = a_week_before(drafted()).when(save_new(by_abara)).refused(Refusal::StaleForm {
        trip: museum(),
        expected: Some(hash()),
        found: None,
        changed: vec!["title".into()],
    });
    assert_eq!(*story.state.trip(museum()).unwrap().form, form());
}

/// The number of earlier forms that are kept is bounded.
#[test]
fn only_the_newest_earlier_forms_are_kept() {
    let mut story = a_week_before(drafted());
    let titled = |n: usize| form_with(|f| f.title = label(&format!("Draft {n}")));
    let mut base = hash();
    for n in 0..=EARLIER_FORMS_KEPT {
        let command = Command::SaveDraft { trip: museum(), base: Some(base), form: Box::new(titled(n)) };
        story = story.when(command).allowed();
        base = form_hash(&titled(n));
    }
    // The very first form is forgotten: the answer then tells how the offered form differs from the one there is.
    let offered = form_with(|f| f.transport = None);
    story.when(save(offered)).refused_with(|refusal| {
        let Refusal::StaleForm { changed, .. } = refusal else { panic!("{refusal:?}") };
        assert_eq!(changed, &["title", "transport"]);
    });
}

/// FORM-4: every change that matters voids the authorisation, and its field is named.
#[test]
fn a_change_that_matters_voids_the_authorisation() {
    let cases: Vec<(&str, Change)> = vec![
        ("kind", |f| f.kind = TripKind::LocalVisit),
        ("window", |f| f.window.to = at("2026-11-20T15:30:01Z")),
        ("window", |f| f.window.to = at("2026-11-20T14:59:00Z")),
        ("delay_tolerance_secs", |f| f.delay_tolerance_secs = 3600),
        ("destinations", |f| f.destinations[0].name = label("Castle")),
        ("destinations", |f| f.destinations[0].leave_at = Some(at("2026-11-20T14:30:01Z"))),
        ("destinations", |f| f.destinations[0].leave_at = None),
        ("transport", |f| f.transport = None),
        ("deputy", |f| f.deputy = None),
        ("staff", |f| f.staff[2].work_mobile = Some(number_of(6))),
        ("reserves", |f| f.reserves.clear()),
        ("spare_devices", |f| f.spare_devices.push(mobile(6))),
        ("volunteers", |f| f.volunteers.clear()),
        ("pupil_phones", |f| f.pupil_phones.clear()),
        ("groups", |f| {
            f.groups[0].expected = pupils(15);
            f.groups[1].expected = pupils(15);
        }),
        ("plan", |f| f.plan.grace_secs = 900),
        ("quiet", |f| f.quiet.clear()),
        ("quiet", |f| f.quiet[0].window.to = at("2026-11-20T09:50:01Z")),
        ("quiet", |f| f.quiet[0].window = window("2026-11-20T09:40:01Z", "2026-11-20T10:20:01Z")),
        ("quiet", |f| f.quiet[0].fallback = label("None")),
        ("emergency", |f| f.emergency.base_contact = whitlock()),
        ("risk_assessment", |f| f.risk_assessment = Some(label("RA-2"))),
        ("recording", |f| f.recording = Some(proto::v1::trips::PlannedRecording { consent: None })),
        ("consent", |f| f.consent = None),
    ];
    for (field, change) in cases {
        let form = form_with(change);
        let voided = Event::AuthorisationVoided { trip: museum(), changed: vec![field.into()] };
        let story = a_week_before(authorised()).when(save(form.clone())).then([saved(form), voided]);
        let trip = story.state.trip(museum()).unwrap();
        assert_eq!(trip.phase_name(), PhaseName::Draft, "{field}");
        assert!(trip.standing_authorisation().is_none());
        assert_eq!(trip.changed_since_authorised().unwrap().that_matter, [field]);
    }
}

/// FORM-4: a delay within the form's tolerance, and words that change nothing, leave the authorisation standing.
#[test]
fn a_change_that_does_not_matter_carries_the_authorisation_over() {
    let changes: [Change; 6] = [
        |f| f.title = label("Romans"),
        |f| f.purpose = None,
        |f| {
            f.host = Some(HostContact {
                organisation: label("City museum"),
                contact: None,
                number: None,
                informed_on: None,
            })
        },
        |f| {
            f.window = window("2026-11-20T09:30:00Z", "2026-11-20T15:30:00Z");
            f.quiet[0].window = window("2026-11-20T09:40:00Z", "2026-11-20T10:20:00Z");
        },
        |f| f.destinations[0].arrive_at = Some(at("2026-11-20T10:30:00Z")),
        |f| f.staff.reverse(),
    ];
    for change in changes {
        let form = form_with(change);
        let carried = Event::FormAuthorised {
            trip: museum(),
            form_hash: form_hash(&form),
            by: pryce(),
            at: at(WEEK_BEFORE),
            covers: vec![crate::cast::form().window],
            arrivals: Vec::new(),
        };
        let story = a_week_before(authorised()).when(save(form.clone())).then([saved(form.clone()), carried]);
        let trip = story.state.trip(museum()).unwrap();
        assert_eq!(trip.standing_authorisation().unwrap().form_hash, form_hash(&form));
    }
}

/// FORM-4: two delays, each within the tolerance, are measured together.
#[test]
fn delays_add_up_against_the_form_the_senior_saw() {
    let until = |to: &str| form_with(|f| f.window.to = at(to));
    let once = until("2026-11-20T15:20:00Z");
    let twice = until("2026-11-20T15:40:00Z");
    let again =
        Command::SaveDraft { trip: museum(), base: Some(form_hash(&once)), form: Box::new(twice.clone()) };
    let voided = Event::AuthorisationVoided { trip: museum(), changed: vec!["window".into()] };
    a_week_before(authorised()).when(save(once)).allowed().when(again).then([saved(twice), voided]);
}

/// A change of a submitted form takes it back to a draft: what a senior sees is what they authorise.
#[test]
fn a_submitted_form_that_changes_is_a_draft_again() {
    let renamed =
        form_with(|f| f.volunteers[0].name = "Kim Field".parse::<proto::values::Name>().unwrap().into());
    assert_eq!(form_hash(&renamed), hash(), "names stay out of the hash");
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on: vec![] };
    a_week_before(submitted())
        .when(save(renamed.clone()))
        .then([saved(renamed)])
        .by_person(pryce())
        .when(authorise)
        .refused(Refusal::WrongPhase {
            phase: "draft".into(),
            possible: "submitted, or out and changed on the way".into(),
        });
}

#[test]
fn a_trip_that_left_or_was_cancelled_is_not_drafted() {
    let renamed = || save(form_with(|f| f.title = label("Romans")));
    let possible = "a draft, submitted or authorised; a trip that is out is amended";
    let refusal = |phase: &str| Refusal::WrongPhase { phase: phase.into(), possible: possible.into() };
    a_week_before(departed()).when(renamed()).refused(refusal("out"));
    let cancelled = Event::TripCancelled { trip: museum(), reason: note("Snow") };
    a_week_before(drafted().into_iter().chain([cancelled]).collect())
        .when(renamed())
        .refused(refusal("cancelled"));
}

/// Names and reasons stay out of the hash, so that a blanked one can't be guessed from it; all else is in it.
#[test]
fn the_hash_holds_all_but_personal_parts() {
    let mut blanked = form();
    blanked.volunteers[0].name = Personal::blanked();
    blanked.pupil_phones[0].name = Personal::blanked();
    blanked.pupil_phones[0].reason = Personal::blanked();
    assert_eq!(form_hash(&blanked), hash());
    assert!(changes_that_matter(&form(), &blanked).is_empty(), "what was blanked differs from nothing");
    assert_ne!(form_hash(&form_with(|f| f.purpose = None)), hash());
    assert_ne!(form_hash(&form_with(|f| f.volunteers[0].accepted_rules = false)), hash());
}

proptest! {
    /// FORM-4: a delay matters exactly if it goes beyond the tolerance, or is none.
    #[test]
    fn a_delay_matters_beyond_the_tolerance(secs in -7200_i64..7200) {
        let delayed = form_with(|f| f.window.to += jiff::SignedDuration::from_secs(secs));
        let matters = !changes_that_matter(&form(), &delayed).is_empty();
        prop_assert_eq!(matters, !(0..=1800).contains(&secs));
        prop_assert_eq!(changed_fields(&form(), &delayed).is_empty(), secs == 0);
        prop_assert_eq!(form_hash(&delayed) == hash(), secs == 0);
    }
}
