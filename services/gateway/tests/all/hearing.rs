//! What is heard of others: noted once, said once, and never too late.

use proto::ids::InboundId;
use proto::v1::alerts::{
    self, Channel, LadderStart, OwnedVia, Reason, Recipient, ReplyCode, Resolution, Severity,
};
use proto::v1::checkins::{self, NotTaken, Punctuality, Via, Word};
use proto::v1::contacts::{self, LineKind};
use proto::v1::devices::{self, Condition, DeviceKind, Handset, Holder, Owner, Recordings};
use proto::v1::gateway::{Caller, Event, Meaning, Message};
use proto::v1::people;
use proto::values::{AssetTag, Headcount, Note, Personal, RingSecs, WeeklyHours, Window};

use super::cast::*;

fn texted(inbound: InboundId) -> Event {
    Event::TextReceived {
        inbound,
        provider_id: "SM1".into(),
        from: Caller::Device { device: wm_001(), person: Some(okafor()), pupil: None, trip: Some(museum()) },
        body: Personal::known(Note::parse("ok").unwrap()),
        meaning: Meaning::Unclear {},
        duress: false,
        received_at: at(NOW),
    }
}

fn after_text() -> Vec<Event> {
    [alarm(), vec![texted(text_1())]].concat()
}

#[track_caller]
fn one_message(events: &[Event]) -> Message {
    let planned: Vec<_> = events
        .iter()
        .filter_map(
            |e| if let Event::AttemptPlanned { message, .. } = e { Some(message.clone()) } else { None },
        )
        .collect();
    assert_eq!(planned.len(), 1, "{events:?}");
    planned[0].clone()
}

fn registered() -> devices::Event {
    devices::Event::DeviceRegistered {
        device: wm_001(),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: AssetTag::parse("WM-001").unwrap(),
        number: number(LEADER),
        imei: None,
        storage: label("Safe"),
    }
}

fn issued() -> devices::Event {
    devices::Event::DeviceIssued {
        device: wm_001(),
        holder: Holder::Person(okafor()),
        trip: Some(museum()),
        reason: None,
        at: at(NOW),
    }
}

#[test]
fn a_phone_is_followed_through_hands_and_its_holder_gets_the_link() {
    let tale = story([]).hears(registered()).allowed().hears(registered()).nothing_happens();
    let tale = tale.hears(issued()).then_events(|events| {
        assert_eq!(events[0], leaders_phone());
        assert_eq!(one_message(events), Message::PageLink { trip: museum() });
    });
    let tale = tale.hears(issued()).nothing_happens();
    let returned = devices::Event::DeviceReturned {
        device: wm_001(),
        holder: Holder::Person(okafor()),
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Safe"),
        recordings: Recordings::None,
        at: at(NOW),
    };
    let tale = tale.hears(returned.clone()).allowed().hears(returned).nothing_happens();
    let lost =
        devices::Event::DeviceLost { device: wm_001(), holder: None, trip: None, note: Personal::blanked() };
    let tale = tale.hears(lost).allowed();
    assert!(!tale.state.devices[&wm_001()].in_service);
    assert!(tale.state.phone_of(okafor()).is_none());
}

#[test]
fn history_is_noted_and_nothing_is_sent() {
    let tale =
        story([]).hears_history(registered()).allowed().hears_history(issued()).then([leaders_phone()]);
    let tale = tale.hears_history(case_opened(missed())).allowed();
    tale.hears_history(rung(vec![notice(first(), Recipient::Person(okafor()), Channel::Text)]))
        .nothing_happens();
}

#[test]
fn lines_are_noted_changed_and_removed() {
    let hours = WeeklyHours::default();
    let added = contacts::Event::LineAdded {
        line: landline(),
        name: label("Office"),
        kind: LineKind::Landline,
        number: number(LANDLINE),
        hours: hours.clone(),
        ring_secs: RingSecs::LINE,
    };
    let heard =
        |sequence, event: &contacts::Event| Event::ContactsNoted { sequence, event: Box::new(event.clone()) };
    let tale = story([]).hears(added.clone()).then([line(), heard(1, &added)]);
    let moved = number("+441632960011");
    let changed = contacts::Event::LineChanged {
        line: landline(),
        name: label("Office"),
        number: moved.clone(),
        hours,
        ring_secs: RingSecs::LINE,
    };
    let tale = tale.hears(changed).allowed();
    assert_eq!(tale.state.office_number(), Some(&moved));
    let removed = contacts::Event::LineRemoved { line: landline() };
    let tale = tale.hears(removed.clone()).allowed();
    assert_eq!(tale.state.office_number(), None);
}

#[test]
fn a_rung_is_told_by_each_notice_once() {
    let people = rung(vec![
        notice(first(), Recipient::Person(okafor()), Channel::Text),
        notice(second(), Recipient::Line(landline()), Channel::Voice),
    ]);
    story(alarm())
        .hears(people.clone())
        .then([
            planned(first(), Channel::Text, alert()),
            Event::AttemptPlanned {
                attempt: second(),
                to: Some(Recipient::Line(landline())),
                via: proto::v1::gateway::Reach::Line(landline()),
                channel: Channel::Voice,
                message: alert(),
                in_answer_to: None,
                at: at(NOW),
                expires_at: at("2026-11-20T09:05:00Z"),
            },
        ])
        .hears(people.clone())
        .nothing_happens();
    story(trip_out()).hears(people).nothing_happens();
}

#[test]
fn whoever_can_not_be_reached_is_told_impossible() {
    let why = |known: Vec<Event>, to, channel| {
        let mut found = String::new();
        story(known).hears(rung(vec![notice(first(), to, channel)])).then_events(|events| {
            let [Event::AttemptImpossible { why, case: Some(_), .. }] = events else { panic!("{events:?}") };
            found.clone_from(why);
        });
        found
    };
    let with = |event| [alarm(), vec![event]].concat();
    let leader = Recipient::Person(okafor());
    assert_eq!(why(vec![case_open()], leader, Channel::Text), "no work mobile is in this person's hands");
    assert_eq!(why(alarm(), Recipient::Line(landline()), Channel::Text), "a line is called, never texted");
    assert_eq!(why(vec![case_open()], Recipient::Line(landline()), Channel::Voice), "there is no such line");
    let out = Event::OptedOut { device: wm_001(), person: None };
    assert_eq!(why(with(out), leader, Channel::Text), "this phone opted out of texts");
    assert_eq!(why(with(no_providers()), leader, Channel::Voice), "no provider is configured");
}

/// CHECK-6: nothing of a duress reaches a phone of that trip, even if it were asked for; base is told.
#[test]
fn a_duress_never_reaches_a_phone_of_the_trip() {
    let tale = story(trip_out()).hears(case_opened(Reason::Duress { at: at(NOW) })).allowed();
    let both = rung(vec![
        notice(first(), Recipient::Person(okafor()), Channel::Text),
        notice(second(), Recipient::Person(hale()), Channel::Text),
    ]);
    tale.hears(both).then_events(|events| {
        assert!(matches!(&events[0], Event::AttemptImpossible { attempt, .. } if *attempt == first()));
        assert!(matches!(&events[1], Event::AttemptPlanned { attempt, .. } if *attempt == second()));
    });
    // Added to a case that is open, it holds as well, and for good.
    let added = alerts::Event::ReasonAdded {
        case: case(),
        trip: Some(museum()),
        reason: Reason::Duress { at: at(NOW) },
        severity: Severity::Emergency,
        restart: Some(LadderStart::Base),
        tell_again: false,
        at: at(NOW),
    };
    let tale = story(alarm()).hears(added).allowed();
    assert!(tale.state.cases[&case()].base_only);
}

/// CHECK-5: who is told again is told what is new; the case's own headline stays.
#[test]
fn who_is_told_again_is_told_of_the_count() {
    let again = alerts::Event::RungToldAgain {
        case: case(),
        trip: Some(museum()),
        rung: alerts::Rung::Office,
        round: 1,
        reason: Reason::HeadcountDiffers {
            group: proto::ids::GroupId::new(),
            expected: proto::values::Headcount::new(16).unwrap(),
            reported: proto::values::Headcount::new(14).unwrap(),
            at: at(NOW),
        },
        notices: vec![notice(second(), Recipient::Person(okafor()), Channel::Text)],
        at: at(NOW),
    };
    let tale = story(alarm());
    let headline = tale.state.cases[&case()].headline.clone();
    let tale = tale.hears(again).then_events(|events| {
        let about = Some(label("Count 14, expected 16"));
        assert_eq!(one_message(events), Message::Alert { case: case(), about });
        assert_eq!(events.len(), 1);
    });
    assert_eq!(tale.state.cases[&case()].headline, headline);
}

/// CHECK-2: once somebody has it, nobody else is bothered.
#[test]
fn owning_withdraws_what_was_not_sent_and_answers_the_code() {
    let waiting = [
        after_text(),
        vec![
            planned(first(), Channel::Text, alert()),
            planned(second(), Channel::Text, alert()),
            begun(second(), 1),
        ],
    ]
    .concat();
    let owned = alerts::Event::CaseOwned {
        case: case(),
        trip: Some(museum()),
        by: okafor(),
        via: OwnedVia::Reply,
        at: at(NOW),
        until: at("2026-11-20T09:15:00Z"),
        inbound: Some(text_1()),
    };
    let tale = story(waiting).hears(owned.clone()).then_events(|events| {
        assert!(events.contains(&Event::AttemptWithdrawn {
            attempt: first(),
            case: Some(case()),
            at: at(NOW)
        }));
        assert_eq!(events.iter().filter(|e| matches!(e, Event::AttemptWithdrawn { .. })).count(), 1);
        assert_eq!(one_message(events), Message::Owned { code: ReplyCode(417) });
    });
    let tale = tale.hears(owned).nothing_happens();
    let by_itself = Resolution::ByItself {};
    let resolved = alerts::Event::CaseResolved { case: case(), trip: None, how: by_itself, at: at(NOW) };
    let tale = tale.hears(resolved.clone()).allowed().hears(resolved).nothing_happens();
    assert!(tale.state.cases.is_empty());
}

#[test]
fn codes_are_answered_and_a_reply_set_aside_like_one_that_was_taken() {
    let (inbound, device, code) = (text_1(), wm_001(), ReplyCode(417));
    let not_taken = alerts::Event::CodeNotTaken { inbound, device, code };
    story(after_text())
        .hears(not_taken)
        .then_events(|e| assert_eq!(one_message(e), Message::CodeUnknown { code }));
    // CHECK-6: of an emergency it is said how to take it.
    let by_text = alerts::Event::ReplyNotEnough { case: case(), trip: None, inbound, device, code };
    story(after_text())
        .hears(by_text)
        .then_events(|e| assert_eq!(one_message(e), Message::NotByText { code }));
    let aside = alerts::Event::ReplySetAside { case: case(), trip: None, inbound, device, code };
    story(after_text()).hears(aside).then_events(|e| assert_eq!(one_message(e), Message::Owned { code }));
}

fn checked_in() -> checkins::Event {
    checkins::Event::CheckedIn {
        trip: museum(),
        group: group(),
        word: Word::Ok,
        headcount: Headcount::new(31).ok(),
        expected: Headcount::new(31).unwrap(),
        said_at: at(NOW),
        received_at: at(NOW),
        counts_at: None,
        punctuality: Punctuality::InTime,
        via: Via::Text,
        device: Some(wm_001()),
        person: Some(okafor()),
        note: None,
        inbound: Some(text_1()),
        next: None,
    }
}

#[test]
fn a_word_is_answered_once_while_it_is_worth_it() {
    let tale = story(after_text()).hears(checked_in()).then_events(|events| {
        assert!(matches!(one_message(events), Message::Understood { word: Word::Ok, .. }));
    });
    tale.hears(checked_in()).nothing_happens();
    story(alarm()).hears(checked_in()).nothing_happens();
}

#[test]
fn what_was_not_taken_is_explained() {
    let said = |why| {
        let event =
            checkins::Event::WordNotTaken { trip: museum(), device: wm_001(), inbound: text_1(), why };
        let mut found = None;
        story(after_text()).hears(event).then_events(|events| found = Some(one_message(events)));
        found.unwrap()
    };
    assert_eq!(said(NotTaken::Unclear {}), Message::NotUnderstood {});
    assert_eq!(said(NotTaken::CountNeeded {}), Message::CountNeeded {});
    assert_eq!(said(NotTaken::PupilPhone {}), Message::PupilPhone {});
    assert_eq!(said(NotTaken::NotOut {}), Message::NotOut {});
    assert_eq!(said(NotTaken::WhichGroup { groups: [group()].into() }), Message::WhichGroup {});
}

/// CHECK-6, CHECK-8
#[test]
fn help_and_lost_are_answered_with_what_to_do_first() {
    let (trip, inbound) = (museum(), Some(text_1()));
    let help = checkins::Event::HelpCalled {
        trip,
        group: None,
        device: None,
        at: at(NOW),
        via: Via::Text,
        note: None,
        inbound,
    };
    story(after_text()).hears(help).then_events(|e| assert_eq!(one_message(e), Message::HelpHeard { trip }));
    let police_at = at("2026-11-20T09:10:00Z");
    let lost = checkins::Event::ChildLost {
        trip,
        group: None,
        device: None,
        at: at(NOW),
        police_at,
        last_seen: None,
        inbound,
    };
    story(after_text())
        .hears(lost)
        .then_events(|e| assert_eq!(one_message(e), Message::LostHeard { trip, police_at }));
}

#[test]
fn a_reminder_is_sent_before_it_is_due_and_not_after() {
    let reminded = |due: &str| checkins::Event::Reminded {
        trip: museum(),
        group: group(),
        due_at: at(due),
        adult: okafor(),
        device: Some(wm_001()),
    };
    let tale = story(trip_out()).hears(reminded("2026-11-20T09:10:00Z")).then_events(|events| {
        assert!(matches!(one_message(events), Message::Reminder { .. }));
    });
    tale.hears(reminded("2026-11-20T09:10:00Z")).nothing_happens().hears(reminded(NOW)).nothing_happens();
}

/// FORM-8
#[test]
fn an_evenings_test_is_texted_and_its_answer_confirmed() {
    let duty = proto::ids::DutyId::derived(uuid::Uuid::nil(), 50);
    let night = Window::new(at("2026-11-20T20:00:00Z"), at("2026-11-21T06:00:00Z")).unwrap();
    let answer_by = at("2026-11-20T20:00:00Z");
    let tested = people::Event::DutyTested { duty, person: hale(), answer_by, night };
    let tale = story(after_text()).hears(tested.clone()).then_events(|events| {
        assert_eq!(one_message(events), Message::DutyTest { answer_by });
    });
    let tale = tale.hears(tested).nothing_happens();
    let confirmed = people::Event::DutyConfirmed { duty, at: at(NOW), inbound: Some(text_1()), night };
    tale.hears(confirmed).then_events(|events| assert_eq!(one_message(events), Message::DutyConfirmed {}));
}
