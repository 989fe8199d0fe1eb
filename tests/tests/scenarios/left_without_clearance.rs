//! A coach that leaves though refused: refusal never stops the watch.

use end_to_end::{Outing, World};
use proto::v1::trips::{ClearanceDecision, Command};

/// FORM-9: base records who left; check-ins start; office, DSL and seniors are told at once; the head settles it with a
/// reason, and nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_coach_that_leaves_though_refused_is_watched_all_the_same() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    outing.submitted(&mut world).await;
    outing.issued(&mut world).await;
    world.nobody_answers();
    world.at("09:05").await;
    let no = world.as_("Ines").is_refused(outing.depart()).await;
    assert_eq!(no.code, "NotReady");
    let left = Command::RecordLeftWithoutClearance {
        trip: outing.trip,
        left_at: world.instant("09:00"),
        counts: outing.everybody(),
        staff: vec![world.cast.person("Ines"), world.cast.person("Tom")],
        reason: "The coach could not wait".parse().expect("a note"),
    };
    world.as_("Pat").does(left).await;
    world.quiet().await;
    outing.takes_links(&world).await;
    assert_eq!(world.told("checkins", "WatchStarted").len(), 1);
    let missing = world.told("trips", "LeftWithoutClearance")[0]["missing"].to_string();
    assert!(missing.contains("FORM-2"), "why it was refused stands with it: {missing}");
    for tag in ["WM-003", "WM-004", "WM-005", "WM-006"] {
        world.texted(tag, "ALERT Left without clearance at 09:00").await;
    }
    world.landline().expects_call().await;
    let settle = |who: &str| Command::SettleClearance {
        trip: outing.trip,
        decision: ClearanceDecision::Accept,
        reason: "The form was right; the signature was forgotten".parse().expect("a note"),
        decided_by: world.cast.person(who),
        heard_by: None,
    };
    let (by_marcus, by_ruth) = (settle("Marcus"), settle("Ruth"));
    let no = world.as_("Marcus").is_refused(by_marcus).await;
    assert_eq!((no.code.as_str(), no.rule.map(|r| r.to_string()).as_deref()), ("NotHead", Some("FORM-9")));
    world.as_("Ruth").does(by_ruth).await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.at("09:54").await;
    world.ends().await;
}
