//! Numbers without gaps, chains that hold, each cause once, and a state that is a function of the journal.

use std::collections::BTreeSet;

use decider::Service;

use super::{Read, read};
use crate::node::ServiceNode;

pub(super) fn check<S: Service>(node: &ServiceNode<S>, broken: &mut Vec<String>) -> Vec<Read<S::Event>> {
    let mut chain = node.empty_chain();
    let mut events = Vec::new();
    let mut state = S::State::default();
    for entry in &node.journal {
        if let Err(link) = chain.follow(entry) {
            broken.push(link.to_string());
        }
        match read::<S>(entry) {
            Ok(Some(read)) => {
                S::evolve(&mut state, &read.event);
                events.push(read);
            }
            Ok(None) => {}
            Err(why) => broken.push(why),
        }
    }
    let as_read: Vec<&S::Event> = events.iter().map(|read| &read.event).collect();
    if as_read != node.events.iter().collect::<Vec<_>>() {
        broken.push(format!("{}: an event reads otherwise than it was decided", S::NAME));
    }
    if state != node.state {
        broken.push(format!(
            "{}: the journal leads to another state than that of one that never stopped",
            S::NAME
        ));
    }
    each_cause_once(S::NAME.as_str(), &events, broken);
    events
}

/// What one command or one piece of news led to stands together: asked or heard again, it leads to nothing.
fn each_cause_once<E: std::fmt::Debug>(name: &str, events: &[Read<E>], broken: &mut Vec<String>) {
    let mut over = BTreeSet::new();
    let mut last = None;
    for read in events {
        if last != Some((read.cause, read.at)) {
            if !over.insert(read.cause) {
                broken.push(format!("{name}: {} led to something twice: {:?}", read.cause, read.event));
            }
            last = Some((read.cause, read.at));
        }
    }
}
