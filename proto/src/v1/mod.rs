//! Version 1 of every service's commands, events and refusals.
