//! Stories of whole days, from the outside: the JSON API, the broker, the texts and calls.

#![allow(missing_docs, reason = "each story says in its doc line which rules it shows")]

mod alarm;
mod apart;
mod arrivals;
mod backups;
mod bad_input;
mod behind_nginx;
mod calls_in;
mod cluster;
mod counts;
mod degraded;
mod departing;
mod devices_out;
mod doctor;
mod drills;
mod emergencies;
mod faults;
mod figures;
mod happy_day;
mod killed;
mod late;
mod left_without_clearance;
mod lines;
mod location;
mod logs;
mod missed;
mod mqtt;
mod nats;
mod old_journals;
mod outsiders;
mod providers;
mod retention;
mod rules;
mod sharing;
mod soak;
mod spoofed;
mod staff_calls;
mod stand_by;
mod systemd;
mod time;
mod traces;

use end_to_end::{Extras, MORNING, Outing, Plan, World};

/// The real binary, as it is now.
const HOMEWARD: &str = env!("CARGO_BIN_EXE_homeward-under-test");

/// A party that is out at nine, each service a process of its own, with these tables in their configuration.
async fn out_apart(tables: String) -> (World, Outing) {
    let extras = Extras { tables, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Apart(HOMEWARD), extras).await;
    let outing = Outing::under_way(&mut world).await;
    (world, outing)
}
