//! Records about people: erased when due, found, given out, erased on request. Each story writes journals as services do.

mod cast;
mod holding;
mod retaining;
mod subjects;
mod terms;
