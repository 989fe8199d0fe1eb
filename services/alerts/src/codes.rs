//! Reply codes: three digits that a person texts back to own a case.

use decider::Context;
use jiff::SignedDuration;
use proto::v1::alerts::ReplyCode;

use crate::state::{CodeUse, State};

const FIRST: u16 = 100;
const LAST: u16 = 999;

/// A code for a case that opens now. It follows from what caused the case; no open case has it, and none had it within the
/// school's cool-down (a reply to an old text must not own a new case). When all 900 are in use, one that is cooling
/// down; when 900 cases are open, one that is shared (see [`crate::take`]).
pub(crate) fn next(state: &State, context: &Context<'_>) -> ReplyCode {
    let count = LAST - FIRST + 1;
    let hash = blake3::hash(context.cause.as_bytes());
    let begin = u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % count;
    let codes = || (0..count).map(move |n| ReplyCode(FIRST + (begin + n) % count));
    let used = |code: &ReplyCode| state.codes.get(code);
    codes()
        .find(|code| used(code).is_none_or(|u| is_cool(u, context)))
        .or_else(|| codes().find(|code| used(code).is_none_or(|u| u.open.is_empty())))
        .unwrap_or(ReplyCode(FIRST + begin))
}

fn is_cool(used: &CodeUse, context: &Context<'_>) -> bool {
    let cool_down = SignedDuration::from_secs(i64::from(context.policy.code_cool_down_secs));
    used.open.is_empty() && used.resolved.is_none_or(|(_, at)| context.now.duration_since(at) >= cool_down)
}
