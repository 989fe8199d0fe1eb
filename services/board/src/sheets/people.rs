//! People as rows: name, standing, roles, and whether they may hold a work mobile. [DEV-2]

use std::collections::{BTreeMap, BTreeSet};

use people::{Authorisation, Member};
use proto::ids::PersonId;
use proto::v1::people::{Command, Role, Standing};
use proto::values::{Name, Personal};
use uuid::Uuid;

use super::table::Table;
use super::{JudgedRow, Outcome, columns, fields_of};
use crate::forms::Reader;
use crate::pages::words;
use crate::view::SchoolView;

/// The columns, as they are written out.
pub(crate) const HEADING: [&str; 5] = ["id", "name", "standing", "roles", "may hold a work mobile"];

const KNOWN: &[(&str, &[&str])] = &[
    ("id", &["person", "person id"]),
    ("name", &["full name", "person name"]),
    ("standing", &["status"]),
    ("roles", &["role"]),
    ("may hold a work mobile", &["may hold", "authorised", "holds", "work mobile"]),
];

const ROLES: [Role; 6] = [Role::Leader, Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin];
const STANDINGS: [Standing; 4] = [Standing::Staff, Standing::Supply, Standing::Volunteer, Standing::Trust];

/// What a good row asks for, in order.
pub(crate) type Asks = Vec<Command>;

/// The register as rows.
pub(crate) fn rows(view: &SchoolView) -> Vec<Vec<String>> {
    let mut members: Vec<_> = view.people.members().collect();
    members.sort_by_key(|(id, member)| (member.name.shown(), *id));
    let row = |(id, member): (PersonId, &Member)| {
        vec![
            id.to_string(),
            member.name.shown(),
            words::standing(member.standing).to_owned(),
            member.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join("; "),
            if may_hold(member) { "yes" } else { "no" }.to_owned(),
        ]
    };
    members.into_iter().map(row).collect()
}

fn may_hold(member: &Member) -> bool {
    match member.authorisation {
        Authorisation::ForGood | Authorisation::Until(_) => true,
        Authorisation::None => false,
    }
}

/// Each row against the register, with what it asks for if it can be taken. `once` makes the ids of new people.
pub(crate) fn judge(view: &SchoolView, table: &Table, once: Uuid) -> Result<Vec<(JudgedRow, Asks)>, String> {
    let columns = columns(&table.heading, KNOWN, &["name"])?;
    let mut sheet = Sheet { view, once, by_name: BTreeMap::new(), seen: BTreeMap::new() };
    for (id, member) in view.people.members() {
        sheet.by_name.entry(member.name.shown().to_lowercase()).or_default().push(id);
    }
    let one = |(number, cells): &(usize, Vec<String>)| sheet.judge(*number, &columns, cells);
    Ok(table.rows.iter().map(one).collect())
}

struct Sheet<'a> {
    view: &'a SchoolView,
    once: Uuid,
    by_name: BTreeMap<String, Vec<PersonId>>,
    /// Who stood in which row.
    seen: BTreeMap<PersonId, usize>,
}

/// A row as it reads; what isn't a column of the sheet stays as it is.
struct Read {
    name: Name,
    standing: Option<Standing>,
    roles: Option<BTreeSet<Role>>,
    may_hold: Option<bool>,
}

impl Sheet<'_> {
    fn judge(
        &mut self,
        number: usize,
        columns: &[Option<&'static str>],
        cells: &[String],
    ) -> (JudgedRow, Asks) {
        let fields = fields_of(columns, cells);
        let name = fields.get("name").unwrap_or_default().to_owned();
        let mut reader = Reader::new(&fields, &self.view.school.zone);
        let read = read(&mut reader);
        let id = reader.optional("id", |text| {
            let id =
                text.parse::<PersonId>().map_err(|_| "this is no id: leave it empty for somebody new")?;
            self.view
                .people
                .member(id)
                .map(|_| id)
                .ok_or("nobody on the register has this id: leave it empty for somebody new")
        });
        let found =
            read.zip(id).and_then(|(read, id)| Some((self.who(&mut reader, number, &read.name, id)?, read)));
        let (outcome, asks) = match reader.finish(found) {
            Ok((person, read)) => self.against(number, person, read),
            Err(errors) => (Outcome::Bad(errors), Vec::new()),
        };
        (JudgedRow { number, name, outcome }, asks)
    }

    /// Whom a row means: by id, or by a name that only one has. None inside: somebody new.
    fn who(
        &mut self,
        reader: &mut Reader<'_>,
        number: usize,
        name: &Name,
        id: Option<PersonId>,
    ) -> Option<Option<PersonId>> {
        let named = self.by_name.get(&name.as_str().to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let person = match (id, named) {
            (Some(id), _) => Some(id),
            (None, []) => None,
            (None, [one]) => Some(*one),
            (None, _) => {
                reader.error("name", "Several people are called so: give the id of the one who is meant (the exported sheet has it).");
                return None;
            }
        };
        let key = person.unwrap_or_else(|| self.new_id(name));
        if let Some(before) = self.seen.insert(key, number) {
            reader.error("name", format!("Row {before} is the same person: leave one of them out."));
            return None;
        }
        Some(person)
    }

    /// Of the sheet and the name, so that the same sheet sent twice adds nobody twice.
    fn new_id(&self, name: &Name) -> PersonId {
        let hash = blake3::hash(name.as_str().to_lowercase().as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hash.as_bytes()[..8]);
        PersonId::derived(self.once, u64::from_be_bytes(number))
    }

    fn against(&self, _number: usize, person: Option<PersonId>, read: Read) -> (Outcome, Asks) {
        let known = person.and_then(|person| Some((person, self.view.people.member(person)?)));
        let hold = |person| Command::AuthoriseHolder { person, until: None };
        let Some((person, member)) = known else {
            let person = self.new_id(&read.name);
            let standing = read.standing.unwrap_or(Standing::Staff);
            let roles = read.roles.unwrap_or_default();
            let mut asks =
                vec![Command::AddPerson { person, name: Personal::known(read.name), standing, roles }];
            asks.extend((read.may_hold == Some(true)).then(|| hold(person)));
            return (Outcome::New, asks);
        };
        let standing = read.standing.unwrap_or(member.standing);
        let roles = read.roles.unwrap_or_else(|| member.roles.clone());
        let may_hold = read.may_hold == Some(true) && !may_hold(member);
        let differs = [
            ("name", member.name.get() != Some(&read.name)),
            ("standing", standing != member.standing),
            ("roles", roles != member.roles),
            ("may hold a work mobile", may_hold),
        ];
        let changed: Vec<&str> = differs.into_iter().filter(|(_, is)| *is).map(|(what, _)| what).collect();
        let mut asks = Vec::new();
        if differs[..3].iter().any(|(_, is)| *is) {
            asks.push(Command::ChangePerson { person, name: Personal::known(read.name), standing, roles });
        }
        asks.extend(may_hold.then(|| hold(person)));
        (if changed.is_empty() { Outcome::Same } else { Outcome::Changed(changed) }, asks)
    }
}

fn read(reader: &mut Reader<'_>) -> Option<Read> {
    let name = reader.text("name", "Write the name.");
    let standing = reader.optional("standing", |text| {
        let plain = text.to_lowercase();
        let known = |s: &Standing| words::standing(*s) == plain || format!("{s:?}").to_lowercase() == plain;
        let all = STANDINGS.map(words::standing).join(", ");
        STANDINGS.into_iter().find(known).ok_or_else(|| format!("write one of: {all}; not {text:?}"))
    });
    let roles = reader.optional("roles", |text| {
        let each = text.split([';', ',', '/', '+']).map(str::trim).filter(|part| !part.is_empty());
        each.map(role).collect::<Result<BTreeSet<Role>, String>>()
    });
    let may_hold = reader.optional("may hold a work mobile", |text| match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" => Ok(true),
        "no" | "n" | "false" | "0" | "-" => Ok(false),
        _ => Err(format!("write yes or no, not {text:?}")),
    });
    let (name, standing, roles, may_hold) = (name?, standing?, roles?, may_hold?);
    if may_hold == Some(true) && standing == Some(Standing::Supply) {
        reader.error(
            "may hold a work mobile",
            "Supply staff are authorised for a day, on their own page: write no. [DEV-2]",
        );
        return None;
    }
    Some(Read { name, standing, roles, may_hold })
}

fn role(text: &str) -> Result<Role, String> {
    let plain = text.to_lowercase();
    let known = |role: &Role| role.as_str() == plain || words::role(*role) == plain;
    let all = ROLES.map(|role| role.as_str()).join(", ");
    ROLES.into_iter().find(known).ok_or_else(|| format!("write roles out of: {all}; not {text:?}"))
}
