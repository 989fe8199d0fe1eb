//! The live board: who is out, when each is due, what is wrong, whom to ring. The stream sends its main part anew.

use std::collections::BTreeMap;

use alerts::view::CaseView;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{ClientId, TripId};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::alerts::{Channel, Severity};
use proto::v1::checkins::{Event, Word};
use proto::v1::contacts::Audience;
use proto::v1::public::Health;
use proto::v1::trips::TripForm;
use trips::{Clearance, PhaseName};

use super::arrivals::{self, ArrivalCard};
use super::cards::{self, CaseCard, GroupCard, groups};
use super::first_steps::{FirstStep, first_steps};
use super::html::{Html, page};
use super::map::{Map, map_of};
use super::rings::{Rings, rings};
use super::shell::{Looking, Place, Shell};
use super::whereabouts::in_a_line;
use super::words;
use crate::app::AppState;
use crate::auth::Session;
use crate::stream::{FORM_TOKEN_MARK, Wanted};
use crate::view::Pupils;
use crate::view::{SchoolView, SeenBy};

/// Trips that leave within so long are shown.
const LEAVING_SOON: SignedDuration = SignedDuration::from_hours(24);

/// So many trips that are out have a card each, the most urgent; of the others there is a line.
const CARDS: usize = 24;

/// The most trips that leave soon that are shown.
const MAX_LEAVING: usize = 12;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "board/page.html")]
struct BoardPage {
    shell: Shell,
    live: Html,
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let services = state.view().services();
    let view = state.view_of(&session);
    let kiosk = wanted.kiosk != 0;
    let html = board_html(&view, &services, session.seen_by, kiosk, state.now());
    let live = Html::trusted(html.replace(FORM_TOKEN_MARK, &session.form_token));
    let mut shell = Looking::new(&state, &view, &session).shell(Place::Board);
    shell.kiosk = kiosk;
    shell.stream = Some(if kiosk { "/stream?kiosk=1" } else { "/stream" });
    page(StatusCode::OK, &BoardPage { shell, live })
}

/// The live board's main part, as the stream sends it. In place of each form's token stands
/// [`crate::stream::FORM_TOKEN_MARK`]: the drawing is shared by all who see the same.
pub(crate) fn board_html(
    view: &SchoolView,
    services: &BTreeMap<(ServiceName, ClientId), Health>,
    seen_by: SeenBy,
    kiosk: bool,
    now: Timestamp,
) -> String {
    // The drawing is for many: no roles are looked at here.
    let nobody = Session {
        school: view.school.id.clone(),
        person: Default::default(),
        roles: Default::default(),
        login: String::new(),
        form_token: FORM_TOKEN_MARK.to_owned(),
        seen_by,
    };
    let look = Looking { view, session: &nobody, now, tiles: None };
    Html::of(&Live::of(&look, services, kiosk)).into_string()
}

#[derive(Template)]
#[template(path = "board/live.html")]
struct Live {
    token: &'static str,
    kiosk: bool,
    alarm: AlarmState,
    totals: Totals,
    /// What is still to be set up, while there was no trip yet.
    first_steps: Option<Vec<FirstStep>>,
    provider: Option<(bool, String)>,
    /// Cases of the school, and of trips that aren't out.
    cases: Vec<CaseCard>,
    /// Pupils who travel directly, and aren't there yet. [FORM-6]
    arrivals: Vec<ArrivalCard>,
    /// The most urgent trips that are out.
    out: Vec<TripCard>,
    /// The others, in the same order.
    rest: Vec<TripRow>,
    trips_out: usize,
    home: Vec<HomeRow>,
    leaving: Vec<LeavingRow>,
    overdue: Vec<(String, String, String)>,
    lines: Vec<LineRow>,
    services: Vec<(String, bool)>,
    all_up: bool,
    /// What of Homeward itself is not well.
    unwell: Vec<String>,
    parents: Rings,
    way: super::way::Way,
    /// On a wall: what is at the side, only if there is something to say.
    lines_well: bool,
    calls: usize,
}

/// What sounds: see ui/src/board.ts.
struct AlarmState {
    cases: usize,
    severity: &'static str,
    said: String,
}

/// What is read from across the room.
struct Totals {
    pupils: u32,
    staff: usize,
    due: Option<NextDue>,
    /// Groups of whom a check-in is missed.
    missed: usize,
    /// Pupils who travel directly, whose arrival nobody confirmed in time. [FORM-6]
    overdue: usize,
}

/// The check-in that is due first, of all trips.
struct NextDue {
    at: String,
    clock: String,
}

/// A trip that is out, as far as all of them are looked at.
struct TripRow {
    id: TripId,
    title: String,
    leader: String,
    pupils: u32,
    staff: usize,
    groups: Vec<GroupCard>,
    /// Whether nobody has its alert, and how grave that is.
    case: Option<(bool, Severity)>,
}

struct TripCard {
    id: TripId,
    title: String,
    kind: &'static str,
    /// Where they are, by their own words: `arrived 09:20`.
    place: String,
    phase: &'static str,
    leader: String,
    pupils: u32,
    staff: usize,
    back: String,
    base: Option<String>,
    devices: PhonesOut,
    whereabouts: Option<String>,
    map: Option<Map>,
    without_clearance: Option<String>,
    awaiting: bool,
    groups: Vec<GroupCard>,
    lost: Option<(String, String)>,
    case: Option<CaseCard>,
    rings: Rings,
}

/// `3 of 3 phones out`: against what the form asks for.
struct PhonesOut {
    words: String,
    /// None is, though some were asked for.
    none: bool,
}

struct HomeRow {
    id: TripId,
    title: String,
    devices_out: String,
    due: String,
    overdue: bool,
}

struct LeavingRow {
    id: TripId,
    title: String,
    at: String,
    word: &'static str,
    class: &'static str,
    red: usize,
    /// It should have left.
    late: bool,
}

struct LineRow {
    name: String,
    number: String,
    word: &'static str,
    class: &'static str,
    why: String,
}

impl Live {
    fn of(look: &Looking<'_>, services: &BTreeMap<(ServiceName, ClientId), Health>, kiosk: bool) -> Self {
        let all = look.view.cases(look.session.seen_by);
        let out_ids: Vec<TripId> = look.view.trips.out().iter().copied().collect();
        let case_of = |trip: TripId| all.iter().find(|case| case.trip == Some(trip));
        let mut all_out: Vec<TripRow> =
            out_ids.iter().filter_map(|trip| trip_row(look, *trip, case_of(*trip))).collect();
        all_out.sort_by_cached_key(urgency);
        let elsewhere = all.iter().filter(|case| case.trip.is_none_or(|trip| !out_ids.contains(&trip)));
        // A wall is read by whoever passes.
        let pupils = if kiosk { Pupils::Unnamed } else { Pupils::Named };
        let case_card = |case: &CaseView| CaseCard::with(look, case, pupils);
        let cards: Vec<CaseCard> = all.iter().map(case_card).collect();
        let unwell = super::unwell::sentences(services);
        let services = service_rows(services);
        let arrivals = arrivals::open(look);
        let (totals, trips_out) = (totals(&all_out, &arrivals), all_out.len());
        let rest = all_out.split_off(all_out.len().min(CARDS));
        let out = all_out
            .into_iter()
            .filter_map(|row| trip_card(look, case_of(row.id).map(case_card), row))
            .collect();
        Self {
            token: FORM_TOKEN_MARK,
            kiosk,
            alarm: alarm_state(&cards),
            totals,
            trips_out,
            rest,
            first_steps: first_steps(look),
            provider: provider(look),
            cases: elsewhere.map(case_card).collect(),
            arrivals,
            out,
            home: home(look),
            leaving: leaving(look),
            overdue: overdue(look),
            lines: lines(look),
            all_up: services.iter().all(|(_, up)| *up),
            services,
            unwell,
            parents: rings(look, Audience::Parent, None),
            lines_well: lines_well(look),
            calls: super::calls::waiting(look.view),
            way: super::way::way(look),
        }
    }
}

impl Live {
    /// Whether there is nothing to say at the side of a wall's board: nobody leaves, no phone is awaited, all works.
    fn well(&self) -> bool {
        let quiet = self.leaving.is_empty() && self.home.is_empty() && self.overdue.is_empty();
        quiet && self.lines_well && self.all_up && self.provider.is_none()
    }
}

/// The most urgent first: alerts that nobody has, the gravest first; then what is missed; then what is due first.
fn urgency(card: &TripRow) -> (std::cmp::Reverse<Option<(bool, Severity)>>, bool, String) {
    let missed = card.groups.iter().any(|group| group.missed_since.is_some());
    let due = card.groups.iter().map(|group| group.due_at.clone()).min().unwrap_or_default();
    (std::cmp::Reverse(card.case), !missed, due)
}

fn totals(out: &[TripRow], arrivals: &[ArrivalCard]) -> Totals {
    let first = out.iter().flat_map(|trip| &trip.groups).min_by(|a, b| a.due_at.cmp(&b.due_at));
    Totals {
        pupils: out.iter().map(|trip| trip.pupils).sum(),
        staff: out.iter().map(|trip| trip.staff).sum(),
        due: first.map(|group| NextDue { at: group.due_at.clone(), clock: group.due_clock.clone() }),
        missed: out.iter().flat_map(|trip| &trip.groups).filter(|group| group.missed_since.is_some()).count(),
        overdue: arrivals.iter().filter(|arrival| arrival.missed).count(),
    }
}

fn alarm_state(cards: &[CaseCard]) -> AlarmState {
    let alarming: Vec<&CaseCard> = cards.iter().filter(|card| card.alarms()).collect();
    let severity = alarming.iter().map(|card| card.severity).max();
    let said: Vec<String> =
        alarming.iter().map(|card| format!("Alert, {}: {}", card.title, card.reasons.join(" "))).collect();
    AlarmState { cases: alarming.len(), severity: severity.map_or("", words::severity), said: said.join(" ") }
}

fn trip_row(look: &Looking<'_>, id: TripId, case: Option<&CaseView>) -> Option<TripRow> {
    let trip = look.view.trips.trip(id)?;
    let outing = trip.outing()?;
    let groups = groups(look, id);
    let expected: u32 = groups.iter().map(|group| group.expected).sum();
    Some(TripRow {
        id,
        title: trip.shown_title(),
        leader: look.view.person_name(outing.party.leader),
        pupils: if groups.is_empty() { outing.pupils_left().get() } else { expected },
        staff: outing.party.staff.len(),
        groups,
        case: case.map(|case| (case.owner.is_none(), case.severity)),
    })
}

/// What only the most urgent show besides.
fn trip_card(look: &Looking<'_>, case: Option<CaseCard>, row: TripRow) -> Option<TripCard> {
    let TripRow { id, title, leader, pupils, staff, groups, case: _ } = row;
    let trip = look.view.trips.trip(id)?;
    let outing = trip.outing()?;
    let without_clearance = match &outing.clearance {
        Clearance::Without { reason, settled: None, .. } => Some(reason.to_string()),
        Clearance::Given | Clearance::Without { settled: Some(_), .. } => None,
    };
    Some(TripCard {
        id,
        title,
        kind: words::trip_kind(outing.party.kind),
        place: said_place(look, id),
        phase: groups
            .first()
            .map_or("ahead", |group| if group.missed_since.is_some() { "missed" } else { group.state }),
        leader,
        pupils,
        staff,
        back: look.when().at(trip.form.window.to),
        base: look.view.contacts.base_holder(id).map(|person| look.view.person_name(person)),
        devices: devices_out(look, id, &trip.form),
        whereabouts: in_a_line(look, id),
        map: map_of(look, id),
        without_clearance,
        awaiting: outing.awaiting.is_some(),
        groups,
        lost: cards::lost(look, id),
        case,
        rings: rings(look, Audience::Base, Some(id)),
    })
}

/// Where a party is, by what it said last of it. A position says nothing of people. [CHECK-4]
fn said_place(look: &Looking<'_>, trip: TripId) -> String {
    let said = look.view.timeline(look.session.seen_by, trip).rev().find_map(|entry| {
        let AnyEvent::Checkins(Event::CheckedIn { word, said_at, .. }) = &entry.event else { return None };
        let place = match word {
            Word::Arrived => "arrived",
            Word::Boarded => "on board",
            Word::HandedOver => "handed over",
            Word::Leaving => "on the way, left",
            Word::Back => "back at school",
            Word::Ok | Word::Late { .. } => return None,
        };
        Some(format!("{place} {}", look.when().at(*said_at)))
    });
    said.unwrap_or_else(|| "on the way".to_owned())
}

/// Against all that were issued, and all that the form asks for: one for each of its staff with a work mobile, and for each
/// pupil who carries a basic phone. [DEV-5, DEV-7]
fn devices_out(look: &Looking<'_>, trip: TripId, form: &TripForm) -> PhonesOut {
    let out = devices::out_of_trip(&look.view.devices, trip).len();
    let asked =
        form.staff.iter().filter(|staff| staff.work_mobile.is_some()).count() + form.pupil_phones.len();
    let all = look.view.devices.trip(trip).map_or(out, |trip| trip.devices.len().max(out)).max(asked);
    match (out, all) {
        (0, 0) => PhonesOut { words: "none".to_owned(), none: false },
        (0, all) => PhonesOut { words: format!("0 of {all}, none issued"), none: true },
        (out, all) => PhonesOut {
            words: format!("{out} of {} out", words::count(all as u64, "phone", "phones")),
            none: false,
        },
    }
}

fn home(look: &Looking<'_>) -> Vec<HomeRow> {
    let back = look.view.trips.trips().filter(|(_, trip)| trip.phase_name() == PhaseName::Returned);
    let row = |(id, trip): (TripId, &trips::Trip)| {
        let due = trip.returned()?.devices_due_at;
        let devices_out = look.view.devices.trip(id).map_or(0, |trip| trip.awaited().len());
        let devices_out = words::count(devices_out as u64, "phone", "phones");
        let title = trip.shown_title();
        Some(HomeRow { id, title, devices_out, due: look.when().at(due), overdue: due <= look.now })
    };
    back.filter_map(row).collect()
}

fn leaving(look: &Looking<'_>) -> Vec<LeavingRow> {
    let soon = look.now.saturating_add(LEAVING_SOON).unwrap_or(look.now);
    let waits = |phase| matches!(phase, PhaseName::Draft | PhaseName::Submitted | PhaseName::Authorised);
    let mut trips: Vec<_> = look
        .view
        .trips
        .trips()
        .filter(|(_, trip)| {
            waits(trip.phase_name()) && trip.form.window.from <= soon && trip.form.window.to > look.now
        })
        .collect();
    trips.sort_by_key(|(id, trip)| (trip.form.window.from, *id));
    let row = |(id, trip): (TripId, &trips::Trip)| {
        let (word, class) = words::phase(trip.phase_name());
        let school = &look.view.school;
        let items = trips::readiness(
            &look.view.trips,
            id,
            trips::Gate::Depart,
            look.now,
            &school.zone,
            &school.policy,
        );
        let red = items.iter().filter(|item| !item.ok).count();
        LeavingRow {
            id,
            title: trip.shown_title(),
            at: look.when().at(trip.form.window.from),
            word,
            class,
            red,
            late: trip.form.window.from <= look.now,
        }
    };
    trips.into_iter().take(MAX_LEAVING).map(row).collect()
}

/// Phones past the time at which they were due back: (id, tag and holder, since when).
fn overdue(look: &Looking<'_>) -> Vec<(String, String, String)> {
    let late = devices::overdue(&look.view.devices, look.now);
    let row = |(id, due): (proto::ids::DeviceId, Timestamp)| {
        let holder = look.view.devices.device(id).and_then(devices::Device::holder);
        let holder = holder.map_or_else(String::new, |holder| format!(", {}", look.view.holder_name(holder)));
        (id.to_string(), format!("{}{holder}", look.view.device_tag(id)), look.when().at(due))
    };
    late.into_iter().map(row).collect()
}

fn lines(look: &Looking<'_>) -> Vec<LineRow> {
    let row = |line: &contacts::Line| {
        let (word, class) = words::health(line.health.kind());
        let why = match &line.health {
            contacts::Health::Up => String::new(),
            contacts::Health::Doubtful { since, reason, .. }
            | contacts::Health::Down { since, reason, .. }
            | contacts::Health::Back { since, reason, .. } => {
                format!("since {}: {reason}", look.when().at(*since))
            }
        };
        LineRow { name: line.name.to_string(), number: line.number.national(), word, class, why }
    };
    look.view.contacts.lines().map(|(_, line)| row(line)).collect()
}

/// Whether there is a line, and nothing is known against any.
fn lines_well(look: &Looking<'_>) -> bool {
    let mut lines = look.view.contacts.lines().peekable();
    lines.peek().is_some() && lines.all(|(_, line)| matches!(line.health, contacts::Health::Up))
}

/// What is wrong with texts and calls: whether none is set up at all, and why.
fn provider(look: &Looking<'_>) -> Option<(bool, String)> {
    let providers = &look.view.gateway.providers;
    if providers.is_missing(Channel::Text) && providers.is_missing(Channel::Voice) {
        return Some((true, "no provider is configured".to_owned()));
    }
    let down = [Channel::Text, Channel::Voice].into_iter().filter_map(|channel| {
        let ways = providers.of(channel);
        let (since, why) = ways.iter().find_map(|way| way.breaker.down())?;
        let in_force = providers.in_force(channel).filter(|way| way.breaker.is_closed());
        let how = match in_force {
            Some(way) => format!("go by {}", way.provider),
            None => "fail".to_owned(),
        };
        Some(format!("{} {how} since {}: {why}", words::channels(channel), look.when().at(since)))
    });
    let down: Vec<_> = down.collect();
    (!down.is_empty()).then(|| (false, down.join("; ")))
}

/// Each service once: up if any of its instances is.
fn service_rows(services: &BTreeMap<(ServiceName, ClientId), Health>) -> Vec<(String, bool)> {
    let mut rows: BTreeMap<ServiceName, bool> = BTreeMap::new();
    for ((service, _), health) in services {
        *rows.entry(*service).or_default() |= health.up;
    }
    rows.into_iter().map(|(service, up)| (service.to_string(), up)).collect()
}
