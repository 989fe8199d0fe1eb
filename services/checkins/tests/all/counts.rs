//! Headcounts, and what changes the number expected.

use proto::envelope::Actor;
use proto::v1::checkins::{Command, Event, Refusal, Word};

use crate::cast::*;

fn differed(clock: &str, expected: u32, reported: u32) -> Event {
    Event::HeadcountDiffered {
        trip: museum(),
        group: otters(),
        expected: n(expected),
        reported: n(reported),
        at: t(clock),
    }
}

fn agreed(clock: &str) -> Event {
    Event::HeadcountAgreed { trip: museum(), group: otters(), at: t(clock) }
}

fn count(story: Watched, clock: &str, count: u32) -> decider::kit::Told<checkins::Checkins> {
    story.by(by_ann()).at_clock(clock).when(press(clock, Word::Ok).counted(count).command())
}

/// All but the `CheckedIn`.
fn besides(told: decider::kit::Told<checkins::Checkins>, expected: &[Event]) -> Watched {
    told.then_events(|events| assert_eq!(&events[1..], expected))
}

fn expected(story: &Watched) -> Vec<(proto::ids::GroupId, u32)> {
    let groups = story.state.watch(museum()).unwrap().groups();
    groups.iter().map(|g| (g.group, g.details.expected.get())).collect()
}

/// CHECK-5: every count that differs is told, the repeated one too; one that fits again says so, once.
#[test]
fn every_count_that_differs_is_told() {
    let story = besides(count(out(&party()), "09:10", 14), &[]);
    let story = besides(count(story, "09:11", 13), &[differed("09:11", 14, 13)]);
    let story = besides(count(story, "09:12", 13), &[differed("09:12", 14, 13)]);
    let story = besides(count(story, "09:13", 15), &[differed("09:13", 14, 15)]);
    let story = besides(count(story, "09:14", 14), &[agreed("09:14")]);
    besides(count(story, "09:15", 14), &[]);
}

fn release(pupils: u32, agreed_by: proto::ids::PersonId) -> Command {
    Command::RecordRelease {
        trip: museum(),
        group: otters(),
        pupils: n(pupils),
        to_whom: note("Her mother"),
        checked_how: label("Password of the day"),
        agreed_by,
    }
}

/// CHECK-5: a recorded release lowers the number expected.
#[test]
fn a_release_lowers_the_number_expected() {
    let released = Event::ReleaseRecorded {
        trip: museum(),
        group: otters(),
        pupils: n(1),
        to_whom: note("Her mother"),
        checked_how: label("Password of the day"),
        agreed_by: dee(),
        expected: n(13),
    };
    let story = out(&party()).at_clock("09:10").by(by_ann()).when(release(1, dee())).then([released]);
    let story = besides(count(story, "09:11", 13), &[]);
    besides(count(story, "09:12", 14), &[differed("09:12", 13, 14)]);
}

/// CHECK-5: a count that differed is right once the release is recorded.
#[test]
fn a_count_that_differed_fits_once_the_release_is_recorded() {
    let story = besides(count(out(&party()), "09:11", 13), &[differed("09:11", 14, 13)]);
    let story = story.at_clock("09:12").when(release(1, dee()));
    let story = story.then_events(|events| assert_eq!(events[1..], [agreed("09:12")]));
    besides(count(story, "09:13", 13), &[]);
}

/// CHECK-5: a release is recorded by a named person and agreed by base, who isn't on the trip.
#[test]
fn a_release_is_agreed_by_base() {
    let story = out(&party()).at_clock("09:10").by(by_ann());
    let story = story.when(release(1, ben())).refused(Refusal::AgreedOnTrip { person: ben() });
    let story = story.when(release(0, dee())).refused(Refusal::NobodyMeant {});
    let too_many = Refusal::TooManyPupils { group: otters(), expected: n(14), asked: n(15) };
    let story = story.when(release(15, dee())).refused(too_many);
    story.by(by_api()).when(release(1, dee())).refused(Refusal::NamedPersonNeeded {});
}

fn moved(from: proto::ids::GroupId, to: proto::ids::GroupId, pupils: u32) -> Command {
    Command::MovePupils { trip: museum(), from, to, pupils: n(pupils) }
}

/// CHECK-5: a move between groups changes both numbers.
#[test]
fn a_move_changes_the_numbers_of_both_groups() {
    let story = out(&party()).at_clock("09:10").by(by_ann()).when(moved(otters(), badgers(), 2));
    let event = Event::PupilsMoved { trip: museum(), from: otters(), to: badgers(), pupils: n(2) };
    let story = story.then([event]);
    assert_eq!(expected(&story), [(otters(), 12), (badgers(), 12)]);
}

/// CHECK-5: a move is between two groups of the trip, of pupils who are there.
#[test]
fn a_move_that_cannot_be_is_refused() {
    let story = out(&party()).at_clock("09:10").by(by_ann());
    let story = story.when(moved(otters(), otters(), 1)).refused(Refusal::SameGroup { group: otters() });
    let story = story.when(moved(otters(), weasels(), 1)).refused(Refusal::UnknownGroup { group: weasels() });
    let story = story.when(moved(weasels(), otters(), 1)).refused(Refusal::UnknownGroup { group: weasels() });
    let story = story.when(moved(otters(), badgers(), 0)).refused(Refusal::NobodyMeant {});
    let too_many = Refusal::TooManyPupils { group: badgers(), expected: n(10), asked: n(11) };
    let story = story.when(moved(badgers(), otters(), 11)).refused(too_many);
    story.by(by_api()).when(moved(otters(), badgers(), 1)).refused(Refusal::NamedPersonNeeded {});
    let crowd = with(party(), |p| p.groups[1].expected = n(2000));
    let too_large = Refusal::GroupTooLarge { group: badgers() };
    out(&crowd).by(by_ann()).when(moved(otters(), badgers(), 1)).refused(too_large);
}

fn split(adult: proto::ids::PersonId, pupils: u32) -> Command {
    Command::SplitGroup {
        trip: museum(),
        group: otters(),
        new_group: weasels(),
        name: label("Weasels"),
        adult,
        pupils: n(pupils),
    }
}

fn has_split() -> Watched {
    let event = Event::GroupSplit {
        trip: museum(),
        group: otters(),
        new_group: weasels(),
        name: label("Weasels"),
        adult: cat(),
        device: cats_phone(),
        pupils: n(4),
        at: t("09:10"),
        next: due("09:30"),
    };
    out(&party()).at_clock("09:10").by(by_ann()).when(split(cat(), 4)).then([event])
}

/// CHECK-5, DEV-5: a group that splits has its own adult, phone and watch.
#[test]
fn a_group_that_splits_has_its_own_watch() {
    let story = has_split();
    assert_eq!(expected(&story), [(otters(), 10), (badgers(), 10), (weasels(), 4)]);
    let story = story.when(split(cat(), 4)).nothing_happens();
    let press = press("09:27", Word::Ok).by_phone(cats_phone()).counted(4).command();
    let story = story.at_clock("09:27").by_person(cat()).when(press).allowed();
    let next: Vec<_> = story.state.watch(museum()).unwrap().groups().iter().map(|g| g.next.at).collect();
    assert_eq!(next, [t("09:30"), t("09:30"), t("10:00")], "each has a clock of its own");
}

/// CHECK-5: a split during a grace asks the new group for the next one.
#[test]
fn a_group_split_off_within_a_grace_owes_only_what_follows() {
    let story = out(&party()).at_clock("09:35").by(by_ann()).when(split(cat(), 4)).allowed();
    let groups = story.state.watch(museum()).unwrap().groups();
    assert_eq!(groups[2].next, &due("10:00"));
    assert_eq!(groups[0].next.at, t("09:30"), "the first group still owes its own");
}

/// DEV-5: no phone, no separate group; and the adult is one of the staff, without a group.
#[test]
fn a_split_without_an_adult_and_a_phone_is_refused() {
    let story = out(&party()).at_clock("09:10").by(by_ann());
    let story =
        story.when(split(dee(), 4)).refused(Refusal::NotOnTrip { field: "adult".into(), person: dee() });
    let story =
        story.when(split(ben(), 4)).refused(Refusal::LeadsAnother { person: ben(), group: badgers() });
    let too_many = |asked| Refusal::TooManyPupils { group: otters(), expected: n(14), asked: n(asked) };
    let story = story.when(split(cat(), 14)).refused(too_many(14));
    let story = story.when(split(cat(), 0)).refused(Refusal::NobodyMeant {});
    story.by(Actor::Device(anns_phone())).when(split(cat(), 4)).refused(Refusal::NamedPersonNeeded {});
    let phoneless = with(party(), |p| p.staff[2].device = None);
    out(&phoneless).by(by_ann()).when(split(cat(), 4)).refused(Refusal::NoPhone { person: cat() });
}

/// A group's id is used once.
#[test]
fn a_split_into_a_group_that_exists_is_refused() {
    let refusal = Refusal::GroupExists { group: weasels() };
    let story =
        has_split().when(split(cat(), 4)).nothing_happens().when(split(ben(), 4)).refused(refusal.clone());
    let joined = Command::JoinGroups { trip: museum(), group: weasels(), into: otters() };
    story.when(joined).allowed().when(split(cat(), 4)).refused(refusal);
}

fn join(group: proto::ids::GroupId, into: proto::ids::GroupId) -> Command {
    Command::JoinGroups { trip: museum(), group, into }
}

/// CHECK-5: when groups join, one ends with its watch, and its pupils are expected in the other.
#[test]
fn groups_that_join_are_one() {
    let event = Event::GroupsJoined { trip: museum(), group: weasels(), into: otters() };
    let story = has_split().when(join(weasels(), otters())).then([event]);
    assert_eq!(expected(&story), [(otters(), 14), (badgers(), 10)]);
    assert_eq!(story.state.armed(), 2);
    let story = story.when(join(weasels(), otters())).nothing_happens();
    let story = story.when(join(weasels(), badgers())).refused(Refusal::UnknownGroup { group: weasels() });
    let gone = press("09:27", Word::Ok).by_phone(cats_phone()).for_group(weasels()).command();
    story.at_clock("09:27").when(gone).refused(Refusal::UnknownGroup { group: weasels() });
}

/// CHECK-2: a named person says where the group is: what it missed is resolved.
#[test]
fn joining_resolves_what_the_group_missed() {
    let story = out(&party()).passes_to("09:40").allowed().at_clock("09:45").by(by_ann());
    let heard =
        Event::HeardAgain { trip: museum(), group: badgers(), missed_due_at: t("09:30"), at: t("09:45") };
    let joined = Event::GroupsJoined { trip: museum(), group: badgers(), into: otters() };
    story.when(join(badgers(), otters())).then([heard, joined]);
}

/// A join is of two groups of the trip.
#[test]
fn a_join_that_cannot_be_is_refused() {
    let story = out(&party()).at_clock("09:10").by(by_ann());
    let story = story.when(join(otters(), otters())).refused(Refusal::SameGroup { group: otters() });
    let story = story.when(join(weasels(), otters())).refused(Refusal::UnknownGroup { group: weasels() });
    let story = story.when(join(otters(), weasels())).refused(Refusal::UnknownGroup { group: weasels() });
    story.by(by_api()).when(join(otters(), badgers())).refused(Refusal::NamedPersonNeeded {});
    let crowd = with(party(), |p| p.groups[1].expected = n(2000));
    let too_large = Refusal::GroupTooLarge { group: badgers() };
    out(&crowd).by(by_ann()).when(join(otters(), badgers())).refused(too_large);
}

/// CHECK-1: once everyone is accounted for nobody moves any more; before departure nobody does.
#[test]
fn numbers_change_only_while_the_party_is_out() {
    let commands =
        || [release(1, dee()), moved(otters(), badgers(), 1), split(cat(), 1), join(badgers(), otters())];
    let back = out(&party()).at_clock("15:00").hears(returned("15:00")).allowed().by(by_ann());
    let all_back = Refusal::AllBack { trip: museum() };
    commands().into_iter().fold(back, |story, command| story.when(command).refused(all_back.clone()));
    let nowhere = decider::kit::given::<checkins::Checkins>([]).by(by_ann());
    let not_out = Refusal::NotOut { trip: museum() };
    commands().into_iter().fold(nowhere, |story, command| story.when(command).refused(not_out.clone()));
}
