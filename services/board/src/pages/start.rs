//! The first run: from nothing to a first trip, a step at a time, each with its form here. It decides nothing: the forms go where
//! those of the registers go, and lead back here.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use contacts::Health;
use people::Member;
use proto::ids::{DeviceId, LineId, PersonId};
use proto::topics::ServiceName;
use proto::v1::alerts::Channel;
use proto::v1::contacts::LineKind;
use proto::v1::devices::DeviceKind;
use proto::v1::people::Role;

use super::html::page;
use super::messages;
use super::people::{role_choices, standing_choices};
use super::policy::{PresetCard, heads_to_name, preset_cards};
use super::shell::{Looking, Place, Shell};
use super::words;
use crate::app::AppState;
use crate::auth::Session;
use crate::forms::{Choice, FormView};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/start", get(show))
}

/// The steps, in an order in which each has what it needs.
#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    shell: Shell,
    form: FormView,
    zone: String,
    /// The preset that its policy started from.
    preset: Option<&'static str>,
    presets: Vec<PresetCard>,
    /// Whom to name as agreeing, where whoever looks is no head.
    heads: Option<Vec<Choice>>,
    lines: Vec<LineDone>,
    landline: bool,
    /// Who is still needed, and what for.
    needed: Vec<Needed>,
    people: usize,
    phones: Phones,
    /// How texts and calls go out; none: no provider.
    provider: Option<String>,
    /// The phones that a test text can go to.
    test_phones: Vec<Choice>,
    /// How the last test text fared.
    tested: Option<(String, (&'static str, &'static str))>,
    /// The landline that a test call can ring, and what became of the last one.
    test: Option<Test>,
    trips: usize,
    /// Which steps are done.
    steps: [bool; STEPS],
    done: usize,
    /// The first step that is not done: its form stands open.
    next: u8,
    may: May,
    roles: Vec<Choice>,
    standings: Vec<Choice>,
}

struct LineDone {
    name: String,
    number: String,
}

struct Needed {
    role: &'static str,
    why: &'static str,
    /// Who has it.
    who: Option<String>,
}

struct Phones {
    mobiles: usize,
    unconfirmed: usize,
    /// The first of those whose passcode nobody confirmed.
    to_confirm: Vec<(DeviceId, String)>,
}

struct Test {
    line: LineId,
    name: String,
    word: &'static str,
    class: &'static str,
}

struct May {
    lines: bool,
    policy: bool,
    people: bool,
    phones: bool,
    write: bool,
}

/// So many work mobiles are enough to begin with: the leader's and a second adult's.
const ENOUGH_MOBILES: usize = 2;

/// How many phones are listed here to have their passcode confirmed, at most.
const TO_CONFIRM: usize = 6;

/// How many steps there are.
const STEPS: usize = 6;

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    page(StatusCode::OK, &StartPage::of(&Looking::new(&state, &view, &session)))
}

fn needed(look: &Looking<'_>) -> Vec<Needed> {
    let of = |any: &'static [Role], role, why| {
        let has = |(_, member): &(PersonId, &Member)| any.iter().any(|role| member.roles.contains(role));
        let who = look.view.people.members().find(has).map(|(_, member)| member.name.shown());
        Needed { role, why, who }
    };
    vec![
        of(&[Role::Leader], "Somebody who leads", "fills in the form and goes along"),
        of(&[Role::Office], "Somebody in the office", "gives phones out and holds base"),
        of(&[Role::Senior, Role::Head], "A senior member of staff", "authorises; never on the trip itself"),
        of(&[Role::Dsl], "The safeguarding lead", "sees all use, and is on the ladder"),
    ]
}

fn provider(look: &Looking<'_>) -> Option<String> {
    let known = &look.view.gateway.providers;
    let by = |channel| known.in_force(channel).map(|way| way.provider.to_string());
    match (by(Channel::Text), by(Channel::Voice)) {
        (None, None) => None,
        (Some(text), Some(voice)) if text == voice => Some(format!("Texts and calls go by {text}.")),
        (Some(text), Some(voice)) => Some(format!("Texts go by {text}, calls by {voice}.")),
        (Some(text), None) => Some(format!("Texts go by {text}; calls can't be made.")),
        (None, Some(voice)) => Some(format!("Calls go by {voice}; texts can't be sent.")),
    }
}

fn test(look: &Looking<'_>) -> Option<Test> {
    let mut lines = look.view.contacts.lines();
    let (id, line) = lines.find(|(_, line)| line.kind == LineKind::Landline)?;
    let (word, class) = match &line.health {
        Health::Up => ("works, as far as is known", "good"),
        Health::Doubtful { .. } | Health::Down { .. } | Health::Back { .. } => {
            words::health(line.health.kind())
        }
    };
    Some(Test { line: id, name: line.name.to_string(), word, class })
}

impl StartPage {
    fn of(look: &Looking<'_>) -> Self {
        let view = look.view;
        let landline = view.contacts.lines().any(|(_, line)| line.kind == LineKind::Landline);
        let needed = needed(look);
        let mobiles = || view.devices.devices().filter(|(_, device)| device.kind == DeviceKind::WorkMobile);
        let unconfirmed = || mobiles().filter(|(_, device)| device.passcode_confirmed_at.is_none());
        let phones = Phones {
            mobiles: mobiles().count(),
            unconfirmed: unconfirmed().count(),
            to_confirm: unconfirmed()
                .take(TO_CONFIRM)
                .map(|(id, device)| (id, device.tag.to_string()))
                .collect(),
        };
        let (provider, trips) = (provider(look), view.trips.trips().count());
        let staffed = needed.iter().all(|needed| needed.who.is_some());
        let supplied = phones.mobiles >= ENOUGH_MOBILES && phones.unconfirmed < phones.mobiles;
        let settled = view.school.policy.preset.is_some() || !view.people.policy().changes().is_empty();
        let steps = [settled, landline, staffed, supplied, provider.is_some(), trips > 0];
        let next = steps.iter().position(|done| !done).map_or(0, |at| at as u8 + 1);
        let may = |service, variant| look.may(service, variant);
        let line =
            |line: &contacts::Line| LineDone { name: line.name.to_string(), number: line.number.national() };
        Self {
            shell: look.shell(Place::Board),
            form: fresh(),
            zone: String::from(view.school.zone.clone()),
            preset: view.school.policy.preset.map(decider::policy::name),
            presets: preset_cards(&view.school.policy),
            heads: heads_to_name(look),
            lines: view.contacts.lines().map(|(_, known)| line(known)).collect(),
            landline,
            needed,
            people: view.people.members().count(),
            phones,
            provider,
            test_phones: messages::phones_to_try(look),
            tested: messages::last_test(look),
            test: test(look),
            trips,
            steps,
            done: steps.iter().filter(|done| **done).count(),
            next,
            may: May {
                lines: may(ServiceName::Contacts, "AddLine"),
                policy: may(ServiceName::People, "ChoosePreset"),
                people: may(ServiceName::People, "AddPerson"),
                phones: may(ServiceName::Devices, "RegisterDevice"),
                write: may(ServiceName::Trips, "SaveDraft"),
            },
            roles: role_choices(),
            standings: standing_choices(),
        }
    }

    /// Whether that step is done.
    fn is_done(&self, step: u8) -> bool {
        step.checked_sub(1).and_then(|at| self.steps.get(usize::from(at))).copied().unwrap_or_default()
    }
}

/// What is usual, so that little has to be typed.
fn fresh() -> FormView {
    let mut pairs = vec![
        ("line", LineId::new().to_string()),
        ("person", PersonId::new().to_string()),
        ("device", DeviceId::new().to_string()),
        ("name", String::new()),
        ("from", "08:00".to_owned()),
        ("to", "16:30".to_owned()),
        ("ring_secs", "20".to_owned()),
        ("standing", "staff".to_owned()),
        ("storage", "Office safe".to_owned()),
        ("start.reason", "As Homeward was set up.".to_owned()),
    ];
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    pairs.extend(days.map(|day| ("days", day.to_owned())));
    FormView::with(&pairs)
}
