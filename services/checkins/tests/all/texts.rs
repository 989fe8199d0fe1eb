//! Texts: each from a device of the trip becomes exactly one thing.

use checkins::Checkins;
use decider::kit::given;
use proto::v1::alerts::ReplyCode;
use proto::v1::checkins::{Event, NotTaken, Punctuality, Via, Word};
use proto::v1::devices::{self, Holder};
use proto::v1::gateway::{self, Caller, Meaning};

use crate::cast::*;

fn by_text(number: u32, clock: &str, next: proto::v1::checkins::NextDue) -> Taken {
    taken(clock, Word::Ok, next).but(|c| {
        c.via = Via::Text;
        c.inbound = Some(id(number));
    })
}

fn not_taken(number: u32, device: proto::ids::DeviceId, why: NotTaken) -> Event {
    Event::WordNotTaken { trip: museum(), device, inbound: id(number), why }
}

fn either() -> Meaning {
    Meaning::Either { word: Word::Ok, code: ReplyCode(417) }
}

/// CHECK-1: a text from an issued phone checks its group in, once.
#[test]
fn a_text_from_a_phone_of_the_trip_checks_in() {
    let ok = text(1, anns_phone(), says(Word::Ok), "09:28");
    let story = out(&otters_alone()).at_clock("09:28").hears(ok.clone());
    let story = story.then([by_text(1, "09:28", due("10:00")).event()]);
    let story = story.hears(ok).nothing_happens();
    // Another text in the same second is another text.
    let again = by_text(2, "09:28", due("10:00")).but(|c| c.punctuality = Punctuality::Unasked);
    story.hears(text(2, anns_phone(), says(Word::Ok), "09:28")).then([again.event()]);
}

/// CHECK-3: a text counts when the gateway took it, though it is heard after the miss.
#[test]
fn a_text_that_waited_in_the_gateways_journal_counts_at_its_own_time() {
    let story = out(&otters_alone()).passes_to("09:40").allowed().at_clock("09:50");
    let queued = by_text(1, "09:35", due("10:00")).but(|c| {
        c.punctuality = Punctuality::QueuedInTime;
    });
    let story = story.hears(text(1, anns_phone(), says(Word::Ok), "09:35"));
    story.then([queued.event(), heard_again("09:30", "09:35")]);
}

/// CHECK-1: a pupil's phone never checks a group in, but help from it is taken [CHECK-6].
#[test]
fn a_pupils_phone_never_checks_in_but_calls_for_help() {
    let story = out(&otters_alone()).at_clock("09:28");
    let story = story.hears(text(1, pupils_phone(), says(Word::Ok), "09:28"));
    let story = story.then([not_taken(1, pupils_phone(), NotTaken::PupilPhone {})]);
    let help = Event::HelpCalled {
        trip: museum(),
        group: Some(otters()),
        device: Some(pupils_phone()),
        at: t("09:29"),
        via: Via::Text,
        note: Some(note("as it came")),
        inbound: Some(id(2)),
    };
    let story = story.at_clock("09:29").hears(text(2, pupils_phone(), Meaning::Help {}, "09:29"));
    story.then([help]).hears(text(2, pupils_phone(), Meaning::Help {}, "09:29")).nothing_happens();
}

/// CHECK-8: the text LOST starts the clock.
#[test]
fn the_text_lost_starts_the_clock() {
    let lost = Event::ChildLost {
        trip: museum(),
        group: Some(otters()),
        device: Some(anns_phone()),
        at: t("09:10"),
        police_at: t("09:30"),
        last_seen: Some(note("as it came")),
        inbound: Some(id(1)),
    };
    let text = text(1, anns_phone(), Meaning::Lost {}, "09:10");
    out(&party()).at_clock("09:10").hears(text.clone()).then([lost]).hears(text).nothing_happens();
}

/// CHECK-5: a word that needs a count is not taken without one; a lateness that can't be, and what isn't understood, neither.
#[test]
fn a_text_that_is_no_word_is_not_taken() {
    let cases = [
        (says(Word::Arrived), NotTaken::CountNeeded {}),
        (says(Word::Late { minutes: 0 }), NotTaken::Unclear {}),
        (says(Word::Late { minutes: 601 }), NotTaken::Unclear {}),
        (Meaning::Unclear {}, NotTaken::Unclear {}),
        (Meaning::Miscounted { word: Word::Ok }, NotTaken::CountNeeded {}),
    ];
    let story = out(&otters_alone()).at_clock("09:28");
    (1..).zip(cases).fold(story, |story, (number, (meaning, why))| {
        let event = text(number, anns_phone(), meaning, "09:28");
        let story = story.hears(event.clone()).then([not_taken(number, anns_phone(), why)]);
        story.hears(event).nothing_happens()
    });
}

/// Which group is meant: the one that the sender leads, or the only one; else the sender is asked.
#[test]
fn a_text_is_for_the_group_that_the_sender_leads() {
    let story = out(&party()).at_clock("09:28");
    let story = story.hears(text(1, bens_phone(), says(Word::Ok), "09:28")).then_events(|events| {
        assert!(matches!(events, [Event::CheckedIn { group, .. }] if *group == badgers()), "{events:?}");
    });
    let which = NotTaken::WhichGroup { groups: [otters(), badgers()].into() };
    story.hears(text(2, cats_phone(), says(Word::Ok), "09:28")).then([not_taken(2, cats_phone(), which)]);
    // With one group there is no question.
    out(&otters_alone()).at_clock("09:28").hears(text(3, cats_phone(), says(Word::Ok), "09:28")).then_events(
        |events| assert!(matches!(events, [Event::CheckedIn { group, .. }] if *group == otters())),
    );
}

/// "ok 417" of a party that is out could be a check-in or take an alert: its sender is asked, and neither is guessed. A
/// duress word beside it is answered like an OK [CHECK-6]. A code alone, STOP, START and strangers are left to others.
#[test]
fn a_text_that_may_be_a_reply_code_is_asked_about() {
    let which = || NotTaken::WhichMeant { code: ReplyCode(417) };
    let story = out(&otters_alone()).at_clock("09:27").hears(text(1, anns_phone(), either(), "09:27"));
    let story = story.then([not_taken(1, anns_phone(), which())]);
    let story = story.hears(text(2, pupils_phone(), either(), "09:27"));
    let story = story.then([not_taken(2, pupils_phone(), NotTaken::PupilPhone {})]);
    let story = story.hears(text(3, anns_phone(), says(Word::Ok), "09:27"));
    let story = story.then([by_text(3, "09:27", due("10:00")).event()]).at_clock("10:15");
    let story =
        story.hears(text(4, anns_phone(), Meaning::Owns { code: ReplyCode(417) }, "10:15")).nothing_happens();
    let story = story.hears(text(5, anns_phone(), Meaning::OptOut {}, "10:15")).nothing_happens();
    let story = story.hears(text(7, anns_phone(), Meaning::OptIn {}, "10:15")).nothing_happens();
    let stranger = gateway::Event::TextReceived {
        inbound: id(6),
        provider_id: "SM6".into(),
        from: Caller::Stranger { number: None },
        body: note("ok"),
        meaning: says(Word::Ok),
        duress: false,
        received_at: t("10:15"),
    };
    story.hears(stranger).nothing_happens();
}

/// CHECK-6: a text with the duress word is taken as it stands, the word alone as OK; base is told besides.
#[test]
fn a_text_with_the_duress_word_is_answered_like_an_ok() {
    let signal = |at| Event::DuressSignalled {
        trip: museum(),
        group: otters(),
        device: Some(anns_phone()),
        at: t(at),
    };
    let story = out(&otters_alone()).at_clock("09:28");
    let with_word = with_duress(text(1, anns_phone(), says(Word::Ok), "09:28"));
    story.clone().hears(with_word).then([by_text(1, "09:28", due("10:00")).event(), signal("09:28")]);
    let alone = with_duress(text(1, anns_phone(), Meaning::Unclear {}, "09:28"));
    let story = story.hears(alone.clone()).then([by_text(1, "09:28", due("10:00")).event(), signal("09:28")]);
    let story = story.hears(alone).nothing_happens();
    let no_count = with_duress(text(2, anns_phone(), says(Word::Back), "09:28"));
    story.hears(no_count).then([not_taken(2, anns_phone(), NotTaken::CountNeeded {}), signal("09:28")]);
}

/// CHECK-1: a phone that was swapped in counts at once; the gateway may know of it first.
#[test]
fn a_text_from_a_swapped_phone_counts() {
    let from_spare = |number| gateway::Event::TextReceived {
        inbound: id(number),
        provider_id: format!("SM{number}"),
        from: Caller::Device {
            device: spare_phone(),
            person: Some(ann()),
            pupil: None,
            trip: Some(museum()),
        },
        body: note("ok"),
        meaning: says(Word::Ok),
        duress: false,
        received_at: t("09:28"),
    };
    let by_spare = by_text(1, "09:28", due("10:00")).but(|c| c.device = Some(spare_phone()));
    let story = out(&party()).at_clock("09:28");
    story.clone().hears(from_spare(1)).then([by_spare.clone().event()]);
    let issued = devices::Event::DeviceIssued {
        device: spare_phone(),
        holder: Holder::Person(ann()),
        trip: Some(museum()),
        reason: None,
        at: t("09:20"),
    };
    let gateway_lags = |mut event: gateway::Event| {
        if let gateway::Event::TextReceived { from: Caller::Device { trip, person, .. }, .. } = &mut event {
            (*trip, *person) = (None, None);
        }
        event
    };
    let story = story.hears(issued).allowed();
    story.hears(gateway_lags(from_spare(1))).then([by_spare.event()]);
}

/// DEV-8: whoever has a lost phone doesn't speak for the party; a call for help from it is heard.
#[test]
fn a_lost_phone_does_not_check_in() {
    let lost = devices::Event::DeviceLost {
        device: anns_phone(),
        holder: Some(Holder::Person(ann())),
        trip: Some(museum()),
        note: note("Left on the tram"),
    };
    let story = out(&party()).at_clock("09:20").hears(lost).allowed();
    let story = story.hears(text(1, anns_phone(), says(Word::Ok), "09:20")).nothing_happens();
    story.hears(text(2, anns_phone(), Meaning::Help {}, "09:20")).then_events(|events| {
        assert!(matches!(events, [Event::HelpCalled { .. }]), "{events:?}");
    });
}

/// A trip that isn't out takes no word, but help is passed on [CHECK-6].
#[test]
fn a_text_before_departure_is_not_taken_unless_it_calls_for_help() {
    let story = given::<Checkins>([]).at_clock("08:30");
    let story = story.hears(text(1, anns_phone(), says(Word::Ok), "08:30"));
    let story = story.then([not_taken(1, anns_phone(), NotTaken::NotOut {})]);
    let story = story.hears(text(2, anns_phone(), either(), "08:30")).nothing_happens();
    story.hears(text(3, anns_phone(), Meaning::Help {}, "08:30")).then_events(|events| {
        assert!(matches!(events, [Event::HelpCalled { .. }]), "{events:?}");
    });
}

/// What the gateway says of its own work is no news here.
#[test]
fn other_news_of_the_gateway_yields_nothing() {
    let story = out(&party()).at_clock("09:28");
    let others = [
        gateway::Event::OptedOut { device: anns_phone(), person: Some(ann()) },
        gateway::Event::ProviderUp { at: t("09:28"), provider: None, channel: None },
    ];
    others.into_iter().fold(story, |story, event| story.hears(event).nothing_happens());
}

/// CHECK-3: texts of the past alert nobody when they are heard again.
#[test]
fn texts_heard_as_history_yield_nothing() {
    let story = out(&party()).at_clock("09:28");
    let story = story.hears_history(text(1, anns_phone(), Meaning::Help {}, "09:28")).nothing_happens();
    story.hears_history(text(2, anns_phone(), says(Word::Ok), "09:28")).nothing_happens();
}
