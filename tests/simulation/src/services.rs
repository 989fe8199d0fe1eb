//! The eight services, by name.

use std::sync::Arc;

use chassis::school::School;
use jiff::Timestamp;
use proto::topics::ServiceName;

use crate::dice::Dice;
use crate::node::ServiceNode;

/// Every service that keeps a journal.
pub const NAMES: [ServiceName; 8] = [
    ServiceName::People,
    ServiceName::Devices,
    ServiceName::Trips,
    ServiceName::Checkins,
    ServiceName::Contacts,
    ServiceName::Safeguarding,
    ServiceName::Alerts,
    ServiceName::Gateway,
];

pub(crate) struct Services {
    pub(crate) people: ServiceNode<people::People>,
    pub(crate) devices: ServiceNode<devices::Devices>,
    pub(crate) trips: ServiceNode<trips::Trips>,
    pub(crate) checkins: ServiceNode<checkins::Checkins>,
    pub(crate) contacts: ServiceNode<contacts::Contacts>,
    pub(crate) safeguarding: ServiceNode<safeguarding::Safeguarding>,
    pub(crate) alerts: ServiceNode<alerts::Alerts>,
    pub(crate) gateway: ServiceNode<gateway::Gateway>,
}

impl Services {
    pub(crate) fn new(school: &Arc<School>, dice: &mut Dice, now: Timestamp) -> Self {
        Self {
            people: ServiceNode::new(school, dice, now),
            devices: ServiceNode::new(school, dice, now),
            trips: ServiceNode::new(school, dice, now),
            checkins: ServiceNode::new(school, dice, now),
            contacts: ServiceNode::new(school, dice, now),
            safeguarding: ServiceNode::new(school, dice, now),
            alerts: ServiceNode::new(school, dice, now),
            gateway: ServiceNode::new(school, dice, now),
        }
    }
}

/// The same call on the service of that name.
macro_rules! on {
    ($services:expr, $name:expr, $node:ident => $call:expr) => {
        match $name {
            ServiceName::People => {
                let $node = &mut $services.people;
                $call
            }
            ServiceName::Devices => {
                let $node = &mut $services.devices;
                $call
            }
            ServiceName::Trips => {
                let $node = &mut $services.trips;
                $call
            }
            ServiceName::Checkins => {
                let $node = &mut $services.checkins;
                $call
            }
            ServiceName::Contacts => {
                let $node = &mut $services.contacts;
                $call
            }
            ServiceName::Safeguarding => {
                let $node = &mut $services.safeguarding;
                $call
            }
            ServiceName::Alerts => {
                let $node = &mut $services.alerts;
                $call
            }
            ServiceName::Gateway => {
                let $node = &mut $services.gateway;
                $call
            }
            ServiceName::Board => unreachable!("the board keeps no journal"),
        }
    };
}
pub(crate) use on;
