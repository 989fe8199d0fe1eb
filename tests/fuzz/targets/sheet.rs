//! A sheet of people or phones that somebody uploads. What is read of a file is bounded, whatever the file; each row is
//! judged; what the rows ask for the services take or refuse, and the same sheet sent again asks for nothing of that; and a
//! register that was given out, taken in again, changes nothing.
//!
//! The input: a CSV; an .xlsx, if it begins as one; or, if it begins with `<`, a part of an .xlsx, which is packed into a
//! whole one: whether it is the sheet, its texts or the book says its first element.
#![no_main]

use std::io::{Cursor, Read, Write};
use std::sync::{Arc, LazyLock};

use board::fuzzing::{
    MOST_LETTERS, MOST_ROWS, Sheet, Verdict, device_rows, judge_devices, judge_people, people_rows, sheet,
    to_csv, to_xlsx,
};
use board::view::{SchoolView, View};
use chassis::school::School;
use decider::{Context, Policy, Service};
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::{PersonId, SchoolId};
use proto::v1::AnyEvent;
use proto::v1::devices::Command as OfDevices;
use proto::v1::people::{Command as OfPeople, Role, Standing};
use proto::values::{Personal, SchoolZone, allow_drama_numbers};
use uuid::Uuid;

/// The parts of a real .xlsx.
static PARTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let rows = vec![vec!["Tom Hughes".to_owned(), "leader".to_owned()]];
    let book = to_xlsx(&["name", "roles"], &rows).expect("is written");
    let mut book = zip::ZipArchive::new(Cursor::new(book)).expect("is a zip");
    let count = book.len();
    let part = |at| {
        let mut part = book.by_index(at).expect("is there");
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("is read");
        (part.name().expect("text").into_owned(), bytes)
    };
    (0..count).map(part).collect()
});

fn packed(part: &[u8]) -> Vec<u8> {
    let begins = String::from_utf8_lossy(&part[..part.len().min(400)]).into_owned();
    let place = match begins.as_str() {
        text if text.contains("<sst") => "xl/sharedStrings.xml",
        text if text.contains("<workbook") => "xl/workbook.xml",
        text if text.contains("<Relationships") => "xl/_rels/workbook.xml.rels",
        text if text.contains("<styleSheet") => "xl/styles.xml",
        _ => "xl/worksheets/sheet1.xml",
    };
    let mut whole = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in PARTS.iter() {
        whole.start_file(name.as_str(), stored).expect("begins");
        whole.write_all(if name == place { part } else { bytes }).expect("is written");
    }
    whole.finish().expect("ends").into_inner()
}

const NOW: &str = "2026-11-20T09:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("an instant")
}

fn id(number: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(number)))
}

struct Register {
    school: Arc<School>,
    view: View,
}

impl Register {
    /// Two people and what a sheet would call changed of them.
    fn new() -> Self {
        let id_of = SchoolId::parse("elmfield").expect("a slug");
        let name = "Elmfield School".parse().expect("a label");
        let school =
            Arc::new(School { id: id_of, name, zone: SchoolZone::london(), policy: Policy::default() });
        let register = Self { view: View::new(&[Arc::clone(&school)], now()), school };
        for (number, name, roles) in
            [(1, "Ada Admin", vec![Role::Admin]), (2, "Tom Hughes", vec![Role::Leader]), (3, "tom hughes", vec![])]
        {
            let name = Personal::known(name.parse().expect("a name"));
            let (standing, roles) = (Standing::Staff, roles.into_iter().collect());
            let add = OfPeople::AddPerson { person: id(number), name, standing, roles };
            // Whoever sets Homeward up has no name yet.
            assert!(register.asks::<people::People>(add, |view| &view.people), "they are added");
        }
        register
    }

    fn seen<T>(&self, look: impl FnOnce(&SchoolView) -> T) -> T {
        look(&self.view.school(&self.school.id).expect("it is served"))
    }

    /// Whether it was taken.
    fn asks<S: Service>(&self, command: S::Command, state: fn(&SchoolView) -> &S::State) -> bool
    where
        S::Event: Into<AnyEvent>,
    {
        let actor = Actor::Person(id(1));
        let first = Actor::Client(proto::ids::ClientId::parse("board-1").expect("a slug"));
        let actor = if self.seen(|view| view.people.member(id(1)).is_some()) { actor } else { first };
        let (zone, policy) = (self.school.zone.clone(), Policy::default());
        let context = Context { now: now(), actor: &actor, cause: Uuid::nil(), zone: &zone, policy: &policy };
        let decided = self.seen(|view| S::decide(state(view), command, &context));
        let Ok(events) = decided else { return false };
        for event in events {
            self.view.apply_next(&self.school.id, now(), actor.clone(), event);
        }
        true
    }
}

fn is_bounded((heading, rows): &Sheet) {
    assert!(rows.len() <= MOST_ROWS);
    let mut before = 0;
    for (number, cells) in rows {
        assert!(*number > before, "rows come in order");
        before = *number;
        assert!(cells.iter().any(|cell| !cell.is_empty()), "rows of nothing are left out");
    }
    for cell in rows.iter().flat_map(|(_, cells)| cells).chain(heading) {
        assert!(cell.chars().count() <= MOST_LETTERS && !cell.contains(char::is_control), "{cell:?}");
        assert_eq!(cell.trim(), cell);
    }
}

/// Written out and read again it is the same.
fn comes_back((heading, rows): &Sheet) {
    let columns = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0).max(heading.len()).min(20);
    let names: Vec<String> = (0..columns).map(|number| format!("c{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let filled = |cells: &Vec<String>| -> Vec<String> {
        (0..columns).map(|at| cells.get(at).cloned().unwrap_or_default()).collect()
    };
    let cells: Vec<Vec<String>> = rows.iter().map(|(_, cells)| filled(cells)).take(50).collect();
    let cells: Vec<_> = cells.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let (_, back) = sheet(to_csv(&names, &cells).as_bytes()).expect("we wrote it");
    assert_eq!(back.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), cells);
    let (_, back) = sheet(&to_xlsx(&names, &cells).expect("is written")).expect("we wrote it");
    let back: Vec<_> = back.into_iter().map(|(_, cells)| filled(&cells)).collect();
    assert_eq!(back, cells);
}

fn is_told(verdict: &Verdict, asks: usize) {
    match verdict {
        Verdict::New | Verdict::Changed => assert!(asks > 0, "it asks for nothing"),
        Verdict::Same => assert_eq!(asks, 0),
        Verdict::Bad(wrong) => {
            assert!(asks == 0 && !wrong.is_empty());
            assert!(wrong.iter().all(|(field, why)| !field.is_empty() && why.len() > 5), "{wrong:?}");
        }
    }
}

fn people_are_taken_once(register: &Register, read: &Sheet, once: Uuid) {
    let Ok(judged) = register.seen(|view| judge_people(view, read.clone(), once)) else { return };
    assert_eq!(judged.len(), read.1.len());
    let mut taken = Vec::new();
    for (verdict, asks) in judged {
        is_told(&verdict, asks.len());
        let was_good = !matches!(verdict, Verdict::Bad(_));
        let all = asks.into_iter().all(|ask| register.asks::<people::People>(ask, |view| &view.people));
        taken.push(was_good && all);
    }
    let again = register.seen(|view| judge_people(view, read.clone(), once)).expect("it was judged before");
    for ((verdict, asks), taken) in again.iter().zip(taken) {
        is_told(verdict, asks.len());
        assert!(!taken || asks.is_empty(), "sent twice it asks again: {verdict:?} {asks:?}");
    }
    let (heading, rows) = register.seen(people_rows);
    for file in [to_csv(heading, &rows).into_bytes(), to_xlsx(heading, &rows).expect("is written")] {
        let given_out = sheet(&file).expect("we wrote it");
        let judged = register.seen(|view| judge_people(view, given_out, once)).expect("it has our heading");
        for (verdict, _) in judged {
            assert_eq!(verdict, Verdict::Same, "given out and taken in: {rows:?}");
        }
    }
}

fn devices_are_taken_once(register: &Register, read: &Sheet, once: Uuid) {
    let Ok(judged) = register.seen(|view| judge_devices(view, read.clone(), once)) else { return };
    assert_eq!(judged.len(), read.1.len());
    let mut taken = Vec::new();
    for (verdict, asks) in judged {
        is_told(&verdict, asks.len());
        assert!(asks.iter().all(|ask| matches!(ask, OfDevices::RegisterDevice { .. })));
        let was_good = !matches!(verdict, Verdict::Bad(_));
        let all = asks.into_iter().all(|ask| register.asks::<devices::Devices>(ask, |view| &view.devices));
        taken.push(was_good && all);
    }
    let again = register.seen(|view| judge_devices(view, read.clone(), once)).expect("it was judged before");
    for ((verdict, _), taken) in again.iter().zip(taken) {
        assert!(!taken || *verdict == Verdict::Same, "sent twice: {verdict:?}");
    }
    let (heading, rows) = register.seen(device_rows);
    if rows.is_empty() {
        return;
    }
    for file in [to_csv(heading, &rows).into_bytes(), to_xlsx(heading, &rows).expect("is written")] {
        let given_out = sheet(&file).expect("we wrote it");
        let judged = register.seen(|view| judge_devices(view, given_out, once)).expect("it has our heading");
        for (verdict, _) in judged {
            assert_eq!(verdict, Verdict::Same, "given out and taken in: {rows:?}");
        }
    }
}

fuzz_target!(|data: &[u8]| {
    allow_drama_numbers();
    let file = if data.first() == Some(&b'<') { packed(data) } else { data.to_vec() };
    let read = match sheet(&file) {
        Ok(read) => read,
        Err(why) => return assert!(why.len() > 10, "{why:?}"),
    };
    is_bounded(&read);
    comes_back(&read);
    let register = Register::new();
    let once = Uuid::from_u128(7);
    people_are_taken_once(&register, &read, once);
    devices_are_taken_once(&register, &read, once);
});
