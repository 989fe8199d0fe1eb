//! Traccar Client, the second free phone app: positions by HTTP, in the address, in a form or as JSON, as its versions do.
//! It has no password of its own: what it calls its device identifier is the device's name and password, `WM-014.…`.

pub mod http;
pub mod parse;
