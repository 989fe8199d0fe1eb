//! Help, a lost child, duress.

use end_to_end::{Outing, World};
use proto::v1::checkins::Command;
use serde_json::json;

/// CHECK-6: a call for help goes to everyone on the ladder at once, again every three minutes until a person has it; it
/// ends by a person alone. Who called is told to dial 999 first, and isn't rung.
#[tokio::test(flavor = "multi_thread")]
async fn help_goes_to_everyone_at_once() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:10").await;
    world.sends("WM-001", "SOS").await;
    world.texted("WM-001", "IN DANGER? DIAL 999 FIRST").await;
    for tag in ["WM-002", "WM-003", "WM-004", "WM-005", "WM-006"] {
        world.texted_and_called(tag, "ALERT HELP called at 09:10").await;
    }
    world.landline().expects_call().await;
    world.texted("WM-001", "ALERT HELP").await;
    world.nothing_more().await;
    world.at("09:12").await;
    let opened = world.told("alerts", "CaseOpened");
    let case = opened[0]["case"].as_str().expect("an id").parse().expect("an id");
    world.as_("Karin").does(proto::v1::alerts::Command::OwnCase { case }).await;
    world.at("09:20").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert!(world.told("alerts", "CaseResolved").is_empty(), "only a person ends a call for help");
    let reason = "Ambulance came; a sprained ankle; the party goes on".parse().expect("a note");
    world.as_("Karin").does(proto::v1::alerts::Command::ResolveCase { case, reason }).await;
    world.at("09:29").await;
    world.texted("WM-001", "check-in due 09:30").await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.ends().await;
}

/// CHECK-8: LOST alerts as help, shows the card, starts a clock to the form's minute for the police; it ends when an
/// adult of the trip has the child.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_child_until_an_adult_has_the_child() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:10").await;
    world.sends("WM-002", "LOST").await;
    world.texted("WM-002", "Hold the rest together").await;
    let everyone = ["WM-001", "WM-003", "WM-004", "WM-005", "WM-006"];
    for tag in everyone {
        world.texted_and_called(tag, "ALERT LOST CHILD. Police at 09:25").await;
    }
    world.texted_and_called("WM-002", "ALERT LOST CHILD").await;
    world.landline().expects_call().await;
    let opened = world.told("alerts", "CaseOpened");
    let case = opened[0]["case"].as_str().expect("an id").parse().expect("an id");
    world.at("09:11").await;
    world.as_("Pat").does(proto::v1::alerts::Command::OwnCase { case }).await;
    world.at("09:24").await;
    world.nothing_more().await;
    world.at("09:25").await;
    assert_eq!(world.told("checkins", "PoliceDue").len(), 1);
    world.texted("WM-001", "check-in due 09:30").await;
    for tag in everyone.into_iter().chain(["WM-002"]) {
        world.texted_and_called(tag, "ALERT Lost child: ring the police now").await;
    }
    world.landline().expects_call().await;
    let found = |with| Command::ReportChildFound { trip: outing.trip, with: world.cast.person(with) };
    let (by_pat, by_tom) = (found("Pat"), found("Tom"));
    assert_eq!(world.as_("Ines").is_refused(by_pat).await.code, "NotOnTrip");
    world.as_("Ines").does(by_tom).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "ChildFound").len(), 1);
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.ends().await;
}

/// CHECK-6: a duress word is answered like an OK and alerts base alone: nothing of it reaches, or shows on, the trip's
/// phones, and the word itself is nowhere in the journal.
#[tokio::test(flavor = "multi_thread")]
async fn a_duress_word_alerts_base_alone() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    world.at("09:00").await;
    let (_, depart) = proto::wire::split(&outing.depart());
    let mut depart: serde_json::Value = serde_json::from_str(depart.get()).expect("JSON");
    depart["duress"].take();
    depart.as_object_mut().expect("an object").remove("duress");
    depart["duress_word"] = json!("marmalade");
    let id = proto::ids::CommandId::new();
    let (status, body) = world.as_("Ines").posts(id, "trips", "Depart", depart.to_string()).await;
    assert_eq!(status, 200, "{body}");
    world.quiet().await;
    outing.takes_links(&world).await;
    world.nobody_answers();
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24 marmalade").await;
    world.texted("WM-001", "OK 24, all counted. Thank you. Next check-in 10:00").await;
    assert_eq!(world.told("checkins", "DuressSignalled").len(), 1);
    for tag in ["WM-003", "WM-004", "WM-005", "WM-006"] {
        world.texted_and_called(tag, "ALERT DURESS at 09:26. Do not contact the trip").await;
    }
    world.landline().expects_call().await;
    for tag in ["WM-001", "WM-002", "BP-001"] {
        let texts = world.handset(tag).texts();
        assert!(texts.iter().all(|text| !text.body.contains("DURESS")), "{tag}: {texts:#?}");
    }
    let case = world.told("alerts", "CaseOpened")[0]["case"].as_str().expect("an id").parse();
    let case: proto::ids::CaseId = case.expect("an id");
    world.as_("Ruth").does(proto::v1::alerts::Command::OwnCase { case }).await;
    world.quiet().await;
    // Whoever holds the leader's phone asks for its alerts: nothing of it is there.
    for view in ["cases".to_owned(), "board".to_owned(), format!("trips/{}", outing.trip)] {
        let (status, shown) = world.as_("Ines").gets(&view).await;
        assert_eq!(status, 200, "{view}");
        assert!(!shown.to_string().contains(&case.to_string()), "{view}: {shown}");
        let (_, shown) = world.as_("Pat").gets(&view).await;
        assert!(view == "board" || shown.to_string().contains(&case.to_string()), "{view}: {shown}");
    }
    // A call in which the word comes again, written down by the office as it was said: the words are kept, that one is not.
    world.at("09:40").await;
    let said = "All well, Marmalade, we are at the desk";
    let call = proto::v1::checkins::Command::WriteDownCall {
        trip: outing.trip,
        group: outing.group(),
        word: proto::v1::checkins::Word::Ok,
        headcount: None,
        called_at: world.now(),
        words: proto::values::Personal::known(said.parse().expect("a note")),
        from: outing.form.leader,
        duress: None,
    };
    world.as_("Pat").does(call).await;
    world.quiet().await;
    assert_eq!(
        world.told("checkins", "DuressSignalled").len(),
        2,
        "{:?}",
        world.told("checkins", "CheckedIn")
    );
    for tag in ["WM-003", "WM-004", "WM-005", "WM-006"] {
        world.texted_and_called(tag, "ALERT DURESS at 09:40").await;
    }
    world.landline().expects_call().await;
    let taken = world.told("checkins", "CheckedIn");
    let written = taken.last().expect("it was taken");
    assert!(written.to_string().contains("All well, we are at the desk"), "{written}");
    let journal = std::fs::read(world.dir().join("journal.sqlite")).expect("the journal is there");
    let log = std::fs::read(world.dir().join("journal.sqlite-wal")).unwrap_or_default();
    let holds = |bytes: &[u8]| bytes.windows(9).any(|window| window.eq_ignore_ascii_case(b"marmalade"));
    assert!(!holds(&journal) && !holds(&log), "the word entered the journal");
    world.ends().await;
}
