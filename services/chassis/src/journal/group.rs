//! Group commit: one task writes; what arrives while it syncs is stored together in its next transaction.

use tokio::sync::{mpsc, oneshot};

use super::{Append, AppendFault, sqlite};

/// The most calls that are stored in one transaction.
pub const MAX_GROUP_APPENDS: usize = 256;

/// The way to the writing task; it ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Request>);

struct Request {
    appends: Vec<Append>,
    done: oneshot::Sender<Result<(), AppendFault>>,
}

impl Writer {
    pub(super) fn start(store: sqlite::Store) -> Self {
        let (sender, mut requests) = mpsc::channel(MAX_GROUP_APPENDS);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(MAX_GROUP_APPENDS);
            while requests.recv_many(&mut group, MAX_GROUP_APPENDS).await > 0 {
                commit(&store, std::mem::take(&mut group)).await;
            }
        });
        Self(sender)
    }

    pub(super) async fn append(&self, appends: Vec<Append>) -> Result<(), AppendFault> {
        let (done, outcome) = oneshot::channel();
        if self.0.send(Request { appends, done }).await.is_err() {
            return Err(AppendFault::Unavailable("the journal is closed".into()));
        }
        outcome.await.unwrap_or_else(|_| Err(AppendFault::Unknown("the journal was closed meanwhile".into())))
    }
}

/// Stores the group in one transaction. If one of them was fenced each is tried alone, so that only that one fails.
async fn commit(store: &sqlite::Store, group: Vec<Request>) {
    let all: Vec<&Append> = group.iter().flat_map(|request| &request.appends).collect();
    let outcome = store.append(&all).await;
    if matches!(outcome, Err(AppendFault::Fenced(_))) && group.len() > 1 {
        for request in group {
            let alone = store.append(&request.appends.iter().collect::<Vec<_>>()).await;
            request.answer(alone);
        }
    } else {
        group.into_iter().for_each(|request| request.answer(outcome.clone()));
    }
}

impl Request {
    /// Nobody may wait for it any more: that is the caller's choice.
    fn answer(self, outcome: Result<(), AppendFault>) {
        self.done.send(outcome).ok();
    }
}
