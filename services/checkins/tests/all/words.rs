//! What a word satisfies, who may say it, and what is refused.

use checkins::Checkins;
use decider::kit::given;
use proto::envelope::Actor;
use proto::v1::checkins::{Command, Event, Punctuality, Refusal, Via, Word};
use proto::values::{DuressHash, Personal};

use crate::cast::*;

/// Missed at 09:40, and again at 10:10.
fn twice_missed() -> Watched {
    let first = [reminded("09:30"), missed("09:30", due("10:00"))];
    let second = [reminded("10:00"), missed("10:00", due("10:30"))];
    out(&otters_alone()).by(by_ann()).passes_to("09:40").then(first).passes_to("10:10").then(second)
}

/// CHECK-2: a word after the grace leaves the miss, and resolves it.
#[test]
fn a_late_word_resolves_what_was_missed() {
    let late = taken("10:12", Word::Ok, due("10:30")).but(|c| c.punctuality = Punctuality::Late);
    let story = twice_missed().at_clock("10:12").when(press("10:12", Word::Ok).command());
    let story = story.then([late.event(), heard_again("09:30", "10:12"), heard_again("10:00", "10:12")]);
    // Resolved once.
    let again = taken("10:13", Word::Ok, due("10:30")).but(|c| c.punctuality = Punctuality::Unasked);
    story.at_clock("10:13").when(press("10:13", Word::Ok).command()).then([again.event()]);
}

/// CHECK-3: a word pressed in time and received after the miss counts at its own time; it satisfies only what was due by then.
#[test]
fn a_queued_word_resolves_only_what_was_due_by_its_own_time() {
    let queued = taken("09:35", Word::Ok, due("10:30")).but(|c| {
        c.received_at = t("10:12");
        c.punctuality = Punctuality::QueuedInTime;
    });
    let story = twice_missed().at_clock("10:12").when(press("09:35", Word::Ok).command());
    let story = story.then([queued.event(), heard_again("09:30", "09:35")]);
    // The other miss stands until a word that is newer.
    let late = taken("10:13", Word::Ok, due("10:30")).but(|c| c.punctuality = Punctuality::Late);
    let story = story.at_clock("10:13").when(press("10:13", Word::Ok).command());
    story.then([late.event(), heard_again("10:00", "10:13")]);
}

/// CHECK-3: a word from before anything was due resolves no miss.
#[test]
fn a_word_from_before_the_due_time_resolves_nothing() {
    let early = taken("09:12", Word::Ok, due("10:30")).but(|c| {
        c.received_at = t("10:12");
        c.punctuality = Punctuality::Unasked;
    });
    twice_missed().at_clock("10:12").when(press("09:12", Word::Ok).command()).then([early.event()]);
}

/// CHECK-3: a word pressed in time that comes late, before anyone was told, was in time.
#[test]
fn a_queued_word_that_comes_before_the_miss_is_judged_leaves_no_miss() {
    let queued = taken("09:35", Word::Ok, due("10:00")).but(|c| {
        c.received_at = t("09:45");
        c.punctuality = Punctuality::QueuedInTime;
    });
    let story = out(&otters_alone()).by(by_ann()).at_clock("09:45").when(press("09:35", Word::Ok).command());
    story.then([queued.event()]).passes_to("09:54").nothing_happens();
}

/// CHECK-3: a clock set back after the reminder makes no alert of an answer: whoever answers was asked before.
#[test]
fn an_answer_counts_though_the_clock_was_set_back_after_its_reminder() {
    let story = out(&otters_alone()).by(by_ann()).passes_to("09:25").then([reminded("09:30")]);
    let answer = taken("09:23:30", Word::Ok, due("10:00")).but(|c| c.counts_at = Some(t("09:25")));
    let story = story.at_clock("09:23:30").when(press("09:23:30", Word::Ok).command()).then([answer.event()]);
    story.passes_to("09:54").nothing_happens();
}

/// CHECK-3: what was pressed before the reminder and waited in a queue answers nothing, whatever the clock did.
#[test]
fn what_waited_since_before_the_reminder_answers_nothing() {
    let story = out(&otters_alone()).by(by_ann()).passes_to("09:25").then([reminded("09:30")]);
    let waited = taken("09:22", Word::Ok, due("09:30")).but(|c| {
        c.received_at = t("09:23:30");
        c.punctuality = Punctuality::Unasked;
    });
    let story = story.at_clock("09:23:30").when(press("09:22", Word::Ok).command()).then([waited.event()]);
    story.passes_to("09:40").then([missed("09:30", due("10:00"))]);
}

/// CHECK-3: a clock set back by an hour leaves no alert standing over a group that speaks.
#[test]
fn a_word_resolves_what_was_missed_though_the_clock_was_set_back_by_an_hour() {
    let story = twice_missed().at_clock("09:11").when(press("09:11", Word::Ok).command());
    let late = taken("09:11", Word::Ok, due("10:30")).but(|c| {
        c.counts_at = Some(t("10:10"));
        c.punctuality = Punctuality::Late;
    });
    story.then([late.event(), heard_again("09:30", "09:11"), heard_again("10:00", "09:11")]);
}

/// CHECK-3: after a clock was set back the newest word is the newest all the same.
#[test]
fn a_word_is_not_stale_because_the_clock_was_set_back_since_the_last_one() {
    let early = taken("09:12", Word::Ok, due("09:30")).but(|c| c.punctuality = Punctuality::Unasked);
    let story = out(&otters_alone()).by(by_ann()).at_clock("09:12");
    let story = story.when(press("09:12", Word::Ok).command()).then([early.event()]);
    let newer = taken("09:02", Word::Ok, due("09:30")).but(|c| {
        c.counts_at = Some(t("09:12"));
        c.punctuality = Punctuality::Unasked;
    });
    story.at_clock("09:02").when(press("09:02", Word::Ok).command()).then([newer.event()]);
}

/// An older word than the last one is recorded, and moves nothing back.
#[test]
fn an_older_word_is_recorded_as_stale_and_moves_nothing() {
    let story = out(&otters_alone())
        .by(by_ann())
        .at_clock("09:31")
        .when(press("09:31", Word::Ok).command())
        .allowed();
    let late = Word::Late { minutes: 60 };
    let stale = taken("09:20", late, due("10:00")).but(|c| {
        c.received_at = t("09:32");
        c.punctuality = Punctuality::Stale;
        c.next = None;
    });
    let story = story.at_clock("09:32").when(press("09:20", late).command()).then([stale.event()]);
    let group = &story.state.watch(museum()).unwrap().groups()[0];
    assert_eq!((group.next.at, group.details.last.unwrap().said_at), (t("10:00"), t("09:31")));
}

/// A stale count tells nobody anything about now.
#[test]
fn a_stale_count_is_recorded_and_alerts_nobody() {
    let story = out(&otters_alone()).by(by_ann()).at_clock("09:31");
    let story = story.when(press("09:31", Word::Ok).counted(14).command()).allowed();
    let story = story.at_clock("09:32").when(press("09:20", Word::Ok).counted(13).command());
    story.then_events(|events| assert_eq!(events.len(), 1, "{events:?}"));
}

/// A word counts for the check-in ahead from its reminder on, and words in a row don't run ahead of the plan.
#[test]
fn words_in_a_row_do_not_run_ahead_of_the_plan() {
    let next = |story: &Watched| story.state.watch(museum()).unwrap().groups()[0].next.at;
    let say =
        |story: Watched, clock: &str| story.at_clock(clock).when(press(clock, Word::Ok).command()).allowed();
    let story = say(out(&otters_alone()).by(by_ann()), "09:24");
    assert_eq!(next(&story), t("09:30"), "too early");
    let story = say(story, "09:26");
    assert_eq!(next(&story), t("10:00"), "from the reminder on");
    let story = say(say(say(story, "09:27"), "09:28"), "09:29");
    assert_eq!(next(&story), t("10:00"), "one check-in is one");
}

/// CHECK-3: the same press again, with another id, yields nothing.
#[test]
fn the_same_press_again_yields_nothing() {
    let story = out(&otters_alone())
        .by(by_ann())
        .at_clock("09:31")
        .when(press("09:31", Word::Ok).command())
        .allowed();
    story.at_clock("09:33").when(press("09:31", Word::Ok).command()).nothing_happens();
}

/// CHECK-1: any staff phone on the trip may check in, for the group it names.
#[test]
fn any_staff_phone_checks_in_for_the_group_it_names() {
    let by_cat = taken("09:28", Word::Ok, due("10:00")).but(|c| {
        c.device = Some(cats_phone());
        c.person = Some(cat());
    });
    let command = press("09:28", Word::Ok).by_phone(cats_phone()).for_group(otters()).command();
    out(&party()).by(by_api()).at_clock("09:28").when(command).then([by_cat.event()]);
}

/// The group may be left out by whoever leads one; the phone itself, or the person who is logged in, says who that is.
#[test]
fn the_group_is_the_one_that_the_speaker_leads() {
    let badgers_ok = taken("09:28", Word::Ok, due("10:00")).but(|c| {
        c.group = badgers();
        c.expected = 10;
        c.device = Some(bens_phone());
        c.person = Some(ben());
    });
    let story = out(&party()).at_clock("09:28");
    let press = press("09:28", Word::Ok);
    story
        .clone()
        .by(by_api())
        .when(press.clone().by_phone(bens_phone()).command())
        .then([badgers_ok.clone().event()]);
    let by_login = Command::CheckIn {
        trip: museum(),
        group: None,
        device: None,
        word: Word::Ok,
        headcount: None,
        pressed_at: t("09:28"),
        note: None,
        duress: None,
        via: Via::PhonePage,
    };
    let no_device = badgers_ok.clone().but(|c| c.device = None);
    story.clone().by_person(ben()).when(by_login.clone()).then([no_device.event()]);
    story.by(Actor::Device(bens_phone())).when(by_login).then([badgers_ok.event()]);
}

/// CHECK-1: a word is refused while the trip isn't out.
#[test]
fn a_word_for_a_trip_that_is_not_out_is_refused() {
    let refusal = Refusal::NotOut { trip: museum() };
    given::<Checkins>([]).by(by_ann()).when(press("09:28", Word::Ok).command()).refused(refusal.clone());
    let issued = Event::TripDeviceNoted {
        trip: museum(),
        device: anns_phone(),
        person: Some(ann()),
        pupil: false,
        with_trip: true,
    };
    given::<Checkins>([issued]).by(by_ann()).when(press("09:28", Word::Ok).command()).refused(refusal);
}

/// CHECK-1: a phone that isn't with the trip, a pupil's phone, and nobody's phone don't check in.
#[test]
fn a_word_comes_from_a_staff_phone_of_the_trip() {
    let story = out(&party()).at_clock("09:28").by(by_api());
    let press = press("09:28", Word::Ok).for_group(otters());
    let spare = press.clone().by_phone(spare_phone()).command();
    let story = story.when(spare).refused(Refusal::NotWithTrip { device: spare_phone() });
    let pupils = press.clone().by_phone(pupils_phone()).command();
    let story = story.when(pupils).refused(Refusal::PupilPhone { device: pupils_phone() });
    let mut nobodys = press;
    nobodys.device = None;
    let story = story.when(nobodys.clone().command()).refused(Refusal::DeviceNeeded {});
    let not_on_trip = Refusal::NotOnTrip { field: "device".into(), person: dee() };
    story.by_person(dee()).when(nobodys.command()).refused(not_on_trip);
}

/// CHECK-1: the group must be one of the trip's, and be said where it can't be told.
#[test]
fn a_word_is_for_a_group_of_the_trip() {
    let story = out(&party()).at_clock("09:28").by(by_api());
    let story = story
        .when(press("09:28", Word::Ok).for_group(weasels()).command())
        .refused(Refusal::UnknownGroup { group: weasels() });
    let which = Refusal::WhichGroup { groups: [otters(), badgers()].into() };
    story.when(press("09:28", Word::Ok).by_phone(cats_phone()).command()).refused(which);
    let two_of_hers = with(party(), |p| p.groups[1].adult = ann());
    let which = Refusal::WhichGroup { groups: [otters(), badgers()].into() };
    out(&two_of_hers).at_clock("09:28").by(by_ann()).when(press("09:28", Word::Ok).command()).refused(which);
}

/// CHECK-5: boarding, arrival, hand-over, leaving and coming back need a count.
#[test]
fn words_that_need_a_count_are_refused_without_one() {
    let story = out(&party()).at_clock("09:28").by(by_ann());
    let words = [Word::Boarded, Word::Arrived, Word::HandedOver, Word::Leaving, Word::Back];
    words.into_iter().fold(story, |story, word| {
        story.when(press("09:28", word).command()).refused(Refusal::CountNeeded { word })
    });
}

/// A lateness is 1 to 600 minutes.
#[test]
fn a_lateness_out_of_range_is_refused() {
    let story = out(&party()).at_clock("09:28").by(by_ann());
    let story = [0, 601].into_iter().fold(story, |story, minutes| {
        story
            .when(press("09:28", Word::Late { minutes }).command())
            .refused(Refusal::LatenessOutOfRange { minutes })
    });
    [1, 600].into_iter().for_each(|minutes| {
        story.clone().when(press("09:28", Word::Late { minutes }).command()).allowed();
    });
}

/// CHECK-1: words count from departure, and none comes from the future; a clock a little ahead is capped at receipt.
#[test]
fn a_word_from_before_departure_or_from_the_future_is_refused() {
    let story = out(&otters_alone()).at_clock("09:28").by(by_ann());
    let before = Refusal::BeforeDeparture {
        field: "pressed_at".into(),
        said_at: t("08:59:59"),
        departed_at: t("09:00"),
    };
    let story = story.when(press("08:59:59", Word::Ok).command()).refused(before);
    let ahead = Refusal::ClockAhead { field: "pressed_at".into(), said_at: t("09:33:01"), now: t("09:28") };
    let story = story.when(press("09:33:01", Word::Ok).command()).refused(ahead);
    let capped = taken("09:28", Word::Ok, due("10:00"));
    story.when(press("09:33", Word::Ok).command()).then([capped.event()]);
}

fn written_down(words: &str) -> Command {
    Command::WriteDownCall {
        trip: museum(),
        group: otters(),
        word: Word::Ok,
        headcount: Some(n(14)),
        called_at: t("09:35"),
        words: note(words),
        from: ann(),
        duress: None,
    }
}

/// CHECK-1, CONT-4: if all phones are dead base writes down a call, keeping the words.
#[test]
fn base_writes_down_a_call() {
    let words = "All 14 well, calling from the museum's desk";
    let written = taken("09:35", Word::Ok, due("10:00")).but(|c| {
        c.received_at = t("09:36");
        c.headcount = Some(14);
        c.via = Via::WrittenDown;
        c.device = None;
        c.note = Some(note(words));
    });
    out(&otters_alone()).at_clock("09:36").by_person(dee()).when(written_down(words)).then([written.event()]);
}

/// CHECK-6: the duress word said on the telephone signals duress as it does in a text; any other word doesn't.
#[test]
fn the_duress_word_in_a_call_signals_duress() {
    for (said, signals) in
        [(Some(heron()), true), (DuressHash::of(&[7; 32], museum(), "robin"), false), (None, false)]
    {
        let mut call = written_down("All 14 well");
        if let Command::WriteDownCall { duress, .. } = &mut call {
            *duress = said;
        }
        out(&otters_alone()).at_clock("09:36").by_person(dee()).when(call).then_events(|events| {
            let signalled = events.iter().any(|e| matches!(e, Event::DuressSignalled { .. }));
            assert_eq!(signalled, signals, "{events:?}");
            assert!(matches!(events[0], Event::CheckedIn { .. }), "it is taken like any other: {events:?}");
        });
    }
}

/// CONT-4: the words are kept, not the number.
#[test]
fn a_number_in_the_words_is_refused() {
    let story = out(&otters_alone()).at_clock("09:36").by_person(dee());
    let numbers =
        ["from 07700 900123", "+44 7700 900123 rang", "(01632) 960-001", "ring back on 7700900123 please"];
    let story = numbers
        .into_iter()
        .fold(story, |story, words| story.when(written_down(words)).refused(Refusal::NumberInWords {}));
    for words in ["14 of 14 at 09.35, back by 15.00", "20 November 2026, coach 12, stop 3", "Room 101"] {
        story.clone().when(written_down(words)).allowed();
    }
}

/// CHECK-1: a call is written down by a named person, as the word of one of the trip's staff.
#[test]
fn a_call_is_written_down_by_a_named_person_for_one_of_the_staff() {
    let story = out(&otters_alone()).at_clock("09:36");
    let story = story.by(by_api()).when(written_down("All well")).refused(Refusal::NamedPersonNeeded {});
    let Command::WriteDownCall { trip, group, word, headcount, called_at, words, .. } =
        written_down("All well")
    else {
        unreachable!("it is one")
    };
    let from_dee = Command::WriteDownCall {
        trip,
        group,
        word,
        headcount,
        called_at,
        words: words.clone(),
        from: dee(),
        duress: None,
    };
    let story = story
        .by_person(dee())
        .when(from_dee)
        .refused(Refusal::NotOnTrip { field: "from".into(), person: dee() });
    let called_at = t("08:00");
    let before =
        Command::WriteDownCall { trip, group, word, headcount, called_at, words, from: ann(), duress: None };
    story.when(before).refused(Refusal::BeforeDeparture {
        field: "called_at".into(),
        said_at: called_at,
        departed_at: t("09:00"),
    });
}

/// Blanked notes are accepted when the journal is read again.
#[test]
fn blanked_words_are_accepted() {
    let blanked = taken("09:35", Word::Ok, due("10:00")).but(|c| c.note = Some(Personal::blanked()));
    let mut story = out(&otters_alone());
    <Checkins as decider::Service>::evolve(&mut story.state, &blanked.event());
    assert_eq!(story.state.watch(museum()).unwrap().first_due(), Some(t("10:00")));
}
