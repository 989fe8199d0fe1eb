//! Calls for help, lost children, the duress word.

use checkins::Checkins;
use decider::Service;
use decider::kit::given;
use proto::v1::checkins::{Command, Event, Refusal, Via, Word};
use proto::values::DuressHash;

use crate::cast::*;

fn call(device: proto::ids::DeviceId, clock: &str) -> Command {
    Command::CallForHelp {
        trip: museum(),
        group: None,
        device: Some(device),
        pressed_at: t(clock),
        note: Some(note("The coach is on its side")),
    }
}

fn called(device: proto::ids::DeviceId, group: Option<proto::ids::GroupId>, clock: &str) -> Event {
    Event::HelpCalled {
        trip: museum(),
        group,
        device: Some(device),
        at: t(clock),
        via: Via::PhonePage,
        note: Some(note("The coach is on its side")),
        inbound: None,
    }
}

/// CHECK-6: a call for help is taken from anybody of a party that is out: a pupil's phone, a phone nobody knows, a wrong clock.
#[test]
fn a_call_for_help_is_never_refused_for_a_party_that_is_out() {
    let story = out(&party()).at_clock("09:10").by(by_ann());
    let story = story.when(call(anns_phone(), "09:10")).then([called(anns_phone(), Some(otters()), "09:10")]);
    let story = story.when(call(pupils_phone(), "09:10")).allowed();
    let story = story.when(call(spare_phone(), "09:10")).allowed();
    // A clock ahead is capped; one that is behind is kept.
    let story = story.at_clock("09:12").when(call(anns_phone(), "23:00"));
    let story = story.then([called(anns_phone(), Some(otters()), "09:12")]);
    let story = story.when(call(anns_phone(), "03:00")).then([called(anns_phone(), Some(otters()), "03:00")]);
    let unknown_group = Command::CallForHelp {
        trip: museum(),
        group: Some(weasels()),
        device: None,
        pressed_at: t("09:12"),
        note: None,
    };
    story.when(unknown_group).then_events(|events| {
        assert!(matches!(events, [Event::HelpCalled { .. }]), "{events:?}");
    });
}

/// CHECK-6: the same press is one call; another press is another.
#[test]
fn the_same_press_for_help_is_one_call() {
    let story = out(&party()).at_clock("09:10").by(by_ann()).when(call(anns_phone(), "09:10")).allowed();
    let story = story.when(call(anns_phone(), "09:10")).nothing_happens();
    story.at_clock("09:11").when(call(anns_phone(), "09:11")).allowed();
}

/// CHECK-6: help is heard while only the devices are due; not for a trip that isn't out.
#[test]
fn help_is_heard_until_the_last_device_is_back() {
    let story = out(&party()).at_clock("15:00").hears(returned("15:00")).allowed().by(by_ann());
    story.when(call(anns_phone(), "15:00")).then([called(anns_phone(), Some(otters()), "15:00")]);
    let story = given::<Checkins>([]).by(by_ann()).when(call(anns_phone(), "09:10"));
    story.refused(Refusal::NotOut { trip: museum() });
}

fn report_lost(clock: &str) -> Command {
    Command::ReportLostChild {
        trip: museum(),
        group: None,
        device: Some(anns_phone()),
        pressed_at: t(clock),
        last_seen: Some(note("By the dinosaurs, red coat")),
    }
}

fn lost(clock: &str, police: &str) -> Event {
    Event::ChildLost {
        trip: museum(),
        group: Some(otters()),
        device: Some(anns_phone()),
        at: t(clock),
        police_at: t(police),
        last_seen: Some(note("By the dinosaurs, red coat")),
        inbound: None,
    }
}

/// CHECK-8: a lost child starts a clock to the form's minute; when it comes the police are due, once.
#[test]
fn a_lost_child_starts_the_clock_of_the_form() {
    // Nothing else falls due in these minutes.
    let hourly = with(party(), |p| p.plan.every_minutes = Some(240));
    let story =
        out(&hourly).at_clock("11:00").by(by_ann()).when(report_lost("11:00")).then([lost("11:00", "11:20")]);
    let story = story.when(report_lost("11:00")).nothing_happens();
    assert_eq!(Checkins::next_due(&story.state), Some(t("11:20")));
    // Reported again: the clock that runs is kept.
    let story = story.at_clock("11:05").when(report_lost("11:05")).then([lost("11:05", "11:20")]);
    let story = story.passes_to("11:19:59").nothing_happens();
    let police = Event::PoliceDue { trip: museum(), at: t("11:20") };
    story.passes_to("11:20").then([police]).time_passes().nothing_happens();
}

/// CHECK-8: it ends when an adult of the trip has the child.
#[test]
fn a_lost_child_is_found_by_an_adult_of_the_trip() {
    let hourly = with(party(), |p| p.plan.every_minutes = Some(240));
    let story =
        out(&hourly).at_clock("11:00").by(by_ann()).when(report_lost("11:00")).allowed().at_clock("11:10");
    let found = |with| Command::ReportChildFound { trip: museum(), with };
    let story = story.when(found(dee())).refused(Refusal::NotOnTrip { field: "with".into(), person: dee() });
    let event = Event::ChildFound { trip: museum(), with: cat(), at: t("11:10") };
    let story = story.when(found(cat())).then([event]);
    let story = story.passes_to("11:30").nothing_happens();
    let story = story.when(found(cat())).refused(Refusal::NobodyLost { trip: museum() });
    // Lost again: a new clock.
    story.when(report_lost("11:30")).then([lost("11:30", "11:50")]);
}

/// CHECK-8: reports are for a trip that is out.
#[test]
fn a_lost_child_of_a_trip_that_is_not_out_is_refused() {
    let refusal = Refusal::NotOut { trip: museum() };
    let story = given::<Checkins>([]).by(by_ann()).when(report_lost("11:00")).refused(refusal.clone());
    story.when(Command::ReportChildFound { trip: museum(), with: ann() }).refused(refusal);
}

fn under_duress(clock: &str, word: Word, duress: DuressHash) -> Command {
    let mut entry = press(clock, word);
    entry.duress = Some(duress);
    entry.command()
}

fn signalled(clock: &str) -> Event {
    Event::DuressSignalled { trip: museum(), group: otters(), device: Some(anns_phone()), at: t(clock) }
}

/// CHECK-6: the duress word is answered like an OK, and base is told besides.
#[test]
fn a_duress_word_is_taken_like_an_ok_and_signalled() {
    let story = out(&otters_alone()).at_clock("09:28").by(by_ann());
    let other = DuressHash::of(&[7; 32], museum(), "kestrel").unwrap();
    let ok = taken("09:28", Word::Ok, due("10:00")).event();
    let plain = story.clone().when(under_duress("09:28", Word::Ok, other)).then([ok.clone()]);
    let signal = story.when(under_duress("09:28", Word::Ok, heron())).then([ok, signalled("09:28")]);
    assert_eq!(plain.state, signal.state, "nothing of it shows in what the trip's phones read");
}

/// CHECK-6: a duress word is never lost over a detail that would be refused.
#[test]
fn a_duress_word_is_signalled_though_the_rest_would_be_refused() {
    let story = out(&otters_alone()).at_clock("09:28").by(by_ann());
    let story = story.when(under_duress("09:28", Word::Arrived, heron())).then([signalled("09:28")]);
    let story = story.when(under_duress("23:00", Word::Ok, heron())).then([signalled("09:28")]);
    story.when(under_duress("03:00", Word::Ok, heron())).then([signalled("09:00")]);
}
