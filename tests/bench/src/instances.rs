//! What one more instance takes off the others: processes of checkins that divide the schools by themselves, with Mosquitto and PostgreSQL, each
//! one's processor time and entries a second; and what it costs an instance to drop what is another's.

use std::path::Path;
use std::time::{Duration, Instant};

use ::checkins::Checkins;
use chassis::broker::acl::{Account, AccountKind};
use chassis::lease::{self, Slot};
use chassis::school::School;
use jiff::Timestamp;
use proto::topics::ServiceName;

use crate::cluster::BUSIEST;
use crate::limits::Limits;
use crate::load::Load;
use crate::parties::{Past, Watched, after};
use crate::process::{Process, cpu_seconds};
use crate::world::{Engines, World, client};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

const SCHOOLS: usize = 48;

/// Of one school.
const TRIPS: u64 = 4;
/// Of one trip.
const GROUPS: u64 = 10;

const INSTANCES: u16 = 3;

/// How long each is looked at, in seconds.
const SPELL: f64 = 10.0;

/// How long the schools may take to be divided.
const EVEN_WITHIN: Duration = Duration::from_secs(60);

/// The accounts of the instances beyond the first.
pub(crate) fn accounts() -> impl Iterator<Item = Account> {
    let name = |number| client(&format!("{}-{number}", ServiceName::Checkins));
    (2..=INSTANCES)
        .map(move |number| Account { name: name(number), kind: AccountKind::Service(ServiceName::Checkins) })
}

pub(crate) async fn measure(limits: &Limits) -> Outcome<Vec<Row>> {
    let binary = std::env::current_exe()?.with_file_name("homeward");
    if !binary.exists() {
        return Ok(vec![row("instances", "not measured: build homeward with --release first", "", "")]);
    }
    let world = World::of(Engines::Outside, SCHOOLS).await?;
    let groups = all_out(&world).await?;
    world.stand_ins::<Checkins>().await;
    let mut load = Load::start(&world, groups.clone()).await;
    let (mut instances, mut rows) = (Vec::new(), Vec::new());
    for number in 1..=INSTANCES {
        instances.push(start(&binary, &world, number)?);
        until_even(&world, &instances).await?;
        load.paced(BUSIEST, 1.0).await?;
        load.turns_to(groups.clone());
        rows.push(shared(&world, &instances, &mut load, limits).await?);
        if number > 1 {
            rows.push(dropping(&world, &instances, &mut load, &groups).await?);
        }
    }
    drop(instances);
    world.stop.cancel();
    Ok(rows)
}

/// All trips are out, and nobody is due for longer than this takes.
async fn all_out(world: &World) -> Outcome<Vec<Watched>> {
    let now = Timestamp::now();
    let mut all = Vec::new();
    for (place, school) in world.schools.iter().enumerate() {
        let mut past = Past::of_school(&world.journal, school.clone(), place, now).await?;
        for _ in 0..TRIPS {
            all.extend(past.departs(GROUPS, after(now, 290.0), now).await?);
        }
        past.store().await?;
    }
    Ok(all)
}

/// The schools' check-ins flow, and each instance does its share.
async fn shared(world: &World, instances: &[Process], load: &mut Load, limits: &Limits) -> Outcome<Row> {
    let idle = Spell::of(world, instances, tokio::time::sleep(Duration::from_secs_f64(SPELL / 2.0))).await?;
    let mut answers = None;
    let busy =
        Spell::of(world, instances, async { answers = Some(load.paced(BUSIEST, SPELL).await) }).await?;
    let answers = answers.ok_or("it was asked")??;
    let each: Vec<String> = (0..instances.len())
        .map(|place| {
            let (of, idle) = (&busy.each[place], &idle.each[place]);
            format!("{:.1} % of a core ({:.1} idle), {:.0} entries/s", of.cpu, idle.cpu, of.entries)
        })
        .collect();
    let ms = sorted(answers.ms);
    Ok(row(
        format!(
            "{} check-ins/s of {SCHOOLS} schools for {SPELL} s, instances of checkins: {} ({} asked again)",
            thousands(BUSIEST),
            instances.len(),
            answers.again
        ),
        format!(
            "{}; broker {:.1} % ({:.1} idle); answers p50 {:.1} ms, p99 {:.1} ms",
            each.join("; "),
            busy.broker,
            idle.broker,
            percentile(&ms, 0.5),
            percentile(&ms, 0.99)
        ),
        "",
        format!(
            "{} cores at 100 %; a synced commit {:.2} ms",
            std::thread::available_parallelism()?,
            limits.commit_ms.0
        ),
    ))
}

/// Only schools of the first instance are asked for: what the others need beyond what they need idle is for dropping.
async fn dropping(world: &World, instances: &[Process], load: &mut Load, groups: &[Watched]) -> Outcome<Row> {
    let idle = Spell::of(world, instances, tokio::time::sleep(Duration::from_secs_f64(SPELL / 2.0))).await?;
    let of_first = world.slots_of(1).await?;
    let own = |school: &School| of_first.contains(&Slot::of(&school.id));
    load.turns_to(groups.iter().filter(|of| own(&world.schools[of.school])).copied().collect());
    let mut answers = None;
    let busy =
        Spell::of(world, instances, async { answers = Some(load.paced(BUSIEST, SPELL).await) }).await?;
    let answers = answers.ok_or("it was asked")??;
    load.turns_to(groups.to_vec());
    let above = |place: usize| busy.each[place].cpu - idle.each[place].cpu;
    let each_takes = |percent: f64| percent / 100.0 / (answers.ms.len() as f64 / busy.seconds) * 1e6;
    let others: Vec<String> = (1..instances.len())
        .map(|place| {
            format!(
                "{:.1} % of a core, {:.0} µs each ({:.0} entries/s)",
                above(place),
                each_takes(above(place)),
                busy.each[place].entries
            )
        })
        .collect();
    Ok(row(
        format!(
            "as many, all of them of schools of the first of {} instances: above idle, the others (they drop them)",
            instances.len()
        ),
        format!(
            "{}; the first one {:.1} %, {:.0} µs each ({:.0} entries/s)",
            others.join("; "),
            above(0),
            each_takes(above(0)),
            busy.each[0].entries
        ),
        "",
        "",
    ))
}

/// What was used in a while.
struct Spell {
    each: Vec<Used>,
    /// By the broker, in hundredths of a core.
    broker: f64,
    seconds: f64,
}

/// By one instance.
struct Used {
    /// In hundredths of a core.
    cpu: f64,
    /// Journalled a second.
    entries: f64,
}

impl Spell {
    async fn of(world: &World, instances: &[Process], deed: impl Future<Output = ()>) -> Outcome<Self> {
        let broker = world.broker_process().ok_or("the broker runs")?;
        let mut before = Vec::new();
        for instance in instances {
            before.push((instance.entries().await?, cpu_seconds(instance.id())?));
        }
        let (began, broker_before) = (Instant::now(), cpu_seconds(broker)?);
        deed.await;
        let (seconds, broker_after) = (began.elapsed().as_secs_f64(), cpu_seconds(broker)?);
        let mut each = Vec::new();
        for (instance, (entries, cpu)) in instances.iter().zip(before) {
            let cpu = 100.0 * (cpu_seconds(instance.id())? - cpu) / seconds;
            each.push(Used { cpu, entries: (instance.entries().await? - entries) / seconds });
        }
        Ok(Self { each, broker: 100.0 * (broker_after - broker_before) / seconds, seconds })
    }
}

/// A process of checkins.
fn start(binary: &Path, world: &World, number: u16) -> Outcome<Process> {
    let settings = |web: &str, folder: &Path| settings(world, number, web, folder);
    Process::start(binary, settings, &["--only", ServiceName::Checkins.as_str()])
}

fn settings(world: &World, number: u16, web: &str, folder: &Path) -> String {
    let name = client(&format!("{}-{number}", ServiceName::Checkins));
    let bus = world.bus(name.as_str());
    let schools =
        world.schools.iter().map(|school| format!("[schools.{}]\nname = \"Bench School\"\n", school.id));
    format!(
        "[server]\nlisten = \"{web}\"\n[data]\ndir = {folder:?}\njournal = \"{url}\"\nboard = \"{url}\"\n\
         [broker]\nkind = \"outside\"\nhost = \"{host}\"\nport = {port}\npassword = \"{password}\"\ninstance = {number}\n\
         [share]\nby = \"lease\"\n{schools}",
        url = world.url,
        host = bus.host,
        port = bus.port,
        password = bus.password.expose(),
        schools = schools.collect::<String>()
    )
}

/// Each has its share, and serves it.
async fn until_even(world: &World, instances: &[Process]) -> Outcome<()> {
    let began = Instant::now();
    while began.elapsed() < EVEN_WITHIN {
        let seen = lease::members::look_from_outside(&world.url, &[ServiceName::Checkins]).await?;
        let sight = &seen.services[&ServiceName::Checkins];
        let mut ready = sight.members.len() == instances.len() && sight.is_settled();
        for instance in instances {
            ready = ready && instance.is_ready().await;
        }
        if ready {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("the instances never divided the schools".into())
}
