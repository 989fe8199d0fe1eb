//! What is due, what came, what was missed; positions, areas.
