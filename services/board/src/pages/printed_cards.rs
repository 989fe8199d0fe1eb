//! Emergency cards for print: one for each audience of a trip, with the numbers that it may have. [CONT-3, CONT-5]
//!
//! Which those are `contacts::card` answers; here they get names, and a few words that hold whatever happens.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use contacts::{Card, CardNumber, NumberOf, Printed};
use proto::ids::TripId;
use proto::v1::contacts::Audience;
use trips::Trip;

use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use crate::app::AppState;
use crate::auth::Session;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/{trip}/cards", get(show))
}

#[derive(Template)]
#[template(path = "trip/cards.html")]
struct CardsPage {
    shell: Shell,
    id: TripId,
    title: String,
    when: String,
    school: String,
    authorised: bool,
    cards: Vec<PrintedCard>,
}

/// One card.
struct PrintedCard {
    /// For whom.
    of: &'static str,
    class: &'static str,
    /// What to do, in order.
    words: &'static [&'static str],
    /// What the school asks of staff's own phones. [PERS-6]
    own_phones: Option<&'static str>,
    numbers: Vec<Line>,
    /// For whoever prints it: what it doesn't show, and why.
    left_out: Vec<String>,
}

struct Line {
    who: String,
    number: String,
    /// On screen only.
    why: String,
}

/// The cards, in the order in which they are handed out.
const CARDS: [(Audience, &str, &str, &[&str]); 5] = [
    (
        Audience::StaffOffSite,
        "Staff",
        "staff",
        &[
            "In danger: dial 999 first.",
            "Text SOS for help, LOST for a lost child, OK and your count (OK 31) when all is well, LATE 20 if you run late.",
            "Then ring, in this order:",
        ],
    ),
    (
        Audience::Pupil,
        "Pupils",
        "pupil",
        &[
            "In danger: dial 999.",
            "Lost: stay where you are, and ask somebody who works there.",
            "Then ring, in this order:",
        ],
    ),
    (
        Audience::Parent,
        "Parents and carers",
        "family",
        &["You reach your child, and the staff, through the school.", "Ring, in this order:"],
    ),
    (
        Audience::HostOrganisation,
        "Host organisation",
        "host",
        &["In danger: dial 999 first.", "Then ring, in this order:"],
    ),
    (
        Audience::StaffFamily,
        "Families of staff",
        "staff-family",
        &["In the daytime you reach whoever is on this trip through the school.", "Ring, in this order:"],
    ),
];

async fn show(State(state): State<AppState>, session: Session, Path(trip): Path<TripId>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let Some(known) = view.trips.trip(trip) else { return missing(&look, Place::Trips, "trip") };
    page(StatusCode::OK, &gather(&look, trip, known))
}

fn gather(look: &Looking<'_>, id: TripId, trip: &Trip) -> CardsPage {
    let authorised = trip.standing_authorisation().is_some();
    let printed = Printed { trip: id, form: &trip.form, authorised, policy: &look.view.school.policy };
    let own_phones = look.view.school.policy.own_phones.words();
    let is_wanted = |audience: Audience| match audience {
        Audience::HostOrganisation => trip.form.host.is_some(),
        Audience::StaffFamily => own_phones.is_some(),
        Audience::StaffOffSite | Audience::Base | Audience::Pupil | Audience::Parent => true,
    };
    let card = |(audience, of, class, words)| {
        let Card { numbers, left_out } = contacts::card(&look.view.contacts, audience, &printed);
        let numbers = numbers.into_iter().map(|number| line(look, number)).collect();
        let own_phones = own_phones.filter(|_| audience == Audience::StaffOffSite);
        PrintedCard { of, class, words, own_phones, numbers, left_out }
    };
    CardsPage {
        shell: look.shell(Place::Trips),
        id,
        title: trip.shown_title(),
        when: look.when().window(trip.form.window),
        school: look.view.school.name.to_string(),
        authorised,
        cards: CARDS.into_iter().filter(|(audience, ..)| is_wanted(*audience)).map(card).collect(),
    }
}

fn line(look: &Looking<'_>, number: CardNumber) -> Line {
    let who = match number.of {
        NumberOf::Line(line) => look.view.line_name(line),
        NumberOf::Person(person) => look.view.person_name(person),
    };
    // The name stands beside the number: it isn't said again.
    let why = number.why.strip_prefix(&format!("{who}: ")).unwrap_or(&number.why);
    let mut letters = why.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let why = format!("{first}{}", letters.as_str());
    Line { who, number: number.number.national(), why }
}
