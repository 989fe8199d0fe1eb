//! Raise, escalate, own, resolve.
