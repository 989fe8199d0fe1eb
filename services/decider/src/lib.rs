//! The Service trait and the given/when/then kit: pure.
