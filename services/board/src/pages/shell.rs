//! What every page has around it: the school, who is logged in, where one can go.

use axum::http::StatusCode;
use axum::response::Response;
use proto::Timestamp;
use proto::ids::PersonId;
use proto::v1::people::Role;
use uuid::Uuid;

use super::html::page;
use super::words::When;
use crate::app::AppState;
use crate::auth::Session;
use crate::auth::roles::{Action, Seen};
use crate::tiles::MapTiles;
use crate::view::SchoolView;

/// The places of the navigation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Board,
    Trips,
    Devices,
    Alerts,
    People,
    Lines,
    Messages,
    Calls,
    Safeguarding,
    Policy,
    /// One's own log-in, behind one's name.
    Me,
}

/// What the base template leans on.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) school: String,
    pub(crate) person: String,
    /// Their id: what they have themselves is shown as theirs.
    pub(crate) person_id: PersonId,
    pub(crate) roles: String,
    pub(crate) place: Place,
    pub(crate) form_token: String,
    /// An id of this showing of the page: with what is typed it makes a command's id, so that a double click does
    /// nothing twice.
    pub(crate) once: String,
    pub(crate) now: String,
    pub(crate) zone: String,
    pub(crate) stream: Option<&'static str>,
    pub(crate) kiosk: bool,
    /// Where the ground under maps comes from, if a server is named.
    pub(crate) tiles: Option<MapTiles>,
    /// Alerts that nobody has.
    pub(crate) alerts: usize,
    /// Callers who wait to be rung back; none where whoever looks isn't shown them.
    pub(crate) calls: Option<usize>,
}

impl Shell {
    pub(crate) fn of(view: &SchoolView, session: &Session, place: Place, now: Timestamp) -> Self {
        Self {
            school: view.school.name.to_string(),
            person: view.person_name(session.person),
            person_id: session.person,
            roles: session.roles.iter().map(|role| super::words::role(*role)).collect::<Vec<_>>().join(", "),
            place,
            form_token: session.form_token.clone(),
            once: Uuid::now_v7().to_string(),
            now: now.to_string(),
            zone: String::from(view.school.zone.clone()),
            stream: None,
            kiosk: false,
            calls: session.may(Action::See(Seen::Messages)).then(|| super::calls::waiting(view)),
            tiles: None,
            alerts: view.cases(session.seen_by).iter().filter(|case| super::cards::alarms(case)).count(),
        }
    }

    pub(crate) fn is_at(&self, place: Place) -> bool {
        self.place == place
    }
}

/// What a page is drawn from: the view at this moment, who looks, and when it is.
#[derive(Clone, Copy)]
pub(crate) struct Looking<'a> {
    pub(crate) view: &'a SchoolView,
    pub(crate) session: &'a Session,
    pub(crate) now: Timestamp,
    /// Where the ground under maps comes from, if a server is named.
    pub(crate) tiles: Option<&'a MapTiles>,
}

impl<'a> Looking<'a> {
    pub(crate) fn new(state: &'a AppState, view: &'a SchoolView, session: &'a Session) -> Self {
        Self { view, session, now: state.now(), tiles: state.map_tiles() }
    }

    pub(crate) fn shell(&self, place: Place) -> Shell {
        let shell = Shell::of(self.view, self.session, place, self.now);
        Shell { tiles: self.tiles.cloned(), ..shell }
    }

    pub(crate) fn when(&self) -> When<'a> {
        When { zone: &self.view.school.zone, now: self.now }
    }

    /// Whether the table of roles lets them ask that.
    pub(crate) fn may(&self, service: proto::topics::ServiceName, variant: &str) -> bool {
        self.session.may(Action::Command(service, variant))
    }

    /// Those on the register who have one of these roles (all, if none is named), by name.
    pub(crate) fn people_with(&self, any: &[Role]) -> Vec<(PersonId, String)> {
        let fits = |roles: &std::collections::BTreeSet<Role>| {
            any.is_empty() || any.iter().any(|r| roles.contains(r))
        };
        let members = self.view.people.members().filter(|(_, member)| fits(&member.roles));
        let mut people: Vec<_> = members.map(|(id, member)| (id, member.name.shown())).collect();
        people.sort_by(|a, b| a.1.cmp(&b.1));
        people
    }
}

/// A page that says that something isn't there.
#[derive(askama::Template)]
#[template(path = "missing.html")]
struct Missing {
    shell: Shell,
    what: &'static str,
}

/// A page that isn't for whoever looks.
#[derive(askama::Template)]
#[template(path = "not_for.html")]
struct NotFor {
    shell: Shell,
    whom: &'static str,
}

/// A page that is shown to others alone: `whom` says to whom.
pub(crate) fn not_for(look: &Looking<'_>, place: Place, whom: &'static str) -> Response {
    page(StatusCode::FORBIDDEN, &NotFor { shell: look.shell(place), whom })
}

/// There is no such trip, phone, person.
pub(crate) fn missing(look: &Looking<'_>, place: Place, what: &'static str) -> Response {
    page(StatusCode::NOT_FOUND, &Missing { shell: look.shell(place), what })
}
