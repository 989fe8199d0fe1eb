//! The whole of Homeward, all nine services and the board in one process, from 20 schools to 2,000 with all their trips out: how long it takes to
//! be ready after a start, how large it is, how fast check-ins are durable, and how soon a missed one is a case, and a text at the provider.
//!
//! The first school goes out by real commands; the others are copies of its journals ([`crate::model`]). Mosquitto, PostgreSQL, the provider and
//! the client that asks are on the same machine.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chassis::bus::{Bus, BusEvent};
use chassis::client::BusClient;
use handsets::Handsets;
use jiff::Timestamp;
use proto::envelope::EventEnvelope;
use proto::topics::{ServiceName, filters};
use proto::values::allow_drama_numbers;

use crate::limits::{Limits, connected};
use crate::load::Load;
use crate::memory::kib;
use crate::model::{GRACE, Pattern, goes_out, until_quiet};
use crate::parties::{Watched, after};
use crate::process::{Process, cpu_seconds};
use crate::schools::{GROUPS, SIZES, TRIPS};
use crate::world::{Engines, PASSWORD, World};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

/// All check in within so many seconds at the busiest.
const BUSIEST_SECS: f64 = 300.0;

/// So long that pace is kept.
const SPELL_SECS: f64 = 30.0;

/// A word counts from so long before its check-in is due.
const EARLY_SECS: f64 = 290.0;

/// How long a start may take.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// What is heard of the missed is waited for no longer than this.
const TOLD_WITHIN_SECS: f64 = 60.0;

/// The events by which one is told from a missed check-in to the provider's word, in their order.
const STEPS: [(ServiceName, &str); 3] = [
    (ServiceName::Checkins, "CheckInMissed"),
    (ServiceName::Alerts, "CaseOpened"),
    (ServiceName::Gateway, "AttemptProgressed"),
];

/// What was found at one size.
struct Found {
    schools: usize,
    entries: usize,
    ready: f64,
    mib_ready: f64,
    answers: Vec<f64>,
    again: usize,
    cpu: f64,
    rate: f64,
    mib: f64,
    /// How late each step came for each school, in ms after the check-in was missed.
    late: Vec<Vec<f64>>,
}

/// Each row is said as soon as it is known: it takes a while.
pub(crate) async fn measure(limits: &Limits) -> Outcome<()> {
    allow_drama_numbers();
    let binary = std::env::current_exe()?.with_file_name("homeward");
    if !binary.exists() {
        crate::say_all(vec![row("the whole", "not measured: build homeward with --release first", "", "")]);
        return Ok(());
    }
    for schools in SIZES {
        let found = at_size(&binary, schools).await?;
        crate::say_all(vec![told(&found, limits)]);
    }
    Ok(())
}

async fn at_size(binary: &Path, schools: usize) -> Outcome<Found> {
    let world = World::of(Engines::Outside, schools).await?;
    let handsets = Handsets::start(handsets::Config::default()).await?;
    // Time for copies, the start, and all check-ins; at a whole minute.
    let lead = 150.0 + schools as f64 * 0.25;
    let minute = (after(Timestamp::now(), lead).as_second() + 59) / 60 * 60;
    let due = Timestamp::from_second(minute)?;
    let first = pattern(binary, &world, &handsets, due).await?;
    for school in &world.schools[1..] {
        first.pattern.copied_to(&world.journal, &school.id).await?;
    }

    let begun = Instant::now();
    let homeward = start(binary, &world, &handsets, schools)?;
    until_ready(&homeward).await?;
    let ready = begun.elapsed().as_secs_f64();
    let mib_ready = kib(homeward.id(), "VmRSS:")? / 1_024.0;

    let missed_at = after(due, f64::from(GRACE));
    let heard = hears(&world, missed_at).await;
    until(after(due, -EARLY_SECS)).await;
    let speaking = all_but_one_each(&first.watched, schools);
    let (count, mut load) = (speaking.len(), Load::start(&world, speaking).await);
    let (cpu_before, paced_from) = (cpu_seconds(homeward.id())?, Instant::now());
    let rate = (schools as u64 * TRIPS * GROUPS) as f64 / BUSIEST_SECS;
    let paced = load.paced(rate, SPELL_SECS).await?;
    let cpu = (cpu_seconds(homeward.id())? - cpu_before) / paced_from.elapsed().as_secs_f64();
    let rest = count.saturating_sub(paced.ms.len());
    let flood = load.flood(rest).await?;
    if Timestamp::now() > due {
        return Err(format!("{schools} schools: not all had checked in when it was due").into());
    }
    let late = heard.all_told(schools, after(missed_at, TOLD_WITHIN_SECS)).await;
    let mib = kib(homeward.id(), "VmRSS:")? / 1_024.0;
    drop(homeward);
    world.stop.cancel();
    handsets.stop().await;
    Ok(Found {
        schools,
        entries: first.pattern.entries(),
        ready,
        mib_ready,
        answers: sorted(paced.ms),
        again: paced.again + flood.again,
        cpu,
        rate: rest as f64 / flood.took.as_secs_f64(),
        mib,
        late,
    })
}

/// The first school, out.
struct First {
    watched: Vec<Watched>,
    pattern: Pattern,
}

/// Homeward runs for the first school alone, until all are out.
async fn pattern(binary: &Path, world: &World, handsets: &Handsets, due: Timestamp) -> Outcome<First> {
    let homeward = start(binary, world, handsets, 1)?;
    until_ready(&homeward).await?;
    let client = BusClient::start_commanding(world.bus("board-watch"), world.stop.clone());
    let watched = goes_out(&client, &world.school.id, Timestamp::now(), due).await?;
    until_quiet(&world.journal, &world.school.id).await?;
    drop(homeward);
    let pattern = Pattern::of(&world.journal, &world.school.id).await?;
    Ok(First { watched, pattern })
}

/// In each school one group of its first trip stays silent. They speak in turn of the schools.
fn all_but_one_each(watched: &[Watched], schools: usize) -> Vec<Watched> {
    let of_each = |of: &Watched| (0..schools).map(|school| Watched { school, ..*of }).collect::<Vec<_>>();
    watched[1..].iter().flat_map(of_each).collect()
}

async fn until(at: Timestamp) {
    let early = at.duration_since(Timestamp::now());
    tokio::time::sleep(Duration::try_from(early).unwrap_or_default()).await;
}

fn start(binary: &Path, world: &World, handsets: &Handsets, schools: usize) -> Outcome<Process> {
    let process = Process::start(binary, |web, folder| settings(world, handsets, schools, web, folder), &[])?;
    let web = format!("http://{}", process.web);
    handsets.set_webhooks(&format!("{web}/twilio/text"), &format!("{web}/twilio/voice"));
    handsets.set_hang_up_webhook(&format!("{web}/twilio/voice/ended"));
    Ok(process)
}

fn settings(world: &World, handsets: &Handsets, schools: usize, web: &str, folder: &Path) -> String {
    let bus = world.bus("board-bench");
    let each = world.schools.iter().take(schools).map(|school| {
        format!(
            "[schools.{0}]\nname = \"Bench School\"\n[schools.{0}.policy]\nline_tests = \"off\"\n",
            school.id
        )
    });
    format!(
        "drama_numbers = true\n[server]\nlisten = \"{web}\"\n[data]\ndir = {folder:?}\njournal = \"{url}\"\nboard = \"{url}\"\n\
         [broker]\nkind = \"outside\"\nhost = \"{host}\"\nport = {port}\npassword = \"{PASSWORD}\"\n\
         [twilio]\naccount_sid = \"{sid}\"\nauth_token = \"{token}\"\nbase_url = \"{provider}\"\nfrom = \"{from}\"\n{schools}",
        url = world.url,
        host = bus.host,
        port = bus.port,
        sid = handsets::Config::default().account_sid,
        token = handsets::Config::default().auth_token,
        provider = handsets.base_url(),
        from = handsets::Config::default().school_number,
        schools = each.collect::<String>()
    )
}

async fn until_ready(homeward: &Process) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < READY_WITHIN {
        if homeward.is_ready().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("Homeward never became ready".into())
}

/// When the first event of each step came from each school, in ms after its check-in was missed.
#[derive(Clone)]
struct Heard(Arc<Mutex<[HashMap<String, f64>; STEPS.len()]>>);

/// Listens from now on.
async fn hears(world: &World, missed_at: Timestamp) -> Heard {
    let filters = STEPS.map(|(service, _)| filters::events(service)).to_vec();
    let (_, mut inbox) = Bus::start(world.bus("board-hears-0"), filters, world.stop.clone());
    connected(&mut inbox).await;
    let heard = Heard(Arc::default());
    let notes = heard.clone();
    tokio::spawn(async move {
        while let Some(event) = inbox.recv().await {
            let BusEvent::Message { payload, .. } = event else { continue };
            let late = Timestamp::now().duration_since(missed_at).as_secs_f64() * 1_000.0;
            // What is told before is of a departure.
            if late > 0.0 {
                notes.note(&payload, late);
            }
        }
    });
    heard
}

impl Heard {
    fn note(&self, payload: &[u8], late: f64) {
        let Ok(envelopes) = serde_json::from_slice::<Vec<EventEnvelope>>(payload) else { return };
        let Ok(mut heard) = self.0.lock() else { return };
        for envelope in envelopes {
            let of = |(service, kind): &(ServiceName, &str)| {
                proto::wire::variant(&envelope.kind, *service) == Some(kind)
            };
            if let Some(step) = STEPS.iter().position(of) {
                heard[step].entry(envelope.source.school.to_string()).or_insert(late);
            }
        }
    }

    /// What came of each step, sorted, once it came from all schools, or not by then.
    async fn all_told(&self, schools: usize, by: Timestamp) -> Vec<Vec<f64>> {
        let lacks =
            |heard: &Self| heard.0.lock().is_ok_and(|heard| heard.iter().any(|step| step.len() < schools));
        while lacks(self) && Timestamp::now() < by {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let heard = self.0.lock();
        heard
            .map(|heard| heard.iter().map(|step| sorted(step.values().copied().collect())).collect())
            .unwrap_or_default()
    }
}

fn told(found: &Found, limits: &Limits) -> Row {
    let Found { schools, entries, ready, mib_ready, answers, again, cpu, rate, mib, late } = found;
    let trips = *schools as u64 * TRIPS;
    let steps = STEPS.iter().zip(late).map(|((_, kind), late)| {
        format!(
            "{kind} of {} p50 {:.0} ms, p99 {:.0} ms, worst {:.0} ms",
            thousands(late.len() as f64),
            percentile(late, 0.5),
            percentile(late, 0.99),
            percentile(late, 1.0)
        )
    });
    row(
        format!(
            "all services and the board in one process, {} schools, {} trips, {} phones out, {} entries (Mosquitto, PostgreSQL)",
            thousands(*schools as f64),
            thousands(trips as f64),
            thousands((trips * GROUPS) as f64),
            thousands((schools * entries) as f64)
        ),
        format!(
            "ready {ready:.1} s after its start, {mib_ready:.0} MiB resident; check-ins at {:.0}/s p50 {:.1} ms, p99 {:.1} ms, {:.0} % of a core; \
             at most {}/s ({again} asked again); missed at one instant, one in each school: {}; {mib:.0} MiB",
            (trips * GROUPS) as f64 / BUSIEST_SECS,
            percentile(answers, 0.5),
            percentile(answers, 0.99),
            cpu * 100.0,
            thousands(*rate),
            steps.collect::<Vec<_>>().join("; "),
        ),
        "",
        format!(
            "{} cores; broker alone {}/s; {} synced rows/s; a commit {:.2} ms",
            std::thread::available_parallelism().map_or(1, usize::from),
            thousands(limits.broker_per_sec),
            thousands(limits.rows_per_sec),
            limits.commit_ms.0
        ),
    )
}
