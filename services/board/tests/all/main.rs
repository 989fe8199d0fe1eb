//! The board: log-in, roles, forged requests, the API and its document, the stream, the phone page's door, what is shown
//! to whom. The world is real: an embedded broker, hosts of the services, a database of log-ins.

mod access;
mod api;
mod cast;
mod database;
mod history;
mod large;
mod lists;
mod log_in;
mod oidc;
mod openapi;
mod phone;
mod printed_cards;
mod provider;
mod records;
mod routes;
mod safeguarding;
mod second_factor;
mod start;
mod stream;
mod view;
mod world;
