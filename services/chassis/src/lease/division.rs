//! Who should hold what: a pure function of what the database shows. Every instance asks it for itself; nobody is in charge.
//!
//! The slots are divided evenly among the instances that have been there for a while, in the order of their numbers, so that all come to the same
//! division from the same sight. Who holds too much gives up; who holds too little takes what is free. Nothing else moves.

use std::collections::{BTreeMap, BTreeSet};

use super::{SLOTS, Slot};

/// The number of an instance.
pub type Instance = u16;

/// What the database shows of one service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sight {
    /// The instances that are there, and whether each has been for a while: who comes and goes is given nothing.
    pub members: BTreeMap<Instance, bool>,
    /// Who holds which slot; none: somebody who doesn't divide by itself (a process whose slots stand in its configuration).
    pub held: BTreeMap<Slot, Option<Instance>>,
}

/// What an instance does about it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// What it gives up.
    pub give: Vec<Slot>,
    /// What it takes, if it is still free.
    pub take: Vec<Slot>,
}

impl Sight {
    /// What is held by that one.
    pub fn held_by(&self, instance: Instance) -> impl Iterator<Item = Slot> + '_ {
        self.held.iter().filter(move |(_, holder)| **holder == Some(instance)).map(|(slot, _)| *slot)
    }

    /// What nobody holds.
    pub fn free(&self) -> impl Iterator<Item = Slot> + '_ {
        Slot::all().filter(|slot| !self.held.contains_key(slot))
    }

    /// The instances among which the slots are divided: those that have been there for a while; where there is none yet, all.
    fn counted(&self) -> Vec<Instance> {
        let settled: Vec<_> =
            self.members.iter().filter(|(_, settled)| **settled).map(|(number, _)| *number).collect();
        if settled.is_empty() { self.members.keys().copied().collect() } else { settled }
    }

    /// How many slots each instance is to hold, of those that are divided.
    pub fn due(&self) -> BTreeMap<Instance, usize> {
        let counted = self.counted();
        let others = self.held.values().filter(|holder| holder.is_none()).count();
        let divided = usize::from(SLOTS).saturating_sub(others);
        let (each, more) = (divided / counted.len().max(1), divided % counted.len().max(1));
        counted
            .into_iter()
            .enumerate()
            .map(|(place, number)| (number, each + usize::from(place < more)))
            .collect()
    }

    /// What instance `me` does now. `may_take`: which of the free ones it may take at all.
    pub fn moves(&self, me: Instance, may_take: impl Fn(Slot) -> bool) -> Moves {
        let mine: Vec<Slot> = self.held_by(me).collect();
        let due = self.due();
        // Who doesn't count yet keeps what it has (its connection broke a moment ago), and takes nothing.
        let quota = due.get(&me).copied().unwrap_or(mine.len());
        let give = mine.iter().take(mine.len().saturating_sub(quota)).copied().collect();
        let lacking = quota.saturating_sub(mine.len());
        let free: Vec<Slot> = self.free().filter(|slot| may_take(*slot)).collect();
        // Each begins at another place, so that two that look at the same moment rarely try the same ones.
        let place = due.keys().take_while(|number| **number < me).count();
        let start = free.len() * place / due.len().max(1);
        let take = free.iter().cycle().skip(start).take(lacking.min(free.len())).copied().collect();
        Moves { give, take }
    }

    /// Whether everything is held as it is to be.
    pub fn is_settled(&self) -> bool {
        let holders: BTreeSet<Instance> = self.held.values().flatten().copied().collect();
        let due = self.due();
        holders.iter().all(|number| due.contains_key(number))
            && due.iter().all(|(number, count)| self.held_by(*number).count() == *count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A small world: instances act on what they see, one after another, as the database lets them.
    #[derive(Clone, Debug)]
    struct World(Sight);

    impl World {
        fn of(members: &[Instance]) -> Self {
            Self(Sight {
                members: members.iter().map(|number| (*number, true)).collect(),
                held: BTreeMap::new(),
            })
        }

        /// One instance acts on what it saw, perhaps a while ago. Says how many slots it took.
        fn acts(&mut self, me: Instance, saw: &Sight) -> usize {
            let moves = saw.moves(me, |_| true);
            for slot in &moves.give {
                if self.0.held.get(slot) == Some(&Some(me)) {
                    self.0.held.remove(slot);
                }
            }
            let mut taken = 0;
            for slot in moves.take {
                if let std::collections::btree_map::Entry::Vacant(free) = self.0.held.entry(slot) {
                    free.insert(Some(me));
                    taken += 1;
                }
            }
            taken
        }

        /// Everybody acts, in that order, on what stood before the round.
        fn round(&mut self, order: &[Instance]) -> usize {
            let saw = self.0.clone();
            order
                .iter()
                .filter(|number| self.0.members.contains_key(number))
                .copied()
                .collect::<Vec<_>>()
                .into_iter()
                .map(|me| self.acts(me, &saw))
                .sum()
        }

        /// Rounds until nothing moves; how many slots were taken in all.
        fn settles(&mut self, order: &[Instance]) -> usize {
            let mut taken = 0;
            for _ in 0..20 {
                taken += self.round(order);
                if self.0.is_settled() {
                    return taken;
                }
            }
            panic!("it never settles: {:?}", self.0);
        }

        fn leaves(&mut self, number: Instance) {
            self.0.members.remove(&number);
            self.0.held.retain(|_, holder| *holder != Some(number));
        }
    }

    fn sizes(world: &World) -> Vec<usize> {
        world.0.members.keys().map(|number| world.0.held_by(*number).count()).collect()
    }

    #[test]
    fn one_more_takes_its_share_and_no_slot_moves_between_the_others() {
        let mut world = World::of(&[1, 2]);
        world.settles(&[1, 2]);
        assert_eq!(sizes(&world), [32, 32]);
        let before = world.0.held.clone();
        world.0.members.insert(3, true);
        assert_eq!(world.settles(&[1, 2, 3]), 21, "no more than the share of the third");
        assert_eq!(sizes(&world), [22, 21, 21]);
        let stayed = world.0.held.iter().filter(|(slot, holder)| before[slot] == **holder).count();
        assert_eq!(stayed, 64 - 21);
    }

    #[test]
    fn what_a_dead_one_held_is_taken_by_the_others_and_nothing_else_moves() {
        let mut world = World::of(&[1, 2, 3]);
        world.settles(&[3, 2, 1]);
        let before = world.0.held.clone();
        let lost = world.0.held_by(2).count();
        world.leaves(2);
        assert_eq!(world.settles(&[1, 3]), lost);
        assert_eq!(sizes(&world), [32, 32]);
        assert!(world.0.held.iter().all(|(slot, holder)| before[slot] == Some(2) || before[slot] == *holder));
    }

    #[test]
    fn who_has_just_come_is_given_nothing_until_it_has_stayed() {
        let mut world = World::of(&[1]);
        world.settles(&[1]);
        world.0.members.insert(2, false);
        assert_eq!(world.0.moves(1, |_| true), Moves::default());
        assert_eq!(world.0.moves(2, |_| true), Moves::default());
        world.0.members.insert(2, true);
        assert_eq!(world.0.moves(1, |_| true).give.len(), 32);
    }

    #[test]
    fn who_comes_back_with_what_it_had_keeps_it() {
        let mut world = World::of(&[1, 2]);
        world.settles(&[1, 2]);
        world.0.members.insert(2, false);
        let before = world.0.clone();
        assert_eq!(world.round(&[1, 2]), 0);
        assert_eq!(world.0, before);
    }

    #[test]
    fn where_all_have_just_come_they_begin_at_once() {
        let mut world = World::of(&[1, 2]);
        world.0.members = [(1, false), (2, false)].into();
        assert_eq!(world.settles(&[2, 1]), 64);
        assert_eq!(sizes(&world), [32, 32]);
    }

    #[test]
    fn what_a_process_with_slots_of_its_own_holds_is_left_to_it() {
        let mut world = World::of(&[1, 2]);
        world.0.held = Slot::all().take(10).map(|slot| (slot, None)).collect();
        world.settles(&[1, 2]);
        assert_eq!(sizes(&world), [27, 27]);
        assert_eq!(world.0.held.values().filter(|holder| holder.is_none()).count(), 10);
    }

    /// What happens to the instances.
    #[derive(Clone, Debug)]
    enum Turn {
        Joins(Instance),
        Leaves(Instance),
        /// Somebody acts on what stood some turns ago.
        ActsLate(Instance, usize),
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let number = 1..=9_u16;
        let turn = prop_oneof![
            number.clone().prop_map(Turn::Joins),
            number.clone().prop_map(Turn::Leaves),
            (number, 0..4_usize).prop_map(|(number, back)| Turn::ActsLate(number, back)),
        ];
        proptest::collection::vec(turn, 0..60)
    }

    proptest! {
        /// Whatever came before, whoever looks first: all slots are held within a few rounds, evenly; then nothing moves any more; and
        /// no more slots were moved than had to be.
        #[test]
        fn it_settles_evenly_moves_no_more_than_it_must_and_then_nothing(
            turns in turns(),
            order in Just((1..=9_u16).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut world = World::of(&[5]);
            let mut past = vec![world.0.clone()];
            for turn in turns {
                match turn {
                    Turn::Joins(number) => { world.0.members.insert(number, true); }
                    Turn::Leaves(number) if world.0.members.len() > 1 => world.leaves(number),
                    Turn::Leaves(_) => {}
                    Turn::ActsLate(number, back) => {
                        let saw = past[past.len().saturating_sub(back + 1)].clone();
                        if world.0.members.contains_key(&number) {
                            world.acts(number, &saw);
                        }
                    }
                }
                past.push(world.0.clone());
            }
            let due = world.0.due();
            let must: usize = due.iter().map(|(number, due)| due.saturating_sub(world.0.held_by(*number).count())).sum();
            let moved = world.settles(&order);
            prop_assert_eq!(moved, must);
            let sizes = sizes(&world);
            prop_assert_eq!(sizes.iter().sum::<usize>(), usize::from(SLOTS));
            prop_assert!(sizes.iter().max().unwrap_or(&0) - sizes.iter().min().unwrap_or(&0) <= 1);
            let before = world.0.clone();
            prop_assert_eq!(world.round(&order), 0);
            prop_assert_eq!(world.0, before);
        }
    }
}
