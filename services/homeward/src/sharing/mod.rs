//! Instances that divide the schools by themselves ([why so](../../../../infra/decisions/027-instances-that-share-by-themselves.md)): this process's
//! part in it. One task looks at the database twice a second, and brings what it holds to what it should hold: surplus slots are let go by their
//! hosts and then given up, free ones are locked and then taken by their hosts. Nobody restarts.
//!
//! When the connection is lost everything that was held on it is: it comes to the others again, and keeps whatever nobody took meanwhile.

mod lease;
mod peers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::host::Serves;
use chassis::lease::division::{Instance, Sight};
use chassis::lease::members::{HEARD_OF_WITHIN, Membership, Seen};
use chassis::lease::standing::{Confirms, Standing, standing};
use chassis::lease::{LeaseFault, Slot};
use chassis::school::School;
use futures::future::BoxFuture;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) use self::lease::Lease;
pub(crate) use self::peers::Peers;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// So many slots move at once: each is without a writer for as long as the whole lot takes.
const AT_ONCE: usize = 8;

/// After our connection was lost, others may have lost theirs too (the database restarted): what is free is left to them for so long.
const LEFT_TO_OTHERS: Duration = Duration::from_secs(3);

/// The wait between two tries to come back.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// An instance of our number that was just killed is there for as long as the database doesn't notice.
const PATIENCE: Duration = Duration::from_secs(2 * HEARD_OF_WITHIN.as_secs());

/// Who this process is among the instances.
pub(crate) struct Terms {
    /// The database.
    pub(crate) url: String,
    /// Its number.
    pub(crate) me: Instance,
    /// Where the others reach its web.
    pub(crate) address: String,
    /// What it runs.
    pub(crate) services: Vec<ServiceName>,
    /// All schools there are.
    pub(crate) schools: Vec<Arc<School>>,
    /// Ends the process.
    pub(crate) stop: CancellationToken,
    /// The process ended by a fault.
    pub(crate) failed: Arc<AtomicBool>,
}

/// What one service of this process does about the slots.
struct Part {
    confirms: Confirms,
    host: Option<Hosted>,
    held: BTreeSet<Slot>,
    under_way: Option<JoinHandle<Moved>>,
}

/// A host, and what is to be waited for before it lets schools go.
pub(crate) struct Hosted {
    /// The host.
    pub(crate) serves: Arc<dyn Serves>,
    /// Finishes what is under way outside for these schools.
    pub(crate) settles: Option<Settles>,
}

/// Finishes what is under way outside for schools that are about to go.
pub(crate) type Settles = Arc<dyn Fn(Vec<SchoolId>) -> BoxFuture<'static, ()> + Send + Sync>;

/// What came of a move.
enum Moved {
    Taken(Vec<Slot>),
    /// The journal could not be read: somebody else may try.
    NotTaken(Vec<Slot>),
    LetGo(Vec<Slot>),
    /// What was another's already.
    Left,
}

/// What is known of one service's slots, for whoever shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// What was seen last.
    pub(crate) seen: Seen,
    /// How many are held here, and whether some are just on their way, of each service.
    pub(crate) here: BTreeMap<ServiceName, (usize, bool)>,
}

/// The keeper of this process's part, before its hosts stand.
pub(crate) struct Joined {
    terms: Terms,
    membership: Membership,
    parts: BTreeMap<ServiceName, Part>,
    standings: BTreeMap<ServiceName, Standing>,
    asked: Arc<Notify>,
    known: watch::Sender<Arc<Known>>,
}

/// The keeper at work, until this is let go.
pub(crate) struct Sharing {
    task: JoinHandle<()>,
    release: DropGuard,
}

impl Joined {
    /// Comes to the others.
    pub(crate) async fn join(terms: Terms) -> Result<Self, LeaseFault> {
        let membership = joined(&terms).await?;
        tracing::info!(instance = terms.me, services = ?terms.services, "shares the schools with the other instances");
        let asked = Arc::new(Notify::new());
        let (mut parts, mut standings) = (BTreeMap::new(), BTreeMap::new());
        for service in &terms.services {
            let (confirms, stands) = standing(Arc::clone(&asked));
            parts.insert(*service, Part { confirms, host: None, held: BTreeSet::new(), under_way: None });
            standings.insert(*service, stands);
        }
        let (known, _) = watch::channel(Arc::default());
        Ok(Self { terms, membership, parts, standings, asked, known })
    }

    /// What that service holds.
    pub(crate) fn standing(&self, service: ServiceName) -> Option<Standing> {
        self.standings.get(&service).cloned()
    }

    /// Who holds what, from now on.
    pub(crate) fn known(&self) -> watch::Receiver<Arc<Known>> {
        self.known.subscribe()
    }

    /// The hosts stand: schools may come.
    pub(crate) fn begin(mut self, hosts: BTreeMap<ServiceName, Hosted>) -> Sharing {
        for (service, host) in hosts {
            if let Some(part) = self.parts.get_mut(&service) {
                part.host = Some(host);
            }
        }
        let release = CancellationToken::new();
        let keeper = Keeper {
            terms: self.terms,
            membership: self.membership,
            parts: self.parts,
            asked: self.asked,
            known: self.known,
            calm_until: None,
        };
        let task = tokio::spawn(keeper.run(release.clone()));
        Sharing { task, release: release.drop_guard() }
    }
}

impl Sharing {
    /// Gives everything up, once the hosts have ended.
    pub(crate) async fn end(self) {
        drop(self.release);
        // A panic in it is a bug that its own hook has told.
        let _ = self.task.await;
    }
}

/// Whoever has our number and has just died is waited for.
async fn joined(terms: &Terms) -> Result<Membership, LeaseFault> {
    let began = Instant::now();
    loop {
        match Membership::join(&terms.url, terms.me, &terms.address, &terms.services).await {
            Err(LeaseFault::NumberTaken { .. }) if began.elapsed() < PATIENCE => {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            other => return other,
        }
    }
}

struct Keeper {
    terms: Terms,
    membership: Membership,
    parts: BTreeMap<ServiceName, Part>,
    asked: Arc<Notify>,
    known: watch::Sender<Arc<Known>>,
    /// Until then nothing that is free is taken.
    calm_until: Option<Instant>,
}

impl Keeper {
    async fn run(mut self, release: CancellationToken) {
        loop {
            let looked = tokio::select! {
                () = release.cancelled() => break,
                looked = self.look() => looked,
            };
            if let Err(fault) = looked {
                tracing::warn!(%fault, "the lease is lost with its connection: coming back");
                let came_back = tokio::select! {
                    () = release.cancelled() => break,
                    came_back = self.come_back() => came_back,
                };
                if let Err(fault) = came_back {
                    tracing::error!(%fault, "HW-D3 this instance can't come back to the others: the process ends");
                    self.terms.failed.store(true, Ordering::Relaxed);
                    self.terms.stop.cancel();
                    return;
                }
                continue;
            }
            tokio::select! {
                () = release.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
                () = self.asked.notified() => {}
                () = moved(&self.parts) => {}
            }
        }
        self.membership.leave().await;
    }

    /// One look, and what follows from it. An error: the connection is lost.
    async fn look(&mut self) -> Result<(), LeaseFault> {
        self.finish_moves().await?;
        let at = Instant::now();
        let seen = self.membership.look().await?;
        self.confirm(at, &seen);
        if !self.terms.stop.is_cancelled() {
            for service in self.terms.services.clone() {
                let Some(sight) = seen.services.get(&service) else { continue };
                self.move_some(service, sight).await?;
            }
        }
        self.tell(seen);
        Ok(())
    }

    /// What the database says is held is held, and nothing else.
    fn confirm(&mut self, at: Instant, seen: &Seen) {
        for (service, part) in &mut self.parts {
            let Some(sight) = seen.services.get(service) else { continue };
            part.held = sight.held_by(self.terms.me).collect();
            part.confirms.holds(at, part.held.clone());
        }
    }

    /// Begins what is to be done, some slots at a time.
    async fn move_some(&mut self, service: ServiceName, sight: &Sight) -> Result<(), LeaseFault> {
        let calm = self.calm_until.is_some_and(|until| Instant::now() < until);
        let Some(part) = self.parts.get_mut(&service) else { return Ok(()) };
        if part.under_way.is_some() {
            return Ok(());
        }
        let moves = sight.moves(self.terms.me, |_| !calm);
        if !moves.give.is_empty() {
            let give: Vec<Slot> = moves.give.into_iter().take(AT_ONCE).collect();
            tracing::info!(%service, slots = ?numbers(&give), "gives up slots for another instance");
            let schools = ids(&of_slots(&self.terms.schools, &give));
            part.under_way = part.lets_go(schools, give);
            return Ok(());
        }
        // What nobody serves is taken at once, all of it; while others still give up, they give it in small lots.
        let taken = self.membership.take(service, &moves.take).await?;
        if taken.is_empty() {
            return Ok(());
        }
        let schools = of_slots(&self.terms.schools, &taken);
        tracing::info!(%service, slots = ?numbers(&taken), schools = schools.len(), "takes slots");
        let Some(part) = self.parts.get_mut(&service) else { return Ok(()) };
        part.held.extend(taken.iter().copied());
        part.confirms.holds(Instant::now(), part.held.clone());
        part.under_way = part.takes(service, schools, taken);
        Ok(())
    }

    /// What hosts have let go is given up in the database, and what they could not take.
    async fn finish_moves(&mut self) -> Result<(), LeaseFault> {
        for (service, part) in &mut self.parts {
            if !part.under_way.as_ref().is_some_and(JoinHandle::is_finished) {
                continue;
            }
            let Some(Ok(moved)) = part.finished().await else { continue };
            match moved {
                Moved::Left => {}
                Moved::Taken(slots) => {
                    metrics::counter!("homeward_slots_taken_total", "service" => service.as_str())
                        .increment(slots.len() as u64);
                }
                Moved::NotTaken(slots) | Moved::LetGo(slots) => {
                    metrics::counter!("homeward_slots_given_total", "service" => service.as_str())
                        .increment(slots.len() as u64);
                    // First: if the connection is lost now, they are not to be kept.
                    part.held.retain(|slot| !slots.contains(slot));
                    self.membership.give(*service, &slots).await?;
                    part.confirms.holds(Instant::now(), part.held.clone());
                }
            }
        }
        Ok(())
    }

    /// Comes to the others again, and keeps what nobody took. The hosts leave the rest.
    async fn come_back(&mut self) -> Result<(), LeaseFault> {
        let began = Instant::now();
        loop {
            match joined(&self.terms).await {
                Ok(anew) => {
                    self.membership = anew;
                    match self.keep_what_nobody_took().await {
                        Ok(()) => break,
                        Err(fault) => tracing::warn!(%fault, "lost again"),
                    }
                }
                Err(fault @ LeaseFault::NumberTaken { .. }) => return Err(fault),
                Err(fault) => {
                    tracing::warn!(%fault, "the lease's database is out of reach: trying again");
                    tokio::time::sleep(TRY_AGAIN.max(began.elapsed().min(PATIENCE) / 10)).await;
                }
            }
        }
        self.calm_until = Some(Instant::now() + LEFT_TO_OTHERS);
        Ok(())
    }

    async fn keep_what_nobody_took(&mut self) -> Result<(), LeaseFault> {
        for (service, part) in &mut self.parts {
            // What was on its way arrives first, so that it is left as a whole or kept as a whole.
            let letting_go = match part.finished().await {
                Some(Ok(Moved::LetGo(slots) | Moved::NotTaken(slots))) => slots,
                Some(Ok(Moved::Taken(_) | Moved::Left) | Err(_)) | None => Vec::new(),
            };
            let had: Vec<Slot> =
                part.held.iter().filter(|slot| !letting_go.contains(slot)).copied().collect();
            let kept = self.membership.take(*service, &had).await?;
            let lost: Vec<Slot> = had.into_iter().filter(|slot| !kept.contains(slot)).collect();
            part.held = kept.into_iter().collect();
            part.confirms.holds(Instant::now(), part.held.clone());
            if !lost.is_empty() {
                tracing::warn!(%service, slots = ?numbers(&lost), "HW-D3 other instances took these slots: their schools are left to them");
                metrics::counter!("homeward_slots_lost_total", "service" => service.as_str())
                    .increment(lost.len() as u64);
                // Not waited for here: the host may be waiting for our word.
                part.under_way = part.leaves(ids(&of_slots(&self.terms.schools, &lost)));
            }
        }
        Ok(())
    }

    fn tell(&self, seen: Seen) {
        let here: BTreeMap<_, _> = self
            .parts
            .iter()
            .map(|(service, part)| (*service, (part.held.len(), part.under_way.is_some())))
            .collect();
        for (service, (held, _)) in &here {
            metrics::gauge!("homeward_slots_held", "service" => service.as_str()).set(*held as f64);
            let free = seen.services.get(service).map_or(0, |sight| sight.free().count());
            metrics::gauge!("homeward_slots_free", "service" => service.as_str()).set(free as f64);
        }
        self.known.send_replace(Arc::new(Known { seen, here }));
    }
}

impl Part {
    fn lets_go(&self, schools: Vec<SchoolId>, slots: Vec<Slot>) -> Option<JoinHandle<Moved>> {
        let (serves, settles) =
            self.host.as_ref().map(|host| (Arc::clone(&host.serves), host.settles.clone()))?;
        Some(tokio::spawn(async move {
            if let Some(settles) = settles {
                settles(schools.clone()).await;
            }
            serves.let_go(&schools).await;
            Moved::LetGo(slots)
        }))
    }

    fn leaves(&self, schools: Vec<SchoolId>) -> Option<JoinHandle<Moved>> {
        let serves = self.host.as_ref().map(|host| Arc::clone(&host.serves))?;
        Some(tokio::spawn(async move {
            serves.let_go(&schools).await;
            Moved::Left
        }))
    }

    fn takes(
        &self,
        service: ServiceName,
        schools: Vec<Arc<School>>,
        slots: Vec<Slot>,
    ) -> Option<JoinHandle<Moved>> {
        let serves = self.host.as_ref().map(|host| Arc::clone(&host.serves))?;
        Some(tokio::spawn(async move {
            match serves.take(&schools).await {
                Ok(()) => Moved::Taken(slots),
                Err(fault) => {
                    tracing::error!(%service, %fault, "HW-D1 the journals of schools can't be read: they are left to another instance");
                    Moved::NotTaken(slots)
                }
            }
        }))
    }

    /// Waits for the move that is under way. An error: a bug in it, that its own hook has told.
    async fn finished(&mut self) -> Option<Result<Moved, tokio::task::JoinError>> {
        match self.under_way.take() {
            Some(move_) => Some(move_.await),
            None => None,
        }
    }
}

/// Until a move is over, if one is under way.
async fn moved(parts: &BTreeMap<ServiceName, Part>) {
    const AGAIN: Duration = Duration::from_millis(20);
    if parts.values().all(|part| part.under_way.is_none()) {
        return std::future::pending().await;
    }
    while !parts.values().any(|part| part.under_way.as_ref().is_some_and(JoinHandle::is_finished)) {
        tokio::time::sleep(AGAIN).await;
    }
}

fn of_slots(schools: &[Arc<School>], slots: &[Slot]) -> Vec<Arc<School>> {
    schools.iter().filter(|school| slots.contains(&Slot::of(&school.id))).cloned().collect()
}

fn ids(schools: &[Arc<School>]) -> Vec<SchoolId> {
    schools.iter().map(|school| school.id.clone()).collect()
}

fn numbers(slots: &[Slot]) -> Vec<u8> {
    slots.iter().map(|slot| slot.number()).collect()
}
