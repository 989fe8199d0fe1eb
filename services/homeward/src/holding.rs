//! The lease of this process's services: taken before anything is started, kept while it runs.
//!
//! With PostgreSQL a lease lasts as long as its connection. When the database restarts, or the connection dies unnoticed,
//! it is taken anew; until then the journal's primary key keeps two writers apart. When another instance has it by then,
//! that one is at work: this process ends, rather than be fenced off at every commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::lease::{self, Held, LeaseFault};
use proto::topics::ServiceName;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Share;

/// Who died a moment ago may hold its lease for so long: the database has yet to notice.
const PATIENCE: Duration = Duration::from_secs(20);

/// The wait between two tries.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A lease that is kept until this is let go.
pub(crate) struct Holding {
    task: JoinHandle<()>,
    release: DropGuard,
}

/// What is held, and what happens if it is lost for good.
pub(crate) struct Terms {
    /// The database.
    pub(crate) url: String,
    /// Whose lease.
    pub(crate) services: Vec<ServiceName>,
    /// Which slots, and whether whoever has them now is waited for.
    pub(crate) share: Share,
    /// Ends the process.
    pub(crate) stop: CancellationToken,
    /// The process ended by a fault.
    pub(crate) failed: Arc<AtomicBool>,
}

impl Holding {
    /// Takes the lease; who held it and has just died is waited for.
    pub(crate) async fn take(terms: Terms) -> Result<Self, LeaseFault> {
        let held = if terms.share.stand_by { stood_by(&terms).await? } else { taken(&terms).await? };
        let release = CancellationToken::new();
        let task = tokio::spawn(keep(terms, held, release.clone()));
        Ok(Self { task, release: release.drop_guard() })
    }

    /// Gives it up.
    pub(crate) async fn end(self) {
        drop(self.release);
        // A panic in it is a bug that its own hook has told.
        let _ = self.task.await;
    }
}

/// Waits for whoever has it, as long as it takes.
async fn stood_by(terms: &Terms) -> Result<Held, LeaseFault> {
    tracing::info!(services = ?terms.services, "standing by");
    loop {
        match taken(terms).await {
            Err(LeaseFault::SlotTaken { .. } | LeaseFault::FileTaken(_)) => {}
            Err(fault @ (LeaseFault::Database(_) | LeaseFault::Silent)) => {
                tracing::warn!(%fault, "the lease can't be asked for: trying again");
                tokio::time::sleep(LOOK).await;
            }
            Err(fault @ (LeaseFault::File { .. } | LeaseFault::NumberTaken { .. })) => return Err(fault),
            Ok(held) => {
                tracing::warn!(services = ?terms.services, "nobody is at work any more: taking over");
                return Ok(held);
            }
        }
    }
}

async fn taken(terms: &Terms) -> Result<Held, LeaseFault> {
    let began = Instant::now();
    loop {
        let fault = match lease::acquire(&terms.url, &terms.services, terms.share.slots.iter().copied()).await
        {
            Ok(held) => return Ok(held),
            Err(fault @ (LeaseFault::SlotTaken { .. } | LeaseFault::FileTaken(_))) => fault,
            Err(
                fault @ (LeaseFault::File { .. }
                | LeaseFault::Database(_)
                | LeaseFault::Silent
                | LeaseFault::NumberTaken { .. }),
            ) => return Err(fault),
        };
        if began.elapsed() > PATIENCE {
            return Err(fault);
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn keep(terms: Terms, mut held: Held, release: CancellationToken) {
    loop {
        tokio::select! {
            () = release.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        if held.is_held().await {
            continue;
        }
        tracing::warn!("the lease is lost with its connection: taking it anew");
        // Our own locks go with the old connection, as soon as the database notices.
        drop(held);
        held = tokio::select! {
            () = release.cancelled() => return,
            anew = anew(&terms) => match anew {
                Ok(held) => held,
                Err(fault) => {
                    tracing::error!(%fault, "HW-D3 another instance is at work in this one's place: the process ends");
                    terms.failed.store(true, Ordering::Relaxed);
                    terms.stop.cancel();
                    return;
                }
            },
        };
        tracing::info!("the lease is held again");
    }
}

/// A database that is out of reach is waited for; somebody else's lease is not.
async fn anew(terms: &Terms) -> Result<Held, LeaseFault> {
    loop {
        match taken(terms).await {
            Err(fault @ (LeaseFault::Database(_) | LeaseFault::Silent)) => {
                tracing::warn!(%fault, "the lease can't be taken: trying again");
                tokio::time::sleep(LOOK).await;
            }
            other => return other,
        }
    }
}
