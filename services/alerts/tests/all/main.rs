//! Stories of alerts: what happened, what is asked or heard, what follows.

mod arrivals;
mod cast;
mod climbing;
mod counts;
mod duress;
mod emergencies;
mod failing;
mod hearing;
mod owning;
mod random;
mod reached;
mod resolving;
mod safeguarding;
mod school;
mod views;
