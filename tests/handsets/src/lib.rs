//! The simulated handsets: a small Twilio-compatible server with a page showing each phone.
