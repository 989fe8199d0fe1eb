//! A form that carries a file, as a browser sends it: whatever the body is it is read or refused; and what a browser would make of fields and a
//! file is read as it was, in order. The input: fields as a form has them, a line's end, then what is in the file.
#![no_main]

use std::sync::LazyLock;

use board::fuzzing::auth::uploaded;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

const BOUNDARY: &str = "----homeward7MA4YWxkTrZu0gW";

fuzz_target!(|data: &[u8]| {
    RUNTIME.block_on(uploaded(BOUNDARY, data.to_vec()));
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let (typed, file) = (&data[..end], &data[end + 1..]);
    let typed: Vec<(String, String)> = serde_urlencoded::from_bytes(typed).unwrap_or_default();
    let in_it = |bytes: &[u8]| bytes.windows(BOUNDARY.len()).any(|window| window == BOUNDARY.as_bytes());
    if in_it(file) || typed.iter().any(|(_, value)| in_it(value.as_bytes())) {
        return;
    }
    let mut body = Vec::new();
    let mut names = Vec::new();
    for (name, value) in &typed {
        // As browsers do.
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
        names.push(name);
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let Some((fields, read)) = RUNTIME.block_on(uploaded(BOUNDARY, body)) else {
        // A head that can't stand in one: a control character in a name.
        assert!(names.iter().any(|name| name.chars().any(char::is_control)), "{names:?}");
        return;
    };
    assert_eq!(read, file);
    if names.iter().all(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')) {
        let values: Vec<_> = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        // A text's own mark of its encoding is no part of it.
        let typed: Vec<_> =
            typed.into_iter().map(|(name, value)| (name, value.trim_start_matches('\u{feff}').to_owned())).collect();
        let values: Vec<_> =
            values.into_iter().map(|(name, value)| (name, value.trim_start_matches('\u{feff}').to_owned())).collect();
        assert_eq!(values, typed);
    }
});
