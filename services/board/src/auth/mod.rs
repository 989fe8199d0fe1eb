//! Who is who: log-in, sessions, bearer tokens; and who may ask what.
//!
//! - [`Session`]: a person who logged in by browser. As an extractor it sends anybody else to the log-in page.
//! - [`Posted`]: a form sent by such a person from one of our own pages. Every handler of a POST takes it.
//! - [`Uploaded`]: the same with a file.
//! - [`Bearer`]: a client of the API with a token.
//! - [`roles`]: the one table of who may ask what.
//! - [`guard`]: requests forged by other sites are turned away before any handler.
//!
//! A password opens a session ([`log_in`]), and so does an account elsewhere that was linked ([`oidc`]); where a second factor is owed, a session of ten minutes that opens the page of its
//! code alone ([`HalfWay`]).
//!
//! Roles are looked up in the view at each request: whoever leaves the school is out at once. Who loses a role has no session any more ([`revoked`]).

pub(crate) mod bearer;
mod cookie;
mod create;
pub(crate) mod factor;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod guard;
mod limits;
mod log_in;
mod network;
pub(crate) mod oidc;
pub(crate) mod own;
mod passwords;
mod posted;
pub(crate) mod revoked;
pub mod roles;
pub(crate) mod second_factor;
pub(crate) mod session;
mod tokens;
mod uploaded;

pub(crate) use bearer::token as bearer_token;
pub use bearer::{ApiReader, Bearer};
pub(crate) use cookie::PhoneCookie;
pub use create::{CreateLoginFault, create_login};
pub(crate) use factor::HalfWay;
pub use limits::{
    BEFORE_IT_IS_GUESSING, CODES_IN_A_ROW, CODES_OF_STRANGERS, FEW_TRIES, Limits, TRIES_IN_A_ROW,
};
pub use log_in::{Credentials, LogInRefused, LoggedIn, log_in, log_out};
pub(crate) use log_in::{log_in_client, revoke};
pub use network::Network;
pub use oidc::{AccountBy, LogInBy, OidcConfig, PasswordsFor};
pub use own::forget_second_factor;
pub use passwords::{BadPassword, MIN_PASSWORD, Passwords};
pub use posted::{Fields, MAX_FORM_BYTES, Posted};
pub use session::{IDLE, LONGEST, Session};
pub(crate) use tokens::{new_secret, stored};
pub use uploaded::Uploaded;
