//! Texts that somebody forged: the sender's number is that of a school phone, the words are not its holder's.

use end_to_end::{Fix, Locator, Outing, World};
use proto::v1::alerts::Command as Alerts;
use proto::v1::gateway::Meaning;
use serde_json::Value;

fn code_and_case(world: &World) -> (String, proto::ids::CaseId) {
    let opened = &world.told("alerts", "CaseOpened")[0];
    let case = opened["case"].as_str().expect("an id").parse().expect("an id");
    (opened["code"].to_string(), case)
}

/// CHECK-6: a forged "OWN 417" does not quieten a call for help. Its sender reads how it is taken, everyone is told again after three
/// minutes, and a click on the board takes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_reply_does_not_quieten_a_call_for_help() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:10").await;
    world.sends("WM-001", "SOS").await;
    world.texted("WM-001", "IN DANGER? DIAL 999 FIRST").await;
    let others = ["WM-002", "WM-003", "WM-004", "WM-005", "WM-006"];
    for tag in others {
        world.texted_and_called(tag, "ALERT HELP called at 09:10").await;
    }
    world.landline().expects_call().await;
    world.texted("WM-001", "ALERT HELP").await;
    let asks_for_a_reply =
        |tag: &str| world.handset(tag).texts().iter().any(|text| text.body.contains("Reply"));
    assert!(!others.iter().any(|tag| asks_for_a_reply(tag)), "nobody is asked to reply to it");
    let (code, case) = code_and_case(&world);
    for (tag, words) in [("WM-002", format!("OWN {code}")), ("WM-005", code.clone())] {
        world.sends(tag, &words).await;
        world.texted(tag, "NOT taken: texts can be forged. Press 1 when we ring").await;
    }
    assert!(world.told("alerts", "CaseOwned").is_empty());
    assert_eq!(world.told("alerts", "ReplyNotEnough").len(), 2);
    world.at("09:13").await;
    for tag in others {
        world.texted_and_called(tag, "ALERT HELP called at 09:10").await;
    }
    world.landline().expects_call().await;
    world.texted("WM-001", "ALERT HELP").await;
    world.as_("Karin").does(Alerts::OwnCase { case }).await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseOwned")[0]["via"], "click");
    let texts = world.told("gateway", "TextReceived");
    let owns = |text: &&Value| {
        serde_json::from_value::<Meaning>(text["meaning"].clone())
            .is_ok_and(|m| matches!(m, Meaning::Owns { .. }))
    };
    assert_eq!(texts.iter().filter(owns).count(), 2, "both were understood: {texts:#?}");
    let (_, body) = world.as_("Pat").gets(&format!("trips/{}", _outing.trip)).await;
    assert!(body["timeline"].to_string().contains("a text can be forged, so it owns nothing here"), "{body}");
    world.ends().await;
}

/// CHECK-4: a forged "ARRIVED" while the leader's own phone says that it is far from the museum: it counts, nobody is alerted, and
/// board and timeline say that it is unusual, why, and to ring them; a call that the office writes down ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_arrival_is_shown_as_unusual_until_base_has_rung() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    let phone = Locator::of(&world, "WM-001");
    world.at("09:10").await;
    let far = (51.4545 + 9_000.0 / 111_195.08, -2.6033);
    phone.is_at(Fix { place: far, accuracy_m: 12.0, at: world.now(), battery: 80 }).await;
    world.sends("WM-001", "ARRIVED 24").await;
    world.texted("WM-001", "ARRIVED 24, all counted").await;
    world.quiet().await;
    let unusual = world.told("checkins", "WordUnusual");
    assert_eq!(unusual.len(), 1, "{unusual:#?}");
    assert_eq!(unusual[0]["why"]["far_from_place"]["km"], 9, "{unusual:#?}");
    assert!(world.told("alerts", "CaseOpened").is_empty(), "nobody is alerted");
    let (_, trip) = world.as_("Pat").gets(&format!("trips/{}", outing.trip)).await;
    let timeline = trip["timeline"].to_string();
    assert!(
        timeline.contains("it is 9 km from City Museum. A sender can be forged: ring them."),
        "{timeline}"
    );
    let desk = world.browser("Pat").await;
    let page = format!("/trips/{}", outing.trip);
    desk.until(&page, "it is 9 km from City Museum. A sender can be forged: ring Ines Okafor", true).await;
    world.at("09:12").await;
    let call = proto::v1::checkins::Command::WriteDownCall {
        trip: outing.trip,
        group: outing.group(),
        word: proto::v1::checkins::Word::Ok,
        headcount: None,
        called_at: world.now(),
        words: proto::values::Personal::known(
            "Rang her: the coach took another way".parse().expect("a note"),
        ),
        from: outing.form.leader,
        duress: None,
    };
    world.as_("Pat").does(call).await;
    world.quiet().await;
    desk.until(&page, "A sender can be forged: ring Ines", false).await;
    world.ends().await;
}
