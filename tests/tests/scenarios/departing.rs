//! The departure gate: each refusal, one after another, and what satisfies it.

use end_to_end::{No, Outing, World, heads};
use proto::ids::{GroupId, PersonId};
use proto::v1::devices::{self, Condition, Holder};
use proto::v1::people;
use proto::v1::trips::{self, Command, GroupCount, Refusal};

/// The rules of the readiness list that don't hold.
fn red(no: &No) -> Vec<String> {
    let refusal: Refusal = serde_json::from_value(no.details.clone()).expect("a refusal's details");
    let Refusal::NotReady { items } = refusal else { panic!("no list, but {no:#?}") };
    assert!(items.iter().any(|item| item.ok), "the green ones are shown, too");
    items
        .iter()
        .filter(|item| !item.ok)
        .inspect(|item| assert!(!item.remedy.is_empty()))
        .map(|item| item.rule.to_string())
        .collect()
}

/// FORM-1, FORM-3, FORM-8, CONT-4: what stops a form before it gets to the gate.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_refused_for_each_rule_it_breaks() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    let whole = outing.form.clone();
    let (ines, trip) = (world.as_("Ines"), outing.trip);
    let mut base = None;
    let save = |form: &trips::TripForm, base| Command::SaveDraft { trip, base, form: Box::new(form.clone()) };
    outing.form.staff[1].work_mobile =
        Some(proto::values::PhoneNumber::parse("07700 900555").expect("a number"));
    let no = ines.is_refused(save(&outing.form, base)).await;
    assert_eq!(
        (no.code.as_str(), no.field.as_deref()),
        ("NotAWorkMobile", Some("form.staff[1].work_mobile"))
    );
    outing.form.staff[1].work_mobile = None;
    ines.does(save(&outing.form, base)).await;
    world.quiet().await;
    base = Some(outing.form_hash());
    let no = ines.is_refused(Command::SubmitForm { trip, form_hash: outing.form_hash() }).await;
    assert_eq!(red(&no), ["FORM-1"]);
    outing.form = whole.clone();
    outing.form.emergency.dsl.clear();
    ines.does(save(&outing.form, base)).await;
    world.quiet().await;
    base = Some(outing.form_hash());
    ines.does(Command::SubmitForm { trip, form_hash: outing.form_hash() }).await;
    world.quiet().await;
    let authorise =
        |outing: &Outing| Command::AuthoriseForm { trip, form_hash: outing.form_hash(), also_on: Vec::new() };
    let no = world.as_("Marcus").is_refused(authorise(&outing)).await;
    assert!(red(&no).iter().all(|rule| rule == "FORM-8"), "{no:#?}");
    let no = world.as_("Ines").is_refused(authorise(&outing)).await;
    assert_eq!(no.code, "RoleNeeded", "a leader authorises nothing");
    outing.form = whole;
    let stale = ines.is_refused(save(&outing.form, None)).await;
    assert_eq!(stale.code, "StaleForm");
    ines.does(save(&outing.form, base)).await;
    world.quiet().await;
    world.ends().await;
}

/// FORM-2, FORM-4, DEV-2, DEV-5, DEV-7, CHECK-5: the whole list at once, then shorter, until the party leaves.
#[tokio::test(flavor = "multi_thread")]
async fn departure_is_refused_for_each_rule_and_goes_when_all_hold() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    let trip = outing.trip;
    world.at("08:55").await;
    outing.submitted(&mut world).await;
    let ines = world.as_("Ines");
    let mut rules = red(&ines.is_refused(outing.depart()).await);
    rules.sort();
    assert_eq!(rules, ["DEV-5", "DEV-5", "DEV-7", "FORM-2"]);
    outing.authorised(&mut world).await;
    let mut rules = red(&ines.is_refused(outing.depart()).await);
    rules.sort();
    assert_eq!(rules, ["DEV-5", "DEV-5", "DEV-7"]);
    outing.issued(&mut world).await;
    outing.takes_links(&world).await;
    for (command, code, rule) in counted_wrongly(&outing) {
        let no = ines.is_refused(command).await;
        assert_eq!(
            (no.code.as_str(), no.rule.map(|r| r.to_string()).as_deref()),
            (code, Some(rule)),
            "{no:#?}"
        );
    }
    let mut returned = end_to_end::take_in(&world, "WM-002");
    if let devices::Command::ReturnDevice { returned } = &mut returned {
        returned.condition = Condition::Damaged;
    }
    world.as_("Pat").does(returned).await;
    world.quiet().await;
    let rules = red(&ines.is_refused(outing.depart()).await);
    assert!(rules.contains(&"FORM-3".to_owned()) && rules.contains(&"DEV-5".to_owned()), "{rules:?}");
    let (device, storage) = (world.cast.phone("WM-002").id, "Office safe".parse().expect("a label"));
    world.as_("Pat").does(devices::Command::RecordRepaired { device, storage }).await;
    let person = world.cast.person("Tom");
    let reason = proto::values::Personal::known("Left the keys in the door".parse().expect("a note"));
    world.as_("Pat").does(people::Command::WithdrawAuthorisation { person, reason }).await;
    world.quiet().await;
    let issues = vec![end_to_end::issue(&world, "WM-002", Holder::Person(person))];
    let issue = devices::Command::IssueDevices { trip, issues };
    let no = world.as_("Pat").is_refused(issue.clone()).await;
    assert_eq!(no.rule.map(|rule| rule.to_string()).as_deref(), Some("DEV-2"), "{no:#?}");
    world.as_("Pat").does(people::Command::AuthoriseHolder { person, until: None }).await;
    world.quiet().await;
    world.as_("Pat").does(issue).await;
    world.quiet().await;
    world.at("09:00").await;
    ines.does(outing.depart()).await;
    world.quiet().await;
    ines.does(outing.depart()).await;
    world.quiet().await;
    assert_eq!(world.told("trips", "Departed").len(), 1, "asked again, nothing is done twice");
    world.ends().await;
}

type Change<'a> = &'a dyn Fn(&mut Vec<GroupCount>, &mut Vec<(PersonId, PersonId)>);

/// Commands to depart, each with one thing wrong about its counts.
fn counted_wrongly(outing: &Outing) -> Vec<(Command, &'static str, &'static str)> {
    let depart = |change: Change<'_>| {
        let mut command = outing.depart();
        if let Command::Depart { counts, stand_ins, .. } = &mut command {
            change(counts, stand_ins);
        }
        command
    };
    let stranger = |stand_ins: &mut Vec<_>| stand_ins.push((outing.form.staff[1].person, PersonId::new()));
    let mut stale = outing.depart();
    if let Command::Depart { form_hash, .. } = &mut stale {
        *form_hash = proto::envelope::Hash([7; 32]);
    }
    vec![
        (depart(&|counts, _| counts.clear()), "CountMissing", "CHECK-5"),
        (depart(&|counts, _| counts[0].group = GroupId::new()), "CountOfUnknownGroup", "CHECK-5"),
        (depart(&|counts, _| counts[0].pupils = heads(25)), "NotReady", "FORM-4"),
        (depart(&|_, stand_ins| stranger(stand_ins)), "StandInNotListed", "FORM-4"),
        (stale, "StaleForm", "FORM-4"),
    ]
}

/// FORM-4: a change after authorising voids it; a departure outside the form's tolerance is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_after_authorising_voids_it_and_so_does_a_late_departure() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    let base = Some(outing.form_hash());
    outing.form.deputy = None;
    let save = Command::SaveDraft { trip: outing.trip, base, form: Box::new(outing.form.clone()) };
    world.as_("Ines").does(save).await;
    world.quiet().await;
    assert_eq!(world.told("trips", "AuthorisationVoided").len(), 1);
    let no = world.as_("Ines").is_refused(outing.depart()).await;
    assert_eq!(red(&no), ["FORM-2"]);
    let (trip, form_hash) = (outing.trip, outing.form_hash());
    world.as_("Ines").does(Command::SubmitForm { trip, form_hash }).await;
    world.quiet().await;
    outing.authorised(&mut world).await;
    world.at("09:45").await;
    let no = world.as_("Ines").is_refused(outing.depart()).await;
    assert_eq!(red(&no), ["FORM-4"]);
    outing.takes_links(&world).await;
    world.ends().await;
}
