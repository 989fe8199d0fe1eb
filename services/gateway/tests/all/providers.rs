//! Who sends: two providers of a channel, one that fails, and back.

use gateway::breaker::Breaker;
use gateway::{Gateway, State};
use proto::ids::{AttemptId, ProviderName};
use proto::v1::alerts::{Channel, Severity};
use proto::v1::gateway::{Command, Event, Message, Progress, Refusal};

use super::cast::*;

const TEXT: Channel = Channel::Text;

fn two() -> Event {
    providers(&["twilio", "phone"], &["twilio"])
}

/// The museum trip's alarm, with two providers of texts.
fn known() -> Vec<Event> {
    [vec![two()], alarm()].concat()
}

fn told(attempt: AttemptId, tries: u16, progress: Progress, fault: bool) -> Command {
    Command::RecordProgress { attempt, tries: Some(tries), provider_id: None, progress, fault }
}

fn not_reached() -> Progress {
    Progress::Failed { code: None, why: "it can't be reached".into(), permanent: false }
}

fn in_doubt() -> Progress {
    Progress::Unknown { why: "it did not answer in time".into() }
}

fn accepted() -> Progress {
    Progress::Accepted { provider_id: "SM1".into() }
}

fn begin(attempt: AttemptId) -> Command {
    Command::BeginAttempt { attempt }
}

fn begun_by(attempt: AttemptId, tries: u16, name: &str) -> Event {
    Event::AttemptBegun { attempt, tries, at: at(NOW), provider: Some(provider(name)) }
}

fn down(name: &str, channel: Channel, instead: Option<&str>) -> Event {
    Event::ProviderDown {
        since: at(NOW),
        configured: true,
        why: "it can't be reached".into(),
        provider: Some(provider(name)),
        channel: Some(channel),
        instead: instead.map(provider),
    }
}

fn up(name: &str, channel: Channel, at_time: &str) -> Event {
    Event::ProviderUp { at: at(at_time), provider: Some(provider(name)), channel: Some(channel) }
}

fn contact(name: &str, channel: Channel, fault: Option<&str>) -> Command {
    Command::RecordContact { provider: provider(name), channel, fault: fault.map(str::to_owned) }
}

fn breaker(state: &State, name: &str) -> Breaker {
    state.providers.breaker(&provider(name), TEXT).unwrap().clone()
}

fn in_force(state: &State) -> ProviderName {
    state.providers.in_force(TEXT).unwrap().provider.clone()
}

#[test]
fn the_first_provider_sends_and_one_that_failed_an_attempt_is_not_asked_again_while_another_serves() {
    let planned = planned(first(), TEXT, Message::NotUnderstood {});
    let story = story([known(), vec![planned]].concat());
    let story = story.when(begin(first())).then([begun_by(first(), 1, "twilio")]);
    let story = story.when(told(first(), 1, not_reached(), true)).then_events(|events| {
        let [_, Event::ProviderFaulted { .. }, Event::AttemptPutOff { until, in_doubt: false, .. }] = events
        else {
            panic!("{events:#?}")
        };
        assert_eq!(*until, at(NOW), "at once");
    });
    let story = story.when(begin(first())).then([begun_by(first(), 2, "phone")]);
    let story = story.when(told(first(), 2, not_reached(), true)).then_events(|events| {
        let Some(Event::AttemptPutOff { until, .. }) = events.last() else { panic!("{events:#?}") };
        assert!(*until > at(NOW), "nobody is left who has not failed it: after a while");
    });
    assert_eq!(in_force(&story.state), provider("twilio"), "one fault is not down");
}

/// A few faults in a row: down, said once, with who sends instead; from then on the other one sends.
#[test]
fn three_faults_in_a_row_open_the_breaker_and_a_text_that_is_taken_between_starts_the_count_anew() {
    let fault = || contact("twilio", TEXT, Some("it can't be reached"));
    let faulted = Event::ProviderFaulted {
        provider: provider("twilio"),
        channel: TEXT,
        why: "it can't be reached".into(),
        at: at(NOW),
    };
    let sent = [planned(first(), TEXT, Message::NotUnderstood {}), begun_by(first(), 1, "twilio")];
    let tale = story([known(), sent.to_vec()].concat());
    let tale = tale.when(fault()).then([faulted.clone()]).when(fault()).then([faulted.clone()]);
    let tale = tale.when(told(first(), 1, accepted(), false)).allowed();
    assert_eq!(breaker(&tale.state, "twilio"), Breaker::default());
    let tale = tale.when(fault()).then([faulted.clone()]).when(fault()).then([faulted.clone()]);
    let tale = tale.when(fault()).then([faulted, down("twilio", TEXT, Some("phone"))]);
    let tale = tale.when(fault()).nothing_happens();
    assert_eq!(in_force(&tale.state), provider("phone"));
    // Calls are another matter, and have nobody else.
    let calls = |tale: decider::kit::Story<Gateway>| {
        tale.when(contact("twilio", Channel::Voice, Some("it can't be reached"))).allowed()
    };
    let tale = calls(calls(calls(tale)));
    assert_eq!(tale.state.providers.in_force(Channel::Voice).unwrap().provider, provider("twilio"));
}

fn opened() -> Vec<Event> {
    [known(), vec![down("twilio", TEXT, Some("phone"))]].concat()
}

/// It is asked with ever longer waits; while it is asked nobody else asks; back, it is in force again, on trial.
#[test]
fn a_provider_that_is_down_is_asked_whether_it_is_back() {
    let ask = || Command::BeginProbe { provider: provider("twilio"), channel: TEXT };
    let no = Refusal::NotToBeProbed { provider: provider("twilio") };
    let tale = story(opened()).at("2026-11-20T09:00:09Z").when(ask()).refused(no.clone());
    let tale = tale.at("2026-11-20T09:00:10Z").when(ask()).allowed();
    assert!(matches!(breaker(&tale.state, "twilio"), Breaker::HalfOpen { .. }));
    assert_eq!(in_force(&tale.state), provider("phone"), "nothing is risked on it meanwhile");
    let tale = tale.when(ask()).refused(no.clone());
    let tale = tale.when(contact("twilio", TEXT, Some("still gone"))).allowed();
    assert_eq!(breaker(&tale.state, "twilio").probe_at(), Some(at("2026-11-20T09:00:30Z")), "20 s, not 10");
    let tale = tale.at("2026-11-20T09:00:30Z").when(ask()).allowed();
    let tale = tale.when(contact("twilio", TEXT, None)).then([up("twilio", TEXT, "2026-11-20T09:00:30Z")]);
    assert_eq!(in_force(&tale.state), provider("twilio"));
    // On trial: the next fault opens it at once.
    tale.when(contact("twilio", TEXT, Some("gone again"))).then_events(|events| {
        assert!(matches!(events, [Event::ProviderFaulted { .. }, Event::ProviderDown { .. }]), "{events:#?}");
    });
}

/// Whoever asked may have died.
#[test]
fn a_probe_of_which_nothing_is_heard_is_made_again() {
    let ask = || Command::BeginProbe { provider: provider("twilio"), channel: TEXT };
    let tale = story(opened()).at("2026-11-20T09:00:10Z").when(ask()).allowed();
    let tale = tale.at("2026-11-20T09:00:39Z").when(ask()).refused_with(|_| ());
    tale.at("2026-11-20T09:00:40Z").when(ask()).allowed();
}

/// While nobody is left, the first is tried all the same; a message that it takes brings it back.
#[test]
fn without_another_provider_it_is_tried_all_the_same_and_what_it_takes_brings_it_back() {
    let alone = [vec![providers(&["twilio"], &[])], alarm(), vec![down("twilio", TEXT, None)]].concat();
    let planned = planned(first(), TEXT, Message::NotUnderstood {});
    let tale = story([alone, vec![planned]].concat());
    let tale = tale.when(begin(first())).then([begun_by(first(), 1, "twilio")]);
    tale.when(told(first(), 1, accepted(), false)).then_events(|events| {
        assert_eq!(events.last(), Some(&up("twilio", TEXT, NOW)));
    });
}

/// Nobody knows whether it was sent: an urgent alert rather comes twice than not at all, and it is said that it may.
#[test]
fn an_urgent_alert_in_doubt_is_sent_by_another_provider_too_and_its_log_says_so() {
    let sent = vec![planned(first(), TEXT, alert()), begun_by(first(), 1, "twilio")];
    let tale = story([known(), sent].concat()).when(told(first(), 1, in_doubt(), true)).allowed();
    let tale = tale.at("2026-11-20T09:00:05Z").time_passes().nothing_happens();
    let tale = tale.at("2026-11-20T09:00:06Z").time_passes().then_events(|events| {
        let [Event::AttemptPutOff { in_doubt: true, why, .. }] = events else { panic!("{events:#?}") };
        assert_eq!(why, "nobody can say whether twilio sent it: phone sends it too, and it may come twice");
    });
    let attempt = tale.state.attempts.get(first()).unwrap();
    assert!(attempt.may_come_twice);
    assert!(attempt.troubles.iter().any(|trouble| trouble.what.contains("may come twice")));
    tale.when(begin(first())).then_events(|events| {
        let [Event::AttemptBegun { provider: Some(name), tries: 2, .. }] = events else {
            panic!("{events:#?}")
        };
        assert_eq!(*name, provider("phone"));
    });
}

/// What is not urgent is looked up, however long that takes; and without another provider there is nobody to send it.
#[test]
fn what_is_not_urgent_is_never_sent_again_in_doubt() {
    let warning = |event: Event| match event {
        Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, open, .. } => {
            let severity = Some(Severity::Warning);
            Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, severity, open }
        }
        other => other,
    };
    let one = [vec![providers(&["twilio"], &[])], alarm()].concat();
    let mild: Vec<_> = known().into_iter().map(warning).collect();
    for (known, message) in [(one, alert()), (mild, alert()), (known(), Message::NotUnderstood {})] {
        let sent = vec![planned(first(), TEXT, message), begun_by(first(), 1, "twilio")];
        let mut tale = story([known, sent].concat()).when(told(first(), 1, in_doubt(), true)).allowed();
        for second in ["06", "10", "20", "59"] {
            tale = tale.at(&format!("2026-11-20T09:00:{second}Z")).time_passes().then_events(|events| {
                assert!(!events.iter().any(|e| matches!(e, Event::AttemptPutOff { .. })), "{events:#?}");
            });
        }
    }
}

/// A failure that is of the account, not of the message, is for good with that provider alone.
#[test]
fn what_one_providers_account_may_not_do_another_one_does() {
    let sent = vec![planned(first(), TEXT, alert()), begun_by(first(), 1, "twilio")];
    let barred = Progress::Failed { code: Some(21606), why: "not our number".into(), permanent: false };
    let tale = story([known(), sent].concat()).when(told(first(), 1, barred, true)).allowed();
    tale.when(begin(first())).then([begun_by(first(), 2, "phone")]);
}

#[test]
fn the_configuration_is_noted_when_it_changed_and_what_is_gone_is_not_down() {
    let names = |all: &[&str]| all.iter().map(|name| provider(name)).collect::<Vec<_>>();
    let set_up = |text: &[&str]| Command::SetUp {
        text: names(text),
        voice: names(&["twilio"]),
        email: Vec::new(),
        mailboxes: Default::default(),
    };
    let tale = story(opened()).when(set_up(&["twilio", "phone"])).nothing_happens();
    assert!(!breaker(&tale.state, "twilio").is_closed(), "told again, it is as it was");
    tale.when(set_up(&["phone"])).then([up("twilio", TEXT, NOW), providers(&["phone"], &["twilio"])]);
}

/// Journals of before named no provider: what was down then is up once the configuration was told.
#[test]
fn an_early_journal_that_ends_with_all_down_is_settled_at_the_next_start() {
    let early = Event::ProviderDown {
        since: at(NOW),
        configured: true,
        why: "gone".into(),
        provider: None,
        channel: None,
        instead: None,
    };
    let set_up = Command::SetUp {
        text: vec![provider("twilio")],
        voice: Vec::new(),
        email: Vec::new(),
        mailboxes: Default::default(),
    };
    let back = Event::ProviderUp { at: at(NOW), provider: None, channel: None };
    story(vec![early])
        .when(set_up.clone())
        .then([back, providers(&["twilio"], &[])])
        .when(set_up)
        .nothing_happens();
}
