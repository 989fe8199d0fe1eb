//! The only door to the outside: texts, calls, location.
