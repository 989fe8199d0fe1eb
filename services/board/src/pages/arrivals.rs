//! Pupils who travel directly to a provider: whose arrival is awaited, who confirmed it, and recording it with one click.
//! [FORM-6]

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use checkins::{Arrival, Checkins, Said, Stands};
use jiff::SignedDuration;
use proto::ids::{PupilId, TripId};
use proto::v1::checkins::{ArrivalWord, Command};
use proto::v1::trips::DirectTraveller;
use proto::values::{Personal, PhoneNumber};
use trips::PhaseName;

use super::act::{ask, see};
use super::cards::state_of;
use super::shell::Looking;
use crate::app::AppState;
use crate::auth::Posted;
use crate::forms::Reader;

/// Arrivals that are due within so long stand on the live board.
const SOON: SignedDuration = SignedDuration::from_hours(12);

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/{trip}/arrivals", post(record))
}

/// A pupil who travels directly, as a page shows it.
#[derive(Clone, Debug)]
pub(crate) struct ArrivalCard {
    pub(crate) trip: TripId,
    pub(crate) title: String,
    pub(crate) pupil: PupilId,
    /// Initials or first name.
    pub(crate) name: String,
    pub(crate) provider: String,
    /// Who there confirms it.
    pub(crate) contact: Option<String>,
    /// The provider's line: as it is dialled, as it is read.
    pub(crate) ring: Option<(String, String)>,
    pub(crate) due_at: String,
    pub(crate) due_clock: String,
    pub(crate) missed_at: String,
    /// As the countdown would say it.
    pub(crate) state: &'static str,
    pub(crate) missed: bool,
    /// It is confirmed, or the pupil isn't coming: the tag, and who said so and when.
    pub(crate) said: Option<(&'static str, &'static str, String)>,
    /// The trip was called off: is the pupil on the way all the same?
    pub(crate) called_off: bool,
}

/// Those of one trip, whoever is due first at the top.
pub(crate) fn of_trip(look: &Looking<'_>, trip: TripId) -> Vec<ArrivalCard> {
    let mut arrivals: Vec<_> = look.view.checkins.arrivals(trip).collect();
    arrivals.sort_by_key(|(pupil, arrival)| (arrival.due_at, *pupil));
    arrivals.into_iter().map(|(pupil, arrival)| card(look, trip, pupil, arrival)).collect()
}

/// Those that are awaited or missed, of all trips: what is missed first, then what is due first.
pub(crate) fn open(look: &Looking<'_>) -> Vec<ArrivalCard> {
    let soon = look.now.saturating_add(SOON).unwrap_or(look.now);
    let trips = look.view.checkins.trips_with_open_arrivals();
    let all = trips.flat_map(|trip| look.view.checkins.arrivals(trip).map(move |(p, a)| (trip, p, a)));
    let mut open: Vec<_> = all
        .filter(|(_, _, arrival)| match arrival.stands {
            Stands::Missed => true,
            Stands::Due => arrival.due_at <= soon,
            Stands::Arrived(_) | Stands::NotComing(_) => false,
        })
        .collect();
    open.sort_by_key(|(_, pupil, arrival)| (arrival.due_at, *pupil));
    open.into_iter().map(|(trip, pupil, arrival)| card(look, trip, pupil, arrival)).collect()
}

fn card(look: &Looking<'_>, trip: TripId, pupil: PupilId, arrival: &Arrival) -> ArrivalCard {
    let known = look.view.trips.trip(trip);
    let on_form = look.view.traveller(trip, pupil);
    let said = |word: &'static str, class, said: &Said| {
        let by = said.said_by.as_ref().map(|name| format!(", says {}", name.shown())).unwrap_or_default();
        let (at, written) = (look.when().at(said.at), look.view.person_name(said.by));
        Some((word, class, format!("{at}{by}; written down by {written}")))
    };
    let ring = |number: &PhoneNumber| (number.to_string(), number.national());
    ArrivalCard {
        trip,
        title: look.view.trip_title(trip),
        pupil,
        name: look.view.traveller_name(trip, pupil),
        provider: arrival.provider.to_string(),
        contact: on_form.and_then(|one| one.contact.as_ref()).map(Personal::shown),
        ring: on_form.and_then(|one| one.number.as_ref()).map(ring),
        due_at: arrival.due_at.to_string(),
        due_clock: look.when().at(arrival.due_at),
        missed_at: arrival.missed_at.to_string(),
        state: state_of(look.now, arrival.due_at, arrival.missed_at),
        missed: matches!(arrival.stands, Stands::Missed),
        said: match &arrival.stands {
            Stands::Arrived(word) => said("arrived", "good", word),
            Stands::NotComing(word) => said("not coming", "note", word),
            Stands::Due | Stands::Missed => None,
        },
        called_off: known.is_some_and(|known| known.phase_name() == PhaseName::Cancelled),
    }
}

/// What was said of a pupil. With one click: arrived, now, says the provider's contact.
async fn record(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let command = super::trip::read(&state, &posted, |reader| read(reader, &state, &posted, trip));
    let done = match command {
        Ok(command) => ask::<Checkins>(&state, &posted, "arrival", command).await,
        Err(trouble) => Err(trouble),
    };
    if done.is_ok() && posted.fields.get("back") == Some("/") {
        return see("/");
    }
    super::trip::after(&state, &posted, trip, done)
}

fn read(reader: &mut Reader<'_>, state: &AppState, posted: &Posted, trip: TripId) -> Option<Command> {
    let pupil = reader.id::<PupilId>("arrival.pupil", "Choose a pupil.");
    let word = reader.required("arrival.word", "Say what was said.", |text| match text {
        "arrived" => Ok(ArrivalWord::Arrived),
        "not_coming" => Ok(ArrivalWord::NotComing),
        "not_there" => Ok(ArrivalWord::NotThere),
        _ => Err("choose what was said"),
    });
    let said_by = reader.optional_text::<120>("arrival.said_by");
    let at = reader.optional_moment("arrival.at");
    let note = reader.optional_text::<2000>("arrival.note");
    let (pupil, word) = (pupil?, word?);
    let view = state.view_of(&posted.session);
    let contact = || match word {
        ArrivalWord::Arrived => view.traveller(trip, pupil)?.contact.clone(),
        ArrivalWord::NotComing | ArrivalWord::NotThere => None,
    };
    let (said_by, at, note) = (said_by?.map(Personal::known).or_else(contact), at?, note?);
    let at = at.unwrap_or_else(|| state.now());
    Some(Command::RecordArrival { trip, pupil, word, said_by, at, note: note.map(Personal::known) })
}

/// `AB to Oakfield Stables, due 09:30`.
pub(crate) fn on_form(look: &Looking<'_>, one: &DirectTraveller) -> (String, String) {
    let due = one.due_at.map_or_else(|| "no time yet".to_owned(), |at| format!("due {}", look.when().at(at)));
    let contact = one.contact.as_ref().map(|name| format!(", {} confirms it", name.shown()));
    let number = one.number.as_ref().map(|number| format!(" ({})", number.national()));
    let devices = one.devices.as_ref().map(|words| format!(". Devices there: {words}"));
    let more: String = [contact, number, devices].into_iter().flatten().collect();
    (one.name.shown(), format!("to {}, {due}{more}", one.provider))
}
