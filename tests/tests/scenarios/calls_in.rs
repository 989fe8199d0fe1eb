//! Somebody from outside rings the school's number: whom they reach, what they hear, and what follows when nobody is there.

use end_to_end::{Extras, MORNING, Outing, Plan, World};
use handsets::{CallBehaviour, CallStatus, Handset, LiveCall};
use proto::ids::{DutyId, LineId};
use proto::v1::contacts::{Command, LineHealth, LineKind};
use proto::v1::gateway;
use proto::v1::people::{self, DutyRole};
use proto::v1::trips::HostContact;
use proto::values::{ClockTime, DailyHours, PhoneNumber, RingSecs, Weekday, WeeklyHours, Window};
use serde_json::{Value, json};

/// A mother's landline.
pub(crate) const PARENT: &str = "01632 960123";

/// The museum's front desk.
const HOST: &str = "01632 960150";

/// The office's own line, beside the landline.
const OFFICE: &str = "01632 960002";

/// What nobody outside may hear: trips, people, numbers.
const SECRETS: [&str; 8] = ["Museum", "Year 6", "Ruth", "Pat", "Ines", "01632", "07700", "+44"];

fn reveals_nothing(caller: &LiveCall) {
    let heard = caller.heard();
    assert!(SECRETS.iter().all(|secret| !heard.contains(secret)), "{heard}");
}

/// What came of each step that rang.
fn outcomes(world: &World) -> Vec<String> {
    let tried = world.told("gateway", "CallStepTried");
    tried.iter().map(|step| step["outcome"].as_str().expect("an outcome").to_owned()).collect()
}

/// Whoever is rung answers, is told whose call it is, and takes it.
pub(crate) async fn takes(rung: &Handset, whose: &str) -> LiveCall {
    let call = rung.answers().await;
    call.hears(whose).await;
    call.press("1").await;
    call
}

/// The office has a line of its own, and Pat is on call for it.
async fn has_an_office(world: &mut World) {
    let line = Command::AddLine {
        line: LineId::derived(world.cast.landline.0, 1),
        name: "The office".parse().expect("a label"),
        kind: LineKind::Office,
        number: PhoneNumber::parse(OFFICE).expect("a number"),
        hours: all_week("00:00", "00:00"),
        ring_secs: RingSecs::LINE,
    };
    world.as_("Ruth").does(line).await;
    let window = Window::new(world.now(), world.instant("23:00")).expect("a day");
    let (duty, person) = (DutyId::derived(world.cast.duty.0, 1), world.cast.person("Pat"));
    world.as_("Ruth").does(people::Command::PlanDuty { duty, person, role: DutyRole::Office, window }).await;
    world.quiet().await;
}

pub(crate) fn all_week(from: &str, to: &str) -> WeeklyHours {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let clock = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("a time");
        ClockTime::new(hour.parse().expect("an hour"), minute.parse().expect("a minute")).expect("a time")
    };
    let day = |day| DailyHours { day, from: clock(from), to: clock(to) };
    WeeklyHours([Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday].map(day).to_vec())
}

/// The landline is staffed in those hours.
pub(crate) async fn landline_hours(world: &mut World, from: &str, to: &str) {
    let changed = Command::ChangeLine {
        line: world.cast.landline,
        name: "School landline".parse().expect("a label"),
        number: PhoneNumber::parse(homeward::demo::LANDLINE).expect("a number"),
        hours: all_week(from, to),
        ring_secs: RingSecs::LINE,
    };
    world.as_("Ruth").does(changed).await;
    world.quiet().await;
}

/// CONT-1, CONT-3: a parent rings; the landline rings, whoever answers is told that it is a caller from outside, and is joined
/// with them by pressing 1. The school's own number is shown, and nothing is revealed of the trip that is out.
#[tokio::test(flavor = "multi_thread")]
async fn a_parent_is_put_through_to_whoever_answers_the_landline_and_presses_1() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let caller = world.handset_of(PARENT).rings_school().await;
    caller
        .hears("Elmfield School. Please hold, you are put through. If somebody is in danger, hang up")
        .await;
    let office = takes(&world.landline(), "A caller from outside. Press 1 to take it.").await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "CallBridged").len(), 1);
    assert_eq!((caller.status(), office.status()), (CallStatus::InProgress, CallStatus::InProgress));
    office.hang_up().await;
    assert_eq!(caller.ended().await, CallStatus::Completed);
    world.quiet().await;
    assert_eq!(outcomes(&world), ["taken"]);
    assert_eq!(
        world.told("gateway", "CallReceived")[0]["from"]["stranger"]["number"]["$personal"],
        "+441632960123"
    );
    assert!(world.told("alerts", "CaseOpened").is_empty());
    reveals_nothing(&caller);
    world.ends().await;
}

/// CONT-1, CONT-2, CONT-4: engaged, no answer, a machine, no connection: each leads on, from the landline to the office, to the
/// duty mobile, up the rota, until a person presses 1. Whoever answers and presses nothing has not taken it. Nobody who is out
/// with a trip is rung, and no personal number.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_goes_from_line_to_line_and_up_the_rota_until_a_person_takes_it() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    has_an_office(&mut world).await;
    let [back_up, ruth] = ["WM-009", "WM-005"].map(|tag| world.handset(tag));
    world.handsets.set_behaviour(world.landline().number(), CallBehaviour::Busy);
    world.rings_out(OFFICE);
    world.handsets.set_behaviour(back_up.number(), CallBehaviour::Voicemail);
    let caller = world.handset_of(PARENT).rings_school().await;
    // Ruth answers by mistake, and puts it down.
    let by_mistake = ruth.answers().await;
    by_mistake.stays_silent().await;
    assert_eq!(by_mistake.ended().await, CallStatus::Completed);
    let pat = takes(&world.handset("WM-004"), "A caller from outside").await;
    world.quiet().await;
    assert_eq!(world.landline().expects_call().await.status(), CallStatus::Busy);
    assert_eq!(world.handset_of(OFFICE).expects_call().await.status(), CallStatus::NoAnswer);
    assert!(
        back_up.expects_call().await.heard().contains("Press 1"),
        "the machine heard it, and pressed nothing"
    );
    caller.hears("Nobody could answer there. Please hold, somebody else is tried.").await;
    caller.hang_up().await;
    assert_eq!(pat.ended().await, CallStatus::Completed);
    world.quiet().await;
    assert_eq!(outcomes(&world)[..4], ["busy", "no_answer", "not_taken", "not_taken"]);
    assert_eq!(world.told("gateway", "CallEnded").len(), 1, "the number's own callback tells it");
    assert!(world.told("gateway", "CallExhausted").is_empty());
    reveals_nothing(&caller);
    world.ends().await;
}

/// CONT-1, CONT-3: at the end of the route a recorded instruction, and the office is alerted as urgent; a withheld number is
/// the public's. Who it was stands on the page of calls to ring back, until somebody of the school says that they did.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_a_withheld_caller_and_then_a_parent_and_the_office_rings_back() {
    let mut world = World::start().await;
    world.nobody_answers();
    let caller = world.handset_of("07700 900321").rings_school_withheld().await;
    assert_eq!(caller.ended().await, CallStatus::Completed);
    let heard = caller.heard();
    assert!(heard.contains("nobody could take your call. The school is being alerted."), "{heard}");
    assert!(heard.contains("dial 9 9 9") && heard.contains("Please ring again"), "{heard}");
    reveals_nothing(&caller);
    world.quiet().await;
    for rung in [world.landline(), world.handset("WM-009"), world.handset("WM-005")] {
        rung.expects_call().await;
    }
    let opened = world.told("alerts", "CaseOpened");
    assert_eq!((&opened[0]["severity"], &opened[0]["trip"]), (&json!("urgent"), &Value::Null));
    world.texted("WM-005", "ALERT A caller reached nobody at 08:30").await;
    world.landline().expects_call().await;
    let parent = world.handset_of(PARENT).rings_school().await;
    parent.ended().await;
    world.quiet().await;
    for rung in [world.landline(), world.handset("WM-009"), world.handset("WM-005")] {
        rung.expects_call().await;
    }
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1, "one case for all of them");
    rings_back(&mut world).await;
    world.ends().await;
}

/// The office looks at its list, rings back, and says so; then it is over.
async fn rings_back(world: &mut World) {
    let pat = world.browser("Pat").await;
    let page = pat.opens("/calls").await;
    assert!(page.contains("01632 960123") && page.contains("number withheld"), "{page}");
    assert!(page.contains("from a school phone"), "parents are rung from school phones only: {page}");
    let calls = world.told("gateway", "CallExhausted");
    let ids: Vec<_> = calls.iter().map(|call| call["call"].as_str().expect("an id").to_owned()).collect();
    let (status, _, answer) = pat.sends_from("/calls", &format!("/calls/{}", ids[1]), &[]).await;
    assert_eq!(status, 303, "{answer}");
    world.quiet().await;
    let page = pat.opens("/calls").await;
    assert!(!page.contains("01632 960123") && page.contains("ending in 123"), "{page}");
    assert!(page.contains("Pat Winterbourne"), "who did it: {page}");
    assert!(world.told("alerts", "CaseResolved").is_empty(), "the other one waits");
    let call = ids[0].parse().expect("an id");
    world.as_("Pat").does(gateway::Command::RecordRungBack { call }).await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    let leader = world.as_("Ines");
    let no = leader.is_refused(gateway::Command::RecordRungBack { call }).await;
    assert_eq!(no.code, "RoleNeeded");
    assert!(
        !world.browser("Ines").await.opens("/calls").await.contains("01632"),
        "numbers are base's affair"
    );
}

/// CONT-4, CONT-5: the host is told by the number that the form gives for it: base first; where the school's setting allows
/// hosts, then the leader. A parent never gets that far.
#[tokio::test(flavor = "multi_thread")]
async fn a_host_reaches_the_leader_after_base_where_the_setting_allows_it() {
    let policy = "line_tests = \"off\"\nwork_mobiles_to_hosts = true";
    let extras = Extras { policy, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Within, extras).await;
    let mut outing = Outing::museum(&world);
    outing.form.host = Some(HostContact {
        organisation: "City Museum".parse().expect("a label"),
        contact: None,
        number: Some(PhoneNumber::parse(HOST).expect("a number")),
        informed_on: None,
    });
    outing.departed(&mut world).await;
    outing.takes_links(&world).await;
    world.nobody_answers();
    let leader = world.handset("WM-001");
    world.handsets.set_behaviour(leader.number(), CallBehaviour::Rings);
    let host = world.handset_of(HOST).rings_school().await;
    let ines = takes(&leader, "A call from the host of the trip Year 6 to the City Museum.").await;
    for rung in [world.landline(), world.handset("WM-009"), world.handset("WM-005")] {
        rung.expects_call().await;
    }
    ines.hang_up().await;
    host.ended().await;
    reveals_nothing(&host);
    world.quiet().await;
    let parent = world.handset_of(PARENT).rings_school().await;
    parent.ended().await;
    world.quiet().await;
    for rung in [world.landline(), world.handset("WM-009"), world.handset("WM-005")] {
        rung.expects_call().await;
    }
    let audiences: Vec<_> =
        world.told("gateway", "CallRouted").iter().map(|r| r["audience"].clone()).collect();
    assert_eq!(audiences, ["host_organisation", "parent"]);
    assert_eq!(world.told("gateway", "CallExhausted").len(), 1);
    world.texted("WM-005", "ALERT A caller reached nobody").await;
    world.landline().expects_call().await;
    world.ends().await;
}

/// CONT-2: out of hours the work mobiles take over by themselves, and the board says which way is in force; in the morning the
/// landline is first again.
#[tokio::test(flavor = "multi_thread")]
async fn out_of_hours_the_work_mobile_takes_over_and_back() {
    let mut world = World::start_at("2026-11-20T07:30:00Z").await;
    landline_hours(&mut world, "08:00", "16:30").await;
    let board = world.browser("Pat").await;
    for (time, way, tag) in [
        ("07:59", "Out of hours: work mobiles take over", Some("WM-009")),
        ("08:00", "School hours: calls go to the lines first", None),
        ("16:30", "Out of hours: work mobiles take over", Some("WM-009")),
    ] {
        world.at(time).await;
        assert!(board.opens("/").await.contains(way), "{time}: {way}");
        let caller = world.handset_of(PARENT).rings_school().await;
        let rung = tag.map_or_else(|| world.landline(), |tag| world.handset(tag));
        takes(&rung, "A caller from outside").await.hang_up().await;
        caller.ended().await;
    }
    world.quiet().await;
    assert_eq!(outcomes(&world), ["taken", "taken", "taken"]);
    world.ends().await;
}

/// CONT-1, CONT-2: a landline marked down by hand, with a reason and an end, is out of the routes at once and alerts the office
/// on the work mobile; at the end of the mark it is first again, and base is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_landline_marked_down_is_passed_over_until_the_mark_ends() {
    let mut world = World::start().await;
    let mark = Command::MarkLine {
        line: world.cast.landline,
        health: LineHealth::Down,
        reason: "The exchange is being repaired".parse().expect("a note"),
        until: Some(world.instant("08:40")),
    };
    world.as_("Pat").does(mark).await;
    world.quiet().await;
    world.texted("WM-005", "ALERT A school line is down since 08:30").await;
    let rung = world.handset("WM-009").answers().await;
    rung.hears("A school line is down").await;
    rung.press("1").await;
    rung.ended().await;
    let board = world.browser("Pat").await;
    let page = board.opens("/").await;
    assert!(page.contains("The landline is down: what follows it takes over"), "{page}");
    assert!(page.contains("The exchange is being repaired"), "{page}");
    let caller = world.handset_of(PARENT).rings_school().await;
    takes(&world.handset("WM-009"), "A caller from outside").await.hang_up().await;
    caller.ended().await;
    world.at("08:40").await;
    for tag in ["WM-005", "WM-009"] {
        world.texted(tag, "School landline works again: it is rung first again").await;
    }
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    let caller = world.handset_of(PARENT).rings_school().await;
    takes(&world.landline(), "A caller from outside").await.hang_up().await;
    caller.ended().await;
    world.ends().await;
}

/// CONT-1: a caller who gives up while it rings says nothing of the line; whoever was rung hears that they have gone, nobody
/// else is rung, and the office finds them on its list.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_gives_up_rings_nobody_else() {
    let mut world = World::start().await;
    let caller = world.handset_of(PARENT).rings_school().await;
    let rung = world.landline().ringing_call().await;
    caller.hang_up().await;
    assert_eq!(rung.ended().await, CallStatus::Canceled);
    world.quiet().await;
    assert_eq!(world.told("gateway", "CallEnded").len(), 1, "told by the number's own callback, not by time");
    assert_eq!(outcomes(&world), ["caller_gone"]);
    assert!(world.told("gateway", "LineTried").is_empty());
    assert!(world.told("alerts", "CaseOpened").is_empty());
    assert!(world.browser("Pat").await.opens("/calls").await.contains("hung up while it rang"));
    world.at("08:40").await;
    world.ends().await;
}
