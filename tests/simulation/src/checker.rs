//! checks
use crate::stats::Stats;
use crate::world::World;
pub(crate) fn check(_world: &mut World, _stats: &mut Stats) -> Vec<String> { Vec::new() }
