//! The way of a device: which of its fixes is believed, and what is odd about each. None moves last-seen back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proto::v1::checkins::FixLabel;
use proto::v1::gateway::clock_was_never_set;
use proto::values::Position;
use serde::{Deserialize, Serialize};

use crate::area::{Fence, distance_m};

/// A fix that arrives so long after it was taken is late, in seconds.
pub const LATE_FIX_SECS: i64 = 5 * 60;

/// A phone's clock may be ahead by so much, in seconds, before it is said to be wrong.
pub const FIX_AHEAD_SECS: i64 = 60;

/// From this accuracy on a fix is coarse, in metres.
pub const COARSE_FROM_M: f64 = 1_000.0;

/// Nobody travels faster by coach, train or foot, in metres a second. (A flight is one jump, borne out by the next fix.)
pub const MAX_SPEED_M_S: f64 = 100.0;

/// At this charge, in percent, a battery is low.
pub const BATTERY_LOW_PERCENT: u8 = 20;

/// At this charge, in percent, it was charged: when it is low again, that is told again.
pub const BATTERY_CHARGED_PERCENT: u8 = 30;

/// The way of a device.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Track {
    /// The newest fix that is believed.
    pub position: Position,
    /// When it was taken, by the device, capped at its receipt.
    pub fix_at: Timestamp,
    /// What is odd about it.
    pub labels: BTreeSet<FixLabel>,
    /// The newest that wasn't coarse, if that is another one.
    pub sharp: Option<(Position, Timestamp)>,
    /// A jump that nothing has borne out yet.
    pub(crate) doubted: Option<(Position, Timestamp)>,
    /// When anything was last heard from the device.
    pub heard_at: Timestamp,
    /// Silence counts from here: the last sign of it, or the end of an outage.
    pub(crate) counted_from: Timestamp,
    /// It was reported silent.
    pub silent: bool,
    /// Its charge in percent, as it said last.
    pub battery_percent: Option<u8>,
    /// It was reported low, and not charged since.
    pub battery_low: bool,
    /// One for each destination, in the form's order.
    pub(crate) fences: Vec<Fence>,
}

/// A fix, as it counts.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Judged {
    pub(crate) fix_at: Timestamp,
    pub(crate) labels: BTreeSet<FixLabel>,
    /// It moves nothing.
    pub(crate) stale: bool,
}

/// Judges a fix against what came before. None for one that is known already.
pub(crate) fn judge(
    track: Option<&Track>,
    position: Position,
    clock: Timestamp,
    received_at: Timestamp,
) -> Option<Judged> {
    let unset = clock_was_never_set(clock);
    let ahead = clock.duration_since(received_at).as_secs() > FIX_AHEAD_SECS;
    // A device can't have been anywhere later than its news came.
    let fix_at = if unset { received_at } else { clock.min(received_at) };
    if track.is_some_and(|track| track.fix_at == fix_at && track.position == position) {
        return None;
    }
    let out_of_order = track.is_some_and(|track| fix_at <= track.fix_at);
    let jump = !out_of_order && track.is_some_and(|track| track.doubts(position, fix_at));
    let found = [
        (FixLabel::Late, received_at.duration_since(fix_at).as_secs() > LATE_FIX_SECS),
        (FixLabel::OutOfOrder, out_of_order),
        (FixLabel::ClockAhead, ahead),
        (FixLabel::ClockUnset, unset),
        (FixLabel::Jump, jump),
        (FixLabel::Coarse, position.accuracy_m >= COARSE_FROM_M),
    ];
    let labels = found.into_iter().filter_map(|(label, is_so)| is_so.then_some(label)).collect();
    Some(Judged { fix_at, labels, stale: out_of_order || jump })
}

impl Track {
    pub(crate) fn starting(position: Position, fix_at: Timestamp, heard_at: Timestamp, areas: usize) -> Self {
        Self {
            position,
            fix_at,
            labels: BTreeSet::new(),
            sharp: None,
            doubted: None,
            heard_at,
            counted_from: heard_at,
            silent: false,
            battery_percent: None,
            battery_low: false,
            fences: vec![Fence::default(); areas],
        }
    }

    /// Whether nobody gets there so fast, and the fix before it wasn't there already.
    fn doubts(&self, position: Position, fix_at: Timestamp) -> bool {
        let absurd = |from: (Position, Timestamp)| is_absurd(from, (position, fix_at));
        absurd((self.position, self.fix_at)) && self.doubted.is_none_or(absurd)
    }

    /// Takes a fix that is believed.
    pub(crate) fn believe(&mut self, position: Position, fix_at: Timestamp, labels: &BTreeSet<FixLabel>) {
        if !self.labels.contains(&FixLabel::Coarse) {
            self.sharp = Some((self.position, self.fix_at));
        }
        self.position = position;
        self.fix_at = fix_at;
        self.labels.clone_from(labels);
        self.doubted = None;
        if !labels.contains(&FixLabel::Coarse) {
            self.sharp = None;
        }
    }

    /// Takes in what it says of its battery; charged, it may be reported low again.
    pub(crate) fn note_battery(&mut self, percent: Option<u8>, charging: Option<bool>) {
        self.battery_percent = percent.or(self.battery_percent);
        if charging == Some(true) || percent.is_some_and(|p| p >= BATTERY_CHARGED_PERCENT) {
            self.battery_low = false;
        }
    }
}

/// Whether nobody gets from one to the other in that time, however far both are off. At least a second has passed.
fn is_absurd((from, left_at): (Position, Timestamp), (to, reached_at): (Position, Timestamp)) -> bool {
    let apart_m = distance_m(from.point, to.point) - from.accuracy_m.abs() - to.accuracy_m.abs();
    let secs = reached_at.duration_since(left_at).as_secs_f64().abs().max(1.0);
    apart_m / secs > MAX_SPEED_M_S
}
