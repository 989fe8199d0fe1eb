//! A file of rows: CSV (comma, semicolon or tab; UTF-8 or what old spreadsheets write) or .xlsx.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};

use super::MAX_ROWS;

/// The most bytes of a file.
pub(crate) const MAX_FILE_BYTES: usize = 2 * 1024 * 1024;

/// The most bytes that an .xlsx unpacks to: a few kilobytes can be made to hold gigabytes.
const MAX_UNPACKED: u64 = 32 * 1024 * 1024;

/// The most columns that are looked at.
const MAX_COLUMNS: usize = 100;

/// So many characters of a cell are looked at: a file may name one enormous text from each of a million cells.
const MAX_LOOK: usize = 2_000;

/// The most cells with something in them that are looked at in an .xlsx.
const MAX_CELLS: usize = MAX_ROWS * MAX_COLUMNS;

/// The most characters of a cell that are read.
pub(crate) const MAX_CELL: usize = 400;

/// What begins so is run by spreadsheets.
const FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A file's rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Table {
    /// The first row.
    pub(crate) heading: Vec<String>,
    /// Each row that has something, with its number in the file: the heading is row 1.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

/// Reads a file by what it begins with, not by its name. An error is for whoever sent it.
pub(crate) fn read(bytes: &[u8]) -> Result<Table, String> {
    let rows = if bytes.starts_with(b"PK") { read_xlsx(bytes)? } else { read_csv(bytes)? };
    let mut rows = rows.into_iter().filter(|(_, cells)| has_something(cells));
    let Some((_, heading)) = rows.next() else { return Err("There is nothing in this file.".to_owned()) };
    let rows: Vec<_> = rows.take(MAX_ROWS + 1).collect();
    if rows.len() > MAX_ROWS {
        return Err(format!("One sheet takes {MAX_ROWS} rows: split it."));
    }
    Ok(Table { heading, rows })
}

fn has_something(cells: &[String]) -> bool {
    cells.iter().any(|cell| !cell.is_empty())
}

fn cell(text: &str) -> String {
    let looked_at = text.char_indices().nth(MAX_LOOK).map_or(text, |(end, _)| &text[..end]);
    let plain: String = looked_at.trim().chars().filter(|c| !c.is_control()).take(MAX_CELL).collect();
    // Without a control character there may be white space at an end that wasn't one before.
    plain.trim().to_owned()
}

/// Without the apostrophe that [`quoted`] puts before what begins like a formula.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// Or would be one without apostrophes: so that taking one off gives back what was written.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULAS)
}

fn read_csv(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Not UTF-8: what spreadsheets write on older machines, letter by letter.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let first = text.lines().next().unwrap_or_default();
    let between = [b',', b';', b'\t'];
    let count = |mark: &u8| first.bytes().filter(|byte| byte == mark).count();
    let delimiter = between.into_iter().max_by_key(count).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let read = |(number, record): (usize, Result<csv::StringRecord, csv::Error>)| {
        let record = record.map_err(|why| format!("Row {} can't be read: {why}.", number + 1))?;
        Ok((number + 1, record.iter().map(|text| unguarded(&cell(text)).to_owned()).collect()))
    };
    let says_something = |row: &Result<(usize, Vec<String>), String>| {
        row.as_ref().is_ok_and(|(_, cells)| has_something(cells))
    };
    let rows = reader.records().enumerate().map(read).filter(|row| row.is_err() || says_something(row));
    rows.take(MAX_ROWS + 2).collect()
}

/// Unpacks everything once, into nothing: what the file says of its own size is not believed.
fn is_bounded(bytes: &[u8]) -> Result<bool, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|why| why.to_string())?;
    let mut left = MAX_UNPACKED;
    for entry in 0..archive.len() {
        let entry = archive.by_index(entry).map_err(|why| why.to_string())?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink());
        match left.checked_sub(unpacked.map_err(|why| why.to_string())?) {
            Some(rest) => left = rest,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// Cell by cell: a sheet whose only cell stands in its last corner is not laid out as a whole.
fn read_xlsx(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    let bad =
        |why: String| format!("This is no spreadsheet that can be read: {why}. Save it as .xlsx or CSV.");
    if !is_bounded(bytes).map_err(bad)? {
        let most = MAX_UNPACKED / 1024 / 1024;
        return Err(format!(
            "This file unpacks to more than {most} megabytes: save only the sheet that is wanted."
        ));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|why| bad(why.to_string()))?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| bad("it has no sheet".to_owned()))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|why| bad(why.to_string()))?;
    let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut left = MAX_CELLS;
    while let Some(found) = cells.next_cell().map_err(|why| bad(why.to_string()))? {
        if matches!(found.get_value(), DataRef::Empty) {
            continue;
        }
        left = left.checked_sub(1).ok_or_else(|| bad(format!("it has more than {MAX_CELLS} cells")))?;
        let (row, column) = found.get_position();
        let (row, column, text) = (row as usize, column as usize, text_of(found.get_value()));
        if column >= MAX_COLUMNS || text.is_empty() {
            continue;
        }
        let known = rows.entry(row + 1).or_default();
        if known.len() <= column {
            known.resize(column + 1, String::new());
        }
        known[column] = text;
        if rows.len() > MAX_ROWS + 2 {
            break;
        }
    }
    Ok(rows.into_iter().collect())
}

fn text_of(data: &DataRef<'_>) -> String {
    match data {
        // A telephone number that was typed as a number has lost its nought; a whole one is written without a point.
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Empty => String::new(),
        DataRef::SharedString(text) => cell(text),
        DataRef::String(text) => cell(text),
        other => cell(&calamine::Data::from(other.clone()).to_string()),
    }
}

/// A register as CSV. What begins like a formula gets an apostrophe, since spreadsheets run formulas.
pub(crate) fn to_csv(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::from("\u{feff}");
    let mut line = |cells: Vec<String>| {
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    };
    line(heading.iter().map(|name| quoted(name)).collect());
    rows.iter().for_each(|row| line(row.iter().map(|cell| quoted(cell)).collect()));
    text
}

/// A cell of RFC 4180. A number that begins with + is no formula.
fn quoted(text: &str) -> String {
    let is_number = text.starts_with('+') && text[1..].bytes().all(|byte| byte.is_ascii_digit());
    let guard = if is_formula(text) && !is_number { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// The same as .xlsx: every cell is a text, so that noughts and long numbers stay as they are.
pub(crate) fn to_xlsx(heading: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, String> {
    let mut book = Workbook::new();
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    let sheet = book.add_worksheet();
    let failed = |why: rust_xlsxwriter::XlsxError| why.to_string();
    for (column, name) in (0..).zip(heading) {
        sheet.write_string_with_format(0, column, *name, &bold).map_err(failed)?;
    }
    for (number, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string_with_format(number, column, cell, &text).map_err(failed)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    sheet.autofit();
    book.save_to_buffer().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &[u8]) -> Table {
        read(text).expect("can be read")
    }

    #[test]
    fn csv_is_read_with_any_of_three_marks_blank_rows_left_out_and_old_letters_too() {
        let comma = table(b"\xef\xbb\xbfname,roles\r\n\"Okafor, Ines\",leader\r\n\r\n,\r\nTom,office\r\n");
        assert_eq!(comma.heading, ["name", "roles"]);
        assert_eq!(comma.rows[0], (2, vec!["Okafor, Ines".to_owned(), "leader".to_owned()]));
        assert_eq!(comma.rows.last().map(|(_, cells)| cells[0].as_str()), Some("Tom"));
        assert_eq!(comma.rows.len(), 2);
        assert_eq!(table(b"name;roles\nA;b\n").rows[0].1, ["A", "b"]);
        assert_eq!(table(b"name\troles\nA\tb\n").rows[0].1, ["A", "b"]);
        assert_eq!(table(b"name,roles\nZo\xeb,b\n").rows[0].1[0], "Zo\u{eb}");
    }

    #[test]
    fn what_is_written_is_read_again_the_same_and_no_formula_runs() {
        let rows = vec![vec!["=1+1".to_owned(), "07700 900101".to_owned()]];
        let csv = to_csv(&["tag", "number"], &rows);
        assert!(csv.contains("\"'=1+1\""), "{csv}");
        let back = table(&to_xlsx(&["tag", "number"], &rows).expect("is written"));
        assert_eq!(back.heading, ["tag", "number"]);
        assert_eq!(back.rows, [(2, rows[0].clone())], "texts, so that noughts stay");
        assert_eq!(quoted("+447700900101"), "\"+447700900101\"", "a number is no formula");
    }

    #[test]
    fn a_file_that_unpacks_to_something_enormous_is_refused_and_a_far_corner_is_not_laid_out() {
        use std::io::Write;
        let mut bomb = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        bomb.start_file("xl/sharedStrings.xml", options).expect("begins");
        let nothing = vec![b' '; 1024 * 1024];
        (0..=MAX_UNPACKED / 1024 / 1024).for_each(|_| bomb.write_all(&nothing).expect("is written"));
        let bomb = bomb.finish().expect("ends").into_inner();
        assert!(bomb.len() < MAX_FILE_BYTES, "{} bytes get past the limit of a file", bomb.len());
        assert!(read(&bomb).expect_err("a bomb").contains("unpacks to more than 32 megabytes"));
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "name").expect("is written");
        sheet.write_string(1_048_575, 0, "Tom").expect("is written");
        sheet.write_string(1_048_575, 16_383, "far away").expect("is written");
        let far = read(&book.save_to_buffer().expect("is written")).expect("can be read");
        assert_eq!(far.rows, [(1_048_576, vec!["Tom".to_owned()])]);
    }

    #[test]
    fn a_long_text_that_every_cell_names_is_not_copied_for_each_and_cells_have_a_limit() {
        use std::fmt::Write;
        use std::io::Write as _;
        let rows = (1..=200).fold(String::new(), |mut rows, row| {
            let cells = "<c t=\"s\"><v>0</v></c>".repeat(100);
            write!(rows, "<row r=\"{row}\">{cells}</row>").expect("a text grows");
            rows
        });
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        let texts = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(8 * 1024 * 1024));
        let real = to_xlsx(&["name"], &[vec!["Tom".to_owned()]]).expect("is written");
        let mut real = zip::ZipArchive::new(Cursor::new(real)).expect("a zip");
        let mut hostile = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for at in 0..real.len() {
            let mut part = real.by_index(at).expect("is there");
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("is read");
            let name = part.name().expect("text").into_owned();
            hostile.start_file(name.as_str(), options).expect("begins");
            let bytes = match name.as_str() {
                "xl/worksheets/sheet1.xml" => sheet.as_bytes(),
                "xl/sharedStrings.xml" => texts.as_bytes(),
                _ => &bytes,
            };
            hostile.write_all(bytes).expect("is written");
        }
        let hostile = hostile.finish().expect("ends").into_inner();
        assert!(hostile.len() < MAX_FILE_BYTES, "{} bytes get past the limit of a file", hostile.len());
        let began = std::time::Instant::now();
        let found = read(&hostile).expect("can be read");
        assert_eq!((found.rows.len(), found.rows[0].1[0].len()), (199, MAX_CELL));
        // Copied for each of twenty thousand cells it would be 160 gigabytes, twice.
        assert!(began.elapsed().as_secs() < 40, "{:?}", began.elapsed());
    }

    #[test]
    fn rows_of_nothing_push_no_other_out() {
        let text = format!("name,roles\n{}{}", ",\n".repeat(MAX_ROWS), "A,b\n".repeat(MAX_ROWS));
        let found = table(text.as_bytes());
        assert_eq!((found.rows.len(), found.rows[0].0), (MAX_ROWS, MAX_ROWS + 2));
    }

    #[test]
    fn what_begins_like_a_formula_comes_back_as_it_went_out() {
        let cells = ["=1+1", "-A", "@b", "'=x", "''+", "'tis", "+447700900101", "'+447700900101"];
        let rows: Vec<Vec<String>> = cells.iter().map(|cell| vec![(*cell).to_owned()]).collect();
        let back = table(to_csv(&["name"], &rows).as_bytes());
        assert_eq!(back.rows.into_iter().map(|(_, cells)| cells).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn a_sheet_has_a_limit_and_junk_is_told() {
        let text = |rows: usize| format!("name\n{}", "A\n".repeat(rows));
        assert_eq!(table(text(MAX_ROWS).as_bytes()).rows.len(), MAX_ROWS);
        assert!(read(text(MAX_ROWS + 1).as_bytes()).expect_err("too long").contains("split it"));
        assert!(read(b"").is_err());
        assert!(read(b"PK\x03\x04 no zip").expect_err("junk").contains("Save it as"));
    }
}
