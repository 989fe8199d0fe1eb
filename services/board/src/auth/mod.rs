//! Who is who: log-in, sessions, bearer tokens; and who may ask what.
//!
//! - [`Session`]: a person who logged in by browser. As an extractor it sends anybody else to the log-in page.
//! - [`Posted`]: a form sent by such a person from one of our own pages. Every handler of a POST takes it.
//! - [`Uploaded`]: the same with a file.
//! - [`Bearer`]: a client of the API with a token.
//! - [`roles`]: the one table of who may ask what.
//! - [`guard`]: requests forged by other sites are turned away before any handler.
//!
//! Roles are looked up in the view at each request: whoever leaves the school is out at once.

mod bearer;
mod cookie;
pub mod guard;
mod limits;
mod log_in;
mod passwords;
mod posted;
pub mod roles;
mod session;
mod tokens;
mod uploaded;

pub(crate) use bearer::token as bearer_token;
pub use bearer::{ApiReader, Bearer};
pub use limits::{Limits, TRIES_IN_A_ROW};
pub(crate) use log_in::revoke;
pub use log_in::{CreateLoginFault, Credentials, LogInRefused, LoggedIn, create_login, log_in, log_out};
pub use passwords::{BadPassword, MIN_PASSWORD, Passwords};
pub use posted::{Fields, MAX_FORM_BYTES, Posted};
pub use session::{IDLE, LONGEST, Session};
pub use uploaded::Uploaded;
