//! `retain`, `export-person`, `erase-person`: what is kept about people, from the command line.

use std::path::PathBuf;
use std::sync::Arc;

use board::Db;
use chassis::journal::Journal;
use chassis::school::School;
use clap::Args;
use jiff::Timestamp;
use proto::ids::{PersonId, SchoolId};
use proto::v1::AnyEvent;
use records::erase::{Erasure, erase, erasure};
use records::export::Export;
use records::facts::Facts;
use records::subject::{Finds, SHORTEST, Subject, find};
use records::{RecordsFault, retain};

use super::inspect::open;
use super::say;
use crate::config::Config;

#[derive(Args, Debug)]
pub(super) struct Retain {
    /// Only says what is due: nothing is erased.
    #[arg(long)]
    dry_run: bool,
    /// One school; all of them if left out.
    #[arg(long)]
    school: Option<SchoolId>,
}

/// Whom, and of which school.
#[derive(Args, Debug)]
pub(super) struct Whom {
    /// The school.
    #[arg(long)]
    school: SchoolId,
    /// A person of the register, by their id.
    #[arg(long)]
    person: Option<PersonId>,
    /// A name, initials or a number, as it may have been typed; several times, if there are several.
    #[arg(long)]
    name: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct ExportPerson {
    #[command(flatten)]
    whom: Whom,
    /// The zip that is written.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct ErasePerson {
    #[command(flatten)]
    whom: Whom,
    /// Only says what would be erased, and what stays.
    #[arg(long)]
    dry_run: bool,
}

fn told(fault: RecordsFault) -> String {
    fault.to_string()
}

fn school(config: &Config, id: &SchoolId) -> Result<Arc<School>, String> {
    let known = config.schools.iter().find(|school| school.id == *id);
    known.cloned().ok_or_else(|| format!("there is no school {id} in the configuration"))
}

impl Retain {
    pub(super) async fn run(self, config: &Config) -> Result<(), String> {
        let (journal, db) = (open(config).await?, Db::open(&config.board_url).await);
        let db = db.map_err(|fault| fault.to_string())?;
        let wanted = |school: &&Arc<School>| self.school.as_ref().is_none_or(|id| *id == school.id);
        for school in config.schools.iter().filter(wanted) {
            say(&format!("{}:", school.name));
            if self.dry_run {
                let (_, plan) = retain::plan(&journal, school, Timestamp::now()).await.map_err(told)?;
                retain::lines(&plan, true).iter().for_each(|line| say(&format!("  {line}")));
                say(&format!("  {} entries are due. Nothing was erased.", plan.entries()));
            } else {
                for line in clean(&journal, &db, school, Timestamp::now()).await? {
                    say(&format!("  {line}"));
                }
            }
        }
        say(
            "Back-ups that were made before hold what was erased: let those that are older than you need them go.",
        );
        journal.close().await;
        db.close().await;
        Ok(())
    }
}

/// Erases what is due of a school, in the journals and in the board's tables. Says what it did.
pub(crate) async fn clean(
    journal: &Journal,
    db: &Db,
    school: &School,
    now: Timestamp,
) -> Result<Vec<String>, String> {
    let (facts, done) = retain::retain(journal, school, now).await.map_err(told)?;
    let mut lines = retain::lines(&done.plan, false);
    let (log_ins, readings) =
        clean_board(db, school, &facts, now).await.map_err(|fault| fault.to_string())?;
    lines.push(format!("Log-ins of staff who left: {log_ins} erased"));
    lines.push(format!("Who opened which record: {readings} lines erased"));
    lines.push(format!("Messages that could not be read: {} erased", done.quarantine));
    lines.push(format!("{} entries were blanked.", done.blanked));
    if !done.forgotten {
        lines.push("The database was being read: the last traces go the next time.".to_owned());
    }
    for (service, kind) in &done.plan.strange {
        tracing::error!(%service, kind, "HW-R1 something personal is no kind of record: it is kept for good");
    }
    metrics::counter!("homeward_blanked_total").increment(done.blanked);
    Ok(lines)
}

async fn clean_board(
    db: &Db,
    school: &School,
    facts: &Facts,
    now: Timestamp,
) -> Result<(u64, u64), board::DbFault> {
    use decider::policy::retention::Record;
    let held = facts.held_people();
    let everything = facts.holds().any(|(_, of)| of == proto::v1::safeguarding::Held::Everything {});
    if everything {
        return Ok((0, 0));
    }
    let mut log_ins = 0;
    for (person, left_at) in facts.gone() {
        if left_at <= facts.had_its_time(Record::LogIns, now) && !held.contains(&person) {
            log_ins += db.forget_log_ins_of(&school.id, person).await?;
        }
    }
    let readings = db.forget_readings(&school.id, facts.had_its_time(Record::Readings, now)).await?;
    Ok((log_ins, readings))
}

impl Whom {
    async fn find(
        &self,
        config: &Config,
        journal: &Journal,
    ) -> Result<(Arc<School>, Subject, Finds), String> {
        let school = school(config, &self.school)?;
        let mut subject = Subject { person: self.person, texts: self.name.clone() };
        if let Some(short) = subject.texts.iter().find(|text| text.trim().chars().count() < SHORTEST) {
            return Err(format!("{short:?} is too short to look for: {SHORTEST} letters at least"));
        }
        if let Some(person) = self.person {
            let name = name_of(journal, &school, person).await?;
            subject.texts.extend(name);
        }
        if subject.person.is_none() && subject.texts.is_empty() {
            return Err("say whom: --person ID, or --name TEXT".to_owned());
        }
        // Whoever can read the database reads everything in it.
        let finds = find(journal, &school, &subject, &|_| true, Timestamp::now()).await.map_err(told)?;
        Ok((school, subject, finds))
    }
}

/// The name of a person on the register, as it was written last.
async fn name_of(journal: &Journal, school: &School, person: PersonId) -> Result<Option<String>, String> {
    let (mut name, mut trouble) = (None, None);
    let take = |entry: chassis::entry::Entry| {
        match records::event_of(&entry) {
            Ok(Some(AnyEvent::People(
                proto::v1::people::Event::PersonAdded { person: of, name: new, .. }
                | proto::v1::people::Event::PersonChanged { person: of, name: new, .. },
            ))) if of == person => name = new.get().map(ToString::to_string),
            Ok(_) => {}
            Err(fault) => trouble = Some(fault.to_string()),
        }
        std::ops::ControlFlow::Continue(())
    };
    let scanned = journal.scan(proto::topics::ServiceName::People, &school.id, 1, take).await;
    scanned.map_err(|fault| fault.to_string())?;
    trouble.map_or(Ok(name), Err)
}

impl ExportPerson {
    pub(super) async fn run(self, config: &Config) -> Result<(), String> {
        let journal = open(config).await?;
        let (school, subject, finds) = self.whom.find(config, &journal).await?;
        let db = Db::open(&config.board_url).await.map_err(|fault| fault.to_string())?;
        let beside = match subject.person {
            Some(person) => db.kept_of(&school.id, person).await.map_err(|fault| fault.to_string())?,
            None => Vec::new(),
        };
        let whom = subject.texts.first().cloned().unwrap_or_else(|| "this person".to_owned());
        let export = Export {
            school: school.name.to_string(),
            whom,
            made_at: Timestamp::now(),
            zone: school.zone.tz().clone(),
            finds,
            beside,
        };
        let zip = export.zip().map_err(told)?;
        super::backup::own_file(&self.to).map_err(|error| format!("{}: {error}", self.to.display()))?;
        std::fs::write(&self.to, zip).map_err(|error| format!("{}: {error}", self.to.display()))?;
        say(&format!("{}: {} records", self.to.display(), export.finds.found.len()));
        say("Read it through before it is handed over: it can also be about others.");
        Ok(())
    }
}

impl ErasePerson {
    pub(super) async fn run(self, config: &Config) -> Result<(), String> {
        let journal = open(config).await?;
        let (school, _, finds) = self.whom.find(config, &journal).await?;
        let plan = erasure(&finds);
        for line in lines(&plan) {
            say(&line);
        }
        if self.dry_run {
            say("Nothing was erased.");
        } else {
            let blanked = erase(&journal, &school, &plan).await.map_err(told)?;
            say(&format!("{blanked} entries were blanked."));
        }
        journal.close().await;
        Ok(())
    }
}

fn lines(plan: &Erasure) -> Vec<String> {
    let goes =
        plan.counts.iter().map(|(record, count)| format!("{}: {count} to be erased", record.kept().title));
    let stays = plan.stays.iter().map(|stays| {
        let until =
            stays.until.map(|at| format!(" Erased by {}.", at.strftime("%-d %B %Y"))).unwrap_or_default();
        format!("{}: {} stay. {}{until}", stays.record.kept().title, stays.entries, stays.why)
    });
    goes.chain(stays).collect()
}
