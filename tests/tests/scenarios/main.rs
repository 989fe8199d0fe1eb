//! Stories of whole days, from the outside: the JSON API, the broker, the texts and calls.

#![allow(missing_docs, reason = "each story says in its doc line which rules it shows")]

mod counts;
mod departing;
mod emergencies;
mod happy_day;
mod missed;
