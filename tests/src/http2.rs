//! Requests over HTTP/2 as no library would send them: each frame and header as a test says it (RFC 9113, RFC 7541).

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::watch::PATIENCE;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Asks whoever speaks HTTP/2 without TLS at that port: the status of the answer, or none if the request or the connection was ended instead.
pub(crate) async fn asks(port: u16, headers: &[(&str, &str)], body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
    let mut sent = PREFACE.to_vec();
    sent.extend(frame(SETTINGS, 0, 0, &[]));
    let block: Vec<u8> = headers.iter().flat_map(|(name, value)| literal(name, value)).collect();
    let ends = if body.is_empty() { END_STREAM } else { 0 };
    sent.extend(frame(HEADERS, END_HEADERS | ends, 1, &block));
    if !body.is_empty() {
        sent.extend(frame(DATA, END_STREAM, 1, body.as_bytes()));
    }
    stream.write_all(&sent).await.expect("it takes it");
    tokio::time::timeout(PATIENCE, answer(&mut stream)).await.expect("an answer, or an end")
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A header that is in no table, with its name and value as they are.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![0];
    for text in [name, value] {
        field.extend(length(text.len()));
        field.extend(text.as_bytes());
    }
    field
}

/// An integer with a prefix of seven bits.
fn length(of: usize) -> Vec<u8> {
    let Some(mut rest) = of.checked_sub(127) else { return vec![of as u8] };
    let mut bytes = vec![127];
    while rest >= 128 {
        bytes.push((rest % 128 + 128) as u8);
        rest /= 128;
    }
    bytes.push(rest as u8);
    bytes
}

async fn answer(stream: &mut TcpStream) -> Option<u16> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await.ok()?;
        match head[3] {
            HEADERS => return Some(status(&payload)),
            RESET | GO_AWAY => return None,
            _ => {}
        }
    }
}

/// The status stands first, as nginx writes it: by its place in the static table, or as three digits.
fn status(block: &[u8]) -> u16 {
    // Before it the size of the dynamic table may be told.
    let at = block.iter().position(|byte| byte & 0xe0 != 0x20).expect("a status");
    match block[at..] {
        [0x88, ..] => 200,
        [0x89, ..] => 204,
        [0x8a, ..] => 206,
        [0x8b, ..] => 304,
        [0x8c, ..] => 400,
        [0x8d, ..] => 404,
        [0x8e, ..] => 500,
        [0x48 | 0x08, 3, a, b, c, ..] => {
            std::str::from_utf8(&[a, b, c]).ok().and_then(|digits| digits.parse().ok()).expect("three digits")
        }
        _ => panic!("no status: {block:02x?}"),
    }
}
