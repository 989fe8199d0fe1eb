//! The demonstration: a fictional school, its people and phones, and a trip under way whose next check-in falls due
//! within two minutes. Everything is commanded over the bus as the board would: no event is made up.
//!
//! The end-to-end tests begin from the same school.

mod cast;
mod seed;
mod trip;

pub use cast::{Cast, LANDLINE, Phone};
pub use seed::{Asking, SeedFault, seed_administrator, seed_care, seed_people_and_phones, seed_school};
pub use trip::{depart, everybody, goes_out, museum_form, start_museum_trip};

/// The demonstration's school.
pub const SCHOOL: &str = "elmfield";

/// Log-ins of the demonstration: (log-in, password, who).
pub const LOGINS: [(&str, &str, &str); 5] = [
    ("leader", "demo-leader-1", "Ines Okafor, visit leader"),
    ("office", "demo-office-1", "Pat Winterbourne, office"),
    ("senior", "demo-senior-1", "Marcus Bell, senior leader"),
    ("head", "demo-head-1", "Ruth Adeyemi, headteacher and administrator"),
    ("dsl", "demo-dsl-1", "Karin Lindqvist, safeguarding lead"),
];

/// The simulated provider that `make run` starts beside it (tests/handsets/handsets.json has the same values).
pub const CONFIG: &str = r#"
drama_numbers = true
[server]
listen = "127.0.0.1:8080"
[data]
dir = "var/demo"
[twilio]
account_sid = "AC00000000000000000000000000000001"
auth_token = "simulated-handsets-token"
base_url = "http://127.0.0.1:8081"
from = "+441632960000"
# Whoever tries it out has no app at hand: its passwords stand on the terminal anyway.
[log_in]
second_factor_for = []
[schools.elmfield]
name = "Elmfield School"
"#;
