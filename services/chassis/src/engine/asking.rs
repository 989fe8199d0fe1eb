//! Which replays an engine waits for; when each is asked for is its host's to say.

use decider::Service;
use proto::topics::ServiceName;

use super::Engine;

impl<S: Service> Engine<S> {
    /// The number from which that producer is to be asked, as long as an answer is open.
    pub fn ask_again(&mut self, of: ServiceName) -> Option<u64> {
        self.listener.ask_again(of)
    }

    /// Whether an answer of that producer is open.
    pub fn is_asking(&self, of: ServiceName) -> bool {
        self.listener.is_asking(of)
    }
}
