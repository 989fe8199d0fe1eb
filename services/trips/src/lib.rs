//! The trip form from draft to closed.
