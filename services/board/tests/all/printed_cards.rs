//! The printed cards, and what the form agrees to for them.

use axum::http::StatusCode;
use proto::envelope::Actor;
use proto::ids::{LineId, TripId};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::contacts::{Event as Contact, LineKind};
use proto::v1::people::Role;
use proto::v1::trips::{Event as Trip, HostContact, TourNumbers, TripForm, TripKind};
use proto::values::{PhoneNumber, WeeklyHours};
use trips::form::form_hash;

use crate::cast::*;
use crate::world::{Alone, school};

const OFFICE: &str = "01632 960100";
const LEADERS: &str = "07700 900001";

fn shows(board: &Alone, event: impl Into<AnyEvent>) {
    let actor = Actor::Service(ServiceName::Trips);
    board.board.state.view().apply_next(&school().id, at(NINE), actor, event);
}

fn tour() -> TripForm {
    let mut form = form();
    form.kind = TripKind::Tour;
    form.emergency.tour_numbers = Some(TourNumbers { agreed_by: pryce(), whose: vec![okafor()] });
    let organisation = label("Brook Hall");
    form.host = Some(HostContact { organisation, contact: None, number: None, informed_on: None });
    form
}

/// A board that was told of that form, and perhaps that it is authorised.
async fn told_of(form: TripForm, authorised: bool) -> Alone {
    let board = Alone::new().await;
    shows(&board, added(okafor(), "Ines Okafor", &[Role::Leader]));
    shows(&board, added(pryce(), "Ruth Pryce", &[Role::Senior]));
    let office = PhoneNumber::parse(OFFICE).expect("a drama number");
    let (hours, name, line) = (WeeklyHours::default(), label("School office"), LineId(uuid::Uuid::nil()));
    shows(
        &board,
        Contact::LineAdded {
            line,
            name,
            kind: LineKind::Landline,
            number: office,
            hours,
            ring_secs: proto::values::RingSecs::default(),
        },
    );
    let (device, person) = (mobile(), Some(okafor()));
    shows(&board, Contact::WorkMobileNoted { device, number: number(), person, in_service: true });
    let (trip, hash) = (museum(), form_hash(&form));
    shows(
        &board,
        Contact::TripNoted {
            trip,
            form_hash: hash,
            kind: form.kind,
            window: form.window,
            leader: form.leader,
            deputy: form.deputy,
            staff: vec![okafor()],
            emergency: Box::new(form.emergency.clone()),
        },
    );
    let covers = vec![form.window];
    shows(&board, Trip::DraftSaved { trip, form: Box::new(form), form_hash: hash });
    if authorised {
        shows(&board, Trip::FormSubmitted { trip, form_hash: hash, at: at(NINE) });
        shows(&board, Trip::FormAuthorised { trip, form_hash: hash, by: pryce(), at: at(NINE), covers });
    }
    board.login_for(okafor(), "ines.okafor").await;
    board
}

async fn page(board: &Alone, path: &str) -> String {
    let cookie = board.cookie("ines.okafor").await;
    let (status, body) = board.get(path, &[("cookie", &cookie)]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body.as_str().expect("HTML").to_owned()
}

/// The cards of the trip, by their class.
async fn card(board: &Alone, class: &str) -> String {
    let all = page(board, &format!("/trips/{}/cards", museum())).await;
    let from =
        all.find(&format!("data-card=\"{class}\"")).unwrap_or_else(|| panic!("no card {class}: {all}"));
    all[from..].split("</section>").next().expect("a card").to_owned()
}

/// CONT-3, CONT-5: the cards of a day visit: work mobiles stand on the staff's card alone.
#[tokio::test]
async fn only_the_staffs_card_prints_work_mobiles() {
    let board = told_of(form(), true).await;
    assert!(card(&board, "staff").await.contains(LEADERS));
    for class in ["pupil", "family"] {
        let card = card(&board, class).await;
        assert!(card.contains(OFFICE) && !card.contains(LEADERS), "{class}: {card}");
        assert!(card.contains("CONT-5"), "whoever prints it reads why: {card}");
    }
    let all = page(&board, &format!("/trips/{}/cards", museum())).await;
    assert!(!all.contains("data-card=\"host\""), "there is no host");
}

/// CONT-5: on a tour the pupils' card prints what the authorised form agrees to; families and hosts go by the setting.
#[tokio::test]
async fn the_pupils_card_of_a_tour_prints_what_was_agreed() {
    let board = told_of(tour(), true).await;
    let pupils = card(&board, "pupil").await;
    let (office, leader) = (pupils.find(OFFICE), pupils.find(LEADERS));
    assert!(office.is_some() && office < leader, "the school first: {pupils}");
    for class in ["family", "host"] {
        assert!(!card(&board, class).await.contains(LEADERS), "{class}");
    }
    let waiting = told_of(tour(), false).await;
    assert!(!card(&waiting, "pupil").await.contains(LEADERS), "nothing is agreed before it is authorised");
}

/// CONT-5: the form shows who agreed and whose numbers; so does the form in words.
#[tokio::test]
async fn the_form_shows_what_was_agreed() {
    let board = told_of(tour(), false).await;
    let form = page(&board, &format!("/trips/{}/edit", museum())).await;
    let part = form.split("emergency.tour_numbers.agreed_by").nth(1).expect("the field is there");
    assert!(part.contains(&format!("value=\"{}\" selected", pryce())), "{part}");
    let words = page(&board, &format!("/trips/{}", museum())).await;
    assert!(words.contains("Ines Okafor, as agreed by Ruth Pryce"), "{words}");
    let unknown = page_status(&board, &format!("/trips/{}/cards", TripId::new())).await;
    assert_eq!(unknown, StatusCode::NOT_FOUND);
}

async fn page_status(board: &Alone, path: &str) -> StatusCode {
    let cookie = board.cookie("ines.okafor").await;
    board.get(path, &[("cookie", &cookie)]).await.0
}
