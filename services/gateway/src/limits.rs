//! Every limit of the gateway's decisions, by name.

use jiff::SignedDuration;

/// The most tries of one attempt.
pub const MAX_TRIES: u16 = 4;

/// The wait before the second, third and fourth try, in seconds.
pub const RETRY_SECS: [i64; 3] = [2, 5, 15];

/// How long an alert's text or call is worth sending: after that the ladder has gone on.
pub const ALERT_VALID: SignedDuration = SignedDuration::from_mins(5);

/// How long an answer to a text is worth sending, from when it was said.
pub const REPLY_VALID: SignedDuration = SignedDuration::from_mins(10);

/// How long the text with a link is worth sending. (The link itself opens for longer.)
pub const PAGE_LINK_VALID: SignedDuration = SignedDuration::from_mins(60);

/// How long the text with the word for a further browser is worth sending: whoever asked for it waits.
pub const PAGE_WORD_VALID: SignedDuration = SignedDuration::from_mins(10);

/// The word for a further browser is texted again after so long at the earliest: until then the one that was texted opens.
pub const PAGE_WORD_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How long a test text is worth sending: whoever asked for it waits.
pub const TEST_TEXT_VALID: SignedDuration = SignedDuration::from_mins(10);

/// How long a test call to a line is worth making.
pub const LINE_TEST_VALID: SignedDuration = SignedDuration::from_mins(3);

/// How long it is worth telling that a line is back.
pub const LINE_NEWS_VALID: SignedDuration = SignedDuration::from_mins(30);

/// A worker that has not told how a request ended after so long has died: the attempt is in doubt.
pub const BEGUN_STUCK: SignedDuration = SignedDuration::from_secs(45);

/// So long an alert waits while nobody can say whether its text was sent; then alerts goes on to the next channel.
pub const DOUBT_PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// A call of which nothing more is heard for so long is over.
pub const CALL_STUCK: SignedDuration = SignedDuration::from_mins(3);

/// Answers to one stranger's number in any hour.
pub const STRANGER_REPLIES_PER_HOUR: usize = 2;

/// Answers to all strangers together in any hour: each one costs money.
pub const STRANGER_REPLIES_PER_HOUR_IN_ALL: usize = 60;

/// So long attempts are remembered, and texts that came in: nothing is worth sending, or answering, for as long, and no provider tells of one so
/// late. The journal has all of them.
pub const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The most of them that are remembered; the oldest are forgotten first.
pub const MAX_REMEMBERED: usize = 10_000;

/// The most ids of position messages that are remembered of one device, to tell repeats.
pub const MAX_POSITION_IDS: usize = 256;

/// The most characters of a provider's id, or of a sender as the provider writes it.
pub const MAX_PROVIDER_TEXT: usize = 100;

/// After so many faults in a row a provider counts as down for that channel.
pub const FAULTS_UNTIL_DOWN: u8 = 3;

/// The waits before a provider that is down is asked whether it is back, in seconds; the last one from then on.
pub const PROBE_SECS: [i64; 4] = [10, 20, 40, 60];

/// Whoever asked a provider and has not told how that ended after so long has died.
pub const PROBE_PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// So long an urgent alert waits while nobody can say whether it was sent; then another provider sends it as well.
pub const DOUBT_UNTIL_OTHER: SignedDuration = SignedDuration::from_secs(6);

/// The most texts to one phone in any hour, and of an emergency.
pub const TEXTS_PER_HOUR: usize = 40;
/// See [`TEXTS_PER_HOUR`].
pub const EMERGENCY_TEXTS_PER_HOUR: usize = 60;

/// The most calls to one phone in any hour, and of an emergency: carriers have blocked who rang sixteen times.
pub const CALLS_PER_HOUR: usize = 12;
/// See [`CALLS_PER_HOUR`].
pub const EMERGENCY_CALLS_PER_HOUR: usize = 15;

/// Answers to texts that were not understood, to one phone in any hour.
pub const UNCLEAR_REPLIES_PER_HOUR: usize = 4;

/// The most troubles of one attempt that are remembered.
pub const MAX_TROUBLES: usize = 8;

/// How long a copy in the mail is worth sending.
pub const EMAIL_VALID: SignedDuration = SignedDuration::from_mins(60);
