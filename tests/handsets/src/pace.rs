//! When the next step of a message or call may be taken, and how the server knows that nothing is under way.
//!
//! Whoever works holds a [`Busy`]; waiting for a person, or for a manual step, is done without one. A signal or ticket
//! carries the next `Busy` along, so that 'settled' never shines through a gap between two steps.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{config::Pace, world::Shared};

/// Proof that work is under way; dropping it may settle the server.
pub(crate) struct Busy(Arc<Shared>);

impl Busy {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        shared.change(|world| world.busy += 1);
        Self(shared.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.change(|world| world.busy -= 1);
    }
}

/// The steps that wait for [`crate::Handsets::step`], oldest first.
pub(crate) type Queue = VecDeque<oneshot::Sender<Busy>>;

/// The right to take the next step, once `wait` returns.
pub(crate) enum Ticket {
    Now(Busy, Duration),
    Manual(oneshot::Receiver<Busy>),
}

impl Ticket {
    /// Stands in line at once; `delay` counts at the realistic pace only.
    pub(crate) fn new(shared: &Arc<Shared>, delay: Duration) -> Self {
        match shared.config.pace {
            Pace::Immediate => Self::Now(Busy::new(shared), Duration::ZERO),
            Pace::Realistic => Self::Now(Busy::new(shared), delay),
            Pace::Manual => {
                let (sender, receiver) = oneshot::channel();
                shared.change(|world| world.waiting.push_back(sender));
                Self::Manual(receiver)
            }
        }
    }

    /// `None` when the server stops meanwhile.
    pub(crate) async fn wait(self) -> Option<Busy> {
        match self {
            Self::Now(busy, Duration::ZERO) => Some(busy),
            Self::Now(busy, delay) => {
                tokio::time::sleep(delay).await;
                Some(busy)
            }
            Self::Manual(turn) => turn.await.ok(),
        }
    }
}

/// Lets the oldest waiting step go on; false if none waits.
pub(crate) fn step(shared: &Arc<Shared>) -> bool {
    let next = shared.change(|world| world.waiting.pop_front());
    match next {
        Some(turn) => turn.send(Busy::new(shared)).is_ok() || step(shared),
        None => false,
    }
}
