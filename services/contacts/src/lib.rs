//! Lines, opening hours, line health, routes.
