//! What is typed on an incident's page, as commands.

use proto::ids::IncidentId;
use proto::v1::safeguarding::{Command, Consent, Parents, Referral, Seized};
use proto::values::{Personal, SchoolZone};

use crate::auth::Posted;
use crate::forms::{FieldError, Reader};

/// Reads one of the page's forms.
pub(super) fn read(
    posted: &Posted,
    zone: &SchoolZone,
    incident: IncidentId,
    what: &str,
) -> Result<Command, Vec<FieldError>> {
    let mut reader = Reader::new(&posted.fields, zone);
    let command = match what {
        "told" => told(&mut reader, incident),
        "serious" | "not-serious" => reader.text("judged.reason", "Say why.").map(|reason| {
            let reason = Personal::known(reason);
            Command::AssessIncident { incident, serious: what == "serious", reason }
        }),
        "write-up" => write_up(&mut reader, incident),
        "body-told" | "body-not" => refer(&mut reader, incident, what == "body-told"),
        "seize" => seize(&mut reader, incident),
        "police" | "back" => hand_on(&mut reader, incident, what == "police"),
        "search" => search(&mut reader, incident),
        "dispose" => dispose(&mut reader, incident),
        "parents-told" => reader
            .moment("parents.at", "Say when.")
            .map(|at| Command::RecordParents { incident, parents: Parents::Told { at } }),
        "parents-not" => reader.text("parents.reason", "Say why not.").map(|reason| {
            let reason = Personal::known(reason);
            Command::RecordParents { incident, parents: Parents::NotTold { reason } }
        }),
        "note" => reader
            .text("note", "Write what came to be known.")
            .map(|note| Command::AddToIncident { incident, note: Personal::known(note) }),
        "debrief" => debrief(&mut reader, incident),
        "close" => Some(Command::CloseIncident { incident }),
        _ => {
            reader.error("do", "Choose what to do.");
            None
        }
    };
    reader.finish(command)
}

fn told(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let by = reader.id("told.by", "Say who told you.");
    let at = reader.moment("told.at", "Say when.");
    Some(Command::RecordTold { incident, by: by?, at: at? })
}

fn write_up(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let account = reader.text("account", "Write the account.");
    let reference = reader.text("reference", "Give the reference in the school's own record system.");
    Some(Command::WriteUp { incident, account: Personal::known(account?), reference: reference? })
}

fn refer(reader: &mut Reader<'_>, incident: IncidentId, told: bool) -> Option<Command> {
    let body = reader.text("body", "Choose the outside body.");
    let referral = if told {
        reader.optional_text("body.reference").map(|reference| Referral::Told { reference })
    } else {
        let reason = reader.text("body.reason", "Say why it need not be told.");
        reason.map(|reason| Referral::NotNeeded { reason: Personal::known(reason) })
    };
    Some(Command::RecordReferral { incident, body: body?, referral: referral? })
}

fn seize(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let storage = reader.text("seized.storage", "Name the locked place where it is.");
    let school = reader.optional_id("seized.device")?;
    let seized = match school {
        Some(device) => Some(Seized::School { device }),
        None => {
            let owner = reader.text("seized.owner", "Say whose it is, or choose a school phone.");
            let description = reader.text("seized.description", "Say what it is, or choose a school phone.");
            owner.zip(description).map(|(owner, description)| Seized::Personal {
                owner: Personal::known(owner),
                description: Personal::known(description),
            })
        }
    };
    let evidence = reader.ticked("seized.evidence");
    Some(Command::SeizeDevice { incident, seized: seized?, evidence, storage: storage? })
}

fn hand_on(reader: &mut Reader<'_>, incident: IncidentId, police: bool) -> Option<Command> {
    let number = reader.number("number", "Choose the device.");
    if police {
        let reference = reader.text("police.reference", "Give the police's reference.");
        let officer = reader.text("police.officer", "Give the officer's name.");
        let officer = Personal::known(officer?);
        return Some(Command::HandSeizedToPolice {
            incident,
            number: number?,
            reference: reference?,
            officer,
        });
    }
    let to = reader.text("back.to", "Say to whom it was given back.");
    Some(Command::GiveSeizedBack { incident, number: number?, to: Personal::known(to?) })
}

fn search(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let number = reader.number("number", "Choose the device.");
    let by = reader.id("search.by", "Say who searched it.");
    let authorised_by = reader.id("search.authorised_by", "Say who authorised it: the headteacher.");
    let witness = reader.id("search.witness", "Say who saw it.");
    let told_dsl = reader.id("search.told_dsl", "Say which DSL was told.");
    let consent = match reader.typed("search.consent") {
        Some("pupil") => Some(Consent::Pupil),
        Some("parent") => Some(Consent::Parent),
        Some(_) | None => {
            reader.error("search.consent", "Say whose consent there was.");
            None
        }
    };
    let reason = reader.text("search.reason", "Say why.");
    Some(Command::RecordSearch {
        incident,
        number: number?,
        by: by?,
        authorised_by: authorised_by?,
        consent: consent?,
        witness: witness?,
        told_dsl: told_dsl?,
        reason: Personal::known(reason?),
    })
}

fn dispose(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let number = reader.number("number", "Choose the device.");
    let by = reader.id("dispose.by", "Say who did it.");
    let permitted_by = reader.id("dispose.permitted_by", "Say who permitted it: the headteacher.");
    let witness = reader.id("dispose.witness", "Say who saw it.");
    let reason = reader.text("dispose.reason", "Say why.");
    Some(Command::RecordDisposal {
        incident,
        number: number?,
        by: by?,
        permitted_by: permitted_by?,
        witness: witness?,
        reason: Personal::known(reason?),
    })
}

fn debrief(reader: &mut Reader<'_>, incident: IncidentId) -> Option<Command> {
    let lessons = reader.text("lessons", "Write what was learnt.");
    let changes = reader.text("changes", "Write what is changed.");
    let (lessons, changes) = (Personal::known(lessons?), Personal::known(changes?));
    Some(Command::RecordDebrief { incident, lessons, changes })
}
