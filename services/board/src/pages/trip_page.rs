//! One trip's page, gathered: where it stands, what stands against the next step, what can be done now.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::contacts::Audience;
use trips::{Clearance, Gate, Phase, PhaseName, Trip, readiness};

use super::arrivals::{self, ArrivalCard};
use super::cards::{CaseCard, GroupCard, groups, lost};
use super::html::page;
use super::map::{Map, map_of};
use super::prospect::Prospect;
use super::rings::{Rings, rings};
use super::safeguarding::arrangement_words::{ArrangementRow, on_trip};
use super::shell::{Looking, Place, Shell, missing};
use super::trip_words::{FormWords, fields};
use super::trouble::{Check, Trouble};
use super::whereabouts::{Whereabouts, whereabouts};
use super::words;
use crate::auth::Fields;
use crate::forms::{Choice, Choices, FormView};

#[derive(Template)]
#[template(path = "trip/page.html")]
struct TripPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: TripId,
    title: String,
    hash: String,
    phase: PhaseName,
    word: &'static str,
    class: &'static str,
    when: String,
    /// As it stood then: for paper.
    stood: String,
    /// Just saved: what the browser kept of the form is let go.
    saved: bool,
    sent_back: Option<String>,
    authorised: Option<String>,
    /// It is a drill. [REV-1]
    drill: Option<DrillCard>,
    /// What changed since it was authorised: (everything, what matters).
    changed: Option<(String, String)>,
    awaiting: Option<String>,
    clearance: Option<ClearanceCard>,
    /// What a senior looks at before authorising, while that lies ahead or the party hasn't left.
    prospect: Option<Prospect>,
    /// The list of the next gate, and what the gate is.
    gate: Option<(&'static str, Vec<Check>)>,
    red: usize,
    /// Whether phones are what keeps the party from leaving.
    wants_phones: bool,
    may: May,
    groups: Vec<GroupCard>,
    /// Pupils who travel directly. [FORM-6]
    arrivals: Vec<ArrivalCard>,
    travellers: Vec<Choice>,
    arrival_words: Vec<Choice>,
    pupils: u32,
    /// The form's groups: (name, pupils expected, input's name).
    counts: Vec<(String, u32, String)>,
    staff: Vec<Choice>,
    /// What is ticked as carried. [DEV-10]
    toolkit: Vec<String>,
    /// Whether it is asked that pupils' own devices stay at school. [PERS-1]
    asks_own_phones: bool,
    /// Who visits a home alone has to give one. [CHECK-6]
    duress_label: &'static str,
    reserves: Vec<Choice>,
    people: Choices,
    heads: Choices,
    case: Option<CaseCard>,
    /// When police are called for a child that is lost.
    lost: Option<(String, String)>,
    base: Option<String>,
    devices: Vec<DeviceRow>,
    /// Some of them aren't in, nor settled.
    phones_awaited: bool,
    whereabouts: Vec<Whereabouts>,
    map: Option<Map>,
    rings: Rings,
    expected: u32,
    released: u32,
    words: FormWords,
    /// Devices of their own that go along; none where whoever looks needn't know.
    arrangements: Option<Vec<ArrangementRow>>,
}

/// What the roles of whoever looks allow; what the trip's phase allows the template looks at.
struct May {
    write: bool,
    authorise: bool,
    depart: bool,
    settle: bool,
    base: bool,
    link: bool,
    review: bool,
}

struct ClearanceCard {
    reason: String,
    settled: Option<String>,
    missing: Vec<Check>,
}

/// A drill: whether it is over, and what was learnt.
struct DrillCard {
    over: bool,
    learnt: Option<(String, String)>,
}

struct DeviceRow {
    id: String,
    tag: String,
    holder: String,
    stands: &'static str,
    class: &'static str,
    /// A smartphone in a member of staff's hands: the phone page can be sent to it.
    smart: bool,
}

/// The page, with what stands against what was tried, and what was typed.
pub(crate) fn show(
    look: &Looking<'_>,
    id: TripId,
    trouble: Option<Trouble>,
    typed: Fields,
    saved: bool,
) -> Response {
    let Some(trip) = look.view.trips.trip(id) else { return missing(look, Place::Trips, "trip") };
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    page(status, &gather(look, id, trip, trouble, typed, saved))
}

fn gather(
    look: &Looking<'_>,
    id: TripId,
    trip: &Trip,
    mut trouble: Option<Trouble>,
    typed: Fields,
    saved: bool,
) -> TripPage {
    let (word, class) = words::phase(trip.phase_name());
    let mut gate = gate(look, id, trip);
    let reds = gate.iter().flat_map(|(_, checks)| checks).filter(|check| !check.ok);
    let red = reds.clone().count();
    let wants_phones = trip.phase_name() == PhaseName::Authorised
        && reds.clone().any(|check| check.rule.starts_with("DEV-"));
    if let (Some(trouble), Some((_, listed))) = (&mut trouble, &mut gate) {
        not_twice(trouble, listed);
    }
    let changes = trip.changed_since_authorised().filter(|changes| !changes.all.is_empty());
    let form = &trip.form;
    let named = |people: &mut dyn Iterator<Item = proto::ids::PersonId>| {
        people.map(|person| Choice::new(person, look.view.person_name(person))).collect::<Vec<_>>()
    };
    let arrivals = arrivals::of_trip(look, id);
    let (people, heads) =
        (Choices::people(look, &typed), Choices::people_with(look, &[proto::v1::people::Role::Head], &typed));
    TripPage {
        shell: look.shell(Place::Trips),
        trouble,
        form: FormView::new(typed, Vec::new()),
        id,
        title: trip.shown_title(),
        drill: drill(look, id, trip),
        hash: trip.form_hash.to_string(),
        phase: trip.phase_name(),
        word,
        class,
        when: look.when().window(form.window),
        stood: look.view.school.zone.local(look.now).strftime("%-d %B %Y at %H:%M").to_string(),
        saved,
        sent_back: sent_back(trip),
        authorised: trip.last_authorisation().map(|a| authorised(look, a)),
        changed: changes.map(|changes| (fields(&changes.all), fields(&changes.that_matter))),
        awaiting: trip.outing().and_then(|outing| outing.awaiting.as_deref()).map(fields),
        clearance: clearance(look, trip),
        arrangements: on_trip(look, id),
        prospect: prospect(look, id, trip),
        gate,
        red,
        wants_phones,
        may: may(look),
        groups: groups(look, id),
        travellers: arrivals.iter().map(|one| Choice::new(one.pupil, one.name.clone())).collect(),
        arrivals,
        arrival_words: arrival_words(),
        pupils: form.pupils.get(),
        counts: form
            .groups
            .iter()
            .map(|group| (group.name.to_string(), group.expected.get(), format!("count.{}", group.group)))
            .collect(),
        staff: named(&mut form.staff.iter().map(|staff| staff.person)),
        toolkit: look.view.school.policy.toolkit.iter().map(ToString::to_string).collect(),
        asks_own_phones: look.view.school.policy.pupil_devices_stay && form.pupils.get() > 0,
        duress_label: duress_label(form),
        reserves: named(&mut form.reserves.iter().map(|staff| staff.person)),
        people,
        heads,
        case: look.view.case_of_trip(look.session.seen_by, id).map(|case| CaseCard::of(look, &case)),
        lost: lost(look, id),
        base: look.view.contacts.base_holder(id).map(|person| look.view.person_name(person)),
        devices: devices(look, id),
        phones_awaited: look.view.devices.trip(id).is_some_and(|trip| !trip.awaited().is_empty()),
        whereabouts: whereabouts(look, id),
        map: map_of(look, id),
        rings: rings(look, Audience::Base, Some(id)),
        expected: trip.outing().map_or(0, |outing| outing.pupils_left().get()),
        released: trip.released.get(),
        words: FormWords::of(look, form),
    }
}

fn may(look: &Looking<'_>) -> May {
    let trips = |variant| look.may(ServiceName::Trips, variant);
    May {
        write: trips("SaveDraft"),
        authorise: trips("AuthoriseForm"),
        depart: trips("Depart"),
        settle: trips("SettleClearance"),
        base: look.may(ServiceName::Contacts, "HoldBase"),
        review: trips("ReviewDrill"),
        link: look.may(ServiceName::Gateway, "SendPageLink"),
    }
}

fn prospect(look: &Looking<'_>, id: TripId, trip: &Trip) -> Option<Prospect> {
    let ahead = match &trip.phase {
        Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_) => true,
        Phase::Out(outing) => outing.awaiting.is_some(),
        Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. } => false,
    };
    ahead.then(|| Prospect::of(look, id, trip))
}

/// The list of the gate that comes next.
fn gate(look: &Looking<'_>, id: TripId, trip: &Trip) -> Option<(&'static str, Vec<Check>)> {
    let (title, gate) = match &trip.phase {
        Phase::Draft { .. } => ("Before it can be submitted", Gate::Submit),
        Phase::Submitted { .. } => ("Before it can be authorised", Gate::Authorise),
        Phase::Authorised(_) => ("Before the party may leave", Gate::Depart),
        Phase::Out(outing) if outing.awaiting.is_some() => {
            ("Before the change can be authorised", Gate::Authorise)
        }
        Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. } => return None,
    };
    let school = &look.view.school;
    let items = readiness(&look.view.trips, id, gate, look.now, &school.zone, &school.policy);
    let mut checks = Check::of_form(look.view, &trip.form, &items);
    for check in checks.iter_mut().filter(|check| !check.ok) {
        check.href = remedied_at(look, id, gate, check.rule);
    }
    Some((title, checks))
}

/// Where what stands against a gate is put right: phones at the desk, all else on the form.
fn remedied_at(look: &Looking<'_>, id: TripId, gate: Gate, rule: &str) -> Option<String> {
    match gate {
        Gate::Depart if rule.starts_with("DEV-") => Some(format!("/devices/issue?trip={id}")),
        Gate::Depart => None,
        Gate::Submit | Gate::Authorise => {
            look.may(ServiceName::Trips, "SaveDraft").then(|| format!("/trips/{id}/edit"))
        }
    }
}

/// A refusal names all that stands against it; what it names isn't listed twice.
fn not_twice(trouble: &mut Trouble, listed: &mut Vec<Check>) {
    let refused = &mut trouble.details.checks;
    for check in refused.iter_mut() {
        check.href =
            listed.iter().find(|known| known.rule == check.rule).and_then(|known| known.href.clone());
    }
    listed.retain(|known| known.ok || !refused.iter().any(|check| check.text == known.text));
}

impl TripPage {
    /// What holds, and what stands against it.
    fn split<'a>(&self, checks: &'a [Check]) -> (Vec<&'a Check>, Vec<&'a Check>) {
        checks.iter().partition(|check| check.ok)
    }
}

fn sent_back(trip: &Trip) -> Option<String> {
    match &trip.phase {
        Phase::Draft { sent_back, .. } => sent_back.as_ref().map(ToString::to_string),
        Phase::Cancelled { reason } => Some(reason.to_string()),
        Phase::Submitted { .. }
        | Phase::Authorised(_)
        | Phase::Out(_)
        | Phase::Returned(_)
        | Phase::Closed { .. } => None,
    }
}

fn authorised(look: &Looking<'_>, authorisation: &trips::Authorisation) -> String {
    let more = authorisation.covers.len().saturating_sub(1);
    let covers = if more == 0 {
        String::new()
    } else {
        format!(", and {}", words::count(more as u64, "like visit", "like visits"))
    };
    format!("by {}, {}{covers}", look.view.person_name(authorisation.by), look.when().at(authorisation.at))
}

fn clearance(look: &Looking<'_>, trip: &Trip) -> Option<ClearanceCard> {
    let Clearance::Without { reason, missing, settled, .. } = &trip.outing()?.clearance else { return None };
    let settled = settled.as_ref().map(|settled| {
        let decision = match settled.decision {
            proto::v1::trips::ClearanceDecision::Recall => "recalled",
            proto::v1::trips::ClearanceDecision::Accept => "accepted",
        };
        let heard = settled
            .heard_by
            .map(|by| format!(", heard by {}", look.view.person_name(by)))
            .unwrap_or_default();
        format!("{decision} by {}{heard}: {}", look.view.person_name(settled.by), settled.reason)
    });
    Some(ClearanceCard { reason: reason.to_string(), settled, missing: Check::list(look.view, missing) })
}

fn devices(look: &Looking<'_>, id: TripId) -> Vec<DeviceRow> {
    let linked = look.view.devices.trip(id).map(|trip| trip.devices.keys().copied().collect::<Vec<_>>());
    let row = |device: proto::ids::DeviceId| {
        let known = look.view.devices.device(device)?;
        let out = known.issued().is_some_and(|issued| issued.trips().contains(&id));
        let holder = known.holder().filter(|_| out);
        let (stands, class) = if out { ("out", "note") } else { super::device::stands(&known.custody) };
        Some(DeviceRow {
            id: device.to_string(),
            tag: known.tag.to_string(),
            holder: holder.map(|holder| look.view.holder_name(holder)).unwrap_or_default(),
            stands,
            class,
            smart: known.handset == proto::v1::devices::Handset::Smart
                && matches!(holder, Some(proto::v1::devices::Holder::Person(_))),
        })
    };
    let mut rows: Vec<DeviceRow> = linked.unwrap_or_default().into_iter().filter_map(row).collect();
    rows.sort_by(|a, b| a.tag.cmp(&b.tag));
    rows
}

fn drill(look: &Looking<'_>, id: TripId, trip: &Trip) -> Option<DrillCard> {
    let done = look.view.trips.drills().done().iter().find(|drill| drill.trip == id);
    let learnt = done.and_then(|drill| drill.learnt.as_ref());
    let card = DrillCard {
        over: done.is_some(),
        learnt: learnt.map(|(words, by, at)| {
            (format!("{}, {}", look.view.person_name(*by), look.when().at(*at)), words.to_string())
        }),
    };
    trip.form.drill.then_some(card)
}

fn arrival_words() -> Vec<Choice> {
    let words = [
        ("arrived", "Has arrived, says the provider"),
        ("not_coming", "Is not coming, as is known for certain"),
        ("not_there", "Not there: what was written down was wrong"),
    ];
    words.map(|(value, label)| Choice::new(value, label)).to_vec()
}

fn duress_label(form: &proto::v1::trips::TripForm) -> &'static str {
    let alone = form.kind == proto::v1::trips::TripKind::HomeVisit && form.staff.len() == 1;
    if alone { "Duress word" } else { "Duress word (optional)" }
}
