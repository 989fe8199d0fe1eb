//! Groups of a party that is out: a call written down, a child released, pupils moved, a group split or joined.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use checkins::Checkins;
use proto::ids::{GroupId, PersonId, TripId};
use proto::v1::checkins::{Command, Word};
use proto::values::{Label, Note, Personal};
use serde::Deserialize;

use super::act::{ask, see};
use super::cards::{GroupCard, groups};
use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::duress;
use crate::forms::{Choice, Choices, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/trips/{trip}/write-down", get(write_down).post(take_call))
        .route("/trips/{trip}/groups", get(show).post(change))
}

#[derive(Template)]
#[template(path = "trip/write_down.html")]
struct WriteDownPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: TripId,
    title: String,
    groups: Vec<Choice>,
    staff: Vec<Choice>,
    words: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "trip/groups.html")]
struct GroupsPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: TripId,
    title: String,
    cards: Vec<GroupCard>,
    groups: Vec<Choice>,
    staff: Vec<Choice>,
    people: Choices,
}

#[derive(Deserialize, Default)]
struct Wanted {
    group: Option<GroupId>,
}

fn group_choices(look: &Looking<'_>, trip: TripId) -> Vec<Choice> {
    groups(look, trip).into_iter().map(|group| Choice::new(&group.id, group.name.clone())).collect()
}

fn staff_choices(look: &Looking<'_>, trip: TripId) -> Vec<Choice> {
    let party = look.view.trips.trip(trip).and_then(trips::Trip::party);
    let staff = party.map(|party| party.staff.iter().map(|member| member.person).collect::<Vec<_>>());
    staff
        .unwrap_or_default()
        .into_iter()
        .map(|person| Choice::new(person, look.view.person_name(person)))
        .collect()
}

fn status(trouble: Option<&Trouble>, form: &FormView) -> StatusCode {
    match trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

fn show_write_down(look: &Looking<'_>, trip: TripId, form: FormView, trouble: Option<Trouble>) -> Response {
    let Some(known) = look.view.trips.trip(trip) else { return missing(look, Place::Trips, "trip") };
    let words = [
        ("ok", "All well"),
        ("boarded", "On board (count needed)"),
        ("arrived", "Arrived (count needed)"),
        ("handed_over", "Handed over (count needed)"),
        ("leaving", "Leaving (count needed)"),
        ("back", "Back at school (count needed)"),
        ("late", "Running late"),
    ];
    let shown = WriteDownPage {
        shell: look.shell(Place::Trips),
        id: trip,
        title: known.shown_title(),
        groups: group_choices(look, trip),
        staff: staff_choices(look, trip),
        words: words.map(|(value, label)| Choice::new(value, label)).to_vec(),
        trouble,
        form,
    };
    page(status(shown.trouble.as_ref(), &shown.form), &shown)
}

async fn write_down(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let groups = || view.checkins.watch(trip).map(checkins::Watch::groups).unwrap_or_default();
    // One group alone needs no choice.
    let only = || match groups().as_slice() {
        [only] => Some(only.group),
        _ => None,
    };
    let group = wanted.group.or_else(only);
    let adult = group.and_then(|group| {
        let party = view.checkins.watch(trip).and_then(checkins::Watch::party)?;
        party.groups.get(group).map(|group| group.adult.to_string())
    });
    let group = group.map(|group| group.to_string()).unwrap_or_default();
    let pairs =
        [("group", group), ("from", adult.unwrap_or_default()), ("called_at", look.when().typed(look.now))];
    show_write_down(&look, trip, FormView::with(&pairs), None)
}

async fn take_call(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let (errors, trouble) = match read_call(&state, &posted, trip) {
        Ok(command) => match ask::<Checkins>(&state, &posted, "write-down", command).await {
            Ok(()) => return see(&format!("/trips/{trip}")),
            Err(trouble) => (Vec::new(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_write_down(&look, trip, FormView::new(posted.fields.clone(), errors), trouble)
}

fn read_call(state: &AppState, posted: &Posted, trip: TripId) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let group = reader.id::<GroupId>("group", "Choose the group.");
    let word = word(&mut reader);
    let headcount = reader.optional_headcount("headcount");
    let called_at = reader.moment("called_at", "Say when they rang.");
    let words = reader.text::<2000>("words", "Write down what was said; leave the caller's number out.");
    let (words, duress) = duress::out_of_words(state, &view, trip, words);
    let from = reader.id::<PersonId>("from", "Choose whose word it was.");
    let command = || {
        Some(Command::WriteDownCall {
            trip,
            group: group?,
            word: word?,
            headcount: headcount?,
            // To the minute as typed, never ahead of now.
            called_at: called_at?.min(state.now()),
            words: Personal::known(words?),
            from: from?,
            duress,
        })
    };
    let command = command();
    reader.finish(command)
}

fn word(reader: &mut Reader<'_>) -> Option<Word> {
    match reader.typed("word") {
        Some("ok") => Some(Word::Ok),
        Some("boarded") => Some(Word::Boarded),
        Some("arrived") => Some(Word::Arrived),
        Some("handed_over") => Some(Word::HandedOver),
        Some("leaving") => Some(Word::Leaving),
        Some("back") => Some(Word::Back),
        Some("late") => {
            reader.number("minutes", "Write by how many minutes.").map(|minutes| Word::Late { minutes })
        }
        Some(_) | None => {
            reader.error("word", "Choose what was said.");
            None
        }
    }
}

fn show_groups(look: &Looking<'_>, trip: TripId, form: FormView, trouble: Option<Trouble>) -> Response {
    let Some(known) = look.view.trips.trip(trip) else { return missing(look, Place::Trips, "trip") };
    let people = Choices::people(look, form.fields());
    let shown = GroupsPage {
        shell: look.shell(Place::Trips),
        id: trip,
        title: known.shown_title(),
        cards: groups(look, trip),
        groups: group_choices(look, trip),
        staff: staff_choices(look, trip),
        people,
        trouble,
        form,
    };
    page(status(shown.trouble.as_ref(), &shown.form), &shown)
}

async fn show(State(state): State<AppState>, session: Session, Path(trip): Path<TripId>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let new_group = [("split.new_group", GroupId::new().to_string())];
    show_groups(&look, trip, FormView::with(&new_group), None)
}

async fn change(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let (errors, trouble) = match read_change(&state, &posted, trip) {
        Ok(command) => match ask::<Checkins>(&state, &posted, "groups", command).await {
            Ok(()) => return see(&format!("/trips/{trip}")),
            Err(trouble) => (Vec::new(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_groups(&look, trip, FormView::new(posted.fields.clone(), errors), trouble)
}

fn read_change(state: &AppState, posted: &Posted, trip: TripId) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let command = match posted.fields.get("do") {
        Some("release") => release(&mut reader, trip),
        Some("move") => move_pupils(&mut reader, trip),
        Some("split") => split(&mut reader, &posted.fields, trip),
        Some("join") => join(&mut reader, trip),
        Some(_) | None => {
            reader.error("do", "Choose what to do.");
            None
        }
    };
    reader.finish(command)
}

fn release(reader: &mut Reader<'_>, trip: TripId) -> Option<Command> {
    let group = reader.id("release.group", "Choose the group.");
    let pupils = reader.headcount("release.pupils", "Say how many.");
    let to_whom: Option<Note> = reader.text("release.to_whom", "Say to whom.");
    let checked_how: Option<Label> =
        reader.text("release.checked_how", "Say how it was checked who that is.");
    let agreed_by = reader.id("release.agreed_by", "Say who of base agreed.");
    Some(Command::RecordRelease {
        trip,
        group: group?,
        pupils: pupils?,
        to_whom: Personal::known(to_whom?),
        checked_how: checked_how?,
        agreed_by: agreed_by?,
    })
}

fn move_pupils(reader: &mut Reader<'_>, trip: TripId) -> Option<Command> {
    let from = reader.id("move.from", "Choose the group they leave.");
    let to = reader.id("move.to", "Choose the group they join.");
    let pupils = reader.headcount("move.pupils", "Say how many.");
    Some(Command::MovePupils { trip, from: from?, to: to?, pupils: pupils? })
}

fn split(reader: &mut Reader<'_>, fields: &Fields, trip: TripId) -> Option<Command> {
    let group = reader.id("split.group", "Choose the group that splits.");
    let name = reader.text("split.name", "Give the new group a name.");
    let adult = reader.id("split.adult", "Choose its adult: no phone, no separate group.");
    let pupils = reader.headcount("split.pupils", "Say how many go with the new group.");
    let new_group = fields.get("split.new_group").and_then(|id| id.parse().ok()).unwrap_or_default();
    Some(Command::SplitGroup { trip, group: group?, new_group, name: name?, adult: adult?, pupils: pupils? })
}

fn join(reader: &mut Reader<'_>, trip: TripId) -> Option<Command> {
    let group = reader.id("join.group", "Choose the group that ends.");
    let into = reader.id("join.into", "Choose the group it joins.");
    Some(Command::JoinGroups { trip, group: group?, into: into? })
}
