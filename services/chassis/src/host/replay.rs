//! Answers to consumers that miss numbers: pages from the journal, one for each request.

use proto::envelope::{MAX_BATCH_EVENTS, MAX_MESSAGE_BYTES, ReplayPage, Reply, Source};
use proto::ids::ClientId;

use super::outbox::Outbox;
use crate::entry::Chain;
use crate::journal::Journal;

/// What an envelope adds to its data, and more.
const ENVELOPE_BYTES: usize = 800;

/// Reads a page and sends it, in a task of its own. A request that is lost, or can't be answered now, is made again.
pub(super) fn answer(journal: &Journal, outbox: &Outbox, head: &Chain, client: ClientId, from: u64) {
    let send = outbox.reply_to(head.school.clone(), client);
    let (journal, head) = (journal.clone(), head.clone());
    tokio::spawn(async move {
        match page(&journal, &head, from).await {
            Ok(page) => send(Reply::Replay(page)),
            Err(why) => tracing::warn!(service = %head.service, from, why, "a replay could not be read"),
        }
    });
}

async fn page(journal: &Journal, head: &Chain, from: u64) -> Result<ReplayPage, String> {
    let mut page = ReplayPage {
        source: Source { school: head.school.clone(), service: head.service },
        epoch: head.epoch,
        from,
        head: head.seq,
        events: Vec::new(),
    };
    // What is not committed yet is not in the journal; the head told here may be ahead of the page, never behind.
    let entries = if from <= head.seq {
        journal
            .read(head.service, &head.school, from, MAX_BATCH_EVENTS)
            .await
            .map_err(|fault| fault.to_string())?
    } else {
        Vec::new()
    };
    if from > head.seq {
        // Whoever asks has heard more than we know. If that is in the journal another instance wrote it, and answers; else it is lost.
        let more = journal.read(head.service, &head.school, head.seq + 1, 1).await;
        if !more.map_err(|fault| fault.to_string())?.is_empty() {
            return Err("another instance decides for this school by now".into());
        }
    }
    let mut bytes = 0;
    for entry in entries {
        bytes += entry.facts.len() + entry.personal.as_ref().map_or(0, |p| p.json.len()) + ENVELOPE_BYTES;
        if bytes > MAX_MESSAGE_BYTES && !page.events.is_empty() {
            break;
        }
        page.events.push(entry.envelope(head.epoch).map_err(|error| error.to_string())?);
    }
    Ok(page)
}
