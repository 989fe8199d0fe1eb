//! The printed cards, and what the form agrees to for them.

use axum::http::StatusCode;
use decider::Policy;
use decider::policy::OwnPhones;
use proto::envelope::Actor;
use proto::ids::{LineId, TripId};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::contacts::{Event as Contact, LineKind};
use proto::v1::people::{Event as People, Role};
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
        shows(
            &board,
            Trip::FormAuthorised {
                trip,
                form_hash: hash,
                by: pryce(),
                at: at(NINE),
                covers,
                arrivals: Vec::new(),
            },
        );
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

/// The school's policy from now on.
fn policy(board: &Alone, change: impl FnOnce(&mut Policy)) {
    let mut policy = Policy::default();
    change(&mut policy);
    let reason = "It was agreed".parse().expect("a note");
    let (settings, set) = (policy.settings(), policy.changed_from(&Policy::default()));
    let changed = People::PolicyChanged {
        by: pryce(),
        agreed_by: None,
        at: at(NINE),
        preset: None,
        set,
        settings,
        reason,
    };
    shows(board, changed);
}

/// PERS-6: off, silent, or nothing asked: cards, form and refusals say it as it is set; a family's daytime contact is the
/// office's number, whatever other settings open, and stands on no card where nothing is asked.
#[tokio::test]
async fn cards_and_forms_say_what_becomes_of_staffs_own_phones() {
    for (own_phones, words) in [
        (OwnPhones::Off, Some("Own phones are away, and off")),
        (OwnPhones::Silent, Some("Own phones are away, and silent")),
        (OwnPhones::AsTheyLike, None),
    ] {
        let board = told_of(form(), true).await;
        policy(&board, |policy| {
            policy.own_phones = own_phones;
            policy.work_mobiles_to_parents = true;
        });
        let cards = page(&board, &format!("/trips/{}/cards", museum())).await;
        let edit = page(&board, &format!("/trips/{}/edit", museum())).await;
        let read = page(&board, &format!("/trips/{}", museum())).await;
        for (place, text) in [("cards", &cards), ("the form", &edit), ("the form in words", &read)] {
            assert_eq!(
                words.is_some_and(|words| text.contains(words)),
                words.is_some(),
                "{place}, {words:?}"
            );
            assert_eq!(text.contains("Own phones are away"), words.is_some(), "{place}, {words:?}");
        }
        assert_eq!(cards.contains("data-card=\"staff-family\""), words.is_some());
        let daytime = format!("In the daytime families of staff ring {OFFICE}");
        assert_eq!(read.contains(&daytime), words.is_some(), "{read}");
        if words.is_some() {
            let family = card(&board, "staff-family").await;
            assert!(family.contains(OFFICE) && !family.contains(LEADERS), "{family}");
        }
    }
}

/// PERS-1: where pupils' own devices stay at school, the register asks for them by trip of the day, and whoever leaves is
/// asked; where they don't, neither is, and what is handed in all the same still has its pouch.
#[tokio::test]
async fn the_register_of_a_trip_day_follows_the_policy() {
    for stay in [true, false] {
        let board = told_of(form(), true).await;
        policy(&board, |policy| policy.pupil_devices_stay = stay);
        let register = page(&board, "/safeguarding/phones").await;
        assert_eq!(register.contains("data-asked"), stay, "{register}");
        assert_eq!(register.contains("0 of 24 handed in"), stay);
        assert_eq!(register.contains("ask for pupils"), !stay, "it says that nothing is asked");
        assert!(register.contains("name=\"pouch\""), "a pouch can be filled");
        let trip = page(&board, &format!("/trips/{}", museum())).await;
        assert_eq!(trip.contains("depart.own_phones_in"), stay);
    }
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

/// CONT-8: the form asks who rings parents, from school phones, and where records are kept out of hours; a form without isn't
/// read, and both stand in the printed form.
#[tokio::test]
async fn the_form_says_who_rings_parents_and_where_records_are_kept() {
    let board = told_of(form(), true).await;
    let blank = page(&board, "/trips/new").await;
    for asked in
        ["Say who rings parents, from school phones only. [CONT-8]", "home numbers are kept. [CONT-8]"]
    {
        assert!(blank.contains(asked), "the checklist asks: {asked}");
    }
    let printed = page(&board, &format!("/trips/{}", museum())).await;
    let form = form();
    for said in [&form.emergency.parents_rung_by, &form.emergency.records_kept_at] {
        assert!(printed.contains(said.as_str()), "{said} is printed");
    }
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
