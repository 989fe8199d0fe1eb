//! Whom to ring: a route of contacts, with names and numbers. Never a personal number: there is none. [CONT-4]

use contacts::{Route, RouteTarget, Setting};
use proto::ids::TripId;
use proto::v1::contacts::Audience;

use super::shell::Looking;

/// One step of a route.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    pub(crate) who: String,
    pub(crate) number: String,
    /// For a `tel:` link.
    pub(crate) dial: String,
    pub(crate) why: String,
}

/// A route as it is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rings {
    pub(crate) steps: Vec<Ring>,
    pub(crate) note: Option<String>,
}

/// Whom that audience rings now.
pub(crate) fn rings(look: &Looking<'_>, audience: Audience, trip: Option<TripId>) -> Rings {
    let school = &look.view.school;
    let setting = Setting { now: look.now, zone: &school.zone, policy: &school.policy };
    let Route { lines, note } = contacts::route(&look.view.contacts, audience, trip, &setting);
    let steps = lines.into_iter().filter_map(|step| {
        let (who, number) = match step.target {
            RouteTarget::Line(line) => (look.view.line_name(line), &look.view.contacts.line(line)?.number),
            RouteTarget::Device(device, person) => {
                (look.view.person_name(person), &look.view.devices.device(device)?.number)
            }
        };
        // `School landline is open and staffed` beside its name: the name once.
        let why = step.why.strip_prefix(&who).map(super::words::sentence).unwrap_or(step.why);
        Some(Ring { who, number: number.national(), dial: number.e164().to_owned(), why })
    });
    Rings { steps: steps.collect(), note }
}
