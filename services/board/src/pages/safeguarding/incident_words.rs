//! Incidents in words.

use jiff::Timestamp;
use proto::ids::IncidentId;
use proto::v1::safeguarding::{Consent, Danger, IncidentKind, Parents, Referral, Seized, Step};
use safeguarding::Incident;
use safeguarding::incident::{Item, Stands};

use crate::pages::shell::Looking;

/// Each kind, as it is typed and as it reads.
pub(crate) const KINDS: [(&str, &str, IncidentKind); 7] = [
    ("harm", "Harm, or danger of it", IncidentKind::Harm),
    ("contact", "Unwanted contact", IncidentKind::Contact),
    ("image", "An image or recording", IncidentKind::Image),
    ("bullying", "Bullying", IncidentKind::Bullying),
    ("phone", "A phone misused or missing", IncidentKind::Phone),
    ("adult", "A concern about an adult", IncidentKind::Adult),
    ("other", "Something else", IncidentKind::Other),
];

pub(super) fn kind(of: IncidentKind) -> &'static str {
    KINDS.iter().find(|(_, _, kind)| *kind == of).map_or("Something else", |(_, label, _)| label)
}

/// One of the list: what everybody may know of it who may open it.
pub(super) struct Row {
    pub(super) id: IncidentId,
    pub(super) kind: &'static str,
    pub(super) at: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) due: Option<String>,
}

/// The incidents that whoever looks may read, the newest first.
pub(super) fn rows(look: &Looking<'_>) -> Vec<Row> {
    let row = |(id, incident): (IncidentId, &Incident)| {
        let next = incident.next_step();
        let late = next.is_some_and(|(_, at)| at <= look.now);
        let (word, class) = match (&incident.closed, late) {
            (Some(_), _) => ("closed", ""),
            (None, true) => ("overdue", "bad"),
            (None, false) if next.is_some() => ("open", "soon"),
            (None, false) => ("open", "good"),
        };
        Row {
            id,
            kind: kind(incident.kind),
            at: look.when().at(incident.reported_at),
            word,
            class,
            due: next.map(|(step, at)| format!("{}, due {}", step_words(step), look.when().at(at))),
        }
    };
    look.view.safeguarding.incidents_for(look.session.person).take(100).map(row).collect()
}

pub(super) fn step_words(step: Step) -> &'static str {
    match step {
        Step::ToldInPerson => "The DSL told in person",
        Step::WrittenUp => "Written up",
        Step::BodiesTold => "Outside bodies told",
    }
}

/// A step with its time: what it is, how it stands, how its tag looks, its rule, and when it is due as a browser counts down.
pub(super) struct StepRow {
    pub(super) words: &'static str,
    pub(super) rule: &'static str,
    pub(super) state: String,
    pub(super) class: &'static str,
    pub(super) due_at: Option<String>,
}

pub(super) fn steps(look: &Looking<'_>, incident: &Incident) -> Vec<StepRow> {
    [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold]
        .into_iter()
        .map(|step| {
            let due = incident.deadlines.of(step);
            let (state, class) = match (incident.waits_for(step), due <= look.now) {
                (false, _) => (done_words(look, incident, step), "good"),
                (true, true) => (format!("overdue since {}", look.when().at(due)), "bad"),
                (true, false) => (format!("due {}", look.when().at(due)), "soon"),
            };
            let counts = incident.waits_for(step).then(|| due.to_string());
            let rule = match step {
                Step::ToldInPerson | Step::WrittenUp => "INC-1",
                Step::BodiesTold => "INC-2",
            };
            StepRow { words: step_words(step), rule, state, class, due_at: counts }
        })
        .collect()
}

fn done_words(look: &Looking<'_>, incident: &Incident, step: Step) -> String {
    let at = |at: Timestamp| look.when().at(at);
    match step {
        Step::ToldInPerson => incident.told.as_ref().map(|told| {
            let (dsl, by) = (look.view.person_name(told.what), look.view.person_name(told.by));
            format!("{dsl}, by {by}, {}", at(told.at))
        }),
        Step::WrittenUp => incident.accounts.last().map(|account| {
            format!("{}, {}: {}", look.view.person_name(account.by), at(account.at), account.what.1)
        }),
        Step::BodiesTold if !incident.is_serious() => Some("not serious: nobody outside".to_owned()),
        Step::BodiesTold => Some("all told".to_owned()),
    }
    .unwrap_or_else(|| "closed".to_owned())
}

pub(super) fn danger(of: Danger) -> &'static str {
    match of {
        Danger::Over {} => "nobody in danger",
        Danger::Now { dialled_999: true } => "somebody in danger, 999 dialled",
        Danger::Now { dialled_999: false } => "SOMEBODY IN DANGER, 999 NOT DIALLED",
    }
}

pub(super) fn referral(of: &Referral) -> String {
    match of {
        Referral::Told { reference: Some(reference) } => format!("told, reference {reference}"),
        Referral::Told { reference: None } => "told".to_owned(),
        Referral::NotNeeded { reason } => format!("need not be told: {}", reason.shown()),
    }
}

pub(super) fn parents(look: &Looking<'_>, of: &Parents) -> String {
    match of {
        Parents::Told { at } => format!("told, {}", look.when().at(*at)),
        Parents::NotTold { reason } => format!("not told: {}", reason.shown()),
    }
}

/// A device that was taken away, as it is listed.
pub(super) struct ItemRow {
    pub(super) number: u16,
    pub(super) what: String,
    pub(super) stands: String,
    pub(super) held: bool,
    pub(super) evidence: bool,
    pub(super) history: Vec<String>,
}

pub(super) fn item(look: &Looking<'_>, item: &Item) -> ItemRow {
    let name = |person| look.view.person_name(person);
    let what = match &item.seized {
        Seized::School { device } => format!("school phone {}", look.view.device_tag(*device)),
        Seized::Personal { owner, description } => format!("{}, of {}", description.shown(), owner.shown()),
    };
    let stands = match &item.stands {
        Stands::Held => format!("held: {}", item.storage),
        Stands::WithPolice { reference, officer, at } => {
            format!("with the police since {}: {reference}, {}", look.when().at(*at), officer.shown())
        }
        Stands::GivenBack { to, at } => format!("given back to {}, {}", to.shown(), look.when().at(*at)),
    };
    let searches = item.searches.iter().map(|search| {
        let consent = match search.consent {
            Consent::Pupil => "the pupil's",
            Consent::Parent => "a parent's",
        };
        format!(
            "Searched by {}, authorised by {}, with {consent} consent, seen by {}, {} told: {}",
            name(search.by),
            name(search.authorised_by),
            name(search.witness),
            name(search.told_dsl),
            search.reason.shown()
        )
    });
    let disposals = item.disposals.iter().map(|disposal| {
        format!(
            "An image disposed of by {}, permitted by {}, seen by {}: {}",
            name(disposal.by),
            name(disposal.permitted_by),
            name(disposal.witness),
            disposal.reason.shown()
        )
    });
    let taken = format!("Taken away by {}, {}.", name(item.by), look.when().at(item.at));
    ItemRow {
        number: item.number,
        what,
        stands,
        held: item.stands == Stands::Held,
        evidence: item.evidence,
        history: std::iter::once(taken).chain(searches).chain(disposals).collect(),
    }
}
