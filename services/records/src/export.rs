//! All that is kept about a person, to be handed over: a page to read, the same as JSON, the same as a table.

use std::io::{Cursor, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::RecordsFault;
use crate::standing::Standing;
use crate::subject::{Finds, Found, How};

/// What is handed over.
#[derive(Clone, Debug)]
pub struct Export {
    /// The school's name.
    pub school: String,
    /// Whom it is about, as they are called.
    pub whom: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The school's clocks.
    pub zone: TimeZone,
    /// What was found in the journals.
    pub finds: Finds,
    /// What is kept beside the journals (log-ins, readings): a title, and lines.
    pub beside: Vec<(String, Vec<String>)>,
}

const HEAD: [&str; 8] =
    ["recorded at", "service", "number", "what happened", "kind of record", "how", "kept until", "content"];

impl Export {
    /// A zip with `read-me.html`, `records.json` and `records.csv`.
    pub fn zip(&self) -> Result<Vec<u8>, RecordsFault> {
        let bad = |error: &dyn std::fmt::Display| RecordsFault::File(error.to_string());
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let csv = self.csv().map_err(|error| bad(&error))?;
        let json = serde_json::to_vec_pretty(&self.json()).map_err(|error| bad(&error))?;
        let parts =
            [("read-me.html", self.html().into_bytes()), ("records.json", json), ("records.csv", csv)];
        for (name, bytes) in parts {
            zip.start_file(name, SimpleFileOptions::default()).map_err(|error| bad(&error))?;
            zip.write_all(&bytes).map_err(|error| bad(&error))?;
        }
        Ok(zip.finish().map_err(|error| bad(&error))?.into_inner())
    }

    /// All of it as JSON, as it stands in `records.json`.
    pub fn json(&self) -> Value {
        let record = |found: &Found| {
            json!({
                "recorded_at": found.at,
                "service": found.service.as_str(),
                "number": found.seq,
                "event": found.event,
                "kind_of_record": found.record.map(|record| record.kept().title),
                "how": how(found.how),
                "kept_until": until(found, &self.zone),
                "content": found.data,
            })
        };
        json!({
            "school": self.school,
            "whom": self.whom,
            "made_at": self.made_at,
            "withheld": self.finds.withheld,
            "records": self.finds.found.iter().map(record).collect::<Vec<_>>(),
            "beside": self.beside.iter().map(|(title, lines)| json!({ "title": title, "lines": lines })).collect::<Vec<_>>(),
        })
    }

    fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(HEAD)?;
        for found in &self.finds.found {
            table.write_record(self.cells(found).map(|cell| no_formula(&cell)))?;
        }
        table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }

    fn cells(&self, found: &Found) -> [String; 8] {
        [
            self.local(found.at),
            found.service.to_string(),
            found.seq.to_string(),
            words(&found.event),
            found.record.map_or("numbers and times", |record| record.kept().title).to_owned(),
            how(found.how).to_owned(),
            until(found, &self.zone),
            content(&found.data),
        ]
    }

    fn local(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn html(&self) -> String {
        let mut page = format!(
            "<!doctype html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><title>What is kept about {whom}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head><body>\
             <h1>What {school} keeps about {whom} in Homeward</h1><p>Made on {made}. {count} records.</p>\
             <p class=\"note\">Before it is handed over, somebody reads it through: a record can also be about others, whose \
             rights count too (Article 15(4) UK GDPR).</p>",
            whom = escaped(&self.whom),
            school = escaped(&self.school),
            made = self.local(self.made_at),
            count = self.finds.found.len(),
        );
        if self.finds.withheld > 0 {
            let withheld = self.finds.withheld;
            page.push_str(&format!(
                "<p class=\"note\">{withheld} records of safeguarding incidents are not in it: whoever made this may not read them.</p>"
            ));
        }
        page.push_str("<table><thead><tr>");
        HEAD.iter().for_each(|head| page.push_str(&format!("<th scope=\"col\">{head}</th>")));
        page.push_str("</tr></thead><tbody>");
        for found in &self.finds.found {
            let cells = self.cells(found).map(|cell| format!("<td>{}</td>", escaped(&cell)));
            page.push_str(&format!("<tr>{}</tr>", cells.concat()));
        }
        page.push_str("</tbody></table>");
        for (title, lines) in &self.beside {
            let lines: String = lines.iter().map(|line| format!("<li>{}</li>", escaped(line))).collect();
            page.push_str(&format!("<h2>{}</h2><ul>{lines}</ul>", escaped(title)));
        }
        page + "</body></html>"
    }
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top;\
overflow-wrap:anywhere}.note{border-left:4px solid #888;padding-left:.8rem}@media print{body{font-size:10pt;margin:0}}";

/// How a record has to do with whoever asks.
fn how(how: How) -> &'static str {
    match how {
        How::About => "about them",
        How::By => "done by them",
        How::Named => "names them",
    }
}

fn until(found: &Found, zone: &TimeZone) -> String {
    match found.standing {
        Some(Standing::Until(at) | Standing::Due(at)) => {
            at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()
        }
        Some(Standing::Held(by)) => by.to_string(),
        None if found.record.is_some() => "erased".to_owned(),
        None => String::new(),
    }
}

/// `CheckedIn` as words: `checked in`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The content as `field: value`, what is nested in brackets; a personal part as what it holds.
fn content(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            if let Some(personal) = fields.get("$personal").filter(|_| fields.len() == 1) {
                return if personal.is_null() { "(erased)".to_owned() } else { content(personal) };
            }
            let field = |(name, value): (&String, &Value)| {
                let shown = content(value);
                if value.is_object() && !shown.starts_with('(') && shown.contains(':') {
                    format!("{}: [{shown}]", name.replace('_', " "))
                } else {
                    format!("{}: {shown}", name.replace('_', " "))
                }
            };
            fields.iter().filter(|(_, value)| !value.is_null()).map(field).collect::<Vec<_>>().join("; ")
        }
        Value::Array(values) => values.iter().map(content).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
    }
}

/// A cell that a spreadsheet doesn't run: what begins as a formula gets an apostrophe in front.
pub fn no_formula(cell: &str) -> String {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if runs { format!("'{cell}") } else { cell.to_owned() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
