//! What is known, as JSON. Names stand beside ids, so that a client needs no second question.

mod board;
mod bodies;
mod governors;
mod keeping;
mod listing;
mod messages;
mod policy;
pub(super) mod records;
mod register;
mod safeguarding;
mod trips;

use axum::Router;
use axum::routing::{get, post};
use schemars::{Schema, SchemaGenerator};

use self::listing::{LIMIT, PAGE, Q};

use crate::app::AppState;

/// A view, for the document.
pub(super) struct ViewPath {
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A parameter of one: in the path where the path names it, else in the query.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Its JSON Schema.
    pub(super) schema: &'static str,
}

const UUID: &str = r#"{"type":"string","format":"uuid"}"#;
const DATE: &str = r#"{"type":"string","format":"date"}"#;

const PERSON: Parameter = parameter("person", "Somebody on the register.", UUID);
const NAME: Parameter = parameter(
    "name",
    "A name, initials or a number as it may have been typed; several with commas between, each of three letters or more.",
    r#"{"type":"string","minLength":3}"#,
);

const fn parameter(name: &'static str, about: &'static str, schema: &'static str) -> Parameter {
    Parameter { name, about, schema }
}

/// Every view.
pub(super) const ALL: &[ViewPath] = &[
    ViewPath {
        path: "/board",
        id: "views.board",
        about: "The live board: trips out now, the most urgent first; leaving soon; coming home; open cases; phones \
            overdue; lines; services.",
        parameters: &[],
        schema: |g| g.subschema_for::<board::BoardBody>(),
    },
    ViewPath {
        path: "/health",
        id: "views.health",
        about: "Whether what is known is live, and how services and the provider of texts and calls are.",
        parameters: &[],
        schema: |g| g.subschema_for::<board::HealthBody>(),
    },
    ViewPath {
        path: "/trips",
        id: "views.trips",
        about: "Every trip, by the time it leaves.",
        parameters: &[
            parameter(
                "phase",
                "Only those in this phase.",
                r#"{"type":"string","enum":["draft","submitted","authorised","out","returned","closed","cancelled"]}"#,
            ),
            Q,
            LIMIT,
            PAGE,
        ],
        schema: |g| g.subschema_for::<Vec<bodies::TripLine>>(),
    },
    ViewPath {
        path: "/trips/{trip}",
        id: "views.trip",
        about: "One trip: its form and the form's hash, where it stands, what is checked at each gate, what changed since \
            it was authorised, what is due, what happened.",
        parameters: &[parameter("trip", "The trip.", UUID)],
        schema: |g| g.subschema_for::<trips::TripBody>(),
    },
    ViewPath {
        path: "/devices",
        id: "views.devices",
        about: "Every phone on the register, by its tag.",
        parameters: &[Q, LIMIT, PAGE],
        schema: |g| g.subschema_for::<Vec<register::DeviceLine>>(),
    },
    ViewPath {
        path: "/devices/{device}",
        id: "views.device",
        about: "One phone, with how it got where it is.",
        parameters: &[parameter("device", "The phone.", UUID)],
        schema: |g| g.subschema_for::<register::DeviceBody>(),
    },
    ViewPath {
        path: "/supply",
        id: "views.supply",
        about: "Whether there are enough phones, by day and kind.",
        parameters: &[parameter(
            "days",
            "How many days, from today on; 14 if it is left out.",
            r#"{"type":"integer","minimum":1,"maximum":366}"#,
        )],
        schema: |g| g.subschema_for::<Vec<register::SupplyLine>>(),
    },
    ViewPath {
        path: "/policy",
        id: "views.policy",
        about: "The policy of the school: every setting with its rule, what differs from the preset it started from, who \
            changed what, when it is reviewed.",
        parameters: &[],
        schema: |g| g.subschema_for::<policy::PolicyBody>(),
    },
    ViewPath {
        path: "/people",
        id: "views.people",
        about: "Who works here, by name, and who is on call.",
        parameters: &[Q, LIMIT, PAGE],
        schema: |g| g.subschema_for::<register::PeopleBody>(),
    },
    ViewPath {
        path: "/lines",
        id: "views.lines",
        about: "The school's lines and how they are.",
        parameters: &[],
        schema: |g| g.subschema_for::<Vec<bodies::LineBody>>(),
    },
    ViewPath {
        path: "/route",
        id: "views.route",
        about: "Whom to ring now, in that order, and why.",
        parameters: &[
            parameter(
                "audience",
                "Who asks; base if it is left out.",
                r#"{"type":"string","enum":["parent","pupil","staff_off_site","base","host_organisation","staff_family"]}"#,
            ),
            parameter("trip", "About which trip.", UUID),
        ],
        schema: |g| g.subschema_for::<bodies::RouteBody>(),
    },
    ViewPath {
        path: "/cases",
        id: "views.cases",
        about: "Open cases, the gravest first; then those that ended last.",
        parameters: &[],
        schema: |g| g.subschema_for::<messages::CasesBody>(),
    },
    ViewPath {
        path: "/messages",
        id: "views.messages",
        about: "Texts and calls, in and out, the newest first.",
        parameters: &[],
        schema: |g| g.subschema_for::<messages::MessagesBody>(),
    },
    ViewPath {
        path: "/calls",
        id: "views.calls",
        about: "Callers who rang and reached nobody, and who rang them back. A number of somebody outside until then.",
        parameters: &[],
        schema: |g| g.subschema_for::<Vec<keeping::CallBody>>(),
    },
    ViewPath {
        path: "/pouches",
        id: "views.pouches",
        about: "Pupils' own phones, in their pouches and given back, for those who take them.",
        parameters: &[],
        schema: |g| g.subschema_for::<Vec<keeping::PouchBody>>(),
    },
    ViewPath {
        path: "/arrangements",
        id: "views.arrangements",
        about: "Every arrangement for a device, for the DSL and the head.",
        parameters: &[],
        schema: |g| g.subschema_for::<Vec<keeping::ArrangementBody>>(),
    },
    ViewPath {
        path: "/recordings",
        id: "views.recordings",
        about: "Recordings on phones that came back, until they are off them, and what became of those that are.",
        parameters: &[],
        schema: |g| g.subschema_for::<Vec<keeping::RecordingBody>>(),
    },
    ViewPath {
        path: "/incidents",
        id: "views.incidents",
        about: "The incidents that whoever asks may read, the newest first: to others there are none.",
        parameters: &[LIMIT, PAGE],
        schema: |g| g.subschema_for::<Vec<safeguarding::IncidentLine>>(),
    },
    ViewPath {
        path: "/incidents/{incident}",
        id: "views.incident",
        about: "One incident. That it is about to be read is recorded first.",
        parameters: &[parameter("incident", "The incident.", UUID)],
        schema: |g| g.subschema_for::<safeguarding::IncidentBody>(),
    },
    ViewPath {
        path: "/usage",
        id: "views.usage",
        about: "A week of the usage log, for the DSL and the head.",
        parameters: &[parameter(
            "week",
            "Its Monday; the newest week if it is left out.",
            r#"{"type":"string","format":"date"}"#,
        )],
        schema: |g| g.subschema_for::<safeguarding::UsageBody>(),
    },
    ViewPath {
        path: "/governors",
        id: "views.governors",
        about: "A term in figures, for governors; of the term that it is, unless days are named. No names.",
        parameters: &[
            parameter("from", "The first day.", DATE),
            parameter("to", "The last day, at most 400 days later.", DATE),
        ],
        schema: |g| g.subschema_for::<governors::GovernorsBody>(),
    },
    ViewPath {
        path: "/records/person",
        id: "views.records",
        about: "What is kept about one person: how much of each kind, what can be erased, what stays and why, the newest \
            records. For the DSL, the head and administrators, who see no incident that they may not read.",
        parameters: &[PERSON, NAME],
        schema: |g| g.subschema_for::<records::KeptBody>(),
    },
    ViewPath {
        path: "/records/person/export",
        id: "views.records_export",
        about: "All of it with its content, to be given out. That an incident in it is read is recorded first.",
        parameters: &[PERSON, NAME],
        schema: |g| g.subschema_for::<records::ExportBody>(),
    },
    ViewPath {
        path: "/records/readings",
        id: "views.readings",
        about: "Who opened which record, the newest first.",
        parameters: &[
            parameter("by", "Opened by that person.", UUID),
            parameter("what", "Of that kind: `person`, `trip`, `incident`.", r#"{"type":"string"}"#),
            parameter("of", "Of that record, by its id.", r#"{"type":"string"}"#),
            LIMIT,
            PAGE,
        ],
        schema: |g| g.subschema_for::<Vec<records::ReadingBody>>(),
    },
];

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/board", get(board::board))
        .route("/health", get(board::health))
        .route("/trips", get(trips::all))
        .route("/trips/{id}", get(trips::one))
        .route("/devices", get(register::devices))
        .route("/devices/{id}", get(register::device))
        .route("/supply", get(register::supply))
        .route("/policy", get(policy::policy))
        .route("/people", get(register::people))
        .route("/lines", get(register::lines))
        .route("/route", get(register::route))
        .route("/cases", get(messages::cases))
        .route("/messages", get(messages::messages))
        .route("/calls", get(keeping::calls))
        .route("/pouches", get(keeping::pouches))
        .route("/arrangements", get(keeping::arrangements))
        .route("/recordings", get(keeping::recordings))
        .route("/incidents", get(safeguarding::incidents))
        .route("/incidents/{id}", get(safeguarding::incident))
        .route("/usage", get(safeguarding::usage))
        .route("/governors", get(governors::governors))
        .route("/records/person", get(records::kept))
        .route("/records/person/export", get(records::export))
        .route("/records/person/erase", post(records::erase))
        .route("/records/readings", get(records::readings))
}
