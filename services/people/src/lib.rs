//! Who works here, roles, agreements, who is on call.
