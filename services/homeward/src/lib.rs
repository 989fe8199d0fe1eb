//! The binary: composes, configures, embeds the broker.
