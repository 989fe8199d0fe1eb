//! The contract: ids, values, envelope, topics, and each service's commands, events and refusals.
