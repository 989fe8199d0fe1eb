//! Finding people and phones while somebody types: `GET /find/people?q=oka`. And back: what was typed becomes the id of what it
//! names, so that forms work without the script.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use devices::{Custody, Device};
use proto::ids::PersonId;
use proto::v1::devices::DeviceKind;
use proto::v1::people::Role;
use proto::values::AssetTag;
use serde::{Deserialize, Serialize};

use super::paging::Wanted;
use super::words;
use crate::app::AppState;
use crate::auth::Session;
use crate::view::SchoolView;

/// So many are offered.
const OFFERED: usize = 20;

/// What is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    People,
    Phones,
}

impl Kind {
    /// As it stands in addresses and in fields' names.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Phones => "phones",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::People, Self::Phones].into_iter().find(|kind| kind.as_str() == text)
    }
}

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/find/{what}", get(find))
}

/// Of which.
#[derive(Deserialize, Default)]
struct Only {
    /// `dsl,head`: people with one of these roles.
    #[serde(default)]
    roles: String,
    /// `work_mobile` or `basic_phone`.
    #[serde(default)]
    kind: String,
    /// Phones in store alone.
    #[serde(default)]
    store: u8,
    /// Phones that are out alone.
    #[serde(default)]
    out: u8,
}

/// One that fits.
#[derive(Serialize)]
struct Found {
    /// What stands in the field when it is chosen.
    value: String,
    /// What tells it from others.
    label: String,
    /// A person's own work mobile, by its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<String>,
}

async fn find(
    State(state): State<AppState>,
    session: Session,
    Path(what): Path<String>,
    Query(wanted): Query<Wanted>,
    Query(only): Query<Only>,
) -> Response {
    let view = state.view_of(&session);
    match Kind::parse(&what) {
        Some(Kind::People) => Json(people(&view, &wanted, &only)).into_response(),
        Some(Kind::Phones) => Json(phones(&view, &wanted, &only)).into_response(),
        None => (StatusCode::NOT_FOUND, "People and phones are found here.").into_response(),
    }
}

fn people(view: &SchoolView, wanted: &Wanted, only: &Only) -> Vec<Found> {
    let any: Vec<Role> = super::people::ROLES
        .into_iter()
        .filter(|role| only.roles.split(',').any(|name| name == role.as_str()))
        .collect();
    let with = |roles: &BTreeSet<Role>| any.is_empty() || any.iter().any(|role| roles.contains(role));
    let members = view.people.members().filter(|(_, member)| with(&member.roles));
    let mut found: Vec<_> = members
        .filter(|(_, member)| wanted.finds(&[&member.name.shown()]))
        .map(|(id, member)| (member.name.shown(), id, member))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.truncate(OFFERED);
    let own = |person: PersonId| view.own_mobile(person).map(|(_, device)| device.tag.to_string());
    let one = |(_, id, member): (String, PersonId, &people::Member)| Found {
        value: label_of_person(view, id),
        label: member.roles.iter().map(|role| words::role(*role)).collect::<Vec<_>>().join(", "),
        mobile: own(id),
    };
    found.into_iter().map(one).collect()
}

fn phones(view: &SchoolView, wanted: &Wanted, only: &Only) -> Vec<Found> {
    let kind = match only.kind.as_str() {
        "work_mobile" => Some(DeviceKind::WorkMobile),
        "basic_phone" => Some(DeviceKind::BasicPhone),
        _ => None,
    };
    let fits = |device: &Device| {
        let in_store = matches!(device.custody, Custody::InStore { .. });
        let is_out = device.issued().is_some();
        let placed = match (only.store != 0, only.out != 0) {
            (true, _) => in_store,
            (false, true) => is_out,
            (false, false) => in_store || is_out,
        };
        placed && kind.is_none_or(|kind| kind == device.kind)
    };
    let found = view.devices.devices().map(|(_, device)| device).filter(|device| fits(device));
    let mut found: Vec<&Device> =
        found.filter(|device| wanted.finds(&[device.tag.as_str(), &device.number.national()])).collect();
    found.sort_by(|a, b| a.tag.cmp(&b.tag));
    found.truncate(OFFERED);
    let one = |device: &Device| {
        let holder = device.holder().map(|holder| format!(", {}", view.holder_name(holder)));
        let label = format!("{}{}", device.number.national(), holder.unwrap_or_default());
        Found { value: label_of_phone(device), label, mobile: None }
    };
    found.into_iter().map(one).collect()
}

/// A name; where two have it, with the end of the id.
pub(crate) fn label_of_person(view: &SchoolView, person: PersonId) -> String {
    let name = view.person_name(person);
    let alike = view.people.members().filter(|(_, member)| member.name.shown() == name).take(2).count();
    if alike < 2 { name } else { format!("{name} ({})", tail(person)) }
}

fn tail(person: PersonId) -> String {
    let id = person.to_string();
    id[id.len() - 4..].to_owned()
}

/// A phone's tag.
pub(crate) fn label_of_phone(device: &Device) -> String {
    device.tag.to_string()
}

/// The id of what is called so, if there is one such.
fn called(view: &SchoolView, kind: Kind, text: &str) -> Option<String> {
    let text = text.trim();
    match kind {
        Kind::People => {
            let wanted = text.to_lowercase();
            let is = |person: PersonId, name: &str| {
                let name = name.to_lowercase();
                name == wanted || format!("{name} ({})", tail(person)) == wanted
            };
            let mut alike = view.people.members().filter(|(id, member)| is(*id, &member.name.shown()));
            match (alike.next(), alike.next()) {
                (Some((id, _)), None) => Some(id.to_string()),
                (Some(_), Some(_)) | (None, _) => None,
            }
        }
        Kind::Phones => {
            let tag = AssetTag::parse(text.split(' ').next().unwrap_or(text)).ok()?;
            view.devices.by_tag(&tag).map(|id| id.to_string())
        }
    }
}

/// What was typed into a field that finds, under the field's own name: `find.people:leader` becomes `leader`.
pub(crate) fn named(view: &SchoolView, (name, value): (String, String)) -> (String, String) {
    let found = name.strip_prefix("find.").and_then(|rest| rest.split_once(':'));
    let Some((kind, field)) = found.and_then(|(kind, field)| Some((Kind::parse(kind)?, field))) else {
        return (name, value);
    };
    let id = called(view, kind, &value);
    (field.to_owned(), id.unwrap_or(value))
}
