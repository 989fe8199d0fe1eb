//! What could not be sent: the next channel, or the next rung, at once.

use proto::ids::CaseId;
use proto::v1::alerts::*;
use proto::v1::gateway;

use crate::cast::*;

fn impossible(case: CaseId, notice: &Notice) -> gateway::Event {
    gateway::Event::AttemptImpossible {
        attempt: notice.attempt,
        to: Some(notice.to),
        channel: notice.channel,
        case: Some(case),
        why: "opted out".into(),
        at: at("10:10"),
    }
}

/// CHECK-2: a text that failed is a call, at once; once.
#[test]
fn a_failed_text_is_a_call_at_once() {
    let story = missed_and_told();
    let case = story.case().case;
    let text = notice_to(story.case(), texted(okafor()));
    let (story, events) = story.hears(failed(case, &text)).events_of();
    let [Event::ChannelChanged { notice, instead_of, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(((notice.to, notice.channel), *instead_of), (called(okafor()), text.attempt));
    assert_ne!(notice.attempt, text.attempt);
    let story = story.hears(failed(case, &text)).nothing_happens();
    let (_, events) = story.passes_to("10:11");
    assert_eq!(told(&events), [], "and no second call at half the wait");
}

/// CHECK-2: a text that is impossible (an opt-out) is a call, at once.
#[test]
fn an_impossible_text_is_a_call_at_once() {
    let story = missed_and_told();
    let case = story.case().case;
    let text = notice_to(story.case(), texted(okafor()));
    story.hears(impossible(case, &text)).then_events(|e| assert_eq!(told(e), [called(okafor())]));
}

/// CHECK-2: when nobody of a rung is left who can be told, the next rung is reached at once.
#[test]
fn a_rung_that_failed_whole_gives_way_to_the_next() {
    let story = missed_and_told();
    let case = story.case().case;
    let text = notice_to(story.case(), texted(okafor()));
    let story = story.hears(failed(case, &text)).allowed();
    let call = notice_to(story.case(), called(okafor()));
    let story = story.hears(failed(case, &call)).then([Event::NoticeFailed {
        case,
        trip: Some(museum()),
        attempt: call.attempt,
        at: at("10:10"),
    }]);
    let (_, events) = story.events_now();
    assert_eq!(rungs(&events), [(Rung::Deputy, 1, 10)]);
}

/// A call that nobody took, beside a text that was sent, changes nothing: the rung has its time.
#[test]
fn an_unanswered_call_leaves_the_rung_its_time() {
    let (story, _) = missed_and_told().passes_to("10:11");
    let case = story.case().case;
    let call = notice_to(story.case(), called(okafor()));
    let story = story.hears(failed(case, &call)).allowed();
    assert_eq!(story.case().next_due(), Some(at("10:12")));
}

/// A provider that is down doesn't make the ladder spin: each round takes a minute at least.
#[test]
fn a_ladder_that_fails_whole_does_not_spin() {
    let mut story = missed_and_told();
    let case = story.case().case;
    let mut rounds = 1;
    for _ in 0..200 {
        let open: Vec<_> = story.case().told.iter().filter(|t| !t.failed).cloned().collect();
        for t in open {
            let notice = Notice { attempt: t.attempt, to: t.to, channel: t.channel };
            story = story.hears(failed(case, &notice)).allowed();
        }
        story = story.time_passes().allowed();
        rounds = story.case().round();
    }
    assert_eq!(rounds, 1, "all within one moment: one round, then a pause");
    let next = story.case().next_due().expect("a next step");
    assert!(next >= at("10:11"), "{next}");
}

/// CHECK-2: a failure on a case that a person owns rings nobody.
#[test]
fn a_failure_on_an_owned_case_rings_nobody() {
    let story = missed_and_told();
    let case = story.case().case;
    let text = notice_to(story.case(), texted(okafor()));
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    story.hears(failed(case, &text)).then_events(|events| assert_eq!(told(events), []));
}

/// Nothing alerts after a case is resolved: late callbacks are nobody's.
#[test]
fn a_failure_after_the_case_is_resolved_changes_nothing() {
    let story = missed_and_told();
    let case = story.case().case;
    let text = notice_to(story.case(), texted(okafor()));
    let story = story.hears(heard_again(red(), "10:00")).allowed();
    story.hears(failed(case, &text)).nothing_happens();
}

/// Attempts of others, and unknown ones, are not ours.
#[test]
fn failures_of_unknown_attempts_change_nothing() {
    let story = missed_and_told();
    let case = story.case().case;
    let strange = Notice { attempt: no_attempt(), to: Recipient::Person(tan()), channel: Channel::Text };
    let story = story.hears(failed(case, &strange)).nothing_happens();
    let mut reminder = failed(case, &strange);
    if let gateway::Event::AttemptFailed { case, .. } = &mut reminder {
        *case = None;
    }
    story.hears(reminder).nothing_happens();
}
