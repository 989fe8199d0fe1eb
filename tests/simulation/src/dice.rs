//! Chance that repeats itself: the same seed, the same throws (SplitMix64).

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A source of chance.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same for one seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Further dice that are independent of what is thrown with these later.
    pub fn split(&mut self) -> Self {
        Self(self.bits())
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `end - 1`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end.max(1) as u64) as usize
    }

    /// True so many times in a thousand.
    pub fn per_mille(&mut self, times: u32) -> bool {
        self.below(1000) < times as usize
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A stretch of time, both ends included.
    pub fn millis(&mut self, from: i64, to: i64) -> SignedDuration {
        let width = (to - from).max(0) as usize + 1;
        SignedDuration::from_millis(from + self.below(width) as i64)
    }

    /// A stretch of time, both ends included.
    pub fn secs(&mut self, from: i64, to: i64) -> SignedDuration {
        self.millis(from * 1000, to * 1000)
    }

    /// A stretch of time, both ends included.
    pub fn minutes(&mut self, from: i64, to: i64) -> SignedDuration {
        self.secs(from * 60, to * 60)
    }

    /// An instant between two.
    pub fn instant(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        from + self.millis(0, to.duration_since(from).as_millis() as i64)
    }

    /// An id.
    pub fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }

    /// A salt.
    pub fn salt(&mut self) -> [u8; 16] {
        *self.uuid().as_bytes()
    }
}
