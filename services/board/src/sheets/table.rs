//! A file of rows: CSV (comma, semicolon or tab; UTF-8 or what old spreadsheets write) or .xlsx.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};

use super::MAX_ROWS;

/// The most bytes of a file.
pub(crate) const MAX_FILE_BYTES: usize = 2 * 1024 * 1024;

/// The most characters of a cell that are read.
const MAX_CELL: usize = 400;

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
    let mut rows = rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    let Some((_, heading)) = rows.next() else { return Err("There is nothing in this file.".to_owned()) };
    let rows: Vec<_> = rows.take(MAX_ROWS + 1).collect();
    if rows.len() > MAX_ROWS {
        return Err(format!("One sheet takes {MAX_ROWS} rows: split it."));
    }
    Ok(Table { heading, rows })
}

fn cell(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(MAX_CELL).collect()
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
        Ok((number + 1, record.iter().map(cell).collect()))
    };
    reader.records().enumerate().take(MAX_ROWS + 2).map(read).collect()
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    let bad =
        |why: String| format!("This is no spreadsheet that can be read: {why}. Save it as .xlsx or CSV.");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|why| bad(why.to_string()))?;
    let name = book.sheet_names().first().cloned().ok_or_else(|| bad("it has no sheet".to_owned()))?;
    let sheet = book.worksheet_range(&name).map_err(|why| bad(why.to_string()))?;
    let first = sheet.start().map_or(0, |(row, _)| row as usize);
    let text = |data: &Data| match data {
        // A telephone number that was typed as a number has lost its nought; a whole one is written without a point.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::Empty => String::new(),
        other => cell(&other.to_string()),
    };
    let rows = sheet.rows().take(MAX_ROWS + 2).enumerate();
    Ok(rows.map(|(at, cells)| (first + at + 1, cells.iter().map(text).collect())).collect())
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
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number { "'" } else { "" };
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
    fn a_sheet_has_a_limit_and_junk_is_told() {
        let text = |rows: usize| format!("name\n{}", "A\n".repeat(rows));
        assert_eq!(table(text(MAX_ROWS).as_bytes()).rows.len(), MAX_ROWS);
        assert!(read(text(MAX_ROWS + 1).as_bytes()).expect_err("too long").contains("split it"));
        assert!(read(b"").is_err());
        assert!(read(b"PK\x03\x04 no zip").expect_err("junk").contains("Save it as"));
    }
}
