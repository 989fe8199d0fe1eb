//! Pupils who travel directly to a provider: each one's arrival is due at a time, and confirmed by the provider. [FORM-6]
//!
//! - The watch begins when the form is authorised, not when the party leaves: a pupil is on the way on their own, whatever the
//!   coach does. A party that left without an authorised form begins it too.
//! - A change that voids the authorisation ends nothing: what was authorised last is due until another form is.
//! - A trip that is called off ends what is due on a later day. Who is due that day may be on the way already: a person says
//!   that they aren't coming.
//! - Nothing of it hangs on the party's return: a trip may close while an arrival is still to be confirmed.
//!
//! What was said stays: a page and a print show who confirmed it, and when.

use std::collections::BTreeMap;

use decider::{Context, News};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{PersonId, PupilId, TripId};
use proto::v1::checkins::{ArrivalWord, Event, Refusal};
use proto::v1::trips::ArrivalDue;
use proto::values::{Label, Name, Note, Personal};
use serde::{Deserialize, Serialize};

use crate::course::plus;
use crate::decide::{CLOCK_AHEAD_SECS, named_person};
use crate::state::{Alarm, State};

/// An arrival is confirmed so long before it is due at the earliest, in hours: not for another day's journey.
const EARLIEST_HOURS: i64 = 12;

/// Those who travel directly, by trip and pupil.
pub(crate) type Arrivals = BTreeMap<TripId, BTreeMap<PupilId, Arrival>>;

/// A pupil who travels directly to a provider.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Arrival {
    /// Where to.
    pub provider: Label,
    /// When the arrival is due.
    pub due_at: Timestamp,
    /// When it is missed.
    pub missed_at: Timestamp,
    /// Where it stands.
    pub stands: Stands,
}

/// Where an arrival stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Stands {
    /// It is awaited.
    Due,
    /// Nobody confirmed it in time.
    Missed,
    /// The provider says that the pupil is there.
    Arrived(Said),
    /// The pupil is known not to travel.
    NotComing(Said),
}

/// What was said of an arrival.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Said {
    /// What.
    pub(crate) word: ArrivalWord,
    /// Who said so.
    pub said_by: Option<Personal<Name>>,
    /// When the pupil arrived, or when it was said.
    pub at: Timestamp,
    /// Who wrote it down.
    pub by: PersonId,
}

/// What base writes down.
pub(crate) struct Record {
    pub(crate) trip: TripId,
    pub(crate) pupil: PupilId,
    pub(crate) word: ArrivalWord,
    pub(crate) said_by: Option<Personal<Name>>,
    pub(crate) at: Timestamp,
    pub(crate) note: Option<Personal<Note>>,
}

impl Arrival {
    fn is_open(&self) -> bool {
        match self.stands {
            Stands::Due | Stands::Missed => true,
            Stands::Arrived(_) | Stands::NotComing(_) => false,
        }
    }

    fn as_due(&self, pupil: PupilId) -> ArrivalDue {
        ArrivalDue { pupil, provider: self.provider.clone(), due_at: self.due_at, missed_at: self.missed_at }
    }

    fn alarm(&self, trip: TripId, pupil: PupilId) -> Option<(Timestamp, Alarm)> {
        matches!(self.stands, Stands::Due).then_some((self.missed_at, Alarm::Arrival(trip, pupil)))
    }
}

/// These arrivals are due of the trip from now on, if that is news. History alerts nobody: what is past in it isn't awaited.
pub(crate) fn expect(
    state: &State,
    trip: TripId,
    arrivals: &[ArrivalDue],
    news: &News<'_>,
    context: &Context<'_>,
) -> Option<Event> {
    let awaited = arrivals.iter().filter(|due| !news.history || due.missed_at > context.now);
    expected(state, trip, awaited.cloned().collect(), context)
}

/// A party left whose arrivals nobody awaits yet: it left without an authorised form.
pub(crate) fn at_departure(
    state: &State,
    trip: TripId,
    arrivals: &[ArrivalDue],
    news: &News<'_>,
    context: &Context<'_>,
) -> Option<Event> {
    let awaited = state.arrivals(trip).next().is_some();
    if awaited { None } else { expect(state, trip, arrivals, news, context) }
}

/// The trip doesn't take place: who is due on a later day isn't awaited any more.
pub(crate) fn called_off(state: &State, trip: TripId, context: &Context<'_>) -> Option<Event> {
    let today = context.zone.local(context.now).date();
    let due = state.arrivals.get(&trip)?.iter();
    let stays =
        due.filter(|(_, arrival)| !arrival.is_open() || context.zone.local(arrival.due_at).date() <= today);
    expected(state, trip, stays.map(|(pupil, arrival)| arrival.as_due(*pupil)).collect(), context)
}

fn expected(
    state: &State,
    trip: TripId,
    mut arrivals: Vec<ArrivalDue>,
    context: &Context<'_>,
) -> Option<Event> {
    arrivals.sort_by_key(|due| due.pupil);
    let known = state.arrivals(trip).map(|(pupil, arrival)| arrival.as_due(pupil));
    let same = known.eq(arrivals.iter().cloned());
    (!same).then_some(Event::ArrivalsExpected { trip, at: context.now, arrivals })
}

/// Nobody confirmed it in time: once.
pub(crate) fn missed(state: &State, trip: TripId, pupil: PupilId) -> Option<Event> {
    let Arrival { provider, due_at, missed_at, .. } = state.arrivals.get(&trip)?.get(&pupil)?.clone();
    Some(Event::ArrivalMissed { trip, pupil, provider, due_at, missed_at })
}

/// What the provider said, or somebody who knows that the pupil isn't coming. The same again changes nothing.
pub(crate) fn record(state: &State, said: Record, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let by = named_person(context.actor)?;
    let Record { trip, pupil, word, said_by, at, note } = said;
    let known = state.arrivals.get(&trip).and_then(|of_trip| of_trip.get(&pupil));
    let arrival = known.ok_or(Refusal::NobodyExpected { pupil })?;
    if note.as_ref().and_then(Personal::get).is_some_and(Note::has_phone_number) {
        return Err(Refusal::NumberInWords {});
    }
    if at > plus(context.now, CLOCK_AHEAD_SECS) {
        return Err(Refusal::ClockAhead { field: "at".to_owned(), said_at: at, now: context.now });
    }
    match (word, &arrival.stands) {
        (ArrivalWord::Arrived, Stands::Arrived(_)) | (ArrivalWord::NotComing, Stands::NotComing(_)) => {
            return Ok(Vec::new());
        }
        (ArrivalWord::NotThere, Stands::Due | Stands::Missed) => {
            return Err(Refusal::NothingRecorded { pupil });
        }
        (ArrivalWord::Arrived, _)
            if arrival.due_at.duration_since(at) > SignedDuration::from_hours(EARLIEST_HOURS) =>
        {
            return Err(Refusal::NotThatDay { due_at: arrival.due_at, said_at: at });
        }
        (ArrivalWord::Arrived, Stands::Due | Stands::Missed | Stands::NotComing(_))
        | (ArrivalWord::NotComing, Stands::Due | Stands::Missed | Stands::Arrived(_))
        | (ArrivalWord::NotThere, Stands::Arrived(_) | Stands::NotComing(_)) => {}
    }
    let (due_at, recorded_at) = (arrival.due_at, context.now);
    let at = at.min(context.now);
    Ok(vec![Event::ArrivalRecorded { trip, pupil, due_at, word, said_by, at, recorded_at, by, note }])
}

impl State {
    /// Those who travel directly on a trip, by pupil. [FORM-6]
    pub fn arrivals(&self, trip: TripId) -> impl Iterator<Item = (PupilId, &Arrival)> {
        self.arrivals.get(&trip).into_iter().flatten().map(|(pupil, arrival)| (*pupil, arrival))
    }

    /// The trips with an arrival that is awaited, or missed.
    pub fn trips_with_open_arrivals(&self) -> impl Iterator<Item = TripId> + '_ {
        let open = self.arrivals.iter().filter(|(_, of_trip)| of_trip.values().any(Arrival::is_open));
        open.map(|(trip, _)| *trip)
    }

    /// A word that was said stays; so does a miss of the same time.
    pub(crate) fn arrivals_expected(&mut self, trip: TripId, arrivals: &[ArrivalDue]) {
        let mut known = self.arrivals.remove(&trip).unwrap_or_default();
        for (pupil, arrival) in &known {
            if let Some(alarm) = arrival.alarm(trip, *pupil) {
                self.deadlines.remove(&alarm);
            }
        }
        let mut now = BTreeMap::new();
        for ArrivalDue { pupil, provider, due_at, missed_at } in arrivals.iter().cloned() {
            let stands = match known.remove(&pupil).filter(|before| before.provider == provider) {
                Some(Arrival { stands: stands @ (Stands::Arrived(_) | Stands::NotComing(_)), .. }) => stands,
                Some(Arrival { stands: Stands::Missed, due_at: before, .. }) if before == due_at => {
                    Stands::Missed
                }
                Some(Arrival { stands: Stands::Missed | Stands::Due, .. }) | None => Stands::Due,
            };
            let arrival = Arrival { provider, due_at, missed_at, stands };
            self.deadlines.extend(arrival.alarm(trip, pupil));
            now.insert(pupil, arrival);
        }
        self.arrivals.insert(trip, now);
    }

    pub(crate) fn arrival_missed(&mut self, trip: TripId, pupil: PupilId) {
        self.change_arrival(trip, pupil, |arrival| arrival.stands = Stands::Missed);
    }

    pub(crate) fn arrival_recorded(
        &mut self,
        trip: TripId,
        pupil: PupilId,
        said: Said,
        recorded_at: Timestamp,
    ) {
        self.change_arrival(trip, pupil, |arrival| match said.word {
            ArrivalWord::Arrived => arrival.stands = Stands::Arrived(said),
            ArrivalWord::NotComing => arrival.stands = Stands::NotComing(said),
            // It was recorded by mistake: somebody has to find out now, if it is time.
            ArrivalWord::NotThere => {
                arrival.stands = Stands::Due;
                arrival.missed_at = arrival.missed_at.max(recorded_at);
            }
        });
    }

    fn change_arrival(&mut self, trip: TripId, pupil: PupilId, change: impl FnOnce(&mut Arrival)) {
        let known = self.arrivals.get_mut(&trip).and_then(|of_trip| of_trip.get_mut(&pupil));
        let Some(arrival) = known else { return };
        if let Some(alarm) = arrival.alarm(trip, pupil) {
            self.deadlines.remove(&alarm);
        }
        change(arrival);
        self.deadlines.extend(arrival.alarm(trip, pupil));
    }
}
