//! Phones as rows: tag, kind, handset, owner, number, IMEI, place.

use std::collections::BTreeMap;

use proto::ids::DeviceId;
use proto::v1::devices::{Command, DeviceKind, Handset, Owner};
use proto::values::{AssetTag, Imei, Label, PhoneNumber};
use uuid::Uuid;

use super::table::Table;
use super::{JudgedRow, Outcome, columns, fields_of};
use crate::forms::Reader;
use crate::pages::words;
use crate::view::SchoolView;

/// The columns, as they are written out.
pub(crate) const HEADING: [&str; 8] =
    ["tag", "kind", "handset", "owner", "number", "imei", "locked place", "stands"];

const KNOWN: &[(&str, &[&str])] = &[
    ("tag", &["asset tag", "asset", "name"]),
    ("kind", &["type"]),
    ("handset", &["model"]),
    ("owner", &["owned by"]),
    ("number", &["phone number", "mobile number", "mobile"]),
    ("imei", &["serial"]),
    ("locked place", &["storage", "place", "kept in"]),
];

/// The register as rows.
pub(crate) fn rows(view: &SchoolView, stands: impl Fn(&devices::Device) -> String) -> Vec<Vec<String>> {
    let mut devices: Vec<_> = view.devices.devices().map(|(_, device)| device).collect();
    devices.sort_by(|a, b| a.tag.cmp(&b.tag));
    let row = |device: &devices::Device| {
        vec![
            device.tag.to_string(),
            words::device_kind(device.kind).to_owned(),
            words::handset(device.handset).to_owned(),
            words::owner(device.owner).to_owned(),
            device.number.national(),
            device.imei.as_ref().map(|imei| imei.as_str().to_owned()).unwrap_or_default(),
            crate::pages::storage_of(device).unwrap_or_default(),
            stands(device),
        ]
    };
    devices.into_iter().map(row).collect()
}

/// Each row against the register, with what it asks for if it is new. `once` makes the ids.
pub(crate) fn judge(
    view: &SchoolView,
    table: &Table,
    once: Uuid,
) -> Result<Vec<(JudgedRow, Vec<Command>)>, String> {
    let columns = columns(&table.heading, KNOWN, &["tag", "number", "locked place"])?;
    let mut sheet = Sheet { view, once, tags: BTreeMap::new(), numbers: BTreeMap::new() };
    let one = |(number, cells): &(usize, Vec<String>)| sheet.judge(*number, &columns, cells);
    Ok(table.rows.iter().map(one).collect())
}

struct Sheet<'a> {
    view: &'a SchoolView,
    once: Uuid,
    /// Which tag and number stood in which row.
    tags: BTreeMap<AssetTag, usize>,
    numbers: BTreeMap<PhoneNumber, usize>,
}

struct Read {
    tag: AssetTag,
    kind: DeviceKind,
    handset: Handset,
    owner: Owner,
    number: PhoneNumber,
    imei: Option<Imei>,
    storage: Label,
}

impl Sheet<'_> {
    fn judge(
        &mut self,
        number: usize,
        columns: &[Option<&'static str>],
        cells: &[String],
    ) -> (JudgedRow, Vec<Command>) {
        let fields = fields_of(columns, cells);
        let name = fields.get("tag").unwrap_or_default().to_owned();
        let mut reader = Reader::new(&fields, &self.view.school.zone);
        let read = read(&mut reader);
        let found = read.and_then(|read| self.once_each(&mut reader, number, read));
        let found = found.and_then(|read| self.against(&mut reader, read));
        let (outcome, asks) = match reader.finish(found) {
            Ok((outcome, asks)) => (outcome, asks),
            Err(errors) => (Outcome::Bad(errors), Vec::new()),
        };
        (JudgedRow { number, name, outcome }, asks)
    }

    /// No tag and no number twice in a sheet.
    fn once_each(&mut self, reader: &mut Reader<'_>, number: usize, read: Read) -> Option<Read> {
        let tag = self.tags.insert(read.tag.clone(), number);
        let phone = self.numbers.insert(read.number.clone(), number);
        for (column, before) in [("tag", tag), ("number", phone)] {
            if let Some(before) = before {
                reader.error(column, format!("It stands in row {before} too: leave one of them out."));
            }
        }
        (tag.is_none() && phone.is_none()).then_some(read)
    }

    fn against(&self, reader: &mut Reader<'_>, read: Read) -> Option<(Outcome, Vec<Command>)> {
        let devices = &self.view.devices;
        if let Some(known) = devices.by_tag(&read.tag).and_then(|id| devices.device(id)) {
            return same(reader, known, &read).then(|| (Outcome::Same, Vec::new()));
        }
        if let Some(other) = devices.by_number(&read.number) {
            let tag = self.view.device_tag(other);
            reader.error(
                "number",
                format!("{tag} has this number already: retire it first, or mend the number."),
            );
            return None;
        }
        let Read { tag, kind, handset, owner, number, imei, storage } = read;
        let hash = blake3::hash(tag.as_str().as_bytes());
        let mut of_tag = [0; 8];
        of_tag.copy_from_slice(&hash.as_bytes()[..8]);
        let device = DeviceId::derived(self.once, u64::from_be_bytes(of_tag));
        let register = Command::RegisterDevice { device, kind, handset, owner, tag, number, imei, storage };
        Some((Outcome::New, vec![register]))
    }
}

/// What is on the register stays as it is there: a phone with another number is another phone.
fn same(reader: &mut Reader<'_>, known: &devices::Device, read: &Read) -> bool {
    const REMEDY: &str = "retire the one on the register first, or give this one another tag.";
    let differs = [
        ("number", known.number != read.number, known.number.national()),
        ("kind", known.kind != read.kind, words::device_kind(known.kind).to_owned()),
        ("handset", known.handset != read.handset, words::handset(known.handset).to_owned()),
        ("owner", known.owner != read.owner, words::owner(known.owner).to_owned()),
    ];
    for (column, is, there) in &differs {
        if *is {
            reader.error(column, format!("{} is on the register with {there}: {REMEDY}", known.tag));
        }
    }
    !differs.iter().any(|(_, is, _)| *is)
}

fn read(reader: &mut Reader<'_>) -> Option<Read> {
    let tag = reader.required("tag", "Write the tag that is on it, such as WM-014.", AssetTag::parse);
    let number = reader.required("number", "Write the number of the SIM in it.", |text| {
        // A spreadsheet takes the nought off a number.
        let lost_nought =
            text.len() == 10 && text.starts_with('7') && text.bytes().all(|b| b.is_ascii_digit());
        PhoneNumber::parse(&if lost_nought { format!("0{text}") } else { text.to_owned() })
    });
    let imei = reader.optional("imei", Imei::parse);
    let storage = reader.text("locked place", "Say in which locked place it is kept. [DEV-4]");
    let kind = one_of(
        reader,
        "kind",
        &[
            (DeviceKind::WorkMobile, &["work mobile", "mobile", "staff"]),
            (DeviceKind::BasicPhone, &["basic phone", "pupil"]),
        ],
    );
    let handset = one_of(
        reader,
        "handset",
        &[
            (Handset::Smart, &["smartphone", "smart", "smart phone"]),
            (Handset::Button, &["button phone", "button", "feature phone"]),
        ],
    );
    let owner = one_of(
        reader,
        "owner",
        &[
            (Owner::School, &["the school", "school", "own"]),
            (Owner::Trust, &["the trust or council", "trust", "council"]),
            (Owner::Host, &["the host", "host"]),
        ],
    );
    let (kind, handset, owner) = (kind?, handset?, owner?);
    Some(Read {
        tag: tag?,
        kind: kind.unwrap_or(DeviceKind::WorkMobile),
        handset: handset.unwrap_or(match kind {
            Some(DeviceKind::BasicPhone) => Handset::Button,
            Some(DeviceKind::WorkMobile) | None => Handset::Smart,
        }),
        owner: owner.unwrap_or(Owner::School),
        number: number?,
        imei: imei?,
        storage: storage?,
    })
}

/// A word of a list; the first of each is how it is written out.
fn one_of<T: Copy + Words>(
    reader: &mut Reader<'_>,
    column: &str,
    known: &[(T, &[&str])],
) -> Option<Option<T>> {
    reader.optional(column, |text| {
        let plain = text.to_lowercase().replace(['_', '-'], " ");
        let found =
            known.iter().find(|(value, others)| value.words() == plain || others.contains(&plain.as_str()));
        let all: Vec<&str> = known.iter().map(|(value, _)| value.words()).collect();
        found
            .map(|(value, _)| *value)
            .ok_or_else(|| format!("write one of: {}; not {text:?}", all.join(", ")))
    })
}

/// How a value is written out.
trait Words {
    fn words(self) -> &'static str;
}

impl Words for DeviceKind {
    fn words(self) -> &'static str {
        words::device_kind(self)
    }
}

impl Words for Handset {
    fn words(self) -> &'static str {
        words::handset(self)
    }
}

impl Words for Owner {
    fn words(self) -> &'static str {
        words::owner(self)
    }
}
