//! Owning: by click, reply or key; it lapses, and can be handed back.

use proto::envelope::Actor;
use proto::ids::{CaseId, ClientId};
use proto::v1::alerts::*;
use proto::v1::checkins::Word;
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::people::DutyRole;

use crate::cast::*;

pub(crate) fn key_pressed(case: CaseId, by: Recipient, key: char) -> gateway::Event {
    gateway::Event::KeyPressed { attempt: no_attempt(), case: Some(case), by, key, received_at: at("10:11") }
}

/// CHECK-2: a named person's click owns the case; the ladder stops.
#[test]
fn a_click_owns_the_case_and_stops_the_ladder() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).then([Event::CaseOwned {
        case,
        trip: Some(museum()),
        by: tan(),
        via: OwnedVia::Click,
        at: at("10:10"),
        until: at("10:25"),
        inbound: None,
    }]);
    story.at_time("10:24").time_passes().nothing_happens();
}

/// A click a second time changes nothing; later it gives the owner more time; somebody else's takes the case over.
#[test]
fn owning_again_is_a_duplicate_then_an_extension() {
    let story = missed_and_told();
    let case = story.case().case;
    let own = || Command::OwnCase { case };
    let story = story.by_person(tan()).when(own()).allowed().when(own()).nothing_happens();
    let story = story.at_time("10:20").when(own()).allowed();
    assert_eq!(story.case().next_due(), Some(at("10:35")));
    let story = story.by_person(rahman()).when(own()).allowed();
    assert_eq!(story.case().owner(), Some(rahman()));
}

/// CHECK-2: a reply with the code owns the case, for the person in whose hands the phone is.
#[test]
fn a_reply_with_the_code_owns_the_case() {
    let story = missed_and_told();
    let (case, code) = (story.case().case, story.case().code);
    story.hears(text(okafor(), 1, Meaning::Owns { code })).then([Event::CaseOwned {
        case,
        trip: Some(museum()),
        by: okafor(),
        via: OwnedVia::Reply,
        at: at("10:10"),
        until: at("10:25"),
        inbound: Some(inbound(1)),
    }]);
}

/// CHECK-6: a text's sender can be forged: by text nobody owns a call for help, a lost child, an emergency raised by hand, nor
/// what stands beside one. It is said so to the sender, and everyone is told again in time; a key or a click owns it.
#[test]
fn no_text_owns_an_emergency() {
    let raised = |story: decider::kit::Story<alerts::Alerts>| {
        let raise = Command::RaiseAlert {
            case: new_case(1),
            trip: Some(museum()),
            severity: Severity::Emergency,
            note: note("Smoke in the coach"),
        };
        story.by_person(tan()).when(raise).allowed()
    };
    let stories = [
        out().hears(help()).allowed(),
        out().hears(lost_child()).allowed(),
        raised(out()),
        missed_and_told().hears(help()).allowed(),
    ];
    for story in stories {
        let (story, _) = story.events_now();
        let (case, code) = (story.case().case, story.case().code);
        for (number, sender) in [(1, okafor()), (2, tan())] {
            let refused = Event::ReplyNotEnough {
                case,
                trip: Some(museum()),
                inbound: inbound(number),
                device: phone_of(sender),
                code,
            };
            let meaning = Meaning::Owns { code };
            let at_once = story.clone().hears(text(sender, number, meaning)).then([refused]);
            assert_eq!(at_once.case().owner(), None);
            let (_, later) = at_once.passes_to("10:13");
            assert!(!rungs(&later).is_empty(), "the escalation goes on: {later:#?}");
        }
        let by_key = story.clone().hears(key_pressed(case, Recipient::Person(lind()), '1')).allowed();
        assert_eq!(by_key.case().owner(), Some(lind()));
        let by_click = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
        assert_eq!(by_click.case().owner(), Some(tan()));
    }
}

/// CHECK-6: once the emergency is over, what is left can be taken by text again.
#[test]
fn when_the_emergency_is_over_a_text_owns_what_is_left() {
    let (story, _) = missed_and_told().hears(lost_child()).allowed().events_now();
    let story = story.hears(child_found()).allowed();
    let code = story.case().code;
    let story = story.hears(text(lind(), 1, Meaning::Owns { code })).allowed();
    assert_eq!(story.case().owner(), Some(lind()));
}

/// CHECK-6: whatever a text of the trip says, a call for help stays as it is: no text resolves one, or owns it.
#[test]
fn no_text_resolves_a_call_for_help() {
    let (story, _) = out().hears(help()).allowed().events_now();
    let before = story.case().clone();
    let code = before.code;
    let count = Some(proto::values::Headcount::new(24).expect("a headcount"));
    let words = [Word::Ok, Word::Arrived, Word::Back, Word::Leaving, Word::HandedOver];
    let says = words.map(|word| Meaning::Says { word, headcount: count });
    let others = [
        Meaning::Either { word: Word::Ok, code },
        Meaning::Miscounted { word: Word::Ok },
        Meaning::OptOut {},
        Meaning::OptIn {},
        Meaning::Unclear {},
    ];
    for meaning in says.into_iter().chain(others) {
        let story = story.clone().hears(text(okafor(), 1, meaning.clone())).allowed();
        assert_eq!(story.case().stage, before.stage, "{meaning:?}");
        assert!(before.reasons.iter().all(|reason| story.case().reasons.contains(reason)), "{meaning:?}");
    }
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    assert_eq!(story.case(), &before, "nor does the check-in that checkins makes of it");
}

/// CHECK-2: a code that fits no open case is told to the sender; one of a resolved case too.
#[test]
fn a_code_that_fits_nothing_is_not_taken() {
    let story = missed_and_told();
    let code = story.case().code;
    let wrong = ReplyCode(if code.0 == 100 { 101 } else { 100 });
    let not_taken = |code| Event::CodeNotTaken { inbound: inbound(1), device: phone_of(tan()), code };
    let story = story.hears(text(tan(), 1, Meaning::Owns { code: wrong })).then([not_taken(wrong)]);
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    story.hears(text(tan(), 1, Meaning::Owns { code })).then([not_taken(code)]);
}

/// A pupil's phone, or one in nobody's hands, owns nothing; a stranger is not even answered here.
#[test]
fn a_phone_in_nobodys_hands_owns_nothing() {
    let story = missed_and_told();
    let code = story.case().code;
    let nobody = Caller::Device { device: spare(), person: None, pupil: None, trip: None };
    let story = story.hears(text_from(nobody, 1, Meaning::Owns { code }));
    let story = story.then([Event::CodeNotTaken { inbound: inbound(1), device: spare(), code }]);
    let stranger = Caller::Stranger { number: None };
    story.hears(text_from(stranger, 2, Meaning::Owns { code })).nothing_happens();
}

/// "ok 417": a party that is out is asked which it means; from anybody else it is a reply.
#[test]
fn what_could_be_either_is_no_reply_of_a_party_that_is_out() {
    let story = missed_and_told();
    let code = story.case().code;
    let either = || Meaning::Either { word: Word::Ok, code };
    let story = story.hears(text(okafor(), 1, either())).nothing_happens();
    let story = story.hears(text(tan(), 2, either())).allowed();
    assert_eq!(story.case().owner(), Some(tan()));
}

/// Words, help and the like are others' business.
#[test]
fn other_texts_own_nothing() {
    let mut story = missed_and_told();
    let says = Meaning::Says { word: Word::Ok, headcount: None };
    for meaning in
        [says, Meaning::Help {}, Meaning::Lost {}, Meaning::OptOut {}, Meaning::OptIn {}, Meaning::Unclear {}]
    {
        story = story.hears(text(okafor(), 1, meaning)).nothing_happens();
    }
}

/// CHECK-2: key 1 in the call owns it; another key, or a call that was merely answered, doesn't.
#[test]
fn key_one_owns_the_case_and_no_other() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.hears(key_pressed(case, Recipient::Person(okafor()), '2')).nothing_happens();
    let progressed = gateway::Event::AttemptProgressed {
        attempt: no_attempt(),
        tries: 1,
        provider_id: None,
        progress: gateway::Progress::Answered {},
        at: at("10:11"),
    };
    let story = story.hears(progressed).nothing_happens();
    let story = story.hears(key_pressed(case, Recipient::Person(okafor()), '1')).allowed();
    assert_eq!(story.case().owner(), Some(okafor()));
    story.hears(key_pressed(case, Recipient::Person(okafor()), '1')).nothing_happens();
}

/// CHECK-2, CONT-6: a key on the landline is that of whoever holds base, by name.
#[test]
fn a_key_on_the_landline_owns_the_case_for_who_holds_base() {
    let story = missed_and_told();
    let case = story.case().case;
    let held = proto::v1::contacts::Event::BaseHeld {
        trip: museum(),
        person: ito(),
        from: Some(tan()),
        at: at("10:10"),
    };
    let by_form = story.clone().hears(key_pressed(case, Recipient::Line(landline()), '1')).allowed();
    assert_eq!(by_form.case().owner(), Some(tan()));
    let story =
        story.hears(held).allowed().hears(key_pressed(case, Recipient::Line(landline()), '1')).allowed();
    assert_eq!(story.case().owner(), Some(ito()));
}

/// Where nobody can be named who answers the school's lines, a key owns nothing: an owner has a name.
#[test]
fn a_key_on_the_landline_needs_a_name() {
    let story = school().hears(gateway_down()).allowed();
    let case = story.state.open_cases().next().expect("a case").case;
    let story = story.hears(key_pressed(case, Recipient::Line(landline()), '1')).nothing_happens();
    let story = story.hears(duty(DutyRole::Office, ito())).allowed();
    let story = story.hears(key_pressed(case, Recipient::Line(landline()), '1')).allowed();
    assert_eq!(story.state.case(case).and_then(|c| c.owner()), Some(ito()));
}

fn gateway_down() -> gateway::Event {
    gateway::Event::ProviderDown {
        since: at("08:00"),
        configured: true,
        why: "no answer".into(),
        provider: None,
        channel: None,
        instead: None,
    }
}

/// CHECK-2: an owned alert that isn't resolved comes back, at the office.
#[test]
fn ownership_lapses_and_the_ladder_goes_on_at_the_office() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.by_person(okafor()).when(Command::OwnCase { case }).allowed();
    let (_, events) = story.passes_to("10:25");
    let lapsed = Event::OwnershipLapsed { case, trip: Some(museum()), by: okafor(), at: at("10:25") };
    assert_eq!(events[0], lapsed);
    assert_eq!(rungs(&events), [(Rung::Office, 2, 25)]);
}

/// The owner gives it back: it goes on at the office, at once.
#[test]
fn a_case_that_is_handed_back_goes_on_at_the_office() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    let story = story.when(Command::HandBackCase { case }).then([Event::CaseHandedBack {
        case,
        trip: Some(museum()),
        by: tan(),
        at: at("10:10"),
    }]);
    story.time_passes().then_events(|events| assert_eq!(rungs(events), [(Rung::Office, 2, 10)]));
}

/// Only the owner gives a case back.
#[test]
fn only_the_owner_hands_a_case_back() {
    let story = missed_and_told();
    let case = story.case().case;
    let back = || Command::HandBackCase { case };
    let story = story.by_person(tan()).when(back()).refused(Refusal::NotOwned { case });
    let story = story.when(Command::OwnCase { case }).allowed();
    story.by_person(rahman()).when(back()).refused(Refusal::NotOwner { case, owner: tan() });
}

/// CHECK-2: a further miss that the owner does not know of goes up the ladder again; a lesser reason doesn't.
#[test]
fn a_further_miss_on_an_owned_case_alerts_again() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    let story = story.hears(lost(spare())).allowed();
    assert_eq!(story.case().owner(), Some(tan()), "a lost phone is less than a missed check-in");
    let (story, events) = story.hears(missed_at(blue(), "10:00")).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Leader, 2, 10)]);
    assert_eq!(story.case().owner(), None);
}

/// CHECK-2: an alert is taken by name: no other actor owns it.
#[test]
fn only_a_named_person_takes_an_alert() {
    let story = missed_and_told();
    let case = story.case().case;
    let client = Actor::Client(ClientId::parse("lamp").expect("a slug"));
    let others = [client, Actor::Device(spare()), Actor::Service(proto::topics::ServiceName::Board)];
    let mut story = story;
    for other in others {
        story = story.by(other).when(Command::OwnCase { case }).refused(Refusal::NamedPersonNeeded {});
    }
}

/// Who has left the school takes no alert.
#[test]
fn who_has_left_takes_no_alert() {
    let story = missed_and_told().hears(proto::v1::people::Event::PersonLeft { person: tan() }).allowed();
    let case = story.case().case;
    story.by_person(tan()).when(Command::OwnCase { case }).refused(Refusal::PersonGone { person: tan() });
}

/// A case that is not there can't be taken; nor one that was resolved.
#[test]
fn an_unknown_or_resolved_case_is_not_taken() {
    let story = missed_and_told();
    let case = story.case().case;
    let unknown = new_case(9);
    let story = story.by_person(tan()).when(Command::OwnCase { case: unknown });
    let story = story.refused(Refusal::UnknownCase { case: unknown });
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    story.when(Command::OwnCase { case }).refused(Refusal::AlreadyResolved { case, at: at("10:10") });
}

/// A code isn't used again within the cool-down, however many cases open; and no two open cases have one.
#[test]
fn codes_are_three_digits_and_cool_down() {
    let mut story = out().by_person(tan());
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..100 {
        let raise = Command::RaiseAlert {
            case: new_case(n),
            trip: None,
            severity: Severity::Warning,
            note: note("Something is wrong"),
        };
        story = story.when(raise).allowed();
        let code = story.state.case(new_case(n)).expect("it is open").code;
        assert!((100..=999).contains(&code.0) && seen.insert(code), "{code:?} comes twice");
        if n % 2 == 0 {
            let case = new_case(n);
            story = story.when(Command::ResolveCase { case, reason: note("Settled") }).allowed();
        }
    }
}

/// A reply to an old text must not own a new case: while it cools down a code isn't given out again, then it may be.
#[test]
fn a_code_comes_again_only_after_its_cool_down() {
    let all = (100..=999).map(ReplyCode);
    let opened_and_resolved = all.flat_map(|code| {
        let case = CaseId::derived(new_case(0).0, u64::from(code.0));
        let reason =
            Reason::ProviderDown { since: at("08:00"), provider: None, channel: None, instead: None };
        let (severity, start) = (Severity::Warning, LadderStart::Office);
        let when = if code.0 == 417 { at("09:00") } else { at("10:00") };
        [
            Event::CaseOpened { case, trip: None, severity, reason, code, start, at: at("08:00") },
            Event::CaseResolved { case, trip: None, how: Resolution::ByItself {}, at: when },
        ]
    });
    let story = decider::kit::given::<alerts::Alerts>(opened_and_resolved);
    let cool_down =
        |story: decider::kit::Story<alerts::Alerts>| story.with_policy(|p| p.code_cool_down_secs = 3600);
    let story = cool_down(story).at_time("10:30").hears(missed()).allowed();
    assert_eq!(story.case().code, ReplyCode(417), "the only one that has cooled down");
}
