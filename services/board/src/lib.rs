//! The web: live board, forms, the leader's page, JSON API, log-in.
