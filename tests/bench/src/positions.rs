//! Work mobiles that tell where they are, through the gateway's own door, as OwnTracks does by HTTP: from 2,000 phones of 20 schools to
//! 200,000 of 2,000.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chassis::clock::RealClock;
use chassis::journal::{Append, Journal};
use chassis::school::School;
use gateway::{Channels, Door, Gateway, GatewayConfig};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{DeviceId, PersonId, TripId};
use proto::link::LinkKey;
use proto::topics::ServiceName;
use proto::v1::devices::{DeviceKind, Handset};
use proto::v1::gateway::Event;
use proto::values::{AssetTag, PhoneNumber, allow_drama_numbers};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::limits::Limits;
use crate::memory::kib;
use crate::parties::draft;
use crate::schools::{self, ENGINES, SIZES};
use crate::world::{Engines, World, school_id};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

/// Of one school.
const TRIPS: usize = schools::TRIPS as usize;
/// Of one trip: the phone of each of its groups.
const PHONES: usize = schools::GROUPS as usize;

/// As often as each phone tells where it is.
const EVERY_SECS: f64 = 300.0;

/// So long the pace is kept.
const SPELL_SECS: f64 = 20.0;

const FLOOD: usize = 20_000;

/// Requests under way at once in the flood.
const AT_ONCE: usize = 64;

const KEY: [u8; 32] = [7; 32];

/// A phone that is out.
#[derive(Clone)]
struct Phone {
    login: String,
    password: String,
}

/// What was found at one size.
struct Found {
    schools: usize,
    ready: f64,
    answers: Vec<f64>,
    refused: usize,
    rate: f64,
    turned_away: f64,
    mib: f64,
}

pub(crate) async fn measure(limits: &Limits) -> Outcome<()> {
    allow_drama_numbers();
    // One is enough: a second try is told that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (engines, name) in ENGINES {
        for schools in SIZES {
            let found = at_size(engines, schools).await?;
            crate::say_all(vec![told(name, &found, limits)]);
        }
    }
    Ok(())
}

async fn at_size(engines: Engines, schools: usize) -> Outcome<Found> {
    let world = World::of(engines, schools).await?;
    let mut phones = Vec::with_capacity(schools * TRIPS * PHONES);
    for (place, school) in world.schools.iter().enumerate() {
        phones.extend(all_out(&world.journal, school, place).await?);
    }
    world.stand_ins::<Gateway>().await;
    let config = GatewayConfig {
        channels: Channels::default(),
        public_base: "http://127.0.0.1".to_owned(),
        link_key: LinkKey::from([1; 32]),
        duress_key: [2; 32],
        owntracks_key: KEY,
    };
    let door = Door::new(config, RealClock::shared())?;
    let begun = Instant::now();
    let host = world.host::<Gateway>(door.shell(), &world.stop).await?;
    host.health().wait_for(|health| health.judging).await?;
    let ready = begun.elapsed().as_secs_f64();
    let worker = door.open(host.own_commands(), world.stop.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/owntracks", listener.local_addr()?);
    let (router, stop) = (door.router(), world.stop.clone().cancelled_owned());
    let web = tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stop).await });

    let load = Load::new(url, phones);
    // Connections are made, and each school has told which providers it has.
    load.at_once(2_000, true).await?;
    let (answers, refused) = load.paced(schools as f64 * (TRIPS * PHONES) as f64 / EVERY_SECS).await?;
    let flood = load.at_once(FLOOD, true).await?;
    let turned_away = load.at_once(FLOOD, false).await?;
    let mib = kib(std::process::id(), "VmRSS:")? / 1_024.0;
    drop(load);
    world.end(host).await;
    worker.await?;
    web.await??;
    let rate = |took: Duration| FLOOD as f64 / took.as_secs_f64();
    Ok(Found { schools, ready, answers, refused, rate: rate(flood), turned_away: rate(turned_away), mib })
}

/// Journals what a gateway would have on hearing of trips that left an hour ago, each group's phone in the hands of its staff.
async fn all_out(journal: &Journal, school: &Arc<School>, place: usize) -> Outcome<Vec<Phone>> {
    let left = Timestamp::now().checked_sub(SignedDuration::from_hours(1))?;
    let (mut events, mut phones) = (Vec::new(), Vec::new());
    for nth in 0..TRIPS {
        let trip = TripId::new();
        events.push(Event::TripNoted {
            trip,
            title: "Bench".parse()?,
            out_since: Some(left),
            duress: None,
            ended: false,
            places: Vec::new(),
            host: None,
            drill: false,
        });
        for phone in nth * PHONES..(nth + 1) * PHONES {
            let (device, tag) = (DeviceId::new(), format!("WM-{phone:03}"));
            phones.push(Phone {
                login: format!("{}/{tag}", school_id(place)),
                password: gateway::device_password(&KEY, &school.id, device),
            });
            events.push(Event::DeviceNoted {
                device,
                kind: DeviceKind::WorkMobile,
                handset: Handset::Smart,
                tag: AssetTag::parse(&tag)?,
                number: PhoneNumber::parse(&format!("07700 900{phone:03}"))?,
                person: Some(PersonId::new()),
                pupil: None,
                trip: Some(trip),
                in_service: true,
            });
        }
    }
    let mut chain = journal.begin(ServiceName::Gateway, &school.id).await?;
    let after = chain.seq;
    let entries: Vec<_> =
        events.iter().map(|event| chain.next(draft(ServiceName::Gateway, event), [0; 16])).collect();
    let (service, school) = (ServiceName::Gateway, school.id.clone());
    let append = Append { service, school, after, entries: entries.into(), cursors: Vec::new() };
    journal.append(vec![append]).await?;
    Ok(phones)
}

/// All the phones.
struct Load {
    http: reqwest::Client,
    url: String,
    phones: Vec<Phone>,
    /// Each request is of the next phone, a school further on each time.
    sent: AtomicUsize,
}

impl Load {
    fn new(url: String, phones: Vec<Phone>) -> Arc<Self> {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(AT_ONCE);
        let http = http.timeout(Duration::from_secs(30)).build().expect("a client can be made");
        Arc::new(Self { http, url, phones, sent: AtomicUsize::new(0) })
    }

    /// One phone tells where it is: whether that was as wanted.
    async fn tells(&self, known: bool) -> Outcome<bool> {
        let nth = self.sent.fetch_add(1, Ordering::Relaxed);
        let stride = TRIPS * PHONES;
        let schools = self.phones.len() / stride;
        let phone = &self.phones[nth % schools * stride + nth / schools % stride];
        let body = format!(
            r#"{{"_type":"location","lat":51.5,"lon":-0.12,"acc":9,"tst":{},"_id":"{nth:08x}","batt":80,"bs":1}}"#,
            Timestamp::now().as_second()
        );
        let password = if known { phone.password.as_str() } else { "not the password" };
        let post = self.http.post(&self.url).basic_auth(&phone.login, Some(password)).body(body);
        let status = post.send().await?.status().as_u16();
        Ok(status == if known { 200 } else { 401 })
    }

    /// So many, as fast as they are answered; how long it took.
    async fn at_once(self: &Arc<Self>, count: usize, known: bool) -> Outcome<Duration> {
        let begun = Instant::now();
        let mut all = JoinSet::new();
        for worker in 0..AT_ONCE {
            let load = Arc::clone(self);
            let share = count / AT_ONCE + usize::from(worker < count % AT_ONCE);
            all.spawn(async move {
                for _ in 0..share {
                    if !load.tells(known).await.map_err(|error| error.to_string())? {
                        return Err("a position was not answered as it should be".to_owned());
                    }
                }
                Ok(())
            });
        }
        while let Some(done) = all.join_next().await {
            done??;
        }
        Ok(begun.elapsed())
    }

    /// So many a second, whatever the answers: how long each took since it should have been sent, in ms, and how many were not taken.
    async fn paced(self: &Arc<Self>, rate: f64) -> Outcome<(Vec<f64>, usize)> {
        let count = (rate * SPELL_SECS) as usize;
        let begun = Instant::now();
        // As a crowd of phones: nobody waits for another's answer; but the bench has no more files than this.
        let room = Arc::new(Semaphore::new(512));
        let mut all = JoinSet::new();
        for sent in 0..count {
            let at = begun + Duration::from_secs_f64(sent as f64 / rate);
            tokio::time::sleep_until(at.into()).await;
            let (load, permit) = (Arc::clone(self), Arc::clone(&room).acquire_owned().await?);
            all.spawn(async move {
                let taken = load.tells(true).await.unwrap_or(false);
                drop(permit);
                (at.elapsed().as_secs_f64() * 1_000.0, taken)
            });
        }
        let answers = all.join_all().await;
        let refused = answers.iter().filter(|(_, taken)| !taken).count();
        Ok((sorted(answers.into_iter().map(|(ms, _)| ms).collect()), refused))
    }
}

fn told(engines: &str, found: &Found, limits: &Limits) -> Row {
    let Found { schools, ready, answers, refused, rate, turned_away, mib } = found;
    let phones = schools * TRIPS * PHONES;
    row(
        format!(
            "{} schools, {} phones that tell where they are each five minutes, by HTTP ({engines})",
            thousands(*schools as f64),
            thousands(phones as f64)
        ),
        format!(
            "{}/s; at {:.0}/s p50 {:.1} ms, p99 {:.1} ms, worst {:.1} ms ({refused} not taken); {mib:.0} MiB resident; judging {ready:.1} s \
             after its start",
            thousands(*rate),
            phones as f64 / EVERY_SECS,
            percentile(answers, 0.5),
            percentile(answers, 0.99),
            percentile(answers, 1.0),
        ),
        "",
        format!(
            "turned away at the door, nothing stored: {}/s; a commit {:.2} ms",
            thousands(*turned_away),
            limits.commit_ms.0
        ),
    )
}
