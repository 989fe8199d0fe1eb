//! The instances, as the gateway's door sees them.

use std::sync::Arc;

use chassis::lease::Slot;
use chassis::lease::division::Instance;
use chassis::lease::standing::Standing;
use chassis::school::School;
use gateway::Whose;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use tokio::sync::watch;

use super::{Joined, Known};

/// Whose school is whose.
pub(crate) struct Peers {
    me: Instance,
    known: watch::Receiver<Arc<Known>>,
    standing: Standing,
    schools: Vec<SchoolId>,
}

impl Peers {
    pub(crate) fn new(joined: &Joined, schools: &[Arc<School>]) -> Option<Self> {
        let mut schools: Vec<_> = schools.iter().map(|school| school.id.clone()).collect();
        schools.sort();
        let standing = joined.standing(ServiceName::Gateway)?;
        Some(Self { me: joined.terms.me, known: joined.known(), standing, schools })
    }
}

impl gateway::Instances for Peers {
    fn whose(&self, school: &SchoolId) -> Whose {
        let slot = Slot::of(school);
        if self.standing.slots().contains(&slot) {
            return Whose::Ours;
        }
        let known = Arc::clone(&self.known.borrow());
        let holder =
            known.seen.services.get(&ServiceName::Gateway).and_then(|sight| *sight.held.get(&slot)?);
        let address =
            holder.filter(|holder| *holder != self.me).and_then(|holder| known.seen.addresses.get(&holder));
        address.map_or(Whose::Nobodys, |address| Whose::At(address.clone()))
    }

    fn others(&self) -> Vec<String> {
        let known = Arc::clone(&self.known.borrow());
        let Some(sight) = known.seen.services.get(&ServiceName::Gateway) else { return Vec::new() };
        let others = sight.members.keys().filter(|number| **number != self.me);
        others.filter_map(|number| known.seen.addresses.get(number).cloned()).collect()
    }

    fn schools(&self) -> &[SchoolId] {
        &self.schools
    }
}
