//! The whole of Homeward under test, from the outside.
//!
//! - [`World`]: Homeward on a clock that tests set, with the simulated handsets as its provider: within the test's own
//!   process, or as processes of the real binary ([`Plan`]), which may be killed at any moment.
//! - [`Watch`]: hears every service, keeps a copy of each one's state, knows when all is quiet.
//! - [`Someone`]: a person of the cast who acts.
//! - [`Locator`]: the location app of a work mobile.
//! - [`Browser`]: what pages say to somebody of the cast.
//! - [`Outing`]: the museum trip, from the form to the last device back.
//! - [`Books`]: the journals and the handsets, looked at after the day by nothing that took part in it.
//!
//! Time is set, never slept: [`World::at`] takes the clock through every due time, and waits at each until nothing is
//! under way. Any text or call that a story doesn't expect fails it.

mod apart;
mod asks;
mod backups;
mod books;
mod browser;
pub mod campaign;
mod days;
mod disk;
mod faults;
mod home;
mod http2;
pub mod instances;
pub mod kept;
mod link;
mod locator;
mod mail;
mod mqtt;
mod nginx;
mod outing;
mod process;
mod schools;
pub mod soak;
mod someone;
mod tls;
mod watch;
mod watchdog;
mod world;

pub use apart::Reserve;
pub use asks::Asks;
pub use backups::Errand;
pub use books::{Acknowledged, Books, Counts, Missed};
pub use browser::Browser;
pub use faults::{Fault, To};
pub use home::{DATABASE_PASSWORD, Engine, Extras, Outside, PASSWORD, Plan, Time, free_port};
pub use locator::{Fix, Locator};
pub use mail::MailServer;
pub use mqtt::Mqtt;
pub use nginx::{NAME as PROXY_NAME, Nginx, Wire};
pub use outing::{Outing, half_hourly, heads, issue, take_in};
pub use someone::{No, Someone};
pub use watch::{PATIENCE, Watch};
pub use watchdog::Watchdog;
pub use world::{MORNING, World};
