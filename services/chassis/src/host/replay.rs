//! Answers to consumers that miss numbers: pages from the journal, one for each request.

use std::ops::ControlFlow;

use proto::envelope::{MAX_BATCH_EVENTS, MAX_MESSAGE_BYTES, ReplayPage, Reply, Source};
use proto::ids::ClientId;

use super::outbox::Outbox;
use crate::entry::Chain;
use crate::journal::Journal;

/// Reads a page and sends it, in a task of its own. A request that is lost, or can't be answered now, is made again.
pub(super) fn answer(journal: &Journal, outbox: &Outbox, head: &Chain, client: ClientId, from: u64) {
    let send = outbox.replies_for(head.school.clone(), client);
    let (journal, head) = (journal.clone(), head.clone());
    tokio::spawn(async move {
        match page(&journal, &head, from).await {
            Ok(page) => send(&Reply::Replay(page)),
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
    let (mut bytes, mut bad) = (0, None);
    // What is not committed yet is not in the journal; the head told here may be ahead of the page, never behind.
    let each = |entry: crate::entry::Entry| {
        bytes += entry.facts.len() + entry.personal.as_ref().map_or(0, |p| p.json.len()) + 600;
        if page.events.len() == MAX_BATCH_EVENTS || (bytes > MAX_MESSAGE_BYTES / 2 && !page.events.is_empty())
        {
            return ControlFlow::Break(());
        }
        match entry.envelope(head.epoch) {
            Ok(envelope) => page.events.push(envelope),
            Err(error) => bad = Some(error.to_string()),
        }
        if bad.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if from <= head.seq {
        journal.scan(head.service, &head.school, from, each).await.map_err(|fault| fault.to_string())?;
    }
    match bad {
        Some(why) => Err(why),
        None => Ok(page),
    }
}
