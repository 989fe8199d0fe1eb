//! What others tell becomes lines of the log, once each. [USE-1]

use decider::kit::given;
use proto::ids::{AttemptId, InboundId, LineId};
use proto::topics::ServiceName;
use proto::v1::alerts::Recipient;
use proto::v1::devices::{self, Condition, Holder, Recordings};
use proto::v1::gateway::{self, Caller, LocationApp, Meaning, Reach};
use proto::v1::people::{self, Role, Standing};
use proto::v1::safeguarding::{Event, UseKind};
use proto::values::{Point, Position};
use safeguarding::Safeguarding;

use crate::cast::{at, colin, ines, label, museum, name, note, noted, pat, phone, register, school};

const WHEN: &str = "2026-11-20T08:55:00Z";

fn kinds(events: &[Event]) -> Vec<UseKind> {
    let kind = |event: &Event| {
        if let Event::UseRecorded { used, .. } = event { Some(used.kind.clone()) } else { None }
    };
    events.iter().filter_map(kind).collect()
}

/// USE-1: every change of hands is a line, as devices records it.
#[test]
fn each_change_of_hands_is_a_line() {
    let mine = Holder::Person(ines());
    let issued = devices::Event::DeviceIssued {
        device: phone(),
        holder: mine,
        trip: Some(museum()),
        reason: None,
        at: at(WHEN),
    };
    let story = given::<Safeguarding>(register()).at("2026-11-20T09:00:00Z");
    let story = story.hears(issued).then_events(|events| {
        let [Event::UseRecorded { week, used, ends_at, .. }] = events else { panic!("{events:?}") };
        assert_eq!((week.to_string().as_str(), used.at, used.device), ("2026-11-16", at(WHEN), phone()));
        assert_eq!((used.holder, used.trip), (Some(mine), Some(museum())));
        let source = used.source.expect("it was heard");
        assert_eq!((source.service, source.sequence), (ServiceName::Devices, 1));
        assert_eq!(*ends_at, at("2026-11-23T00:00:00Z"));
    });
    let to = Holder::Person(pat());
    let over = devices::Event::DeviceHandedOver { device: phone(), from: mine, to, trip: Some(museum()) };
    let story = story.hears(over).then_events(|events| {
        assert_eq!(kinds(events), [UseKind::HandedOver { from: mine }]);
    });
    let back = devices::Event::DeviceReturned {
        device: phone(),
        holder: to,
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Safe"),
        recordings: Recordings::None,
        at: at(WHEN),
    };
    story.hears(back).then_events(|events| assert_eq!(kinds(events), [UseKind::Returned {}]));
}

fn text_from(from: Caller) -> gateway::Event {
    gateway::Event::TextReceived {
        inbound: InboundId::new(),
        provider_id: "SM1".to_owned(),
        from,
        body: note("ok 24"),
        meaning: Meaning::Unclear {},
        duress: false,
        received_at: at(WHEN),
    }
}

/// USE-1: texts and calls of a school phone through the gateway are lines; what strangers send is none.
#[test]
fn texts_and_calls_of_a_school_phone_are_lines() {
    let ours = Caller::Device { device: phone(), person: Some(ines()), pupil: None, trip: Some(museum()) };
    let story = school().hears(text_from(ours.clone()));
    let story = story.then_events(|events| assert_eq!(kinds(events), [UseKind::TextedIn {}]));
    story.hears(text_from(Caller::Stranger { number: None })).nothing_happens();

    let call = InboundId::new();
    let rang = gateway::Event::CallReceived { call, provider_id: "CA1".to_owned(), from: ours, at: at(WHEN) };
    school().hears(rang).then_events(|events| assert_eq!(kinds(events), [UseKind::RangIn {}]));
    let bridged = |via| gateway::Event::CallBridged { call, step: 0, via, at: at(WHEN) };
    school().hears(bridged(Reach::Device(phone()))).then_events(|events| {
        let [Event::UseRecorded { used, .. }] = events else { panic!("{events:?}") };
        assert_eq!((&used.kind, used.holder), (&UseKind::TookCall {}, Some(Holder::Person(ines()))));
    });
    school().hears(bridged(Reach::Line(LineId::new()))).nothing_happens();
    let pressed = gateway::Event::KeyPressed {
        attempt: AttemptId::new(),
        case: None,
        by: Recipient::Person(ines()),
        key: '1',
        received_at: at(WHEN),
    };
    school().hears(pressed).then_events(|events| assert_eq!(kinds(events), [UseKind::AnsweredAlert {}]));
}

/// USE-1: that a phone is located on a trip is a line, once; so is whoever was shown its set-up.
#[test]
fn a_phone_that_is_located_is_a_line_once_for_each_trip() {
    let fix = gateway::Event::PositionReceived {
        device: phone(),
        trip: museum(),
        message_id: None,
        position: Position { point: Point::new(51.5, -0.1).expect("a point"), accuracy_m: 12.0 }.into(),
        fix_at: at(WHEN),
        sent_at: None,
        received_at: at(WHEN),
        battery_percent: None,
        charging: None,
        via: None,
    };
    let story = school().hears(fix.clone());
    let story = story.then_events(|events| assert_eq!(kinds(events), [UseKind::Located {}]));
    story.hears(fix).nothing_happens();
    let shown = gateway::Event::SetUpShown { device: phone(), app: LocationApp::Traccar, at: at(WHEN) };
    school().hears(shown).then_events(|events| assert_eq!(kinds(events), [UseKind::SetUpShown {}]));
}

/// USE-1: history that is heard again adds no line twice.
#[test]
fn what_was_heard_before_is_no_line_again() {
    let ours = Caller::Device { device: phone(), person: Some(ines()), pupil: None, trip: None };
    let story = school().hears(text_from(ours.clone())).allowed();
    let again = proto::v1::AnyEvent::from(text_from(ours));
    let news = decider::News { event: &again, recorded_at: at(WHEN), sequence: 1, history: true };
    let actor = proto::envelope::Actor::Service(ServiceName::Gateway);
    let context = decider::Context {
        now: at(WHEN),
        actor: &actor,
        cause: uuid::Uuid::nil(),
        zone: &proto::values::SchoolZone::london(),
        policy: &decider::Policy::default(),
    };
    let heard = <Safeguarding as decider::Service>::hear(&story.state, &news, &context);
    assert_eq!(heard, []);
}

#[test]
fn the_register_is_followed_and_a_leaver_keeps_the_roles() {
    let joins = people::Event::PersonAdded {
        person: colin(),
        name: name("Colin Marsh"),
        standing: Standing::Trust,
        roles: [Role::Senior].into(),
    };
    let story = given::<Safeguarding>([]).hears(joins.clone()).then([noted(colin(), &[Role::Senior], true)]);
    let story = story.hears(joins).nothing_happens();
    let gone = Event::PersonNoted { person: colin(), here: false, roles: [Role::Senior].into(), trust: true };
    story.hears(people::Event::PersonLeft { person: colin() }).then([gone]);
}
