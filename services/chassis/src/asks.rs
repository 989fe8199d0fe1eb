//! Whose replays are asked for, and when. How far each producer was heard is the [`Listener`](crate::engine::Listener)'s to know; this is only the
//! turn of each question: a listener of many schools asks a few at a time, and the next ones as answers come. Were all asked at once, their
//! answers would be more than the broker keeps for one client; those that it drops would be asked for again, and made for nothing again.
//!
//! What is silent for long is asked again, behind the others: a producer that is away holds nobody up. Whoever has not read yet what came can't
//! tell silence from its own delay, and is more patient.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use proto::ids::SchoolId;
use proto::topics::ServiceName;

/// Questions to one service that wait for their answers. A page has 256 KiB at most, a broker's queue for one client 64 MiB: pages of all
/// services fit, and are read well within the time after which a connection counts as lost.
const AT_A_TIME: usize = 8;

/// An answer is waited for no longer than this at first, twice as long at each further try, at last so long.
const PATIENCE: Duration = Duration::from_millis(300);
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// So many times as long by whoever is busy.
const BUSY: u32 = 10;

/// The questions of one listener.
#[derive(Debug, Default)]
pub(crate) struct Asks {
    of: BTreeMap<ServiceName, Line>,
}

/// Those to one service.
#[derive(Debug, Default)]
struct Line {
    asks: HashMap<SchoolId, Ask>,
    /// Who is next.
    waiting: BTreeMap<i64, SchoolId>,
    /// Those that wait for their answers, and since when.
    asked: Vec<(SchoolId, Instant)>,
}

#[derive(Debug, Default)]
struct Ask {
    tries: u32,
    /// Its turn, unless it has been asked.
    turn: Option<i64>,
}

impl Asks {
    /// Nothing that was asked counts any more.
    pub(crate) fn clear(&mut self) {
        self.of.clear();
    }

    /// That service is to be asked, after all others.
    pub(crate) fn in_turn(&mut self, school: &SchoolId, of: ServiceName) {
        self.of.entry(of).or_default().put(school, Line::last);
    }

    /// That service is to be asked before all others: it is known to be there, and to have more.
    pub(crate) fn at_once(&mut self, school: &SchoolId, of: ServiceName) {
        self.of.entry(of).or_default().put(school, Line::first);
    }

    /// The service showed that it is there: if it is to be asked again, then now.
    pub(crate) fn is_there(&mut self, school: &SchoolId, of: ServiceName) {
        let waits = |line: &Line| line.asks.get(school).is_some_and(|ask| ask.turn.is_some());
        if self.of.get(&of).is_some_and(waits) {
            self.at_once(school, of);
        }
    }

    /// It is no longer asked for.
    pub(crate) fn done(&mut self, school: &SchoolId, of: ServiceName) {
        if let Some(line) = self.of.get_mut(&of) {
            line.forget(school);
        }
    }

    /// Nothing of that school is asked for any more.
    pub(crate) fn forget(&mut self, school: &SchoolId) {
        self.of.values_mut().for_each(|line| line.forget(school));
    }

    /// Whoever is to be asked now: from now on its answer is waited for. `is_busy`: not all that came was read.
    pub(crate) fn next(&mut self, now: Instant, is_busy: bool) -> Option<(SchoolId, ServiceName)> {
        self.of.iter_mut().find_map(|(of, line)| Some((line.next(now, is_busy)?, *of)))
    }
}

impl Line {
    fn first(&self) -> i64 {
        self.waiting.first_key_value().map_or(0, |(turn, _)| turn - 1)
    }

    fn last(&self) -> i64 {
        self.waiting.last_key_value().map_or(0, |(turn, _)| turn + 1)
    }

    /// Puts a school there, in the place of whatever was asked of it before.
    fn put(&mut self, school: &SchoolId, place: impl FnOnce(&Self) -> i64) {
        self.forget(school);
        let turn = place(self);
        self.waiting.insert(turn, school.clone());
        self.asks.insert(school.clone(), Ask { tries: 0, turn: Some(turn) });
    }

    fn forget(&mut self, school: &SchoolId) {
        match self.asks.remove(school) {
            Some(Ask { turn: Some(turn), .. }) => drop(self.waiting.remove(&turn)),
            Some(Ask { turn: None, .. }) => self.asked.retain(|(asked, _)| asked != school),
            None => {}
        }
    }

    fn next(&mut self, now: Instant, is_busy: bool) -> Option<SchoolId> {
        self.give_up_the_silent(now, if is_busy { BUSY } else { 1 });
        if self.asked.len() >= AT_A_TIME {
            return None;
        }
        let (_, school) = self.waiting.pop_first()?;
        let ask = self.asks.get_mut(&school)?;
        (ask.turn, ask.tries) = (None, ask.tries + 1);
        self.asked.push((school.clone(), now));
        Some(school)
    }

    fn give_up_the_silent(&mut self, now: Instant, times: u32) {
        for (school, since) in std::mem::take(&mut self.asked) {
            let turn = self.last();
            let Some(ask) = self.asks.get_mut(&school) else { continue };
            if now.duration_since(since) < ask.patience() * times {
                self.asked.push((school, since));
            } else {
                ask.turn = Some(turn);
                self.waiting.insert(turn, school);
            }
        }
    }
}

impl Ask {
    fn patience(&self) -> Duration {
        PATIENCE.saturating_mul(1 << self.tries.saturating_sub(1).min(8)).min(MOST_PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: ServiceName = ServiceName::Trips;

    fn school(number: usize) -> SchoolId {
        SchoolId::parse(&format!("school-{number:03}")).expect("a slug")
    }

    /// So many schools are to be asked, in turn.
    fn asks(count: usize) -> Asks {
        let mut asks = Asks::default();
        (0..count).for_each(|number| asks.in_turn(&school(number), OF));
        asks
    }

    /// All that are to be asked now.
    fn due(asks: &mut Asks, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        while let Some((school, _)) = asks.next(now, false) {
            due.push(school.as_str()["school-".len()..].parse().expect("a number"));
        }
        due
    }

    #[test]
    fn a_few_are_asked_at_a_time_and_the_next_ones_as_answers_come() {
        let (mut asks, now) = (asks(40), Instant::now());
        assert_eq!(due(&mut asks, now), (0..8).collect::<Vec<_>>());
        assert_eq!(due(&mut asks, now), [0; 0], "none was answered");
        asks.done(&school(3), OF);
        asks.done(&school(7), OF);
        assert_eq!(due(&mut asks, now), [8, 9]);
    }

    #[test]
    fn each_service_has_a_line_of_its_own() {
        let (mut asks, now) = (asks(20), Instant::now());
        asks.in_turn(&school(1), ServiceName::Gateway);
        assert_eq!(due(&mut asks, now).len(), 9);
    }

    #[test]
    fn one_known_to_have_more_goes_before_all_others() {
        let (mut asks, now) = (asks(40), Instant::now());
        due(&mut asks, now);
        asks.at_once(&school(99), OF);
        asks.done(&school(0), OF);
        assert_eq!(due(&mut asks, now), [99]);
    }

    #[test]
    fn the_silent_are_asked_again_behind_the_others_ever_more_seldom() {
        let (mut asks, now) = (asks(10), Instant::now());
        due(&mut asks, now);
        let later = now + PATIENCE;
        let asked = due(&mut asks, later);
        assert_eq!(asked[..2], [8, 9], "who was not asked yet is first");
        assert_eq!(asked.len(), 8);
        (0..40).filter(|number| *number != 5).for_each(|number| asks.done(&school(number), OF));
        assert_eq!(due(&mut asks, later + PATIENCE), [0; 0], "asked twice: twice as patient");
        assert_eq!(due(&mut asks, later + 2 * PATIENCE), [5]);
        let mut at = later + 2 * PATIENCE;
        for _ in 0..10 {
            at += MOST_PATIENCE;
            assert_eq!(due(&mut asks, at), [5], "but no more seldom than that");
        }
    }

    #[test]
    fn whoever_has_not_read_what_came_is_more_patient() {
        let (mut asks, now) = (asks(1), Instant::now());
        due(&mut asks, now);
        assert_eq!(asks.next(now + PATIENCE, true), None);
        assert!(asks.next(now + PATIENCE * BUSY, true).is_some());
    }

    #[test]
    fn one_that_shows_itself_is_asked_before_its_turn_but_not_twice() {
        let (mut asks, now) = (asks(40), Instant::now());
        due(&mut asks, now);
        asks.is_there(&school(2), OF);
        asks.is_there(&school(30), OF);
        asks.is_there(&school(77), OF);
        asks.done(&school(0), OF);
        assert_eq!(due(&mut asks, now), [30], "2 waits for its answer, 77 was never to be asked");
    }

    #[test]
    fn what_is_asked_anew_is_asked_at_once_though_it_was_asked_already() {
        let (mut asks, now) = (asks(1), Instant::now());
        assert_eq!(due(&mut asks, now), [0]);
        asks.at_once(&school(0), OF);
        assert_eq!(due(&mut asks, now), [0]);
        assert_eq!(due(&mut asks, now), [0; 0]);
    }

    #[test]
    fn what_is_forgotten_frees_its_place() {
        let (mut asks, now) = (asks(10), Instant::now());
        due(&mut asks, now);
        asks.forget(&school(4));
        asks.forget(&school(8));
        assert_eq!(due(&mut asks, now), [9]);
    }
}
