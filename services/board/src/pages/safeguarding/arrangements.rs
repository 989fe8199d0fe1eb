//! The register of arrangements: agreed, renewed, ended, on which trips. To nobody who needn't know. [PERS-2, PERS-3, PERS-5]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::Date;
use proto::ids::{ArrangementId, TripId};
use proto::v1::safeguarding::{AgreedWith, Command, Terms, Whose};
use proto::values::Personal;
use safeguarding::{Arrangement, Safeguarding};
use trips::PhaseName;

use super::arrangement_words::{ArrangementRow, agreed_with, kind, may_agree, row, sees_register, who};
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::html::page;
use crate::pages::shell::{Looking, Place, Shell, missing};
use crate::pages::trouble::Trouble;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/safeguarding/arrangements", get(show_all).post(agree))
        .route("/safeguarding/arrangements/{arrangement}", get(show_one).post(act))
}

#[derive(Template)]
#[template(path = "safeguarding/arrangements.html")]
struct All {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    rows: Vec<ArrangementRow>,
    kinds: Vec<Choice>,
    withs: Vec<Choice>,
    seniors: Vec<Choice>,
    people: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "safeguarding/arrangement.html")]
struct One {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    row: ArrangementRow,
    facts: Vec<(&'static str, String)>,
    reason: String,
    advice: String,
    ended: bool,
    history: Vec<String>,
    on: Vec<(TripId, String)>,
    trips: Vec<Choice>,
    withs: Vec<Choice>,
    seniors: Vec<Choice>,
}

pub(super) const NOT_FOR_YOU: &str = "page for you: arrangements are kept by the DSL and the headteacher";

fn withs() -> Vec<Choice> {
    [("parent", AgreedWith::Parent), ("pupil", AgreedWith::Pupil), ("staff", AgreedWith::Staff)]
        .map(|(value, with)| Choice::new(value, agreed_with(with)))
        .to_vec()
}

fn status(trouble: Option<&Trouble>, form: &FormView) -> StatusCode {
    match trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    }
}

fn all(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    if !sees_register(look) {
        return missing(look, Place::Safeguarding, NOT_FOR_YOU);
    }
    let known = look.view.safeguarding.arrangements();
    let kinds = [
        ("pupil", "A pupil"),
        ("post16", "A post-16 group, under a signed approach"),
        ("staff", "A member of staff"),
    ];
    let shown = All {
        shell: look.shell(Place::Safeguarding),
        rows: known.all().map(|(id, one)| row(look, id, one)).collect(),
        kinds: kinds.map(|(value, label)| Choice::new(value, label)).to_vec(),
        withs: withs(),
        seniors: may_agree(look),
        people: Choice::of(look.people_with(&[])),
        form,
        trouble,
    };
    page(status(shown.trouble.as_ref(), &shown.form), &shown)
}

fn fresh(look: &Looking<'_>) -> FormView {
    let today = look.view.school.zone.local(look.now).date();
    let until = today.saturating_add(12.weeks());
    FormView::with(&[
        ("arrangement", ArrangementId::new().to_string()),
        ("whose", "pupil".to_owned()),
        ("agreed_with", "parent".to_owned()),
        ("from", today.to_string()),
        ("until", until.to_string()),
    ])
}

async fn show_all(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    all(&look, fresh(&look), None)
}

async fn agree(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read_terms(Reader::new(&posted.fields, &view.school.zone))
    };
    let (errors, trouble) = match read {
        Ok((arrangement, terms)) => {
            let command = Command::AgreeArrangement { arrangement, terms: Box::new(terms) };
            match ask::<Safeguarding>(&state, &posted, "agree", command).await {
                Ok(()) => return see(&format!("/safeguarding/arrangements/{arrangement}")),
                Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    all(&look, FormView::new(posted.fields.clone(), errors), trouble)
}

fn day(reader: &mut Reader<'_>, name: &str, ask: &str) -> Option<Date> {
    reader.required(name, ask, |text| {
        text.parse::<Date>().map_err(|_| format!("a day is needed, such as 2026-12-18, not {text:?}"))
    })
}

fn read_with(reader: &mut Reader<'_>) -> Option<AgreedWith> {
    match reader.typed("agreed_with") {
        Some("parent") => Some(AgreedWith::Parent),
        Some("pupil") => Some(AgreedWith::Pupil),
        Some("staff") => Some(AgreedWith::Staff),
        Some(_) | None => {
            reader.error("agreed_with", "Say who agreed on the other side.");
            None
        }
    }
}

fn read_whose(reader: &mut Reader<'_>) -> Option<Whose> {
    match reader.typed("whose") {
        Some("staff") => {
            reader.id("person", "Choose the member of staff.").map(|person| Whose::Staff { person })
        }
        Some("post16") => reader.text("name", "Name the group.").map(|group| Whose::Post16 { group }),
        Some(_) | None => reader
            .text("name", "Write the pupil's reference or initials.")
            .map(|name| Whose::Pupil { name: Personal::known(name) }),
    }
}

fn read_terms(mut reader: Reader<'_>) -> Result<(ArrangementId, Terms), Vec<FieldError>> {
    let arrangement = reader.optional_id::<ArrangementId>("arrangement");
    let whose = read_whose(&mut reader);
    let device = reader.text("device", "Say which device.");
    let reason = reader.text("reason", "Say why.");
    let advice = reader.text("advice", "Say whose advice was sought, and what it was.");
    let agreed_by =
        reader.id("agreed_by", "Say who agreed: the headteacher; for staff also the line manager.");
    let signature = reader.optional_text("signature");
    let agreed_with = read_with(&mut reader);
    let from = day(&mut reader, "from", "Give the first day.");
    let until = day(&mut reader, "until", "Give the last day.");
    let conditions = reader.text("conditions", "Write the conditions.");
    let medical = reader.ticked("medical");
    let read = || {
        let terms = Terms {
            whose: whose?,
            device: Personal::known(device?),
            medical,
            reason: Personal::known(reason?),
            advice: Personal::known(advice?),
            agreed_by: agreed_by?,
            signature: signature?,
            agreed_with: agreed_with?,
            from: from?,
            until: until?,
            conditions: Personal::known(conditions?),
        };
        Some((arrangement?.unwrap_or_default(), terms))
    };
    let read = read();
    reader.finish(read)
}

fn facts(look: &Looking<'_>, one: &Arrangement) -> Vec<(&'static str, String)> {
    let Terms { whose, agreed_by, signature, agreed_with: with, from, until, .. } = &one.terms;
    let (kind, _) = kind(whose);
    let (by, at) = one.recorded;
    let mut facts = vec![
        ("Whose", format!("{} ({kind})", who(look, whose))),
        ("Device", one.terms.device.shown()),
        ("Agreed by", look.view.person_name(*agreed_by)),
        ("And by", agreed_with(*with).to_owned()),
        ("From", from.strftime("%-d %b %Y").to_string()),
        ("Until", until.strftime("%-d %b %Y").to_string()),
        ("Recorded", format!("{}, {}", look.view.person_name(by), look.when().at(at))),
    ];
    facts.extend(signature.as_ref().map(|reference| ("Signed approach", reference.to_string())));
    facts
}

fn history(look: &Looking<'_>, one: &Arrangement) -> Vec<String> {
    let renewed = one.renewed.iter().map(|(at, until, by)| {
        let (at, until) = (look.when().at(*at), until.strftime("%-d %b %Y"));
        format!("Renewed {at} until {until}, agreed by {}.", look.view.person_name(*by))
    });
    let ended = one.ended.as_ref().map(|(by, at, reason)| {
        format!("Ended by {}, {}: {}", look.view.person_name(*by), look.when().at(*at), reason.shown())
    });
    renewed.chain(ended).collect()
}

/// Trips that lie ahead or are out, and on which it doesn't go along yet.
fn ahead(look: &Looking<'_>, one: &Arrangement) -> Vec<Choice> {
    let open = look.view.trips.trips().filter(|(id, trip)| {
        let live = match trip.phase_name() {
            PhaseName::Draft | PhaseName::Submitted | PhaseName::Authorised | PhaseName::Out => true,
            PhaseName::Returned | PhaseName::Closed | PhaseName::Cancelled => false,
        };
        live && !one.trips.contains(id)
    });
    let mut open: Vec<_> = open.map(|(id, trip)| (id, trip.form.window.from, trip.shown_title())).collect();
    open.sort_by_key(|(id, from, _)| (*from, *id));
    open.into_iter()
        .map(|(id, from, title)| Choice::new(id, format!("{title}, {}", look.when().at(from))))
        .collect()
}

fn one(look: &Looking<'_>, id: ArrangementId, form: FormView, trouble: Option<Trouble>) -> Response {
    if !sees_register(look) {
        return missing(look, Place::Safeguarding, NOT_FOR_YOU);
    }
    let Some(known) = look.view.safeguarding.arrangements().get(id) else {
        return missing(look, Place::Safeguarding, "arrangement");
    };
    let shown = One {
        shell: look.shell(Place::Safeguarding),
        row: row(look, id, known),
        facts: facts(look, known),
        reason: known.terms.reason.shown(),
        advice: known.terms.advice.shown(),
        ended: known.ended.is_some(),
        history: history(look, known),
        on: known.trips.iter().map(|trip| (*trip, look.view.trip_title(*trip))).collect(),
        trips: ahead(look, known),
        withs: withs(),
        seniors: may_agree(look),
        form,
        trouble,
    };
    page(status(shown.trouble.as_ref(), &shown.form), &shown)
}

async fn show_one(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<ArrangementId>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    one(&look, id, FormView::default(), None)
}

async fn act(State(state): State<AppState>, Path(id): Path<ArrangementId>, posted: Posted) -> Response {
    let what = posted.fields.get("do").unwrap_or_default().to_owned();
    let read = {
        let view = state.view_of(&posted.session);
        read_act(Reader::new(&posted.fields, &view.school.zone), id, &what)
    };
    let (errors, trouble) = match read {
        Ok(command) => match ask::<Safeguarding>(&state, &posted, &what, command).await {
            Ok(()) => return see(&format!("/safeguarding/arrangements/{id}")),
            Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    one(&look, id, FormView::new(posted.fields.clone(), errors), trouble)
}

fn read_act(mut reader: Reader<'_>, id: ArrangementId, what: &str) -> Result<Command, Vec<FieldError>> {
    let arrangement = id;
    let command = match what {
        "renew" => {
            let until = day(&mut reader, "until", "Give the new last day.");
            let agreed_by = reader.id("agreed_by", "Say who agreed.");
            let with = read_with(&mut reader);
            let advice = reader.text("advice", "Say whose advice was sought, and what it was.");
            let signature = reader.optional_text("signature");
            let renewed = || {
                Some(Command::RenewArrangement {
                    arrangement,
                    until: until?,
                    agreed_by: agreed_by?,
                    agreed_with: with?,
                    advice: Personal::known(advice?),
                    signature: signature?,
                })
            };
            renewed()
        }
        "end" => reader
            .text("end.reason", "Say why it ends.")
            .map(|reason| Command::EndArrangement { arrangement, reason: Personal::known(reason) }),
        "on" | "off" => reader.id("trip", "Choose the trip.").map(|trip| Command::PutArrangementOnTrip {
            arrangement,
            trip,
            on: what == "on",
        }),
        _ => {
            reader.error("do", "Choose what to do.");
            None
        }
    };
    reader.finish(command)
}
