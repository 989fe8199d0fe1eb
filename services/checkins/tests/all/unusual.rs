//! Check-ins by text whose phone is elsewhere: they count, and are shown as unusual. [CHECK-4]

use proto::ids::DeviceId;
use proto::v1::checkins::{Event, Unusual, Via, Word};
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::trips::Party;
use proto::values::Position;

use crate::cast::*;

/// At the museum from 10:00 to 13:00.
fn visiting() -> Party {
    with(otters_alone(), |p| {
        p.destinations = vec![destination("10:00", "13:00")];
        p.plan.every_minutes = Some(720);
    })
}

fn fix(device: DeviceId, km_north: f64, clock: &str) -> gateway::Event {
    located(device, km_north * 1_000.0, 20.0, clock)
}

fn counted(word: Word) -> Meaning {
    Meaning::Says { word, headcount: Some(n(14)) }
}

/// What is unusual about a text of Ann's.
fn odd(story: Watched, meaning: Meaning, clock: &str) -> (Watched, Option<Unusual>) {
    let mut found = None;
    let story = story.at_clock(clock).hears(text(1, anns_phone(), meaning, clock)).then_events(|events| {
        assert!(events.iter().any(|e| matches!(e, Event::CheckedIn { .. })), "it counts: {events:?}");
        let why = |e: &Event| if let Event::WordUnusual { why, .. } = e { Some(why.clone()) } else { None };
        found = events.iter().find_map(why);
    });
    (story, found)
}

fn with_fix(km_north: f64, clock: &str) -> Watched {
    out(&visiting()).at_clock(clock).hears(fix(anns_phone(), km_north, clock)).allowed()
}

fn far_from_museum(km: u32, clock: &str) -> Option<Unusual> {
    Some(Unusual::FarFromPlace { destination: label("Museum"), km, fix_at: t(clock) })
}

/// CHECK-4: "arrived" from a phone that is seven kilometres from the place: it counts, and is shown with the reason, until a word
/// that isn't unusual.
#[test]
fn an_arrival_by_text_from_a_phone_that_is_elsewhere_counts_and_is_shown() {
    let (story, why) = odd(with_fix(7.2, "09:58"), counted(Word::Arrived), "09:59");
    assert_eq!(why, far_from_museum(7, "09:58"));
    let shown = |story: &Watched| {
        let watch = story.state.watch(museum()).unwrap();
        watch.groups()[0].details.unusual.as_deref().cloned()
    };
    assert_eq!(shown(&story), Some((anns_phone(), far_from_museum(7, "09:58").unwrap())));
    let by_page = press("10:05", Word::Ok).counted(14).command();
    let story = story.at_clock("10:05").by(by_ann()).when(by_page).allowed();
    assert_eq!(shown(&story), None, "her own page says so too");
}

/// CHECK-4: an OK while the form has the party there since half an hour.
#[test]
fn an_ok_by_text_from_far_away_during_the_stay_is_unusual() {
    assert_eq!(odd(with_fix(9.0, "10:31"), says(Word::Ok), "10:32").1, far_from_museum(9, "10:31"));
    assert_eq!(odd(with_fix(9.0, "10:10"), says(Word::Ok), "10:11").1, None, "they may have arrived late");
    assert_eq!(odd(with_fix(9.0, "09:30"), says(Word::Ok), "09:31").1, None, "they are on their way");
    assert_eq!(odd(with_fix(9.0, "13:05"), says(Word::Ok), "13:06").1, None, "they are on their way back");
}

/// No false alarm: near, an old fix, a coarse one, a way that could have been gone since, a party that said LATE or LEAVING.
#[test]
fn what_can_be_explained_is_not_unusual() {
    assert_eq!(odd(with_fix(1.5, "10:40"), says(Word::Ok), "10:41").1, None, "a walk in the park");
    assert_eq!(odd(with_fix(9.0, "10:40"), says(Word::Ok), "10:51").1, None, "eleven minutes ago");
    assert_eq!(odd(with_fix(9.0, "10:35"), says(Word::Ok), "10:40").1, None, "five minutes on the motorway");
    let mut coarse = fix(anns_phone(), 9.0, "10:40");
    if let gateway::Event::PositionReceived { position, .. } = &mut coarse {
        let point = position.get().unwrap().point;
        *position = Position { point, accuracy_m: 8_000.0 }.into();
    }
    let story = out(&visiting()).at_clock("10:40").hears(coarse).allowed();
    assert_eq!(odd(story, says(Word::Ok), "10:41").1, None, "good to eight kilometres");
    let said = |word| {
        let story = out(&visiting()).at_clock("10:20").by(by_ann());
        let story = story.when(press("10:20", word).counted(14).command()).allowed();
        story.at_clock("10:40").hears(fix(anns_phone(), 9.0, "10:40")).allowed()
    };
    assert_eq!(odd(said(Word::Leaving), says(Word::Ok), "10:41").1, None, "they said that they leave");
    assert_eq!(odd(out(&visiting()), says(Word::Ok), "10:41").1, None, "nobody knows where the phone is");
    let late = out(&visiting()).at_clock("09:50").by(by_ann());
    let late = late.when(press("09:50", Word::Late { minutes: 60 }).command()).allowed();
    let late = late.at_clock("10:40").hears(fix(anns_phone(), 9.0, "10:40")).allowed();
    assert_eq!(odd(late, says(Word::Ok), "10:41").1, None, "they said that they are late");
}

/// CHECK-4: the group's other phones are together elsewhere; a phone of another group says nothing.
#[test]
fn a_text_from_a_phone_that_is_away_from_its_groups_others_is_unusual() {
    let apart = |party: &Party, other: DeviceId| {
        let story = out(party).at_clock("09:20").hears(fix(anns_phone(), 30.0, "09:20")).allowed();
        story.hears(fix(other, 37.0, "09:20")).allowed()
    };
    // Cat leads no group: she goes with the Otters.
    let why = odd(apart(&visiting(), cats_phone()), says(Word::Ok), "09:21").1;
    assert_eq!(why, Some(Unusual::FarFromOthers { km: 7, fix_at: t("09:20") }));
    let two_groups = with(party(), |p| p.plan.every_minutes = Some(720));
    assert_eq!(
        odd(apart(&two_groups, bens_phone()), says(Word::Ok), "09:21").1,
        None,
        "the Badgers are elsewhere"
    );
    let story = apart(&visiting(), cats_phone()).hears(fix(bens_phone(), 30.1, "09:20")).allowed();
    assert_eq!(odd(story, says(Word::Ok), "09:21").1, None, "one of them is with her");
}

/// A word on the page, or written down by base, is nobody's forged text. A call's number can be forged as a text's.
#[test]
fn only_what_can_be_forged_is_held_against_the_phone() {
    let by_page = press("10:41", Word::Ok).counted(14).command();
    let story = with_fix(9.0, "10:40").at_clock("10:41").by(by_ann()).when(by_page);
    story.then_events(|events| assert!(!events.iter().any(|e| matches!(e, Event::WordUnusual { .. }))));
    let said = gateway::Event::CallSaid {
        call: id(1),
        inbound: id(2),
        from: Caller::Device { device: anns_phone(), person: Some(ann()), pupil: None, trip: Some(museum()) },
        meaning: says(Word::Ok),
        received_at: t("10:41"),
    };
    with_fix(9.0, "10:40").at_clock("10:41").hears(said).then_events(|events| {
        let by_call = |e: &Event| matches!(e, Event::CheckedIn { via: Via::Call, .. });
        assert!(events.iter().any(by_call) && events.iter().any(|e| matches!(e, Event::WordUnusual { .. })));
    });
}

/// CHECK-6: whatever a text says, it becomes a check-in, a call for help or a question back: never a change of the form, of the
/// number expected, nor the end of a call for help or of the search for a child.
#[test]
fn no_text_changes_the_form_or_ends_a_call_for_help() {
    let words =
        [Word::Ok, Word::Arrived, Word::Back, Word::Leaving, Word::HandedOver, Word::Late { minutes: 20 }];
    let says = words.map(counted);
    let others = [
        Meaning::Owns { code: proto::v1::alerts::ReplyCode(417) },
        Meaning::Either { word: Word::Ok, code: proto::v1::alerts::ReplyCode(417) },
        Meaning::Miscounted { word: Word::Ok },
        Meaning::Help {},
        Meaning::Lost {},
        Meaning::OptOut {},
        Meaning::OptIn {},
        Meaning::Unclear {},
    ];
    let lost = text(90, anns_phone(), Meaning::Lost {}, "09:10");
    let help = text(91, anns_phone(), Meaning::Help {}, "09:11");
    let before = out(&otters_alone()).at_clock("09:11").hears(lost).allowed().hears(help).allowed();
    for meaning in says.into_iter().chain(others) {
        let text = text(1, anns_phone(), meaning.clone(), "09:28");
        let after = before.clone().at_clock("09:28").hears(text).then_events(|events| {
            let is_a_word = |event: &Event| {
                matches!(
                    event,
                    Event::CheckedIn { .. }
                        | Event::HeadcountDiffered { .. }
                        | Event::HeadcountAgreed { .. }
                        | Event::WordNotTaken { .. }
                        | Event::HelpCalled { .. }
                        | Event::ChildLost { .. }
                )
            };
            assert!(events.iter().all(is_a_word), "{meaning:?}: {events:?}");
        });
        let (was, is) = (before.state.watch(museum()).unwrap(), after.state.watch(museum()).unwrap());
        assert_eq!(is.party().unwrap().lost.is_some(), was.party().unwrap().lost.is_some(), "{meaning:?}");
        let expected = |watch: &checkins::Watch| watch.groups()[0].details.expected;
        assert_eq!(expected(is), expected(was), "{meaning:?}");
    }
}
